//! The catalogue of emojis that clients offer for reactions.

/// A group of emojis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmojiCategory {
    /// Its number.
    pub id: i64,
    /// Its name.
    pub name: Box<str>,
    /// Its picture.
    pub picture: Box<str>,
}

/// An emoji.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Emoji {
    /// What reactions call it.
    pub key: Box<str>,
    /// Its number: those that came later have higher ones.
    pub id: i64,
    /// The number of its category.
    pub category: i64,
    /// Its picture.
    pub picture: Box<str>,
}
