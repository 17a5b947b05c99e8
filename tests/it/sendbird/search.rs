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

/// The texts that an advanced query finds, in their order of time.
async fn advanced(mynah: &Mynah, query: &str) -> Vec<String> {
    let path = "/v3/search/messages?channel_url=lobby&advanced_query=true&sort_field=ts&reverse=true";
    let query = percent_encoding::utf8_percent_encode(query, percent_encoding::NON_ALPHANUMERIC);
    let found = mynah.get(&format!("{path}&query={query}")).await.ok();
    texts(&found).into_iter().map(str::to_owned).collect()
}

#[tokio::test]
async fn an_advanced_query_has_operators_wildcards_quotes_and_near_words() {
    let mynah = tea_room().await;
    let tea = "Tea, tea and more tea!";
    let green = "Green tea for me";
    for (query, found) in [
        ("tea", vec![tea, green]),
        ("tea*", vec![tea, green, "A teapot"]),
        ("t?a", vec![tea, green]),
        ("*pot OR coffee", vec!["Coffee", "A teapot"]),
        ("tea AND green", vec![green]),
        ("tea green", vec![green]),
        ("tea and green", vec![]),
        ("(green OR more) AND tea", vec![tea, green]),
        ("green OR more AND nothing", vec![green]),
        ("(green OR more) AND nothing", vec![]),
        ("\"more tea\"", vec![tea]),
        ("\"tea more\"", vec![]),
        ("\"green tea\" OR \"a teapot\"", vec![green, "A teapot"]),
        // Up to two letters have to be right, of three to five all but one, of more all but two.
        ("me~", vec![green]),
        ("ma~", vec![]),
        ("tee~", vec![tea, green]),
        ("cofee~", vec!["Coffee"]),
        ("cafee~", vec![]),
        ("coffffee~", vec!["Coffee"]),
        ("toefee~", vec!["Coffee"]),
        ("green-tea", vec![green]),
        ("tea!!!", vec![tea, green]),
    ] {
        assert_eq!(advanced(&mynah, query).await, found, "{query}");
    }
    for (code, query) in [
        (400_111, "(tea"),
        (400_111, "tea)"),
        (400_111, "tea AND"),
        (400_111, "OR tea"),
        (400_111, "tea OR OR green"),
        (400_111, "\"tea"),
        (400_111, "\"tea\" \""),
        (400_111, "()"),
        (400_151, "!"),
        (400_151, "~*?"),
    ] {
        let path = "/v3/search/messages?channel_url=lobby&advanced_query=true";
        let encoded = percent_encoding::utf8_percent_encode(query, percent_encoding::NON_ALPHANUMERIC);
        assert_eq!(mynah.get(&format!("{path}&query={encoded}")).await.body["code"], code, "{query}");
    }
    let deep = format!("/v3/search/messages?channel_url=lobby&advanced_query=true&query={}", "(".repeat(2000));
    mynah.get(&deep).await.refused(400_111);
}

#[tokio::test]
async fn an_advanced_query_looks_into_the_parts_that_are_named() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    for body in [
        json!({ "message": "tea", "custom_type": "drink", "data": "{\"cup\":\"blue\"}" }),
        json!({ "message": "blue sky", "sorted_metaarray": [{ "key": "k", "value": ["drink deep"] }] }),
        json!({ "message": "nothing" }),
    ] {
        let mut body = body;
        body["user_id"] = "ada".into();
        mynah.send("lobby", body).await.ok();
    }
    let search = async |query: &str| {
        let path = "/v3/search/messages?channel_url=lobby&sort_field=ts&reverse=true";
        mynah.get(&format!("{path}&{query}")).await
    };
    for (query, found) in [
        ("query=drink", vec![]),
        ("query=drink&target_fields=custom_type", vec!["tea"]),
        ("query=blue&target_fields=message,data", vec!["tea", "blue sky"]),
        ("query=drink&target_fields=custom_type,sorted_metaarray", vec!["tea", "blue sky"]),
        // A word in one part and a word in another are both there.
        ("query=tea+AND+drink&target_fields=message,custom_type", vec!["tea"]),
    ] {
        let body = search(&format!("advanced_query=true&{query}")).await.ok();
        assert_eq!(texts(&body), found, "{query}");
    }
    search("query=drink&advanced_query=true&target_fields=sender").await.refused(400_111);
    search("query=drink&target_fields=custom_type").await.refused(400_920);
    search("query=drink&advanced_query=true&exact_match=true").await.refused(400_920);
    assert_eq!(texts(&search("query=tea&target_fields=message").await.ok()), ["tea"]);
}

#[tokio::test]
async fn a_user_searches_open_and_public_channels_too_where_that_is_asked_for() {
    let mynah = tea_room().await;
    let public = json!({ "channel_url": "square", "user_ids": ["bo"], "is_public": true });
    mynah.post("/v3/group_channels", public).await.ok();
    mynah.say("square", "bo", "Tea in public").await;
    mynah.post("/v3/open_channels", json!({ "channel_url": "plaza" })).await.ok();
    let text = json!({ "user_id": "bo", "message": "Tea for all" });
    mynah.post("/v3/open_channels/plaza/messages", text).await.ok();
    for (query, count) in [
        ("", 3),
        ("&include_not_joined_public=true", 4),
        ("&include_open=true", 4),
        ("&include_open=true&include_not_joined_public=true", 5),
        ("&include_open=true&custom_type=none", 0),
    ] {
        let found = mynah.get(&format!("/v3/search/messages?query=tea&user_id=ada{query}")).await.ok();
        assert_eq!(found["total_count"], count, "{query}");
    }
}
