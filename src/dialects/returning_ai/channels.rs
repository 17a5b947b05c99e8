//! Channels: listing them and creating one.

use axum::response::Response;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{
    encode::{Iso, Shown, Success, ok},
    error::{Error, System, SystemMeta},
    extract::{Body, Call, filled},
};
use crate::{
    chat::channels::{self, NewChannel},
    model::{
        channel::{Channel, ChannelKind},
        ids::{ApplicationId, ObjectId},
    },
    web::{
        field::{Field, FieldError},
        routes::Routes,
    },
};

/// The operations of channels.
pub(super) fn routes() -> Routes {
    Routes::of("Messaging and channels")
        .get("get-channels-list", "/apis/v1/channels", list)
        .merge(Routes::of("Legacy System API").post("create-channel", "/api/v1/channels", create))
}

/// The kind of a channel in the words of the service.
fn channel_type(channel: &Channel) -> &str {
    match channel.kind {
        ChannelKind::Group => "direct",
        ChannelKind::Open if channel.style.is_empty() => "open",
        ChannelKind::Open => &channel.style,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ListedBody<'a> {
    #[serde(rename = "_id")]
    id: Shown<ObjectId>,
    topic: &'a str,
    channel_type: &'a str,
}

/// <https://dev.returning.ai/api-15023851>
async fn list(call: Call) -> Result<Response, Error> {
    let channels: Vec<_> = call.read(|app| Ok(channels::oldest_first(app).cloned().collect())).await?;
    let listed: Vec<_> = channels
        .iter()
        .map(|channel| ListedBody {
            id: Shown(channels::object_id(channel)),
            topic: &channel.name,
            channel_type: channel_type(channel),
        })
        .collect();
    Ok(ok(&Success::with("Channels fetched successfully", listed)))
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct CreateBody {
    topic: Field<String>,
    channel_type: Field<String>,
}

impl CreateBody {
    fn check(self) -> Result<(String, String), FieldError> {
        Ok((filled(self.topic, "topic")?, filled(self.channel_type, "channelType")?))
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NewBody<'a> {
    topic: &'a str,
    permissions: [&'a str; 0],
    user_id: Shown<ObjectId>,
    server_id: String,
    channel_type: &'a str,
    #[serde(rename = "_id")]
    id: Shown<ObjectId>,
    created_at: Iso,
    updated_at: Iso,
    #[serde(rename = "__v")]
    version: i64,
}

/// <https://dev.returning.ai/api-8891791>
async fn create(call: Call, body: Body<CreateBody>) -> Result<Response, Error> {
    let (channel, owner) = call
        .write(|app| {
            let (topic, channel_type) = body.take()?.check()?;
            let id = format!("sendbird_open_channel_{}_{}", app.next_number(), app.draw());
            let new = NewChannel { name: topic, style: channel_type, ..NewChannel::new(id, ChannelKind::Open) };
            Ok((channels::create(app, new)?, owner(app.head().created_at.seconds())))
        })
        .await?;
    let message = "Channel has been created successfully";
    Ok(ok(&System {
        meta: SystemMeta { success: true, message, dev_message: message },
        body: NewBody {
            topic: &channel.name,
            permissions: [],
            user_id: Shown(owner),
            server_id: community(call.application()),
            channel_type: channel_type(&channel),
            id: Shown(channels::object_id(&channel)),
            created_at: Iso(channel.created_at),
            updated_at: Iso(channel.created_at),
            version: 0,
        },
    }))
}

/// The owner of the community, who creates what keys create: no user of the application, so of
/// a number that none has.
fn owner(since: i64) -> ObjectId {
    ObjectId { seconds: u32::try_from(since).unwrap_or(0), number: 0 }
}

/// The 24-digit id of the community: a function of the application's name.
fn community(application: &ApplicationId) -> String {
    hex::encode(&Sha256::digest(application.as_str())[..12])
}
