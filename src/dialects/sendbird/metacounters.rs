//! Counters of channels.
//! <https://sendbird.com/docs/chat/platform-api/v3/channel/managing-channel-metacounter>

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{
    error::Result,
    extract::{Answer, Body, Call, ChannelType, Path, Query, answer, done},
    list::{either, present, word},
};
use crate::{
    chat::{
        channels,
        counters::{self, Counters, Mode},
    },
    web::{field::Field, routes::Routes},
};

pub(super) fn routes() -> Routes {
    const ALL: &str = "/v3/{channel_type}/{channel_url}/metacounter";
    const ONE: &str = "/v3/{channel_type}/{channel_url}/metacounter/{key}";
    Routes::of("Moderation, members, metadata")
        .post("createChannelMetacounter", ALL, create)
        .get("getChannelMetacounter", ALL, view)
        .put("updateChannelMetacounter", ALL, update)
        .delete("deleteChannelMetacounter", ALL, remove)
        .get("getOneItemOfChannelMetacounter", ONE, view_one)
        .put("updateOneItemOfChannelMetacounter", ONE, update_one)
        .delete("deleteOneItemOfChannelMetacounter", ONE, remove_one)
}

const MODES: &[(&str, Mode)] = &[("set", Mode::Set), ("increase", Mode::Increase), ("decrease", Mode::Decrease)];

#[derive(Default, Deserialize)]
#[serde(default)]
struct CountersBody {
    metacounter: Field<BTreeMap<String, i64>>,
    mode: Field<String>,
    upsert: Field<bool>,
}

impl CountersBody {
    fn check(self) -> Result<(Counters, Mode, bool)> {
        present(&[("metacounter", self.metacounter.is_given())])?;
        let counters = self.metacounter.required("metacounter")?;
        Ok((counters, word(self.mode, "mode", MODES, Mode::Set)?, self.upsert.or_default("upsert")?))
    }
}

/// <https://sendbird.com/docs/chat/platform-api/v3/channel/managing-channel-metacounter/create-a-channel-metacounter>
async fn create(
    call: Call,
    Path((channel_type, url)): Path<(ChannelType, String)>,
    Body(body, _): Body<CountersBody>,
) -> Result<Answer> {
    let created = call
        .write(|app| {
            let channel = channels::find(app, channel_type.into(), &url)?;
            let (new, _, upsert) = body.check()?;
            counters::create(app, &channel, new.clone(), upsert)?;
            Ok(new)
        })
        .await?;
    Ok(answer(&created))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Keys {
    keys: Field<Vec<String>>,
    key: Field<Vec<String>>,
}

/// The keys that are asked for; all, if none is named.
fn keys(keys: Field<Vec<String>>, key: Field<Vec<String>>) -> Result<Option<Vec<String>>> {
    let keys = keys.optional("keys")?;
    Ok(keys.or(key.optional("key")?).filter(|keys| !keys.is_empty()))
}

/// <https://sendbird.com/docs/chat/platform-api/v3/channel/managing-channel-metacounter/get-a-channel-metacounter>
async fn view(
    call: Call,
    Path((channel_type, url)): Path<(ChannelType, String)>,
    Query(query): Query<Keys>,
) -> Result<Answer> {
    let counters: Counters = call
        .read(|app| {
            let channel = channels::find(app, channel_type.into(), &url)?;
            let keys = keys(query.keys, query.key)?;
            let wanted =
                channel.counters.iter().filter(|(key, _)| keys.as_ref().is_none_or(|keys| keys.contains(key)));
            Ok(wanted.map(|(key, number)| (key.clone(), *number)).collect())
        })
        .await?;
    Ok(answer(&counters))
}

/// <https://sendbird.com/docs/chat/platform-api/v3/channel/managing-channel-metacounter/update-a-channel-metacounter>
async fn update(
    call: Call,
    Path((channel_type, url)): Path<(ChannelType, String)>,
    Body(body, _): Body<CountersBody>,
) -> Result<Answer> {
    let updated = call
        .write(|app| {
            let channel = channels::find(app, channel_type.into(), &url)?;
            let (new, mode, upsert) = body.check()?;
            Ok(counters::update(app, &channel, new, mode, upsert)?)
        })
        .await?;
    Ok(answer(&updated))
}

/// Deletes the counters of some keys, or all.
/// <https://sendbird.com/docs/chat/platform-api/v3/channel/managing-channel-metacounter/delete-a-channel-metacounter>
async fn remove(
    call: Call,
    Path((channel_type, url)): Path<(ChannelType, String)>,
    Query(query): Query<Keys>,
    Body(body, _): Body<Keys>,
) -> Result<Answer> {
    call.write(|app| {
        let channel = channels::find(app, channel_type.into(), &url)?;
        let keys = keys(either(query.keys, body.keys), either(query.key, body.key))?;
        counters::remove(app, &channel, keys.as_deref());
        Ok(())
    })
    .await?;
    Ok(done())
}

/// <https://sendbird.com/docs/chat/platform-api/v3/channel/managing-channel-metacounter/get-a-channel-metacounter>
async fn view_one(
    call: Call,
    Path((channel_type, url, key)): Path<(ChannelType, String, String)>,
) -> Result<Answer> {
    let counter = call
        .read(|app| {
            let channel = channels::find(app, channel_type.into(), &url)?;
            let number = counters::item(&channel, &key)?;
            Ok(Counters::from([(key, number)]))
        })
        .await?;
    Ok(answer(&counter))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct CounterBody {
    value: Field<i64>,
    mode: Field<String>,
    upsert: Field<bool>,
}

/// <https://sendbird.com/docs/chat/platform-api/v3/channel/managing-channel-metacounter/update-a-channel-metacounter>
async fn update_one(
    call: Call,
    Path((channel_type, url, key)): Path<(ChannelType, String, String)>,
    Body(body, _): Body<CounterBody>,
) -> Result<Answer> {
    let updated = call
        .write(|app| {
            let channel = channels::find(app, channel_type.into(), &url)?;
            present(&[("value", body.value.is_given())])?;
            let number = body.value.required("value")?;
            let mode = word(body.mode, "mode", MODES, Mode::Set)?;
            let upsert = body.upsert.or_default("upsert")?;
            Ok(counters::update_item(app, &channel, &key, number, mode, upsert)?)
        })
        .await?;
    Ok(answer(&updated))
}

/// <https://sendbird.com/docs/chat/platform-api/v3/channel/managing-channel-metacounter/delete-a-channel-metacounter>
async fn remove_one(
    call: Call,
    Path((channel_type, url, key)): Path<(ChannelType, String, String)>,
) -> Result<Answer> {
    call.write(|app| {
        let channel = channels::find(app, channel_type.into(), &url)?;
        Ok(counters::remove_item(app, &channel, &key)?)
    })
    .await?;
    Ok(done())
}
