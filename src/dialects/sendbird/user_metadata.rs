//! Metadata of users.
//! <https://sendbird.com/docs/chat/platform-api/v3/user/managing-user-metadata/user-metadata-overview>

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::{
    error::Result,
    extract::{Answer, Body, Call, Path, Query, answer, done},
    list::either,
};
use crate::{
    chat::{user_metadata, users},
    model::Metadata,
    web::{
        field::{Field, Lenient},
        routes::Routes,
    },
};

pub(super) fn routes() -> Routes {
    let (all, one) = ("/v3/users/{user_id}/metadata", "/v3/users/{user_id}/metadata/{key}");
    Routes::of("Users")
        .post("createUserMetadata", all, create)
        .get("getUserMetadata", all, list)
        .put("updateUserMetadata", all, update)
        .delete("deleteUserMetadata", all, remove_all)
        .get("getOneItemOfUserMetadata", one, view)
        .put("updateOneItemOfUserMetadata", one, update_one)
        .delete("deleteOneItemOfUserMetadata", one, remove)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ItemsBody {
    metadata: Field<BTreeMap<String, String>>,
    upsert: Field<bool>,
}

/// <https://sendbird.com/docs/chat/platform-api/v3/user/managing-user-metadata/create-user-metadata>
async fn create(call: Call, Path(id): Path<String>, Body(body, _): Body<ItemsBody>) -> Result<Answer> {
    let items = call
        .write(|app| {
            let user = users::find(app, &id)?;
            let items: Metadata = body.metadata.required("metadata")?;
            user_metadata::add(app, &user, &items)?;
            Ok(items)
        })
        .await?;
    Ok(answer(&items))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct KeysQuery {
    key: Field<Vec<String>>,
    keys: Field<Vec<String>>,
}

/// <https://sendbird.com/docs/chat/platform-api/v3/user/managing-user-metadata/get-user-metadata>
async fn list(call: Call, Path(id): Path<String>, Query(query): Query<KeysQuery>) -> Result<Answer> {
    let items = call
        .read(|app| {
            let user = users::find(app, &id)?;
            let keys = either(query.keys, query.key).or_default("keys")?;
            let mut items = user.profile.metadata.clone();
            items.retain(|key, _| keys.is_empty() || keys.contains(key));
            Ok(items)
        })
        .await?;
    Ok(answer(&items))
}

/// <https://sendbird.com/docs/chat/platform-api/v3/user/managing-user-metadata/update-user-metadata>
async fn update(call: Call, Path(id): Path<String>, Body(body, _): Body<ItemsBody>) -> Result<Answer> {
    let items = call
        .write(|app| {
            let user = users::find(app, &id)?;
            let items = body.metadata.required("metadata")?;
            let upsert = body.upsert.or_default("upsert")?;
            Ok(user_metadata::change(app, &user, items, upsert)?)
        })
        .await?;
    Ok(answer(&items))
}

/// What may stand in a body too: a list of keys, or one as a text.
#[derive(Default, Deserialize)]
#[serde(default)]
struct KeysBody {
    key: Field<Value>,
    keys: Field<Vec<String>>,
}

impl KeysBody {
    fn listed(self) -> Result<Field<Vec<String>>> {
        Ok(match self.key.optional("key")? {
            None => self.keys,
            Some(Value::String(key)) => Field::Given(vec![key]),
            Some(keys) => Vec::of_value(keys).map_or_else(Field::Wrong, Field::Given),
        })
    }
}

/// <https://sendbird.com/docs/chat/platform-api/v3/user/managing-user-metadata/delete-user-metadata>
async fn remove_all(
    call: Call,
    Path(id): Path<String>,
    Query(query): Query<KeysQuery>,
    Body(body, _): Body<KeysBody>,
) -> Result<Answer> {
    call.write(|app| {
        let user = users::find(app, &id)?;
        let (from_query, from_body) = (either(query.key, query.keys), body.listed()?);
        let keys = either(from_query, from_body).or_default("key")?;
        if keys.is_empty() {
            return Ok(user_metadata::clear(app, &user)?);
        }
        for key in keys {
            let user = users::find(app, &id)?;
            user_metadata::remove(app, &user, &key)?;
        }
        Ok(())
    })
    .await?;
    Ok(done())
}

/// <https://sendbird.com/docs/chat/platform-api/v3/user/managing-user-metadata/get-user-metadata>
async fn view(call: Call, Path((id, key)): Path<(String, String)>) -> Result<Answer> {
    let item = call
        .read(|app| {
            let user = users::find(app, &id)?;
            let value = user_metadata::find(&user, &key)?.to_owned();
            Ok(Metadata::from([(key, value)]))
        })
        .await?;
    Ok(answer(&item))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ValueBody {
    value: Field<String>,
    upsert: Field<bool>,
}

/// <https://sendbird.com/docs/chat/platform-api/v3/user/managing-user-metadata/update-user-metadata>
async fn update_one(
    call: Call,
    Path((id, key)): Path<(String, String)>,
    Body(body, _): Body<ValueBody>,
) -> Result<Answer> {
    let item = call
        .write(|app| {
            let user = users::find(app, &id)?;
            let value = body.value.required("value")?;
            let upsert = body.upsert.or_default("upsert")?;
            Ok(user_metadata::change_one(app, &user, &key, value, upsert)?)
        })
        .await?;
    Ok(answer(&item))
}

/// <https://sendbird.com/docs/chat/platform-api/v3/user/managing-user-metadata/delete-user-metadata>
async fn remove(call: Call, Path((id, key)): Path<(String, String)>) -> Result<Answer> {
    call.write(|app| {
        let user = users::find(app, &id)?;
        Ok(user_metadata::remove(app, &user, &key)?)
    })
    .await?;
    Ok(done())
}
