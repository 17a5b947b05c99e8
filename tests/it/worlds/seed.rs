//! The seed, planted while the server runs.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Mynah, answer};

const WORLD: &str = "
seed: 7
clock: { mode: frozen, at: 2026-01-01T00:00:00Z }
settings: { max_message_length: 800 }
users:
  - { id: ada, nickname: Ada }
  - { id: bo }
  - { id: cy }
channels:
  - id: lobby
    members: [ada, bo, cy]
    operators: [ada]
    generate: { messages: 500, replies: 0.2, reactions: 0.5, over: 30d }
    messages:
      - { from: ada, text: Written, replies: [{ from: bo, text: Read }] }
  - id: plaza
    kind: open
    generate: { messages: 20 }
";

async fn plant(mynah: &Mynah, application: &str, content_type: &str, text: impl Into<String>) -> Answer {
    let request = mynah.sendbird(Method::POST, &format!("/apps/{application}/_mynah/seed"));
    answer(request.header("Content-Type", content_type).body(text.into())).await
}

/// All of an application as a file.
async fn export(mynah: &Mynah, application: &str) -> String {
    mynah.post("/_mynah/snapshots", json!({ "application": application, "name": "export" })).await.ok();
    mynah.get("/_mynah/snapshots/export").await.text
}

#[tokio::test]
async fn the_same_seed_makes_the_same_bytes_in_yaml_and_in_json() {
    let mut files = Vec::new();
    let world: Value = serde_norway::from_str(WORLD).unwrap();
    let pretty = serde_json::to_string_pretty(&world).unwrap().replace("  ", "\t");
    for (content_type, text) in
        [("application/yaml", WORLD.to_owned()), ("application/json", pretty), ("", world.to_string())]
    {
        let mynah = Mynah::start().await;
        let planted = plant(&mynah, "one", content_type, text).await.ok();
        assert_eq!(planted["application"], "one");
        let rows = &planted["planted"];
        assert_eq!((&rows["users"], &rows["channels"], &rows["members"]), (&json!(3), &json!(2), &json!(3)));
        assert_eq!(rows["messages"], 522);
        assert!((250..700).contains(&rows["reactions"].as_i64().unwrap()), "{rows}");
        files.push(export(&mynah, "one").await);
        if files.len() == 1 {
            looks_like_it(&mynah).await;
        }
    }
    assert!(files.iter().all(|file| *file == files[0]), "the files differ");
    assert_eq!(files[0].lines().filter(|line| line.contains("\"mynah\":\"snapshot\"")).count(), 1);
    let mynah = Mynah::start().await;
    plant(&mynah, "one", "", WORLD.replace("seed: 7", "seed: 8")).await.ok();
    assert_ne!(export(&mynah, "one").await, files[0]);
}

async fn looks_like_it(mynah: &Mynah) {
    let mut all: Vec<Value> = Vec::new();
    loop {
        let from = all
            .last()
            .map_or("message_ts=0".to_owned(), |last| format!("message_id={}&include=false", last["message_id"]));
        let list = format!(
            "/apps/one/v3/group_channels/lobby/messages?{from}&prev_limit=0&next_limit=200&include_reply_type=all\
             &include_reactions=true&include_thread_info=true"
        );
        let page = mynah.get(&list).await.ok();
        let page = page["messages"].as_array().unwrap().clone();
        if page.is_empty() {
            break;
        }
        all.extend(page);
    }
    assert_eq!(all.len(), 502);
    let replies = all.iter().filter(|one| one.get("parent_message_id").is_some()).count();
    assert!((60..150).contains(&replies), "{replies}");
    let moments: Vec<_> = all.iter().map(|one| one["created_at"].as_i64().unwrap()).collect();
    assert!(moments.is_sorted());
    let begin = 1_767_225_600_000 - 30 * 86_400_000_i64;
    assert!((begin..begin + 1000).contains(&moments[0]), "{}", moments[0]);
    assert!(all.iter().any(|one| one["reactions"].as_array().is_some_and(|list| list.len() > 1)));
    let settings = mynah.get("/_mynah/applications/one").await.ok();
    assert_eq!((&settings["settings"]["max_message_length"], &settings["seed"]), (&json!(800), &json!(7)));
    assert_eq!(settings["clock"]["mode"], "frozen");
}

#[tokio::test]
async fn what_is_wrong_is_told_by_line_and_field_and_nothing_is_planted() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    mynah.put("/_mynah/clock", json!({ "mode": "frozen", "at": 1_767_225_600_000_i64 })).await.ok();
    let before = export(&mynah, "mynah").await;
    for (text, line, field) in [
        ("users:\n  - id: cy\n    age: 36\n", "line 3", "age"),
        ("users:\n  - id: cy\n  - nickname: x\n", "line 3", "id"),
        ("users:\n  - id: cy\n    nickname: [x]\n", "line 3", "users[0].nickname"),
        ("users:\n  - id: cy\n  - id: ada\n", "line 3", "users[1].id: user ada: the user id is taken"),
        ("users:\n  - id: cy\n  - {", "line ", ""),
        ("users:\n  - id: cy\nsettings:\n  wings: 2\n", "line 4", "settings.wings is unknown"),
        ("users:\n  - id: cy\nclock: {mode: late}\n", "line 3", "clock: clock.mode is invalid"),
        ("users:\n  - id: cy\nseed: -5\n", "line 3", "seed"),
        ("users:\n  - id: cy\nchannels:\n  - id: x\n", "line 4", "channels[0].id: channel x"),
        (
            "users:\n  - id: cy\nchannels:\n  - id: cafe\n    members: [cy]\n    messages:\n      - {from: cy, text: a}\n      - from: eve\n        text: b\n",
            "line 8",
            "channels[0].messages[1].from: there is no user eve",
        ),
        (
            "users:\n  - id: cy\nchannels:\n  - id: cafe\n    members:\n      - cy\n      - eve\n",
            "line 7",
            "channels[0].members[1]: there is no user eve",
        ),
        (
            "users:\n  - id: cy\nchannels:\n  - id: cafe\n    members: [cy]\n    style: fourm\n",
            "line 6",
            "channels[0].style: an open channel is one of open, forum",
        ),
        (
            "users:\n  - id: cy\nchannels:\n  - id: cafe\n    kind: open\n    messages:\n      - {from: cy, text: a, at: 2025-12-31,\n        replies: [{from: cy, text: b,\n          at: 2025-12-30}]}\n",
            "line 9",
            "channels[0].messages[0].replies[0].at: a reply must not be older",
        ),
        (
            "users:\n  - id: cy\nchannels:\n  - id: cafe\n    kind: open\n    messages:\n      - {from: cy, text: a, at: soon}\n",
            "line 7",
            "it must be milliseconds since 1970 or a date",
        ),
        (
            "users:\n  - id: cy\nwebhooks:\n  - id: a\n  - id: b\n    urll: x\n",
            "line 5",
            "webhooks[1]: webhooks.urll",
        ),
        ("users:\n  - id: cy\nwebhooks:\n  - id: a\n  - id: a b\n", "line 5", "webhooks[1]: id is invalid"),
        ("users:\n  - id: cy\nkeys: ['']\n", "line 3", "keys"),
        (
            "users:\n  - id: cy\nchannels:\n  - id: cafe\n    members: [cy]\n    generate:\n      messages: 5\n      replies: 7\n",
            "line 7",
            "channels[0].generate: channel cafe: replies is a share from 0 to 1",
        ),
        (
            "users:\n  - id: cy\nchannels:\n  - id: cafe\n    members: [cy]\n    generate: {messages: 500000}\n",
            "line 6",
            "messages is larger than 100000",
        ),
        (
            "users:\n  - id: cy\nchannels:\n  - id: cafe\n    members: [cy]\n    generate: {messages: 5, over: ages}\n",
            "line 6",
            "over is invalid",
        ),
        ("{\"users\": [\n{\"id\": \"cy\"},\n{\"id\": 5}]}", "line 3", "users[1].id"),
        ("{\"users\": [\n{\"id\": \"cy\"},\n{\"id\": \"bo\"}]}", "line 3", "users[1].id: user bo"),
        ("- a list", "", "expected an object"),
        ("keys: []\nuserz: []\n", "line 2", "unknown field `userz`"),
        ("users:\n  - id: cy\nusers: []\n", "line 3", "duplicate field `users`"),
        ("users: [5]", "line 1", "users[0]: invalid type: integer `5`, expected an object"),
        ("users: five", "line 1", "users: invalid type: string \"five\", expected a list"),
    ] {
        let refused = plant(&mynah, "mynah", "", text).await;
        let said = refused.body["error"].as_str().unwrap_or_default();
        assert!(refused.status == 400 && said.contains(line) && said.contains(field), "{text}: {}", refused.text);
    }
    let refused = plant(&mynah, "mynah", "application/json", "users: [").await;
    assert!(refused.status == 400 && refused.text.contains("as Content-Type says"), "{}", refused.text);
    // YAML is meant as it is, whatever it is sent as.
    plant(&mynah, "other", "application/json", "users: [{id: ada}]").await.ok();
    let refused = plant(&mynah, "mynah", "", "application: a/b").await;
    assert!(refused.text.contains("application is invalid: it has up to 100"), "{}", refused.text);
    let refused = plant(&mynah, "mynah", "", "application: other").await;
    assert!(refused.text.contains("the seed names other, the call names mynah"), "{}", refused.text);
    assert_eq!(export(&mynah, "mynah").await, before);
    // Nothing is a seed too.
    assert_eq!(plant(&mynah, "mynah", "", "").await.ok(), json!({ "application": "mynah", "planted": {} }));
}

#[tokio::test]
async fn a_seed_adds_to_what_is_there_and_nobody_is_told() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    let mut ada = mynah.connect("ada").await;
    let more = "application: mynah\nchannels: [{ id: attic, members: [ada], messages: [{ from: ada, text: Hi }] }]";
    // The path says which application, and the seed says the same.
    let planted = plant(&mynah, "mynah", "", more).await.ok();
    assert_eq!(planted["application"], "mynah");
    assert!(ada.heard().await.iter().all(|(code, _)| code != "MESG" && code != "SYEV"));
    assert_eq!(mynah.get("/v3/group_channels/attic").await.ok()["last_message"]["message"], "Hi");
    let elsewhere =
        answer(mynah.sendbird(Method::POST, "/_mynah/seed").body("application: other\nusers: [{ id: zoe }]"));
    assert_eq!(elsewhere.await.ok()["application"], "other");
    mynah.get("/apps/other/v3/users/zoe").await.ok();
    ada.close().await;
}

#[tokio::test]
async fn days_and_dates_are_moments_and_webhooks_hear_of_what_comes_after_the_seed() {
    let mynah = Mynah::start().await;
    let text = "
clock: { mode: frozen, at: 2026-01-02 }
webhooks: [{ id: kept, include_members: true }]
users: [{ id: ada }, { id: bo }]
channels:
  - id: lobby
    members: [ada, bo]
    messages:
      - { from: ada, text: First, at: 2026-01-01, replies: [{ from: bo, text: Second, at: 2026-01-01T12:00:00Z }] }
";
    plant(&mynah, "one", "", text).await.ok();
    assert_eq!(mynah.get("/apps/one/_mynah/clock").await.ok()["now"], 1_767_312_000_000_i64);
    let first = mynah.get("/apps/one/v3/group_channels/lobby/messages/1").await.ok();
    assert_eq!(first["created_at"], 1_767_225_600_000_i64);
    let second = mynah.get("/apps/one/v3/group_channels/lobby/messages/2").await.ok();
    assert_eq!(second["created_at"], 1_767_268_800_000_i64);
    let webhooks = mynah.get("/apps/one/_mynah/webhooks").await.ok();
    assert_eq!(webhooks["webhooks"][0]["id"], "kept");
    let told = async || mynah.get("/apps/one/_mynah/webhooks/deliveries").await.ok()["deliveries"].clone();
    assert_eq!(told().await, json!([]));
    let message = json!({ "user_id": "bo", "message": "Third" });
    mynah.post("/apps/one/v3/group_channels/lobby/messages", message).await.ok();
    assert_eq!(told().await[0]["category"], "group_channel:message_send");
}

#[tokio::test]
async fn a_nul_character_is_planted_and_played_nowhere() {
    let mynah = Mynah::start().await;
    for seed in [
        "users: [{id: \"a\\0b\"}]",
        "users: [{id: a, nickname: \"x\\x00y\"}]",
        "{\"users\":[{\"id\":\"q\\u0000r\"}]}",
    ] {
        let refused = plant(&mynah, "w", "application/yaml", seed).await;
        assert_eq!(
            (refused.status, &refused.body["error"]),
            (400, &json!("there is a NUL character in a text")),
            "{seed}"
        );
    }
    mynah.with_group("lobby", &["ada"]).await;
    let said = json!({ "as": "ada", "do": "send", "channel": "lobby", "text": "a\u{0}b" });
    let refused = mynah.post("/_mynah/actors", said).await;
    assert_eq!((refused.status, &refused.body["error"]), (400, &json!("the body has a NUL character in a text")));
}

#[tokio::test]
async fn a_crowd_is_made_up_and_the_same_one_from_the_same_seed_number() {
    let crowd = "
seed: 7
clock: { mode: frozen, at: 2026-01-01 }
users: [{ id: ada }]
generate: { users: 40, channels: 6, members: 4, messages: 30, replies: 0.3, reactions: 0.2 }
";
    let mut exports = Vec::new();
    let mut mynah = Mynah::start().await;
    for _ in 0..2 {
        mynah = Mynah::start().await;
        let planted = plant(&mynah, "one", "application/yaml", crowd).await.ok();
        let rows = &planted["planted"];
        assert_eq!(
            (&rows["users"], &rows["channels"], &rows["members"], &rows["messages"]),
            (&json!(41), &json!(6), &json!(24), &json!(180)),
            "{rows}"
        );
        exports.push(export(&mynah, "one").await);
    }
    assert_eq!(exports[0], exports[1]);
    let user = mynah.get("/apps/one/v3/users/user-17").await.ok();
    assert_eq!(user["nickname"], "Ada 2");
    for (wrong, why) in [
        ("generate: { users: 100001 }", "line 1, generate.users: it is larger than 100000"),
        ("generate: { channels: 1, messages: 1 }", "generate.messages: there is nobody to write"),
        ("users: [{id: a}]\ngenerate: { channels: 1, members: 2 }", "line 2, generate.members: there are 1 users"),
        ("generate: { channels: 2000, messages: 1000 }", "generate.messages: those of all channels together"),
        ("users: [{id: user-1}]\ngenerate: { users: 1 }", "line 2, generate.users: "),
        ("generate: { people: 1 }", "unknown field `people`"),
    ] {
        let refused = plant(&mynah, "bad", "application/yaml", wrong).await;
        let found = refused.body["error"].as_str().unwrap_or_default();
        assert!(refused.status == 400 && found.contains(why), "{wrong}: {}", refused.text);
    }
    assert_eq!(mynah.get("/_mynah/applications/bad").await.status, 404);
}
