//! The group channels of one user.

use serde_json::{Value, json};

use crate::support::Mynah;

async fn urls(mynah: &Mynah, query: &str) -> Vec<String> {
    let list = mynah.get(&format!("/v3/users/ada/my_group_channels?{query}")).await.ok();
    let channels = list["channels"].as_array().expect("a list of channels");
    channels.iter().map(|channel| channel["channel_url"].as_str().expect("a text").to_owned()).collect()
}

/// Ada is in `one` and `two`; `three` is of others. Only `one` has a message, which bo wrote.
async fn three_channels() -> Mynah {
    let mynah = Mynah::start().await;
    mynah.with_users(&["ada", "bo", "cy"]).await;
    let create = |url: &str, name: &str, users: Value| json!({ "channel_url": url, "name": name, "user_ids": users, "custom_type": format!("type-{url}") });
    mynah.post("/v3/group_channels", create("chat-one", "Berries", json!(["ada", "bo"]))).await.ok();
    mynah.post("/v3/group_channels", create("chat-two", "Apples", json!(["ada", "cy"]))).await.ok();
    mynah.post("/v3/group_channels", create("chat-three", "Pears", json!(["bo", "cy"]))).await.ok();
    mynah.say("chat-one", "bo", "Hello").await;
    mynah
}

#[tokio::test]
async fn a_list_has_the_own_channels_with_what_relates_to_the_user() {
    let mynah = three_channels().await;
    let list = mynah.get("/v3/users/ada/my_group_channels").await.ok();
    assert_eq!(list["channels"].as_array().map(Vec::len), Some(1), "empty channels are left out: {list}");
    let channel = &list["channels"][0];
    assert_eq!(channel["channel_url"], "chat-one");
    assert_eq!(channel["member_state"], "joined");
    assert_eq!(channel["unread_message_count"], 1);
    assert_eq!(channel["last_message"]["message"], "Hello");
    assert_eq!(channel["count_preference"], "all");
    assert!(channel.get("members").is_none());
    assert_eq!(list["next"], "");
    assert!(list["ts"].as_i64().is_some_and(|ts| ts > 1_000_000_000_000));
    assert_eq!(urls(&mynah, "show_empty=true").await, ["chat-two", "chat-one"]);
    assert_eq!(urls(&mynah, "show_empty=true&order=latest_last_message").await, ["chat-one", "chat-two"]);
    assert_eq!(urls(&mynah, "show_empty=true&order=channel_name_alphabetical").await, ["chat-two", "chat-one"]);
    assert_eq!(urls(&mynah, "show_empty=true&custom_types=type-chat-two").await, ["chat-two"]);
    mynah.get("/v3/users/nobody/my_group_channels?limit=0").await.refused(400_201);
    mynah.get("/v3/users/ada/my_group_channels?limit=0").await.refused(400_113);
    mynah.get("/v3/users/ada/my_group_channels?hidden_mode=some").await.refused(400_111);
    mynah.get("/v3/users/ada/my_group_channels?token=rubbish").await.refused(400_109);
}

#[tokio::test]
async fn filters_of_the_own_list() {
    let mynah = three_channels().await;
    assert_eq!(urls(&mynah, "show_empty=true&unread_filter=unread_message").await, ["chat-one"]);
    assert_eq!(urls(&mynah, "show_empty=true&members_nickname_startswith=b").await, ["chat-one"]);
    assert_eq!(urls(&mynah, "show_empty=true&search_query=BERR").await, ["chat-one"]);
    assert_eq!(urls(&mynah, "show_empty=true&search_query=cy").await, ["chat-two"]);
    assert!(urls(&mynah, "show_empty=true&search_query=cy&search_fields=channel_name").await.is_empty());
    mynah.get("/v3/users/ada/my_group_channels?search_fields=color").await.refused(400_111);

    mynah.put("/v3/users/ada/channel_invitation_preference", json!({ "auto_accept": false })).await.ok();
    let invite = json!({ "user_ids": ["ada"], "inviter_id": "bo" });
    mynah.post("/v3/group_channels/chat-three/invite", invite).await.ok();
    assert_eq!(urls(&mynah, "show_empty=true&member_state_filter=invited_only").await, ["chat-three"]);
    assert_eq!(urls(&mynah, "show_empty=true&member_state_filter=joined_only").await, ["chat-two", "chat-one"]);
    assert_eq!(urls(&mynah, "show_empty=true&member_state_filter=invited_by_non_friend").await, ["chat-three"]);
    mynah.post("/v3/users/ada/friends", json!({ "user_ids": ["bo"] })).await.ok();
    assert!(urls(&mynah, "show_empty=true&member_state_filter=invited_by_non_friend").await.is_empty());
    assert_eq!(urls(&mynah, "show_empty=true&member_state_filter=invited_by_friend").await, ["chat-three"]);

    let count = async |query: &str| {
        let answer = mynah.get(&format!("/v3/users/ada/group_channel_count?{query}")).await.ok();
        answer["group_channel_count"].as_i64().expect("a number")
    };
    assert_eq!(count("").await, 3);
    assert_eq!(count("state=joined").await, 2);
    assert_eq!(count("state=invited").await, 1);
    assert_eq!(count("custom_types=type-chat-one").await, 1);
    assert_eq!(count("super_mode=super").await, 0);
    assert_eq!(count("hidden_mode=hidden_only").await, 0);
}

#[tokio::test]
async fn hidden_channels_are_listed_when_asked_for() {
    let mynah = three_channels().await;
    mynah.put("/v3/group_channels/chat-one/hide", json!({ "user_id": "ada" })).await.ok();
    let body = json!({ "user_id": "ada", "allow_auto_unhide": false });
    mynah.put("/v3/group_channels/chat-two/hide", body).await.ok();
    assert!(urls(&mynah, "show_empty=true").await.is_empty());
    assert_eq!(urls(&mynah, "show_empty=true&hidden_mode=all").await, ["chat-two", "chat-one"]);
    assert_eq!(urls(&mynah, "show_empty=true&hidden_mode=hidden_only").await, ["chat-two", "chat-one"]);
    assert_eq!(urls(&mynah, "show_empty=true&hidden_mode=hidden_allow_auto_unhide").await, ["chat-one"]);
    assert_eq!(urls(&mynah, "show_empty=true&hidden_mode=hidden_prevent_auto_unhide").await, ["chat-two"]);
    mynah.say("chat-one", "bo", "Again").await;
    mynah.say("chat-two", "cy", "Again").await;
    assert_eq!(urls(&mynah, "").await, ["chat-one"], "a message brings back what may come back");
}

#[tokio::test]
async fn a_walk_by_tokens_gives_each_channel_once_in_every_order() {
    let mynah = Mynah::start().await;
    mynah.with_users(&["ada"]).await;
    for number in 0..23 {
        let body = json!({ "channel_url": format!("channel-{number}"), "name": "Same", "user_ids": ["ada"] });
        mynah.post("/v3/group_channels", body).await.ok();
    }
    for order in ["chronological", "latest_last_message", "channel_name_alphabetical"] {
        let (mut seen, mut token) = (Vec::new(), String::new());
        loop {
            let query = format!("show_empty=true&limit=5&order={order}&token={token}");
            let page = mynah.get(&format!("/v3/users/ada/my_group_channels?{query}")).await.ok();
            let channels = page["channels"].as_array().expect("a list");
            seen.extend(channels.iter().map(|channel| channel["channel_url"].to_string()));
            token = page["next"].as_str().expect("a token").to_owned();
            if token.is_empty() {
                break;
            }
        }
        assert_eq!(seen.len(), 23, "{order}");
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 23, "{order}");
    }
}

#[tokio::test]
async fn a_user_leaves_all_channels_or_those_of_one_type() {
    let mynah = three_channels().await;
    let path = "/v3/users/ada/my_group_channels/leave";
    assert_eq!(mynah.put(path, json!({ "custom_type": "type-chat-two" })).await.ok(), json!({}));
    assert_eq!(urls(&mynah, "show_empty=true").await, ["chat-one"]);
    mynah.put(path, json!({ "custom_type": 5 })).await.refused(400_100);
    assert_eq!(mynah.put(path, json!({})).await.ok(), json!({}));
    assert!(urls(&mynah, "show_empty=true").await.is_empty());
    mynah.put("/v3/users/nobody/my_group_channels/leave", json!({})).await.refused(400_201);
    mynah.put("/v3/users/bo", json!({ "is_active": false })).await.ok();
    mynah.put("/v3/users/bo/my_group_channels/leave", json!({})).await.refused(400_300);
}

#[tokio::test]
async fn changelogs_tell_what_came_what_changed_and_what_went() {
    let data = tempfile::tempdir().expect("a folder");
    let mynah = Mynah::start_on(data.path()).await;
    mynah.with_users(&["ada", "bo"]).await;
    for url in ["chat-a", "chat-b", "chat-c", "chat-d"] {
        let body = json!({ "channel_url": url, "user_ids": ["ada", "bo"] });
        mynah.post("/v3/group_channels", body).await.ok();
    }
    let path = "/v3/users/ada/my_group_channels/changelogs";
    let first = mynah.get(&format!("{path}?change_ts=0&show_empty=true&limit=3")).await.ok();
    assert_eq!(first["updated"].as_array().map(Vec::len), Some(3));
    assert_eq!((&first["has_more"], &first["deleted"]), (&json!(true), &json!([])));
    let token = first["next"].as_str().expect("a token");
    let second = mynah.get(&format!("{path}?token={token}&show_empty=true")).await.ok();
    assert_eq!(second["updated"].as_array().map(Vec::len), Some(1));
    assert_eq!(second["has_more"], false);
    let token = second["next"].as_str().expect("a token").to_owned();

    mynah.delete("/v3/group_channels/chat-a").await.ok();
    mynah.put("/v3/group_channels/chat-b/leave", json!({ "user_ids": ["ada"] })).await.ok();
    mynah.put("/v3/group_channels/chat-c", json!({ "name": "Changed" })).await.ok();
    mynah.say("chat-d", "bo", "Hello").await;
    mynah.stop().await;

    let mynah = Mynah::start_on(data.path()).await;
    let third = mynah.get(&format!("{path}?token={token}&show_empty=true")).await.ok();
    let updated = third["updated"].as_array().expect("a list");
    assert!(updated.iter().any(|channel| channel["name"] == "Changed"), "{third}");
    assert!(updated.iter().any(|channel| channel["last_message"]["message"] == "Hello"), "{third}");
    let mut deleted: Vec<_> = third["deleted"].as_array().expect("a list").iter().map(Value::to_string).collect();
    deleted.sort();
    assert_eq!(deleted, ["\"chat-a\"", "\"chat-b\""]);

    mynah.post("/v3/group_channels/chat-b/invite", json!({ "user_ids": ["ada"] })).await.ok();
    let again = mynah.get(&format!("{path}?token={token}&show_empty=true")).await.ok();
    assert_eq!(again["deleted"], json!(["chat-a"]), "who came back is not gone");
    mynah.get(path).await.refused(400_105);
    mynah.get(&format!("{path}?change_ts=soon")).await.refused(400_101);
    mynah.get(&format!("{path}?token=rubbish")).await.refused(400_109);
    mynah.get("/v3/users/nobody/my_group_channels/changelogs").await.refused(400_201);
    mynah.stop().await;
}
