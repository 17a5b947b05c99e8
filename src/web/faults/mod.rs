//! Faults: rules by which requests fail, wait or lose their answer, and live connections misbehave,
//! as somebody who tests a client wants it. Kept in memory, per application.

pub mod around;
pub mod asked;
mod check;
pub mod command;
pub mod rule;
pub mod socket;

use std::sync::{
    Arc,
    atomic::{AtomicU64, AtomicUsize, Ordering},
};

use axum::http::HeaderName;
use parking_lot::Mutex;
use serde::de::DeserializeOwned;
use tokio_util::sync::CancellationToken;

use self::rule::Stall;
pub use self::{
    around::{Armed, Refusal, Struck},
    check::names_one,
    rule::{Rule, Spec},
};
use super::routes::Operation;
use crate::state::Belongings;

/// The header by which a single request asks for a fault, and by which an answer tells which faults
/// struck.
pub const FAULT: HeaderName = HeaderName::from_static("x-mynah-fault");

/// What is noted where the header of a request makes no sense, and what the header `X-Mynah` says then.
pub const BAD_FAULT: &str = "bad-fault";

/// What a fault goes by that came in the header of a request.
pub const FROM_HEADER: &str = "header";

/// How many faults an application may have.
const MOST: usize = 1000;

/// Why a fault is not set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejected {
    /// It makes no sense; the text names the field.
    #[error("{0}")]
    Invalid(String),
    /// There is one of that id.
    #[error("id: there is a fault {0} already")]
    Taken(String),
}

/// Whether any application of the server has faults or limits. Where there are none, nothing else is looked at.
#[derive(Clone, Debug, Default)]
pub struct Switch(Arc<Count>);

#[derive(Debug, Default)]
struct Count {
    set: AtomicUsize,
    numbers: AtomicU64,
    stop: CancellationToken,
}

impl Switch {
    /// Whether there are any.
    pub fn any(&self) -> bool {
        self.0.set.load(Ordering::Relaxed) > 0
    }

    /// Counts one more thing that has to be looked at, until it is dropped.
    pub fn count(&self) -> Counted {
        self.0.set.fetch_add(1, Ordering::Relaxed);
        Counted(self.clone())
    }

    /// The number of the latest one that was set for anybody.
    pub fn latest(&self) -> u64 {
        self.0.numbers.load(Ordering::Relaxed)
    }

    /// Lets go of everything that is held, since the server stops.
    pub fn stop(&self) {
        self.0.stop.cancel();
    }
}

/// Something that has to be looked at with every request.
#[derive(Debug)]
pub struct Counted(Switch);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.0.set.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The faults of an application. They are one of its belongings.
#[derive(Debug, Default)]
pub struct Faults(Mutex<Set>);

#[derive(Debug, Default)]
struct Set {
    rules: Vec<Arc<Rule>>,
    /// How many were ever set.
    count: u64,
}

impl Faults {
    /// The faults of the application with these belongings.
    pub fn of(belongings: &Belongings) -> Arc<Self> {
        belongings.of()
    }

    /// Sets faults, all of them or none.
    ///
    /// # Errors
    /// One of them makes no sense, its id is taken, or there are too many: the how-manieth, and why.
    pub fn set(
        belongings: &Belongings,
        switch: &Switch,
        mut specs: Vec<Spec>,
        operations: &[Operation],
    ) -> Result<Vec<Arc<Rule>>, (usize, Rejected)> {
        for (place, spec) in specs.iter_mut().enumerate() {
            spec.check(operations).map_err(|why| (place, Rejected::Invalid(why)))?;
        }
        let faults = Self::of(belongings);
        let mut set = faults.0.lock();
        let set = &mut *set;
        let room = MOST.saturating_sub(set.rules.len());
        if specs.len() > room {
            return Err((room, Rejected::Invalid(format!("an application has at most {MOST} faults"))));
        }
        let mut named = Vec::with_capacity(specs.len());
        for (place, mut spec) in specs.into_iter().enumerate() {
            let made = || format!("fault-{}", set.count + 1 + place as u64);
            let id = spec.id.take().unwrap_or_else(made);
            let known =
                set.rules.iter().map(|rule| &*rule.id).chain(named.iter().map(|(id, _): &(String, _)| &**id));
            if known.into_iter().any(|known| known == id) {
                return Err((place, Rejected::Taken(id)));
            }
            named.push((id, spec));
        }
        if set.count == 0 && !named.is_empty() {
            let faults = Arc::downgrade(&faults);
            belongings.at_the_end(move || {
                if let Some(faults) = faults.upgrade() {
                    faults.clear();
                }
            });
        }
        set.count += named.len() as u64;
        let rules: Vec<_> = named.into_iter().map(|(id, spec)| Arc::new(Rule::new(id, spec, switch))).collect();
        set.rules.extend(rules.iter().cloned());
        Ok(rules)
    }

    /// All of them, in the order in which they are asked.
    pub fn all(&self) -> Vec<Arc<Rule>> {
        self.0.lock().rules.clone()
    }

    /// One of them.
    pub fn find(&self, id: &str) -> Option<Arc<Rule>> {
        self.0.lock().rules.iter().find(|rule| *rule.id == *id).cloned()
    }

    /// Takes one away, and lets go of what it holds.
    pub fn remove(&self, id: &str) -> Option<Arc<Rule>> {
        let rule = {
            let rules = &mut self.0.lock().rules;
            let at = rules.iter().position(|rule| *rule.id == *id)?;
            rules.remove(at)
        };
        rule.end();
        Some(rule)
    }

    /// Takes all of them away, and tells how many those were.
    pub fn clear(&self) -> usize {
        let rules = std::mem::take(&mut self.0.lock().rules);
        for rule in &rules {
            rule.end();
        }
        rules.len()
    }
}

impl Drop for Faults {
    fn drop(&mut self) {
        self.clear();
    }
}

/// Reads a fault from JSON.
///
/// # Errors
/// It is none; the text names the field.
pub fn read(json: &[u8]) -> Result<Spec, String> {
    read_as("a fault", json)
}

/// Reads something from JSON that knows all its fields.
///
/// # Errors
/// It is not what it is called; the text names the field.
pub fn read_as<T: DeserializeOwned>(name: &str, json: &[u8]) -> Result<T, String> {
    if json.trim_ascii_start().first() != Some(&b'{') {
        return Err(format!("{name} is a JSON object"));
    }
    let mut reader = serde_json::Deserializer::from_slice(json);
    let read = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        let what = error.into_inner().to_string();
        let what = what.split(" at line ").next().unwrap_or_default();
        let what = plainly(what);
        let is_top = !path.contains(['.', '[']) && what.starts_with("unknown field");
        if path == "." || is_top { what } else { format!("{path}: {what}") }
    })?;
    reader.end().map_err(|error| error.to_string())?;
    Ok(read)
}

/// What is wrong with a value, without the names of types.
pub fn plainly(what: &str) -> String {
    let what = what.split(" at line ").next().unwrap_or_default().replace("unit value", "nothing");
    let Some((before, kind)) = what.rsplit_once("expected ") else { return what };
    let kind = match kind {
        "u16" => "a whole number up to 65535",
        "u8" | "u32" | "u64" | "usize" | "i64" => "a whole number",
        "f64" => "a number",
        "a sequence" => "a list",
        "a map" => "an object",
        kind if kind.starts_with("struct ") => "an object",
        kind => kind,
    };
    format!("{before}expected {kind}")
}

/// Reads the fault that a request asks for itself. It may open a live connection.
///
/// # Errors
/// It is none, or says what only a fault that stays can say.
pub fn read_header(
    value: &[u8],
    opens: bool,
    switch: &Switch,
    operations: &[Operation],
) -> Result<Arc<Rule>, String> {
    let mut spec = read(value)?;
    if matches!(spec.stall, Some(Stall::Usual(_))) {
        return Err("stall: nobody could let go of it; say for how long, such as \"5s\"".into());
    }
    if spec.socket.is_some() && !opens {
        return Err("socket: this request opens no live connection".into());
    }
    for (given, name) in [
        (spec.times.is_some(), "times"),
        (spec.skip.is_some(), "skip"),
        (spec.probability.is_some(), "probability"),
        (spec.id.is_some(), "id"),
    ] {
        if given {
            return Err(format!("{name}: a fault of a single request has none"));
        }
    }
    spec.check(operations)?;
    Ok(Arc::new(Rule::new(FROM_HEADER.into(), spec, switch)))
}
