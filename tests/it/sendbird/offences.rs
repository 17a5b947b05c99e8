//! What becomes of users whose words are kept out again and again.

use serde_json::{Value, json};

use crate::support::Mynah;

const GLOBAL: &str = "/v3/applications/settings_global";
const TYPES: &str = "/v3/applications/settings_by_channel_custom_type";
const BEGIN: i64 = 1_767_225_600_000;

/// A server whose clock stands still, with three users in a lobby; the filter covers (1) or refuses (2).
async fn strict(filter: i64, rule: Value) -> Mynah {
    let mynah = Mynah::start().await;
    at_rest(&mynah, filter, rule).await;
    mynah
}

async fn at_rest(mynah: &Mynah, filter: i64, rule: Value) {
    mynah.put("/_mynah/clock", json!({ "mode": "frozen", "at": BEGIN })).await.ok();
    mynah.with_group("lobby", &["ada", "bo", "cy"]).await;
    let settings = json!({
        "profanity_filter": { "keywords": "darn", "type": filter }, "profanity_triggered_moderation": rule,
    });
    let set = mynah.put(GLOBAL, settings).await.ok();
    assert_eq!(set["profanity_triggered_moderation"], rule);
    assert_eq!(mynah.get(GLOBAL).await.ok(), set);
}

fn rule(count: i64, duration: i64, action: i64) -> Value {
    json!({ "count": count, "duration": duration, "action": action })
}

fn swears(user: &str) -> Value {
    json!({ "user_id": user, "message": "darn" })
}

fn fine(user: &str) -> Value {
    json!({ "user_id": user, "message": "fine" })
}

/// What webhooks were told.
async fn told(mynah: &Mynah) -> Vec<Value> {
    let told = mynah.get("/_mynah/webhooks/deliveries?limit=1000").await.ok();
    told["deliveries"].as_array().unwrap().iter().map(|call| call["payload"].clone()).collect()
}

#[tokio::test]
async fn who_swears_too_often_within_the_time_is_muted() {
    let mynah = strict(1, rule(3, 60, 1)).await;
    mynah.put("/_mynah/webhooks/default", json!({ "include_members": true })).await.ok();
    let mut bo = mynah.connect("bo").await;
    mynah.send("lobby", swears("ada")).await.ok();
    mynah.send("lobby", swears("ada")).await.ok();
    // What is over does not count, and others count for themselves.
    mynah.advance(61).await;
    mynah.send("lobby", swears("ada")).await.ok();
    mynah.send("lobby", swears("bo")).await.ok();
    mynah.send("lobby", fine("ada")).await.ok();
    mynah.advance(59).await;
    let edited = mynah.send("lobby", fine("ada")).await.ok();
    let path = format!("/v3/group_channels/lobby/messages/{}", edited["message_id"]);
    mynah.put(&path, json!({ "message_type": "MESG", "message": "darn" })).await.ok();
    assert_eq!(mynah.get("/v3/group_channels/lobby/mute/ada").await.ok()["is_muted"], false);
    let last = mynah.send("lobby", swears("ada")).await.ok();
    assert_eq!(last["message"], "****");
    mynah.send("lobby", fine("ada")).await.refused(900_041);
    let muted = mynah.get("/v3/group_channels/lobby/mute/ada").await.ok();
    assert_eq!((&muted["is_muted"], &muted["description"]), (&json!(true), &json!("Profanity filter")));
    assert_eq!(bo.hear_event(10_201).await["data"]["user_id"], "ada");

    let told = told(&mynah).await;
    let mut categories: Vec<_> = told.iter().map(|body| body["category"].as_str().unwrap()).collect();
    categories.retain(|category| !category.contains("message"));
    categories.sort_unstable();
    let replaced = vec!["profanity_filter:replace"; 6];
    assert_eq!(categories, [vec!["profanity_filter:moderate"], replaced, vec!["user:mute"]].concat());
    let moderated = told.iter().find(|body| body["category"] == "profanity_filter:moderate").unwrap();
    assert_eq!((&moderated["moderation_action"], &moderated["sender"]["user_id"]), (&json!("mute"), &json!("ada")));
    assert_eq!(moderated["moderated_at"], BEGIN + 120_000);
    assert_eq!(moderated["members"].as_array().unwrap().len(), 3);

    // Counting begins anew.
    mynah.delete("/v3/group_channels/lobby/mute/ada").await.ok();
    mynah.send("lobby", swears("ada")).await.ok();
    mynah.send("lobby", fine("ada")).await.ok();
}

#[tokio::test]
async fn words_that_are_refused_count_although_nothing_is_left_of_them() {
    let mynah = strict(2, rule(2, 60, 3)).await;
    let count = mynah.get("/v3/group_channels/lobby/messages/total_count").await.ok();
    let mut ada = mynah.connect("ada").await;
    let words = json!({ "channel_url": "lobby", "message": "darn" });
    ada.is_refused("MESG", words.clone(), 900_060).await;
    assert_eq!(mynah.get("/v3/group_channels/lobby/ban").await.ok()["banned_list"], json!([]));
    ada.is_refused("MESG", words, 900_060).await;
    let banned = mynah.get("/v3/group_channels/lobby/ban/ada").await.ok();
    assert_eq!((&banned["user"]["user_id"], &banned["start_at"]), (&json!("ada"), &json!(BEGIN)));
    mynah.send("lobby", fine("ada")).await.refused(900_100);
    assert_eq!(mynah.get("/v3/group_channels/lobby/messages/total_count").await.ok(), count);
    assert_eq!(mynah.get("/v3/group_channels/lobby").await.ok()["member_count"], 2);
}

#[tokio::test]
async fn who_is_kicked_may_come_back_and_open_channels_are_left_too() {
    let mynah = strict(2, rule(1, 60, 2)).await;
    mynah.put("/_mynah/webhooks/default", json!({})).await.ok();
    mynah.send("lobby", swears("ada")).await.refused(900_060);
    mynah.send("lobby", fine("ada")).await.refused(400_108);
    mynah.post("/v3/group_channels/lobby/invite", json!({ "user_ids": ["ada"] })).await.ok();
    mynah.send("lobby", fine("ada")).await.ok();

    mynah.post("/v3/open_channels", json!({ "channel_url": "square" })).await.ok();
    let mut bo = mynah.connect("bo").await;
    bo.does("ENTR", json!({ "channel_url": "square" })).await;
    bo.is_refused("MESG", json!({ "channel_url": "square", "message": "darn" }), 900_060).await;
    assert_eq!(mynah.get("/v3/open_channels/square").await.ok()["participant_count"], 0);
    let told = told(&mynah).await;
    let of = |category: &str| told.iter().filter(|body| body["category"] == category).count();
    assert_eq!((of("profanity_filter:moderate"), of("group_channel:leave"), of("open_channel:exit")), (2, 1, 1));
}

#[tokio::test]
async fn what_is_scheduled_and_what_actors_say_counts_too() {
    let mynah = strict(2, rule(2, 3600, 1)).await;
    let at = BEGIN + 600_000;
    let later = json!({ "message_type": "MESG", "user_id": "ada", "message": "darn", "scheduled_at": at });
    mynah.post("/v3/group_channels/lobby/scheduled_messages", later).await.ok();
    let step = json!({ "as": "ada", "do": "send", "channel": "lobby", "text": "darn" });
    assert_eq!(mynah.post("/_mynah/actors", step).await.status, 409);
    mynah.send("lobby", fine("ada")).await.ok();
    mynah.post("/_mynah/clock/advance", json!({ "by": "20m" })).await.ok();
    mynah.send("lobby", fine("ada")).await.refused(900_041);
}

#[tokio::test]
async fn a_custom_type_has_a_rule_of_its_own_or_that_of_the_application() {
    let mynah = strict(2, rule(1, 60, 1)).await;
    for custom_type in ["mild", "plain"] {
        let body = json!({ "channel_url": custom_type, "user_ids": ["ada"], "custom_type": custom_type });
        mynah.post("/v3/group_channels", body).await.ok();
    }
    let mild = json!({ "custom_type": "mild", "profanity_triggered_moderation": rule(0, 0, 0) });
    assert_eq!(mynah.post(TYPES, mild).await.ok()["profanity_triggered_moderation"], rule(0, 0, 0));
    let plain = mynah.post(TYPES, json!({ "custom_type": "plain" })).await.ok();
    assert_eq!(plain["profanity_triggered_moderation"], rule(1, 60, 1));
    for channel in ["mild", "plain"] {
        mynah.send(channel, swears("ada")).await.refused(900_060);
    }
    mynah.send("mild", fine("ada")).await.ok();
    mynah.send("plain", fine("ada")).await.refused(900_041);
}

#[tokio::test]
async fn what_was_counted_survives_a_restart_and_not_a_reset() {
    let folder = tempfile::tempdir().expect("a folder");
    let mynah = Mynah::start_on(folder.path()).await;
    at_rest(&mynah, 2, rule(2, 60, 1)).await;
    mynah.send("lobby", swears("ada")).await.refused(900_060);
    mynah.send("lobby", swears("bo")).await.refused(900_060);
    mynah.stop().await;
    let mynah = Mynah::start_on(folder.path()).await;
    mynah.send("lobby", swears("ada")).await.refused(900_060);
    mynah.send("lobby", fine("ada")).await.refused(900_041);
    mynah.post("/_mynah/reset", json!({})).await.ok();
    mynah.with_group("lobby", &["ada", "bo"]).await;
    mynah.send("lobby", swears("bo")).await.refused(900_060);
    mynah.send("lobby", fine("bo")).await.ok();
    // Nor does it outlive its channel.
    mynah.delete("/v3/group_channels/lobby").await.ok();
    mynah.post("/v3/group_channels", json!({ "channel_url": "lobby", "user_ids": ["bo"] })).await.ok();
    mynah.send("lobby", swears("bo")).await.refused(900_060);
    mynah.send("lobby", fine("bo")).await.ok();
}
