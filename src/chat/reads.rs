//! What members have read, and what they have not.

use super::{Error, Result, Rule, users};
use crate::{
    model::{
        application::ReplyPolicy,
        channel::{Channel, Member, MemberState},
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

/// What a user has not read in all group channels: messages, and channels that have some.
pub fn unread_everywhere(app: &Application, user: &UserId, counts: impl Fn(&Channel) -> bool) -> (usize, usize) {
    let channels = app.members.index().channels_of(user);
    let members = channels.filter_map(|channel| app.members.get(&(channel.clone(), user.clone())));
    let wanted = members.filter(|member| app.channels.get(&member.channel).is_some_and(|channel| counts(channel)));
    let unread = wanted.map(|member| unread(app, member).messages);
    unread.fold((0, 0), |(messages, channels), count| (messages + count, channels + usize::from(count > 0)))
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

/// Moves a member's receipt forward.
pub(super) fn advance(app: &mut Application, key: &(ChannelId, UserId), at: Timestamp) {
    if app.members.get(key).is_some_and(|member| member.read_at < at) {
        app.members.update(key, |member| member.read_at = at);
        let (channel, user) = key.clone();
        app.emit(Event::Read { channel, user, at });
    }
}
