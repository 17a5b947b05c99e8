//! What members do with a group channel beside reading and writing: hide it, reset its history,
//! begin to write.
//! <https://sendbird.com/docs/chat/platform-api/v3/channel/managing-a-channel/hide-a-channel>

use serde::{Deserialize, Serialize};

use super::{
    error::Result,
    extract::{Answer, Body, Call, Path, Query, answer, done},
    list::either,
};
use crate::{
    chat::{
        channels, signals,
        standing::{self, Whom},
    },
    model::channel::{ChannelKind, Hidden},
    web::{field::Field, routes::Routes},
};

pub(super) fn routes() -> Routes {
    Routes::of("Group channels")
        .put("hideAChannel", "/v3/group_channels/{channel_url}/hide", hide)
        .delete("unhideAChannel", "/v3/group_channels/{channel_url}/hide", unhide)
        .put("resetChatHistory", "/v3/group_channels/{channel_url}/reset_user_history", reset_history)
        .post("startTyping", "/v3/group_channels/{channel_url}/typing", start_typing)
        .delete("stopTyping", "/v3/group_channels/{channel_url}/typing", stop_typing)
        .get("getMessagePurgeOffset", "/v3/group_channels/{channel_url}/message_purge_offset", purge_offset)
        .post("notifyOfScreenshot", "/v3/group_channels/{channel_url}/screenshot", screenshot)
}

/// All members, or the one that has to be named.
fn whom(everyone: bool, user_id: Field<String>) -> Result<Whom> {
    Ok(if everyone { Whom::Everyone } else { Whom::One(user_id.required("user_id")?) })
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct HideBody {
    user_id: Field<String>,
    allow_auto_unhide: Field<bool>,
    hide_previous_messages: Field<bool>,
    should_hide_all: Field<bool>,
}

/// <https://sendbird.com/docs/chat/platform-api/v3/channel/managing-a-channel/hide-a-channel>
async fn hide(call: Call, Path(url): Path<String>, Body(body, _): Body<HideBody>) -> Result<Answer> {
    let offset = call
        .write(|app| {
            let channel = channels::find(app, ChannelKind::Group, &url)?;
            let whom = whom(body.should_hide_all.or_default("should_hide_all")?, body.user_id)?;
            let comes_back = body.allow_auto_unhide.or("allow_auto_unhide", true)?;
            let forgets = body.hide_previous_messages.or_default("hide_previous_messages")?;
            let hidden = if comes_back { Hidden::UntilNextMessage } else { Hidden::ForGood };
            standing::hide(app, &channel, &whom, hidden, forgets)?;
            Ok(standing::forgotten_until(app, &channel, call.user()))
        })
        .await?;
    // A server is told nothing.
    Ok(call.user().map_or_else(done, |_| answer(&OffsetBody { ts_message_offset: offset.0 })))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct UnhideBody {
    user_id: Field<String>,
    should_unhide_all: Field<bool>,
}

/// <https://sendbird.com/docs/chat/platform-api/v3/channel/managing-a-channel/unhide-a-channel>
async fn unhide(
    call: Call,
    Path(url): Path<String>,
    Query(query): Query<UnhideBody>,
    Body(body, _): Body<UnhideBody>,
) -> Result<Answer> {
    call.write(|app| {
        let channel = channels::find(app, ChannelKind::Group, &url)?;
        let everyone = either(query.should_unhide_all, body.should_unhide_all).or_default("should_unhide_all")?;
        let whom = whom(everyone, either(query.user_id, body.user_id))?;
        Ok(standing::show(app, &channel, &whom)?)
    })
    .await?;
    Ok(done())
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ResetBody {
    user_id: Field<String>,
    reset_all: Field<bool>,
}

#[derive(Serialize)]
struct OffsetBody {
    ts_message_offset: i64,
}

/// <https://sendbird.com/docs/chat/platform-api/v3/channel/managing-a-channel/reset-chat-history>
async fn reset_history(call: Call, Path(url): Path<String>, Body(body, _): Body<ResetBody>) -> Result<Answer> {
    let offset = call
        .write(|app| {
            let channel = channels::find(app, ChannelKind::Group, &url)?;
            let whom = whom(body.reset_all.or_default("reset_all")?, body.user_id)?;
            Ok(standing::reset_history(app, &channel, &whom)?)
        })
        .await?;
    Ok(answer(&OffsetBody { ts_message_offset: offset.0 }))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct TypingBody {
    user_ids: Field<Vec<String>>,
}

/// <https://sendbird.com/docs/chat/platform-api/v3/channel/managing-typing-indicators/start-typing-indicators>
async fn start_typing(call: Call, Path(url): Path<String>, Body(body, _): Body<TypingBody>) -> Result<Answer> {
    typing(&call, &url, body.user_ids, true).await
}

/// <https://sendbird.com/docs/chat/platform-api/v3/channel/managing-typing-indicators/stop-typing-indicators>
async fn stop_typing(
    call: Call,
    Path(url): Path<String>,
    Query(query): Query<TypingBody>,
    Body(body, _): Body<TypingBody>,
) -> Result<Answer> {
    typing(&call, &url, either(query.user_ids, body.user_ids), false).await
}

async fn typing(call: &Call, url: &str, users: Field<Vec<String>>, on: bool) -> Result<Answer> {
    call.write(|app| {
        let channel = channels::find(app, ChannelKind::Group, url)?;
        Ok(signals::typing(app, &channel, &users.required("user_ids")?, on)?)
    })
    .await?;
    Ok(done())
}

#[derive(Serialize)]
struct PurgeBody {
    message_purge_offset: i64,
}

/// Client SDKs ask before which moment messages are gone; no page documents it.
async fn purge_offset(call: Call, Path(url): Path<String>) -> Result<Answer> {
    let offset = call
        .read(|app| {
            let channel = channels::find(app, ChannelKind::Group, &url)?;
            Ok(standing::purged_before(app, &channel))
        })
        .await?;
    Ok(answer(&PurgeBody { message_purge_offset: offset.0 }))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ScreenshotBody {
    user_id: Field<String>,
}

/// Client SDKs tell of pictures of the screen; no page documents it.
async fn screenshot(call: Call, Path(url): Path<String>, Body(body, _): Body<ScreenshotBody>) -> Result<Answer> {
    call.write(|app| {
        let channel = channels::find(app, ChannelKind::Group, &url)?;
        let user = body.user_id.optional("user_id")?.filter(|id| !id.is_empty());
        Ok(signals::screenshot(app, &channel, user.as_deref())?)
    })
    .await?;
    Ok(done())
}
