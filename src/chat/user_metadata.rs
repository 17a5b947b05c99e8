//! What clients hang on users: key and value texts. Every change makes a new picture of the user;
//! messages sent before keep the old one.

use std::sync::Arc;

use super::{Entity, Error, Field, Result, limits};
use crate::{
    model::{
        Metadata,
        event::Event,
        user::{Profile, User},
    },
    state::Application,
};

/// Adds items.
///
/// # Errors
/// There would be too many of them, one is too long, or one is there already.
pub fn add(app: &mut Application, user: &User, items: &Metadata) -> Result<()> {
    limits::metadata(items)?;
    let mut all = user.profile.metadata.clone();
    if items.keys().any(|key| all.contains_key(key)) {
        return Err(Error::Taken(Field::MetadataKey));
    }
    all.extend(items.clone());
    keep(app, user, all)
}

/// Changes items, and tells those that it changed. Items that are not there are added with
/// `upsert`, and else passed over.
///
/// # Errors
/// There would be too many of them, or one is too long.
pub fn change(app: &mut Application, user: &User, mut items: Metadata, upsert: bool) -> Result<Metadata> {
    limits::metadata(&items)?;
    let mut all = user.profile.metadata.clone();
    items.retain(|key, _| upsert || all.contains_key(key));
    all.extend(items.clone());
    keep(app, user, all)?;
    Ok(items)
}

/// Changes one item.
///
/// # Errors
/// It is too long, there would be too many, or it is not there and `upsert` does not say to add it.
pub fn change_one(app: &mut Application, user: &User, key: &str, value: String, upsert: bool) -> Result<Metadata> {
    let changed = change(app, user, Metadata::from([(key.to_owned(), value)]), upsert)?;
    if changed.is_empty() { Err(Error::NotFound(Entity::MetadataItem)) } else { Ok(changed) }
}

/// The value of one item.
///
/// # Errors
/// It is not there.
pub fn find<'a>(user: &'a User, key: &str) -> Result<&'a str> {
    user.profile.metadata.get(key).map(String::as_str).ok_or(Error::NotFound(Entity::MetadataItem))
}

/// Removes one item.
///
/// # Errors
/// It is not there.
pub fn remove(app: &mut Application, user: &User, key: &str) -> Result<()> {
    find(user, key)?;
    let mut rest = user.profile.metadata.clone();
    rest.remove(key);
    keep(app, user, rest)
}

/// Removes all items.
///
/// # Errors
/// None in practice: nothing is never too much.
pub fn clear(app: &mut Application, user: &User) -> Result<()> {
    keep(app, user, Metadata::new())
}

fn keep(app: &mut Application, user: &User, metadata: Metadata) -> Result<()> {
    limits::items(Field::Metadata, metadata.len())?;
    if metadata == user.profile.metadata {
        return Ok(());
    }
    let number = app.next_number();
    let profile = app.profiles.put(Profile { number, metadata, ..Profile::clone(&user.profile) });
    if let Some(before) = app.users.get(&user.id).cloned()
        && let Some(user) = app.users.update(&user.id, |user| user.profile = Arc::clone(&profile))
    {
        app.emit(Event::UserUpdated { user, before });
    }
    Ok(())
}
