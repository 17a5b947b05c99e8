//! How long and how many: every limit of a field stands here.

use super::{Error, Field, Result};
use crate::model::{Metadata, message::MetaItem};

/// What is measured against a field's limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Unicode characters.
    Characters,
    /// Bytes of UTF-8.
    Bytes,
    /// Items of a list or keys of a map.
    Items,
}

/// Each limited field, its limit and what is measured.
pub const LIMITS: &[(Field, usize, Unit)] = &[
    (Field::UserId, 80, Unit::Characters),
    (Field::Nickname, 80, Unit::Characters),
    (Field::Picture, 2048, Unit::Characters),
    (Field::PreferredLanguages, 4, Unit::Items),
    (Field::Metadata, 5, Unit::Items),
    (Field::MetadataKey, 128, Unit::Characters),
    (Field::MetadataValue, 190, Unit::Characters),
    (Field::ChannelId, 100, Unit::Characters),
    (Field::ChannelName, 191, Unit::Characters),
    (Field::Cover, 2048, Unit::Characters),
    (Field::CustomType, 128, Unit::Characters),
    (Field::Members, 100, Unit::Items),
    (Field::Operators, 100, Unit::Items),
    (Field::AskedUsers, 250, Unit::Items),
    (Field::AskedMembers, 60, Unit::Items),
    (Field::MetaKey, 80, Unit::Bytes),
    (Field::MetaValue, 128, Unit::Bytes),
    (Field::DedupId, 255, Unit::Characters),
    (Field::Request, 255, Unit::Characters),
    (Field::Reaction, 192, Unit::Characters),
    (Field::Topic, 255, Unit::Characters),
    (Field::PollTitle, 2048, Unit::Characters),
    (Field::PollOption, 2000, Unit::Characters),
    (Field::Typers, 10, Unit::Items),
    (Field::Timezone, 64, Unit::Characters),
    (Field::Friends, 100, Unit::Items),
    (Field::DiscoveryKeys, 100, Unit::Items),
    (Field::ReactionKinds, 20, Unit::Items),
    (Field::Pins, 10, Unit::Items),
    (Field::Migrated, 100, Unit::Items),
    (Field::Files, 30, Unit::Items),
    (Field::EmojiCategory, 128, Unit::Characters),
    (Field::EmojiKey, 30, Unit::Characters),
    (Field::EmojiPicture, 2048, Unit::Characters),
    (Field::BanDescription, 250, Unit::Characters),
    (Field::MuteDescription, 2048, Unit::Characters),
    (Field::Counters, 5, Unit::Items),
    (Field::CounterKey, 128, Unit::Characters),
    (Field::ReportCategory, 50, Unit::Characters),
    (Field::ReportDescription, 2048, Unit::Characters),
    (Field::Webhooks, 20, Unit::Items),
];

/// The shortest id of a channel.
pub const SHORTEST_CHANNEL_ID: usize = 4;

/// How many messages one question may ask for on each side.
pub const MESSAGES: std::ops::RangeInclusive<i64> = 0..=200;

/// How many rows one question may ask for.
pub const ROWS: std::ops::RangeInclusive<i64> = 1..=100;

/// How many polls one question may ask for.
pub const POLLS: std::ops::RangeInclusive<i64> = 1..=20;
/// The hours of a day.
pub const HOURS: std::ops::RangeInclusive<i64> = 0..=23;

/// The minutes of an hour.
pub const MINUTES: std::ops::RangeInclusive<i64> = 0..=59;
/// How many rows of a list of mutes one question may ask for.
pub const MUTED_ROWS: std::ops::RangeInclusive<i64> = 0..=100;

/// For how many seconds somebody may be banned or muted: ten years at most, -1 for as long.
pub const SECONDS: std::ops::RangeInclusive<i64> = -1..=3650 * 24 * 60 * 60;

/// How many messages a user may send in one channel within some seconds, where that is limited.
pub const PACE: std::ops::RangeInclusive<i64> = 1..=10_000;

/// Within how many seconds: a day at most.
pub const PACE_SECONDS: std::ops::RangeInclusive<i64> = 1..=24 * 60 * 60;

/// How often words of a user may be kept out before something becomes of the user.
pub const OFFENCES: std::ops::RangeInclusive<i64> = 0..=1000;

/// Within how many seconds: a year at most.
pub const OFFENCE_SECONDS: std::ops::RangeInclusive<i64> = 0..=365 * 24 * 60 * 60;

/// How many hours messages are kept where they are not kept for ever: a hundred years at most.
pub const RETENTION: std::ops::RangeInclusive<i64> = 1..=876_000;

/// How likely it can be that a picture shows something.
pub const LIKELIHOODS: std::ops::RangeInclusive<i64> = 1..=5;

fn limit(field: Field) -> Option<(usize, Unit)> {
    LIMITS.iter().find(|(limited, ..)| *limited == field).map(|(_, limit, unit)| (*limit, *unit))
}

/// Refuses a text that is too long for its field.
pub fn text(field: Field, text: &str) -> Result<()> {
    match limit(field) {
        Some((limit, Unit::Bytes)) if text.len() > limit => Err(Error::TooLong { field, limit }),
        Some((limit, Unit::Characters)) if text.len() > limit && text.chars().count() > limit => {
            Err(Error::TooLong { field, limit })
        }
        _ => Ok(()),
    }
}

/// Refuses a list that has too many items for its field.
pub fn items(field: Field, count: usize) -> Result<()> {
    match limit(field) {
        Some((limit, Unit::Items)) if count > limit => Err(Error::TooMany { field, limit }),
        _ => Ok(()),
    }
}

/// Refuses an empty id or one that is too long.
pub fn id(field: Field, id: &str) -> Result<()> {
    text(field, id)?;
    if id.trim().is_empty() { Err(Error::BadCharacter(field)) } else { Ok(()) }
}

/// Refuses an id under which no channel can be created: 4 to 100 ASCII letters, digits, `_`
/// and `-`.
pub fn channel_id(id: &str) -> Result<()> {
    text(Field::ChannelId, id)?;
    if !id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-')) || id.is_empty() {
        return Err(Error::BadCharacter(Field::ChannelId));
    }
    if id.len() < SHORTEST_CHANNEL_ID {
        return Err(Error::Invalid { field: Field::ChannelId, why: "It must have 4 to 100 characters" });
    }
    Ok(())
}

/// Refuses metadata with too many keys, too long ones, ones with a comma, or too long values.
pub fn metadata(metadata: &Metadata) -> Result<()> {
    items(Field::Metadata, metadata.len())?;
    for (key, value) in metadata {
        text(Field::MetadataKey, key)?;
        if key.is_empty() || key.contains(',') {
            return Err(Error::BadCharacter(Field::MetadataKey));
        }
        text(Field::MetadataValue, value)?;
    }
    Ok(())
}

/// Refuses extra data with too long keys or values, or with a key that comes twice.
pub fn meta(items: &[MetaItem]) -> Result<()> {
    for (position, item) in items.iter().enumerate() {
        text(Field::MetaKey, &item.key)?;
        if items[..position].iter().any(|earlier| earlier.key == item.key) {
            return Err(Error::Invalid { field: Field::Meta, why: "A key must come once" });
        }
        item.value.iter().try_for_each(|value| text(Field::MetaValue, value))?;
    }
    Ok(())
}

/// Refuses a number outside a range.
pub fn range(field: Field, number: i64, range: &std::ops::RangeInclusive<i64>) -> Result<usize> {
    if !range.contains(&number) {
        return Err(Error::OutOfRange(field));
    }
    usize::try_from(number).map_err(|_| Error::OutOfRange(field))
}
