//! Replies: the heart.

use insta::{assert_json_snapshot, dynamic_redaction};
use reqwest::{Method, multipart::Part};
use serde_json::{Value, json};

use super::{each, hide, id_of, keys, texts};
use crate::support::{Answer, Mynah, answer};

const MESSAGES: &str = "/v3/group_channels/lobby/messages";

async fn lobby() -> Mynah {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo", "cy"]).await;
    mynah
}

impl Mynah {
    /// An open channel where anybody may write.
    async fn with_plaza(&self) {
        self.post("/v3/open_channels", json!({ "channel_url": "plaza" })).await.ok();
    }

    async fn send_to_plaza(&self, body: Value) -> Answer {
        self.post("/v3/open_channels/plaza/messages", body).await
    }

    async fn thread_of(&self, message: i64) -> Value {
        self.message("lobby", message).await["thread_info"].clone()
    }

    async fn file(&self, user: &str, url: &str) -> i64 {
        let body = json!({
            "message_type": "FILE", "user_id": user, "url": url, "file_name": "plan.png", "file_type": "image/png",
        });
        id_of(&self.send("lobby", body).await.ok())
    }
}

#[tokio::test]
async fn a_reply_names_its_parent_and_the_parent_counts_it() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    let parent = mynah.say("lobby", "ada", "At eight?").await;

    let reply = json!({
        "message_type": "MESG", "user_id": "bo", "message": "At eight then.",
        "parent_message_id": parent, "reply_to_channel": true,
    });
    let reply = mynah.send("lobby", reply).await.ok();

    assert_eq!(reply["parent_message_id"], parent);
    assert_eq!(reply["is_reply_to_channel"], true);
    assert_eq!(reply["parent_message_info"]["message"], "At eight?");
    assert_eq!(reply["parent_message_info"]["user"]["user_id"], "ada");
    let thread = &mynah.message("lobby", parent).await["thread_info"];
    assert_eq!(thread["reply_count"], 1);
    assert_eq!(thread["most_replies"][0]["user_id"], "bo");
    assert_eq!(thread["last_replied_at"], reply["created_at"]);
}

#[tokio::test]
async fn a_reply_has_the_keys_of_the_page() {
    let mynah = lobby().await;
    let parent = mynah.file("ada", "https://files.example.org/plan.png").await;

    let body = json!({ "message_type": "MESG", "user_id": "bo", "message": "Fine.", "parent_message_id": parent });
    let reply = mynah.send("lobby", body).await.ok();

    assert_json_snapshot!(reply, {
        ".message_id" => dynamic_redaction(hide::id),
        ".parent_message_id" => dynamic_redaction(hide::id),
        ".created_at" => dynamic_redaction(hide::milliseconds),
        ".parent_message_info.ts" => dynamic_redaction(hide::milliseconds),
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
      "is_reply_to_channel": false,
      "is_silent": false,
      "mention_type": "users",
      "mentioned_users": [],
      "message": "Fine.",
      "message_id": "[id]",
      "message_retention_hour": -1,
      "message_survival_seconds": -1,
      "parent_message_id": "[id]",
      "parent_message_info": {
        "custom_type": "",
        "file": {
          "name": "plan.png",
          "require_auth": false,
          "type": "image/png",
          "url": "https://files.example.org/plan.png"
        },
        "message": "https://files.example.org/plan.png",
        "ts": "[milliseconds]",
        "type": "FILE",
        "user": {
          "metadata": {},
          "nickname": "Ada",
          "profile_url": "",
          "user_id": "ada"
        }
      },
      "silent": false,
      "translations": {},
      "type": "MESG",
      "updated_at": 0,
      "user": {
        "is_active": true,
        "metadata": {},
        "nickname": "Bo",
        "profile_url": "",
        "require_auth_for_profile_image": false,
        "role": "",
        "user_id": "bo"
      }
    }
    "#);
    assert_eq!(reply["parent_message_id"], parent);
    assert_eq!(reply["parent_message_info"]["ts"], mynah.message("lobby", parent).await["created_at"]);
}

#[tokio::test]
async fn every_property_of_a_text_reply_is_there_afterwards() {
    let mynah = lobby().await;
    let parent = mynah.say("lobby", "ada", "parent").await;
    let said = json!({
        "message": "reply", "custom_type": "ç".repeat(128), "data": "{\"a\":1}", "mention_type": "users",
        "created_at": 1_600_000_000_000_i64, "parent_message_id": parent,
        "sorted_metaarray": [{ "key": "z", "value": ["2", "1"] }, { "key": "a", "value": ["x"] }],
    });
    let mut body = said.clone();
    for (key, value) in [
        ("message_type", json!("MESG")),
        ("user_id", json!("bo")),
        ("send_push", json!(false)),
        ("mentioned_user_ids", json!(["ada", "cy"])),
        ("mark_as_read", json!(false)),
        ("dedup_id", json!("once")),
        ("reply_to_channel", json!(false)),
    ] {
        body[key] = value;
    }

    let reply = mynah.send("lobby", body).await.ok();

    let seen = mynah.message("lobby", id_of(&reply)).await;
    for (key, value) in said.as_object().expect("an object") {
        assert_eq!(&seen[key], value, "{key}");
        assert!(key == "sorted_metaarray" || &reply[key] == value, "{key}");
    }
    assert_eq!((&seen["is_reply_to_channel"], &seen["type"]), (&json!(false), &json!("MESG")));
    assert_eq!(each(seen["mentioned_users"].as_array().expect("users"), "user_id"), ["ada", "cy"]);
    let long =
        json!({ "user_id": "bo", "message": "m", "parent_message_id": parent, "custom_type": "c".repeat(129) });
    mynah.send("lobby", long).await.refused(400_110);
}

#[tokio::test]
async fn a_reply_is_unread_mentions_and_marks_as_read_like_any_message() {
    let mynah = lobby().await;
    let parent = mynah.say("lobby", "ada", "parent").await;

    let body = json!({
        "user_id": "bo", "message": "one", "parent_message_id": parent, "mentioned_user_ids": ["ada"],
        "mark_as_read": false,
    });
    mynah.send("lobby", body).await.ok();
    assert_eq!(mynah.unread("lobby", "ada").await, (1, 1));
    assert_eq!(mynah.unread("lobby", "bo").await, (1, 0));
    assert_eq!(mynah.unread("lobby", "cy").await, (2, 0));
    assert_eq!(mynah.last_text("lobby").await, "one");
    let body = json!({ "user_id": "bo", "message": "two", "parent_message_id": parent, "mention_type": "channel" });
    let two = id_of(&mynah.send("lobby", body).await.ok());
    assert_eq!(mynah.unread("lobby", "ada").await, (2, 2));
    assert_eq!(mynah.unread("lobby", "bo").await, (0, 0));
    assert_eq!(mynah.unread("lobby", "cy").await, (3, 1));

    mynah.delete(&format!("{MESSAGES}/{two}")).await.ok();
    assert_eq!(mynah.unread("lobby", "ada").await, (1, 1));
    assert_eq!(mynah.unread("lobby", "cy").await, (2, 0));
    assert_eq!(mynah.last_text("lobby").await, "one");
}

#[tokio::test]
async fn every_property_of_a_file_reply_by_url_is_there_afterwards() {
    let mynah = lobby().await;
    let parent = mynah.say("lobby", "ada", "parent").await;
    let body = json!({
        "message_type": "FILE", "user_id": "bo", "parent_message_id": parent, "root_message_id": parent,
        "url": "https://files.example.org/b.png", "file_name": "b.png", "file_size": 2048, "file_type": "image/png",
        "thumbnails": ["https://files.example.org/b1.png", "https://files.example.org/b2.png"],
        "require_auth": true,
        "custom_type": "picture", "data": "{\"a\":1}", "send_push": false, "mention_type": "channel",
        "mentioned_user_ids": ["cy"], "mark_as_read": true, "created_at": 1_600_000_000_000_i64,
        "sorted_metaarray": [{ "key": "b", "value": ["1"] }, { "key": "a", "value": ["2"] }],
        "dedup_id": "once", "reply_to_channel": true,
    });

    let reply = mynah.send("lobby", body.clone()).await.ok();

    let seen = mynah.message("lobby", id_of(&reply)).await;
    for key in ["custom_type", "data", "mention_type", "created_at", "parent_message_id", "sorted_metaarray"] {
        assert_eq!(seen[key], body[key], "{key}");
    }
    assert_eq!((&seen["type"], &seen["is_reply_to_channel"]), (&json!("FILE"), &json!(true)));
    let file = &seen["file"];
    for (key, named) in [("url", "url"), ("name", "file_name"), ("size", "file_size"), ("type", "file_type")] {
        assert_eq!(file[key], body[named], "{key}");
    }
    assert_eq!((&file["require_auth"], &file["data"]), (&json!(true), &body["data"]));
    let thumbnails = file["thumbnails"].as_array().expect("thumbnails");
    assert_eq!(each(thumbnails, "url"), ["https://files.example.org/b1.png", "https://files.example.org/b2.png"]);
    assert_eq!(keys(&seen["parent_message_info"]), ["custom_type", "message", "ts", "type", "user"]);
    assert_eq!(mynah.thread_of(parent).await["reply_count"], 1);
}

#[tokio::test]
async fn a_file_reply_by_upload_is_served_from_here() {
    let mynah = lobby().await;
    let parent = mynah.say("lobby", "ada", "parent").await.to_string();
    let part = Part::bytes(b"\x00\xffbytes".to_vec()).file_name("b.png").mime_str("image/png").expect("a type");
    let fields = [
        ("message_type", "FILE"),
        ("user_id", "bo"),
        ("parent_message_id", &*parent),
        ("reply_to_channel", "true"),
        ("root_message_id", &*parent),
        ("custom_type", "picture"),
        ("mark_as_read", "true"),
        ("mentioned_user_ids", r#"["ada","cy"]"#),
        ("require_auth", "true"),
    ];

    let reply = mynah.form(Method::POST, MESSAGES, &fields, Some(("file", part))).await.ok();

    assert_eq!(reply["parent_message_id"].to_string(), parent);
    assert_eq!((&reply["is_reply_to_channel"], &reply["custom_type"]), (&json!(true), &json!("picture")));
    assert_eq!(each(reply["mentioned_users"].as_array().expect("users"), "user_id"), ["ada", "cy"]);
    let file = &reply["file"];
    assert_eq!((&file["name"], &file["type"], &file["size"]), (&json!("b.png"), &json!("image/png"), &json!(7)));
    assert_eq!(file["require_auth"], true);
    let url = file["url"].as_str().expect("an address");
    assert!(url.starts_with(&mynah.url("/")), "{url}");
    let served = mynah.client().get(url).send().await.expect("an answer");
    assert_eq!(served.status(), 403, "a file that requires auth is served to nobody without a key");
    let key = mynah.client().post(mynah.url("/_mynah/files/auth")).json(&json!({ "url": url }));
    let key = answer(key).await.ok()["auth"].as_str().expect("a key").to_owned();
    let served = mynah.client().get(url).query(&[("auth", key)]).send().await.expect("an answer");
    assert_eq!(&served.bytes().await.expect("bytes")[..], b"\x00\xffbytes");
}

#[tokio::test]
async fn the_picture_of_a_text_parent_is_of_today_and_of_a_file_parent_has_the_file() {
    let mynah = lobby().await;
    let body = json!({ "user_id": "ada", "message": "At eight?", "custom_type": "question" });
    let text = id_of(&mynah.send("lobby", body).await.ok());
    let file = mynah.file("ada", "https://files.example.org/plan.png").await;

    let of = async |parent: i64| {
        let reply = mynah.reply("lobby", "bo", "reply", parent).await;
        mynah.message("lobby", reply).await["parent_message_info"].clone()
    };
    let (text_info, file_info) = (of(text).await, of(file).await);

    assert_eq!((&text_info["type"], &text_info["message"]), (&json!("MESG"), &json!("At eight?")));
    assert_eq!((&text_info["custom_type"], &text_info["user"]["nickname"]), (&json!("question"), &json!("Ada")));
    assert_eq!(keys(&text_info["user"]), ["metadata", "nickname", "profile_url", "user_id"]);
    assert!(text_info.get("file").is_none(), "{text_info}");
    assert_eq!(file_info["message"], "https://files.example.org/plan.png");
    let expected = json!({
        "name": "plan.png", "type": "image/png", "url": "https://files.example.org/plan.png", "require_auth": false,
    });
    assert_eq!(file_info["file"], expected);
    let change = json!({ "message_type": "MESG", "message": "At nine?" });
    mynah.put(&format!("{MESSAGES}/{text}"), change).await.ok();
    assert_eq!(of(text).await["message"], "At nine?");
}

#[tokio::test]
async fn a_message_without_replies_has_no_thread_and_a_plain_one_no_keys_of_a_reply() {
    let mynah = lobby().await;
    let message = mynah.say("lobby", "ada", "alone").await;

    let seen = mynah.message("lobby", message).await;

    for key in ["thread_info", "parent_message_id", "parent_message_info", "is_reply_to_channel"] {
        assert!(seen.get(key).is_none(), "{key}");
    }
}

#[tokio::test]
async fn a_parent_of_zero_is_no_parent() {
    let mynah = lobby().await;

    let body = json!({ "user_id": "ada", "message": "m", "parent_message_id": 0, "root_message_id": 0 });
    let sent = mynah.send("lobby", body).await.ok();

    assert!(sent.get("parent_message_id").is_none(), "{sent}");
}

#[tokio::test]
async fn a_thread_is_true_under_replies_edits_and_removals() {
    let mynah = lobby().await;
    let parent = mynah.say("lobby", "ada", "parent").await;
    let thread = async || mynah.thread_of(parent).await;
    let first = mynah.reply("lobby", "bo", "one", parent).await;
    let second = mynah.reply("lobby", "cy", "two", parent).await;
    let third = mynah.reply("lobby", "bo", "three", parent).await;
    let at = async |id: i64| mynah.message("lobby", id).await["created_at"].clone();

    let full = thread().await;
    assert_eq!(keys(&full), ["last_replied_at", "most_replies", "reply_count", "updated_at"]);
    assert_eq!((&full["reply_count"], &full["last_replied_at"]), (&json!(3), &at(third).await));
    let most = full["most_replies"].as_array().expect("users");
    assert_eq!(each(most, "user_id"), ["bo", "cy"]);
    assert_eq!(
        keys(&most[0]),
        ["metadata", "nickname", "profile_url", "require_auth_for_profile_image", "user_id"]
    );

    let change = json!({ "message_type": "MESG", "message": "changed" });
    let edited = mynah.put(&format!("{MESSAGES}/{first}"), change.clone()).await.ok();
    let after = thread().await;
    // Replies of one millisecond are parted by moving the later ones on, perhaps past the edit.
    let changed = edited["updated_at"].as_i64().max(full["updated_at"].as_i64());
    assert_eq!(after["updated_at"].as_i64(), changed);
    assert_eq!(
        (&after["reply_count"], &after["last_replied_at"]),
        (&full["reply_count"], &full["last_replied_at"])
    );
    mynah.put(&format!("{MESSAGES}/{parent}"), change).await.ok();
    assert_eq!(thread().await, after);

    mynah.delete(&format!("{MESSAGES}/{third}")).await.ok();
    let after = thread().await;
    assert_eq!((&after["reply_count"], &after["last_replied_at"]), (&json!(2), &at(second).await));
    assert!(after["updated_at"].as_i64() >= full["updated_at"].as_i64(), "{after}");
    mynah.delete(&format!("{MESSAGES}/{first}")).await.ok();
    assert_eq!(each(thread().await["most_replies"].as_array().expect("users"), "user_id"), ["cy"]);
    mynah.delete(&format!("{MESSAGES}/{second}")).await.ok();
    assert_eq!(thread().await, Value::Null);
    let fourth = mynah.reply("lobby", "ada", "four", parent).await;
    assert_eq!(
        (&thread().await["reply_count"], &thread().await["last_replied_at"]),
        (&json!(1), &at(fourth).await)
    );
}

#[tokio::test]
async fn a_reply_leaves_the_parent_itself_as_it_was() {
    let mynah = lobby().await;
    let parent = mynah.say("lobby", "ada", "parent").await;
    let before = mynah.get(&format!("{MESSAGES}/{parent}")).await.ok();

    mynah.reply("lobby", "bo", "reply", parent).await;

    assert_eq!(mynah.get(&format!("{MESSAGES}/{parent}")).await.ok(), before);
}

#[tokio::test]
async fn those_who_reply_most_are_named_and_no_more_than_five() {
    let mynah = Mynah::start().await;
    let users = ["u1", "u2", "u3", "u4", "u5", "u6", "u7"];
    mynah.with_group("lobby", &users).await;
    let parent = mynah.say("lobby", "u1", "parent").await;
    for (count, user) in users.iter().enumerate() {
        for _ in 0..count {
            mynah.reply("lobby", user, "reply", parent).await;
        }
    }

    let thread = mynah.thread_of(parent).await;

    assert_eq!(thread["reply_count"], 21);
    assert_eq!(each(thread["most_replies"].as_array().expect("users"), "user_id"), ["u7", "u6", "u5", "u4", "u3"]);
}

#[tokio::test]
async fn a_thread_is_listed_after_its_parent() {
    let mynah = lobby().await;
    mynah.say("lobby", "ada", "before").await;
    let parent = mynah.say("lobby", "ada", "parent").await;
    let other = mynah.say("lobby", "ada", "other").await;
    mynah.reply("lobby", "bo", "elsewhere", other).await;
    let mut moments = Vec::new();
    for text in ["one", "two", "three", "four"] {
        let reply = mynah.reply("lobby", "bo", text, parent).await;
        moments.push(mynah.message("lobby", reply).await["created_at"].as_i64().expect("a moment"));
    }

    for (query, expected) in [
        ("message_ts=0".to_owned(), "parent one two three four"),
        ("message_ts=0&include_reply_type=NONE".to_owned(), "parent one two three four"),
        ("message_ts=0&include_reply_type=all".to_owned(), "parent one two three four"),
        ("message_ts=0&next_limit=2".to_owned(), "parent one two"),
        ("message_ts=0&next_limit=2&reverse=true".to_owned(), "parent two one"),
        (format!("message_ts={}&prev_limit=1&next_limit=1", moments[2]), "parent two three four"),
        (format!("message_ts={}&prev_limit=1&next_limit=1&include=false", moments[2]), "parent two four"),
        (format!("message_ts={}&prev_limit=1&next_limit=0&include=false", moments[1]), "parent one"),
        ("message_ts=9999999999999&prev_limit=2".to_owned(), "parent three four"),
        ("message_ts=0&next_limit=0".to_owned(), "parent"),
    ] {
        let listed = mynah.messages("lobby", &format!("parent_message_id={parent}&{query}")).await;
        assert_eq!(texts(&listed).join(" "), expected, "{query}");
        assert_eq!(id_of(&listed[0]), parent, "{query}");
    }
    let query = format!("parent_message_id={parent}&message_ts=0&include_thread_info=true");
    let told = mynah.messages("lobby", &format!("{query}&include_parent_message_info=true")).await;
    assert_eq!(told[0]["thread_info"]["reply_count"], 4);
    assert_eq!(told[1]["parent_message_info"]["message"], "parent");
    let alone = mynah.say("lobby", "ada", "alone").await;
    let listed = mynah.messages("lobby", &format!("parent_message_id={alone}&message_ts=0")).await;
    assert_eq!(texts(&listed), ["alone"]);
}

#[tokio::test]
async fn a_removed_parent_leaves_its_replies_and_takes_no_new_ones() {
    let mynah = lobby().await;
    let parent = mynah.say("lobby", "ada", "parent").await;
    let reply = mynah.reply("lobby", "bo", "reply", parent).await;

    mynah.delete(&format!("{MESSAGES}/{parent}")).await.ok();

    let seen = mynah.message("lobby", reply).await;
    assert_eq!((&seen["message"], &seen["parent_message_id"]), (&json!("reply"), &json!(parent)));
    assert!(seen.get("parent_message_info").is_none(), "{seen}");
    let listed = mynah.messages("lobby", &format!("parent_message_id={parent}&message_ts=0")).await;
    assert_eq!(texts(&listed), ["reply"]);
    let before = mynah.everything().await;
    let body = json!({ "user_id": "bo", "message": "too late", "parent_message_id": parent });
    mynah.send("lobby", body).await.refused(400_201);
    assert_eq!(mynah.everything().await, before);
}

#[tokio::test]
async fn everything_that_cannot_be_a_reply_is_refused_and_changes_nothing() {
    let mynah = lobby().await;
    mynah.with_plaza().await;
    mynah.with_users(&["di"]).await;
    mynah.post("/v3/group_channels", json!({ "channel_url": "attic", "user_ids": ["bo"] })).await.ok();
    let parent = mynah.say("lobby", "ada", "parent").await;
    let reply = mynah.reply("lobby", "bo", "reply", parent).await;
    let admin = id_of(&mynah.send("lobby", json!({ "message_type": "ADMM", "message": "news" })).await.ok());
    let elsewhere = mynah.say("attic", "bo", "elsewhere").await;
    let open = id_of(&mynah.send_to_plaza(json!({ "user_id": "bo", "message": "open" })).await.ok());
    let removed = mynah.say("lobby", "ada", "removed").await;
    mynah.delete(&format!("{MESSAGES}/{removed}")).await.ok();
    let before = mynah.everything().await;

    let text = |parent: Value| json!({ "user_id": "bo", "message": "m", "parent_message_id": parent });
    let file =
        |parent: Value| json!({ "message_type": "FILE", "user_id": "bo", "url": "u", "parent_message_id": parent });
    for (code, wrong) in [
        (400_111, json!(admin)),
        (400_111, json!(reply)),
        (400_201, json!(removed)),
        (400_201, json!(elsewhere)),
        (400_201, json!(open)),
        (400_201, json!(999_999)),
        (400_201, json!(-1)),
        (400_201, json!(i64::MAX)),
        (400_101, json!(parent.to_string())),
        (400_101, json!("parent")),
        (400_101, json!(true)),
        (400_101, json!(1.5)),
        (400_101, json!(1e300)),
        (400_101, json!([parent])),
        (400_101, json!({ "message_id": parent })),
        (400_101, json!(u64::MAX)),
    ] {
        mynah.send("lobby", text(wrong.clone())).await.refused(code);
        mynah.send("lobby", file(wrong.clone())).await.refused(code);
        if wrong != json!(open) {
            // In another channel each of these is a message of elsewhere.
            let code = if code == 400_101 { code } else { 400_201 };
            mynah.send_to_plaza(text(wrong)).await.refused(code);
        }
    }
    let with = |mut body: Value, key: &str, value: Value| {
        body[key] = value;
        body
    };
    for (code, body) in [
        // An announcement is no reply.
        (400_111, json!({ "message_type": "ADMM", "message": "news", "parent_message_id": parent })),
        (400_111, with(file(json!(parent)), "root_message_id", json!(admin))),
        (400_111, with(file(json!(parent)), "root_message_id", json!(reply))),
        (400_101, with(file(json!(parent)), "root_message_id", json!("root"))),
        (400_104, with(text(json!(parent)), "reply_to_channel", json!("yes"))),
        (400_105, json!({ "user_id": "bo", "parent_message_id": parent })),
        (400_105, json!({ "message": "m", "parent_message_id": parent })),
        (400_105, json!({ "message_type": "FILE", "user_id": "bo", "parent_message_id": parent })),
        (400_201, with(text(json!(parent)), "user_id", json!("nobody"))),
        (400_108, with(text(json!(parent)), "user_id", json!("di"))),
        (400_700, with(text(json!(parent)), "message", json!("m".repeat(5001)))),
    ] {
        mynah.send("lobby", body).await.refused(code);
    }

    assert_eq!(mynah.everything().await, before);
}

#[tokio::test]
async fn an_upload_to_a_wrong_parent_is_refused_too() {
    let mynah = lobby().await;
    let admin = id_of(&mynah.send("lobby", json!({ "message_type": "ADMM", "message": "news" })).await.ok());
    let before = mynah.everything().await;
    let upload = async |parent: &str| {
        let fields = [("message_type", "FILE"), ("user_id", "bo"), ("parent_message_id", parent)];
        let part = Part::bytes(b"bytes".to_vec()).file_name("b.png");
        mynah.form(Method::POST, MESSAGES, &fields, Some(("file", part))).await
    };

    upload(&admin.to_string()).await.refused(400_111);
    upload("999999").await.refused(400_201);
    upload("parent").await.refused(400_101);
    upload("99999999999999999999").await.refused(400_101);

    assert_eq!(mynah.everything().await, before);
}

#[tokio::test]
async fn an_open_channel_has_threads_too() {
    let mynah = lobby().await;
    mynah.with_plaza().await;
    let parent = mynah.send_to_plaza(json!({ "user_id": "ada", "message": "parent" })).await.ok();
    let parent = id_of(&parent);

    let body = json!({ "user_id": "bo", "message": "one", "parent_message_id": parent, "reply_to_channel": true });
    let reply = mynah.send_to_plaza(body).await.ok();
    let body = json!({ "message_type": "FILE", "user_id": "cy", "url": "u", "parent_message_id": parent });
    mynah.send_to_plaza(body).await.ok();

    assert_eq!((&reply["channel_type"], &reply["parent_message_id"]), (&json!("open"), &json!(parent)));
    assert_eq!(reply["parent_message_info"]["message"], "parent");
    let path = "/v3/open_channels/plaza/messages";
    let seen = mynah.get(&format!("{path}/{parent}?include_thread_info=true")).await.ok();
    assert_eq!(seen["thread_info"]["reply_count"], 2);
    let list = async |query: &str| {
        let list = mynah.get(&format!("{path}?message_ts=0&{query}")).await.ok();
        texts(list["messages"].as_array().expect("messages")).join(" ")
    };
    assert_eq!(list("").await, "parent");
    assert_eq!(list("include_reply_type=ONLY_REPLY_TO_CHANNEL").await, "parent one");
    assert_eq!(list(&format!("parent_message_id={parent}")).await, "parent one ");
    let total = mynah.get(&format!("{path}/total_count")).await.ok();
    assert_eq!(total["total"], 3);
}

#[tokio::test]
async fn one_may_reply_to_oneself_and_to_somebody_who_has_left() {
    let mynah = lobby().await;
    let parent = mynah.say("lobby", "ada", "parent").await;

    mynah.reply("lobby", "ada", "to myself", parent).await;
    mynah.put("/v3/group_channels/lobby/leave", json!({ "user_ids": ["ada"] })).await.ok();
    mynah.reply("lobby", "bo", "are you gone?", parent).await;

    assert_eq!(mynah.thread_of(parent).await["reply_count"], 2);
}

#[tokio::test]
async fn a_file_takes_replies_of_both_kinds() {
    let mynah = lobby().await;
    let parent = mynah.file("ada", "https://files.example.org/plan.png").await;

    mynah.reply("lobby", "bo", "text", parent).await;
    let body = json!({ "message_type": "FILE", "user_id": "cy", "url": "u", "parent_message_id": parent });
    let file = mynah.send("lobby", body).await.ok();

    assert_eq!(file["parent_message_info"]["type"], "FILE");
    assert_eq!(mynah.thread_of(parent).await["reply_count"], 2);
}

#[tokio::test]
async fn an_edited_reply_stays_a_reply() {
    let mynah = lobby().await;
    let parent = mynah.say("lobby", "ada", "parent").await;
    let body = json!({ "user_id": "bo", "message": "one", "parent_message_id": parent, "reply_to_channel": true });
    let reply = id_of(&mynah.send("lobby", body).await.ok());

    let change = json!({ "message_type": "MESG", "message": "two" });
    let edited = mynah.put(&format!("{MESSAGES}/{reply}"), change).await.ok();

    assert_eq!((&edited["parent_message_id"], &edited["is_reply_to_channel"]), (&json!(parent), &json!(true)));
    let listed = mynah.messages("lobby", &format!("parent_message_id={parent}&message_ts=0")).await;
    assert_eq!(texts(&listed), ["parent", "two"]);
    assert_eq!(mynah.thread_of(parent).await["reply_count"], 1);
}

#[tokio::test]
async fn replies_of_the_same_moment_are_all_counted() {
    let mynah = lobby().await;
    let parent = mynah.say("lobby", "ada", "parent").await;
    let at = 1_600_000_000_000_i64;
    for n in 0..20 {
        let body =
            json!({ "user_id": "bo", "message": n.to_string(), "parent_message_id": parent, "created_at": at });
        mynah.send("lobby", body).await.ok();
    }

    let thread = mynah.thread_of(parent).await;
    assert_eq!((&thread["reply_count"], &thread["last_replied_at"]), (&json!(20), &json!(at)));
    let listed = mynah.messages("lobby", &format!("parent_message_id={parent}&message_ts={at}&next_limit=0")).await;
    assert_eq!(listed.len(), 21);
}

#[tokio::test]
async fn many_reply_at_once_and_every_reply_is_counted() {
    let mynah = std::sync::Arc::new(lobby().await);
    let parent = mynah.say("lobby", "ada", "parent").await;

    let mut sending = tokio::task::JoinSet::new();
    for n in 0..64 {
        let mynah = std::sync::Arc::clone(&mynah);
        let user = ["ada", "bo", "cy"][n % 3];
        sending.spawn(async move { mynah.reply("lobby", user, &n.to_string(), parent).await });
    }
    let ids: std::collections::BTreeSet<_> = sending.join_all().await.into_iter().collect();

    assert_eq!(ids.len(), 64);
    let thread = mynah.thread_of(parent).await;
    assert_eq!(thread["reply_count"], 64);
    assert_eq!(mynah.total("lobby").await, 65);
    let listed = mynah.messages("lobby", &format!("parent_message_id={parent}&message_ts=0&next_limit=200")).await;
    let moments: std::collections::BTreeSet<_> =
        listed.iter().map(|message| message["created_at"].as_i64()).collect();
    assert_eq!(moments.len(), 65);
    assert_eq!(thread["last_replied_at"].as_i64(), moments.into_iter().next_back().flatten());
}
