//! Two clients that do anything at random, each of which knows only what it hears, end up with what the
//! server has.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Mynah, answer, dice::Dice, socket::Socket};

const ROOM: &str = "room";
const EMOJIS: [&str; 3] = ["joy", "tada", "eyes"];

/// A message as a client knows it.
#[derive(Clone, Debug, Default, PartialEq)]
struct Known {
    text: String,
    replies: u64,
    reactions: BTreeSet<(String, String)>,
}

/// What a client knows of the room by what it has heard.
#[derive(Default)]
struct Memory {
    messages: BTreeMap<i64, Known>,
    read: BTreeMap<String, i64>,
    members: i64,
    frozen: bool,
    metadata: BTreeMap<String, String>,
}

impl Memory {
    fn hear(&mut self, code: &str, frame: &Value) {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let message = || frame["msg_id"].as_i64().expect("a message has an id");
        match code {
            "MESG" => {
                let new = Known { text: text(&frame["message"]), ..Known::default() };
                self.messages.insert(message(), new);
            }
            "MEDI" => {
                let known = self.messages.get_mut(&message()).expect("an edited message is known");
                known.text = text(&frame["message"]);
            }
            "DELM" => drop(self.messages.remove(&message())),
            "MTHD" => {
                let parent = frame["parent_message_id"].as_i64().expect("a thread has a parent");
                let replies = frame["thread_info"]["reply_count"].as_u64().expect("a thread counts");
                if let Some(parent) = self.messages.get_mut(&parent) {
                    parent.replies = replies;
                }
            }
            "MRCT" => {
                let Some(known) = self.messages.get_mut(&message()) else { return };
                let reaction = (text(&frame["reaction"]), text(&frame["user_id"]));
                if frame["operation"] == "ADD" {
                    known.reactions.insert(reaction);
                } else {
                    known.reactions.remove(&reaction);
                }
            }
            "READ" => {
                let at = frame["ts"].as_i64().expect("a receipt has a moment");
                self.read.insert(text(&frame["user"]["user_id"]), at);
            }
            "SYEV" => self.hear_of_the_channel(frame),
            _ => {}
        }
    }

    fn hear_of_the_channel(&mut self, event: &Value) {
        let data = &event["data"];
        match event["cat"].as_i64() {
            Some(10_000 | 10_001) => self.members = data["member_count"].as_i64().expect("a count"),
            Some(10_700 | 10_701) => self.frozen = data["freeze"].as_bool().expect("a flag"),
            Some(11_100) => {
                for changed in ["created", "updated"] {
                    for (key, value) in data[changed].as_object().into_iter().flatten() {
                        self.metadata.insert(key.clone(), value.as_str().expect("a text").to_owned());
                    }
                }
                for key in data["deleted"].as_array().into_iter().flatten() {
                    self.metadata.remove(key.as_str().expect("a key"));
                }
            }
            _ => {}
        }
    }
}

struct Person {
    name: &'static str,
    socket: Socket,
    memory: Memory,
}

impl Person {
    async fn at(mynah: &Mynah, name: &'static str) -> Self {
        let memory = Memory { members: 2, ..Memory::default() };
        Self { name, socket: mynah.connect(name).await, memory }
    }

    /// Commands something, and hears the answer as it would an event.
    async fn does(&mut self, code: &str, body: Value) -> Option<i64> {
        let (found, answer) = self.socket.ask(code, body).await;
        if found == "EROR" {
            return None;
        }
        self.memory.hear(code, &answer);
        answer["msg_id"].as_i64()
    }

    /// Asks over HTTP, as its user; what comes of it is heard on the socket.
    async fn asks(&self, mynah: &Mynah, method: Method, path: &str, body: Value) {
        let url = mynah.url(&format!("/v3/group_channels/{ROOM}{path}"));
        let request = mynah.client().request(method, url).header("Session-Key", self.socket.key());
        let status = answer(request.json(&body)).await.status;
        assert!(status == 200 || status == 400, "{status} {path}");
    }

    async fn catches_up(&mut self) {
        for (code, frame) in self.socket.heard().await {
            self.memory.hear(&code, &frame);
        }
    }
}

/// The room as the server has it.
async fn truth(mynah: &Mynah) -> Memory {
    let path = format!(
        "/v3/group_channels/{ROOM}/messages?message_ts=0&prev_limit=0&next_limit=200&include_reply_type=all&include_thread_info=true&include_reactions=true"
    );
    let mut memory = Memory::default();
    for message in mynah.get(&path).await.ok()["messages"].as_array().expect("a list") {
        let reactions = message["reactions"].as_array().into_iter().flatten().flat_map(|reaction| {
            let key = reaction["key"].as_str().expect("a key").to_owned();
            let users = reaction["user_ids"].as_array().expect("users").iter();
            users.map(move |user| (key.clone(), user.as_str().expect("a user").to_owned()))
        });
        let known = Known {
            text: message["message"].as_str().expect("a text").to_owned(),
            replies: message["thread_info"]["reply_count"].as_u64().unwrap_or(0),
            reactions: reactions.collect(),
        };
        memory.messages.insert(message["message_id"].as_i64().expect("an id"), known);
    }
    let path = format!("/v3/group_channels/{ROOM}?show_read_receipt=true&show_member=true&show_metadata=true");
    let channel = mynah.get(&path).await.ok();
    memory.members = channel["member_count"].as_i64().expect("a count");
    memory.frozen = channel["freeze"].as_bool().expect("a flag");
    memory.metadata = serde_json::from_value(channel["metadata"].clone()).expect("texts by key");
    memory.read = serde_json::from_value(channel["read_receipt"].clone()).expect("moments by user");
    memory
}

#[tokio::test]
async fn two_clients_under_random_operations_end_in_the_state_of_the_server() {
    for seed in 1..=6 {
        let mynah = Mynah::start().await;
        mynah.with_group(ROOM, &["ada", "bo"]).await;
        mynah.with_users(&["cy"]).await;
        let mut people = [Person::at(&mynah, "ada").await, Person::at(&mynah, "bo").await];
        let mut dice = Dice(seed);
        let mut sent: Vec<i64> = Vec::new();
        for step in 0..120 {
            let person = &mut people[dice.roll(2)];
            let one = sent.get(dice.roll(sent.len().max(1))).copied().unwrap_or(1);
            let text = format!("{seed}/{step}");
            match dice.roll(12) {
                0..=2 => {
                    let body = json!({ "channel_url": ROOM, "message": text });
                    sent.extend(person.does("MESG", body).await);
                }
                3 | 4 => {
                    let body = json!({ "channel_url": ROOM, "message": text, "parent_message_id": one });
                    sent.extend(person.does("MESG", body).await);
                }
                5 => {
                    let edit = json!({ "channel_url": ROOM, "msg_id": one, "message": text });
                    person.does("MEDI", edit).await;
                }
                6 => person.asks(&mynah, Method::DELETE, &format!("/messages/{one}"), json!({})).await,
                7 | 8 => {
                    let path = format!("/messages/{one}/reactions");
                    let method = if dice.roll(3) == 0 { Method::DELETE } else { Method::POST };
                    let reaction = EMOJIS[dice.roll(EMOJIS.len())];
                    person
                        .asks(&mynah, method, &path, json!({ "user_id": person.name, "reaction": reaction }))
                        .await;
                }
                9 => drop(person.does("READ", json!({ "channel_url": ROOM })).await),
                10 => {
                    let key = EMOJIS[dice.roll(EMOJIS.len())];
                    let path = format!("/v3/group_channels/{ROOM}/metadata/{key}");
                    if dice.roll(3) == 0 {
                        mynah.delete(&path).await;
                    } else {
                        mynah.put(&path, json!({ "value": text, "upsert": true })).await.ok();
                    }
                }
                _ => {
                    let path = format!("/v3/group_channels/{ROOM}");
                    match dice.roll(3) {
                        0 => drop(mynah.post(&format!("{path}/invite"), json!({ "user_ids": ["cy"] })).await),
                        1 => drop(mynah.put(&format!("{path}/leave"), json!({ "user_ids": ["cy"] })).await),
                        // Thawed at once, or nobody could write any more.
                        _ => {
                            for freeze in [true, false] {
                                mynah.put(&format!("{path}/freeze"), json!({ "freeze": freeze })).await.ok();
                            }
                        }
                    }
                }
            }
        }
        let truth = truth(&mynah).await;
        assert!(truth.messages.len() > 10, "{:?}", truth.messages);
        for person in &mut people {
            person.catches_up().await;
            let (name, memory) = (person.name, &person.memory);
            assert_eq!(memory.messages, truth.messages, "{name}, seed {seed}");
            assert_eq!(memory.members, truth.members, "{name}, seed {seed}");
            assert_eq!(memory.frozen, truth.frozen, "{name}, seed {seed}");
            assert_eq!(memory.metadata, truth.metadata, "{name}, seed {seed}");
            for (user, at) in &memory.read {
                assert!(truth.read[user] >= *at, "{name} heard that {user} has read more than is so, seed {seed}");
            }
        }
    }
}
