//! Spans of time as people write them: `200ms`, `5s`, `2m`, `30d`, `PT1H`, or a number of milliseconds.

use std::{fmt, time::Duration};

use jiff::SpanRelativeTo;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The milliseconds that a text says: a number of them, or a text such as `1.5s`, `-2h30m`, `30d` or `P30D`. A day has 24
/// hours. None if it says none.
pub fn milliseconds(text: &str) -> Option<i64> {
    let text = text.trim();
    if let Ok(milliseconds) = text.parse() {
        return Some(milliseconds);
    }
    let span: jiff::Span = text.parse().ok()?;
    let length = span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()?;
    i64::try_from(length.as_millis()).ok()
}

/// A span of time of a request to the control API.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(pub Duration);

impl Span {
    /// The span that a text says; none if it says none, or one into the past.
    pub fn parse(text: &str) -> Option<Self> {
        let milliseconds = u64::try_from(milliseconds(text)?).ok()?;
        Some(Self(Duration::from_millis(milliseconds)))
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl de::Visitor<'_> for Read {
            type Value = Span;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a span of time such as \"200ms\", \"5s\" or a number of milliseconds")
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Span, E> {
                Ok(Span(Duration::from_millis(number)))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Span, E> {
                Span::parse(text).ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
            }
        }
        deserializer.deserialize_any(Read)
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = self.0.as_millis();
        if millis.is_multiple_of(1000) { write!(f, "{}s", millis / 1000) } else { write!(f, "{millis}ms") }
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_as_people_write_them() {
        for (text, millis) in [
            ("200ms", 200),
            ("5s", 5000),
            ("1.5s", 1500),
            ("2m", 120_000),
            ("1h", 3_600_000),
            ("30", 30),
            ("PT2M", 120_000),
        ] {
            assert_eq!(Span::parse(text), Some(Span(Duration::from_millis(millis))), "{text}");
        }
        for text in ["", "s", "-1s", "1 month", "1e9s", "1.2.3s", "٣s", "99999999999999999999999h"] {
            assert_eq!(Span::parse(text), None, "{text}");
        }
    }
}
