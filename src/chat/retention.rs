//! How long messages are kept. Those that are older are taken out, with what hangs on them; nobody is told.

use std::sync::Arc;

use super::{messages, reads};
use crate::{
    chat::content,
    model::{
        application::ReplyPolicy,
        channel::Channel,
        clock::{Ran, RanKind},
        ids::{ChannelId, MessageId},
        time::Timestamp,
    },
    state::{Application, timeline},
};

/// The number that stands for ever.
pub const FOR_EVER: i64 = -1;

const HOUR: i64 = 60 * 60 * 1000;

/// How many hours messages of a channel are kept, [`FOR_EVER`] where that is not limited.
pub fn hours(app: &Application, channel: &Channel) -> i64 {
    let own = content::of_type(app, &channel.custom_type).and_then(|own| own.content.retention_hours);
    own.or(app.settings().content.retention_hours).unwrap_or(FOR_EVER)
}

/// For how many milliseconds messages of a channel are kept, where that is limited: by settings, or by the channel, whose
/// messages disappear.
fn window(app: &Application, channel: &Channel) -> Option<i64> {
    let kept = Some(hours(app, channel)).filter(|hours| *hours != FOR_EVER);
    let kept = kept.map(|hours| hours.saturating_mul(HOUR));
    kept.into_iter().chain(channel.survives().map(|seconds| seconds.saturating_mul(1000))).min()
}

/// Up to which moment messages of a channel are gone; none where they are kept for ever.
pub(super) fn gone_until(app: &Application, channel: &Channel) -> Option<Timestamp> {
    window(app, channel).map(|window| Timestamp(app.now().0.saturating_sub(window)))
}

/// The shortest time in milliseconds for which settings have messages of any channel kept.
fn shortest(app: &Application) -> Option<i64> {
    let of_types = app.type_settings.iter().filter_map(|settings| settings.content.retention_hours);
    let all = of_types.chain(app.settings().content.retention_hours);
    all.filter(|hours| *hours != FOR_EVER).min().map(|hours| hours.saturating_mul(HOUR))
}

/// Channels whose oldest message was there at a moment, or before.
fn begun_before(app: &Application, moment: Timestamp) -> impl Iterator<Item = (Timestamp, &Arc<Channel>)> {
    let oldest = app.messages.index().oldest().take_while(move |(at, _)| *at <= moment);
    oldest.filter_map(|(at, id)| Some((*at, app.channels.get(id)?)))
}

/// When the oldest message of a channel is to go.
fn next_in(app: &Application, channel: &Channel) -> Option<Timestamp> {
    let window = window(app, channel)?;
    let (at, _) = app.messages.index().channel(&channel.id)?.all.first()?;
    Some(Timestamp(at.0.saturating_add(window)))
}

/// The next moment at which a message is to go.
pub(super) fn next(app: &Application) -> Option<Timestamp> {
    let fleeting = app.channels.index().fleeting().filter_map(|channel| next_in(app, channel));
    fleeting.chain(next_by_settings(app)).min()
}

fn next_by_settings(app: &Application) -> Option<Timestamp> {
    let shortest = shortest(app)?;
    let mut next: Option<Timestamp> = None;
    for (at, channel) in begun_before(app, Timestamp(i64::MAX)) {
        // The others begin later.
        if next.is_some_and(|next| next.0 <= at.0.saturating_add(shortest)) {
            break;
        }
        let due = window(app, channel).map(|window| Timestamp(at.0.saturating_add(window)));
        next = next.into_iter().chain(due).min();
    }
    next
}

/// Takes out what was kept as long as it is to be, and tells in which channels that was.
pub(super) fn expire_due(app: &mut Application) -> Vec<Ran> {
    let first = shortest(app).map(|shortest| Timestamp(app.now().0.saturating_sub(shortest)));
    let by_settings = first.into_iter().flat_map(|first| begun_before(app, first)).map(|(_, channel)| channel);
    let channels: Vec<_> = by_settings.chain(app.channels.index().fleeting()).cloned().collect();
    let mut ran = Vec::new();
    for channel in channels {
        let Some(until) = gone_until(app, &channel) else { continue };
        let gone = older(app, &channel.id, until);
        if !gone.is_empty() {
            let id = channel.id.to_string();
            ran.push(Ran { at: app.now(), kind: RanKind::MessagesExpired, id, user: None });
        }
        for id in gone {
            if let Some(message) = app.messages.get(&id).cloned() {
                reads::outlive(app, &message);
                messages::take_out(app, &channel.id, id);
            }
        }
    }
    ran
}

/// The messages of a channel that were there at a moment, or before.
fn older(app: &Application, channel: &ChannelId, until: Timestamp) -> Vec<MessageId> {
    let messages = app.messages.index().channel(channel);
    let parts = messages.map(|messages| messages.all.parts(ReplyPolicy::All)).unwrap_or_default();
    timeline::oldest_first(parts).take_while(|(at, _)| *at <= until).map(|(_, id)| id).collect()
}
