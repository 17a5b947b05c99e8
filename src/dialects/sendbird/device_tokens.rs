//! Devices of users.
//! <https://sendbird.com/docs/chat/platform-api/v3/user/managing-device-tokens/add-a-registration-or-device-token>

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{
    error::{Error, Result},
    extract::{Answer, Body, Call, Path, answer},
    wire::{Home, user::BasicUser},
};
use crate::{
    chat::{devices, users},
    model::{
        ids::UserId,
        push::{DeviceKind, DeviceToken},
        user::Profile,
    },
    web::{field::Field, routes::Routes},
};

pub(super) fn routes() -> Routes {
    let owners = "/v3/push/device_tokens/{token_type}/{token}";
    Routes::of("Users")
        .post("addADeviceToken", "/v3/users/{user_id}/push/{token_type}", add)
        .get("listDeviceTokens", "/v3/users/{user_id}/push/{token_type}", list)
        .delete("removeDeviceTokensOfAKind", "/v3/users/{user_id}/push/{token_type}", remove_kind)
        .delete("removeADeviceToken", "/v3/users/{user_id}/push/{token_type}/{token}", remove)
        .delete("removeAllDeviceTokens", "/v3/users/{user_id}/push", remove_all)
        .get("listDeviceTokensOfUser", "/v3/users/{user_id}/push/{token_type}/device_tokens", list_for_client)
        .get("getOwnerOfADeviceToken", owners, view_owners)
        .delete("removeADeviceTokenFromItsOwner", owners, remove_from_owners)
}

/// The kinds of devices, by their word in paths and in answers.
const KINDS: [(DeviceKind, &str, &str); 3] =
    [(DeviceKind::Gcm, "gcm", "GCM"), (DeviceKind::Huawei, "huawei", "HUAWEI"), (DeviceKind::Apns, "apns", "APNS")];

fn kind(word: &str) -> Result<(DeviceKind, &'static str)> {
    let known = KINDS.iter().find(|(_, path, _)| path.eq_ignore_ascii_case(word));
    let (kind, _, shown) =
        known.ok_or_else(|| Error::invalid("token_type", "It must be one of gcm, huawei, apns"))?;
    Ok((*kind, shown))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct AddBody {
    gcm_reg_token: Field<String>,
    huawei_device_token: Field<String>,
    apns_device_token: Field<String>,
    is_unique: Field<bool>,
}

impl AddBody {
    fn token(&mut self, kind: DeviceKind) -> Result<String> {
        let (field, name) = match kind {
            DeviceKind::Gcm => (&mut self.gcm_reg_token, "gcm_reg_token"),
            DeviceKind::Huawei => (&mut self.huawei_device_token, "huawei_device_token"),
            DeviceKind::Apns => (&mut self.apns_device_token, "apns_device_token"),
        };
        let token = std::mem::take(field).required(name)?;
        if token.is_empty() { Err(Error::invalid(name, "It must not be empty")) } else { Ok(token) }
    }
}

/// Whose device it is. Client SDKs know the user by a name that no page documents.
#[derive(Serialize)]
struct Registrant<'a> {
    guest_id: &'a str,
    #[serde(flatten)]
    user: BasicUser<'a>,
}

impl<'a> Registrant<'a> {
    fn new(profile: &'a Profile, home: Home<'a>) -> Self {
        Self { guest_id: profile.user.as_str(), user: BasicUser::new(profile, home) }
    }
}

#[derive(Serialize)]
struct TokenBody<'a> {
    token: &'a str,
    r#type: &'static str,
    user: Registrant<'a>,
}

#[derive(Serialize)]
struct TokensBody<'a> {
    tokens: Vec<&'a str>,
    r#type: &'static str,
    user: Registrant<'a>,
}

fn tokens(devices: &[Arc<DeviceToken>]) -> Vec<&str> {
    devices.iter().map(|device| &*device.token).collect()
}

/// <https://sendbird.com/docs/chat/platform-api/v3/user/managing-device-tokens/add-a-registration-or-device-token>
async fn add(
    call: Call,
    Path((id, word)): Path<(String, String)>,
    Body(mut body, _): Body<AddBody>,
) -> Result<Answer> {
    let (user, device, shown) = call
        .write(|app| {
            let user = users::find(app, &id)?;
            let (kind, shown) = kind(&word)?;
            let token = body.token(kind)?;
            let unique = body.is_unique.or_default("is_unique")?;
            let device = devices::add(app, &user, kind, &token, unique);
            Ok((user, device, shown))
        })
        .await?;
    let user = Registrant::new(&user.profile, Home::of(&call));
    Ok(answer(&TokenBody { token: &device.token, r#type: shown, user }))
}

/// <https://sendbird.com/docs/chat/platform-api/v3/user/managing-device-tokens/list-registration-or-device-tokens>
async fn list(call: Call, Path((id, word)): Path<(String, String)>) -> Result<Answer> {
    let (user, devices, shown) = call
        .read(|app| {
            let user = users::find(app, &id)?;
            let (kind, shown) = kind(&word)?;
            let devices = devices::list(app, &user, kind);
            Ok((user, devices, shown))
        })
        .await?;
    let user = Registrant::new(&user.profile, Home::of(&call));
    Ok(answer(&TokensBody { tokens: tokens(&devices), r#type: shown, user }))
}

#[derive(Serialize)]
struct ClientBody<'a> {
    device_tokens: Vec<&'a str>,
    r#type: &'static str,
    token: &'static str,
    has_more: bool,
}

/// What client SDKs ask for; no page documents it. There are never more than fit one answer.
async fn list_for_client(call: Call, Path((id, word)): Path<(String, String)>) -> Result<Answer> {
    let (devices, shown) = call
        .read(|app| {
            let user = users::find(app, &id)?;
            let (kind, shown) = kind(&word)?;
            Ok((devices::list(app, &user, kind), shown))
        })
        .await?;
    Ok(answer(&ClientBody { device_tokens: tokens(&devices), r#type: shown, token: "", has_more: false }))
}

#[derive(Serialize)]
struct RemovedBody<'a, T> {
    token: T,
    user: Registrant<'a>,
}

/// <https://sendbird.com/docs/chat/platform-api/v3/user/managing-device-tokens/remove-a-registration-or-device-token>
async fn remove(call: Call, Path((id, word, token)): Path<(String, String, String)>) -> Result<Answer> {
    let user = call
        .write(|app| {
            let user = users::find(app, &id)?;
            let (kind, _) = kind(&word)?;
            devices::remove(app, &user, kind, &token)?;
            Ok(user)
        })
        .await?;
    let user = Registrant::new(&user.profile, Home::of(&call));
    Ok(answer(&RemovedBody { token: &token, user }))
}

/// What client SDKs ask for; no page documents it.
async fn remove_kind(call: Call, Path((id, word)): Path<(String, String)>) -> Result<Answer> {
    let (user, devices) = call
        .write(|app| {
            let user = users::find(app, &id)?;
            let (kind, _) = kind(&word)?;
            let devices = devices::list(app, &user, kind);
            for device in &devices {
                devices::remove(app, &user, kind, &device.token)?;
            }
            Ok((user, devices))
        })
        .await?;
    let user = Registrant::new(&user.profile, Home::of(&call));
    Ok(answer(&RemovedBody { token: tokens(&devices), user }))
}

/// <https://sendbird.com/docs/chat/platform-api/v3/user/managing-device-tokens/remove-all-registration-or-device-tokens>
async fn remove_all(call: Call, Path(id): Path<String>) -> Result<Answer> {
    let (user, devices) = call
        .write(|app| {
            let user = users::find(app, &id)?;
            let devices = devices::remove_all(app, &user.id);
            Ok((user, devices))
        })
        .await?;
    let user = Registrant::new(&user.profile, Home::of(&call));
    Ok(answer(&RemovedBody { token: tokens(&devices), user }))
}

#[derive(Serialize)]
struct Owner<'a> {
    user_id: &'a str,
}

fn owners(owners: &[UserId]) -> Answer {
    let owners: Vec<_> = owners.iter().map(|owner| Owner { user_id: owner.as_str() }).collect();
    answer(&owners)
}

/// <https://sendbird.com/docs/chat/platform-api/v3/user/managing-device-tokens/get-a-token-owner>
async fn view_owners(call: Call, Path((word, token)): Path<(String, String)>) -> Result<Answer> {
    let (kind, _) = kind(&word)?;
    let found = call.read(|app| Ok(devices::owners(app, kind, &token))).await?;
    Ok(owners(&found))
}

/// <https://sendbird.com/docs/chat/platform-api/v3/user/managing-device-tokens/remove-a-token-from-an-owner>
async fn remove_from_owners(call: Call, Path((word, token)): Path<(String, String)>) -> Result<Answer> {
    let (kind, _) = kind(&word)?;
    let removed = call.write(|app| Ok(devices::remove_from_owners(app, kind, &token))).await?;
    Ok(owners(&removed))
}
