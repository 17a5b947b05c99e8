//! The tables of messages, reactions and pins.

use std::{borrow::Cow, collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};

use super::{
    cells::{Cell, Reader, Stored, Unreadable, json},
    people::channel_id,
};
use crate::{
    model::{
        Extra,
        file::Link,
        ids::{ChannelId, MessageId, UserId},
        message::{Attachment, Details, Mention, Message, MessageKind, MetaItem},
        pin::Pin,
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
    #[serde(skip_serializing_if = "Vec::is_empty")]
    files: Vec<FileRow<'a>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    translations: Cow<'a, BTreeMap<String, String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    topic: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<Cow<'a, str>>,
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
        "touched_at",
        "marks_read",
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
            (&self.channel).into(),
            match self.kind {
                MessageKind::Text => "text".into(),
                MessageKind::File => "file".into(),
                MessageKind::Admin => "admin".into(),
            },
            self.sender.as_ref().map(|sender| &sender.user).into(),
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
            self.touched_at.into(),
            self.marks_read.into(),
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
            touched_at: row.time()?,
            marks_read: row.flag()?,
        })
    }
}

impl<'a> From<&'a Attachment> for FileRow<'a> {
    fn from(file: &'a Attachment) -> Self {
        Self {
            link: Cow::Borrowed(file.link.as_kept()),
            name: Cow::Borrowed(&file.name),
            media_type: Cow::Borrowed(&file.media_type),
            size: file.size,
            thumbnails: Cow::Borrowed(&file.thumbnails),
            private: file.private,
        }
    }
}

impl From<FileRow<'_>> for Attachment {
    fn from(file: FileRow<'_>) -> Self {
        Self {
            link: Link::to(&file.link),
            name: file.name.into(),
            media_type: file.media_type.into(),
            size: file.size,
            thumbnails: file.thumbnails.into_owned(),
            private: file.private,
        }
    }
}

pub(super) fn decoration(details: &Details) -> Cell<'_> {
    let decoration = Decoration {
        meta: Cow::Borrowed(&details.meta),
        file: details.file.as_ref().map(FileRow::from),
        files: details.files.iter().map(FileRow::from).collect(),
        translations: Cow::Borrowed(&details.translations),
        topic: details.topic.as_deref().map(Cow::Borrowed),
        request: details.request.as_deref().map(Cow::Borrowed),
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
    Ok(Some(Box::new(Details {
        meta: decoration.meta.into_owned(),
        file: decoration.file.map(Attachment::from),
        files: decoration.files.into_iter().map(Attachment::from).collect(),
        translations: decoration.translations.into_owned(),
        topic: decoration.topic.map(Into::into),
        request: decoration.request.map(Into::into),
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

impl Stored for Pin {
    const TABLE: &'static str = "pins";
    const COLUMNS: &'static [&'static str] = &["channel", "message", "number", "pinned_at"];
    const KEYS: usize = 2;

    fn key_cells((channel, message): &(ChannelId, MessageId)) -> Vec<Cell<'_>> {
        vec![channel.as_str().into(), message.0.into()]
    }

    fn cells(&self) -> Vec<Cell<'_>> {
        vec![self.channel.as_str().into(), self.message.0.into(), self.number.into(), self.pinned_at.into()]
    }

    fn read(row: &mut Reader<'_>, app: &Application) -> Result<Self, Unreadable> {
        Ok(Self {
            channel: channel_id(&row.text()?, app),
            message: MessageId(row.int()?),
            number: row.int()?,
            pinned_at: row.time()?,
        })
    }
}
