//! What goes out by itself: committed events, told to those whom they concern.

use std::sync::Arc;

use axum::extract::ws::Utf8Bytes;

use crate::{
    engine::Occurrence,
    model::ids::{ChannelId, UserId},
    state::Application,
};

/// How a dialect says events to live connections.
pub trait Encode: Send + Sync {
    /// The frames that tell of an event, in their order, each with those who are to get it. None
    /// where nobody is to hear of it. The application is as it is now, which may be a moment later
    /// than the event: what must be as it was stands in the event.
    fn encode(&self, app: &Application, occurrence: &Occurrence) -> Vec<Told>;
}

/// A frame and its audience.
#[derive(Clone, Debug)]
pub struct Told {
    /// Who is to get it.
    pub to: Audience,
    /// Who of them is not.
    pub but: Vec<UserId>,
    /// The text, serialised once for all.
    pub frame: Utf8Bytes,
}

/// Who is to get a frame. Only live connections of the event's own application are ever meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Audience {
    /// All devices of these users.
    Users(Arc<[UserId]>),
    /// All devices of everybody who is in a group channel, as a member or invited.
    Members(ChannelId),
    /// All devices of those who have joined a group channel.
    Joined(ChannelId),
    /// The connections that have entered an open channel.
    Participants(ChannelId),
}
