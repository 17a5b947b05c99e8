//! Users, and the picture of a user that messages keep.

use std::sync::Arc;

use super::{Extra, Metadata, file::Link, ids::UserId, time::Timestamp};

/// How a user looked at one time. Never changed once made: a change of the user makes a new
/// profile, and messages sent before keep the old one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Its number in the application.
    pub number: i64,
    /// Whose profile it is.
    pub user: UserId,
    /// The name that is shown.
    pub nickname: Box<str>,
    /// The picture; an empty link if there is none.
    pub picture: Link,
    /// What the client has hung on the user.
    pub metadata: Metadata,
}

/// A user of an application.
#[derive(Clone, Debug, PartialEq)]
pub struct User {
    /// Who it is; unique in the application, and case matters.
    pub id: UserId,
    /// A short number, in the order of creation; Returning.AI shows it.
    pub number: i64,
    /// What the user looks like now.
    pub profile: Arc<Profile>,
    /// E-mail address, or empty.
    pub email: Box<str>,
    /// The token that clients of this user must show, or empty.
    pub access_token: Box<str>,
    /// When the user was created.
    pub created_at: Timestamp,
    /// A deactivated user stays, but may do nothing.
    pub active: bool,
    /// Whether the user has a live connection. Never stored.
    pub online: bool,
    /// When the user was last connected; none before the first time.
    pub last_seen_at: Option<Timestamp>,
    /// Whether a client ever logged in as this user.
    pub has_ever_logged_in: bool,
    /// Keys under which friends find the user.
    pub discovery_keys: Vec<String>,
    /// Languages that the user prefers, best first.
    pub preferred_languages: Vec<String>,
    /// Whether an invitation makes the user a member at once.
    pub accepts_invitations: bool,
    /// What no rule reads.
    pub extra: Extra,
}
