//! The tables of sanctions, blocks, operators of custom types and reports.

use std::sync::Arc;

use super::{
    cells::{Cell, Reader, Stored, Unreadable, json},
    people::channel_id,
};
use crate::{
    model::{
        ids::{ChannelId, MessageId, UserId},
        moderation::{Block, OffenceRecord, Report, ReportKind, Sanction, SanctionKind, Scope, TypeOperator},
        user::Profile,
    },
    state::Application,
};

fn kind_word(kind: SanctionKind) -> &'static str {
    match kind {
        SanctionKind::Ban => "ban",
        SanctionKind::Mute => "mute",
    }
}

/// The word for a scope, and the text beside it.
fn scope_words(scope: &Scope) -> (&'static str, &str) {
    match scope {
        Scope::Channel(channel) => ("channel", channel.as_str()),
        Scope::CustomType(custom_type) => ("custom type", custom_type),
    }
}

/// The id of a user; the one that the user holds, so that it is in memory once.
fn user_id(text: &str, app: &Application) -> UserId {
    app.users.get(text).map_or_else(|| UserId::from(text), |user| user.id.clone())
}

impl Stored for Sanction {
    const TABLE: &'static str = "sanctions";
    const COLUMNS: &'static [&'static str] =
        &["kind", "scope", "place", "user_id", "number", "starts_at", "ends_at", "lasting", "description", "agent"];
    const KEYS: usize = 4;

    fn key_cells((kind, scope, user): &(SanctionKind, Scope, UserId)) -> Vec<Cell<'_>> {
        let (word, place) = scope_words(scope);
        vec![kind_word(*kind).into(), word.into(), place.into(), user.as_str().into()]
    }

    fn cells(&self) -> Vec<Cell<'_>> {
        let (word, place) = scope_words(&self.scope);
        vec![
            kind_word(self.kind).into(),
            word.into(),
            place.into(),
            self.user.as_str().into(),
            self.number.into(),
            self.starts_at.into(),
            self.ends_at.into(),
            self.lasting.into(),
            (&*self.description).into(),
            self.agent.as_ref().map(UserId::as_str).into(),
        ]
    }

    fn read(row: &mut Reader<'_>, app: &Application) -> Result<Self, Unreadable> {
        let kind = match &*row.text()? {
            "ban" => SanctionKind::Ban,
            "mute" => SanctionKind::Mute,
            _ => return Err(Unreadable),
        };
        let (word, place) = (row.text()?, row.text()?);
        Ok(Self {
            kind,
            scope: match &*word {
                "channel" => Scope::Channel(channel_id(&place, app)),
                "custom type" => Scope::CustomType(place.into()),
                _ => return Err(Unreadable),
            },
            user: user_id(&row.text()?, app),
            number: row.int()?,
            starts_at: row.time()?,
            ends_at: row.time()?,
            lasting: row.flag()?,
            description: row.text()?.into(),
            agent: row.maybe_text()?.map(|agent| user_id(&agent, app)),
        })
    }
}

impl Stored for OffenceRecord {
    const TABLE: &'static str = "offence_records";
    const COLUMNS: &'static [&'static str] = &["channel", "user_id", "at"];
    const KEYS: usize = 2;

    fn key_cells((channel, user): &(ChannelId, UserId)) -> Vec<Cell<'_>> {
        vec![channel.as_str().into(), user.as_str().into()]
    }

    fn cells(&self) -> Vec<Cell<'_>> {
        vec![self.channel.as_str().into(), self.user.as_str().into(), json(&self.at, self.at.is_empty())]
    }

    fn read(row: &mut Reader<'_>, app: &Application) -> Result<Self, Unreadable> {
        Ok(Self { channel: channel_id(&row.text()?, app), user: user_id(&row.text()?, app), at: row.json()? })
    }
}

impl Stored for Block {
    const TABLE: &'static str = "blocks";
    const COLUMNS: &'static [&'static str] = &["blocker", "blocked", "number", "created_at"];
    const KEYS: usize = 2;

    fn key_cells((who, whom): &(UserId, UserId)) -> Vec<Cell<'_>> {
        vec![who.as_str().into(), whom.as_str().into()]
    }

    fn cells(&self) -> Vec<Cell<'_>> {
        vec![self.blocker.as_str().into(), self.blocked.as_str().into(), self.number.into(), self.created_at.into()]
    }

    fn read(row: &mut Reader<'_>, app: &Application) -> Result<Self, Unreadable> {
        Ok(Self {
            blocker: user_id(&row.text()?, app),
            blocked: user_id(&row.text()?, app),
            number: row.int()?,
            created_at: row.time()?,
        })
    }
}

impl Stored for TypeOperator {
    const TABLE: &'static str = "type_operators";
    const COLUMNS: &'static [&'static str] = &["custom_type", "user_id", "created_at"];
    const KEYS: usize = 2;

    fn key_cells((custom_type, user): &(Box<str>, UserId)) -> Vec<Cell<'_>> {
        vec![(&**custom_type).into(), user.as_str().into()]
    }

    fn cells(&self) -> Vec<Cell<'_>> {
        vec![(&*self.custom_type).into(), self.user.as_str().into(), self.created_at.into()]
    }

    fn read(row: &mut Reader<'_>, app: &Application) -> Result<Self, Unreadable> {
        Ok(Self { custom_type: row.text()?.into(), user: user_id(&row.text()?, app), created_at: row.time()? })
    }
}

impl Stored for Report {
    const TABLE: &'static str = "reports";
    const COLUMNS: &'static [&'static str] = &[
        "number",
        "kind",
        "category",
        "custom_category",
        "reporter",
        "offender",
        "channel",
        "message",
        "description",
        "created_at",
    ];
    const KEYS: usize = 1;

    fn key_cells(key: &i64) -> Vec<Cell<'_>> {
        vec![(*key).into()]
    }

    fn cells(&self) -> Vec<Cell<'_>> {
        let number = |profile: &Option<Arc<Profile>>| profile.as_ref().map(|profile| profile.number);
        vec![
            self.number.into(),
            match self.kind {
                ReportKind::Channel => "channel".into(),
                ReportKind::User => "user".into(),
                ReportKind::Message => "message".into(),
            },
            (&*self.category).into(),
            (&*self.custom_category).into(),
            number(&self.reporter).into(),
            number(&self.offender).into(),
            self.channel.as_str().into(),
            self.message.map(|message| message.0).into(),
            (&*self.description).into(),
            self.created_at.into(),
        ]
    }

    fn read(row: &mut Reader<'_>, app: &Application) -> Result<Self, Unreadable> {
        let profile = |number: Option<i64>| number.and_then(|number| app.profiles.get(&number).cloned());
        Ok(Self {
            number: row.int()?,
            kind: match &*row.text()? {
                "channel" => ReportKind::Channel,
                "user" => ReportKind::User,
                "message" => ReportKind::Message,
                _ => return Err(Unreadable),
            },
            category: row.text()?.into(),
            custom_category: row.text()?.into(),
            reporter: profile(row.maybe_int()?),
            offender: profile(row.maybe_int()?),
            channel: channel_id(&row.text()?, app),
            message: row.maybe_int()?.map(MessageId),
            description: row.text()?.into(),
            created_at: row.time()?,
        })
    }
}
