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
