//! The tables of polls, their options and votes.

use super::{
    cells::{Cell, Reader, Stored, Unreadable, json},
    people::channel_id,
};
use crate::{
    model::{
        ids::{ChannelId, MessageId, UserId},
        poll::{Poll, PollOption, PollState, Vote},
    },
    state::Application,
};

impl Stored for Poll {
    const TABLE: &'static str = "polls";
    const COLUMNS: &'static [&'static str] = &[
        "number",
        "title",
        "data",
        "takes_suggestions",
        "takes_several_votes",
        "close_at",
        "state",
        "created_by",
        "created_at",
        "updated_at",
        "changed_at",
        "change",
        "channel",
        "message",
    ];
    const KEYS: usize = 1;

    fn key_cells(key: &i64) -> Vec<Cell<'_>> {
        vec![(*key).into()]
    }

    fn cells(&self) -> Vec<Cell<'_>> {
        vec![
            self.number.into(),
            (&*self.title).into(),
            json(&self.data, self.data.is_empty()),
            self.takes_suggestions.into(),
            self.takes_several_votes.into(),
            self.close_at.into(),
            match self.state {
                PollState::Open => "open".into(),
                PollState::Closed => "closed".into(),
                PollState::Removed => "removed".into(),
            },
            self.created_by.as_ref().map(UserId::as_str).into(),
            self.created_at.into(),
            self.updated_at.into(),
            self.changed_at.into(),
            self.change.into(),
            self.channel.as_ref().map(ChannelId::as_str).into(),
            self.message.map(|message| message.0).into(),
        ]
    }

    fn read(row: &mut Reader<'_>, app: &Application) -> Result<Self, Unreadable> {
        Ok(Self {
            number: row.int()?,
            title: row.text()?.into(),
            data: row.json()?,
            takes_suggestions: row.flag()?,
            takes_several_votes: row.flag()?,
            close_at: row.time()?,
            state: match &*row.text()? {
                "open" => PollState::Open,
                "closed" => PollState::Closed,
                "removed" => PollState::Removed,
                _ => return Err(Unreadable),
            },
            created_by: row.maybe_text()?.map(|user| UserId::from(&*user)),
            created_at: row.time()?,
            updated_at: row.time()?,
            changed_at: row.time()?,
            change: row.int()?,
            channel: row.maybe_text()?.map(|channel| channel_id(&channel, app)),
            message: row.maybe_int()?.map(MessageId),
        })
    }
}

impl Stored for PollOption {
    const TABLE: &'static str = "poll_options";
    const COLUMNS: &'static [&'static str] = &["poll", "number", "text", "created_by", "created_at", "updated_at"];
    const KEYS: usize = 2;

    fn key_cells((poll, number): &(i64, i64)) -> Vec<Cell<'_>> {
        vec![(*poll).into(), (*number).into()]
    }

    fn cells(&self) -> Vec<Cell<'_>> {
        vec![
            self.poll.into(),
            self.number.into(),
            (&*self.text).into(),
            self.created_by.as_ref().map(UserId::as_str).into(),
            self.created_at.into(),
            self.updated_at.into(),
        ]
    }

    fn read(row: &mut Reader<'_>, _: &Application) -> Result<Self, Unreadable> {
        Ok(Self {
            poll: row.int()?,
            number: row.int()?,
            text: row.text()?.into(),
            created_by: row.maybe_text()?.map(|user| UserId::from(&*user)),
            created_at: row.time()?,
            updated_at: row.time()?,
        })
    }
}

impl Stored for Vote {
    const TABLE: &'static str = "votes";
    const COLUMNS: &'static [&'static str] = &["poll", "poll_option", "user_id", "voted_at"];
    const KEYS: usize = 3;

    fn key_cells((poll, option, user): &(i64, i64, UserId)) -> Vec<Cell<'_>> {
        vec![(*poll).into(), (*option).into(), user.as_str().into()]
    }

    fn cells(&self) -> Vec<Cell<'_>> {
        vec![self.poll.into(), self.option.into(), self.user.as_str().into(), self.voted_at.into()]
    }

    fn read(row: &mut Reader<'_>, _: &Application) -> Result<Self, Unreadable> {
        Ok(Self { poll: row.int()?, option: row.int()?, user: UserId::from(&*row.text()?), voted_at: row.time()? })
    }
}
