//! The ordered extra data of a message: keys, each with several values, in the order in which they came.

use std::sync::Arc;

use super::{Entity, Error, Field, Result, limits, messages};
use crate::{
    model::message::{Message, MetaItem},
    state::Application,
};

/// What an update does with the values that it is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Puts them behind those that are there.
    Add,
    /// Takes them out.
    Remove,
}

/// Adds keys that are not there yet.
///
/// # Errors
/// A key or value is too long, or a key is there already.
pub fn create(app: &mut Application, message: &Message, items: Vec<MetaItem>) -> Result<Arc<Message>> {
    limits::meta(&items)?;
    let known = message.meta();
    if items.iter().any(|item| known.iter().any(|known| known.key == item.key)) {
        return Err(Error::Taken(Field::MetaKey));
    }
    let all = known.iter().cloned().chain(items.into_iter().map(unique)).collect();
    replace(app, message, all)
}

/// Adds values to keys, or removes them. Keys that are not there come into being, or are passed over.
///
/// # Errors
/// A key or value is too long.
pub fn update(
    app: &mut Application,
    message: &Message,
    items: Vec<MetaItem>,
    mode: Mode,
    creates: bool,
) -> Result<Arc<Message>> {
    limits::meta(&items)?;
    let mut all = message.meta().to_vec();
    for item in items {
        match (all.iter_mut().find(|known| known.key == item.key), mode) {
            (Some(known), Mode::Add) => {
                for value in item.value {
                    if !known.value.contains(&value) {
                        known.value.push(value);
                    }
                }
            }
            (Some(known), Mode::Remove) => known.value.retain(|value| !item.value.contains(value)),
            (None, Mode::Add) if creates => all.push(unique(item)),
            (None, _) => {}
        }
    }
    replace(app, message, all)
}

/// Removes keys with all their values; all keys, where none are named.
///
/// # Errors
/// One of them is not there.
pub fn remove(app: &mut Application, message: &Message, keys: Option<&[String]>) -> Result<Arc<Message>> {
    let known = message.meta();
    let unknown = |key: &String| known.iter().all(|item| item.key != *key);
    if keys.is_some_and(|keys| keys.iter().any(unknown)) {
        return Err(Error::NotFound(Entity::MetaKey));
    }
    let stays = |item: &&MetaItem| keys.is_some_and(|keys| !keys.contains(&item.key));
    let all = known.iter().filter(stays).cloned().collect();
    replace(app, message, all)
}

/// A value stands once under its key.
fn unique(mut item: MetaItem) -> MetaItem {
    let mut values: Vec<String> = Vec::with_capacity(item.value.len());
    for value in item.value {
        if !values.contains(&value) {
            values.push(value);
        }
    }
    item.value = values;
    item
}

fn replace(app: &mut Application, message: &Message, all: Vec<MetaItem>) -> Result<Arc<Message>> {
    let touched = messages::touch(app, message, |details| details.meta = all);
    let message = touched.ok_or(Error::NotFound(Entity::Message))?;
    messages::tell_touched(app, &message);
    Ok(message)
}
