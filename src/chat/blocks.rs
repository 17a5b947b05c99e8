//! Blocks: users who want nothing of others.

use std::sync::Arc;

use super::{
    Error, Field, Result, Rule, limits,
    membership::Invitation,
    users::{self, UserFilter},
};
use crate::{
    model::{
        channel::{Blocks, Channel, ChannelKind},
        event::Event,
        ids::UserId,
        moderation::Block,
        page::{Page, Place},
        user::User,
    },
    state::Application,
};

/// Blocks users; those who are blocked already stay so.
///
/// # Errors
/// A user does not exist, or is to block itself.
pub fn block(app: &mut Application, blocker: &User, targets: &[String]) -> Result<Vec<Arc<User>>> {
    limits::items(Field::Members, targets.len())?;
    if targets.iter().any(|target| target == blocker.id.as_str()) {
        return Err(Error::Forbidden(Rule::BlocksSelf));
    }
    let targets = targets.iter().map(|target| users::find(app, target)).collect::<Result<Vec<_>>>()?;
    for target in &targets {
        if !is_blocking(app, &blocker.id, &target.id) {
            let (number, created_at) = (app.next_number(), app.now());
            let (who, whom) = (blocker.id.clone(), target.id.clone());
            let block = app.blocks.put(Block { blocker: who, blocked: whom, number, created_at });
            let event =
                Event::UserBlocked { block, blocker: Arc::new(blocker.clone()), blocked: Arc::clone(target) };
            app.emit(event);
        }
    }
    Ok(targets)
}

/// Lets a user through again. Nothing happens if that user was not blocked.
///
/// # Errors
/// The user does not exist.
pub fn unblock(app: &mut Application, blocker: &User, target: &str) -> Result<()> {
    let target = users::find(app, target)?;
    if let Some(block) = app.blocks.remove(&(blocker.id.clone(), target.id.clone())) {
        app.emit(Event::UserUnblocked { block, blocker: Arc::new(blocker.clone()), blocked: target });
    }
    Ok(())
}

/// Whether a user blocks another.
pub fn is_blocking(app: &Application, who: &UserId, whom: &UserId) -> bool {
    !app.blocks.is_empty() && app.blocks.contains(&(who.clone(), whom.clone()))
}

/// What a user who asks and another have against each other.
pub fn between(app: &Application, asker: &UserId, other: &UserId) -> Blocks {
    Blocks { by_asker: is_blocking(app, asker, other), of_asker: is_blocking(app, other, asker) }
}

/// Which side of blocks is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Those whom the user blocks.
    Blocked,
    /// Those who block the user.
    Blocking,
}

/// The users whom a user blocks, or who block that user; the newest block first.
pub fn list(
    app: &Application,
    user: &User,
    side: Side,
    filter: &UserFilter,
    after: Option<&Place>,
    limit: usize,
) -> Page<Arc<User>> {
    let keys: Vec<(UserId, UserId)> = match side {
        Side::Blocked => {
            let first = (user.id.clone(), UserId::first());
            let blocks = app.blocks.range(first..).take_while(|block| block.blocker == user.id);
            blocks.map(|block| (block.blocker.clone(), block.blocked.clone())).collect()
        }
        Side::Blocking => {
            app.blocks.index().blockers_of(&user.id).map(|blocker| (blocker.clone(), user.id.clone())).collect()
        }
    };
    let blocks = keys.iter().filter_map(|key| app.blocks.get(key));
    let users = blocks.filter_map(|block| {
        let other = if side == Side::Blocked { &block.blocked } else { &block.blocker };
        Some((block.number, app.users.get(other)?))
    });
    let users = users.filter(|(_, user)| filter.takes(user));
    let place = |(number, _): &(i64, _)| Place { number: -number, text: String::new() };
    let page = super::page_of(users, place, after, limit);
    Page { items: page.items.into_iter().map(|(_, user)| Arc::clone(user)).collect(), next: page.next }
}

/// Whether a user may write in a channel as far as the other one of two goes: in a distinct channel
/// of two, not to somebody who blocks or is deactivated.
///
/// # Errors
/// The other one blocks the user, or is deactivated.
pub(super) fn not_blocked(app: &Application, channel: &Channel, sender: &UserId) -> Result<()> {
    if channel.kind == ChannelKind::Open || !channel.distinct {
        return Ok(());
    }
    let members = app.members.index().channel(&channel.id).map(|members| &members.by_number);
    let Some(members) = members.filter(|members| members.len() == 2) else { return Ok(()) };
    for other in members.values().filter(|other| *other != sender) {
        if is_blocking(app, other, sender) {
            return Err(Error::Forbidden(Rule::Blocked));
        }
        if app.users.get(other).is_some_and(|other| !other.active) {
            return Err(Error::Forbidden(Rule::ReceiverGone));
        }
    }
    Ok(())
}

/// Whether somebody may invite users as far as blocks go. They stand in the way only where the application wants
/// that.
///
/// # Errors
/// The one who invites blocks one of them, or is blocked by one.
pub(super) fn may_invite(app: &Application, invitation: &Invitation) -> Result<()> {
    let Some(inviter) = invitation.inviter.as_deref().map(UserId::from) else { return Ok(()) };
    if !app.settings().keeps_blocked_out || app.blocks.is_empty() {
        return Ok(());
    }
    for user in invitation.users.iter().map(|user| UserId::from(user.as_str())) {
        if is_blocking(app, &inviter, &user) {
            return Err(Error::Forbidden(Rule::InvitesBlocked));
        }
        if is_blocking(app, &user, &inviter) {
            return Err(Error::Forbidden(Rule::InvitesBlocker));
        }
    }
    Ok(())
}

/// Forgets whom a user who is deleted blocked, and who blocked that user.
pub(super) fn forget_user(app: &mut Application, user: &UserId) {
    let first = (user.clone(), UserId::first());
    let own = app.blocks.range(first..).take_while(|block| block.blocker == *user);
    let mut keys: Vec<_> = own.map(|block| (user.clone(), block.blocked.clone())).collect();
    keys.extend(app.blocks.index().blockers_of(user).map(|blocker| (blocker.clone(), user.clone())));
    for key in keys {
        app.blocks.remove(&key);
    }
}
