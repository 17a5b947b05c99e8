//! One store, two faces: written through one dialect, read and answered through the other.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Mynah, answer};

pub async fn returning(mynah: &Mynah, path: &str, body: Value) -> Answer {
    let request = mynah.client().request(Method::POST, mynah.url(path)).header("Authorization", "Bearer any");
    answer(request.json(&body)).await
}

pub async fn messages(mynah: &Mynah) -> Value {
    let request = mynah.client().get(mynah.url("/apis/v1/messages")).header("Authorization", "Bearer any");
    answer(request).await.ok()["data"]["messages"].clone()
}

fn told_id(answer: &Answer) -> String {
    answer.headers["x-mynah-message-id"].to_str().expect("an id is text").to_owned()
}

#[tokio::test]
async fn a_sendbird_message_is_listed_answered_and_reacted_to_through_returning_ai() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    let parent = mynah.say("lobby", "ada", "Who is in?").await;

    let listed = messages(&mynah).await;
    assert_eq!(listed[0]["message"], "Who is in?");
    let id = listed[0]["id"].as_str().expect("an id is text").to_owned();
    let reply = json!({ "messageId": id, "message": "I am", "sender": "bo" });
    assert_eq!(returning(&mynah, "/apis/v1/messages/reply", reply).await.ok()["status"], "success");
    let reaction = json!({ "messageId": id, "emoji": ":tada:", "sender": "bo" });
    returning(&mynah, "/apis/v1/messages/react", reaction).await.ok();
    mynah.reply("lobby", "ada", "Good", parent).await;

    let message = mynah.message("lobby", parent).await;
    assert_eq!(message["thread_info"]["reply_count"], 2);
    assert_eq!(message["reactions"][0]["key"], "tada");
    assert_eq!(message["reactions"][0]["user_ids"], json!(["bo"]));
    let path = format!("/v3/group_channels/lobby/messages?message_ts=0&parent_message_id={parent}");
    let thread = mynah.get(&path).await.ok();
    let texts: Vec<_> = thread["messages"].as_array().expect("a list").iter().map(|one| &one["message"]).collect();
    assert_eq!(texts, ["Who is in?", "I am", "Good"]);
}

#[tokio::test]
async fn a_returning_ai_message_is_listed_and_answered_through_sendbird() {
    let mynah = Mynah::start().await;
    mynah.with_users(&["ada", "bo"]).await;
    mynah.post("/v3/open_channels", json!({ "channel_url": "plaza", "name": "Plaza" })).await.ok();
    let body = json!({ "channelId": "plaza", "message": "Build is green", "sender": "ada" });
    let sent = returning(&mynah, "/apis/v1/messages/send", body).await;
    let long = told_id(&sent);

    let listed = mynah.get("/v3/open_channels/plaza/messages?message_ts=0").await.ok();
    assert_eq!(listed["messages"][0]["message"], "Build is green");
    assert_eq!(listed["messages"][0]["user"]["user_id"], "ada");
    let id = listed["messages"][0]["message_id"].as_i64().expect("an id is a number");
    assert_eq!(i64::from_str_radix(&long[8..], 16), Ok(id), "the long id leads to the number");
    let reply = json!({ "user_id": "bo", "message": "At last", "parent_message_id": id });
    mynah.post("/v3/open_channels/plaza/messages", reply).await.ok();
    let reply = json!({ "messageId": long, "message": "Indeed", "sender": "bo" });
    returning(&mynah, "/apis/v1/messages/reply", reply).await.ok();

    let parent = mynah.get(&format!("/v3/open_channels/plaza/messages/{id}?include_thread_info=true")).await.ok();
    assert_eq!(parent["thread_info"]["reply_count"], 2);
    assert_eq!(messages(&mynah).await.as_array().map(Vec::len), Some(3));
}

#[tokio::test]
async fn an_answer_to_a_reply_counts_under_the_message_that_began_the_thread() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    let root = mynah.say("lobby", "ada", "Who is in?").await;
    let reply = mynah.reply("lobby", "bo", "I am", root).await;

    let body = json!({ "messageId": reply.to_string(), "message": "With whom?", "sender": "ada" });
    let nested = told_id(&returning(&mynah, "/apis/v1/messages/reply", body).await);
    let nested = i64::from_str_radix(&nested[8..], 16).expect("a long id ends in a number");

    assert_eq!(mynah.message("lobby", root).await["thread_info"]["reply_count"], 2);
    assert_eq!(mynah.message("lobby", nested).await["parent_message_id"], root);
    let again = json!({ "user_id": "bo", "message": "No", "parent_message_id": nested });
    mynah.send("lobby", again).await.refused(400_111);
}

#[tokio::test]
async fn the_rules_of_a_channel_hold_in_both_dialects() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    mynah.with_users(&["eve"]).await;
    let said = mynah.say("lobby", "ada", "Just us").await;
    let admin = mynah.send("lobby", json!({ "message_type": "ADMM", "message": "Closing" })).await.ok();

    let intrude = json!({ "messageId": said.to_string(), "message": "And me", "sender": "eve" });
    let refused = returning(&mynah, "/apis/v1/messages/reply", intrude).await;
    assert_eq!(refused.status, 403, "{}", refused.text);
    let intrude = json!({ "user_id": "eve", "message": "And me", "parent_message_id": said });
    let why = mynah.send("lobby", intrude).await.refused(400_108);
    assert_eq!(why, "Not authorized. \"User must be a member.\".");
    let admin = admin["message_id"].to_string();
    let answer = json!({ "messageId": admin, "message": "Why?", "sender": "ada" });
    assert_eq!(returning(&mynah, "/apis/v1/messages/reply", answer).await.status, 409);
    assert_eq!(mynah.get("/v3/group_channels/lobby/messages/total_count").await.ok()["total"], 2);
}

#[tokio::test]
async fn a_user_of_one_dialect_writes_in_the_other() {
    let mynah = Mynah::start().await;
    let maria = json!({ "firstname": "Maria", "lastname": "Silva", "username": "maria", "displayname": "Maria S",
        "email": "maria@example.test", "accessLevel": 1, "joinServer": true });
    returning(&mynah, "/apis/v1/users", maria).await.ok();

    let seen = mynah.get("/v3/users/maria").await.ok();
    assert_eq!(seen["nickname"], "Maria S");
    let group = json!({ "channel_url": "lobby", "user_ids": ["maria"] });
    mynah.post("/v3/group_channels", group).await.ok();
    mynah.say("lobby", "maria", "Hello").await;
    let info = returning(&mynah, "/apis/v1/users/info", json!({ "idOrEmail": "MARIA@example.test" })).await.ok();
    assert_eq!(info["data"]["totalMessages"], 1);
    mynah.post("/v3/users", json!({ "user_id": "maria", "nickname": "Again" })).await.refused(400_202);
}
