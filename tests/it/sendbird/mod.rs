//! The Sendbird dialect, resource by resource.

mod changes;
mod emojis;
mod extra_data;
mod files;
mod migration;
mod pins;
mod reactions;
mod receipts;
mod replies;
mod search;
mod threads;
mod translations;
