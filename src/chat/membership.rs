//! Who is in a group channel: invitations, joining, leaving.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{
    Entity, Error, Field, Result, Rule, blocks, content, limits, my_channels::StateFilter, operators, reads,
    sanctions, scheduled, users,
};
use crate::{
    model::{
        channel::{Channel, ChannelKind, Counted, Hidden, Member, MemberState, MemberView},
        event::{Event, Headcount, Leaving},
        ids::{ChannelId, UserId},
        moderation::SanctionKind,
        page::{Page, Place},
        time::Timestamp,
        user::User,
    },
    state::Application,
};

/// Users who are to come in, and how.
#[derive(Clone, Debug, Default)]
pub struct Invitation {
    /// The users, in order; one named twice comes in once.
    pub users: Vec<String>,
    /// Who invites.
    pub inviter: Option<String>,
    /// For some of them: whether they are in at once, whatever they prefer.
    pub states: BTreeMap<String, MemberState>,
    /// For some of them: whether their own list shows the channel.
    pub hidden: BTreeMap<String, Hidden>,
}

/// Whether a user may read and write as one of the channel: everybody in an open channel, those
/// who have joined in a group channel.
pub fn has_joined(app: &Application, channel: &Channel, user: &UserId) -> bool {
    match channel.kind {
        ChannelKind::Open => sanctions::not_banned(app, channel, user).is_ok(),
        ChannelKind::Group => find(app, &channel.id, user).is_some_and(is_joined),
    }
}

/// The member of that channel and user.
pub fn find<'a>(app: &'a Application, channel: &ChannelId, user: &UserId) -> Option<&'a Arc<Member>> {
    app.members.get(&(channel.clone(), user.clone()))
}

fn is_joined(member: &Arc<Member>) -> bool {
    member.state == MemberState::Joined
}

/// How many members there are, and how many of them have joined.
pub fn counts(app: &Application, channel: &ChannelId) -> (usize, usize) {
    let members = app.members.index().channel(channel);
    members.map_or((0, 0), |members| (members.by_number.len(), members.joined))
}

/// Who is in a group channel, joined or invited, the oldest membership first.
pub fn ids<'a>(app: &'a Application, channel: &ChannelId) -> impl Iterator<Item = &'a UserId> {
    app.members.index().channel(channel).into_iter().flat_map(|members| members.by_number.values())
}

/// Whether a user has joined a group channel and may see what was said in it at a moment.
pub fn sees(app: &Application, channel: &ChannelId, user: &UserId, at: Timestamp) -> bool {
    find(app, channel, user).is_some_and(|member| is_joined(member) && member.sees_after < at)
}

/// The members of a channel, the newest first.
pub fn newest_first<'a>(app: &'a Application, channel: &'a Channel) -> impl Iterator<Item = MemberView> + 'a {
    let users = app.members.index().channel(&channel.id).into_iter();
    users.flat_map(|members| members.by_number.values().rev()).filter_map(|user| view(app, channel, user))
}

fn view(app: &Application, channel: &Channel, user: &UserId) -> Option<MemberView> {
    view_of(app, channel, find(app, &channel.id, user)?)
}

fn view_of(app: &Application, channel: &Channel, member: &Arc<Member>) -> Option<MemberView> {
    Some(MemberView {
        member: Arc::clone(member),
        user: Arc::clone(app.users.get(&member.user)?),
        operator: operators::is_operator(app, channel, &member.user),
        mute: sanctions::holding(app, SanctionKind::Mute, channel, &member.user).cloned(),
        blocks: None,
    })
}

/// Who is in a channel, as events tell it.
pub(super) fn headcount(app: &Application, channel: &ChannelId) -> Headcount {
    let (members, joined) = counts(app, channel);
    Headcount { members, joined }
}

/// Whether a user has joined as many group channels as one may.
fn is_everywhere(app: &Application, user: &UserId) -> bool {
    let most = app.settings().capacity.joined_channels;
    let own = app.members.index().own(user.as_str());
    // Invitations are counted only where they could make the difference.
    own.is_some_and(|own| own.len() >= most && own.values().filter(|member| is_joined(member)).count() >= most)
}

/// Refuses a user who has joined as many group channels as one may.
pub(super) fn may_join_another(app: &Application, user: &UserId) -> Result<()> {
    if is_everywhere(app, user) { Err(Error::Full(Entity::User)) } else { Ok(()) }
}

/// Refuses more members than a channel takes.
fn has_room(app: &Application, channel: &Channel, more: usize) -> Result<()> {
    let capacity = app.settings().capacity;
    let most = if channel.large { capacity.large_members } else { capacity.members };
    if more > 0 && counts(app, &channel.id).0 + more > most { Err(Error::Full(Entity::Channel)) } else { Ok(()) }
}

/// Invites users to a group channel. Those who accept invitations in general are in at once;
/// those who are members already are left as they are, and those who have joined as many channels
/// as one may are passed over.
///
/// # Errors
/// A user does not exist, or is banned, or the channel is full.
pub fn invite(app: &mut Application, channel: &Channel, invitation: &Invitation) -> Result<Arc<Channel>> {
    limits::items(Field::Members, invitation.users.len())?;
    for user in &invitation.users {
        users::find(app, user)?;
    }
    if let Some(inviter) = &invitation.inviter {
        users::find(app, inviter)?;
    }
    blocks::may_invite(app, invitation)?;
    for user in &invitation.users {
        sanctions::may_enter(app, channel, &UserId::from(user.as_str()))?;
    }
    let new: BTreeSet<_> = invitation.users.iter().map(|user| UserId::from(user.as_str())).collect();
    let new = new.iter().filter(|user| find(app, &channel.id, user).is_none() && !is_everywhere(app, user));
    has_room(app, channel, new.count())?;
    let before = counts(app, &channel.id);
    admit(app, channel, invitation, false);
    if counts(app, &channel.id) != before {
        return Ok(no_longer_distinct(app, channel));
    }
    Ok(Arc::new(channel.clone()))
}

/// Lets users in who are known to exist, or invites them.
pub(super) fn admit(app: &mut Application, channel: &Channel, invitation: &Invitation, at_creation: bool) {
    let (mut in_at_once, mut asked) = (Vec::new(), Vec::new());
    for id in &invitation.users {
        let key = (channel.id.clone(), UserId::from(id.as_str()));
        let Some(user) = app.users.get(&key.1) else { continue };
        if app.members.contains(&key) || is_everywhere(app, &key.1) {
            continue;
        }
        // One text of the id for all memberships of the user.
        let key = (key.0, user.id.clone());
        let prefers = if user.accepts_invitations { MemberState::Joined } else { MemberState::Invited };
        let state = invitation.states.get(id).copied().unwrap_or(prefers);
        let hidden = invitation.hidden.get(id).copied().unwrap_or(Hidden::No);
        let mut member = new_member(app, key, state, hidden, invitation.inviter.as_deref());
        if at_creation && state == MemberState::Joined {
            member.read_at = channel.created_at;
            member.sees_after = Timestamp::ZERO;
        }
        let member = app.members.put(member);
        match state {
            MemberState::Joined => in_at_once.push(member),
            MemberState::Invited => asked.push(member),
        }
    }
    let inviter = invitation.inviter.as_deref().and_then(|inviter| app.users.get(inviter)).cloned();
    tell_of_new(app, channel, inviter.as_ref(), &in_at_once, |channel, inviter, members, count| {
        Event::MembersJoined { channel, inviter, members, count }
    });
    tell_of_new(app, channel, inviter.as_ref(), &asked, |channel, inviter, members, count| Event::MembersInvited {
        channel,
        inviter,
        members,
        count,
    });
}

/// Tells of members who have come in or were invited in one go, if there are some.
fn tell_of_new(
    app: &mut Application,
    channel: &Channel,
    inviter: Option<&Arc<User>>,
    members: &[Arc<Member>],
    event: impl FnOnce(Arc<Channel>, Option<Arc<User>>, Vec<MemberView>, Headcount) -> Event,
) {
    let Some(channel) = app.channels.get(&channel.id).filter(|_| !members.is_empty()).cloned() else { return };
    let views = members.iter().filter_map(|member| view_of(app, &channel, member)).collect();
    let count = headcount(app, &channel.id);
    app.emit(event(channel, inviter.cloned(), views, count));
}

fn new_member(
    app: &mut Application,
    (channel, user): (ChannelId, UserId),
    state: MemberState,
    hidden: Hidden,
    inviter: Option<&str>,
) -> Member {
    let mut member = Member {
        channel,
        user,
        number: app.next_number(),
        state,
        invited_at: app.now(),
        inviter: inviter.map(UserId::from),
        joined_at: Timestamp::ZERO,
        read_at: Timestamp::ZERO,
        reads_after: app.last_message_id(),
        delivered_at: None,
        sees_after: Timestamp::ZERO,
        counts_after: Timestamp::ZERO,
        hidden,
        counted: Counted::All,
        push: None,
        push_sound: Box::default(),
    };
    if state == MemberState::Joined {
        enter(app, &mut member);
    }
    member
}

/// What changes of a member on coming in: what was said before does not count as unread. Where the application shows it,
/// it counts as read; where not, the member does not see it.
fn enter(app: &Application, member: &mut Member) {
    let newest = reads::newest(app, &member.channel);
    member.state = MemberState::Joined;
    member.joined_at = app.now();
    member.counts_after = newest;
    member.reads_after = app.last_message_id();
    let channel = app.channels.get(&member.channel);
    if content::displays_past(app, channel.map_or("", |channel| &channel.custom_type)) {
        member.read_at = newest;
    } else {
        member.sees_after = newest;
    }
}

/// A channel to which somebody was added, or which somebody left, is not the one of its first
/// members any more.
fn no_longer_distinct(app: &mut Application, channel: &Channel) -> Arc<Channel> {
    let before = app.channels.get(&channel.id).cloned();
    if channel.distinct
        && let Some(before) = before
        && let Some(channel) = app.channels.update(&channel.id, |channel| channel.distinct = false)
    {
        app.emit(Event::ChannelUpdated { channel: Arc::clone(&channel), before });
        return channel;
    }
    Arc::new(channel.clone())
}

/// Accepts an invitation.
///
/// # Errors
/// There is no such user or no invitation, the access code is wrong, or the user has joined as
/// many channels as one may.
pub fn accept(app: &mut Application, channel: &Channel, user: &str, access_code: &str) -> Result<()> {
    let user = users::acting(app, user)?;
    sanctions::may_enter(app, channel, &user.id)?;
    let member = find(app, &channel.id, &user.id).ok_or(Error::Forbidden(Rule::NotInvited))?;
    if is_joined(member) {
        return Ok(());
    }
    check_access_code(channel, access_code)?;
    may_join_another(app, &user.id)?;
    let member = Member::clone(member);
    come_in(app, channel, member);
    Ok(())
}

fn check_access_code(channel: &Channel, access_code: &str) -> Result<()> {
    if channel.access_code.is_empty() || &*channel.access_code == access_code {
        return Ok(());
    }
    Err(Error::Forbidden(Rule::WrongAccessCode))
}

/// An invited or new member joins, and is the newest from then on.
fn come_in(app: &mut Application, channel: &Channel, mut member: Member) {
    member.number = app.next_number();
    enter(app, &mut member);
    let member = app.members.put(member);
    let inviter = member.inviter.as_ref().and_then(|inviter| app.users.get(inviter)).cloned();
    tell_of_new(app, channel, inviter.as_ref(), &[member], |channel, inviter, members, count| {
        Event::MembersJoined { channel, inviter, members, count }
    });
}

/// Says no to an invitation.
///
/// # Errors
/// There is no such user, or no invitation.
pub fn decline(app: &mut Application, channel: &Channel, user: &str) -> Result<()> {
    let user = users::acting(app, user)?;
    let key = (channel.id.clone(), user.id.clone());
    if app.members.get(&key).is_none_or(is_joined) {
        return Err(Error::Forbidden(Rule::NotInvited));
    }
    if let Some(member) = app.members.remove(&key) {
        tell_of_gone(app, &member, Leaving::Plain);
    }
    Ok(())
}

/// Joins a public channel, with or without an invitation.
///
/// # Errors
/// There is no such user, the channel is not public or full, the access code is wrong, or the user
/// has joined as many channels as one may.
pub fn join(app: &mut Application, channel: &Channel, user: &str, access_code: &str) -> Result<()> {
    let user = users::acting(app, user)?;
    if !channel.public {
        return Err(Error::Forbidden(Rule::NotPublic));
    }
    sanctions::may_enter(app, channel, &user.id)?;
    check_access_code(channel, access_code)?;
    let key = (channel.id.clone(), user.id.clone());
    let known = app.members.get(&key).cloned();
    if known.as_ref().is_some_and(is_joined) {
        return Ok(());
    }
    may_join_another(app, &user.id)?;
    let member = if let Some(member) = known {
        Member::clone(&member)
    } else {
        has_room(app, channel, 1)?;
        new_member(app, key, MemberState::Invited, Hidden::No, None)
    };
    come_in(app, channel, member);
    Ok(())
}

/// Takes users out of a channel; those who are no members are passed over.
///
/// # Errors
/// A user does not exist, or is deactivated.
pub fn leave(app: &mut Application, channel: &Channel, users: &[String], drop_operators: bool) -> Result<()> {
    for user in users {
        users::acting(app, user)?;
    }
    take_all_out(app, channel, users, drop_operators);
    Ok(())
}

fn take_all_out(app: &mut Application, channel: &Channel, users: &[String], drop_operators: bool) {
    for user in users {
        take_out(app, &channel.id, &UserId::from(user.as_str()), Leaving::Plain);
    }
    if drop_operators {
        operators::take_office(app, channel, |operator| users.iter().any(|user| user == operator.as_str()), None);
    }
}

/// Takes all members out of a channel.
pub fn leave_everyone(app: &mut Application, channel: &Channel, drop_operators: bool) {
    let members: Vec<_> = newest_first(app, channel).map(|view| view.user.id.to_string()).collect();
    take_all_out(app, channel, &members, drop_operators);
}

/// Takes a user out of all channels that the user has joined, or of those too to which the user is invited.
pub(super) fn leave_all(app: &mut Application, user: &UserId, invitations: bool, why: Leaving) {
    let own = app.members.index().of_user(user).filter(|member| invitations || is_joined(member));
    let channels: Vec<_> = own.map(|member| member.channel.clone()).collect();
    for channel in channels {
        take_out(app, &channel, user, why);
    }
}

/// Takes a user out of a channel, joined or invited, and tells whether the user was in it.
pub(super) fn take_out(app: &mut Application, channel: &ChannelId, user: &UserId, why: Leaving) -> bool {
    let Some(member) = app.members.remove(&(channel.clone(), user.clone())) else { return false };
    scheduled::sender_left(app, channel, user);
    tell_of_gone(app, &member, why);
    if let Some(channel) = app.channels.get(channel).cloned() {
        no_longer_distinct(app, &channel);
    }
    true
}

/// Tells that somebody is in a channel no more, or will not come in.
fn tell_of_gone(app: &mut Application, member: &Arc<Member>, why: Leaving) {
    let Some(channel) = app.channels.get(&member.channel).cloned() else { return };
    let Some(view) = view_of(app, &channel, member) else { return };
    let count = headcount(app, &channel.id);
    app.emit(if is_joined(member) {
        Event::MemberLeft { channel, member: view, why, count }
    } else {
        let inviter = member.inviter.as_ref().and_then(|inviter| app.users.get(inviter)).cloned();
        Event::MemberDeclined { channel, inviter, member: view, why, count }
    });
}

/// Where a user stands with a channel.
///
/// # Errors
/// There is no such user.
pub fn state(app: &Application, channel: &Channel, user: &str) -> Result<Option<MemberState>> {
    let user = users::find(app, user)?;
    Ok(find(app, &channel.id, &user.id).map(|member| member.state))
}

/// In which order members are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MemberOrder {
    /// By nickname.
    #[default]
    Nickname,
    /// Operators first, then by nickname.
    OperatorsThenNickname,
}

/// Which members are asked for.
#[derive(Clone, Debug, Default)]
pub struct MemberFilter {
    /// Only operators (true), or only others (false).
    pub operators: Option<bool>,
    /// Only those of this state.
    pub state: StateFilter,
    /// Only active users (true), or only deactivated ones (false).
    pub active: Option<bool>,
    /// Only those whose nickname begins so.
    pub nickname_prefix: Option<String>,
    /// Only those who are muted (true), or only others (false).
    pub muted: Option<bool>,
}

impl MemberFilter {
    fn takes(&self, app: &Application, channel: &Channel, member: &Member, user: &User) -> bool {
        let is_operator = || operators::is_operator(app, channel, &user.id);
        let is_muted = || sanctions::holding(app, SanctionKind::Mute, channel, &user.id).is_some();
        self.state.takes(app, member.state, member)
            && self.active.is_none_or(|active| user.active == active)
            && self.nickname_prefix.as_ref().is_none_or(|prefix| user.profile.nickname.starts_with(&**prefix))
            && self.operators.is_none_or(|operators| is_operator() == operators)
            && self.muted.is_none_or(|muted| is_muted() == muted)
    }
}

/// The members of a channel, in an order that does not change while they stay.
pub fn list(
    app: &Application,
    channel: &Channel,
    filter: &MemberFilter,
    order: MemberOrder,
    after: Option<&Place>,
    limit: usize,
) -> Page<MemberView> {
    let operators_first = order == MemberOrder::OperatorsThenNickname;
    let place = |user: &User| Place {
        number: i64::from(operators_first && !operators::is_operator(app, channel, &user.id)),
        text: format!("{}\0{}", user.profile.nickname.to_lowercase(), user.id),
    };
    let members = app.members.range((channel.id.clone(), UserId::first())..);
    let mut users = app.users.follow();
    let here = members
        .take_while(|member| member.channel == channel.id)
        .filter_map(|member| Some((member, users.at(&member.user)?)));
    let ranked = here.map(|(member, user)| (place(user), (member, user)));
    let takes = |(member, user): &(&Arc<Member>, &Arc<User>)| filter.takes(app, channel, member, user);
    let page = super::page_by(ranked, takes, after, limit);
    let views = page.items.into_iter().filter_map(|(member, _)| view(app, channel, &member.user));
    Page { items: views.collect(), next: page.next }
}
