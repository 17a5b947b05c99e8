//! What client SDKs ask for when they start.

use serde_json::json;

use crate::support::Mynah;

#[tokio::test]
async fn a_client_starts_with_the_paths_of_its_own() {
    let mynah = Mynah::start().await;
    mynah.with_group("club", &["ada", "bob"]).await;
    let ada = mynah.session_of("ada").await;
    let uikit = ada.get("/v3/sdk/ui_kit/configuration").await.ok();
    assert_eq!(uikit, json!({ "uikit_configurations": {} }));
    for path in ["/v3/message_templates?limit=20&reverse=false&order=updated_at", "/v3/notifications/templates"] {
        assert_eq!(ada.get(path).await.ok(), json!({ "templates": [], "has_more": false, "next": "" }));
    }
    assert_eq!(ada.get("/v3/sdk/applications/settings").await.ok()["has_more"], false);
    let statistics = ada.post("/v3/sdk/statistics", json!({ "device_id": "d", "log_entries": [] })).await.ok();
    assert_eq!(statistics, json!({}));
    let channel = ada.get("/v3/sdk/group_channels/club?show_member=true").await.ok();
    assert_eq!(channel["channel_url"], "club");
    assert_eq!(channel["member_state"], "joined", "{channel}");
    let slashes = ada.get("//v3/users/ada/my_group_channels?limit=20&show_empty=true").await.ok();
    assert_eq!(slashes["channels"][0]["channel_url"], "club");
    assert!(ada.get("/v3/emoji_categories").await.ok()["emoji_hash"].is_string());
}

#[tokio::test]
async fn a_client_sees_a_thread_with_its_parent_first() {
    let mynah = Mynah::start().await;
    mynah.with_group("club", &["ada", "bob"]).await;
    let parent = mynah.say("club", "ada", "parent").await;
    let first = mynah.reply("club", "bob", "first", parent).await;
    let second = mynah.reply("club", "bob", "second", parent).await;
    let path = format!(
        "/v3/group_channels/club/messages?parent_message_id={parent}&message_ts=9007199254740991&prev_limit=25&reverse=true"
    );
    let ids = |list: serde_json::Value| -> Vec<_> {
        list["messages"].as_array().expect("messages").iter().map(super::super::id_of).collect()
    };
    let ada = mynah.session_of("ada").await;
    assert_eq!(ids(ada.get(&path).await.ok()), [parent, second, first]);
}

#[tokio::test]
async fn a_client_learns_whether_there_is_more_of_a_list() {
    let mynah = Mynah::start().await;
    mynah.with_group("club", &["ada", "bob"]).await;
    for text in ["one", "two", "three"] {
        mynah.say("club", "bob", text).await;
    }
    let ada = mynah.session_of("ada").await;
    let path =
        "/v3/group_channels/club/messages?message_ts=0&checking_has_next=true&checking_continuous_messages=true";
    for (limit, reverse, more) in [(2, false, true), (2, true, true), (3, false, false), (9, true, false)] {
        let list = ada.get(&format!("{path}&next_limit={limit}&reverse={reverse}")).await.ok();
        assert_eq!(list["has_next"], more, "{limit} {reverse}");
        assert_eq!(list["is_continuous_messages"], true);
    }
    let plain = ada.get("/v3/group_channels/club/messages?message_ts=0").await.ok();
    assert!(plain.get("has_next").is_none(), "nobody asked");
}

#[tokio::test]
async fn answers_have_what_client_sdks_look_for() {
    let mynah = Mynah::start().await;
    mynah.with_group("club", &["ada", "bob"]).await;
    mynah.post("/v3/group_channels/club/operators", json!({ "operator_ids": ["ada"] })).await.ok();
    let ada = mynah.session_of("ada").await;
    let ban = json!({ "user_id": "bob", "seconds": 60, "description": "spam" });
    ada.post("/v3/group_channels/club/ban", ban).await.ok();
    let banned = &ada.get("/v3/group_channels/club/ban").await.ok()["banned_list"][0];
    assert_eq!(banned["user"]["description"], "spam");
    assert_eq!(banned["user"]["end_at"], banned["end_at"]);
    let device = ada.post("/v3/users/ada/push/gcm", json!({ "gcm_reg_token": "device" })).await.ok();
    assert_eq!(device["user"]["guest_id"], "ada");
}
