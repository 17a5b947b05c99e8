//! The Sendbird dialect, resource by resource.

mod bans;
mod blocks;
mod channel_metadata;
mod custom_types;
mod freezes;
mod metacounters;
mod mutes;
mod operators;
mod replies;
mod reports;
