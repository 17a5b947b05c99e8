//! Who is connected, and who has entered which open channel.

use std::sync::Arc;

use super::{Result, sanctions};
use crate::{
    model::{
        channel::Channel,
        event::Event,
        ids::{ChannelId, ConnectionId, UserId},
        moderation::SanctionKind,
        page::{Page, Place},
        user::User,
    },
    state::Application,
};

/// Notes that a user has a live connection more.
pub fn connect(app: &mut Application, user: &UserId, connection: ConnectionId) {
    if app.presence.connect(user, connection) {
        app.users.update(user, |user| user.online = true);
    }
}

/// Notes that a connection has ended. It is in no open channel any more.
pub fn disconnect(app: &mut Application, user: &UserId, connection: ConnectionId) {
    for channel in app.presence.channels_of(user, connection) {
        leave(app, &channel, user, connection);
    }
    if app.presence.disconnect(user, connection) {
        let now = app.now();
        app.users.update(user, |user| {
            user.online = false;
            user.last_seen_at = Some(now);
        });
    }
}

/// Enters an open channel, and tells how many users are in it then.
///
/// # Errors
/// The user is banned there.
pub fn enter(app: &mut Application, channel: &Channel, user: &UserId, connection: ConnectionId) -> Result<usize> {
    sanctions::may_enter(app, channel, user)?;
    if app.presence.enter(&channel.id, user, connection) {
        tell(app, &channel.id, user, true);
    }
    Ok(app.presence.count(channel.id.as_str()))
}

/// Leaves an open channel, and tells how many users are in it then.
pub fn exit(app: &mut Application, channel: &Channel, user: &UserId, connection: ConnectionId) -> usize {
    leave(app, &channel.id, user, connection);
    app.presence.count(channel.id.as_str())
}

/// Puts a user who may not be there any more out of an open channel.
pub(super) fn expel(app: &mut Application, channel: &ChannelId, user: &UserId) {
    if app.presence.expel(channel, user) {
        tell(app, channel, user, false);
    }
}

fn leave(app: &mut Application, channel: &ChannelId, user: &UserId, connection: ConnectionId) {
    if app.presence.exit(channel, user, connection) {
        tell(app, channel, user, false);
    }
}

fn tell(app: &mut Application, channel: &ChannelId, user: &UserId, entered: bool) {
    let count = app.presence.count(channel.as_str());
    if let (Some(channel), Some(user)) = (app.channels.get(channel).cloned(), app.users.get(user)) {
        let profile = Arc::clone(&user.profile);
        app.emit(Event::Participation { channel, user: profile, entered, count });
    }
}

/// Those who have entered an open channel, page by page.
pub fn participants(
    app: &Application,
    channel: &Channel,
    after: Option<&Place>,
    limit: usize,
) -> Page<ParticipantView> {
    let entered = app.presence.participants(channel.id.as_str()).filter_map(|user| app.users.get(user));
    let page = super::page_of(entered, |user| Place { number: user.number, text: String::new() }, after, limit);
    page.map(|user| participant(app, channel, user))
}

/// Somebody who has entered an open channel.
#[derive(Clone, Debug)]
pub struct ParticipantView {
    /// The user.
    pub user: Arc<User>,
    /// Whether the user may not write there.
    pub muted: bool,
}

/// A user who has entered an open channel.
pub(super) fn participant(app: &Application, channel: &Channel, user: &Arc<User>) -> ParticipantView {
    let muted = sanctions::holding(app, SanctionKind::Mute, channel, &user.id).is_some();
    ParticipantView { user: Arc::clone(user), muted }
}
