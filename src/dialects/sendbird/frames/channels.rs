//! Frames of channels: what they look like, who operates them, who is in an open one.

use std::{collections::BTreeMap, sync::Arc};

use serde::Serialize;
use serde_json::json;

use super::{Teller, text, value, with};
use crate::{
    delivery::{Audience, Told},
    dialects::sendbird::wire::user::BasicUser,
    model::{
        channel::{Channel, Hidden, Member},
        event::ItemChanges,
        ids::UserId,
        user::{Profile, User},
    },
};

impl Teller<'_> {
    /// The client fetches the channel again.
    pub(super) fn changed(&self, channel: &Channel) -> Vec<Told> {
        self.announce(11000, channel, json!({}))
    }

    /// The same for the devices of the one member for whom something has changed.
    pub(super) fn changed_for(&self, member: &Member) -> Vec<Told> {
        let Some(channel) = self.channel(&member.channel) else { return Vec::new() };
        vec![Told::to(Audience::Users(vec![member.user.clone()]), self.system(11000, channel, json!({})))]
    }

    pub(super) fn gone(&self, channel: &Channel, members: &[UserId]) -> Vec<Told> {
        let frame = self.system(12000, channel, json!({}));
        vec![Told::to(Audience::Users(members.to_vec()), frame)]
    }

    pub(super) fn frozen(&self, channel: &Channel) -> Vec<Told> {
        let category = if channel.frozen { 10701 } else { 10700 };
        self.announce(category, channel, json!({ "freeze": channel.frozen }))
    }

    pub(super) fn operators(&self, channel: &Channel, operators: &[Arc<User>]) -> Vec<Told> {
        let operators: Vec<_> = operators.iter().map(|user| self.user(user)).collect();
        self.announce(10002, channel, json!({ "operators": operators }))
    }

    /// Metadata or counters. What is empty is left out: the JavaScript SDK raises an event for all that is there.
    pub(super) fn items<T: Serialize>(
        &self,
        channel: &Channel,
        category: u32,
        changes: &ItemChanges<T>,
    ) -> Vec<Told> {
        let some = |map: &BTreeMap<String, T>| (!map.is_empty()).then(|| value(map));
        let data = with(json!({}), "created", some(&changes.created));
        let data = with(data, "updated", some(&changes.updated));
        let gone = (!changes.deleted.is_empty()).then(|| value(&changes.deleted));
        let data = with(data, "deleted", gone);
        self.announce(category, channel, data)
    }

    pub(super) fn participation(
        &self,
        channel: &Channel,
        user: &Profile,
        entered: bool,
        count: usize,
    ) -> Vec<Told> {
        let data = value(&BasicUser::new(user, self.home));
        let data = with(data, "participant_count", Some(count.into()));
        let to = Audience::Participants(channel.id.clone());
        let told = Told::to(to.clone(), self.system(if entered { 10102 } else { 10103 }, channel, data));
        let counts = self.counts(channel.kind, json!({ "channel_url": channel.id, "participant_count": count }));
        vec![told.answered(), Told::to(to, counts)]
    }

    pub(super) fn hid(&self, member: &Member) -> Vec<Told> {
        let Some(channel) = self.channel(&member.channel) else { return Vec::new() };
        let hidden = member.hidden != Hidden::No;
        let data = json!({
            "hide_previous_messages": hidden && member.sees_after > channel.created_at,
            "allow_auto_unhide": member.hidden != Hidden::ForGood,
        });
        let event = self.event(if hidden { 13000 } else { 13001 }, channel, data);
        let event = with(event, "ts_message_offset", Some(member.sees_after.0.into()));
        vec![Told::to(Audience::Users(vec![member.user.clone()]), text("SYEV", &event))]
    }
}
