//! Uploaded files and the links that lead to files.

use std::fmt;

use super::time::Timestamp;

/// Bytes that a client has given us to keep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredFile {
    /// The name under which it is kept: SHA-256 of the content, in 64 hexadecimal digits, after a `p` where
    /// it is private.
    pub hash: Box<str>,
    /// Length in bytes.
    pub size: i64,
    /// Media type as given at the first upload.
    pub media_type: Box<str>,
    /// When it was first uploaded.
    pub created_at: Timestamp,
}

/// What the name of a private file begins with, which no hash does.
const PRIVATE: char = 'p';

impl StoredFile {
    /// The name under which bytes of that hash are kept where not everybody may see them.
    pub fn private(hash: &str) -> String {
        format!("{PRIVATE}{hash}")
    }

    /// Whether only those may see it who show a key.
    pub fn is_private(&self) -> bool {
        self.hash.starts_with(PRIVATE)
    }

    /// The hash of the bytes that are kept under a name.
    pub fn content_of(name: &str) -> &str {
        name.trim_start_matches(PRIVATE)
    }
}

/// Where a picture or an attached file is: somewhere else, with us, or nowhere.
///
/// An address of our own is never kept whole, since the same server has other names for other
/// clients; it is completed when it is handed out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Link(Box<str>);

/// What an address of our own begins with while it is kept.
const OURS: &str = "mynah-file:";

impl Link {
    /// A link to an address that the client has given.
    pub fn to(address: &str) -> Self {
        Self(Box::from(address))
    }

    /// A link to bytes that we keep.
    pub fn stored(hash: &str, name: &str) -> Self {
        Self(format!("{OURS}{hash}/{name}").into())
    }

    /// The text that is kept.
    pub fn as_kept(&self) -> &str {
        &self.0
    }

    /// Whether there is no address at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Hash and name of the bytes that we keep, if the link leads to us.
    pub fn local(&self) -> Option<(&str, &str)> {
        self.0.strip_prefix(OURS)?.split_once('/')
    }
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
