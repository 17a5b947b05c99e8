//! Verbs: the rules of chat, one file per resource, in plain synchronous code. Only here is
//! decided what may be done; nothing here knows how it is said on the wire.

pub mod acting;
pub mod actors;
pub mod blocks;
pub mod changelog;
pub mod channel_metadata;
pub mod channels;
pub mod content;
pub mod counters;
pub mod devices;
pub mod due;
pub mod emojis;
pub mod extra_data;
pub mod files;
pub mod friends;
mod images;
pub mod limits;
pub mod membership;
pub mod messages;
pub mod migration;
pub mod my_channels;
mod nicknames;
pub mod offences;
pub mod operators;
mod overview;
mod pace;
pub mod pins;
pub mod polls;
pub mod presence;
pub mod push;
pub mod reactions;
pub mod reads;
pub mod reports;
pub mod retention;
pub mod sanctions;
pub mod scheduled;
pub mod search;
pub mod sessions;
pub mod signals;
pub mod standing;
pub mod threads;
pub mod topics;
pub mod translations;
pub mod user_metadata;
pub mod users;
pub mod webhooks;
mod words;

use std::{cmp::Ordering, collections::BinaryHeap};

use crate::model::page::{Page, Place};

/// What went wrong, in the words of chat. Dialects say it in their own.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// There is no such thing.
    #[error("there is no such {0}")]
    NotFound(Entity),
    /// Something else has that value, which has to be unique.
    #[error("the {0} is taken")]
    Taken(Field),
    /// A text is longer than its field allows.
    #[error("the {field} is longer than {limit} characters")]
    TooLong {
        /// The field.
        field: Field,
        /// Its limit in characters.
        limit: usize,
    },
    /// A list has more items than its field allows.
    #[error("the {field} are more than {limit}")]
    TooMany {
        /// The field.
        field: Field,
        /// Its limit.
        limit: usize,
    },
    /// No more fit: members in a channel, channels with a user.
    #[error("the {0} is full")]
    Full(Entity),
    /// A text has a character that its field forbids, or is empty where that is forbidden.
    #[error("the {0} has a character that is not allowed, or is empty")]
    BadCharacter(Field),
    /// A value makes no sense.
    #[error("the {field} is invalid: {why}")]
    Invalid {
        /// The field.
        field: Field,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A number is outside its field's range.
    #[error("the {0} is out of range")]
    OutOfRange(Field),
    /// A rule forbids it as things are.
    #[error("{0}")]
    Forbidden(Rule),
    /// The user has sent as many messages in the channel as one may within some seconds.
    #[error("no more than {messages} messages in {seconds} s")]
    TooFast {
        /// How many one may send.
        messages: i64,
        /// Within how many seconds.
        seconds: i64,
        /// In how many milliseconds one message more is taken.
        wait: i64,
        /// In how many milliseconds as many are taken as at first.
        reset: i64,
    },
}

/// The things that can be missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entity {
    /// A user.
    User,
    /// A channel.
    Channel,
    /// A message.
    Message,
    /// A topic of a forum.
    Topic,
    /// A message that is to be sent later.
    ScheduledMessage,
    /// A poll.
    Poll,
    /// An option of a poll.
    PollOption,
    /// A device of a user.
    Device,
    /// One of the key and value texts of a user or a channel.
    MetadataItem,
    /// A reaction to a message.
    Reaction,
    /// A key of the extra data of a message.
    MetaKey,
    /// A pinned message.
    Pin,
    /// An emoji.
    Emoji,
    /// A group of emojis.
    EmojiCategory,
    /// A ban or a mute.
    Ban,
    /// A counter of a channel.
    Counter,
    /// What is settled for channels of a custom type.
    TypeSettings,
    /// Whom the application tells of what has happened.
    Webhook,
    /// A call of one of them.
    Delivery,
}

/// The fields that a rule can find fault with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The id of a user.
    UserId,
    /// The name of a user.
    Nickname,
    /// The picture of a user.
    Picture,
    /// The e-mail address of a user.
    Email,
    /// Languages that a user prefers.
    PreferredLanguages,
    /// Key and value texts.
    Metadata,
    /// One key of them.
    MetadataKey,
    /// One value of them.
    MetadataValue,
    /// The id of a channel.
    ChannelId,
    /// The name of a channel.
    ChannelName,
    /// The cover picture of a channel.
    Cover,
    /// The custom type of a channel or message.
    CustomType,
    /// Users who are to become members.
    Members,
    /// Users who are to become operators.
    Operators,
    /// Whether a channel is found again by its members.
    Distinct,
    /// Whether a channel may be joined freely.
    Public,
    /// The words of a message.
    Text,
    /// The kind of a message.
    MessageKind,
    /// What a message answers.
    Parent,
    /// The message that began the thread.
    Root,
    /// The ordered extra data of a message.
    Meta,
    /// One key of them.
    MetaKey,
    /// One value of them.
    MetaValue,
    /// The moment that a sender gives a message.
    CreatedAt,
    /// The word that stops duplicates.
    DedupId,
    /// The word by which clients know what they have sent.
    Request,
    /// How many messages before a place are asked for.
    Before,
    /// How many messages after a place are asked for.
    After,
    /// How many rows are asked for.
    Limit,
    /// The emoji of a reaction.
    Reaction,
    /// The topic of a forum.
    Topic,
    /// When a scheduled message is due.
    ScheduledAt,
    /// The question of a poll.
    PollTitle,
    /// The options of a poll.
    PollOptions,
    /// The words of one of them.
    PollOption,
    /// When a poll closes.
    CloseAt,
    /// The options that a user chooses.
    Choice,
    /// Members who are writing.
    Typers,
    /// When a session token expires.
    ExpiresAt,
    /// An hour of the day.
    Hour,
    /// A minute of an hour.
    Minute,
    /// The name of a time zone.
    Timezone,
    /// Up to when devices are silent.
    SnoozeUntil,
    /// Users who are to become friends.
    Friends,
    /// Keys under which friends are found.
    DiscoveryKeys,
    /// Different emojis with which users reacted to one message.
    ReactionKinds,
    /// Messages that are pinned in one channel.
    Pins,
    /// Messages that are brought in from elsewhere.
    Migrated,
    /// Files of one message.
    Files,
    /// Languages into which words are to be brought.
    Languages,
    /// What is searched for.
    Term,
    /// The name of a group of emojis.
    EmojiCategory,
    /// The key of an emoji.
    EmojiKey,
    /// The picture of an emoji, or of a group of them.
    EmojiPicture,
    /// For how many seconds something holds.
    Seconds,
    /// Why a user is banned.
    BanDescription,
    /// Why a user is muted.
    MuteDescription,
    /// Numbers that a channel counts.
    Counters,
    /// The key of one of them.
    CounterKey,
    /// One of these numbers.
    CounterValue,
    /// The kind of offence of a report.
    ReportCategory,
    /// What a report says.
    ReportDescription,
    /// Users who are asked for by their ids.
    AskedUsers,
    /// Members by whom channels are asked for.
    AskedMembers,
    /// Words that are kept out of messages.
    Filter,
    /// The longest text of a message.
    MaxLength,
    /// How many messages a user may send in one channel.
    Pace,
    /// Within how many seconds.
    PaceSeconds,
    /// How many hours messages are kept.
    Retention,
    /// From which likelihood on pictures are kept out.
    ImageLimit,
    /// How often words of a user are kept out before something becomes of the user.
    OffenceCount,
    /// Within how many seconds.
    OffenceSeconds,
    /// Those whom the application tells of what has happened.
    Webhooks,
}

/// The rules that forbid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Only members may.
    NotMember,
    /// An invitation has to be accepted first.
    NotJoinedYet,
    /// There is no invitation to answer.
    NotInvited,
    /// The channel is frozen.
    Frozen,
    /// Only operators may.
    NotOperator,
    /// The user is deactivated.
    Deactivated,
    /// There is no user whom that token could be of.
    NoAccount,
    /// The token is none of that user, or its time is over, or there has to be one.
    BadToken,
    /// The session is not known, or its time is over.
    SessionExpired,
    /// The session was taken back.
    SessionRevoked,
    /// Announcements take no replies.
    NoReplyToAdmin,
    /// Announcements are no replies.
    NoAdminReply,
    /// Replies take no replies.
    NoReplyToReply,
    /// The channel is not public.
    NotPublic,
    /// The access code is wrong.
    WrongAccessCode,
    /// The scheduled message was sent or called off.
    NotPending,
    /// Only texts in group channels that keep messages carry polls, and not scheduled ones.
    PollNotHere,
    /// The poll was sent before.
    PollSent,
    /// The poll is closed.
    PollClosed,
    /// The poll takes no options of users.
    NoSuggestions,
    /// Reactions are turned off.
    ReactionsOff,
    /// Announcements take no reactions.
    NoReactionToAdmin,
    /// Channels of this kind have no pinned messages.
    NoPinsHere,
    /// Silent messages cannot be pinned.
    NoSilentPin,
    /// Only texts can be translated.
    NoWordsToTranslate,
    /// Only in group channels has a message several files.
    OneFileHere,
    /// The emojis that come with the service stay as they are.
    BuiltInEmoji,
    /// The user is banned and may not write.
    Banned,
    /// The user is muted.
    Muted,
    /// The user is banned from the channel and may not come in.
    BannedFromChannel,
    /// The user is banned from channels of that custom type and may not come in.
    BannedFromType,
    /// The other one of two blocks the sender.
    Blocked,
    /// The other one of two is deactivated.
    ReceiverGone,
    /// Who invites does not invite those whom they block.
    InvitesBlocked,
    /// Who is blocked does not invite those who block.
    InvitesBlocker,
    /// Users do not block themselves.
    BlocksSelf,
    /// One of those who are to lose the office has none.
    NotAllOperators,
    /// Only servers may.
    ServerOnly,
    /// Only the user whom it concerns may.
    NotSelf,
    /// Who acts for himself in the channel has to be in it.
    Outsider,
    /// Only who made it may.
    NotSender,
    /// The message has a word that is kept out.
    WordKeptOut,
    /// The message has a link, and links are kept out.
    LinkKeptOut,
    /// The message has an address of a domain that is kept out.
    DomainKeptOut,
    /// The message has a picture that is kept out.
    ImageKeptOut,
}

/// What a verb answers.
pub type Result<T> = std::result::Result<T, Error>;

/// The part of a list that comes after a place, in the order of places.
fn page_of<T>(
    items: impl Iterator<Item = T>,
    place: impl Fn(&T) -> Place,
    after: Option<&Place>,
    limit: usize,
) -> Page<T> {
    page_by(items.map(|item| (place(&item), item)), |_| true, after, limit)
}

/// The part of a list that comes after a place, in the order of ranks. Only items that would stand
/// in it are asked whether they are taken, so that is mostly asked of few.
fn page_by<T, K>(
    items: impl Iterator<Item = (K, T)>,
    takes: impl Fn(&T) -> bool,
    after: Option<&Place>,
    limit: usize,
) -> Page<T>
where
    K: Ord + Into<Place> + for<'p> From<&'p Place>,
{
    let after = after.map(K::from);
    // The first ones so far, and one more that tells whether there is a rest; the last is on top.
    let mut first: BinaryHeap<Ranked<K, T>> = BinaryHeap::new();
    for (rank, item) in items {
        let stands_behind = |last: &Ranked<K, T>| first.len() > limit && rank >= last.0;
        if after.as_ref().is_some_and(|after| rank <= *after) || first.peek().is_some_and(stands_behind) {
            continue;
        }
        if takes(&item) {
            first.push(Ranked(rank, item));
            if first.len() > limit + 1 {
                first.pop();
            }
        }
    }
    let mut first = first.into_sorted_vec();
    let more = first.len() > limit;
    first.truncate(limit);
    let mut items = Vec::with_capacity(first.len());
    let mut last = None;
    for Ranked(rank, item) in first {
        items.push(item);
        last = Some(rank);
    }
    Page { items, next: last.filter(|_| more).map(K::into) }
}

/// Whether a text has another one in it that is in small letters, whatever its own case.
fn contains(text: &str, part: &str) -> bool {
    if text.is_ascii() && part.is_ascii() {
        let part = part.as_bytes();
        part.is_empty() || text.as_bytes().windows(part.len()).any(|here| here.eq_ignore_ascii_case(part))
    } else {
        text.to_lowercase().contains(part)
    }
}

/// Whether a text begins with another one that is in small letters, whatever its own case.
fn begins_with(text: &str, beginning: &str) -> bool {
    if text.is_ascii() && beginning.is_ascii() {
        text.get(..beginning.len()).is_some_and(|here| here.eq_ignore_ascii_case(beginning))
    } else {
        text.to_lowercase().starts_with(beginning)
    }
}

/// The first part of a list that is in order already.
fn first_of<T>(items: impl Iterator<Item = T>, limit: usize, place: impl FnOnce(&T) -> Place) -> Page<T> {
    let mut items: Vec<_> = items.take(limit + 1).collect();
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| more).map(place);
    Page { items, next }
}

/// An item that is compared by its rank alone.
struct Ranked<K, T>(K, T);

impl<K: Ord, T> PartialEq for Ranked<K, T> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<K: Ord, T> Eq for Ranked<K, T> {}

impl<K: Ord, T> PartialOrd for Ranked<K, T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<K: Ord, T> Ord for Ranked<K, T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}
