//! What a user may not do is refused.

use serde_json::json;

use crate::support::Mynah;

async fn club() -> Mynah {
    let mynah = Mynah::start().await;
    mynah.with_users(&["eve"]).await;
    mynah.with_group("club", &["ada", "bob"]).await;
    mynah
}

#[tokio::test]
async fn a_key_is_worth_something_until_it_expires_or_is_taken_back() {
    let mynah = club().await;
    let mut ada = mynah.session_of("ada").await;
    ada.get("/v3/users/ada").await.ok();
    mynah.delete("/v3/users/ada/token").await.ok();
    ada.get("/v3/users/ada").await.refused(400_310);
    ada.key = "made up".into();
    ada.get("/v3/users/ada").await.refused(400_302);
    let bob = mynah.session_of("bob").await;
    mynah.advance(8 * 24 * 60 * 60).await;
    bob.get("/v3/users/bob").await.refused(400_309);
    let bob = mynah.session_of("bob").await;
    mynah.put("/v3/users/bob", json!({ "is_active": false })).await.ok();
    bob.get("/v3/users/bob").await.refused(400_310);
}

#[tokio::test]
async fn a_key_survives_a_restart() {
    let data = tempfile::tempdir().expect("a folder");
    let mynah = Mynah::start_on(data.path()).await;
    mynah.with_users(&["ada"]).await;
    let key = mynah.session_of("ada").await.key;
    mynah.stop().await;
    let mynah = Mynah::start_on(data.path()).await;
    let mut ada = mynah.session_of("ada").await;
    ada.key = key;
    assert_eq!(ada.get("/v3/users/ada").await.ok()["user_id"], "ada");
}

#[tokio::test]
async fn the_session_says_who_acts() {
    let mynah = club().await;
    let ada = mynah.session_of("ada").await;
    let path = "/v3/group_channels/club/messages";
    let sent = ada.post(path, json!({ "message_type": "MESG", "message": "hello" })).await.ok();
    assert_eq!(sent["user"]["user_id"], "ada");
    let id = super::super::id_of(&sent);
    let other = json!({ "message_type": "MESG", "message": "hello", "user_id": "bob" });
    ada.post(path, other).await.refused(400_108);
    ada.post(path, json!({ "message_type": "ADMM", "message": "hello" })).await.refused(400_108);
    let reacted = ada.post(&format!("{path}/{id}/reactions"), json!({ "reaction": "smile" })).await.ok();
    assert_eq!(reacted["user_id"], "ada");
    ada.delete(&format!("{path}/{id}/reactions?reaction=smile")).await.ok();
    let bob = mynah.session_of("bob").await;
    assert_eq!(mynah.unread("club", "bob").await.0, 1);
    bob.put(&format!("{path}/mark_as_delivered"), json!({})).await.ok();
    bob.put(&format!("{path}/mark_as_read"), json!({})).await.ok();
    assert_eq!(mynah.unread("club", "bob").await.0, 0);
    bob.put("/v3/group_channels/club/leave", json!({ "user_ids": ["ada"] })).await.refused(400_108);
    bob.put("/v3/group_channels/club/leave", json!({})).await.ok();
    bob.get(path).await.refused(900_020);
}

#[tokio::test]
async fn strangers_and_plain_members_are_refused() {
    let mynah = club().await;
    let said = mynah.say("club", "ada", "hello").await;
    let message = format!("/v3/group_channels/club/messages/{said}");
    let (ada, bob, eve) =
        (mynah.session_of("ada").await, mynah.session_of("bob").await, mynah.session_of("eve").await);
    eve.post("/v3/group_channels/club/messages", json!({ "message_type": "MESG", "message": "hi" }))
        .await
        .refused(900_020);
    eve.get("/v3/group_channels/club").await.refused(900_020);
    eve.get(&message).await.refused(900_020);
    bob.put(&message, json!({ "message_type": "MESG", "message": "mine" })).await.refused(900_022);
    bob.delete(&message).await.refused(900_022);
    bob.delete("/v3/group_channels/club").await.refused(400_108);
    bob.put("/v3/group_channels/club/freeze", json!({ "freeze": true })).await.refused(400_108);
    bob.post("/v3/group_channels/club/ban", json!({ "user_id": "ada" })).await.refused(400_108);
    bob.put("/v3/users/ada", json!({ "nickname": "Mine" })).await.refused(400_108);
    bob.get("/v3/users/ada/my_group_channels").await.refused(400_108);
    bob.put("/v3/users/bob", json!({ "is_active": false })).await.refused(400_108);
    bob.post("/v3/users", json!({ "user_id": "new", "nickname": "" })).await.refused(400_108);
    bob.delete("/v3/users/bob").await.refused(400_108);
    bob.post("/v3/migration/club", json!({ "messages": [] })).await.refused(400_108);
    assert_eq!(mynah.total("club").await, 1);
    bob.put("/v3/users/bob", json!({ "nickname": "Bobby" })).await.ok();
    ada.put(&message, json!({ "message_type": "MESG", "message": "edited" })).await.ok();

    mynah.post("/v3/group_channels/club/operators", json!({ "operator_ids": ["bob"] })).await.ok();
    bob.delete(&message).await.ok();
    bob.post("/v3/group_channels/club/mute", json!({ "user_id": "ada" })).await.ok();
    let hi = || json!({ "message_type": "MESG", "message": "hi" });
    ada.post("/v3/group_channels/club/messages", hi()).await.refused(900_041);
    bob.delete("/v3/group_channels/club/mute/ada").await.ok();
    bob.put("/v3/group_channels/club/freeze", json!({ "freeze": true })).await.ok();
    ada.post("/v3/group_channels/club/messages", hi()).await.refused(900_050);
    bob.put("/v3/group_channels/club/freeze", json!({ "freeze": false })).await.ok();
    bob.post("/v3/group_channels/club/ban", json!({ "user_id": "ada" })).await.ok();
    ada.post("/v3/group_channels/club/messages", hi()).await.refused(900_100);
}

#[tokio::test]
async fn polls_and_scheduled_messages_are_their_makers() {
    let mynah = club().await;
    let (ada, bob) = (mynah.session_of("ada").await, mynah.session_of("bob").await);
    let poll = ada.post("/v3/polls", json!({ "title": "Which?", "options": ["a", "b"] })).await.ok();
    assert_eq!(poll["created_by"], "ada");
    let path = format!("/v3/polls/{}", poll["id"]);
    bob.get(&path).await.refused(900_022);
    let body = json!({ "message_type": "MESG", "message": "vote", "poll_id": poll["id"] });
    ada.post("/v3/group_channels/club/messages", body).await.ok();
    let choice = json!({ "option_ids": [poll["options"][0]["id"]] });
    bob.put(&format!("{path}/vote"), choice).await.ok();
    bob.put(&format!("{path}/close"), json!({})).await.refused(900_022);
    ada.put(&format!("{path}/close"), json!({})).await.ok();
    let at = mynah.now().await + 60 * 60 * 1000;
    let body = json!({ "message_type": "MESG", "message": "later", "scheduled_at": at });
    let scheduled = ada.post("/v3/group_channels/club/scheduled_messages", body).await.ok();
    let path = format!("/v3/group_channels/club/scheduled_messages/{}", scheduled["scheduled_message_id"]);
    bob.delete(&path).await.refused(900_022);
    assert_eq!(bob.get("/v3/scheduled_messages/count").await.ok()["count"], 0);
    ada.delete(&path).await.ok();
}

#[tokio::test]
async fn a_client_sees_no_tokens_of_users() {
    let mynah = Mynah::start().await;
    let body =
        json!({ "user_id": "ada", "nickname": "Ada", "issue_access_token": true, "issue_session_token": true });
    let created = mynah.post("/v3/users", body).await.ok();
    mynah.with_users(&["bob"]).await;
    let bob = mynah.session_of("bob").await;
    let seen = bob.get("/v3/users/ada").await.ok();
    assert!(seen.get("access_token").is_none() && seen.get("session_tokens").is_none(), "{seen}");
    let listed = bob.get("/v3/users?user_ids=ada").await.ok();
    assert!(listed["users"][0].get("access_token").is_none(), "{listed}");
    assert_eq!(mynah.get("/v3/users/ada").await.ok()["access_token"], created["access_token"]);
}

#[tokio::test]
async fn a_client_searches_only_where_its_user_may_read() {
    let mynah = club().await;
    mynah.say("club", "ada", "treasure").await;
    let (bob, eve) = (mynah.session_of("bob").await, mynah.session_of("eve").await);
    let path = "/v3/search/messages?query=treasure";
    assert_eq!(bob.get(&format!("{path}&channel_url=club")).await.ok()["total_count"], 1);
    assert_eq!(bob.get(path).await.ok()["total_count"], 1);
    eve.get(&format!("{path}&channel_url=club")).await.refused(900_020);
    assert_eq!(eve.get(path).await.ok()["total_count"], 0);
}

#[tokio::test]
async fn into_some_public_channels_only_servers_let_users() {
    let mynah = club().await;
    for (url, blocked) in [("open", false), ("guarded", true)] {
        let body = json!({ "channel_url": url, "user_ids": ["ada"], "is_public": true, "block_sdk_user_channel_join": blocked });
        mynah.post("/v3/group_channels", body).await.ok();
    }
    let eve = mynah.session_of("eve").await;
    eve.put("/v3/group_channels/open/join", json!({})).await.ok();
    eve.put("/v3/group_channels/guarded/join", json!({})).await.refused(400_108);
    let joined = mynah.put("/v3/group_channels/guarded/join", json!({ "user_id": "eve" })).await.ok();
    assert_eq!(joined["joined_member_count"], 2);
}

#[tokio::test]
async fn who_comes_later_sees_what_was_said_before_only_where_history_is_shown() {
    let mynah = club().await;
    let texts = async |user: &str| {
        let session = mynah.session_of(user).await;
        let list =
            session.get("/v3/group_channels/club/messages?message_ts=0&next_limit=10&prev_limit=10").await.ok();
        let messages = list["messages"].as_array().unwrap().clone();
        messages.iter().map(|message| message["message"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    mynah.with_users(&["cy"]).await;
    mynah.say("club", "ada", "before").await;
    mynah.post("/v3/group_channels/club/invite", json!({ "user_ids": ["eve"] })).await.ok();
    let seen = mynah.get("/v3/group_channels/club?user_id=eve").await.ok();
    assert_eq!((&seen["last_message"], seen["ts_message_offset"].as_i64().unwrap() > 0), (&json!(null), true));
    mynah.say("club", "ada", "after").await;
    assert_eq!(
        (texts("eve").await, texts("bob").await),
        (vec!["after".to_owned()], vec!["before".to_owned(), "after".to_owned()])
    );

    mynah.put("/v3/applications/settings_global", json!({ "display_past_message": true })).await.ok();
    mynah.post("/v3/group_channels/club/invite", json!({ "user_ids": ["cy"] })).await.ok();
    assert_eq!(texts("cy").await, ["before", "after"]);
}

#[tokio::test]
async fn senders_say_whether_the_user_blocks_them() {
    let mynah = club().await;
    let hall = json!({ "channel_url": "hall", "user_ids": ["ada", "bob", "eve"] });
    mynah.post("/v3/group_channels", hall).await.ok();
    let id = mynah.say("hall", "bob", "Hello").await;
    let ada = mynah.session_of("ada").await;
    let path = format!("/v3/group_channels/hall/messages/{id}");
    for blocked in [false, true] {
        assert_eq!(ada.get(&path).await.ok()["user"]["is_blocked_by_me"], blocked);
        let list = ada.get("/v3/group_channels/hall/messages?message_ts=0&next_limit=10").await.ok();
        assert_eq!(list["messages"][0]["user"]["is_blocked_by_me"], blocked);
        mynah.post("/v3/users/ada/block", json!({ "target_id": "bob" })).await.ok();
    }
    assert_eq!(mynah.get(&path).await.ok()["user"].get("is_blocked_by_me"), None);
}
