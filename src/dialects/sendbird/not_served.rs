//! Operations that the service has and Mynah does not serve yet. Each is known by its name, so
//! that the answer, the journal and the coverage page can say so.

use axum::http::{Method, Uri};

use super::error::Error;
use crate::web::routes::Routes;

type Operations = &'static [(&'static str, &'static str, &'static str)];

const USERS: Operations = &[
    ("POST", "issueASessionToken", "/v3/users/{user_id}/token"),
    ("DELETE", "revokeAllSessionTokens", "/v3/users/{user_id}/token"),
    ("GET", "listMyGroupChannels", "/v3/users/{user_id}/my_group_channels"),
    ("PUT", "leaveMyGroupChannels", "/v3/users/{user_id}/my_group_channels/leave"),
    ("GET", "getMyGroupChannelChangelogs", "/v3/users/{user_id}/my_group_channels/changelogs"),
    ("GET", "getGroupChannelCount", "/v3/users/{user_id}/group_channel_count"),
    ("GET", "getTotalUnreadMessageCount", "/v3/users/{user_id}/unread_message_count"),
    ("GET", "getUnreadChannelCount", "/v3/users/{user_id}/unread_channel_count"),
    ("GET", "getUnreadItemCount", "/v3/users/{user_id}/unread_item_count"),
    ("PUT", "markAllMessagesAsRead", "/v3/users/{user_id}/mark_as_read_all"),
    ("GET", "getCountPreference", "/v3/users/{user_id}/count_preference/{channel_url}"),
    ("PUT", "updateCountPreference", "/v3/users/{user_id}/count_preference/{channel_url}"),
    ("GET", "getChannelInvitationPreference", "/v3/users/{user_id}/channel_invitation_preference"),
    ("PUT", "updateChannelInvitationPreference", "/v3/users/{user_id}/channel_invitation_preference"),
    ("GET", "getDefaultChannelInvitationPreference", "/v3/applications/default_channel_invitation_preference"),
    ("PUT", "updateDefaultChannelInvitationPreference", "/v3/applications/default_channel_invitation_preference"),
    ("GET", "getPushPreference", "/v3/users/{user_id}/push_preference"),
    ("PUT", "updatePushPreference", "/v3/users/{user_id}/push_preference"),
    ("DELETE", "resetPushPreference", "/v3/users/{user_id}/push_preference"),
    ("GET", "getPushPreferenceOfAChannel", "/v3/users/{user_id}/push_preference/{channel_url}"),
    ("PUT", "updatePushPreferenceOfAChannel", "/v3/users/{user_id}/push_preference/{channel_url}"),
    ("PUT", "updatePushTemplate", "/v3/users/{user_id}/push/template"),
    ("POST", "addADeviceToken", "/v3/users/{user_id}/push/{token_type}"),
    ("GET", "listDeviceTokens", "/v3/users/{user_id}/push/{token_type}"),
    ("DELETE", "removeADeviceToken", "/v3/users/{user_id}/push/{token_type}/{token}"),
    ("DELETE", "removeAllDeviceTokens", "/v3/users/{user_id}/push"),
    ("GET", "listDeviceTokensOfUser", "/v3/users/{user_id}/push/{token_type}/device_tokens"),
    ("GET", "getOwnerOfADeviceToken", "/v3/push/device_tokens/{token_type}/{token}"),
    ("DELETE", "removeADeviceTokenFromItsOwner", "/v3/push/device_tokens/{token_type}/{token}"),
    ("POST", "createUserMetadata", "/v3/users/{user_id}/metadata"),
    ("GET", "getUserMetadata", "/v3/users/{user_id}/metadata"),
    ("PUT", "updateUserMetadata", "/v3/users/{user_id}/metadata"),
    ("DELETE", "deleteUserMetadata", "/v3/users/{user_id}/metadata"),
    ("GET", "getOneItemOfUserMetadata", "/v3/users/{user_id}/metadata/{key}"),
    ("PUT", "updateOneItemOfUserMetadata", "/v3/users/{user_id}/metadata/{key}"),
    ("DELETE", "deleteOneItemOfUserMetadata", "/v3/users/{user_id}/metadata/{key}"),
    ("POST", "addFriends", "/v3/users/{user_id}/friends"),
    ("GET", "listFriends", "/v3/users/{user_id}/friends"),
    ("DELETE", "removeFriends", "/v3/users/{user_id}/friends"),
];

const GROUP_CHANNELS: Operations = &[
    ("PUT", "hideAChannel", "/v3/group_channels/{channel_url}/hide"),
    ("DELETE", "unhideAChannel", "/v3/group_channels/{channel_url}/hide"),
    ("PUT", "resetChatHistory", "/v3/group_channels/{channel_url}/reset_user_history"),
    ("POST", "startTyping", "/v3/group_channels/{channel_url}/typing"),
    ("DELETE", "stopTyping", "/v3/group_channels/{channel_url}/typing"),
    ("GET", "getMessagePurgeOffset", "/v3/group_channels/{channel_url}/message_purge_offset"),
    ("POST", "notifyOfScreenshot", "/v3/group_channels/{channel_url}/screenshot"),
];

const OPEN_CHANNELS: Operations = &[("GET", "listParticipants", "/v3/open_channels/{channel_url}/participants")];

const MESSAGES: Operations = &[
    ("POST", "createAPoll", "/v3/polls"),
    ("GET", "listPolls", "/v3/polls"),
    ("GET", "getAPoll", "/v3/polls/{poll_id}"),
    ("PUT", "updateAPoll", "/v3/polls/{poll_id}"),
    ("DELETE", "deleteAPoll", "/v3/polls/{poll_id}"),
    ("PUT", "closeAPoll", "/v3/polls/{poll_id}/close"),
    ("PUT", "castOrCancelAVote", "/v3/polls/{poll_id}/vote"),
    ("POST", "addAPollOption", "/v3/polls/{poll_id}/options"),
    ("GET", "getAPollOption", "/v3/polls/{poll_id}/options/{option_id}"),
    ("PUT", "updateAPollOption", "/v3/polls/{poll_id}/options/{option_id}"),
    ("DELETE", "deleteAPollOption", "/v3/polls/{poll_id}/options/{option_id}"),
    ("GET", "listVotersOfAPollOption", "/v3/polls/{poll_id}/options/{option_id}/voters"),
    ("GET", "getPollChangelogs", "/v3/{channel_type}/{channel_url}/polls/changelogs"),
    ("POST", "scheduleAMessage", "/v3/group_channels/{channel_url}/scheduled_messages"),
    ("GET", "getAScheduledMessage", "/v3/group_channels/{channel_url}/scheduled_messages/{scheduled_message_id}"),
    (
        "PUT",
        "updateAScheduledMessage",
        "/v3/group_channels/{channel_url}/scheduled_messages/{scheduled_message_id}",
    ),
    (
        "DELETE",
        "cancelAScheduledMessage",
        "/v3/group_channels/{channel_url}/scheduled_messages/{scheduled_message_id}",
    ),
    (
        "POST",
        "sendAScheduledMessageNow",
        "/v3/group_channels/{channel_url}/scheduled_messages/{scheduled_message_id}/send_now",
    ),
    ("GET", "listScheduledMessages", "/v3/scheduled_messages"),
    ("GET", "countScheduledMessages", "/v3/scheduled_messages/count"),
];

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
    let groups = [
        ("Users", USERS),
        ("Group channels", GROUP_CHANNELS),
        ("Open channels", OPEN_CHANNELS),
        ("Messages", MESSAGES),
        ("Moderation, members, metadata", MODERATION),
    ];
    groups.into_iter().fold(Routes::default(), |routes, (group, operations)| {
        routes.merge(Routes::of(group).not_served(operations, refuse))
    })
}

async fn refuse(method: Method, uri: Uri) -> Error {
    Error::not_served(&format!("{method} {}", uri.path()))
}
