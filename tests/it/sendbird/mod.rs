//! The Sendbird dialect, resource by resource.

mod polls;
mod replies;
mod scheduled_messages;
