//! What members have read, and what they have not.

use super::{Error, Result, Rule, channels, users};
use crate::{
    model::{
        application::ReplyPolicy,
        channel::{ChannelKind, Counted, Member, MemberState},
        event::Event,
        ids::{ChannelId, UserId},
        time::Timestamp,
    },
    state::{Application, timeline::Parted},
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
    if member.state == MemberState::Invited {
        return Unread::default();
    }
    let Some(channel) = app.messages.index().channel(&member.channel) else {
        return Unread::default();
    };
    let policy = app.settings().unread_policy;
    let since = member.read_at.max(member.sees_after).max(member.counts_after);
    let count = |counted: &Parted| counted.count_after(since, policy);
    let own = channel.by_sender.get(&member.user).map_or(0, count);
    let named = channel.mentions.get(&member.user).map_or(0, count);
    let everyone = count(&channel.everyone) - channel.everyone_by_sender.get(&member.user).map_or(0, count);
    Unread { messages: count(&channel.counted) - own, mentions: named + everyone }
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
    pub fn takes(&self, app: &Application, channel: &ChannelId) -> bool {
        if self.large.is_none() && self.custom_types.is_none() {
            return true;
        }
        app.channels.get(channel).is_some_and(|channel| {
            self.large.is_none_or(|large| channel.large == large)
                && self
                    .custom_types
                    .as_ref()
                    .is_none_or(|types| types.iter().any(|one| **one == *channel.custom_type))
        })
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
    let mut totals = Totals::default();
    let own = app.members.index().of_user(user);
    for member in own.filter(|member| filter.takes(app, &member.channel)) {
        if member.state == MemberState::Invited {
            totals.invitations += 1;
            continue;
        }
        if member.counted == Counted::Nothing {
            continue;
        }
        let unread = unread(app, member);
        if member.counted.messages() {
            totals.messages += unread.messages;
            totals.channels += usize::from(unread.messages > 0);
        }
        if member.counted.mentions() {
            totals.mentions += unread.mentions;
        }
    }
    totals
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

/// Marks everything in a group channel as read by a member.
///
/// # Errors
/// The user is no member, or has not joined yet.
pub fn mark(app: &mut Application, channel: &ChannelId, user: &str) -> Result<()> {
    let key = (channel.clone(), UserId::from(user));
    let member = app.members.get(&key).ok_or(Error::Forbidden(Rule::NotMember))?;
    if member.state == MemberState::Invited {
        return Err(Error::Forbidden(Rule::NotJoinedYet));
    }
    let at = newest(app, channel);
    advance(app, &key, at);
    Ok(())
}

/// Notes that all messages of a group channel have reached a member's devices, and tells up to when; nothing
/// where that was known.
///
/// # Errors
/// The user is no member, or has not joined yet.
pub fn deliver(app: &mut Application, channel: &ChannelId, user: &str) -> Result<Option<Timestamp>> {
    let key = (channel.clone(), UserId::from(user));
    let member = app.members.get(&key).ok_or(Error::Forbidden(Rule::NotMember))?;
    if member.state == MemberState::Invited {
        return Err(Error::Forbidden(Rule::NotJoinedYet));
    }
    let at = newest(app, channel);
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
pub(super) fn come_back(app: &mut Application, channel: &ChannelId, at: Timestamp) {
    let last = app.messages.index().channel(channel).and_then(|messages| messages.all.last(ReplyPolicy::All));
    if last.is_none_or(|(last, _)| last <= at) {
        return;
    }
    let before = Timestamp(at.0 - 1);
    let members = app.members.index().channel(channel);
    let users: Vec<_> = members.into_iter().flat_map(|members| members.by_number.values().cloned()).collect();
    for user in users {
        let key = (channel.clone(), user);
        let is_ahead = |member: &Member| member.read_at.max(member.sees_after).max(member.counts_after) >= at;
        if app.members.get(&key).is_some_and(|member| is_ahead(member)) {
            app.members.update(&key, |member| {
                for mark in [&mut member.read_at, &mut member.sees_after, &mut member.counts_after] {
                    *mark = (*mark).min(before);
                }
            });
        }
    }
}

/// Moves a member's receipt forward.
pub(super) fn advance(app: &mut Application, key: &(ChannelId, UserId), at: Timestamp) {
    if app.members.get(key).is_some_and(|member| member.read_at < at) {
        app.members.update(key, |member| member.read_at = at);
        let (channel, user) = key.clone();
        app.emit(Event::Read { channel, user, at });
    }
}
