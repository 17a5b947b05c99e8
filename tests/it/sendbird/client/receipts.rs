//! Reading, and wanting to read again.

use mynah::model::event::Event;
use serde_json::json;

use crate::support::Mynah;

const PATH: &str = "/v3/group_channels/club/messages/mark_as_read";

#[tokio::test]
async fn a_client_that_reads_is_told_what_is_left() {
    let mynah = Mynah::start().await;
    mynah.with_group("club", &["ada", "bob"]).await;
    let body = json!({ "channel_url": "news", "user_ids": ["ada", "bob"], "custom_type": "press" });
    mynah.post("/v3/group_channels", body).await.ok();
    mynah.say("news", "bob", "News").await;
    mynah.say("club", "bob", "One").await;
    let ada = mynah.session_of("ada").await;
    let marked = ada.put(PATH, json!({})).await.ok();
    assert_eq!(marked["unread_message_count"], 0);
    assert_eq!((&marked["channel_url"], &marked["user_id"]), (&json!("club"), &json!("ada")));
    assert_eq!(marked["is_excluded"], false);
    let total = &marked["total_unread_count"];
    assert_eq!((&total["all"], &total["feed"], &total["custom_types"]["press"]), (&json!(1), &json!(0), &json!(1)));
    assert!(marked["ts"].is_i64() && total["ts"].is_i64(), "{marked}");
    // A server is told nothing.
    assert_eq!(mynah.put(PATH, json!({ "user_id": "ada" })).await.ok(), json!({}));
}

#[tokio::test]
async fn a_message_and_all_after_it_can_be_unread_again() {
    let mynah = Mynah::start().await;
    mynah.with_group("club", &["ada", "bob"]).await;
    mynah.say("club", "bob", "One").await;
    let two = mynah.say("club", "bob", "Two").await;
    mynah.say("club", "bob", "Three").await;
    let ada = mynah.session_of("ada").await;
    ada.put(PATH, json!({})).await.ok();
    let mut feed = mynah.server().engine().listen();
    let marked = ada.put(PATH, json!({ "message_id": two, "is_excluded": true, "unique_id": "w1" })).await.ok();
    assert_eq!((&marked["unread_message_count"], &marked["is_excluded"]), (&json!(2), &json!(true)));
    assert_eq!(marked["total_unread_count"]["all"], 2);
    let told = feed.recv().await.expect("an event");
    let Event::Read { user, unread_again, word, at, .. } = &told.event else { panic!("{told:?}") };
    assert_eq!((user.id.as_str(), *unread_again, word.as_deref()), ("ada", true, Some("w1")));
    assert_eq!(marked["ts"], at.0);
    let channel = ada.get("/v3/group_channels/club").await.ok();
    assert_eq!((&channel["unread_message_count"], &channel["user_last_read"]), (&json!(2), &json!(at.0)));
    let marked = ada.put(PATH, json!({ "message_id": two, "is_excluded": false })).await.ok();
    assert_eq!(marked["unread_message_count"], 1);
    ada.put(PATH, json!({ "message_id": 999 })).await.refused(400_201);
    mynah.with_users(&["eve"]).await;
    mynah.session_of("eve").await.put(PATH, json!({ "message_id": two })).await.refused(900_020);
}

#[tokio::test]
async fn a_client_is_always_told_up_to_when_messages_have_reached_it() {
    let mynah = Mynah::start().await;
    mynah.with_group("club", &["ada", "bob"]).await;
    mynah.say("club", "bob", "One").await;
    let ada = mynah.session_of("ada").await;
    let path = "/v3/group_channels/club/messages/mark_as_delivered";
    let first = ada.put(path, json!({})).await.ok();
    assert!(first["ts"].is_i64(), "{first}");
    assert_eq!(ada.put(path, json!({})).await.ok(), first);
}

#[tokio::test]
async fn counts_of_feeds_are_told_to_those_who_ask() {
    let mynah = Mynah::start().await;
    mynah.with_users(&["ada"]).await;
    let ada = mynah.session_of("ada").await;
    let path = "/v3/users/ada/unread_message_count";
    assert_eq!(ada.get(path).await.ok(), json!({ "unread_count": 0 }));
    let both = ada.get(&format!("{path}?include_feed_channel=true")).await.ok();
    assert_eq!(both, json!({ "unread_count": 0, "unread_feed_count": 0 }));
}
