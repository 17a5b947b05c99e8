//! Mutes in channels.

use reqwest::Method;
use serde_json::json;

use super::bans::later;
use crate::support::{Mynah, answer};

const LOBBY: &str = "/v3/group_channels/lobby/mute";

#[tokio::test]
async fn who_is_muted_stays_and_reads_and_is_silent_in_both_dialects() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    let said = mynah.say("lobby", "ada", "Hello").await;

    let channel = mynah.post(LOBBY, json!({ "user_id": "bo", "description": "Too loud" })).await.ok();
    assert_eq!(channel["member_count"], 2);
    mynah.send("lobby", json!({ "user_id": "bo", "message": "Hello" })).await.refused(900_041);
    let body = json!({ "messageId": said.to_string(), "message": "Hello", "sender": "bo" });
    let request = mynah.client().request(Method::POST, mynah.url("/apis/v1/messages/reply"));
    let refused = answer(request.header("Authorization", "Bearer any").json(&body)).await;
    assert_eq!((refused.status, &refused.body["message"]), (403, &json!("User is muted in the channel")));

    let members = "/v3/group_channels/lobby/members?show_member_is_muted=true";
    let listed = mynah.get(&format!("{members}&muted_member_filter=muted")).await.ok();
    assert_eq!(listed["members"].as_array().unwrap().len(), 1);
    assert_eq!(listed["members"][0]["is_muted"], true);
    assert_eq!(listed["members"][0]["muted_end_at"], -1);
    assert_eq!(listed["members"][0]["muted_description"], "Too loud");
    let listed = mynah.get(&format!("{members}&muted_member_filter=unmuted")).await.ok();
    assert_eq!(listed["members"][0]["user_id"], "ada");
    assert_eq!(listed["members"].as_array().unwrap().len(), 1);
    assert_eq!(mynah.get("/v3/group_channels/lobby?user_id=bo").await.ok()["is_muted"], true);
    let mute = mynah.get(&format!("{LOBBY}/bo")).await.ok();
    assert_eq!(
        (&mute["is_muted"], &mute["remaining_duration"], &mute["end_at"]),
        (&json!(true), &json!(-1), &json!(-1))
    );
    let channels = mynah.get("/v3/users/bo/mute").await.ok();
    assert_eq!(channels["muted_channels"][0]["channel_url"], "lobby");
    assert_eq!(channels["muted_channels"][0]["remaining_duration"], -1);

    assert_eq!(mynah.delete(&format!("{LOBBY}/bo")).await.ok(), json!({}));
    assert_eq!(mynah.get(&format!("{LOBBY}/bo")).await.ok()["is_muted"], false);
    mynah.say("lobby", "bo", "At last").await;
}

#[tokio::test]
async fn a_mute_ends_by_the_clock_of_the_application() {
    let mynah = Mynah::start().await;
    mynah.with_users(&["ada"]).await;
    mynah.post("/v3/open_channels", json!({ "channel_url": "plaza" })).await.ok();
    let plaza = "/v3/open_channels/plaza/mute";
    let channel = mynah.post(plaza, json!({ "user_id": "ada", "seconds": 60 })).await.ok();
    assert_eq!(channel["channel_url"], "plaza");
    let listed = mynah.get(&format!("{plaza}?show_total_mute_count=true")).await.ok();
    assert_eq!(listed["total_mute_count"], 1);
    let left = listed["muted_list"][0]["remaining_duration"].as_i64().unwrap();
    assert!((50_000..=60_000).contains(&left), "{left}");
    let words = json!({ "user_id": "ada", "message": "Hello" });
    mynah.post("/v3/open_channels/plaza/messages", words.clone()).await.refused(900_041);

    later(&mynah, 61).await;
    mynah.post("/v3/open_channels/plaza/messages", words).await.ok();
    let listed = mynah.get(&format!("{plaza}?show_total_mute_count=true&limit=0")).await.ok();
    assert_eq!(listed, json!({ "muted_list": [], "total_mute_count": 0, "next": "" }));
}

#[tokio::test]
async fn wrong_mutes_are_refused() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    mynah.post("/v3/group_channels/nowhere/mute", json!({})).await.refused(400_201);
    mynah.post(LOBBY, json!({})).await.refused(400_105);
    mynah.post(LOBBY, json!({ "user_id": 5 })).await.refused(400_100);
    mynah.post(LOBBY, json!({ "user_id": "bo", "description": "x".repeat(2049) })).await.refused(400_110);
    mynah.post(LOBBY, json!({ "user_id": "bo", "description": "x".repeat(2048) })).await.ok();
    mynah.post(LOBBY, json!({ "user_id": "nobody" })).await.refused(400_201);
    mynah.get(&format!("{LOBBY}/nobody")).await.refused(400_201);
    mynah.get(&format!("{LOBBY}?limit=101")).await.refused(400_113);
    mynah.get("/v3/users/nobody/mute").await.refused(400_201);
}
