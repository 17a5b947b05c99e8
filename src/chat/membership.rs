//! Who is in a group channel: invitations, joining, leaving.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    Error, Field, Result, Rule, blocks, content, limits, my_channels::StateFilter, operators, reads, sanctions,
    scheduled, users,
};
use crate::{
    model::{
        channel::{Channel, ChannelKind, Counted, Hidden, Member, MemberState},
        event::Event,
        ids::{ChannelId, UserId},
        moderation::{Sanction, SanctionKind},
        page::{Page, Place},
        time::Timestamp,
        user::User,
    },
    state::Application,
};

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
}

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

/// The members of a channel, the newest first.
pub fn newest_first<'a>(app: &'a Application, channel: &'a Channel) -> impl Iterator<Item = MemberView> + 'a {
    let users = app.members.index().channel(&channel.id).into_iter();
    users.flat_map(|members| members.by_number.values().rev()).filter_map(|user| view(app, channel, user))
}

fn view(app: &Application, channel: &Channel, user: &UserId) -> Option<MemberView> {
    Some(MemberView {
        member: Arc::clone(find(app, &channel.id, user)?),
        user: Arc::clone(app.users.get(user)?),
        operator: operators::is_operator(app, channel, user),
        mute: sanctions::holding(app, SanctionKind::Mute, channel, user).cloned(),
    })
}

/// Invites users to a group channel. Those who accept invitations in general are in at once;
/// those who are members already are left as they are.
///
/// # Errors
/// A user does not exist, or is banned.
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
    let before = counts(app, &channel.id);
    admit(app, channel, invitation, false);
    if counts(app, &channel.id) != before {
        return Ok(no_longer_distinct(app, channel));
    }
    Ok(Arc::new(channel.clone()))
}

/// Lets users in who are known to exist, or invites them.
pub(super) fn admit(app: &mut Application, channel: &Channel, invitation: &Invitation, at_creation: bool) {
    for id in &invitation.users {
        let key = (channel.id.clone(), UserId::from(id.as_str()));
        let Some(user) = app.users.get(&key.1) else { continue };
        if app.members.contains(&key) {
            continue;
        }
        let prefers = if user.accepts_invitations { MemberState::Joined } else { MemberState::Invited };
        let state = invitation.states.get(id).copied().unwrap_or(prefers);
        let hidden = invitation.hidden.get(id).copied().unwrap_or(Hidden::No);
        let mut member = new_member(app, key, state, hidden, invitation.inviter.as_deref());
        if at_creation && state == MemberState::Joined {
            member.read_at = channel.created_at;
        }
        let member = app.members.put(member);
        app.emit(match state {
            MemberState::Joined => Event::MemberJoined(member),
            MemberState::Invited => Event::MemberInvited(member),
        });
    }
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

/// What changes of a member on coming in: what was said before does not count as unread, and
/// counts as read where the application shows it.
fn enter(app: &Application, member: &mut Member) {
    let newest = reads::newest(app, &member.channel);
    member.state = MemberState::Joined;
    member.joined_at = app.now();
    member.counts_after = newest;
    let channel = app.channels.get(&member.channel);
    if content::displays_past(app, channel.map_or("", |channel| &channel.custom_type)) {
        member.read_at = newest;
    }
}

/// A channel to which somebody was added, or which somebody left, is not the one of its first
/// members any more.
fn no_longer_distinct(app: &mut Application, channel: &Channel) -> Arc<Channel> {
    if channel.distinct
        && let Some(channel) = app.channels.update(&channel.id, |channel| channel.distinct = false)
    {
        return channel;
    }
    Arc::new(channel.clone())
}

/// Accepts an invitation.
///
/// # Errors
/// There is no such user or no invitation, or the access code is wrong.
pub fn accept(app: &mut Application, channel: &Channel, user: &str, access_code: &str) -> Result<()> {
    let user = users::acting(app, user)?;
    sanctions::may_enter(app, channel, &user.id)?;
    let member = find(app, &channel.id, &user.id).ok_or(Error::Forbidden(Rule::NotInvited))?;
    if is_joined(member) {
        return Ok(());
    }
    check_access_code(channel, access_code)?;
    let member = Member::clone(member);
    come_in(app, member);
    Ok(())
}

fn check_access_code(channel: &Channel, access_code: &str) -> Result<()> {
    if channel.access_code.is_empty() || &*channel.access_code == access_code {
        return Ok(());
    }
    Err(Error::Forbidden(Rule::WrongAccessCode))
}

/// An invited or new member joins, and is the newest from then on.
fn come_in(app: &mut Application, mut member: Member) {
    member.number = app.next_number();
    enter(app, &mut member);
    let member = app.members.put(member);
    app.emit(Event::MemberJoined(member));
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
        app.emit(Event::MemberDeclined(member));
    }
    Ok(())
}

/// Joins a public channel, with or without an invitation.
///
/// # Errors
/// There is no such user, the channel is not public, or the access code is wrong.
pub fn join(app: &mut Application, channel: &Channel, user: &str, access_code: &str) -> Result<()> {
    let user = users::acting(app, user)?;
    if !channel.public {
        return Err(Error::Forbidden(Rule::NotPublic));
    }
    sanctions::may_enter(app, channel, &user.id)?;
    check_access_code(channel, access_code)?;
    let key = (channel.id.clone(), user.id.clone());
    let member = match app.members.get(&key) {
        Some(member) if is_joined(member) => return Ok(()),
        Some(member) => Member::clone(member),
        None => new_member(app, key, MemberState::Invited, Hidden::No, None),
    };
    come_in(app, member);
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
        take_out(app, &channel.id, &UserId::from(user.as_str()));
    }
    if drop_operators && users.iter().any(|user| channel.is_operated_by(user)) {
        app.channels.update(&channel.id, |channel| {
            channel.operators.retain(|operator| !users.iter().any(|user| user == operator.as_str()));
        });
    }
}

/// Takes all members out of a channel.
pub fn leave_everyone(app: &mut Application, channel: &Channel, drop_operators: bool) {
    let members: Vec<_> = newest_first(app, channel).map(|view| view.user.id.to_string()).collect();
    take_all_out(app, channel, &members, drop_operators);
}

/// Takes a user out of all channels.
pub(super) fn leave_all(app: &mut Application, user: &UserId) {
    let channels: Vec<_> = app.members.index().channels_of(user).cloned().collect();
    for channel in channels {
        take_out(app, &channel, user);
    }
}

/// Takes a user out of a channel, joined or invited.
pub(super) fn take_out(app: &mut Application, channel: &ChannelId, user: &UserId) {
    let Some(member) = app.members.remove(&(channel.clone(), user.clone())) else { return };
    scheduled::sender_left(app, channel, user);
    app.emit(if is_joined(&member) { Event::MemberLeft(member) } else { Event::MemberDeclined(member) });
    if let Some(channel) = app.channels.get(channel).cloned() {
        no_longer_distinct(app, &channel);
    }
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
    fn takes(&self, app: &Application, view: &MemberView) -> bool {
        self.operators.is_none_or(|operators| view.operator == operators)
            && self.state.takes(app, &view.member)
            && self.muted.is_none_or(|muted| view.mute.is_some() == muted)
            && self.active.is_none_or(|active| view.user.active == active)
            && self.nickname_prefix.as_ref().is_none_or(|prefix| view.user.profile.nickname.starts_with(&**prefix))
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
    let place = |view: &MemberView| Place {
        number: i64::from(order == MemberOrder::OperatorsThenNickname && !view.operator),
        text: format!("{}\0{}", view.user.profile.nickname.to_lowercase(), view.user.id),
    };
    let views = newest_first(app, channel).filter(|view| filter.takes(app, view));
    super::page_of(views, place, after, limit)
}
