//! That somebody is not in a channel any more.

use super::{
    ids::{ChannelId, UserId},
    time::Timestamp,
};

/// A user and a channel that were together; gone when they are so again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Departure {
    /// The user.
    pub user: UserId,
    /// The channel, which may be gone too.
    pub channel: ChannelId,
    /// Since when.
    pub at: Timestamp,
}
