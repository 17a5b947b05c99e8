//! What an application does by itself when its clock reaches a moment.

use super::{polls, scheduled};
use crate::{model::time::Timestamp, state::Application};

/// The next moment at which there is something to do.
pub fn next(app: &Application) -> Option<Timestamp> {
    let sending = app.scheduled.index().next();
    let closing = app.polls.index().next_to_close();
    sending.into_iter().chain(closing).map(|(at, _)| at).min()
}

/// Does what is due at the application's time. Polls close before messages are sent: a message
/// of that moment finds them closed.
pub fn run(app: &mut Application) {
    polls::close_due(app);
    scheduled::send_due(app);
}
