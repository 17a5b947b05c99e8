//! Bans, mutes and operators by the custom type of channels.

use serde_json::json;

use crate::support::Mynah;

const NEWS: &str = "/v3/applications/settings_by_channel_custom_type/news";

async fn news(mynah: &Mynah, url: &str, users: &[&str]) -> crate::support::Answer {
    let body = json!({ "channel_url": url, "custom_type": "news", "user_ids": users, "is_public": true });
    mynah.post("/v3/group_channels", body).await
}

#[tokio::test]
async fn who_is_banned_from_a_type_leaves_its_channels_and_enters_none() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    news(&mynah, "paper", &["ada", "bo"]).await.ok();
    news(&mynah, "radio", &["ada"]).await.ok();
    let body = json!({ "channel_custom_types": ["news"] });
    assert_eq!(mynah.post("/v3/users/bo/banned_channel_custom_types", body).await.ok(), json!({}));

    assert_eq!(mynah.get("/v3/group_channels/paper").await.ok()["member_count"], 1);
    mynah.send("paper", json!({ "user_id": "bo", "message": "Hello" })).await.refused(900_100);
    mynah.put("/v3/group_channels/radio/join", json!({ "user_id": "bo" })).await.refused(400_751);
    mynah.post("/v3/group_channels/radio/invite", json!({ "user_ids": ["bo"] })).await.refused(400_751);
    news(&mynah, "television", &["bo"]).await.refused(400_751);
    mynah.say("lobby", "bo", "Here I may").await;
    let listed = mynah.get(&format!("{NEWS}/ban")).await.ok();
    assert_eq!(listed["banned_list"][0]["user"]["user_id"], "bo");

    mynah.delete(&format!("{NEWS}/ban?user_ids=bo,ada")).await.ok();
    mynah.put("/v3/group_channels/radio/join", json!({ "user_id": "bo" })).await.ok();
}

#[tokio::test]
async fn a_list_of_bans_creates_users_on_demand() {
    let mynah = Mynah::start().await;
    let bans = json!([{ "user_id": "eve", "seconds": 60, "description": "Spam" }, { "user_id": "mal" }]);
    mynah.post(&format!("{NEWS}/ban"), json!({ "banned_list": bans })).await.refused(400_201);
    mynah.get("/v3/users/eve").await.refused(400_201);
    let body = json!({ "banned_list": bans, "on_demand_upsert": true });
    assert_eq!(mynah.post(&format!("{NEWS}/ban"), body).await.ok(), json!({}));
    let listed = mynah.get(&format!("{NEWS}/ban?limit=1")).await.ok();
    assert_eq!(listed["banned_list"][0]["user"]["user_id"], "mal");
    assert_ne!(listed["next"], "");
    mynah.get("/v3/users/eve").await.ok();
}

#[tokio::test]
async fn who_is_muted_in_a_type_is_silent_in_its_channels() {
    let mynah = Mynah::start().await;
    mynah.with_users(&["ada", "bo"]).await;
    news(&mynah, "paper", &["ada", "bo"]).await.ok();
    mynah.post(&format!("{NEWS}/mute"), json!({ "user_ids": ["bo"], "seconds": 60 })).await.ok();
    mynah.send("paper", json!({ "user_id": "bo", "message": "Hello" })).await.refused(900_041);
    let listed = mynah.get(&format!("{NEWS}/mute")).await.ok();
    assert_eq!(listed["muted_list"][0]["user_id"], "bo");
    let members = mynah.get("/v3/group_channels/paper/members?muted_member_filter=muted").await.ok();
    assert_eq!(members["members"][0]["user_id"], "bo");
    mynah.delete(&format!("{NEWS}/mute?user_ids=bo")).await.ok();
    mynah.say("paper", "bo", "Hello").await;

    let body = json!({ "channel_custom_types": ["news", "weather"] });
    mynah.post("/v3/users/bo/muted_channel_custom_types", body).await.ok();
    mynah.send("paper", json!({ "user_id": "bo", "message": "Hello" })).await.refused(900_041);
}

#[tokio::test]
async fn an_operator_of_a_type_operates_its_channels() {
    let mynah = Mynah::start().await;
    mynah.with_users(&["ada", "bo"]).await;
    let body = json!({ "channel_custom_types": ["news"] });
    mynah.post("/v3/users/ada/operating_channel_custom_types", body).await.ok();
    news(&mynah, "paper", &["ada", "bo"]).await.ok();
    mynah.put("/v3/group_channels/paper/freeze", json!({ "freeze": true })).await.ok();
    let sent = mynah.send("paper", json!({ "user_id": "ada", "message": "Hello" })).await.ok();
    assert_eq!(sent["is_op_msg"], true);
    mynah.send("paper", json!({ "user_id": "bo", "message": "Hello" })).await.refused(900_050);
    let listed = mynah.get("/v3/group_channels/paper/operators").await.ok();
    assert_eq!(listed["operators"][0]["user_id"], "ada");
}

#[tokio::test]
async fn an_operator_of_a_type_schedules_as_one() {
    let mynah = Mynah::start().await;
    mynah.with_users(&["ada", "bo"]).await;
    let types = json!({ "channel_custom_types": ["news"] });
    mynah.post("/v3/users/ada/operating_channel_custom_types", types).await.ok();
    news(&mynah, "paper", &["ada", "bo"]).await.ok();
    let at = mynah.now().await + 600_000;
    for (user, role) in [("ada", "operator"), ("bo", "")] {
        let body = json!({ "message_type": "MESG", "user_id": user, "message": "Later", "scheduled_at": at });
        let scheduled = mynah.post("/v3/group_channels/paper/scheduled_messages", body).await.ok();
        assert_eq!(scheduled["user"]["role"], role, "{user}");
    }
}

#[tokio::test]
async fn operators_of_a_type_are_listed_added_and_removed() {
    let mynah = Mynah::start().await;
    mynah.with_users(&["ada", "bo", "cy"]).await;
    news(&mynah, "paper", &["ada"]).await.ok();
    let path = format!("{NEWS}/operators");
    let ids = async |path: &str| {
        let list = mynah.get(path).await.ok();
        let operators = list["operators"].as_array().expect("a list").clone();
        operators.iter().map(|user| user["user_id"].as_str().unwrap().to_owned()).collect::<Vec<_>>().join(" ")
    };
    let added = json!({ "operator_ids": ["cy", "ada", "bo"] });
    assert_eq!(mynah.post(&path, added.clone()).await.ok(), added);
    assert_eq!(
        (ids(&path).await, ids("/v3/group_channels/paper/operators").await),
        ("ada bo cy".into(), "ada bo cy".into())
    );
    let first = mynah.get(&format!("{path}?limit=2")).await.ok();
    let rest = format!("{path}?limit=2&token={}", first["next"].as_str().unwrap());
    assert_eq!((first["operators"].as_array().unwrap().len(), ids(&rest).await), (2, "cy".into()));
    mynah.delete(&format!("{path}?operator_ids=ada,dan")).await.refused(400_111);
    mynah.delete(&format!("{path}?operator_ids=ada")).await.ok();
    assert_eq!(ids(&path).await, "bo cy");
    mynah.delete(&format!("{path}?delete_all=true")).await.ok();
    assert_eq!((ids(&path).await, ids("/v3/group_channels/paper/operators").await), (String::new(), String::new()));
    mynah.delete(&path).await.refused(400_105);
    mynah.post(&path, json!({ "operator_ids": ["bo", "nobody"] })).await.refused(400_201);
    mynah.post(&path, json!({})).await.refused(400_105);
    assert_eq!(ids(&path).await, "");
}

#[tokio::test]
async fn wrong_requests_are_refused() {
    let mynah = Mynah::start().await;
    mynah.with_users(&["ada"]).await;
    mynah.post("/v3/users/nobody/banned_channel_custom_types", json!({})).await.refused(400_201);
    mynah.post("/v3/users/ada/banned_channel_custom_types", json!({})).await.refused(400_105);
    let empty = json!({ "channel_custom_types": [""] });
    mynah.post("/v3/users/ada/operating_channel_custom_types", empty).await.refused(400_151);
    mynah.post(&format!("{NEWS}/ban"), json!({})).await.refused(400_105);
    mynah.post(&format!("{NEWS}/ban"), json!({ "banned_list": [5] })).await.refused(400_103);
    mynah.post(&format!("{NEWS}/ban"), json!({ "banned_list": [{}] })).await.refused(400_105);
    mynah.post(&format!("{NEWS}/mute"), json!({ "user_ids": ["nobody"] })).await.refused(400_201);
    mynah.delete(&format!("{NEWS}/mute")).await.refused(400_105);
}
