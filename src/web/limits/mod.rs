//! How many requests per second: a leaky bucket per operation and scope, counted by the application's
//! clock. Kept only for applications that are limited.

pub mod rules;

use std::{collections::HashMap, sync::Arc};

use parking_lot::Mutex;

use self::rules::{Limit, Rule};
use super::faults::Switch;
use crate::model::time::Timestamp;

/// What the header `X-Mynah` says on a refusal, so that nobody has to wonder whose it is.
pub const RATE_LIMITED: &str = "rate-limited";

/// How many limits an application may have.
const MOST: usize = 1000;

/// An application has as many limits as it may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an application has at most {MOST} limits")]
pub struct TooMany;

/// How many buckets are kept before those that have run empty are thrown away.
const KEPT: usize = 10_000;

/// A bucket: so many requests per second run out of it, and so many fit in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Requests per second.
    pub per_second: u32,
    /// How many may come at once.
    pub burst: u32,
}

/// What has become of a request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Verdict {
    /// The bucket.
    pub rate: Rate,
    /// How many more may come now.
    pub remaining: u32,
    /// In how many seconds the bucket is empty.
    pub reset: f64,
    /// In how many seconds the next one is let in; 0 for one that is let in.
    pub retry_after: f64,
}

impl Verdict {
    /// Whether the request is let in.
    pub fn passes(&self) -> bool {
        self.retry_after <= 0.0
    }

    /// As for the first request in a long time.
    pub fn first(rate: Rate) -> Self {
        Self::of(rate, 0.0, 0.0).0
    }

    /// The verdict at a moment, and when the bucket is empty then; both in seconds.
    fn of(rate: Rate, empty_at: f64, now: f64) -> (Self, f64) {
        let (per_second, burst) = (f64::from(rate.per_second), f64::from(rate.burst));
        // A bucket that takes longer than a full one is from a time that is yet to come: the clock went back.
        let empty_at = if empty_at - now > burst / per_second + 0.001 { now } else { empty_at };
        let filled = empty_at.max(now) + 1.0 / per_second;
        let over = filled - now - burst / per_second;
        // Moments are milliseconds; what is less is the noise of fractions.
        if over > 0.000_5 {
            let verdict = Self { rate, remaining: 0, reset: empty_at - now, retry_after: over };
            return (verdict, empty_at);
        }
        let remaining = (-over * per_second + 0.01).floor();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is from 0 to the burst")]
        let remaining = remaining.max(0.0) as u32;
        (Self { rate, remaining, reset: filled - now, retry_after: 0.0 }, filled)
    }
}

/// Which bucket: operation (method and path of the table), and what it is scoped to.
type Key = (Box<str>, Box<str>);

/// The buckets of an application. They are one of its belongings.
#[derive(Debug, Default)]
pub struct Limits {
    buckets: Mutex<HashMap<Key, f64>>,
    rules: Mutex<Vec<Arc<Rule>>>,
}

impl Limits {
    /// Counts a request in, if its bucket takes it.
    pub fn take(&self, operation: &str, scope: &str, rate: Rate, now: Timestamp) -> Verdict {
        let now = seconds(now);
        let mut buckets = self.buckets.lock();
        if buckets.len() >= KEPT {
            buckets.retain(|_, empty_at| *empty_at > now);
        }
        let empty_at = buckets.entry((operation.into(), scope.into())).or_insert(0.0);
        let (verdict, filled) = Verdict::of(rate, *empty_at, now);
        *empty_at = filled;
        verdict
    }

    /// Limits an operation. A limit for the same operation and scope is replaced, and counts anew.
    ///
    /// # Errors
    /// There are too many.
    pub fn set(&self, limit: Limit, switch: &Switch) -> Result<Arc<Rule>, TooMany> {
        self.remove(Some((&limit.operation, Some(limit.scope))));
        let mut rules = self.rules.lock();
        if rules.len() >= MOST {
            return Err(TooMany);
        }
        let rule = Arc::new(Rule::new(limit, switch));
        rules.push(Arc::clone(&rule));
        Ok(rule)
    }

    /// All limits that are set.
    pub fn rules(&self) -> Vec<Arc<Rule>> {
        self.rules.lock().clone()
    }

    /// Takes limits away, of one operation or of all, in one scope or in all; and tells how many those were.
    pub fn remove(&self, which: Option<(&str, Option<rules::Scope>)>) -> usize {
        let meant = |rule: &Rule| match which {
            None => true,
            Some((operation, scope)) => {
                rule.limit.operation == operation && scope.is_none_or(|scope| scope == rule.limit.scope)
            }
        };
        let mut rules = self.rules.lock();
        let before = rules.len();
        let mut buckets = self.buckets.lock();
        for rule in rules.iter().filter(|rule| meant(rule)) {
            buckets.retain(|(operation, _), _| **operation != *rule.bucket());
        }
        rules.retain(|rule| !meant(rule));
        before - rules.len()
    }
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds of this age fit with room to spare")]
fn seconds(moment: Timestamp) -> f64 {
    moment.0 as f64 / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    const SENDS: Rate = Rate { per_second: 5, burst: 10 };

    #[test]
    fn a_bucket_takes_its_burst_and_then_its_rate() {
        let limits = Limits::default();
        let begin = 1_660_000_000_000;
        let take = |after: i64| limits.take("send", "lobby", SENDS, Timestamp(begin + after));
        for left in (0..10).rev() {
            let verdict = take(0);
            assert!(verdict.passes() && verdict.remaining == left, "{verdict:?}");
        }
        let refused = take(0);
        assert!(!refused.passes());
        assert!((refused.reset - 2.0).abs() < 1e-5 && (refused.retry_after - 0.2).abs() < 1e-5, "{refused:?}");
        assert!(!take(199).passes());
        assert!(take(200).passes());
        assert!(!take(201).passes());
        let later = take(10_000);
        assert_eq!((later.remaining, later.passes()), (9, true));
        // A clock that is put back has no bucket that is full until it was.
        let back = take(-86_400_000);
        assert_eq!((back.remaining, back.passes()), (9, true));
        assert!(limits.take("send", "attic", SENDS, Timestamp(begin)).passes());
    }
}
