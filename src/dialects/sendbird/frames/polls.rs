//! Frames of polls.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{Teller, hearers, text, value};
use crate::{
    chat::polls,
    delivery::Told,
    dialects::sendbird::wire::{message::channel_type, poll::PollBody},
    model::poll::Poll,
    state::Application,
};

/// How the options of a poll stand, as VOTE says it. Its time is later than that of the poll.
pub(in super::super) fn voted(app: &Application, poll: &Poll, counts: &[(i64, usize)]) -> Value {
    let count = |(option, votes): &(i64, usize)| json!({ "option_id": option, "vote_count": votes });
    let channel = poll.channel.as_ref().and_then(|id| app.channels.get(id));
    json!({
        "channel_url": poll.channel,
        "channel_type": channel.map_or("group", |channel| channel_type(channel)),
        "poll_id": poll.number,
        "message_id": poll.message,
        "updated_vote_counts": counts.iter().map(count).collect::<Vec<_>>(),
        "ts": poll.changed_at.max(poll.updated_at.next()).max(poll.created_at.next()).0,
    })
}

impl Teller<'_> {
    pub(super) fn poll(&self, poll: &Arc<Poll>) -> Vec<Told> {
        let Some(channel) = poll.channel.as_ref().and_then(|id| self.channel(id)) else { return Vec::new() };
        let view = polls::view(self.app, poll, None);
        let frame = json!({
            "channel_url": channel.id,
            "channel_type": channel_type(channel),
            "ts": poll.changed_at.0,
            "poll": value(&PollBody::new(&view, self.home)),
        });
        vec![Told::to(hearers(channel, channel.created_at.next()), text("PEDI", &frame))]
    }

    pub(super) fn voted(&self, poll: &Poll, counts: &[(i64, usize)]) -> Vec<Told> {
        let Some(channel) = poll.channel.as_ref().and_then(|id| self.channel(id)) else { return Vec::new() };
        let frame = text("VOTE", &voted(self.app, poll, counts));
        vec![Told::to(super::all_of(channel), frame).answered()]
    }
}
