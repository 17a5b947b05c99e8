//! Bans from channels.

use mynah::{
    engine::{Unavailable, system_time},
    model::{ids::ApplicationId, time::Timestamp},
    server::config::Config,
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Mynah, answer};

/// Ten years of 365 days, in milliseconds.
const TEN_YEARS: i64 = 315_360_000_000;

/// Moves the application's clock on.
pub(super) async fn later(mynah: &Mynah, seconds: i64) {
    let id: ApplicationId = Config::default().application;
    let moment = Timestamp(system_time().0 + seconds * 1000);
    let moved = mynah.server().engine().write(&id, |app| {
        app.set_time(moment);
        Ok::<_, Unavailable>(())
    });
    moved.await.expect("the clock can be moved");
}

async fn say(mynah: &Mynah, user: &str) -> crate::support::Answer {
    mynah.send("lobby", json!({ "user_id": user, "message": "Hello" })).await
}

#[tokio::test]
async fn who_is_banned_leaves_and_stays_out_until_the_ban_is_lifted() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;

    let ban =
        mynah.post("/v3/group_channels/lobby/ban", json!({ "user_id": "bo", "description": "Spam" })).await.ok();
    assert_eq!(ban["user"]["user_id"], "bo");
    assert_eq!(ban["description"], "Spam");
    assert_eq!(ban["next_url"], "/");
    assert_eq!(ban["end_at"].as_i64().unwrap() - ban["start_at"].as_i64().unwrap(), TEN_YEARS);
    let channel = mynah.get("/v3/group_channels/lobby").await.ok();
    assert_eq!((&channel["member_count"], &channel["joined_member_count"]), (&json!(1), &json!(1)));

    say(&mynah, "bo").await.refused(900_100);
    mynah.post("/v3/group_channels/lobby/invite", json!({ "user_ids": ["bo"] })).await.refused(400_750);
    mynah.put("/v3/group_channels/lobby", json!({ "is_public": true, "is_distinct": false })).await.ok();
    mynah.put("/v3/group_channels/lobby/join", json!({ "user_id": "bo" })).await.refused(400_750);
    mynah.put("/v3/group_channels/lobby/accept", json!({ "user_id": "bo" })).await.refused(400_750);
    let seen = mynah.get("/v3/group_channels/lobby/ban/bo").await.ok();
    assert_eq!(seen["start_at"], ban["start_at"]);
    let channels = mynah.get("/v3/users/bo/ban").await.ok();
    assert_eq!(channels["banned_channels"][0]["channel"]["channel_url"], "lobby");
    assert_eq!(channels["banned_channels"][0]["description"], "Spam");

    assert_eq!(mynah.delete("/v3/group_channels/lobby/ban/bo").await.ok(), json!({}));
    mynah.get("/v3/group_channels/lobby/ban/bo").await.refused(400_201);
    mynah.delete("/v3/group_channels/lobby/ban/bo").await.refused(400_201);
    mynah.post("/v3/group_channels/lobby/invite", json!({ "user_ids": ["bo"] })).await.ok();
    say(&mynah, "bo").await.ok();
}

#[tokio::test]
async fn a_ban_ends_when_its_time_has_come_and_a_new_end_counts_from_the_call() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    mynah.post("/v3/group_channels/lobby/ban", json!({ "user_id": "bo", "seconds": 60 })).await.ok();
    later(&mynah, 30).await;
    let before = mynah.get("/v3/group_channels/lobby/ban/bo").await.ok();
    let body = json!({ "seconds": 300, "description": "Again" });
    let after = mynah.put("/v3/group_channels/lobby/ban/bo", body).await.ok();
    assert_eq!(after["start_at"], before["start_at"]);
    assert_eq!(after["description"], "Again");
    let lasts = after["end_at"].as_i64().unwrap() - after["start_at"].as_i64().unwrap();
    assert!((329_000..331_000).contains(&lasts), "{lasts}");

    later(&mynah, 400).await;
    mynah.get("/v3/group_channels/lobby/ban/bo").await.refused(400_201);
    mynah.put("/v3/group_channels/lobby/ban/bo", json!({ "seconds": 9 })).await.refused(400_201);
    let listed = mynah.get("/v3/group_channels/lobby/ban?show_total_ban_count=true").await.ok();
    assert_eq!(listed, json!({ "banned_list": [], "total_ban_count": 0, "next": "" }));
    assert_eq!(mynah.get("/v3/users/bo/ban").await.ok(), json!({ "banned_channels": [], "next": "" }));
    mynah.post("/v3/group_channels/lobby/invite", json!({ "user_ids": ["bo"] })).await.ok();
    say(&mynah, "bo").await.ok();
}

#[tokio::test]
async fn the_banned_of_an_open_channel_are_silent_in_both_dialects() {
    let mynah = Mynah::start().await;
    mynah.with_users(&["ada", "bo"]).await;
    mynah.post("/v3/open_channels", json!({ "channel_url": "plaza" })).await.ok();
    mynah.post("/v3/open_channels/plaza/ban", json!({ "user_id": "bo", "agent_id": "ada" })).await.ok();

    let words = json!({ "user_id": "bo", "message": "Hello" });
    mynah.post("/v3/open_channels/plaza/messages", words).await.refused(900_100);
    let request = mynah.client().request(Method::POST, mynah.url("/apis/v1/messages/send"));
    let body = json!({ "channelId": "plaza", "message": "Hello", "sender": "bo" });
    let refused = answer(request.header("Authorization", "Bearer any").json(&body)).await;
    assert_eq!(refused.status, 403, "{}", refused.text);
    assert_eq!(refused.body["message"], "User is banned from the channel");
    let channels = mynah.get("/v3/users/bo/ban").await.ok();
    assert_eq!(channels["banned_channels"][0]["channel"]["participant_count"], 0);
}

#[tokio::test]
async fn pages_of_bans_give_each_that_stays_once() {
    let mynah = Mynah::start().await;
    let users = ["u0", "u1", "u2", "u3", "u4", "u5"];
    mynah.with_group("lobby", &users).await;
    for user in users {
        mynah.post("/v3/group_channels/lobby/ban", json!({ "user_id": user })).await.ok();
    }
    let mut given: Vec<String> = Vec::new();
    let mut token = String::new();
    loop {
        let page = mynah.get(&format!("/v3/group_channels/lobby/ban?limit=2&token={token}")).await.ok();
        let user = |ban: &Value| ban["user"]["user_id"].as_str().unwrap().to_owned();
        given.extend(page["banned_list"].as_array().unwrap().iter().map(user));
        page["next"].as_str().unwrap().clone_into(&mut token);
        if token.is_empty() {
            break;
        }
        if given.len() == 2 {
            // One that was given is banned anew, one that was not is let go.
            mynah.post("/v3/group_channels/lobby/ban", json!({ "user_id": "u5", "seconds": 60 })).await.ok();
            mynah.delete("/v3/group_channels/lobby/ban/u3").await.ok();
        }
    }
    assert_eq!(given, ["u5", "u4", "u2", "u1", "u0"]);
}

#[tokio::test]
async fn wrong_bans_are_refused() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    let url = "/v3/group_channels/lobby/ban";
    mynah.post("/v3/group_channels/nowhere/ban", json!({})).await.refused(400_201);
    mynah.post(url, json!({ "seconds": "x" })).await.refused(400_105);
    mynah.post(url, json!({ "user_id": "bo", "seconds": "x" })).await.refused(400_101);
    mynah.post(url, json!({ "user_id": "bo", "seconds": -2 })).await.refused(400_113);
    mynah.post(url, json!({ "user_id": "bo", "seconds": i64::MAX })).await.refused(400_113);
    mynah.post(url, json!({ "user_id": "bo", "description": "x".repeat(251) })).await.refused(400_110);
    mynah.post(url, json!({ "user_id": "nobody" })).await.refused(400_201);
    mynah.post(url, json!({ "user_id": "bo", "agent_id": "nobody" })).await.refused(400_201);
    mynah.put(&format!("{url}/bo"), json!({})).await.refused(400_201);
    mynah.post(url, json!({ "user_id": "bo" })).await.ok();
    mynah.put(&format!("{url}/bo"), json!({})).await.refused(400_105);
    mynah.get("/v3/users/nobody/ban").await.refused(400_201);
}

#[tokio::test]
async fn what_moderators_did_survives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let mynah = Mynah::start_on(folder.path()).await;
    mynah.with_group("lobby", &["ada", "bo", "cy"]).await;
    mynah.post("/v3/group_channels/lobby/ban", json!({ "user_id": "bo", "seconds": 600 })).await.ok();
    mynah.post("/v3/group_channels/lobby/mute", json!({ "user_id": "cy" })).await.ok();
    mynah.post("/v3/users/ada/block", json!({ "target_id": "bo" })).await.ok();
    let types = json!({ "channel_custom_types": ["news"] });
    mynah.post("/v3/users/cy/banned_channel_custom_types", types.clone()).await.ok();
    mynah.post("/v3/users/ada/operating_channel_custom_types", types).await.ok();
    let id = mynah.say("lobby", "ada", "Hello").await;
    let report = json!({ "report_category": "spam", "offending_user_id": "ada", "reporting_user_id": "cy" });
    mynah.post(&format!("/v3/report/group_channels/lobby/messages/{id}"), report).await.ok();
    let metadata = json!({ "metadata": { "color": "blue" } });
    mynah.post("/v3/group_channels/lobby/metadata", metadata).await.ok();
    mynah.post("/v3/group_channels/lobby/metacounter", json!({ "metacounter": { "likes": 7 } })).await.ok();
    let questions = [
        "/v3/group_channels/lobby/ban",
        "/v3/users/ada/block",
        "/v3/users/bo/block?list=blocking_me",
        "/v3/applications/settings_by_channel_custom_type/news/ban",
        "/v3/report",
        "/v3/group_channels/lobby/metadata?include_ts=true",
        "/v3/group_channels/lobby/metacounter",
        "/v3/users/cy/mute",
    ];
    let mut before = Vec::new();
    for question in questions {
        before.push(mynah.get(question).await.ok());
    }
    mynah.stop().await;

    let mynah = Mynah::start_on(folder.path()).await;
    for (question, before) in questions.iter().zip(before) {
        assert_eq!(mynah.get(question).await.ok(), before, "{question}");
    }
    let news = json!({ "channel_url": "papers", "custom_type": "news", "user_ids": ["ada"] });
    let news = mynah.post("/v3/group_channels", news).await.ok();
    assert_eq!(news["operators"][0]["user_id"], "ada");
    mynah.stop().await;
}
