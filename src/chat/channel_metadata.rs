//! Metadata of channels: texts that clients hang on them.

use std::sync::Arc;

use super::{Entity, Error, Field, Result, limits};
use crate::{
    model::{
        Metadata,
        channel::Channel,
        event::{Event, ItemChanges},
    },
    state::Application,
};

/// Hangs new items on a channel; with `upsert`, also in place of known ones.
///
/// # Errors
/// An item is not allowed, or its key is known.
pub fn create(app: &mut Application, channel: &Channel, items: Metadata, upsert: bool) -> Result<Arc<Channel>> {
    limits::metadata(&items)?;
    if !upsert && items.keys().any(|key| channel.metadata.contains_key(key)) {
        return Err(Error::Taken(Field::MetadataKey));
    }
    Ok(set(app, channel, items))
}

/// Changes items, and tells those that have changed. What the channel does not have is passed
/// over, or comes in with `upsert`.
///
/// # Errors
/// An item is not allowed.
pub fn update(
    app: &mut Application,
    channel: &Channel,
    mut items: Metadata,
    upsert: bool,
) -> Result<(Arc<Channel>, Metadata)> {
    limits::metadata(&items)?;
    items.retain(|key, _| upsert || channel.metadata.contains_key(key));
    let channel = set(app, channel, items.clone());
    Ok((channel, items))
}

/// Changes one item.
///
/// # Errors
/// It is not allowed; or the channel does not have it, and it is not to come in.
pub fn update_item(
    app: &mut Application,
    channel: &Channel,
    key: &str,
    value: String,
    upsert: bool,
) -> Result<Arc<Channel>> {
    if !upsert {
        item(channel, key)?;
    }
    let items = Metadata::from([(key.to_owned(), value)]);
    limits::metadata(&items)?;
    Ok(set(app, channel, items))
}

/// The value of one item.
///
/// # Errors
/// The channel does not have it.
pub fn item<'a>(channel: &'a Channel, key: &str) -> Result<&'a str> {
    channel.metadata.get(key).map(String::as_str).ok_or(Error::NotFound(Entity::MetadataItem))
}

fn set(app: &mut Application, channel: &Channel, items: Metadata) -> Arc<Channel> {
    let known = |key: &String| channel.metadata.contains_key(key);
    let (updated, created): (Metadata, _) = items.into_iter().partition(|(key, _)| known(key));
    change(app, channel, ItemChanges { created, updated, deleted: Vec::new() })
}

/// Takes one item off.
///
/// # Errors
/// The channel does not have it.
pub fn remove_item(app: &mut Application, channel: &Channel, key: &str) -> Result<Arc<Channel>> {
    item(channel, key)?;
    Ok(remove(app, channel, Some(&[key.to_owned()])))
}

/// Takes these items off, or all of them.
pub fn remove(app: &mut Application, channel: &Channel, keys: Option<&[String]>) -> Arc<Channel> {
    let goes = |key: &&String| keys.is_none_or(|keys| keys.contains(*key));
    let deleted = channel.metadata.keys().filter(goes).cloned().collect();
    change(app, channel, ItemChanges { deleted, ..ItemChanges::default() })
}

fn change(app: &mut Application, channel: &Channel, changes: ItemChanges<String>) -> Arc<Channel> {
    if changes == ItemChanges::default() {
        return Arc::new(channel.clone());
    }
    let mut new = channel.clone();
    changes.apply(&mut new.metadata);
    // Clients tell by it which of two states is the later one.
    new.metadata_updated_at = app.now().max(channel.metadata_updated_at.next());
    let channel = app.channels.put(new);
    app.emit(Event::ChannelMetadataChanged { channel: Arc::clone(&channel), changes });
    channel
}
