//! What an application is beside its tables.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::time::Timestamp;

/// Which replies count as messages of the channel itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReplyPolicy {
    /// All of them.
    #[default]
    All,
    /// None of them.
    NoReplies,
    /// Those that are shown in the channel too.
    ShownInChannel,
}

/// How the application wants to be treated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "independent switches, set one by one")]
pub struct Settings {
    /// Tokens that are accepted; any, if empty.
    pub tokens: Vec<String>,
    /// Which replies become the last message of a channel.
    pub last_message_policy: ReplyPolicy,
    /// Which replies count as unread.
    pub unread_policy: ReplyPolicy,
    /// Whether new members see what was said before.
    pub display_past_messages: bool,
    /// Whether an invitation makes new users members at once.
    pub accepts_invitations: bool,
    /// The longest text of a message, in characters.
    pub max_message_length: usize,
    /// A second send with a known `dedup_id` answers with the first message instead of an error.
    pub repeat_answers_original: bool,
    /// Whether users may react to messages.
    pub reactions: bool,
    /// Whether the emojis that come with the service are in the catalogue.
    pub default_emojis: bool,
    /// What keys to private files are made with; drawn with the first of them.
    pub file_secret: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            tokens: Vec::new(),
            last_message_policy: ReplyPolicy::All,
            unread_policy: ReplyPolicy::All,
            display_past_messages: false,
            accepts_invitations: true,
            max_message_length: 5000,
            repeat_answers_original: false,
            reactions: true,
            default_emojis: true,
            file_secret: String::new(),
        }
    }
}

/// Numbers that are given out once each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// The last message id.
    pub messages: i64,
    /// The last number of a user.
    pub users: i64,
    /// The last number of anything else.
    pub others: i64,
    /// How often the generator was asked.
    pub draws: i64,
}

/// The application's own row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// When its first write came.
    pub created_at: Timestamp,
    /// How it wants to be treated.
    pub settings: Arc<Settings>,
    /// Numbers given out so far.
    pub counters: Counters,
}
