//! The journal: what clients have asked and what they were answered, for those who test them.
//! Bounded, in memory, and without the secrets.

use std::{borrow::Cow, collections::VecDeque, sync::Arc, time::Duration};

use axum::http::{HeaderMap, Method};
use bytes::Bytes;
use parking_lot::Mutex;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::model::time::Timestamp;

/// How many exchanges are kept of each application.
const KEPT: usize = 1000;

/// How many bytes of bodies are kept of each application.
const KEPT_BYTES: usize = 4 << 20;

/// The longest body that is kept.
pub const LONGEST_BODY: usize = 64 << 10;

/// What is shown in place of a secret.
const REDACTED: &str = "(redacted)";

/// Headers whose values are secrets.
const SECRET_HEADERS: &[&str] =
    &["api-token", "authorization", "session-key", "access-token", "x-api-key", "apikey", "cookie", "set-cookie"];

/// Fields of bodies and queries whose values are secrets.
const SECRET_FIELDS: &[&str] = &[
    "access_token",
    "session_token",
    "session_tokens",
    "token",
    "password",
    "confirmPassword",
    "key",
    "auth",
    "api_token",
    "access_code",
];

/// The headers of a request in one piece, a line for each. A map of them would keep alive all that their
/// connection has read with them, thousands of bytes each.
#[derive(Clone, Debug)]
pub struct Headers(Box<[u8]>);

impl From<&HeaderMap> for Headers {
    fn from(headers: &HeaderMap) -> Self {
        let length = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 2).sum();
        let mut lines = Vec::with_capacity(length);
        for (name, value) in headers {
            lines.extend_from_slice(name.as_str().as_bytes());
            lines.push(b':');
            lines.extend_from_slice(value.as_bytes());
            lines.push(b'\n');
        }
        Self(lines.into())
    }
}

impl Headers {
    /// Names and values. Neither has a line break, and a name has no colon.
    fn iter(&self) -> impl Iterator<Item = (Cow<'_, str>, &[u8])> {
        self.0.split(|byte| *byte == b'\n').filter_map(|line| {
            let colon = line.iter().position(|byte| *byte == b':')?;
            Some((String::from_utf8_lossy(&line[..colon]), &line[colon + 1..]))
        })
    }
}

/// One request with its answer. It owns what it has.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// When it came in.
    pub at: Timestamp,
    /// How long the answer took.
    pub took: Duration,
    /// The operation, if the path is one of an operation.
    pub operation: Option<&'static str>,
    /// Whether Mynah serves that operation.
    pub served: bool,
    /// The HTTP method.
    pub method: Method,
    /// Path and query as the client wrote them, without the application's prefix.
    pub target: Box<str>,
    /// The request's headers.
    pub request_headers: Headers,
    /// The request's body, if it was short enough and no form.
    pub request_body: Option<Bytes>,
    /// The status of the answer.
    pub status: u16,
    /// The body of the answer, if it was short enough.
    pub response_body: Option<Bytes>,
    /// The faults that have struck, if any have.
    pub fault: Option<Box<str>>,
}

impl Exchange {
    fn weight(&self) -> usize {
        let bytes = |body: &Option<Bytes>| body.as_ref().map_or(0, Bytes::len);
        bytes(&self.request_body) + bytes(&self.response_body)
    }
}

#[derive(Debug, Default)]
struct Ring {
    exchanges: VecDeque<(u64, Arc<Exchange>)>,
    bytes: usize,
    last: u64,
}

/// The exchanges of an application. It is one of its belongings.
#[derive(Debug, Default)]
pub struct Journal(Mutex<Ring>);

/// An exchange as it is shown.
#[derive(Debug, Serialize)]
pub struct Shown {
    /// Its number in its application, from 1.
    pub number: u64,
    /// When it came in, in milliseconds.
    pub at: i64,
    /// How long the answer took, in microseconds.
    pub took_us: u64,
    /// The operation, if the path is one of an operation.
    pub operation: Option<&'static str>,
    /// Whether Mynah serves that operation.
    pub served: bool,
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
    /// The status of the answer.
    pub status: u16,
    /// The body of the answer without secrets.
    pub response_body: Value,
    /// The faults that have struck, with commas between them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<Box<str>>,
}

/// A part of the journal.
#[derive(Debug, Serialize)]
pub struct Excerpt {
    /// Exchanges, oldest first.
    pub exchanges: Vec<Shown>,
    /// How many older ones were dropped to make room.
    pub dropped: u64,
}

impl Journal {
    /// Notes an exchange.
    pub fn note(&self, exchange: Exchange) {
        let exchange = Arc::new(exchange);
        // What makes room is let go after the lock.
        let mut oldest = Vec::new();
        let mut ring = self.0.lock();
        let ring = &mut *ring;
        ring.last += 1;
        ring.bytes += exchange.weight();
        ring.exchanges.push_back((ring.last, exchange));
        while ring.exchanges.len() > KEPT || ring.bytes > KEPT_BYTES {
            let Some((_, exchange)) = ring.exchanges.pop_front() else { break };
            ring.bytes -= exchange.weight();
            oldest.push(exchange);
        }
    }

    /// The latest exchanges.
    pub fn latest(&self, limit: usize) -> Excerpt {
        let (latest, dropped): (Vec<_>, _) = {
            let ring = self.0.lock();
            let skipped = ring.exchanges.len().saturating_sub(limit);
            let dropped = ring.last - ring.exchanges.len() as u64;
            (ring.exchanges.iter().skip(skipped).cloned().collect(), dropped)
        };
        Excerpt { exchanges: latest.iter().map(|(number, exchange)| show(*number, exchange)).collect(), dropped }
    }
}

fn show(number: u64, exchange: &Exchange) -> Shown {
    let header = |(name, value): (Cow<'_, str>, &[u8])| {
        let secret = SECRET_HEADERS.contains(&&*name);
        let value = if secret { REDACTED.into() } else { String::from_utf8_lossy(value).into_owned() };
        (name.into_owned(), Value::String(value))
    };
    let (path, query) = exchange.target.split_once('?').unwrap_or((&exchange.target, ""));
    Shown {
        number,
        at: exchange.at.0,
        took_us: u64::try_from(exchange.took.as_micros()).unwrap_or(u64::MAX),
        operation: exchange.operation,
        served: exchange.served,
        method: exchange.method.to_string(),
        path: path.to_owned(),
        query: show_query(query),
        request_headers: exchange.request_headers.iter().map(header).collect(),
        request_body: show_body(exchange.request_body.as_ref()),
        status: exchange.status,
        response_body: show_body(exchange.response_body.as_ref()),
        fault: exchange.fault.clone(),
    }
}

fn show_query(query: &str) -> String {
    let shown = query.split('&').map(|pair| match pair.split_once('=') {
        Some((name, _)) if SECRET_FIELDS.contains(&name) && name != "token" => format!("{name}={REDACTED}"),
        _ => pair.to_owned(),
    });
    shown.collect::<Vec<_>>().join("&")
}

fn show_body(body: Option<&Bytes>) -> Value {
    let Some(body) = body else { return Value::Null };
    if let Ok(mut value) = serde_json::from_slice(body) {
        redact(&mut value);
        return value;
    }
    // A form, or JSON that broke off: where a secret may stand, nothing is shown.
    let text = String::from_utf8_lossy(body);
    let names = |field: &&str| text.contains(&format!("\"{field}\"")) || text.contains(&format!("{field}="));
    if SECRET_FIELDS.iter().any(names) { REDACTED.into() } else { text.into() }
}

fn redact(value: &mut Value) {
    match value {
        Value::Object(object) => {
            // The key of an extra datum is no secret: its value is a list.
            let has_value = object.contains_key("value");
            for (name, value) in object {
                let secret = SECRET_FIELDS.contains(&name.as_str()) && !(name == "key" && has_value);
                if secret && !matches!(value, Value::String(text) if text.is_empty()) {
                    *value = REDACTED.into();
                } else {
                    redact(value);
                }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(redact),
        _ => {}
    }
}
