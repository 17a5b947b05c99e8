//! Freezing channels.

use serde_json::json;

use crate::support::Mynah;

#[tokio::test]
async fn in_a_frozen_channel_only_operators_and_announcements_speak() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    mynah.post("/v3/group_channels/lobby/operators", json!({ "operator_ids": ["ada"] })).await.ok();

    let frozen = mynah.put("/v3/group_channels/lobby/freeze", json!({ "freeze": true })).await.ok();
    assert_eq!(frozen["freeze"], true);
    assert_eq!(frozen["channel"]["channel_url"], "lobby");
    mynah.send("lobby", json!({ "user_id": "bo", "message": "Hello" })).await.refused(900_050);
    mynah.send("lobby", json!({ "user_id": "ada", "message": "Hello" })).await.ok();
    mynah.send("lobby", json!({ "message_type": "ADMM", "message": "Closed" })).await.ok();
    let listed = mynah.get("/v3/group_channels?show_empty=true&show_frozen=false").await.ok();
    assert_eq!(listed["channels"], json!([]));

    mynah.put("/v3/group_channels/lobby/freeze", json!({ "freeze": false })).await.ok();
    mynah.send("lobby", json!({ "user_id": "bo", "message": "Hello" })).await.ok();
}

#[tokio::test]
async fn an_open_channel_freezes_too() {
    let mynah = Mynah::start().await;
    mynah.with_users(&["ada"]).await;
    mynah.post("/v3/open_channels", json!({ "channel_url": "plaza" })).await.ok();

    let frozen = mynah.put("/v3/open_channels/plaza/freeze", json!({ "freeze": true })).await.ok();
    assert_eq!(frozen["freeze"], true);
    assert_eq!(frozen["participant_count"], 0);
    let say = json!({ "user_id": "ada", "message": "Hello" });
    mynah.post("/v3/open_channels/plaza/messages", say).await.refused(900_050);
}

#[tokio::test]
async fn what_to_freeze_is_looked_for_first_and_then_how() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    mynah.put("/v3/group_channels/nowhere/freeze", json!({})).await.refused(400_201);
    mynah.put("/v3/open_channels/lobby/freeze", json!({ "freeze": true })).await.refused(400_201);
    mynah.put("/v3/group_channels/lobby/freeze", json!({})).await.refused(400_105);
    mynah.put("/v3/group_channels/lobby/freeze", json!({ "freeze": "yes" })).await.refused(400_104);
}
