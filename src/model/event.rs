//! What has happened, for all who want to hear of it.

use std::sync::Arc;

use super::{
    channel::{Channel, Member},
    ids::{ChannelId, UserId},
    message::Message,
    moderation::{Block, Report, Sanction},
    reaction::Reaction,
    time::Timestamp,
    user::User,
};

/// Something that a verb did. It carries the rows as they were at that moment.
#[derive(Clone, Debug)]
pub enum Event {
    /// A user was created.
    UserCreated(Arc<User>),
    /// A user was changed.
    UserUpdated(Arc<User>),
    /// A user was deleted.
    UserRemoved(Arc<User>),
    /// A channel was created.
    ChannelCreated(Arc<Channel>),
    /// A channel was changed.
    ChannelUpdated(Arc<Channel>),
    /// A channel was deleted with all that was in it.
    ChannelRemoved(Arc<Channel>),
    /// A channel was frozen or thawed, as it says itself.
    ChannelFrozen(Arc<Channel>),
    /// Users became operators.
    OperatorsAdded {
        /// The channel as it is now.
        channel: Arc<Channel>,
        /// Those who were none before.
        users: Vec<UserId>,
    },
    /// Users are operators no more.
    OperatorsRemoved {
        /// The channel as it is now.
        channel: Arc<Channel>,
        /// Those who were some before.
        users: Vec<UserId>,
    },
    /// Users became operators of all channels of a custom type.
    TypeOperatorAdded {
        /// The custom type.
        custom_type: Box<str>,
        /// Who.
        user: UserId,
    },
    /// Metadata of a channel were set or deleted.
    ChannelMetadataChanged {
        /// The channel as it is now.
        channel: Arc<Channel>,
        /// Which keys.
        keys: Vec<String>,
    },
    /// Counters of a channel were set, counted or deleted.
    ChannelCountersChanged {
        /// The channel as it is now.
        channel: Arc<Channel>,
        /// Which keys.
        keys: Vec<String>,
    },
    /// Somebody was banned or muted, or for another time.
    UserSanctioned(Arc<Sanction>),
    /// A ban or a mute was lifted before its end.
    SanctionLifted(Arc<Sanction>),
    /// A user blocked another.
    UserBlocked(Arc<Block>),
    /// A user let another through again.
    UserUnblocked(Arc<Block>),
    /// Somebody complained.
    Reported(Arc<Report>),
    /// Somebody was invited and has to answer.
    MemberInvited(Arc<Member>),
    /// Somebody became a member.
    MemberJoined(Arc<Member>),
    /// Somebody invited said no.
    MemberDeclined(Arc<Member>),
    /// A member left.
    MemberLeft(Arc<Member>),
    /// A message was sent.
    MessageSent {
        /// The message.
        message: Arc<Message>,
        /// What it answers.
        parent: Option<Arc<Message>>,
        /// Whether devices are to be woken.
        push: bool,
    },
    /// A message was edited.
    MessageUpdated(Arc<Message>),
    /// A message was removed.
    MessageRemoved(Arc<Message>),
    /// Somebody reacted to a message.
    ReactionAdded(Arc<Reaction>),
    /// A member has read up to a moment.
    Read {
        /// Where.
        channel: ChannelId,
        /// Who.
        user: UserId,
        /// Up to when.
        at: Timestamp,
    },
}
