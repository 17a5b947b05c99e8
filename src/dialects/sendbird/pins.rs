//! Pinned messages.
//! <https://sendbird.com/docs/chat/platform-api/v3/message/pinning-a-message/pin-a-message>

use serde::Serialize;

use super::{
    error::Result,
    extract::{Answer, Call, ChannelType, Path, Query, answer_list, done},
    list::PageQuery,
    messages::{Includes, message_id},
    wire::{Home, message::MessageBody},
};
use crate::{
    chat::{channels, messages, pins},
    web::{page, routes::Routes},
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
    Query(query): Query<PageQuery>,
    Query(includes): Query<Includes>,
) -> Result<Answer> {
    let (views, next, with) = call
        .read(|app| {
            let channel = channels::find(app, channel_type.into(), &url)?;
            let asked = query.asked(LIST)?;
            let (include, with) = includes.seen_by(&call, app)?;
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
