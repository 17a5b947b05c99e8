//! What clients say: each command is the operation of the Platform API by the same rules.

use serde_json::{Value, json};

use crate::support::Mynah;

#[tokio::test]
async fn a_message_is_answered_with_the_stored_one_and_heard_by_everybody_else() {
    let mynah = Mynah::start().await;
    mynah.with_group("room", &["ada", "bo", "cy"]).await;
    let (mut ada, mut tablet) = (mynah.connect("ada").await, mynah.connect("ada").await);
    let mut bo = mynah.connect("bo").await;
    let said = json!({
        "channel_url": "room", "message": "hello", "data": "d", "custom_type": "greeting", "mention_type": "users",
        "mentioned_user_ids": ["bo"], "metaarray": [{ "key": "k", "value": ["v"] }], "silent": false,
    });
    let sent = ada.does("MESG", said).await;
    assert_eq!(
        (&sent["message"], &sent["custom_type"], &sent["channel_type"]),
        (&json!("hello"), &json!("greeting"), &json!("group"))
    );
    let heard = bo.hear("MESG").await;
    assert_eq!(heard["req_id"], json!(null));
    assert_eq!(heard["msg_id"], sent["msg_id"]);
    assert_eq!((&heard["user"]["user_id"], &heard["user"]["is_blocked_by_me"]), (&json!("ada"), &json!(false)));
    assert_eq!(heard["unread_cnt"]["all"], 1);
    assert_eq!(heard["sorted_metaarray"], json!([{ "key": "k", "value": ["v"] }]));
    assert_eq!(tablet.hear("MESG").await["req_id"], json!(null));
    assert!(ada.heard().await.iter().all(|(code, _)| code != "MESG"), "the answer is enough");
    let stored = mynah.message("room", sent["msg_id"].as_i64().expect("an id")).await;
    assert_eq!((&stored["message"], &stored["created_at"]), (&json!("hello"), &sent["ts"]));
    let mut keys: Vec<_> = heard.as_object().expect("an object").keys().cloned().collect();
    keys.sort();
    insta::assert_json_snapshot!(keys);
}

#[tokio::test]
async fn a_client_knows_by_its_own_word_what_it_has_sent() {
    let folder = tempfile::tempdir().expect("a folder");
    let mynah = Mynah::start_on(folder.path()).await;
    mynah.with_group("room", &["ada", "bo"]).await;
    let (mut ada, mut bo) = (mynah.connect("ada").await, mynah.connect("bo").await);
    let sent = ada.does("MESG", json!({ "channel_url": "room", "message": "hello" })).await;
    assert_eq!(bo.hear("MESG").await["req_id"], json!(null), "bo has asked for nothing");
    let key = ada.key();
    let path = format!("/v3/group_channels/room/messages/{}", sent["msg_id"]);
    let edited = json!({ "channel_url": "room", "msg_id": sent["msg_id"], "message": "hello all" });
    ada.does("MEDI", edited).await;
    assert_eq!(bo.hear("MEDI").await["req_id"], json!(null));
    let long = json!({ "channel_url": "room", "message": "hello", "req_id": "x".repeat(256) });
    ada.say("MESG", long).await;
    assert_eq!(ada.hear("EROR").await["code"], 400_110);
    mynah.stop().await;

    let mynah = Mynah::start_on(folder.path()).await;
    let read = mynah.client().get(mynah.url(&path)).header("Session-Key", key).send().await.expect("an answer");
    let read: Value = read.json().await.expect("JSON");
    assert_eq!((&read["message"], &read["request_id"]), (&json!("hello all"), &sent["req_id"]));
    assert_eq!(mynah.get(&path).await.ok()["request_id"], json!(null), "a backend has asked for nothing");
}

#[tokio::test]
async fn a_reply_is_answered_and_its_thread_is_told_to_all_the_replier_too() {
    let mynah = Mynah::start().await;
    mynah.with_group("room", &["ada", "bo"]).await;
    let parent = mynah.say("room", "ada", "who comes?").await;
    let (mut ada, mut bo) = (mynah.connect("ada").await, mynah.connect("bo").await);
    let said =
        json!({ "channel_url": "room", "message": "I do", "parent_message_id": parent, "reply_to_channel": true });
    let reply = bo.does("MESG", said).await;
    assert_eq!((&reply["parent_message_id"], &reply["is_reply_to_channel"]), (&json!(parent), &json!(true)));
    assert_eq!(reply["parent_message_info"]["message"], "who comes?");
    for socket in [&mut ada, &mut bo] {
        let thread = socket.hear("MTHD").await;
        assert_eq!(
            (&thread["parent_message_id"], &thread["thread_info"]["reply_count"]),
            (&json!(parent), &json!(1))
        );
        assert_eq!(thread["thread_info"]["most_replies"][0]["user_id"], "bo");
    }
    let first = reply["msg_id"].as_i64().expect("an id");
    mynah.delete(&format!("/v3/group_channels/room/messages/{first}")).await.ok();
    let thread = ada.hear("MTHD").await;
    assert_eq!(thread["thread_info"]["reply_count"], 0);
    assert!(thread["thread_info"]["updated_at"].as_i64() > reply["ts"].as_i64());
    let nested = json!({ "channel_url": "room", "message": "no", "parent_message_id": first });
    bo.is_refused("MESG", nested, 400_201).await;
}

#[tokio::test]
async fn a_file_lies_flat_in_its_frame() {
    let mynah = Mynah::start().await;
    mynah.with_group("room", &["ada", "bo"]).await;
    let (mut ada, mut bo) = (mynah.connect("ada").await, mynah.connect("bo").await);
    let said = json!({
        "channel_url": "room", "url": "http://files.test/a.png", "name": "a.png", "type": "image/png", "size": 7,
        "thumbnails": [], "require_auth": false, "message": "",
    });
    let sent = ada.does("FILE", said).await;
    let heard = bo.hear("FILE").await;
    for frame in [&sent, &heard] {
        assert_eq!(frame["url"], "http://files.test/a.png", "{frame}");
        assert_eq!(
            (&frame["name"], &frame["type"], &frame["size"]),
            (&json!("a.png"), &json!("image/png"), &json!(7))
        );
        assert!(frame.get("file").is_none());
    }
    let files = json!([
        { "url": "http://files.test/1", "file_name": "1", "file_type": "text/plain", "file_size": 1 },
        { "url": "http://files.test/2", "file_name": "2", "file_type": "text/plain", "file_size": 2 },
    ]);
    let several = ada.does("FILE", json!({ "channel_url": "room", "url": "", "files": files })).await;
    assert_eq!(several["files"].as_array().map(Vec::len), Some(2), "{several}");
    assert_eq!(bo.hear("FILE").await["files"][1]["file_name"], "2");
}

#[tokio::test]
async fn the_sender_edits_and_nobody_else() {
    let mynah = Mynah::start().await;
    mynah.with_group("room", &["ada", "bo"]).await;
    let (mut ada, mut bo) = (mynah.connect("ada").await, mynah.connect("bo").await);
    let id = ada
        .does("MESG", json!({ "channel_url": "room", "message": "helo", "mentioned_user_ids": ["bo"] }))
        .await["msg_id"]
        .clone();
    let edited = ada
        .does("MEDI", json!({ "channel_url": "room", "msg_id": id, "message": "hello", "mention_type": "channel" }))
        .await;
    assert_eq!((&edited["message"], &edited["msg_id"]), (&json!("hello"), &id));
    assert_eq!(edited["old_values"], json!({ "mention_type": "users", "mentioned_user_ids": ["bo"] }));
    let heard = bo.hear("MEDI").await;
    assert_eq!((&heard["message"], &heard["old_values"]["mention_type"]), (&json!("hello"), &json!("users")));
    bo.is_refused("MEDI", json!({ "channel_url": "room", "msg_id": id, "message": "mine" }), 900_022).await;
    let meta = json!({ "array": [{ "key": "a", "value": ["1"] }], "mode": "add", "upsert": true });
    let kept = ada.does("MEDI", json!({ "channel_url": "room", "msg_id": id, "metaarray": meta })).await;
    assert_eq!(kept["sorted_metaarray"], json!([{ "key": "a", "value": ["1"] }]));
    let gone = json!({ "array": [{ "key": "a", "value": [] }], "mode": "remove", "upsert": true });
    let kept = ada.does("MEDI", json!({ "channel_url": "room", "msg_id": id, "metaarray": gone })).await;
    assert_eq!(kept["sorted_metaarray"], json!([]));
}

#[tokio::test]
async fn reading_is_answered_after_two_milliseconds_and_told_to_the_others() {
    let mynah = Mynah::start().await;
    mynah.with_group("room", &["ada", "bo"]).await;
    let (mut ada, mut bo) = (mynah.connect("ada").await, mynah.connect("bo").await);
    let message = mynah.send("room", json!({ "user_id": "ada", "message": "read me" })).await.ok();
    bo.hear("MESG").await;
    let begun = std::time::Instant::now();
    let read = bo.does("READ", json!({ "channel_url": "room" })).await;
    assert!(begun.elapsed().as_millis() >= 2);
    assert_eq!((&read["user"]["user_id"], &read["ts"]), (&json!("bo"), &message["created_at"]));
    assert_eq!(read["unread_cnt"]["all"], 0);
    let heard = loop {
        let read = ada.hear("READ").await;
        if read["user"]["user_id"] == "bo" {
            break read;
        }
    };
    assert_eq!((&heard["ts"], &heard["channel_url"]), (&message["created_at"], &json!("room")));
    bo.is_refused("READ", json!({ "channel_url": "nowhere" }), 400_201).await;
}

#[tokio::test]
async fn what_has_arrived_is_told_and_needs_no_answer() {
    let mynah = Mynah::start().await;
    mynah.with_group("room", &["ada", "bo"]).await;
    let (mut ada, mut bo) = (mynah.connect("ada").await, mynah.connect("bo").await);
    let sent = ada.does("MESG", json!({ "channel_url": "room", "message": "x" })).await;
    bo.hear("MESG").await;
    bo.say("MACK", json!({ "channel_url": "room", "msg_id": sent["msg_id"], "req_id": "m" })).await;
    let delivered = ada.hear("DLVR").await;
    assert_eq!(delivered["updated"], json!({ "bo": sent["ts"] }));
    assert!(bo.heard().await.iter().all(|(code, _)| code != "MACK"));
}

#[tokio::test]
async fn typing_is_told_to_the_others_and_not_to_the_typist() {
    let mynah = Mynah::start().await;
    mynah.with_group("room", &["ada", "bo"]).await;
    let (mut ada, mut bo) = (mynah.connect("ada").await, mynah.connect("bo").await);
    ada.say("TPST", json!({ "channel_url": "room", "time": 1 })).await;
    assert_eq!(bo.hear_event(10_900).await["data"]["user_id"], "ada");
    ada.say("TPEN", json!({ "channel_url": "room", "time": 2 })).await;
    assert_eq!(bo.hear_event(10_901).await["data"]["user_id"], "ada");
    assert!(ada.heard().await.iter().all(|(code, _)| code != "SYEV"));
}

#[tokio::test]
async fn whoever_enters_an_open_channel_hears_it_and_counts() {
    let mynah = Mynah::start().await;
    mynah.with_users(&["ada", "bo"]).await;
    mynah.post("/v3/open_channels", json!({ "channel_url": "square" })).await.ok();
    let (mut ada, mut bo) = (mynah.connect("ada").await, mynah.connect("bo").await);
    let entered = ada.does("ENTR", json!({ "channel_url": "square" })).await;
    assert_eq!((&entered["participant_count"], &entered["channel_url"]), (&json!(1), &json!("square")));
    assert_eq!(bo.does("ENTR", json!({ "channel_url": "square" })).await["participant_count"], 2);
    let event = ada.hear_event(10_102).await;
    assert_eq!((&event["data"]["user_id"], &event["data"]["participant_count"]), (&json!("bo"), &json!(2)));
    let counts = ada.hear("MCNT").await;
    assert_eq!(counts["open_channels"][0]["participant_count"], 2);
    assert_eq!(counts["group_channels"], json!([]));
    assert_eq!(mynah.get("/v3/open_channels/square").await.ok()["participant_count"], 2);
    let people = mynah.get("/v3/open_channels/square/participants").await.ok()["participants"].clone();
    assert_eq!((&people[0]["user_id"], &people[1]["user_id"]), (&json!("ada"), &json!("bo")));
    ada.does("MESG", json!({ "channel_url": "square", "message": "hear ye" })).await;
    assert_eq!(bo.hear("MESG").await["channel_type"], "open");
    assert_eq!(bo.does("EXIT", json!({ "channel_url": "square" })).await["participant_count"], 1);
    assert_eq!(ada.hear_event(10_103).await["data"]["user_id"], "bo");
    mynah
        .post("/v3/open_channels/square/messages", json!({ "message_type": "ADMM", "message": "gone" }))
        .await
        .ok();
    assert_eq!(ada.hear("ADMM").await["message"], "gone");
    assert!(bo.heard().await.iter().all(|(code, _)| code != "ADMM"), "bo has left");
    bo.is_refused("ENTR", json!({ "channel_url": "nowhere" }), 400_201).await;
}

#[tokio::test]
async fn a_vote_is_answered_with_the_choice_and_told_with_the_counts() {
    let mynah = Mynah::start().await;
    mynah.with_group("room", &["ada", "bo"]).await;
    let poll = json!({ "title": "Tea?", "options": ["yes", "no"], "created_by": "ada" });
    let poll = mynah.post("/v3/polls", poll).await.ok();
    let (mut ada, mut bo) = (mynah.connect("ada").await, mynah.connect("bo").await);
    let sent = ada.does("MESG", json!({ "channel_url": "room", "message": "vote", "poll_id": poll["id"] })).await;
    assert_eq!(sent["poll"]["options"][0]["text"], "yes", "{sent}");
    let yes = poll["options"][0]["id"].clone();
    let said = json!({ "channel_type": "group_channels", "channel_url": "room", "poll_id": poll["id"], "option_ids": [yes] });
    let voted = bo.does("VOTE", said).await;
    assert_eq!(voted["voted_option_ids"], json!([yes]));
    let heard = ada.hear("VOTE").await;
    assert_eq!(heard["updated_vote_counts"][0], json!({ "option_id": yes, "vote_count": 1 }));
    assert!(heard["ts"].as_i64() > poll["updated_at"].as_i64());
}

#[tokio::test]
async fn rules_refuse_on_the_socket_as_they_do_elsewhere() {
    let mynah = Mynah::start().await;
    mynah.with_group("room", &["ada", "bo"]).await;
    mynah.with_users(&["eve"]).await;
    let mut eve = mynah.connect("eve").await;
    let mut bo = mynah.connect("bo").await;
    let hello = || json!({ "channel_url": "room", "message": "hello" });
    eve.is_refused("MESG", hello(), 900_020).await;
    eve.is_refused("READ", json!({ "channel_url": "room" }), 900_020).await;
    mynah.post("/v3/group_channels/room/mute", json!({ "user_id": "bo", "seconds": 60 })).await.ok();
    bo.is_refused("MESG", hello(), 900_041).await;
    mynah.delete("/v3/group_channels/room/mute/bo").await.ok();
    mynah.put("/v3/group_channels/room/freeze", json!({ "freeze": true })).await.ok();
    bo.is_refused("MESG", hello(), 900_050).await;
    mynah.put("/v3/group_channels/room/freeze", json!({ "freeze": false })).await.ok();
    bo.is_refused("MESG", json!({ "channel_url": "room", "message": "x", "parent_message_id": 999 }), 400_201)
        .await;
    bo.does("MESG", hello()).await;
    mynah.post("/v3/group_channels/room/ban", json!({ "user_id": "bo", "seconds": 60 })).await.ok();
    bo.is_refused("MESG", hello(), 900_100).await;
}

#[tokio::test]
async fn who_is_banned_cannot_enter_and_who_is_muted_is_shown_so() {
    let mynah = Mynah::start().await;
    mynah.with_users(&["ada", "bo", "cy"]).await;
    mynah.post("/v3/open_channels", json!({ "channel_url": "square", "custom_type": "loud" })).await.ok();
    mynah.post("/v3/open_channels/square/ban", json!({ "user_id": "bo" })).await.ok();
    mynah.post("/v3/users/cy/banned_channel_custom_types", json!({ "channel_custom_types": ["loud"] })).await.ok();
    mynah.post("/v3/open_channels/square/mute", json!({ "user_id": "ada" })).await.ok();
    mynah.connect("bo").await.is_refused("ENTR", json!({ "channel_url": "square" }), 400_750).await;
    mynah.connect("cy").await.is_refused("ENTR", json!({ "channel_url": "square" }), 400_751).await;
    let mut ada = mynah.connect("ada").await;
    ada.does("ENTR", json!({ "channel_url": "square" })).await;
    let list = mynah.get("/v3/open_channels/square/participants").await.ok();
    assert_eq!(
        (&list["participants"][0]["user_id"], &list["participants"][0]["is_muted"]),
        (&json!("ada"), &json!(true))
    );
}
