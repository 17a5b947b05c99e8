//! Every documented category is reached, or stands among those that nothing leads to.

use std::collections::BTreeSet;

use mynah::dialects::sendbird::CATEGORIES;
use reqwest::Method;
use serde_json::{Value, json};

use super::categories;
use crate::support::{Mynah, answer};

/// What a client of a user asks for.
async fn as_user(mynah: &Mynah, user: &str, method: Method, path: &str, body: Value) -> Value {
    let issued = mynah.post(&format!("/v3/users/{user}/token"), json!({})).await.ok();
    let key = issued["token"].as_str().expect("a key");
    answer(mynah.client().request(method, mynah.url(path)).header("Session-Key", key).json(&body)).await.ok()
}

/// Does everything that a category tells of.
async fn a_day(mynah: &Mynah) {
    mynah.with_users(&["ada", "bo", "cy", "dan", "eve"]).await;
    mynah.put("/v3/users/cy/channel_invitation_preference", json!({ "auto_accept": false })).await.ok();
    mynah.put("/v3/users/dan/channel_invitation_preference", json!({ "auto_accept": false })).await.ok();
    let lobby =
        json!({ "channel_url": "lobby", "user_ids": ["ada", "bo"], "operator_ids": ["ada"], "inviter_id": "ada" });
    mynah.post("/v3/group_channels", lobby).await.ok();
    mynah.put("/v3/group_channels/lobby", json!({ "name": "Lobby" })).await.ok();
    mynah.post("/v3/group_channels/lobby/invite", json!({ "user_ids": ["cy", "dan"] })).await.ok();
    mynah.put("/v3/group_channels/lobby/accept", json!({ "user_id": "cy" })).await.ok();
    mynah.put("/v3/group_channels/lobby/decline", json!({ "user_id": "dan" })).await.ok();

    let id = mynah.say("lobby", "ada", "Hello").await;
    mynah.put("/v3/group_channels/lobby/messages/mark_as_read", json!({ "user_id": "bo" })).await.ok();
    let path = format!("/v3/group_channels/lobby/messages/{id}");
    mynah.put(&path, json!({ "message_type": "MESG", "message": "Hello all" })).await.ok();
    mynah.post(&format!("{path}/reactions"), json!({ "user_id": "bo", "reaction": "tada" })).await.ok();
    mynah.delete(&format!("{path}/reactions?user_id=bo&reaction=tada")).await.ok();
    let report = json!({ "report_category": "spam", "reporting_user_id": "bo", "offending_user_id": "ada" });
    mynah.post(&format!("/v3/report/group_channels/lobby/messages/{id}"), report.clone()).await.ok();
    mynah.post("/v3/report/group_channels/lobby", report.clone()).await.ok();
    let on_user = json!({ "report_category": "spam", "channel_type": "group_channels", "channel_url": "lobby" });
    mynah.post("/v3/report/users/ada", on_user).await.ok();
    mynah.delete(&path).await.ok();
    mynah.put("/v3/group_channels/lobby/freeze", json!({ "freeze": true })).await.ok();
    mynah.put("/v3/group_channels/lobby/freeze", json!({ "freeze": false })).await.ok();

    let operators = "/v3/group_channels/lobby/operators";
    as_user(mynah, "ada", Method::POST, operators, json!({ "operator_ids": ["bo"] })).await;
    as_user(mynah, "ada", Method::DELETE, &format!("{operators}?operator_ids=bo"), json!({})).await;

    mynah.post("/v3/users/ada/block", json!({ "target_id": "eve" })).await.ok();
    mynah.delete("/v3/users/ada/block/eve").await.ok();
    mynah.put("/v3/users/ada/push_preference", json!({ "push_trigger_option": "off" })).await.ok();
    mynah.put("/v3/users/ada/push_preference/lobby", json!({ "push_trigger_option": "off" })).await.ok();
    mynah.post("/v3/group_channels/lobby/mute", json!({ "user_id": "bo", "seconds": 60 })).await.ok();
    mynah.post("/v3/group_channels/lobby/ban", json!({ "user_id": "bo", "seconds": 60 })).await.ok();
    mynah.put("/v3/users/eve", json!({ "is_active": false })).await.ok();

    let settings = "/v3/applications/settings_global";
    mynah.put(settings, json!({ "profanity_filter": { "keywords": "darn", "type": 1 } })).await.ok();
    mynah.say("lobby", "ada", "darn").await;
    mynah.put(settings, json!({ "profanity_filter": { "keywords": "darn", "type": 2 } })).await.ok();
    mynah.send("lobby", json!({ "user_id": "ada", "message": "darn" })).await.refused(900_060);
    mynah
        .put(settings, json!({ "user_messages_per_channel": 1, "user_messages_per_channel_duration": 60 }))
        .await
        .ok();
    mynah.send("lobby", json!({ "user_id": "ada", "message": "once more" })).await.refused(500_910);
    mynah.put(settings, json!({ "user_messages_per_channel": -1 })).await.ok();
    mynah.put(settings, json!({ "image_moderation": { "type": 1 } })).await.ok();
    let picture = json!({
        "message_type": "FILE", "user_id": "ada", "url": "https://files.example.org/racy-4.png",
    });
    mynah.send("lobby", picture).await.refused(900_066);
    mynah.put(settings, json!({ "profanity_filter": { "keywords": "darn", "type": 0 } })).await.ok();
    mynah.say("lobby", "ada", "oh darn").await;
    let triggered = json!({ "count": 1, "duration": 60, "action": 1 });
    let strict = json!({ "profanity_filter": { "type": 2 }, "profanity_triggered_moderation": triggered });
    mynah.put(settings, strict).await.ok();
    mynah.send("lobby", json!({ "user_id": "cy", "message": "darn" })).await.refused(900_060);
    mynah.delete("/v3/group_channels/lobby").await.ok();

    mynah.post("/v3/open_channels", json!({ "channel_url": "square", "operator_ids": ["ada"] })).await.ok();
    let mut ada = mynah.connect("ada").await;
    ada.does("ENTR", json!({ "channel_url": "square" })).await;
    let said = ada.does("MESG", json!({ "channel_url": "square", "message": "Hear ye" })).await;
    let path = format!("/v3/open_channels/square/messages/{}", said["msg_id"]);
    mynah.put(&path, json!({ "message_type": "MESG", "message": "Hear, hear" })).await.ok();
    mynah.delete(&path).await.ok();
    mynah.post("/v3/report/open_channels/square", report).await.ok();
    ada.does("EXIT", json!({ "channel_url": "square" })).await;
    mynah.delete("/v3/open_channels/square").await.ok();
}

#[tokio::test]
async fn every_documented_category_is_told_or_is_known_to_be_beyond_reach() {
    let mynah = Mynah::start().await;
    mynah.webhook(json!({ "include_members": true })).await;
    a_day(&mynah).await;
    let told = mynah.told().await;
    let reached: BTreeSet<_> = categories(&told).into_iter().collect();
    let fidelity = include_str!("../../../docs/fidelity.md");
    for (category, expected) in CATEGORIES {
        assert_eq!(reached.contains(category), *expected, "{category}");
        assert!(
            *expected || fidelity.contains(&format!("`{category}`")),
            "say in fidelity.md that {category} is not told"
        );
    }
    for body in &told {
        assert_eq!(body["app_id"], "mynah", "{body}");
        has_no_null_channel(body);
    }
    let of = |category: &str| told.iter().find(|body| body["category"] == category).expect("it was told");
    let entered = of("open_channel:message_send");
    assert_eq!((&entered["sdk"], &entered["sender"]["user_id"]), (&json!("JavaScript"), &json!("ada")));
    let register = of("operators:register_by_operator");
    assert_eq!(
        (&register["requester"]["user_id"], &register["operators"][0]["user_id"]),
        (&json!("ada"), &json!("bo"))
    );
    assert!(register["channel"]["cover_url"].is_string());
    assert_eq!(of("user:deactivate")["user"]["user_id"], "eve");
    assert_eq!(of("user:unblock")["unblockee"]["user_id"], "eve");
    let report = of("message:report");
    assert_eq!(
        (&report["reported_message"]["payload"]["message"], &report["report_type"]),
        (&json!("Hello all"), &json!("message"))
    );
    let picture = of("image_moderation:block");
    assert_eq!((&picture["detected"]["racy"], &picture["channel"]["name"]), (&json!(4), &json!("Lobby")));
    let noticed = of("profanity_filter:detect");
    assert_eq!((&noticed["payload"]["message"], &noticed["channel"]["name"]), (&json!("oh darn"), &json!("Lobby")));
    let moderated = of("profanity_filter:moderate");
    assert_eq!((&moderated["moderation_action"], &moderated["sender"]["user_id"]), (&json!("mute"), &json!("cy")));
    assert!(moderated["members"].as_array().is_some_and(|members| members.len() == 2), "{moderated}");
    let alert = of("alert:user_message_rate_limit_exceeded");
    assert_eq!((&alert["user"]["user_id"], &alert["channel"]["name"]), (&json!("ada"), &json!("Lobby")));
    assert_eq!(of("user:mute")["channel"]["channel_url"], "lobby");
    assert_eq!(of("group_channel:reaction_add")["reaction"], "tada");
    assert_eq!(of("group_channel:decline_invite")["users"][0]["user_id"], "dan");
    assert_eq!(of("group_channel:invite")["invitees"][1]["user_id"], "dan");
    assert_eq!(of("group_channel:create")["inviter"]["user_id"], "ada");
    assert_eq!(of("user:push_preference")["push_trigger_option"], "off");
    assert_eq!(of("user:push_channel_preference")["enable"], false);
}

/// Where a body names a channel it tells of it.
fn has_no_null_channel(body: &Value) {
    if let Some(channel) = body.get("channel") {
        assert!(channel["channel_url"].is_string(), "{body}");
    }
}

#[tokio::test]
async fn what_a_server_does_with_operators_is_not_by_an_operator() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    mynah.webhook(json!({})).await;
    mynah.post("/v3/group_channels/lobby/operators", json!({ "operator_ids": ["ada"] })).await.ok();
    assert_eq!(mynah.told().await, [Value::Null; 0]);
}

#[tokio::test]
async fn a_distinct_channel_that_is_found_again_is_not_told_again() {
    let mynah = Mynah::start().await;
    mynah.with_users(&["ada", "bo"]).await;
    mynah.webhook(json!({})).await;
    let pair = json!({ "user_ids": ["ada", "bo"], "is_distinct": true });
    mynah.post("/v3/group_channels", pair.clone()).await.ok();
    assert_eq!(categories(&mynah.told().await), ["group_channel:create", "group_channel:join"]);
    mynah.post("/v3/group_channels", pair).await.ok();
    assert_eq!(mynah.told().await, [Value::Null; 0]);
}

#[tokio::test]
async fn what_was_undone_is_not_told() {
    let mynah = Mynah::start().await;
    mynah.webhook(json!({})).await;
    mynah.with_group("lobby", &["ada"]).await;
    mynah.told().await;
    // The first one could be invited, the second one does not exist.
    mynah.with_users(&["bo"]).await;
    mynah.post("/v3/group_channels/lobby/invite", json!({ "user_ids": ["bo", "nobody"] })).await.refused(400_201);
    assert_eq!(mynah.told().await, [Value::Null; 0]);
}
