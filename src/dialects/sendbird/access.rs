//! Which operations clients may ask for with the key of a session, and as whom. What is not in the
//! table is for servers only; a test holds the table against the routes.

use std::{collections::HashMap, sync::OnceLock};

use crate::{
    chat::acting::Right::{
        self, Anyone, Comer, Member, Operator, OptionMaker, Own, PollMaker, PollReader, Scheduler, Sender,
        SenderOrOperator, Server, Viewer,
    },
    web::body::Given,
};

/// What an operation asks of a client.
#[derive(Clone, Copy, Debug)]
pub(super) struct Access {
    /// Whom it is for.
    pub(super) right: Right,
    /// The parameter that is the acting user, and whether it is a list.
    pub(super) actor: Option<(&'static str, bool)>,
    /// Parameters that only servers give; with `=value`, that value.
    pub(super) withheld: &'static [&'static str],
}

impl Access {
    const fn of(right: Right) -> Self {
        Self { right, actor: None, withheld: &[] }
    }

    const fn acts(right: Right, parameter: &'static str) -> Self {
        Self { right, actor: Some((parameter, false)), withheld: &[] }
    }

    const fn acts_listed(right: Right, parameter: &'static str) -> Self {
        Self { right, actor: Some((parameter, true)), withheld: &[] }
    }

    const fn withholds(self, withheld: &'static [&'static str]) -> Self {
        Self { withheld, ..self }
    }

    /// The parameters as this user gives them.
    pub(super) fn given(self, user: &str) -> Given {
        Given { actor: self.actor, user: user.to_owned(), withheld: self.withheld }
    }
}

/// What the operation with that method and path asks of a client.
pub(super) fn of(method: &str, path: &str) -> Access {
    type Known = HashMap<(&'static str, &'static str), Access>;
    static KNOWN: OnceLock<Known> = OnceLock::new();
    let known = KNOWN.get_or_init(|| {
        let routes = super::routes();
        let access = |name| declared(name).unwrap_or(Access::of(Server));
        routes.operations().iter().map(|one| ((one.method, one.path), access(one.name))).collect()
    });
    known.get(&(method, path)).copied().unwrap_or(Access::of(Server))
}

/// Whom an operation is for.
pub(super) fn right_of(operation: &str) -> Right {
    declared(operation).map_or(Server, |access| access.right)
}

/// Whether it is said of an operation whom it is for.
pub fn is_declared(operation: &str) -> bool {
    declared(operation).is_some()
}

const USER: &str = "user_id";

#[rustfmt::skip]
#[expect(clippy::match_same_arms, reason = "rows of one group stand together")]
fn declared(operation: &str) -> Option<Access> {
    Some(match operation {
        // Users.
        "listUsers" | "viewAUser" => Access::of(Anyone),
        "updateAUser" => Access::of(Own).withholds(&["is_active", "issue_access_token", "issue_session_token", "session_token_expires_at", "leave_all_when_deactivated"]),
        "getUserMetadata" | "getOneItemOfUserMetadata" => Access::of(Anyone),
        "createUserMetadata" | "updateUserMetadata" | "deleteUserMetadata" | "updateOneItemOfUserMetadata"
        | "deleteOneItemOfUserMetadata" | "getChannelInvitationPreference" | "updateChannelInvitationPreference"
        | "getCountPreference" | "updateCountPreference" | "addFriends" | "getFriendChangelogs" | "listFriends" | "removeFriends"
        | "getGroupChannelCount" | "markAllMessagesAsRead" | "listMyGroupChannels" | "getMyGroupChannelChangelogs"
        | "leaveMyGroupChannels" | "removeAllDeviceTokens" | "removeDeviceTokensOfAKind" | "getPushTemplate"
        | "getFriendDiscoveryPreference" | "updateFriendDiscoveryPreference" | "uploadFriendDiscoveries"
        | "deleteFriendDiscoveries" | "updatePushTemplate" | "listDeviceTokens"
        | "addADeviceToken" | "listDeviceTokensOfUser" | "removeADeviceToken" | "resetPushPreference"
        | "getPushPreference" | "updatePushPreference" | "getPushPreferenceOfAChannel"
        | "updatePushPreferenceOfAChannel" | "getUnreadChannelCount" | "getUnreadItemCount"
        | "getTotalUnreadMessageCount" | "blockUsers" | "listBlockedUsers" | "unblockAUser"
        | "listBannedChannels" | "listMutedChannels" => Access::of(Own),
        "createAUser" | "deleteAUser" | "revokeAllSessionTokens" | "issueASessionToken"
        | "getDefaultChannelInvitationPreference" | "updateDefaultChannelInvitationPreference"
        | "getGlobalSettings" | "updateGlobalSettings" | "listChannelSettings" | "createChannelSettings"
        | "listSubscribedWebhookEvents" | "chooseWebhookEvents" | "getChannelSettings" | "updateChannelSettings" | "deleteChannelSettings"
        | "removeADeviceTokenFromItsOwner" | "getOwnerOfADeviceToken" => Access::of(Server),
        // Channels.
        "createAGroupChannel" => Access::acts(Anyone, "inviter_id"),
        "listGroupChannels" | "createAnOpenChannel" | "listOpenChannels" => Access::of(Anyone),
        "viewAGroupChannel" => Access::acts(Viewer, USER),
        "updateAGroupChannel" => Access::of(Member),
        "viewAnOpenChannel" | "listParticipants" => Access::of(Viewer),
        "deleteAGroupChannel" | "updateAnOpenChannel" | "deleteAnOpenChannel" | "freezeAChannel" => Access::of(Operator),
        "inviteAsMembers" => Access::acts(Member, "inviter_id"),
        "acceptAnInvitation" | "declineAnInvitation" => Access::acts(Anyone, USER),
        "joinAChannel" => Access::acts(Comer, USER),
        "leaveAChannel" => Access::acts_listed(Anyone, "user_ids").withholds(&["should_leave_all"]),
        "hideAChannel" | "unhideAChannel" => Access::acts(Member, USER).withholds(&["should_hide_all", "should_unhide_all"]),
        "resetChatHistory" => Access::acts(Member, USER).withholds(&["reset_all"]),
        "startTyping" | "stopTyping" => Access::acts_listed(Member, "user_ids"),
        "notifyOfScreenshot" => Access::acts(Member, USER),
        "listMembers" => Access::acts(Viewer, USER),
        "checkIfMember" | "listOperators" | "getMessagePurgeOffset" => Access::of(Viewer),
        "registerOperators" | "unregisterOperators" => Access::of(Operator),
        "banAUser" | "muteAUser" => Access::of(Operator).withholds(&["agent_id"]),
        "listBannedUsers" | "viewABan" | "updateABan" | "unbanAUser" | "listMutedUsers" | "unmuteAUser" => Access::of(Operator),
        "viewAMute" => Access::of(Member),
        "getChannelMetadata" | "getOneItemOfChannelMetadata" | "getChannelMetacounter" | "getOneItemOfChannelMetacounter" => Access::of(Viewer),
        "createChannelMetadata" | "updateChannelMetadata" | "deleteChannelMetadata" | "updateOneItemOfChannelMetadata"
        | "deleteOneItemOfChannelMetadata" | "createChannelMetacounter" | "updateChannelMetacounter"
        | "deleteChannelMetacounter" | "updateOneItemOfChannelMetacounter" | "deleteOneItemOfChannelMetacounter" => Access::of(Member),
        // Messages.
        "sendAMessage" => Access::acts(Member, USER).withholds(&["message_type=ADMM"]),
        "scheduleAMessage" => Access::acts(Member, USER).withholds(&["message_type=ADMM"]),
        "listMessages" | "viewAMessage" | "getTotalMessageCount" | "getMessageChangelogs" | "getMessageGap"
        | "listParentThreadMessages" | "listPinnedMessages" | "pinAMessage" | "unpinAMessage" | "translateAMessage"
        | "listReactions" | "getUnreadMessageCountOfMembers" | "getPollChangelogs" => Access::of(Member),
        "updateAMessage" | "addExtraData" | "updateExtraData" | "removeExtraData" => Access::of(Sender),
        "deleteAMessage" => Access::of(SenderOrOperator),
        "markChannelMessagesAsRead" | "markChannelMessagesAsDelivered" | "addAReaction" | "removeAReaction"
        | "updateThreadPush" => Access::acts(Member, USER),
        "getAScheduledMessage" | "updateAScheduledMessage" | "cancelAScheduledMessage" | "sendAScheduledMessageNow" => Access::of(Scheduler),
        "listScheduledMessages" | "countScheduledMessages" => Access::acts(Anyone, "sender_id"),
        "searchMessages" => Access::acts(Member, USER),
        "uploadAFile" => Access::of(Anyone),
        "createAPoll" => Access::acts(Anyone, "created_by"),
        "getAPoll" | "getAPollOption" | "listVotersOfAPollOption" => Access::of(PollReader),
        "castOrCancelAVote" => Access::acts(PollReader, USER),
        "addAPollOption" => Access::acts(PollReader, "created_by"),
        "updateAPoll" | "deleteAPoll" | "closeAPoll" => Access::of(PollMaker),
        "updateAPollOption" | "deleteAPollOption" => Access::of(OptionMaker),
        "listPolls" => Access::of(Member),
        "migrateMessages" => Access::of(Server),
        // Emojis and reports.
        "listEmojis" | "getAnEmoji" | "listEmojiCategories" | "getAnEmojiCategory" | "listReportCategories" => Access::of(Anyone),
        "addEmojis" | "updateAnEmoji" | "deleteAnEmoji" | "addEmojiCategories" | "updateAnEmojiCategory"
        | "deleteAnEmojiCategory" | "turnReactionsOnOrOff" | "useDefaultEmojis" => Access::of(Server),
        "reportAChannel" | "reportAMessage" => Access::acts(Member, "reporting_user_id"),
        "reportAUser" => Access::acts(Anyone, "reporting_user_id"),
        "listReports" | "listReportsOnAChannel" | "listReportsOnAUser" | "listReportsOnAMessage" | "viewAModeratedMessage"
        | "banFromCustomTypes" | "muteInCustomTypes" | "operateCustomTypes" | "banUsersOfACustomType"
        | "listBannedUsersOfACustomType" | "unbanUsersOfACustomType" | "muteUsersOfACustomType"
        | "listMutedUsersOfACustomType" | "unmuteUsersOfACustomType" | "listOperatorsOfACustomType"
        | "registerOperatorsOfACustomType" | "unregisterOperatorsOfACustomType" => Access::of(Server),
        // What client SDKs ask for when they start.
        "getUIKitConfiguration" | "getApplicationSettingsForClients" | "getNotificationSettings" | "listNotificationTemplates"
        | "openTheSocket" | "authenticateAUser" | "logInAUser" | "issueASessionKey" | "listMessageTemplates" | "sendStatistics" | "sendNotificationStatistics" => Access::of(Anyone),
        _ => return None,
    })
}
