//! What is in the calls.

use serde_json::{Value, json};

use super::categories;
use crate::support::{Mynah, answer};

/// A server that keeps what it would tell, with a group channel.
async fn listening(members: &[&str]) -> Mynah {
    let mynah = Mynah::start().await;
    mynah.webhook(json!({ "include_members": true })).await;
    mynah.with_group("lobby", members).await;
    mynah.told().await;
    mynah
}

fn ids(users: &Value) -> Vec<&str> {
    users.as_array().expect("a list").iter().map(|user| user["user_id"].as_str().expect("an id")).collect()
}

#[tokio::test]
async fn a_message_is_told_with_sender_channel_and_members() {
    let mynah = listening(&["ada", "bo"]).await;
    mynah.post("/v3/users/bo/block", json!({ "target_id": "ada" })).await.ok();
    mynah.told().await;
    let body = json!({ "user_id": "ada", "message": "Hi @bo", "custom_type": "wave", "data": "more", "mentioned_user_ids": ["bo"] });
    let sent = mynah.send("lobby", body).await.ok();
    let told = mynah.told().await;
    let [told] = &told[..] else { panic!("{told:#?}") };
    assert_eq!(told["category"], "group_channel:message_send");
    assert_eq!(
        told["payload"],
        json!({ "message_id": sent["message_id"], "message": "Hi @bo", "custom_type": "wave", "data": "more",
            "created_at": sent["created_at"], "translations": {} })
    );
    assert_eq!(told["sender"], json!({ "user_id": "ada", "nickname": "Ada", "profile_url": "", "metadata": {} }));
    assert_eq!(
        (&told["type"], &told["sdk"], &told["custom_type"]),
        (&json!("MESG"), &json!("API"), &json!("wave"))
    );
    assert_eq!((&told["mention_type"], ids(&told["mentioned_users"])), (&json!("users"), vec!["bo"]));
    assert_eq!(told["silent"], false);
    assert_eq!(told["message_events"]["update_unread_count"], true);
    assert_eq!(told["channel"]["channel_url"], "lobby");
    assert_eq!(told["channel"]["is_distinct"], false);
    assert_eq!(ids(&told["members"]), ["ada", "bo"]);
    let bo = &told["members"][1];
    assert_eq!((&bo["state"], &bo["is_hidden"], &bo["is_active"]), (&json!("joined"), &json!(0), &json!(true)));
    assert_eq!((&bo["channel_unread_message_count"], &bo["total_unread_message_count"]), (&json!(1), &json!(1)));
    assert_eq!((&bo["channel_mention_count"], &bo["push_trigger_option"]), (&json!(1), &json!("default")));
    assert_eq!((&bo["is_blocking_sender"], &bo["is_blocked_by_sender"]), (&json!(true), &json!(false)));
    assert_eq!(told["members"][0]["channel_unread_message_count"], 0);
}

#[tokio::test]
async fn a_message_is_told_with_the_sdk_that_sent_it() {
    let mynah = listening(&["ada"]).await;
    for (platform, sdk) in [
        ("JS", "JavaScript"),
        ("Android", "Android"),
        ("iOS", "iOS"),
        (".NET", ".NET"),
        ("Unity", ".NET"),
        ("Abacus", "JavaScript"),
    ] {
        let mut ada = mynah.knock(&format!("/?p={platform}&user_id=ada"), None).await;
        mynah.told().await;
        ada.does("MESG", json!({ "channel_url": "lobby", "message": "Hi" })).await;
        let request = mynah.client().post(mynah.url("/v3/group_channels/lobby/messages"));
        let request =
            request.header("session-key", ada.key()).header("sendbird", format!("{platform},14,4.1.0,mynah"));
        answer(request.json(&json!({ "message_type": "MESG", "user_id": "ada", "message": "Hi" }))).await.ok();
        let told: Vec<_> = mynah.told().await.into_iter().filter(|body| !body["payload"].is_null()).collect();
        let told: Vec<_> = told.iter().map(|body| body["sdk"].as_str().expect("an sdk")).collect();
        assert_eq!(told, [sdk, sdk], "{platform}");
    }
}

#[tokio::test]
async fn members_and_counts_are_left_out_where_nobody_wants_them() {
    let mynah = listening(&["ada", "bo"]).await;
    mynah.webhook(json!({ "include_unread_count": false })).await;
    mynah.say("lobby", "ada", "one").await;
    let member = mynah.told().await[0]["members"][1].clone();
    assert!(member.get("unread_message_count").is_none() && member["state"] == "joined", "{member}");
    mynah.webhook(json!({ "include_members": false })).await;
    mynah.say("lobby", "ada", "two").await;
    assert!(mynah.told().await[0].get("members").is_none());
    mynah.webhook(json!({ "include_members": true })).await;
    let large = json!({ "channel_url": "hall", "user_ids": ["ada"], "is_super": true });
    mynah.post("/v3/group_channels", large).await.ok();
    assert!(mynah.told().await.iter().all(|body| body.get("members").is_none()), "not of a Supergroup");
}

#[tokio::test]
async fn replies_files_and_announcements_are_told_as_what_they_are() {
    let mynah = listening(&["ada", "bo"]).await;
    let root = mynah.say("lobby", "ada", "Lunch?").await;
    mynah.reply("lobby", "bo", "Yes", root).await;
    let file = json!({ "message_type": "FILE", "user_id": "ada", "url": "http://localhost/a.png", "file_name": "a.png",
        "file_type": "image/png", "file_size": 7 });
    mynah.send("lobby", file).await.ok();
    mynah.send("lobby", json!({ "message_type": "ADMM", "message": "Closing" })).await.ok();
    let told = mynah.told().await;
    let sent: Vec<_> = told.iter().filter(|body| body["category"] == "group_channel:message_send").collect();
    let [first, reply, file, admin] = &sent[..] else { panic!("{told:#?}") };
    assert!(first.get("parent_message_id").is_none());
    assert_eq!(reply["parent_message_id"], root);
    assert_eq!((&file["type"], &file["payload"]["filename"]), (&json!("FILE"), &json!("a.png")));
    assert_eq!(file["payload"]["content_type"], "image/png");
    assert_eq!(
        (&file["payload"]["content_size"], &file["payload"]["url"]),
        (&json!(7), &json!("http://localhost/a.png"))
    );
    assert_eq!(admin["type"], "ADMM");
    assert!(admin.get("sender").is_none());
}

#[tokio::test]
async fn what_was_changed_is_told_with_old_and_new() {
    let mynah = listening(&["ada"]).await;
    let patch = json!({ "name": "Parlour", "custom_type": "quiet", "data": "d" });
    mynah.put("/v3/group_channels/lobby", patch).await.ok();
    let told = mynah.told().await;
    let [told] = &told[..] else { panic!("{told:#?}") };
    assert_eq!(
        told["changes"],
        json!([{ "key": "name", "old": "Group Channel", "new": "Parlour" }, { "key": "custom_type", "old": "", "new": "quiet" },
            { "key": "data", "old": "", "new": "d" }])
    );
    mynah.put("/v3/group_channels/lobby", json!({ "name": "Parlour" })).await.ok();
    mynah.put("/v3/group_channels/lobby", json!({ "is_public": true })).await.ok();
    let told = mynah.told().await;
    assert_eq!(told.len(), 1, "{told:#?}");
    assert_eq!(told[0]["changes"], json!([{ "key": "channel_type", "old": "group", "new": "public_group" }]));
}

#[tokio::test]
async fn reading_is_told_when_nothing_is_left_to_read() {
    let mynah = listening(&["ada", "bo"]).await;
    mynah.say("lobby", "ada", "one").await;
    assert_eq!(categories(&mynah.told().await), ["group_channel:message_send"]);
    mynah.put("/v3/group_channels/lobby/messages/mark_as_read", json!({ "user_id": "bo" })).await.ok();
    let told = mynah.told().await;
    let [told] = &told[..] else { panic!("{told:#?}") };
    assert_eq!(
        (&told["category"], &told["read_updates"][0]["user_id"]),
        (&json!("group_channel:message_read"), &json!("bo"))
    );
    assert_eq!(told["read_updates"][0]["channel_unread_message_count"], 0);
    mynah.put("/v3/group_channels/lobby/messages/mark_as_read", json!({ "user_id": "bo" })).await.ok();
    assert_eq!(mynah.told().await, [Value::Null; 0], "nothing was read by that");
}

#[tokio::test]
async fn words_are_told_when_they_are_covered_and_when_they_are_refused() {
    let mynah = listening(&["ada"]).await;
    let settings = "/v3/applications/settings_global";
    mynah.put(settings, json!({ "profanity_filter": { "keywords": "darn", "type": 1 } })).await.ok();
    mynah.say("lobby", "ada", "Darn it").await;
    let told = mynah.told().await;
    assert_eq!(categories(&told), ["profanity_filter:replace", "group_channel:message_send"]);
    assert_eq!((&told[0]["replaced_text"], &told[0]["payload"]["message"]), (&json!("Darn it"), &json!("**** it")));
    assert_eq!(ids(&told[0]["members"]), ["ada"]);

    mynah.put(settings, json!({ "profanity_filter": { "keywords": "darn", "type": 2 } })).await.ok();
    mynah.send("lobby", json!({ "user_id": "ada", "message": "Darn" })).await.refused(900_060);
    let told = mynah.told().await;
    let [blocked] = &told[..] else { panic!("{told:#?}") };
    assert_eq!(
        (&blocked["category"], &blocked["payload"]["message"]),
        (&json!("profanity_filter:block"), &json!("Darn"))
    );
    assert!(blocked["payload"].get("message_id").is_none());
    assert!(blocked["blocked_at"].as_i64().unwrap() > 0);
    // The refused message has left nothing behind, not even a hole in the numbers.
    let next = mynah.say("lobby", "ada", "fine").await;
    assert_eq!(
        (next, mynah.get("/v3/group_channels/lobby/messages/total_count").await.ok()["total"].clone()),
        (2, json!(2))
    );
}

#[tokio::test]
async fn a_scheduled_message_is_told_when_it_is_sent() {
    let mynah = listening(&["ada"]).await;
    let at = mynah.now().await + 600_000;
    let body = json!({ "message_type": "MESG", "user_id": "ada", "message": "later", "scheduled_at": at });
    mynah.post("/v3/group_channels/lobby/scheduled_messages", body).await.ok();
    assert!(mynah.told().await.is_empty());
    mynah.advance(700).await;
    mynah.get("/v3/group_channels/lobby").await.ok();
    assert_eq!(categories(&mynah.told().await), ["group_channel:message_send"]);
}

#[tokio::test]
async fn what_happens_in_one_step_is_told_as_if_each_had_come_by_itself() {
    let mynah = listening(&["ada", "bo"]).await;
    mynah.webhook(json!({ "include_unread_count": true })).await;
    mynah.put("/_mynah/clock", json!({ "mode": "frozen", "at": "2026-01-01" })).await.ok();
    let unread = |told: &Value| {
        let members = told["members"].as_array().expect("members").iter();
        members.map(|member| member["unread_message_count"].as_i64().unwrap()).collect::<Vec<_>>()
    };
    let said = |text: &str| json!({ "as": "ada", "do": "send", "channel": "lobby", "text": text });
    let read = json!({ "as": "bo", "do": "read", "channel": "lobby" });
    mynah.post("/_mynah/actors", json!([said("a"), said("b"), read, said("c")])).await.ok();
    let told = mynah.told().await;
    let [send, read] = ["group_channel:message_send", "group_channel:message_read"];
    assert_eq!(categories(&told), [send, send, read, send]);
    assert_eq!([unread(&told[0]), unread(&told[1]), unread(&told[3])], [[0, 1], [0, 2], [0, 1]]);

    let later = |mut step: Value| {
        step["after"] = "1m".into();
        step
    };
    let script =
        json!([later(said("d")), later(json!({ "as": "bo", "do": "read", "channel": "lobby" })), later(said("e"))]);
    mynah.post("/_mynah/actors", script).await.ok();
    mynah.post("/_mynah/clock/advance", json!({ "by": "1h" })).await.ok();
    let told = mynah.told().await;
    assert_eq!(categories(&told), [send, read, send], "calls that are kept are those that would be made");
    let failing = json!([said("f"), { "as": "ada", "do": "send", "channel": "nowhere", "text": "g" }]);
    assert_eq!(mynah.post("/_mynah/actors", failing).await.status, 409);
    assert_eq!(mynah.told().await, [Value::Null; 0], "what is undone is not told");
}
