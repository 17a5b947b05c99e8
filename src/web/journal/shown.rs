//! How entries are shown: as plain data, and without the secrets.

use std::borrow::Cow;

use bytes::Bytes;
use percent_encoding::percent_decode_str;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{Entry, Exchange, Frame, Kind, Said};

/// What is shown in place of a secret.
const REDACTED: &str = "(redacted)";

/// Headers whose values are secrets.
const SECRET_HEADERS: &[&str] = &[
    "api-token",
    "authorization",
    "proxy-authorization",
    "x-auth-token",
    "session-key",
    "access-token",
    "x-api-key",
    "apikey",
    "cookie",
    "set-cookie",
    "sec-websocket-protocol",
    "sendbird-ws-token",
    "sendbird-ws-auth",
];

/// Fields of bodies, queries and frames whose values are secrets.
const SECRET_FIELDS: &[&str] = &[
    "access_token",
    "session_token",
    "session_tokens",
    "token",
    "password",
    "confirmPassword",
    "key",
    "ekey",
    "new_key",
    "session_key",
    "auth",
    "api_token",
    "access_code",
];

/// An entry as it is shown.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Shown {
    /// A request with its answer.
    Exchange(Box<ShownExchange>),
    /// A frame.
    Frame(ShownFrame),
}

/// A request with its answer, as it is shown.
#[derive(Debug, Serialize)]
pub struct ShownExchange {
    /// Its number in its application, from 1.
    pub number: u64,
    /// A request of a client, or one of ours.
    pub kind: Kind,
    /// When it came in by the application's clock, in milliseconds.
    pub at: i64,
    /// The same by the machine's.
    pub machine_at: i64,
    /// How long the answer took, in microseconds.
    pub took_us: u64,
    /// The operation, if the path is one of an operation.
    pub operation: Option<&'static str>,
    /// Whether Mynah serves that operation.
    pub served: bool,
    /// Whose session it is, if it is a client's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The HTTP method.
    pub method: String,
    /// The path, without the prefix that names the application.
    pub path: String,
    /// The query without secrets.
    pub query: String,
    /// The request's headers without secrets.
    pub request_headers: Map<String, Value>,
    /// The request's body without secrets: JSON, or a text.
    pub request_body: Value,
    /// What of the request is not kept: its body, where that is a form or longer than 64 KiB.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left_out: Option<&'static str>,
    /// The status of the answer; 0 where none has come.
    pub status: u16,
    /// The body of the answer without secrets.
    pub response_body: Value,
    /// The faults that have struck, with commas between them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<Box<str>>,
    /// Why no answer has come.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Box<str>>,
}

/// A frame as it is shown.
#[derive(Debug, Serialize)]
pub struct ShownFrame {
    number: u64,
    kind: Kind,
    at: i64,
    machine_at: i64,
    user: String,
    connection: u64,
    /// Its four letters, or `CLOSE` for the end of the connection.
    code: String,
    /// The rest of it without secrets: JSON, or a text. Of a close frame its code and reason; null where there was none.
    body: Value,
    /// The faults that have struck it, with commas between them.
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<Box<str>>,
}

impl Shown {
    /// Shows an entry.
    pub fn of(number: u64, entry: &Entry) -> Self {
        match entry {
            Entry::Exchange(exchange) => Self::Exchange(Box::new(ShownExchange::of(number, exchange))),
            Entry::Frame(frame) => Self::Frame(ShownFrame::of(number, frame)),
        }
    }
}

impl ShownFrame {
    fn of(number: u64, frame: &Frame) -> Self {
        let (code, rest) = frame.said.parts();
        let body = match (&frame.said, rest.trim()) {
            (Said::Close(Some((code, reason))), _) => json!({ "code": code, "reason": reason }),
            (_, "") => Value::Null,
            (_, rest) => show_text(rest.as_bytes()),
        };
        Self {
            number,
            kind: frame.kind,
            at: frame.at.0,
            machine_at: frame.machine_at.0,
            user: frame.user.to_string(),
            connection: frame.connection.0,
            code: code.to_owned(),
            body,
            fault: frame.fault.clone(),
        }
    }
}

impl ShownExchange {
    /// Shows an exchange.
    pub(super) fn of(number: u64, exchange: &Exchange) -> Self {
        let header = |(name, value): (Cow<'_, str>, &[u8])| {
            let secret = SECRET_HEADERS.contains(&&*name);
            let value = if secret { REDACTED.into() } else { String::from_utf8_lossy(value).into_owned() };
            (name.into_owned(), Value::String(value))
        };
        Self {
            number,
            kind: exchange.kind,
            at: exchange.at.0,
            machine_at: exchange.machine_at.0,
            took_us: u64::try_from(exchange.took.as_micros()).unwrap_or(u64::MAX),
            operation: exchange.operation.map(|operation| operation.name),
            served: exchange.served,
            user: exchange.user.as_ref().map(ToString::to_string),
            method: exchange.method.to_string(),
            path: without_user(exchange.path()).unwrap_or_else(|| exchange.path().to_owned()),
            query: match exchange.kind {
                Kind::Webhook => without_values(exchange.query()),
                _ => show_query(exchange.query()),
            },
            request_headers: exchange.request_headers.iter().map(header).collect(),
            request_body: show_body(exchange.request_body.as_ref()),
            left_out: exchange.leaves_out_its_body().then_some("request_body"),
            status: exchange.status,
            response_body: show_body(exchange.response_body.as_ref()),
            fault: exchange.fault.clone(),
            error: exchange.error.clone(),
        }
    }
}

fn show_query(query: &str) -> String {
    // In a query, `token` is that of a page.
    let is_secret = |name: &str| {
        let name = percent_decode_str(name).decode_utf8_lossy().to_ascii_lowercase().replace('-', "_");
        SECRET_FIELDS.contains(&&*name) && name != "token"
    };
    let shown = query.split('&').map(|pair| match pair.split_once('=') {
        Some((name, _)) if is_secret(name) => format!("{name}={REDACTED}"),
        _ => pair.to_owned(),
    });
    shown.collect::<Vec<_>>().join("&")
}

/// An address without the user and the password in it; none if it has none.
fn without_user(text: &str) -> Option<String> {
    let (scheme, rest) = text.split_once("://")?;
    let is_scheme = matches!(scheme.to_ascii_lowercase().as_str(), "http" | "https" | "ws" | "wss");
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (_, host) = rest[..end].rsplit_once('@').filter(|_| is_scheme)?;
    Some(format!("{scheme}://{REDACTED}@{host}{}", &rest[end..]))
}

/// A query with the names alone.
fn without_values(query: &str) -> String {
    let shown = query.split('&').map(|pair| match pair.split_once('=') {
        Some((name, _)) => format!("{name}={REDACTED}"),
        // What has no name may be the secret itself.
        None if pair.is_empty() => String::new(),
        None => REDACTED.to_owned(),
    });
    shown.collect::<Vec<_>>().join("&")
}

/// An address of which only those are told who may call there; none if there is no secret in it.
fn without_secrets(text: &str) -> Option<String> {
    let shown = without_user(text);
    let address = shown.as_deref().unwrap_or(text);
    let has_query = address.contains("://").then(|| address.split_once('?')).flatten();
    match has_query {
        Some((address, query)) => Some(format!("{address}?{}", without_values(query))),
        None => shown,
    }
}

fn show_body(body: Option<&Bytes>) -> Value {
    body.map_or(Value::Null, |body| show_text(body))
}

fn show_text(body: &[u8]) -> Value {
    if let Ok(mut value) = serde_json::from_slice(body) {
        redact(&mut value);
        return value;
    }
    // A form, or JSON that broke off: where a secret may stand, nothing is shown.
    let text = String::from_utf8_lossy(body);
    let names = |field: &&str| text.contains(&format!("\"{field}\"")) || text.contains(&format!("{field}="));
    let has_address = text.contains("://") && text.contains('@');
    if has_address || SECRET_FIELDS.iter().any(names) { REDACTED.into() } else { text.into() }
}

/// Whether a key is one that was given to somebody, and not the name of a reaction or of an extra datum.
fn is_drawn(key: &Value) -> bool {
    let digits = |text: &str| text.len() >= 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    key.as_str().is_some_and(digits)
}

fn redact(value: &mut Value) {
    match value {
        Value::Object(object) => {
            for (name, value) in object {
                let secret = SECRET_FIELDS.contains(&name.as_str()) && (name != "key" || is_drawn(value));
                if secret && !matches!(value, Value::String(text) if text.is_empty()) {
                    *value = REDACTED.into();
                } else if let Value::String(text) = value {
                    let is_address = name.to_ascii_lowercase().ends_with("url");
                    let shown = if is_address { without_secrets(text) } else { without_user(text) };
                    *text = shown.unwrap_or_else(|| std::mem::take(text));
                } else {
                    redact(value);
                }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(redact),
        Value::String(text) => *text = without_user(text).unwrap_or_else(|| std::mem::take(text)),
        _ => {}
    }
}
