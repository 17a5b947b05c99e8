//! Receipts of group channels: what has reached members, what they have read.
//! <https://sendbird.com/docs/chat/platform-api/v3/message/read-receipts/mark-messages-as-read>

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    error::Result,
    extract::{Answer, Body, Call, Path, Query, answer, done},
    list::present,
    wire::login::UnreadCount,
};
use crate::{
    chat::{channels, membership, messages, reads, users},
    model::{channel::ChannelKind, ids::MessageId},
    web::{field::Field, routes::Routes},
};

pub(super) fn routes() -> Routes {
    Routes::of("Messages")
        .put(
            "markChannelMessagesAsDelivered",
            "/v3/group_channels/{channel_url}/messages/mark_as_delivered",
            mark_as_delivered,
        )
        .put("markChannelMessagesAsRead", "/v3/group_channels/{channel_url}/messages/mark_as_read", mark_as_read)
        .get("getUnreadMessageCountOfMembers", "/v3/group_channels/{channel_url}/messages/unread_count", unread)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct DeliveredBody {
    user_id: Field<String>,
    ts: Field<i64>,
}

#[derive(Serialize)]
struct Delivered {
    ts: i64,
}

/// <https://sendbird.com/docs/chat/platform-api/v3/message/delivery-receipts/mark-messages-as-delivered>
async fn mark_as_delivered(
    call: Call,
    Path(url): Path<String>,
    Body(body, _): Body<DeliveredBody>,
) -> Result<Answer> {
    let moved = call
        .write(|app| {
            let channel = channels::find(app, ChannelKind::Group, &url)?;
            present(&[("user_id", body.user_id.is_given())])?;
            let user = body.user_id.required("user_id")?;
            // Client SDKs say when; everything is delivered, whatever it says.
            body.ts.optional("ts")?;
            let user = users::find(app, &user)?;
            let moved = reads::deliver(app, &channel.id, user.id.as_str())?;
            // A client reads the moment in any case.
            Ok(moved.or_else(|| call.user().map(|_| reads::newest(app, &channel.id))))
        })
        .await?;
    Ok(moved.map_or_else(done, |at| answer(&Delivered { ts: at.0 })))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ReadBody {
    user_id: Field<String>,
    timestamp: Field<i64>,
    message_id: Field<i64>,
    is_excluded: Field<bool>,
    unique_id: Field<String>,
}

/// What a client is told when it has read, or wants to read again.
#[derive(Serialize)]
struct Marked<'a> {
    ts: i64,
    unread_message_count: usize,
    unread_mention_count: usize,
    total_unread_count: UnreadCount,
    channel_url: &'a str,
    user_id: String,
    is_excluded: bool,
}

/// With a message, as client SDKs give it, what comes later is unread again; where that is excluded from
/// what is read, so is it.
/// <https://sendbird.com/docs/chat/platform-api/v3/message/read-receipts/mark-messages-as-read>
async fn mark_as_read(call: Call, Path(url): Path<String>, Body(body, _): Body<ReadBody>) -> Result<Answer> {
    let marked = call
        .write(|app| {
            let channel = channels::find(app, ChannelKind::Group, &url)?;
            present(&[("user_id", body.user_id.is_given())])?;
            let user = body.user_id.required("user_id")?;
            // Deprecated by the vendor; everything is read, whatever it says.
            body.timestamp.optional("timestamp")?;
            let message = body.message_id.optional("message_id")?.filter(|id| *id != 0);
            let is_excluded = body.is_excluded.or_default("is_excluded")?;
            let word = body.unique_id.optional("unique_id")?;
            let user = users::find(app, &user)?;
            let ts = match message {
                Some(id) => {
                    let message = messages::find_in(app, &channel, MessageId(id))?;
                    let place = (&*message, !is_excluded);
                    reads::mark_at(app, &channel.id, user.id.as_str(), place, word.as_deref())?
                }
                None => reads::mark(app, &channel.id, user.id.as_str(), word.as_deref())?,
            };
            let unread = membership::find(app, &channel.id, &user.id).map(|member| reads::unread(app, member));
            let unread = unread.unwrap_or_default();
            Ok(Marked {
                ts: ts.0,
                unread_message_count: unread.messages,
                unread_mention_count: unread.mentions,
                total_unread_count: UnreadCount::of(app, &user.id),
                channel_url: &url,
                user_id: user.id.to_string(),
                is_excluded,
            })
        })
        .await?;
    Ok(if call.user().is_some() { answer(&marked) } else { done() })
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct UnreadQuery {
    user_ids: Field<Vec<String>>,
}

#[derive(Serialize)]
struct Unread {
    unread: BTreeMap<String, usize>,
}

/// <https://sendbird.com/docs/chat/platform-api/v3/message/read-receipts/get-number-of-unread-messages-in-a-group-channel>
async fn unread(call: Call, Path(url): Path<String>, Query(query): Query<UnreadQuery>) -> Result<Answer> {
    let unread = call
        .read(|app| {
            let channel = channels::find(app, ChannelKind::Group, &url)?;
            present(&[("user_ids", query.user_ids.is_given())])?;
            let users = query.user_ids.required("user_ids")?;
            let counts = reads::unread_of(app, &channel.id, &users)?;
            Ok(users.into_iter().zip(counts).collect())
        })
        .await?;
    Ok(answer(&Unread { unread }))
}
