//! Operations that the service has and Mynah does not serve yet. Each is known by its name, so
//! that the answer, the journal and the coverage page can say so.

use axum::http::{Method, Uri};

use super::error::Error;
use crate::web::routes::Routes;

type Operations = &'static [(&'static str, &'static str, &'static str)];

const MODERATION: Operations = &[
    ("GET", "listOperators", "/v3/{channel_type}/{channel_url}/operators"),
    ("POST", "registerOperators", "/v3/{channel_type}/{channel_url}/operators"),
    ("DELETE", "unregisterOperators", "/v3/{channel_type}/{channel_url}/operators"),
    ("POST", "banAUser", "/v3/{channel_type}/{channel_url}/ban"),
    ("GET", "listBannedUsers", "/v3/{channel_type}/{channel_url}/ban"),
    ("GET", "viewABan", "/v3/{channel_type}/{channel_url}/ban/{banned_user_id}"),
    ("PUT", "updateABan", "/v3/{channel_type}/{channel_url}/ban/{banned_user_id}"),
    ("DELETE", "unbanAUser", "/v3/{channel_type}/{channel_url}/ban/{banned_user_id}"),
    ("GET", "listBannedChannels", "/v3/users/{user_id}/ban"),
    ("POST", "muteAUser", "/v3/{channel_type}/{channel_url}/mute"),
    ("GET", "listMutedUsers", "/v3/{channel_type}/{channel_url}/mute"),
    ("GET", "viewAMute", "/v3/{channel_type}/{channel_url}/mute/{muted_user_id}"),
    ("DELETE", "unmuteAUser", "/v3/{channel_type}/{channel_url}/mute/{muted_user_id}"),
    ("GET", "listMutedChannels", "/v3/users/{user_id}/mute"),
    ("POST", "blockUsers", "/v3/users/{user_id}/block"),
    ("GET", "listBlockedUsers", "/v3/users/{user_id}/block"),
    ("DELETE", "unblockAUser", "/v3/users/{user_id}/block/{target_id}"),
    ("PUT", "freezeAChannel", "/v3/{channel_type}/{channel_url}/freeze"),
    ("POST", "banFromCustomTypes", "/v3/users/{user_id}/banned_channel_custom_types"),
    ("POST", "muteInCustomTypes", "/v3/users/{user_id}/muted_channel_custom_types"),
    ("POST", "operateCustomTypes", "/v3/users/{user_id}/operating_channel_custom_types"),
    ("POST", "banUsersOfACustomType", "/v3/applications/settings_by_channel_custom_type/{custom_type}/ban"),
    ("GET", "listBannedUsersOfACustomType", "/v3/applications/settings_by_channel_custom_type/{custom_type}/ban"),
    ("DELETE", "unbanUsersOfACustomType", "/v3/applications/settings_by_channel_custom_type/{custom_type}/ban"),
    ("POST", "muteUsersOfACustomType", "/v3/applications/settings_by_channel_custom_type/{custom_type}/mute"),
    ("GET", "listMutedUsersOfACustomType", "/v3/applications/settings_by_channel_custom_type/{custom_type}/mute"),
    ("DELETE", "unmuteUsersOfACustomType", "/v3/applications/settings_by_channel_custom_type/{custom_type}/mute"),
    ("GET", "listReports", "/v3/report"),
    ("POST", "reportAChannel", "/v3/report/{channel_type}/{channel_url}"),
    ("GET", "listReportsOnAChannel", "/v3/report/{channel_type}/{channel_url}"),
    ("POST", "reportAUser", "/v3/report/users/{offending_user_id}"),
    ("GET", "listReportsOnAUser", "/v3/report/users/{offending_user_id}"),
    ("POST", "reportAMessage", "/v3/report/{channel_type}/{channel_url}/messages/{message_id}"),
    ("GET", "listReportsOnAMessage", "/v3/report/{channel_type}/{channel_url}/messages/{message_id}"),
    ("GET", "viewAModeratedMessage", "/v3/report/{channel_type}/{channel_url}/profanity_messages/{message_id}"),
    ("GET", "listReportCategories", "/v3/report_category"),
    ("POST", "createChannelMetadata", "/v3/{channel_type}/{channel_url}/metadata"),
    ("GET", "getChannelMetadata", "/v3/{channel_type}/{channel_url}/metadata"),
    ("PUT", "updateChannelMetadata", "/v3/{channel_type}/{channel_url}/metadata"),
    ("DELETE", "deleteChannelMetadata", "/v3/{channel_type}/{channel_url}/metadata"),
    ("GET", "getOneItemOfChannelMetadata", "/v3/{channel_type}/{channel_url}/metadata/{key}"),
    ("PUT", "updateOneItemOfChannelMetadata", "/v3/{channel_type}/{channel_url}/metadata/{key}"),
    ("DELETE", "deleteOneItemOfChannelMetadata", "/v3/{channel_type}/{channel_url}/metadata/{key}"),
    ("POST", "createChannelMetacounter", "/v3/{channel_type}/{channel_url}/metacounter"),
    ("GET", "getChannelMetacounter", "/v3/{channel_type}/{channel_url}/metacounter"),
    ("PUT", "updateChannelMetacounter", "/v3/{channel_type}/{channel_url}/metacounter"),
    ("DELETE", "deleteChannelMetacounter", "/v3/{channel_type}/{channel_url}/metacounter"),
    ("GET", "getOneItemOfChannelMetacounter", "/v3/{channel_type}/{channel_url}/metacounter/{key}"),
    ("PUT", "updateOneItemOfChannelMetacounter", "/v3/{channel_type}/{channel_url}/metacounter/{key}"),
    ("DELETE", "deleteOneItemOfChannelMetacounter", "/v3/{channel_type}/{channel_url}/metacounter/{key}"),
];

pub(super) fn routes() -> Routes {
    let groups = [("Moderation, members, metadata", MODERATION)];
    groups.into_iter().fold(Routes::default(), |routes, (group, operations)| {
        routes.merge(Routes::of(group).not_served(operations, refuse))
    })
}

async fn refuse(method: Method, uri: Uri) -> Error {
    Error::not_served(&format!("{method} {}", uri.path()))
}
