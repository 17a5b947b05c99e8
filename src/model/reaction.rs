//! Reactions to messages.

use super::{
    ids::{MessageId, UserId},
    time::Timestamp,
};

/// One user's reaction to one message with one emoji.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reaction {
    /// The message.
    pub message: MessageId,
    /// The emoji's key, without colons.
    pub key: Box<str>,
    /// Who reacted.
    pub user: UserId,
    /// When.
    pub updated_at: Timestamp,
}
