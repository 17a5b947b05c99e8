//! How an application wants to be treated, given a part at a time.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::Error;
use crate::{
    chat::content,
    model::{
        application::Settings,
        content::{ContentRules, ImageRule, OffenceRule},
    },
    web::faults::plainly,
};

/// What is kept with the settings and is not set here: a secret that nobody is shown, and what has a place of its
/// own.
const ELSEWHERE: [&str; 2] = ["file_secret", "webhooks"];

/// Settings as they are shown.
pub(super) fn shown(settings: &Settings) -> Map<String, Value> {
    let mut shown = whole(settings);
    for name in ELSEWHERE {
        shown.remove(name);
    }
    shown
}

fn whole(settings: &Settings) -> Map<String, Value> {
    match serde_json::to_value(settings) {
        Ok(Value::Object(object)) => object,
        _ => Map::new(),
    }
}

/// Settings with those that are given in place of what they were. Of what has parts, those stay that are not given.
///
/// # Errors
/// There is no such setting, or it cannot be that; the message names it.
pub(super) fn changed(settings: &Settings, given: &Map<String, Value>) -> Result<Settings, Error> {
    let mut new = Value::Object(whole(settings));
    let mut known = Value::Object(whole(&example()));
    for name in ELSEWHERE {
        known.as_object_mut().map(|known| known.remove(name));
    }
    merge("settings", &known, &mut new, &Value::Object(given.clone()))?;
    let changed: Settings = serde_path_to_error::deserialize(new).map_err(|error| {
        let path = error.path().to_string();
        Error::wrong(format!("settings.{path} is invalid: {}", plainly(&error.into_inner().to_string())))
    })?;
    if given.contains_key("tokens") {
        check_tokens("settings.tokens", &changed.tokens)?;
    }
    if changed.max_message_length == 0 {
        return Err(Error::invalid("settings.max_message_length", "it must be at least 1"));
    }
    content::check(&changed.content).map_err(|error| Error::wrong(format!("settings.content: {error}")))?;
    Ok(changed)
}

/// Settings in which everything is there that may be, so that all names are known.
fn example() -> Settings {
    let content = ContentRules {
        offences: Some(OffenceRule::default()),
        images: Some(ImageRule::default()),
        push_template: Some(BTreeMap::new()),
        ..ContentRules::default()
    };
    Settings { content, ..Settings::default() }
}

/// Puts what is given in its place. What has parts of a known name is put in place part by part.
fn merge(path: &str, known: &Value, into: &mut Value, given: &Value) -> Result<(), Error> {
    let parts = known.as_object().filter(|parts| !parts.is_empty());
    let (Some(parts), Value::Object(given)) = (parts, given) else {
        if parts.is_some() && !given.is_null() {
            return Err(Error::invalid(path, "it must be an object"));
        }
        *into = given.clone();
        return Ok(());
    };
    if !into.is_object() {
        *into = known.clone();
    }
    for (name, value) in given {
        let path = format!("{path}.{name}");
        let known = parts.get(name).ok_or_else(|| Error::wrong(format!("{path} is unknown")))?;
        if let Some(into) = into.as_object_mut() {
            merge(&path, known, into.entry(name.clone()).or_insert(Value::Null), value)?;
        }
    }
    Ok(())
}

/// Whether an application can go by these tokens.
///
/// # Errors
/// One is empty, or there twice.
pub(super) fn check_tokens(field: &str, tokens: &[String]) -> Result<(), Error> {
    for (place, token) in tokens.iter().enumerate() {
        if token.is_empty() {
            return Err(Error::invalid(field, "a token must not be empty"));
        }
        if tokens[..place].contains(token) {
            return Err(Error::invalid(field, "a token is there twice"));
        }
    }
    Ok(())
}
