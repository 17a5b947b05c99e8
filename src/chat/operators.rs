//! Operators: those of one channel, and those of all channels of a custom type.

use std::sync::Arc;

use super::{Error, Field, Result, Rule, limits, users};
use crate::{
    model::{
        channel::Channel,
        event::Event,
        ids::UserId,
        moderation::TypeOperator,
        page::{Page, Place},
        user::User,
    },
    state::Application,
};

/// Whether a user is an operator of a channel, by itself or by its custom type.
pub fn is_operator(app: &Application, channel: &Channel, user: &UserId) -> bool {
    channel.is_operated_by(user.as_str())
        || !app.type_operators.is_empty()
            && !channel.custom_type.is_empty()
            && app.type_operators.contains(&(channel.custom_type.clone(), user.clone()))
}

/// The operators of a channel: its own in the order in which they were registered, then those of
/// its custom type.
pub fn all<'a>(app: &'a Application, channel: &'a Channel) -> impl Iterator<Item = &'a Arc<User>> {
    let of_type = of_type(app, &channel.custom_type).filter(|user| !channel.is_operated_by(user.as_str()));
    channel.operators.iter().chain(of_type).filter_map(|user| app.users.get(user))
}

/// Who operates all channels of a custom type, in the order of ids.
fn of_type<'a>(app: &'a Application, custom_type: &'a str) -> impl Iterator<Item = &'a UserId> {
    let rows = app.type_operators.range((custom_type.into(), UserId::first())..);
    let rows = rows.take_while(move |row| !row.custom_type.is_empty() && *row.custom_type == *custom_type);
    rows.map(|row| &row.user)
}

/// The operators of a custom type, in the order of their ids.
pub fn list_of_type(app: &Application, custom_type: &str, after: Option<&Place>, limit: usize) -> Page<Arc<User>> {
    let users = of_type(app, custom_type).filter_map(|user| app.users.get(user)).cloned();
    super::page_of(users, |user| Place { number: 0, text: user.id.to_string() }, after, limit)
}

/// The operators of a channel, in the order of their ids.
pub fn list(app: &Application, channel: &Channel, after: Option<&Place>, limit: usize) -> Page<Arc<User>> {
    let place = |user: &Arc<User>| Place { number: 0, text: user.id.to_string() };
    super::page_of(all(app, channel).cloned(), place, after, limit)
}

/// Makes users operators of a channel; they need not be members. Those who are operators already
/// stay.
///
/// # Errors
/// There are too many, or a user does not exist.
pub fn add(app: &mut Application, channel: &Channel, users: &[String], by: Option<&UserId>) -> Result<()> {
    limits::items(Field::Operators, users.len())?;
    for user in users {
        users::find(app, user)?;
    }
    let mut added: Vec<UserId> = Vec::new();
    for user in users {
        if !channel.is_operated_by(user) && !added.iter().any(|known| known.as_str() == user) {
            added.push(UserId::from(user.as_str()));
        }
    }
    if added.is_empty() {
        return Ok(());
    }
    limits::items(Field::Operators, channel.operators.len() + added.len())?;
    let changed = app.channels.update(&channel.id, |channel| channel.operators.extend(added.iter().cloned()));
    if let Some(channel) = changed {
        tell(app, &channel, &added, &[], by);
    }
    Ok(())
}

/// Tells that these are operators of a channel now, and those are none any more; and which user did that.
pub(super) fn tell(
    app: &mut Application,
    channel: &Arc<Channel>,
    added: &[UserId],
    removed: &[UserId],
    by: Option<&UserId>,
) {
    let users = |ids: &[UserId]| ids.iter().filter_map(|id| app.users.get(id).cloned()).collect();
    let (added, removed) = (users(added), users(removed));
    let operators = all(app, channel).cloned().collect();
    let by = by.and_then(|user| app.users.get(user)).cloned();
    app.emit(Event::OperatorsChanged { channel: Arc::clone(channel), operators, added, removed, by });
}

/// Takes the office from operators of a channel. They stay members.
///
/// # Errors
/// One of them is no operator of the channel itself.
pub fn remove(app: &mut Application, channel: &Channel, users: &[String], by: Option<&UserId>) -> Result<()> {
    if users.iter().any(|user| !channel.is_operated_by(user)) {
        return Err(Error::Forbidden(Rule::NotAllOperators));
    }
    take_office(app, channel, |user| users.iter().any(|one| one == user.as_str()), by);
    Ok(())
}

/// Takes the office from all operators of a channel itself.
pub fn remove_all(app: &mut Application, channel: &Channel, by: Option<&UserId>) {
    take_office(app, channel, |_| true, by);
}

/// Takes the office from some of the operators of a channel itself.
pub(super) fn take_office(
    app: &mut Application,
    channel: &Channel,
    from: impl Fn(&UserId) -> bool,
    by: Option<&UserId>,
) {
    let users: Vec<_> = channel.operators.iter().filter(|user| from(user)).cloned().collect();
    if users.is_empty() {
        return;
    }
    let changed = app.channels.update(&channel.id, |channel| channel.operators.retain(|user| !from(user)));
    if let Some(channel) = changed {
        tell(app, &channel, &[], &users, by);
    }
}

/// Makes a user an operator of all channels of custom types, those that come later too.
///
/// # Errors
/// A custom type is empty or too long.
pub fn operate_types(app: &mut Application, user: &User, types: &[String]) -> Result<()> {
    types.iter().try_for_each(|one| limits::id(Field::CustomType, one))?;
    let now = app.now();
    for one in types {
        let custom_type: Box<str> = one.as_str().into();
        if !app.type_operators.contains(&(custom_type.clone(), user.id.clone())) {
            app.type_operators.put(TypeOperator {
                custom_type: custom_type.clone(),
                user: user.id.clone(),
                created_at: now,
            });
            app.emit(Event::TypeOperatorChanged { custom_type, user: Arc::new(user.clone()), operates: true });
        }
    }
    Ok(())
}

/// Makes users operators of all channels of a custom type.
///
/// # Errors
/// There are too many, a user does not exist, or the custom type is empty or too long.
pub fn add_to_type(app: &mut Application, custom_type: &str, users: &[String]) -> Result<()> {
    limits::items(Field::Operators, users.len())?;
    for user in users {
        let user = users::find(app, user)?;
        operate_types(app, &user, &[custom_type.to_owned()])?;
    }
    Ok(())
}

/// Takes the office in all channels of a custom type from users.
///
/// # Errors
/// One of them has not got it.
pub fn remove_from_type(app: &mut Application, custom_type: &str, users: &[String]) -> Result<()> {
    let holds = |user: &String| of_type(app, custom_type).any(|operator| operator.as_str() == user);
    if !users.iter().all(holds) {
        return Err(Error::Forbidden(Rule::NotAllOperators));
    }
    for user in users {
        take_type(app, custom_type.into(), &UserId::from(user.as_str()));
    }
    Ok(())
}

/// Takes the office in all channels of a custom type from all who have it.
pub fn remove_all_from_type(app: &mut Application, custom_type: &str) {
    let users: Vec<_> = of_type(app, custom_type).cloned().collect();
    for user in users {
        take_type(app, custom_type.into(), &user);
    }
}

fn take_type(app: &mut Application, custom_type: Box<str>, user: &UserId) {
    let removed = app.type_operators.remove(&(custom_type.clone(), user.clone()));
    if let Some(user) = app.users.get(user).filter(|_| removed.is_some()).cloned() {
        app.emit(Event::TypeOperatorChanged { custom_type, user, operates: false });
    }
}

/// Takes every office from a user who is deleted.
pub(super) fn forget_user(app: &mut Application, user: &Arc<User>) {
    let types = app.type_operators.iter().filter(|row| row.user == user.id);
    let types: Vec<_> = types.map(|row| row.custom_type.clone()).collect();
    for custom_type in types {
        take_type(app, custom_type, &user.id);
    }
    let operated = app.channels.iter().filter(|channel| channel.is_operated_by(user.id.as_str()));
    let operated: Vec<_> = operated.cloned().collect();
    for channel in operated {
        take_office(app, &channel, |operator| *operator == user.id, None);
    }
}
