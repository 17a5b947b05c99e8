//! The Sendbird dialect, resource by resource.

mod errors;
mod limits;
mod polls;
mod rate_limits;
mod replies;
mod scheduled_messages;
mod wrong_input;
