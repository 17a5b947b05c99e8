//! The seed: users, channels, members and messages to begin with, as YAML or JSON.

mod file;
mod generate;
mod plant;

use std::fmt;

use axum::{
    extract::State,
    http::{HeaderMap, header},
    response::Response,
};
use serde::{
    Deserializer, Serialize,
    de::{self, DeserializeSeed, IgnoredAny},
};
use serde_json::{Map, Value};

pub use self::{file::Seed, plant::plant};
use super::{Content, Error, Target, answer, applications::LARGEST_SEED, asked};
use crate::{
    engine::Unavailable,
    model::ids::ApplicationId,
    web::{faults::plainly, routes::Routes, site::Site},
};

pub(super) fn routes() -> Routes {
    Routes::of("Control").post("plantSeed", "/_mynah/seed", post)
}

/// The way to something in a seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The field of that name.
    Key(&'static str),
    /// The item of that number.
    Item(usize),
}

/// Something in a seed is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    path: Vec<Step>,
    why: String,
}

impl Refused {
    fn at(path: &[Step], why: impl Into<String>) -> Self {
        Self { path: path.to_vec(), why: why.into() }
    }

    /// The same, seen from further out.
    fn below(self, outer: &[Step]) -> Self {
        Self { path: [outer, &self.path].concat(), ..self }
    }

    /// Where it is in the text, and why, for a person.
    pub fn told(&self, text: &str) -> String {
        let line = line_of(text, &self.path).map_or_else(String::new, |line| format!("line {line}, "));
        format!("{line}{self}")
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, step) in self.path.iter().enumerate() {
            match step {
                Step::Key(name) if number == 0 => f.write_str(name)?,
                Step::Key(name) => write!(f, ".{name}")?,
                Step::Item(item) => write!(f, "[{item}]")?,
            }
        }
        write!(f, ": {}", self.why)
    }
}

/// Whether a text is JSON rather than YAML: it begins like an object of it and is one.
fn is_json(text: &str) -> bool {
    text.trim_start().starts_with('{') && serde_json::from_str::<IgnoredAny>(text).is_ok()
}

impl Seed {
    /// Reads a seed, whether it is YAML or JSON.
    ///
    /// # Errors
    /// It is neither, or has something in it that no seed has: by line and field, for a person.
    pub fn read(text: &str) -> Result<Self, String> {
        // It is only looked for where it may be.
        if ["\0", "\\0", "\\x00", "\\u0000", "\\U0000"].iter().any(|nul| text.contains(nul)) {
            let whole: Value = serde_norway::from_str(text).map_err(|error| error.to_string())?;
            if asked::has_nul(&whole) {
                return Err("there is a NUL character in a text".into());
            }
        }
        if is_json(text) {
            return Self::read_json(text);
        }
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        serde_norway::from_str(text).map_err(|error| located(text, &error.to_string()))
    }

    fn read_json(text: &str) -> Result<Self, String> {
        let mut json = serde_json::Deserializer::from_str(text);
        serde_path_to_error::deserialize(&mut json).map_err(|error| {
            let path = error.path().to_string();
            let what = error.inner().to_string();
            located(text, &if path == "." { what } else { format!("{path}: {what}") })
        })
    }
}

/// What is wrong with a seed, without the names of types, and where: the reader of YAML does not say where fields of the
/// seed itself are.
fn located(text: &str, what: &str) -> String {
    if let Some((what, place)) = what.split_once(" at line ") {
        return format!("{} at line {place}", plainly(what));
    }
    let name = what.strip_prefix("unknown field `").or_else(|| what.strip_prefix("duplicate field `"));
    let name = name.and_then(|rest| rest.split_once('`')).map(|(name, _)| name);
    let is_there = |line: &str| {
        name.is_some_and(|name| line.strip_prefix(name).is_some_and(|rest| rest.trim_start().starts_with(':')))
    };
    let what = plainly(what);
    match text.lines().collect::<Vec<_>>().into_iter().rposition(is_there) {
        Some(line) => format!("{what} at line {}", line + 1),
        None => what,
    }
}

/// The line in which something begins; none if it is not there.
fn line_of(text: &str, path: &[Step]) -> Option<usize> {
    let there = There(path);
    if is_json(text) {
        let error = there.deserialize(&mut serde_json::Deserializer::from_str(text)).err()?;
        return Some(error.line()).filter(|line| *line > 0);
    }
    let error = there.deserialize(serde_norway::Deserializer::from_str(text)).err()?;
    error.location().map(|location| location.line())
}

/// Reads up to the end of a way and stumbles there, so that the reader tells where that is.
#[derive(Clone, Copy)]
struct There<'a>(&'a [Step]);

impl<'de> DeserializeSeed<'de> for There<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> de::Visitor<'de> for There<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("what the way leads to")
    }

    fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Some((Step::Key(wanted), rest)) = self.0.split_first() else { return Err(here()) };
        while let Some(name) = map.next_key::<String>()? {
            if name == *wanted {
                return map.next_value_seed(There(rest));
            }
            map.next_value::<IgnoredAny>()?;
        }
        Err(here())
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let Some((Step::Item(wanted), rest)) = self.0.split_first() else { return Err(here()) };
        for _ in 0..*wanted {
            if list.next_element::<IgnoredAny>()?.is_none() {
                return Err(here());
            }
        }
        list.next_element_seed(There(rest)).map(drop)
    }
}

fn here<E: de::Error>() -> E {
    E::custom("here")
}

/// What stops a seed that can be read.
enum Stopped {
    Refused(Refused),
    Unavailable(Unavailable),
}

impl From<Unavailable> for Stopped {
    fn from(error: Unavailable) -> Self {
        Self::Unavailable(error)
    }
}

#[derive(Serialize)]
struct Planted {
    application: ApplicationId,
    /// How many rows there are more, by table.
    planted: Map<String, Value>,
}

/// Plants a seed in an application, all of it or nothing. Nobody is told of what is planted.
async fn post(
    State(site): State<Site>,
    target: Target,
    headers: HeaderMap,
    content: Content,
) -> Result<Response, Error> {
    let body = content.whole(site.upload_limit).await?;
    let text = std::str::from_utf8(&body).map_err(|_| Error::wrong("the body is no text"))?;
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    // YAML under the name of JSON, as curl sends it by itself, is meant as it is.
    let seed = Seed::read(text).map_err(|why| match serde_json::from_str::<IgnoredAny>(text) {
        Err(error) if content_type.starts_with("application/json") => {
            Error::wrong(format!("no JSON, as Content-Type says: {error}; and as YAML: {why}"))
        }
        _ => Error::wrong(why),
    })?;
    let named = seed.application.as_ref().map(|text| asked::id(text, "application")).transpose()?;
    let application = target.agreeing("the seed", named)?.or_default(&site);
    let planted = site.engine.write(&application, |app| {
        let before = app.counts();
        plant(app, &seed, &*site.calls).map_err(Stopped::Refused)?;
        let more = app.counts().into_iter().zip(before).filter(|(now, before)| now.1 > before.1);
        let more = more.map(|((table, now), (_, before))| (table.to_owned(), (now - before).into()));
        Ok::<_, Stopped>(more.collect())
    });
    match planted.await {
        Ok(planted) => {
            if seed.clock.is_some() {
                // What was there before has its moments by the new clock.
                site.engine.turn_clock(&application, |app, _, _| Ok::<_, Unavailable>(*app.clock())).await?;
            }
            Ok(answer(&Planted { application, planted }))
        }
        Err(Stopped::Refused(refused)) => Err(Error::wrong(refused.told(text))),
        Err(Stopped::Unavailable(error)) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_of_anything_is_found_in_yaml_and_in_json() {
        let yaml = "# a world\nusers:\n  - id: ada\n  - id: bo\nchannels:\n  - id: lobby\n    messages:\n      - text: x\n";
        let json = "{\n\"users\": [\n{},\n{}],\n\t\"channels\": [\n{ \"messages\":\n[\n{}]}]}";
        let message = [Step::Key("channels"), Step::Item(0), Step::Key("messages"), Step::Item(0)];
        for (text, users, messages) in [(yaml, 4, 8), (json, 4, 8)] {
            assert_eq!(line_of(text, &[Step::Key("users"), Step::Item(1)]), Some(users), "{text}");
            assert_eq!(line_of(text, &message), Some(messages), "{text}");
        }
        let refused = Refused::at(&message[2..], "no").below(&message[..2]);
        assert_eq!(refused.told(yaml), "line 8, channels[0].messages[0]: no");
    }
}
