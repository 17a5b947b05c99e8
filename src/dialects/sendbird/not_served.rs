//! Operations that the service has and Mynah does not serve yet. Each is known by its name, so
//! that the answer, the journal and the coverage page can say so.

use axum::{
    extract::MatchedPath,
    http::{Method, Uri},
};

use super::error::Error;
use crate::web::routes::Routes;

type Operations = &'static [(&'static str, &'static str, &'static str)];

const SETTINGS: Operations = &[
    ("GET", "listSecondaryApiTokens", "/v3/applications/api_tokens"),
    ("POST", "generateASecondaryApiToken", "/v3/applications/api_tokens"),
    ("GET", "viewASecondaryApiToken", "/v3/applications/api_tokens/{api_token}"),
    ("DELETE", "revokeASecondaryApiToken", "/v3/applications/api_tokens/{api_token}"),
    ("GET", "getAutoEventMessages", "/v3/applications/settings/auto_event_message"),
    ("PUT", "updateAutoEventMessages", "/v3/applications/settings/auto_event_message"),
    ("GET", "listAllowedIpAddresses", "/v3/applications/settings/ip_whitelist"),
    ("PUT", "addAllowedIpAddresses", "/v3/applications/settings/ip_whitelist"),
    ("DELETE", "removeAllowedIpAddresses", "/v3/applications/settings/ip_whitelist"),
    ("GET", "getPushSettings", "/v3/applications/push/settings"),
    ("PUT", "updatePushSettings", "/v3/applications/push/settings"),
    ("GET", "listPushTemplates", "/v3/applications/push/message_templates"),
    ("GET", "getAPushTemplate", "/v3/applications/push/message_templates/{template_name}"),
    ("PUT", "updateAPushTemplate", "/v3/applications/push/message_templates/{template_name}"),
    ("GET", "listPushConfigurations", "/v3/applications/push/{push_type}"),
    ("POST", "addAPushConfiguration", "/v3/applications/push/{push_type}"),
    ("GET", "getAPushConfiguration", "/v3/applications/push/{push_type}/{provider_id}"),
    ("PUT", "updateAPushConfiguration", "/v3/applications/push/{push_type}/{provider_id}"),
    ("DELETE", "removeAPushConfiguration", "/v3/applications/push/{push_type}/{provider_id}"),
];

const BOTS: Operations = &[
    ("POST", "createABot", "/v3/bots"),
    ("GET", "listBots", "/v3/bots"),
    ("GET", "viewABot", "/v3/bots/{bot_userid}"),
    ("PUT", "updateABot", "/v3/bots/{bot_userid}"),
    ("DELETE", "deleteABot", "/v3/bots/{bot_userid}"),
    ("POST", "joinChannelsAsABot", "/v3/bots/{bot_userid}/channels"),
    ("DELETE", "leaveChannelsAsABot", "/v3/bots/{bot_userid}/channels"),
    ("DELETE", "leaveAChannelAsABot", "/v3/bots/{bot_userid}/channels/{channel_url}"),
    ("POST", "sendAMessageAsABot", "/v3/bots/{bot_userid}/send"),
];

const ANNOUNCEMENTS: Operations = &[
    ("POST", "scheduleAnAnnouncement", "/v3/announcements"),
    ("GET", "listAnnouncements", "/v3/announcements"),
    ("GET", "viewAnAnnouncement", "/v3/announcements/{unique_id}"),
    ("PUT", "updateAnAnnouncement", "/v3/announcements/{unique_id}"),
    ("GET", "getAnnouncementOpenRate", "/v3/announcement_open_rate/{unique_id}"),
    ("GET", "getAnnouncementOpenRateOfAGroup", "/v3/announcement_open_rate_by_group/{announcement_group}"),
    ("GET", "listAnnouncementOpenStatus", "/v3/announcement_open_status/{unique_id}"),
    ("GET", "listAnnouncementGroups", "/v3/announcement_group"),
    ("GET", "getAnnouncementStatistics", "/v3/announcement_stats/{period}"),
];

/// What client SDKs ask for beside the Platform API.
const CLIENTS: Operations =
    &[("GET", "listInactiveGroupChannels", "/v3/users/{user_id}/my_group_channels/inactive_channels")];

const STATISTICS: Operations = &[
    ("GET", "getNumberOfConnectedUsers", "/v3/applications/ccu"),
    ("GET", "getDailyActiveUsers", "/v3/applications/dau"),
    ("GET", "getMonthlyActiveUsers", "/v3/applications/mau"),
    ("GET", "getPeakConnections", "/v3/applications/peak_connections"),
    ("GET", "getStatistics", "/v3/statistics/metric"),
];

const DATA: Operations = &[
    ("POST", "exportData", "/v3/export/{data_type}"),
    ("GET", "listDataExports", "/v3/export/{data_type}"),
    ("GET", "viewADataExport", "/v3/export/{data_type}/{request_id}"),
    ("POST", "createAPrivacyRequest", "/v3/privacy/gdpr"),
    ("GET", "listPrivacyRequests", "/v3/privacy/gdpr"),
    ("GET", "viewAPrivacyRequest", "/v3/privacy/gdpr/{request_id}"),
    ("DELETE", "cancelAPrivacyRequest", "/v3/privacy/gdpr/{request_id}"),
];

pub(super) fn routes() -> Routes {
    let groups = [
        ("Application settings", SETTINGS),
        ("Bots", BOTS),
        ("Announcements", ANNOUNCEMENTS),
        ("Client SDKs", CLIENTS),
        ("Statistics", STATISTICS),
        ("Data export and privacy", DATA),
    ];
    groups.into_iter().fold(Routes::default(), |routes, (group, operations)| {
        routes.merge(Routes::of(group).not_served(operations, refuse))
    })
}

/// Says which operation that is.
async fn refuse(method: Method, uri: Uri, path: MatchedPath) -> Error {
    let groups = [SETTINGS, BOTS, ANNOUNCEMENTS, CLIENTS, STATISTICS, DATA];
    let known =
        groups.concat().into_iter().find(|(known, _, at)| *known == method.as_str() && *at == path.as_str());
    let name = known.map_or("", |(_, name, _)| name);
    Error::not_served(&format!("{name} ({method} {})", uri.path()))
}
