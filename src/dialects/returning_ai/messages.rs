//! Messages: sending, answering, reacting and reading them.

use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    encode::{Iso, Shown, Success, done, ok, sent},
    error::Error,
    extract::{Body, Call, Query, filled, filled_or_absent, list},
    ids,
};
use crate::{
    chat::{
        channels,
        messages::{self, NewMessage, Recent, RecentView, SendRules},
        reactions,
        threads::ReplyRules,
        topics, users,
    },
    model::{Extra, ids::ObjectId},
    web::{
        field::{Field, FieldError, Problem},
        routes::Routes,
    },
};

/// What this service lets senders do: texts of any length, and answers to replies.
const RULES: SendRules = SendRules { limited: false, replies: ReplyRules { nested: true } };

/// The operations of messages, and their forms on the gateway.
pub(super) fn routes() -> Routes {
    Routes::of("Messaging and channels")
        .post("send-message", "/apis/v1/messages/send", send)
        .post("send-message", "/apis/v1/messages", send)
        .post("reply-message", "/apis/v1/messages/reply", reply)
        .post("react-message", "/apis/v1/messages/react", react)
        .get("get-messages", "/v1/messages", recent)
        .get("get-messages", "/apis/v1/messages", recent)
        .post("send-message", "/v1/messages/send", send)
        .post("reply-message", "/v1/messages/reply", reply)
        .post("react-message", "/v1/messages/react", react)
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct SendBody {
    channel_id: Field<String>,
    message: Field<String>,
    sender: Field<String>,
    forum_topic_id: Field<String>,
    images: Field<Vec<String>>,
}

struct Send {
    channel: String,
    text: String,
    sender: String,
    topic: Option<String>,
    images: Vec<String>,
}

impl SendBody {
    fn check(self) -> Result<Send, FieldError> {
        Ok(Send {
            channel: filled(self.channel_id, "channelId")?,
            text: filled(self.message, "message")?,
            sender: filled(self.sender, "sender")?,
            topic: filled_or_absent(self.forum_topic_id, "forumTopicId")?,
            images: list(self.images, "images")?,
        })
    }
}

/// <https://dev.returning.ai/api-15023884>
async fn send(call: Call, body: Body<SendBody>) -> Result<Response, Error> {
    let strict = call.site().strict;
    let view = call
        .write(|app| {
            let body = body.take()?.check()?;
            let channel = ids::channel(app, &body.channel, "channelId")?;
            let topic = topics::choose(app, &channel, body.topic, strict)?;
            let sender = users::find_by_name(app, &body.sender)?;
            let new = NewMessage {
                text: body.text,
                topic,
                extra: with_images(&body.images, strict),
                ..NewMessage::text(sender.id.as_str(), "")
            };
            Ok(messages::send(app, &channel, new, RULES)?)
        })
        .await?;
    Ok(sent("Message send successfully", &view.message))
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ReplyBody {
    message_id: Field<String>,
    message: Field<String>,
    sender: Field<String>,
    images: Field<Vec<String>>,
}

struct Reply {
    parent: String,
    text: String,
    sender: String,
    images: Vec<String>,
}

impl ReplyBody {
    fn check(self) -> Result<Reply, FieldError> {
        Ok(Reply {
            parent: filled(self.message_id, "messageId")?,
            text: filled(self.message, "message")?,
            sender: filled(self.sender, "sender")?,
            images: list(self.images, "images")?,
        })
    }
}

/// <https://dev.returning.ai/reply-message>
async fn reply(call: Call, body: Body<ReplyBody>) -> Result<Response, Error> {
    let strict = call.site().strict;
    let view = call
        .write(|app| {
            let body = body.take()?.check()?;
            let (parent, channel) = ids::message(app, &body.parent, "messageId")?;
            let sender = users::find_by_name(app, &body.sender)?;
            let new = NewMessage {
                text: body.text,
                parent: Some(parent.id),
                extra: with_images(&body.images, strict),
                ..NewMessage::text(sender.id.as_str(), "")
            };
            Ok(messages::send(app, &channel, new, RULES)?)
        })
        .await?;
    Ok(sent("Message reply successfully", &view.message))
}

/// Uploaded images that a message is to show. No page says how they are attached, so only the
/// lenient server keeps them.
fn with_images(images: &[String], strict: bool) -> Extra {
    if images.is_empty() || strict {
        return Extra::new();
    }
    Extra::from_iter([("returning_ai".to_owned(), json!({ "images": images }))])
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ReactBody {
    message_id: Field<String>,
    emoji: Field<String>,
    sender: Field<String>,
}

struct React {
    message: String,
    key: String,
    sender: String,
}

impl ReactBody {
    fn check(self) -> Result<React, FieldError> {
        let message = filled(self.message_id, "messageId")?;
        let emoji = filled(self.emoji, "emoji")?;
        let key = key_of(&emoji).to_owned();
        if key.trim().is_empty() {
            return Err(FieldError { name: "emoji", problem: Problem::Missing });
        }
        Ok(React { message, key, sender: filled(self.sender, "sender")? })
    }
}

/// The key of an emoji: a shortcode without its colons, or the emoji itself.
fn key_of(emoji: &str) -> &str {
    emoji.strip_prefix(':').and_then(|rest| rest.strip_suffix(':')).unwrap_or(emoji)
}

/// <https://sgtr-dev.returning.ai/api-31437586>
async fn react(call: Call, body: Body<ReactBody>) -> Result<Response, Error> {
    call.write(|app| {
        let body = body.take()?.check()?;
        let (message, channel) = ids::message(app, &body.message, "messageId")?;
        let sender = users::find_by_name(app, &body.sender)?;
        reactions::add(app, &channel, &message, sender.id.as_str(), &body.key)?;
        Ok(())
    })
    .await?;
    Ok(done("Reaction added successfully"))
}

/// How many messages are shown where nobody says.
const COUNT: usize = 50;

/// How many messages are shown at most.
const MOST: usize = 200;

#[derive(Default, Deserialize)]
#[serde(default)]
struct RecentQuery {
    user_id: Field<String>,
    email: Field<String>,
    channel_id: Field<String>,
    count: Field<String>,
}

struct Question {
    user: Option<String>,
    email: Option<String>,
    channel: Option<String>,
    count: usize,
}

impl RecentQuery {
    fn check(self) -> Result<Question, Error> {
        let question = Question {
            user: said(self.user_id, "user_id")?,
            email: said(self.email, "email")?,
            channel: said(self.channel_id, "channel_id")?,
            count: COUNT,
        };
        let Some(count) = said(self.count, "count")? else { return Ok(question) };
        match count.parse() {
            Ok(count @ 1..=MOST) => Ok(Question { count, ..question }),
            _ => Err(Error::bad(format!("count must be an integer from 1 to {MOST}"))),
        }
    }
}

/// What a query says: the samples of the documentation send the word `undefined` for nothing.
fn said(field: Field<String>, name: &'static str) -> Result<Option<String>, FieldError> {
    Ok(filled_or_absent(field, name)?.filter(|text| text != "undefined"))
}

#[derive(Serialize)]
struct RecentBody<'a> {
    total: usize,
    messages: Vec<MessageBody<'a>>,
}

#[derive(Serialize)]
struct MessageBody<'a> {
    id: Shown<ObjectId>,
    message: &'a str,
    user: UserBody<'a>,
    channel: ChannelBody<'a>,
    timestamp: Iso,
}

#[derive(Serialize)]
struct UserBody<'a> {
    user_id: String,
    email: &'a str,
}

#[derive(Serialize)]
struct ChannelBody<'a> {
    channel_id: Shown<ObjectId>,
    name: &'a str,
}

impl<'a> From<&'a RecentView> for MessageBody<'a> {
    fn from(RecentView { message, channel, sender }: &'a RecentView) -> Self {
        // Somebody who is deleted has no number any more; an announcement is of nobody.
        let by_name = message.sender.as_ref().map_or("", |sender| sender.user.as_str());
        Self {
            id: Shown(messages::object_id(message)),
            message: &message.text,
            user: UserBody {
                user_id: sender.as_ref().map_or_else(|| by_name.to_owned(), |user| user.number.to_string()),
                email: sender.as_ref().map_or("", |user| &user.email),
            },
            channel: ChannelBody { channel_id: Shown(channels::object_id(channel)), name: &channel.name },
            timestamp: Iso(message.created_at),
        }
    }
}

/// <https://dev.returning.ai/messaging/get-messages>
async fn recent(call: Call, Query(query): Query<RecentQuery>) -> Result<Response, Error> {
    let recent = call
        .read(|app| {
            let question = query.check()?;
            let channel = question.channel.map(|id| ids::channel(app, &id, "channel_id")).transpose()?;
            let user = question.user.map(|id| users::find_by_any(app, &id)).transpose()?;
            let of_email = question.email.map(|email| users::find_by_name(app, &email)).transpose()?;
            if matches!((&user, &of_email), (Some(user), Some(other)) if user.id != other.id) {
                return Ok(Recent::default());
            }
            let sender = user.or(of_email).map(|user| user.id.clone());
            Ok(messages::recent(app, channel.as_deref(), sender.as_ref(), question.count))
        })
        .await?;
    let messages = recent.messages.iter().map(MessageBody::from).collect();
    let data = RecentBody { total: recent.total, messages };
    Ok(ok(&Success::with("messages fetched successfully", data)))
}
