//! Messages, their threads, their parents.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};
use serde_json::Value;

use super::{
    Address, Home,
    poll::PollBody,
    user::{BasicUser, Sender},
};
use crate::{
    chat::{messages::MessageView, reactions::ReactionView, threads::ThreadView},
    model::{
        Metadata,
        channel::{Channel, ChannelKind},
        file::Link,
        ids::UserId,
        message::{Attachment, Mention, Message, MessageKind, MetaItem},
    },
};

/// The word for a kind of message.
pub(in super::super) fn message_type(kind: MessageKind) -> &'static str {
    match kind {
        MessageKind::Text => "MESG",
        MessageKind::File => "FILE",
        MessageKind::Admin => "ADMM",
    }
}

/// The word for a kind of channel inside a message.
pub(in super::super) fn channel_type(channel: &Channel) -> &'static str {
    match channel.kind {
        ChannelKind::Group => "group",
        ChannelKind::Open => "open",
    }
}

/// The word for whom a message mentions.
pub(in super::super) fn mention_type(mention: &Mention) -> &'static str {
    match mention {
        Mention::Users(_) => "users",
        Mention::Channel(_) => "channel",
    }
}

/// The words of a message with places for the names of those who are mentioned.
pub(in super::super) const MENTION_TEMPLATE: &str = "mentioned_message_template";

/// Which optional keys a message is printed with.
#[derive(Clone, Copy, Default)]
pub(in super::super) struct With {
    /// `sorted_metaarray`.
    pub(in super::super) sorted_metaarray: bool,
    /// The older pair that only the answer to an update has.
    pub(in super::super) metaarray: bool,
    /// `reactions_summary`.
    pub(in super::super) reactions_summary: bool,
}

/// A message. An admin message has fewer keys than one of a user. What few have is boxed: lists make many.
#[derive(Serialize)]
pub(in super::super) struct MessageBody<'a> {
    r#type: &'static str,
    message_id: i64,
    message: &'a str,
    data: &'a str,
    custom_type: &'a str,
    created_at: i64,
    channel_url: &'a str,
    updated_at: i64,
    mentioned_users: Vec<BasicUser<'a>>,
    mention_type: &'static str,
    channel_type: &'static str,
    is_removed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    mentioned_message_template: Option<&'a str>,
    #[serde(flatten)]
    of_user: Option<OfUser<'a>>,
    #[serde(flatten)]
    reply: Option<Reply<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    thread_info: Option<ThreadInfo<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reactions: Option<Vec<ReactionBody<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reactions_summary: Option<Vec<ReactionSummary<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    poll: Option<Box<PollBody<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sorted_metaarray: Option<&'a [MetaItem]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metaarray: Option<BTreeMap<&'a str, &'a [String]>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metaarray_key_order: Option<Vec<&'a str>>,
}

/// Messages, each made as it is written: it is wide, and a list of them would be moved about.
pub(in super::super) struct Messages<'a> {
    pub(in super::super) views: &'a [MessageView],
    pub(in super::super) with: With,
    pub(in super::super) home: Home<'a>,
}

impl Serialize for Messages<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.views.iter().map(|view| MessageBody::new(view, self.with, self.home)))
    }
}

/// What the message of a user has and an admin message lacks.
#[derive(Serialize)]
struct OfUser<'a> {
    user: Option<Sender<'a>>,
    file: FileBody<'a>,
    silent: bool,
    is_silent: bool,
    translations: &'a BTreeMap<String, String>,
    message_survival_seconds: i64,
    message_retention_hour: i64,
    is_op_msg: bool,
    /// Clients alone have something to compare it with.
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    require_auth: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    thumbnails: Option<Thumbnails<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    files: Option<Vec<FilesItem<'a>>>,
}

/// What a message is translated into before anybody asks for it.
static NO_TRANSLATIONS: BTreeMap<String, String> = BTreeMap::new();

/// One of several files, which has other keys than the only one.
#[derive(Serialize)]
struct FilesItem<'a> {
    url: Address<'a>,
    file_name: &'a str,
    file_size: i64,
    file_type: &'a str,
    thumbnails: Thumbnails<'a>,
    require_auth: bool,
}

impl<'a> FilesItem<'a> {
    fn new(file: &'a Attachment, home: Home<'a>) -> Self {
        Self {
            url: home.address(&file.link),
            file_name: &file.name,
            file_size: file.size,
            file_type: &file.media_type,
            thumbnails: Thumbnails::new(&file.thumbnails, home),
            require_auth: file.private,
        }
    }
}

/// All files of a message that has several.
fn files<'a>(message: &'a Message, home: Home<'a>) -> Option<Vec<FilesItem<'a>>> {
    let files = message.files();
    (!files.is_empty()).then(|| files.iter().map(|file| FilesItem::new(file, home)).collect())
}

/// Small pictures of a file, those that we keep with their addresses completed.
pub(in super::super) struct Thumbnails<'a> {
    thumbnails: &'a [Value],
    home: Home<'a>,
}

impl<'a> Thumbnails<'a> {
    pub(in super::super) fn new(thumbnails: &'a [Value], home: Home<'a>) -> Self {
        Self { thumbnails, home }
    }
}

impl Serialize for Thumbnails<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let complete = |thumbnail: &Value| {
            let mut thumbnail = thumbnail.clone();
            let link = thumbnail.get("url").and_then(Value::as_str).map(Link::to);
            let link = link.filter(|link| link.local().is_some());
            if let (Some(link), Some(fields)) = (link, thumbnail.as_object_mut()) {
                let address = self.home.address(&link).to_string();
                fields.insert("plain_url".to_owned(), address.clone().into());
                fields.insert("url".to_owned(), address.into());
            }
            thumbnail
        };
        serializer.collect_seq(self.thumbnails.iter().map(complete))
    }
}

/// What a reply has beside.
#[derive(Serialize)]
struct Reply<'a> {
    parent_message_id: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_message_info: Option<Box<ParentInfo<'a>>>,
    is_reply_to_channel: bool,
}

#[derive(Serialize)]
pub(super) struct Empty {}

#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum FileBody<'a> {
    None(Empty),
    Some(Box<FileFields<'a>>),
}

#[derive(Serialize)]
pub(super) struct FileFields<'a> {
    url: Address<'a>,
    name: &'a str,
    r#type: &'a str,
    size: i64,
    data: &'a str,
    require_auth: bool,
    thumbnails: Thumbnails<'a>,
}

#[derive(Serialize)]
struct ParentInfo<'a> {
    r#type: &'static str,
    message: ParentText<'a>,
    ts: i64,
    user: Option<ParentUser<'a>>,
    custom_type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<ParentFile<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    files: Option<Vec<FilesItem<'a>>>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum ParentText<'a> {
    Words(&'a str),
    Address(Address<'a>),
}

#[derive(Serialize)]
struct ParentUser<'a> {
    user_id: &'a str,
    nickname: &'a str,
    profile_url: Address<'a>,
    metadata: &'a Metadata,
}

#[derive(Serialize)]
struct ParentFile<'a> {
    name: &'a str,
    r#type: &'a str,
    url: Address<'a>,
    require_auth: bool,
}

#[derive(Serialize)]
struct ThreadInfo<'a> {
    reply_count: usize,
    most_replies: Vec<BasicUser<'a>>,
    last_replied_at: i64,
    updated_at: i64,
}

#[derive(Serialize)]
struct ReactionBody<'a> {
    key: &'a str,
    user_ids: &'a [UserId],
    updated_at: i64,
}

/// All reactions with one emoji in brief.
#[derive(Serialize)]
struct ReactionSummary<'a> {
    key: &'a str,
    count: usize,
    sampled_user_ids: Vec<&'a str>,
    sampled_user_info: Vec<BasicUser<'a>>,
    is_self_included: bool,
    last_ts: i64,
}

impl<'a> ReactionSummary<'a> {
    fn new(reaction: &'a ReactionView, home: Home<'a>) -> Self {
        Self {
            key: &reaction.key,
            count: reaction.users.len(),
            sampled_user_ids: reaction.sampled.iter().map(|user| user.user.as_str()).collect(),
            sampled_user_info: reaction.sampled.iter().map(|user| BasicUser::new(user, home)).collect(),
            is_self_included: home.viewer.is_some_and(|viewer| reaction.users.contains(viewer)),
            last_ts: reaction.updated_at.0,
        }
    }
}

impl<'a> MessageBody<'a> {
    pub(in super::super) fn new(view: &'a MessageView, with: With, home: Home<'a>) -> Self {
        let message = &*view.message;
        let meta = message.meta();
        Self {
            r#type: message_type(message.kind),
            message_id: message.id.0,
            message: &message.text,
            data: &message.data,
            custom_type: &message.custom_type,
            created_at: message.created_at.0,
            channel_url: message.channel.as_str(),
            updated_at: message.updated_at.0,
            mentioned_users: view.mentioned.iter().map(|user| BasicUser::new(user, home)).collect(),
            mention_type: mention_type(&message.mention),
            channel_type: channel_type(&view.channel),
            mentioned_message_template: message.extra(MENTION_TEMPLATE).and_then(Value::as_str),
            is_removed: message.is_removed(),
            of_user: (message.kind != MessageKind::Admin).then(|| OfUser::new(view, home)),
            reply: message.root.map(|root| Reply {
                parent_message_id: root.0,
                parent_message_info: view.parent.as_deref().map(|parent| Box::new(ParentInfo::new(parent, home))),
                is_reply_to_channel: message.in_channel,
            }),
            thread_info: view.thread.as_ref().map(|thread| ThreadInfo::new(thread, home)),
            reactions: view.reactions.as_deref().map(reactions),
            reactions_summary: view
                .reactions
                .as_deref()
                .filter(|_| with.reactions_summary)
                .map(|reactions| reactions.iter().map(|reaction| ReactionSummary::new(reaction, home)).collect()),
            poll: view.poll.as_ref().map(|poll| Box::new(PollBody::new(poll, home))),
            sorted_metaarray: with.sorted_metaarray.then_some(meta),
            metaarray: with
                .metaarray
                .then(|| meta.iter().map(|item| (item.key.as_str(), item.value.as_slice())).collect()),
            metaarray_key_order: with.metaarray.then(|| meta.iter().map(|item| item.key.as_str()).collect()),
        }
    }
}

impl<'a> OfUser<'a> {
    fn new(view: &'a MessageView, home: Home<'a>) -> Self {
        let message = &*view.message;
        let file = message.file();
        let sender = message.sender.as_deref();
        Self {
            user: sender.map(|sender| {
                Sender::new(sender, message.by_operator, view.sender_active, home).blocked(view.sender_blocked)
            }),
            file: file.map_or(FileBody::None(Empty {}), |file| {
                FileBody::Some(Box::new(FileFields::new(file, &message.data, home)))
            }),
            silent: message.silent,
            is_silent: message.silent,
            translations: message.translations().unwrap_or(&NO_TRANSLATIONS),
            message_survival_seconds: view.channel.survival_seconds,
            message_retention_hour: view.retention_hours,
            is_op_msg: message.by_operator,
            request_id: message.request().filter(|_| home.of_client),
            require_auth: file.map(|file| file.private),
            thumbnails: file.map(|file| Thumbnails::new(&file.thumbnails, home)),
            files: files(message, home),
        }
    }
}

impl<'a> MessageBody<'a> {
    /// The same with other words.
    pub(in super::super) fn saying(self, message: &'a str) -> Self {
        Self { message, ..self }
    }
}

impl<'a> FileFields<'a> {
    pub(super) fn new(file: &'a Attachment, data: &'a str, home: Home<'a>) -> Self {
        Self {
            url: home.address(&file.link),
            name: &file.name,
            r#type: &file.media_type,
            size: file.size,
            data,
            require_auth: file.private,
            thumbnails: Thumbnails::new(&file.thumbnails, home),
        }
    }
}

impl<'a> ParentInfo<'a> {
    fn new(parent: &'a Message, home: Home<'a>) -> Self {
        let file = parent.file();
        Self {
            r#type: message_type(parent.kind),
            message: file
                .map_or(ParentText::Words(&parent.text), |file| ParentText::Address(home.address(&file.link))),
            ts: parent.created_at.0,
            user: parent.sender.as_deref().map(|sender| ParentUser {
                user_id: sender.user.as_str(),
                nickname: &sender.nickname,
                profile_url: home.address(&sender.picture),
                metadata: &sender.metadata,
            }),
            custom_type: &parent.custom_type,
            file: file.map(|file| ParentFile {
                name: &file.name,
                r#type: &file.media_type,
                url: home.address(&file.link),
                require_auth: file.private,
            }),
            files: files(parent, home),
        }
    }
}

impl<'a> ThreadInfo<'a> {
    fn new(thread: &'a ThreadView, home: Home<'a>) -> Self {
        Self {
            reply_count: thread.replies,
            most_replies: thread.most_active.iter().map(|user| BasicUser::new(user, home)).collect(),
            last_replied_at: thread.last_replied_at.0,
            updated_at: thread.updated_at.0,
        }
    }
}

fn reactions<'a>(reactions: &'a [ReactionView]) -> Vec<ReactionBody<'a>> {
    let body = |reaction: &'a ReactionView| ReactionBody {
        key: &reaction.key,
        user_ids: &reaction.users,
        updated_at: reaction.updated_at.0,
    };
    reactions.iter().map(body).collect()
}
