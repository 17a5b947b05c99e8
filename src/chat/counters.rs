//! Counters of channels: numbers that clients count up and down, each step for itself.

use std::collections::BTreeMap;

use super::{Entity, Error, Field, Result, limits};
use crate::{
    model::{
        channel::Channel,
        event::{Event, ItemChanges},
    },
    state::Application,
};

/// Numbers by key.
pub type Counters = BTreeMap<String, i64>;

/// What is done with a number that is given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// It takes the place of the one before.
    #[default]
    Set,
    /// It is added.
    Increase,
    /// It is taken away.
    Decrease,
}

fn check(counters: &Counters) -> Result<()> {
    limits::items(Field::Counters, counters.len())?;
    counters.keys().try_for_each(|key| check_key(key))
}

fn check_key(key: &str) -> Result<()> {
    limits::text(Field::CounterKey, key)?;
    if key.is_empty() || key.contains(',') { Err(Error::BadCharacter(Field::CounterKey)) } else { Ok(()) }
}

/// Begins to count; with `upsert`, also anew what is counted already.
///
/// # Errors
/// A key is not allowed, or known.
pub fn create(app: &mut Application, channel: &Channel, counters: Counters, upsert: bool) -> Result<()> {
    check(&counters)?;
    if !upsert && counters.keys().any(|key| channel.counters.contains_key(key)) {
        return Err(Error::Taken(Field::CounterKey));
    }
    set(app, channel, counters);
    Ok(())
}

/// Sets or counts, and tells the new numbers. What the channel does not have is passed over, or
/// comes in with `upsert`, counted from zero.
///
/// # Errors
/// A key is not allowed, or a number grows too large.
pub fn update(
    app: &mut Application,
    channel: &Channel,
    counters: Counters,
    mode: Mode,
    upsert: bool,
) -> Result<Counters> {
    check(&counters)?;
    let mut new = Counters::new();
    for (key, number) in counters {
        let before = match channel.counters.get(&key) {
            Some(before) => *before,
            None if upsert => 0,
            None => continue,
        };
        let after = match mode {
            Mode::Set => Some(number),
            Mode::Increase => before.checked_add(number),
            Mode::Decrease => before.checked_sub(number),
        };
        new.insert(key, after.ok_or(Error::OutOfRange(Field::CounterValue))?);
    }
    set(app, channel, new.clone());
    Ok(new)
}

/// Sets or counts one number, and tells the new one.
///
/// # Errors
/// As [`update`]; or the channel does not have it, and it is not to come in.
pub fn update_item(
    app: &mut Application,
    channel: &Channel,
    key: &str,
    number: i64,
    mode: Mode,
    upsert: bool,
) -> Result<Counters> {
    if !upsert {
        item(channel, key)?;
    }
    update(app, channel, Counters::from([(key.to_owned(), number)]), mode, upsert)
}

/// One number.
///
/// # Errors
/// The channel does not have it.
pub fn item(channel: &Channel, key: &str) -> Result<i64> {
    channel.counters.get(key).copied().ok_or(Error::NotFound(Entity::Counter))
}

/// Stops to count one number.
///
/// # Errors
/// The channel does not have it.
pub fn remove_item(app: &mut Application, channel: &Channel, key: &str) -> Result<()> {
    item(channel, key)?;
    remove(app, channel, Some(&[key.to_owned()]));
    Ok(())
}

/// Stops to count these numbers, or all of them.
pub fn remove(app: &mut Application, channel: &Channel, keys: Option<&[String]>) {
    let goes = |key: &&String| keys.is_none_or(|keys| keys.contains(*key));
    let deleted = channel.counters.keys().filter(goes).cloned().collect();
    change(app, channel, ItemChanges { deleted, ..ItemChanges::default() });
}

fn set(app: &mut Application, channel: &Channel, counters: Counters) {
    let known = |key: &String| channel.counters.contains_key(key);
    let (updated, created): (Counters, _) = counters.into_iter().partition(|(key, _)| known(key));
    change(app, channel, ItemChanges { created, updated, deleted: Vec::new() });
}

fn change(app: &mut Application, channel: &Channel, changes: ItemChanges<i64>) {
    if changes == ItemChanges::default() {
        return;
    }
    if let Some(channel) = app.channels.update(&channel.id, |channel| changes.apply(&mut channel.counters)) {
        app.emit(Event::ChannelCountersChanged { channel, changes });
    }
}
