//! Hiding a channel, resetting its history, typing, and who is in an open channel.

use mynah::model::event::Event;
use serde_json::json;

use crate::support::Mynah;

async fn mine(mynah: &Mynah, user: &str) -> serde_json::Value {
    mynah.get(&format!("/v3/group_channels/lobby?user_id={user}")).await.ok()
}

#[tokio::test]
async fn a_channel_is_hidden_for_one_member_or_for_all() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    let path = "/v3/group_channels/lobby/hide";
    assert_eq!(mynah.put(path, json!({ "user_id": "ada" })).await.ok(), json!({}));
    let channel = mine(&mynah, "ada").await;
    assert_eq!(channel["is_hidden"], true);
    assert_eq!(channel["hidden_state"], "hidden_allow_auto_unhide");
    assert_eq!(mine(&mynah, "bo").await["is_hidden"], false);

    assert_eq!(mynah.delete(&format!("{path}?user_id=ada&should_unhide_all=false")).await.ok(), json!({}));
    assert_eq!(mine(&mynah, "ada").await["hidden_state"], "unhidden");

    let all = json!({ "should_hide_all": true, "allow_auto_unhide": false });
    mynah.put(path, all).await.ok();
    assert_eq!(mine(&mynah, "ada").await["hidden_state"], "hidden_prevent_auto_unhide");
    mynah.say("lobby", "bo", "Hello").await;
    assert_eq!(mine(&mynah, "ada").await["is_hidden"], true);
    mynah.delete(&format!("{path}?should_unhide_all=true")).await.ok();
    assert_eq!(mine(&mynah, "bo").await["is_hidden"], false);

    mynah.with_users(&["cy"]).await;
    mynah.put(path, json!({})).await.refused(400_105);
    mynah.put(path, json!({ "user_id": "cy" })).await.refused(400_108);
    mynah.put(path, json!({ "user_id": "nobody" })).await.refused(400_201);
    mynah.put(path, json!({ "user_id": "ada", "allow_auto_unhide": "no" })).await.refused(400_104);
    mynah.put("/v3/group_channels/nowhere/hide", json!({})).await.refused(400_201);
    mynah.delete(path).await.refused(400_105);
}

#[tokio::test]
async fn hiding_can_take_earlier_messages_along() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    mynah.say("lobby", "bo", "Old").await;
    let body = json!({ "user_id": "ada", "hide_previous_messages": true });
    mynah.put("/v3/group_channels/lobby/hide", body).await.ok();
    mynah.say("lobby", "bo", "New").await;
    let channel = mine(&mynah, "ada").await;
    assert_eq!(channel["is_hidden"], false);
    assert_eq!(channel["unread_message_count"], 1);
    assert_eq!(channel["last_message"]["message"], "New");
    assert!(channel["ts_message_offset"].as_i64().is_some_and(|offset| offset > 1_000_000_000_000));
}

#[tokio::test]
async fn resetting_the_history_is_for_one_member_alone_and_survives_a_restart() {
    let data = tempfile::tempdir().expect("a folder");
    let mynah = Mynah::start_on(data.path()).await;
    mynah.with_group("lobby", &["ada", "bo", "cy"]).await;
    mynah.say("lobby", "bo", "Old").await;
    let path = "/v3/group_channels/lobby/reset_user_history";
    let answer = mynah.put(path, json!({ "user_id": "ada" })).await.ok();
    let offset = answer["ts_message_offset"].as_i64().expect("a moment");
    assert_eq!(offset.to_string().len(), 13);
    mynah.stop().await;

    let mynah = Mynah::start_on(data.path()).await;
    let channel = mine(&mynah, "ada").await;
    assert_eq!(channel["ts_message_offset"], offset);
    assert_eq!(channel["last_message"], serde_json::Value::Null);
    assert_eq!(channel["unread_message_count"], 0);
    let other = mine(&mynah, "cy").await;
    assert_eq!(other["last_message"]["message"], "Old");
    assert_eq!(other["unread_message_count"], 1);

    mynah.put(path, json!({ "reset_all": true })).await.ok();
    assert_eq!(mine(&mynah, "cy").await["last_message"], serde_json::Value::Null);
    mynah.put(path, json!({})).await.refused(400_105);
    mynah.put(path, json!({ "user_id": "nobody" })).await.refused(400_201);
    mynah.stop().await;
}

#[tokio::test]
async fn typing_is_told_and_not_kept() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    let mut feed = mynah.server().engine().listen();
    let path = "/v3/group_channels/lobby/typing";
    assert_eq!(mynah.post(path, json!({ "user_ids": ["ada", "bo"] })).await.ok(), json!({}));
    for expected in ["ada", "bo"] {
        let told = feed.recv().await.expect("an event");
        let Event::Typing { user, on, .. } = &told.event else { panic!("{told:?}") };
        assert_eq!((user.id.as_str(), *on), (expected, true));
    }
    assert_eq!(mynah.delete(&format!("{path}?user_ids=ada")).await.ok(), json!({}));
    let told = feed.recv().await.expect("an event");
    assert!(matches!(&told.event, Event::Typing { on: false, .. }), "{told:?}");
    assert_eq!(mynah.post("/v3/group_channels/lobby/screenshot", json!({ "user_id": "bo" })).await.ok(), json!({}));
    let told = feed.recv().await.expect("an event");
    assert!(matches!(&told.event, Event::Screenshot { .. }), "{told:?}");

    mynah.with_users(&["cy"]).await;
    mynah.post(path, json!({ "user_ids": ["cy"] })).await.refused(400_108);
    mynah.post(path, json!({ "user_ids": ["nobody"] })).await.refused(400_201);
    mynah.post(path, json!({})).await.refused(400_105);
    mynah.post(path, json!({ "user_ids": vec!["ada"; 11] })).await.refused(400_203);
}

#[tokio::test]
async fn messages_are_purged_as_the_channel_says() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    let path = "/v3/group_channels/lobby/message_purge_offset";
    assert_eq!(mynah.get(path).await.ok(), json!({ "message_purge_offset": 0 }));
    mynah.put("/v3/group_channels/lobby", json!({ "message_survival_seconds": 60 })).await.ok();
    let offset = mynah.get(path).await.ok()["message_purge_offset"].as_i64().expect("a moment");
    assert!(offset > 1_000_000_000_000);
    mynah.get("/v3/group_channels/nowhere/message_purge_offset").await.refused(400_201);
}

#[tokio::test]
async fn nobody_has_entered_an_open_channel_who_is_not_connected() {
    let mynah = Mynah::start().await;
    mynah.post("/v3/open_channels", json!({ "channel_url": "square" })).await.ok();
    let list = mynah.get("/v3/open_channels/square/participants?limit=5").await.ok();
    assert_eq!(list, json!({ "participants": [], "next": "" }));
    mynah.get("/v3/open_channels/nowhere/participants").await.refused(400_201);
    mynah.get("/v3/open_channels/square/participants?limit=101").await.refused(400_113);
}
