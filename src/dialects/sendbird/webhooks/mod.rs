//! What webhooks are told: every event as a category with a JSON body, signed. One file for each family of categories,
//! as the service documents them; and the settings by which an application says what it wants to hear.
//! <https://sendbird.com/docs/chat/platform-api/v3/webhook/webhook-overview>

mod by_hand;
mod channels;
mod members;
mod messages;
mod moderation;
mod reports;
mod settings;
mod users;

use hmac::{Hmac, KeyInit, Mac};
use serde::Serialize;
use serde_json::{Map, Value, json};
use sha2::Sha256;

pub(super) use self::settings::{SETTINGS, routes};
use super::wire::Home;
use crate::{
    chat::{blocks, membership, push, reads},
    delivery::webhooks::{Calls, Happening, Subject},
    dialects::sendbird::{push::trigger_of, wire::channel::state},
    model::{
        channel::{Channel, ChannelKind, Hidden},
        event::Event,
        ids::{ChannelId, UserId},
        origin::Platform,
        push::PushTrigger,
        time::Timestamp,
        user::Profile,
        webhook::Webhook,
    },
    state::Application,
};

/// Every category that the service documents, and whether something here leads to it.
pub const CATEGORIES: &[(&str, bool)] = &[
    ("open_channel:create", true),
    ("open_channel:remove", true),
    ("open_channel:enter", true),
    ("open_channel:exit", true),
    ("open_channel:message_send", true),
    ("open_channel:message_update", true),
    ("open_channel:message_delete", true),
    ("open_channel:report", true),
    ("group_channel:create", true),
    ("group_channel:changed", true),
    ("group_channel:remove", true),
    ("group_channel:invite", true),
    ("group_channel:decline_invite", true),
    ("group_channel:join", true),
    ("group_channel:leave", true),
    ("group_channel:message_send", true),
    ("group_channel:message_read", true),
    ("group_channel:message_update", true),
    ("group_channel:message_delete", true),
    ("group_channel:freeze_unfreeze", true),
    ("group_channel:reaction_add", true),
    ("group_channel:reaction_delete", true),
    ("group_channel:report", true),
    ("user:block", true),
    ("user:unblock", true),
    ("user:push_preference", true),
    ("user:push_channel_preference", true),
    ("user:report", true),
    ("user:mute", true),
    ("user:ban", true),
    ("user:deactivate", true),
    ("operators:register_by_operator", true),
    ("operators:unregister_by_operator", true),
    ("message:report", true),
    ("message:moderation_extension_triggered", false),
    ("alert:user_message_rate_limit_exceeded", true),
    ("profanity_filter:replace", true),
    ("profanity_filter:block", true),
    ("profanity_filter:moderate", true),
    ("profanity_filter:detect", true),
    ("image_moderation:block", true),
    ("announcement:create_channels", false),
    ("announcement:send_messages", false),
    ("notification:send_realtime", false),
    ("notification:send_batch", false),
    ("notification:template_create", false),
    ("notification:template_archive", false),
    ("notification:template_unarchive", false),
    ("notification:template_edit", false),
    ("notification:template_approval_update", false),
];

/// The header with the signature.
const SIGNATURE: &str = "x-sendbird-signature";

/// How this dialect says events to webhooks.
pub struct Webhooks {
    /// What addresses of our own begin with.
    pub base_url: String,
}

impl Calls for Webhooks {
    fn encode(
        &self,
        app: &Application,
        happening: &Happening<'_>,
        webhook: &Webhook,
    ) -> Vec<(&'static str, String)> {
        let home = Home::of_client(&self.base_url, &app.id);
        let told = Teller { app, home, at: happening.at, platform: happening.origin.platform, webhook };
        let call = match happening.event {
            Event::ChannelCreated(channel) => told.created(channel),
            Event::ChannelUpdated { channel, before } => told.changed(channel, before),
            Event::ChannelRemoved { channel, .. } => told.removed(channel),
            Event::ChannelFrozen { channel, by } => told.frozen(channel, by.as_deref()),
            Event::Participation { channel, user, entered, .. } => told.participation(channel, user, *entered),
            Event::MembersInvited { channel, inviter, members, .. } => {
                told.invited(channel, inviter.as_deref(), members)
            }
            Event::MembersJoined { channel, members, .. } => told.joined(channel, members),
            Event::MemberDeclined { channel, inviter, member, .. } => {
                told.declined(channel, inviter.as_deref(), member)
            }
            Event::MemberLeft { channel, member, .. } => told.left(channel, member),
            Event::Read { channel, user, at, .. } => told.read(channel, user, *at),
            Event::MessageSent { channel, message, push, .. } => told.sent(channel, message, *push),
            Event::MessageUpdated { channel, message, .. } => told.edited(channel, message),
            Event::MessageRemoved { channel, message } => told.deleted(channel, message),
            Event::ReactionAdded { channel, message, user, reaction } => {
                told.reacted("group_channel:reaction_add", channel, message, user, reaction, reaction.updated_at)
            }
            Event::ReactionRemoved { channel, message, user, reaction, at } => {
                told.reacted("group_channel:reaction_delete", channel, message, user, reaction, *at)
            }
            Event::WordsCovered { channel, message, original } => told.covered(channel, message, original),
            Event::WordsRefused { channel, message } => told.refused(channel, message),
            Event::ImageFound { channel, user, text, image, shows, passes } => {
                told.image(channel, user, text, (image, shows), *passes)
            }
            Event::WordsNoticed { channel, message } => told.noticed(channel, message),
            Event::OffenderModerated { channel, user, consequence } => told.moderated(channel, user, *consequence),
            Event::SentTooFast { channel, user } => told.too_fast(channel, user),
            Event::OperatorsChanged { channel, added, removed, by: Some(by), .. } => {
                return told.operators(channel, added, removed, by).into_iter().flatten().collect();
            }
            Event::UserBlocked { blocker, blocked, .. } => told.block(blocker, blocked, true),
            Event::UserUnblocked { blocker, blocked, .. } => told.block(blocker, blocked, false),
            Event::UserPushChanged(preference) => told.push(preference),
            Event::MemberPushChanged(member) => told.channel_push(member),
            Event::UserSanctioned { sanction, user, .. } => told.sanction(sanction, user),
            Event::UserUpdated { user, before } if before.active && !user.active => told.deactivated(user),
            Event::Reported(report) => told.report(report),
            // No category tells of these.
            Event::UserCreated(_)
            | Event::UserUpdated { .. }
            | Event::UserRemoved(_)
            | Event::OperatorsChanged { by: None, .. }
            | Event::TypeOperatorChanged { .. }
            | Event::ChannelMetadataChanged { .. }
            | Event::ChannelCountersChanged { .. }
            | Event::SanctionLifted { .. }
            | Event::MemberHid(_)
            | Event::HistoryReset(_)
            | Event::CountingChanged(_)
            | Event::Typing { .. }
            | Event::ClockMoved
            | Event::Screenshot { .. }
            | Event::SessionsRevoked(_)
            | Event::MessageTouched { .. }
            | Event::ScheduledMessageChanged(_)
            | Event::PollUpdated(_)
            | Event::PollVoted { .. }
            | Event::MessagePinned { .. }
            | Event::MessageUnpinned { .. }
            | Event::Delivered { .. }
            | Event::DeliveryDue(_)
            | Event::FriendsFound { .. } => None,
        };
        call.into_iter().collect()
    }

    fn categories(&self) -> Vec<&'static str> {
        CATEGORIES.iter().map(|(name, _)| *name).collect()
    }

    fn about(&self, app: &Application, category: &str, subject: &Subject) -> Map<String, Value> {
        let home = Home::of_client(&self.base_url, &app.id);
        Teller { app, home, at: app.now(), platform: None, webhook: &Webhook::default() }.subject(category, subject)
    }

    fn body(&self, app: &Application, category: &str, fields: &Map<String, Value>) -> String {
        body(app, category, fields.clone().into())
    }

    fn sign(&self, key: &str, body: &str) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("a key may have any length");
        mac.update(body.as_bytes());
        hex::encode(mac.finalize().into_bytes())
    }

    fn headers(&self, signature: &str) -> Vec<(&'static str, String)> {
        vec![
            ("content-type", "application/json".to_owned()),
            ("user-agent", "SendBird".to_owned()),
            (SIGNATURE, signature.to_owned()),
        ]
    }
}

/// What tells of an event: the category and the body.
type Call = Option<(&'static str, String)>;

/// One event being told to one webhook.
struct Teller<'a> {
    app: &'a Application,
    home: Home<'a>,
    /// When it happened.
    at: Timestamp,
    /// On what the client runs that did it; none for a server.
    platform: Option<Platform>,
    webhook: &'a Webhook,
}

impl Teller<'_> {
    /// A call of a category with these fields beside those that all have; none where it is not wanted, and then nothing
    /// is made.
    fn call(&self, category: &'static str, fields: impl FnOnce() -> Value) -> Call {
        if !self.webhook.wants(category) {
            return None;
        }
        Some((category, body(self.app, category, fields())))
    }

    /// A user in brief.
    fn user(&self, profile: &Profile) -> Value {
        json!({
            "user_id": profile.user,
            "nickname": profile.nickname,
            "profile_url": self.home.address(&profile.picture),
            "metadata": profile.metadata,
        })
    }

    /// A channel as most categories have it.
    fn channel(channel: &Channel) -> Value {
        let mut body = json!({
            "name": channel.name,
            "channel_url": channel.id,
            "custom_type": channel.custom_type,
            "data": channel.data,
            "is_ephemeral": channel.ephemeral,
        });
        if channel.kind == ChannelKind::Group {
            body["is_distinct"] = channel.distinct.into();
            body["is_public"] = channel.public.into();
            body["is_super"] = channel.large.into();
            body["is_discoverable"] = channel.discoverable.into();
        }
        body
    }

    /// With who is in a group channel, where the webhook wants that and the channel is not too large. What stands
    /// between them and the sender of a message is told with that.
    fn with_members(&self, channel: &Channel, sender: Option<&UserId>, mut body: Value) -> Value {
        if self.webhook.members && channel.kind == ChannelKind::Group && !channel.large {
            let members = membership::ids(self.app, &channel.id);
            body["members"] = members.filter_map(|user| self.member(&channel.id, user, sender)).collect();
        }
        body
    }

    fn member(&self, channel: &ChannelId, user: &UserId, sender: Option<&UserId>) -> Option<Value> {
        let member = membership::find(self.app, channel, user)?;
        let user = self.app.users.get(user)?;
        let general = push::preference(self.app, user);
        let mut body = self.user(&user.profile);
        body["is_active"] = user.active.into();
        body["is_online"] = user.online.into();
        body["is_hidden"] = i64::from(member.hidden != Hidden::No).into();
        body["state"] = state(Some(member.state)).into();
        body["push_enabled"] = (member.push.unwrap_or(general.trigger) != PushTrigger::Off).into();
        body["push_trigger_option"] = trigger_of(member).into();
        body["do_not_disturb"] = general.do_not_disturb.into();
        if self.webhook.unread {
            let here = reads::unread(self.app, member);
            body["unread_message_count"] = here.messages.into();
            body["channel_unread_message_count"] = here.messages.into();
            body["channel_mention_count"] = here.mentions.into();
            body["total_unread_message_count"] = self.total(&user.id).into();
        }
        if let Some(sender) = sender {
            body["is_blocking_sender"] = blocks::is_blocking(self.app, &user.id, sender).into();
            body["is_blocked_by_sender"] = blocks::is_blocking(self.app, sender, &user.id).into();
        }
        Some(body)
    }

    /// How many messages a user has not read in all channels.
    fn total(&self, user: &UserId) -> usize {
        reads::new_in_channels(self.app, user, &reads::TotalFilter::default()).messages
    }

    /// By what something was done.
    fn sdk(&self) -> &'static str {
        match self.platform {
            None => "API",
            Some(Platform::JavaScript) => "JavaScript",
            Some(Platform::Android) => "Android",
            Some(Platform::Ios) => "iOS",
            Some(Platform::DotNet) => ".NET",
        }
    }
}

/// The body of a call: its fields, and those that all have.
fn body(app: &Application, category: &str, mut fields: Value) -> String {
    fields["category"] = category.into();
    fields["app_id"] = app.id.as_str().into();
    fields.to_string()
}

/// The one of two names that is of a kind of channel.
fn of_kind(channel: &Channel, group: &'static str, open: &'static str) -> &'static str {
    match channel.kind {
        ChannelKind::Group => group,
        ChannelKind::Open => open,
    }
}

/// What is printed, as a value.
fn value(printed: &impl Serialize) -> Value {
    serde_json::to_value(printed).expect("bodies are plain data with text keys")
}
