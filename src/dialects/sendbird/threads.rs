//! Threads as client SDKs list and mute them.

use serde::{Deserialize, Serialize};

use super::{
    error::Result,
    extract::{Answer, Body, Call, ChannelType, Path, Query, answer, answer_list},
    list::{PageQuery, present},
    messages::{Includes, message_id},
    wire::{Home, message::Messages},
};
use crate::{
    chat::{channels, messages, messages::Include, standing, threads},
    web::{field::Field, page, routes::Routes},
};

pub(super) fn routes() -> Routes {
    Routes::of("Messages")
        .get("listParentThreadMessages", "/v3/{channel_type}/{channel_url}/messages/parent_thread_message", list)
        .put("updateThreadPush", "/v3/{channel_type}/{channel_url}/messages/{message_id}/thread_push", set_push)
}

#[derive(Serialize)]
struct ListBody<'a> {
    messages: Messages<'a>,
    next: String,
}

/// What the tokens of this list are called.
const LIST: &str = "parent_thread_message";

/// The messages of a channel that began threads, the newest first.
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
            let include = Include { thread: true, ..include };
            let from = standing::begins(app, &channel, call.user());
            let page = threads::list(app, &channel.id, from, asked.after.as_ref(), asked.limit);
            let view = |message| messages::view(app, &channel, message, include);
            Ok((page.items.iter().map(view).collect::<Vec<_>>(), page.next, with))
        })
        .await?;
    let home = Home::of(&call);
    let messages = Messages { views: &views, with, home };
    Ok(answer_list(&ListBody { messages, next: page::write(LIST, next.as_ref()) }, views.len()))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct PushBody {
    user_id: Field<String>,
    push_enabled: Field<bool>,
}

#[derive(Serialize)]
struct PushAnswer {
    push_enabled: bool,
}

/// Says whether a user's devices are woken for the replies to a message.
async fn set_push(
    call: Call,
    Path((channel_type, url, id)): Path<(ChannelType, String, String)>,
    Body(body, _): Body<PushBody>,
) -> Result<Answer> {
    let push_enabled = call
        .write(|app| {
            let channel = channels::find(app, channel_type.into(), &url)?;
            let message = messages::find_in(app, &channel, message_id(&id)?)?;
            present(&[("user_id", body.user_id.is_given()), ("push_enabled", body.push_enabled.is_given())])?;
            let user = body.user_id.required("user_id")?;
            let enabled = body.push_enabled.required("push_enabled")?;
            threads::set_push(app, &channel, &message, &user, enabled)?;
            Ok(enabled)
        })
        .await?;
    Ok(answer(&PushAnswer { push_enabled }))
}
