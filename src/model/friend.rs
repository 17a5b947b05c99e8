//! Who has whom among the friends.

use super::{ids::UserId, time::Timestamp};

/// One user's relation to another; the other need not have it too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Friend {
    /// Whose friend it is.
    pub user: UserId,
    /// The friend.
    pub friend: UserId,
    /// Grows with every relation: newer ones have higher numbers.
    pub number: i64,
    /// What the user calls the friend, or empty.
    pub name: Box<str>,
    /// The key under which the friend was found, if it was so.
    pub discovery_key: Option<Box<str>>,
}

/// The last that has become of a user's friend, for whoever asks what has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FriendChange {
    /// Whose friend it is or was.
    pub user: UserId,
    /// The friend.
    pub friend: UserId,
    /// When.
    pub at: Timestamp,
    /// Whether the friend is none any more; otherwise new, or another to look at.
    pub gone: bool,
}
