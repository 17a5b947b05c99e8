//! Moments and lengths of time, as people and programs write them.

use serde::{Deserialize, Deserializer, de};

use crate::{
    model::time::Timestamp,
    web::{
        duration,
        field::{Field, Kind, Lenient, Problem, Raw},
    },
};

/// The last moment that a clock may be made to show: the end of the year 9999, where dates end.
const LAST: i64 = 253_402_207_200_000;

/// What a moment is.
const MOMENT: &str =
    "milliseconds since 1970 or a date such as 2026-01-31 or 2026-01-31T12:00:00Z, before the year 10000";

/// What a length of time is.
const LENGTH: &str =
    "a length of time such as \"90s\", \"2h30m\", \"30d\" or \"P30D\", or a number of milliseconds";

/// What a pace is.
const PACE: &str = "a number from 0.001 to 1000000";

/// A moment: a number of milliseconds since 1970, or a date such as `2026-01-31T12:00:00Z`. A day alone is its first
/// moment in UTC.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment(pub(super) Timestamp);

impl Lenient for Moment {
    const KIND: Kind = Kind::Text;

    fn of(raw: Raw<'_>) -> Result<Self, Problem> {
        let milliseconds = match &raw {
            Raw::Number(number) => Some(*number),
            Raw::Text(text) | Raw::Plain(text) => milliseconds(text.trim()),
            _ => None,
        };
        let moment = milliseconds.filter(|moment| (1..=LAST).contains(moment));
        moment.map(|moment| Self(Timestamp(moment))).ok_or(Problem::Unlike(MOMENT))
    }
}

/// The milliseconds that a text says: a number of them, a date with a time, or a day alone.
fn milliseconds(text: &str) -> Option<i64> {
    if let Ok(milliseconds) = text.parse() {
        return Some(milliseconds);
    }
    if let Ok(moment) = text.parse::<jiff::Timestamp>() {
        return Some(moment.as_millisecond());
    }
    let is_a_day = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    let day: jiff::civil::Date = text.parse().ok().filter(|_| is_a_day)?;
    Some(day.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_millisecond())
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Field::<Self>::deserialize(deserializer)? {
            Field::Given(moment) => Ok(moment),
            _ => Err(de::Error::custom(format!("it must be {MOMENT}"))),
        }
    }
}

/// A length of time in milliseconds: a number of them, a text such as `90s`, `-2h30m` or `30d`, or one such as `P30D`.
/// A day has 24 hours.
#[derive(Clone, Copy, Debug)]
pub(super) struct Length(pub(super) i64);

impl Lenient for Length {
    const KIND: Kind = Kind::Text;

    fn of(raw: Raw<'_>) -> Result<Self, Problem> {
        let milliseconds = match &raw {
            Raw::Number(number) => Some(*number),
            Raw::Text(text) | Raw::Plain(text) => duration::milliseconds(text),
            _ => None,
        };
        // Longer than all the time that there is makes no sense, and none of it may overflow.
        let length = milliseconds.filter(|length| (-LAST..=LAST).contains(length));
        length.map(Self).ok_or(Problem::Unlike(LENGTH))
    }
}

/// How many times as fast as the machine's a clock goes, in thousandths.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace(pub(super) i64);

impl Lenient for Pace {
    const KIND: Kind = Kind::Number;

    fn of(raw: Raw<'_>) -> Result<Self, Problem> {
        #[expect(clippy::cast_precision_loss, reason = "what is too large is refused anyway")]
        let factor = match &raw {
            Raw::Number(number) => *number as f64,
            Raw::Fraction(number) => *number,
            Raw::Plain(text) => text.parse().unwrap_or(f64::NAN),
            _ => f64::NAN,
        };
        let pace = (factor * 1000.0).round();
        if !(1.0..=1e9).contains(&pace) {
            return Err(Problem::Unlike(PACE));
        }
        #[expect(clippy::cast_possible_truncation, reason = "it is a whole number up to 10^9")]
        Ok(Self(pace as i64))
    }
}

/// Whether a clock may show that.
pub(super) fn is_in_time(moment: Timestamp) -> bool {
    (1..=LAST).contains(&moment.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_and_moments_are_read_as_they_are_written() {
        for (text, milliseconds) in [
            ("90s", 90_000),
            ("P30D", 30 * 86_400_000),
            ("30d", 30 * 86_400_000),
            ("PT1H30M", 5_400_000),
            ("-2h 30m", -9_000_000),
            ("1500ms", 1500),
            ("250", 250),
        ] {
            assert_eq!(Length::of(Raw::Text(text.into())).map(|length| length.0), Ok(milliseconds), "{text}");
        }
        for text in ["", "soon", "1 month", "P1Y", "9999999d", "s"] {
            assert!(Length::of(Raw::Text(text.into())).is_err(), "{text}");
        }
        let moment = |text: &'static str| Moment::of(Raw::Text(text.into())).map(|moment| moment.0.0);
        assert_eq!(moment("2026-01-31T12:00:00.5Z"), Ok(1_769_860_800_500));
        assert_eq!(moment("1769860800500"), Ok(1_769_860_800_500));
        assert_eq!(moment("2026-01-31"), Ok(1_769_817_600_000));
        assert!(
            moment("2026-02-30").is_err()
                && moment("2026-01").is_err()
                && moment("-5").is_err()
                && moment("").is_err()
        );
        assert!(Pace::of(Raw::Fraction(0.0001)).is_err() && Pace::of(Raw::Number(2_000_000)).is_err());
        assert_eq!(Pace::of(Raw::Fraction(1.5)).map(|pace| pace.0), Ok(1500));
    }
}
