//! How a member has one group channel: shown or hidden, from when on, what of it counts, and what
//! of it wakes.

use std::sync::Arc;

use super::{Error, Result, Rule, membership, reads, retention, users};
use crate::{
    model::{
        channel::{Channel, Counted, Hidden, Member},
        event::Event,
        ids::{ChannelId, UserId},
        push::PushTrigger,
        time::Timestamp,
    },
    state::Application,
};

/// Whom a verb concerns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whom {
    /// One member.
    One(String),
    /// All members.
    Everyone,
}

/// The member of that channel, joined or invited.
///
/// # Errors
/// There is no such user, or the user is no member.
pub fn find(app: &Application, channel: &Channel, user: &str) -> Result<Arc<Member>> {
    let user = users::find(app, user)?;
    membership::find(app, &channel.id, &user.id).cloned().ok_or(Error::Forbidden(Rule::NotMember))
}

fn concerned(app: &Application, channel: &Channel, whom: &Whom) -> Result<Vec<(ChannelId, UserId)>> {
    let users = match whom {
        Whom::One(user) => vec![find(app, channel, user)?.user.clone()],
        Whom::Everyone => {
            let members = app.members.index().channel(&channel.id);
            members.into_iter().flat_map(|members| members.by_number.values().cloned()).collect()
        }
    };
    Ok(users.into_iter().map(|user| (channel.id.clone(), user)).collect())
}

/// Hides a channel from members' own lists. With `forgets`, what was said so far is not for them
/// any more.
///
/// # Errors
/// There is no such user, or the user is no member.
pub fn hide(app: &mut Application, channel: &Channel, whom: &Whom, hidden: Hidden, forgets: bool) -> Result<()> {
    let newest = reads::newest(app, &channel.id);
    for key in concerned(app, channel, whom)? {
        let member = app.members.update(&key, |member| {
            member.hidden = hidden;
            if forgets {
                member.sees_after = member.sees_after.max(newest);
            }
        });
        if let Some(member) = member {
            app.emit(Event::MemberHid(member));
        }
    }
    Ok(())
}

/// Shows a channel in members' own lists again.
///
/// # Errors
/// There is no such user, or the user is no member.
pub fn show(app: &mut Application, channel: &Channel, whom: &Whom) -> Result<()> {
    for key in concerned(app, channel, whom)? {
        if app.members.get(&key).is_some_and(|member| member.hidden == Hidden::No) {
            continue;
        }
        let member = app.members.update(&key, |member| member.hidden = Hidden::No);
        if let Some(member) = member {
            app.emit(Event::MemberHid(member));
        }
    }
    Ok(())
}

/// What was said so far is not for members any more. Tells up to when that is.
///
/// # Errors
/// There is no such user, or the user is no member.
pub fn reset_history(app: &mut Application, channel: &Channel, whom: &Whom) -> Result<Timestamp> {
    let newest = reads::newest(app, &channel.id);
    for key in concerned(app, channel, whom)? {
        let member = app.members.update(&key, |member| member.sees_after = member.sees_after.max(newest));
        if let Some(member) = member {
            app.emit(Event::HistoryReset(member));
        }
    }
    Ok(newest)
}

/// Says what of a channel goes into a member's totals.
///
/// # Errors
/// There is no such user, or the user is no member.
pub fn count(app: &mut Application, channel: &Channel, user: &str, counted: Counted) -> Result<()> {
    let member = find(app, channel, user)?;
    if member.counted != counted {
        let key = (channel.id.clone(), member.user.clone());
        if let Some(member) = app.members.update(&key, |member| member.counted = counted) {
            app.emit(Event::CountingChanged(member));
        }
    }
    Ok(())
}

/// What is to change of how a channel wakes a member's devices; what is none stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WakePatch {
    /// Which messages wake; none within: as the user has it in general.
    pub push: Option<Option<PushTrigger>>,
    /// The sound.
    pub sound: Option<String>,
}

/// Says how a channel wakes a member's devices.
///
/// # Errors
/// There is no such user, or the user is no member.
pub fn wake(app: &mut Application, channel: &Channel, user: &str, patch: WakePatch) -> Result<Arc<Member>> {
    let mut member = Member::clone(&*find(app, channel, user)?);
    member.push = patch.push.unwrap_or(member.push);
    if let Some(sound) = patch.sound {
        member.push_sound = sound.into();
    }
    let member = app.members.put(member);
    app.emit(Event::MemberPushChanged(Arc::clone(&member)));
    Ok(member)
}

/// Up to which moment what was said in a channel is not for a user, if one asks.
pub fn forgotten_until(app: &Application, channel: &Channel, user: Option<&UserId>) -> Timestamp {
    let member = user.and_then(|user| membership::find(app, &channel.id, user));
    member.map_or(Timestamp::ZERO, |member| member.sees_after)
}

/// From which moment on what was said in a channel is for a user, if one asks.
pub fn begins(app: &Application, channel: &Channel, user: Option<&UserId>) -> Timestamp {
    match forgotten_until(app, channel, user) {
        Timestamp::ZERO => Timestamp::ZERO,
        until => until.next(),
    }
}

/// Before which moment the messages of a channel are gone, since they last only so long.
pub fn purged_before(app: &Application, channel: &Channel) -> Timestamp {
    retention::gone_until(app, channel).map_or(Timestamp::ZERO, |moment| moment.max(Timestamp::ZERO))
}
