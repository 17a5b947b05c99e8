//! Frames of what members have read and got, and of who writes.

use serde_json::{Value, json};

use super::{Teller, text, value, with};
use crate::{
    chat::membership,
    delivery::{Audience, Told},
    dialects::sendbird::wire::{Home, user::BasicUser},
    model::{
        ids::{ChannelId, UserId},
        time::Timestamp,
        user::User,
    },
    state::Application,
};

/// Up to when a member has read, as READ says it.
pub(in super::super) fn read(app: &Application, channel: &ChannelId, user: &UserId, home: Home<'_>) -> Value {
    let at = membership::find(app, channel, user).map_or(Timestamp::ZERO, |member| member.read_at);
    match app.users.get(user) {
        Some(user) => receipt(channel, user, at, home),
        None => Value::Null,
    }
}

fn receipt(channel: &ChannelId, user: &User, at: Timestamp, home: Home<'_>) -> Value {
    let user = value(&BasicUser::new(&user.profile, home));
    json!({ "channel_url": channel, "channel_type": "group", "user": user, "ts": at.0 })
}

/// Everybody in a group channel, whatever they see of what was said.
fn members(channel: &ChannelId) -> Audience {
    Audience::Joined(channel.clone(), Timestamp(i64::MAX))
}

impl Teller<'_> {
    /// Also of a member who wants something to be unread again.
    pub(super) fn read(
        &self,
        channel: &ChannelId,
        user: &User,
        at: Timestamp,
        again: bool,
        word: Option<&str>,
    ) -> Vec<Told> {
        let read = receipt(channel, user, at, self.home);
        let read = with(read, "is_excluded", again.then_some(true.into()));
        let read = with(read, "unique_id", word.map(Into::into));
        let frame = text("READ", &read);
        let own = super::with_unread(Audience::Users(vec![user.id.clone()]), &frame);
        let others = Told::to(members(channel), frame).but(vec![user.id.clone()]);
        vec![own.answered(), others]
    }

    pub(super) fn delivered(channel: &ChannelId, user: &UserId, at: Timestamp) -> Vec<Told> {
        let mut frame = json!({ "channel_url": channel, "channel_type": "group", "updated": {}, "ts": at.0 });
        frame["updated"][user.as_str()] = at.0.into();
        vec![Told::to(members(channel), text("DLVR", &frame))]
    }

    pub(super) fn typing(&self, channel: &ChannelId, user: &User, on: bool) -> Vec<Told> {
        let Some(place) = self.channel(channel) else { return Vec::new() };
        let frame = self.system(if on { 10900 } else { 10901 }, place, self.user(user));
        vec![Told::to(members(channel), frame).but(vec![user.id.clone()])]
    }
}
