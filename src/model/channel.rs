//! Channels and who is in them.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    Extra, Metadata,
    file::Link,
    ids::{ChannelId, MessageId, UserId},
    moderation::Sanction,
    push::PushTrigger,
    time::Timestamp,
    user::{Profile, User},
};

/// The two kinds of channel, which differ in who may read and write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChannelKind {
    /// Has members; only they write, and what they have read is kept.
    Group,
    /// Anybody may write; nothing is kept of who has read.
    Open,
}

/// A channel of either kind.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "independent switches that clients set one by one")]
pub struct Channel {
    /// Which channel it is.
    pub id: ChannelId,
    /// Its number in the application, in the order of creation.
    pub number: i64,
    /// Group or open.
    pub kind: ChannelKind,
    /// The name that is shown.
    pub name: Box<str>,
    /// The cover picture.
    pub cover: Link,
    /// A word by which clients sort their channels.
    pub custom_type: Box<str>,
    /// Free text of the client.
    pub data: Box<str>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it or its members last changed.
    pub changed_at: Timestamp,
    /// Who created it, where that is known.
    pub created_by: Option<Arc<Profile>>,
    /// Made to be found again by its set of members.
    pub distinct: bool,
    /// May be joined without an invitation.
    pub public: bool,
    /// A channel for very many members.
    pub large: bool,
    /// Only operators write.
    pub broadcast: bool,
    /// A large channel whose members cannot be listed by members.
    pub exclusive: bool,
    /// Messages are passed on, not kept.
    pub ephemeral: bool,
    /// A public channel that is shown in searches.
    pub discoverable: bool,
    /// What must be shown to join, or empty.
    pub access_code: Box<str>,
    /// Only operators write, for now.
    pub frozen: bool,
    /// An open channel that splits itself when it is crowded.
    pub partitioned: bool,
    /// Only servers may make users join.
    pub joined_by_servers_only: bool,
    /// After how many seconds messages disappear; -1 for never.
    pub survival_seconds: i64,
    /// Operators in the order in which they were registered.
    pub operators: Vec<UserId>,
    /// What the client has hung on the channel.
    pub metadata: Metadata,
    /// When that was last changed, or zero.
    pub metadata_updated_at: Timestamp,
    /// Numbers that clients count up and down.
    pub counters: BTreeMap<String, i64>,
    /// Returning.AI's kind of an open channel (`open`, `forum`, …).
    pub style: Box<str>,
    /// What no rule reads.
    pub extra: Extra,
}

impl Channel {
    /// How many seconds its messages last, where they disappear.
    pub fn survives(&self) -> Option<i64> {
        Some(self.survival_seconds).filter(|seconds| *seconds > 0)
    }

    /// Whether that user is an operator here.
    pub fn is_operated_by(&self, user: &str) -> bool {
        self.operators.iter().any(|operator| operator.as_str() == user)
    }
}

/// Where somebody stands with a group channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberState {
    /// Asked to come in, has not answered.
    Invited,
    /// Is in.
    Joined,
}

/// Whether a member's own list shows the channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hidden {
    /// Shown.
    No,
    /// Hidden until the next message.
    UntilNextMessage,
    /// Hidden until the member shows it again.
    ForGood,
}

/// What of a channel goes into a member's totals of what is unread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Counted {
    /// Messages and mentions.
    #[default]
    All,
    /// Messages.
    Messages,
    /// Mentions.
    Mentions,
    /// Nothing.
    Nothing,
}

impl Counted {
    /// Whether messages go into totals.
    pub fn messages(self) -> bool {
        matches!(self, Self::All | Self::Messages)
    }

    /// Whether mentions go into totals.
    pub fn mentions(self) -> bool {
        matches!(self, Self::All | Self::Mentions)
    }
}

/// One user's standing in one group channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The channel.
    pub channel: ChannelId,
    /// The user.
    pub user: UserId,
    /// Grows with every membership of the application: newer members have higher numbers.
    pub number: i64,
    /// Invited or joined.
    pub state: MemberState,
    /// When the user was invited.
    pub invited_at: Timestamp,
    /// Who invited, where that is known.
    pub inviter: Option<UserId>,
    /// When the user joined; zero for somebody invited.
    pub joined_at: Timestamp,
    /// Up to when the user has read.
    pub read_at: Timestamp,
    /// The latest message of the application when that began anew. Those that the member sends later
    /// move it forward, and it follows from them.
    pub reads_after: MessageId,
    /// Up to when messages have reached the user's devices; none if never.
    pub delivered_at: Option<Timestamp>,
    /// Messages at or before this are not for this user.
    pub sees_after: Timestamp,
    /// Messages at or before this were there before the user, and do not count as unread.
    pub counts_after: Timestamp,
    /// Whether the user's own list shows the channel.
    pub hidden: Hidden,
    /// What of the channel goes into the user's totals.
    pub counted: Counted,
    /// Which messages of the channel wake the user's devices; none: as the user has it in general.
    pub push: Option<PushTrigger>,
    /// The sound with which they do, or empty for the default.
    pub push_sound: Box<str>,
}

/// A member with the user behind it.
#[derive(Clone, Debug)]
pub struct MemberView {
    /// The standing.
    pub member: Arc<Member>,
    /// The user.
    pub user: Arc<User>,
    /// Whether the user is an operator here.
    pub operator: bool,
    /// The mute that keeps the user from writing here, if there is one.
    pub mute: Option<Arc<Sanction>>,
    /// What the user and the one who asks have against each other, if somebody asks.
    pub blocks: Option<Blocks>,
}

/// Who of two users blocks whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Blocks {
    /// The one who asks blocks the other.
    pub by_asker: bool,
    /// The other blocks the one who asks.
    pub of_asker: bool,
}
