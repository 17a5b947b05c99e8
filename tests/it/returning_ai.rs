//! Returning.AI as its clients meet it.

use std::{sync::Arc, time::Duration};

use mynah::{
    chat::{
        channels::{self, NewChannel},
        membership::Invitation,
        messages::{self, NewMessage, SendRules},
        users,
    },
    engine::{Engine, Unavailable},
    model::{
        channel::{Channel, ChannelKind},
        ids::ApplicationId,
        message::MessageKind,
    },
    state::Application,
};
use reqwest::{
    Client, Method, StatusCode,
    multipart::{Form, Part},
};
use serde_json::{Value, json};

use mynah::server::config::Config;

use crate::support::Mynah;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";

/// An answer: its status, its headers, its body.
#[derive(Debug)]
struct Answer {
    status: StatusCode,
    headers: reqwest::header::HeaderMap,
    body: Value,
}

impl Answer {
    async fn of(request: reqwest::RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let body = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap();
        assert_eq!(headers["content-type"], "application/json; charset=utf-8");
        assert_eq!(headers.contains_key("x-mynah-inferred"), !status.is_success());
        Self { status, headers, body }
    }

    #[track_caller]
    fn says(&self, status: u16, message: &str) {
        let expected = if status == 200 { "success" } else { "error" };
        assert_eq!((self.status.as_u16(), &self.body), (status, &json!({"status": expected, "message": message})));
    }

    #[track_caller]
    fn is_bad(&self, message: &str) {
        self.says(400, message);
    }

    /// The id that only a header tells.
    #[track_caller]
    fn message_id(&self) -> String {
        self.headers["x-mynah-message-id"].to_str().unwrap().to_owned()
    }
}

/// A server whose clients are those of a community.
struct Community(Mynah);

impl Community {
    async fn start() -> Self {
        Self(Mynah::start().await)
    }

    async fn start_with(config: Config) -> Self {
        Self(Mynah::start_with(config).await)
    }

    fn url(&self, path: &str) -> String {
        self.0.url(path)
    }

    fn client(&self) -> &Client {
        self.0.client()
    }

    fn engine(&self) -> &Engine {
        self.0.server().engine()
    }

    async fn call(&self, method: Method, path: &str, body: Value) -> Answer {
        let request = self.client().request(method, self.url(path)).bearer_auth("key").body(body.to_string());
        Answer::of(request).await
    }

    async fn get(&self, path: &str) -> Answer {
        Answer::of(self.client().get(self.url(path)).bearer_auth("key")).await
    }

    async fn post(&self, path: &str, body: Value) -> Answer {
        self.call(Method::POST, path, body).await
    }

    async fn user(&self, username: &str) -> Value {
        let answer = self.post("/apis/v1/users", user(username)).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.body["data"].clone()
    }

    /// A new channel of that type; its 24-digit id.
    async fn channel(&self, topic: &str, channel_type: &str) -> String {
        let body = json!({"topic": topic, "channelType": channel_type});
        let answer =
            Answer::of(self.client().post(self.url("/api/v1/channels")).header("x-api-key", "key").json(&body));
        answer.await.body["body"]["_id"].as_str().unwrap().to_owned()
    }

    async fn send(&self, channel: &str, sender: &str, text: &str) -> String {
        let body = json!({"channelId": channel, "sender": sender, "message": text});
        let answer = self.post("/apis/v1/messages/send", body).await;
        answer.says(200, "Message send successfully");
        answer.message_id()
    }

    async fn reply(&self, message: &str, sender: &str, text: &str) -> Answer {
        let body = json!({"messageId": message, "sender": sender, "message": text});
        self.post("/apis/v1/messages/reply", body).await
    }

    async fn texts(&self, query: &str) -> Vec<String> {
        let answer = self.get(&format!("/v1/messages?{query}")).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let messages = answer.body["data"]["messages"].as_array().unwrap();
        messages.iter().map(|message| message["message"].as_str().unwrap().to_owned()).collect()
    }

    /// A user and a channel: what most tests begin with.
    async fn lobby() -> (Self, String) {
        let mynah = Self::start().await;
        mynah.user("maria").await;
        let channel = mynah.channel("Lobby", "open").await;
        (mynah, channel)
    }

    /// Does what no operation of this service can.
    async fn within<T>(&self, verb: impl FnOnce(&mut Application) -> T) -> T {
        let application = ApplicationId::new("mynah").unwrap();
        self.engine().write(&application, |app| Ok::<_, Unavailable>(verb(app))).await.unwrap()
    }
}

fn user(username: &str) -> Value {
    json!({"firstname": "Maria", "lastname": "Silva", "username": username, "displayname": "Maria S",
        "email": format!("{username}@example.test"), "accessLevel": 1, "joinServer": true, "sendEmail": false,
        "emailPassword": false, "customFields": [{"fieldIdorName": "customerid", "value": "CUST-9"}]})
}

fn admin_message(app: &mut Application, channel: &str) -> String {
    let channel = channels::find_by_any(app, channel).unwrap();
    let new = NewMessage { kind: MessageKind::Admin, ..NewMessage::text("", "Welcome") };
    let sent = messages::send(app, &channel, new, SendRules::default()).unwrap();
    messages::object_id(&sent.message).to_string()
}

fn group_of(app: &mut Application, members: &[&str]) -> Arc<Channel> {
    let members = members.iter().map(|member| (*member).to_owned()).collect();
    let members = Invitation { users: members, ..Invitation::default() };
    let new = NewChannel { members, ..NewChannel::new("a-group".into(), ChannelKind::Group) };
    channels::create(app, new).unwrap()
}

#[tokio::test]
async fn channels_are_listed_in_the_order_of_creation() {
    let mynah = Community::start().await;
    let answer = mynah.get("/apis/v1/channels").await;
    assert_eq!(answer.body, json!({"status": "success", "message": "Channels fetched successfully", "data": []}));
    let lobby = mynah.channel("Lobby", "open").await;
    let desk = mynah.channel("Help desk", "forum").await;
    mynah.user("maria").await;
    let group = mynah.within(|app| channels::object_id(&group_of(app, &["maria"])).to_string()).await;
    let answer = mynah.get("/apis/v1/channels").await;
    assert_eq!(
        answer.body["data"],
        json!([{"_id": lobby, "topic": "Lobby", "channelType": "open"},
            {"_id": desk, "topic": "Help desk", "channelType": "forum"},
            {"_id": group, "topic": "", "channelType": "direct"}])
    );
}

#[tokio::test]
async fn a_channel_is_created_in_the_legacy_form() {
    let mynah = Community::start().await;
    let request = mynah.client().post(mynah.url("/api/v1/channels")).header("x-api-key", "key");
    let answer = Answer::of(request.body(r#"{"topic":"Lobby","channelType":"open"}"#)).await;
    assert_eq!(answer.status, 200);
    let text = "Channel has been created successfully";
    assert_eq!(answer.body["meta"], json!({"success": true, "message": text, "devMessage": text}));
    let body = answer.body["body"].as_object().unwrap();
    let keys: Vec<_> = body.keys().map(String::as_str).collect();
    let mut expected =
        ["topic", "permissions", "userId", "serverId", "channelType", "_id", "createdAt", "updatedAt", "__v"];
    let mut sorted = keys.clone();
    sorted.sort_unstable();
    expected.sort_unstable();
    assert_eq!(sorted, expected);
    assert_eq!((&body["topic"], &body["channelType"], &body["__v"]), (&json!("Lobby"), &json!("open"), &json!(0)));
    assert_eq!(body["permissions"], json!([]));
    for id in ["userId", "serverId", "_id"] {
        assert_eq!(body[id].as_str().unwrap().len(), 24, "{id}");
    }
    let created = body["createdAt"].as_str().unwrap();
    assert!(created.len() == 24 && created.ends_with('Z') && created.as_bytes()[19] == b'.', "{created}");

    for (body, message) in [
        (json!({}), "topic is required"),
        (json!({"topic": "Lobby"}), "channelType is required"),
        (json!({"topic": 7, "channelType": "open"}), "topic must be a string"),
        (json!({"topic": "Lobby", "channelType": ["open"]}), "channelType must be a string"),
        (json!({"topic": "x".repeat(10_000), "channelType": "open"}), "topic is longer than 191 characters"),
    ] {
        let answer = mynah.post("/api/v1/channels", body).await;
        let meta = json!({"success": false, "message": message, "devMessage": message});
        assert_eq!((answer.status.as_u16(), answer.body), (400, json!({"meta": meta, "body": {}})));
    }
}

#[tokio::test]
async fn a_message_is_sent_and_found() {
    let (mynah, channel) = Community::lobby().await;
    let id = mynah.send(&channel, "maria", "Build 812 is green").await;
    assert_eq!(id.len(), 24);
    for path in ["/v1/messages", "/apis/v1/messages"] {
        let answer = mynah.get(path).await;
        assert_eq!(answer.body["status"], "success");
        assert_eq!(answer.body["message"], "messages fetched successfully");
        assert_eq!(answer.body["data"]["total"], 1);
        let message = &answer.body["data"]["messages"][0];
        let timestamp = message["timestamp"].as_str().unwrap();
        assert!(timestamp.len() == 24 && timestamp.ends_with('Z'), "{timestamp}");
        assert_eq!(
            *message,
            json!({"id": id, "message": "Build 812 is green",
                "user": {"user_id": "1", "email": "maria@example.test"},
                "channel": {"channel_id": channel, "name": "Lobby"}, "timestamp": timestamp})
        );
    }
}

#[tokio::test]
async fn the_first_form_and_the_gateway_do_the_same() {
    let (mynah, channel) = Community::lobby().await;
    let body = json!({"channelId": channel, "sender": "maria", "message": "hi"});
    for path in ["/apis/v1/messages", "/apis/v1/messages/send", "/v1/messages/send"] {
        let answer = mynah.post(path, body.clone()).await;
        answer.says(200, "Message send successfully");
        let id = answer.message_id();
        for prefix in ["/apis/v1", "/v1"] {
            let reply = json!({"messageId": id, "sender": "maria", "message": "ho"});
            let path = format!("{prefix}/messages/reply");
            mynah.post(&path, reply).await.says(200, "Message reply successfully");
            let reaction = json!({"messageId": id, "sender": "maria", "emoji": ":tada:"});
            let path = format!("{prefix}/messages/react");
            mynah.post(&path, reaction).await.says(200, "Reaction added successfully");
        }
    }
    assert_eq!(mynah.texts("").await.len(), 9);
}

#[tokio::test]
async fn the_sender_is_a_username_or_an_email() {
    let (mynah, channel) = Community::lobby().await;
    let mut other = user("Maria");
    other["email"] = json!("m@example.test");
    assert_eq!(mynah.post("/apis/v1/users", other).await.status, 200);
    for sender in ["maria", "MARIA@Example.test", "Maria"] {
        let body = json!({"channelId": channel, "sender": sender, "message": sender});
        mynah.post("/apis/v1/messages/send", body).await.says(200, "Message send successfully");
    }
    assert_eq!(mynah.texts("user_id=2").await, ["Maria"]);
}

#[tokio::test]
async fn equal_addresses_are_refused_whatever_their_case() {
    let mynah = Community::start().await;
    mynah.user("maria").await;
    let mut other = user("other");
    other["email"] = json!("MARIA@example.test");
    mynah.post("/apis/v1/users", other).await.says(409, "email is taken");
}

#[tokio::test]
async fn a_send_is_refused_for_each_wrong_field() {
    let (mynah, channel) = Community::lobby().await;
    let good = json!({"channelId": channel, "sender": "maria", "message": "hi"});
    for field in ["channelId", "sender", "message"] {
        for empty in [Value::Null, json!(""), json!("  \n")] {
            let mut body = good.clone();
            body[field] = empty;
            mynah.post("/apis/v1/messages/send", body).await.is_bad(&format!("{field} is required"));
        }
        let mut body = good.clone();
        body.as_object_mut().unwrap().remove(field);
        mynah.post("/apis/v1/messages/send", body).await.is_bad(&format!("{field} is required"));
    }
    for field in ["channelId", "sender", "message", "forumTopicId"] {
        for wrong in [json!(1), json!(1.5), json!(true), json!([]), json!({}), json!(1e300)] {
            let mut body = good.clone();
            body[field] = wrong;
            mynah.post("/apis/v1/messages/send", body).await.is_bad(&format!("{field} must be a string"));
        }
        let mut body = good.clone();
        body[field] = json!("a\0b");
        mynah.post("/apis/v1/messages/send", body).await.is_bad(&format!("{field} is invalid"));
    }
    for wrong in [json!("x"), json!([1]), json!([null]), json!({})] {
        let mut body = good.clone();
        body["images"] = wrong;
        mynah.post("/apis/v1/messages/send", body).await.is_bad("images must be an array");
    }
    let send = |channel: &str, sender: &str| {
        mynah.post("/apis/v1/messages/send", json!({"channelId": channel, "sender": sender, "message": "hi"}))
    };
    send("66f0c0de0000000000000011", "maria").await.says(404, "Channel not found");
    send("a_channel-url", "maria").await.says(404, "Channel not found");
    send("a/b", "maria").await.is_bad("channelId is invalid");
    send(&"x".repeat(10_000), "maria").await.is_bad("channelId is invalid");
    send(&channel, "nobody").await.says(404, "User not found");
    send(&channel, "nobody@example.test").await.says(404, "User not found");
    send(&channel, &"x".repeat(10_000)).await.says(404, "User not found");
    assert!(mynah.texts("").await.is_empty());
}

#[tokio::test]
async fn bodies_that_are_no_objects_are_refused() {
    let mynah = Community::start().await;
    let paths = ["send", "reply", "react"].map(|name| format!("/apis/v1/messages/{name}"));
    let others = ["/apis/v1/users", "/apis/v1/users/info"].map(str::to_owned);
    for path in paths.iter().chain(&others) {
        for body in ["{", "[]", "[{}]", "\"x\"", "1", "null", "\u{feff}{}", "{\"a\":1}}", "{'a':1}"] {
            let request = mynah.client().post(mynah.url(path)).bearer_auth("key").body(body.to_owned());
            Answer::of(request).await.is_bad("Body must be a JSON object");
        }
        let deep = format!("{{\"message\":{}{}}}", "[".repeat(10_000), "]".repeat(10_000));
        for body in ["{\"message\":\"\\ud800\"}", &deep] {
            let request = mynah.client().post(mynah.url(path)).bearer_auth("key").body(body.to_owned());
            assert_eq!(Answer::of(request).await.status, 400);
        }
        let request = mynah.client().post(mynah.url(path)).bearer_auth("key").body(" ".repeat(2 << 20));
        Answer::of(request).await.says(413, "Body is longer than 1048576 bytes");
        let request = mynah.client().post(mynah.url(path)).bearer_auth("key");
        assert_eq!(Answer::of(request).await.status, 400);
    }
}

#[tokio::test]
async fn the_content_type_does_not_matter() {
    let (mynah, channel) = Community::lobby().await;
    let body = json!({"channelId": channel, "sender": "maria", "message": "hi"}).to_string();
    for content_type in ["text/plain", "application/x-www-form-urlencoded", "application/json", "nonsense"] {
        let request = mynah.client().post(mynah.url("/apis/v1/messages/send")).bearer_auth("key");
        let answer = Answer::of(request.header("content-type", content_type).body(body.clone())).await;
        answer.says(200, "Message send successfully");
    }
}

#[tokio::test]
async fn a_reply_takes_ids_of_both_shapes() {
    let (mynah, channel) = Community::lobby().await;
    let id = mynah.send(&channel, "maria", "Build 812 is green").await;
    for name in [id.clone(), id.to_uppercase(), "1".to_owned()] {
        mynah.reply(&name, "maria", "On it").await.says(200, "Message reply successfully");
    }
    let id = mynah.reply(&id, "maria", "On it").await.message_id();
    mynah.reply(&id, "maria", "Nested").await.says(200, "Message reply successfully");
    let root = mynah.within(|app| messages::find_by_any(app, "1").unwrap().0).await;
    let nested = mynah.within(|app| messages::find_by_any(app, "6").unwrap().0).await;
    assert_eq!((nested.parent.map(|id| id.0), nested.root), (Some(5), Some(root.id)));
    assert_eq!(mynah.texts("").await, ["Nested", "On it", "On it", "On it", "On it", "Build 812 is green"]);
}

#[tokio::test]
async fn a_reply_is_refused_for_each_wrong_field() {
    let (mynah, channel) = Community::lobby().await;
    let id = mynah.send(&channel, "maria", "hi").await;
    let good = json!({"messageId": id, "sender": "maria", "message": "ho"});
    for field in ["messageId", "sender", "message"] {
        for (wrong, why) in [
            (Value::Null, "is required"),
            (json!(""), "is required"),
            (json!(1), "must be a string"),
            (json!(["x"]), "must be a string"),
            (json!({}), "must be a string"),
            (json!(false), "must be a string"),
            (json!("\0"), "is invalid"),
        ] {
            let mut body = good.clone();
            body[field] = wrong;
            mynah.post("/apis/v1/messages/reply", body).await.is_bad(&format!("{field} {why}"));
        }
    }
    for unknown in ["66f0c0de00000000000000a1", "ffffffffffffffffffffffff", "99", "0", "-1"] {
        mynah.reply(unknown, "maria", "ho").await.says(404, "Message not found");
    }
    let reply_as_nobody = mynah.reply(&id, "nobody", "ho").await;
    reply_as_nobody.says(404, "User not found");
    for malformed in
        ["x", "66f0c0de", &"9".repeat(30), &"a".repeat(10_000), "66f0c0de00000000000000g1", "é", &channel[1..]]
    {
        mynah.reply(malformed, "maria", "ho").await.is_bad("messageId is invalid");
    }
    let before = mynah.texts("").await.len();
    let announcement = mynah.within(|app| admin_message(app, &channel)).await;
    mynah.reply(&announcement, "maria", "ho").await.says(409, "Message does not take replies");
    mynah
        .within(|app| {
            let (message, _) = messages::find_by_any(app, &id).unwrap();
            messages::remove(app, &message);
        })
        .await;
    mynah.reply(&id, "maria", "ho").await.says(404, "Message not found");
    assert_eq!(mynah.texts("").await.len(), before);
}

#[tokio::test]
async fn only_participants_write_in_direct_channels() {
    let mynah = Community::start().await;
    mynah.user("maria").await;
    mynah.user("eve").await;
    let channel = mynah.within(|app| channels::object_id(&group_of(app, &["maria"])).to_string()).await;
    let id = mynah.send(&channel, "maria", "hi").await;
    mynah.send("a-group", "maria", "by its other name").await;
    let refusal = "User is not a participant of the channel";
    let body = json!({"channelId": channel, "sender": "eve", "message": "hi"});
    mynah.post("/apis/v1/messages/send", body).await.says(403, refusal);
    mynah.reply(&id, "eve", "hi").await.says(403, refusal);
    let body = json!({"messageId": id, "sender": "eve", "emoji": ":tada:"});
    mynah.post("/apis/v1/messages/react", body).await.says(403, refusal);
    mynah
        .within(|app| {
            let maria = users::find(app, "maria").unwrap();
            let patch = users::UserPatch {
                active: Some(false),
                stays_when_deactivated: true,
                ..users::UserPatch::default()
            };
            users::update(app, &maria, patch).unwrap();
        })
        .await;
    mynah.reply(&id, "maria", "hi").await.says(403, "User is deactivated");
}

#[tokio::test]
async fn forums_need_a_topic() {
    let (mynah, channel) = Community::lobby().await;
    let forum = mynah.channel("Help desk", "forum").await;
    let send = async |channel: &str, topic: Value| {
        let body = json!({"channelId": channel, "sender": "maria", "message": "hi", "forumTopicId": topic});
        mynah.post("/apis/v1/messages/send", body).await
    };
    for absent in [Value::Null, json!(""), json!(" ")] {
        send(&forum, absent).await.is_bad("forumTopicId is required");
    }
    send(&forum, json!("x".repeat(10_000))).await.is_bad("forumTopicId is longer than 255 characters");
    let in_topic = send(&forum, json!("printers")).await;
    in_topic.says(200, "Message send successfully");
    send(&channel, json!("printers")).await.says(200, "Message send successfully");
    mynah.reply(&in_topic.message_id(), "maria", "ho").await.says(200, "Message reply successfully");
    let topics = mynah
        .within(|app| {
            let topic = |id: &str| messages::find_by_any(app, id).unwrap().0.topic().map(str::to_owned);
            ["1", "2", "3"].map(topic)
        })
        .await;
    assert_eq!(topics, [Some("printers".to_owned()), None, Some("printers".to_owned())]);
}

#[tokio::test]
async fn a_strict_server_knows_topics_keys_and_applications() {
    let mynah =
        Community::start_with(Config { strict: true, tokens: vec!["key".into()], ..Config::default() }).await;
    mynah.get("/apps/another/apis/v1/channels").await.says(401, "API key is invalid");
    let body = json!({"topic": "Lobby", "channelType": "open"});
    let answer = mynah.post("/apps/another/api/v1/channels", body).await;
    assert_eq!(answer.status, 401);
    mynah.user("maria").await;
    mynah
        .within(|app| {
            let mut new = NewChannel::new("help-desk".into(), ChannelKind::Open);
            new.style = "forum".into();
            new.extra.insert("topics".into(), json!(["printers"]));
            channels::create(app, new).unwrap();
            let mut new = NewMessage::text("maria", "hi");
            new.topic = Some("screens".into());
            let channel = channels::find_by_any(app, "help-desk").unwrap();
            messages::send(app, &channel, new, SendRules::default()).unwrap();
        })
        .await;
    for (topic, status) in [("printers", 200), ("screens", 200), ("mice", 404)] {
        let body = json!({"channelId": "help-desk", "sender": "maria", "message": "hi", "forumTopicId": topic});
        let answer = mynah.post("/apis/v1/messages/send", body).await;
        let message = if status == 200 { "Message send successfully" } else { "Forum topic not found" };
        answer.says(status, message);
    }
    let request = mynah.client().get(mynah.url("/apis/v1/channels")).bearer_auth("another");
    Answer::of(request).await.says(401, "API key is invalid");
}

#[tokio::test]
async fn the_same_reaction_again_changes_nothing() {
    let (mynah, channel) = Community::lobby().await;
    mynah.user("joe").await;
    let id = mynah.send(&channel, "maria", "hi").await;
    let react = async |sender: &str, emoji: &str| {
        let body = json!({"messageId": id, "sender": sender, "emoji": emoji});
        mynah.post("/apis/v1/messages/react", body).await
    };
    for (sender, emoji) in [("maria", ":tada:"), ("maria", ":tada:"), ("joe", "tada"), ("joe", "🎉")] {
        react(sender, emoji).await.says(200, "Reaction added successfully");
    }
    let reactions = mynah
        .within(|app| {
            let id = messages::find_by_any(app, &id).unwrap().0.id;
            let of = mynah::chat::reactions::of(app, id);
            of.iter().map(|view| (view.key.to_string(), view.users.len())).collect::<Vec<_>>()
        })
        .await;
    assert_eq!(reactions, [("tada".to_owned(), 2), ("🎉".to_owned(), 1)]);
    for empty in ["", " ", "::", ": :"] {
        react("maria", empty).await.is_bad("emoji is required");
    }
    react("maria", &"x".repeat(10_000)).await.is_bad("emoji is longer than 192 characters");
    react("nobody", ":tada:").await.says(404, "User not found");
    for field in ["messageId", "emoji", "sender"] {
        let good = json!({"messageId": id, "sender": "maria", "emoji": ":tada:"});
        for (wrong, why) in [
            (Value::Null, "is required"),
            (json!(1), "must be a string"),
            (json!([]), "must be a string"),
            (json!({}), "must be a string"),
            (json!(true), "must be a string"),
            (json!("\0"), "is invalid"),
        ] {
            let mut body = good.clone();
            body[field] = wrong;
            mynah.post("/apis/v1/messages/react", body).await.is_bad(&format!("{field} {why}"));
        }
    }
    let body = json!({"messageId": "66f0c0de00000000000000a1", "sender": "maria", "emoji": ":tada:"});
    mynah.post("/apis/v1/messages/react", body).await.says(404, "Message not found");
    let body = json!({"messageId": "?", "sender": "maria", "emoji": ":tada:"});
    mynah.post("/apis/v1/messages/react", body).await.is_bad("messageId is invalid");
}

#[tokio::test]
async fn messages_come_newest_first_and_filtered() {
    let (mynah, lobby) = Community::lobby().await;
    mynah.user("joe").await;
    let desk = mynah.channel("Help desk", "text").await;
    for number in 0..30 {
        let (channel, sender) = if number % 3 == 0 { (&desk, "joe") } else { (&lobby, "maria") };
        mynah.send(channel, sender, &number.to_string()).await;
        // Several messages of one channel in one millisecond are dated a little ahead.
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let wanted = |keep: fn(&i32) -> bool| (0..30).rev().filter(keep).map(|n| n.to_string()).collect::<Vec<_>>();
    assert_eq!(mynah.texts("").await, wanted(|_| true));
    for query in [format!("channel_id={desk}"), "user_id=2".into(), "email=JOE@example.test".into()] {
        assert_eq!(mynah.texts(&query).await, wanted(|n| n % 3 == 0), "{query}");
    }
    let long = mynah.within(|app| users::object_id(&users::find(app, "joe").unwrap()).to_string()).await;
    assert_eq!(mynah.texts(&format!("user_id={long}")).await, wanted(|n| n % 3 == 0));
    assert!(mynah.texts(&format!("user_id=2&channel_id={lobby}")).await.is_empty());
    assert!(mynah.texts("user_id=2&email=maria@example.test").await.is_empty());
    let nothing = "user_id=undefined&email=undefined&channel_id=&count=undefined";
    assert_eq!(mynah.texts(nothing).await, wanted(|_| true));
    let answer = mynah.get("/v1/messages?count=4").await;
    assert_eq!(answer.body["data"]["total"], 30);
    assert_eq!(answer.body["data"]["messages"].as_array().unwrap().len(), 4);
    assert_eq!(mynah.texts("user_id=2&count=2").await, ["27", "24"]);
}

#[tokio::test]
async fn fifty_messages_are_shown_unless_more_are_asked_for() {
    let (mynah, lobby) = Community::lobby().await;
    mynah
        .within(|app| {
            let channel = channels::find_by_any(app, &lobby).unwrap();
            for number in 0..205 {
                let new = NewMessage::text("maria", &number.to_string());
                messages::send(app, &channel, new, SendRules::default()).unwrap();
            }
            for id in [205, 203] {
                let (message, _) = messages::find_by_any(app, &id.to_string()).unwrap();
                messages::remove(app, &message);
            }
        })
        .await;
    let shown = mynah.texts("").await;
    assert_eq!((shown.len(), &*shown[0], &*shown[1]), (50, "203", "201"));
    assert_eq!(mynah.texts("count=200").await.len(), 200);
    let answer = mynah.get("/v1/messages?count=200").await;
    assert_eq!(answer.body["data"]["total"], 203);
}

#[tokio::test]
async fn a_question_for_messages_is_refused_for_each_wrong_value() {
    let mynah = Community::start().await;
    for count in ["0", "-1", "201", "1.5", "x", "99999999999999999999", "1&count=2", "%00"] {
        let answer = mynah.get(&format!("/v1/messages?count={count}")).await;
        let why = if count == "%00" { "is invalid" } else { "must be an integer from 1 to 200" };
        answer.is_bad(&format!("count {why}"));
    }
    mynah.get("/v1/messages?user_id=7").await.says(404, "User not found");
    mynah.get("/v1/messages?email=x@example.test").await.says(404, "User not found");
    mynah.get("/v1/messages?channel_id=66f0c0de0000000000000011").await.says(404, "Channel not found");
    mynah.get("/v1/messages?channel_id=%3F").await.is_bad("channel_id is invalid");
    mynah.get(&format!("/v1/messages?channel_id={}", "x".repeat(10_000))).await.is_bad("channel_id is invalid");
    mynah.get(&format!("/v1/messages?user_id={}", "9".repeat(10_000))).await.says(404, "User not found");
    mynah.get("/v1/messages?user_id=a%00").await.is_bad("user_id is invalid");
}

#[tokio::test]
async fn texts_come_back_as_they_were() {
    let (mynah, channel) = Community::lobby().await;
    let long = "x".repeat(100_000);
    let texts = ["  two\nlines\t ", "👩‍👩‍👧 ẞ ﷽ \u{202e}", "<b>&amp;</b> **md** \"q\" \\", "\u{1}\u{7f}", &*long];
    for text in texts {
        mynah.send(&channel, "maria", text).await;
        assert_eq!(mynah.texts("count=1").await, [text]);
    }
}

#[tokio::test]
async fn announcements_are_shown_without_a_user() {
    let (mynah, channel) = Community::lobby().await;
    mynah.within(|app| admin_message(app, &channel)).await;
    let answer = mynah.get("/v1/messages").await;
    assert_eq!(answer.body["data"]["messages"][0]["user"], json!({"user_id": "", "email": ""}));
}

#[tokio::test]
async fn keys_are_needed() {
    let mynah = Community::start().await;
    let header = |value: &'static str| {
        Answer::of(mynah.client().get(mynah.url("/apis/v1/channels")).header("authorization", value))
    };
    Answer::of(mynah.client().get(mynah.url("/apis/v1/channels"))).await.says(401, "API key is missing");
    for missing in ["", "Bearer", "Bearer ", "Bearer undefined", "Basic a2V5", "key", "Bearer two words"] {
        header(missing).await.says(401, "API key is missing");
    }
    for good in ["Bearer key", "bearer key", "Bearer  key "] {
        assert_eq!(header(good).await.status, 200, "{good}");
    }
    // Keys are looked at before bodies, and routes before keys.
    for path in ["/apis/v1/messages/send", "/apis/v1/messages/upload-image", "/apis/v1/users"] {
        let request = mynah.client().post(mynah.url(path)).body("{");
        Answer::of(request).await.says(401, "API key is missing");
    }
    Answer::of(mynah.client().get(mynah.url("/apis/v1/nothing"))).await.says(404, "Route not found");
}

#[tokio::test]
async fn the_legacy_surface_takes_both_headers() {
    let mynah = Community::start().await;
    let post = || mynah.client().post(mynah.url("/api/v1/channels")).body(r#"{"topic":"a","channelType":"open"}"#);
    assert_eq!(Answer::of(post().header("x-api-key", "key")).await.status, 200);
    assert_eq!(Answer::of(post().bearer_auth("key")).await.status, 200);
    for request in [post(), post().header("x-api-key", ""), post().header("x-api-key", "undefined")] {
        let answer = Answer::of(request).await;
        let meta = json!({"success": false, "message": "API key is missing", "devMessage": "API key is missing"});
        assert_eq!((answer.status.as_u16(), answer.body), (401, json!({"meta": meta, "body": {}})));
    }
    let request = mynah.client().get(mynah.url("/apis/v1/channels")).header("x-api-key", "key");
    Answer::of(request).await.says(401, "API key is missing");
}

#[tokio::test]
async fn configured_keys_are_the_only_ones() {
    let mynah = Community::start_with(Config { tokens: vec!["right".into()], ..Config::default() }).await;
    let get = |key: &str| Answer::of(mynah.client().get(mynah.url("/apis/v1/channels")).bearer_auth(key));
    get("wrong").await.says(401, "API key is invalid");
    assert_eq!(get("right").await.status, 200);

    let mynah = Community::start().await;
    mynah.within(|app| app.change_settings(|settings| settings.tokens = vec!["own".into()])).await;
    let request = |key: &str, body: &'static str| {
        Answer::of(mynah.client().post(mynah.url("/apis/v1/users")).bearer_auth(key).body(body))
    };
    request("wrong", "{").await.says(401, "API key is invalid");
    request("own", "{").await.is_bad("Body must be a JSON object");
    let upload = |key: &str| {
        let form = Form::new().part("images", Part::bytes(PNG).file_name("a.png"));
        mynah.client().post(mynah.url("/apis/v1/messages/upload-image")).bearer_auth(key).multipart(form)
    };
    Answer::of(upload("wrong")).await.says(401, "API key is invalid");
    assert_eq!(Answer::of(upload("own")).await.status, 200);
}

#[tokio::test]
async fn hosts_name_applications() {
    let mynah = Community::start().await;
    let create = |host: &str| {
        let body = json!({"topic": "Lobby", "channelType": "open"}).to_string();
        let request = mynah.client().post(mynah.url("/api/v1/channels")).header("host", host).bearer_auth("key");
        Answer::of(request.body(body))
    };
    assert_eq!(create("one.localhost:8080").await.status, 200);
    assert!(mynah.get("/apis/v1/channels").await.body["data"].as_array().unwrap().is_empty());
    let request = mynah.client().get(mynah.url("/apis/v1/channels")).header("host", "API-ONE.example.test");
    let answer = Answer::of(request.bearer_auth("key")).await;
    assert_eq!(answer.body["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn images_are_kept_and_named() {
    let mynah = Community::start().await;
    for path in ["/apis/v1/messages/upload-image", "/v1/messages/upload-image"] {
        let form = Form::new()
            .part("images", Part::bytes(PNG).file_name("chart 1/ü.png").mime_str("image/png").unwrap())
            .part("images", Part::bytes(PNG).file_name("..").mime_str("application/octet-stream").unwrap())
            .part("other", Part::bytes(b"x".as_slice()).file_name("x.txt"))
            .text("note", "x");
        let request = mynah.client().post(mynah.url(path)).bearer_auth("key").multipart(form);
        let answer = Answer::of(request).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let images = answer.body.as_array().unwrap();
        assert_eq!(images.len(), 2);
        let (first, second) = (&images[0], &images[1]);
        let url = first["url"].as_str().unwrap();
        let hash = url.split('/').nth_back(1).unwrap();
        assert_eq!(hash.len(), 64);
        assert_eq!(url, mynah.url(&format!("/_mynah/files/mynah/{hash}/chart%201%2F%C3%BC.png")));
        assert_eq!(
            *first,
            json!({"id": &hash[..24], "name": "chart 1/ü.png", "url": url, "type": "image/png", "size": PNG.len()})
        );
        assert_eq!((&second["name"], &second["type"]), (&json!("image"), &json!("image/png")));
        let fetched = mynah.client().get(url).send().await.unwrap();
        assert_eq!((fetched.status().as_u16(), &*fetched.bytes().await.unwrap()), (200, PNG));
        assert!(mynah.within(|app| app.files.contains(hash)).await);
    }
}

#[tokio::test]
async fn an_upload_is_refused_for_each_wrong_form() {
    let mynah = Community::start().await;
    let path = "/apis/v1/messages/upload-image";
    let request = || mynah.client().post(mynah.url(path)).bearer_auth("key");
    let form = |form: Form| Answer::of(request().multipart(form));
    let file = |field: &'static str, name: &'static str, bytes: Vec<u8>, media_type: &str| {
        Form::new().part(field, Part::bytes(bytes).file_name(name).mime_str(media_type).unwrap())
    };
    form(Form::new().text("images", "x")).await.is_bad("images is required");
    form(file("image", "a.png", PNG.into(), "image/png")).await.is_bad("images is required");
    form(file("images", "", Vec::new(), "application/octet-stream")).await.is_bad("images is required");
    form(file("images", "a.txt", b"hello".into(), "text/plain")).await.is_bad("images must be image files");
    form(file("images", "a.png", Vec::new(), "image/png")).await.is_bad("images must be image files");
    let mut large = PNG.to_vec();
    large.resize((10 << 20) + 1, 0);
    let answer = form(file("images", "a.png", large, "image/png")).await;
    answer.says(413, "images must not be longer than 10485760 bytes each");
    let answer = form(file("images", "a.png", vec![0; 31 << 20], "image/png")).await;
    answer.says(413, "Body is longer than 31457280 bytes");
    Answer::of(request()).await.is_bad("images is required");
    Answer::of(request().body("[")).await.is_bad("Body must be a JSON object");
    let head = "multipart/form-data; boundary=b";
    for cut in ["", "--b\r\ncontent-disposition: form-data; name=\"images\"; filename=\"a\"\r\n\r\nxx", "--b"] {
        let answer = Answer::of(request().header("content-type", head).body(cut)).await;
        answer.is_bad("Body must be a complete multipart form");
    }
    let answer = Answer::of(request().header("content-type", "multipart/form-data").body("x")).await;
    answer.is_bad("Body must be a complete multipart form");
    assert!(mynah.within(|app| app.files.is_empty()).await);
}

#[tokio::test]
async fn images_ride_along() {
    let (mynah, channel) = Community::lobby().await;
    let body =
        json!({"channelId": channel, "sender": "maria", "message": "hi", "images": ["https://example.test/a"]});
    mynah.post("/apis/v1/messages/send", body).await.says(200, "Message send successfully");
    let extra = mynah.within(|app| messages::find_by_any(app, "1").unwrap().0.details.clone().unwrap().extra).await;
    assert_eq!(extra["returning_ai"], json!({"images": ["https://example.test/a"]}));
}

#[tokio::test]
async fn a_user_is_created_and_described() {
    let (mynah, channel) = Community::lobby().await;
    let created = mynah.post("/apis/v1/users", user("joe")).await;
    let long = created.body["data"]["_id"].as_str().unwrap();
    assert_eq!(long.len(), 24);
    assert_eq!(
        created.body,
        json!({"status": "success", "message": "User created successfully",
            "data": {"_id": long, "id": "2", "username": "joe", "email": "joe@example.test"}})
    );
    let id = mynah.send(&channel, "joe", "hi").await;
    mynah.reply(&id, "joe", "ho").await.says(200, "Message reply successfully");
    let body = json!({"messageId": id, "sender": "joe", "emoji": ":tada:"});
    mynah.post("/apis/v1/messages/react", body).await.says(200, "Reaction added successfully");
    for name in ["2", "JOE@example.test", long, "joe"] {
        let answer = mynah.post("/apis/v1/users/info", json!({"idOrEmail": name})).await;
        assert_eq!(
            answer.body,
            json!({"status": "success", "data": {"userId": "2", "username": "joe", "xp": 0, "coins": 0,
                "roles": ["@all"], "highestRole": "@all", "firstName": "Maria", "lastName": "Silva",
                "xpEarnedToday": 0, "coinsEarnedToday": 0, "language": "English", "totalMessages": 2,
                "totalReactions": 1, "visitCount": 0, "replySent": 1, "timeSpent": 0, "loginStreak": 0,
                "customFields": {"customerid": "CUST-9"}, "_id": long}})
        );
    }
}

#[tokio::test]
async fn a_user_is_refused_for_each_wrong_field() {
    let mynah = Community::start().await;
    mynah.user("maria").await;
    mynah.post("/apis/v1/users", user("maria")).await.says(409, "username is taken");
    let create = async |field: &str, value: Value| {
        let mut body = user("joe");
        body[field] = value;
        mynah.post("/apis/v1/users", body).await
    };
    for field in ["firstname", "lastname", "username", "displayname", "email"] {
        create(field, Value::Null).await.is_bad(&format!("{field} is required"));
        create(field, json!(" ")).await.is_bad(&format!("{field} is required"));
    }
    for (fields, wrong, why) in [
        (
            &[
                "firstname",
                "lastname",
                "username",
                "displayname",
                "email",
                "password",
                "confirmPassword",
                "emailTemplate",
                "externalId",
                "referral",
            ][..],
            [json!(1), json!([]), json!({}), json!(true)],
            "must be a string",
        ),
        (&["accessLevel"], [json!("x"), json!(1.5), json!(1e30), json!([])], "must be an integer"),
        (
            &["joinServer", "emailPassword", "sendEmail"],
            [json!("yes"), json!(1), json!([]), json!({})],
            "must be a boolean",
        ),
        (&["customFields"], [json!("x"), json!(1), json!({}), json!([1])], "must be an array"),
    ] {
        for field in fields {
            for wrong in &wrong {
                create(field, wrong.clone()).await.is_bad(&format!("{field} {why}"));
            }
        }
    }
    for wrong in ["maria", "@", "a@", "@b", "a b@c", "a@b@c", &format!("a@{}", "b".repeat(10_000))] {
        create("email", json!(wrong)).await.is_bad("email is invalid");
    }
    create("username", json!("x\0")).await.is_bad("username is invalid");
    create("username", json!("x".repeat(10_000))).await.is_bad("username is longer than 80 characters");
    create("displayname", json!("x".repeat(10_000))).await.is_bad("displayname is longer than 80 characters");
    create("password", json!("secret")).await.is_bad("confirmPassword is not the password");
    create("customFields", json!([{"value": 1}])).await.is_bad("fieldIdorName is required");
    let mut body = user("joe");
    (body["password"], body["confirmPassword"]) = (json!("secret"), json!("secret"));
    assert_eq!(mynah.post("/apis/v1/users", body).await.status, 200);
    let extra = mynah.within(|app| users::find(app, "joe").unwrap().extra.clone()).await;
    assert!(!format!("{extra:?}").contains("secret"));
}

#[tokio::test]
async fn a_question_for_a_user_is_refused_for_each_wrong_value() {
    let mynah = Community::start().await;
    let info = async |value: Value| mynah.post("/apis/v1/users/info", json!({"idOrEmail": value})).await;
    info(Value::Null).await.is_bad("idOrEmail is required");
    info(json!("")).await.is_bad("idOrEmail is required");
    info(json!("a\0")).await.is_bad("idOrEmail is invalid");
    for wrong in [json!(1), json!([]), json!({}), json!(true)] {
        info(wrong).await.is_bad("idOrEmail must be a string");
    }
    for unknown in ["1", "x@example.test", "66f0c0de0000000000000c01", &"9".repeat(10_000)] {
        info(json!(unknown)).await.says(404, "User not found");
    }
}

#[tokio::test]
async fn what_is_not_served_says_so() {
    let mynah = Community::start().await;
    let answer = mynah.post("/apis/v1/users/manage", json!({})).await;
    answer.says(501, "Mynah does not serve this operation yet: POST /apis/v1/users/manage");
    assert_eq!(answer.headers["x-mynah"], "not-served");
    let message = "Mynah does not serve this operation yet: GET /v1/leaderboards/7";
    let answer = mynah.get("/v1/leaderboards/7").await;
    let body = json!({"meta": {"status": "error", "statusCode": 501}, "message": message});
    assert_eq!((answer.status.as_u16(), answer.body), (501, body));
    let message = "Mynah does not serve this operation yet: GET /api/v1/roles/7";
    let answer = mynah.get("/api/v1/roles/7").await;
    let meta = json!({"success": false, "message": message, "devMessage": message});
    assert_eq!((answer.status.as_u16(), answer.body), (501, json!({"meta": meta, "body": {}})));
}

#[tokio::test]
async fn unknown_paths_and_methods_are_refused_in_the_form_of_the_service() {
    let mynah = Community::start().await;
    for (method, path) in [
        (Method::GET, "/apis/v1/nothing"),
        (Method::DELETE, "/apis/v1/channels"),
        (Method::PUT, "/v1/messages"),
        (Method::GET, "/apis/v1/messages/send"),
        (Method::POST, "/apis/v1/channels%2F"),
        (Method::GET, "/nothing"),
    ] {
        mynah.call(method, path, json!({})).await.says(404, "Route not found");
    }
    let answer = mynah.get("/api/v1/nothing").await;
    let meta = json!({"success": false, "message": "Route not found", "devMessage": "Route not found"});
    assert_eq!((answer.status.as_u16(), answer.body), (404, json!({"meta": meta, "body": {}})));
}

#[tokio::test]
async fn paths_of_the_samples_are_understood() {
    let mynah = Community::start().await;
    for path in ["//apis//v1/channels", "/apis/v1/channels/", "/apps/other//apis/v1/channels/"] {
        assert_eq!(mynah.get(path).await.status, 200, "{path}");
    }
}

#[test]
fn paths_are_told_apart() {
    use mynah::dialects::returning_ai::speaks;
    for ours in [
        "/apis/v1/channels",
        "/v1/messages",
        "/api/v1/channels",
        "/api/secureAuth",
        "/v2/api/x",
        "/widget/7/signin",
        "/management/communities/7",
        "/communities/7/appearance",
        "/apis",
    ] {
        assert!(speaks(ours), "{ours}");
    }
    for other in ["/v3/users", "/", "/_mynah/health", "/v10/x", "/apisv1", "/v1x", "", "/widgets", "/api/v3"] {
        assert!(!speaks(other), "{other}");
    }
}
