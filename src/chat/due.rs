//! What an application does by itself when its clock reaches a moment.

use super::{actors, polls, retention, sanctions, scheduled, sessions, webhooks};
use crate::{
    model::{clock::Ran, time::Timestamp},
    state::{Application, Done},
};

/// The next moment at which there is something to do.
pub fn next(app: &Application) -> Option<Timestamp> {
    let sending = app.scheduled.index().next();
    let closing = app.polls.index().next_to_close();
    let calling = app.deliveries.index().next();
    let acting = app.planned_steps.index().next();
    let due = sending.into_iter().chain(closing).chain(calling).chain(acting).map(|(at, _)| at);
    due.chain(retention::next(app)).min()
}

/// Does what is due at the application's time, and tells what that was. Polls close before messages are
/// sent: a message of that moment finds them closed. Then users do what they are made to do, and messages go
/// that were kept long enough. Webhooks hear of what happens now after what they wait for. Says after each thing that it
/// is done.
pub fn run(app: &mut Application, done: Done<'_>) -> Vec<Ran> {
    let mut ran = webhooks::call_due(app);
    ran.extend(polls::close_due(app));
    ran.extend(scheduled::send_due(app, done));
    ran.extend(actors::perform_due(app, done));
    ran.extend(retention::expire_due(app));
    ran
}

/// What ends after the first moment and not after the second without anything being done: bans, mutes,
/// sessions and the tokens that open them.
pub fn ended(app: &Application, after: Timestamp, until: Timestamp) -> Vec<Ran> {
    let mut ended: Vec<_> = sanctions::endings(app).chain(sessions::endings(app)).collect();
    ended.retain(|ran| ran.at > after && ran.at <= until);
    ended.sort();
    ended
}
