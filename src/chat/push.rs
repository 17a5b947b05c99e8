//! How users want to be woken.

use std::sync::Arc;

use super::{Error, Field, Result, limits};
use crate::{
    model::{
        event::Event,
        ids::UserId,
        push::{DaySchedule, PushPreference, PushTrigger, TimeWindow},
        time::Timestamp,
        user::User,
    },
    state::Application,
};

/// How a user wants to be woken.
pub fn preference(app: &Application, user: &User) -> Arc<PushPreference> {
    let said = app.push_preferences.get(&user.id).cloned();
    said.unwrap_or_else(|| Arc::new(PushPreference::of(user.id.clone())))
}

/// What is to change of how a user wants to be woken; what is none stays.
#[derive(Clone, Debug, Default)]
pub struct PushPatch {
    /// Which messages wake.
    pub trigger: Option<PushTrigger>,
    /// Whether the daily window keeps devices silent.
    pub do_not_disturb: Option<bool>,
    /// The hour in which the daily window begins.
    pub start_hour: Option<i64>,
    /// The minute of that hour.
    pub start_min: Option<i64>,
    /// The hour in which it ends.
    pub end_hour: Option<i64>,
    /// The minute of that hour.
    pub end_min: Option<i64>,
    /// Windows by day of the week, in place of the ones before; those that end before they begin
    /// go on into the next day.
    pub schedules: Option<Vec<DaySchedule>>,
    /// Whether devices are silent for a while.
    pub snoozes: Option<bool>,
    /// The beginning of that while.
    pub snooze_from: Option<i64>,
    /// The end of that while.
    pub snooze_until: Option<i64>,
    /// Whether no bot wakes.
    pub blocks_bots: Option<bool>,
    /// Bots that do not wake.
    pub blocked_bots: Option<Vec<String>>,
    /// Whether replies wake.
    pub for_replies: Option<bool>,
    /// The time zone in which windows are meant.
    pub timezone: Option<String>,
    /// The sound.
    pub sound: Option<String>,
    /// The name of the template of the texts.
    pub template: Option<String>,
}

/// Says how a user wants to be woken.
///
/// # Errors
/// An hour or minute is out of range, a time zone cannot be one, or a while ends before it begins.
pub fn update(app: &mut Application, user: &User, patch: PushPatch) -> Result<Arc<PushPreference>> {
    let mut new = PushPreference::clone(&preference(app, user));
    new.trigger = patch.trigger.unwrap_or(new.trigger);
    new.do_not_disturb = patch.do_not_disturb.unwrap_or(new.do_not_disturb);
    new.window = TimeWindow {
        start_hour: patch.start_hour.unwrap_or(new.window.start_hour),
        start_min: patch.start_min.unwrap_or(new.window.start_min),
        end_hour: patch.end_hour.unwrap_or(new.window.end_hour),
        end_min: patch.end_min.unwrap_or(new.window.end_min),
    };
    check_window(&new.window)?;
    if let Some(schedules) = patch.schedules {
        schedules.iter().flat_map(|schedule| &schedule.windows).try_for_each(check_window)?;
        new.schedules = split_at_midnight(&schedules);
    }
    new.snoozes = patch.snoozes.unwrap_or(new.snoozes);
    new.snooze_from = patch.snooze_from.map(Timestamp).or(new.snooze_from);
    new.snooze_until = patch.snooze_until.map(Timestamp).or(new.snooze_until);
    if new.snooze_from.zip(new.snooze_until).is_some_and(|(from, until)| until < from) {
        return Err(Error::Invalid { field: Field::SnoozeUntil, why: "It must not be before the beginning" });
    }
    new.blocks_bots = patch.blocks_bots.unwrap_or(new.blocks_bots);
    new.blocked_bots = patch.blocked_bots.unwrap_or(new.blocked_bots);
    new.for_replies = patch.for_replies.unwrap_or(new.for_replies);
    if let Some(timezone) = patch.timezone {
        check_timezone(&timezone)?;
        new.timezone = timezone.into();
    }
    new.sound = patch.sound.map_or(new.sound, Into::into);
    new.template = patch.template.map_or(new.template, Into::into);
    if new == *preference(app, user) {
        return Ok(Arc::new(new));
    }
    let new = app.push_preferences.put(new);
    app.emit(Event::UserPushChanged(Arc::clone(&new)));
    Ok(new)
}

/// Puts everything back to how it was at the beginning, but for the template.
pub fn reset(app: &mut Application, user: &User) -> Arc<PushPreference> {
    let before = preference(app, user);
    let fresh = PushPreference::of(user.id.clone());
    let fresh = if before.template == fresh.template {
        app.push_preferences.remove(&user.id);
        Arc::new(fresh)
    } else {
        app.push_preferences.put(PushPreference { template: before.template.clone(), ..fresh })
    };
    if fresh != before {
        app.emit(Event::UserPushChanged(Arc::clone(&fresh)));
    }
    fresh
}

/// Forgets what a user said who is deleted.
pub(super) fn forget(app: &mut Application, user: &UserId) {
    app.push_preferences.remove(user);
}

fn check_window(window: &TimeWindow) -> Result<()> {
    limits::range(Field::Hour, window.start_hour, &limits::HOURS)?;
    limits::range(Field::Minute, window.start_min, &limits::MINUTES)?;
    limits::range(Field::Hour, window.end_hour, &limits::HOURS)?;
    limits::range(Field::Minute, window.end_min, &limits::MINUTES)?;
    Ok(())
}

/// Refuses a text that can be no name of a time zone.
fn check_timezone(timezone: &str) -> Result<()> {
    limits::text(Field::Timezone, timezone)?;
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '_' | '-' | '+' | ':');
    if timezone.is_empty() || !timezone.chars().all(fits) {
        return Err(Error::Invalid { field: Field::Timezone, why: "It must be the name of a time zone" });
    }
    Ok(())
}

/// Windows that end before they begin go on into the next day; then none crosses midnight.
fn split_at_midnight(schedules: &[DaySchedule]) -> Vec<DaySchedule> {
    let mut days: [Vec<TimeWindow>; 7] = Default::default();
    for schedule in schedules {
        let (today, tomorrow) = (schedule.day % 7, (schedule.day + 1) % 7);
        for window in &schedule.windows {
            let (start, end) = window.minutes();
            if start <= end {
                days[today].push(*window);
                continue;
            }
            days[today].push(TimeWindow { end_hour: 23, end_min: 59, ..*window });
            if end > 0 {
                days[tomorrow].push(TimeWindow { start_hour: 0, start_min: 0, ..*window });
            }
        }
    }
    let days = days.into_iter().enumerate().map(|(day, mut windows)| {
        windows.sort_unstable();
        windows.dedup();
        DaySchedule { day, windows }
    });
    days.filter(|schedule| !schedule.windows.is_empty()).collect()
}
