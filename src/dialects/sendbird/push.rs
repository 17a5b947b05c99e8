//! How users want to be woken: in general, and by one channel.
//! <https://sendbird.com/docs/chat/platform-api/v3/user/configuring-notification-preferences/overview>

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    error::{Error, Result},
    extract::{Answer, Body, Call, Path, answer},
    list::word,
};
use crate::{
    chat::{
        channels,
        push::{self, PushPatch},
        standing::{self, WakePatch},
        users,
    },
    model::{
        channel::{ChannelKind, Member},
        push::{DaySchedule, PushPreference, PushTrigger, TimeWindow},
    },
    web::{
        field::{Field, FieldError, Kind, Lenient, Problem},
        routes::Routes,
    },
};

pub(super) fn routes() -> Routes {
    let (general, of_channel) =
        ("/v3/users/{user_id}/push_preference", "/v3/users/{user_id}/push_preference/{channel_url}");
    Routes::of("Users")
        .get("getPushPreference", general, view)
        .put("updatePushPreference", general, update)
        .delete("resetPushPreference", general, reset)
        .get("getPushPreferenceOfAChannel", of_channel, view_of_channel)
        .put("updatePushPreferenceOfAChannel", of_channel, update_of_channel)
        .get("getPushTemplate", "/v3/users/{user_id}/push/template", view_template)
        .put("updatePushTemplate", "/v3/users/{user_id}/push/template", choose_template)
}

const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// The word for which messages wake.
pub(super) fn trigger(trigger: PushTrigger) -> &'static str {
    match trigger {
        PushTrigger::All => "all",
        PushTrigger::Mentions => "mention_only",
        PushTrigger::Off => "off",
    }
}

/// The word for which messages of a channel wake.
pub(super) fn trigger_of(member: &Member) -> &'static str {
    member.push.map_or("default", trigger)
}

#[derive(Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "independent switches of the resource")]
pub(super) struct PreferenceBody<'a> {
    push_trigger_option: &'static str,
    do_not_disturb: bool,
    start_hour: i64,
    start_min: i64,
    end_hour: i64,
    end_min: i64,
    dnd_schedules: Vec<ScheduleBody<'a>>,
    snooze_enabled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    snooze_start_ts: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    snooze_end_ts: Option<i64>,
    block_push_from_bots: bool,
    push_blocked_bot_ids: &'a [String],
    enable_push_for_replies: bool,
    timezone: &'a str,
    push_sound: &'a str,
}

#[derive(Serialize)]
struct ScheduleBody<'a> {
    day_of_week: &'static str,
    time_windows: &'a [TimeWindow],
}

impl<'a> PreferenceBody<'a> {
    pub(super) fn new(preference: &'a PushPreference) -> Self {
        let window = preference.window;
        let schedule = |schedule: &'a DaySchedule| ScheduleBody {
            day_of_week: DAYS[schedule.day % DAYS.len()],
            time_windows: &schedule.windows,
        };
        Self {
            push_trigger_option: trigger(preference.trigger),
            do_not_disturb: preference.do_not_disturb,
            start_hour: window.start_hour,
            start_min: window.start_min,
            end_hour: window.end_hour,
            end_min: window.end_min,
            dnd_schedules: preference.schedules.iter().map(schedule).collect(),
            snooze_enabled: preference.snoozes,
            snooze_start_ts: preference.snooze_from.map(|moment| moment.0),
            snooze_end_ts: preference.snooze_until.map(|moment| moment.0),
            block_push_from_bots: preference.blocks_bots,
            push_blocked_bot_ids: &preference.blocked_bots,
            enable_push_for_replies: preference.for_replies,
            timezone: &preference.timezone,
            push_sound: &preference.sound,
        }
    }
}

/// <https://sendbird.com/docs/chat/platform-api/v3/user/configuring-notification-preferences/get-push-preferences>
async fn view(call: Call, Path(id): Path<String>) -> Result<Answer> {
    let preference = call
        .read(|app| {
            let user = users::find(app, &id)?;
            Ok(push::preference(app, &user))
        })
        .await?;
    Ok(answer(&PreferenceBody::new(&preference)))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct UpdateBody {
    push_trigger_option: Field<String>,
    do_not_disturb: Field<bool>,
    start_hour: Field<i64>,
    start_min: Field<i64>,
    end_hour: Field<i64>,
    end_min: Field<i64>,
    dnd_schedules: Field<Vec<Value>>,
    snooze_enabled: Field<bool>,
    snooze_start_ts: Field<i64>,
    snooze_end_ts: Field<i64>,
    block_push_from_bots: Field<bool>,
    push_blocked_bot_ids: Field<Vec<String>>,
    enable_push_for_replies: Field<bool>,
    timezone: Field<String>,
    push_sound: Field<String>,
}

const TRIGGERS: [(&str, Option<PushTrigger>); 3] = [
    ("all", Some(PushTrigger::All)),
    ("mention_only", Some(PushTrigger::Mentions)),
    ("off", Some(PushTrigger::Off)),
];

impl UpdateBody {
    fn check(self) -> Result<PushPatch> {
        let schedules = self.dnd_schedules.optional("dnd_schedules")?;
        Ok(PushPatch {
            trigger: word(self.push_trigger_option, "push_trigger_option", &TRIGGERS, None)?,
            do_not_disturb: self.do_not_disturb.optional("do_not_disturb")?,
            start_hour: self.start_hour.optional("start_hour")?,
            start_min: self.start_min.optional("start_min")?,
            end_hour: self.end_hour.optional("end_hour")?,
            end_min: self.end_min.optional("end_min")?,
            schedules: schedules.map(|list| list.into_iter().map(schedule).collect::<Result<_>>()).transpose()?,
            snoozes: self.snooze_enabled.optional("snooze_enabled")?,
            snooze_from: self.snooze_start_ts.optional("snooze_start_ts")?,
            snooze_until: self.snooze_end_ts.optional("snooze_end_ts")?,
            blocks_bots: self.block_push_from_bots.optional("block_push_from_bots")?,
            blocked_bots: self.push_blocked_bot_ids.optional("push_blocked_bot_ids")?,
            for_replies: self.enable_push_for_replies.optional("enable_push_for_replies")?,
            timezone: self.timezone.optional("timezone")?,
            sound: self.push_sound.optional("push_sound")?,
            template: None,
        })
    }
}

/// A property of an object that has to be there and of that type.
fn property<T: Lenient>(object: &mut Value, name: &'static str) -> Result<T> {
    let value = object.get_mut(name).map(Value::take).filter(|value| !value.is_null());
    let value = value.ok_or(FieldError { name, problem: Problem::Missing })?;
    Ok(T::of_value(value).map_err(|problem| FieldError { name, problem })?)
}

fn schedule(mut given: Value) -> Result<DaySchedule> {
    if !given.is_object() {
        return Err(FieldError { name: "dnd_schedules", problem: Problem::Not(Kind::Object) }.into());
    }
    let day: String = property(&mut given, "day_of_week")?;
    let windows: Vec<Value> = property(&mut given, "time_windows")?;
    let day = DAYS.iter().position(|known| known.eq_ignore_ascii_case(&day));
    let day = day.ok_or_else(|| Error::invalid("day_of_week", "It must be a day from monday to sunday"))?;
    let window = |mut given: Value| {
        if !given.is_object() {
            return Err(FieldError { name: "time_windows", problem: Problem::Not(Kind::Object) }.into());
        }
        Ok(TimeWindow {
            start_hour: property(&mut given, "start_hour")?,
            start_min: property(&mut given, "start_min")?,
            end_hour: property(&mut given, "end_hour")?,
            end_min: property(&mut given, "end_min")?,
        })
    };
    Ok(DaySchedule { day, windows: windows.into_iter().map(window).collect::<Result<_>>()? })
}

/// <https://sendbird.com/docs/chat/platform-api/v3/user/configuring-notification-preferences/update-push-preferences>
async fn update(call: Call, Path(id): Path<String>, Body(body, _): Body<UpdateBody>) -> Result<Answer> {
    let preference = call
        .write(|app| {
            let user = users::find(app, &id)?;
            Ok(push::update(app, &user, body.check()?)?)
        })
        .await?;
    Ok(answer(&PreferenceBody::new(&preference)))
}

/// <https://sendbird.com/docs/chat/platform-api/v3/user/configuring-notification-preferences/reset-push-preferences>
async fn reset(call: Call, Path(id): Path<String>) -> Result<Answer> {
    let preference = call
        .write(|app| {
            let user = users::find(app, &id)?;
            Ok(push::reset(app, &user))
        })
        .await?;
    Ok(answer(&PreferenceBody::new(&preference)))
}

#[derive(Serialize)]
struct ChannelBody<'a> {
    push_trigger_option: &'static str,
    push_sound: &'a str,
    enable: bool,
}

impl<'a> ChannelBody<'a> {
    fn new(member: &'a Member) -> Self {
        Self {
            push_trigger_option: trigger_of(member),
            push_sound: if member.push_sound.is_empty() { "default" } else { &member.push_sound },
            enable: member.push != Some(PushTrigger::Off),
        }
    }
}

/// <https://sendbird.com/docs/chat/platform-api/v3/user/configuring-notification-preferences/get-push-preferences-for-a-channel>
async fn view_of_channel(call: Call, Path((id, url)): Path<(String, String)>) -> Result<Answer> {
    let member = call
        .read(|app| {
            users::find(app, &id)?;
            let channel = channels::find(app, ChannelKind::Group, &url)?;
            Ok(standing::find(app, &channel, &id)?)
        })
        .await?;
    Ok(answer(&ChannelBody::new(&member)))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct UpdateChannelBody {
    push_trigger_option: Field<String>,
    push_sound: Field<String>,
    enable: Field<bool>,
}

impl UpdateChannelBody {
    fn check(self) -> Result<WakePatch> {
        let enable = self.enable.optional("enable")?;
        if !self.push_trigger_option.is_given() && enable.is_none() {
            return Err(Error::missing("push_trigger_option"));
        }
        let [all, mentions, off] = TRIGGERS.map(|(word, trigger)| (word, Some(trigger)));
        let words = [("default", Some(None)), all, mentions, off];
        // The older switch: everything, or nothing.
        let older = enable.map(|enable| if enable { None } else { Some(PushTrigger::Off) });
        Ok(WakePatch {
            push: word(self.push_trigger_option, "push_trigger_option", &words, older)?,
            sound: self.push_sound.optional("push_sound")?,
        })
    }
}

/// <https://sendbird.com/docs/chat/platform-api/v3/user/configuring-notification-preferences/update-push-preferences-for-a-channel>
async fn update_of_channel(
    call: Call,
    Path((id, url)): Path<(String, String)>,
    Body(body, _): Body<UpdateChannelBody>,
) -> Result<Answer> {
    let member = call
        .write(|app| {
            users::find(app, &id)?;
            let channel = channels::find(app, ChannelKind::Group, &url)?;
            Ok(standing::wake(app, &channel, &id, body.check()?)?)
        })
        .await?;
    Ok(answer(&ChannelBody::new(&member)))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct TemplateBody {
    name: Field<String>,
}

#[derive(Serialize)]
struct Template<'a> {
    name: &'a str,
}

/// Client SDKs ask for it; no page documents it.
async fn view_template(call: Call, Path(id): Path<String>) -> Result<Answer> {
    let preference = call.read(|app| Ok(push::preference(app, &*users::find(app, &id)?))).await?;
    Ok(answer(&Template { name: &preference.template }))
}

/// <https://sendbird.com/docs/chat/platform-api/v3/user/configuring-notification-preferences/update-push-message-template>
async fn choose_template(call: Call, Path(id): Path<String>, Body(body, _): Body<TemplateBody>) -> Result<Answer> {
    let preference = call
        .write(|app| {
            let user = users::find(app, &id)?;
            let name = body.name.required("name")?;
            if !matches!(name.as_str(), "default" | "alternative") {
                return Err(Error::invalid("name", "It must be one of default, alternative"));
            }
            let patch = PushPatch { template: Some(name), ..PushPatch::default() };
            Ok(push::update(app, &user, patch)?)
        })
        .await?;
    Ok(answer(&Template { name: &preference.template }))
}
