//! Webhooks: whom an application tells by HTTP of what has happened, and each of these calls.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::time::Timestamp;

/// Somebody whom the application tells of what has happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Webhook {
    /// Which of the application's webhooks it is.
    pub id: Box<str>,
    /// Whether it is told anything now.
    pub enabled: bool,
    /// Where it is called. Empty: the calls are kept and nobody is called.
    pub url: Box<str>,
    /// What it wants to hear of, in the words of the dialect.
    pub categories: Vec<Box<str>>,
    /// Whether it is told who is in a channel.
    pub members: bool,
    /// Whether it is told what these have not read.
    pub unread: bool,
    /// What its calls are signed with, where that was said for it alone.
    pub key: Box<str>,
    /// The token of the call that set it up.
    pub set_with: Box<str>,
    /// How long an answer is waited for, in milliseconds.
    pub timeout: i64,
    /// How long to wait before each further try, in milliseconds: one try more than there are waits.
    pub waits: Vec<i64>,
    /// By how many milliseconds its calls are put off.
    pub delay: i64,
    /// How often a call is made beside the first time.
    pub copies: i64,
    /// So many calls are gathered and then made in the opposite order; 0 for none.
    pub reverse: i64,
}

impl Webhook {
    /// The id of the one that the service's own settings know.
    pub const DEFAULT: &'static str = "default";

    /// One that wants nothing yet.
    pub fn new(id: &str) -> Self {
        Self { id: id.into(), ..Self::default() }
    }

    /// Whether it is to hear of that.
    pub fn wants(&self, category: &str) -> bool {
        self.enabled && self.categories.iter().any(|wanted| **wanted == *category)
    }
}

impl Default for Webhook {
    fn default() -> Self {
        Self {
            id: Self::DEFAULT.into(),
            enabled: false,
            url: Box::default(),
            categories: Vec::new(),
            members: false,
            unread: true,
            key: Box::default(),
            set_with: Box::default(),
            timeout: 5000,
            waits: vec![1000, 3000],
            delay: 0,
            copies: 0,
            reverse: 0,
        }
    }
}

/// What has become of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryState {
    /// It is held back until enough others have come.
    Held,
    /// It waits for its moment.
    Waiting,
    /// It is being made, or is next.
    Trying,
    /// It was taken.
    Delivered,
    /// It was not taken, and is not tried again.
    Failed,
    /// It is kept and was never to be made.
    Captured,
}

impl DeliveryState {
    /// Whether nothing more will become of it by itself.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Delivered | Self::Failed | Self::Captured)
    }
}

/// One try to make a call.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Attempt {
    /// When it began, by the application's clock.
    pub at: Timestamp,
    /// How long it took, in microseconds.
    pub took: i64,
    /// The address that was called, if it came so far.
    pub address: Box<str>,
    /// The status of the answer; none if there was no answer.
    pub status: Option<u16>,
    /// The headers of the answer.
    pub headers: Vec<(Box<str>, Box<str>)>,
    /// The beginning of the answer's body.
    pub body: Box<str>,
    /// Why there was no answer, or empty.
    pub error: Box<str>,
}

/// A call that a webhook is to get, or has got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Its number in the application, in the order of what happened.
    pub number: i64,
    /// The webhook.
    pub webhook: Box<str>,
    /// Where it is called; empty for nowhere.
    pub url: Box<str>,
    /// What it tells of, in the words of the dialect.
    pub category: Box<str>,
    /// The exact bytes of the body.
    pub body: Arc<str>,
    /// The signature of these bytes.
    pub signature: Box<str>,
    /// When that happened.
    pub created_at: Timestamp,
    /// What has become of it.
    pub state: DeliveryState,
    /// When it is tried next, while it waits.
    pub due_at: Timestamp,
    /// The tries so far, the first one first.
    pub attempts: Vec<Attempt>,
    /// How many tries are left.
    pub tries_left: i64,
    /// The call of which it is another copy.
    pub copy_of: Option<i64>,
}

impl Delivery {
    /// How many bytes it keeps.
    pub fn weight(&self) -> usize {
        self.body.len() + self.attempts.iter().map(|attempt| attempt.body.len() + 256).sum::<usize>()
    }

    /// Whether it is that call, not another one of its number.
    pub fn is(&self, other: &Self) -> bool {
        self.number == other.number && Arc::ptr_eq(&self.body, &other.body)
    }
}
