//! The Sendbird Chat Platform API v3.

mod channel_metadata;
mod error;
mod extract;
mod group_channels;
mod list;
mod members;
mod messages;
mod metacounters;
mod moderation;
mod not_served;
mod open_channels;
mod users;
mod wire;

use axum::{
    http::{Method, Uri},
    response::{IntoResponse, Response},
};

pub use self::error::Error;
use crate::web::routes::Routes;

/// Every operation of the dialect.
pub fn routes() -> Routes {
    users::routes()
        .merge(group_channels::routes())
        .merge(open_channels::routes())
        .merge(messages::routes())
        .merge(members::routes())
        .merge(moderation::routes())
        .merge(channel_metadata::routes())
        .merge(metacounters::routes())
        .merge(not_served::routes())
        .other_methods(unknown)
}

/// Whether a path is one of this dialect.
pub fn speaks(path: &str) -> bool {
    path == "/v3" || path.starts_with("/v3/")
}

/// The answer to a path or method that the service does not know.
pub async fn unknown(method: Method, uri: Uri) -> Response {
    Error::unknown_url(&method, uri.path()).into_response()
}
