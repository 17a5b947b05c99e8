//! What goes out by itself: committed events, told to those whom they concern.

mod hub;
pub mod webhooks;

use axum::extract::ws::Utf8Bytes;

pub use self::hub::{Hub, Line, Notice};
use crate::{
    engine::Occurrence,
    model::{
        ids::{ChannelId, UserId},
        time::Timestamp,
    },
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
pub struct Told {
    /// Who is to get it.
    pub to: Audience,
    /// Who of them is not.
    pub but: Vec<UserId>,
    /// The connection whose command it was is answered in another way.
    pub answered: bool,
    /// What they get.
    pub frame: Frame,
}

/// A text for the wire.
pub enum Frame {
    /// The same for all.
    Same(Utf8Bytes),
    /// For each user another.
    Each(ForUser),
}

/// Makes the text for one user.
pub type ForUser = Box<dyn Fn(&Application, &UserId) -> String>;

/// Who is to get a frame. Only live connections of the event's own application are ever meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Audience {
    /// All devices of these users.
    Users(Vec<UserId>),
    /// All devices of everybody who is in a group channel, as a member or invited.
    Members(ChannelId),
    /// All devices of those who have joined a group channel and see what was said at that moment.
    Joined(ChannelId, Timestamp),
    /// The connections that have entered an open channel.
    Participants(ChannelId),
}

impl Told {
    /// A frame for these, all of them.
    pub fn to(audience: Audience, frame: String) -> Self {
        Self { to: audience, but: Vec::new(), answered: false, frame: Frame::Same(frame.into()) }
    }

    /// But not for these users.
    #[must_use]
    pub fn but(self, users: Vec<UserId>) -> Self {
        Self { but: users, ..self }
    }

    /// But not for the connection whose command it was.
    #[must_use]
    pub fn answered(self) -> Self {
        Self { answered: true, ..self }
    }
}
