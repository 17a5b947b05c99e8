//! Messages: texts, files and announcements, each perhaps the reply to another.

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};

use super::{
    Extra,
    file::Link,
    ids::{ChannelId, MessageId, UserId},
    time::Timestamp,
    user::Profile,
};

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MessageKind {
    /// Words of a user.
    Text,
    /// A file of a user.
    File,
    /// Words of the application itself; has no sender and takes no replies.
    Admin,
}

/// Whom a message calls upon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mention {
    /// These users (nobody, if empty).
    Users(Box<[UserId]>),
    /// Everybody in the channel; the users are named beside that.
    Channel(Box<[UserId]>),
}

impl Mention {
    /// Everybody or nobody but those who are named.
    pub fn of(everyone: bool, users: Box<[UserId]>) -> Self {
        if everyone { Self::Channel(users) } else { Self::Users(users) }
    }

    /// The users who are named.
    pub fn users(&self) -> &[UserId] {
        match self {
            Self::Users(users) | Self::Channel(users) => users,
        }
    }
}

impl Default for Mention {
    fn default() -> Self {
        Self::Users(Box::default())
    }
}

/// One key of the ordered extra data of a message, with its values in order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetaItem {
    /// The key; once per message.
    pub key: String,
    /// The values.
    pub value: Vec<String>,
}

/// The file of a file message.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Attachment {
    /// Where it is.
    pub link: Link,
    /// Its name, or empty.
    pub name: Box<str>,
    /// Its media type, or empty.
    pub media_type: Box<str>,
    /// Its length in bytes, or 0 where nobody said.
    pub size: i64,
    /// Small pictures of it, as the client described them.
    pub thumbnails: Vec<serde_json::Value>,
    /// Only for those who may read the channel.
    pub private: bool,
}

/// What few messages have; kept apart so that the many stay small.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Details {
    /// Ordered extra data.
    pub meta: Vec<MetaItem>,
    /// The file of a file message; of one with several files, the first.
    pub file: Option<Attachment>,
    /// All files of a message that has several.
    pub files: Vec<Attachment>,
    /// The words in other languages, by language.
    pub translations: BTreeMap<String, String>,
    /// The topic of a forum in which it stands.
    pub topic: Option<Box<str>>,
    /// By this word the sender knows that it was sent already.
    pub dedup_id: Option<Box<str>>,
    /// By this word the sender's clients know it as what they have sent.
    pub request: Option<Box<str>>,
    /// What no rule reads.
    pub extra: Extra,
}

/// A message of a channel.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts of a message, one column each")]
pub struct Message {
    /// Which message it is.
    pub id: MessageId,
    /// The channel in which it stands.
    pub channel: ChannelId,
    /// Text, file or announcement.
    pub kind: MessageKind,
    /// Who sent it, as that user looked then; nobody for an announcement.
    pub sender: Option<Arc<Profile>>,
    /// Whether the sender was an operator of the channel then.
    pub by_operator: bool,
    /// The words.
    pub text: Box<str>,
    /// A word by which clients sort their messages.
    pub custom_type: Box<str>,
    /// Free text of the client.
    pub data: Box<str>,
    /// Whom it calls upon.
    pub mention: Mention,
    /// Its place in time.
    pub created_at: Timestamp,
    /// Whether the sender chose that moment.
    pub dated: bool,
    /// When it was last edited, or zero.
    pub updated_at: Timestamp,
    /// When it was removed, or zero.
    pub removed_at: Timestamp,
    /// When something that hangs on it last changed without an edit, or zero.
    pub touched_at: Timestamp,
    /// What it answers.
    pub parent: Option<MessageId>,
    /// The message that began the thread. Differs from the parent where a reply was answered.
    pub root: Option<MessageId>,
    /// A reply that is shown in the channel too.
    pub in_channel: bool,
    /// Neither counted nor pushed.
    pub silent: bool,
    /// Whether its sender, a member of a group channel, has read up to here by sending it.
    pub marks_read: bool,
    /// What few messages have.
    pub details: Option<Box<Details>>,
}

impl Message {
    /// Whether it is gone; removed messages are kept for those who ask for them.
    pub fn is_removed(&self) -> bool {
        self.removed_at > Timestamp::ZERO
    }

    /// The attached file.
    pub fn file(&self) -> Option<&Attachment> {
        self.details.as_deref()?.file.as_ref()
    }

    /// The ordered extra data.
    pub fn meta(&self) -> &[MetaItem] {
        self.details.as_deref().map_or(&[], |details| &details.meta)
    }

    /// The word that stops duplicates.
    pub fn dedup_id(&self) -> Option<&str> {
        self.details.as_deref()?.dedup_id.as_deref()
    }

    /// The word by which the sender's clients know it.
    pub fn request(&self) -> Option<&str> {
        self.details.as_deref()?.request.as_deref()
    }

    /// The topic of the forum in which it stands.
    pub fn topic(&self) -> Option<&str> {
        self.details.as_deref()?.topic.as_deref()
    }

    /// What a dialect has hung on it under that name.
    pub fn extra(&self, name: &str) -> Option<&serde_json::Value> {
        self.details.as_deref()?.extra.get(name)
    }

    /// When it was last edited, removed, or changed in what hangs on it; zero if never.
    pub fn altered_at(&self) -> Timestamp {
        self.updated_at.max(self.removed_at).max(self.touched_at)
    }

    /// The words in other languages; none if nobody asked for any.
    pub fn translations(&self) -> Option<&BTreeMap<String, String>> {
        self.details.as_deref().map(|details| &details.translations)
    }

    /// The files of a message that has several.
    pub fn files(&self) -> &[Attachment] {
        self.details.as_deref().map_or(&[], |details| &details.files)
    }

    /// When the message itself last changed.
    pub fn changed_at(&self) -> Timestamp {
        self.created_at.max(self.updated_at).max(self.removed_at)
    }
}
