//! How an application wants to be treated, given a part at a time.

use serde_json::{Map, Value};

use super::Error;
use crate::{model::application::Settings, web::faults::plainly};

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

/// Settings with those that are given in place of what they were.
///
/// # Errors
/// There is no such setting, or it cannot be that.
pub(super) fn changed(settings: &Settings, given: &Map<String, Value>) -> Result<Settings, Error> {
    let mut whole = whole(settings);
    let mut changed = settings.clone();
    for (name, value) in given {
        if ELSEWHERE.contains(&&**name) || !whole.contains_key(name) {
            return Err(Error::wrong(format!("settings.{name} is unknown")));
        }
        whole.insert(name.clone(), value.clone());
        changed = serde_json::from_value(Value::Object(whole.clone())).map_err(|error| {
            Error::wrong(format!("settings.{name} is invalid: {}", plainly(&error.to_string())))
        })?;
    }
    if given.contains_key("tokens") {
        check_tokens("settings.tokens", &changed.tokens)?;
    }
    if changed.max_message_length == 0 {
        return Err(Error::invalid("settings.max_message_length", "it must be at least 1"));
    }
    Ok(changed)
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
