//! How answers are written.

use axum::{
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::{Serialize, Serializer};

use crate::model::{message::Message, time::Timestamp};

/// What bodies are, errors too.
pub(super) const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");

/// Tells the id of a new message, which no body of the service does.
const MESSAGE_ID: HeaderName = HeaderName::from_static("x-mynah-message-id");

/// A body of that status.
pub(super) fn json(status: StatusCode, body: &impl Serialize) -> Response {
    let body = serde_json::to_vec(body).expect("an answer is plain data");
    (status, [(header::CONTENT_TYPE, JSON)], body).into_response()
}

/// A body of success.
pub(super) fn ok(body: &impl Serialize) -> Response {
    json(StatusCode::OK, body)
}

/// Says nothing but that it has worked.
pub(super) fn done(message: &'static str) -> Response {
    ok(&Success { status: "success", message: Some(message), data: None::<()> })
}

/// Says that it has worked, and which message came of it.
pub(super) fn sent(text: &'static str, message: &Message) -> Response {
    let id = crate::chat::messages::object_id(message).to_string();
    let id = HeaderValue::try_from(id).expect("hexadecimal digits are fit for a header");
    ([(MESSAGE_ID, id)], done(text)).into_response()
}

/// The answer of the integration surface.
#[derive(Serialize)]
pub(super) struct Success<T> {
    pub(super) status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) message: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) data: Option<T>,
}

impl<T> Success<T> {
    /// With data and, for most operations, a message.
    pub(super) fn with(message: impl Into<Option<&'static str>>, data: T) -> Self {
        Self { status: "success", message: message.into(), data: Some(data) }
    }
}

/// Anything, written as the text that it shows.
pub(super) struct Shown<T>(pub(super) T);

impl<T: std::fmt::Display> Serialize for Shown<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// A moment in ISO 8601, UTC, with milliseconds.
pub(super) struct Iso(pub(super) Timestamp);

impl Serialize for Iso {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let latest = if self.0 < Timestamp::ZERO { jiff::Timestamp::MIN } else { jiff::Timestamp::MAX };
        let moment = jiff::Timestamp::from_millisecond(self.0.0).unwrap_or(latest);
        serializer.collect_str(&format_args!("{moment:.3}"))
    }
}
