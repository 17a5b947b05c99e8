//! Operations that the service documents with a path, and that Mynah does not serve yet.

use axum::{
    extract::{Request, State},
    http::StatusCode,
};

use super::{
    error::{Error, Surface},
    extract,
};
use crate::web::{routes::Routes, site::Site};

/// All of them, in the order of the documentation.
pub(super) fn routes() -> Routes {
    Routes::default()
        .merge(Routes::of("Users, activity, bulk").not_served(USERS, integration))
        .merge(
            Routes::of("Rewards, gamification, leaderboards, referrals")
                .not_served(REWARDS, integration)
                .not_served(LEADERBOARDS, application),
        )
        .merge(Routes::of("API keys").not_served(API_KEYS, integration))
        .merge(Routes::of("Application API: community users, user fields").not_served(USER_FIELDS, application))
        .merge(Routes::of("Legacy System API").not_served(SYSTEM, system))
        .merge(
            Routes::of("Community administration, webhooks, widgets")
                .not_served(COMMUNITY, application)
                .not_served(WIDGETS, integration),
        )
}

async fn integration(State(site): State<Site>, request: Request) -> Error {
    refuse(Surface::Integration, &site, request)
}

async fn application(State(site): State<Site>, request: Request) -> Error {
    refuse(Surface::Application, &site, request)
}

async fn system(State(site): State<Site>, request: Request) -> Error {
    refuse(Surface::System, &site, request)
}

fn refuse(surface: Surface, site: &Site, request: Request) -> Error {
    let (parts, _) = request.into_parts();
    extract::concern(&parts, site);
    let message = format!("Mynah does not serve this operation yet: {} {}", parts.method, parts.uri.path());
    Error::new(StatusCode::NOT_IMPLEMENTED, message).on(surface)
}

/// Method, name and path of each.
type Operations = &'static [(&'static str, &'static str, &'static str)];

const USERS: Operations = &[
    ("POST", "manage-user-account", "/apis/v1/users/manage"),
    ("GET", "get-user-gamification-history", "/apis/v1/users/activity/daily"),
    ("POST", "get-users-gamification-history", "/apis/v1/users/activity/daily"),
    ("POST", "get-user-gamification-stats", "/apis/v1/users/activity/stats"),
    ("POST", "bulk-import", "/apis/v1/users/bulk-import"),
    ("POST", "bulk-update", "/apis/v1/users/bulk-update"),
];

const REWARDS: Operations = &[
    ("PUT", "update-order-status", "/apis/v1/redemption-transactions/status"),
    ("POST", "referrals-summary", "/apis/v1/referrals/summary"),
    ("POST", "referrals-summary", "/apis/referral/summary"),
];

const LEADERBOARDS: Operations = &[
    ("GET", "list-leaderboards", "/v1/leaderboards"),
    ("POST", "create-leaderboard", "/v1/leaderboards"),
    ("GET", "get-leaderboard", "/v1/leaderboards/{leaderboardID}"),
    ("PATCH", "update-leaderboard", "/v1/leaderboards/{leaderboardID}"),
    ("DELETE", "delete-leaderboard", "/v1/leaderboards/{leaderboardID}"),
];

const API_KEYS: Operations = &[
    ("POST", "create-user-api-key", "/apis/v1/users/apikeys"),
    ("PUT", "update-user-api-key", "/apis/v1/users/{userId}/api-keys/{keyId}"),
];

const USER_FIELDS: Operations = &[
    ("GET", "get-user", "/apis/v1/users/{userId}"),
    ("POST", "create-user-field", "/apis/v1/communities/{communityId}/user-fields"),
    ("PUT", "update-user-field", "/apis/v1/communities/{communityId}/user-fields/{fieldId}"),
    ("GET", "list-user-fields", "/apis/v1/communities/{communityId}/user-fields"),
    ("GET", "get-user-field", "/apis/v1/communities/{communityId}/user-fields/{fieldId}"),
    ("DELETE", "delete-user-field", "/apis/v1/communities/{communityId}/user-fields/{fieldId}"),
];

/// The roles of a user have the same path as one role: the id says what it is of.
const SYSTEM: Operations = &[
    ("GET", "secure-auth", "/api/secureAuth"),
    ("POST", "create-role", "/api/v1/roles"),
    ("PUT", "update-role", "/api/v1/roles/{id}"),
    ("DELETE", "delete-role", "/api/v1/roles/{id}"),
    ("GET", "list-user-roles", "/api/v1/roles/{id}"),
    ("PUT", "update-channel", "/api/v1/channels/{id}"),
    ("GET", "list-channels", "/api/v1/channels"),
    ("DELETE", "delete-channel", "/api/v1/channels/{id}"),
    ("POST", "create-badge", "/api/v1/badges"),
    ("PUT", "update-badge", "/api/v1/badges/{id}"),
    ("POST", "award-user-badge", "/api/v1/badges/{id}/award"),
    ("POST", "remove-user-badge", "/api/v1/badges/{id}/remove"),
    ("GET", "list-badges", "/api/v1/badges"),
    ("DELETE", "delete-badge", "/api/v1/badges/{id}"),
    ("POST", "update-xp-setting", "/api/v1/gamifications/{serverId}/xp-setting"),
    ("POST", "update-tier-setting", "/api/v1/gamifications/{serverId}/tier-setting"),
];

const COMMUNITY: Operations = &[
    ("PUT", "update-name-url", "/management/communities/{communityID}"),
    ("PUT", "update-bot", "/v1/community-bot"),
    ("GET", "get-appearance", "/communities/{communityID}/appearance"),
    ("PUT", "update-appearance", "/communities/{communityID}/appearance"),
];

const WIDGETS: Operations = &[
    ("POST", "auth-access-key", "/v2/api/widget-access-keys/token"),
    ("POST", "auth-token", "/widget/{community_id}/signin"),
];

/// Operations that the documentation names without a path that could be read, by group.
pub const WITHOUT_PATH: &[(&str, &str)] = &[
    (
        "Users, activity, bulk",
        "users with filters; gamification logs; mini-game logs and stats; upload of an avatar",
    ),
    ("Users, activity, bulk", "premium-currency bulk update; list of bulk updates; one bulk update"),
    (
        "Rewards, gamification, leaderboards, referrals",
        "redemption orders and their statuses; tiers and XP settings",
    ),
    ("Rewards, gamification, leaderboards, referrals", "streak logs; a user's spin wheel"),
    (
        "API keys",
        "list, delete and info of user keys; keys of the Application API; integration keys; community keys",
    ),
    ("Application API", "community users; histories of user fields"),
    ("Legacy System API", "register, verify e-mail, login; servers; add or remove a role of a user"),
    ("Legacy System API", "user, category, language setting, leaderboard, API token, custom user fields"),
    ("Community administration, webhooks", "community meta; incoming and outgoing webhooks"),
];
