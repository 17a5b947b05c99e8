//! Messages: sent, edited, deleted; reactions to them.

use serde_json::{Value, json};

use super::{Call, Teller, of_kind, value};
use crate::{
    chat::users,
    dialects::sendbird::wire::message::{Thumbnails, mention_type, message_type},
    model::{
        channel::{Channel, ChannelKind},
        message::{Attachment, Message},
        reaction::Reaction,
        time::Timestamp,
        user::User,
    },
};

impl Teller<'_> {
    fn file(&self, file: &Attachment) -> Value {
        json!({
            "filename": file.name,
            "url": self.home.address(&file.link),
            "content_type": file.media_type,
            "content_size": file.size,
            "require_auth": file.private,
            "thumbnails": value(&Thumbnails::new(&file.thumbnails, self.home)),
        })
    }

    /// The message itself. One that was refused has no id.
    pub(super) fn payload(&self, message: &Message) -> Value {
        let mut payload = json!({
            "custom_type": message.custom_type,
            "created_at": message.created_at.0,
            "data": message.data,
        });
        if message.id.0 > 0 {
            payload["message_id"] = message.id.0.into();
        }
        if let Some(file) = message.file() {
            if let (Some(payload), Value::Object(file)) = (payload.as_object_mut(), self.file(file)) {
                payload.extend(file);
            }
            if !message.files().is_empty() {
                payload["files"] = message.files().iter().map(|file| self.file(file)).collect();
            }
        } else {
            payload["message"] = (*message.text).into();
            payload["translations"] = message.translations().map_or_else(|| json!({}), value);
        }
        payload
    }

    /// What all categories of messages tell of one.
    pub(super) fn message(&self, channel: &Channel, message: &Message) -> Value {
        let mentioned = users::profiles(self.app, message.mention.users());
        let mut body = json!({
            "type": message_type(message.kind),
            "custom_type": message.custom_type,
            "mention_type": mention_type(&message.mention),
            "mentioned_users": mentioned.iter().map(|user| self.user(user)).collect::<Vec<_>>(),
            "payload": self.payload(message),
            "channel": Self::channel(channel),
            "sdk": self.sdk(),
        });
        if let Some(sender) = &message.sender {
            body["sender"] = self.user(sender);
        }
        body
    }

    /// With what categories of messages that stand tell beside.
    fn whole(&self, channel: &Channel, message: &Message, pushes: bool) -> Value {
        let mut body = self.message(channel, message);
        body["silent"] = message.silent.into();
        body["sender_ip_addr"] = "".into();
        if let Some(root) = message.root {
            body["parent_message_id"] = root.0.into();
        }
        let counts = !message.silent;
        body["message_events"] = json!({
            "send_push_notification": if pushes && counts { "receivers" } else { "none" },
            "update_unread_count": counts,
            "update_mention_count": counts,
            "update_last_message": counts,
        });
        self.with_members(channel, message.sender.as_ref().map(|sender| &sender.user), body)
    }

    pub(super) fn sent(&self, channel: &Channel, message: &Message, push: bool) -> Call {
        self.call(of_kind(channel, "group_channel:message_send", "open_channel:message_send"), || {
            self.whole(channel, message, push)
        })
    }

    pub(super) fn edited(&self, channel: &Channel, message: &Message) -> Call {
        self.call(of_kind(channel, "group_channel:message_update", "open_channel:message_update"), || {
            let mut body = self.whole(channel, message, true);
            body["payload"]["updated_at"] = message.updated_at.0.into();
            body
        })
    }

    pub(super) fn deleted(&self, channel: &Channel, message: &Message) -> Call {
        self.call(of_kind(channel, "group_channel:message_delete", "open_channel:message_delete"), || {
            let mut body = self.whole(channel, message, true);
            body["deleted_at"] = message.removed_at.0.into();
            body
        })
    }

    pub(super) fn reacted(
        &self,
        category: &'static str,
        channel: &Channel,
        message: &Message,
        user: &User,
        reaction: &Reaction,
        at: Timestamp,
    ) -> Call {
        if channel.kind == ChannelKind::Open {
            return None;
        }
        self.call(category, || {
            let mut about = json!({ "message_id": message.id.0 });
            if let Some(sender) = &message.sender {
                about["sender_id"] = sender.user.as_str().into();
            }
            json!({
                "reaction": reaction.key,
                "ts": at.0,
                "user": self.user(&user.profile),
                "message": about,
                "channel": Self::channel(channel),
            })
        })
    }
}
