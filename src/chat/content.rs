//! What messages may have in them, and how channels of a custom type are treated: filters of words
//! and domains, links, the longest text, what new members see.

use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
};

use regex::{Regex, RegexBuilder};

use super::{Entity, Error, Field, Result, Rule, images, limits, pace, retention};
use crate::{
    model::{
        channel::Channel,
        content::{
            Consequence, ContentRules, CoveredText, Filter, ImageRule, OffenceRule, OnMatch, Pace, TypeSettings,
        },
        message::Message,
        page::{Page, Place},
    },
    state::Application,
};

/// How large the compiled form of a filter may become.
const LARGEST_FILTER: usize = 1 << 20;

/// The longest texts that the service can be told to take.
pub const LENGTHS: &[i64] = &[50, 100, 200, 500, 1000, 5000, 10_000, 20_000];

/// The settings of a custom type, if it has any.
pub(super) fn of_type<'a>(app: &'a Application, custom_type: &str) -> Option<&'a Arc<TypeSettings>> {
    if app.type_settings.is_empty() || custom_type.is_empty() {
        return None;
    }
    app.type_settings.get(custom_type)
}

/// The longest text of a message in channels of a custom type, in characters.
pub fn max_length(app: &Application, custom_type: &str) -> usize {
    let of_type = of_type(app, custom_type).and_then(|settings| settings.max_message_length);
    of_type.and_then(|length| usize::try_from(length).ok()).unwrap_or(app.settings().max_message_length)
}

/// Whether new members of channels of a custom type see what was said before.
pub(super) fn displays_past(app: &Application, custom_type: &str) -> bool {
    let of_type = of_type(app, custom_type).and_then(|settings| settings.display_past_messages);
    of_type.unwrap_or(app.settings().display_past_messages)
}

/// What is made of the words of a message by what is kept out of a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Covered {
    /// The words as they are shown.
    pub(super) text: String,
    /// Whether a filter of words has covered some, not one of domains alone.
    pub(super) by_words: bool,
}

/// What is made of the words of a message by what is kept out of a channel; none if they stay.
///
/// # Errors
/// They have something in them for which the message is refused.
pub(super) fn covered(app: &Application, channel: &Channel, text: &str) -> Result<Option<Covered>> {
    let global = &app.settings().content;
    let own = of_type(app, &channel.custom_type).map(|settings| &settings.content);
    if own.is_none() && *global == ContentRules::default() {
        return Ok(None);
    }
    if own.and_then(|own| own.no_links).or(global.no_links) == Some(true) && has_link(text) {
        return Err(Error::Forbidden(Rule::LinkKeptOut));
    }
    let mut covered: Option<String> = None;
    let mut by_words = false;
    let mut pass = |filter: &Filter, find: fn(&Filter, &str) -> Vec<(usize, usize)>, rule| {
        if filter.on_match == OnMatch::Pass {
            return Ok(());
        }
        let found = find(filter, covered.as_deref().unwrap_or(text));
        if found.is_empty() {
            return Ok(());
        }
        if filter.on_match == OnMatch::Refuse {
            return Err(Error::Forbidden(rule));
        }
        covered = Some(cover(covered.as_deref().unwrap_or(text), &found));
        by_words |= rule == Rule::WordKeptOut;
        Ok(())
    };
    for (own, global, find, rule) in [
        (own.map(|own| &own.words), &global.words, words as fn(&Filter, &str) -> _, Rule::WordKeptOut),
        (own.map(|own| &own.domains), &global.domains, domains, Rule::DomainKeptOut),
    ] {
        if let Some(own) = own {
            pass(own, find, rule)?;
        }
        if own.is_none_or(|own| own.beside_global) {
            pass(global, find, rule)?;
        }
    }
    Ok(covered.map(|text| Covered { text, by_words }))
}

/// Whether words have something in them that a filter of a channel looks for and lets pass.
pub(super) fn notices(app: &Application, channel: &Channel, text: &str) -> bool {
    let own = of_type(app, &channel.custom_type).map(|own| &own.content.words);
    let finds = |filter: &Filter| filter.on_match == OnMatch::Pass && !words(filter, text).is_empty();
    own.is_some_and(finds) || own.is_none_or(|own| own.beside_global) && finds(&app.settings().content.words)
}

/// Puts an asterisk in the place of each character of these parts.
fn cover(text: &str, parts: &[(usize, usize)]) -> String {
    let mut covered = String::with_capacity(text.len());
    let mut from = 0;
    for (start, end) in parts {
        covered.push_str(&text[from..*start]);
        covered.extend(text[*start..*end].chars().map(|_| '*'));
        from = *end;
    }
    covered.push_str(&text[from..]);
    covered
}

/// Where a text has words of a filter.
fn words(filter: &Filter, text: &str) -> Vec<(usize, usize)> {
    let compiled = filter.compiled.0.get_or_init(|| compile(filter).ok().flatten());
    let found = compiled.iter().flat_map(|regex| regex.find_iter(text));
    found.map(|found| (found.start(), found.end())).filter(|(start, end)| start < end).collect()
}

/// Where a text has addresses of the domains of a filter, or of domains in them.
fn domains(filter: &Filter, text: &str) -> Vec<(usize, usize)> {
    static ADDRESS: OnceLock<Option<Regex>> = OnceLock::new();
    let address = ADDRESS
        .get_or_init(|| Regex::new(r"(?i)\b(?:https?://)?((?:[\w-]+\.)+[\w-]+)(?::[0-9]+)?(?:[/?#][^\s]*)?").ok());
    let is_kept_out = |host: &str| {
        let host = host.to_lowercase();
        filter.words.iter().any(|domain| {
            let domain = domain.trim().to_lowercase();
            let rest = host.strip_suffix(domain.as_str());
            !domain.is_empty() && rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        })
    };
    let found = address.iter().flat_map(|regex| regex.captures_iter(text));
    let found = found.filter(|found| found.get(1).is_some_and(|host| is_kept_out(host.as_str())));
    found.filter_map(|found| found.get(0)).map(|found| (found.start(), found.end())).collect()
}

fn has_link(text: &str) -> bool {
    static LINK: OnceLock<Option<Regex>> = OnceLock::new();
    let link = LINK.get_or_init(|| Regex::new(r"(?i)\b(?:https?://|www\.)[^\s]").ok());
    link.as_ref().is_some_and(|link| link.is_match(text))
}

/// What words and expressions look like as one expression; none where there is nothing to look for.
fn compile(filter: &Filter) -> Result<Option<Regex>> {
    let refused = |_| Error::Invalid { field: Field::Filter, why: "It has an expression that can't be used" };
    let build = |text: &str| RegexBuilder::new(text).size_limit(LARGEST_FILTER).build().map_err(refused);
    let mut parts: Vec<String> = Vec::new();
    for word in filter.words.iter().map(|word| word.trim()).filter(|word| !word.is_empty()) {
        let open = |mark: bool| if mark { r"\w*" } else { "" };
        let (before, after) = (word.starts_with('*'), word.ends_with('*'));
        let inner = word.trim_matches('*');
        let edge = |letter: Option<char>| letter.is_some_and(|letter| letter.is_alphanumeric() || letter == '_');
        let bound = |letter| if edge(letter) { r"\b" } else { "" };
        if let (Some(first), Some(last)) = (inner.chars().next(), inner.chars().last()) {
            let (first, last) = (bound(Some(first)), bound(Some(last)));
            let first = if before { r"\b" } else { first };
            let last = if after { r"\b" } else { last };
            parts.push(format!("(?i:{first}{}{}{}{last})", open(before), regex::escape(inner), open(after)));
        }
    }
    for pattern in &filter.patterns {
        build(pattern)?;
        parts.push(format!("(?:{pattern})"));
    }
    if parts.is_empty() { Ok(None) } else { build(&parts.join("|")).map(Some) }
}

/// Notes what a message said before words of it were covered; none if it stands as it was written.
pub(super) fn note(app: &mut Application, message: &Message, original: Option<String>) {
    match original {
        Some(text) => {
            app.covered_texts.put(CoveredText { message: message.id, text: text.into() });
        }
        None if app.covered_texts.contains(&message.id) => {
            app.covered_texts.remove(&message.id);
        }
        None => {}
    }
}

/// What a message said before words of it were covered.
///
/// # Errors
/// No words of it are covered.
pub fn original(app: &Application, message: &Message) -> Result<Arc<CoveredText>> {
    app.covered_texts.get(&message.id).cloned().ok_or(Error::NotFound(Entity::Message))
}

/// Whether rules make sense.
///
/// # Errors
/// A number is outside its range, or an expression cannot be used.
pub fn check(content: &ContentRules) -> Result<()> {
    pace::check(content.pace)?;
    if let Some(hours) = content.retention_hours.filter(|hours| *hours != retention::FOR_EVER) {
        limits::range(Field::Retention, hours, &limits::RETENTION)?;
    }
    if let Some(rule) = &content.images {
        images::check(rule)?;
    }
    if let Some(rule) = content.offences {
        // Where nothing becomes of anybody it does not matter after how often.
        let first = i64::from(rule.then != Consequence::None);
        limits::range(Field::OffenceCount, rule.count, &(first..=*limits::OFFENCES.end()))?;
        limits::range(Field::OffenceSeconds, rule.seconds, &(first..=*limits::OFFENCE_SECONDS.end()))?;
    }
    compile(&content.words).map(drop)
}

/// What is to change of the settings of an application or of a custom type; what is none stays.
#[derive(Clone, Debug, Default)]
pub struct SettingsPatch {
    /// Whether new members see what was said before.
    pub display_past_messages: Option<bool>,
    /// Whether links are kept out.
    pub no_links: Option<bool>,
    /// The longest text of a message, in characters.
    pub max_message_length: Option<i64>,
    /// Words that are kept out.
    pub words: Option<Filter>,
    /// Domains that are kept out.
    pub domains: Option<Filter>,
    /// How fast users may send.
    pub pace: Pace,
    /// What becomes of users whose words are kept out again and again.
    pub offences: Option<OffenceRule>,
    /// How many hours messages are kept, -1 for ever.
    pub retention_hours: Option<i64>,
    /// Which pictures are kept out.
    pub images: Option<ImageRule>,
    /// What pushes say.
    pub push_template: Option<BTreeMap<String, String>>,
}

impl SettingsPatch {
    fn check(&self) -> Result<()> {
        if self.max_message_length.is_some_and(|length| !LENGTHS.contains(&length)) {
            let why = "It must be one of 50, 100, 200, 500, 1000, 5000, 10000, 20000";
            return Err(Error::Invalid { field: Field::MaxLength, why });
        }
        let mut content = ContentRules::default();
        self.clone().change(&mut content);
        check(&content)
    }

    fn change(&mut self, content: &mut ContentRules) {
        content.no_links = self.no_links.or(content.no_links);
        content.pace = self.pace.or(content.pace);
        content.offences = self.offences.or(content.offences);
        content.retention_hours = self.retention_hours.or(content.retention_hours);
        content.images = self.images.or(content.images);
        if let Some(template) = self.push_template.take() {
            content.push_template = Some(template);
        }
        if let Some(words) = self.words.take() {
            content.words = words;
        }
        if let Some(domains) = self.domains.take() {
            content.domains = domains;
        }
    }
}

/// Changes the settings of the application.
///
/// # Errors
/// A length is none of those that can be, or an expression cannot be used.
pub fn change_global(app: &mut Application, mut patch: SettingsPatch) -> Result<()> {
    patch.check()?;
    app.change_settings(|settings| {
        settings.display_past_messages = patch.display_past_messages.unwrap_or(settings.display_past_messages);
        let length = patch.max_message_length.and_then(|length| usize::try_from(length).ok());
        settings.max_message_length = length.unwrap_or(settings.max_message_length);
        patch.change(&mut settings.content);
    });
    Ok(())
}

/// Settles how channels of a custom type are treated.
///
/// # Errors
/// That is settled already, or a value is wrong.
pub fn create(app: &mut Application, custom_type: &str, patch: SettingsPatch) -> Result<Arc<TypeSettings>> {
    limits::id(Field::CustomType, custom_type)?;
    patch.check()?;
    if app.type_settings.contains(custom_type) {
        return Err(Error::Taken(Field::CustomType));
    }
    let settings =
        TypeSettings { custom_type: custom_type.into(), number: app.next_number(), ..TypeSettings::default() };
    Ok(put(app, settings, patch))
}

/// Changes how channels of a custom type are treated.
///
/// # Errors
/// Nothing is settled for it, or a value is wrong.
pub fn change(app: &mut Application, custom_type: &str, patch: SettingsPatch) -> Result<Arc<TypeSettings>> {
    let settings = find(app, custom_type)?;
    patch.check()?;
    Ok(put(app, TypeSettings::clone(&settings), patch))
}

fn put(app: &mut Application, mut settings: TypeSettings, mut patch: SettingsPatch) -> Arc<TypeSettings> {
    settings.display_past_messages = patch.display_past_messages.or(settings.display_past_messages);
    settings.max_message_length = patch.max_message_length.or(settings.max_message_length);
    patch.change(&mut settings.content);
    app.type_settings.put(settings)
}

/// How channels of a custom type are treated.
///
/// # Errors
/// Nothing is settled for it.
pub fn find(app: &Application, custom_type: &str) -> Result<Arc<TypeSettings>> {
    app.type_settings.get(custom_type).cloned().ok_or(Error::NotFound(Entity::TypeSettings))
}

/// Lets channels of a custom type be treated as the application has it.
///
/// # Errors
/// Nothing is settled for it.
pub fn remove(app: &mut Application, custom_type: &str) -> Result<()> {
    app.type_settings.remove(&Box::from(custom_type)).map(drop).ok_or(Error::NotFound(Entity::TypeSettings))
}

/// The custom types for which something is settled, the newest first.
pub fn list(app: &Application, after: Option<&Place>, limit: usize) -> Page<Arc<TypeSettings>> {
    let place = |settings: &Arc<TypeSettings>| Place { number: -settings.number, text: String::new() };
    super::page_of(app.type_settings.range(Box::from("")..).cloned(), place, after, limit)
}
