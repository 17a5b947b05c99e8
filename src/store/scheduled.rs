//! The table of scheduled messages.

use super::{
    cells::{Cell, Reader, Stored, Unreadable, json},
    messages::{decoration, details},
    people::channel_id,
};
use crate::{
    model::{
        ids::{MessageId, UserId},
        message::{Mention, MessageKind},
        scheduled::{ScheduledMessage, ScheduledState},
    },
    state::Application,
};

const STATES: &[(&str, ScheduledState)] = &[
    ("pending", ScheduledState::Pending),
    ("sent", ScheduledState::Sent),
    ("failed", ScheduledState::Failed),
    ("canceled", ScheduledState::Canceled),
    ("removed", ScheduledState::Removed),
];

impl Stored for ScheduledMessage {
    const TABLE: &'static str = "scheduled_messages";
    const COLUMNS: &'static [&'static str] = &[
        "number",
        "channel",
        "kind",
        "sender",
        "text",
        "custom_type",
        "data",
        "mentions_everyone",
        "mentioned",
        "silent",
        "marks_read",
        "push",
        "parent",
        "in_channel",
        "dedup_id",
        "details",
        "created_at",
        "updated_at",
        "scheduled_at",
        "state",
        "sent_at",
        "message",
    ];
    const KEYS: usize = 1;

    fn key_cells(key: &i64) -> Vec<Cell<'_>> {
        vec![(*key).into()]
    }

    fn cells(&self) -> Vec<Cell<'_>> {
        let mentioned = self.mention.users();
        let details = self.details.as_deref();
        let state = STATES.iter().find(|(_, state)| *state == self.state).map(|(word, _)| *word);
        vec![
            self.number.into(),
            self.channel.as_str().into(),
            match self.kind {
                MessageKind::Text => "text".into(),
                MessageKind::File => "file".into(),
                MessageKind::Admin => "admin".into(),
            },
            self.sender.as_ref().map(UserId::as_str).into(),
            (&*self.text).into(),
            (&*self.custom_type).into(),
            (&*self.data).into(),
            matches!(self.mention, Mention::Channel(_)).into(),
            json(&mentioned, mentioned.is_empty()),
            self.silent.into(),
            self.marks_read.into(),
            self.push.into(),
            self.parent.map(|parent| parent.0).into(),
            self.in_channel.into(),
            details.and_then(|details| details.dedup_id.as_deref()).into(),
            details.map_or_else(|| "".into(), decoration),
            self.created_at.into(),
            self.updated_at.into(),
            self.scheduled_at.into(),
            state.unwrap_or_default().into(),
            self.sent_at.into(),
            self.message.map(|message| message.0).into(),
        ]
    }

    fn read(row: &mut Reader<'_>, app: &Application) -> Result<Self, Unreadable> {
        let number = row.int()?;
        let channel = channel_id(&row.text()?, app);
        let kind = match &*row.text()? {
            "text" => MessageKind::Text,
            "file" => MessageKind::File,
            "admin" => MessageKind::Admin,
            _ => return Err(Unreadable),
        };
        let sender = row.maybe_text()?.map(|sender| UserId::from(&*sender));
        let (text, custom_type, data) = (row.text()?.into(), row.text()?.into(), row.text()?.into());
        let everyone = row.flag()?;
        let mentioned: Vec<UserId> = row.json()?;
        let mention = if everyone { Mention::Channel(mentioned.into()) } else { Mention::Users(mentioned.into()) };
        Ok(Self {
            number,
            channel,
            kind,
            sender,
            text,
            custom_type,
            data,
            mention,
            silent: row.flag()?,
            marks_read: row.flag()?,
            push: row.flag()?,
            parent: row.maybe_int()?.map(MessageId),
            in_channel: row.flag()?,
            details: details(row.maybe_text()?, &row.text()?)?,
            created_at: row.time()?,
            updated_at: row.time()?,
            scheduled_at: row.time()?,
            state: {
                let word = row.text()?;
                STATES.iter().find(|(known, _)| **known == *word).map(|(_, state)| *state).ok_or(Unreadable)?
            },
            sent_at: row.time()?,
            message: row.maybe_int()?.map(MessageId),
        })
    }
}
