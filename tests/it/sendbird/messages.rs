//! Messages: sending, viewing, editing, removing, and what they do to the channel.

use insta::{assert_json_snapshot, dynamic_redaction};
use reqwest::{Method, multipart::Part};
use serde_json::{Value, json};

use super::{each, hide, id_of, keys, texts};
use crate::support::{Mynah, answer};

const MESSAGES: &str = "/v3/group_channels/lobby/messages";

async fn lobby() -> Mynah {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo", "cy"]).await;
    mynah
}

#[tokio::test]
async fn a_text_has_the_keys_of_the_recorded_one() {
    let mynah = lobby().await;

    let sent =
        mynah.send("lobby", json!({ "message_type": "MESG", "user_id": "ada", "message": "Hello" })).await.ok();

    assert_json_snapshot!(sent, {
        ".message_id" => dynamic_redaction(hide::id),
        ".created_at" => dynamic_redaction(hide::milliseconds),
    }, @r#"
    {
      "channel_type": "group",
      "channel_url": "lobby",
      "created_at": "[milliseconds]",
      "custom_type": "",
      "data": "",
      "file": {},
      "is_op_msg": false,
      "is_removed": false,
      "is_silent": false,
      "mention_type": "users",
      "mentioned_users": [],
      "message": "Hello",
      "message_id": "[id]",
      "message_retention_hour": -1,
      "message_survival_seconds": -1,
      "silent": false,
      "translations": {},
      "type": "MESG",
      "updated_at": 0,
      "user": {
        "is_active": true,
        "metadata": {},
        "nickname": "Ada",
        "profile_url": "",
        "require_auth_for_profile_image": false,
        "role": "",
        "user_id": "ada"
      }
    }
    "#);
}

#[tokio::test]
async fn a_file_elsewhere_has_these_keys() {
    let mynah = lobby().await;
    let body = json!({
        "message_type": "FILE", "user_id": "ada", "url": "https://files.example.org/plan.png",
        "data": "{\"page\":1}",
        "file_name": "plan.png", "file_type": "image/png", "file_size": 2048,
        "thumbnails": ["https://files.example.org/small.png"], "require_auth": true,
    });

    let sent = mynah.send("lobby", body).await.ok();

    assert_json_snapshot!(sent, {
        ".message_id" => dynamic_redaction(hide::id),
        ".created_at" => dynamic_redaction(hide::milliseconds),
    }, @r#"
    {
      "channel_type": "group",
      "channel_url": "lobby",
      "created_at": "[milliseconds]",
      "custom_type": "",
      "data": "{\"page\":1}",
      "file": {
        "data": "{\"page\":1}",
        "name": "plan.png",
        "require_auth": true,
        "size": 2048,
        "thumbnails": [
          {
            "height": 0,
            "real_height": 0,
            "real_width": 0,
            "url": "https://files.example.org/small.png",
            "width": 0
          }
        ],
        "type": "image/png",
        "url": "https://files.example.org/plan.png"
      },
      "is_op_msg": false,
      "is_removed": false,
      "is_silent": false,
      "mention_type": "users",
      "mentioned_users": [],
      "message": "",
      "message_id": "[id]",
      "message_retention_hour": -1,
      "message_survival_seconds": -1,
      "require_auth": true,
      "silent": false,
      "thumbnails": [
        {
          "height": 0,
          "real_height": 0,
          "real_width": 0,
          "url": "https://files.example.org/small.png",
          "width": 0
        }
      ],
      "translations": {},
      "type": "FILE",
      "updated_at": 0,
      "user": {
        "is_active": true,
        "metadata": {},
        "nickname": "Ada",
        "profile_url": "",
        "require_auth_for_profile_image": false,
        "role": "",
        "user_id": "ada"
      }
    }
    "#);
}

#[tokio::test]
async fn an_announcement_has_nobody_behind_it() {
    let mynah = lobby().await;
    let body = json!({ "message_type": "ADMM", "user_id": "nobody", "message": "Closing", "custom_type": "news" });

    let sent = mynah.send("lobby", body).await.ok();

    assert_json_snapshot!(sent, {
        ".message_id" => dynamic_redaction(hide::id),
        ".created_at" => dynamic_redaction(hide::milliseconds),
    }, @r#"
    {
      "channel_type": "group",
      "channel_url": "lobby",
      "created_at": "[milliseconds]",
      "custom_type": "news",
      "data": "",
      "is_removed": false,
      "mention_type": "users",
      "mentioned_users": [],
      "message": "Closing",
      "message_id": "[id]",
      "type": "ADMM",
      "updated_at": 0
    }
    "#);
    let last = mynah.get("/v3/group_channels/lobby").await.ok()["last_message"].clone();
    assert_eq!(last, sent);
}

#[tokio::test]
async fn an_edited_text_has_more_keys_than_a_sent_one() {
    let mynah = lobby().await;
    let body = json!({ "user_id": "ada", "message": "Helo", "sorted_metaarray": [
        { "key": "b", "value": ["2", "1"] }, { "key": "a", "value": [] },
    ] });
    let sent = mynah.send("lobby", body).await.ok();

    let change = json!({ "message_type": "MESG", "message": "Hello" });
    let edited = mynah.put(&format!("{MESSAGES}/{}", id_of(&sent)), change).await.ok();

    assert_json_snapshot!(edited, {
        ".message_id" => dynamic_redaction(hide::id),
        ".created_at" => dynamic_redaction(hide::milliseconds),
        ".updated_at" => dynamic_redaction(hide::milliseconds),
    }, @r#"
    {
      "channel_type": "group",
      "channel_url": "lobby",
      "created_at": "[milliseconds]",
      "custom_type": "",
      "data": "",
      "file": {},
      "is_op_msg": false,
      "is_removed": false,
      "is_silent": false,
      "mention_type": "users",
      "mentioned_users": [],
      "message": "Hello",
      "message_id": "[id]",
      "message_retention_hour": -1,
      "message_survival_seconds": -1,
      "metaarray": {
        "a": [],
        "b": [
          "2",
          "1"
        ]
      },
      "metaarray_key_order": [
        "b",
        "a"
      ],
      "reactions": [],
      "silent": false,
      "translations": {},
      "type": "MESG",
      "updated_at": "[milliseconds]",
      "user": {
        "is_active": true,
        "metadata": {},
        "nickname": "Ada",
        "profile_url": "",
        "require_auth_for_profile_image": false,
        "role": "",
        "user_id": "ada"
      }
    }
    "#);
    assert!(edited["updated_at"].as_i64() >= edited["created_at"].as_i64(), "{edited}");
    assert_eq!(edited["created_at"], sent["created_at"]);
}

#[tokio::test]
async fn a_message_type_left_out_is_a_text_and_a_misspelled_one_is_ignored() {
    let mynah = lobby().await;

    let body = json!({ "messageType": "FILE", "channel_url": "elsewhere", "user_id": "ada", "message": "Hello" });
    let sent = mynah.send("lobby", body).await.ok();

    assert_eq!((&sent["type"], &sent["channel_url"]), (&json!("MESG"), &json!("lobby")));
    let video = json!({ "message_type": "VIDEO", "user_id": "ada", "message": "Hello" });
    mynah.send("lobby", video).await.refused(400_111);
    assert_eq!(mynah.total("lobby").await, 1);
}

#[tokio::test]
async fn everything_that_is_said_of_a_text_is_there_afterwards() {
    let mynah = lobby().await;
    let said = json!({
        "message": "Hello \"everybody\" 🦜 \\ / \u{202e}", "custom_type": "ç".repeat(128), "data": "{\"a\":[1,2]}",
        "mention_type": "channel", "created_at": 1_600_000_000_000_i64,
        "sorted_metaarray": [
            { "key": "z", "value": ["2", "1", "2"] }, { "key": "a", "value": ["x"] }, { "key": "m", "value": [] },
        ],
    });
    let mut body = said.clone();
    body["user_id"] = "ada".into();
    body["is_silent"] = true.into();
    body["send_push"] = false.into();
    body["dedup_id"] = "once".into();
    body["mentioned_user_ids"] = json!(["bo", "nobody", "cy"]);

    let sent = mynah.send("lobby", body).await.ok();

    assert!(sent.get("sorted_metaarray").is_none(), "{sent}");
    assert!(!sent.to_string().contains("once"), "{sent}");
    let seen = mynah.get(&format!("{MESSAGES}/{}?with_sorted_meta_array=true", id_of(&sent))).await.ok();
    for (key, value) in said.as_object().expect("an object") {
        assert_eq!(&seen[key], value, "{key}");
    }
    assert_eq!((&seen["silent"], &seen["is_silent"]), (&json!(true), &json!(true)));
    assert_eq!(each(seen["mentioned_users"].as_array().expect("users"), "user_id"), ["bo", "cy"]);
    assert_eq!(seen["user"]["user_id"], "ada");
    let plain = mynah.get(&format!("{MESSAGES}/{}", id_of(&sent))).await.ok();
    for key in ["sorted_metaarray", "thread_info", "reactions", "parent_message_info"] {
        assert!(plain.get(key).is_none(), "{key}");
    }
}

#[tokio::test]
async fn channels_is_another_word_for_channel() {
    let mynah = lobby().await;

    let body = json!({ "user_id": "ada", "message": "All!", "mention_type": "channels" });

    assert_eq!(mynah.send("lobby", body).await.ok()["mention_type"], "channel");
    assert_eq!(mynah.unread("lobby", "bo").await, (1, 1));
    let body = json!({ "user_id": "ada", "message": "All!", "mention_type": "everyone" });
    mynah.send("lobby", body).await.refused(400_111);
}

#[tokio::test]
async fn a_file_elsewhere_may_be_told_by_its_address_alone() {
    let mynah = lobby().await;

    let body = json!({ "message_type": "FILE", "user_id": "ada", "url": "https://files.example.org/x" });
    let sent = mynah.send("lobby", body).await.ok();

    let file = &sent["file"];
    assert_eq!(file["url"], "https://files.example.org/x");
    assert_eq!((&file["name"], &file["size"], &file["type"]), (&json!(""), &json!(0), &json!("")));
    assert_eq!(sent["message"], "");
}

#[tokio::test]
async fn a_file_that_is_uploaded_is_kept_and_served_from_here() {
    let mynah = lobby().await;
    let content: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    let part = Part::bytes(content.clone()).file_name("my plan?.png").mime_str("image/png").expect("a type");
    let texts = [
        ("message_type", "FILE"),
        ("user_id", "ada"),
        ("custom_type", "plan"),
        ("data", "{}"),
        ("mark_as_read", "false"),
        ("mentioned_user_ids", "bo,cy"),
        ("sorted_metaarray", r#"[{"key":"b","value":["1"]},{"key":"a","value":["2"]}]"#),
        ("created_at", "1600000000000"),
        ("is_silent", "false"),
        ("require_auth", "false"),
        // What the file itself says counts.
        ("file_name", "other.txt"),
        ("file_size", "1"),
        ("file_type", "text/plain"),
    ];

    let sent = mynah.form(Method::POST, MESSAGES, &texts, Some(("file", part))).await.ok();

    let file = &sent["file"];
    assert_eq!((&file["name"], &file["type"]), (&json!("my plan?.png"), &json!("image/png")));
    assert_eq!((&file["size"], &file["data"]), (&json!(100_000), &json!("{}")));
    assert_eq!((&sent["type"], &sent["custom_type"]), (&json!("FILE"), &json!("plan")));
    assert_eq!(sent["created_at"], 1_600_000_000_000_i64);
    assert_eq!(each(sent["mentioned_users"].as_array().expect("users"), "user_id"), ["bo", "cy"]);
    let url = file["url"].as_str().expect("an address");
    assert!(url.starts_with(&mynah.url("/")), "{url}");
    // Without a token: a picture in a page sends none.
    let served = mynah.client().get(url).send().await.expect("an answer");
    assert_eq!(served.headers()["content-type"], "image/png");
    assert_eq!(served.bytes().await.expect("bytes"), content);
    let seen = mynah.get(&format!("{MESSAGES}/{}?with_sorted_meta_array=true", id_of(&sent))).await.ok();
    assert_eq!(seen["file"], *file);
    assert_eq!(seen["sorted_metaarray"], json!([{ "key": "b", "value": ["1"] }, { "key": "a", "value": ["2"] }]));
}

#[tokio::test]
async fn the_same_bytes_under_two_names_are_two_files() {
    let mynah = lobby().await;
    let texts = [("message_type", "FILE"), ("user_id", "ada")];
    let send = async |name: &'static str, media_type: &str| {
        let part = Part::bytes(b"same".to_vec()).file_name(name).mime_str(media_type).expect("a type");
        mynah.form(Method::POST, MESSAGES, &texts, Some(("file", part))).await.ok()["file"].clone()
    };

    let (text, page) = (send("a.txt", "text/plain").await, send("b.csv", "text/csv").await);

    assert_eq!((&text["name"], &text["type"]), (&json!("a.txt"), &json!("text/plain")));
    assert_eq!((&page["name"], &page["type"]), (&json!("b.csv"), &json!("text/csv")));
    for (file, media_type) in [(text, "text/plain"), (page, "text/csv")] {
        let served = answer(mynah.client().get(file["url"].as_str().expect("an address"))).await;
        assert_eq!((served.status, served.text.as_str()), (200, "same"));
        assert_eq!(served.headers["content-type"], media_type);
    }
}

#[tokio::test]
async fn an_empty_file_is_a_file() {
    let mynah = lobby().await;
    let texts = [("message_type", "FILE"), ("user_id", "ada")];
    let part = Part::bytes(Vec::new()).file_name("empty.txt");

    let sent = mynah.form(Method::POST, MESSAGES, &texts, Some(("file", part))).await.ok();

    assert_eq!(sent["file"]["size"], 0);
    let served = answer(mynah.client().get(sent["file"]["url"].as_str().expect("an address"))).await;
    assert_eq!((served.status, served.text.as_str()), (200, ""));
}

#[tokio::test]
async fn what_is_refused_is_neither_kept_nor_counted() {
    let mynah = lobby().await;
    mynah.with_users(&["di"]).await;
    mynah.say("lobby", "ada", "Hello").await;
    let before = mynah.everything().await;
    let meta = |key: String, value: String| json!([{ "key": key, "value": [value] }]);

    for (code, body) in [
        (400_105, json!({})),
        (400_105, json!({ "user_id": "ada" })),
        (400_105, json!({ "message": "Hello" })),
        (400_105, json!({ "message_type": "FILE", "user_id": "ada" })),
        (400_105, json!({ "message_type": "FILE", "url": "u" })),
        (400_105, json!({ "message_type": "ADMM" })),
        (400_201, json!({ "user_id": "nobody", "message": "Hello" })),
        (400_108, json!({ "user_id": "di", "message": "Hello" })),
        (400_108, json!({ "message_type": "FILE", "user_id": "di", "url": "u" })),
        (400_110, json!({ "user_id": "ada", "message": "Hello", "custom_type": "c".repeat(129) })),
        (400_700, json!({ "user_id": "ada", "message": "é".repeat(5001) })),
        (400_700, json!({ "message_type": "ADMM", "message": "é".repeat(5001) })),
        (
            400_110,
            json!({ "user_id": "ada", "message": "m", "sorted_metaarray": meta("k".repeat(81), "v".into()) }),
        ),
        (
            400_110,
            json!({ "user_id": "ada", "message": "m", "sorted_metaarray": meta("k".into(), "v".repeat(129)) }),
        ),
        // Bytes are counted here, not characters.
        (
            400_110,
            json!({ "user_id": "ada", "message": "m", "sorted_metaarray": meta("é".repeat(41), "v".into()) }),
        ),
        (
            400_111,
            json!({ "user_id": "ada", "message": "m", "sorted_metaarray": [
            { "key": "k", "value": ["1"] }, { "key": "k", "value": ["2"] },
        ] }),
        ),
        (400_106, json!({ "user_id": "ada", "message": "m", "created_at": -1 })),
        (400_106, json!({ "message_type": "FILE", "user_id": "ada", "url": "u", "file_size": -1 })),
        // Base64 in JSON is no upload.
        (400_111, json!({ "message_type": "FILE", "user_id": "ada", "file": "aGVsbG8=" })),
    ] {
        mynah.send("lobby", body).await.refused(code);
    }

    assert_eq!(mynah.everything().await, before);
}

#[tokio::test]
async fn a_text_may_have_five_thousand_characters() {
    let mynah = lobby().await;
    let longest = "é".repeat(5000);

    let sent = mynah.send("lobby", json!({ "user_id": "ada", "message": longest })).await.ok();

    assert_eq!(sent["message"], longest);
    assert_eq!(mynah.get("/v3/group_channels/lobby").await.ok()["max_length_message"], 5000);
}

#[tokio::test]
async fn in_a_frozen_channel_only_operators_and_announcements_are_heard() {
    let mynah = lobby().await;
    mynah.put("/v3/group_channels/lobby", json!({ "operator_ids": ["cy"] })).await.ok();
    mynah.freeze("lobby").await;

    mynah.send("lobby", json!({ "user_id": "ada", "message": "Brr" })).await.refused(900_050);
    let file = json!({ "message_type": "FILE", "user_id": "ada", "url": "u" });
    mynah.send("lobby", file).await.refused(900_050);
    assert_eq!(mynah.total("lobby").await, 0);

    mynah.say("lobby", "cy", "Quiet").await;
    mynah.send("lobby", json!({ "message_type": "ADMM", "message": "Frozen" })).await.ok();
    assert_eq!(mynah.total("lobby").await, 2);
}

#[tokio::test]
async fn messages_of_one_channel_never_share_a_moment_and_grow_in_id() {
    let mynah = lobby().await;

    let mut before = (0, 0);
    for n in 0..100 {
        let sent = mynah.send("lobby", json!({ "user_id": "ada", "message": n.to_string() })).await.ok();
        let now = (sent["created_at"].as_i64().expect("a moment"), id_of(&sent));
        assert!(now.0 > before.0 && now.1 > before.1, "{now:?} after {before:?}");
        before = now;
    }
}

#[tokio::test]
async fn an_edit_changes_what_it_names_and_leaves_the_rest() {
    let mynah = lobby().await;
    let body = json!({
        "user_id": "ada", "message": "one", "custom_type": "c", "data": "d", "mentioned_user_ids": ["bo"],
        "sorted_metaarray": [{ "key": "k", "value": ["v"] }],
    });
    let path = format!("{MESSAGES}/{}", id_of(&mynah.send("lobby", body).await.ok()));
    let seen = async || mynah.get(&format!("{path}?with_sorted_meta_array=true")).await.ok();
    let mut expected = seen().await;

    for change in [
        json!({ "message": "two" }),
        json!({ "custom_type": "" }),
        json!({ "data": "{}" }),
        json!({ "mention_type": "channel" }),
        json!({ "mention_type": "users" }),
        json!({}),
    ] {
        let mut body = change.clone();
        body["message_type"] = "MESG".into();
        let edited = mynah.put(&path, body).await.ok();

        for (key, value) in change.as_object().expect("changes") {
            expected[key] = value.clone();
        }
        assert!(edited["updated_at"].as_i64() > expected["updated_at"].as_i64(), "{edited}");
        expected["updated_at"] = edited["updated_at"].clone();
        assert_eq!(seen().await, expected, "{change}");
    }
    assert_eq!(mynah.last_text("lobby").await, "two");
    assert_eq!(mynah.total("lobby").await, 1);
}

#[tokio::test]
async fn an_edit_that_mentions_others_changes_what_they_have_unread() {
    let mynah = lobby().await;
    let body = json!({ "user_id": "ada", "message": "one", "mentioned_user_ids": ["bo"] });
    let path = format!("{MESSAGES}/{}", id_of(&mynah.send("lobby", body).await.ok()));
    assert_eq!((mynah.unread("lobby", "bo").await, mynah.unread("lobby", "cy").await), ((1, 1), (1, 0)));

    let change = json!({ "message_type": "MESG", "mentioned_user_ids": ["cy"] });
    let edited = mynah.put(&path, change).await.ok();

    assert_eq!(each(edited["mentioned_users"].as_array().expect("users"), "user_id"), ["cy"]);
    assert_eq!((mynah.unread("lobby", "bo").await, mynah.unread("lobby", "cy").await), ((1, 0), (1, 1)));
}

#[tokio::test]
async fn files_and_announcements_are_edited_too() {
    let mynah = lobby().await;
    let file = json!({ "message_type": "FILE", "user_id": "ada", "url": "u", "file_name": "n", "file_size": 1 });
    let file = format!("{MESSAGES}/{}", id_of(&mynah.send("lobby", file).await.ok()));
    let news = mynah.send("lobby", json!({ "message_type": "ADMM", "message": "Opening" })).await.ok();

    let change = json!({ "message_type": "FILE", "url": "w", "file_type": "text/plain", "data": "d" });
    let edited = mynah.put(&file, change).await.ok();
    let told = json!({ "url": "w", "name": "n", "size": 1, "type": "text/plain", "data": "d" });
    for (key, value) in told.as_object().expect("an object") {
        assert_eq!(&edited["file"][key], value, "{key}");
    }

    let change = json!({ "message_type": "ADMM", "message": "Closing" });
    let edited = mynah.put(&format!("{MESSAGES}/{}", id_of(&news)), change).await.ok();
    assert_eq!((&edited["message"], &edited["type"]), (&json!("Closing"), &json!("ADMM")));
    assert!(edited.get("user").is_none(), "{edited}");
}

#[tokio::test]
async fn an_edit_that_is_refused_changes_nothing() {
    let mynah = lobby().await;
    let path = format!("{MESSAGES}/{}", mynah.say("lobby", "ada", "one").await);
    let removed = format!("{MESSAGES}/{}", mynah.say("lobby", "ada", "two").await);
    mynah.delete(&removed).await.ok();
    let before = mynah.everything().await;

    for (code, change) in [
        (400_105, json!({ "message": "new" })),
        (400_111, json!({ "message_type": "FILE", "message": "new" })),
        (400_111, json!({ "message_type": "ADMM", "message": "new" })),
        (400_111, json!({ "message_type": "SONG", "message": "new" })),
        (400_110, json!({ "message_type": "MESG", "message": "new", "custom_type": "c".repeat(129) })),
        (400_700, json!({ "message_type": "MESG", "message": "m".repeat(5001) })),
        (400_100, json!({ "message_type": "MESG", "message": "new", "data": {} })),
        (400_102, json!({ "message_type": "MESG", "message": "new", "mentioned_user_ids": "bo" })),
    ] {
        mynah.put(&path, change).await.refused(code);
    }

    let change = || json!({ "message_type": "MESG", "message": "new" });
    mynah.put(&removed, change()).await.refused(400_201);
    mynah.put(&format!("{MESSAGES}/999999"), change()).await.refused(400_201);
    mynah.put(&format!("{MESSAGES}/one"), change()).await.refused(400_201);
    mynah.put("/v3/group_channels/nowhere/messages/1", json!({})).await.refused(400_201);
    assert_eq!(mynah.everything().await, before);
}

#[tokio::test]
async fn a_removed_message_is_gone_for_all_who_do_not_ask_for_removed_ones() {
    let mynah = lobby().await;
    let first = mynah.say("lobby", "ada", "one").await;
    let second = mynah.say("lobby", "ada", "two").await;

    assert_eq!(mynah.delete(&format!("{MESSAGES}/{second}")).await.ok(), json!({}));

    let again = mynah.delete(&format!("{MESSAGES}/{second}")).await;
    assert_eq!(again.refused(400_201), "\"Message\" not found.");
    mynah.get(&format!("{MESSAGES}/{second}")).await.refused(400_201);
    assert_eq!(mynah.total("lobby").await, 1);
    assert_eq!(texts(&mynah.messages("lobby", "message_ts=0").await), ["one"]);
    let all = mynah.messages("lobby", "message_ts=0&including_removed=true").await;
    assert_eq!(texts(&all), ["one", "two"]);
    assert_eq!((&all[0]["is_removed"], &all[1]["is_removed"]), (&json!(false), &json!(true)));
    assert_eq!(mynah.last_text("lobby").await, "one");
    assert_eq!(mynah.unread("lobby", "bo").await, (1, 0));
    mynah.delete(&format!("{MESSAGES}/{first}")).await.ok();
    assert_eq!(mynah.get("/v3/group_channels/lobby").await.ok()["last_message"], Value::Null);
    assert_eq!(mynah.unread("lobby", "bo").await, (0, 0));
}

#[tokio::test]
async fn a_message_is_found_in_its_own_channel_alone() {
    let mynah = lobby().await;
    mynah.post("/v3/group_channels", json!({ "channel_url": "attic", "user_ids": ["ada"] })).await.ok();
    mynah.post("/v3/open_channels", json!({ "channel_url": "plaza" })).await.ok();
    let message = mynah.say("lobby", "ada", "Hello").await;

    for path in ["/v3/group_channels/attic", "/v3/open_channels/plaza", "/v3/group_channels/nowhere"] {
        let path = format!("{path}/messages/{message}");
        mynah.get(&path).await.refused(400_201);
        mynah.put(&path, json!({ "message_type": "MESG", "message": "x" })).await.refused(400_201);
        mynah.delete(&path).await.refused(400_201);
    }

    assert_eq!(mynah.message("lobby", message).await["message"], "Hello");
}

#[tokio::test]
async fn the_count_has_replies_and_announcements_but_not_the_removed() {
    let mynah = lobby().await;
    let parent = mynah.say("lobby", "ada", "one").await;
    mynah.reply("lobby", "bo", "two", parent).await;
    mynah.send("lobby", json!({ "message_type": "ADMM", "message": "three" })).await.ok();
    mynah.send("lobby", json!({ "user_id": "ada", "message": "four", "is_silent": true })).await.ok();
    mynah.send("lobby", json!({ "message_type": "FILE", "user_id": "ada", "url": "five" })).await.ok();
    let removed = mynah.say("lobby", "ada", "six").await;
    mynah.delete(&format!("{MESSAGES}/{removed}")).await.ok();

    let count = mynah.get(&format!("{MESSAGES}/total_count")).await.ok();

    assert_eq!(count, json!({ "total": 5 }));
}

#[tokio::test]
async fn others_have_unread_what_somebody_says_and_mentions() {
    let mynah = lobby().await;
    mynah.say("lobby", "ada", "one").await;
    let body = json!({ "user_id": "ada", "message": "two", "mentioned_user_ids": ["bo", "ada"] });
    mynah.send("lobby", body).await.ok();
    mynah.send("lobby", json!({ "user_id": "bo", "message": "three", "mention_type": "channel" })).await.ok();

    assert_eq!(mynah.unread("lobby", "ada").await, (1, 1));
    // Bo has read everything by writing.
    assert_eq!(mynah.unread("lobby", "bo").await, (0, 0));
    assert_eq!(mynah.unread("lobby", "cy").await, (3, 1));
    mynah.send("lobby", json!({ "message_type": "ADMM", "message": "four", "mention_type": "channel" })).await.ok();
    assert_eq!(mynah.unread("lobby", "ada").await, (2, 2));
    assert_eq!(mynah.unread("lobby", "bo").await, (1, 1));
}

#[tokio::test]
async fn whoever_writes_without_reading_keeps_what_is_unread() {
    let mynah = lobby().await;
    mynah.say("lobby", "ada", "one").await;
    let before = mynah.channel_of("lobby", "bo").await["read_receipt"]["bo"].clone();

    mynah.send("lobby", json!({ "user_id": "bo", "message": "two", "mark_as_read": false })).await.ok();

    // One's own words are never unread.
    assert_eq!(mynah.unread("lobby", "bo").await, (1, 0));
    assert_eq!(mynah.channel_of("lobby", "bo").await["read_receipt"]["bo"], before);
    let third = mynah.send("lobby", json!({ "user_id": "bo", "message": "three" })).await.ok();
    assert_eq!(mynah.unread("lobby", "bo").await, (0, 0));
    assert_eq!(mynah.channel_of("lobby", "bo").await["read_receipt"]["bo"], third["created_at"]);
}

#[tokio::test]
async fn a_silent_message_moves_nothing_but_the_view_of_its_sender() {
    let mynah = lobby().await;
    mynah.say("lobby", "ada", "loud").await;
    let body = json!({ "user_id": "ada", "message": "hush", "is_silent": true, "mentioned_user_ids": ["bo"] });

    let hush = mynah.send("lobby", body).await.ok();

    assert_eq!(mynah.unread("lobby", "bo").await, (1, 0));
    assert_eq!(mynah.last_text("lobby").await, "loud");
    assert_eq!(mynah.channel_of("lobby", "bo").await["last_message"]["message"], "loud");
    assert_eq!(mynah.channel_of("lobby", "ada").await["last_message"]["message"], "hush");
    assert_eq!(mynah.total("lobby").await, 2);
    assert_eq!(texts(&mynah.messages("lobby", "message_ts=0").await), ["loud", "hush"]);
    mynah.delete(&format!("{MESSAGES}/{}", id_of(&hush))).await.ok();
    assert_eq!(mynah.channel_of("lobby", "ada").await["last_message"]["message"], "loud");
    assert_eq!(mynah.unread("lobby", "bo").await, (1, 0));
}

#[tokio::test]
async fn a_message_brings_a_hidden_channel_back_unless_it_is_hidden_for_good() {
    let mynah = Mynah::start().await;
    mynah.with_users(&["ada", "bo", "cy"]).await;
    let body = json!({
        "channel_url": "lobby", "user_ids": ["ada", "bo", "cy"],
        "hidden_status": { "bo": "hidden_allow_auto_unhide", "cy": "hidden_prevent_auto_unhide" },
    });
    mynah.post("/v3/group_channels", body).await.ok();
    let hidden = async |user: &str| mynah.channel_of("lobby", user).await["hidden_state"].clone();

    mynah.send("lobby", json!({ "user_id": "ada", "message": "hush", "is_silent": true })).await.ok();
    assert_eq!(hidden("bo").await, "hidden_allow_auto_unhide");
    mynah.say("lobby", "ada", "Hello").await;

    assert_eq!(hidden("bo").await, "unhidden");
    assert_eq!(hidden("cy").await, "hidden_prevent_auto_unhide");
}

#[tokio::test]
async fn whoever_marks_as_read_has_nothing_unread_until_the_next_message() {
    let mynah = lobby().await;
    mynah.say("lobby", "ada", "one").await;
    let body = json!({ "user_id": "ada", "message": "two", "mentioned_user_ids": ["bo"] });
    let last = mynah.send("lobby", body).await.ok();
    assert_eq!(mynah.unread("lobby", "bo").await, (2, 1));

    let marked = mynah.put(&format!("{MESSAGES}/mark_as_read"), json!({ "user_id": "bo" })).await.ok();

    assert_eq!(marked, json!({}));
    assert_eq!(mynah.unread("lobby", "bo").await, (0, 0));
    assert_eq!(mynah.unread("lobby", "cy").await, (2, 0));
    let receipts = mynah.channel_of("lobby", "bo").await["read_receipt"].clone();
    assert_eq!(keys(&receipts), ["ada", "bo", "cy"]);
    assert!(receipts["bo"].as_i64() >= last["created_at"].as_i64(), "{receipts}");
    assert!(receipts["cy"].as_i64() < last["created_at"].as_i64(), "{receipts}");
    assert_eq!(mynah.channel_of("lobby", "bo").await["user_last_read"], receipts["bo"]);
    mynah.say("lobby", "ada", "three").await;
    assert_eq!(mynah.unread("lobby", "bo").await, (1, 0));
}

#[tokio::test]
async fn marking_as_read_needs_somebody_who_is_in() {
    let mynah = lobby().await;
    mynah.with_users(&["di"]).await;
    mynah.say("lobby", "ada", "one").await;
    let before = mynah.everything().await;
    let path = format!("{MESSAGES}/mark_as_read");

    mynah.put(&path, json!({})).await.refused(400_105);
    mynah.put(&path, json!({ "user_id": 5 })).await.refused(400_100);
    mynah.put(&path, json!({ "user_id": "bo", "timestamp": "yesterday" })).await.refused(400_101);
    mynah.put(&path, json!({ "user_id": "nobody" })).await.refused(400_201);
    mynah.put(&path, json!({ "user_id": "di" })).await.refused(400_108);
    mynah.put("/v3/group_channels/nowhere/messages/mark_as_read", json!({})).await.refused(400_201);

    assert_eq!(mynah.everything().await, before);
}

#[tokio::test]
async fn deleting_a_read_message_leaves_the_counts_of_those_who_read_it() {
    let mynah = lobby().await;
    let first = mynah.say("lobby", "ada", "one").await;
    mynah.put(&format!("{MESSAGES}/mark_as_read"), json!({ "user_id": "bo" })).await.ok();
    mynah.say("lobby", "ada", "two").await;

    mynah.delete(&format!("{MESSAGES}/{first}")).await.ok();

    assert_eq!(mynah.unread("lobby", "bo").await, (1, 0));
    assert_eq!(mynah.unread("lobby", "cy").await, (1, 0));
}

#[tokio::test]
async fn the_last_message_is_the_newest_by_time_and_not_by_arrival() {
    let mynah = lobby().await;
    mynah.say("lobby", "ada", "now").await;

    let old = json!({ "user_id": "ada", "message": "then", "created_at": 1_600_000_000_000_i64 });
    mynah.send("lobby", old).await.ok();

    assert_eq!(mynah.last_text("lobby").await, "now");
    assert_eq!(texts(&mynah.messages("lobby", "message_ts=0").await), ["then", "now"]);
}

#[tokio::test]
async fn replies_count_as_the_application_wants_it() {
    use mynah::model::application::ReplyPolicy;
    let mynah = lobby().await;
    let parent = mynah.say("lobby", "ada", "parent").await;
    let shown =
        json!({ "user_id": "ada", "message": "shown", "parent_message_id": parent, "reply_to_channel": true });
    mynah.send("lobby", shown).await.ok();
    mynah.reply("lobby", "ada", "hidden", parent).await;

    for (policy, last, unread) in [
        (ReplyPolicy::All, "hidden", 3),
        (ReplyPolicy::ShownInChannel, "shown", 2),
        (ReplyPolicy::NoReplies, "parent", 1),
    ] {
        mynah
            .settings(|settings| {
                settings.last_message_policy = policy;
                settings.unread_policy = policy;
            })
            .await;
        assert_eq!(mynah.last_text("lobby").await, last, "{policy:?}");
        assert_eq!(mynah.unread("lobby", "bo").await, (unread, 0), "{policy:?}");
    }
}

#[tokio::test]
async fn an_ephemeral_channel_keeps_nothing() {
    let mynah = Mynah::start().await;
    mynah.with_users(&["ada", "bo"]).await;
    let body = json!({ "channel_url": "lobby", "user_ids": ["ada", "bo"], "is_ephemeral": true });
    mynah.post("/v3/group_channels", body).await.ok();

    let sent = mynah.send("lobby", json!({ "user_id": "ada", "message": "Puff" })).await.ok();

    assert_eq!(sent["message"], "Puff");
    assert!(mynah.messages("lobby", "message_ts=0").await.is_empty());
    assert_eq!(mynah.total("lobby").await, 0);
    assert_eq!(mynah.get("/v3/group_channels/lobby").await.ok()["last_message"], Value::Null);
}

#[tokio::test]
async fn everything_is_in_the_subchannel_of_a_user_while_channels_are_not_split() {
    let mynah = Mynah::start().await;
    mynah.with_users(&["ada"]).await;
    mynah.post("/v3/open_channels", json!({ "channel_url": "plaza" })).await.ok();
    let text = json!({ "user_id": "ada", "message": "Hi" });
    mynah.post("/v3/open_channels/plaza/messages", text).await.ok();
    let list = "/v3/open_channels/plaza/messages?message_ts=0";

    let all = mynah.get(list).await.ok();
    assert_eq!(all["messages"].as_array().map(Vec::len), Some(1));
    let own = mynah.get(&format!("{list}&show_subchannel_messages_only=true&user_id=ada")).await.ok();
    assert_eq!(own, all);
    mynah.get(&format!("{list}&show_subchannel_messages_only=true&user_id=nobody")).await.refused(400_201);
    mynah.get(&format!("{list}&show_subchannel_messages_only=maybe")).await.refused(400_104);
}
