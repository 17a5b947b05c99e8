//! Rows as the database has them: numbers and texts in columns.

use std::{borrow::Cow, fmt, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{
    model::{
        ids::{ApplicationId, ChannelId, UserId},
        time::Timestamp,
    },
    state::{Application, table::Row},
};

/// What stands in one column of one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cell<'a> {
    Null,
    Int(i64),
    Text(Cow<'a, str>),
    /// A text that others hold too.
    Name(&'a Arc<str>),
}

/// A row that has a table in the database.
pub(super) trait Stored: Row + Sized {
    /// The name of the table.
    const TABLE: &'static str;
    /// Its columns but for the application, which is the first; those of the key come first.
    const COLUMNS: &'static [&'static str];
    /// How many columns the key has, the application not counted.
    const KEYS: usize;

    /// Whether rows are wide and come in great numbers: then they are bound as values, which is
    /// faster, and else as one JSON array.
    const WIDE: bool = false;

    /// The columns of a key.
    fn key_cells(key: &Self::Key) -> Vec<Cell<'_>>;

    /// All columns of the row.
    fn cells(&self) -> Vec<Cell<'_>>;

    /// The row of these columns.
    fn read(row: &mut Reader<'_>, app: &Application) -> Result<Self, Unreadable>;
}

/// The columns of a row make no sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unreadable;

/// Hands out the columns of one row, one after the other.
pub(super) struct Reader<'a>(std::vec::IntoIter<Cell<'a>>);

impl<'a> Reader<'a> {
    pub(super) fn new(cells: Vec<Cell<'a>>) -> Self {
        Self(cells.into_iter())
    }

    fn next(&mut self) -> Result<Cell<'a>, Unreadable> {
        self.0.next().ok_or(Unreadable)
    }

    pub(super) fn text(&mut self) -> Result<Cow<'a, str>, Unreadable> {
        self.maybe_text()?.ok_or(Unreadable)
    }

    pub(super) fn maybe_text(&mut self) -> Result<Option<Cow<'a, str>>, Unreadable> {
        match self.next()? {
            Cell::Text(text) => Ok(Some(text)),
            Cell::Null => Ok(None),
            Cell::Name(name) => Ok(Some(Cow::Borrowed(name))),
            Cell::Int(_) => Err(Unreadable),
        }
    }

    pub(super) fn int(&mut self) -> Result<i64, Unreadable> {
        self.maybe_int()?.ok_or(Unreadable)
    }

    pub(super) fn maybe_int(&mut self) -> Result<Option<i64>, Unreadable> {
        match self.next()? {
            Cell::Int(number) => Ok(Some(number)),
            Cell::Null => Ok(None),
            Cell::Text(_) | Cell::Name(_) => Err(Unreadable),
        }
    }

    pub(super) fn flag(&mut self) -> Result<bool, Unreadable> {
        self.int().map(|number| number != 0)
    }

    pub(super) fn time(&mut self) -> Result<Timestamp, Unreadable> {
        self.int().map(Timestamp)
    }

    /// A column that holds JSON. An empty text is the default.
    pub(super) fn json<T: de::DeserializeOwned + Default>(&mut self) -> Result<T, Unreadable> {
        let text = self.text()?;
        if text.is_empty() { Ok(T::default()) } else { serde_json::from_str(&text).map_err(|_| Unreadable) }
    }
}

impl From<i64> for Cell<'_> {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<Option<i64>> for Cell<'_> {
    fn from(number: Option<i64>) -> Self {
        number.map_or(Self::Null, Self::Int)
    }
}

impl From<bool> for Cell<'_> {
    fn from(flag: bool) -> Self {
        Self::Int(i64::from(flag))
    }
}

impl From<Timestamp> for Cell<'_> {
    fn from(moment: Timestamp) -> Self {
        Self::Int(moment.0)
    }
}

impl<'a> From<&'a str> for Cell<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl<'a> From<&'a ApplicationId> for Cell<'a> {
    fn from(id: &'a ApplicationId) -> Self {
        Self::Name(id.shared())
    }
}

impl<'a> From<&'a ChannelId> for Cell<'a> {
    fn from(id: &'a ChannelId) -> Self {
        Self::Name(id.shared())
    }
}

impl<'a> From<Option<&'a UserId>> for Cell<'a> {
    fn from(id: Option<&'a UserId>) -> Self {
        id.map_or(Self::Null, |id| Self::Name(id.shared()))
    }
}

impl<'a> From<Option<&'a str>> for Cell<'a> {
    fn from(text: Option<&'a str>) -> Self {
        text.map_or(Self::Null, Self::from)
    }
}

/// A column of JSON; empty where there is nothing to say.
pub(super) fn json<'a>(value: &impl Serialize, is_empty: bool) -> Cell<'a> {
    if is_empty {
        return Cell::Text(Cow::Borrowed(""));
    }
    let text = serde_json::to_string(value).expect("plain data with text keys is JSON");
    Cell::Text(Cow::Owned(text))
}

impl Serialize for Cell<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Int(number) => serializer.serialize_i64(*number),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Name(name) => serializer.serialize_str(name),
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Cell<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Cell<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number, a text or null")
            }

            fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
                Ok(Cell::Null)
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Self::Value, E> {
                Ok(Cell::Int(number))
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Self::Value, E> {
                i64::try_from(number).map(Cell::Int).map_err(E::custom)
            }

            fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Cell::Text(Cow::Borrowed(text)))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Cell::Text(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}
