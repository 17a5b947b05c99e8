//! Pictures of the emojis that every application has, drawn for Mynah.

use axum::{
    extract::FromRequestParts,
    http::{StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};

use super::Error;
use crate::web::{routes::Routes, site::Site, takes::Takes};

/// The pictures, each with the name of its file.
const PICTURES: [(&str, &str); 7] = [
    ("heart_eyes.svg", include_str!("emojis/heart_eyes.svg")),
    ("laughing.svg", include_str!("emojis/laughing.svg")),
    ("rage.svg", include_str!("emojis/rage.svg")),
    ("sob.svg", include_str!("emojis/sob.svg")),
    ("sweat_smile.svg", include_str!("emojis/sweat_smile.svg")),
    ("thumbsup.svg", include_str!("emojis/thumbsup.svg")),
    ("thumbsdown.svg", include_str!("emojis/thumbsdown.svg")),
];

pub(super) fn routes() -> Routes {
    Routes::of("Control").get("getEmoji", "/_mynah/emojis/{name}", get)
}

/// The picture that a path names.
struct Named(&'static str);

impl Takes for Named {}

impl FromRequestParts<Site> for Named {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &Site) -> Result<Self, Error> {
        let name = parts.uri.path().rsplit('/').next();
        let found = PICTURES.iter().find(|(known, _)| Some(*known) == name);
        let missing = || Error { status: StatusCode::NOT_FOUND, message: "There is no such emoji".into() };
        found.map(|(_, picture)| Self(picture)).ok_or_else(missing)
    }
}

async fn get(Named(picture): Named) -> Response {
    let headers = [(header::CONTENT_TYPE, "image/svg+xml"), (header::CACHE_CONTROL, "public, max-age=86400")];
    (headers, picture).into_response()
}
