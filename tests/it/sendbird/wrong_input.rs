//! Wrong inputs over the whole route table: whatever comes, the answer has the vendor's form and the
//! failure is not ours. More: `MYNAH_WRONG_INPUTS=1000 cargo test --test it wrong_input`.

use std::{collections::BTreeSet, fs, path::Path};

use mynah::{server::operations, web::routes::Operation};
use reqwest::Method;
use serde_json::{Map, Value, json};

use crate::support::{Answer, Mynah, answer, dice::Dice};

/// How many inputs each operation gets where nobody says.
const INPUTS: usize = 24;

/// After how many requests things that exist are made anew.
const REFRESHED: usize = 8;

/// The name of every field that the dialect reads: so that new ones are tried too.
fn field_names() -> Vec<String> {
    let mut names = BTreeSet::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src/dialects/sendbird")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = fs::read_to_string(path).unwrap();
            let fields = text.lines().filter_map(|line| line.trim().split_once(": Field<"));
            names.extend(fields.map(|(name, _)| name.trim_start_matches("pub(super) ").to_owned()));
        }
    }
    names
        .retain(|name| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_'));
    assert!(names.len() > 60, "so few fields: {names:?}; are they still found?");
    names.into_iter().collect()
}

pub(super) fn values() -> Vec<Value> {
    let deep = (0..60).fold(json!(1), |inner, _| json!([inner]));
    vec![
        json!(null),
        json!(true),
        json!(false),
        json!(0),
        json!(-1),
        json!(1),
        json!(7),
        json!(i64::MAX),
        json!(i64::MIN),
        json!(u64::MAX),
        json!(1.5),
        json!(1e300),
        json!(""),
        json!(" "),
        json!("ada"),
        json!("lobby"),
        json!("MESG"),
        json!("FILE"),
        json!("x,y"),
        json!("-1"),
        json!("x".repeat(3000)),
        json!("\u{0}"),
        json!("\u{10ffff}\u{202e}"),
        json!([]),
        json!([null]),
        json!(["ada", "bo"]),
        json!([1, "x", {}]),
        json!(vec!["ada"; 300]),
        json!({}),
        json!({ "k": "v" }),
        json!({ "": null, "k": [1] }),
        json!([{ "key": "k", "value": ["v"] }, { "key": "k" }]),
        deep,
    ]
}

/// What stands in the place of a path's parameter: mostly something that exists.
fn parameter(name: &str, known: &Map<String, Value>, dice: &mut Dice) -> String {
    let odd = ["0", "-1", "x", "%00", "%F0%9F%92%A9", "9223372036854775808", "%2F", "..%2F..", " "];
    let exists = known.get(name).map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
    match (exists, dice.roll(8)) {
        (Some(value), 1..) => value,
        _ => (*dice.pick(&odd)).to_owned().replace(' ', "%20"),
    }
}

fn path_of(operation: &Operation, known: &Map<String, Value>, dice: &mut Dice) -> String {
    let segments = operation.path.split('/').map(|segment| {
        let name = segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        name.map_or_else(|| segment.to_owned(), |name| parameter(name, known, dice))
    });
    segments.collect::<Vec<_>>().join("/")
}

/// The forms that an answer may have.
fn check(operation: &Operation, answer: &Answer, request: &str) {
    let Answer { status, text, body, .. } = answer;
    let what = || format!("{} {request}: {status} {text}", operation.name);
    // Who owns a device token is told as a bare list.
    let listed = body.is_array() && operation.path.starts_with("/v3/push/device_tokens/");
    assert!(body.is_object() || listed, "no JSON object: {}", what());
    match *status {
        200 => assert!(body.get("error").is_none(), "{}", what()),
        400 | 403 | 501 => {
            assert_eq!(body["error"], true, "{}", what());
            assert!(body["code"].is_i64() && body["message"].is_string(), "{}", what());
            assert_eq!(body.as_object().map(Map::len), Some(3), "{}", what());
            let code = body["code"].as_i64().expect("a number");
            assert!((400_000..=900_999).contains(&code), "{}", what());
        }
        _ => panic!("not an answer of the service: {}", what()),
    }
    // The root is the socket's, and says but that somebody is there.
    assert!(answer.headers.contains_key("request-id") || operation.path == "/", "{}", what());
}

#[tokio::test]
async fn no_wrong_input_makes_the_server_fail() {
    let mynah = Mynah::start().await;
    let asked = std::env::var("MYNAH_WRONG_INPUTS").ok().and_then(|number| number.parse().ok());
    let (inputs, names, values) = (asked.unwrap_or(INPUTS), field_names(), values());
    let all = operations().into_iter().find(|(dialect, _)| *dialect == "sendbird").expect("the dialect exists").1;
    let mut dice = Dice(7);
    let mut requests = 0;
    let mut known = Map::new();
    for operation in &all {
        for _ in 0..inputs {
            if requests % REFRESHED == 0 {
                known = world(&mynah).await;
            }
            let path = path_of(operation, &known, &mut dice);
            let mut fields = Map::new();
            for _ in 0..dice.roll(7) {
                fields.insert(dice.pick(&names).clone(), dice.pick(&values).clone());
            }
            let method = Method::from_bytes(operation.method.as_bytes()).expect("a method");
            let in_query = method == Method::GET || dice.roll(6) == 0;
            let request = mynah.sendbird(method, &path);
            let request = match (in_query, dice.roll(12)) {
                (true, _) => {
                    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                    let pairs: Vec<_> = fields.iter().map(|(name, value)| (name, text(value))).collect();
                    request.query(&pairs)
                }
                (_, 0) => request.header("Content-Type", "application/json").body("{\"user_id\": "),
                (_, 1) => request.header("Content-Type", "application/json").body("[1]"),
                (_, 2) => request.header("Content-Type", "multipart/form-data; boundary=b").body("--b\r\nbroken"),
                _ => request.json(&fields),
            };
            let shown = format!("{path} {}", Value::Object(fields));
            check(operation, &answer(request).await, &shown);
            requests += 1;
        }
    }
    assert!(requests >= all.len() * inputs.min(1));
    assert_eq!(mynah.get("/v3/users?limit=1").await.status, 200, "it still answers");
}

/// Things that exist, made anew where an earlier request has removed them.
async fn world(mynah: &Mynah) -> Map<String, Value> {
    let mut known = Map::new();
    for user in ["ada", "bo"] {
        let body = json!({ "user_id": user, "nickname": user, "profile_url": "" });
        mynah.post("/v3/users", body).await;
        mynah.put(&format!("/v3/users/{user}"), json!({ "is_active": true })).await;
    }
    mynah.post("/v3/group_channels", json!({ "channel_url": "lobby", "user_ids": ["ada", "bo"] })).await;
    mynah.post("/v3/group_channels/lobby/invite", json!({ "user_ids": ["ada", "bo"] })).await;
    mynah.post("/v3/open_channels", json!({ "channel_url": "plaza" })).await;
    let poll = mynah.post("/v3/polls", json!({ "title": "t", "options": ["o"] })).await.body;
    let sent = mynah.send("lobby", json!({ "user_id": "ada", "message": "m", "poll_id": poll["id"] })).await.body;
    let at = mynah.now().await + 600_000;
    let body = json!({ "user_id": "ada", "message": "m", "scheduled_at": at });
    let scheduled = mynah.post("/v3/group_channels/lobby/scheduled_messages", body).await.body;
    let text = |text: &str| Value::from(text);
    for (name, value) in [
        ("channel_type", text("group_channels")),
        ("channel_url", text("lobby")),
        ("target_channel_url", text("lobby")),
        ("user_id", text("ada")),
        ("target_id", text("bo")),
        ("banned_user_id", text("bo")),
        ("muted_user_id", text("bo")),
        ("offending_user_id", text("bo")),
        ("token_type", text("gcm")),
        ("message_id", sent["message_id"].clone()),
        ("poll_id", poll["id"].clone()),
        ("option_id", poll["options"][0]["id"].clone()),
        ("scheduled_message_id", scheduled["scheduled_message_id"].clone()),
    ] {
        if !value.is_null() {
            known.insert(name.to_owned(), value);
        }
    }
    known
}
