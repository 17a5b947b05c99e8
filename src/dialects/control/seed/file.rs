//! The seed file: a small text of users, channels, members and messages to begin with.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::{
    dialects::control::moment::Moment,
    model::application::{Capacity, Plan},
};

/// A seed file. Names are those of the domain, and unknown ones are an error.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Seed {
    /// The application; the default one, if none is named.
    pub application: Option<String>,
    /// Tokens and keys that it takes; any, if empty.
    pub keys: Vec<String>,
    /// The plan by which requests are limited: `free`, `5k`, `10k`, `25k`, `50k` or `100k`.
    pub rate_limit: Option<Plan>,
    /// How many members and channels fit in; as the service has it, if not given.
    pub capacity: Option<Capacity>,
    /// Settings of the application, by name.
    pub settings: Map<String, Value>,
    /// What ids, tokens and chance come from.
    pub seed: Option<i64>,
    /// How its clock is to go, as at `/_mynah/clock`.
    pub clock: Option<Map<String, Value>>,
    /// Whom it tells of what happens, as at `/_mynah/webhooks`. They hear nothing of what is planted.
    pub webhooks: Vec<Value>,
    /// Users.
    pub users: Vec<SeedUser>,
    /// Channels with all that is in them.
    pub channels: Vec<SeedChannel>,
    /// Users and channels that nobody has written.
    pub generate: Option<Crowd>,
}

/// A user.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedUser {
    pub(super) id: String,
    #[serde(default)]
    pub(super) nickname: String,
    #[serde(default)]
    pub(super) profile_url: String,
    #[serde(default)]
    pub(super) email: String,
    #[serde(default)]
    pub(super) metadata: BTreeMap<String, String>,
}

/// A channel.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedChannel {
    pub(super) id: String,
    #[serde(default)]
    pub(super) kind: SeedKind,
    #[serde(default)]
    pub(super) name: String,
    #[serde(default)]
    pub(super) custom_type: String,
    #[serde(default)]
    pub(super) public: bool,
    /// Returning.AI's kind of an open channel, for example `forum`.
    #[serde(default)]
    pub(super) style: String,
    /// Topics of a forum.
    #[serde(default)]
    pub(super) topics: Vec<String>,
    #[serde(default)]
    pub(super) members: Vec<String>,
    #[serde(default)]
    pub(super) operators: Vec<String>,
    #[serde(default)]
    pub(super) messages: Vec<SeedMessage>,
    /// A history that nobody has written.
    #[serde(default)]
    pub(super) generate: Option<Generate>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum SeedKind {
    #[default]
    Group,
    Open,
}

/// A message with its replies.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SeedMessage {
    /// Who sends it; an announcement, if nobody.
    #[serde(default)]
    pub(super) from: Option<String>,
    pub(super) text: String,
    #[serde(default)]
    pub(super) topic: Option<String>,
    /// A date, or milliseconds since 1970; now, if none.
    #[serde(default)]
    pub(super) at: Option<Moment>,
    #[serde(default)]
    pub(super) reactions: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    pub(super) replies: Vec<SeedMessage>,
}

/// Users and group channels to be made up, with histories: `user-1` and `channel-1` are the first of them.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Crowd {
    /// How many users.
    #[serde(default)]
    pub(super) users: usize,
    /// How many channels.
    #[serde(default)]
    pub(super) channels: usize,
    /// How many users are in each channel; five, if nobody says, or all where there are fewer.
    #[serde(default)]
    pub(super) members: Option<usize>,
    /// How many messages each channel has, replies included.
    #[serde(default)]
    pub(super) messages: usize,
    /// As of a single history.
    #[serde(default)]
    pub(super) replies: f64,
    /// As of a single history.
    #[serde(default)]
    pub(super) reactions: f64,
    /// As of a single history.
    #[serde(default)]
    pub(super) over: Option<String>,
}

/// A history to be made up: who says what follows from the application's seed number.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Generate {
    /// How many messages, replies included.
    pub(super) messages: usize,
    /// Which share of them are replies, from 0 to 1.
    #[serde(default)]
    pub(super) replies: f64,
    /// Which share of them somebody reacts to, from 0 to 1.
    #[serde(default)]
    pub(super) reactions: f64,
    /// Over which time before now they are spread; a week, if none.
    #[serde(default)]
    pub(super) over: Option<String>,
}
