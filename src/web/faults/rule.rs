//! What a fault is: which requests or connections it strikes, how often, and what it does to them.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use parking_lot::Mutex;
use regex::Regex;
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use super::{Counted, Switch, asked::Asked, socket::OnSocket};
use crate::web::duration::Span;

/// A fault as it was asked for.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Spec {
    /// What it goes by.
    #[serde(skip_serializing)]
    pub id: Option<String>,
    /// Names of operations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<OneOrMore>,
    /// An HTTP method.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// A path, in which `*` stands for anything within a segment and `**` for anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The user whom a request names, or who is logged in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The channel that a request names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// Headers and their values.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub header: BTreeMap<String, String>,

    /// How many of the matching requests it strikes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
    /// How many of the matching requests it lets by first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skip: Option<u64>,
    /// How likely it strikes, from 0 to 1; the same in every run, by the seed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
    /// What chance begins with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,

    /// Before or after the operation is done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phase: Option<Phase>,
    /// The status of the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The vendor's number of the error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<u32>,
    /// The text of the error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// How long it waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delay: Option<Delay>,
    /// The connection is reset instead of an answer.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub reset: bool,
    /// The body of the answer ends after so many bytes, and the connection with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub truncate: Option<usize>,
    /// Held until it is released, or for so long.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stall: Option<Stall>,
    /// What it does to live connections.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub socket: Option<OnSocket>,
}

/// One text or several.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(untagged, expecting = "a text or a list of texts")]
pub enum OneOrMore {
    /// One.
    One(String),
    /// Several.
    Several(Vec<String>),
}

impl OneOrMore {
    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        let texts = match self {
            Self::One(text) => std::slice::from_ref(text),
            Self::Several(texts) => texts.as_slice(),
        };
        texts.iter().map(String::as_str)
    }

    /// Whether one of them is that.
    pub fn has(&self, wanted: &str) -> bool {
        self.iter().any(|text| text == wanted)
    }
}

/// When a fault strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Before the operation: where it is refused, nothing has happened.
    Before,
    /// After it: it is done, and the answer is lost or another one.
    After,
}

/// How long a fault waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(untagged, expecting = "a span of time such as \"200ms\", or an object with from and to")]
pub enum Delay {
    /// Always as long.
    Fixed(Span),
    /// From so long to so long, by the seed.
    Between(Range),
}

/// From how long to how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Range {
    /// At least.
    pub from: Span,
    /// At most.
    pub to: Span,
}

impl Delay {
    /// The longest that it waits.
    pub fn longest(self) -> Span {
        match self {
            Self::Fixed(span) => span,
            Self::Between(Range { from, to }) => from.max(to),
        }
    }

    /// How long it waits this time.
    pub fn draw(self, seed: u64, time: u64) -> Duration {
        match self {
            Self::Fixed(span) => span.0,
            Self::Between(Range { from, to }) => {
                from.0 + to.0.saturating_sub(from.0).mul_f64(chance(seed ^ 0x5eed_de1a, time))
            }
        }
    }
}

/// How long a request is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(untagged, expecting = "true, or the longest span of time such as \"30s\"")]
pub enum Stall {
    /// As long as is usual.
    Usual(bool),
    /// At most so long.
    AtMost(Span),
}

/// A fault that is set.
#[derive(Debug)]
pub struct Rule {
    /// What it goes by.
    pub id: Box<str>,
    /// Which number it has among all that were ever set.
    pub number: u64,
    /// What it is.
    pub spec: Spec,
    path: Option<Regex>,
    tally: Mutex<Tally>,
    hold: Mutex<CancellationToken>,
    ended: AtomicBool,
    switch: Switch,
    _counted: Counted,
}

/// How often it was asked, and how often it struck.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Tally {
    /// How many requests or connections matched it.
    pub matched: u64,
    /// How many of them it struck.
    pub hits: u64,
    /// How many are held now.
    pub held: u64,
}

impl Rule {
    pub(super) fn new(id: String, spec: Spec, switch: &Switch) -> Self {
        let number = switch.0.numbers.fetch_add(1, Ordering::Relaxed) + 1;
        let path = spec.path.as_deref().map(pattern);
        Self {
            id: id.into(),
            number,
            spec,
            path,
            tally: Mutex::default(),
            hold: Mutex::default(),
            ended: AtomicBool::new(false),
            switch: switch.clone(),
            _counted: switch.count(),
        }
    }

    /// How often it was asked, and how often it struck.
    pub fn tally(&self) -> Tally {
        *self.tally.lock()
    }

    /// Whether it is for live connections.
    pub fn is_for_sockets(&self) -> bool {
        self.spec.socket.is_some()
    }

    /// Whether it is for what one user does, or for one channel.
    pub fn names_one(&self) -> bool {
        self.spec.user.is_some() || self.spec.channel.is_some()
    }

    /// Whether it does nothing to a live connection that is logged in.
    pub(super) fn is_over_at_login(&self) -> bool {
        self.spec.socket.as_ref().is_some_and(OnSocket::is_over_at_login)
    }

    /// Before or after the operation.
    pub fn phase(&self) -> Phase {
        let cuts_an_answer = self.spec.truncate.is_some() && !self.refuses();
        let usual = if cuts_an_answer { Phase::After } else { Phase::Before };
        self.spec.phase.unwrap_or(usual)
    }

    /// Whether it puts an error in the place of the answer.
    pub fn refuses(&self) -> bool {
        self.spec.status.is_some() || self.spec.code.is_some() || self.spec.message.is_some()
    }

    /// Whether it does no more than to keep somebody waiting.
    pub fn only_waits(&self) -> bool {
        !self.refuses() && !self.spec.reset && self.spec.truncate.is_none()
    }

    /// Whether a request is one of those that it is for.
    pub fn matches(&self, asked: &Asked<'_>) -> bool {
        let Spec { operation, method, user, channel, header, .. } = &self.spec;
        operation
            .as_ref()
            .is_none_or(|names| asked.operation.into_iter().chain(asked.command).any(|name| names.has(name)))
            && method.as_ref().is_none_or(|method| method == asked.method.as_str())
            && self.path.as_ref().is_none_or(|pattern| pattern.is_match(asked.path))
            && header.iter().all(|(name, value)| {
                asked.headers.get_all(name.as_str()).iter().any(|given| given.as_bytes() == value.as_bytes())
            })
            && user.as_ref().is_none_or(|user| asked.is_about_user(user))
            && channel.as_ref().is_none_or(|channel| asked.is_about_channel(channel))
    }

    /// Counts one that matches, and tells whether it is struck: as the how-manieth.
    pub fn strike(&self) -> Option<u64> {
        let mut tally = self.tally.lock();
        let turn = tally.matched;
        tally.matched += 1;
        if turn < self.spec.skip.unwrap_or(0) || self.spec.times.is_some_and(|times| tally.hits >= times) {
            return None;
        }
        let seed = self.spec.seed.unwrap_or(0);
        if self.spec.probability.is_some_and(|likely| chance(seed, turn) >= likely) {
            return None;
        }
        tally.hits += 1;
        Some(tally.hits)
    }

    /// Lets go of all that are held, and tells how many those were.
    pub fn release(&self) -> u64 {
        let held = self.tally.lock().held;
        std::mem::take(&mut *self.hold.lock()).cancel();
        held
    }

    /// It is taken away: lets go of all that are held, and holds nobody any more.
    pub(super) fn end(&self) {
        self.ended.store(true, Ordering::Relaxed);
        self.release();
    }

    /// Whether it was taken away.
    pub fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Relaxed)
    }

    /// Waits for that long, or until the server stops.
    pub(super) async fn pause(&self, length: Duration) {
        tokio::select! {
            () = self.switch.0.stop.cancelled() => {}
            () = tokio::time::sleep(length) => {}
        }
    }

    /// Whether the server stops.
    pub(super) fn is_stopped(&self) -> bool {
        self.switch.0.stop.is_cancelled()
    }

    /// Waits until it is let go, or for that long if somebody says how long.
    pub(super) async fn hold(&self, longest: Option<Duration>) {
        let released = self.hold.lock().clone();
        let _held = Held::new(self);
        if self.has_ended() {
            return;
        }
        tokio::select! {
            () = released.cancelled() => {}
            () = self.switch.0.stop.cancelled() => {}
            () = pause(longest) => {}
        }
    }
}

/// Waits for that long; for ever where nobody says how long.
async fn pause(length: Option<Duration>) {
    match length {
        Some(length) => tokio::time::sleep(length).await,
        None => std::future::pending().await,
    }
}

/// Counts one that is held, until it is not.
struct Held<'a>(&'a Rule);

impl<'a> Held<'a> {
    fn new(rule: &'a Rule) -> Self {
        rule.tally.lock().held += 1;
        Self(rule)
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.tally.lock().held -= 1;
    }
}

/// A number from 0 to 1, the same for the same seed and turn.
#[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
fn chance(seed: u64, turn: u64) -> f64 {
    let mut mixed = seed.wrapping_add(turn.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}

/// A pattern for paths: `*` is anything without a slash, `**` anything at all.
pub fn pattern(path: &str) -> Regex {
    let parts = path.split("**").map(|part| part.split('*').map(regex::escape).collect::<Vec<_>>().join("[^/]*"));
    let text = format!("^{}$", parts.collect::<Vec<_>>().join("(?s:.*)"));
    Regex::new(&text).expect("what is escaped, and stars, are a pattern")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_segments_and_double_stars_for_anything() {
        let path = "/v3/group_channels/lobby/messages";
        for pattern in [path, "/v3/*/lobby/messages", "/v3/**", "**/messages", "/v3/group_*/*/messages", "**"] {
            assert!(super::pattern(pattern).is_match(path), "{pattern}");
        }
        for pattern in ["/v3/*", "/v3/group_channels/lobby", "/v3/*/messages", "/v3/**/users", "*", ""] {
            assert!(!super::pattern(pattern).is_match(path), "{pattern}");
        }
    }

    #[test]
    fn chance_is_the_same_in_every_run_and_about_as_often_as_it_says() {
        let hits = (0..10_000).filter(|turn| chance(7, *turn) < 0.3).count();
        assert!((2_800..3_200).contains(&hits), "{hits}");
        assert!((0..100).any(|turn| (chance(7, turn) < 0.5) != (chance(8, turn) < 0.5)));
        let rule = |seed| {
            let spec = Spec { probability: Some(0.5), seed: Some(seed), ..Spec::default() };
            let rule = Rule::new("f".into(), spec, &Switch::default());
            (0..64).map(|_| rule.strike().is_some()).collect::<Vec<_>>()
        };
        assert_eq!(rule(7), rule(7));
        assert_ne!(rule(7), rule(8));
    }
}
