//! Frames of messages, their threads and reactions.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{Teller, hearers, text, value, with, with_unread};
use crate::{
    chat::{
        messages::{self, Include, MessageView},
        threads,
    },
    delivery::Told,
    dialects::sendbird::wire::{
        Home,
        message::{MessageBody, With, channel_type, mention_type},
        user::BasicUser,
    },
    model::{
        channel::{Channel, ChannelKind},
        event::Pinned,
        ids::UserId,
        message::{Mention, Message, MessageKind},
        reaction::Reaction,
        time::Timestamp,
    },
};

/// What a frame tells of a message.
pub(in super::super) const WHOLE: Include =
    Include { reactions: true, thread: true, parent: true, samples: false, poll: true, viewer: None };

/// What a frame tells of a new message.
const NEW: Include = Include { reactions: false, thread: false, ..WHOLE };

/// A message as sockets have it: two names are others, and the file lies flat. What it was asked for by is told
/// only in the answer to that, since a client passes over what seems to answer what it never asked.
pub(in super::super) fn object(view: &MessageView, home: Home<'_>) -> Value {
    let with = With { sorted_metaarray: true, ..With::default() };
    let mut message = value(&MessageBody::new(view, with, home));
    let Some(fields) = message.as_object_mut() else { return message };
    fields.remove("request_id");
    for (from, to) in [("message_id", "msg_id"), ("created_at", "ts")] {
        if let Some(value) = fields.remove(from) {
            fields.insert(to.to_owned(), value);
        }
    }
    if let Some(Value::Object(file)) = fields.remove("file") {
        for name in ["url", "name", "type", "size"] {
            if let Some(value) = file.get(name) {
                fields.insert(name.to_owned(), value.clone());
            }
        }
    }
    message
}

/// What the mentions of an edited message were.
pub(in super::super) fn old_values(mention: &Mention) -> Value {
    json!({ "mention_type": mention_type(mention), "mentioned_user_ids": mention.users() })
}

fn code(kind: MessageKind, edited: bool) -> &'static str {
    match (kind, edited) {
        (MessageKind::Text, false) => "MESG",
        (MessageKind::File, false) => "FILE",
        (MessageKind::Admin, false) => "ADMM",
        (MessageKind::Text, true) => "MEDI",
        (MessageKind::File, true) => "FEDI",
        (MessageKind::Admin, true) => "AEDI",
    }
}

impl Teller<'_> {
    /// Users who want nothing of a sender.
    fn blockers(&self, message: &Message) -> Vec<UserId> {
        let sender = message.sender.as_ref().filter(|_| !self.app.blocks.is_empty());
        sender
            .map(|sender| self.app.blocks.index().blockers_of(&sender.user).cloned().collect())
            .unwrap_or_default()
    }

    pub(super) fn sent(&self, channel: &Arc<Channel>, message: &Arc<Message>) -> Vec<Told> {
        let view = messages::view(self.app, channel, message, NEW);
        let frame = text(code(message.kind, false), &object(&view, self.home));
        let told = counted(channel, message, frame).but(self.blockers(message)).answered();
        let mut all = vec![told];
        all.extend(self.thread(channel, message));
        all
    }

    pub(super) fn edited(&self, channel: &Arc<Channel>, message: &Arc<Message>, before: &Mention) -> Vec<Told> {
        let view = messages::view(self.app, channel, message, WHOLE);
        let object = with(object(&view, self.home), "old_values", Some(old_values(before)));
        let told = Told::to(hearers(channel, message.created_at), text(code(message.kind, true), &object));
        vec![told.but(self.blockers(message)).answered()]
    }

    pub(super) fn removed(&self, channel: &Channel, message: &Message) -> Vec<Told> {
        let frame = json!({
            "channel_url": channel.id,
            "channel_type": channel_type(channel),
            "msg_id": message.id,
            "ts": message.removed_at.0,
            "silent": message.silent,
            "message_created_at": message.created_at.0,
            "sender_id": message.sender.as_ref().map(|sender| &sender.user),
            "parent_message_id": message.root,
        });
        let mut all = vec![counted(channel, message, text("DELM", &frame))];
        all.extend(self.thread(channel, message));
        // A client cannot know which message is the last one now, so it has to ask.
        let place = (message.created_at, message.id);
        let last = messages::last_place(self.app, &channel.id, None);
        if channel.kind == ChannelKind::Group && last.is_none_or(|last| last < place) {
            all.extend(self.changed(channel));
        }
        all
    }

    /// What has become of the thread in which a message stands.
    fn thread(&self, channel: &Channel, reply: &Message) -> Option<Told> {
        let root = self.app.messages.get(&reply.root?)?;
        let thread = threads::changed(self.app, root);
        let most = thread.most_active.iter().map(|user| value(&BasicUser::new(user, self.home)));
        let info = json!({
            "reply_count": thread.replies,
            "most_replies": most.collect::<Vec<_>>(),
            "last_replied_at": thread.last_replied_at.0,
            "updated_at": thread.updated_at.0,
            "member_count": thread.most_active.len(),
            "unread_message_count": 0,
            "push_enabled": 1,
        });
        let frame = json!({
            "channel_url": channel.id,
            "channel_type": channel_type(channel),
            "parent_message_id": root.id,
            "thread_info": info,
            "ts": thread.updated_at.0,
        });
        Some(Told::to(hearers(channel, root.created_at), text("MTHD", &frame)))
    }

    pub(super) fn reacted(
        channel: &Channel,
        message: &Message,
        reaction: &Reaction,
        operation: &str,
        at: Timestamp,
    ) -> Vec<Told> {
        let frame = json!({
            "channel_url": channel.id,
            "channel_type": channel_type(channel),
            "msg_id": message.id,
            "reaction": reaction.key,
            "user_id": reaction.user,
            "operation": operation,
            "updated_at": at.0,
        });
        vec![Told::to(hearers(channel, message.created_at), text("MRCT", &frame))]
    }

    /// Which messages are pinned, whatever has changed of that.
    pub(super) fn pins(&self, channel: &Arc<Channel>, pinned: &Pinned) -> Vec<Told> {
        let data = match &pinned.latest {
            None => json!({}),
            Some(latest) => {
                let view = messages::view(self.app, channel, latest, WHOLE);
                let with = With { sorted_metaarray: true, ..With::default() };
                let latest = value(&MessageBody::new(&view, with, self.home));
                json!({ "pinned_message_ids": pinned.messages, "latest_pinned_message": latest })
            }
        };
        self.announce(11300, channel, data)
    }
}

/// The frame of a message; in a group channel with what each one has not read.
fn counted(channel: &Channel, message: &Message, frame: String) -> Told {
    let hearers = hearers(channel, message.created_at);
    match channel.kind {
        ChannelKind::Group => with_unread(hearers, &frame),
        ChannelKind::Open => Told::to(hearers, frame),
    }
}
