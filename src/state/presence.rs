//! Who is here right now: live connections and the open channels that they have entered. It lives
//! and dies with the process, and is never stored.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::ids::{ChannelId, ConnectionId, UserId};

/// Who is here right now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Presence {
    connections: BTreeMap<UserId, BTreeSet<ConnectionId>>,
    entered: BTreeMap<ChannelId, BTreeMap<UserId, BTreeSet<ConnectionId>>>,
}

impl Presence {
    /// Notes a connection, and tells whether it is the first of that user.
    pub fn connect(&mut self, user: &UserId, connection: ConnectionId) -> bool {
        let connections = self.connections.entry(user.clone()).or_default();
        connections.insert(connection);
        connections.len() == 1
    }

    /// Forgets a connection, and tells whether it was the last of that user.
    pub fn disconnect(&mut self, user: &UserId, connection: ConnectionId) -> bool {
        let Some(connections) = self.connections.get_mut(user) else { return false };
        let was_there = connections.remove(&connection);
        let none_left = connections.is_empty();
        if none_left {
            self.connections.remove(user);
        }
        was_there && none_left
    }

    /// Whether a user has a connection.
    pub fn is_connected(&self, user: &UserId) -> bool {
        self.connections.contains_key(user)
    }

    /// The same connections, none of which has entered a channel.
    #[must_use]
    pub fn connected(&self) -> Self {
        Self { connections: self.connections.clone(), entered: BTreeMap::new() }
    }

    /// Notes that a connection has entered an open channel, and tells whether the user was not
    /// there before.
    pub fn enter(&mut self, channel: &ChannelId, user: &UserId, connection: ConnectionId) -> bool {
        let connections = self.entered.entry(channel.clone()).or_default().entry(user.clone()).or_default();
        connections.insert(connection);
        connections.len() == 1
    }

    /// Notes that a connection has left an open channel, and tells whether the user is not there
    /// any more.
    pub fn exit(&mut self, channel: &ChannelId, user: &UserId, connection: ConnectionId) -> bool {
        let Some(users) = self.entered.get_mut(channel) else { return false };
        let Some(connections) = users.get_mut(user) else { return false };
        let was_there = connections.remove(&connection);
        let none_left = connections.is_empty();
        if none_left {
            users.remove(user);
        }
        if users.is_empty() {
            self.entered.remove(channel);
        }
        was_there && none_left
    }

    /// Puts a user out of an open channel with all connections, and tells whether the user was there.
    pub fn expel(&mut self, channel: &ChannelId, user: &UserId) -> bool {
        let Some(users) = self.entered.get_mut(channel) else { return false };
        let was_there = users.remove(user).is_some();
        if users.is_empty() {
            self.entered.remove(channel);
        }
        was_there
    }

    /// Forgets who has entered a channel, and tells who that was.
    pub fn clear(&mut self, channel: &ChannelId) -> Vec<UserId> {
        self.entered.remove(channel).map(|users| users.into_keys().collect()).unwrap_or_default()
    }

    /// The open channels that a connection has entered.
    pub fn channels_of(&self, user: &UserId, connection: ConnectionId) -> Vec<ChannelId> {
        let entered = self.entered.iter();
        let mine = entered.filter(|(_, users)| users.get(user).is_some_and(|all| all.contains(&connection)));
        mine.map(|(channel, _)| channel.clone()).collect()
    }

    /// The users who have entered an open channel.
    pub fn participants(&self, channel: &str) -> impl Iterator<Item = &UserId> {
        self.entered.get(channel).into_iter().flat_map(BTreeMap::keys)
    }

    /// How many users have entered an open channel.
    pub fn count(&self, channel: &str) -> usize {
        self.entered.get(channel).map_or(0, BTreeMap::len)
    }

    /// The connections that have entered an open channel.
    pub fn connections_in(&self, channel: &str) -> impl Iterator<Item = ConnectionId> {
        self.entered.get(channel).into_iter().flat_map(BTreeMap::values).flatten().copied()
    }
}
