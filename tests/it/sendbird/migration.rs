//! Bringing in messages from elsewhere.

use serde_json::{Value, json};

use crate::support::Mynah;

const MIGRATION: &str = "/v3/migration/lobby";

fn text(user: &str, text: &str, moment: i64) -> Value {
    json!({ "message_type": "MESG", "user_id": user, "message": text, "timestamp": moment })
}

async fn texts(mynah: &Mynah) -> Vec<String> {
    let path = "/v3/group_channels/lobby/messages?message_ts=0&next_limit=200";
    let listed = mynah.get(path).await.ok();
    let messages = listed["messages"].as_array().expect("a list").iter();
    messages.map(|message| message["message"].as_str().expect("a text").to_owned()).collect()
}

#[tokio::test]
async fn messages_stand_where_they_were_said_and_in_the_order_given() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    mynah.with_users(&["eve"]).await;
    mynah.say("lobby", "ada", "now").await;
    let messages = json!([
        text("ada", "second", 2000), text("eve", "third", 2000), text("bo", "first", 1000),
        { "message_type": "ADMM", "message": "notice", "timestamp": 3000 },
        { "message_type": "FILE", "user_id": "bo", "url": "https://example.org/a.png", "timestamp": 4000 },
    ]);
    assert_eq!(mynah.post(MIGRATION, json!({ "messages": messages })).await.ok(), json!({}));
    assert_eq!(texts(&mynah).await, ["first", "second", "third", "notice", "", "now"]);
    let channel = mynah.get("/v3/group_channels/lobby").await.ok();
    assert_eq!(channel["last_message"]["message"], "now");
}

#[tokio::test]
async fn what_was_brought_in_before_is_passed_over() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    let mut once = text("ada", "once", 1000);
    once["dedup_id"] = json!("one");
    let body = json!({ "messages": [once.clone(), once.clone(), text("ada", "more", 1001)] });
    mynah.post(MIGRATION, body).await.ok();
    mynah.post(MIGRATION, json!({ "messages": [once] })).await.ok();
    assert_eq!(texts(&mynah).await, ["once", "more"]);
}

#[tokio::test]
async fn receipts_are_moved_where_that_is_asked_for() {
    let mynah = Mynah::start().await;
    mynah.with_users(&["ada", "bo"]).await;
    mynah.post("/v3/group_channels", json!({ "channel_url": "lobby", "user_ids": ["ada", "bo"] })).await.ok();
    let unread = async || {
        let path = "/v3/group_channels/lobby/messages/unread_count?user_ids=bo";
        mynah.get(path).await.ok()["unread"]["bo"].as_i64().expect("a count")
    };
    let start = mynah.send("lobby", json!({ "user_id": "ada", "message": "x" })).await.ok();
    let start = start["created_at"].as_i64().expect("a moment");
    mynah.put("/v3/group_channels/lobby/messages/mark_as_read", json!({ "user_id": "bo" })).await.ok();
    assert_eq!(unread().await, 0);

    mynah.post(MIGRATION, json!({ "messages": [text("ada", "later", start + 10)] })).await.ok();
    assert_eq!(unread().await, 1, "nothing is moved where nobody asks");
    let body = json!({ "messages": [text("ada", "later still", start + 20)], "update_read_ts": true });
    mynah.post(MIGRATION, body).await.ok();
    assert_eq!(unread().await, 0);
    let body = json!({ "messages": [text("ada", "between", start + 15)], "rewind_read_ts": true });
    mynah.post(MIGRATION, body).await.ok();
    assert_eq!(unread().await, 2, "the one that was brought in, and the one after it");
}

#[tokio::test]
async fn nothing_is_brought_in_where_something_is_wrong() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    let bring = async |messages: Value| mynah.post(MIGRATION, json!({ "messages": messages })).await;
    mynah.post("/v3/migration/nowhere", json!({})).await.refused(400_201);
    mynah.post(MIGRATION, json!({})).await.refused(400_105);
    bring(json!([text("ada", "good", 1), { "message_type": "MESG", "user_id": "ada" }])).await.refused(400_105);
    bring(json!([text("ada", "good", 1), text("nobody", "bad", 2)])).await.refused(400_201);
    bring(json!([5])).await.refused(400_103);
    bring(json!(vec![text("ada", "many", 1); 101])).await.refused(400_203);
    assert!(texts(&mynah).await.is_empty());
    bring(json!(vec![text("ada", "many", 1); 100])).await.ok();
    assert_eq!(texts(&mynah).await.len(), 100);
}
