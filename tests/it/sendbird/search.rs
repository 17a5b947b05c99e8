//! Searching messages.

use serde_json::{Value, json};

use crate::support::Mynah;

fn texts(body: &Value) -> Vec<&str> {
    let results = body["results"].as_array().expect("a list");
    results.iter().map(|result| result["message"].as_str().expect("a text")).collect()
}

async fn tea_room() -> Mynah {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    mynah.post("/v3/group_channels", json!({ "channel_url": "other", "user_ids": ["bo"] })).await.ok();
    mynah.say("lobby", "ada", "Tea, tea and more tea!").await;
    mynah.say("lobby", "bo", "Green tea for me").await;
    mynah.say("lobby", "ada", "Coffee").await;
    mynah.say("lobby", "bo", "A teapot").await;
    mynah.say("other", "bo", "Tea here too").await;
    mynah
}

#[tokio::test]
async fn the_best_results_come_first() {
    let mynah = tea_room().await;
    let found = mynah.get("/v3/search/messages?query=TEA&channel_url=lobby").await.ok();
    assert_eq!(texts(&found), ["Tea, tea and more tea!", "Green tea for me", "A teapot"]);
    assert_eq!(found["total_count"], 3);
    assert_eq!(found["has_next"], false);
    assert_eq!(found["results"][0]["channel"]["channel_url"], "lobby");
    let newest = mynah.get("/v3/search/messages?query=tea&channel_url=lobby&sort_field=ts").await.ok();
    assert_eq!(texts(&newest), ["A teapot", "Green tea for me", "Tea, tea and more tea!"]);
    let oldest = mynah.get("/v3/search/messages?query=tea&channel_url=lobby&sort_field=ts&reverse=True").await.ok();
    assert_eq!(texts(&oldest)[0], "Tea, tea and more tea!");
    let exact = mynah.get("/v3/search/messages?query=green%20tea&channel_url=lobby&exact_match=true").await.ok();
    assert_eq!(texts(&exact), ["Green tea for me"]);
    let of_bo = mynah.get("/v3/search/messages?query=tea&channel_url=lobby&target_user_ids=bo").await.ok();
    assert_eq!(of_bo["total_count"], 2);
}

#[tokio::test]
async fn a_user_searches_in_the_channels_that_they_joined() {
    let mynah = tea_room().await;
    let count = async |user: &str| {
        mynah.get(&format!("/v3/search/messages?query=tea&user_id={user}")).await.ok()["total_count"].clone()
    };
    assert_eq!(count("ada").await, 3);
    assert_eq!(count("bo").await, 4);
}

#[tokio::test]
async fn cursors_lead_through_all_results_while_more_come_in() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    for number in 0..7 {
        mynah
            .send("lobby", json!({ "user_id": "ada", "message": format!("tea {number}"), "created_at": 5 }))
            .await
            .ok();
    }
    let path = "/v3/search/messages?query=tea&channel_url=lobby&limit=3";
    let mut page = mynah.get(path).await.ok();
    let mut seen: Vec<String> = texts(&page).into_iter().map(str::to_owned).collect();
    let first_cursor = page["end_cursor"].as_str().expect("a cursor").to_owned();
    while page["has_next"] == true {
        mynah.say("lobby", "ada", "tea tea tea").await;
        page = mynah.get(&format!("{path}&after={}", page["end_cursor"].as_str().expect("a cursor"))).await.ok();
        seen.extend(texts(&page).into_iter().map(str::to_owned));
    }
    assert_eq!(seen, ["tea 6", "tea 5", "tea 4", "tea 3", "tea 2", "tea 1", "tea 0"]);
    let back = mynah.get(&format!("{path}&before={first_cursor}")).await.ok();
    assert_eq!(back["results"].as_array().map(Vec::len), Some(3));
    assert_eq!(back["has_next"], true);
}

#[tokio::test]
async fn what_is_wrong_with_a_search_is_said() {
    let mynah = tea_room().await;
    let search = async |query: &str| mynah.get(&format!("/v3/search/messages?{query}")).await;
    search("channel_url=lobby").await.refused(400_105);
    search("query=tea").await.refused(400_105);
    search("query=tea&channel_url=lobby&user_id=ada").await.refused(400_111);
    search("query=tea&channel_url=nowhere").await.refused(400_201);
    search("query=tea&user_id=nobody").await.refused(400_201);
    search("query=tea&channel_url=lobby&limit=0").await.refused(400_113);
    search("query=tea&channel_url=lobby&after=x").await.refused(400_109);
    search("query=%3F!&channel_url=lobby").await.refused(400_151);
}
