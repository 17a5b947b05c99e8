//! Group channels.

use insta::{assert_json_snapshot, dynamic_redaction};
use reqwest::{Method, multipart::Part};
use serde_json::{Value, json};

use super::{each, hide, keys};
use crate::support::{Mynah, answer};

fn names(list: &Value) -> String {
    each(list["channels"].as_array().expect("channels"), "channel_url").join(" ")
}

#[tokio::test]
async fn a_new_channel_has_the_keys_of_a_single_one() {
    let mynah = Mynah::start().await;
    mynah.with_users(&["ada", "bo"]).await;

    let channel = json!({ "channel_url": "lobby", "user_ids": ["ada", "bo"], "operator_ids": ["ada"] });
    let channel = mynah.post("/v3/group_channels", channel).await.ok();

    assert_json_snapshot!(channel, {
        ".created_at" => dynamic_redaction(hide::seconds),
        ".channel.created_at" => dynamic_redaction(hide::seconds),
        ".cover_url" => dynamic_redaction(hide::cover),
        ".channel.cover_url" => dynamic_redaction(hide::cover),
    }, @r#"
    {
      "channel": {
        "channel_url": "lobby",
        "cover_url": "[cover]",
        "created_at": "[seconds]",
        "custom_type": "",
        "data": "",
        "max_length_message": 5000,
        "member_count": 2,
        "name": "Group Channel"
      },
      "channel_url": "lobby",
      "cover_url": "[cover]",
      "created_at": "[seconds]",
      "created_by": null,
      "custom_type": "",
      "data": "",
      "disappearing_message": {
        "is_triggered_by_message_read": false,
        "message_survival_seconds": -1
      },
      "freeze": false,
      "has_ai_bot": false,
      "has_bot": false,
      "ignore_profanity_filter": false,
      "invited_at": 0,
      "inviter": null,
      "is_access_code_required": false,
      "is_broadcast": false,
      "is_discoverable": false,
      "is_distinct": false,
      "is_ephemeral": false,
      "is_exclusive": false,
      "is_public": false,
      "is_super": false,
      "joined_member_count": 2,
      "last_message": null,
      "max_length_message": 5000,
      "member_count": 2,
      "members": [
        {
          "is_active": true,
          "is_muted": false,
          "is_online": false,
          "last_seen_at": -1,
          "metadata": {},
          "muted_description": "",
          "muted_end_at": -1,
          "nickname": "Bo",
          "profile_url": "",
          "require_auth_for_profile_image": false,
          "role": "",
          "state": "joined",
          "user_id": "bo"
        },
        {
          "is_active": true,
          "is_muted": false,
          "is_online": false,
          "last_seen_at": -1,
          "metadata": {},
          "muted_description": "",
          "muted_end_at": -1,
          "nickname": "Ada",
          "profile_url": "",
          "require_auth_for_profile_image": false,
          "role": "operator",
          "state": "joined",
          "user_id": "ada"
        }
      ],
      "message_survival_seconds": -1,
      "name": "Group Channel",
      "operators": [
        {
          "is_active": true,
          "is_online": false,
          "last_seen_at": 0,
          "metadata": {},
          "nickname": "Ada",
          "profile_url": "",
          "require_auth_for_profile_image": false,
          "state": "",
          "user_id": "ada"
        }
      ],
      "sms_fallback": {
        "exclude_user_ids": [],
        "wait_seconds": -1
      },
      "unread_mention_count": 0,
      "unread_message_count": 0
    }
    "#);
}

#[tokio::test]
async fn a_channel_has_every_key_of_the_recorded_answer() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    mynah.with_users(&["bo"]).await;
    let invitation = json!({ "channel_url": "lobby", "user_ids": ["bo"], "inviter_id": "ada" });

    let channel = mynah.post("/v3/group_channels/lobby/invite", invitation).await.ok();

    let recorded = "channel_url name cover_url data member_count joined_member_count max_length_message created_at \
        custom_type is_distinct is_super is_broadcast is_public is_discoverable freeze is_ephemeral \
        unread_message_count unread_mention_count ignore_profanity_filter channel disappearing_message \
        is_access_code_required message_survival_seconds sms_fallback last_message members operators \
        has_bot has_ai_bot invited_at inviter";
    for key in recorded.split_whitespace() {
        assert!(channel.get(key).is_some(), "{key} is missing");
    }
    let core = "channel_url cover_url created_at custom_type data max_length_message member_count name";
    assert_eq!(keys(&channel["channel"]).join(" "), core);
    let member = "is_active is_muted is_online last_seen_at metadata muted_description muted_end_at nickname \
        profile_url require_auth_for_profile_image role state user_id";
    assert_eq!(keys(&channel["members"][0]).join(" "), member);
    assert_eq!(each(channel["members"].as_array().expect("members"), "user_id"), ["bo", "ada"]);
}

#[tokio::test]
async fn what_is_not_asked_for_is_absent_and_not_empty() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    let optional = ["show_member", "show_read_receipt", "show_delivery_receipt", "show_metadata"];

    for path in ["/v3/group_channels/lobby?", "/v3/group_channels?show_empty=true&"] {
        for asked in optional {
            let query = optional.map(|one| format!("{one}={}", one == asked)).join("&");
            let answer = mynah.get(&format!("{path}{query}")).await.ok();
            let channel = if path.ends_with('?') { &answer } else { &answer["channels"][0] };

            for one in optional {
                let key = match one {
                    "show_member" => "members",
                    key => key.trim_start_matches("show_"),
                };
                assert_eq!(channel.get(key).is_some(), one == asked, "{path}{query}: {key}");
            }
        }
    }
}

#[tokio::test]
async fn a_channel_that_is_told_nothing_gets_a_name_an_id_and_nobody() {
    let mynah = Mynah::start().await;

    let first = mynah.post("/v3/group_channels", json!({})).await.ok();
    let second = mynah.post("/v3/group_channels", json!({})).await.ok();

    assert_eq!(first["name"], "Group Channel");
    assert_eq!(first["member_count"], 0);
    assert_eq!(first["last_message"], Value::Null);
    assert_ne!(first["channel_url"], second["channel_url"]);
    let url = first["channel_url"].as_str().expect("an id");
    let (digits, hexes) = url
        .strip_prefix("sendbird_group_channel_")
        .and_then(|rest| rest.split_once('_'))
        .unwrap_or_else(|| panic!("{url} is not of the service's form"));
    assert!(!digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()), "{url}");
    assert!(hexes.len() == 40 && hexes.bytes().all(|b| b.is_ascii_hexdigit()), "{url}");
    assert_eq!(mynah.get(&format!("/v3/group_channels/{url}")).await.ok()["channel_url"], *url);
}

#[tokio::test]
async fn whole_users_are_as_good_as_ids_and_unknown_ones_are_passed_over() {
    let mynah = Mynah::start().await;
    mynah.with_users(&["ada", "bo"]).await;
    let bo = mynah.get("/v3/users/bo").await.ok();

    let body = json!({ "channel_url": "lobby", "users": [{ "user_id": "ada" }, bo, { "user_id": "nobody" }] });
    let channel = mynah.post("/v3/group_channels", body).await.ok();

    assert_eq!(channel["member_count"], 2);
    assert_eq!(channel["joined_member_count"], 2);
    assert_eq!(each(channel["members"].as_array().expect("members"), "user_id"), ["bo", "ada"]);
}

#[tokio::test]
async fn a_strict_creation_with_an_unknown_user_creates_nothing() {
    let mynah = Mynah::start().await;
    mynah.with_users(&["ada"]).await;
    let before = mynah.everything().await;
    let body = |key: &str, value: Value| {
        let mut body = json!({ "channel_url": "lobby", "user_ids": ["ada"] });
        body[key] = value;
        body
    };

    let mut strict = body("strict", true.into());
    strict["user_ids"] = json!(["ada", "nobody"]);
    mynah.post("/v3/group_channels", strict).await.refused(400_111);
    mynah.post("/v3/group_channels", body("inviter_id", "nobody".into())).await.refused(400_201);
    mynah.post("/v3/group_channels", body("operator_ids", json!(["nobody"]))).await.refused(400_201);

    assert_eq!(mynah.everything().await, before);
}

#[tokio::test]
async fn an_id_is_of_few_characters_of_some_length_and_taken_once() {
    let mynah = Mynah::start().await;
    let create = async |url: &str| mynah.post("/v3/group_channels", json!({ "channel_url": url })).await;
    let longest = "a".repeat(100);

    for url in ["a-_Z", "0123", &longest] {
        assert_eq!(create(url).await.ok()["channel_url"], url);
    }
    assert_eq!(create("0123").await.refused(400_202), "\"channel_url\" violates unique constraint.");
    create(&"a".repeat(101)).await.refused(400_110);
    for url in ["", "with space", "a/b/c", "ümläut", "dots.dots", "tab\ttab"] {
        create(url).await.refused(400_151);
    }
    assert_eq!(create("abc").await.status, 400);
    let open = mynah.post("/v3/open_channels", json!({ "channel_url": "0123" })).await;
    open.refused(400_202);
    assert_eq!(mynah.all("/v3/group_channels?show_empty=true", "channels").await.len(), 3);
}

#[tokio::test]
async fn lists_and_texts_may_be_so_long_and_no_longer() {
    let mynah = Mynah::start().await;
    let many = |count: usize| (0..count).map(|n| format!("user{n}")).collect::<Vec<_>>();
    for user in many(101) {
        mynah.post("/v3/users", json!({ "user_id": user, "nickname": user })).await.ok();
    }
    let before = mynah.everything().await;

    for (code, body) in [
        (400_203, json!({ "user_ids": many(101) })),
        (400_203, json!({ "operator_ids": many(101) })),
        (400_110, json!({ "name": "n".repeat(192) })),
        (400_110, json!({ "custom_type": "c".repeat(129) })),
        (400_110, json!({ "cover_url": "c".repeat(2049) })),
    ] {
        mynah.post("/v3/group_channels", body).await.refused(code);
    }
    assert_eq!(mynah.everything().await, before);
    let largest = json!({
        "user_ids": many(100), "operator_ids": many(100), "name": "ñ".repeat(191),
        "custom_type": "č".repeat(128), "cover_url": "ç".repeat(2048), "data": "d".repeat(10_000),
    });
    let channel = mynah.post("/v3/group_channels", largest.clone()).await.ok();
    assert_eq!(channel["member_count"], 100);
    assert_eq!(channel["operators"].as_array().map(Vec::len), Some(100));
    for key in ["name", "custom_type", "cover_url", "data"] {
        assert_eq!(channel[key], largest[key], "{key}");
    }
}

#[tokio::test]
async fn everything_that_a_creation_says_is_there_afterwards() {
    let mynah = Mynah::start().await;
    mynah.with_users(&["ada", "bo"]).await;
    let said = json!({
        "channel_url": "lobby", "name": "Lobby", "cover_url": "https://a.example.org/c.png", "custom_type": "chat",
        "data": "{}", "is_public": true, "is_super": true, "is_ephemeral": true, "is_discoverable": false,
        "message_survival_seconds": 60, "metadata": { "floor": "1" },
    });
    let mut body = said.clone();
    body["user_ids"] = json!(["ada"]);
    body["inviter_id"] = json!("bo");
    body["access_code"] = json!("sesame");

    mynah.post("/v3/group_channels", body).await.ok();

    let channel = mynah.get("/v3/group_channels/lobby?show_metadata=true&show_member=true").await.ok();
    for (key, value) in said.as_object().expect("an object") {
        assert_eq!(&channel[key], value, "{key}");
    }
    assert_eq!(channel["is_access_code_required"], true);
    assert_eq!(channel["created_by"]["user_id"], "bo");
    // The inviter is noted, and does not come in.
    assert_eq!(each(channel["members"].as_array().expect("members"), "user_id"), ["ada"]);
    assert_eq!(channel["disappearing_message"]["message_survival_seconds"], 60);
    assert!(!channel.to_string().contains("sesame"), "{channel}");
}

#[tokio::test]
async fn the_invitation_status_decides_who_is_in_at_once() {
    let mynah = Mynah::start().await;
    mynah.with_users(&["ada", "bo", "cy", "di"]).await;

    let body = json!({
        "channel_url": "lobby", "user_ids": ["ada", "bo", "cy", "di"],
        "invitation_status": { "bo": "invited_by_friend", "cy": "invited_by_non_friend", "di": "joined" },
        "hidden_status": {
            "ada": "hidden_allow_auto_unhide", "bo": "hidden_prevent_auto_unhide", "cy": "unhidden",
        },
    });
    let channel = mynah.post("/v3/group_channels", body).await.ok();

    assert_eq!((&channel["member_count"], &channel["joined_member_count"]), (&json!(4), &json!(2)));
    for (user, state, hidden) in [
        ("ada", "joined", "hidden_allow_auto_unhide"),
        ("bo", "invited", "hidden_prevent_auto_unhide"),
        ("cy", "invited", "unhidden"),
        ("di", "joined", "unhidden"),
    ] {
        let seen = mynah.channel_of("lobby", user).await;
        assert_eq!((&seen["member_state"], &seen["hidden_state"]), (&json!(state), &json!(hidden)), "{user}");
        assert_eq!(seen["is_hidden"], hidden != "unhidden", "{user}");
        assert_eq!(seen["joined_ts"].to_string().len() == 10, state == "joined", "{user}");
    }
    for key in ["invitation_status", "hidden_status"] {
        let wrong = json!({ "user_ids": ["ada"], key: { "ada": "perhaps" } });
        mynah.post("/v3/group_channels", wrong).await.refused(400_111);
        mynah.post("/v3/group_channels", json!({ key: "joined" })).await.refused(400_103);
    }
}

#[tokio::test]
async fn a_channel_seen_by_a_user_tells_where_the_user_stands() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    mynah.with_users(&["cy"]).await;
    mynah.put("/v3/group_channels/lobby", json!({ "operator_ids": ["bo"] })).await.ok();
    mynah.say("lobby", "ada", "Hello").await;

    let without = mynah.get("/v3/group_channels/lobby").await.ok();
    let [ada, bo, cy] =
        [mynah.channel_of("lobby", "ada"), mynah.channel_of("lobby", "bo"), mynah.channel_of("lobby", "cy")];
    let (ada, bo, cy) = (ada.await, bo.await, cy.await);

    let mine = [
        "member_state",
        "my_role",
        "is_muted",
        "is_hidden",
        "hidden_state",
        "count_preference",
        "is_push_enabled",
        "user_last_read",
        "ts_message_offset",
        "joined_ts",
    ];
    for key in mine {
        assert!(without.get(key).is_none(), "{key}");
        assert!(bo.get(key).is_some(), "{key}");
    }
    assert_eq!(without["unread_message_count"], 0);
    assert_eq!((&ada["unread_message_count"], &bo["unread_message_count"]), (&json!(0), &json!(1)));
    assert_eq!((&ada["my_role"], &bo["my_role"]), (&json!("none"), &json!("operator")));
    assert_eq!((&ada["member_state"], &cy["member_state"]), (&json!("joined"), &json!("none")));
    mynah.get("/v3/group_channels/lobby?user_id=nobody").await.refused(400_201);
}

#[tokio::test]
async fn a_distinct_channel_is_found_again_by_its_members() {
    let mynah = Mynah::start().await;
    mynah.with_users(&["ada", "bo", "cy"]).await;
    let create = async |members: &[&str], custom_type: Option<&str>| {
        let mut body = json!({ "user_ids": members, "is_distinct": true });
        if let Some(custom_type) = custom_type {
            body["custom_type"] = custom_type.into();
        }
        mynah.post("/v3/group_channels", body).await.ok()
    };

    let first = create(&["ada", "bo"], None).await;
    assert_eq!(first["is_distinct"], true);
    assert_eq!(create(&["bo", "ada"], None).await["channel_url"], first["channel_url"]);
    assert_eq!(create(&["bo", "ada", "bo"], None).await["channel_url"], first["channel_url"]);
    let others = [
        create(&["ada"], None).await,
        create(&["ada", "bo", "cy"], None).await,
        create(&["ada", "bo"], Some("work")).await,
    ];
    for other in &others {
        assert_ne!(other["channel_url"], first["channel_url"]);
    }
    assert_eq!(create(&["ada", "bo"], Some("work")).await["channel_url"], others[2]["channel_url"]);
    let plain = mynah.post("/v3/group_channels", json!({ "user_ids": ["ada", "bo"] })).await.ok();
    assert_ne!(plain["channel_url"], first["channel_url"]);
    assert_eq!(mynah.all("/v3/group_channels?show_empty=true", "channels").await.len(), 5);
}

#[tokio::test]
async fn a_channel_whose_members_have_changed_is_not_distinct_any_more() {
    let mynah = Mynah::start().await;
    mynah.with_users(&["ada", "bo", "cy"]).await;
    let distinct = |url: &str| json!({ "channel_url": url, "user_ids": ["ada", "bo"], "is_distinct": true });
    let is_distinct =
        async |url: &str| mynah.get(&format!("/v3/group_channels/{url}")).await.ok()["is_distinct"].clone();

    mynah.post("/v3/group_channels", distinct("first")).await.ok();
    mynah.post("/v3/group_channels/first/invite", json!({ "user_ids": ["ada"] })).await.ok();
    assert_eq!(is_distinct("first").await, true);
    let invited = mynah.post("/v3/group_channels/first/invite", json!({ "user_ids": ["cy"] })).await.ok();
    assert_eq!(invited["is_distinct"], false);
    assert_eq!(is_distinct("first").await, false);
    mynah.post("/v3/group_channels", distinct("second")).await.ok();
    mynah.put("/v3/group_channels/second/leave", json!({ "user_ids": ["bo"] })).await.ok();
    assert_eq!(is_distinct("second").await, false);
    let third = mynah.post("/v3/group_channels", distinct("third")).await.ok();

    assert_eq!(third["channel_url"], "third");
    mynah.put("/v3/users/bo", json!({ "is_active": false })).await.ok();
    assert_eq!(is_distinct("third").await, false);
    let turned_on = mynah.put("/v3/group_channels/third", json!({ "is_distinct": true })).await.ok();
    assert_eq!(turned_on["is_distinct"], true);
}

#[tokio::test]
async fn a_distinct_channel_is_neither_public_nor_super() {
    let mynah = Mynah::start().await;

    let public = mynah.post("/v3/group_channels", json!({ "is_distinct": true, "is_public": true })).await;
    let text =
        "Invalid value: \"is_distinct. If you want this value to be set \"true\", is_public must not be true.\".";
    assert_eq!(public.refused(400_111), text);
    for also in [json!({ "is_super": true }), json!({ "is_super": true, "is_public": true })] {
        let mut body = json!({ "is_distinct": true });
        for (key, value) in also.as_object().expect("switches") {
            body[key] = value.clone();
        }
        mynah.post("/v3/group_channels", body).await.refused(400_111);
    }

    assert_eq!(mynah.get("/v3/group_channels?show_empty=true").await.ok()["channels"], json!([]));
}

#[tokio::test]
async fn an_update_changes_what_it_names_and_leaves_the_rest() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    let seen = async || mynah.get("/v3/group_channels/lobby?show_member=true").await.ok();
    let mut expected = seen().await;

    for change in [
        json!({ "name": "Lounge" }),
        json!({ "cover_url": "anything at all" }),
        json!({ "custom_type": "calm" }),
        json!({ "data": "{}" }),
        json!({ "is_distinct": true }),
        json!({ "is_distinct": false }),
        json!({ "name": "", "custom_type": "", "data": "", "cover_url": "" }),
        json!({}),
    ] {
        let updated = mynah.put("/v3/group_channels/lobby", change.clone()).await.ok();

        for (key, value) in change.as_object().expect("changes") {
            expected[key] = value.clone();
            if expected["channel"].get(key).is_some() {
                expected["channel"][key] = value.clone();
            }
        }
        assert_eq!(updated, expected, "{change}");
        assert_eq!(seen().await, expected, "{change}");
    }
}

#[tokio::test]
async fn an_update_replaces_operators_and_refuses_what_a_creation_refuses() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    let update = async |body: Value| mynah.put("/v3/group_channels/lobby", body).await;

    update(json!({ "operator_ids": ["ada"] })).await.ok();
    let channel = update(json!({ "operator_ids": ["bo"] })).await.ok();

    assert_eq!(each(channel["operators"].as_array().expect("operators"), "user_id"), ["bo"]);
    let roles: Vec<_> = each(channel["members"].as_array().expect("members"), "role");
    assert_eq!(roles, ["operator", ""]);
    update(json!({ "is_distinct": true })).await.ok();
    let before = mynah.everything().await;
    for (code, wrong) in [
        (400_111, json!({ "name": "New", "is_public": true })),
        (400_201, json!({ "name": "New", "operator_ids": ["nobody"] })),
        (400_110, json!({ "data": "new", "name": "n".repeat(192) })),
        (400_104, json!({ "name": "New", "is_public": "yes" })),
        (400_102, json!({ "name": "New", "operator_ids": "ada" })),
    ] {
        update(wrong).await.refused(code);
    }
    assert_eq!(mynah.everything().await, before);
    mynah.put("/v3/group_channels/nowhere", json!({ "name": 5 })).await.refused(400_201);
}

#[tokio::test]
async fn a_cover_that_is_uploaded_is_served_from_here() {
    let mynah = Mynah::start().await;
    mynah.with_users(&["ada", "bo"]).await;
    let cover = |bytes: &'static [u8]| Some(("cover_file", Part::bytes(bytes).file_name("c.jpg")));
    let texts = [("channel_url", "lobby"), ("user_ids", "ada,bo"), ("is_public", "true")];

    let channel = mynah.form(Method::POST, "/v3/group_channels", &texts, cover(b"first")).await.ok();
    assert_eq!((&channel["member_count"], &channel["is_public"]), (&json!(2), &json!(true)));
    let served = answer(mynah.client().get(channel["cover_url"].as_str().expect("an address"))).await;
    assert_eq!((served.status, served.text.as_str()), (200, "first"));

    let updated =
        mynah.form(Method::PUT, "/v3/group_channels/lobby", &[("name", "L")], cover(b"second")).await.ok();
    let served = answer(mynah.client().get(updated["cover_url"].as_str().expect("an address"))).await;
    assert_eq!((served.status, served.text.as_str()), (200, "second"));
    assert_eq!(updated["name"], "L");
}

#[tokio::test]
async fn a_deleted_channel_takes_everything_with_it() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    let parent = mynah.say("lobby", "ada", "Hello").await;
    mynah.reply("lobby", "bo", "Hello yourself", parent).await;

    assert_eq!(mynah.delete("/v3/group_channels/lobby").await.ok(), json!({}));

    assert_eq!(mynah.delete("/v3/group_channels/lobby").await.refused(400_201), "\"Channel\" not found.");
    mynah.get("/v3/group_channels/lobby").await.refused(400_201);
    mynah.get("/v3/group_channels/lobby/messages?message_ts=0").await.refused(400_201);
    mynah.get(&format!("/v3/group_channels/lobby/messages/{parent}")).await.refused(400_201);
    mynah.send("lobby", json!({ "user_id": "ada", "message": "?" })).await.refused(400_201);
    let unread = mynah.get("/v3/users/bo?include_unread_count=true").await.ok();
    assert_eq!(unread["unread_message_count"], 0);
    mynah.post("/v3/group_channels", json!({ "channel_url": "lobby", "user_ids": ["ada"] })).await.ok();
    assert_eq!(mynah.total("lobby").await, 0);
    mynah.get(&format!("/v3/group_channels/lobby/messages/{parent}")).await.refused(400_201);
    assert_eq!(mynah.get("/v3/group_channels/lobby").await.ok()["member_count"], 1);
}

#[tokio::test]
async fn a_channel_of_one_kind_is_not_found_among_the_other() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    mynah.post("/v3/open_channels", json!({ "channel_url": "plaza" })).await.ok();

    mynah.get("/v3/open_channels/lobby").await.refused(400_201);
    mynah.get("/v3/group_channels/plaza").await.refused(400_201);
    mynah.get("/v3/group_channels/plaza/messages?message_ts=0").await.refused(400_201);
    mynah.delete("/v3/group_channels/plaza").await.refused(400_201);
    mynah.put("/v3/open_channels/lobby", json!({ "name": "x" })).await.refused(400_201);
    assert_eq!(mynah.get("/v3/open_channels/plaza").await.ok()["name"], "Open Channel");
}

#[tokio::test]
async fn channels_are_listed_by_many_questions() {
    let mynah = Mynah::start().await;
    mynah.with_users(&["ada", "bo", "cy"]).await;
    for body in [
        json!({ "channel_url": "red1", "name": "Red One", "user_ids": ["ada"], "custom_type": "red",
                "metadata": { "rank": "2" } }),
        json!({ "channel_url": "red2", "name": "red two", "user_ids": ["ada", "bo"], "custom_type": "redder",
                "is_distinct": true, "metadata": { "rank": "10" } }),
        json!({ "channel_url": "blue", "name": "Blue", "user_ids": ["bo", "cy"], "custom_type": "blue",
                "is_public": true }),
        json!({ "channel_url": "huge", "name": "A huge one", "user_ids": ["ada", "bo", "cy"], "is_super": true,
                "metadata": { "rank": "1" } }),
    ] {
        mynah.post("/v3/group_channels", body).await.ok();
    }
    let newest =
        json!({ "user_id": "ada", "message": "in the oldest channel", "created_at": 4_000_000_000_000_i64 });
    mynah.send("red1", newest).await.ok();

    assert_eq!(names(&mynah.get("/v3/group_channels").await.ok()), "red1");
    for (query, expected) in [
        ("", "huge blue red2 red1"),
        ("distinct_mode=all", "huge blue red2 red1"),
        ("distinct_mode=distinct", "red2"),
        ("distinct_mode=nondistinct", "huge blue red1"),
        ("public_mode=public", "blue"),
        ("public_mode=private", "huge red2 red1"),
        ("super_mode=super", "huge"),
        ("super_mode=nonsuper", "blue red2 red1"),
        ("created_after=1", "huge blue red2 red1"),
        ("created_after=9999999999999", ""),
        ("created_before=9999999999999", "huge blue red2 red1"),
        ("created_before=1", ""),
        ("custom_types=red", "red1"),
        ("custom_types=red,blue", "blue red1"),
        ("custom_type_startswith=red", "red2 red1"),
        ("channel_urls=red1,huge,nowhere", "huge red1"),
        ("name=Blue", "blue"),
        ("name=Blue,A%20huge%20one", "huge blue"),
        ("name=blue", ""),
        ("name_contains=ED", "red2 red1"),
        ("name_startswith=RED%20t", "red2"),
        ("members_exactly_in=ada,bo", "red2"),
        ("members_exactly_in=ada,nobody", "red1"),
        ("members_include_in=ada", "huge red2 red1"),
        ("members_include_in=ada,bo", "huge red2"),
        ("members_include_in=ada,cy&query_type=OR", "huge blue red2 red1"),
        ("members_include_in=ada,cy&query_type=AND", "huge"),
        ("members_nickname=Cy", "huge blue"),
        ("members_nickname=cy", ""),
        ("members_nickname_contains=CY", "huge blue"),
        ("metadata_key=rank&metadata_values=1,2", "huge red1"),
        ("metadata_key=rank&metadata_value_startswith=1", "huge red2"),
        ("order=chronological", "huge blue red2 red1"),
        ("order=channel_name_alphabetical", "huge blue red1 red2"),
        ("order=latest_last_message&user_id=ada", "red1 huge blue red2"),
        ("order=metadata_value_alphabetical&metadata_order_key=rank", "huge red2 red1 blue"),
        ("public_membership_mode=joined&user_id=cy", "huge blue"),
        ("show_frozen=false", "huge blue red2 red1"),
        ("custom_types=red&public_mode=public", ""),
    ] {
        let list = mynah.get(&format!("/v3/group_channels?show_empty=true&{query}")).await.ok();
        assert_eq!(names(&list), expected, "{query}");
        assert_eq!(list["ts"].to_string().len(), 13, "{query}");
        assert_eq!(list["next"], "", "{query}");
    }
    for (code, query) in [
        (400_111, "distinct_mode=some"),
        (400_111, "public_mode=some"),
        (400_111, "super_mode=some"),
        (400_111, "order=random"),
        (400_111, "query_type=XOR"),
        (400_105, "order=metadata_value_alphabetical"),
        (400_101, "created_after=yesterday"),
        (400_104, "show_empty=perhaps"),
        (400_201, "user_id=nobody"),
    ] {
        mynah.get(&format!("/v3/group_channels?{query}")).await.refused(code);
    }
}

#[tokio::test]
async fn a_list_shows_what_is_unread_by_the_user_who_asks() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    mynah.say("lobby", "ada", "Hello").await;

    let of =
        async |query: &str| mynah.get(&format!("/v3/group_channels?{query}")).await.ok()["channels"][0].clone();

    assert_eq!(of("").await["unread_message_count"], 0);
    assert_eq!(of("user_id=ada").await["unread_message_count"], 0);
    let seen = of("user_id=bo").await;
    assert_eq!(seen["unread_message_count"], 1);
    assert_eq!(seen["member_state"], "joined");
    assert_eq!(seen["last_message"]["message"], "Hello");
    assert!(seen.get("channel").is_none() && seen.get("operators").is_none(), "{seen}");
}

#[tokio::test]
async fn a_frozen_channel_can_be_left_out() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    mynah.freeze("lobby").await;

    let shown =
        async |query: &str| names(&mynah.get(&format!("/v3/group_channels?show_empty=true{query}")).await.ok());

    assert_eq!(shown("").await, "lobby");
    assert_eq!(shown("&show_frozen=true").await, "lobby");
    assert_eq!(shown("&show_frozen=false").await, "");
    assert_eq!(mynah.get("/v3/group_channels/lobby").await.ok()["freeze"], true);
}

#[tokio::test]
async fn a_code_is_for_public_channels_and_goes_with_that() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    mynah.put("/v3/group_channels/lobby", json!({ "access_code": "q" })).await.refused(400_111);
    mynah.put("/v3/group_channels/lobby", json!({ "is_public": true, "access_code": "q" })).await.ok();
    let again = mynah.put("/v3/group_channels/lobby", json!({ "is_public": false })).await.ok();
    assert_eq!(again["is_access_code_required"], false);
}

#[tokio::test]
async fn moments_of_creation_are_compared_as_they_are_shown() {
    let mynah = Mynah::start().await;
    mynah.put("/_mynah/clock", json!({ "mode": "frozen", "at": 1_767_225_600_700_i64 })).await.ok();
    mynah.with_group("lobby", &["ada"]).await;
    for (query, count) in [
        ("created_after=1767225600000", 0),
        ("created_after=1767225599999", 1),
        ("created_before=1767225600001", 1),
        ("created_before=1767225600000", 0),
    ] {
        let list = mynah.get(&format!("/v3/group_channels?show_empty=true&{query}")).await.ok();
        assert_eq!(list["channels"].as_array().unwrap().len(), count, "{query}");
    }
}
