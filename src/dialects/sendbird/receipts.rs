//! Receipts of group channels: what has reached members, what they have read.
//! <https://sendbird.com/docs/chat/platform-api/v3/message/read-receipts/mark-messages-as-read>

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    error::Result,
    extract::{Answer, Body, Call, Path, Query, answer, done},
    list::present,
};
use crate::{
    chat::{channels, reads, users},
    model::channel::ChannelKind,
    web::{field::Field, routes::Routes},
};

pub(super) fn routes() -> Routes {
    Routes::of("Messages")
        .put(
            "markChannelMessagesAsDelivered",
            "/v3/group_channels/{channel_url}/messages/mark_as_delivered",
            mark_as_delivered,
        )
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
            Ok(reads::deliver(app, &channel.id, user.id.as_str())?)
        })
        .await?;
    Ok(moved.map_or_else(done, |at| answer(&Delivered { ts: at.0 })))
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
