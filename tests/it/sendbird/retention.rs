//! How long messages are kept.

use serde_json::{Value, json};

use super::at_rest;
use crate::support::{Mynah, answer};

const GLOBAL: &str = "/v3/applications/settings_global";
const TYPES: &str = "/v3/applications/settings_by_channel_custom_type";
const HOUR: u64 = 3600;

async fn keep(mynah: &Mynah, hours: i64) -> Value {
    mynah.put(GLOBAL, json!({ "message_retention_hours": hours })).await.ok()
}

/// The texts of a channel, the removed ones too.
async fn texts(mynah: &Mynah, channel: &str) -> Vec<String> {
    let path = format!(
        "/v3/group_channels/{channel}/messages?message_ts=0&next_limit=200&include_removed=true&include_reply_type=all"
    );
    let list = mynah.get(&path).await.ok();
    let texts = list["messages"].as_array().unwrap().iter().map(|message| message["message"].as_str().unwrap());
    texts.map(str::to_owned).collect()
}

#[tokio::test]
async fn messages_are_gone_when_their_time_is_over_with_all_that_hangs_on_them() {
    let mynah = at_rest(None).await;
    assert_eq!(mynah.get(GLOBAL).await.ok()["message_retention_hours"], -1);
    let set = keep(&mynah, 2).await;
    assert_eq!((&set["message_retention_hours"], set.clone()), (&json!(2), mynah.get(GLOBAL).await.ok()));
    let first = mynah.send("lobby", json!({ "user_id": "ada", "message": "first" })).await.ok();
    assert_eq!(first["message_retention_hour"], 2);
    let path = format!("/v3/group_channels/lobby/messages/{}", first["message_id"]);
    mynah.post(&format!("{path}/reactions"), json!({ "user_id": "bo", "reaction": "tada" })).await.ok();
    mynah.post(&format!("{path}/pin"), json!({})).await.ok();
    let gone = mynah.say("lobby", "ada", "removed").await;
    mynah.delete(&format!("/v3/group_channels/lobby/messages/{gone}")).await.ok();
    mynah.advance(HOUR).await;
    let reply = mynah.reply("lobby", "bo", "reply", first["message_id"].as_i64().unwrap()).await;
    mynah.advance(HOUR - 1).await;
    assert_eq!(texts(&mynah, "lobby").await.len(), 3);
    assert_eq!(mynah.unread("lobby", "bo").await, (0, 0));

    let advanced = mynah.post("/_mynah/clock/advance", json!({ "by": "2s" })).await.ok();
    let ran = advanced["ran"].as_array().unwrap();
    assert!(ran.iter().all(|ran| ran["kind"] == "messages_expired" && ran["id"] == "lobby"), "{ran:?}");
    assert_eq!(ran[0]["at"], first["created_at"].as_i64().unwrap() + 7_200_000);
    assert_eq!(texts(&mynah, "lobby").await, ["reply"]);
    mynah.get(&path).await.refused(400_201);
    mynah.put(&path, json!({ "message_type": "MESG", "message": "x" })).await.refused(400_201);
    mynah.delete(&path).await.refused(400_201);
    let pins = mynah.get("/v3/group_channels/lobby?show_pinned_messages=true").await.ok();
    assert_eq!(pins["pinned_message_ids"].as_array().map_or(0, Vec::len), 0, "{pins}");
    assert_eq!(mynah.message("lobby", reply).await["parent_message_id"], first["message_id"]);
    assert_eq!(mynah.get("/v3/search/messages?query=first&channel_url=lobby").await.ok()["total_count"], 0);

    mynah.advance(HOUR).await;
    assert_eq!(texts(&mynah, "lobby").await, [""; 0]);
    assert_eq!(mynah.get("/v3/group_channels/lobby").await.ok()["last_message"], Value::Null);
    assert_eq!(mynah.get("/v3/group_channels/lobby/messages/total_count").await.ok()["total"], 0);
    mynah.say("lobby", "bo", "again").await;
    keep(&mynah, -1).await;
    mynah.advance(1000 * HOUR).await;
    assert_eq!(texts(&mynah, "lobby").await, ["again"]);
    // A shorter time holds for what is there already.
    keep(&mynah, 1).await;
    assert_eq!(texts(&mynah, "lobby").await, [""; 0]);
}

#[tokio::test]
async fn what_is_gone_does_not_count_and_who_has_read_it_has_read_it_over_a_restart_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let mynah = at_rest(Some(folder.path())).await;
    mynah.say("lobby", "ada", "one").await;
    mynah.advance(10).await;
    mynah.say("lobby", "bo", "two").await;
    mynah.advance(10).await;
    mynah.say("lobby", "ada", "three").await;
    assert_eq!(mynah.unread("lobby", "bo").await, (1, 0));
    keep(&mynah, 1).await;
    mynah.advance(HOUR - 5).await;
    assert_eq!(texts(&mynah, "lobby").await, ["three"]);
    let before = mynah.get("/v3/group_channels/lobby?show_read_receipt=true").await.ok();
    assert_eq!(mynah.unread("lobby", "bo").await, (1, 0));
    mynah.stop().await;

    let mynah = Mynah::start_on(folder.path()).await;
    assert_eq!(mynah.get("/v3/group_channels/lobby?show_read_receipt=true").await.ok(), before);
    assert_eq!(mynah.unread("lobby", "bo").await, (1, 0));
    assert_eq!(mynah.get(GLOBAL).await.ok()["message_retention_hours"], 1);
    mynah.advance(6).await;
    assert_eq!(mynah.unread("lobby", "bo").await, (0, 0));
    mynah.stop().await;
    let mynah = Mynah::start_on(folder.path()).await;
    assert_eq!(texts(&mynah, "lobby").await, [""; 0]);
    mynah.stop().await;
}

#[tokio::test]
async fn a_custom_type_keeps_messages_as_long_as_it_wants() {
    let mynah = at_rest(None).await;
    keep(&mynah, 3).await;
    for (custom_type, hours) in [("short", Some(1)), ("ever", Some(-1)), ("plain", None)] {
        let body = json!({ "channel_url": custom_type, "user_ids": ["ada"], "custom_type": custom_type });
        mynah.post("/v3/group_channels", body).await.ok();
        let mut settings = json!({ "custom_type": custom_type });
        if let Some(hours) = hours {
            settings["message_retention_hours"] = json!(hours);
        }
        let made = mynah.post(TYPES, settings).await.ok();
        assert_eq!(made["message_retention_hours"], hours.unwrap_or(3));
        let sent = mynah.send(custom_type, json!({ "user_id": "ada", "message": "m" })).await.ok();
        assert_eq!(sent["message_retention_hour"], hours.unwrap_or(3));
    }
    let left = async || {
        let (short, ever) = (texts(&mynah, "short").await.len(), texts(&mynah, "ever").await.len());
        (short, ever, texts(&mynah, "plain").await.len())
    };
    mynah.advance(HOUR - 1).await;
    assert_eq!(left().await, (1, 1, 1));
    mynah.advance(2).await;
    assert_eq!(left().await, (0, 1, 1));
    mynah.advance(2 * HOUR).await;
    assert_eq!(left().await, (0, 1, 0));

    // Clients hear up to when it is gone, and throw away what they have kept of it.
    let key = mynah.post("/v3/users/ada/token", json!({})).await.ok()["token"].as_str().unwrap().to_owned();
    let seen = async |channel: &str| {
        let path = format!("/v3/sdk/group_channels/{channel}");
        let view = mynah.client().get(mynah.url(&path)).header("Session-Key", &key);
        answer(view).await.ok()["message_purge_offset"].clone()
    };
    let now = mynah.get("/_mynah/clock").await.ok()["now"].as_i64().unwrap();
    assert_eq!((seen("plain").await, seen("ever").await), (json!(now - 3 * 3_600_000), json!(0)));
}

#[tokio::test]
async fn a_retention_out_of_its_range_is_refused() {
    let mynah = at_rest(None).await;
    mynah.post(TYPES, json!({ "custom_type": "loud" })).await.ok();
    for path in [GLOBAL.to_owned(), format!("{TYPES}/loud")] {
        for outside in [0, -2, 876_001, i64::MAX] {
            let why = mynah.put(&path, json!({ "message_retention_hours": outside })).await.refused(400_113);
            assert!(why.contains("message_retention_hours"), "{why}");
        }
        mynah.put(&path, json!({ "message_retention_hours": "2" })).await.refused(400_101);
        for inside in [1, 876_000] {
            mynah.put(&path, json!({ "message_retention_hours": inside })).await.ok();
        }
    }
}

#[tokio::test]
async fn messages_of_a_channel_disappear_when_it_says_so() {
    let data = tempfile::tempdir().expect("a folder");
    let mynah = at_rest(Some(data.path())).await;
    let fleeting = json!({ "channel_url": "fleeting", "user_ids": ["ada", "bo"], "message_survival_seconds": 60 });
    mynah.post("/v3/group_channels", fleeting).await.ok();
    mynah.say("lobby", "ada", "first").await;
    let first = mynah.send("fleeting", json!({ "user_id": "ada", "message": "first" })).await.ok();
    let end = first["created_at"].as_i64().unwrap() + 60_000;
    mynah.advance(30).await;
    mynah.say("fleeting", "ada", "second").await;
    mynah.stop().await;

    let mynah = Mynah::start_on(data.path()).await;
    let advanced = mynah.post("/_mynah/clock/advance", json!({ "by": "31s" })).await.ok();
    assert_eq!(advanced["ran"], json!([{ "at": end, "kind": "messages_expired", "id": "fleeting" }]));
    assert_eq!(
        (texts(&mynah, "fleeting").await, texts(&mynah, "lobby").await.len()),
        (vec!["second".to_owned()], 1)
    );
    assert_eq!(mynah.unread("fleeting", "bo").await, (1, 0));
    mynah.put("/v3/group_channels/fleeting", json!({ "message_survival_seconds": -1 })).await.ok();
    mynah.advance(3600).await;
    assert_eq!(texts(&mynah, "fleeting").await, ["second"]);
    mynah.put("/v3/group_channels/fleeting", json!({ "message_survival_seconds": 10 })).await.ok();
    assert_eq!(texts(&mynah, "fleeting").await, [""; 0]);
    let view = mynah.channel_of("fleeting", "bo").await;
    assert_eq!((&view["unread_message_count"], &view["last_message"]), (&json!(0), &json!(null)));
}
