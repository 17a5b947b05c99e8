//! The extra data of messages: `sorted_metaarray`.
//! <https://sendbird.com/docs/chat/platform-api/v3/message/message-metadata/create-extra-data>

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    error::{Error, Result},
    extract::{Answer, Body, Call, ChannelType, Path, Query, answer, done},
    list::{either, present, word},
    messages::message_id,
};
use crate::{
    chat::{channels, extra_data, extra_data::Mode, messages},
    model::message::{Message, MetaItem},
    state::Application,
    web::{field::Field, routes::Routes},
};

pub(super) fn routes() -> Routes {
    let path = "/v3/{channel_type}/{channel_url}/messages/{message_id}/sorted_metaarray";
    Routes::of("Messages").post("addExtraData", path, create).put("updateExtraData", path, update).delete(
        "removeExtraData",
        path,
        remove,
    )
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ExtraBody {
    sorted_metaarray: Field<Vec<MetaItem>>,
    metaarray: Field<BTreeMap<String, Vec<String>>>,
    mode: Field<String>,
    upsert: Field<bool>,
}

impl ExtraBody {
    /// The items, also in the older form, which has no order.
    fn items(sorted: Field<Vec<MetaItem>>, older: Field<BTreeMap<String, Vec<String>>>) -> Result<Vec<MetaItem>> {
        present(&[("sorted_metaarray", sorted.is_given() || older.is_given())])?;
        let older = older.or_default("metaarray")?;
        let older = || older.into_iter().map(|(key, value)| MetaItem { key, value }).collect();
        Ok(sorted.optional("sorted_metaarray")?.unwrap_or_else(older))
    }
}

/// Alters extra data as commands on the socket say it: the items, the mode, and whether keys may come
/// into being. Keys without values that are to be removed go whole.
pub(super) fn alter(app: &mut Application, message: &Message, said: &Value) -> Result<Arc<Message>> {
    let body = Alteration::deserialize(said).map_err(|_| Error::invalid("metaarray", "It must be an object"))?;
    let items = body.array.required("metaarray")?;
    let mode = word(body.mode, "mode", &[("add", Mode::Add), ("remove", Mode::Remove)], Mode::Add)?;
    if mode == Mode::Remove && items.iter().all(|item| item.value.is_empty()) {
        let keys: Vec<_> = items.into_iter().map(|item| item.key).collect();
        return Ok(extra_data::remove(app, message, Some(&keys))?);
    }
    Ok(extra_data::update(app, message, items, mode, body.upsert.or_default("upsert")?)?)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Alteration {
    array: Field<Vec<MetaItem>>,
    mode: Field<String>,
    upsert: Field<bool>,
}

#[derive(Serialize)]
struct Items<'a> {
    sorted_metaarray: &'a [MetaItem],
}

/// <https://sendbird.com/docs/chat/platform-api/v3/message/message-metadata/create-extra-data>
async fn create(
    call: Call,
    Path((channel_type, url, id)): Path<(ChannelType, String, String)>,
    Body(body, _): Body<ExtraBody>,
) -> Result<Answer> {
    let message = call
        .write(|app| {
            let channel = channels::find(app, channel_type.into(), &url)?;
            let message = messages::find_in(app, &channel, message_id(&id)?)?;
            let items = ExtraBody::items(body.sorted_metaarray, body.metaarray)?;
            Ok(extra_data::create(app, &message, items)?)
        })
        .await?;
    Ok(answer(&Items { sorted_metaarray: message.meta() }))
}

/// <https://sendbird.com/docs/chat/platform-api/v3/message/message-metadata/update-extra-data>
async fn update(
    call: Call,
    Path((channel_type, url, id)): Path<(ChannelType, String, String)>,
    Body(body, _): Body<ExtraBody>,
) -> Result<Answer> {
    let message = call
        .write(|app| {
            let channel = channels::find(app, channel_type.into(), &url)?;
            let message = messages::find_in(app, &channel, message_id(&id)?)?;
            let items = ExtraBody::items(body.sorted_metaarray, body.metaarray)?;
            let mode = word(body.mode, "mode", &[("add", Mode::Add), ("remove", Mode::Remove)], Mode::Add)?;
            let creates = body.upsert.or_default("upsert")?;
            Ok(extra_data::update(app, &message, items, mode, creates)?)
        })
        .await?;
    Ok(answer(&Items { sorted_metaarray: message.meta() }))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Keys {
    keys: Field<Vec<String>>,
}

/// <https://sendbird.com/docs/chat/platform-api/v3/message/message-metadata/remove-extra-data-from-a-message>
async fn remove(
    call: Call,
    Path((channel_type, url, id)): Path<(ChannelType, String, String)>,
    Query(query): Query<Keys>,
    Body(body, _): Body<Keys>,
) -> Result<Answer> {
    call.write(|app| {
        let channel = channels::find(app, channel_type.into(), &url)?;
        let message = messages::find_in(app, &channel, message_id(&id)?)?;
        let keys = either(body.keys, query.keys).optional("keys")?;
        extra_data::remove(app, &message, keys.as_deref())?;
        Ok(())
    })
    .await?;
    Ok(done())
}
