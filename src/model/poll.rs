//! Polls: a question with options, and who has chosen which.

use super::{
    Extra,
    ids::{ChannelId, MessageId, UserId},
    time::Timestamp,
};

/// Whether a poll takes votes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PollState {
    /// It does.
    Open,
    /// Not any more.
    Closed,
    /// It is gone; kept for those who ask what has changed.
    Removed,
}

/// A question.
#[derive(Clone, Debug, PartialEq)]
pub struct Poll {
    /// Its number in the application.
    pub number: i64,
    /// The question.
    pub title: Box<str>,
    /// What the client has hung on it.
    pub data: Extra,
    /// Whether users may add options.
    pub takes_suggestions: bool,
    /// Whether a user may choose several options.
    pub takes_several_votes: bool,
    /// When it closes by itself, or zero for never.
    pub close_at: Timestamp,
    /// Whether it takes votes.
    pub state: PollState,
    /// Who made it, where that is known.
    pub created_by: Option<UserId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last edited, or zero. A vote is no edit.
    pub updated_at: Timestamp,
    /// When anything about it last changed.
    pub changed_at: Timestamp,
    /// Grows with every change of any poll.
    pub change: i64,
    /// Where it was sent.
    pub channel: Option<ChannelId>,
    /// The message with which it was sent.
    pub message: Option<MessageId>,
}

/// One answer that a poll offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PollOption {
    /// The poll.
    pub poll: i64,
    /// Its number in the application; options are in this order.
    pub number: i64,
    /// The words.
    pub text: Box<str>,
    /// Who added it, where that is known.
    pub created_by: Option<UserId>,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it was last edited, or zero.
    pub updated_at: Timestamp,
}

/// One user's choice of one option.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vote {
    /// The poll.
    pub poll: i64,
    /// The option.
    pub option: i64,
    /// Who chose it.
    pub user: UserId,
    /// When.
    pub voted_at: Timestamp,
}
