//! Pinned messages.

use serde_json::{Value, json};

use crate::support::Mynah;

fn pin(message: &Value) -> String {
    format!("/v3/group_channels/lobby/messages/{message}/pin")
}

async fn pinned(mynah: &Mynah) -> Vec<Value> {
    let listed = mynah.get("/v3/group_channels/lobby/pinned_messages?limit=100").await.ok();
    let pinned = listed["pinned_messages"].as_array().expect("a list").iter();
    pinned.map(|one| one["message"]["message_id"].clone()).collect()
}

#[tokio::test]
async fn messages_are_pinned_and_unpinned_and_stay_so_across_a_restart() {
    let folder = tempfile::tempdir().expect("a folder");
    let mynah = Mynah::start_on(folder.path()).await;
    mynah.with_group("lobby", &["ada"]).await;
    let mut messages = Vec::new();
    for text in ["one", "two", "three"] {
        messages.push(json!(mynah.say("lobby", "ada", text).await));
    }
    let sent = json!({ "user_id": "ada", "message": "four", "pin_message": true });
    messages.push(mynah.send("lobby", sent).await.ok()["message_id"].clone());
    for message in [&messages[2], &messages[0], &messages[2]] {
        assert_eq!(mynah.post(&pin(message), json!({})).await.ok(), json!({}));
    }
    mynah.stop().await;

    let mynah = Mynah::start_on(folder.path()).await;
    assert_eq!(pinned(&mynah).await, [messages[0].clone(), messages[2].clone(), messages[3].clone()]);
    let channel = mynah.get("/v3/group_channels/lobby?show_pinned_messages=True").await.ok();
    assert_eq!(channel["pinned_message_ids"], json!([messages[0], messages[2], messages[3]]));
    assert_eq!(channel["latest_pinned_message"]["message"], "one");

    mynah.delete(&pin(&messages[0])).await.ok();
    mynah.delete(&pin(&messages[0])).await.refused(400_201);
    mynah.delete(&format!("/v3/group_channels/lobby/messages/{}", messages[2])).await.ok();
    assert_eq!(pinned(&mynah).await, [messages[3].clone()], "a removed message is not pinned any more");
}

#[tokio::test]
async fn pinned_messages_come_page_by_page() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    for number in 0..5 {
        mynah.send("lobby", json!({ "user_id": "ada", "message": format!("{number}"), "pin_message": true })).await;
    }
    let mut seen = Vec::new();
    let mut token = String::new();
    loop {
        let path = format!("/v3/group_channels/lobby/pinned_messages?limit=2&token={token}");
        let page = mynah.get(&path).await.ok();
        let messages = page["pinned_messages"].as_array().expect("a list").iter();
        seen.extend(messages.map(|one| one["message"]["message"].as_str().expect("a text").to_owned()));
        token = page["next"].as_str().expect("a token").to_owned();
        assert_eq!(page["has_more"], !token.is_empty());
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(seen, ["4", "3", "2", "1", "0"]);
}

#[tokio::test]
async fn what_cannot_be_pinned_is_said() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    mynah.post(&pin(&json!(999)), json!({})).await.refused(400_201);
    let silent = json!({ "user_id": "ada", "message": "psst", "is_silent": true });
    let silent = mynah.send("lobby", silent).await.ok()["message_id"].clone();
    mynah.post(&pin(&silent), json!({})).await.refused(400_920);
    let both = json!({ "user_id": "ada", "message": "psst", "is_silent": true, "pin_message": true });
    mynah.send("lobby", both).await.refused(400_920);
    for _ in 0..10 {
        mynah.send("lobby", json!({ "user_id": "ada", "message": "x", "pin_message": true })).await.ok();
    }
    mynah.send("lobby", json!({ "user_id": "ada", "message": "x", "pin_message": true })).await.refused(400_203);
    let one_more = json!(mynah.say("lobby", "ada", "x").await);
    mynah.post(&pin(&one_more), json!({})).await.refused(400_203);
    let large = json!({ "channel_url": "large", "user_ids": ["ada"], "is_super": true });
    mynah.post("/v3/group_channels", large).await.ok();
    mynah.send("large", json!({ "user_id": "ada", "message": "x", "pin_message": true })).await.refused(400_920);
}

#[tokio::test]
async fn lists_of_channels_show_pinned_messages_where_that_is_asked_for() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    mynah.post("/v3/open_channels", json!({ "channel_url": "plaza" })).await.ok();
    let mut pinned = Vec::new();
    for text in ["one", "two"] {
        let body = json!({ "user_id": "ada", "message": text, "pin_message": true });
        pinned.insert(0, mynah.send("lobby", body).await.ok()["message_id"].clone());
    }
    for path in ["/v3/group_channels?", "/v3/users/ada/my_group_channels?"] {
        let list = mynah.get(&format!("{path}show_empty=true&show_pinned_messages=true")).await.ok();
        let channel = &list["channels"][0];
        assert_eq!(channel["pinned_message_ids"], json!(pinned), "{path}");
        assert_eq!(channel["latest_pinned_message"]["message"], "two", "{path}");
        assert!(mynah.get(path).await.ok()["channels"][0].get("pinned_message_ids").is_none(), "{path}");
    }
    let changes =
        "/v3/users/ada/my_group_channels/changelogs?change_ts=0&show_empty=true&show_pinned_messages=true";
    assert_eq!(mynah.get(changes).await.ok()["updated"][0]["pinned_message_ids"], json!(pinned));
    let open = mynah.get("/v3/open_channels?show_pinned_messages=true").await.ok();
    assert_eq!(open["channels"][0]["pinned_message_ids"], json!([]));
    assert!(open["channels"][0].get("latest_pinned_message").is_none());
}
