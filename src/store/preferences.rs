//! The tables of session tokens, push preferences, devices and friends.

use super::cells::{Cell, Reader, Stored, Unreadable, json};
use crate::{
    model::{
        departure::Departure,
        friend::{Friend, FriendChange},
        ids::{ChannelId, UserId},
        push::{DeviceKind, DeviceToken, PushPreference, PushTrigger, TimeWindow},
        session::{SessionKey, SessionToken},
        time::Timestamp,
    },
    state::Application,
};

pub(super) fn trigger(trigger: PushTrigger) -> &'static str {
    match trigger {
        PushTrigger::All => "all",
        PushTrigger::Mentions => "mentions",
        PushTrigger::Off => "off",
    }
}

pub(super) fn read_trigger(word: &str) -> Result<PushTrigger, Unreadable> {
    match word {
        "all" => Ok(PushTrigger::All),
        "mentions" => Ok(PushTrigger::Mentions),
        "off" => Ok(PushTrigger::Off),
        _ => Err(Unreadable),
    }
}

impl Stored for SessionToken {
    const TABLE: &'static str = "session_tokens";
    const COLUMNS: &'static [&'static str] =
        &["user_id", "number", "token", "created_at", "expires_at", "listed", "revoked"];
    const KEYS: usize = 2;

    fn key_cells((user, number): &(UserId, i64)) -> Vec<Cell<'_>> {
        vec![user.as_str().into(), (*number).into()]
    }

    fn cells(&self) -> Vec<Cell<'_>> {
        vec![
            self.user.as_str().into(),
            self.number.into(),
            (&*self.token).into(),
            self.created_at.into(),
            self.expires_at.into(),
            self.listed.into(),
            self.revoked.into(),
        ]
    }

    fn read(row: &mut Reader<'_>, _: &Application) -> Result<Self, Unreadable> {
        Ok(Self {
            user: UserId::from(&*row.text()?),
            number: row.int()?,
            token: row.text()?.into(),
            created_at: row.time()?,
            expires_at: row.time()?,
            listed: row.flag()?,
            revoked: row.flag()?,
        })
    }
}

impl Stored for SessionKey {
    const TABLE: &'static str = "session_keys";
    const COLUMNS: &'static [&'static str] =
        &["key", "user_id", "number", "token", "by_access_token", "created_at", "expires_at", "revoked"];
    const KEYS: usize = 1;

    fn key_cells(key: &Box<str>) -> Vec<Cell<'_>> {
        vec![(&**key).into()]
    }

    fn cells(&self) -> Vec<Cell<'_>> {
        vec![
            (&*self.key).into(),
            self.user.as_str().into(),
            self.number.into(),
            self.token.into(),
            self.by_access_token.into(),
            self.created_at.into(),
            self.expires_at.map(|moment| moment.0).into(),
            self.revoked.into(),
        ]
    }

    fn read(row: &mut Reader<'_>, _: &Application) -> Result<Self, Unreadable> {
        Ok(Self {
            key: row.text()?.into(),
            user: UserId::from(&*row.text()?),
            number: row.int()?,
            token: row.maybe_int()?,
            by_access_token: row.flag()?,
            created_at: row.time()?,
            expires_at: row.maybe_int()?.map(Timestamp),
            revoked: row.flag()?,
        })
    }
}

impl Stored for PushPreference {
    const TABLE: &'static str = "push_preferences";
    const COLUMNS: &'static [&'static str] = &[
        "user_id",
        "push",
        "do_not_disturb",
        "start_hour",
        "start_min",
        "end_hour",
        "end_min",
        "schedules",
        "snoozes",
        "snooze_from",
        "snooze_until",
        "blocks_bots",
        "blocked_bots",
        "for_replies",
        "timezone",
        "sound",
        "template",
    ];
    const KEYS: usize = 1;

    fn key_cells(key: &UserId) -> Vec<Cell<'_>> {
        vec![key.as_str().into()]
    }

    fn cells(&self) -> Vec<Cell<'_>> {
        vec![
            self.user.as_str().into(),
            trigger(self.trigger).into(),
            self.do_not_disturb.into(),
            self.window.start_hour.into(),
            self.window.start_min.into(),
            self.window.end_hour.into(),
            self.window.end_min.into(),
            json(&self.schedules, self.schedules.is_empty()),
            self.snoozes.into(),
            self.snooze_from.map(|moment| moment.0).into(),
            self.snooze_until.map(|moment| moment.0).into(),
            self.blocks_bots.into(),
            json(&self.blocked_bots, self.blocked_bots.is_empty()),
            self.for_replies.into(),
            (&*self.timezone).into(),
            (&*self.sound).into(),
            (&*self.template).into(),
        ]
    }

    fn read(row: &mut Reader<'_>, _: &Application) -> Result<Self, Unreadable> {
        Ok(Self {
            user: UserId::from(&*row.text()?),
            trigger: read_trigger(&row.text()?)?,
            do_not_disturb: row.flag()?,
            window: TimeWindow {
                start_hour: row.int()?,
                start_min: row.int()?,
                end_hour: row.int()?,
                end_min: row.int()?,
            },
            schedules: row.json()?,
            snoozes: row.flag()?,
            snooze_from: row.maybe_int()?.map(Timestamp),
            snooze_until: row.maybe_int()?.map(Timestamp),
            blocks_bots: row.flag()?,
            blocked_bots: row.json()?,
            for_replies: row.flag()?,
            timezone: row.text()?.into(),
            sound: row.text()?.into(),
            template: row.text()?.into(),
        })
    }
}

fn kind(kind: DeviceKind) -> &'static str {
    match kind {
        DeviceKind::Gcm => "gcm",
        DeviceKind::Huawei => "huawei",
        DeviceKind::Apns => "apns",
    }
}

impl Stored for DeviceToken {
    const TABLE: &'static str = "device_tokens";
    const COLUMNS: &'static [&'static str] = &["user_id", "kind", "token", "number"];
    const KEYS: usize = 3;

    fn key_cells((user, of, token): &(UserId, DeviceKind, Box<str>)) -> Vec<Cell<'_>> {
        vec![user.as_str().into(), kind(*of).into(), (&**token).into()]
    }

    fn cells(&self) -> Vec<Cell<'_>> {
        vec![self.user.as_str().into(), kind(self.kind).into(), (&*self.token).into(), self.number.into()]
    }

    fn read(row: &mut Reader<'_>, _: &Application) -> Result<Self, Unreadable> {
        Ok(Self {
            user: UserId::from(&*row.text()?),
            kind: match &*row.text()? {
                "gcm" => DeviceKind::Gcm,
                "huawei" => DeviceKind::Huawei,
                "apns" => DeviceKind::Apns,
                _ => return Err(Unreadable),
            },
            token: row.text()?.into(),
            number: row.int()?,
        })
    }
}

impl Stored for Friend {
    const TABLE: &'static str = "friends";
    const COLUMNS: &'static [&'static str] = &["user_id", "friend", "number", "name", "discovery_key"];
    const KEYS: usize = 2;

    fn key_cells((user, friend): &(UserId, UserId)) -> Vec<Cell<'_>> {
        vec![user.as_str().into(), friend.as_str().into()]
    }

    fn cells(&self) -> Vec<Cell<'_>> {
        vec![
            self.user.as_str().into(),
            self.friend.as_str().into(),
            self.number.into(),
            (&*self.name).into(),
            self.discovery_key.as_deref().into(),
        ]
    }

    fn read(row: &mut Reader<'_>, _: &Application) -> Result<Self, Unreadable> {
        Ok(Self {
            user: UserId::from(&*row.text()?),
            friend: UserId::from(&*row.text()?),
            number: row.int()?,
            name: row.text()?.into(),
            discovery_key: row.maybe_text()?.map(Into::into),
        })
    }
}

impl Stored for FriendChange {
    const TABLE: &'static str = "friend_changes";
    const COLUMNS: &'static [&'static str] = &["user_id", "friend", "at", "gone"];
    const KEYS: usize = 2;

    fn key_cells((user, friend): &(UserId, UserId)) -> Vec<Cell<'_>> {
        vec![user.as_str().into(), friend.as_str().into()]
    }

    fn cells(&self) -> Vec<Cell<'_>> {
        vec![self.user.as_str().into(), self.friend.as_str().into(), self.at.into(), self.gone.into()]
    }

    fn read(row: &mut Reader<'_>, _: &Application) -> Result<Self, Unreadable> {
        Ok(Self {
            user: UserId::from(&*row.text()?),
            friend: UserId::from(&*row.text()?),
            at: row.time()?,
            gone: row.flag()?,
        })
    }
}

impl Stored for Departure {
    const TABLE: &'static str = "departures";
    const COLUMNS: &'static [&'static str] = &["user_id", "channel", "at"];
    const KEYS: usize = 2;

    fn key_cells((user, channel): &(UserId, ChannelId)) -> Vec<Cell<'_>> {
        vec![user.as_str().into(), channel.as_str().into()]
    }

    fn cells(&self) -> Vec<Cell<'_>> {
        vec![self.user.as_str().into(), self.channel.as_str().into(), self.at.into()]
    }

    fn read(row: &mut Reader<'_>, _: &Application) -> Result<Self, Unreadable> {
        Ok(Self { user: UserId::from(&*row.text()?), channel: ChannelId::from(&*row.text()?), at: row.time()? })
    }
}
