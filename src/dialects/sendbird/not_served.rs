//! Operations that the service has and Mynah does not serve yet. Each is known by its name, so
//! that the answer, the journal and the coverage page can say so.

use axum::http::{Method, Uri};

use super::error::Error;
use crate::web::routes::Routes;

type Operations = &'static [(&'static str, &'static str, &'static str)];

const MESSAGES: Operations = &[
    ("GET", "getMessageChangelogs", "/v3/{channel_type}/{channel_url}/messages/changelogs"),
    ("GET", "getMessageGap", "/v3/{channel_type}/{channel_url}/messages_gap"),
    ("POST", "addExtraData", "/v3/{channel_type}/{channel_url}/messages/{message_id}/sorted_metaarray"),
    ("PUT", "updateExtraData", "/v3/{channel_type}/{channel_url}/messages/{message_id}/sorted_metaarray"),
    ("DELETE", "removeExtraData", "/v3/{channel_type}/{channel_url}/messages/{message_id}/sorted_metaarray"),
    ("POST", "addAReaction", "/v3/{channel_type}/{channel_url}/messages/{message_id}/reactions"),
    ("GET", "listReactions", "/v3/{channel_type}/{channel_url}/messages/{message_id}/reactions"),
    ("DELETE", "removeAReaction", "/v3/{channel_type}/{channel_url}/messages/{message_id}/reactions"),
    ("GET", "listEmojis", "/v3/emojis"),
    ("POST", "addEmojis", "/v3/emojis"),
    ("GET", "getAnEmoji", "/v3/emojis/{key}"),
    ("PUT", "updateAnEmoji", "/v3/emojis/{key}"),
    ("DELETE", "deleteAnEmoji", "/v3/emojis/{key}"),
    ("GET", "listEmojiCategories", "/v3/emoji_categories"),
    ("POST", "addEmojiCategories", "/v3/emoji_categories"),
    ("GET", "getAnEmojiCategory", "/v3/emoji_categories/{category_id}"),
    ("PUT", "updateAnEmojiCategory", "/v3/emoji_categories/{category_id}"),
    ("DELETE", "deleteAnEmojiCategory", "/v3/emoji_categories/{category_id}"),
    ("PUT", "turnReactionsOnOrOff", "/v3/applications/settings/reactions"),
    ("PUT", "useDefaultEmojis", "/v3/applications/settings/use_default_emoji"),
    ("PUT", "markChannelMessagesAsDelivered", "/v3/group_channels/{channel_url}/messages/mark_as_delivered"),
    ("GET", "getUnreadMessageCountOfMembers", "/v3/group_channels/{channel_url}/messages/unread_count"),
    ("POST", "pinAMessage", "/v3/{channel_type}/{channel_url}/messages/{message_id}/pin"),
    ("DELETE", "unpinAMessage", "/v3/{channel_type}/{channel_url}/messages/{message_id}/pin"),
    ("GET", "listPinnedMessages", "/v3/{channel_type}/{channel_url}/pinned_messages"),
    ("GET", "searchMessages", "/v3/search/messages"),
    ("POST", "translateAMessage", "/v3/{channel_type}/{channel_url}/messages/{message_id}/translation"),
    ("POST", "migrateMessages", "/v3/migration/{target_channel_url}"),
    ("POST", "uploadAFile", "/v3/storage/file"),
    ("GET", "listParentThreadMessages", "/v3/{channel_type}/{channel_url}/messages/parent_thread_message"),
    ("PUT", "updateThreadPush", "/v3/{channel_type}/{channel_url}/messages/{message_id}/thread_push"),
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
    let groups = [("Messages", MESSAGES), ("Moderation, members, metadata", MODERATION)];
    groups.into_iter().fold(Routes::default(), |routes, (group, operations)| {
        routes.merge(Routes::of(group).not_served(operations, refuse))
    })
}

async fn refuse(method: Method, uri: Uri) -> Error {
    Error::not_served(&format!("{method} {}", uri.path()))
}
