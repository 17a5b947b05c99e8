//! Messages that are to be sent later.

use super::{
    ids::{ChannelId, MessageId, UserId},
    message::{Details, Mention, MessageKind},
    time::Timestamp,
};

/// What has become of a scheduled message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScheduledState {
    /// It waits for its moment.
    Pending,
    /// It was sent.
    Sent,
    /// Its moment came and the channel did not take it.
    Failed,
    /// Somebody called it off.
    Canceled,
    /// Its sender left before the moment.
    Removed,
}

/// A message that is to be sent when the application's clock reaches a moment.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts of a message, one column each")]
pub struct ScheduledMessage {
    /// Its number in the application.
    pub number: i64,
    /// Where it is to stand.
    pub channel: ChannelId,
    /// Text, file or announcement.
    pub kind: MessageKind,
    /// Who sends it; nobody sends an announcement.
    pub sender: Option<UserId>,
    /// The words.
    pub text: Box<str>,
    /// A word by which clients sort their messages.
    pub custom_type: Box<str>,
    /// Free text of the client.
    pub data: Box<str>,
    /// Whom it calls upon.
    pub mention: Mention,
    /// Neither counted nor pushed.
    pub silent: bool,
    /// Whether the sender has read the channel by sending.
    pub marks_read: bool,
    /// Whether devices are to be woken.
    pub push: bool,
    /// What it answers.
    pub parent: Option<MessageId>,
    /// A reply that is shown in the channel too.
    pub in_channel: bool,
    /// Extra data, the file and the like.
    pub details: Option<Box<Details>>,
    /// When it was scheduled.
    pub created_at: Timestamp,
    /// When it was last changed, or zero.
    pub updated_at: Timestamp,
    /// When it is due.
    pub scheduled_at: Timestamp,
    /// What has become of it.
    pub state: ScheduledState,
    /// When it was sent, or zero.
    pub sent_at: Timestamp,
    /// The message that it became.
    pub message: Option<MessageId>,
}
