//! Questions to the journal.

use axum::http::{HeaderMap, Method};
use regex::Regex;
use serde_json::{Map, Value, value::RawValue};

use super::{Entry, Exchange, Frame, Kind, Said};
use crate::{
    model::{ids::UserId, time::Timestamp},
    web::faults::{asked::Asked, rule::pattern},
};

/// What stands in the place of a code where a connection ends.
pub const CLOSE: &str = "CLOSE";

/// Which entries are wanted. What is not said fits all.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// The name of an operation, or the code of a frame.
    pub operation: Option<String>,
    /// The user whom a request names or whose session or connection it is.
    pub user: Option<String>,
    /// The channel that a request or a frame names.
    pub channel: Option<String>,
    /// A status such as `500`, or a class of them such as `5xx`.
    pub status: Option<Status>,
    /// What entries are.
    pub kinds: Option<Vec<Kind>>,
    /// An HTTP method.
    pub method: Option<String>,
    /// A pattern for paths.
    pub path: Option<Path>,
    /// Not before that moment of the application's clock.
    pub since: Option<Timestamp>,
    /// Only those with a later number.
    pub after: Option<u64>,
}

/// A status, or a class of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// One.
    One(u16),
    /// All that begin with that digit.
    Class(u16),
}

impl Status {
    /// Reads `500` or `5xx`.
    pub fn parse(text: &str) -> Option<Self> {
        match text.strip_suffix("xx") {
            Some(digit) => digit.parse().ok().filter(|digit| (1..=5).contains(digit)).map(Self::Class),
            None => text.parse().ok().filter(|status| *status < 600).map(Self::One),
        }
    }
}

/// A pattern for paths: `*` is anything without a slash, `**` anything at all.
#[derive(Clone, Debug)]
pub struct Path(Regex);

impl Path {
    /// Reads one.
    pub fn parse(text: &str) -> Option<Self> {
        (text.len() <= 1000).then(|| Self(pattern(text)))
    }
}

impl Kind {
    /// Reads kinds with commas between them; `socket` is both ways of one.
    pub fn parse(text: &str) -> Option<Vec<Self>> {
        let mut kinds = Vec::new();
        for name in text.split(',') {
            match name.trim() {
                "http" => kinds.push(Self::Http),
                "socket_in" => kinds.push(Self::SocketIn),
                "socket_out" => kinds.push(Self::SocketOut),
                "socket" => kinds.extend([Self::SocketIn, Self::SocketOut]),
                "webhook" => kinds.push(Self::Webhook),
                _ => return None,
            }
        }
        Some(kinds)
    }
}

impl Filter {
    /// The same without one of its conditions, for each of them, by its name.
    pub fn relaxed(&self) -> impl Iterator<Item = (&'static str, Self)> {
        let without = |name, is_set: bool, relax: fn(&mut Self)| {
            is_set.then(|| {
                let mut relaxed = self.clone();
                relax(&mut relaxed);
                (name, relaxed)
            })
        };
        let all = [
            without("operation", self.operation.is_some(), |filter| filter.operation = None),
            without("user", self.user.is_some(), |filter| filter.user = None),
            without("channel", self.channel.is_some(), |filter| filter.channel = None),
            without("status", self.status.is_some(), |filter| filter.status = None),
            without("kind", self.kinds.is_some(), |filter| filter.kinds = None),
            without("method", self.method.is_some(), |filter| filter.method = None),
            without("path", self.path.is_some(), |filter| filter.path = None),
            without("since", self.since.is_some(), |filter| filter.since = None),
        ];
        all.into_iter().flatten()
    }

    /// Whether an entry is wanted, apart from its number.
    pub fn fits(&self, entry: &Entry) -> bool {
        self.since.is_none_or(|since| entry.at() >= since)
            && self.kinds.as_ref().is_none_or(|kinds| kinds.contains(&entry.kind()))
            && match entry {
                Entry::Exchange(exchange) => self.fits_exchange(exchange),
                Entry::Frame(frame) => self.fits_frame(frame),
            }
    }

    fn fits_exchange(&self, exchange: &Exchange) -> bool {
        let told = if exchange.kind == Kind::Webhook { Told::of(exchange) } else { None };
        let name = exchange.operation.map(|operation| operation.name).or(told.as_ref().map(|told| &*told.category));
        if !(self.operation.as_deref().is_none_or(|wanted| name == Some(wanted))
            && self.method.as_deref().is_none_or(|wanted| exchange.method.as_str().eq_ignore_ascii_case(wanted))
            && self.path.as_ref().is_none_or(|path| path.0.is_match(exchange.path())))
        {
            return false;
        }
        let fits = match self.status {
            None => true,
            Some(Status::One(status)) => exchange.status == status,
            Some(Status::Class(class)) => exchange.status / 100 == class,
        };
        if !fits || (self.user.is_none() && self.channel.is_none()) {
            return fits;
        }
        if let Some(told) = told {
            return self.user.as_deref().is_none_or(|user| told.is_about_user(user))
                && self.channel.as_deref().is_none_or(|channel| told.channel.as_deref() == Some(channel));
        }
        let headers = HeaderMap::new();
        let asked = Asked {
            operation: name,
            command: None,
            pattern: exchange.operation.map_or("", |operation| operation.path),
            method: &Method::GET,
            path: exchange.path(),
            query: exchange.query(),
            headers: &headers,
            body: exchange.request_body.as_deref().unwrap_or_default(),
            holder: exchange.user.as_ref().map(UserId::as_str),
        };
        self.user.as_deref().is_none_or(|user| asked.is_about_user(user))
            && self.channel.as_deref().is_none_or(|channel| asked.is_about_channel(channel))
    }

    fn fits_frame(&self, frame: &Frame) -> bool {
        let (code, json) = frame.said.parts();
        self.method.is_none()
            && self.path.is_none()
            && self.status.is_none()
            && self.operation.as_deref().is_none_or(|wanted| wanted == code)
            && self.user.as_deref().is_none_or(|user| frame.user.as_str() == user)
            && self.channel.as_deref().is_none_or(|channel| names_channel(json, channel))
    }
}

/// What a call of a webhook tells of.
struct Told {
    category: String,
    channel: Option<String>,
    /// Everybody who stands in it by name, but for the members of the channel.
    users: Vec<String>,
}

impl Told {
    fn of(exchange: &Exchange) -> Option<Self> {
        let body: Map<String, Value> = serde_json::from_slice(exchange.request_body.as_deref()?).ok()?;
        let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
        let named = |value: &Value| match value {
            Value::Array(list) => list.iter().filter_map(|one| text(one.get("user_id"))).collect::<Vec<_>>(),
            one => text(one.get("user_id")).into_iter().collect(),
        };
        let users = body.iter().filter(|(name, _)| *name != "members").flat_map(|(_, value)| named(value));
        Some(Self {
            category: text(body.get("category"))?,
            channel: body.get("channel").and_then(|channel| text(channel.get("channel_url"))),
            users: users.collect(),
        })
    }

    fn is_about_user(&self, user: &str) -> bool {
        self.users.iter().any(|named| named == user)
    }
}

impl Said {
    /// The code of the frame, and the rest of it.
    pub(super) fn parts(&self) -> (&str, &str) {
        match self {
            Self::Text(text) => text.split_at_checked(4).unwrap_or((text, "")),
            Self::Close(_) => (CLOSE, ""),
        }
    }
}

/// Whether a frame names that channel.
fn names_channel(json: &str, channel: &str) -> bool {
    let fields: std::collections::HashMap<String, &RawValue> = serde_json::from_str(json).unwrap_or_default();
    let named = fields.get("channel_url").and_then(|value| serde_json::from_str::<String>(value.get()).ok());
    named.is_some_and(|named| named == channel)
}
