//! Blocks between users.

use serde_json::json;

use crate::support::Mynah;

#[tokio::test]
async fn the_blocked_are_silent_in_a_channel_of_two_and_heard_among_many() {
    let mynah = Mynah::start().await;
    mynah.with_group("many", &["ada", "bo", "cy"]).await;
    let pair = json!({ "channel_url": "pair", "user_ids": ["ada", "bo"], "is_distinct": true });
    mynah.post("/v3/group_channels", pair).await.ok();

    let blocked = mynah.post("/v3/users/ada/block", json!({ "target_id": "bo" })).await.ok();
    assert_eq!(blocked["user_id"], "bo");
    assert_eq!(blocked["is_online"], false);
    mynah.send("pair", json!({ "user_id": "bo", "message": "Hello" })).await.refused(400_700);
    mynah.send("pair", json!({ "user_id": "ada", "message": "Hello" })).await.ok();
    mynah.say("many", "bo", "Hello").await;
    let members = mynah.get("/v3/group_channels/many/members?user_id=ada").await.ok();
    let of = |name: &str| {
        let found = members["members"].as_array().unwrap().iter().find(|member| member["user_id"] == name);
        let found = found.unwrap();
        (found["is_blocked_by_me"].as_bool(), found["is_blocking_me"].as_bool())
    };
    assert_eq!((of("bo"), of("cy")), ((Some(true), Some(false)), (Some(false), Some(false))));
    let members = mynah.get("/v3/group_channels/many/members?user_id=bo").await.ok();
    assert_eq!(members["members"][0]["is_blocking_me"], true);
    mynah.get("/v3/group_channels/many/members?user_id=nobody").await.refused(400_201);

    assert_eq!(mynah.delete("/v3/users/ada/block/bo").await.ok(), json!({}));
    mynah.say("pair", "bo", "Hello again").await;
}

#[tokio::test]
async fn blocks_are_listed_from_both_sides() {
    let mynah = Mynah::start().await;
    mynah.with_users(&["ada", "bo", "cy", "di"]).await;
    let many = mynah.post("/v3/users/ada/block", json!({ "user_ids": ["bo", "cy", "di"] })).await.ok();
    assert_eq!(many["users"].as_array().unwrap().len(), 3);
    let ids = |body: &serde_json::Value| -> Vec<String> {
        let users = body["users"].as_array().unwrap().iter();
        users.map(|user| user["user_id"].as_str().unwrap().to_owned()).collect()
    };
    let first = mynah.get("/v3/users/ada/block?limit=2").await.ok();
    assert_eq!(ids(&first), ["di", "cy"]);
    let token = first["next"].as_str().unwrap();
    let second = mynah.get(&format!("/v3/users/ada/block?limit=2&token={token}")).await.ok();
    assert_eq!(ids(&second), ["bo"]);
    assert_eq!(ids(&mynah.get("/v3/users/ada/block?user_ids=cy,nobody").await.ok()), ["cy"]);
    assert_eq!(ids(&mynah.get("/v3/users/bo/block?list=blocking_me").await.ok()), ["ada"]);
    assert!(ids(&mynah.get("/v3/users/bo/block").await.ok()).is_empty());
    mynah.delete("/v3/users/cy").await.ok();
    assert_eq!(ids(&mynah.get("/v3/users/ada/block").await.ok()), ["di", "bo"]);
}

#[tokio::test]
async fn wrong_blocks_are_refused() {
    let mynah = Mynah::start().await;
    mynah.with_users(&["ada"]).await;
    mynah.post("/v3/users/nobody/block", json!({})).await.refused(400_201);
    mynah.post("/v3/users/ada/block", json!({})).await.refused(400_105);
    mynah.post("/v3/users/ada/block", json!({ "target_id": 5 })).await.refused(400_100);
    mynah.post("/v3/users/ada/block", json!({ "target_id": "ada" })).await.refused(400_112);
    mynah.post("/v3/users/ada/block", json!({ "target_id": "nobody" })).await.refused(400_201);
    mynah.delete("/v3/users/ada/block/nobody").await.refused(400_201);
    mynah.get("/v3/users/ada/block?list=others").await.refused(400_111);
}

#[tokio::test]
async fn users_are_not_invited_across_a_block_where_the_application_wants_that() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    mynah.with_users(&["bo", "cy"]).await;
    mynah.post("/v3/users/ada/block", json!({ "target_id": "bo" })).await.ok();
    let by = |inviter: &str, user: &str| json!({ "user_ids": [user], "inviter_id": inviter });
    mynah.post("/v3/group_channels/lobby/invite", by("ada", "bo")).await.ok();
    mynah.put("/v3/group_channels/lobby/leave", json!({ "user_ids": ["bo"] })).await.ok();

    mynah.settings(|settings| settings.keeps_blocked_out = true).await;
    mynah.post("/v3/group_channels", json!({ "channel_url": "hall", "user_ids": ["bo"] })).await.ok();
    let before = mynah.everything().await;
    mynah.post("/v3/group_channels/lobby/invite", by("ada", "bo")).await.refused(400_701);
    mynah.post("/v3/group_channels/hall/invite", by("bo", "ada")).await.refused(400_702);
    mynah.post("/v3/group_channels", by("ada", "bo")).await.refused(400_701);
    assert_eq!(mynah.everything().await, before);
    mynah.post("/v3/group_channels/lobby/invite", by("ada", "cy")).await.ok();
    mynah.post("/v3/group_channels/lobby/invite", json!({ "user_ids": ["bo"] })).await.ok();
}
