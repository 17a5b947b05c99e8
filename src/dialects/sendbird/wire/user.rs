//! Users: in full, and as they stand inside other resources.

use std::sync::Arc;

use serde::Serialize;

use super::{Address, Home};
use crate::{
    chat::presence::ParticipantView,
    model::{
        Metadata,
        session::SessionToken,
        user::{Profile, User},
    },
};

/// A user in full.
#[derive(Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "independent switches of the resource")]
pub(in super::super) struct UserBody<'a> {
    user_id: &'a str,
    nickname: &'a str,
    profile_url: Address<'a>,
    require_auth_for_profile_image: bool,
    metadata: &'a Metadata,
    #[serde(skip_serializing_if = "Option::is_none")]
    access_token: Option<&'a str>,
    created_at: i64,
    discovery_keys: &'a [String],
    preferred_languages: &'a [String],
    is_hide_me_from_friends: bool,
    is_shadow_blocked: bool,
    is_online: bool,
    last_seen_at: i64,
    has_ever_logged_in: bool,
    is_active: bool,
    locale: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_created: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone_number: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unread_message_count: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unread_channel_count: Option<usize>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    session_tokens: Vec<SessionBody<'a>>,
}

/// A session token that was issued with the user.
#[derive(Serialize)]
struct SessionBody<'a> {
    session_token: &'a str,
    expires_at: i64,
}

impl<'a> UserBody<'a> {
    pub(in super::super) fn new(user: &'a User, home: Home<'a>) -> Self {
        Self {
            user_id: user.id.as_str(),
            nickname: &user.profile.nickname,
            profile_url: home.address(&user.profile.picture),
            require_auth_for_profile_image: false,
            metadata: &user.profile.metadata,
            access_token: (!home.of_client).then_some(&user.access_token),
            created_at: user.created_at.seconds(),
            discovery_keys: &user.discovery_keys,
            preferred_languages: &user.preferred_languages,
            is_hide_me_from_friends: !user.discoverable,
            is_shadow_blocked: false,
            is_online: user.online,
            last_seen_at: last_seen_at(user).unwrap_or(-1),
            has_ever_logged_in: user.has_ever_logged_in,
            is_active: user.active,
            locale: "",
            is_created: None,
            phone_number: None,
            unread_message_count: None,
            unread_channel_count: None,
            session_tokens: Vec::new(),
        }
    }

    /// As the answer to a creation has it.
    pub(in super::super) fn created(self) -> Self {
        Self { is_created: Some(true), phone_number: Some(""), ..self }
    }

    /// With the session tokens that were issued with the user.
    pub(in super::super) fn with_sessions(self, sessions: &'a [Arc<SessionToken>]) -> Self {
        let body = |session: &'a Arc<SessionToken>| SessionBody {
            session_token: &session.token,
            expires_at: session.expires_at.0,
        };
        // Who may not see the access token may not see these.
        let shown = if self.access_token.is_some() { sessions } else { &[] };
        Self { session_tokens: shown.iter().map(body).collect(), ..self }
    }

    /// With what the user has not read.
    pub(in super::super) fn with_unread(self, unread: Option<(usize, usize)>) -> Self {
        Self {
            unread_message_count: unread.map(|(messages, _)| messages),
            unread_channel_count: unread.map(|(_, channels)| channels),
            ..self
        }
    }
}

/// When a user was last connected, in milliseconds: zero for now, none for never.
pub(super) fn last_seen_at(user: &User) -> Option<i64> {
    if user.online { Some(0) } else { user.last_seen_at.map(|moment| moment.0) }
}

/// A user inside another resource.
#[derive(Serialize)]
pub(in super::super) struct BasicUser<'a> {
    user_id: &'a str,
    nickname: &'a str,
    profile_url: Address<'a>,
    require_auth_for_profile_image: bool,
    metadata: &'a Metadata,
}

impl<'a> BasicUser<'a> {
    pub(in super::super) fn new(profile: &'a Profile, home: Home<'a>) -> Self {
        Self {
            user_id: profile.user.as_str(),
            nickname: &profile.nickname,
            profile_url: home.address(&profile.picture),
            require_auth_for_profile_image: false,
            metadata: &profile.metadata,
        }
    }
}

/// The sender of a message.
#[derive(Serialize)]
pub(in super::super) struct Sender<'a> {
    #[serde(flatten)]
    user: BasicUser<'a>,
    role: &'static str,
    is_active: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_blocked_by_me: Option<bool>,
}

impl<'a> Sender<'a> {
    pub(in super::super) fn new(profile: &'a Profile, operator: bool, active: bool, home: Home<'a>) -> Self {
        Self {
            user: BasicUser::new(profile, home),
            role: if operator { "operator" } else { "" },
            is_active: active,
            is_blocked_by_me: home.of_client.then_some(false),
        }
    }

    /// With whether the user whose client asks wants nothing of the sender.
    pub(in super::super) fn blocked(self, blocked: bool) -> Self {
        Self { is_blocked_by_me: self.is_blocked_by_me.map(|_| blocked), ..self }
    }
}

/// An operator of a channel.
#[derive(Serialize)]
pub(in super::super) struct Operator<'a> {
    #[serde(flatten)]
    user: BasicUser<'a>,
    is_online: bool,
    last_seen_at: i64,
    state: &'static str,
    is_active: bool,
}

impl<'a> Operator<'a> {
    pub(in super::super) fn new(user: &'a User, home: Home<'a>) -> Self {
        Self {
            user: BasicUser::new(&user.profile, home),
            is_online: user.online,
            last_seen_at: last_seen_at(user).unwrap_or(0),
            state: "",
            is_active: user.active,
        }
    }
}

/// Somebody who has entered an open channel.
#[derive(Serialize)]
pub(in super::super) struct Participant<'a> {
    #[serde(flatten)]
    user: BasicUser<'a>,
    is_online: bool,
    is_active: bool,
    is_muted: bool,
    last_seen_at: i64,
}

impl<'a> Participant<'a> {
    pub(in super::super) fn new(view: &'a ParticipantView, home: Home<'a>) -> Self {
        Self {
            user: BasicUser::new(&view.user.profile, home),
            is_online: true,
            is_active: view.user.active,
            is_muted: view.muted,
            last_seen_at: 0,
        }
    }
}
