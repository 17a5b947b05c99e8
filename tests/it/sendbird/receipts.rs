//! What has reached members, and what they have not read.

use serde_json::json;

use crate::support::Mynah;

const DELIVERED: &str = "/v3/group_channels/lobby/messages/mark_as_delivered";
const UNREAD: &str = "/v3/group_channels/lobby/messages/unread_count";

#[tokio::test]
async fn delivery_moves_forward_once_for_each_newest_message() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    let sent = mynah.send("lobby", json!({ "user_id": "ada", "message": "Hello" })).await.ok();

    let moved = mynah.put(DELIVERED, json!({ "user_id": "bo" })).await.ok();
    assert_eq!(moved["ts"], sent["created_at"]);
    assert_eq!(mynah.put(DELIVERED, json!({ "user_id": "bo" })).await.ok(), json!({}));
    let channel = mynah.get("/v3/group_channels/lobby?show_delivery_receipt=true").await.ok();
    assert_eq!(channel["delivery_receipt"]["bo"], sent["created_at"]);
    assert_eq!(channel["delivery_receipt"]["ada"], json!(null), "who has never got a message is absent");

    mynah.put(DELIVERED, json!({})).await.refused(400_105);
    mynah.put(DELIVERED, json!({ "user_id": "nobody" })).await.refused(400_201);
    mynah.with_users(&["eve"]).await;
    mynah.put(DELIVERED, json!({ "user_id": "eve" })).await.refused(400_108);
}

#[tokio::test]
async fn unread_messages_are_counted_for_each_member() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    for text in ["one", "two", "three"] {
        mynah.say("lobby", "ada", text).await;
    }
    let unread = mynah.get(&format!("{UNREAD}?user_ids=ada,bo")).await.ok();
    assert_eq!(unread, json!({ "unread": { "ada": 0, "bo": 3 } }));
    mynah.put("/v3/group_channels/lobby/messages/mark_as_read", json!({ "user_id": "bo" })).await.ok();
    let unread = mynah.get(&format!("{UNREAD}?user_ids=bo&user_ids=ada")).await.ok();
    assert_eq!(unread, json!({ "unread": { "ada": 0, "bo": 0 } }));

    mynah.get(UNREAD).await.refused(400_105);
    mynah.get(&format!("{UNREAD}?user_ids=nobody")).await.refused(400_201);
    mynah.with_users(&["eve"]).await;
    mynah.get(&format!("{UNREAD}?user_ids=eve")).await.refused(400_108);
}

#[tokio::test]
async fn a_message_dated_into_the_future_does_not_hide_what_is_said_until_then() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    let ahead = mynah.now().await + 86_400_000;
    mynah.send("lobby", json!({ "user_id": "ada", "message": "Tomorrow", "created_at": ahead })).await.ok();
    let lobby = "/v3/group_channels/lobby";
    let unread = async || {
        let unread = mynah.get(&format!("{lobby}/messages/unread_count?user_ids=bo")).await.ok();
        unread["unread"]["bo"].as_i64().expect("a number")
    };
    assert_eq!(unread().await, 1);
    mynah.put(&format!("{lobby}/messages/mark_as_read"), json!({ "user_id": "bo" })).await.ok();
    assert_eq!(unread().await, 0);

    // What comes now is unread, and so is again what is ahead of it.
    mynah.say("lobby", "ada", "Today").await;
    assert_eq!(unread().await, 2);
    mynah.put(&format!("{lobby}/messages/mark_as_read"), json!({ "user_id": "bo" })).await.ok();
    assert_eq!(unread().await, 0);

    mynah.put(&format!("{lobby}/reset_user_history"), json!({ "user_id": "bo" })).await.ok();
    let last = async || mynah.get(&format!("{lobby}?user_id=bo")).await.ok()["last_message"]["message"].clone();
    assert_eq!(last().await, serde_json::Value::Null);
    mynah.say("lobby", "ada", "Later today").await;
    assert_eq!(unread().await, 2);
    assert_eq!(last().await, "Tomorrow");
    mynah.put(&format!("{lobby}/messages/mark_as_read"), json!({ "user_id": "ada" })).await.ok();
    mynah.say("lobby", "bo", "Me too").await;
    assert_eq!(unread().await, 1, "one's own message is read by sending it, the one ahead is not");
}

#[tokio::test]
async fn receipts_that_came_back_from_the_future_stay_there_after_a_restart() {
    let data = tempfile::tempdir().expect("a folder");
    let mynah = Mynah::start_on(data.path()).await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    let ahead = mynah.now().await + 86_400_000;
    mynah.send("lobby", json!({ "user_id": "ada", "message": "Tomorrow", "created_at": ahead })).await.ok();
    mynah.put("/v3/group_channels/lobby/messages/mark_as_read", json!({ "user_id": "bo" })).await.ok();
    mynah.say("lobby", "bo", "Today").await;
    let shown = "/v3/group_channels/lobby?show_read_receipt=true";
    let unread = format!("{UNREAD}?user_ids=ada,bo");
    let before = (mynah.get(shown).await.ok()["read_receipt"].clone(), mynah.get(&unread).await.ok());
    assert_eq!(before.1, json!({ "unread": { "ada": 1, "bo": 1 } }));
    mynah.stop().await;

    let mynah = Mynah::start_on(data.path()).await;
    assert_eq!((mynah.get(shown).await.ok()["read_receipt"].clone(), mynah.get(&unread).await.ok()), before);
    mynah.stop().await;
}
