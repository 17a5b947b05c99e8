//! Tokens with which clients of a user log in for some time.

use super::{ids::UserId, time::Timestamp};

/// One such token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionToken {
    /// Whose token it is.
    pub user: UserId,
    /// Grows with every token: newer ones have higher numbers.
    pub number: i64,
    /// What the client shows.
    pub token: Box<str>,
    /// When it was issued.
    pub created_at: Timestamp,
    /// From when on it is of no use.
    pub expires_at: Timestamp,
    /// Whether the user's own resource lists it.
    pub listed: bool,
    /// Whether it was taken back.
    pub revoked: bool,
}

/// What clients of a user act with once they have logged in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionKey {
    /// What the client shows.
    pub key: Box<str>,
    /// As whom it acts.
    pub user: UserId,
    /// Grows with every key: newer ones have higher numbers.
    pub number: i64,
    /// The number of the session token by which it was got; none if it was got without one.
    pub token: Option<i64>,
    /// Whether it was got by the access token that the user had then.
    pub by_access_token: bool,
    /// When it was issued.
    pub created_at: Timestamp,
    /// From when on it is of no use; none for never.
    pub expires_at: Option<Timestamp>,
    /// Whether it was taken back.
    pub revoked: bool,
}
