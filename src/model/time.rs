//! Moments, as applications count them.

use serde::{Deserialize, Serialize};

/// A moment in milliseconds since 1970-01-01 UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// Before everything: "never", where a moment is due.
    pub const ZERO: Self = Self(0);

    /// Whole seconds, as some fields of the wire have it.
    pub fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// The millisecond after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}
