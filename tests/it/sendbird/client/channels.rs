//! Channels as the user of a client sees them.

use serde_json::{Value, json};

use crate::support::Mynah;

/// The keys that a member sees beside those of the Platform API.
const MINE: [&str; 20] = [
    "member_state",
    "my_role",
    "is_muted",
    "is_hidden",
    "hidden_state",
    "unread_message_count",
    "unread_mention_count",
    "user_last_read",
    "ts_message_offset",
    "joined_ts",
    "invited_at",
    "inviter",
    "count_preference",
    "read_receipt",
    "delivery_receipt",
    "last_message",
    "pinned_message_ids",
    "message_purge_offset",
    "members",
    "is_push_enabled",
];

#[track_caller]
fn has_all_that_is_mine(channel: &Value) {
    let missing: Vec<_> = MINE.iter().filter(|key| channel.get(**key).is_none()).collect();
    assert!(missing.is_empty(), "{missing:?} {channel}");
}

#[tokio::test]
async fn every_answer_with_a_channel_tells_where_the_user_stands() {
    let mynah = Mynah::start().await;
    mynah.with_users(&["ada", "bob", "cy"]).await;
    let ada = mynah.session_of("ada").await;
    let body = json!({ "channel_url": "club", "user_ids": ["ada", "bob"], "operator_ids": ["ada"] });
    let created = ada.post("/v3/group_channels", body).await.ok();
    has_all_that_is_mine(&created);
    assert_eq!((&created["my_role"], &created["member_state"]), (&json!("operator"), &json!("joined")));

    let path = "/v3/group_channels/club";
    let receipts = "show_member=true&show_read_receipt=true&show_delivery_receipt=true";
    has_all_that_is_mine(&ada.get(&format!("{path}?{receipts}")).await.ok());
    has_all_that_is_mine(&ada.get(&format!("/v3/sdk/group_channels/club?{receipts}")).await.ok());
    let list = format!("/v3/users/ada/my_group_channels?show_empty=true&{receipts}");
    has_all_that_is_mine(&ada.get(&list).await.ok()["channels"][0]);
    let log = format!("/v3/users/ada/my_group_channels/changelogs?change_ts=0&show_empty=true&{receipts}");
    has_all_that_is_mine(&ada.get(&log).await.ok()["updated"][0]);
    has_all_that_is_mine(&ada.put(path, json!({ "name": "Chess" })).await.ok());
    has_all_that_is_mine(&ada.post(&format!("{path}/invite"), json!({ "user_ids": ["cy"] })).await.ok());
    has_all_that_is_mine(&ada.put(&format!("{path}/freeze"), json!({ "freeze": true })).await.ok());
    let bob = mynah.session_of("bob").await;
    let left = bob.put(&format!("{path}/leave"), json!({})).await.ok();
    assert_eq!((&left["member_state"], &left["member_count"]), (&json!("none"), &json!(2)));
    // A server is told none of it.
    let seen = mynah.get(&format!("{path}?show_member=true")).await.ok();
    assert!(seen.get("my_role").is_none() && seen.get("pinned_message_ids").is_none(), "{seen}");
}

#[tokio::test]
async fn an_invited_client_accepts_or_declines_and_sees_the_channel() {
    let mynah = Mynah::start().await;
    mynah.with_group("club", &["ada"]).await;
    mynah.with_users(&["bob", "cy"]).await;
    for user in ["bob", "cy"] {
        let path = format!("/v3/users/{user}/channel_invitation_preference");
        mynah.put(&path, json!({ "auto_accept": false })).await.ok();
    }
    let ada = mynah.session_of("ada").await;
    ada.post("/v3/group_channels/club/invite", json!({ "user_ids": ["bob", "cy"] })).await.ok();
    let bob = mynah.session_of("bob").await;
    let invited = bob.get("/v3/group_channels/club").await.ok();
    assert_eq!((&invited["member_state"], &invited["inviter"]["user_id"]), (&json!("invited"), &json!("ada")));
    let accepted = bob.put("/v3/group_channels/club/accept", json!({})).await.ok();
    assert_eq!(accepted["member_state"], "joined");
    let declined = mynah.session_of("cy").await.put("/v3/group_channels/club/decline", json!({})).await.ok();
    assert_eq!(declined["member_state"], "none");
}

#[tokio::test]
async fn members_show_whom_the_user_blocks_and_who_blocks_the_user() {
    let mynah = Mynah::start().await;
    mynah.with_group("club", &["ada", "bob", "cy"]).await;
    let ada = mynah.session_of("ada").await;
    ada.post("/v3/users/ada/block", json!({ "target_id": "bob" })).await.ok();
    mynah.post("/v3/users/cy/block", json!({ "target_id": "ada" })).await.ok();
    let blocks = |channel: &Value| {
        let members = channel["members"].as_array().expect("members").iter();
        let mut blocks: Vec<_> = members
            .map(|one| {
                let id = one["user_id"].as_str().expect("an id").to_owned();
                (id, one["is_blocked_by_me"].as_bool(), one["is_blocking_me"].as_bool())
            })
            .collect();
        blocks.sort();
        blocks
    };
    let expected = [("ada", false, false), ("bob", true, false), ("cy", false, true)];
    let expected = expected.map(|(id, by_me, me)| (id.to_owned(), Some(by_me), Some(me)));
    assert_eq!(blocks(&ada.get("/v3/group_channels/club?show_member=true").await.ok()), expected);
    let list = ada.get("/v3/users/ada/my_group_channels?show_empty=true&show_member=true").await.ok();
    assert_eq!(blocks(&list["channels"][0]), expected);
    assert_eq!(blocks(&ada.get("/v3/group_channels/club/members").await.ok()), expected);
}

#[tokio::test]
async fn a_channel_tells_a_client_what_is_pinned() {
    let mynah = Mynah::start().await;
    mynah.with_group("club", &["ada", "bob"]).await;
    let id = mynah.say("club", "bob", "Rules").await;
    let ada = mynah.session_of("ada").await;
    ada.post(&format!("/v3/group_channels/club/messages/{id}/pin"), json!({})).await.ok();
    let channel = ada.get("/v3/group_channels/club?show_pinned_messages=true").await.ok();
    assert_eq!(channel["pinned_message_ids"], json!([id]));
    assert_eq!(channel["latest_pinned_message"]["message"], "Rules");
    let list = ada.get("/v3/users/ada/my_group_channels").await.ok();
    assert_eq!(list["channels"][0]["latest_pinned_message"]["message_id"], id);
    ada.delete(&format!("/v3/group_channels/club/messages/{id}/pin")).await.ok();
    let channel = ada.get("/v3/group_channels/club").await.ok();
    assert_eq!(channel["pinned_message_ids"], json!([]));
    assert!(channel.get("latest_pinned_message").is_none());
}

#[tokio::test]
async fn a_client_tells_of_screenshots_and_asks_what_is_purged() {
    let mynah = Mynah::start().await;
    mynah.with_group("club", &["ada"]).await;
    mynah.with_users(&["eve"]).await;
    let (ada, eve) = (mynah.session_of("ada").await, mynah.session_of("eve").await);
    assert_eq!(ada.post("/v3/group_channels/club/screenshot", json!({})).await.ok(), json!({}));
    eve.post("/v3/group_channels/club/screenshot", json!({})).await.refused(900_020);
    let offset = ada.get("/v3/group_channels/club/message_purge_offset").await.ok();
    assert_eq!(offset, json!({ "message_purge_offset": 0 }));
    eve.get("/v3/group_channels/club/message_purge_offset").await.refused(900_020);
}

#[tokio::test]
async fn who_added_an_option_to_the_poll_of_another_may_change_it() {
    let mynah = Mynah::start().await;
    mynah.with_group("club", &["ada", "bob", "cy"]).await;
    let (ada, bob, cy) =
        (mynah.session_of("ada").await, mynah.session_of("bob").await, mynah.session_of("cy").await);
    let body = json!({ "title": "Tea?", "options": ["Yes"], "allow_user_suggestion": true });
    let poll = ada.post("/v3/polls", body).await.ok();
    ada.post("/v3/group_channels/club/messages", json!({ "message": "Tea?", "poll_id": poll["id"] })).await.ok();
    let path = format!("/v3/polls/{}/options", poll["id"]);
    let added = bob.post(&path, json!({ "text": "Coffee" })).await.ok();
    let options = added["options"].as_array().expect("options");
    let (first, own) = (options[0]["id"].clone(), options[1]["id"].clone());
    cy.put(&format!("{path}/{own}"), json!({ "text": "Milk" })).await.refused(900_022);
    bob.put(&format!("{path}/{first}"), json!({ "text": "Milk" })).await.refused(900_022);
    bob.put(&format!("{path}/{own}"), json!({ "text": "Milk" })).await.ok();
    cy.delete(&format!("{path}/{own}")).await.refused(900_022);
    bob.delete(&format!("{path}/{own}")).await.ok();
    ada.put(&format!("{path}/{first}"), json!({ "text": "Indeed" })).await.ok();
}

#[tokio::test]
async fn polls_of_a_channel_are_listed_and_caught_up_with_by_its_members() {
    let mynah = Mynah::start().await;
    mynah.with_group("club", &["ada", "bob"]).await;
    mynah.with_users(&["eve"]).await;
    let (ada, bob, eve) =
        (mynah.session_of("ada").await, mynah.session_of("bob").await, mynah.session_of("eve").await);
    let poll = ada.post("/v3/polls", json!({ "title": "Tea?", "options": ["Yes"] })).await.ok();
    ada.post("/v3/group_channels/club/messages", json!({ "message": "Tea?", "poll_id": poll["id"] })).await.ok();
    let list = "/v3/polls?channel_url=club&channel_type=group";
    assert_eq!(bob.get(list).await.ok()["polls"][0]["id"], poll["id"]);
    eve.get(list).await.refused(900_020);
    bob.get("/v3/polls").await.refused(400_105);
    let log = "/v3/group_channels/club/polls/changelogs?change_ts=1";
    assert_eq!(bob.get(log).await.ok()["updated"][0]["id"], poll["id"]);
    eve.get(log).await.refused(900_020);
    let all = bob.get("/v3/group_channels/club/polls/changelogs").await.ok();
    assert_eq!(all["updated"][0]["id"], poll["id"]);
}
