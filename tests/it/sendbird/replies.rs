//! Replies: the heart.

use serde_json::json;

use crate::support::Mynah;

#[tokio::test]
async fn a_reply_names_its_parent_and_the_parent_counts_it() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    let parent = mynah.say("lobby", "ada", "At eight?").await;

    let reply = json!({
        "message_type": "MESG", "user_id": "bo", "message": "At eight then.",
        "parent_message_id": parent, "reply_to_channel": true,
    });
    let reply = mynah.send("lobby", reply).await.ok();

    assert_eq!(reply["parent_message_id"], parent);
    assert_eq!(reply["is_reply_to_channel"], true);
    assert_eq!(reply["parent_message_info"]["message"], "At eight?");
    assert_eq!(reply["parent_message_info"]["user"]["user_id"], "ada");
    let thread = &mynah.message("lobby", parent).await["thread_info"];
    assert_eq!(thread["reply_count"], 1);
    assert_eq!(thread["most_replies"][0]["user_id"], "bo");
    assert_eq!(thread["last_replied_at"], reply["created_at"]);
}
