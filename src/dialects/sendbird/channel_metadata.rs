//! Metadata of channels.
//! <https://sendbird.com/docs/chat/platform-api/v3/channel/managing-channel-metadata>

use std::{borrow::Cow, collections::BTreeMap};

use serde::{Deserialize, Serialize};

use super::{
    error::Result,
    extract::{Answer, Body, Call, ChannelType, Path, Query, answer, done},
    list::{either, present},
};
use crate::{
    chat::{channel_metadata, channels},
    model::{Metadata, channel::Channel},
    web::{field::Field, routes::Routes},
};

pub(super) fn routes() -> Routes {
    const ALL: &str = "/v3/{channel_type}/{channel_url}/metadata";
    const ONE: &str = "/v3/{channel_type}/{channel_url}/metadata/{key}";
    Routes::of("Moderation, members, metadata")
        .post("createChannelMetadata", ALL, create)
        .get("getChannelMetadata", ALL, view)
        .put("updateChannelMetadata", ALL, update)
        .delete("deleteChannelMetadata", ALL, remove)
        .get("getOneItemOfChannelMetadata", ONE, view_one)
        .put("updateOneItemOfChannelMetadata", ONE, update_one)
        .delete("deleteOneItemOfChannelMetadata", ONE, remove_one)
}

/// What client SDKs put in the query, whatever the method.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Options {
    include_ts: Field<bool>,
    keys: Field<Vec<String>>,
    key: Field<Vec<String>>,
}

impl Options {
    /// The keys that are asked for; all, if none is named.
    fn keys(keys: Field<Vec<String>>, key: Field<Vec<String>>) -> Result<Option<Vec<String>>> {
        let keys = keys.optional("keys")?;
        Ok(keys.or(key.optional("key")?).filter(|keys| !keys.is_empty()))
    }
}

#[derive(Serialize)]
struct WithTime<'a> {
    metadata: &'a Metadata,
    ts: i64,
}

/// The items alone, or with the moment of the last change.
fn items(items: &Metadata, channel: &Channel, with_time: bool) -> Answer {
    if with_time { answer(&WithTime { metadata: items, ts: channel.metadata_updated_at.0 }) } else { answer(items) }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ItemsBody {
    metadata: Field<BTreeMap<String, String>>,
    upsert: Field<bool>,
    include_ts: Field<bool>,
}

impl ItemsBody {
    fn check(self, query: Options) -> Result<(Metadata, bool, bool)> {
        present(&[("metadata", self.metadata.is_given())])?;
        let with_time = either(query.include_ts, self.include_ts).or_default("include_ts")?;
        Ok((self.metadata.required("metadata")?, self.upsert.or_default("upsert")?, with_time))
    }
}

/// <https://sendbird.com/docs/chat/platform-api/v3/channel/managing-channel-metadata/create-a-channel-metadata>
async fn create(
    call: Call,
    Path((channel_type, url)): Path<(ChannelType, String)>,
    Query(query): Query<Options>,
    Body(body, _): Body<ItemsBody>,
) -> Result<Answer> {
    let (created, channel, with_time) = call
        .write(|app| {
            let channel = channels::find(app, channel_type.into(), &url)?;
            let (new, upsert, with_time) = body.check(query)?;
            let channel = channel_metadata::create(app, &channel, new.clone(), upsert)?;
            Ok((new, channel, with_time))
        })
        .await?;
    Ok(items(&created, &channel, with_time))
}

/// <https://sendbird.com/docs/chat/platform-api/v3/channel/managing-channel-metadata/get-a-channel-metadata>
async fn view(
    call: Call,
    Path((channel_type, url)): Path<(ChannelType, String)>,
    Query(query): Query<Options>,
) -> Result<Answer> {
    let (channel, keys, with_time) = call
        .read(|app| {
            let channel = channels::find(app, channel_type.into(), &url)?;
            let with_time = query.include_ts.or_default("include_ts")?;
            Ok((channel, Options::keys(query.keys, query.key)?, with_time))
        })
        .await?;
    let wanted = match keys {
        None => Cow::Borrowed(&channel.metadata),
        Some(keys) => {
            let known = channel.metadata.iter().filter(|(key, _)| keys.contains(key));
            Cow::Owned(known.map(|(key, value)| (key.clone(), value.clone())).collect())
        }
    };
    Ok(items(&wanted, &channel, with_time))
}

/// <https://sendbird.com/docs/chat/platform-api/v3/channel/managing-channel-metadata/update-a-channel-metadata>
async fn update(
    call: Call,
    Path((channel_type, url)): Path<(ChannelType, String)>,
    Query(query): Query<Options>,
    Body(body, _): Body<ItemsBody>,
) -> Result<Answer> {
    let (channel, updated, with_time) = call
        .write(|app| {
            let channel = channels::find(app, channel_type.into(), &url)?;
            let (new, upsert, with_time) = body.check(query)?;
            let (channel, updated) = channel_metadata::update(app, &channel, new, upsert)?;
            Ok((channel, updated, with_time))
        })
        .await?;
    Ok(items(&updated, &channel, with_time))
}

#[derive(Serialize)]
struct Time {
    ts: i64,
}

fn removed(channel: &Channel, with_time: bool) -> Answer {
    if with_time { answer(&Time { ts: channel.metadata_updated_at.0 }) } else { done() }
}

/// Deletes the items of some keys, or all.
/// <https://sendbird.com/docs/chat/platform-api/v3/channel/managing-channel-metadata/delete-a-channel-metadata>
async fn remove(
    call: Call,
    Path((channel_type, url)): Path<(ChannelType, String)>,
    Query(query): Query<Options>,
    Body(body, _): Body<Options>,
) -> Result<Answer> {
    let (channel, with_time) = call
        .write(|app| {
            let channel = channels::find(app, channel_type.into(), &url)?;
            let with_time = either(query.include_ts, body.include_ts).or_default("include_ts")?;
            let keys = Options::keys(either(query.keys, body.keys), either(query.key, body.key))?;
            Ok((channel_metadata::remove(app, &channel, keys.as_deref()), with_time))
        })
        .await?;
    Ok(removed(&channel, with_time))
}

/// <https://sendbird.com/docs/chat/platform-api/v3/channel/managing-channel-metadata/get-a-channel-metadata>
async fn view_one(
    call: Call,
    Path((channel_type, url, key)): Path<(ChannelType, String, String)>,
    Query(query): Query<Options>,
) -> Result<Answer> {
    let (channel, item, with_time) = call
        .read(|app| {
            let channel = channels::find(app, channel_type.into(), &url)?;
            let value = channel_metadata::item(&channel, &key)?.to_owned();
            Ok((channel, Metadata::from([(key, value)]), query.include_ts.or_default("include_ts")?))
        })
        .await?;
    Ok(items(&item, &channel, with_time))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ItemBody {
    value: Field<String>,
    upsert: Field<bool>,
    include_ts: Field<bool>,
}

/// <https://sendbird.com/docs/chat/platform-api/v3/channel/managing-channel-metadata/update-a-channel-metadata>
async fn update_one(
    call: Call,
    Path((channel_type, url, key)): Path<(ChannelType, String, String)>,
    Query(query): Query<Options>,
    Body(body, _): Body<ItemBody>,
) -> Result<Answer> {
    let (channel, item, with_time) = call
        .write(|app| {
            let channel = channels::find(app, channel_type.into(), &url)?;
            present(&[("value", body.value.is_given())])?;
            let value = body.value.required("value")?;
            let upsert = body.upsert.or_default("upsert")?;
            let with_time = either(query.include_ts, body.include_ts).or_default("include_ts")?;
            let channel = channel_metadata::update_item(app, &channel, &key, value.clone(), upsert)?;
            Ok((channel, Metadata::from([(key, value)]), with_time))
        })
        .await?;
    Ok(items(&item, &channel, with_time))
}

/// <https://sendbird.com/docs/chat/platform-api/v3/channel/managing-channel-metadata/delete-a-channel-metadata>
async fn remove_one(
    call: Call,
    Path((channel_type, url, key)): Path<(ChannelType, String, String)>,
    Query(query): Query<Options>,
    Body(body, _): Body<Options>,
) -> Result<Answer> {
    let (channel, with_time) = call
        .write(|app| {
            let channel = channels::find(app, channel_type.into(), &url)?;
            let with_time = either(query.include_ts, body.include_ts).or_default("include_ts")?;
            Ok((channel_metadata::remove_item(app, &channel, &key)?, with_time))
        })
        .await?;
    Ok(removed(&channel, with_time))
}
