//! Users.

use insta::{assert_json_snapshot, dynamic_redaction};
use reqwest::{Method, multipart::Part};
use serde_json::{Value, json};

use super::{each, hide};
use crate::support::{Mynah, answer};

#[tokio::test]
async fn a_new_user_has_the_keys_of_a_creation() {
    let mynah = Mynah::start().await;

    let user = json!({ "user_id": "ada", "nickname": "Ada", "profile_url": "", "metadata": { "team": "red" } });
    let user = mynah.post("/v3/users", user).await.ok();

    assert_json_snapshot!(user, { ".created_at" => dynamic_redaction(hide::seconds) }, @r#"
    {
      "access_token": "",
      "created_at": "[seconds]",
      "discovery_keys": [],
      "has_ever_logged_in": false,
      "is_active": true,
      "is_created": true,
      "is_hide_me_from_friends": false,
      "is_online": false,
      "is_shadow_blocked": false,
      "last_seen_at": -1,
      "locale": "",
      "metadata": {
        "team": "red"
      },
      "nickname": "Ada",
      "phone_number": "",
      "preferred_languages": [],
      "profile_url": "",
      "require_auth_for_profile_image": false,
      "user_id": "ada"
    }
    "#);
}

#[tokio::test]
async fn a_user_is_found_as_created_without_what_only_a_creation_has() {
    let mynah = Mynah::start().await;
    let body = json!({ "user_id": "ada", "nickname": "Ada", "profile_url": "https://pictures.example.org/a.png" });
    let mut created = mynah.post("/v3/users", body).await.ok();

    let seen = mynah.get("/v3/users/ada").await.ok();

    let created = created.as_object_mut().expect("a user");
    assert_eq!(created.remove("is_created"), Some(json!(true)));
    assert_eq!(created.remove("phone_number"), Some(json!("")));
    assert_eq!(&Value::from(created.clone()), &seen);
}

#[tokio::test]
async fn a_user_needs_an_id_and_a_nickname_which_may_be_empty() {
    let mynah = Mynah::start().await;

    let nameless = mynah.post("/v3/users", json!({ "user_id": "ada", "not_a_property": 1 })).await;
    assert_eq!(nameless.refused(400_105), "nickname must be required.");
    let nobody = mynah.post("/v3/users", json!({ "nickname": "Ada" })).await;
    assert_eq!(nobody.refused(400_105), "user_id must be required.");
    assert_eq!(mynah.get("/v3/users").await.ok()["users"], json!([]));

    let quiet = mynah.post("/v3/users", json!({ "user_id": "ada", "nickname": "" })).await.ok();
    assert_eq!(quiet["nickname"], "");
    assert_eq!(quiet["profile_url"], "");
}

#[tokio::test]
async fn an_id_is_taken_once_and_its_case_matters() {
    let mynah = Mynah::start().await;
    mynah.with_users(&["ada"]).await;
    let before = mynah.everything().await;

    let again = mynah.post("/v3/users", json!({ "user_id": "ada", "nickname": "Somebody else" })).await;

    assert_eq!(again.refused(400_202), "\"user_id\" violates unique constraint.");
    assert_eq!(mynah.everything().await, before);
    mynah.post("/v3/users", json!({ "user_id": "Ada", "nickname": "Somebody else" })).await.ok();
    assert_eq!(mynah.get("/v3/users/ada").await.ok()["nickname"], "Ada");
}

#[tokio::test]
async fn texts_of_a_user_may_be_so_long_and_no_longer() {
    let mynah = Mynah::start().await;
    let user = |id: &str, key: &str, value: Value| {
        let mut user = json!({ "user_id": id, "nickname": "Ada", "profile_url": "" });
        user[key] = value;
        user
    };

    for (key, limit) in [("user_id", 80), ("nickname", 80), ("profile_url", 2048)] {
        // Characters are counted, not bytes.
        let longest = "ü".repeat(limit);
        let kept = mynah.post("/v3/users", user(key, key, longest.clone().into())).await.ok();
        assert_eq!(kept[key], longest, "{key}");
        mynah.post("/v3/users", user("next", key, "ü".repeat(limit + 1).into())).await.refused(400_110);
    }
    let keys = |count: usize| (0..count).map(|n| (format!("k{n}"), "v".into())).collect::<serde_json::Map<_, _>>();
    let metadata = [
        (400_203, Value::from(keys(6))),
        (400_110, json!({ "k".repeat(129): "v" })),
        (400_110, json!({ "k": "v".repeat(191) })),
        (400_151, json!({ "a,b": "v" })),
        (400_100, json!({ "k": 1 })),
        (400_103, json!("k")),
    ];
    for (code, metadata) in metadata {
        mynah.post("/v3/users", user("next", "metadata", metadata)).await.refused(code);
    }
    mynah.get("/v3/users/next").await.refused(400_201);
    let mut largest = keys(4);
    largest.insert("k".repeat(128), "v".repeat(190).into());
    let kept = mynah.post("/v3/users", user("next", "metadata", largest.clone().into())).await.ok();
    assert_eq!(kept["metadata"], Value::from(largest));
}

#[tokio::test]
async fn an_id_of_white_space_is_no_id() {
    let mynah = Mynah::start().await;

    for id in ["", "  "] {
        mynah.post("/v3/users", json!({ "user_id": id, "nickname": "Ada" })).await.refused(400_151);
    }

    assert_eq!(mynah.get("/v3/users").await.ok()["users"], json!([]));
}

#[tokio::test]
async fn ids_of_all_characters_are_found_by_an_escaped_path() {
    let mynah = Mynah::start().await;

    for (id, escaped) in [
        ("ada@example.org", "ada@example.org"),
        ("teams/red/ada", "teams%2Fred%2Fada"),
        ("Ада Лавлейс", "%D0%90%D0%B4%D0%B0%20%D0%9B%D0%B0%D0%B2%D0%BB%D0%B5%D0%B9%D1%81"),
        ("a?b#c%2F", "a%3Fb%23c%252F"),
        ("🦜", "🦜"),
        ("a//b/", "a%2F%2Fb%2F"),
    ] {
        mynah.post("/v3/users", json!({ "user_id": id, "nickname": "Ada" })).await.ok();

        assert_eq!(mynah.get(&format!("/v3/users/{escaped}")).await.ok()["user_id"], id);
        assert_eq!(mynah.delete(&format!("/v3/users/{escaped}")).await.ok(), json!({}));
        mynah.get(&format!("/v3/users/{escaped}")).await.refused(400_201);
    }
}

#[tokio::test]
async fn an_update_changes_what_it_names_and_leaves_the_rest() {
    let mynah = Mynah::start().await;
    let user = json!({ "user_id": "ada", "nickname": "Ada", "profile_url": "https://a.example.org/1.png" });
    mynah.post("/v3/users", user).await.ok();
    let mut expected = mynah.get("/v3/users/ada").await.ok();

    for change in [
        json!({ "nickname": "Ada L." }),
        json!({ "profile_url": "" }),
        json!({ "discovery_keys": ["a", "b"] }),
        json!({ "discovery_keys": ["c"] }),
        json!({ "preferred_languages": ["en", "de", "fr", "es"] }),
        json!({ "is_active": false }),
        json!({ "is_active": true }),
        // Nobody was ever connected, so this says nothing.
        json!({ "last_seen_at": 1_700_000_000_000_i64 }),
    ] {
        let updated = mynah.put("/v3/users/ada", change.clone()).await.ok();

        for (key, value) in change.as_object().expect("changes").iter().filter(|(key, _)| *key != "last_seen_at") {
            expected[key] = value.clone();
        }
        assert_eq!(updated, expected, "{change}");
        assert_eq!(mynah.get("/v3/users/ada").await.ok(), expected, "{change}");
    }
    assert_eq!(expected["last_seen_at"], -1);
}

#[tokio::test]
async fn an_update_that_is_wrong_in_one_field_changes_none() {
    let mynah = Mynah::start().await;
    mynah.with_users(&["ada"]).await;
    let before = mynah.everything().await;

    for (code, wrong) in [
        (400_110, json!({ "nickname": "n".repeat(81) })),
        (400_110, json!({ "profile_url": "p".repeat(2049) })),
        (400_203, json!({ "preferred_languages": ["a", "b", "c", "d", "e"] })),
        (400_102, json!({ "preferred_languages": "en" })),
        (400_104, json!({ "is_active": "yes" })),
        (400_100, json!({ "nickname": 5 })),
    ] {
        let mut change = json!({ "nickname": "New", "discovery_keys": ["new"], "issue_access_token": true });
        for (key, value) in wrong.as_object().expect("changes") {
            change[key] = value.clone();
        }
        mynah.put("/v3/users/ada", change).await.refused(code);
        assert_eq!(mynah.everything().await, before, "{wrong}");
    }
}

#[tokio::test]
async fn a_token_is_issued_when_asked_for_and_replaced_by_the_next() {
    let mynah = Mynah::start().await;
    let user = json!({ "user_id": "ada", "nickname": "Ada", "issue_access_token": true });
    let first = mynah.post("/v3/users", user).await.ok()["access_token"].clone();
    assert!(first.as_str().is_some_and(|token| !token.is_empty()), "{first}");
    assert_eq!(mynah.get("/v3/users/ada").await.ok()["access_token"], first);

    let second = mynah.put("/v3/users/ada", json!({ "issue_access_token": true })).await.ok();

    assert_ne!(second["access_token"], first);
    assert_ne!(second["access_token"], "");
    mynah.with_users(&["bo"]).await;
    assert_eq!(mynah.get("/v3/users/bo").await.ok()["access_token"], "");
}

#[tokio::test]
async fn a_picture_is_a_jpeg_or_a_png_of_at_most_5_mb() {
    let mynah = Mynah::start().await;
    let create = async |user: &str, bytes: usize, name: &'static str| {
        let picture = Part::bytes(vec![1; bytes]).file_name(name);
        let texts = [("user_id", user), ("nickname", "Ada")];
        mynah.form(Method::POST, "/v3/users", &texts, Some(("profile_file", picture))).await
    };
    create("ada", 5 << 20, "ada.PNG").await.ok();
    create("bo", 10, "bo.jpeg").await.ok();
    for (bytes, name) in [((5 << 20) + 1, "cy.png"), (10, "cy.txt"), (10, "cy")] {
        let why = create("cy", bytes, name).await.refused(400_111);
        assert!(why.contains("profile_file"), "{why}");
    }
    mynah.get("/v3/users/cy").await.refused(400_201);
}

#[tokio::test]
async fn a_picture_that_is_uploaded_is_served_from_here() {
    let mynah = Mynah::start().await;
    let picture = || Some(("profile_file", Part::bytes(b"\x89PNG ada".to_vec()).file_name("ada.png")));

    let texts = [("user_id", "ada"), ("nickname", "Ada"), ("metadata", r#"{"team":"red"}"#)];
    let user = mynah.form(Method::POST, "/v3/users", &texts, picture()).await.ok();

    assert_eq!(user["metadata"], json!({ "team": "red" }));
    let url = user["profile_url"].as_str().expect("an address").to_owned();
    assert!(url.starts_with(&mynah.url("/")), "{url}");
    let bytes = mynah.client().get(&url).send().await.expect("an answer").bytes().await.expect("bytes");
    assert_eq!(&bytes[..], b"\x89PNG ada");
    mynah.with_users(&["bo"]).await;
    let bo = mynah.form(Method::PUT, "/v3/users/bo", &[("nickname", "Bobo")], picture()).await.ok();
    assert_eq!(bo["nickname"], "Bobo");
    let bytes = answer(mynah.client().get(bo["profile_url"].as_str().expect("an address"))).await;
    assert_eq!((bytes.status, bytes.headers["content-type"].to_str().expect("text")), (200, "image/png"));
}

#[tokio::test]
async fn a_deleted_user_is_gone_but_not_the_messages() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    let message = mynah.say("lobby", "ada", "I was here").await;

    assert_eq!(mynah.delete("/v3/users/ada").await.ok(), json!({}));

    assert_eq!(mynah.delete("/v3/users/ada").await.refused(400_201), "\"User\" not found.");
    mynah.get("/v3/users/ada").await.refused(400_201);
    mynah.put("/v3/users/ada", json!({ "nickname": "Ghost" })).await.refused(400_201);
    assert_eq!(each(mynah.get("/v3/users").await.ok()["users"].as_array().expect("users"), "user_id"), ["bo"]);
    let channel = mynah.get("/v3/group_channels/lobby?show_member=true").await.ok();
    assert_eq!(each(channel["members"].as_array().expect("members"), "user_id"), ["bo"]);
    assert_eq!(channel["member_count"], 1);
    let message = mynah.message("lobby", message).await;
    assert_eq!(message["message"], "I was here");
    assert_eq!(message["user"]["nickname"], "Ada");
}

#[tokio::test]
async fn messages_keep_the_picture_of_the_sender_of_their_time() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    let before = mynah.say("lobby", "ada", "one").await;

    mynah.put("/v3/users/ada", json!({ "nickname": "Countess" })).await.ok();

    let after = mynah.say("lobby", "ada", "two").await;
    assert_eq!(mynah.message("lobby", before).await["user"]["nickname"], "Ada");
    assert_eq!(mynah.message("lobby", after).await["user"]["nickname"], "Countess");
    let members = mynah.get("/v3/group_channels/lobby/members").await.ok();
    assert_eq!(each(members["members"].as_array().expect("members"), "nickname"), ["Bo", "Countess"]);
}

#[tokio::test]
async fn a_deactivated_user_leaves_everything_and_may_not_write() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;

    let user = mynah.put("/v3/users/ada", json!({ "is_active": false })).await.ok();

    assert_eq!(user["is_active"], false);
    assert_eq!(mynah.get("/v3/group_channels/lobby").await.ok()["member_count"], 1);
    assert_eq!(mynah.get("/v3/users/ada").await.ok()["is_active"], false);
    let ids = async |mode: &str| {
        let list = mynah.get(&format!("/v3/users?active_mode={mode}")).await.ok();
        each(list["users"].as_array().expect("users"), "user_id").join(" ")
    };
    assert_eq!(ids("").await, "bo");
    assert_eq!(ids("activated").await, "bo");
    assert_eq!(ids("deactivated").await, "ada");
    assert_eq!(ids("all").await, "bo ada");
    mynah.get("/v3/users?active_mode=retired").await.refused(400_111);
}

#[tokio::test]
async fn a_deactivated_user_can_stay_in_the_channels_and_come_back() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    let change = json!({ "is_active": false, "leave_all_when_deactivated": false });

    mynah.put("/v3/users/ada", change).await.ok();

    assert_eq!(mynah.get("/v3/group_channels/lobby").await.ok()["member_count"], 2);
    mynah.send("lobby", json!({ "user_id": "ada", "message": "Hello?" })).await.refused(400_300);
    assert_eq!(mynah.total("lobby").await, 0);
    mynah.put("/v3/users/ada", json!({ "is_active": true })).await.ok();
    mynah.say("lobby", "ada", "Hello!").await;
}

#[tokio::test]
async fn a_user_can_be_asked_for_what_is_unread() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    let large = json!({ "channel_url": "hall", "user_ids": ["ada", "bo"], "is_super": true, "custom_type": "big" });
    mynah.post("/v3/group_channels", large).await.ok();
    mynah.post("/v3/group_channels", json!({ "channel_url": "attic", "user_ids": ["ada", "bo"] })).await.ok();
    mynah.say("lobby", "ada", "one").await;
    mynah.say("lobby", "ada", "two").await;
    mynah.say("hall", "ada", "three").await;

    let unread = async |query: &str| {
        let user = mynah.get(&format!("/v3/users/bo?{query}")).await.ok();
        (user["unread_message_count"].clone(), user["unread_channel_count"].clone())
    };

    assert_eq!(unread("").await, (Value::Null, Value::Null));
    assert_eq!(unread("include_unread_count=false").await, (Value::Null, Value::Null));
    assert_eq!(unread("include_unread_count=true").await, (json!(3), json!(2)));
    assert_eq!(unread("include_unread_count=true&custom_types=big").await, (json!(1), json!(1)));
    assert_eq!(unread("include_unread_count=true&super_mode=nonsuper").await, (json!(2), json!(1)));
    assert_eq!(unread("include_unread_count=true&super_mode=super").await, (json!(1), json!(1)));
    mynah.get("/v3/users/bo?include_unread_count=maybe").await.refused(400_104);
    mynah.get("/v3/users/bo?super_mode=medium").await.refused(400_111);
}

#[tokio::test]
async fn users_are_listed_newest_first_and_by_many_questions() {
    let mynah = Mynah::start().await;
    for (id, nickname, team) in [("ada", "Ada", "red"), ("bo", "Bo", "blue"), ("cy", "Adam", "red")] {
        let user = json!({ "user_id": id, "nickname": nickname, "metadata": { "team": team } });
        mynah.post("/v3/users", user).await.ok();
    }

    for (query, expected) in [
        ("", "cy bo ada"),
        ("show_bot=false", "cy bo ada"),
        ("user_ids=ada,cy,nobody", "cy ada"),
        ("user_ids=ada&user_ids=bo", "bo ada"),
        ("nickname=Ada", "ada"),
        ("nickname=ada", ""),
        ("nickname_startswith=Ada", "cy ada"),
        ("metadatakey=team&metadatavalues_in=red", "cy ada"),
        ("metadatakey=team&metadatavalues_in=red,blue", "cy bo ada"),
        ("metadatakey=team&metadatavalues_in=green", ""),
        ("metadatakey=city&metadatavalues_in=red", ""),
        ("nickname_startswith=Ada&user_ids=cy,bo", "cy"),
    ] {
        let list = mynah.get(&format!("/v3/users?{query}")).await.ok();
        assert_eq!(each(list["users"].as_array().expect("users"), "user_id").join(" "), expected, "{query}");
        assert_eq!(list["next"], "", "{query}");
    }
    mynah.get("/v3/users?metadatakey=team").await.refused(400_105);
    mynah.get("/v3/users?metadatavalues_in=red").await.refused(400_105);
}
