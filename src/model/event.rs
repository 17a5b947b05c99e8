//! What has happened, for all who want to hear of it.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    channel::{Channel, Member, MemberView},
    content::{Consequence, ImageKind},
    friend::Friend,
    ids::{ChannelId, MessageId, UserId},
    message::Message,
    moderation::{Block, Report, Sanction},
    pin::Pin,
    poll::Poll,
    push::PushPreference,
    reaction::Reaction,
    scheduled::ScheduledMessage,
    time::Timestamp,
    user::{Profile, User},
    webhook::Delivery,
};

/// How many were in a channel at that moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Headcount {
    /// Members, joined and invited.
    pub members: usize,
    /// Those who have joined.
    pub joined: usize,
}

/// What outlives a verb that fails.
#[derive(Clone, Debug)]
pub enum Refused {
    /// What is told all the same.
    Told(Event),
    /// A user has said in a channel what is kept out of it.
    Offence(ChannelId, UserId),
}

/// Why a member is in a channel no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leaving {
    /// By the member's own wish, or a server's.
    Plain,
    /// By a ban, which is told for itself.
    Banned,
    /// The user may act no more.
    Deactivated,
    /// The user is deleted.
    Removed,
}

/// A channel that a ban or a mute concerns.
#[derive(Clone, Debug)]
pub struct Concerned {
    /// The channel.
    pub channel: Arc<Channel>,
    /// Whether the user was a member; a ban has ended that.
    pub member: bool,
    /// Who is in afterwards.
    pub count: Headcount,
}

/// What is pinned in a channel at that moment.
#[derive(Clone, Debug, Default)]
pub struct Pinned {
    /// All pinned messages, the one that was pinned last first.
    pub messages: Vec<MessageId>,
    /// The one that was pinned last.
    pub latest: Option<Arc<Message>>,
}

/// What has become of items that have keys and values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ItemChanges<T> {
    /// New ones.
    pub created: BTreeMap<String, T>,
    /// Known ones that have got a value.
    pub updated: BTreeMap<String, T>,
    /// Keys of those that are gone.
    pub deleted: Vec<String>,
}

impl<T: Clone> ItemChanges<T> {
    /// Makes these changes to items.
    pub fn apply(&self, items: &mut BTreeMap<String, T>) {
        let given = self.created.iter().chain(&self.updated);
        items.extend(given.map(|(key, value)| (key.clone(), value.clone())));
        items.retain(|key, _| !self.deleted.contains(key));
    }
}

/// Something that a verb did. It carries the rows as they were at that moment.
#[derive(Clone, Debug)]
pub enum Event {
    /// A user was created.
    UserCreated(Arc<User>),
    /// A user was changed.
    UserUpdated {
        /// The user as it is now.
        user: Arc<User>,
        /// The user as it was.
        before: Arc<User>,
    },
    /// A user was deleted.
    UserRemoved(Arc<User>),
    /// A user wants to be woken in another way.
    UserPushChanged(Arc<PushPreference>),
    /// A channel was created. Its first members are told of afterwards.
    ChannelCreated(Arc<Channel>),
    /// A channel was changed.
    ChannelUpdated {
        /// The channel as it is now.
        channel: Arc<Channel>,
        /// The channel as it was.
        before: Arc<Channel>,
    },
    /// A channel was deleted with all that was in it.
    ChannelRemoved {
        /// The channel as it was.
        channel: Arc<Channel>,
        /// Those who were members, joined or invited, or had entered it.
        members: Vec<UserId>,
    },
    /// A channel was frozen or thawed, as it says itself.
    ChannelFrozen {
        /// The channel.
        channel: Arc<Channel>,
        /// The user who did it; none for a server.
        by: Option<Arc<User>>,
    },
    /// A channel has other operators.
    OperatorsChanged {
        /// The channel as it is now.
        channel: Arc<Channel>,
        /// All operators now, those by its custom type too.
        operators: Vec<Arc<User>>,
        /// Those who were none before.
        added: Vec<Arc<User>>,
        /// Those who are none any more.
        removed: Vec<Arc<User>>,
        /// The user who did it; none for a server.
        by: Option<Arc<User>>,
    },
    /// A user became an operator of all channels of a custom type, or is none any more.
    TypeOperatorChanged {
        /// The custom type.
        custom_type: Box<str>,
        /// Who.
        user: Arc<User>,
        /// Whether the user is one now.
        operates: bool,
    },
    /// Metadata of a channel were set or deleted.
    ChannelMetadataChanged {
        /// The channel as it is now.
        channel: Arc<Channel>,
        /// Which.
        changes: ItemChanges<String>,
    },
    /// Counters of a channel were set, counted or deleted.
    ChannelCountersChanged {
        /// The channel as it is now.
        channel: Arc<Channel>,
        /// Which.
        changes: ItemChanges<i64>,
    },
    /// Somebody was banned or muted, or for another time. Whoever is taken out by it has left before.
    UserSanctioned {
        /// The ban or mute.
        sanction: Arc<Sanction>,
        /// Whom it is against.
        user: Arc<User>,
        /// The channel; of a custom type, those where the user was a member, and open ones.
        channels: Vec<Concerned>,
    },
    /// A ban or a mute was lifted before its end.
    SanctionLifted {
        /// The ban or mute.
        sanction: Arc<Sanction>,
        /// Whom it was against.
        user: Arc<User>,
        /// As with the sanction.
        channels: Vec<Concerned>,
    },
    /// A user blocked another.
    UserBlocked {
        /// The block.
        block: Arc<Block>,
        /// Who wants nothing.
        blocker: Arc<User>,
        /// Of whom.
        blocked: Arc<User>,
    },
    /// A user let another through again.
    UserUnblocked {
        /// The block that is gone.
        block: Arc<Block>,
        /// Who wanted nothing.
        blocker: Arc<User>,
        /// Of whom.
        blocked: Arc<User>,
    },
    /// Somebody complained.
    Reported(Arc<Report>),
    /// Users were invited, all in one go, and have to answer.
    MembersInvited {
        /// Where.
        channel: Arc<Channel>,
        /// Who invited them, where that is known.
        inviter: Option<Arc<User>>,
        /// The new members, in the order in which they came.
        members: Vec<MemberView>,
        /// Who is in now.
        count: Headcount,
    },
    /// Users became members, all in one go.
    MembersJoined {
        /// Where.
        channel: Arc<Channel>,
        /// Who invited them, where that is known.
        inviter: Option<Arc<User>>,
        /// The members, in the order in which they came.
        members: Vec<MemberView>,
        /// Who is in now.
        count: Headcount,
    },
    /// Somebody invited said no, or is taken out before having answered.
    MemberDeclined {
        /// Where.
        channel: Arc<Channel>,
        /// Who invited, where that is known.
        inviter: Option<Arc<User>>,
        /// The member that was.
        member: MemberView,
        /// Why.
        why: Leaving,
        /// Who is in now.
        count: Headcount,
    },
    /// A member left.
    MemberLeft {
        /// Where.
        channel: Arc<Channel>,
        /// The member that was.
        member: MemberView,
        /// Why.
        why: Leaving,
        /// Who is in now.
        count: Headcount,
    },
    /// A member's own list shows the channel again, or does not any more.
    MemberHid(Arc<Member>),
    /// What was said so far is not for the member any more.
    HistoryReset(Arc<Member>),
    /// Other things of the channel go into a member's totals.
    CountingChanged(Arc<Member>),
    /// The channel wakes a member's devices in another way.
    MemberPushChanged(Arc<Member>),
    /// A member has begun to write, or has stopped.
    Typing {
        /// Where.
        channel: ChannelId,
        /// Who.
        user: Arc<User>,
        /// Whether the member writes.
        on: bool,
    },
    /// Somebody has entered an open channel, or left it.
    Participation {
        /// Where.
        channel: Arc<Channel>,
        /// Who.
        user: Arc<Profile>,
        /// Entered or left.
        entered: bool,
        /// How many are in it now.
        count: usize,
    },
    /// The application's clock was put forward: what it says of sessions may be another thing now.
    ClockMoved,
    /// Somebody made a picture of the screen.
    Screenshot {
        /// Where.
        channel: ChannelId,
        /// Who, if that was said.
        user: Option<Arc<User>>,
    },
    /// Session tokens of a user were taken back, with the keys that they opened; or all keys were.
    SessionsRevoked(UserId),
    /// A message was sent.
    MessageSent {
        /// Where.
        channel: Arc<Channel>,
        /// The message.
        message: Arc<Message>,
        /// What it answers.
        parent: Option<Arc<Message>>,
        /// Whether devices are to be woken.
        push: bool,
        /// Whether the sender has read the channel by sending. An [`Event::Read`] tells of it only where that passed others' messages.
        marks_read: bool,
    },
    /// Words of a message that is sent or edited were covered, by a filter of words.
    WordsCovered {
        /// Where.
        channel: Arc<Channel>,
        /// The message as it is now.
        message: Arc<Message>,
        /// What it said.
        original: Box<str>,
    },
    /// A message was refused by a filter of words. It is told although nothing is left of the message.
    WordsRefused {
        /// Where.
        channel: Arc<Channel>,
        /// What the message was to be.
        message: Arc<Message>,
    },
    /// A message has words that a filter looks for and lets pass.
    WordsNoticed {
        /// Where.
        channel: Arc<Channel>,
        /// The message.
        message: Arc<Message>,
    },
    /// A user whose words were kept out again and again bears the consequence, which is told for itself too.
    OffenderModerated {
        /// Where.
        channel: Arc<Channel>,
        /// Who.
        user: Arc<Profile>,
        /// What becomes of the user.
        consequence: Consequence,
    },
    /// A message has a picture that is kept out. It is refused, or passes and is told of only.
    ImageFound {
        /// Where.
        channel: Arc<Channel>,
        /// Who sends it.
        user: Arc<Profile>,
        /// The words beside it.
        text: Box<str>,
        /// The name or the address of the picture.
        image: Box<str>,
        /// What it shows, and how likely that is, from 1 to 5.
        shows: Vec<(ImageKind, i64)>,
        /// Whether it passes.
        passes: bool,
    },
    /// A message was refused since its sender has sent too many of late. Nothing is left of the message.
    SentTooFast {
        /// Where.
        channel: Arc<Channel>,
        /// Who has sent it.
        user: Arc<Profile>,
    },
    /// A message was edited.
    MessageUpdated {
        /// Where.
        channel: Arc<Channel>,
        /// The message as it is now.
        message: Arc<Message>,
        /// The message as it was.
        before: Arc<Message>,
    },
    /// A message was removed, when it says itself.
    MessageRemoved {
        /// Where.
        channel: Arc<Channel>,
        /// The message.
        message: Arc<Message>,
    },
    /// Something that hangs on a message was changed: extra data or a translation.
    MessageTouched {
        /// Where.
        channel: Arc<Channel>,
        /// The message as it is now.
        message: Arc<Message>,
    },
    /// Somebody reacted to a message.
    ReactionAdded {
        /// Where.
        channel: Arc<Channel>,
        /// To what.
        message: Arc<Message>,
        /// Who.
        user: Arc<User>,
        /// The reaction.
        reaction: Arc<Reaction>,
    },
    /// Somebody took a reaction back.
    ReactionRemoved {
        /// Where.
        channel: Arc<Channel>,
        /// From what.
        message: Arc<Message>,
        /// Who.
        user: Arc<User>,
        /// The reaction, as it was.
        reaction: Arc<Reaction>,
        /// When it was taken back.
        at: Timestamp,
    },
    /// A message was scheduled, changed, sent, called off, or could not be sent.
    ScheduledMessageChanged(Arc<ScheduledMessage>),
    /// A poll was edited, closed or removed, when it says itself.
    PollUpdated(Arc<Poll>),
    /// Somebody has voted, or taken a vote back.
    PollVoted {
        /// The poll. It has changed later than it was edited.
        poll: Arc<Poll>,
        /// Who.
        user: Arc<User>,
        /// The user's whole choice now.
        choice: Vec<i64>,
        /// The options that have gained or lost a vote, and how many each has now.
        counts: Vec<(i64, usize)>,
        /// How many users have voted.
        voters: usize,
    },
    /// A message was pinned to the top of its channel.
    MessagePinned {
        /// Where.
        channel: Arc<Channel>,
        /// Which message.
        pin: Arc<Pin>,
        /// What is pinned now.
        pinned: Pinned,
    },
    /// A message was taken from the top of its channel, by itself or because it goes.
    MessageUnpinned {
        /// Where.
        channel: Arc<Channel>,
        /// Which message.
        pin: Arc<Pin>,
        /// What is pinned now.
        pinned: Pinned,
    },
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
        user: Arc<User>,
        /// Up to when.
        at: Timestamp,
        /// Whether the member wants what comes later to be unread again.
        unread_again: bool,
        /// By which the client that did it knows it again, if it has said something.
        word: Option<Box<str>>,
    },
    /// A call of a webhook is to be made.
    DeliveryDue(Arc<Delivery>),
    /// A user has found friends by the keys under which they let themselves be found.
    FriendsFound {
        /// Who.
        user: Arc<User>,
        /// The friends, with what the user calls them.
        friends: Vec<(Arc<User>, Arc<Friend>)>,
    },
}
