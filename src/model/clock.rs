//! Clocks of applications, and what happens by itself when they go on.

use std::time::Duration;

use serde::Serialize;

use super::time::Timestamp;

/// A clock: what it shows when the machine's clock shows something, and how fast it goes from there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    /// What it showed, or was made to show.
    pub shown: Timestamp,
    /// What the machine's clock showed then.
    pub since: Timestamp,
    /// By how many milliseconds it goes on in a second of the machine's; none if it stands still.
    pub pace: i64,
}

impl Default for Clock {
    fn default() -> Self {
        Self { shown: Timestamp::ZERO, since: Timestamp::ZERO, pace: REAL_PACE }
    }
}

/// The pace of the machine's own clock.
const REAL_PACE: i64 = 1000;

/// In which way a clock goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// It shows what the machine's shows.
    Real,
    /// It goes as the machine's, and shows something else.
    Offset,
    /// It stands still.
    Frozen,
    /// It goes faster or slower.
    Accelerated,
}

impl Clock {
    /// The slowest and the fastest pace at which a clock goes: a thousandth, and a million.
    pub const PACES: std::ops::RangeInclusive<i64> = 1..=1_000_000_000;

    /// A clock that is ahead of the machine's by so many milliseconds, or behind it.
    pub fn ahead(by: i64) -> Self {
        Self { shown: Timestamp(by), ..Self::default() }
    }

    /// A clock that stands still. It is the same one whenever it was stopped.
    pub fn frozen(at: Timestamp) -> Self {
        Self { shown: at, since: Timestamp::ZERO, pace: 0 }
    }

    /// A clock that goes at that pace, in thousandths of the machine's.
    pub fn at_pace(pace: i64, from: Timestamp, machine: Timestamp) -> Self {
        Self { shown: from, since: machine, pace }
    }

    /// In which way it goes.
    pub fn mode(&self) -> Mode {
        match self.pace {
            0 => Mode::Frozen,
            REAL_PACE if self.shown == self.since => Mode::Real,
            REAL_PACE => Mode::Offset,
            _ => Mode::Accelerated,
        }
    }

    /// What it shows when the machine's clock shows that.
    pub fn at(&self, machine: Timestamp) -> Timestamp {
        let passed = i128::from(machine.0) - i128::from(self.since.0);
        let gone = (passed * i128::from(self.pace)).div_euclid(i128::from(REAL_PACE));
        narrowed(i128::from(self.shown.0) + gone)
    }

    /// What the machine's clock shows when this one shows that; none if it stands still.
    pub fn machine_at(&self, moment: Timestamp) -> Option<Timestamp> {
        if self.pace <= 0 {
            return None;
        }
        let ahead = (i128::from(moment.0) - i128::from(self.shown.0)) * i128::from(REAL_PACE);
        let pace = i128::from(self.pace);
        // The first millisecond at which the moment has come.
        let wait = ahead.div_euclid(pace) + i128::from(ahead.rem_euclid(pace) > 0);
        Some(narrowed(i128::from(self.since.0) + wait))
    }

    /// How long it takes until so many milliseconds have passed on it; none if it stands still.
    pub fn wait(&self, milliseconds: i64) -> Option<Duration> {
        let real = u128::from(milliseconds.max(0).unsigned_abs()) * u128::from(REAL_PACE.unsigned_abs());
        let pace = u128::try_from(self.pace).ok().filter(|pace| *pace > 0)?;
        Some(Duration::from_millis(u64::try_from(real.div_ceil(pace)).unwrap_or(u64::MAX)))
    }

    /// The same clock, put forward by so many milliseconds.
    #[must_use]
    pub fn forward(self, milliseconds: i64) -> Self {
        Self { shown: Timestamp(self.shown.0.saturating_add(milliseconds)), ..self }
    }
}

fn narrowed(moment: i128) -> Timestamp {
    let bounds = (i128::from(i64::MIN), i128::from(i64::MAX));
    Timestamp(i64::try_from(moment.clamp(bounds.0, bounds.1)).unwrap_or(i64::MAX))
}

/// Something that has happened by itself because its moment had come.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Ran {
    /// Its moment.
    pub at: Timestamp,
    /// What.
    pub kind: RanKind,
    /// To which of that kind: the number or the id of a row.
    pub id: String,
    /// Whom it concerns, if it is one user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
}

/// What can happen by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RanKind {
    /// A poll has closed.
    PollClosed,
    /// A scheduled message was sent.
    ScheduledMessageSent,
    /// A scheduled message could not be sent.
    ScheduledMessageFailed,
    /// A user has done what was planned.
    StepDone,
    /// A user could not do what was planned.
    StepFailed,
    /// A mute has ended.
    MuteEnded,
    /// A ban has ended.
    BanEnded,
    /// A session token opens nothing any more.
    SessionTokenExpired,
    /// A session has ended.
    SessionExpired,
    /// A call of a webhook that waited is made.
    WebhookCalled,
    /// Messages of a channel were kept as long as they are to be.
    MessagesExpired,
}

#[cfg(test)]
mod tests {
    use super::*;

    const MACHINE: Timestamp = Timestamp(1_700_000_000_000);

    fn after(milliseconds: i64) -> Timestamp {
        Timestamp(MACHINE.0 + milliseconds)
    }

    #[test]
    fn a_clock_goes_at_its_pace_and_knows_when_a_moment_comes() {
        for (clock, mode, shown) in [
            (Clock::default(), Mode::Real, after(2000)),
            (Clock::ahead(-5000), Mode::Offset, after(-3000)),
            (Clock::frozen(Timestamp(7)), Mode::Frozen, Timestamp(7)),
            (Clock::at_pace(60_000, Timestamp(7), MACHINE), Mode::Accelerated, Timestamp(120_007)),
            (Clock::at_pace(1, Timestamp(7), MACHINE), Mode::Accelerated, Timestamp(9)),
        ] {
            assert_eq!((clock.mode(), clock.at(after(2000))), (mode, shown));
            assert_eq!(clock.forward(50).at(after(2000)), Timestamp(shown.0 + 50));
            let Some(at) = clock.machine_at(Timestamp(shown.0 + 90_001)) else {
                assert_eq!((mode, clock.wait(5)), (Mode::Frozen, None));
                continue;
            };
            assert!(clock.at(at) >= Timestamp(shown.0 + 90_001), "{clock:?}");
            assert!(clock.at(Timestamp(at.0 - 1)) < Timestamp(shown.0 + 90_001), "{clock:?}");
        }
        assert_eq!(Clock::at_pace(60_000, MACHINE, MACHINE).wait(90_001), Some(Duration::from_millis(1501)));
        assert_eq!(Clock::at_pace(1, MACHINE, MACHINE).at(Timestamp(i64::MAX)).0.signum(), 1);
        assert_eq!(Clock::ahead(i64::MAX).at(MACHINE), Timestamp(i64::MAX));
    }
}
