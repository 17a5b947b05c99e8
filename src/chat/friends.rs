//! Friends: whom a user knows, by name or by the keys under which others let themselves be found.

use std::sync::Arc;

use super::{Error, Field, Result, limits, users};
use crate::{
    model::{
        event::Event,
        friend::{Friend, FriendChange},
        ids::UserId,
        page::{Page, Place},
        user::User,
    },
    state::Application,
};

/// A friend with the user behind it.
#[derive(Clone, Debug)]
pub struct FriendView {
    /// The relation.
    pub friend: Arc<Friend>,
    /// The user.
    pub user: Arc<User>,
}

/// Somebody whom a user knows elsewhere.
#[derive(Clone, Debug)]
pub struct Contact {
    /// The key under which the contact may be found here.
    pub key: String,
    /// What the user calls the contact.
    pub name: String,
}

/// Those who are meant: by id, or by the keys under which they are found.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Users.
    pub users: Vec<String>,
    /// Keys; one under which nobody is found is passed over.
    pub keys: Vec<String>,
}

/// Makes users the friends of a user, and tells which. Those who are friends already stay so.
///
/// # Errors
/// These are too many, one of them does not exist, or is the user.
pub fn add(app: &mut Application, user: &User, wanted: &Wanted) -> Result<Vec<FriendView>> {
    limits::items(Field::Friends, wanted.users.len())?;
    limits::items(Field::DiscoveryKeys, wanted.keys.len())?;
    let mut found: Vec<(Arc<User>, Option<Box<str>>)> = Vec::new();
    for id in &wanted.users {
        found.push((users::find(app, id)?, None));
    }
    if found.iter().any(|(friend, _)| friend.id == user.id) {
        return Err(Error::Invalid { field: Field::Friends, why: "Nobody is the own friend" });
    }
    for (friend, key) in discovered(app, &wanted.keys).filter(|(friend, _)| friend.id != user.id) {
        found.push((Arc::clone(friend), Some(key.into())));
    }
    let mut added: Vec<FriendView> = Vec::new();
    for (friend, discovery_key) in found {
        if added.iter().any(|view| view.user.id == friend.id) {
            continue;
        }
        let key = (user.id.clone(), friend.id.clone());
        let known = app.friends.get(&key).cloned();
        let friend_row = known.unwrap_or_else(|| {
            let number = app.next_number();
            let name = Box::default();
            app.note_friend(&key.0, &key.1, false);
            app.friends.put(Friend { user: key.0, friend: key.1, number, name, discovery_key })
        });
        added.push(FriendView { friend: friend_row, user: friend });
    }
    Ok(added)
}

/// Users who are found under one of these keys, each with the first of them.
fn discovered<'a>(app: &'a Application, keys: &'a [String]) -> impl Iterator<Item = (&'a Arc<User>, &'a str)> + 'a {
    let everybody = if keys.is_empty() { None } else { Some(app.users.iter()) };
    everybody.into_iter().flatten().filter_map(move |user| {
        let key = keys.iter().find(|key| user.discovery_keys.contains(key)).filter(|_| user.discoverable)?;
        Some((user, key.as_str()))
    })
}

/// Makes friends of all who are found under keys of a user's contacts, and keeps by what name the user
/// knows them.
///
/// # Errors
/// There are too many contacts.
pub fn discover(app: &mut Application, user: &Arc<User>, contacts: &[Contact]) -> Result<()> {
    limits::items(Field::DiscoveryKeys, contacts.len())?;
    let keys: Vec<_> = contacts.iter().map(|contact| contact.key.clone()).collect();
    let found = discovered(app, &keys).filter(|(found, _)| found.id != user.id);
    let found: Vec<_> = found.map(|(found, key)| (Arc::clone(found), key.to_owned())).collect();
    let mut friends = Vec::new();
    for (found, key) in found {
        let name = contacts.iter().find(|contact| contact.key == key).map(|contact| contact.name.as_str().into());
        let known = app.friends.get(&(user.id.clone(), found.id.clone())).cloned();
        let is_new = known.is_none();
        let number = known.as_ref().map_or_else(|| app.next_number(), |friend| friend.number);
        let friend = app.friends.put(Friend {
            user: user.id.clone(),
            friend: found.id.clone(),
            number,
            name: name.unwrap_or_default(),
            discovery_key: Some(key.into()),
        });
        if known.is_none_or(|known| known != friend) {
            app.note_friend(&user.id, &found.id, false);
        }
        if is_new {
            friends.push((found, friend));
        }
    }
    if !friends.is_empty() {
        app.emit(Event::FriendsFound { user: Arc::clone(user), friends });
    }
    Ok(())
}

/// Takes back contacts of a user: those who were found under these keys are friends no more.
pub fn forget_contacts(app: &mut Application, user: &User, keys: &[String]) {
    let found = of(app, &user.id)
        .filter(|friend| friend.discovery_key.as_deref().is_some_and(|found| keys.iter().any(|key| key == found)));
    let gone: Vec<_> = found.map(|friend| friend.friend.clone()).collect();
    for friend in gone {
        part(app, &user.id, friend);
    }
}

/// Ends that one is among the friends of a user, if that is so.
fn part(app: &mut Application, user: &UserId, friend: UserId) {
    if let Some(friend) = app.friends.remove(&(user.clone(), friend)) {
        app.note_friend(user, &friend.friend, true);
    }
}

/// The friends of a user, the newest first.
pub fn list(app: &Application, user: &User, after: Option<&Place>, limit: usize) -> Page<FriendView> {
    let friends = of(app, &user.id).filter_map(|friend| view(app, friend));
    let place = |view: &FriendView| Place { number: -view.friend.number, text: String::new() };
    super::page_of(friends, place, after, limit)
}

pub(super) fn view(app: &Application, friend: &Arc<Friend>) -> Option<FriendView> {
    Some(FriendView { user: Arc::clone(app.users.get(&friend.friend)?), friend: Arc::clone(friend) })
}

fn of<'a>(app: &'a Application, user: &'a UserId) -> impl Iterator<Item = &'a Arc<Friend>> {
    let first = (user.clone(), UserId::first());
    app.friends.range(first..).take_while(move |friend| friend.user == *user)
}

/// Takes users from the friends of a user; those who are none are passed over.
pub fn remove(app: &mut Application, user: &User, wanted: &Wanted) {
    let named = wanted.users.iter().map(|id| UserId::from(id.as_str()));
    let found = discovered(app, &wanted.keys).map(|(friend, _)| friend.id.clone());
    let gone: Vec<_> = named.chain(found).collect();
    for friend in gone {
        part(app, &user.id, friend);
    }
}

/// Forgets a user who is deleted: the own friends, and those who have the user as a friend.
pub(super) fn forget(app: &mut Application, user: &UserId) {
    let own: Vec<_> = of(app, user).map(|friend| friend.friend.clone()).collect();
    for friend in own {
        app.friends.remove(&(user.clone(), friend));
    }
    let others: Vec<_> = app.friends.index().having(user).cloned().collect();
    for other in others {
        part(app, &other, user.clone());
    }
    let changes: Vec<_> = changes(app, user).map(|change| change.friend.clone()).collect();
    for friend in changes {
        app.friend_changes.remove(&(user.clone(), friend));
    }
}

/// What has become of a user's friends.
pub(super) fn changes<'a>(app: &'a Application, user: &'a UserId) -> impl Iterator<Item = &'a Arc<FriendChange>> {
    let first = (user.clone(), UserId::first());
    app.friend_changes.range(first..).take_while(move |change| change.user == *user)
}
