//! What a user has not read, and what of it counts.

use serde_json::json;

use crate::support::Mynah;

/// Ada has two unread messages in `crowd`, a Supergroup, one of which mentions her, and one in `pair-up`.
async fn unread() -> Mynah {
    let mynah = Mynah::start().await;
    mynah.with_group("pair-up", &["ada", "bo"]).await;
    let crowd =
        json!({ "channel_url": "crowd", "user_ids": ["ada", "bo"], "is_super": true, "custom_type": "big" });
    mynah.post("/v3/group_channels", crowd).await.ok();
    mynah.say("pair-up", "bo", "One").await;
    mynah.say("crowd", "bo", "Two").await;
    mynah.send("crowd", json!({ "user_id": "bo", "message": "Three", "mentioned_user_ids": ["ada"] })).await.ok();
    mynah
}

async fn count(mynah: &Mynah, path: &str) -> i64 {
    let body = mynah.get(&format!("/v3/users/ada/{path}")).await.ok();
    assert_eq!(body.as_object().map(serde_json::Map::len), Some(1), "one key only: {body}");
    body["unread_count"].as_i64().expect("a number")
}

#[tokio::test]
async fn totals_by_kind_of_channel() {
    let mynah = unread().await;
    assert_eq!(count(&mynah, "unread_message_count").await, 3);
    assert_eq!(count(&mynah, "unread_message_count?super_mode=super").await, 2);
    assert_eq!(count(&mynah, "unread_message_count?super_mode=nonsuper").await, 1);
    assert_eq!(count(&mynah, "unread_message_count?custom_types=big").await, 2);
    assert_eq!(count(&mynah, "unread_channel_count").await, 2);
    let all = mynah.get("/v3/users/ada/unread_item_count").await.ok();
    assert_eq!(all.as_object().map(serde_json::Map::len), Some(9), "{all}");
    assert_eq!(all["group_channel_unread_message_count"], 3);
    assert_eq!(all["super_group_channel_unread_message_count"], 2);
    assert_eq!(all["non_super_group_channel_unread_mention_count"], 0);
    assert_eq!(all["group_channel_unread_mention_count"], 1);
    let keys = "item_keys=group_channel_invitation_count,super_group_channel_unread_mention_count";
    let some = mynah.get(&format!("/v3/users/ada/unread_item_count?{keys}")).await.ok();
    let expected = json!({ "group_channel_invitation_count": 0, "super_group_channel_unread_mention_count": 1 });
    assert_eq!(some, expected);
    mynah.get("/v3/users/ada/unread_item_count?item_keys=mails").await.refused(400_111);
    mynah.get("/v3/users/ada/unread_message_count?super_mode=big").await.refused(400_111);
    mynah.get("/v3/users/nobody/unread_message_count").await.refused(400_201);
}

#[tokio::test]
async fn an_invitation_counts_until_it_is_answered() {
    let mynah = unread().await;
    mynah.put("/v3/users/ada/channel_invitation_preference", json!({ "auto_accept": false })).await.ok();
    mynah.with_group("elsewhere", &["cy"]).await;
    mynah.post("/v3/group_channels/elsewhere/invite", json!({ "user_ids": ["ada"] })).await.ok();
    let path = "/v3/users/ada/unread_item_count?item_keys=group_channel_invitation_count";
    assert_eq!(mynah.get(path).await.ok()["group_channel_invitation_count"], 1);
    mynah.put("/v3/group_channels/elsewhere/accept", json!({ "user_id": "ada" })).await.ok();
    assert_eq!(mynah.get(path).await.ok()["group_channel_invitation_count"], 0);
}

#[tokio::test]
async fn marking_as_read_empties_some_channels_or_all() {
    let mynah = unread().await;
    let path = "/v3/users/ada/mark_as_read_all";
    mynah.put(path, json!({ "channel_urls": ["crowd", "nowhere"] })).await.refused(400_201);
    mynah.put(path, json!({ "channel_urls": "crowd" })).await.refused(400_102);
    assert_eq!(count(&mynah, "unread_message_count").await, 3, "a refusal marks nothing");
    assert_eq!(mynah.put(path, json!({ "channel_urls": ["crowd"] })).await.ok(), json!({}));
    assert_eq!(count(&mynah, "unread_message_count").await, 1);
    assert_eq!(mynah.put(path, json!({})).await.ok(), json!({}));
    assert_eq!(count(&mynah, "unread_message_count").await, 0);
    assert_eq!(count(&mynah, "unread_channel_count").await, 0);
    mynah.say("crowd", "bo", "Four").await;
    assert_eq!(count(&mynah, "unread_message_count").await, 1);
}

#[tokio::test]
async fn a_preference_says_what_goes_into_totals_and_survives_a_restart() {
    let data = tempfile::tempdir().expect("a folder");
    let mynah = Mynah::start_on(data.path()).await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    mynah.send("lobby", json!({ "user_id": "bo", "message": "Hi", "mentioned_user_ids": ["ada"] })).await.ok();
    let path = "/v3/users/ada/count_preference/lobby";
    assert_eq!(mynah.get(path).await.ok(), json!({ "count_preference": "all" }));
    for (word, messages, mentions) in
        [("unread_message_count_only", 1, 0), ("unread_mention_count_only", 0, 1), ("all", 1, 1), ("off", 0, 0)]
    {
        let echo = mynah.put(path, json!({ "count_preference": word })).await.ok();
        assert_eq!(echo, json!({ "count_preference": word }));
        let items = mynah.get("/v3/users/ada/unread_item_count").await.ok();
        assert_eq!(items["group_channel_unread_message_count"], messages, "{word}");
        assert_eq!(items["group_channel_unread_mention_count"], mentions, "{word}");
    }
    let older = json!({ "count_preference": "unread_mentioned_count_only" });
    assert_eq!(mynah.put(path, older).await.ok()["count_preference"], "unread_mention_count_only");
    mynah.stop().await;

    let mynah = Mynah::start_on(data.path()).await;
    let channel = mynah.get("/v3/group_channels/lobby?user_id=ada").await.ok();
    assert_eq!(channel["count_preference"], "unread_mention_count_only");
    assert_eq!(channel["unread_message_count"], 1, "the channel itself counts on");
    mynah.put(path, json!({})).await.refused(400_105);
    mynah.put(path, json!({ "count_preference": 1 })).await.refused(400_100);
    mynah.put(path, json!({ "count_preference": "some" })).await.refused(400_111);
    mynah.put("/v3/users/ada/count_preference/nowhere", json!({})).await.refused(400_201);
    mynah.with_users(&["cy"]).await;
    mynah.get("/v3/users/cy/count_preference/lobby").await.refused(400_108);
    mynah.stop().await;
}
