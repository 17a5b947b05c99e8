//! What a request is about: the user and the channel that it names, in its path, query or body.

use std::{borrow::Cow, collections::HashMap};

use axum::http::{HeaderMap, Method};
use percent_encoding::percent_decode_str;
use serde_json::value::RawValue;

use crate::web::{routes::Operation, takes::Taken};

/// What a user goes by in paths, queries and bodies; first who acts, where a request names others too.
const USERS: &[&str] =
    &["agent_id", "user_id", "userId", "sender", "username", "user_ids", "banned_user_id", "muted_user_id"];

/// What a channel goes by.
const CHANNELS: &[&str] = &["channel_url", "channelId", "target_channel_url"];

/// A request, as far as it tells what it is about.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The operation, if the path is one of an operation.
    pub operation: Option<&'a str>,
    /// The code of a command, if it is one of a live connection.
    pub command: Option<&'a str>,
    /// The path of that operation, with parameters in braces.
    pub pattern: &'a str,
    /// The HTTP method.
    pub method: &'a Method,
    /// The path, without the application's prefix.
    pub path: &'a str,
    /// The query.
    pub query: &'a str,
    /// The headers.
    pub headers: &'a HeaderMap,
    /// The body, if it was short enough.
    pub body: &'a [u8],
    /// Whose session it is, if it is a client's.
    pub holder: Option<&'a str>,
}

/// Whether a request of an operation may name a channel, by its path and by what is read of it.
pub fn may_name_a_channel(operation: &Operation, taken: &Taken) -> bool {
    may_name(CHANNELS, operation, taken)
}

/// Whether a request of an operation may name a user, or come from a user's client.
pub fn may_name_a_user(operation: &Operation, taken: &Taken) -> bool {
    operation.path.starts_with("/v3") || operation.path == "/" || may_name(USERS, operation, taken)
}

fn may_name(names: &[&str], operation: &Operation, taken: &Taken) -> bool {
    let mut in_path = operation.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let open = taken.query.open || taken.body.open;
    open || in_path.any(|name| names.contains(&name))
        || taken.query.known.iter().chain(&taken.body.known).any(|name| names.contains(name))
}

impl Asked<'_> {
    /// The user whose session it is, or whom it names first.
    pub fn user(&self) -> Option<Cow<'_, str>> {
        let named = || named(USERS, self.pattern, self.path, self.query, self.body).next();
        self.holder.map(Cow::Borrowed).or_else(named)
    }

    /// The channel that it names first.
    pub fn channel(&self) -> Option<Cow<'_, str>> {
        named(CHANNELS, self.pattern, self.path, self.query, self.body).next()
    }

    /// Whether it names that user, or comes from that user's client.
    pub fn is_about_user(&self, user: &str) -> bool {
        self.holder == Some(user)
            || named(USERS, self.pattern, self.path, self.query, self.body).any(|id| id == user)
    }

    /// Whether it names that channel.
    pub fn is_about_channel(&self, channel: &str) -> bool {
        named(CHANNELS, self.pattern, self.path, self.query, self.body).any(|id| id == channel)
    }
}

/// What goes by these names in a request: by the first of them first, and then in the path, the query and the body.
fn named<'a>(
    names: &'a [&str],
    pattern: &'a str,
    path: &'a str,
    query: &'a str,
    body: &'a [u8],
) -> impl Iterator<Item = Cow<'a, str>> {
    let in_body: HashMap<String, &'a RawValue> = serde_json::from_slice(body).unwrap_or_default();
    names.iter().flat_map(move |name| {
        let in_path = pattern.split('/').zip(path.split('/')).filter_map(move |(parameter, value)| {
            let parameter = parameter.strip_prefix('{')?.strip_suffix('}')?;
            (parameter == *name).then(|| percent_decode_str(value).decode_utf8_lossy())
        });
        let in_query = form_urlencoded::parse(query.as_bytes());
        let in_query = in_query.filter_map(move |(given, value)| (given == *name).then_some(value));
        let in_body = in_body.get(*name).map(|value| texts(value)).unwrap_or_default();
        in_path.chain(in_query).chain(in_body)
    })
}

/// A text, or those of a list.
fn texts(value: &RawValue) -> Vec<Cow<'_, str>> {
    let one = serde_json::from_str::<String>(value.get()).map(|text| vec![text]);
    let several = one.or_else(|_| serde_json::from_str::<Vec<String>>(value.get()));
    several.unwrap_or_default().into_iter().map(Cow::Owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_and_channels_are_found_in_paths_queries_and_bodies() {
        let ids = |names, query, body: &'static str| {
            let (pattern, path) =
                ("/v3/{channel_type}/{channel_url}/messages", "/v3/group_channels/a%20b/messages");
            named(names, pattern, path, query, body.as_bytes()).map(Cow::into_owned).collect::<Vec<_>>()
        };
        assert_eq!(ids(CHANNELS, "", "{}"), ["a b"]);
        assert_eq!(ids(USERS, "user_id=a%2Fda&x=1", ""), ["a/da"]);
        assert_eq!(ids(USERS, "", r#"{"user_id":"a\u0064a","message":{"user_id":"bob"},"x":1}"#), ["ada"]);
        assert_eq!(ids(USERS, "", r#"{"user_id":"cy","agent_id":"ada"}"#), ["ada", "cy"], "who acts is first");
        assert_eq!(ids(USERS, "", r#"{"user_ids":["ada","bo"]}"#), ["ada", "bo"]);
        assert_eq!(ids(USERS, "", r#"{"user_id":5}"#), Vec::<String>::new());
        assert_eq!(ids(USERS, "", "no JSON"), Vec::<String>::new());
    }
}
