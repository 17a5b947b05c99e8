//! What a user wants of a thread.

use super::ids::{MessageId, UserId};

/// Whether a user's devices are woken for the replies to one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThreadPush {
    /// The message that began the thread.
    pub message: MessageId,
    /// The user.
    pub user: UserId,
    /// Whether they are.
    pub enabled: bool,
}
