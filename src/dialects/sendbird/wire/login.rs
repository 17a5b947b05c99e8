//! What a client is told when it has logged in: over the socket, or as the answer to a request.

use std::{collections::BTreeMap, sync::Arc};

use serde::Serialize;

use super::{Address, Home};
use crate::{
    chat::{
        emojis, files,
        reads::{self, TotalFilter},
    },
    model::{Metadata, ids::UserId, session::SessionKey, time::Timestamp, user::User},
    state::Application,
};

/// What an application offers, by which `UIKit` shows its parts. Reactions come with their switch.
const ATTRIBUTES: [&str; 8] = [
    "enable_og_tag",
    "enable_message_threading",
    "delivery_receipt",
    "message_search_v3",
    "allow_broadcast_channel",
    "allow_super_group_channel",
    "mark_as_unread",
    "sdk_device_token_cache",
];

/// What is paid for.
const FEATURES: [&str; 4] = ["delivery_receipt", "message_search", "message_threading", "moderation"];

/// How many files a message may have.
const FILES: usize = 30;

/// All that a client is told of its session, taken together while the application stands still.
pub(in super::super) struct Login {
    key: Arc<SessionKey>,
    user: Arc<User>,
    file_key: String,
    unread: UnreadCount,
    emoji_hash: String,
    reactions: bool,
    now: i64,
}

impl Login {
    /// What there is to tell.
    pub(in super::super) fn new(app: &mut Application, key: Arc<SessionKey>, user: Arc<User>) -> Self {
        Self {
            file_key: files::issue_key(app, None).text,
            unread: UnreadCount::of(app, &user.id),
            emoji_hash: emojis::hash(app),
            reactions: app.settings().reactions,
            now: app.now().0,
            key,
            user,
        }
    }

    /// As it is printed. The largest upload is in bytes.
    pub(in super::super) fn body<'a>(&'a self, upload_limit: usize, home: Home<'a>) -> LoginBody<'a> {
        let User { profile, .. } = &*self.user;
        let reactions = self.reactions.then_some("reactions");
        LoginBody {
            key: &self.key.key,
            ekey: &self.file_key,
            user_id: self.user.id.as_str(),
            guest_id: self.user.id.as_str(),
            nickname: &profile.nickname,
            profile_url: home.address(&profile.picture),
            require_auth_for_profile_image: false,
            metadata: &profile.metadata,
            preferred_languages: &self.user.preferred_languages,
            is_active: self.user.active,
            discovery_keys: &self.user.discovery_keys,
            login_ts: self.now,
            ping_interval: 15,
            pong_timeout: 5,
            reconnect: Reconnect { interval: 3, max_interval: 24, mul: 2, retry_cnt: 5 },
            max_unread_cnt_on_super_group: 100,
            max_unread_count_on_super_group: 100,
            services: SERVICES,
            expires_at: expires_at(&self.key),
            unread_cnt: &self.unread,
            emoji_hash: &self.emoji_hash,
            use_reaction: self.reactions,
            file_upload_size_limit: upload_limit >> 20,
            multiple_file_send_max_size: FILES,
            premium_feature_list: FEATURES,
            application_attributes: reactions.into_iter().chain(ATTRIBUTES).collect(),
            allow_sdk_log_ingestion: false,
            notifications: Notifications { enabled: false, feed_channels: Empty {} },
            message_template: MessageTemplate { template_list_token: "" },
            uikit_config: UikitConfig { last_updated_at: 0 },
            ai_agent: Empty {},
            concurrent_call_limit: 5,
            back_off_delay: 100,
            request_dedup_interval_ms: 0,
            config_sync_needed: false,
            device_token_last_deleted_at: 0,
            log_publish_config: Empty {},
            unread_cnt_threading_policy: 0,
            last_msg_threading_policy: 0,
            disable_supergroup_mack: false,
        }
    }
}

/// What a session is good for.
pub(in super::super) const SERVICES: [&str; 2] = ["chat", "feed"];

/// When a session ends, in seconds; zero for never.
pub(in super::super) fn expires_at(key: &SessionKey) -> i64 {
    key.expires_at.map_or(0, Timestamp::seconds)
}

/// A login as it is printed.
#[derive(Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "independent switches of the resource")]
pub(in super::super) struct LoginBody<'a> {
    key: &'a str,
    ekey: &'a str,
    user_id: &'a str,
    guest_id: &'a str,
    nickname: &'a str,
    profile_url: Address<'a>,
    require_auth_for_profile_image: bool,
    metadata: &'a Metadata,
    preferred_languages: &'a [String],
    is_active: bool,
    discovery_keys: &'a [String],
    login_ts: i64,
    ping_interval: u32,
    pong_timeout: u32,
    reconnect: Reconnect,
    max_unread_cnt_on_super_group: u32,
    max_unread_count_on_super_group: u32,
    services: [&'static str; 2],
    expires_at: i64,
    unread_cnt: &'a UnreadCount,
    emoji_hash: &'a str,
    use_reaction: bool,
    file_upload_size_limit: usize,
    multiple_file_send_max_size: usize,
    premium_feature_list: [&'static str; 4],
    application_attributes: Vec<&'static str>,
    allow_sdk_log_ingestion: bool,
    notifications: Notifications,
    message_template: MessageTemplate,
    uikit_config: UikitConfig,
    ai_agent: Empty,
    concurrent_call_limit: u32,
    back_off_delay: u32,
    request_dedup_interval_ms: u32,
    config_sync_needed: bool,
    device_token_last_deleted_at: i64,
    log_publish_config: Empty,
    unread_cnt_threading_policy: u32,
    last_msg_threading_policy: u32,
    disable_supergroup_mack: bool,
}

#[derive(Serialize)]
struct Empty {}

/// How a client comes back when its connection is lost, in seconds.
#[derive(Serialize)]
struct Reconnect {
    interval: u32,
    max_interval: u32,
    mul: u32,
    retry_cnt: i32,
}

/// What a user has not read in all channels, as clients take it everywhere.
#[derive(Clone, Debug, Serialize)]
pub(in super::super) struct UnreadCount {
    all: usize,
    feed: usize,
    custom_types: BTreeMap<Box<str>, usize>,
    ts: i64,
}

impl UnreadCount {
    /// What it is now.
    pub(in super::super) fn of(app: &Application, user: &UserId) -> Self {
        Self {
            all: reads::new_in_channels(app, user, &TotalFilter::default()).messages,
            feed: 0,
            custom_types: reads::by_custom_type(app, user),
            ts: app.now().0,
        }
    }
}

#[derive(Serialize)]
struct Notifications {
    enabled: bool,
    feed_channels: Empty,
}

#[derive(Serialize)]
struct MessageTemplate {
    template_list_token: &'static str,
}

#[derive(Serialize)]
struct UikitConfig {
    last_updated_at: i64,
}
