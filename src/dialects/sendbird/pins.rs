//! Pinned messages.
//! <https://sendbird.com/docs/chat/platform-api/v3/message/pinning-a-message/pin-a-message>

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{
    error::Result,
    extract::{Answer, Call, ChannelType, Path, Query, answer_list, done},
    list::asked,
    messages::{Includes, message_id},
    wire::{
        Home,
        message::{MessageBody, With},
    },
};
use crate::{
    chat::{
        channels,
        messages::{self, Include, MessageView},
        pins,
    },
    model::{channel::Channel, ids::MessageId, message::Message},
    state::Application,
    web::{field::Field, page, routes::Routes},
};

pub(super) fn routes() -> Routes {
    Routes::of("Messages")
        .post("pinAMessage", "/v3/{channel_type}/{channel_url}/messages/{message_id}/pin", pin)
        .delete("unpinAMessage", "/v3/{channel_type}/{channel_url}/messages/{message_id}/pin", unpin)
        .get("listPinnedMessages", "/v3/{channel_type}/{channel_url}/pinned_messages", list)
}

/// <https://sendbird.com/docs/chat/platform-api/v3/message/pinning-a-message/pin-a-message>
async fn pin(call: Call, Path((channel_type, url, id)): Path<(ChannelType, String, String)>) -> Result<Answer> {
    call.write(|app| {
        let channel = channels::find(app, channel_type.into(), &url)?;
        let message = messages::find_in(app, &channel, message_id(&id)?)?;
        Ok(pins::pin(app, &channel, &message)?)
    })
    .await?;
    Ok(done())
}

/// <https://sendbird.com/docs/chat/platform-api/v3/message/pinning-a-message/unpin-a-message>
async fn unpin(call: Call, Path((channel_type, url, id)): Path<(ChannelType, String, String)>) -> Result<Answer> {
    call.write(|app| {
        let channel = channels::find(app, channel_type.into(), &url)?;
        let message = messages::find_in(app, &channel, message_id(&id)?)?;
        Ok(pins::unpin(app, &message)?)
    })
    .await?;
    Ok(done())
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ListQuery {
    token: Field<String>,
    limit: Field<i64>,
}

#[derive(Serialize)]
struct PinnedBody<'a> {
    message: MessageBody<'a>,
}

#[derive(Serialize)]
struct ListBody<'a> {
    pinned_messages: Vec<PinnedBody<'a>>,
    has_more: bool,
    next: String,
}

/// What the tokens of this list are called.
const LIST: &str = "pinned_messages";

/// The pinned messages of a channel, the one that was pinned last first.
async fn list(
    call: Call,
    Path((channel_type, url)): Path<(ChannelType, String)>,
    Query(query): Query<ListQuery>,
    Query(includes): Query<Includes>,
) -> Result<Answer> {
    let (views, next, with) = call
        .read(|app| {
            let channel = channels::find(app, channel_type.into(), &url)?;
            let asked = asked(LIST, query.token, query.limit)?;
            let (include, with) = includes.check()?;
            let page = pins::list(app, &channel.id, asked.after.as_ref(), asked.limit);
            let view = |message| messages::view(app, &channel, message, include);
            Ok((page.items.iter().map(view).collect::<Vec<_>>(), page.next, with))
        })
        .await?;
    let home = Home::of(&call);
    let pinned = views.iter().map(|view| PinnedBody { message: MessageBody::new(view, with, home) });
    let next = page::write(LIST, next.as_ref());
    Ok(answer_list(&ListBody { pinned_messages: pinned.collect(), has_more: !next.is_empty(), next }, views.len()))
}

/// Whether a channel is shown with its pinned messages.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct PinsQuery {
    show_pinned_messages: Field<bool>,
}

impl PinsQuery {
    /// The pinned messages of a channel, if they are asked for.
    pub(super) fn pinned(self, app: &Application, channel: &Arc<Channel>) -> Result<Option<Vec<MessageView>>> {
        let shown = self.show_pinned_messages.or_default("show_pinned_messages")?;
        let view = |message: &Arc<Message>| messages::view(app, channel, message, Include::default());
        Ok(shown.then(|| pins::of(app, &channel.id).iter().map(view).collect()))
    }
}

/// A channel with its pinned messages.
#[derive(Serialize)]
pub(super) struct WithPins<'a, T> {
    #[serde(flatten)]
    channel: T,
    #[serde(flatten)]
    pinned: Option<Pinned<'a>>,
}

#[derive(Serialize)]
struct Pinned<'a> {
    pinned_message_ids: Vec<MessageId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    latest_pinned_message: Option<MessageBody<'a>>,
}

impl<'a, T> WithPins<'a, T> {
    pub(super) fn new(channel: T, pinned: Option<&'a [MessageView]>, home: Home<'a>) -> Self {
        let pinned = pinned.map(|views| Pinned {
            pinned_message_ids: views.iter().map(|view| view.message.id).collect(),
            latest_pinned_message: views.first().map(|view| MessageBody::new(view, With::default(), home)),
        });
        Self { channel, pinned }
    }
}
