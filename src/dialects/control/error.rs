//! What went wrong, in a form of our own.

use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;

use crate::{
    chat,
    engine::Unavailable,
    web::{
        body::BodyError,
        field::{FieldError, Kind, Problem},
    },
};

/// An error answer.
#[derive(Clone, Debug)]
pub struct Error {
    /// The HTTP status.
    pub status: StatusCode,
    /// What is wrong, for a person.
    pub message: String,
}

impl Error {
    /// A request that makes no sense, with the reason for a person.
    pub(super) fn wrong(why: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, message: why.into() }
    }

    /// A value that makes no sense, with what would make some.
    pub(super) fn invalid(field: &str, why: &str) -> Self {
        Self::wrong(format!("{field} is invalid: {why}"))
    }
}

fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "a text",
        Kind::Number => "a whole number",
        Kind::List => "a list",
        Kind::Object => "an object",
        Kind::Flag => "true or false",
    }
}

impl From<FieldError> for Error {
    fn from(error: FieldError) -> Self {
        match error.problem {
            Problem::Missing => Self::wrong(format!("{} is missing", error.name)),
            Problem::Not(kind) => Self::invalid(error.name, &format!("it must be {}", word(kind))),
            Problem::Nul => Self::invalid(error.name, "it has a NUL character"),
            Problem::Unlike(what) => Self::invalid(error.name, &format!("it must be {what}")),
        }
    }
}

impl From<BodyError> for Error {
    fn from(error: BodyError) -> Self {
        let status = match error {
            BodyError::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            _ => StatusCode::BAD_REQUEST,
        };
        Self { status, message: error.to_string() }
    }
}

impl From<Unavailable> for Error {
    fn from(error: Unavailable) -> Self {
        Self { status: StatusCode::INTERNAL_SERVER_ERROR, message: error.to_string() }
    }
}

impl From<chat::Error> for Error {
    fn from(error: chat::Error) -> Self {
        let status = match error {
            chat::Error::NotFound(_) => StatusCode::NOT_FOUND,
            _ => StatusCode::BAD_REQUEST,
        };
        Self { status, message: error.to_string() }
    }
}

#[derive(Serialize)]
struct ErrorBody<'a> {
    error: &'a str,
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let body = serde_json::to_vec(&ErrorBody { error: &self.message }).expect("a text is JSON");
        (self.status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
    }
}
