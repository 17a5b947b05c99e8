//! What is done against words, pictures and haste: words are covered, or the message is refused.

use serde_json::{Map, Value, json};

use super::{Call, Teller, value};
use crate::model::{
    channel::Channel,
    content::{Consequence, ImageKind},
    message::Message,
    user::Profile,
};

/// A channel as these categories have it.
fn place(channel: &Channel) -> Value {
    json!({
        "name": channel.name,
        "channel_url": channel.id,
        "custom_type": channel.custom_type,
        "data": channel.data,
    })
}

impl Teller<'_> {
    pub(super) fn covered(&self, channel: &Channel, message: &Message, original: &str) -> Call {
        self.call("profanity_filter:replace", || {
            let mut body = self.message(channel, message);
            body["channel"] = place(channel);
            body["replaced_text"] = original.into();
            self.with_members(channel, message.sender.as_ref().map(|sender| &sender.user), body)
        })
    }

    pub(super) fn refused(&self, channel: &Channel, message: &Message) -> Call {
        self.call("profanity_filter:block", || {
            let mut body = self.message(channel, message);
            body["channel"] = place(channel);
            body["blocked_at"] = self.at.0.into();
            body
        })
    }

    pub(super) fn noticed(&self, channel: &Channel, message: &Message) -> Call {
        self.call("profanity_filter:detect", || {
            let mut body = self.message(channel, message);
            body["channel"] = place(channel);
            body["detected_at"] = self.at.0.into();
            body
        })
    }

    pub(super) fn moderated(&self, channel: &Channel, user: &Profile, consequence: Consequence) -> Call {
        let action = match consequence {
            Consequence::None => return None,
            Consequence::Mute => "mute",
            Consequence::Kick => "kick",
            Consequence::Ban => "ban",
        };
        self.call("profanity_filter:moderate", || {
            let body = json!({
                "moderated_at": self.at.0,
                "moderation_action": action,
                "sender": self.user(user),
                "channel": place(channel),
            });
            self.with_members(channel, Some(&user.user), body)
        })
    }

    pub(super) fn image(
        &self,
        channel: &Channel,
        user: &Profile,
        text: &str,
        (image, shows): (&str, &[(ImageKind, i64)]),
        passes: bool,
    ) -> Call {
        self.call("image_moderation:block", || {
            let word = |kind: &ImageKind| value(kind).as_str().map(str::to_owned);
            let detected: Map<_, _> =
                shows.iter().filter_map(|(kind, level)| Some((word(kind)?, (*level).into()))).collect();
            json!({
                "blocked_at": self.at.0,
                "sender": self.user(user),
                "channel": place(channel),
                "message_text": text,
                "image": image,
                "detected": detected,
                "soft_block": passes,
            })
        })
    }

    pub(super) fn too_fast(&self, channel: &Channel, user: &Profile) -> Call {
        self.call(
            "alert:user_message_rate_limit_exceeded",
            || json!({ "user": self.user(user), "channel": Self::channel(channel), "blocked_at": self.at.0 }),
        )
    }
}
