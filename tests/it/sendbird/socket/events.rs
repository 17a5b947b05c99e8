//! What clients hear, whichever way the change came, and who does not hear it.

use serde_json::{Value, json};

use crate::{
    cross,
    support::{Mynah, socket::Socket},
};

/// A room of three, of whom two listen.
async fn room(mynah: &Mynah) -> (Socket, Socket) {
    mynah.with_group("room", &["ada", "bo", "cy"]).await;
    (mynah.connect("ada").await, mynah.connect("bo").await)
}

fn events(heard: &[(String, Value)]) -> Vec<i64> {
    heard.iter().filter(|(code, _)| code == "SYEV").filter_map(|(_, event)| event["cat"].as_i64()).collect()
}

#[tokio::test]
async fn a_new_member_hears_of_the_channel_and_the_others_of_the_member() {
    let mynah = Mynah::start().await;
    mynah.with_users(&["ada", "bo", "cy"]).await;
    let (mut ada, mut bo) = (mynah.connect("ada").await, mynah.connect("bo").await);
    mynah.post("/v3/group_channels", json!({ "channel_url": "room", "user_ids": ["ada"] })).await.ok();
    let joined = ada.hear_event(10_000).await;
    assert_eq!((&joined["channel_url"], &joined["data"]["users"][0]["user_id"]), (&json!("room"), &json!("ada")));
    mynah.post("/v3/group_channels/room/invite", json!({ "user_ids": ["bo", "cy"] })).await.ok();
    for socket in [&mut ada, &mut bo] {
        let joined = socket.hear_event(10_000).await;
        let users: Vec<_> =
            joined["data"]["users"].as_array().expect("users").iter().map(|user| &user["user_id"]).collect();
        assert_eq!(users, ["bo", "cy"]);
        assert_eq!(
            (&joined["data"]["member_count"], &joined["data"]["joined_member_count"]),
            (&json!(3), &json!(3))
        );
    }
    mynah.put("/v3/group_channels/room/leave", json!({ "user_ids": ["bo"] })).await.ok();
    for socket in [&mut ada, &mut bo] {
        let left = socket.hear_event(10_001).await;
        assert_eq!((&left["data"]["user_id"], &left["data"]["member_count"]), (&json!("bo"), &json!(2)));
    }
    mynah.say("room", "ada", "among us").await;
    ada.hear("MESG").await;
    assert!(bo.heard().await.iter().all(|(code, _)| code != "MESG"), "bo has left");
}

#[tokio::test]
async fn a_large_channel_tells_how_many_they_are() {
    let mynah = Mynah::start().await;
    mynah.with_users(&["ada", "bo"]).await;
    let mut ada = mynah.connect("ada").await;
    let body = json!({ "channel_url": "hall", "user_ids": ["ada"], "is_super": true });
    mynah.post("/v3/group_channels", body).await.ok();
    mynah.post("/v3/group_channels/hall/invite", json!({ "user_ids": ["bo"] })).await.ok();
    loop {
        let counts = ada.hear("MCNT").await;
        assert_eq!(counts["open_channels"], json!([]));
        let hall = &counts["group_channels"][0];
        assert!(hall["ts"].is_i64());
        if (&hall["channel_url"], &hall["member_count"]) == (&json!("hall"), &json!(2)) {
            break;
        }
    }
}

#[tokio::test]
async fn whoever_has_to_be_asked_hears_of_the_invitation_and_says_no() {
    let mynah = Mynah::start().await;
    mynah.with_group("room", &["ada"]).await;
    mynah.with_users(&["bo"]).await;
    mynah.put("/v3/users/bo/channel_invitation_preference", json!({ "auto_accept": false })).await.ok();
    let (mut ada, mut bo) = (mynah.connect("ada").await, mynah.connect("bo").await);
    mynah.post("/v3/group_channels/room/invite", json!({ "user_ids": ["bo"], "inviter_id": "ada" })).await.ok();
    for socket in [&mut ada, &mut bo] {
        let invited = socket.hear_event(10_020).await;
        assert_eq!(invited["data"]["inviter"]["user_id"], "ada");
        assert_eq!(
            (&invited["data"]["invitees"][0]["user_id"], &invited["data"]["invitees"][0]["state"]),
            (&json!("bo"), &json!("invited"))
        );
    }
    mynah.say("room", "ada", "not for you yet").await;
    assert!(bo.heard().await.iter().all(|(code, _)| code != "MESG"));
    mynah.put("/v3/group_channels/room/decline", json!({ "user_id": "bo" })).await.ok();
    assert_eq!(ada.hear_event(10_022).await["data"]["invitee"]["user_id"], "bo");
    assert_eq!(bo.hear_event(10_022).await["data"]["inviter"]["user_id"], "ada");
}

#[tokio::test]
async fn edits_deletions_and_reactions_by_the_platform_are_heard() {
    let mynah = Mynah::start().await;
    let (mut ada, _) = room(&mynah).await;
    let id = mynah.say("room", "bo", "one").await;
    mynah
        .put(&format!("/v3/group_channels/room/messages/{id}"), json!({ "message_type": "MESG", "message": "two" }))
        .await
        .ok();
    assert_eq!(ada.hear("MEDI").await["message"], "two");
    let path = format!("/v3/group_channels/room/messages/{id}/reactions");
    let done = mynah.post(&path, json!({ "user_id": "bo", "reaction": "joy" })).await.ok();
    let heard = ada.hear("MRCT").await;
    assert_eq!(
        (&heard["reaction"], &heard["operation"], &heard["user_id"]),
        (&json!("joy"), &json!("ADD"), &json!("bo"))
    );
    assert_eq!(heard["updated_at"], done["updated_at"]);
    mynah.delete(&format!("{path}?user_id=bo&reaction=joy")).await.ok();
    let gone = ada.hear("MRCT").await;
    assert_eq!(gone["operation"], "DELETE");
    assert!(gone["updated_at"].as_i64() > heard["updated_at"].as_i64());
    mynah.delete(&format!("/v3/group_channels/room/messages/{id}")).await.ok();
    let removed = ada.hear("DELM").await;
    assert_eq!((&removed["msg_id"], &removed["sender_id"]), (&json!(id), &json!("bo")));
    assert_eq!(removed["unread_cnt"]["all"], 0);
}

#[tokio::test]
async fn whoever_shows_the_last_message_hears_when_it_is_another_one() {
    let mynah = Mynah::start().await;
    let (mut ada, _) = room(&mynah).await;
    let first = mynah.say("room", "bo", "one").await;
    let second = mynah.say("room", "bo", "two").await;
    let third = mynah.say("room", "bo", "three").await;
    mynah.delete(&format!("/v3/group_channels/room/messages/{second}")).await.ok();
    ada.hear("DELM").await;
    assert!(events(&ada.heard().await).is_empty(), "the last one is still the same");
    mynah.delete(&format!("/v3/group_channels/room/messages/{third}")).await.ok();
    ada.hear_event(11_000).await;
    let channel = mynah.get("/v3/group_channels/room?show_member=false").await.ok();
    assert_eq!(channel["last_message"]["message_id"], first);
    mynah.delete(&format!("/v3/group_channels/room/messages/{first}")).await.ok();
    ada.hear_event(11_000).await;
}

#[tokio::test]
async fn the_channel_itself_is_heard_of() {
    let mynah = Mynah::start().await;
    let (mut ada, _) = room(&mynah).await;
    let channel = "/v3/group_channels/room";
    mynah.put(channel, json!({ "name": "Kitchen" })).await.ok();
    assert_eq!(ada.hear_event(11_000).await["data"], json!({}));
    mynah.put(&format!("{channel}/freeze"), json!({ "freeze": true })).await.ok();
    assert_eq!(ada.hear_event(10_701).await["data"]["freeze"], true);
    mynah.put(&format!("{channel}/freeze"), json!({ "freeze": false })).await.ok();
    assert_eq!(ada.hear_event(10_700).await["data"]["freeze"], false);
    mynah.post(&format!("{channel}/operators"), json!({ "operator_ids": ["bo"] })).await.ok();
    assert_eq!(ada.hear_event(10_002).await["data"]["operators"][0]["user_id"], "bo");
    mynah.post(&format!("{channel}/metadata"), json!({ "metadata": { "a": "1" } })).await.ok();
    assert_eq!(ada.hear_event(11_100).await["data"], json!({ "created": { "a": "1" } }));
    mynah.put(&format!("{channel}/metadata"), json!({ "metadata": { "a": "2" } })).await.ok();
    assert_eq!(ada.hear_event(11_100).await["data"]["updated"], json!({ "a": "2" }));
    mynah.delete(&format!("{channel}/metadata/a")).await.ok();
    assert_eq!(ada.hear_event(11_100).await["data"]["deleted"], json!(["a"]));
    mynah.post(&format!("{channel}/metacounter"), json!({ "metacounter": { "n": 3 } })).await.ok();
    assert_eq!(ada.hear_event(11_200).await["data"]["created"], json!({ "n": 3 }));
    let id = mynah.say("room", "bo", "top").await;
    mynah.post(&format!("{channel}/messages/{id}/pin"), json!({})).await.ok();
    let pinned = ada.hear_event(11_300).await;
    assert_eq!(pinned["data"]["pinned_message_ids"], json!([id]));
    assert_eq!(pinned["data"]["latest_pinned_message"]["message"], "top");
    mynah.delete(&format!("{channel}/messages/{id}/pin")).await.ok();
    assert_eq!(ada.hear_event(11_300).await["data"], json!({}));
    mynah.delete(channel).await.ok();
    assert_eq!(ada.hear_event(12_000).await["channel_url"], "room");
}

#[tokio::test]
async fn bans_and_mutes_are_heard_and_the_banned_hears_no_more() {
    let mynah = Mynah::start().await;
    let (mut ada, mut bo) = room(&mynah).await;
    let channel = "/v3/group_channels/room";
    mynah
        .post(&format!("{channel}/mute"), json!({ "user_id": "bo", "seconds": 60, "description": "hush" }))
        .await
        .ok();
    let muted = bo.hear_event(10_201).await;
    assert_eq!((&muted["data"]["user_id"], &muted["data"]["description"]), (&json!("bo"), &json!("hush")));
    assert!(muted["data"]["end_at"].as_i64() > muted["ts"].as_i64());
    mynah.delete(&format!("{channel}/mute/bo")).await.ok();
    assert_eq!(ada.hear_event(10_200).await["data"]["user_id"], "bo");
    mynah.post(&format!("{channel}/ban"), json!({ "user_id": "bo", "seconds": 60 })).await.ok();
    for socket in [&mut ada, &mut bo] {
        let banned = socket.hear_event(10_601).await;
        assert_eq!((&banned["data"]["user_id"], &banned["data"]["member_count"]), (&json!("bo"), &json!(2)));
    }
    mynah.say("room", "ada", "gone").await;
    ada.hear("MESG").await;
    let heard = bo.heard().await;
    assert!(heard.iter().all(|(code, _)| code != "MESG"), "{heard:?}");
    mynah.delete(&format!("{channel}/ban/bo")).await.ok();
    assert_eq!(bo.hear_event(10_600).await["data"]["user_id"], "bo");
}

#[tokio::test]
async fn whoever_blocks_hears_nothing_of_the_blocked() {
    let mynah = Mynah::start().await;
    let (mut ada, mut bo) = room(&mynah).await;
    mynah.post("/v3/users/ada/block", json!({ "target_id": "bo" })).await.ok();
    for socket in [&mut ada, &mut bo] {
        let event = socket.hear("USEV").await;
        assert_eq!(
            (&event["cat"], &event["data"]["blocker"]["user_id"], &event["data"]["blockee"]["user_id"]),
            (&json!(20_001), &json!("ada"), &json!("bo"))
        );
    }
    mynah.say("room", "bo", "ada is deaf").await;
    bo.hear("MESG").await;
    assert!(ada.heard().await.iter().all(|(code, _)| code != "MESG"));
    mynah.delete("/v3/users/ada/block/bo").await.ok();
    assert_eq!(ada.hear("USEV").await["cat"], 20_000);
    mynah.say("room", "bo", "and hears").await;
    assert_eq!(ada.hear("MESG").await["message"], "and hears");
}

#[tokio::test]
async fn hiding_is_for_the_own_devices_and_ends_with_the_next_message() {
    let mynah = Mynah::start().await;
    let (mut ada, mut bo) = room(&mynah).await;
    mynah.put("/v3/group_channels/room/hide", json!({ "user_id": "ada", "allow_auto_unhide": true })).await.ok();
    assert_eq!(ada.hear_event(13_000).await["data"]["allow_auto_unhide"], true);
    mynah.say("room", "bo", "again").await;
    ada.hear_event(13_001).await;
    assert!(events(&bo.heard().await).iter().all(|cat| !matches!(cat, 13_000 | 13_001)));
}

#[tokio::test]
async fn nobody_hears_of_another_application() {
    let mynah = Mynah::start().await;
    let (mut ada, _) = room(&mynah).await;
    let mut other = mynah.knock("/?user_id=ada&ai=other", None).await;
    mynah.say("room", "bo", "here").await;
    ada.hear("MESG").await;
    assert_eq!(other.heard().await, []);
}

#[tokio::test]
async fn what_the_other_dialect_does_is_heard_too() {
    let mynah = Mynah::start().await;
    let (mut ada, _) = room(&mynah).await;
    let id = mynah.say("room", "bo", "question").await;
    ada.hear("MESG").await;
    let long = cross::messages(&mynah).await[0]["id"].clone();
    let reply = json!({ "messageId": long, "message": "answer", "sender": "cy" });
    cross::returning(&mynah, "/apis/v1/messages/reply", reply).await.ok();
    let heard = ada.hear("MESG").await;
    assert_eq!((&heard["message"], &heard["parent_message_id"]), (&json!("answer"), &json!(id)));
    assert_eq!(ada.hear("MTHD").await["thread_info"]["reply_count"], 1);
}

#[tokio::test]
async fn the_order_of_frames_is_the_order_of_commits() {
    let mynah = Mynah::start().await;
    let (mut ada, mut bo) = room(&mynah).await;
    let mut writers = Vec::new();
    for writer in 0..4 {
        let (client, url) = (mynah.client().clone(), mynah.url("/v3/group_channels/room/messages"));
        writers.push(tokio::spawn(async move {
            for number in 0..25 {
                let body = json!({ "user_id": "cy", "message": format!("{writer}/{number}") });
                let sent = client.post(&url).header("Api-Token", "any").json(&body).send().await;
                assert_eq!(sent.expect("an answer").status(), 200);
            }
        }));
    }
    for writer in writers {
        writer.await.expect("it writes");
    }
    let mut heard: Vec<Vec<i64>> = Vec::new();
    for socket in [&mut ada, &mut bo] {
        let mut ids = Vec::new();
        while ids.len() < 100 {
            ids.push(socket.hear("MESG").await["msg_id"].as_i64().expect("an id"));
        }
        heard.push(ids);
    }
    assert_eq!(heard[0], heard[1]);
    assert!(heard[0].is_sorted(), "{:?}", heard[0]);
}

#[tokio::test]
async fn a_client_that_takes_nothing_is_cut_off_and_the_others_hear_everything() {
    let mynah = Mynah::start().await;
    mynah.with_group("room", &["ada", "bo"]).await;
    let mut ada = mynah.connect("ada").await;
    let deaf = mynah.connect("bo").await;
    let text = "x".repeat(4000);
    let url = mynah.url("/v3/group_channels/room/messages");
    let mut writers = Vec::new();
    for _ in 0..8 {
        let (client, url, text) = (mynah.client().clone(), url.clone(), text.clone());
        writers.push(tokio::spawn(async move {
            for _ in 0..1000 {
                let body = json!({ "user_id": "ada", "message": text });
                let sent = client.post(&url).header("Api-Token", "any").json(&body).send().await;
                assert_eq!(sent.expect("an answer").status(), 200);
            }
        }));
    }
    let mut heard = 0;
    while heard < 8000 {
        ada.hear("MESG").await;
        heard += 1;
    }
    for writer in writers {
        writer.await.expect("it writes");
    }
    for _ in 0..200 {
        if mynah.get("/v3/users/bo").await.ok()["is_online"] == false {
            drop(deaf);
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the deaf client is still there");
}
