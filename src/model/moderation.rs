//! What keeps users from writing, and what they hold against each other: bans, mutes, blocks,
//! reports; and who operates channels of a custom type.

use std::sync::Arc;

use super::{
    ids::{ChannelId, MessageId, UserId},
    time::Timestamp,
    user::Profile,
};

/// What is kept from a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SanctionKind {
    /// Being there at all.
    Ban,
    /// Writing.
    Mute,
}

/// Where a sanction holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// In one channel.
    Channel(ChannelId),
    /// In every channel of a custom type.
    CustomType(Box<str>),
}

/// A ban or a mute. It ends by itself when its time has come: whoever looks at it has to ask
/// whether it still holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sanction {
    /// Ban or mute.
    pub kind: SanctionKind,
    /// Where it holds.
    pub scope: Scope,
    /// Whom it is against.
    pub user: UserId,
    /// Its number in the application: newer ones have higher numbers.
    pub number: i64,
    /// Since when.
    pub starts_at: Timestamp,
    /// Until when.
    pub ends_at: Timestamp,
    /// Meant for good, though it has an end.
    pub lasting: bool,
    /// Why.
    pub description: Box<str>,
    /// Who said so, where that is known.
    pub agent: Option<UserId>,
}

impl Sanction {
    /// Whether it still holds at that moment.
    pub fn holds(&self, now: Timestamp) -> bool {
        now < self.ends_at
    }
}

/// When words of a user were kept out of a channel, as far as that still counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OffenceRecord {
    /// The channel.
    pub channel: ChannelId,
    /// The user.
    pub user: UserId,
    /// When that was.
    pub at: Vec<Timestamp>,
}

/// One user who wants nothing of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Who wants nothing.
    pub blocker: UserId,
    /// Of whom.
    pub blocked: UserId,
    /// Its number in the application: newer ones have higher numbers.
    pub number: i64,
    /// Since when.
    pub created_at: Timestamp,
}

/// A user who is an operator of every channel of a custom type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeOperator {
    /// The custom type.
    pub custom_type: Box<str>,
    /// The user.
    pub user: UserId,
    /// Since when.
    pub created_at: Timestamp,
}

/// What somebody complains about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReportKind {
    /// A channel.
    Channel,
    /// A user, in a channel.
    User,
    /// A message.
    Message,
}

/// What reports can be about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// A channel.
    Channel(ChannelId),
    /// A user.
    User(UserId),
    /// A message.
    Message(MessageId),
}

/// A complaint. It stays when what it is about is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Its number in the application, in the order of creation.
    pub number: i64,
    /// Channel, user or message.
    pub kind: ReportKind,
    /// The kind of offence.
    pub category: Box<str>,
    /// What the client calls a kind of offence of its own, or empty.
    pub custom_category: Box<str>,
    /// Who complains, as that user looked then.
    pub reporter: Option<Arc<Profile>>,
    /// Who is complained about, as that user looked then.
    pub offender: Option<Arc<Profile>>,
    /// Where.
    pub channel: ChannelId,
    /// The message.
    pub message: Option<MessageId>,
    /// What the one who complains says.
    pub description: Box<str>,
    /// When.
    pub created_at: Timestamp,
}
