//! Bad input: a clear answer in the vendor's form, nothing changed, never an internal error.

use mynah::server::{config::Config, operations};
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};
use reqwest::{Method, multipart::Part};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::support::{Answer, Mynah, answer};

const MESSAGES: &str = "/v3/group_channels/lobby/messages";

/// A server with a bit of everything.
async fn furnished() -> Mynah {
    furnish(Mynah::start().await).await
}

async fn furnish(mynah: Mynah) -> Mynah {
    mynah.with_group("lobby", &["ada", "bo"]).await;
    mynah.post("/v3/open_channels", json!({ "channel_url": "plaza" })).await.ok();
    let parent = mynah.say("lobby", "ada", "parent").await;
    mynah.reply("lobby", "bo", "reply", parent).await;
    mynah
}

impl Answer {
    /// Asserts a refusal in the vendor's form, whatever its number.
    #[track_caller]
    fn is_refused(&self, what: &str) {
        assert!((400..500).contains(&self.status), "{what}: {} {}", self.status, self.text);
        self.is_in_form(what);
    }

    /// Asserts the three keys of an error.
    #[track_caller]
    fn is_in_form(&self, what: &str) {
        assert_eq!(self.headers["content-type"], "application/json", "{what}");
        let body = self.body.as_object().unwrap_or_else(|| panic!("{what}: {}", self.text));
        assert_eq!(body.len(), 3, "{what}: {}", self.text);
        assert_eq!(body["error"], true, "{what}: {}", self.text);
        assert!(body["message"].is_string() && body["code"].is_i64(), "{what}: {}", self.text);
    }
}

/// What a field of a body has to be.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Text,
    Number,
    List,
    Object,
    Flag,
}

use Kind::{Flag, List, Number, Object, Text};

/// A method, a path, a body that is good, and the fields that the body may have.
type Body = (&'static str, &'static str, fn() -> Value, &'static [(&'static str, Kind)]);

const NEW_MESSAGE: &[(&str, Kind)] = &[
    ("message_type", Text),
    ("user_id", Text),
    ("message", Text),
    ("custom_type", Text),
    ("data", Text),
    ("send_push", Flag),
    ("mention_type", Text),
    ("mentioned_user_ids", List),
    ("is_silent", Flag),
    ("mark_as_read", Flag),
    ("sorted_metaarray", List),
    ("metaarray", Object),
    ("created_at", Number),
    ("dedup_id", Text),
    ("parent_message_id", Number),
    ("reply_to_channel", Flag),
    ("root_message_id", Number),
    ("url", Text),
    ("file_name", Text),
    ("file_size", Number),
    ("file_type", Text),
    ("thumbnails", List),
    ("require_auth", Flag),
    ("files", List),
    ("poll_id", Number),
    ("pin_message", Flag),
    ("target_langs", List),
    ("thumbnail1", Text),
    ("thumbnail2", Text),
    ("thumbnail3", Text),
];

const EDIT: &[(&str, Kind)] = &[
    ("message_type", Text),
    ("user_id", Text),
    ("message", Text),
    ("custom_type", Text),
    ("data", Text),
    ("mention_type", Text),
    ("mentioned_user_ids", List),
    ("url", Text),
    ("file_name", Text),
    ("file_size", Number),
    ("file_type", Text),
];

const OPEN_CHANNEL: &[(&str, Kind)] = &[
    ("name", Text),
    ("cover_url", Text),
    ("custom_type", Text),
    ("data", Text),
    ("operator_ids", List),
    ("operators", List),
];

const ANSWER_TO_AN_INVITATION: &[(&str, Kind)] = &[("user_id", Text), ("access_code", Text)];

const BODIES: &[Body] = &[
    (
        "POST",
        "/v3/users",
        || json!({ "user_id": "new", "nickname": "New" }),
        &[
            ("user_id", Text),
            ("nickname", Text),
            ("profile_url", Text),
            ("issue_access_token", Flag),
            ("discovery_keys", List),
            ("metadata", Object),
            ("issue_session_token", Flag),
        ],
    ),
    (
        "PUT",
        "/v3/users/ada",
        || json!({ "nickname": "New" }),
        &[
            ("nickname", Text),
            ("profile_url", Text),
            ("issue_access_token", Flag),
            ("is_active", Flag),
            ("leave_all_when_deactivated", Flag),
            ("last_seen_at", Number),
            ("discovery_keys", List),
            ("preferred_languages", List),
            ("issue_session_token", Flag),
        ],
    ),
    (
        "POST",
        "/v3/group_channels",
        || json!({ "channel_url": "new_one", "user_ids": ["ada"] }),
        &[
            ("user_ids", List),
            ("users", List),
            ("name", Text),
            ("channel_url", Text),
            ("cover_url", Text),
            ("custom_type", Text),
            ("data", Text),
            ("is_distinct", Flag),
            ("is_public", Flag),
            ("is_super", Flag),
            ("is_ephemeral", Flag),
            ("is_broadcast", Flag),
            ("is_exclusive", Flag),
            ("is_discoverable", Flag),
            ("message_survival_seconds", Number),
            ("access_code", Text),
            ("inviter_id", Text),
            ("strict", Flag),
            ("invitation_status", Object),
            ("hidden_status", Object),
            ("operator_ids", List),
            ("block_sdk_user_channel_join", Flag),
            ("metadata", Object),
        ],
    ),
    (
        "PUT",
        "/v3/group_channels/lobby",
        || json!({ "name": "New" }),
        &[
            ("name", Text),
            ("cover_url", Text),
            ("custom_type", Text),
            ("data", Text),
            ("is_distinct", Flag),
            ("is_public", Flag),
            ("is_super", Flag),
            ("is_discoverable", Flag),
            ("access_code", Text),
            ("message_survival_seconds", Number),
            ("operator_ids", List),
        ],
    ),
    (
        "POST",
        "/v3/group_channels/lobby/invite",
        || json!({ "user_ids": ["di"] }),
        &[
            ("user_ids", List),
            ("users", List),
            ("inviter_id", Text),
            ("invitation_status", Object),
            ("hidden_status", Object),
        ],
    ),
    ("PUT", "/v3/group_channels/lobby/accept", || json!({ "user_id": "ada" }), ANSWER_TO_AN_INVITATION),
    ("PUT", "/v3/group_channels/lobby/decline", || json!({ "user_id": "ada" }), ANSWER_TO_AN_INVITATION),
    ("PUT", "/v3/group_channels/lobby/join", || json!({ "user_id": "ada" }), ANSWER_TO_AN_INVITATION),
    (
        "PUT",
        "/v3/group_channels/lobby/leave",
        || json!({ "user_ids": ["bo"] }),
        &[
            ("user_ids", List),
            ("user_id", Text),
            ("should_leave_all", Flag),
            ("should_remove_operator_status", Flag),
            ("reason", Text),
        ],
    ),
    (
        "PUT",
        "/v3/group_channels/lobby/leave",
        || json!({ "should_leave_all": true }),
        &[("user_ids", List), ("user_id", Text)],
    ),
    (
        "POST",
        "/v3/open_channels",
        || json!({ "channel_url": "new_one" }),
        &[
            ("channel_url", Text),
            ("is_ephemeral", Flag),
            ("is_dynamic_partitioned", Flag),
            ("metadata", Object),
            ("name", Text),
            ("cover_url", Text),
            ("custom_type", Text),
            ("data", Text),
            ("operator_ids", List),
            ("operators", List),
        ],
    ),
    ("PUT", "/v3/open_channels/plaza", || json!({ "name": "New" }), OPEN_CHANNEL),
    ("POST", MESSAGES, || json!({ "user_id": "ada", "message": "m" }), NEW_MESSAGE),
    ("POST", MESSAGES, || json!({ "message_type": "FILE", "user_id": "ada", "url": "u" }), NEW_MESSAGE),
    ("POST", MESSAGES, || json!({ "message_type": "ADMM", "message": "m" }), NEW_MESSAGE),
    ("POST", "/v3/open_channels/plaza/messages", || json!({ "user_id": "ada", "message": "m" }), NEW_MESSAGE),
    (
        "POST",
        MESSAGES,
        || json!({ "user_id": "bo", "message": "m", "parent_message_id": 1, "reply_to_channel": true }),
        NEW_MESSAGE,
    ),
    ("PUT", "/v3/group_channels/lobby/messages/1", || json!({ "message_type": "MESG", "message": "m" }), EDIT),
    (
        "PUT",
        "/v3/group_channels/lobby/messages/mark_as_read",
        || json!({ "user_id": "bo" }),
        &[("user_id", Text), ("timestamp", Number)],
    ),
];

/// Values that are not of that kind, and the number that says so.
fn wrong_for(kind: Kind) -> (i64, Vec<Value>) {
    let all = [
        (Text, json!("text")),
        (Text, json!("")),
        (Text, json!("5")),
        (Text, json!("true")),
        (Text, json!("[]")),
        (Number, json!(5)),
        (Number, json!(-1)),
        (Number, json!(i64::MIN)),
        (Flag, json!(true)),
        (Flag, json!(false)),
        (List, json!([])),
        (List, json!([[[]]])),
        (Object, json!({})),
        (Object, json!({ "user_id": "ada" })),
    ];
    let never = [json!(1.5), json!(-0.0), json!(1e300), json!(u64::MAX), json!(0.1)];
    let code = match kind {
        Text => 400_100,
        Number => 400_101,
        List => 400_102,
        Object => 400_103,
        Flag => 400_104,
    };
    let others = all.into_iter().filter(|(other, _)| *other != kind).map(|(_, value)| value);
    (code, others.chain(never).collect())
}

#[tokio::test]
async fn a_field_of_the_wrong_kind_is_told_by_the_number_of_the_right_one() {
    let mynah = furnished().await;
    mynah.with_users(&["di"]).await;
    let before = mynah.everything().await;

    for (method, path, good, fields) in BODIES {
        for (field, kind) in *fields {
            let (code, wrong) = wrong_for(*kind);
            for value in wrong {
                let mut body = good();
                body[*field] = value;
                let request = mynah.sendbird(method.parse().expect("a method"), path).json(&body);
                let answer = answer(request).await;
                let what = format!("{method} {path} {body}");
                answer.is_refused(&what);
                assert_eq!(answer.body["code"], code, "{what}: {}", answer.text);
                let message = answer.body["message"].as_str().expect("a text");
                assert!(message.contains(field), "{what}: {message}");
            }
        }
    }

    assert_eq!(mynah.everything().await, before);
}

#[tokio::test]
async fn an_item_of_the_wrong_kind_is_told_too() {
    let mynah = furnished().await;
    let before = mynah.everything().await;

    for (method, path, good, fields) in BODIES {
        for (field, kind) in *fields {
            // Lists of ids, and maps of texts.
            let wrong = match (kind, *field) {
                (List, "thumbnails") => vec![json!([5]), json!([null]), json!([[]])],
                (List, "users") => {
                    vec![json!([5]), json!([null]), json!([[]]), json!([{ "user_id": 5 }]), json!([{}])]
                }
                (List, "sorted_metaarray") => vec![
                    json!([5]),
                    json!([null]),
                    json!([{}]),
                    json!([{ "key": 5, "value": [] }]),
                    json!([{ "key": "k", "value": "v" }]),
                    json!([{ "key": "k", "value": [5] }]),
                    json!([{ "value": ["v"] }]),
                ],
                (List, "files") => continue,
                (List, _) => vec![json!([5]), json!(["ada", null]), json!([["ada"]]), json!([{}])],
                (Object, "metaarray") => vec![json!({ "k": "v" }), json!({ "k": [5] }), json!({ "k": null })],
                (Object, _) => vec![json!({ "ada": 5 }), json!({ "ada": null }), json!({ "ada": ["joined"] })],
                _ => continue,
            };
            for value in wrong {
                let mut body = good();
                if *field == "users" {
                    body.as_object_mut().expect("a body").remove("user_ids");
                }
                body[*field] = value;
                let request = mynah.sendbird(method.parse().expect("a method"), path).json(&body);
                answer(request).await.is_refused(&format!("{method} {path} {body}"));
            }
        }
    }

    assert_eq!(mynah.everything().await, before);
}

#[tokio::test]
async fn a_null_character_is_taken_nowhere() {
    let mynah = furnished().await;
    let before = mynah.everything().await;

    for (method, path, good, fields) in BODIES {
        for (field, kind) in *fields {
            let value = match kind {
                Text => json!("nu\0l"),
                List if *field == "users" => json!([{ "user_id": "nu\0l" }]),
                List if *field == "sorted_metaarray" => json!([{ "key": "k", "value": ["nu\0l"] }]),
                List if *field == "files" => continue,
                List => json!(["nu\0l"]),
                Object if *field == "metaarray" => json!({ "k": ["nu\0l"] }),
                Object => json!({ "nu\0l": "joined" }),
                Number | Flag => continue,
            };
            let mut body = good();
            if *field == "users" {
                body.as_object_mut().expect("a body").remove("user_ids");
            }
            body[*field] = value;
            let request = mynah.sendbird(method.parse().expect("a method"), path).json(&body);
            let answer = answer(request).await;
            let what = format!("{method} {path} {body}");
            answer.is_refused(&what);
            assert_eq!(answer.body["code"], 400_151, "{what}: {}", answer.text);
        }
    }

    assert_eq!(mynah.everything().await, before);
}

#[tokio::test]
async fn a_null_is_as_good_as_nothing() {
    let mynah = furnished().await;

    let mut body = json!({ "user_id": "ada", "message": "m" });
    for (field, _) in NEW_MESSAGE.iter().filter(|(field, _)| !["user_id", "message"].contains(field)) {
        body[*field] = Value::Null;
    }
    mynah.send("lobby", body).await.ok();

    let nobody = json!({ "user_id": null, "message": "m" });
    assert_eq!(mynah.send("lobby", nobody).await.refused(400_105), "user_id must be required.");
}

/// Bodies that are no JSON objects.
fn no_objects() -> Vec<Vec<u8>> {
    let texts = [
        "{",
        "}",
        "[]",
        "[{}]",
        "\"text\"",
        "5",
        "true",
        "nul",
        "{]",
        "{\"user_id\":}",
        "{\"user_id\" \"ada\"}",
        "{'user_id':'ada'}",
        "{\"user_id\":\"ada\",}",
        "{\"user_id\":\"ada\"} {}",
        "{user_id:1}",
        "<xml/>",
        "user_id=ada&message=m",
        "{\"message\":\"\\uZZZZ\"}",
        "{\"message\":\"\\x\"}",
        "{\"message\":\"line\nbreak\"}",
        "{\"created_at\":01}",
        "{\"created_at\":NaN}",
        "{\"created_at\":Infinity}",
        "{\"created_at\":--1}",
        "{\"message\":\"unfinished",
        "\u{feff}[]",
        "{\"a\":1,\"b\"",
    ];
    let bytes = [b"{\"message\":\"\xff\xfe\"}".to_vec(), b"\x00".to_vec(), b"\xff\xfe{\0}\0".to_vec()];
    texts.iter().map(|text| text.as_bytes().to_vec()).chain(bytes).collect()
}

#[tokio::test]
async fn what_is_no_json_object_is_refused_by_every_operation_with_a_body() {
    let mynah = furnished().await;
    let before = mynah.everything().await;
    let mut seen = Vec::new();

    for (method, path, ..) in BODIES {
        if seen.contains(&(method, path)) {
            continue;
        }
        seen.push((method, path));
        for body in no_objects() {
            let shown = String::from_utf8_lossy(&body[..body.len().min(40)]).into_owned();
            let method = method.parse().expect("a method");
            let answer = mynah.raw(method, path, "application/json", body).await;
            let what = format!("{path} {shown}");
            answer.is_refused(&what);
            assert_eq!(answer.body["code"], 400_403, "{what}: {}", answer.text);
        }
    }

    assert_eq!(mynah.everything().await, before);
}

#[tokio::test]
async fn half_a_character_is_no_text() {
    let mynah = furnished().await;
    let before = mynah.everything().await;

    for (method, path, good, fields) in BODIES {
        for (field, _) in fields.iter().filter(|(_, kind)| *kind == Text) {
            let mut body = good();
            body[*field] = "HERE".into();
            for half in [r"\ud800", r"a\udc00", r"\udc00\ud800", r"\ud800\ud800", r"\ud83e \udd9c"] {
                let body = body.to_string().replace("HERE", half);
                let method = method.parse().expect("a method");
                let answer = mynah.raw(method, path, "application/json", body.clone()).await;
                answer.is_refused(&body);
                assert_eq!(answer.body["code"], 400_403, "{body}: {}", answer.text);
            }
        }
    }

    assert_eq!(mynah.everything().await, before);
    let whole = r#"{"user_id":"ada","message":"\ud83e\udd9c"}"#;
    let sent = mynah.raw(Method::POST, MESSAGES, "application/json", whole).await.ok();
    assert_eq!(sent["message"], "🦜");
}

/// JSON of that depth, of lists or of objects, closed or left open.
fn nested(depth: usize) -> [String; 3] {
    [
        "[".repeat(depth) + &"]".repeat(depth),
        "{\"user_id\":".repeat(depth) + "1" + &"}".repeat(depth),
        "[{\"user_id\":".repeat(depth),
    ]
}

#[tokio::test]
async fn nesting_that_nobody_can_mean_is_refused_in_every_field() {
    let mynah = furnished().await;
    let before = mynah.everything().await;

    for (method, path, good, fields) in BODIES {
        for (field, _) in *fields {
            let mut body = good();
            body[*field] = "HERE".into();
            for value in nested(1_000) {
                let body = body.to_string().replace("\"HERE\"", &value);
                let method = method.parse().expect("a method");
                mynah.raw(method, path, "application/json", body).await.refused(400_403);
            }
        }
    }
    for value in nested(60_000) {
        let body = format!(r#"{{"user_id":"ada","message":"m","data":{value}}}"#);
        mynah.raw(Method::POST, MESSAGES, "application/json", body).await.refused(400_403);
    }

    assert_eq!(mynah.everything().await, before);
}

#[tokio::test]
async fn nesting_that_can_be_read_is_of_the_wrong_kind() {
    let mynah = furnished().await;

    let deep = (0..100).fold(json!(1), |inner, _| json!([inner]));

    mynah.send("lobby", json!({ "user_id": "ada", "message": "m", "data": deep })).await.refused(400_100);
    // What is not read may be as it likes.
    let [lists, objects, open] = nested(60_000);
    for (status, value) in [(200, deep.to_string()), (200, lists), (200, objects), (400, open)] {
        let body = format!(r#"{{"user_id":"ada","message":"m","whatever":{value}}}"#);
        let answer = mynah.raw(Method::POST, MESSAGES, "application/json", body).await;
        assert_eq!(answer.status, status, "{}", answer.text);
    }
}

#[tokio::test]
async fn a_body_that_is_not_what_its_type_says_is_refused() {
    let mynah = furnished().await;
    let before = mynah.everything().await;
    let form = "--x\r\nContent-Disposition: form-data; name=\"user_id\"\r\n\r\nada\r\n--x\r\n\
                Content-Disposition: form-data; name=\"message\"\r\n\r\nm\r\n--x--\r\n";
    let json = r#"{"user_id":"ada","message":"m"}"#;

    for (content_type, body) in [
        ("application/json", form),
        ("application/json; charset=utf-8", form),
        ("multipart/form-data", form),
        ("multipart/form-data; boundary=y", form),
        ("multipart/form-data; boundary=", form),
        ("multipart/form-data; boundary=x", json),
        ("multipart/form-data; boundary=x", ""),
        ("application/x-www-form-urlencoded", "user_id=ada&message=m"),
        ("text/plain", "user_id=ada"),
        ("application/xml", "<user_id>ada</user_id>"),
    ] {
        let answer = mynah.raw(Method::POST, MESSAGES, content_type, body).await;
        answer.is_refused(content_type);
        assert_eq!(answer.body["code"], 400_403, "{content_type}: {}", answer.text);
    }

    assert_eq!(mynah.everything().await, before);
    mynah.raw(Method::POST, MESSAGES, "multipart/form-data; boundary=x", form).await.ok();
}

#[tokio::test]
async fn a_form_that_is_cut_off_anywhere_is_refused() {
    let mynah = furnished().await;
    let before = mynah.everything().await;
    let form = "--x\r\nContent-Disposition: form-data; name=\"message_type\"\r\n\r\nFILE\r\n--x\r\n\
                Content-Disposition: form-data; name=\"user_id\"\r\n\r\nada\r\n--x\r\n\
                Content-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\
                Content-Type: text/plain\r\n\r\ncontent of the file\r\n--x--";

    for end in 1..form.len() {
        let answer = mynah.raw(Method::POST, MESSAGES, "multipart/form-data; boundary=x", &form[..end]).await;
        let what = format!("cut at {end}: …{:?}", &form[end.saturating_sub(10)..end]);
        answer.is_refused(&what);
    }

    assert_eq!(mynah.everything().await, before);
    mynah.raw(Method::POST, MESSAGES, "multipart/form-data; boundary=x", form).await.ok();
}

#[tokio::test]
async fn fields_of_a_form_have_their_kinds_too() {
    let mynah = furnished().await;
    let before = mynah.everything().await;

    for (code, field, text) in [
        (400_101, "parent_message_id", "first"),
        (400_101, "created_at", "1.5"),
        (400_101, "created_at", "99999999999999999999"),
        (400_106, "created_at", "-5"),
        (400_104, "reply_to_channel", "perhaps"),
        (400_104, "mark_as_read", "2"),
        (400_102, "sorted_metaarray", "[{"),
        (400_102, "mentioned_user_ids", "[1,"),
        (400_100, "mentioned_user_ids", "[1]"),
        (400_103, "metaarray", "k=v"),
        (400_151, "custom_type", "nu\0l"),
        (400_110, "custom_type", &"c".repeat(10_000)),
    ] {
        let part = Part::bytes(b"bytes".to_vec()).file_name("a.txt");
        let fields = [("message_type", "FILE"), ("user_id", "ada"), (field, text)];
        mynah.form(Method::POST, MESSAGES, &fields, Some(("file", part))).await.refused(code);
    }
    let deep = "[".repeat(100_000);
    let fields = [("user_id", "ada"), ("message", "m"), ("sorted_metaarray", &*deep)];
    mynah.form(Method::POST, MESSAGES, &fields, None).await.refused(400_102);
    // A file under another name is no file of a message.
    let part = Part::bytes(b"bytes".to_vec()).file_name("a.txt");
    let fields = [("message_type", "FILE"), ("user_id", "ada")];
    mynah.form(Method::POST, MESSAGES, &fields, Some(("attachment", part))).await.refused(400_105);

    assert_eq!(mynah.everything().await, before);
}

#[tokio::test]
async fn a_body_may_have_a_megabyte_and_no_more() {
    let mynah = furnished().await;
    let of = |length: usize| {
        let frame = r#"{"user_id":"ada","message":"m","data":""}"#.len();
        format!(r#"{{"user_id":"ada","message":"m","data":"{}"}}"#, "d".repeat(length - frame))
    };

    mynah.raw(Method::POST, MESSAGES, "application/json", of(1 << 20)).await.ok();
    let before = mynah.everything().await;
    for length in [(1 << 20) + 1, 3 << 20] {
        mynah.raw(Method::POST, MESSAGES, "application/json", of(length)).await.refused(400_113);
    }
    mynah.raw(Method::POST, "/v3/users", "application/json", b" ".repeat(2 << 20)).await.refused(400_113);

    assert_eq!(mynah.everything().await, before);
}

#[tokio::test]
async fn an_upload_has_a_limit_of_its_own() {
    let mynah = Mynah::start_with(Config { upload_limit: 10_000, ..Config::default() }).await;
    let mynah = furnish(mynah).await;
    let upload = async |length: usize| {
        let part = Part::bytes(vec![7; length]).file_name("a.bin");
        let fields = [("message_type", "FILE"), ("user_id", "ada")];
        mynah.form(Method::POST, MESSAGES, &fields, Some(("file", part))).await
    };

    assert_eq!(upload(9_000).await.ok()["file"]["size"], 9_000);
    let before = mynah.everything().await;
    for length in [10_001, 1_000_000] {
        upload(length).await.refused(400_113);
    }
    let part = Part::bytes(vec![7; 20_000]).file_name("a.png");
    mynah.form(Method::PUT, "/v3/users/ada", &[], Some(("profile_file", part))).await.refused(400_113);

    assert_eq!(mynah.everything().await, before);
}

/// Sends bytes as they are, ends the sending, and reads whatever comes.
async fn dictate(mynah: &Mynah, head: &str, body: &[u8]) -> String {
    let mut connection = TcpStream::connect(mynah.address()).await.expect("a connection");
    let head = format!("{head}\r\nHost: localhost\r\nApi-Token: any\r\nConnection: close\r\n\r\n");
    connection.write_all(head.as_bytes()).await.expect("the head is sent");
    // The server may have heard enough.
    let _ = connection.write_all(body).await;
    let _ = connection.shutdown().await;
    let mut said = Vec::new();
    let _ = connection.read_to_end(&mut said).await;
    String::from_utf8_lossy(&said).into_owned()
}

#[tokio::test]
async fn a_body_without_a_length_has_the_same_limit() {
    let mynah = Mynah::start_with(Config { body_limit: 1000, ..Config::default() }).await;
    let mynah = furnish(mynah).await;
    let before = mynah.everything().await;

    let mut body = format!("{:x}\r\n{}\r\n", 500, " ".repeat(500)).repeat(4);
    body.push_str("0\r\n\r\n");
    let head = format!("POST {MESSAGES} HTTP/1.1\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked");
    let said = dictate(&mynah, &head, body.as_bytes()).await;

    assert!(said.starts_with("HTTP/1.1 400 "), "{said}");
    assert!(said.ends_with(",\"code\":400113}"), "{said}");
    assert_eq!(mynah.everything().await, before);
}

#[tokio::test]
async fn a_body_that_breaks_off_changes_nothing() {
    let mynah = furnished().await;
    let before = mynah.everything().await;
    let body = br#"{"user_id":"ada","message":"m"}"#;

    for content_type in ["application/json", "multipart/form-data; boundary=x"] {
        for length in [body.len() + 1, 100_000] {
            let head =
                format!("POST {MESSAGES} HTTP/1.1\r\nContent-Type: {content_type}\r\nContent-Length: {length}");
            let said = dictate(&mynah, &head, body).await;
            assert!(said.is_empty() || said.starts_with("HTTP/1.1 400 "), "{said}");
        }
    }

    assert_eq!(mynah.everything().await, before);
}

#[tokio::test]
async fn ids_of_ten_thousand_characters_name_nothing() {
    let mynah = furnished().await;
    let before = mynah.everything().await;
    let long = "x".repeat(10_000);
    let digits = "9".repeat(10_000);

    for (method, path) in [
        ("GET", format!("/v3/users/{long}")),
        ("PUT", format!("/v3/users/{long}")),
        ("DELETE", format!("/v3/users/{long}")),
        ("GET", format!("/v3/group_channels/{long}")),
        ("DELETE", format!("/v3/open_channels/{long}")),
        ("POST", format!("/v3/group_channels/{long}/messages")),
        ("GET", format!("/v3/group_channels/lobby/messages/{digits}")),
        ("GET", format!("/v3/group_channels/lobby/messages/{long}")),
        ("GET", format!("/v3/group_channels/lobby/members/{long}")),
        ("GET", format!("/v3/group_channels?user_id={long}")),
    ] {
        let request = mynah.sendbird(method.parse().expect("a method"), &path);
        let request = if method == "POST" || method == "PUT" { request.json(&json!({})) } else { request };
        answer(request).await.refused(400_201);
    }
    for (code, path, body) in [
        (400_110, "/v3/users", json!({ "user_id": long, "nickname": "n" })),
        (400_110, "/v3/group_channels", json!({ "channel_url": long })),
        (400_110, "/v3/open_channels", json!({ "channel_url": long })),
        (400_201, MESSAGES, json!({ "user_id": long, "message": "m" })),
        (400_201, "/v3/group_channels/lobby/invite", json!({ "user_ids": [long] })),
        (400_201, "/v3/group_channels", json!({ "operator_ids": [long] })),
        (400_201, "/v3/group_channels", json!({ "inviter_id": long })),
    ] {
        mynah.post(path, body).await.refused(code);
    }
    for path in [format!("{MESSAGES}?message_ts={digits}"), format!("{MESSAGES}?message_id={digits}")] {
        mynah.get(&path).await.refused(400_101);
    }

    assert_eq!(mynah.everything().await, before);
}

#[tokio::test]
async fn a_path_may_have_anything_in_it() {
    let mynah = furnished().await;
    let before = mynah.everything().await;

    for id in [
        "%2F",
        "a%2Fb",
        "..%2F..%2Fetc%2Fpasswd",
        "%00",
        "%0A%0D",
        "%20",
        "%25",
        "%252F",
        "%F0%9F%A6%9C",
        "é",
        "%E2%80%AE",
        "%FF",
        "%C3%28",
        "%ED%A0%80",
        "%",
        "%2",
        "%zz",
        "null",
        "undefined",
        "*",
        "a,b",
        "a;b",
        "a'b",
        "a%22b",
        "-1",
        "0",
        "1e3",
        "{user_id}",
        "~",
        ":",
        "@",
        "&",
        "=",
        "$",
        "!",
    ] {
        for path in [
            format!("/v3/users/{id}"),
            format!("/v3/group_channels/{id}"),
            format!("/v3/group_channels/{id}/messages?message_ts=0"),
            format!("/v3/group_channels/lobby/members/{id}"),
            format!("/v3/group_channels/lobby/messages/{id}"),
            format!("/v3/open_channels/plaza/messages/{id}"),
        ] {
            // As it is: a client of ours would set it right.
            let said = dictate(&mynah, &format!("GET {path} HTTP/1.1"), b"").await;
            let (status, body) = said.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{path}: {said}"));
            assert!(status.starts_with("HTTP/1.1 400 "), "{path}: {said}");
            let body: Value = serde_json::from_str(body).unwrap_or_else(|_| panic!("{path}: {said}"));
            assert!([json!(400_201), json!(400_404)].contains(&body["code"]), "{path}: {body}");
            assert_eq!(
                (body.as_object().map(serde_json::Map::len), &body["error"]),
                (Some(3), &json!(true)),
                "{path}"
            );
        }
    }

    assert_eq!(mynah.everything().await, before);
}

#[tokio::test]
async fn numbers_are_as_large_as_they_may_be_and_no_larger() {
    let mynah = furnished().await;
    let before = mynah.everything().await;

    for (number, code) in [
        ("9223372036854775808", 400_101),
        ("-9223372036854775809", 400_101),
        ("18446744073709551616", 400_101),
        ("1e30", 400_101),
        ("1.0", 400_101),
        ("-1", 400_106),
        ("-9223372036854775808", 400_106),
        ("1e999", 400_403),
    ] {
        let body = format!(r#"{{"user_id":"ada","message":"m","created_at":{number}}}"#);
        mynah.raw(Method::POST, MESSAGES, "application/json", body).await.refused(code);
    }

    assert_eq!(mynah.everything().await, before);
    let far = json!({ "user_id": "ada", "message": "far", "created_at": i64::MAX });
    mynah.send("lobby", far).await.ok();
    mynah.say("lobby", "bo", "after").await;
    let change = json!({ "message_type": "MESG", "message": "near" });
    let far = mynah.messages("lobby", "message_ts=9223372036854775807&prev_limit=0").await;
    mynah.put(&format!("{MESSAGES}/{}", far[0]["message_id"]), change).await.ok();
    assert_eq!(mynah.last_text("lobby").await, "near");
}

/// Draws from lists, always in the same order.
struct Dice(ChaCha8Rng);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.0.next_u64() % end as u64).expect("it fits")
    }

    fn of<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }

    /// A value that is good somewhere, or nowhere.
    fn value(&mut self) -> Value {
        let long = || "x".repeat(5001);
        let values = [
            || json!("ada"),
            || json!("bo"),
            || json!("lobby"),
            || json!("MESG"),
            || json!("FILE"),
            || json!("ADMM"),
            || json!("channel"),
            || json!(""),
            || json!("nu\0l"),
            || json!("🦜\u{202e}\u{fffd}"),
            || json!("-1"),
            || json!(0),
            || json!(1),
            || json!(2),
            || json!(-1),
            || json!(i64::MAX),
            || json!(i64::MIN),
            || json!(u64::MAX),
            || json!(1.5),
            || json!(1e300),
            || json!(true),
            || json!(false),
            || Value::Null,
            || json!([]),
            || json!(["ada", "bo"]),
            || json!(["ada", 5, null, {}]),
            || json!({}),
            || json!({ "ada": "joined" }),
            || json!({ "ada": 5 }),
            || json!([{ "key": "k", "value": ["v"] }]),
            || json!([{ "key": "k" }, { "value": 5 }]),
            || json!([{ "user_id": "ada" }]),
        ];
        if self.below(20) == 0 { long().into() } else { self.of(&values)() }
    }

    fn word(&mut self) -> String {
        let words = [
            "",
            "0",
            "1",
            "2",
            "-1",
            "abc",
            "ada",
            "ada,bo",
            ",,,",
            "*",
            "true",
            "false",
            "1.5",
            "none",
            "ALL",
            "[]",
            "[1",
            "{}",
            "9223372036854775807",
            "9223372036854775808",
            "%00",
            "%FF",
            "%F0%9F%A6%9C",
            "MESG",
            "all",
            "operator",
            "eyJ2IjoxfQ",
            "chronological",
            "1600000000000",
            "+",
            "%2C",
            "a%20b",
        ];
        (*self.of(&words)).to_owned()
    }

    fn path(&mut self, path: &str) -> String {
        let segments = path.split('/').map(|segment| match segment {
            "{channel_type}" => (*self.of(&["group_channels", "open_channels", "channels"])).to_owned(),
            "{channel_url}" => (*self.of(&["lobby", "lobby", "plaza", "plaza", "%00", "x%2Fy"])).to_owned(),
            "{user_id}" => (*self.of(&["ada", "bo", "nobody", "%F0%9F%A6%9C", "%FF"])).to_owned(),
            "{message_id}" => (*self.of(&["1", "2", "3", "4", "0", "-1", "abc", "9223372036854775808"])).to_owned(),
            segment if segment.starts_with('{') => self.word() + "x",
            segment => segment.to_owned(),
        });
        segments.collect::<Vec<_>>().join("/")
    }

    fn body(&mut self, names: &[&str]) -> Value {
        let mut body = json!({});
        for _ in 0..self.below(6) {
            let name = *self.of(names);
            body[name] = self.value();
        }
        body
    }
}

const PARAMETERS: &[&str] = &[
    "token",
    "limit",
    "message_ts",
    "message_id",
    "prev_limit",
    "next_limit",
    "include",
    "reverse",
    "sender_id",
    "sender_ids",
    "operator_filter",
    "message_type",
    "custom_types",
    "including_removed",
    "include_reactions",
    "with_sorted_meta_array",
    "include_thread_info",
    "include_parent_message_info",
    "include_reply_type",
    "include_replies",
    "parent_message_id",
    "user_id",
    "show_member",
    "show_read_receipt",
    "show_delivery_receipt",
    "show_metadata",
    "show_empty",
    "order",
    "metadata_order_key",
    "created_after",
    "created_before",
    "name",
    "members_exactly_in",
    "members_include_in",
    "query_type",
    "metadata_key",
    "metadata_values",
    "active_mode",
    "user_ids",
    "nickname",
    "metadatakey",
    "metadatavalues_in",
    "include_unread_count",
    "super_mode",
    "channel_urls",
];

#[tokio::test]
async fn whatever_is_asked_the_server_never_fails() {
    let mynah = furnished().await;
    let [(_, operations), ..] = operations();
    let mut names: Vec<_> =
        BODIES.iter().flat_map(|(_, _, _, fields)| fields.iter().map(|(name, _)| *name)).collect();
    names.sort_unstable();
    names.dedup();
    let mut dice = Dice(ChaCha8Rng::seed_from_u64(7));
    let mut answered = [0; 3];

    for round in 0..2000 {
        let operation = if round % 8 == 0 {
            dice.of(&operations)
        } else {
            let served: Vec<_> = operations.iter().filter(|operation| operation.served).collect();
            *dice.of(&served)
        };
        let path = dice.path(operation.path);
        let query: Vec<_> =
            (0..dice.below(5)).map(|_| format!("{}={}", dice.of(PARAMETERS), dice.word())).collect();
        let path = format!("{path}?{}", query.join("&"));
        let method: Method = operation.method.parse().expect("a method");
        // Half of the bodies are good but for one field.
        let near = BODIES.iter().filter(|(of, ..)| *of == operation.method).collect::<Vec<_>>();
        let body = if near.is_empty() || dice.below(2) == 0 {
            dice.body(&names)
        } else {
            let (_, _, good, fields) = dice.of(&near);
            let mut body = good();
            body[dice.of(fields).0] = dice.value();
            body
        };
        let what = format!("round {round}: {method} {path} {body}");
        let request = mynah.sendbird(method, &path);
        let request = match dice.below(10) {
            0 => request.header("Content-Type", "application/json").body(body.to_string()[1..].to_owned()),
            1 => request.form(
                &body.as_object().map(|body| body.iter().map(|(k, v)| (k, v.to_string())).collect::<Vec<_>>()),
            ),
            _ => request.json(&body),
        };
        let answer = answer(request).await;

        match answer.status {
            200 => {
                assert!(answer.body.is_object() && answer.body.get("error").is_none(), "{what}: {}", answer.text);
                answered[0] += 1;
            }
            400 => {
                answer.is_in_form(&what);
                answered[1] += 1;
            }
            501 => {
                answer.is_in_form(&what);
                assert_eq!(answer.headers["x-mynah"], "not-served", "{what}");
                answered[2] += 1;
            }
            status => panic!("{what}: {status} {}", answer.text),
        }
        if round % 100 == 99 {
            // What was deleted or left is there again, so that there is something to find.
            for user in ["ada", "bo"] {
                mynah.post("/v3/users", json!({ "user_id": user, "nickname": user })).await;
                mynah.put(&format!("/v3/users/{user}"), json!({ "is_active": true })).await.ok();
            }
            mynah.post("/v3/group_channels", json!({ "channel_url": "lobby" })).await;
            mynah.post("/v3/group_channels/lobby/invite", json!({ "user_ids": ["ada", "bo"] })).await.ok();
            mynah.post("/v3/open_channels", json!({ "channel_url": "plaza" })).await;
        }
    }

    assert!(answered[..2].iter().all(|count| *count > 100), "{answered:?}");
    mynah.everything().await;
}
