//! The Sendbird Chat Platform API v3.

mod access;
mod changes;
mod channel_metadata;
mod channel_settings;
mod client;
mod device_tokens;
mod emojis;
mod error;
mod extra_data;
mod extract;
mod frames;
mod friends;
mod group_channel_actions;
mod group_channels;
mod invitation_preferences;
mod limits;
mod list;
mod logins;
mod members;
mod messages;
mod metacounters;
mod migration;
mod moderation;
mod my_group_channels;
mod not_served;
mod open_channels;
mod pins;
mod polls;
mod push;
mod reactions;
mod receipts;
mod scheduled_messages;
mod search;
mod session_tokens;
mod socket;
mod storage;
mod threads;
mod translations;
mod unread;
mod user_metadata;
mod users;
mod webhooks;
mod wire;

use axum::{
    http::{HeaderValue, Method, Uri},
    response::{IntoResponse, Response},
};

pub use self::{
    access::is_declared,
    error::Error,
    extract::caller,
    frames::Frames,
    limits::sign,
    webhooks::{CATEGORIES, Webhooks},
};
use crate::web::{
    faults::Refusal,
    routes::{NOT_SERVED, Routes},
};

/// Every operation of the dialect.
pub fn routes() -> Routes {
    users::routes()
        .merge(group_channels::routes())
        .merge(open_channels::routes())
        .merge(messages::routes())
        .merge(polls::routes())
        .merge(scheduled_messages::routes())
        .merge(reactions::routes())
        .merge(extra_data::routes())
        .merge(receipts::routes())
        .merge(changes::routes())
        .merge(search::routes())
        .merge(translations::routes())
        .merge(migration::routes())
        .merge(pins::routes())
        .merge(storage::routes())
        .merge(threads::routes())
        .merge(emojis::routes())
        .merge(members::routes())
        .merge(my_group_channels::routes())
        .merge(unread::routes())
        .merge(invitation_preferences::routes())
        .merge(group_channel_actions::routes())
        .merge(user_metadata::routes())
        .merge(session_tokens::routes())
        .merge(push::routes())
        .merge(device_tokens::routes())
        .merge(friends::routes())
        .merge(moderation::routes())
        .merge(channel_metadata::routes())
        .merge(metacounters::routes())
        .merge(channel_settings::routes())
        .merge(webhooks::routes())
        .merge(client::routes())
        .merge(logins::routes())
        .merge(socket::routes())
        .merge(not_served::routes())
        .other_methods(unknown)
}

/// Whether a path is one of this dialect.
pub fn speaks(path: &str) -> bool {
    path == "/v3" || path.starts_with("/v3/")
}

/// The path to which one that begins with `/v3/sdk/` leads; client SDKs put that before some.
pub fn without_sdk(path: &str) -> Option<String> {
    let rest = path.strip_prefix("/v3/sdk/")?;
    let own = ["users/", "ui_kit/", "applications/", "statistics", "notification_statistics"];
    (!own.iter().any(|own| rest.starts_with(own))).then(|| format!("/v3/{rest}"))
}

/// The answer to a path or method that the service does not know.
pub async fn unknown(method: Method, uri: Uri) -> Response {
    Error::unknown_url(&method, uri.path()).into_response()
}

/// Whether a request says whom the server is to call.
pub fn leads_out(method: &Method, path: &str) -> bool {
    *method == Method::PUT && path == webhooks::SETTINGS
}

/// What a web page of another machine is answered that asks for that.
pub fn refuse_page() -> Response {
    let mut refused = Error::web_page().response();
    refused.headers_mut().insert(NOT_SERVED, HeaderValue::from_static("other-site"));
    refused
}

/// The refusal that a fault asks for.
pub fn refuse(_: &Uri, refusal: Refusal) -> Response {
    Error::asked_for(refusal).response()
}
