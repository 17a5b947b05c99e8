//! Categories of which somebody tells by hand: the shared objects of what is there, under the names that the category has
//! for them. Some belong to products beside chat, and nothing in Mynah leads to those.

use serde_json::{Map, Value, json};

use super::Teller;
use crate::{
    delivery::webhooks::Subject, dialects::sendbird::wire::message::message_type, model::message::Message,
};

impl Teller<'_> {
    /// What a category has of these; nothing where only its name is known.
    pub(super) fn subject(&self, category: &str, subject: &Subject) -> Map<String, Value> {
        let channel = subject.channel.as_deref().map(Self::channel);
        let user = subject.user.as_deref().map(|user| self.user(&user.profile));
        let message = subject.message.as_deref();
        let fields = match category.split_once(':') {
            Some(("notification", _)) => vec![],
            Some(("announcement", "create_channels")) => {
                vec![("channels", channel.map(|channel| json!([channel])))]
            }
            Some(("announcement", _)) => vec![
                ("message", message.map(|message| announced(message, subject))),
                ("channels", channel.map(|channel| json!([channel]))),
            ],
            Some(("message", "moderation_extension_triggered")) => vec![
                ("user", user),
                ("message", message.map(|message| self.payload(message))),
                ("channel", channel),
            ],
            Some(("open_channel" | "group_channel" | "profanity_filter", name))
                if name.starts_with("message_") || category.starts_with("profanity") =>
            {
                let told = subject
                    .channel
                    .as_deref()
                    .zip(message)
                    .map(|(channel, message)| self.message(channel, message));
                let mut fields: Map<String, Value> =
                    told.and_then(|told| told.as_object().cloned()).unwrap_or_default();
                fields.extend(user.map(|user| ("sender".to_owned(), user)));
                fields.extend(channel.map(|channel| ("channel".to_owned(), channel)));
                return fields;
            }
            Some(("user", "block")) => vec![("blocker", user)],
            Some(("user", "unblock")) => vec![("unblocker", user)],
            _ => vec![
                ("user", user),
                ("payload", message.map(|message| self.payload(message))),
                ("channel", channel),
            ],
        };
        let there = fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        there.collect()
    }
}

/// The message of an announcement, as whoever makes one writes it.
/// <https://sendbird.com/docs/chat/platform-api/v3/message/announcements/schedule-an-announcement>
fn announced(message: &Message, subject: &Subject) -> Value {
    let sender = subject.user.as_deref().map(|user| user.id.as_str());
    let sender = sender.or(message.sender.as_ref().map(|sender| sender.user.as_str()));
    json!({
        "type": message_type(message.kind),
        "user_id": sender,
        "content": message.text,
        "custom_type": message.custom_type,
        "data": message.data,
    })
}
