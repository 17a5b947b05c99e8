//! The Returning.AI dialect: which paths are its own, and the answers that belong to no
//! operation.

mod channels;
mod encode;
mod error;
mod extract;
mod ids;
mod images;
mod messages;
mod not_served;
mod users;

use axum::{
    extract::{Request, State},
    http::{HeaderValue, Method, StatusCode, Uri, header, request::Parts},
    response::{IntoResponse, Response},
};

use self::error::{Error, Surface};
pub use self::not_served::WITHOUT_PATH;
use crate::{
    model::ids::ApplicationId,
    web::{faults::Refusal, routes::Routes, site::Site},
};

/// What the paths of this dialect begin with.
const PREFIXES: &[&str] =
    &["/apis", "/v1", "/api/v1", "/api/secureAuth", "/v2/api", "/widget", "/management", "/communities"];

/// Every operation of the service that has a known path.
pub fn routes() -> Routes {
    Routes::default()
        .merge(channels::routes())
        .merge(messages::routes())
        .merge(images::routes())
        .merge(users::routes())
        .merge(not_served::routes())
        .other_methods(other_method)
}

/// Whether a path belongs to this dialect.
pub fn speaks(path: &str) -> bool {
    PREFIXES
        .iter()
        .any(|prefix| path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}

/// Answers requests for paths that the service does not have.
#[expect(clippy::unused_async, reason = "handlers are asynchronous")]
pub async fn unknown(_: Method, uri: Uri) -> Response {
    no_route(uri.path())
}

/// Answers requests for known paths with a method that the service does not have.
async fn other_method(State(site): State<Site>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    extract::concern(&parts, &site);
    no_route(parts.uri.path())
}

fn no_route(path: &str) -> Response {
    Error::new(StatusCode::NOT_FOUND, "Route not found").on(Surface::of(path)).into_response()
}

/// The application that a request concerns.
pub fn application(parts: &Parts, site: &Site) -> ApplicationId {
    extract::concern(parts, site)
}

/// The refusal that a fault asks for. Errors of this service have no numbers.
pub fn refuse(uri: &Uri, refusal: Refusal) -> Response {
    if let Some((_, verdict)) = refusal.limit {
        let error = Error::new(StatusCode::TOO_MANY_REQUESTS, "Too many requests").on(Surface::of(uri.path()));
        let mut response = error.into_response();
        if let Ok(seconds) = HeaderValue::try_from(verdict.retry_after.ceil().to_string()) {
            response.headers_mut().insert(header::RETRY_AFTER, seconds);
        }
        return response;
    }
    let status = refusal.status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let usual = || status.canonical_reason().unwrap_or("Failed").to_owned();
    Error::new(status, refusal.message.unwrap_or_else(usual)).on(Surface::of(uri.path())).into_response()
}

/// Says that Mynah itself has failed.
pub fn failed(why: &str) -> Response {
    Error::new(StatusCode::INTERNAL_SERVER_ERROR, why.to_owned()).into_response()
}
