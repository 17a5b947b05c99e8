//! Wrong frames of every kind: each is refused in its place or ends that connection alone, and never is
//! the failure ours. More: `MYNAH_WRONG_INPUTS=1000 cargo test --test it wrong_frames`.

use serde_json::{Map, Value, json};

use crate::{
    sendbird::wrong_input::values,
    support::{Mynah, dice::Dice},
};

/// How many wrong forms of each command are tried where nobody says.
const INPUTS: usize = 60;

/// Each command in a good form, and whether it is answered.
fn commands(message: i64, option: &Value, poll: &Value) -> Vec<(&'static str, Value, bool)> {
    let file = json!({
        "channel_url": "room", "url": "http://files.test/a.png", "name": "a.png", "type": "image/png", "size": 7,
        "thumbnails": [], "require_auth": false, "custom_type": "", "data": "",
    });
    let text = json!({
        "channel_url": "room", "message": "hello", "data": "d", "custom_type": "c", "mention_type": "users",
        "mentioned_user_ids": ["bo"], "metaarray": [{ "key": "k", "value": ["v"] }], "silent": false,
        "parent_message_id": message, "reply_to_channel": true, "push_option": "default", "poll_id": poll,
    });
    let edited = json!({
        "channel_url": "room", "msg_id": message, "message": "new", "data": "d", "custom_type": "c",
        "mention_type": "users", "mentioned_user_ids": [], "metaarray": { "array": [], "mode": "add", "upsert": true },
    });
    let mut edited_file = edited.clone();
    edited_file["url"] = json!("http://files.test/b.png");
    vec![
        ("MESG", text, true),
        ("FILE", file, true),
        ("MEDI", edited, true),
        ("FEDI", edited_file, true),
        ("READ", json!({ "channel_url": "room" }), true),
        ("MACK", json!({ "channel_url": "room", "msg_id": message }), false),
        ("TPST", json!({ "channel_url": "room", "time": 1 }), false),
        ("TPEN", json!({ "channel_url": "room", "time": 1 }), false),
        ("ENTR", json!({ "channel_url": "hall" }), true),
        ("EXIT", json!({ "channel_url": "hall" }), true),
        (
            "VOTE",
            json!({ "channel_type": "group", "channel_url": "room", "message_id": message, "poll_id": poll, "option_ids": [option] }),
            true,
        ),
        ("LOGI", json!({ "token": "t", "expiring_session": true }), true),
        ("PING", json!({ "id": 1, "active": 1 }), true),
        ("WHAT", json!({ "channel_url": "room" }), true),
    ]
}

#[tokio::test]
async fn no_wrong_field_of_a_command_ends_the_connection_or_makes_the_server_fail() {
    let asked = std::env::var("MYNAH_WRONG_INPUTS").ok().and_then(|number| number.parse().ok());
    let mynah = Mynah::start().await;
    mynah.with_group("room", &["ada", "bo"]).await;
    mynah.post("/v3/open_channels", json!({ "channel_url": "hall" })).await.ok();
    let message = mynah.say("room", "ada", "who comes?").await;
    let poll = mynah.post("/v3/polls", json!({ "title": "t", "options": ["a", "b"] })).await.ok();
    let mut ada = mynah.connect("ada").await;
    let (values, mut dice) = (values(), Dice(11));
    for (code, good, is_answered) in commands(message, &poll["options"][0]["id"], &poll["id"]) {
        let names: Vec<_> = good.as_object().expect("an object").keys().cloned().collect();
        for _ in 0..asked.unwrap_or(INPUTS) {
            let mut fields: Map<String, Value> = good.as_object().expect("an object").clone();
            for _ in 0..=dice.roll(3) {
                let name = dice.pick(&names).clone();
                match dice.roll(4) {
                    0 => fields.remove(&name),
                    _ => fields.insert(name, dice.pick(&values).clone()),
                };
            }
            let said = Value::Object(fields);
            if code == "PING" || !is_answered {
                ada.say(code, said).await;
                ada.heard().await;
                continue;
            }
            let (found, answer) = ada.ask(code, said.clone()).await;
            if found == "EROR" {
                let number = answer["code"].as_i64().unwrap_or_default();
                let is_theirs = (400_000..500_000).contains(&number) || (900_000..=900_999).contains(&number);
                assert!(is_theirs && answer["message"].is_string(), "{code}{said}: {answer}");
            } else {
                assert_eq!(found, code, "{said}: {answer}");
            }
        }
    }
    assert_eq!(mynah.get("/v3/group_channels/room").await.ok()["member_count"], 2);
}

#[tokio::test]
async fn garbage_ends_its_own_connection_at_most() {
    let asked = std::env::var("MYNAH_WRONG_INPUTS").ok().and_then(|number| number.parse().ok());
    let mynah = Mynah::start().await;
    mynah.with_group("room", &["ada", "bo"]).await;
    let mut bo = mynah.connect("bo").await;
    let pieces = [
        "MESG",
        "mesg",
        "READ",
        "{",
        "}",
        "[",
        "\"channel_url\":\"room\"",
        "\"message\":\"hi\"",
        ",",
        ":",
        "null",
        "\n",
        "\u{0}",
        "\u{202e}",
        "😀",
        "1e999",
        "-",
        "\\u00",
        "\"",
        " ",
    ];
    let mut dice = Dice(5);
    let mut ada = mynah.connect("ada").await;
    for _ in 0..asked.unwrap_or(INPUTS) {
        let garbage: String = (0..=dice.roll(9)).map(|_| *dice.pick(&pieces)).collect();
        ada.say_plainly(&format!("{garbage}\nPING{{\"id\":1}}\n")).await;
        let lives = loop {
            match ada.next().await {
                Some((code, _)) if code == "PONG" => break true,
                Some((_, answer)) => assert_ne!(answer["code"], 500_901, "{garbage:?}"),
                None => break false,
            }
        };
        if !lives {
            ada = mynah.connect("ada").await;
        }
    }
    bo.does("MESG", json!({ "channel_url": "room", "message": "still here" })).await;
}
