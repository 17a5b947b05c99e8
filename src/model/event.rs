//! What has happened, for all who want to hear of it.

use std::sync::Arc;

use super::{
    channel::{Channel, Member},
    ids::{ChannelId, UserId},
    message::Message,
    moderation::{Block, Report, Sanction},
    pin::Pin,
    poll::Poll,
    reaction::Reaction,
    scheduled::ScheduledMessage,
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
    /// A member's own list shows the channel again, or does not any more.
    MemberHid(Arc<Member>),
    /// What was said so far is not for the member any more.
    HistoryReset(Arc<Member>),
    /// A member has begun to write, or has stopped.
    Typing {
        /// Where.
        channel: ChannelId,
        /// Who.
        user: UserId,
        /// Whether the member writes.
        on: bool,
    },
    /// Somebody made a picture of the screen.
    Screenshot {
        /// Where.
        channel: ChannelId,
        /// Who, if that was said.
        user: Option<UserId>,
    },
    /// All session tokens of a user were taken back.
    SessionsRevoked(UserId),
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
    /// A message was scheduled, changed, sent, called off, or could not be sent.
    ScheduledMessageChanged(Arc<ScheduledMessage>),
    /// A poll was edited, closed or removed.
    PollUpdated(Arc<Poll>),
    /// Somebody has voted, or taken a vote back.
    PollVoted {
        /// The poll.
        poll: Arc<Poll>,
        /// Who.
        user: UserId,
    },
    /// Somebody took a reaction back.
    ReactionRemoved(Arc<Reaction>),
    /// Something that hangs on a message was changed: extra data or a translation.
    MessageTouched(Arc<Message>),
    /// A message was pinned to the top of its channel.
    MessagePinned(Arc<Pin>),
    /// A message was taken from the top of its channel.
    MessageUnpinned(Arc<Pin>),
    /// Messages up to a moment have reached a member's devices.
    Delivered {
        /// Where.
        channel: ChannelId,
        /// Whose devices.
        user: UserId,
        /// Up to when.
        at: Timestamp,
    },
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
