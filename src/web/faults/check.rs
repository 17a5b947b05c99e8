//! Whether a fault makes sense.

use std::time::Duration;

use axum::http::{HeaderName, Method};

use super::{
    command::is_command,
    rule::{Delay, OneOrMore, Phase, Range, Spec, Stall, pattern},
    socket::OPEN,
};
use crate::web::{duration::Span, routes::Operation};

/// The longest that a fault waits or holds.
const LONGEST: Duration = Duration::from_mins(10);

/// How many times a name is looked at that is like an operation's.
const NEAR: usize = 3;

impl Spec {
    /// Whether it makes sense. What can be written in several ways is written in one afterwards.
    ///
    /// # Errors
    /// It does not; the text names the field.
    pub(super) fn check(&mut self, operations: &[Operation]) -> Result<(), String> {
        self.check_match(operations)?;
        if self.times == Some(0) {
            return Err("times: it has to be at least 1".into());
        }
        if self.probability.is_some_and(|likely| !(likely > 0.0 && likely <= 1.0)) {
            return Err("probability: it is more than 0 and at most 1".into());
        }
        if self.probability.is_some() && self.seed.is_none() {
            return Err("seed: a probability needs one, so that every run is the same".into());
        }
        self.check_waits()?;
        if let Some(socket) = &self.socket {
            socket.check()?;
            self.check_opens()?;
            let others = self.answers() || self.delay.is_some() || self.stall.is_some() || self.phase.is_some();
            return if others {
                Err("socket: what a fault does to live connections stands in socket, and nothing beside it".into())
            } else {
                Ok(())
            };
        }
        self.check_answer(operations)
    }

    /// Whether what it does to live connections can come to pass with what it is for.
    fn check_opens(&self) -> Result<(), String> {
        let (name, path) = OPEN;
        if self.operation.as_ref().is_some_and(|names| names.iter().any(|other| other != name)) {
            return Err(format!("operation: live connections are opened by {name}; socket goes with no other"));
        }
        if self.method.as_ref().is_some_and(|method| method != Method::GET.as_str()) {
            return Err("method: live connections are opened by GET; socket goes with no other".into());
        }
        if self.path.as_deref().is_some_and(|wanted| !pattern(wanted).is_match(path)) {
            return Err(format!("path: live connections are opened at {path}; socket goes with no other"));
        }
        if self.channel.is_some() {
            return Err("channel: a live connection is not one of a channel; socket goes with user".into());
        }
        Ok(())
    }

    /// Whether it has something in the place of the usual answer.
    fn answers(&self) -> bool {
        self.refuses() || self.reset || self.truncate.is_some()
    }

    fn refuses(&self) -> bool {
        self.status.is_some() || self.code.is_some() || self.message.is_some()
    }

    fn check_match(&mut self, operations: &[Operation]) -> Result<(), String> {
        if let Some(id) = &self.id {
            let fits = (1..=80).contains(&id.len())
                && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
            if !fits || id == super::FROM_HEADER {
                return Err("id: it has up to 80 ASCII letters, digits, '-', '_' and '.', and is not header".into());
            }
        }
        if self.operation.as_ref().is_some_and(|names| names.iter().next().is_none()) {
            return Err("operation: a list names at least one".into());
        }
        for name in self.operation.iter().flat_map(OneOrMore::iter).filter(|name| !is_command(name)) {
            names_one(name, operations)?;
        }
        if let Some(method) = &mut self.method {
            method.make_ascii_uppercase();
            let known = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
            if !known.iter().any(|known| known.as_str() == method) {
                return Err("method: it is GET, POST, PUT, PATCH or DELETE".into());
            }
        }
        if let Some(path) = &self.path {
            check_path(path)?;
        }
        if let (Some(names), Some(method)) = (&self.operation, &self.method) {
            let fits = |name: &str| operations.iter().any(|known| known.name == name && known.method == method);
            if let Some(name) = names.iter().find(|name| !fits(name)) {
                return Err(format!("method: {name} is never asked for by {method}"));
            }
        }
        let commands_only = self.operation.as_ref().is_some_and(|names| names.iter().all(is_command));
        if commands_only && (self.path.is_some() || self.method.is_some() || !self.header.is_empty()) {
            return Err("operation: what a client says on its connection has no method, path or header".into());
        }
        match self.header.keys().find(|name| name.parse::<HeaderName>().is_err()) {
            Some(name) => Err(format!("header: {name:?} is no name of a header")),
            None => Ok(()),
        }
    }

    fn check_waits(&self) -> Result<(), String> {
        if let Some(Delay::Between(Range { from, to })) = self.delay
            && from > to
        {
            return Err("delay: from is not more than to".into());
        }
        if self.delay.is_some_and(|delay| delay.longest() > Span(LONGEST)) {
            return Err("delay: it is at most 10m".into());
        }
        match self.stall {
            Some(Stall::Usual(false)) => Err("stall: it is true or a span of time".into()),
            Some(Stall::AtMost(span)) if span > Span(LONGEST) => Err("stall: it is at most 10m".into()),
            _ => Ok(()),
        }
    }

    fn check_answer(&self, operations: &[Operation]) -> Result<(), String> {
        if self.status.is_some_and(|status| !(400..=599).contains(&status)) {
            return Err("status: it is from 400 to 599".into());
        }
        if self.code.is_some_and(|code| !(400..=999_999).contains(&code)) {
            return Err("code: it is a number of the vendor's errors, such as 500901".into());
        }
        if self.message.as_ref().is_some_and(|message| message.len() > 10_000) {
            return Err("message: it has at most 10000 bytes".into());
        }
        let numbered = |name: &str| {
            is_command(name) || operations.iter().any(|known| known.name == name && known.path.starts_with("/v3"))
        };
        if self.code.is_some() && self.operation.as_ref().is_some_and(|names| !names.iter().all(numbered)) {
            return Err("code: errors of this operation have no numbers; give a status".into());
        }
        if self.reset && (self.refuses() || self.truncate.is_some()) {
            return Err(
                "reset: a connection that is reset brings no answer: leave status, code, message and truncate out"
                    .into(),
            );
        }
        if self.truncate.is_some() && self.phase == Some(Phase::Before) && !self.refuses() {
            return Err(
                "truncate: before the operation there is no answer to cut: give a status too, or the phase after"
                    .into(),
            );
        }
        if !self.answers() && self.delay.is_none() && self.stall.is_none() {
            return Err(
                "a fault needs an effect: status, code, message, delay, reset, truncate, stall or socket".into()
            );
        }
        Ok(())
    }
}

/// Whether a request may have a path that a pattern is for.
fn check_path(path: &str) -> Result<(), String> {
    if !path.starts_with(['/', '*']) || path.len() > 1000 {
        return Err("path: it begins with / or *, and has up to 1000 characters".into());
    }
    if path.contains('?') {
        return Err("path: it has no query".into());
    }
    if path.starts_with("/apps/") {
        return Err("path: it stands without /apps and the application, which the call names".into());
    }
    if path.starts_with("/_mynah") && !path.starts_with("/_mynah/files") {
        return Err("path: control calls do not fail".into());
    }
    Ok(())
}

/// Whether a name is that of an operation.
///
/// # Errors
/// It is not; the text names the field, and operations that are near.
pub fn names_one(name: &str, operations: &[Operation]) -> Result<(), String> {
    let is_known = operations.iter().any(|operation| operation.name == name);
    if is_known { Ok(()) } else { Err(format!("operation: {}", unknown(name, operations))) }
}

/// Says that there is no such operation, and which are near.
fn unknown(name: &str, operations: &[Operation]) -> String {
    let plain = |name: &str| name.replace(['-', '_'], "").to_ascii_lowercase();
    let wanted = plain(name);
    let mut near: Vec<_> = operations.iter().map(|known| known.name).collect();
    near.sort_unstable();
    near.dedup();
    let mut near: Vec<_> =
        near.into_iter().map(|known| (strsim::jaro_winkler(&wanted, &plain(known)), known)).collect();
    near.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    let near: Vec<_> = near.iter().take(NEAR).map(|(_, name)| *name).collect();
    format!("there is no operation {name:?}; near it are {}", near.join(", "))
}
