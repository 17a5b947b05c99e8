//! Threads as client SDKs list and mute them.

use serde_json::json;

use crate::support::Mynah;

#[tokio::test]
async fn messages_that_began_threads_come_page_by_page() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    let mut parents = Vec::new();
    for text in ["one", "two", "three"] {
        let parent = mynah.say("lobby", "ada", text).await;
        mynah.reply("lobby", "ada", "yes", parent).await;
        parents.insert(0, parent);
    }
    mynah.say("lobby", "ada", "without").await;
    let path = "/v3/group_channels/lobby/messages/parent_thread_message?limit=2";
    let first = mynah.get(path).await.ok();
    assert_eq!(first["messages"][0]["thread_info"]["reply_count"], 1);
    let second = mynah.get(&format!("{path}&token={}", first["next"].as_str().expect("a token"))).await.ok();
    assert_eq!(second["next"], "");
    let all = [&first, &second].map(|page| page["messages"].as_array().expect("a list").clone()).concat();
    assert_eq!(
        all.iter().map(|one| one["message_id"].as_i64()).collect::<Vec<_>>(),
        parents.into_iter().map(Some).collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn a_member_mutes_a_thread() {
    let folder = tempfile::tempdir().expect("a folder");
    let mynah = Mynah::start_on(folder.path()).await;
    mynah.with_group("lobby", &["ada"]).await;
    mynah.with_users(&["eve"]).await;
    let parent = mynah.say("lobby", "ada", "one").await;
    let reply = mynah.reply("lobby", "ada", "yes", parent).await;
    let path = |id: i64| format!("/v3/group_channels/lobby/messages/{id}/thread_push");
    let muted = json!({ "user_id": "ada", "push_enabled": false });
    assert_eq!(mynah.put(&path(parent), muted.clone()).await.ok(), json!({ "push_enabled": false }));
    mynah.put(&path(parent), json!({ "user_id": "ada" })).await.refused(400_105);
    mynah.put(&path(parent), json!({ "user_id": "eve", "push_enabled": true })).await.refused(400_108);
    mynah.put(&path(reply), muted).await.refused(400_111);
    mynah.stop().await;
    Mynah::start_on(folder.path()).await.message("lobby", parent).await;
}
