//! Reactions to messages.

use std::sync::Arc;

use super::{Entity, Error, Field, Result, Rule, limits, membership, messages, users};
use crate::{
    model::{
        channel::Channel,
        event::Event,
        ids::{MessageId, UserId},
        message::{Message, MessageKind},
        reaction::Reaction,
        time::Timestamp,
        user::Profile,
    },
    state::Application,
};

/// All reactions to a message with one emoji.
#[derive(Clone, Debug)]
pub struct ReactionView {
    /// The emoji's key.
    pub key: Box<str>,
    /// Who reacted, in the order of ids.
    pub users: Vec<UserId>,
    /// When the latest of them did.
    pub updated_at: Timestamp,
    /// Some of them as they look now, if that was asked for.
    pub sampled: Vec<Arc<Profile>>,
}

/// How many of those who reacted alike are shown.
const SAMPLED: usize = 10;

/// Reacts to a message as a user who may read it. The same reaction again changes nothing.
///
/// # Errors
/// There is no such user, the user may not act here, or the emoji is no key.
pub fn add(
    app: &mut Application,
    channel: &Channel,
    message: &Message,
    user: &str,
    key: &str,
) -> Result<Arc<Reaction>> {
    limits::text(Field::Reaction, key)?;
    if key.is_empty() {
        return Err(Error::Invalid { field: Field::Reaction, why: "It must not be empty" });
    }
    let user = users::acting(app, user)?;
    if !membership::has_joined(app, channel, &user.id) {
        return Err(Error::Forbidden(Rule::NotMember));
    }
    if !app.settings().reactions {
        return Err(Error::Forbidden(Rule::ReactionsOff));
    }
    if message.kind == MessageKind::Admin {
        return Err(Error::Forbidden(Rule::NoReactionToAdmin));
    }
    let id = (message.id, Box::from(key), user.id.clone());
    if let Some(known) = app.reactions.get(&id) {
        return Ok(Arc::clone(known));
    }
    let kinds = of(app, message.id);
    if kinds.iter().all(|kind| *kind.key != *key) {
        limits::items(Field::ReactionKinds, kinds.len() + 1)?;
    }
    let message = messages::touch(app, message, |_| {}).ok_or(Error::NotFound(Entity::Message))?;
    let updated_at = message.touched_at;
    let (id, key, by) = id;
    let reaction = app.reactions.put(Reaction { message: id, key, user: by, updated_at });
    if let Some(channel) = app.channels.get(&message.channel).cloned() {
        app.emit(Event::ReactionAdded { channel, message, user, reaction: Arc::clone(&reaction) });
    }
    Ok(reaction)
}

/// Takes a reaction back, and tells when.
///
/// # Errors
/// There is no such user, the user may not act here, or has not reacted so.
pub fn remove(
    app: &mut Application,
    channel: &Channel,
    message: &Message,
    user: &str,
    key: &str,
) -> Result<Timestamp> {
    limits::text(Field::Reaction, key)?;
    let user = users::acting(app, user)?;
    if !membership::has_joined(app, channel, &user.id) {
        return Err(Error::Forbidden(Rule::NotMember));
    }
    let id = (message.id, Box::from(key), user.id.clone());
    let reaction = app.reactions.remove(&id).ok_or(Error::NotFound(Entity::Reaction))?;
    let message = messages::touch(app, message, |_| {}).ok_or(Error::NotFound(Entity::Message))?;
    let at = message.touched_at;
    if let Some(channel) = app.channels.get(&message.channel).cloned() {
        app.emit(Event::ReactionRemoved { channel, message, user, reaction, at });
    }
    Ok(at)
}

/// The reactions to a message, by emoji.
pub fn of(app: &Application, message: MessageId) -> Vec<ReactionView> {
    let first = (message, Box::from(""), UserId::first());
    let rows = app.reactions.range(first..).take_while(|reaction| reaction.message == message);
    let mut views: Vec<ReactionView> = Vec::new();
    for row in rows {
        match views.last_mut() {
            Some(view) if view.key == row.key => {
                view.users.push(row.user.clone());
                view.updated_at = view.updated_at.max(row.updated_at);
            }
            _ => views.push(ReactionView {
                key: row.key.clone(),
                users: vec![row.user.clone()],
                updated_at: row.updated_at,
                sampled: Vec::new(),
            }),
        }
    }
    views
}

/// The same, with some of those who reacted.
pub(super) fn sampled(app: &Application, message: MessageId) -> Vec<ReactionView> {
    let mut views = of(app, message);
    for view in &mut views {
        view.sampled = users::profiles(app, &view.users[..view.users.len().min(SAMPLED)]);
    }
    views
}
