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
    ("GET", "searchMessages", "/v3/search/messages"),
    ("POST", "translateAMessage", "/v3/{channel_type}/{channel_url}/messages/{message_id}/translation"),
    ("POST", "migrateMessages", "/v3/migration/{target_channel_url}"),
    ("POST", "uploadAFile", "/v3/storage/file"),
    ("GET", "listParentThreadMessages", "/v3/{channel_type}/{channel_url}/messages/parent_thread_message"),
    ("PUT", "updateThreadPush", "/v3/{channel_type}/{channel_url}/messages/{message_id}/thread_push"),
];

const MODERATION: Operations =
    &[("GET", "viewAModeratedMessage", "/v3/report/{channel_type}/{channel_url}/profanity_messages/{message_id}")];

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
