//! How fast users may send in one channel.

use reqwest::Method;
use serde_json::{Value, json};

use super::{BEGIN, at_rest};
use crate::support::{Mynah, answer};

const GLOBAL: &str = "/v3/applications/settings_global";
const TYPES: &str = "/v3/applications/settings_by_channel_custom_type";

fn text(user: &str) -> Value {
    json!({ "user_id": user, "message": "m" })
}

async fn limit(mynah: &Mynah, messages: i64, seconds: i64) -> Value {
    let pace = json!({ "user_messages_per_channel": messages, "user_messages_per_channel_duration": seconds });
    mynah.put(GLOBAL, pace).await.ok()
}

#[tokio::test]
async fn who_sends_too_fast_is_refused_until_the_time_is_over() {
    let mynah = at_rest(None).await;
    let shown = mynah.get(GLOBAL).await.ok();
    assert_eq!(
        (&shown["user_messages_per_channel"], &shown["user_messages_per_channel_duration"]),
        (&json!(-1), &json!(1))
    );
    let set = limit(&mynah, 3, 10).await;
    assert_eq!(set, mynah.get(GLOBAL).await.ok());
    assert_eq!(
        (&set["user_messages_per_channel"], &set["user_messages_per_channel_duration"]),
        (&json!(3), &json!(10))
    );

    for _ in 0..2 {
        mynah.send("lobby", text("ada")).await.ok();
    }
    mynah.advance(4).await;
    mynah.send("lobby", json!({ "user_id": "ada", "message": "m", "is_silent": true })).await.ok();
    let before = mynah.everything().await;
    let refused = mynah.send("lobby", text("ada")).await;
    assert_eq!(refused.headers["x-mynah"], "rate-limited");
    let why = refused.refused(500_910);
    assert!(
        why.starts_with("Too many requests (scope: channel, limit: 3;w=10, remaining: 0, retry_after: 6."),
        "{why}"
    );
    assert_eq!(mynah.everything().await, before);
    // Others, other channels and announcements have nothing to do with it.
    mynah.send("lobby", text("bo")).await.ok();
    mynah.send("lobby", json!({ "message_type": "ADMM", "message": "m" })).await.ok();
    mynah.with_users(&["eve"]).await;
    mynah.post("/v3/group_channels", json!({ "channel_url": "attic", "user_ids": ["ada", "eve"] })).await.ok();
    mynah.send("attic", text("ada")).await.ok();

    mynah.advance(6).await;
    mynah.send("lobby", text("ada")).await.refused(500_910);
    mynah.advance(1).await;
    mynah.send("lobby", text("ada")).await.ok();
    mynah.send("lobby", text("ada")).await.ok();
    mynah.send("lobby", text("ada")).await.refused(500_910);
    limit(&mynah, -1, 10).await;
    mynah.send("lobby", text("ada")).await.ok();
}

#[tokio::test]
async fn what_is_deleted_was_sent_all_the_same_and_what_is_dated_was_not_sent_now() {
    let mynah = at_rest(None).await;
    limit(&mynah, 1, 60).await;
    let sent = mynah.send("lobby", text("ada")).await.ok();
    mynah.delete(&format!("/v3/group_channels/lobby/messages/{}", sent["message_id"])).await.ok();
    mynah.send("lobby", text("ada")).await.refused(500_910);
    let dated = |at: i64| json!({ "user_id": "bo", "message": "m", "created_at": at });
    mynah.send("lobby", dated(BEGIN - 60_000)).await.ok();
    mynah.send("lobby", dated(BEGIN + 3_600_000)).await.ok();
    mynah.send("lobby", text("bo")).await.ok();
    mynah.send("lobby", text("bo")).await.refused(500_910);
}

#[tokio::test]
async fn it_is_the_same_rule_on_every_way_of_sending() {
    let mynah = at_rest(None).await;
    limit(&mynah, 1, 60).await;
    mynah.put("/_mynah/webhooks/default", json!({})).await.ok();
    mynah.post("/v3/group_channels/lobby/operators", json!({ "operator_ids": ["ada"] })).await.ok();
    let mut ada = mynah.connect("ada").await;
    ada.does("MESG", json!({ "channel_url": "lobby", "message": "m" })).await;
    ada.is_refused("MESG", json!({ "channel_url": "lobby", "message": "m" }), 900_200).await;
    let file = json!({ "channel_url": "lobby", "url": "https://files.example.org/a.txt", "name": "a.txt", "type": "text/plain", "size": 1 });
    ada.is_refused("FILE", file, 900_200).await;
    mynah.send("lobby", text("ada")).await.refused(500_910);
    let other = json!({ "channelId": "lobby", "sender": "ada", "message": "m" });
    let send = mynah.client().post(mynah.url("/apis/v1/messages/send")).bearer_auth("key").json(&other);
    assert_eq!(answer(send).await.status, 429);
    let acting =
        mynah.post("/_mynah/actors", json!({ "as": "ada", "do": "send", "channel": "lobby", "text": "m" })).await;
    assert_eq!((acting.status, &acting.body["error"]), (409, &json!("step 1: no more than 1 messages in 60 s")));

    let told = mynah.get("/_mynah/webhooks/deliveries?limit=1000").await.ok();
    let told: Vec<_> = told["deliveries"].as_array().unwrap().iter().map(|call| call["payload"].clone()).collect();
    let of = |category: &str| told.iter().filter(|body| body["category"] == category).collect::<Vec<_>>();
    assert_eq!(of("group_channel:message_send").len(), 1);
    let alerts = of("alert:user_message_rate_limit_exceeded");
    assert_eq!(alerts.len(), 5, "{told:?}");
    for alert in alerts {
        assert_eq!((&alert["user"]["user_id"], &alert["channel"]["channel_url"]), (&json!("ada"), &json!("lobby")));
    }
}

#[tokio::test]
async fn a_custom_type_has_a_pace_of_its_own() {
    let mynah = at_rest(None).await;
    limit(&mynah, 1, 60).await;
    let channel = json!({ "channel_url": "loud", "user_ids": ["ada"], "custom_type": "loud" });
    mynah.post("/v3/group_channels", channel).await.ok();
    let made = mynah.post(TYPES, json!({ "custom_type": "loud", "max_message_length": 50 })).await.ok();
    assert_eq!(
        (&made["user_messages_per_channel"], &made["user_messages_per_channel_duration"]),
        (&json!(1), &json!(60))
    );
    mynah.send("loud", text("ada")).await.ok();
    mynah.send("loud", text("ada")).await.refused(500_910);
    let loud = format!("{TYPES}/loud");
    mynah.put(&loud, json!({ "user_messages_per_channel": 2 })).await.ok();
    mynah.send("loud", text("ada")).await.ok();
    mynah.send("loud", text("ada")).await.refused(500_910);
    mynah.put(&loud, json!({ "user_messages_per_channel": -1 })).await.ok();
    mynah.send("loud", text("ada")).await.ok();
    answer(mynah.sendbird(Method::DELETE, &loud)).await.ok();
    mynah.send("loud", text("ada")).await.refused(500_910);
}

#[tokio::test]
async fn the_pace_survives_a_restart_and_a_reset_forgets_what_was_sent() {
    let folder = tempfile::tempdir().expect("a folder");
    let mynah = at_rest(Some(folder.path())).await;
    let set = limit(&mynah, 1, 60).await;
    mynah.send("lobby", text("ada")).await.ok();
    mynah.stop().await;
    let mynah = Mynah::start_on(folder.path()).await;
    assert_eq!(mynah.get(GLOBAL).await.ok(), set);
    mynah.send("lobby", text("ada")).await.refused(500_910);
    mynah.post("/_mynah/reset", json!({})).await.ok();
    assert_eq!(mynah.get(GLOBAL).await.ok(), set);
    mynah.with_group("lobby", &["ada"]).await;
    mynah.send("lobby", text("ada")).await.ok();
    mynah.send("lobby", text("ada")).await.refused(500_910);
}

#[tokio::test]
async fn a_pace_out_of_its_range_is_refused_and_changes_nothing() {
    let mynah = at_rest(None).await;
    mynah.post(TYPES, json!({ "custom_type": "loud" })).await.ok();
    for path in [GLOBAL.to_owned(), format!("{TYPES}/loud")] {
        let before = mynah.get(&path).await.ok();
        for (field, last) in [("user_messages_per_channel", 10_000), ("user_messages_per_channel_duration", 86_400)]
        {
            for outside in [0, -2, last + 1, i64::MAX] {
                let why = mynah.put(&path, json!({ field: outside, "allow_links": false })).await.refused(400_113);
                assert!(why.contains(field), "{why}");
            }
            mynah.put(&path, json!({ field: "many" })).await.refused(400_101);
            assert_eq!(mynah.get(&path).await.ok(), before);
            for inside in [1, last] {
                assert_eq!(mynah.put(&path, json!({ field: inside })).await.ok()[field], inside);
            }
            let reset = json!({ "user_messages_per_channel": -1, "user_messages_per_channel_duration": 1 });
            mynah.put(&path, reset).await.ok();
        }
    }
}
