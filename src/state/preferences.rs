//! The indexes of session tokens, devices and friends.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::table::{Index, Row};
use crate::model::{
    departure::Departure,
    friend::{Friend, FriendChange},
    ids::{ChannelId, UserId},
    push::{DeviceKind, DeviceToken, PushPreference},
    session::{SessionKey, SessionToken},
};

impl Row for SessionToken {
    type Key = (UserId, i64);

    fn key(&self) -> Self::Key {
        (self.user.clone(), self.number)
    }
}

/// Session tokens by what the client shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionIndex {
    by_token: BTreeMap<Box<str>, (UserId, i64)>,
}

impl SessionIndex {
    /// Which one that token is.
    pub fn with_token(&self, token: &str) -> Option<&(UserId, i64)> {
        self.by_token.get(token)
    }
}

impl Index<SessionToken> for SessionIndex {
    fn add(&mut self, session: &Arc<SessionToken>) {
        self.by_token.insert(session.token.clone(), session.key());
    }

    fn remove(&mut self, session: &Arc<SessionToken>) {
        self.by_token.remove(&session.token);
    }
}

impl Row for SessionKey {
    type Key = Box<str>;

    fn key(&self) -> Box<str> {
        self.key.clone()
    }
}

/// Session keys of each user, the oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionKeyIndex {
    by_user: BTreeMap<UserId, BTreeMap<i64, Box<str>>>,
}

impl SessionKeyIndex {
    /// The keys of a user, the oldest first.
    pub fn of(&self, user: &UserId) -> impl Iterator<Item = &str> {
        self.by_user.get(user).into_iter().flat_map(BTreeMap::values).map(AsRef::as_ref)
    }
}

impl Index<SessionKey> for SessionKeyIndex {
    fn add(&mut self, key: &Arc<SessionKey>) {
        self.by_user.entry(key.user.clone()).or_default().insert(key.number, key.key.clone());
    }

    fn remove(&mut self, key: &Arc<SessionKey>) {
        if let Some(own) = self.by_user.get_mut(&key.user) {
            own.remove(&key.number);
            if own.is_empty() {
                self.by_user.remove(&key.user);
            }
        }
    }
}

impl Row for PushPreference {
    type Key = UserId;

    fn key(&self) -> UserId {
        self.user.clone()
    }
}

impl Row for DeviceToken {
    type Key = (UserId, DeviceKind, Box<str>);

    fn key(&self) -> Self::Key {
        (self.user.clone(), self.kind, self.token.clone())
    }
}

/// Devices by their token: who has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeviceIndex {
    by_token: BTreeSet<(DeviceKind, Box<str>, UserId)>,
}

impl DeviceIndex {
    /// The users who have that device, in the order of their ids.
    pub fn owners<'a>(&'a self, kind: DeviceKind, token: &'a str) -> impl Iterator<Item = &'a UserId> {
        let first = (kind, Box::<str>::from(token), UserId::first());
        let same = move |(of, known, _): &&(DeviceKind, Box<str>, UserId)| *of == kind && **known == *token;
        self.by_token.range(first..).take_while(same).map(|(_, _, user)| user)
    }
}

impl Index<DeviceToken> for DeviceIndex {
    fn add(&mut self, device: &Arc<DeviceToken>) {
        self.by_token.insert((device.kind, device.token.clone(), device.user.clone()));
    }

    fn remove(&mut self, device: &Arc<DeviceToken>) {
        self.by_token.remove(&(device.kind, device.token.clone(), device.user.clone()));
    }
}

impl Row for Friend {
    type Key = (UserId, UserId);

    fn key(&self) -> Self::Key {
        (self.user.clone(), self.friend.clone())
    }
}

/// Friends by who has them: needed when somebody goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FriendIndex {
    by_friend: BTreeSet<(UserId, UserId)>,
}

impl FriendIndex {
    /// The users who have that one among their friends.
    pub fn having<'a>(&'a self, friend: &'a UserId) -> impl Iterator<Item = &'a UserId> {
        let first = (friend.clone(), UserId::first());
        self.by_friend.range(first..).take_while(move |(of, _)| of == friend).map(|(_, user)| user)
    }
}

impl Index<Friend> for FriendIndex {
    fn add(&mut self, friend: &Arc<Friend>) {
        self.by_friend.insert((friend.friend.clone(), friend.user.clone()));
    }

    fn remove(&mut self, friend: &Arc<Friend>) {
        self.by_friend.remove(&(friend.friend.clone(), friend.user.clone()));
    }
}

impl Row for FriendChange {
    type Key = (UserId, UserId);

    fn key(&self) -> Self::Key {
        (self.user.clone(), self.friend.clone())
    }
}

impl Row for Departure {
    type Key = (UserId, ChannelId);

    fn key(&self) -> Self::Key {
        (self.user.clone(), self.channel.clone())
    }
}
