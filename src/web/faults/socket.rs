//! What faults do to live connections: frames that never come, come late, twice or in another order,
//! and connections that break.

use std::{collections::VecDeque, fmt, sync::Arc, time::Instant};

use axum::{
    extract::ws::Utf8Bytes,
    http::{HeaderMap, Method, StatusCode},
};
use serde::{Deserialize, Deserializer, Serialize, de};

use super::{
    asked::Asked,
    rule::{Delay, OneOrMore, Rule},
};
use crate::web::duration::Span;

/// What a fault does to live connections.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum OnSocket {
    /// As the catalogue has it.
    Named(String),
    /// As it says.
    Effects(Box<Effects>),
}

impl<'de> Deserialize<'de> for OnSocket {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl<'de> de::Visitor<'de> for Read {
            type Value = OnSocket;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name of the catalogue, or an object of effects")
            }

            fn visit_str<E: de::Error>(self, name: &str) -> Result<OnSocket, E> {
                Ok(OnSocket::Named(name.to_owned()))
            }

            fn visit_map<A: de::MapAccess<'de>>(self, effects: A) -> Result<OnSocket, A::Error> {
                let effects = Effects::deserialize(de::value::MapAccessDeserializer::new(effects))?;
                Ok(OnSocket::Effects(Box::new(effects)))
            }
        }
        deserializer.deserialize_any(Read)
    }
}

/// The effects on a live connection. They go together.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Effects {
    /// The upgrade is refused with this status, or the login with this number of the vendor's errors.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refuse: Option<u32>,
    /// Frames of these codes are never sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub never: Option<OneOrMore>,
    /// The connection is closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub close: Option<Close>,
    /// The connection is reset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drop: Option<Reset>,
    /// A frame is sent that nothing has led to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub send: Option<Word>,
    /// Frames come so much later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delay: Option<Delay>,
    /// Frames come twice.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub duplicate: bool,
    /// Two frames each change places.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub reorder: bool,
    /// The codes of frames that are delayed, duplicated or reordered; all but LOGI, EROR and PONG
    /// where none are named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frames: Option<OneOrMore>,
}

/// A closing of a connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Close {
    /// The code of the close frame.
    pub code: u16,
    /// The word in it.
    #[serde(default)]
    pub reason: String,
    /// After so many frames, the login among them: with none, before the login. Left out: at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<u64>,
}

/// A reset of a connection.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Reset {
    /// After so many frames, the login among them: with none, before the login. Left out: at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<u64>,
}

/// A frame out of the blue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Word {
    /// Its four letters and the JSON after them.
    pub frame: String,
    /// After so many frames, the login among them. Left out: at once, but never before the login.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<u64>,
}

/// The longest frame out of the blue, in bytes.
const LONGEST_WORD: usize = 64 << 10;

/// Names for what clients meet, each with what it does.
pub const CATALOGUE: &[(&str, &str)] = &[
    ("refuse-403", r#"{"refuse":403}"#),
    ("refuse-404", r#"{"refuse":404}"#),
    ("refuse-500", r#"{"refuse":500}"#),
    ("refuse-503", r#"{"refuse":503}"#),
    ("refuse-login", r#"{"refuse":400302}"#),
    ("never-logi", r#"{"never":"LOGI"}"#),
    ("never-pong", r#"{"never":"PONG"}"#),
    ("close-before-login", r#"{"close":{"code":1011,"after":0}}"#),
    ("close-after-login", r#"{"close":{"code":1011,"after":1}}"#),
    ("drop-before-login", r#"{"drop":{"after":0}}"#),
    ("drop-after-login", r#"{"drop":{"after":1}}"#),
    ("delay-events", r#"{"delay":"1s"}"#),
    ("duplicate-events", r#"{"duplicate":true}"#),
    ("reorder-events", r#"{"reorder":true}"#),
    (
        "session-expired",
        r#"{"send":{"frame":"EXPR{\"reason\":400309,\"expires_in\":0,\"message\":\"This session has expired\"}"}}"#,
    ),
    (
        "session-token-required",
        r#"{"send":{"frame":"EXPR{\"reason\":400302,\"expires_in\":0,\"message\":\"Access token is not valid.\"}"}}"#,
    ),
    (
        "session-revoked",
        r#"{"send":{"frame":"EXPR{\"reason\":400310,\"expires_in\":0,\"message\":\"Session was revoked.\"}"},"close":{"code":1008,"reason":"session ended","after":1}}"#,
    ),
];

/// The operation by which a connection is opened, and its path.
pub const OPEN: (&str, &str) = ("openTheSocket", "/");

/// The longest that a frame may come late.
const LATEST: std::time::Duration = std::time::Duration::from_mins(10);

/// How many frames may wait in a connection to come late.
const WAITING: usize = 4096;

impl OnSocket {
    pub(super) fn check(&self) -> Result<(), String> {
        let effects = match self {
            Self::Effects(effects) => effects,
            Self::Named(name) if CATALOGUE.iter().any(|(known, _)| known == name) => return Ok(()),
            Self::Named(name) => {
                let names: Vec<_> = CATALOGUE.iter().map(|(name, _)| *name).collect();
                return Err(format!("socket: there is no {name:?}; there are {}", names.join(", ")));
            }
        };
        let refuses = |number| matches!(number, 400..=599 | 400_000..=999_999);
        if effects.refuse.is_some_and(|number| !refuses(number)) {
            return Err(
                "socket.refuse: it is a status from 400 to 599, or a number of the vendor's errors such as 400302"
                    .into(),
            );
        }
        // What may stand in a close frame.
        let may_close = |code| matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999);
        if let Some(close) = &effects.close
            && (!may_close(close.code) || close.reason.len() > 123)
        {
            return Err("socket.close: the code is 1000 to 1003, 1007 to 1014 or 3000 to 4999, and the reason has up to 123 bytes".into());
        }
        for (codes, name) in [(&effects.never, "never"), (&effects.frames, "frames")] {
            let bad = codes
                .iter()
                .flat_map(OneOrMore::iter)
                .find(|code| code.len() != 4 || !code.bytes().all(|byte| byte.is_ascii_uppercase()));
            if codes.as_ref().is_some_and(|codes| codes.iter().next().is_none()) {
                return Err(format!("socket.{name}: a list names at least one code"));
            }
            if let Some(bad) = bad {
                return Err(format!("socket.{name}: {bad:?} is no code of a frame, such as LOGI, PONG or MESG"));
            }
        }
        if effects.delay.is_some_and(|delay| delay.longest() > Span(LATEST)) {
            return Err("socket.delay: it is at most 10m".into());
        }
        if effects.send.as_ref().is_some_and(|word| !is_frame(&word.frame)) {
            return Err("socket.send: the frame is four capital letters and a JSON object, at most 64 KiB".into());
        }
        if **effects == (Effects { frames: effects.frames.clone(), ..Effects::default() }) {
            return Err(
                "socket: it needs an effect: refuse, never, close, drop, send, delay, duplicate or reorder".into(),
            );
        }
        Ok(())
    }

    /// Whether it does nothing to a connection that is logged in: such a fault waits for the next one.
    pub(super) fn is_over_at_login(&self) -> bool {
        let effects = self.effects();
        let before_login = effects.close.as_ref().is_some_and(|close| close.after == Some(0))
            || effects.drop.as_ref().is_some_and(|reset| reset.after == Some(0));
        let only_login = effects.never.as_ref().is_some_and(|codes| codes.iter().all(|code| code == "LOGI"))
            && effects == (Effects { never: effects.never.clone(), ..Effects::default() });
        effects.refuse.is_some() || before_login || only_login
    }

    pub(super) fn effects(&self) -> Effects {
        match self {
            Self::Effects(effects) => (**effects).clone(),
            Self::Named(name) => {
                let found = CATALOGUE.iter().find(|(known, _)| known == name);
                found.and_then(|(_, json)| serde_json::from_str(json).ok()).unwrap_or_default()
            }
        }
    }
}

/// Whether a text is what is sent on the socket.
fn is_frame(text: &str) -> bool {
    let Some((code, json)) = text.split_at_checked(4) else { return false };
    text.len() <= LONGEST_WORD
        && code.bytes().all(|byte| byte.is_ascii_uppercase())
        && serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(json).is_ok()
}

/// A fault at work on one connection.
#[derive(Debug)]
pub struct Script {
    rule: Arc<Rule>,
    effects: Effects,
    /// How many frames were sent.
    sent: u64,
    /// How many frames came late so far.
    drawn: u64,
    late: VecDeque<(Instant, Utf8Bytes)>,
    /// A frame that waits for the one with which it changes places.
    held: Option<Utf8Bytes>,
}

/// What is to become of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It goes on.
    GoesOn,
    /// It is closed.
    Closes(Close),
    /// It is reset.
    Drops,
}

impl Script {
    /// The first of the faults that takes hold of the open connection of a user, which was sent so many
    /// frames; of those, that is, whose number is later than that.
    pub fn of_open(rules: &[Arc<Rule>], user: &str, later: u64, sent: u64) -> Option<Self> {
        let (method, headers) = (Method::GET, HeaderMap::new());
        let asked = Asked {
            operation: Some(OPEN.0),
            command: None,
            pattern: OPEN.1,
            method: &method,
            path: OPEN.1,
            query: "",
            headers: &headers,
            body: &[],
            holder: Some(user),
        };
        let mut rules =
            rules.iter().filter(|rule| rule.number > later && rule.is_for_sockets() && rule.matches(&asked));
        let rule = rules.find(|rule| !rule.is_over_at_login() && rule.strike().is_some())?;
        Some(Self::new(Arc::clone(rule), sent))
    }

    /// A fault that has struck a connection which was sent so many frames.
    pub(super) fn new(rule: Arc<Rule>, sent: u64) -> Self {
        let effects = rule.spec.socket.as_ref().map(OnSocket::effects).unwrap_or_default();
        Self { rule, effects, sent, drawn: 0, late: VecDeque::new(), held: None }
    }

    /// The fault.
    pub fn rule(&self) -> &Rule {
        &self.rule
    }

    /// The status with which the upgrade is refused.
    pub fn refuses(&self) -> Option<StatusCode> {
        self.effects.refuse.and_then(|number| StatusCode::from_u16(number.try_into().ok()?).ok())
    }

    /// The number of the vendor's error with which the login is refused.
    pub fn refuses_login(&self) -> Option<u32> {
        self.effects.refuse.filter(|number| *number >= 400_000)
    }

    /// What is to become of the connection now.
    pub fn fate(&self) -> Fate {
        match (&self.effects.close, &self.effects.drop) {
            (Some(close), _) if self.sent >= close.after.unwrap_or(0) => Fate::Closes(close.clone()),
            (_, Some(reset)) if self.sent >= reset.after.unwrap_or(0) => Fate::Drops,
            _ => Fate::GoesOn,
        }
    }

    /// The frame out of the blue, once, when its time has come.
    pub fn word(&mut self) -> Option<Utf8Bytes> {
        let sent = self.sent;
        let word = self.effects.send.take_if(|word| sent >= word.after.unwrap_or(1))?;
        Some(word.frame.into())
    }

    /// Notes that a frame was sent.
    pub fn count(&mut self) {
        self.sent += 1;
    }

    /// What is to be sent now in the place of a frame.
    pub fn take(&mut self, frame: Utf8Bytes, now: Instant) -> Vec<Utf8Bytes> {
        let code = frame.get(..4).unwrap_or_default();
        if self.effects.never.as_ref().is_some_and(|codes| codes.has(code)) {
            return Vec::new();
        }
        let is_meant = match &self.effects.frames {
            Some(codes) => codes.has(code),
            None => !matches!(code, "LOGI" | "EROR" | "PONG"),
        };
        if !is_meant {
            return vec![frame];
        }
        let frames = match self.held.take() {
            Some(held) => vec![frame, held],
            None if self.effects.reorder => {
                self.held = Some(frame);
                return Vec::new();
            }
            None => vec![frame],
        };
        let frames: Vec<_> = if self.effects.duplicate {
            frames.into_iter().flat_map(|frame| [frame.clone(), frame]).collect()
        } else {
            frames
        };
        let Some(delay) = self.effects.delay else { return frames };
        let wait = delay.draw(self.rule.spec.seed.unwrap_or(0), self.drawn);
        self.drawn += 1;
        // One that comes later overtakes none.
        let due = self.late.back().map_or(now + wait, |(before, _)| (now + wait).max(*before));
        self.late.extend(frames.into_iter().map(|frame| (due, frame)));
        if self.late.len() <= WAITING {
            Vec::new()
        } else {
            self.late.pop_front().map(|(_, frame)| frame).into_iter().collect()
        }
    }

    /// When the next late frame is to be sent.
    pub fn wake(&self) -> Option<Instant> {
        self.late.front().map(|(due, _)| *due)
    }

    /// The late frames whose time has come.
    pub fn due(&mut self, now: Instant) -> Vec<Utf8Bytes> {
        let count = self.late.partition_point(|(due, _)| *due <= now);
        self.late.drain(..count).map(|(_, frame)| frame).collect()
    }

    /// What has been kept back, since the fault is over.
    pub fn rest(self) -> Vec<Utf8Bytes> {
        self.late.into_iter().map(|(_, frame)| frame).chain(self.held).collect()
    }
}
