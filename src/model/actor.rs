//! What users are made to do by whoever writes a test: the other user's part.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, de};

use super::{ids::UserId, time::Timestamp};

/// A message that a deed concerns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Which {
    /// The one of this number.
    Id(i64),
    /// By a word.
    Word(WhichWord),
}

impl<'de> Deserialize<'de> for Which {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl de::Visitor<'_> for Read {
            type Value = Which;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the number of a message or \"last\"")
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Which, E> {
                Ok(Which::Id(number))
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Which, E> {
                let wrong = |_| E::invalid_value(de::Unexpected::Unsigned(number), &self);
                i64::try_from(number).map(Which::Id).map_err(wrong)
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Which, E> {
                match text {
                    "last" => Ok(Which::Word(WhichWord::Last)),
                    _ => {
                        text.parse().map(Which::Id).map_err(|_| E::invalid_value(de::Unexpected::Str(text), &self))
                    }
                }
            }
        }
        deserializer.deserialize_any(Read)
    }
}

/// A word for a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WhichWord {
    /// The newest of the channel at that moment.
    Last,
}

/// One thing that a user can do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
#[expect(missing_docs, reason = "a field says by its name what it is; the variants say the rest")]
pub enum Deed {
    /// Sends a text.
    Send {
        channel: String,
        text: String,
        #[serde(default)]
        custom_type: String,
        #[serde(default)]
        data: String,
        #[serde(default)]
        mentioned: Vec<String>,
    },
    /// Answers a message with a text.
    Reply {
        channel: String,
        to: Which,
        text: String,
        #[serde(default)]
        in_channel: bool,
    },
    /// Gives an own message other words.
    Edit { channel: String, message: Which, text: String },
    /// Deletes an own message, or as an operator any.
    Delete { channel: String, message: Which },
    /// Reacts to a message.
    React { channel: String, message: Which, key: String },
    /// Takes a reaction back.
    Unreact { channel: String, message: Which, key: String },
    /// Begins to write.
    StartTyping { channel: String },
    /// Stops writing.
    StopTyping { channel: String },
    /// Has read everything in a group channel.
    Read { channel: String },
    /// Has got everything of a group channel on a device.
    Deliver { channel: String },
    /// Joins a public group channel, or enters an open channel.
    Join {
        channel: String,
        #[serde(default)]
        access_code: String,
    },
    /// Leaves a group channel, or goes out of an open channel.
    Leave { channel: String },
    /// Accepts an invitation.
    Accept {
        channel: String,
        #[serde(default)]
        access_code: String,
    },
    /// Says no to an invitation.
    Decline { channel: String },
    /// Invites users.
    Invite { channel: String, users: Vec<String> },
    /// Bans a user, as an operator.
    Ban {
        channel: String,
        user: String,
        #[serde(default = "for_good")]
        seconds: i64,
        #[serde(default)]
        reason: String,
    },
    /// Lifts a ban, as an operator.
    Unban { channel: String, user: String },
    /// Mutes a user, as an operator.
    Mute {
        channel: String,
        user: String,
        #[serde(default = "for_good")]
        seconds: i64,
        #[serde(default)]
        reason: String,
    },
    /// Lifts a mute, as an operator.
    Unmute { channel: String, user: String },
    /// Is there, as with a client that is connected.
    Online {},
    /// Is not there any more.
    Offline {},
}

fn for_good() -> i64 {
    -1
}

/// A deed and whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The user.
    pub actor: UserId,
    /// What the user does.
    pub deed: Deed,
}

/// A step that waits until the application's clock reaches its moment, or that could not be done then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedStep {
    /// Its number in the application.
    pub number: i64,
    /// Its moment.
    pub at: Timestamp,
    /// What is done.
    pub step: Step,
    /// Why it could not be done.
    pub failed: Option<Box<str>>,
}
