//! An application in which there is something of everything.

use reqwest::{
    Method,
    multipart::{Form, Part},
};
use serde_json::{Value, json};

use super::{Mynah, answer, socket::Socket};

impl Mynah {
    /// Puts something into every table of an application that has no more than settings, and tells what its
    /// address of the uploaded file is. The socket that is opened for it is Ada's.
    pub async fn fill(&self, application: &str) -> (String, Socket) {
        let at = |path: &str| format!("/apps/{application}/v3{path}");
        let post = async |path: &str, body: Value| self.post(&at(path), body).await.ok();
        let put = async |path: &str, body: Value| self.put(&at(path), body).await.ok();
        for id in ["ada", "bo", "cy"] {
            post("/users", json!({ "user_id": id, "nickname": id, "profile_url": "" })).await;
        }
        let webhooks = self.client().put(self.url(&format!("/apps/{application}/_mynah/webhooks")));
        answer(webhooks.json(&json!({}))).await.ok();
        let settings = json!({
            "profanity_filter": { "keywords": "darn", "type": 1 },
            "profanity_triggered_moderation": { "count": 5, "duration": 60, "action": 1 },
        });
        put("/applications/settings_global", settings).await;
        post("/applications/settings_by_channel_custom_type", json!({ "custom_type": "news" })).await;
        post("/group_channels", json!({ "channel_url": "lobby", "user_ids": ["ada", "bo", "cy"] })).await;
        post("/open_channels", json!({ "channel_url": "square" })).await;
        let say = async |mut body: Value| {
            body["user_id"] = json!("ada");
            let sent = post("/group_channels/lobby/messages", body).await;
            (sent["message_id"].as_i64().expect("a message has an id"), sent)
        };
        let (first, _) = say(json!({ "message": "Hello, darn it", "dedup_id": "once" })).await;
        say(json!({ "message": "Hello yourself", "parent_message_id": first })).await;
        let message = format!("/group_channels/lobby/messages/{first}");
        post(&format!("{message}/reactions"), json!({ "user_id": "bo", "reaction": "smile" })).await;
        post(&format!("{message}/pin"), json!({})).await;
        put(&format!("{message}/thread_push"), json!({ "user_id": "ada", "push_enabled": false })).await;
        let category = json!({ "emoji_categories": [{ "name": "cats", "url": "https://example.org/cats.png" }] });
        let category = post("/emoji_categories", category).await["emoji_categories"][0]["id"].clone();
        let emoji = json!({ "key": "purr", "url": "https://example.org/purr.png" });
        post("/emojis", json!({ "emoji_category_id": category, "emojis": [emoji] })).await;
        post("/group_channels/lobby/mute", json!({ "user_id": "bo", "seconds": 600 })).await;
        post("/users/ada/block", json!({ "target_id": "cy" })).await;
        let types = json!({ "channel_custom_types": ["news"] });
        post("/users/ada/operating_channel_custom_types", types).await;
        let report = json!({ "report_category": "spam", "reporting_user_id": "ada" });
        post("/report/group_channels/lobby", report).await;
        let now = self.get(&at("/users/ada")).await.ok()["created_at"].as_i64().expect("a moment") * 1000;
        let later = json!({
            "message_type": "MESG", "user_id": "ada", "message": "Later", "scheduled_at": now + 3_600_000,
        });
        post("/group_channels/lobby/scheduled_messages", later).await;
        let step = json!({ "as": "bo", "do": "read", "channel": "lobby", "after": "1h" });
        self.post(&format!("/apps/{application}/_mynah/actors"), step).await.ok();
        let poll = post("/polls", json!({ "title": "Tea?", "options": ["Yes", "No"] })).await;
        say(json!({ "message": "Tea?", "poll_id": poll["id"] })).await;
        let vote = json!({ "user_id": "bo", "option_ids": [poll["options"][0]["id"]] });
        put(&format!("/polls/{}/vote", poll["id"]), vote).await;
        post("/users/ada/token", json!({})).await;
        put("/users/ada/push_preference", json!({ "push_trigger_option": "off" })).await;
        post("/users/ada/push/gcm", json!({ "gcm_reg_token": "phone" })).await;
        post("/users/ada/friends", json!({ "user_ids": ["bo"] })).await;
        let fault = json!({ "operation": "listBots", "status": 503 });
        self.post(&format!("/apps/{application}/_mynah/faults"), fault).await.ok();
        put("/group_channels/lobby/leave", json!({ "user_ids": ["cy"] })).await;
        let file = Part::bytes(b"words".to_vec()).file_name("note.txt").mime_str("text/plain").expect("a type");
        let form = Form::new().text("message_type", "FILE").text("user_id", "ada").part("file", file);
        let path = at("/group_channels/lobby/messages");
        let sent = answer(self.sendbird(Method::POST, &path).multipart(form)).await.ok();
        let url = sent["file"]["url"].as_str().or(sent["url"].as_str()).expect("a file has an address").to_owned();
        let path = format!("ws://{}/?p=JS&user_id=ada&ai={application}", self.address());
        let socket = Socket::open(&path, Some("%7B%7D")).await;
        assert!(socket.login.get("error").is_none(), "{}", socket.login);
        (url, socket)
    }
}
