//! What an application keeps out of messages, and how it wants channels of a custom type to be treated.

use std::{collections::BTreeMap, fmt, sync::OnceLock};

use regex::Regex;
use serde::{Deserialize, Serialize};

use super::ids::MessageId;

/// What becomes of a message in which a filter finds something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnMatch {
    /// Nothing.
    #[default]
    Pass,
    /// What was found is covered by asterisks.
    Cover,
    /// It is refused.
    Refuse,
}

/// Words or domains that are looked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Filter {
    /// The words or domains.
    pub words: Vec<String>,
    /// Regular expressions beside words.
    pub patterns: Vec<String>,
    /// What becomes of a message that has one.
    pub on_match: OnMatch,
    /// Whether a filter of a custom type stands beside that of the application, or in its place.
    pub beside_global: bool,
    /// What is made of words and expressions before the first search.
    #[serde(skip)]
    pub compiled: Compiled,
}

impl Default for Filter {
    fn default() -> Self {
        Self {
            words: Vec::new(),
            patterns: Vec::new(),
            on_match: OnMatch::Pass,
            beside_global: true,
            compiled: Compiled::default(),
        }
    }
}

/// What a filter searches with; made of the filter, and no part of what it is.
#[derive(Clone, Default)]
pub struct Compiled(pub OnceLock<Option<Regex>>);

impl fmt::Debug for Compiled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Compiled")
    }
}

impl PartialEq for Compiled {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Compiled {}

/// What the messages of an application or of a custom type may have in them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ContentRules {
    /// Words.
    pub words: Filter,
    /// Domains of addresses.
    pub domains: Filter,
    /// Whether links are kept out; for a custom type none is as the application has it.
    pub no_links: Option<bool>,
    /// How fast users may send.
    pub pace: Pace,
    /// What becomes of users whose words are kept out again and again; for a custom type none is as the
    /// application has it.
    pub offences: Option<OffenceRule>,
    /// How many hours messages are kept, -1 for ever; for a custom type none is as the application has it.
    pub retention_hours: Option<i64>,
    /// Which pictures are kept out; for a custom type none is as the application has it.
    pub images: Option<ImageRule>,
    /// What pushes say, by the kind of message; for a custom type none is as the application has it.
    pub push_template: Option<BTreeMap<String, String>>,
}

/// What a picture can show that is kept out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImageKind {
    /// Nakedness.
    Adult,
    /// What is made to look like something else.
    Spoof,
    /// Wounds and treatments.
    Medical,
    /// Violence.
    Violence,
    /// What is nearly naked.
    Racy,
}

/// From which likelihood on pictures are kept out that show something, each from 1, which is very unlikely, to 5.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "each is named after its kind")]
pub struct ImageLimits {
    pub adult: i64,
    pub spoof: i64,
    pub medical: i64,
    pub violence: i64,
    pub racy: i64,
}

impl Default for ImageLimits {
    fn default() -> Self {
        Self { adult: 3, spoof: 5, medical: 5, violence: 3, racy: 4 }
    }
}

/// Which pictures are kept out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ImageRule {
    /// Whether pictures are looked at.
    pub on: bool,
    /// Whether messages with such a picture pass, and are told of only.
    pub soft: bool,
    /// From which likelihood on.
    pub limits: ImageLimits,
    /// Whether addresses in texts are looked at too.
    pub addresses: bool,
}

/// What becomes of a user.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Consequence {
    /// Nothing.
    #[default]
    None,
    /// The user may not write in the channel any more.
    Mute,
    /// The user is taken out of the channel.
    Kick,
    /// The user is taken out, and may not come back.
    Ban,
}

/// What becomes of a user whose words are kept out of a channel so often within so many seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OffenceRule {
    /// How often.
    pub count: i64,
    /// Within how many seconds.
    pub seconds: i64,
    /// What becomes of the user then.
    pub then: Consequence,
}

/// How many messages a user may send in one channel within how many seconds. What is none is as the
/// application has it; where that has none either, there is no limit, and a second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Pace {
    /// How many messages; -1 for any number.
    pub messages: Option<i64>,
    /// Within how many seconds.
    pub seconds: Option<i64>,
}

impl Pace {
    /// What is settled here, and otherwise there.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self { messages: self.messages.or(other.messages), seconds: self.seconds.or(other.seconds) }
    }
}

/// How channels of a custom type are treated. What is none is as the application has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TypeSettings {
    /// The custom type.
    pub custom_type: Box<str>,
    /// Its number in the application: newer ones have higher numbers.
    pub number: i64,
    /// Whether new members see what was said before.
    pub display_past_messages: Option<bool>,
    /// The longest text of a message, in characters.
    pub max_message_length: Option<i64>,
    /// What messages may have in them.
    pub content: ContentRules,
}

/// What a message said before words of it were covered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoveredText {
    /// The message.
    pub message: MessageId,
    /// What its sender wrote.
    pub text: Box<str>,
}
