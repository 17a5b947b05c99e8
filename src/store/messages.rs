//! The tables of messages and reactions.

use std::{borrow::Cow, sync::Arc};

use serde::{Deserialize, Serialize};

use super::{
    cells::{Cell, Reader, Stored, Unreadable, json},
    people::channel_id,
};
use crate::{
    model::{
        Extra,
        file::Link,
        ids::{MessageId, UserId},
        message::{Attachment, Details, Mention, Message, MessageKind, MetaItem},
        reaction::Reaction,
    },
    state::Application,
};

/// The decoration of a message: what no person would look for in a column.
#[derive(Serialize, Deserialize, Default)]
#[serde(default)]
struct Decoration<'a> {
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    meta: Cow<'a, [MetaItem]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<FileRow<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    topic: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "serde_json::Map::is_empty")]
    extra: Cow<'a, Extra>,
}

#[derive(Serialize, Deserialize)]
struct FileRow<'a> {
    link: Cow<'a, str>,
    name: Cow<'a, str>,
    media_type: Cow<'a, str>,
    size: i64,
    thumbnails: Cow<'a, [serde_json::Value]>,
    private: bool,
}

impl Stored for Message {
    const TABLE: &'static str = "messages";
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "channel",
        "kind",
        "sender",
        "profile",
        "by_operator",
        "text",
        "custom_type",
        "data",
        "mentions_everyone",
        "mentioned",
        "created_at",
        "dated",
        "updated_at",
        "removed_at",
        "parent",
        "root",
        "in_channel",
        "silent",
        "dedup_id",
        "details",
    ];
    const KEYS: usize = 1;
    const WIDE: bool = true;

    fn key_cells(key: &MessageId) -> Vec<Cell<'_>> {
        vec![key.0.into()]
    }

    fn cells(&self) -> Vec<Cell<'_>> {
        let mentioned = self.mention.users();
        vec![
            self.id.0.into(),
            self.channel.as_str().into(),
            match self.kind {
                MessageKind::Text => "text".into(),
                MessageKind::File => "file".into(),
                MessageKind::Admin => "admin".into(),
            },
            self.sender.as_ref().map(|sender| sender.user.as_str()).into(),
            self.sender.as_ref().map(|sender| sender.number).into(),
            self.by_operator.into(),
            (&*self.text).into(),
            (&*self.custom_type).into(),
            (&*self.data).into(),
            matches!(self.mention, Mention::Channel(_)).into(),
            json(&mentioned, mentioned.is_empty()),
            self.created_at.into(),
            self.dated.into(),
            self.updated_at.into(),
            self.removed_at.into(),
            self.parent.map(|parent| parent.0).into(),
            self.root.map(|root| root.0).into(),
            self.in_channel.into(),
            self.silent.into(),
            self.dedup_id().into(),
            self.details.as_deref().map_or_else(|| "".into(), decoration),
        ]
    }

    fn read(row: &mut Reader<'_>, app: &Application) -> Result<Self, Unreadable> {
        let id = MessageId(row.int()?);
        let channel = channel_id(&row.text()?, app);
        let kind = match &*row.text()? {
            "text" => MessageKind::Text,
            "file" => MessageKind::File,
            "admin" => MessageKind::Admin,
            _ => return Err(Unreadable),
        };
        let _sender = row.maybe_text()?;
        let sender = match row.maybe_int()? {
            Some(number) => Some(Arc::clone(app.profiles.get(&number).ok_or(Unreadable)?)),
            None => None,
        };
        let by_operator = row.flag()?;
        let (text, custom_type, data) = (row.text()?.into(), row.text()?.into(), row.text()?.into());
        let everyone = row.flag()?;
        let mentioned: Vec<UserId> = row.json()?;
        let mention = if everyone { Mention::Channel(mentioned.into()) } else { Mention::Users(mentioned.into()) };
        Ok(Self {
            id,
            channel,
            kind,
            sender,
            by_operator,
            text,
            custom_type,
            data,
            mention,
            created_at: row.time()?,
            dated: row.flag()?,
            updated_at: row.time()?,
            removed_at: row.time()?,
            parent: row.maybe_int()?.map(MessageId),
            root: row.maybe_int()?.map(MessageId),
            in_channel: row.flag()?,
            silent: row.flag()?,
            details: details(row.maybe_text()?, &row.text()?)?,
        })
    }
}

pub(super) fn decoration(details: &Details) -> Cell<'_> {
    let file = details.file.as_ref().map(|file| FileRow {
        link: Cow::Borrowed(file.link.as_kept()),
        name: Cow::Borrowed(&file.name),
        media_type: Cow::Borrowed(&file.media_type),
        size: file.size,
        thumbnails: Cow::Borrowed(&file.thumbnails),
        private: file.private,
    });
    let decoration = Decoration {
        meta: Cow::Borrowed(&details.meta),
        file,
        topic: details.topic.as_deref().map(Cow::Borrowed),
        extra: Cow::Borrowed(&details.extra),
    };
    json(&decoration, false)
}

pub(super) fn details(
    dedup_id: Option<Cow<'_, str>>,
    decoration: &str,
) -> Result<Option<Box<Details>>, Unreadable> {
    if dedup_id.is_none() && decoration.is_empty() {
        return Ok(None);
    }
    let decoration: Decoration<'_> = if decoration.is_empty() {
        Decoration::default()
    } else {
        serde_json::from_str(decoration).map_err(|_| Unreadable)?
    };
    let file = decoration.file.map(|file| Attachment {
        link: Link::to(&file.link),
        name: file.name.into(),
        media_type: file.media_type.into(),
        size: file.size,
        thumbnails: file.thumbnails.into_owned(),
        private: file.private,
    });
    Ok(Some(Box::new(Details {
        meta: decoration.meta.into_owned(),
        file,
        topic: decoration.topic.map(Into::into),
        dedup_id: dedup_id.map(Into::into),
        extra: decoration.extra.into_owned(),
    })))
}

impl Stored for Reaction {
    const TABLE: &'static str = "reactions";
    const COLUMNS: &'static [&'static str] = &["message", "emoji", "user_id", "updated_at"];
    const KEYS: usize = 3;

    fn key_cells((message, key, user): &(MessageId, Box<str>, UserId)) -> Vec<Cell<'_>> {
        vec![message.0.into(), (&**key).into(), user.as_str().into()]
    }

    fn cells(&self) -> Vec<Cell<'_>> {
        vec![self.message.0.into(), (&*self.key).into(), self.user.as_str().into(), self.updated_at.into()]
    }

    fn read(row: &mut Reader<'_>, _: &Application) -> Result<Self, Unreadable> {
        Ok(Self {
            message: MessageId(row.int()?),
            key: row.text()?.into(),
            user: UserId::from(&*row.text()?),
            updated_at: row.time()?,
        })
    }
}
