//! The words of a message in other languages. A stand-in: it says which language was asked for, and
//! leaves the words as they are.

use std::{collections::BTreeMap, sync::Arc};

use super::{Entity, Error, Field, Result, Rule, messages};
use crate::{
    model::message::{Message, MessageKind},
    state::Application,
};

/// The words with the language that was asked for before them, for each language.
///
/// # Errors
/// A language has no name, or one with other characters than letters, digits and `-`.
pub fn of(text: &str, languages: &[String]) -> Result<BTreeMap<String, String>> {
    let named = |language: &String| {
        let known = language.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        known && !language.is_empty() && language.len() <= LONGEST
    };
    if languages.is_empty() || !languages.iter().all(named) {
        return Err(Error::Invalid { field: Field::Languages, why: "It must be a list of language codes" });
    }
    Ok(languages.iter().map(|language| (language.clone(), format!("[{language}] {text}"))).collect())
}

/// The same where a sender may want none.
pub(super) fn wanted(text: &str, languages: &[String]) -> Result<BTreeMap<String, String>> {
    if languages.is_empty() { Ok(BTreeMap::new()) } else { of(text, languages) }
}

/// The longest name of a language (`zh-Hant-TW` is ten).
const LONGEST: usize = 16;

/// Translates a text, which shows the translations from then on.
///
/// # Errors
/// A language has no name, or the message is no text.
pub fn translate(app: &mut Application, message: &Message, languages: &[String]) -> Result<Arc<Message>> {
    let new = of(&message.text, languages)?;
    if message.kind != MessageKind::Text {
        return Err(Error::Forbidden(Rule::NoWordsToTranslate));
    }
    let touched = messages::touch(app, message, |details| details.translations.extend(new));
    let message = touched.ok_or(Error::NotFound(Entity::Message))?;
    messages::tell_touched(app, &message);
    Ok(message)
}
