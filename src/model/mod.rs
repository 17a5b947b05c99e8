//! Nouns: the plain data of one application. Imports nothing of ours and does nothing.

pub mod actor;
pub mod application;
pub mod channel;
pub mod clock;
pub mod content;
pub mod departure;
pub mod emoji;
pub mod event;
pub mod file;
pub mod friend;
pub mod ids;
pub mod message;
pub mod moderation;
pub mod origin;
pub mod page;
pub mod pin;
pub mod poll;
pub mod push;
pub mod reaction;
pub mod scheduled;
pub mod session;
pub mod thread;
pub mod time;
pub mod user;
pub mod webhook;

use std::collections::BTreeMap;

/// Key and value texts that a client hangs on a user or a channel; ordered by key.
pub type Metadata = BTreeMap<String, String>;

/// What no rule reads: kept under the dialect's name and given back untouched.
pub type Extra = serde_json::Map<String, serde_json::Value>;
