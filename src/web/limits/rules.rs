//! Limits that somebody sets for a test, beside those of the vendor's plans.

use std::{
    borrow::Cow,
    sync::atomic::{AtomicU64, Ordering},
};

use serde::{Deserialize, Serialize};

use super::Rate;
use crate::web::{
    faults::{Counted, Switch, asked::Asked, command::is_command, names_one},
    routes::Operation,
};

/// The name that stands for every operation.
pub const EVERY: &str = "*";

/// The most requests per second.
const FASTEST: u32 = 1_000_000;

/// A limit as it was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// The name of an operation; `*` for all of them together.
    pub operation: String,
    /// Requests per second.
    pub per_second: u32,
    /// How many may come at once; as many as per second where nothing is said.
    #[serde(default)]
    pub burst: Option<u32>,
    /// What each bucket is for.
    #[serde(default)]
    pub scope: Scope,
}

/// What each bucket is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// All requests of the application.
    #[default]
    Application,
    /// Those of one user.
    User,
    /// Those to one channel.
    Channel,
}

impl Scope {
    /// How the vendor calls it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Application => "app",
            Self::User => "user",
            Self::Channel => "channel",
        }
    }

    /// The name as it is given.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "application" => Some(Self::Application),
            "user" => Some(Self::User),
            "channel" => Some(Self::Channel),
            _ => None,
        }
    }
}

impl Limit {
    /// Whether it makes sense.
    ///
    /// # Errors
    /// It does not; the text names the field.
    pub fn check(&self, operations: &[Operation]) -> Result<(), String> {
        known(&self.operation, operations)?;
        if !(1..=FASTEST).contains(&self.per_second) {
            return Err(format!("per_second: it is from 1 to {FASTEST}"));
        }
        if self.burst.is_some_and(|burst| !(1..=FASTEST).contains(&burst)) {
            return Err(format!("burst: it is from 1 to {FASTEST}"));
        }
        Ok(())
    }
}

/// Whether there is such an operation, or it stands for all of them.
///
/// # Errors
/// There is none; the text names the field.
pub fn known(operation: &str, operations: &[Operation]) -> Result<(), String> {
    if operation == EVERY || is_command(operation) { Ok(()) } else { names_one(operation, operations) }
}

/// A limit that is set.
#[derive(Debug)]
pub struct Rule {
    /// What it is.
    pub limit: Limit,
    bucket: Box<str>,
    refused: AtomicU64,
    _counted: Counted,
}

impl Rule {
    pub(super) fn new(limit: Limit, switch: &Switch) -> Self {
        let bucket = format!("limit {} {}", limit.scope.word(), limit.operation).into();
        Self { limit, bucket, refused: AtomicU64::new(0), _counted: switch.count() }
    }

    /// The name of its buckets.
    pub(super) fn bucket(&self) -> &str {
        &self.bucket
    }

    /// What it lets through.
    pub fn rate(&self) -> Rate {
        let per_second = self.limit.per_second;
        Rate { per_second, burst: self.limit.burst.unwrap_or(per_second) }
    }

    /// The bucket of a request: its name, and for whom it is; none for a request that is not limited by it.
    pub fn bucket_of<'a>(&'a self, asked: &'a Asked<'_>) -> Option<(&'a str, Cow<'a, str>)> {
        let mut names = asked.operation.into_iter().chain(asked.command);
        asked.operation?;
        if self.limit.operation != EVERY && !names.any(|name| name == self.limit.operation) {
            return None;
        }
        let id = match self.limit.scope {
            Scope::Application => None,
            Scope::User => asked.user(),
            Scope::Channel => asked.channel(),
        };
        Some((&self.bucket, id.unwrap_or_default()))
    }

    /// Whether users or channels have buckets of their own.
    pub fn is_for_one(&self) -> bool {
        self.limit.scope != Scope::Application
    }

    /// Notes that it refused a request.
    pub fn note_refusal(&self) {
        self.refused.fetch_add(1, Ordering::Relaxed);
    }

    /// How many requests it refused.
    pub fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }
}
