//! The Sendbird dialect, resource by resource.

mod friends;
mod group_channel_actions;
mod my_group_channels;
mod preferences;
mod push;
mod replies;
mod session_tokens;
mod unread;
mod user_metadata;
