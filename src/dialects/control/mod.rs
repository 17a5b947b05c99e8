//! Our own API under `/_mynah`: health, reset, journal, the uploaded files, and pictures of emojis.

mod actors;
mod applications;
mod asked;
mod clock;
mod deliveries;
mod docs;
mod emojis;
mod error;
mod faults;
mod files;
mod health;
mod journal;
mod limits;
mod moment;
mod report;
mod reset;
pub mod seed;
mod settings;
mod snapshots;
mod webhooks;

use axum::{
    extract::{FromRequestParts, RawPathParams},
    http::{Method, StatusCode, Uri, header, request::Parts},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use serde_json::{Map, Value};

use self::asked::{Body, Content, Document, Query, Target};
pub use self::{asked::router, error::Error};
use crate::{
    model::ids::ApplicationId,
    web::{
        faults::Refusal,
        field::{Kind, Lenient, Problem, Raw},
        routes::Routes,
        site::Site,
        takes::Takes,
    },
};

/// What the paths of uploaded files begin with.
pub const FILES: &str = "/_mynah/files/";

/// Every operation of the dialect.
pub fn routes() -> Routes {
    Routes::of("Control")
        .merge(health::routes())
        .merge(reset::routes())
        .merge(clock::routes())
        .merge(applications::routes())
        .merge(snapshots::routes())
        .merge(seed::routes())
        .merge(journal::routes())
        .merge(limits::routes())
        .merge(report::routes())
        .merge(faults::routes())
        .merge(docs::routes())
        .merge(actors::routes())
        .merge(files::routes())
        .merge(emojis::routes())
        .merge(webhooks::routes())
        .merge(deliveries::routes())
        .other_methods(unknown)
}

/// Whether a path is one of this dialect.
pub fn speaks(path: &str) -> bool {
    path == "/_mynah" || path.starts_with("/_mynah/")
}

/// The application that the path of an uploaded file names.
pub fn application_of_file(path: &str) -> Option<ApplicationId> {
    let (id, _) = path.strip_prefix(FILES)?.split_once('/')?;
    ApplicationId::new(id)
}

/// The refusal that a fault asks for.
pub fn refuse(_: &Uri, refusal: Refusal) -> Response {
    if refusal.limit.is_some() {
        return Error { status: StatusCode::TOO_MANY_REQUESTS, message: "Too many requests".into() }
            .into_response();
    }
    let status = refusal.status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let message = refusal.message.unwrap_or_else(|| "A fault answers".into());
    Error { status, message }.into_response()
}

/// The answer to a path or method that does not exist.
pub async fn unknown(method: Method, uri: Uri) -> Response {
    let message = format!("There is no {method} {}", uri.path());
    Error { status: StatusCode::NOT_FOUND, message }.into_response()
}

/// The id that a path names.
struct Id(String);

impl Takes for Id {}

impl FromRequestParts<Site> for Id {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Error> {
        let missing = || Error { status: StatusCode::NOT_FOUND, message: "There is no such path".into() };
        in_path(parts, site, "id").await.map(Self).ok_or_else(missing)
    }
}

/// What stands in the place of a path's parameter.
async fn in_path(parts: &mut Parts, site: &Site, parameter: &str) -> Option<String> {
    let path = RawPathParams::from_request_parts(parts, site).await.ok()?;
    path.iter().find(|(name, _)| *name == parameter).map(|(_, value)| value.to_owned())
}

fn answer(body: &impl Serialize) -> Response {
    answer_with(StatusCode::OK, body)
}

fn answer_with(status: StatusCode, body: &impl Serialize) -> Response {
    let json = serde_json::to_vec(body).expect("answers are plain data with text keys");
    (status, [(header::CONTENT_TYPE, "application/json")], json).into_response()
}

/// An object of any fields.
#[derive(Clone, Debug, Default)]
struct Object(Map<String, Value>);

impl Lenient for Object {
    const KIND: Kind = Kind::Object;

    fn of(raw: Raw<'_>) -> Result<Self, Problem> {
        match raw {
            Raw::Object(fields) => Ok(Self(fields)),
            _ => Err(Problem::Not(Kind::Object)),
        }
    }
}
