//! Identifiers: what names a thing in the domain, and the 24-digit form that one dialect prints.

use std::{borrow::Borrow, cmp::Ordering, fmt, sync::Arc};

use serde::{Deserialize, Serialize};

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl Ord for $name {
            fn cmp(&self, other: &Self) -> Ordering {
                // Rows that mean the same thing mostly share the text, which then need not be read.
                if Arc::ptr_eq(&self.0, &other.0) { Ordering::Equal } else { self.0.cmp(&other.0) }
            }
        }

        impl PartialOrd for $name {
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                Some(self.cmp(other))
            }
        }

        impl $name {
            /// The text of the id.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The text of the id, which all that name the thing share.
            pub fn shared(&self) -> &Arc<str> {
                &self.0
            }

            /// The id that sorts before every other: where a range begins.
            pub fn first() -> Self {
                Self(Arc::from(""))
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(Arc::from(text))
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(Arc::from(text))
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_id! {
    /// A user, as clients name it: Sendbird's `user_id`, Returning.AI's `username`.
    UserId
}
text_id! {
    /// A channel: Sendbird's `channel_url`.
    ChannelId
}
text_id! {
    /// A tenant. Made by [`ApplicationId::new`], which folds case.
    ApplicationId
}

impl ApplicationId {
    /// The longest id that is taken, in bytes.
    pub const LIMIT: usize = 100;

    /// The application of that name, whatever its case; none for a name that could not be
    /// part of a host name or a path: empty, too long, or with other characters than ASCII
    /// letters, digits, `-`, `_` and `.`; or one that leads elsewhere in a path, `.`, `..` and `_mynah`.
    pub fn new(text: &str) -> Option<Self> {
        let fits = !matches!(text, "" | "." | "..")
            && !text.eq_ignore_ascii_case("_mynah")
            && text.len() <= Self::LIMIT
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
        fits.then(|| Self(Arc::from(text.to_ascii_lowercase())))
    }
}

text_id! {
    /// A snapshot, and its file. Made by [`SnapshotName::new`], which folds case.
    SnapshotName
}

impl SnapshotName {
    /// The snapshot of that name; none for a name that could not be one of an application, or that a folder
    /// would not show.
    pub fn new(text: &str) -> Option<Self> {
        let ApplicationId(name) = ApplicationId::new(text)?;
        (!name.starts_with('.')).then_some(Self(name))
    }
}

/// A live connection: one number for each, never given out again by the same process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(pub u64);

/// A message: one counter per application, never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MessageId(pub i64);

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The 24 hexadecimal digits under which Returning.AI shows a thing: eight of the second in
/// which it was made, sixteen of its number. So it sorts by time, and leads back to the number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ObjectId {
    /// Unix seconds; what exceeds 32 bits is cut off.
    pub seconds: u32,
    /// The thing's own number in its application.
    pub number: i64,
}

impl ObjectId {
    /// Reads 24 hexadecimal digits of either case; anything else is none.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != 24 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return None;
        }
        let seconds = u32::from_str_radix(&text[..8], 16).ok()?;
        let number = u64::from_str_radix(&text[8..], 16).ok()?;
        Some(Self { seconds, number: i64::try_from(number).ok()? })
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}{:016x}", self.seconds, self.number)
    }
}
