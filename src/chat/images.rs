//! Pictures that are kept out. A stand-in: nobody looks at a picture, its name says what it shows. The word for a
//! kind among the words of the name (`beach-racy.png`) means that it surely shows that, a digit behind the word
//! (`beach-racy-3.png`) how likely it is, from 1 to 5.

use std::sync::{Arc, OnceLock};

use regex::Regex;

use super::{Error, Field, Result, Rule, content, limits};
use crate::{
    model::{
        channel::Channel,
        content::{ImageKind, ImageLimits, ImageRule},
        event::Event,
        message::Attachment,
        user::Profile,
    },
    state::Application,
};

/// What a picture can show, and by which word its name says so.
const KINDS: &[(&str, ImageKind)] = &[
    ("adult", ImageKind::Adult),
    ("spoof", ImageKind::Spoof),
    ("medical", ImageKind::Medical),
    ("violence", ImageKind::Violence),
    ("racy", ImageKind::Racy),
];

fn limit(limits: &ImageLimits, kind: ImageKind) -> i64 {
    match kind {
        ImageKind::Adult => limits.adult,
        ImageKind::Spoof => limits.spoof,
        ImageKind::Medical => limits.medical,
        ImageKind::Violence => limits.violence,
        ImageKind::Racy => limits.racy,
    }
}

/// Refuses limits that are no likelihoods.
pub(super) fn check(rule: &ImageRule) -> Result<()> {
    KINDS.iter().try_for_each(|(_, kind)| {
        limits::range(Field::ImageLimit, limit(&rule.limits, *kind), &limits::LIKELIHOODS).map(drop)
    })
}

/// Whether a message with these words and files may pass. Where a picture is kept out, that is told.
///
/// # Errors
/// A picture is kept out.
pub(super) fn may_pass<'a>(
    app: &mut Application,
    channel: &Arc<Channel>,
    user: &Arc<Profile>,
    text: &str,
    files: impl IntoIterator<Item = &'a Attachment>,
) -> Result<()> {
    let own = content::of_type(app, &channel.custom_type).and_then(|own| own.content.images);
    let Some(rule) = own.or(app.settings().content.images).filter(|rule| rule.on) else { return Ok(()) };
    let pictures =
        files.into_iter().filter(|file| file.media_type.is_empty() || file.media_type.starts_with("image/"));
    let names = pictures.map(|file| if file.name.is_empty() { file.link.as_kept() } else { &*file.name });
    let addresses = if rule.addresses { addresses(text) } else { Vec::new() };
    let found = names.chain(addresses).find_map(|name| {
        let shows = shown(name).filter(|(kind, level)| *level >= limit(&rule.limits, *kind));
        Some((name, shows.collect::<Vec<_>>())).filter(|(_, shows)| !shows.is_empty())
    });
    let Some((image, shows)) = found else { return Ok(()) };
    let (channel, user, passes) = (Arc::clone(channel), Arc::clone(user), rule.soft);
    let found = Event::ImageFound { channel, user, text: text.into(), image: image.into(), shows, passes };
    if passes {
        app.emit(found);
        return Ok(());
    }
    app.tell_refused(|_| Some(found));
    Err(Error::Forbidden(Rule::ImageKeptOut))
}

/// The addresses in a text.
fn addresses(text: &str) -> Vec<&str> {
    static ADDRESS: OnceLock<Option<Regex>> = OnceLock::new();
    let address = ADDRESS.get_or_init(|| Regex::new(r"(?i)\bhttps?://[^\s]+").ok());
    address.iter().flat_map(|regex| regex.find_iter(text)).map(|found| found.as_str()).collect()
}

/// What a name says that is shown, and how likely that is. Of an address the last part of the path is the name.
fn shown(name: &str) -> impl Iterator<Item = (ImageKind, i64)> {
    let path = name.split(['?', '#']).next().unwrap_or_default();
    let last = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_lowercase();
    let words: Vec<_> = last.split(|letter: char| !letter.is_alphanumeric()).map(str::to_owned).collect();
    let level = |place: usize| words.get(place).and_then(|word| word.parse().ok());
    let found = words.iter().enumerate().filter_map(|(place, word)| {
        let (_, kind) = KINDS.iter().find(|(known, _)| known == word)?;
        let level = level(place + 1).filter(|level| limits::LIKELIHOODS.contains(level));
        Some((*kind, level.unwrap_or(*limits::LIKELIHOODS.end())))
    });
    found.collect::<Vec<_>>().into_iter()
}
