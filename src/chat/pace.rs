//! How fast a user may send in one channel. Nothing is counted beside: the messages themselves say when they
//! were sent.

use super::{Error, Field, Result, content, limits};
use crate::{
    model::{
        application::ReplyPolicy, channel::Channel, content::Pace, ids::UserId, message::Message, time::Timestamp,
    },
    state::{
        Application,
        timeline::{self, Place},
    },
};

/// The number that stands for any number of messages.
const ANY: i64 = -1;

/// Refuses numbers that are outside their ranges.
pub(super) fn check(pace: Pace) -> Result<()> {
    for (number, field, range) in [
        (pace.messages.filter(|messages| *messages != ANY), Field::Pace, limits::PACE),
        (pace.seconds, Field::PaceSeconds, limits::PACE_SECONDS),
    ] {
        number.map_or(Ok(0), |number| limits::range(field, number, &range))?;
    }
    Ok(())
}

/// Whether a user may send one message more in a channel now.
///
/// # Errors
/// As many as one may send were sent of late. Those of them that are removed again count.
pub(super) fn keeps(app: &Application, channel: &Channel, sender: &UserId) -> Result<()> {
    let global = app.settings().content.pace;
    let own = content::of_type(app, &channel.custom_type).map_or(global, |own| own.content.pace.or(global));
    let (Some(messages), seconds) = (own.messages.filter(|messages| *messages != ANY), own.seconds.unwrap_or(1))
    else {
        return Ok(());
    };
    let window = seconds.saturating_mul(1000);
    let mut sent = sent_after(app, channel, sender, Timestamp(app.now().0.saturating_sub(window)));
    let Some(before) = usize::try_from(messages).ok().and_then(|messages| sent.len().checked_sub(messages)) else {
        return Ok(());
    };
    sent.sort_unstable();
    let until = |(at, _): &Place| at.0.saturating_add(window).saturating_sub(app.now().0);
    let (wait, reset) = (sent.get(before).map_or(0, until), sent.last().map_or(0, until));
    Err(Error::TooFast { messages, seconds, wait, reset })
}

/// What a user has sent in a channel after a moment. What is dated later than now was not sent then.
fn sent_after(app: &Application, channel: &Channel, sender: &UserId, moment: Timestamp) -> Vec<Place> {
    let Some(messages) = app.messages.index().channel(&channel.id) else { return Vec::new() };
    let own = [&messages.by_sender, &messages.silent_by_sender].into_iter().filter_map(|own| own.get(sender));
    let parts = own.flat_map(|own| own.parts(ReplyPolicy::All)).collect();
    let live = timeline::newest_first(parts).take_while(|(at, _)| *at > moment);
    let was_sent = |message: &Message| !message.dated || message.created_at <= app.now();
    let sent = live.filter(|(at, id)| *at <= app.now() || app.messages.get(id).is_some_and(|sent| was_sent(sent)));
    // What was removed since was altered since.
    let altered = messages.alterations.as_slice().iter().rev().take_while(|(at, _)| *at > moment);
    let removed = altered.filter_map(|(_, id)| app.messages.get(id)).filter(|message| {
        let by_sender = message.sender.as_ref().is_some_and(|profile| profile.user == *sender);
        by_sender && message.is_removed() && message.created_at > moment && was_sent(message)
    });
    sent.chain(removed.map(|message| (message.created_at, message.id))).collect()
}
