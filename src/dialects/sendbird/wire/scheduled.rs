//! Scheduled messages.

use serde::Serialize;

use super::{
    Home,
    message::{Empty, FileBody, FileFields, channel_type, message_type},
    user::{BasicUser, Sender},
};
use crate::{
    chat::scheduled::ScheduledView,
    model::{
        ids::UserId,
        message::{Mention, MessageKind, MetaItem},
        scheduled::ScheduledState,
    },
};

/// The words for what has become of a scheduled message.
pub(in super::super) const STATES: &[(&str, ScheduledState)] = &[
    ("pending", ScheduledState::Pending),
    ("sent", ScheduledState::Sent),
    ("failed", ScheduledState::Failed),
    ("canceled", ScheduledState::Canceled),
    ("removed", ScheduledState::Removed),
];

/// A scheduled message: as the documentation has it, and with what client SDKs read of a message.
#[derive(Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "independent switches of the resource")]
pub(in super::super) struct ScheduledBody<'a> {
    scheduled_message_id: i64,
    scheduled_status: &'static str,
    scheduled_at: i64,
    sent_at: i64,
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_id: Option<i64>,
    message: &'a str,
    channel_url: &'a str,
    channel_type: &'static str,
    sender_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<Sender<'a>>,
    custom_type: &'a str,
    data: &'a str,
    file: FileBody<'a>,
    send_push: bool,
    mention_type: &'static str,
    mentioned_users: Vec<BasicUser<'a>>,
    is_silent: bool,
    silent: bool,
    mark_as_read: bool,
    sorted_metaarray: &'a [MetaItem],
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_message_id: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_reply_to_channel: Option<bool>,
    created_at: i64,
    updated_at: i64,
}

impl<'a> ScheduledBody<'a> {
    pub(in super::super) fn new(view: &'a ScheduledView, home: Home<'a>) -> Self {
        let row = &*view.row;
        let details = row.details.as_deref();
        let file = details.and_then(|details| details.file.as_ref()).filter(|_| row.kind == MessageKind::File);
        let state = STATES.iter().find(|(_, state)| *state == row.state).map(|(word, _)| *word);
        Self {
            scheduled_message_id: row.number,
            scheduled_status: state.unwrap_or_default(),
            scheduled_at: row.scheduled_at.0,
            sent_at: row.sent_at.0,
            r#type: message_type(row.kind),
            message_id: row.message.map(|message| message.0),
            message: &row.text,
            channel_url: row.channel.as_str(),
            channel_type: channel_type(&view.channel),
            sender_id: row.sender.as_ref().map_or("", UserId::as_str),
            user: view
                .sender
                .as_ref()
                .map(|sender| Sender::new(&sender.profile, view.operator, sender.active, home)),
            custom_type: &row.custom_type,
            data: &row.data,
            file: file.map_or(FileBody::None(Empty {}), |file| {
                FileBody::Some(Box::new(FileFields::new(file, &row.data, home)))
            }),
            send_push: row.push,
            mention_type: match row.mention {
                Mention::Users(_) => "users",
                Mention::Channel(_) => "channel",
            },
            mentioned_users: view.mentioned.iter().map(|user| BasicUser::new(user, home)).collect(),
            is_silent: row.silent,
            silent: row.silent,
            mark_as_read: row.marks_read,
            sorted_metaarray: details.map_or(&[], |details| &details.meta),
            parent_message_id: row.parent.map(|parent| parent.0),
            is_reply_to_channel: row.parent.map(|_| row.in_channel),
            created_at: row.created_at.0,
            updated_at: row.updated_at.0,
        }
    }
}
