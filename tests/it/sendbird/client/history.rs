//! What a member has hidden or reset is not shown to the member's clients again.

use serde_json::{Value, json};

use super::super::id_of;
use crate::support::Mynah;

const PATH: &str = "/v3/group_channels/club";

fn ids(list: &Value) -> Vec<i64> {
    list.as_array().expect("messages").iter().map(id_of).collect()
}

#[tokio::test]
async fn lists_begin_after_the_moment_of_a_reset() {
    let mynah = Mynah::start().await;
    mynah.with_group("club", &["ada", "bob"]).await;
    mynah.say("club", "bob", "Old").await;
    let last = mynah.say("club", "bob", "Last").await;
    let (ada, bob) = (mynah.session_of("ada").await, mynah.session_of("bob").await);
    let offset = ada.put(&format!("{PATH}/reset_user_history"), json!({})).await.ok()["ts_message_offset"].clone();
    let new = mynah.say("club", "bob", "New").await;
    let around = |moment: &Value| format!("{PATH}/messages?message_ts={moment}&prev_limit=20&next_limit=20");
    assert_eq!(ids(&ada.get(&around(&offset)).await.ok()["messages"]), [new]);
    assert_eq!(ids(&ada.get(&around(&json!(9_007_199_254_740_991_i64))).await.ok()["messages"]), [new]);
    assert_eq!(ids(&ada.get(&around(&json!(0))).await.ok()["messages"]), [new]);
    let before = format!("{PATH}/messages?message_id={new}&prev_limit=20&next_limit=0&include=false");
    assert_eq!(ids(&ada.get(&before).await.ok()["messages"]), [0; 0]);
    // The others still see it, and so does the server.
    assert_eq!(ids(&bob.get(&around(&offset)).await.ok()["messages"]).len(), 3);
    assert!(ids(&mynah.get(&around(&offset)).await.ok()["messages"]).contains(&last));
}

#[tokio::test]
async fn gaps_changelogs_and_threads_begin_after_it_too() {
    let mynah = Mynah::start().await;
    mynah.with_group("club", &["ada", "bob"]).await;
    let start = mynah.now().await;
    let old = mynah.say("club", "bob", "Old").await;
    mynah.reply("club", "bob", "Old reply", old).await;
    let ada = mynah.session_of("ada").await;
    let body = json!({ "hide_previous_messages": true });
    let hidden = ada.put(&format!("{PATH}/hide"), body).await.ok();
    assert!(hidden["ts_message_offset"].as_i64().is_some_and(|offset| offset >= start));
    let new = mynah.say("club", "bob", "New").await;
    let answer = mynah.reply("club", "bob", "New reply", old).await;
    mynah.reply("club", "bob", "Reply", new).await;
    for id in [old, new] {
        let edit = json!({ "message_type": "MESG", "message": "Edited" });
        mynah.put(&format!("{PATH}/messages/{id}"), edit).await.ok();
    }
    let log = format!("{PATH}/messages/changelogs?change_ts={start}&include_reply_type=all");
    assert_eq!(ids(&ada.get(&log).await.ok()["updated"]), [new]);
    let end = mynah.now().await + 1000;
    let gap = format!("{PATH}/messages_gap?prev_start_ts={start}&prev_end_ts={end}&prev_cache_count=0");
    assert_eq!(ids(&ada.get(&gap).await.ok()["prev_messages"]), [new]);
    let threads = format!("{PATH}/messages/parent_thread_message");
    assert_eq!(ids(&ada.get(&threads).await.ok()["messages"]), [new]);
    // A thread has its first message in any case, and the replies since then.
    let thread = format!("{PATH}/messages?parent_message_id={old}&message_ts=0&next_limit=20");
    assert_eq!(ids(&ada.get(&thread).await.ok()["messages"]), [old, answer]);
    assert_eq!(ids(&mynah.get(&threads).await.ok()["messages"]), [new, old]);
}
