//! What members have read, and what they have not.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    Error, Result, Rule, channels, membership,
    overview::{self, Overview},
    users,
};
use crate::{
    model::{
        application::ReplyPolicy,
        channel::{Channel, ChannelKind, Member, MemberState},
        event::Event,
        ids::{ChannelId, MessageId, UserId},
        message::Message,
        time::Timestamp,
    },
    state::{Application, messages::ChannelMessages, timeline::Parted},
};

/// What a member has not read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unread {
    /// Messages of others.
    pub messages: usize,
    /// Those among them that mention the member.
    pub mentions: usize,
}

/// What a member of a channel has not read. Somebody who is only invited has nothing to read.
pub fn unread(app: &Application, member: &Member) -> Unread {
    let messages = app.messages.index().channel(&member.channel);
    messages.map_or_else(Unread::default, |messages| unread_among(app, member, messages))
}

/// What of these messages of a channel a member has not read.
fn unread_among(app: &Application, member: &Member, channel: &ChannelMessages) -> Unread {
    let messages = new_messages(app, member, channel);
    let mentions = new_mentions(app, member, channel);
    Unread { messages, mentions }
}

/// How many of these messages of a channel are of others, and a member has not read them.
pub(super) fn new_messages(app: &Application, member: &Member, channel: &ChannelMessages) -> usize {
    let Some(since) = reads_since(member) else { return 0 };
    let count = |counted: &Parted| counted.count_after(since, app.settings().unread_policy);
    let all = count(&channel.counted);
    // Mostly there is nothing new, and then the own messages need not be looked for.
    if all == 0 { 0 } else { all - channel.by_sender.get(&member.user).map_or(0, count) }
}

/// How many of them mention the member.
fn new_mentions(app: &Application, member: &Member, channel: &ChannelMessages) -> usize {
    let Some(since) = reads_since(member) else { return 0 };
    let count = |counted: &Parted| counted.count_after(since, app.settings().unread_policy);
    let everyone = count(&channel.everyone) - channel.everyone_by_sender.get(&member.user).map_or(0, count);
    channel.mentions.get(&member.user).map_or(0, count) + everyone
}

/// From when on messages are new to a member; none for somebody who is only invited.
fn reads_since(member: &Member) -> Option<Timestamp> {
    let since = member.read_at.max(member.sees_after).max(member.counts_after);
    (member.state == MemberState::Joined).then_some(since)
}

/// Keeps a receipt that follows from a message which goes for good.
pub(super) fn outlive(app: &mut Application, message: &Message) {
    let Some(sender) = message.sender.as_ref().filter(|_| message.marks_read) else { return };
    let key = (message.channel.clone(), sender.user.clone());
    if app.members.get(&key).is_some_and(|member| member.read_at == message.created_at) {
        // As it is, but stored with the member from now on.
        app.members.update(&key, |_| {});
    }
}

/// Which channels go into a total. What is none does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TotalFilter {
    /// Large ones (true) or others (false).
    pub large: Option<bool>,
    /// Of one of these custom types.
    pub custom_types: Option<Vec<String>>,
}

impl TotalFilter {
    /// Whether that channel goes into the total.
    pub fn takes(&self, channel: &Channel) -> bool {
        self.large.is_none_or(|large| channel.large == large)
            && self.custom_types.as_ref().is_none_or(|types| types.iter().any(|one| **one == *channel.custom_type))
    }

    fn new_in(&self, overview: &Overview) -> Totals {
        let (messages, channels) = if *self == Self::default() {
            (overview.new, overview.with_new)
        } else {
            overview::counted(overview.channels().iter().filter(|own| self.takes(&own.channel)))
        };
        Totals { messages, channels, ..Totals::default() }
    }

    /// The memberships of a user in channels that go into the total, in the order of the ids of channels.
    pub(super) fn memberships<'a>(
        &self,
        app: &'a Application,
        user: &UserId,
    ) -> impl Iterator<Item = (&'a ChannelId, &'a Arc<Member>)> {
        let takes_all = self.large.is_none() && self.custom_types.is_none();
        let mut channels = app.channels.follow();
        let own = app.members.index().own(user.as_str()).into_iter().flatten();
        own.filter(move |(id, _)| takes_all || channels.at(id).is_some_and(|channel| self.takes(channel)))
    }
}

/// What a user has to read and to answer in all group channels, as far as the user counts it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Messages that are not read.
    pub messages: usize,
    /// Those that mention the user.
    pub mentions: usize,
    /// Channels that have some of them.
    pub channels: usize,
    /// Invitations that are not answered.
    pub invitations: usize,
}

/// What a user has to read and to answer in all group channels.
pub fn totals(app: &Application, user: &UserId, filter: &TotalFilter) -> Totals {
    overview::of(app, user, |overview| {
        let mut totals = filter.new_in(overview);
        for own in overview.channels().iter().filter(|own| filter.takes(&own.channel)) {
            if own.state == MemberState::Invited {
                totals.invitations += 1;
            } else if own.new > 0
                && own.member.counted.mentions()
                && let Some(messages) = app.messages.index().channel(&own.channel.id)
            {
                totals.mentions += new_mentions(app, &own.member, messages);
            }
        }
        totals
    })
}

/// How many messages a user has not read, by the custom type of channels that have one.
pub fn by_custom_type(app: &Application, user: &UserId) -> BTreeMap<Box<str>, usize> {
    overview::of(app, user, |overview| {
        let mut counts = BTreeMap::new();
        let own = overview.channels().iter();
        let counted = own.filter(|own| own.state == MemberState::Joined && own.member.counted.messages());
        for own in counted.filter(|own| !own.channel.custom_type.is_empty()) {
            *counts.entry(own.channel.custom_type.clone()).or_default() += own.new;
        }
        counts
    })
}

/// Of [`totals`], what is quickly told: how many messages are new, and in how many channels.
pub fn new_in_channels(app: &Application, user: &UserId, filter: &TotalFilter) -> Totals {
    overview::of(app, user, |overview| filter.new_in(overview))
}

/// Marks everything as read by a user: in these channels, or in all that the user has joined.
/// Channels in which the user is not are passed over.
///
/// # Errors
/// There is no such channel.
pub fn mark_all(app: &mut Application, user: &UserId, channels: Option<&[String]>) -> Result<()> {
    let wanted: Vec<ChannelId> = match channels {
        Some(ids) => {
            let find = |id: &String| channels::find(app, ChannelKind::Group, id).map(|channel| channel.id.clone());
            ids.iter().map(find).collect::<Result<_>>()?
        }
        None => app.members.index().channels_of(user).cloned().collect(),
    };
    for channel in wanted {
        let key = (channel, user.clone());
        if app.members.get(&key).is_some_and(|member| member.state == MemberState::Joined) {
            let at = newest(app, &key.0);
            advance(app, &key, at);
        }
    }
    Ok(())
}

/// Marks everything in a group channel as read by a member, and tells up to when that is. By the word, the
/// client that does it knows the event again.
///
/// # Errors
/// The user is no member, or has not joined yet.
pub fn mark(app: &mut Application, channel: &ChannelId, user: &str, word: Option<&str>) -> Result<Timestamp> {
    let key = joined(app, channel, user)?;
    let at = newest(app, channel);
    if advance_silently(app, &key, at) {
        tell(app, key, at, false, word);
    }
    Ok(at)
}

/// Sets a member's receipt to a message of the channel: it and what comes later is unread again; or, where
/// it stays read, only what comes later. Tells up to when the channel is read.
///
/// # Errors
/// The user is no member, or has not joined yet.
pub fn mark_at(
    app: &mut Application,
    channel: &ChannelId,
    user: &str,
    (message, stays_read): (&Message, bool),
    word: Option<&str>,
) -> Result<Timestamp> {
    let key = joined(app, channel, user)?;
    let at = if stays_read { message.created_at } else { Timestamp(message.created_at.0 - 1) };
    let reads_after = app.last_message_id();
    app.members.update(&key, |member| {
        member.read_at = at;
        // What the member has sent so far does not move it forward again.
        member.reads_after = reads_after;
        // What was there before the member counts too where the member says so.
        member.counts_after = member.counts_after.min(at);
    });
    tell(app, key, at, true, word);
    Ok(at)
}

/// The member who has joined.
fn joined(app: &Application, channel: &ChannelId, user: &str) -> Result<(ChannelId, UserId)> {
    let key = (channel.clone(), UserId::from(user));
    match app.members.get(&key).map(|member| member.state) {
        Some(MemberState::Joined) => Ok(key),
        Some(MemberState::Invited) => Err(Error::Forbidden(Rule::NotJoinedYet)),
        None => Err(Error::Forbidden(Rule::NotMember)),
    }
}

fn tell(
    app: &mut Application,
    (channel, user): (ChannelId, UserId),
    at: Timestamp,
    unread_again: bool,
    word: Option<&str>,
) {
    if let Some(user) = app.users.get(&user).cloned() {
        app.emit(Event::Read { channel, user, at, unread_again, word: word.map(Into::into) });
    }
}

/// Notes that all messages of a group channel have reached a member's devices, and tells up to when; nothing
/// where that was known.
///
/// # Errors
/// The user is no member, or has not joined yet.
pub fn deliver(app: &mut Application, channel: &ChannelId, user: &str) -> Result<Option<Timestamp>> {
    let key = joined(app, channel, user)?;
    let at = newest(app, channel);
    let member = app.members.get(&key).ok_or(Error::Forbidden(Rule::NotMember))?;
    if member.delivered_at.is_some_and(|known| known >= at) {
        return Ok(None);
    }
    app.members.update(&key, |member| member.delivered_at = Some(at));
    let (channel, user) = key;
    app.emit(Event::Delivered { channel, user, at });
    Ok(Some(at))
}

/// What each of these members has not read, in their order.
///
/// # Errors
/// There is no such user, or the user is no member.
pub fn unread_of(app: &Application, channel: &ChannelId, users: &[String]) -> Result<Vec<usize>> {
    let count = |user: &String| {
        let user = users::find(app, user)?;
        let member =
            app.members.get(&(channel.clone(), user.id.clone())).ok_or(Error::Forbidden(Rule::NotMember))?;
        Ok(unread(app, member).messages)
    };
    users.iter().map(count).collect()
}

/// The moment of the newest message of a channel, the removed ones included. Receipts are set by
/// it, never by the clock: a message that comes in the same millisecond is later, and is unread.
pub fn newest(app: &Application, channel: &ChannelId) -> Timestamp {
    let messages = app.messages.index().channel(channel).and_then(|messages| messages.all.last(ReplyPolicy::All));
    let created_at = app.channels.get(channel).map_or(Timestamp::ZERO, |channel| channel.created_at);
    messages.map_or(created_at, |(at, _)| at.max(created_at))
}

/// Brings marks of members back that are ahead of a message which has just come: up to a message that its sender has
/// dated into the future they would hide all that is said until then.
pub(super) fn come_back(app: &mut Application, message: &Message) {
    let (channel, at) = (&message.channel, message.created_at);
    let last = app.messages.index().channel(channel).and_then(|messages| messages.all.last(ReplyPolicy::All));
    if last.is_none_or(|(last, _)| last <= at) {
        return;
    }
    let before = Timestamp(at.0 - 1);
    let users: Vec<_> = membership::ids(app, channel).cloned().collect();
    for user in users {
        let key = (channel.clone(), user);
        let is_ahead = |member: &Member| member.read_at.max(member.sees_after).max(member.counts_after) >= at;
        if app.members.get(&key).is_some_and(|member| is_ahead(member)) {
            app.members.update(&key, |member| {
                for mark in [&mut member.read_at, &mut member.sees_after, &mut member.counts_after] {
                    *mark = (*mark).min(before);
                }
                // What the member has sent before this message does not move it forward again.
                member.reads_after = MessageId(message.id.0 - 1);
            });
        }
    }
}

/// Moves the receipt of a member who has read by sending. The message tells of it, so it is not
/// stored; an event tells of it only where others' messages were read by it.
pub(super) fn follow(app: &mut Application, key: &(ChannelId, UserId), at: Timestamp) {
    let Some(member) = app.members.get(key).filter(|member| member.read_at < at) else { return };
    let messages = app.messages.index().channel(&key.0);
    let passes_others = messages.is_some_and(|messages| new_messages(app, member, messages) > 0);
    app.members.derive(key, |member| member.read_at = at);
    if passes_others {
        tell(app, key.clone(), at, false, None);
    }
}

/// Moves a member's receipt forward, and tells of it.
pub(super) fn advance(app: &mut Application, key: &(ChannelId, UserId), at: Timestamp) {
    if advance_silently(app, key, at) {
        tell(app, key.clone(), at, false, None);
    }
}

/// Moves a member's receipt forward; whether it did is the answer.
fn advance_silently(app: &mut Application, key: &(ChannelId, UserId), at: Timestamp) -> bool {
    let moves = app.members.get(key).is_some_and(|member| member.read_at < at);
    moves && app.members.update(key, |member| member.read_at = at).is_some()
}
