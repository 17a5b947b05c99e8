//! How the application and channels of a custom type are treated: what is kept out of messages, how
//! long they may be, what new members see.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::{
    error::{Error, Result},
    extract::{Answer, Body, Call, Path, Query, answer, done},
    list::PageQuery,
};
use crate::{
    chat::{
        content::{self, SettingsPatch},
        retention,
    },
    model::content::{
        Consequence, ContentRules, Filter, ImageLimits, ImageRule, OffenceRule, OnMatch, Pace, TypeSettings,
    },
    state::Application,
    web::{
        field::{Field, Lenient},
        page,
        routes::Routes,
    },
};

pub(super) fn routes() -> Routes {
    const GLOBAL: &str = "/v3/applications/settings_global";
    const TYPES: &str = "/v3/applications/settings_by_channel_custom_type";
    const TYPE: &str = "/v3/applications/settings_by_channel_custom_type/{custom_type}";
    Routes::of("Application settings")
        .get("getGlobalSettings", GLOBAL, view_global)
        .put("updateGlobalSettings", GLOBAL, update_global)
        .get("listChannelSettings", TYPES, list)
        .post("createChannelSettings", TYPES, create)
        .get("getChannelSettings", TYPE, view)
        .put("updateChannelSettings", TYPE, update)
        .delete("deleteChannelSettings", TYPE, remove)
}

/// What becomes of a message, by its number on the wire. The numbers of both filters differ.
const WORDS: &[(i64, OnMatch)] = &[(0, OnMatch::Pass), (1, OnMatch::Cover), (2, OnMatch::Refuse)];
const DOMAINS: &[(i64, OnMatch)] = &[(0, OnMatch::Pass), (1, OnMatch::Refuse), (2, OnMatch::Cover)];

/// What becomes of those who say what is kept out again and again.
const ACTIONS: &[(i64, Consequence)] =
    &[(0, Consequence::None), (1, Consequence::Mute), (2, Consequence::Kick), (3, Consequence::Ban)];

fn number_of<T: PartialEq>(numbers: &[(i64, T)], wanted: &T) -> i64 {
    numbers.iter().find(|(_, meaning)| meaning == wanted).map_or(0, |(number, _)| *number)
}

/// An object within a body.
fn part<T: DeserializeOwned>(value: Value) -> Result<T> {
    let value = if value.is_object() { value } else { return Err(Error::wrong_structure()) };
    serde_json::from_value(value).map_err(|_| Error::wrong_structure())
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct SettingsBody {
    custom_type: Field<String>,
    display_past_message: Field<bool>,
    allow_links: Field<bool>,
    max_message_length: Field<i64>,
    domain_filter: Field<Value>,
    profanity_filter: Field<Value>,
    user_messages_per_channel: Field<i64>,
    user_messages_per_channel_duration: Field<i64>,
    message_retention_hours: Field<i64>,
    profanity_triggered_moderation: Field<Value>,
    image_moderation: Field<Value>,
    push_template: Field<Value>,
}

/// The part of a body that is a filter.
#[derive(Default, Deserialize)]
#[serde(default)]
struct FilterFields {
    keywords: Field<Value>,
    domains: Field<Value>,
    regex_filters: Field<Vec<Value>>,
    r#type: Field<i64>,
    should_check_global: Field<bool>,
}

impl FilterFields {
    /// What these fields make of a filter; what is not among them stays.
    fn change(self, filter: &Filter, numbers: &[(i64, OnMatch)]) -> Result<Filter> {
        let words = [self.keywords, self.domains].into_iter().map(texts).collect::<Result<Vec<_>>>()?;
        let patterns = match self.regex_filters.optional("regex_filters")? {
            None => filter.patterns.clone(),
            Some(list) => list.into_iter().map(pattern).collect::<Result<_>>()?,
        };
        let on_match = match self.r#type.optional("type")? {
            None => filter.on_match,
            Some(number) => {
                let known = numbers.iter().find(|(known, _)| *known == number);
                known.ok_or_else(|| Error::invalid("type", "It must be one of 0, 1, 2"))?.1
            }
        };
        Ok(Filter {
            words: words.into_iter().flatten().next().unwrap_or_else(|| filter.words.clone()),
            patterns,
            on_match,
            beside_global: self.should_check_global.or("should_check_global", filter.beside_global)?,
            ..Filter::default()
        })
    }
}

/// The part of a body that says what becomes of those who say what is kept out again and again.
#[derive(Default, Deserialize)]
#[serde(default)]
struct OffenceFields {
    count: Field<i64>,
    duration: Field<i64>,
    action: Field<i64>,
}

impl OffenceFields {
    /// What these fields make of a rule; what is not among them stays.
    fn change(self, rule: OffenceRule) -> Result<OffenceRule> {
        let then = match self.action.optional("action")? {
            None => rule.then,
            Some(number) => {
                let known = ACTIONS.iter().find(|(known, _)| *known == number);
                known.ok_or_else(|| Error::invalid("action", "It must be one of 0, 1, 2, 3"))?.1
            }
        };
        Ok(OffenceRule {
            count: self.count.or("count", rule.count)?,
            seconds: self.duration.or("duration", rule.seconds)?,
            then,
        })
    }
}

/// The part of a body that says which pictures are kept out.
#[derive(Default, Deserialize)]
#[serde(default)]
struct ImageFields {
    r#type: Field<i64>,
    soft_block: Field<bool>,
    limits: Field<Value>,
    check_urls: Field<bool>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct LimitFields {
    adult: Field<i64>,
    spoof: Field<i64>,
    medical: Field<i64>,
    violence: Field<i64>,
    racy: Field<i64>,
}

impl ImageFields {
    /// What these fields make of a rule; what is not among them stays.
    fn change(self, rule: ImageRule) -> Result<ImageRule> {
        let limits = match self.limits.optional("limits")? {
            None => rule.limits,
            Some(limits) => {
                let limits: LimitFields = part(limits)?;
                ImageLimits {
                    adult: limits.adult.or("adult", rule.limits.adult)?,
                    spoof: limits.spoof.or("spoof", rule.limits.spoof)?,
                    medical: limits.medical.or("medical", rule.limits.medical)?,
                    violence: limits.violence.or("violence", rule.limits.violence)?,
                    racy: limits.racy.or("racy", rule.limits.racy)?,
                }
            }
        };
        let on = match self.r#type.optional("type")? {
            None => rule.on,
            Some(0) => false,
            Some(1) => true,
            Some(_) => return Err(Error::invalid("type", "It must be one of 0, 1")),
        };
        Ok(ImageRule {
            on,
            soft: self.soft_block.or("soft_block", rule.soft)?,
            limits,
            addresses: self.check_urls.or("check_urls", rule.addresses)?,
        })
    }
}

/// The kinds of messages for which there are texts of pushes.
const PUSHED: [&str; 3] = ["MESG", "FILE", "ADMM"];

/// Texts of pushes with those that a body gives.
fn template(value: Value, before: Option<&BTreeMap<String, String>>) -> Result<BTreeMap<String, String>> {
    let mut given: BTreeMap<String, Field<String>> = part(value)?;
    let mut template = before.cloned().unwrap_or_default();
    for kind in PUSHED {
        if let Some(text) = given.remove(kind).unwrap_or_default().optional(kind)? {
            template.insert(kind.to_owned(), text);
        }
    }
    Ok(template)
}

/// A list of texts, or one text with commas between them.
fn texts(field: Field<Value>) -> Result<Option<Vec<String>>> {
    match field.optional("keywords")? {
        None => Ok(None),
        Some(Value::String(text)) => {
            let words = text.split(',').map(str::trim).filter(|word| !word.is_empty());
            Ok(Some(words.map(str::to_owned).collect()))
        }
        Some(list) => Vec::<String>::of_value(list).map(Some).map_err(|_| Error::wrong_structure()),
    }
}

fn pattern(item: Value) -> Result<String> {
    let item = BTreeMap::<String, Value>::of_value(item).map_err(|_| Error::wrong_structure())?;
    let pattern = item.get("regex").and_then(Value::as_str);
    pattern.map(str::to_owned).ok_or_else(Error::wrong_structure)
}

impl SettingsBody {
    /// What the body asks for, where these rules stand.
    fn check(self, before: &ContentRules) -> Result<SettingsPatch> {
        let filter = |field: Field<Value>, name, before: &Filter, numbers: &[(i64, OnMatch)]| {
            let value = field.optional(name)?;
            value.map(|value| part::<FilterFields>(value)?.change(before, numbers)).transpose()
        };
        let patch = SettingsPatch {
            display_past_messages: self.display_past_message.optional("display_past_message")?,
            no_links: self.allow_links.optional("allow_links")?.map(|allowed| !allowed),
            max_message_length: self.max_message_length.optional("max_message_length")?,
            words: filter(self.profanity_filter, "profanity_filter", &before.words, WORDS)?,
            domains: filter(self.domain_filter, "domain_filter", &before.domains, DOMAINS)?,
            pace: Pace {
                messages: self.user_messages_per_channel.optional("user_messages_per_channel")?,
                seconds: self.user_messages_per_channel_duration.optional("user_messages_per_channel_duration")?,
            },
            retention_hours: self.message_retention_hours.optional("message_retention_hours")?,
            images: match self.image_moderation.optional("image_moderation")? {
                None => None,
                Some(rule) => Some(part::<ImageFields>(rule)?.change(before.images.unwrap_or_default())?),
            },
            push_template: match self.push_template.optional("push_template")? {
                None => None,
                Some(texts) => Some(template(texts, before.push_template.as_ref())?),
            },
            offences: match self.profanity_triggered_moderation.optional("profanity_triggered_moderation")? {
                None => None,
                Some(rule) => Some(part::<OffenceFields>(rule)?.change(before.offences.unwrap_or_default())?),
            },
        };
        Ok(patch)
    }
}

#[derive(Serialize)]
struct Settings<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    custom_type: Option<&'a str>,
    display_past_message: bool,
    allow_links: bool,
    user_messages_per_channel: i64,
    user_messages_per_channel_duration: i64,
    max_message_length: i64,
    domain_filter: DomainFilter<'a>,
    profanity_filter: WordFilter<'a>,
    profanity_triggered_moderation: Triggered,
    message_retention_hours: i64,
    image_moderation: Images,
    push_template: BTreeMap<&'static str, &'a str>,
}

#[derive(Serialize)]
struct DomainFilter<'a> {
    domains: &'a [String],
    r#type: i64,
    should_check_global: bool,
}

#[derive(Serialize)]
struct WordFilter<'a> {
    keywords: String,
    regex_filters: Vec<Pattern<'a>>,
    r#type: i64,
    should_check_global: bool,
}

#[derive(Serialize)]
struct Pattern<'a> {
    regex: &'a str,
}

/// What happens to users who say such words again and again.
#[derive(Serialize)]
struct Triggered {
    count: i64,
    duration: i64,
    action: i64,
}

#[derive(Serialize)]
struct Images {
    r#type: i64,
    soft_block: bool,
    limits: ImageLimits,
    check_urls: bool,
}

/// How a custom type is treated, and what the application has where nothing is settled.
struct View {
    settings: TypeSettings,
    display_past_message: bool,
    allow_links: bool,
    max_message_length: i64,
    pace: Pace,
    offences: OffenceRule,
    retention_hours: i64,
    images: ImageRule,
    push_template: BTreeMap<String, String>,
}

impl View {
    fn of_type(app: &Application, settings: &TypeSettings) -> Self {
        let global = app.settings();
        let links = settings.content.no_links.or(global.content.no_links);
        let length = i64::try_from(global.max_message_length).unwrap_or(i64::MAX);
        Self {
            display_past_message: settings.display_past_messages.unwrap_or(global.display_past_messages),
            allow_links: links != Some(true),
            max_message_length: settings.max_message_length.unwrap_or(length),
            pace: settings.content.pace.or(global.content.pace),
            offences: settings.content.offences.or(global.content.offences).unwrap_or_default(),
            retention_hours: (settings.content.retention_hours.or(global.content.retention_hours))
                .unwrap_or(retention::FOR_EVER),
            images: settings.content.images.or(global.content.images).unwrap_or_default(),
            push_template: (settings.content.push_template.as_ref())
                .or(global.content.push_template.as_ref())
                .cloned()
                .unwrap_or_default(),
            settings: settings.clone(),
        }
    }

    fn of_application(app: &Application) -> Self {
        let content = app.settings().content.clone();
        Self::of_type(app, &TypeSettings { content, ..TypeSettings::default() })
    }

    fn body(&self) -> Settings<'_> {
        let (words, domains) = (&self.settings.content.words, &self.settings.content.domains);
        Settings {
            custom_type: Some(&*self.settings.custom_type).filter(|custom_type| !custom_type.is_empty()),
            display_past_message: self.display_past_message,
            allow_links: self.allow_links,
            user_messages_per_channel: self.pace.messages.unwrap_or(-1),
            user_messages_per_channel_duration: self.pace.seconds.unwrap_or(1),
            max_message_length: self.max_message_length,
            domain_filter: DomainFilter {
                domains: &domains.words,
                r#type: number_of(DOMAINS, &domains.on_match),
                should_check_global: domains.beside_global,
            },
            profanity_filter: WordFilter {
                keywords: words.words.join(","),
                regex_filters: words.patterns.iter().map(|regex| Pattern { regex }).collect(),
                r#type: number_of(WORDS, &words.on_match),
                should_check_global: words.beside_global,
            },
            profanity_triggered_moderation: Triggered {
                count: self.offences.count,
                duration: self.offences.seconds,
                action: number_of(ACTIONS, &self.offences.then),
            },
            message_retention_hours: self.retention_hours,
            image_moderation: Images {
                r#type: i64::from(self.images.on),
                soft_block: self.images.soft,
                limits: self.images.limits,
                check_urls: self.images.addresses,
            },
            push_template: PUSHED
                .iter()
                .map(|kind| (*kind, self.push_template.get(*kind).map_or("", String::as_str)))
                .collect(),
        }
    }
}

/// <https://sendbird.com/docs/chat/platform-api/v3/application/managing-settings/view-global-settings>
async fn view_global(call: Call) -> Result<Answer> {
    let view = call.read(|app| Ok(View::of_application(app))).await?;
    Ok(answer(&view.body()))
}

/// <https://sendbird.com/docs/chat/platform-api/v3/application/managing-settings/update-global-settings>
async fn update_global(call: Call, Body(body, _): Body<SettingsBody>) -> Result<Answer> {
    let view = call
        .write(|app| {
            let patch = body.check(&app.settings().content)?;
            content::change_global(app, patch)?;
            Ok(View::of_application(app))
        })
        .await?;
    Ok(answer(&view.body()))
}

#[derive(Serialize)]
struct ListBody<'a> {
    channel_custom_type_settings: Vec<Settings<'a>>,
    next: String,
}

/// <https://sendbird.com/docs/chat/platform-api/v3/channel/setting-channels-with-custom-type/list-channel-settings>
async fn list(call: Call, Query(query): Query<PageQuery>) -> Result<Answer> {
    let (views, next) = call
        .read(|app| {
            let asked = query.asked("channel settings")?;
            let page = content::list(app, asked.after.as_ref(), asked.limit);
            Ok((page.items.iter().map(|settings| View::of_type(app, settings)).collect::<Vec<_>>(), page.next))
        })
        .await?;
    let channel_custom_type_settings = views.iter().map(View::body).collect();
    Ok(answer(&ListBody { channel_custom_type_settings, next: page::write("channel settings", next.as_ref()) }))
}

/// <https://sendbird.com/docs/chat/platform-api/v3/channel/setting-channels-with-custom-type/create-channel-settings>
async fn create(call: Call, Body(mut body, _): Body<SettingsBody>) -> Result<Answer> {
    let view = call
        .write(|app| {
            let custom_type = std::mem::take(&mut body.custom_type).required("custom_type")?;
            let patch = body.check(&ContentRules::default())?;
            let settings = content::create(app, &custom_type, patch)?;
            Ok(View::of_type(app, &settings))
        })
        .await?;
    Ok(answer(&view.body()))
}

/// <https://sendbird.com/docs/chat/platform-api/v3/channel/setting-channels-with-custom-type/view-channel-settings>
async fn view(call: Call, Path(custom_type): Path<String>) -> Result<Answer> {
    let view = call.read(|app| Ok(View::of_type(app, &*content::find(app, &custom_type)?))).await?;
    Ok(answer(&view.body()))
}

/// <https://sendbird.com/docs/chat/platform-api/v3/channel/setting-channels-with-custom-type/update-channel-settings>
async fn update(call: Call, Path(custom_type): Path<String>, Body(body, _): Body<SettingsBody>) -> Result<Answer> {
    let view = call
        .write(|app| {
            let settings = content::find(app, &custom_type)?;
            let patch = body.check(&settings.content)?;
            let settings = content::change(app, &custom_type, patch)?;
            Ok(View::of_type(app, &settings))
        })
        .await?;
    Ok(answer(&view.body()))
}

/// <https://sendbird.com/docs/chat/platform-api/v3/channel/setting-channels-with-custom-type/delete-channel-settings>
async fn remove(call: Call, Path(custom_type): Path<String>) -> Result<Answer> {
    call.write(|app| Ok(content::remove(app, &custom_type)?)).await?;
    Ok(done())
}
