//! Messages: sending and answering, listing and threads, editing, removing.
//! <https://sendbird.com/docs/chat/platform-api/v3/message/message-overview>

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    error::{Error, Result},
    extract::{Answer, Body, Call, ChannelType, Path, Query, answer, answer_list, done},
    list::{present, word},
    storage::{FileItem, Received, attach, boxes, described, localize, receive},
    wire::{
        self, Home,
        message::{MENTION_TEMPLATE, MessageBody, Messages, With},
    },
};
use crate::{
    chat::{
        self, Entity, Field as ChatField, channels, limits,
        messages::{
            self, Anchor, Include, MessageFilter, MessagePatch, MessageView, NewMessage, Question, SendRules,
        },
        standing,
    },
    model::{
        application::ReplyPolicy,
        file::Link,
        ids::MessageId,
        message::{Attachment, MessageKind, MetaItem},
        time::Timestamp,
    },
    state::Application,
    web::{
        body::Part,
        field::{Field, Kind, Lenient, Problem, Raw},
        routes::Routes,
    },
};

pub(super) fn routes() -> Routes {
    Routes::of("Messages")
        .post("sendAMessage", "/v3/{channel_type}/{channel_url}/messages", send)
        .get("listMessages", "/v3/{channel_type}/{channel_url}/messages", list)
        .get("viewAMessage", "/v3/{channel_type}/{channel_url}/messages/{message_id}", view)
        .put("updateAMessage", "/v3/{channel_type}/{channel_url}/messages/{message_id}", update)
        .delete("deleteAMessage", "/v3/{channel_type}/{channel_url}/messages/{message_id}", remove)
        .get("getTotalMessageCount", "/v3/{channel_type}/{channel_url}/messages/total_count", count)
}

pub(super) const MESSAGE_TYPES: &[(&str, MessageKind)] =
    &[("MESG", MessageKind::Text), ("FILE", MessageKind::File), ("ADMM", MessageKind::Admin)];

pub(super) const MENTION_TYPES: &[(&str, bool)] = &[("users", false), ("channel", true), ("channels", true)];

impl Lenient for MetaItem {
    const KIND: Kind = Kind::Object;

    fn of(raw: Raw<'_>) -> std::result::Result<Self, Problem> {
        let mut fields = BTreeMap::<String, Value>::of(raw)?;
        let key = fields.remove("key").ok_or(Problem::Missing).and_then(String::of_value)?;
        let value = match fields.remove("value") {
            Some(value) => Vec::of_value(value)?,
            None => Vec::new(),
        };
        Ok(Self { key, value })
    }
}

/// Every property of the pages "send a message" and "reply to a message".
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct SendBody {
    message_type: Field<String>,
    user_id: Field<String>,
    message: Field<String>,
    custom_type: Field<String>,
    data: Field<String>,
    send_push: Field<bool>,
    mention_type: Field<String>,
    mentioned_user_ids: Field<Vec<String>>,
    is_silent: Field<bool>,
    mark_as_read: Field<bool>,
    sorted_metaarray: Field<Vec<MetaItem>>,
    metaarray: Field<BTreeMap<String, Vec<String>>>,
    created_at: Field<i64>,
    dedup_id: Field<String>,
    req_id: Field<String>,
    parent_message_id: Field<i64>,
    reply_to_channel: Field<bool>,
    root_message_id: Field<i64>,
    url: Field<String>,
    file: Field<Value>,
    file_name: Field<String>,
    file_size: Field<i64>,
    file_type: Field<String>,
    thumbnails: Field<Vec<Value>>,
    require_auth: Field<bool>,
    files: Field<Vec<Value>>,
    thumbnail1: Field<String>,
    thumbnail2: Field<String>,
    thumbnail3: Field<String>,
    poll_id: Field<i64>,
    include_poll_details: Field<bool>,
    pin_message: Field<bool>,
    mentioned_message_template: Field<String>,
    target_langs: Field<Vec<String>>,
}

impl SendBody {
    /// The message to send; of a file message without its file where that is uploaded.
    pub(super) fn check(self, uploads: bool) -> Result<NewMessage> {
        let kind = word(self.message_type, "message_type", MESSAGE_TYPES, MessageKind::Text)?;
        let by_user = kind != MessageKind::Admin;
        let has_words = kind != MessageKind::File;
        present(&[
            ("user_id", self.user_id.is_given() || !by_user),
            ("message", self.message.is_given() || !has_words),
            ("url", self.url.is_given() || self.file.is_given() || uploads || has_words || self.files.is_given()),
        ])?;
        if self.file.is_given() {
            return Err(Error::invalid("file", "It must be a file of a multipart/form-data body"));
        }
        let user = self.user_id.optional("user_id")?.unwrap_or_default();
        let text = self.message.optional("message")?.unwrap_or_default();
        let older_meta = self.metaarray.or_default("metaarray")?;
        let older_meta = || older_meta.into_iter().map(|(key, value)| MetaItem { key, value }).collect();
        let file = Attachment {
            link: Link::to(&self.url.or_default("url")?),
            name: self.file_name.or_default("file_name")?.into(),
            media_type: self.file_type.or_default("file_type")?.into(),
            size: not_negative("file_size", self.file_size)?.unwrap_or(0),
            thumbnails: described(self.thumbnails.or_default("thumbnails")?)?,
            private: self.require_auth.or_default("require_auth")?,
        };
        let files = self.files.or_default("files")?.into_iter().map(FileItem::of).collect::<Result<Vec<_>>>()?;
        let template = self.mentioned_message_template.optional("mentioned_message_template")?;
        let template = template.map(|text| (MENTION_TEMPLATE.to_owned(), Value::String(text)));
        let message_id =
            |field: Field<i64>, name| Ok::<_, Error>(field.optional(name)?.filter(|id| *id != 0).map(MessageId));
        Ok(NewMessage {
            kind,
            custom_type: self.custom_type.or_default("custom_type")?,
            data: self.data.or_default("data")?,
            mentions_everyone: word(self.mention_type, "mention_type", MENTION_TYPES, false)?,
            mentioned: self.mentioned_user_ids.or_default("mentioned_user_ids")?,
            silent: self.is_silent.or_default("is_silent")?,
            marks_read: self.mark_as_read.or("mark_as_read", true)?,
            push: self.send_push.or("send_push", by_user)?,
            meta: self.sorted_metaarray.optional("sorted_metaarray")?.unwrap_or_else(older_meta),
            created_at: not_negative("created_at", self.created_at)?.filter(|at| *at != 0).map(Timestamp),
            dedup_id: self.dedup_id.optional("dedup_id")?.filter(|id| !id.is_empty()),
            request: self.req_id.optional("req_id")?.filter(|id| !id.is_empty()),
            parent: message_id(self.parent_message_id, "parent_message_id")?,
            root: message_id(self.root_message_id, "root_message_id")?,
            in_channel: self.reply_to_channel.or_default("reply_to_channel")?,
            file: files.first().cloned().or(Some(file)).filter(|_| !has_words),
            files: if has_words { Vec::new() } else { files },
            languages: self.target_langs.or_default("target_langs")?,
            pin: self.pin_message.or_default("pin_message")?,
            poll: self.poll_id.optional("poll_id")?.filter(|id| *id != 0),
            extra: template.into_iter().collect(),
            poll_details: self.include_poll_details.or_default("include_poll_details")?,
            ..NewMessage::text(&user, &text)
        })
    }
}

pub(super) fn not_negative(name: &'static str, field: Field<i64>) -> Result<Option<i64>> {
    match field.optional(name)? {
        Some(number) if number < 0 => Err(Error::negative(name)),
        number => Ok(number),
    }
}

/// Sends a message; with `parent_message_id`, answers one.
/// <https://sendbird.com/docs/chat/platform-api/v3/message/messaging-basics/send-a-message>
/// <https://sendbird.com/docs/chat/platform-api/v3/message/message-threading/reply-to-a-message>
async fn send(
    call: Call,
    Path((channel_type, url)): Path<(ChannelType, String)>,
    Body(mut body, parts): Body<SendBody>,
) -> Result<Answer> {
    let files = Files::receive(&call, &parts, &mut body).await?;
    let sent = call
        .write(|app| {
            let channel = channels::find(app, channel_type.into(), &url)?;
            let new = files.message(app, body)?;
            Ok(messages::send(app, &channel, new, SendRules::USUAL)?)
        })
        .await?;
    Ok(answer(&MessageBody::new(&sent, With::default(), Home::of(&call))))
}

/// The files of a form, their bytes put aside.
pub(super) struct Files {
    one: Vec<Received>,
    several: Vec<Received>,
    has_one: bool,
    parts: usize,
    boxes: Result<Vec<(u32, u32)>>,
}

impl Files {
    /// None are uploaded.
    pub(super) fn none() -> Self {
        Self { one: Vec::new(), several: Vec::new(), has_one: false, parts: 0, boxes: Ok(Vec::new()) }
    }

    /// Puts the bytes of a form aside, with the small pictures that the body wants of them.
    pub(super) async fn receive(call: &Call, parts: &[Part], body: &mut SendBody) -> Result<Self> {
        let sizes = [&mut body.thumbnail1, &mut body.thumbnail2, &mut body.thumbnail3];
        let boxes = boxes(sizes.map(std::mem::take));
        let wanted = boxes.as_deref().unwrap_or_default();
        Ok(Self {
            one: receive(call, parts, &["file"], wanted).await?,
            several: receive(call, parts, FILES, wanted).await?,
            has_one: parts.iter().any(|part| part.field == "file"),
            parts: parts.iter().filter(|part| FILES.contains(&&*part.field)).count(),
            boxes,
        })
    }

    /// The message that a body describes, with these files.
    pub(super) fn message(self, app: &mut Application, body: SendBody) -> Result<NewMessage> {
        let mut new = body.check(self.has_one || self.parts > 0)?;
        self.boxes?;
        if new.kind == MessageKind::File {
            limits::items(ChatField::Files, self.parts)?;
            let private = new.file.as_ref().is_some_and(|file| file.private);
            if let Some(received) = self.one.first() {
                new.file = Some(attach(app, received, private));
            }
            new.files.extend(self.several.iter().map(|received| attach(app, received, private)));
            new.file.iter_mut().chain(&mut new.files).for_each(|file| localize(app, file));
            if !new.files.is_empty() && self.one.is_empty() {
                new.file = new.files.first().cloned();
            }
        }
        Ok(new)
    }
}

/// The parts of a form that are the files of one message.
const FILES: &[&str] = &["files", "files[]"];

#[derive(Default, Deserialize)]
#[serde(default)]
struct ListQuery {
    message_ts: Field<i64>,
    message_id: Field<i64>,
    prev_limit: Field<i64>,
    next_limit: Field<i64>,
    include: Field<bool>,
    reverse: Field<bool>,
    sender_id: Field<String>,
    sender_ids: Field<Vec<String>>,
    operator_filter: Field<String>,
    message_type: Field<String>,
    custom_types: Field<Vec<String>>,
    custom_type: Field<String>,
    including_removed: Field<bool>,
    include_removed: Field<bool>,
    include_reply_type: Field<String>,
    include_replies: Field<bool>,
    show_subchannel_messages_only: Field<bool>,
    show_subchannel_message_only: Field<bool>,
    user_id: Field<String>,
    checking_has_next: Field<bool>,
    checking_continuous_messages: Field<bool>,
    parent_message_id: Field<i64>,
}

/// How many messages each side of a list has where nobody says.
const SIDE: i64 = 15;

impl ListQuery {
    fn check(self, app: &Application, includes: Includes) -> Result<(Question, Option<MessageId>, With)> {
        let id = self.message_id.optional("message_id")?.filter(|id| *id != 0);
        let moment = self.message_ts.optional("message_ts")?;
        let anchor = match (id, moment) {
            (Some(id), _) => Anchor::Message(MessageId(id)),
            (None, Some(moment)) if moment < 0 => return Err(Error::negative("message_ts")),
            (None, Some(moment)) => Anchor::At(Timestamp(moment)),
            (None, None) => return Err(Error::missing("message_ts")),
        };
        let of_subchannel = self.show_subchannel_messages_only.or_default("show_subchannel_messages_only")?;
        if of_subchannel || self.show_subchannel_message_only.or_default("show_subchannel_message_only")? {
            // No channel is split, so everything is in the subchannel of whoever that is.
            if let Some(user) = self.user_id.optional("user_id")?.filter(|id| !id.is_empty()) {
                chat::users::find(app, &user)?;
            }
        }
        let parent = self.parent_message_id.optional("parent_message_id")?.filter(|id| *id != 0).map(MessageId);
        let replies = reply_type(self.include_reply_type, self.include_replies)?;
        let one_type = self.custom_type.optional("custom_type")?.map(|one| vec![one]);
        let types = self.custom_types.optional("custom_types")?.or(one_type).map(|mut types| {
            if types.is_empty() {
                types.push(String::new());
            }
            types
        });
        let sender = self.sender_id.optional("sender_id")?.filter(|id| !id.is_empty()).map(|id| vec![id]);
        let senders = self.sender_ids.optional("sender_ids")?.filter(|ids| !ids.is_empty());
        let operators = [("all", None), ("operator", Some(true)), ("nonoperator", Some(false))];
        let kinds: Vec<_> = MESSAGE_TYPES.iter().map(|(word, kind)| (*word, Some(*kind))).collect();
        let filter = MessageFilter {
            senders: senders.or(sender),
            operators: word(self.operator_filter, "operator_filter", &operators, None)?,
            kind: word(self.message_type, "message_type", &kinds, None)?,
            custom_types: types.filter(|types| types.iter().all(|one| one != "*")),
            from: Timestamp::ZERO,
            removed: self.including_removed.or_default("including_removed")?
                || self.include_removed.or_default("include_removed")?,
            replies,
        };
        let (include, with) = includes.check()?;
        let question = Question {
            anchor,
            before: self.prev_limit.or("prev_limit", SIDE)?,
            after: self.next_limit.or("next_limit", SIDE)?,
            inclusive: self.include.or("include", true)?,
            reverse: self.reverse.or_default("reverse")?,
            filter,
            include,
        };
        Ok((question, parent, with))
    }
}

#[derive(Serialize)]
struct ListBody<'a> {
    messages: Messages<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    has_next: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_continuous_messages: Option<bool>,
}

/// Lists messages around a moment or a message; with `parent_message_id`, a thread.
/// <https://sendbird.com/docs/chat/platform-api/v3/message/messaging-basics/list-messages>
/// <https://sendbird.com/docs/chat/platform-api/v3/message/message-threading/list-threaded-replies-of-a-message>
async fn list(
    call: Call,
    Path((channel_type, url)): Path<(ChannelType, String)>,
    Query(mut query): Query<ListQuery>,
    Query(includes): Query<Includes>,
) -> Result<Answer> {
    let (views, with, has_next, continuous) = call
        .read(|app| {
            let channel = channels::find(app, channel_type.into(), &url)?;
            let checks_next = std::mem::take(&mut query.checking_has_next).or_default("checking_has_next")?;
            let continuous = std::mem::take(&mut query.checking_continuous_messages);
            let continuous = continuous.or_default("checking_continuous_messages")?;
            let (mut question, parent, with) = query.check(app, includes)?;
            question.filter.from = standing::begins(app, &channel, call.user());
            question.include.viewer = viewer(&call, app);
            let views: Vec<MessageView> = match parent {
                Some(parent) => messages::thread(app, &channel, parent, &question)?,
                None => messages::list(app, &channel, &question)?,
            };
            let newest = if question.reverse { views.first() } else { views.last() };
            let has_next = match (checks_next, newest) {
                (true, Some(newest)) => {
                    let anchor = Anchor::Message(newest.message.id);
                    let one = Question { anchor, before: 0, after: 1, inclusive: false, ..question };
                    Some(match parent {
                        Some(parent) => messages::thread(app, &channel, parent, &one)?.len() > 1,
                        None => !messages::list(app, &channel, &one)?.is_empty(),
                    })
                }
                (true, None) => Some(false),
                (false, _) => None,
            };
            Ok((views, with, has_next, continuous))
        })
        .await?;
    let home = Home::of(&call);
    // What is listed has no gaps: it comes from one look at the channel.
    let is_continuous_messages = continuous.then_some(true);
    let messages = Messages { views: &views, with, home };
    Ok(answer_list(&ListBody { messages, has_next, is_continuous_messages }, views.len()))
}

/// The id in a path. What is no number is the id of no message.
pub(super) fn message_id(text: &str) -> Result<MessageId> {
    text.parse().map(MessageId).map_err(|_| chat::Error::NotFound(Entity::Message).into())
}

/// What the answer is to tell of each message.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Includes {
    include_reactions: Field<bool>,
    include_reactions_summary: Field<bool>,
    with_sorted_meta_array: Field<bool>,
    with_meta_array: Field<bool>,
    include_meta_array: Field<bool>,
    include_thread_info: Field<bool>,
    include_parent_message_info: Field<bool>,
    include_poll_details: Field<bool>,
}

impl Includes {
    pub(super) fn check(self) -> Result<(Include, With)> {
        let meta = self.with_sorted_meta_array.or_default("with_sorted_meta_array")?
            || self.with_meta_array.or_default("with_meta_array")?
            || self.include_meta_array.or_default("include_meta_array")?;
        let summary = self.include_reactions_summary.or_default("include_reactions_summary")?;
        let include = Include {
            samples: summary,
            viewer: None,
            reactions: self.include_reactions.or_default("include_reactions")? || summary,
            thread: self.include_thread_info.or_default("include_thread_info")?,
            parent: self.include_parent_message_info.or_default("include_parent_message_info")?,
            poll: self.include_poll_details.or_default("include_poll_details")?,
        };
        Ok((include, With { sorted_metaarray: meta, metaarray: false, reactions_summary: summary }))
    }

    /// The same for the one who calls.
    pub(super) fn seen_by(self, call: &Call, app: &Application) -> Result<(Include, With)> {
        let (include, with) = self.check()?;
        Ok((Include { viewer: viewer(call, app), ..include }, with))
    }
}

/// The number of the user for whom a client acts.
fn viewer(call: &Call, app: &Application) -> Option<i64> {
    let user = chat::users::find(app, call.user()?.as_str()).ok()?;
    Some(user.number)
}

/// Which replies a list shows, in the newer or the older form.
pub(super) fn reply_type(newer: Field<String>, older: Field<bool>) -> Result<ReplyPolicy> {
    let reply_types = [
        ("NONE", ReplyPolicy::NoReplies),
        ("ALL", ReplyPolicy::All),
        ("ONLY_REPLY_TO_CHANNEL", ReplyPolicy::ShownInChannel),
    ];
    let older = if older.or_default("include_replies")? { ReplyPolicy::All } else { ReplyPolicy::NoReplies };
    word(newer, "include_reply_type", &reply_types, older)
}

/// <https://sendbird.com/docs/chat/platform-api/v3/message/messaging-basics/get-a-message>
async fn view(
    call: Call,
    Path((channel_type, url, id)): Path<(ChannelType, String, String)>,
    Query(includes): Query<Includes>,
) -> Result<Answer> {
    let (view, with) = call
        .read(|app| {
            let channel = channels::find(app, channel_type.into(), &url)?;
            let message = messages::find_in(app, &channel, message_id(&id)?)?;
            let (include, with) = includes.seen_by(&call, app)?;
            Ok((messages::view(app, &channel, &message, include), with))
        })
        .await?;
    Ok(answer(&MessageBody::new(&view, with, Home::of(&call))))
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct UpdateBody {
    message_type: Field<String>,
    user_id: Field<String>,
    message: Field<String>,
    custom_type: Field<String>,
    data: Field<String>,
    mention_type: Field<String>,
    mentioned_user_ids: Field<Vec<String>>,
    url: Field<String>,
    file_name: Field<String>,
    file_size: Field<i64>,
    file_type: Field<String>,
}

impl UpdateBody {
    pub(super) fn check(self) -> Result<(MessageKind, MessagePatch)> {
        present(&[("message_type", self.message_type.is_given())])?;
        self.user_id.optional("user_id")?;
        let kind = word(self.message_type, "message_type", MESSAGE_TYPES, MessageKind::Text)?;
        let mention_types: Vec<_> = MENTION_TYPES.iter().map(|(word, all)| (*word, Some(*all))).collect();
        let patch = MessagePatch {
            text: self.message.optional("message")?,
            custom_type: self.custom_type.optional("custom_type")?,
            data: self.data.optional("data")?,
            mentions_everyone: word(self.mention_type, "mention_type", &mention_types, None)?,
            mentioned: self.mentioned_user_ids.optional("mentioned_user_ids")?,
            link: self.url.optional("url")?.map(|url| Link::to(&url)),
            file_name: self.file_name.optional("file_name")?,
            media_type: self.file_type.optional("file_type")?,
            file_size: not_negative("file_size", self.file_size)?,
        };
        Ok((kind, patch))
    }
}

/// <https://sendbird.com/docs/chat/platform-api/v3/message/messaging-basics/update-a-message>
async fn update(
    call: Call,
    Path((channel_type, url, id)): Path<(ChannelType, String, String)>,
    Body(body, _): Body<UpdateBody>,
) -> Result<Answer> {
    let edited = call
        .write(|app| {
            let channel = channels::find(app, channel_type.into(), &url)?;
            let message = messages::find_in(app, &channel, message_id(&id)?)?;
            let (kind, mut patch) = body.check()?;
            if let Some(kept) = patch.link.as_ref().and_then(|link| wire::link(app, link.as_kept())) {
                patch.link = Some(kept);
            }
            Ok(messages::edit(app, &channel, &message, kind, patch)?)
        })
        .await?;
    let with = With { metaarray: true, ..With::default() };
    Ok(answer(&MessageBody::new(&edited, with, Home::of(&call))))
}

/// <https://sendbird.com/docs/chat/platform-api/v3/message/messaging-basics/delete-a-message>
async fn remove(call: Call, Path((channel_type, url, id)): Path<(ChannelType, String, String)>) -> Result<Answer> {
    call.write(|app| {
        let channel = channels::find(app, channel_type.into(), &url)?;
        let message = messages::find_in(app, &channel, message_id(&id)?)?;
        messages::remove(app, &message);
        Ok(())
    })
    .await?;
    Ok(done())
}

#[derive(Serialize)]
struct CountBody {
    total: usize,
}

/// <https://sendbird.com/docs/chat/platform-api/v3/message/messaging-basics/get-total-number-of-messages-in-a-channel>
async fn count(call: Call, Path((channel_type, url)): Path<(ChannelType, String)>) -> Result<Answer> {
    let total = call
        .read(|app| {
            let channel = channels::find(app, channel_type.into(), &url)?;
            Ok(messages::count(app, &channel))
        })
        .await?;
    Ok(answer(&CountBody { total }))
}
