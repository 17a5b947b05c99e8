//! The tables of users, profiles, channels, members and files.

use std::sync::Arc;

use super::cells::{Cell, Reader, Stored, Unreadable, json};
use crate::{
    model::{
        channel::{Channel, ChannelKind, Counted, Hidden, Member, MemberState},
        file::{Link, StoredFile},
        ids::{ChannelId, UserId},
        time::Timestamp,
        user::{Profile, User},
    },
    state::Application,
};

impl Stored for Profile {
    const TABLE: &'static str = "profiles";
    const COLUMNS: &'static [&'static str] = &["number", "user_id", "nickname", "picture", "metadata"];
    const KEYS: usize = 1;

    fn key_cells(key: &i64) -> Vec<Cell<'_>> {
        vec![(*key).into()]
    }

    fn cells(&self) -> Vec<Cell<'_>> {
        vec![
            self.number.into(),
            self.user.as_str().into(),
            (&*self.nickname).into(),
            self.picture.as_kept().into(),
            json(&self.metadata, self.metadata.is_empty()),
        ]
    }

    fn read(row: &mut Reader<'_>, _: &Application) -> Result<Self, Unreadable> {
        Ok(Self {
            number: row.int()?,
            user: UserId::from(&*row.text()?),
            nickname: row.text()?.into(),
            picture: Link::to(&row.text()?),
            metadata: row.json()?,
        })
    }
}

impl Stored for User {
    const TABLE: &'static str = "users";
    const COLUMNS: &'static [&'static str] = &[
        "user_id",
        "number",
        "profile",
        "email",
        "access_token",
        "created_at",
        "active",
        "last_seen_at",
        "has_ever_logged_in",
        "discovery_keys",
        "preferred_languages",
        "accepts_invitations",
        "extra",
    ];
    const KEYS: usize = 1;

    fn key_cells(key: &UserId) -> Vec<Cell<'_>> {
        vec![key.as_str().into()]
    }

    fn cells(&self) -> Vec<Cell<'_>> {
        vec![
            self.id.as_str().into(),
            self.number.into(),
            self.profile.number.into(),
            (&*self.email).into(),
            (&*self.access_token).into(),
            self.created_at.into(),
            self.active.into(),
            self.last_seen_at.map(|moment| moment.0).into(),
            self.has_ever_logged_in.into(),
            json(&self.discovery_keys, self.discovery_keys.is_empty()),
            json(&self.preferred_languages, self.preferred_languages.is_empty()),
            self.accepts_invitations.into(),
            json(&self.extra, self.extra.is_empty()),
        ]
    }

    fn read(row: &mut Reader<'_>, app: &Application) -> Result<Self, Unreadable> {
        let id = UserId::from(&*row.text()?);
        let number = row.int()?;
        let profile = Arc::clone(app.profiles.get(&row.int()?).ok_or(Unreadable)?);
        Ok(Self {
            id,
            number,
            profile,
            email: row.text()?.into(),
            access_token: row.text()?.into(),
            created_at: row.time()?,
            active: row.flag()?,
            online: false,
            last_seen_at: row.maybe_int()?.map(Timestamp),
            has_ever_logged_in: row.flag()?,
            discovery_keys: row.json()?,
            preferred_languages: row.json()?,
            accepts_invitations: row.flag()?,
            extra: row.json()?,
        })
    }
}

impl Stored for Channel {
    const TABLE: &'static str = "channels";
    const COLUMNS: &'static [&'static str] = &[
        "channel",
        "number",
        "kind",
        "name",
        "cover",
        "custom_type",
        "data",
        "created_at",
        "created_by",
        "is_distinct",
        "is_public",
        "is_large",
        "is_broadcast",
        "is_exclusive",
        "is_ephemeral",
        "is_discoverable",
        "access_code",
        "is_frozen",
        "is_partitioned",
        "joined_by_servers_only",
        "survival_seconds",
        "operators",
        "metadata",
        "style",
        "extra",
        "changed_at",
        "metadata_updated_at",
        "counters",
    ];
    const KEYS: usize = 1;

    fn key_cells(key: &ChannelId) -> Vec<Cell<'_>> {
        vec![key.as_str().into()]
    }

    fn cells(&self) -> Vec<Cell<'_>> {
        vec![
            self.id.as_str().into(),
            self.number.into(),
            match self.kind {
                ChannelKind::Group => "group".into(),
                ChannelKind::Open => "open".into(),
            },
            (&*self.name).into(),
            self.cover.as_kept().into(),
            (&*self.custom_type).into(),
            (&*self.data).into(),
            self.created_at.into(),
            self.created_by.as_ref().map(|profile| profile.number).into(),
            self.distinct.into(),
            self.public.into(),
            self.large.into(),
            self.broadcast.into(),
            self.exclusive.into(),
            self.ephemeral.into(),
            self.discoverable.into(),
            (&*self.access_code).into(),
            self.frozen.into(),
            self.partitioned.into(),
            self.joined_by_servers_only.into(),
            self.survival_seconds.into(),
            json(&self.operators, self.operators.is_empty()),
            json(&self.metadata, self.metadata.is_empty()),
            (&*self.style).into(),
            json(&self.extra, self.extra.is_empty()),
            self.changed_at.into(),
            self.metadata_updated_at.into(),
            json(&self.counters, self.counters.is_empty()),
        ]
    }

    fn read(row: &mut Reader<'_>, app: &Application) -> Result<Self, Unreadable> {
        Ok(Self {
            id: ChannelId::from(&*row.text()?),
            number: row.int()?,
            kind: match &*row.text()? {
                "group" => ChannelKind::Group,
                "open" => ChannelKind::Open,
                _ => return Err(Unreadable),
            },
            name: row.text()?.into(),
            cover: Link::to(&row.text()?),
            custom_type: row.text()?.into(),
            data: row.text()?.into(),
            created_at: row.time()?,
            created_by: row.maybe_int()?.and_then(|number| app.profiles.get(&number).cloned()),
            distinct: row.flag()?,
            public: row.flag()?,
            large: row.flag()?,
            broadcast: row.flag()?,
            exclusive: row.flag()?,
            ephemeral: row.flag()?,
            discoverable: row.flag()?,
            access_code: row.text()?.into(),
            frozen: row.flag()?,
            partitioned: row.flag()?,
            joined_by_servers_only: row.flag()?,
            survival_seconds: row.int()?,
            operators: row.json()?,
            metadata: row.json()?,
            style: row.text()?.into(),
            extra: row.json()?,
            changed_at: row.time()?,
            metadata_updated_at: row.time()?,
            counters: row.json()?,
        })
    }
}

impl Stored for Member {
    const TABLE: &'static str = "members";
    const COLUMNS: &'static [&'static str] = &[
        "channel",
        "user_id",
        "number",
        "state",
        "invited_at",
        "inviter",
        "joined_at",
        "read_at",
        "delivered_at",
        "sees_after",
        "counts_after",
        "hidden",
        "counted",
        "push",
        "push_sound",
    ];
    const KEYS: usize = 2;

    fn key_cells((channel, user): &(ChannelId, UserId)) -> Vec<Cell<'_>> {
        vec![channel.as_str().into(), user.as_str().into()]
    }

    fn cells(&self) -> Vec<Cell<'_>> {
        vec![
            self.channel.as_str().into(),
            self.user.as_str().into(),
            self.number.into(),
            match self.state {
                MemberState::Invited => "invited".into(),
                MemberState::Joined => "joined".into(),
            },
            self.invited_at.into(),
            self.inviter.as_ref().map(UserId::as_str).into(),
            self.joined_at.into(),
            self.read_at.into(),
            self.delivered_at.map(|moment| moment.0).into(),
            self.sees_after.into(),
            self.counts_after.into(),
            match self.hidden {
                Hidden::No => "no".into(),
                Hidden::UntilNextMessage => "until next message".into(),
                Hidden::ForGood => "for good".into(),
            },
            match self.counted {
                Counted::All => "all".into(),
                Counted::Messages => "messages".into(),
                Counted::Mentions => "mentions".into(),
                Counted::Nothing => "nothing".into(),
            },
            self.push.map_or("", super::preferences::trigger).into(),
            (&*self.push_sound).into(),
        ]
    }

    fn read(row: &mut Reader<'_>, app: &Application) -> Result<Self, Unreadable> {
        let channel = channel_id(&row.text()?, app);
        let user = row.text()?;
        let user = app.users.get(&*user).map_or_else(|| UserId::from(&*user), |user| user.id.clone());
        Ok(Self {
            channel,
            user,
            number: row.int()?,
            state: match &*row.text()? {
                "invited" => MemberState::Invited,
                "joined" => MemberState::Joined,
                _ => return Err(Unreadable),
            },
            invited_at: row.time()?,
            inviter: row.maybe_text()?.map(|inviter| UserId::from(&*inviter)),
            joined_at: row.time()?,
            read_at: row.time()?,
            delivered_at: row.maybe_int()?.map(Timestamp),
            sees_after: row.time()?,
            counts_after: row.time()?,
            hidden: match &*row.text()? {
                "no" => Hidden::No,
                "until next message" => Hidden::UntilNextMessage,
                "for good" => Hidden::ForGood,
                _ => return Err(Unreadable),
            },
            counted: match &*row.text()? {
                "all" => Counted::All,
                "messages" => Counted::Messages,
                "mentions" => Counted::Mentions,
                "nothing" => Counted::Nothing,
                _ => return Err(Unreadable),
            },
            push: match &*row.text()? {
                "" => None,
                word => Some(super::preferences::read_trigger(word)?),
            },
            push_sound: row.text()?.into(),
        })
    }
}

/// The id of a channel; the one that the channel itself holds, so that it is in memory once.
pub(super) fn channel_id(text: &str, app: &Application) -> ChannelId {
    app.channels.get(text).map_or_else(|| ChannelId::from(text), |channel| channel.id.clone())
}

impl Stored for StoredFile {
    const TABLE: &'static str = "files";
    const COLUMNS: &'static [&'static str] = &["hash", "size", "media_type", "created_at"];
    const KEYS: usize = 1;

    fn key_cells(key: &Box<str>) -> Vec<Cell<'_>> {
        vec![(&**key).into()]
    }

    fn cells(&self) -> Vec<Cell<'_>> {
        vec![(&*self.hash).into(), self.size.into(), (&*self.media_type).into(), self.created_at.into()]
    }

    fn read(row: &mut Reader<'_>, _: &Application) -> Result<Self, Unreadable> {
        Ok(Self {
            hash: row.text()?.into(),
            size: row.int()?,
            media_type: row.text()?.into(),
            created_at: row.time()?,
        })
    }
}
