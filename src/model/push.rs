//! When and how users' devices are woken.

use serde::{Deserialize, Serialize};

use super::{ids::UserId, time::Timestamp};

/// Which messages wake a user's devices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PushTrigger {
    /// All of them.
    #[default]
    All,
    /// Those that mention the user.
    Mentions,
    /// None.
    Off,
}

/// A part of a day, from its first to its last minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TimeWindow {
    /// The hour in which it begins.
    pub start_hour: i64,
    /// The minute of that hour.
    pub start_min: i64,
    /// The hour in which it ends.
    pub end_hour: i64,
    /// The minute of that hour.
    pub end_min: i64,
}

impl TimeWindow {
    /// The minutes of the day at which it begins and ends.
    pub fn minutes(&self) -> (i64, i64) {
        (self.start_hour * 60 + self.start_min, self.end_hour * 60 + self.end_min)
    }
}

/// When a user is not to be disturbed on one day of the week.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DaySchedule {
    /// The day: 0 is Monday.
    pub day: usize,
    /// Parts of the day; none of them crosses midnight.
    pub windows: Vec<TimeWindow>,
}

/// How a user wants to be woken.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "independent switches that clients set one by one")]
pub struct PushPreference {
    /// Whose preference it is.
    pub user: UserId,
    /// Which messages wake.
    pub trigger: PushTrigger,
    /// Whether the daily window keeps devices silent.
    pub do_not_disturb: bool,
    /// The daily window.
    pub window: TimeWindow,
    /// Windows by day of the week, in the order of days.
    pub schedules: Vec<DaySchedule>,
    /// Whether devices are silent for a while.
    pub snoozes: bool,
    /// The beginning of that while.
    pub snooze_from: Option<Timestamp>,
    /// The end of that while.
    pub snooze_until: Option<Timestamp>,
    /// Whether no bot wakes.
    pub blocks_bots: bool,
    /// Bots that do not wake.
    pub blocked_bots: Vec<String>,
    /// Whether replies wake.
    pub for_replies: bool,
    /// The time zone in which windows are meant.
    pub timezone: Box<str>,
    /// The sound.
    pub sound: Box<str>,
    /// The name of the template of the texts.
    pub template: Box<str>,
}

impl PushPreference {
    /// What a user has who never said anything.
    pub fn of(user: UserId) -> Self {
        Self {
            user,
            trigger: PushTrigger::All,
            do_not_disturb: false,
            window: TimeWindow { start_hour: 0, start_min: 0, end_hour: 0, end_min: 0 },
            schedules: Vec::new(),
            snoozes: false,
            snooze_from: None,
            snooze_until: None,
            blocks_bots: false,
            blocked_bots: Vec::new(),
            for_replies: true,
            timezone: "UTC".into(),
            sound: "default".into(),
            template: "default".into(),
        }
    }
}

/// The services through which devices are woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DeviceKind {
    /// Firebase.
    Gcm,
    /// Huawei.
    Huawei,
    /// Apple.
    Apns,
}

/// A device of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceToken {
    /// Whose device it is.
    pub user: UserId,
    /// The service through which it is woken.
    pub kind: DeviceKind,
    /// Its name there.
    pub token: Box<str>,
    /// Grows with every registration: newer devices have higher numbers.
    pub number: i64,
}
