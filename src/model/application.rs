//! What an application is beside its tables.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{clock::Clock, content::ContentRules, time::Timestamp, webhook::Webhook};

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

/// What the customer pays for, by which requests are limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Plan {
    /// The free one.
    #[serde(rename = "free")]
    Free,
    /// 5,000 active users a month.
    #[serde(rename = "5k")]
    Mau5k,
    /// 10,000.
    #[serde(rename = "10k")]
    Mau10k,
    /// 25,000.
    #[serde(rename = "25k")]
    Mau25k,
    /// 50,000.
    #[serde(rename = "50k")]
    Mau50k,
    /// 100,000 and more.
    #[serde(rename = "100k")]
    Mau100k,
}

/// How many fit in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Capacity {
    /// Members of a group channel, joined or invited.
    pub members: usize,
    /// Members of one that is for very many.
    pub large_members: usize,
    /// Group channels that a user has joined.
    pub joined_channels: usize,
}

impl Default for Capacity {
    fn default() -> Self {
        Self { members: 100, large_members: 2000, joined_channels: 2000 }
    }
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
    /// The plan by which requests are limited; none for no limit.
    pub rate_limit: Option<Plan>,
    /// Whether users may react to messages.
    pub reactions: bool,
    /// Whether users are kept from inviting those whom they block, or who block them.
    pub keeps_blocked_out: bool,
    /// Whether the emojis that come with the service are in the catalogue.
    pub default_emojis: bool,
    /// What is kept out of messages.
    pub content: ContentRules,
    /// How many members and channels fit in.
    pub capacity: Capacity,
    /// What keys to private files are made with; drawn with the first of them.
    pub file_secret: String,
    /// Whom it tells of what has happened.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub webhooks: Vec<Webhook>,
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
            rate_limit: None,
            reactions: true,
            keeps_blocked_out: false,
            default_emojis: true,
            content: ContentRules::default(),
            capacity: Capacity::default(),
            file_secret: String::new(),
            webhooks: Vec::new(),
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
    /// The last number of a call of a webhook.
    pub deliveries: i64,
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
    /// Its clock.
    pub clock: Clock,
    /// What ids, tokens and chance come from.
    pub seed: i64,
    /// When it next has something to do by itself; zero for never.
    pub due_at: Timestamp,
}
