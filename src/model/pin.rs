//! Messages at the top of their channels.

use super::{
    ids::{ChannelId, MessageId},
    time::Timestamp,
};

/// A message that is pinned in its channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pin {
    /// The channel.
    pub channel: ChannelId,
    /// The message.
    pub message: MessageId,
    /// Grows with every pin of the application: newer pins have higher numbers.
    pub number: i64,
    /// When.
    pub pinned_at: Timestamp,
}
