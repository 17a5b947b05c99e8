//! Open channels.

use insta::{assert_json_snapshot, dynamic_redaction};
use reqwest::{Method, multipart::Part};
use serde_json::{Value, json};

use super::{each, hide};
use crate::support::{Mynah, answer};

fn names(list: &Value) -> String {
    each(list["channels"].as_array().expect("channels"), "channel_url").join(" ")
}

#[tokio::test]
async fn a_new_channel_has_these_keys() {
    let mynah = Mynah::start().await;
    mynah.with_users(&["ada"]).await;

    let channel = json!({ "channel_url": "plaza", "operator_ids": ["ada"] });
    let channel = mynah.post("/v3/open_channels", channel).await.ok();

    assert_json_snapshot!(channel, {
        ".created_at" => dynamic_redaction(hide::seconds),
        ".cover_url" => dynamic_redaction(hide::cover),
    }, @r#"
    {
      "channel_url": "plaza",
      "cover_url": "[cover]",
      "created_at": "[seconds]",
      "custom_type": "",
      "data": "",
      "freeze": false,
      "is_dynamic_partitioned": true,
      "is_ephemeral": false,
      "max_length_message": 5000,
      "name": "Open Channel",
      "operators": [
        {
          "metadata": {},
          "nickname": "Ada",
          "profile_url": "",
          "require_auth_for_profile_image": false,
          "user_id": "ada"
        }
      ],
      "participant_count": 0
    }
    "#);
}

#[tokio::test]
async fn a_channel_that_is_told_nothing_gets_a_name_and_an_id() {
    let mynah = Mynah::start().await;

    let channel = mynah.post("/v3/open_channels", json!({})).await.ok();

    assert_eq!(channel["name"], "Open Channel");
    let url = channel["channel_url"].as_str().expect("an id");
    assert!(url.starts_with("sendbird_open_channel_"), "{url}");
    assert_eq!(mynah.get(&format!("/v3/open_channels/{url}")).await.ok()["channel_url"], *url);
}

#[tokio::test]
async fn everything_that_a_creation_says_is_there_afterwards() {
    let mynah = Mynah::start().await;
    mynah.with_users(&["ada"]).await;
    let mut said = json!({
        "channel_url": "plaza", "name": "Plaza", "cover_url": "https://a.example.org/c.png", "custom_type": "chat",
        "data": "{}", "is_ephemeral": true, "is_dynamic_partitioned": false, "metadata": { "floor": "0" },
    });

    let mut body = said.clone();
    body["operators"] = json!(["ada"]);
    mynah.post("/v3/open_channels", body).await.ok();

    let plain = mynah.get("/v3/open_channels/plaza").await.ok();
    for key in ["operators", "metadata", "participants"] {
        assert!(plain.get(key).is_none(), "{key}");
    }
    let query = "include_operators=true&show_metadata=true&participants=true";
    let channel = mynah.get(&format!("/v3/open_channels/plaza?{query}")).await.ok();
    said["participants"] = json!([]);
    said["participant_count"] = json!(0);
    for (key, value) in said.as_object().expect("an object") {
        assert_eq!(&channel[key], value, "{key}");
    }
    assert_eq!(each(channel["operators"].as_array().expect("operators"), "user_id"), ["ada"]);
}

#[tokio::test]
async fn what_a_group_channel_has_of_members_an_open_channel_has_not() {
    let mynah = Mynah::start().await;
    mynah.with_users(&["ada"]).await;
    mynah.post("/v3/open_channels", json!({ "channel_url": "plaza" })).await.ok();
    let message = json!({ "user_id": "ada", "message": "Anybody?" });
    mynah.post("/v3/open_channels/plaza/messages", message).await.ok();

    let channel = mynah.get("/v3/open_channels/plaza").await.ok();

    for key in ["members", "member_count", "last_message", "unread_message_count", "read_receipt"] {
        assert!(channel.get(key).is_none(), "{key}");
    }
    mynah.get("/v3/open_channels/plaza/members").await.refused(400_404);
}

#[tokio::test]
async fn an_update_changes_what_it_names_and_leaves_the_rest() {
    let mynah = Mynah::start().await;
    mynah.with_users(&["ada", "bo"]).await;
    mynah.post("/v3/open_channels", json!({ "channel_url": "plaza", "operator_ids": ["ada"] })).await.ok();
    let seen = async || mynah.get("/v3/open_channels/plaza?include_operators=true").await.ok();
    let mut expected = seen().await;

    for change in [
        json!({ "name": "Market" }),
        json!({ "cover_url": "c" }),
        json!({ "custom_type": "loud", "data": "{}" }),
        json!({}),
    ] {
        let updated = mynah.put("/v3/open_channels/plaza", change.clone()).await.ok();

        for (key, value) in change.as_object().expect("changes") {
            expected[key] = value.clone();
        }
        assert_eq!(updated, expected, "{change}");
        assert_eq!(seen().await, expected, "{change}");
    }
    let updated = mynah.put("/v3/open_channels/plaza", json!({ "operator_ids": ["bo"] })).await.ok();
    assert_eq!(each(updated["operators"].as_array().expect("operators"), "user_id"), ["bo"]);
    let before = mynah.everything().await;
    for (code, wrong) in [
        (400_201, json!({ "name": "New", "operator_ids": ["nobody"] })),
        (400_110, json!({ "data": "new", "custom_type": "c".repeat(129) })),
        (400_100, json!({ "data": "new", "name": 1 })),
    ] {
        mynah.put("/v3/open_channels/plaza", wrong).await.refused(code);
    }
    assert_eq!(mynah.everything().await, before);
}

#[tokio::test]
async fn a_creation_that_is_refused_creates_nothing() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    mynah.post("/v3/open_channels", json!({ "channel_url": "plaza" })).await.ok();
    let before = mynah.everything().await;

    for (code, wrong) in [
        (400_202, json!({ "channel_url": "plaza" })),
        (400_202, json!({ "channel_url": "lobby" })),
        (400_151, json!({ "channel_url": "pla za" })),
        (400_110, json!({ "channel_url": "p".repeat(101) })),
        (400_110, json!({ "name": "n".repeat(192) })),
        (400_110, json!({ "custom_type": "c".repeat(129) })),
        (400_110, json!({ "cover_url": "c".repeat(2049) })),
        (400_201, json!({ "operator_ids": ["nobody"] })),
        (400_104, json!({ "is_ephemeral": 1 })),
    ] {
        mynah.post("/v3/open_channels", wrong).await.refused(code);
    }

    assert_eq!(mynah.everything().await, before);
}

#[tokio::test]
async fn channels_are_listed_newest_first_and_by_some_questions() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    for body in [
        json!({ "channel_url": "red1", "name": "Red One", "custom_type": "red", "metadata": { "rank": "1" } }),
        json!({ "channel_url": "red2", "name": "red two", "custom_type": "redder" }),
        json!({ "channel_url": "blue", "name": "Blue", "custom_type": "blue" }),
    ] {
        mynah.post("/v3/open_channels", body).await.ok();
    }

    for (query, expected) in [
        ("", "blue red2 red1"),
        ("custom_types=red,blue", "blue red1"),
        ("custom_type=red", "red1"),
        ("name_contains=ED", "red2 red1"),
        ("url_contains=d2", "red2"),
        ("url_contains=lobby", ""),
        ("channel_urls=red1,blue,lobby", "blue red1"),
        ("show_frozen=true", "blue red2 red1"),
    ] {
        let list = mynah.get(&format!("/v3/open_channels?{query}")).await.ok();
        assert_eq!(names(&list), expected, "{query}");
        assert_eq!((&list["next"], list["ts"].to_string().len()), (&json!(""), 13), "{query}");
    }
    mynah.freeze("red1").await;
    assert_eq!(names(&mynah.get("/v3/open_channels?show_frozen=false").await.ok()), "blue red2");
    let with = mynah.get("/v3/open_channels?show_metadata=true").await.ok();
    assert_eq!(with["channels"][2]["metadata"], json!({ "rank": "1" }));
    assert!(mynah.get("/v3/open_channels").await.ok()["channels"][2].get("metadata").is_none());
}

#[tokio::test]
async fn somebody_who_never_entered_may_write() {
    let mynah = Mynah::start().await;
    mynah.with_users(&["ada"]).await;
    mynah.post("/v3/open_channels", json!({ "channel_url": "plaza" })).await.ok();
    let send = async |body: Value| mynah.post("/v3/open_channels/plaza/messages", body).await;

    let sent = send(json!({ "user_id": "ada", "message": "Hello" })).await.ok();

    assert_eq!((&sent["channel_type"], &sent["channel_url"]), (&json!("open"), &json!("plaza")));
    send(json!({ "user_id": "nobody", "message": "Hello" })).await.refused(400_201);
    let total = mynah.get("/v3/open_channels/plaza/messages/total_count").await.ok();
    assert_eq!(total, json!({ "total": 1 }));
}

#[tokio::test]
async fn in_a_frozen_channel_only_operators_write() {
    let mynah = Mynah::start().await;
    mynah.with_users(&["ada", "bo"]).await;
    mynah.post("/v3/open_channels", json!({ "channel_url": "plaza", "operator_ids": ["ada"] })).await.ok();
    mynah.freeze("plaza").await;
    let send = async |body: Value| mynah.post("/v3/open_channels/plaza/messages", body).await;

    send(json!({ "user_id": "bo", "message": "Hello" })).await.refused(900_050);
    let ada = send(json!({ "user_id": "ada", "message": "Hush" })).await.ok();
    send(json!({ "message_type": "ADMM", "message": "Frozen" })).await.ok();

    assert_eq!((&ada["is_op_msg"], &ada["user"]["role"]), (&json!(true), &json!("operator")));
    let total = mynah.get("/v3/open_channels/plaza/messages/total_count").await.ok();
    assert_eq!(total["total"], 2);
}

#[tokio::test]
async fn a_deleted_channel_is_gone_with_its_messages() {
    let mynah = Mynah::start().await;
    mynah.with_users(&["ada"]).await;
    mynah.post("/v3/open_channels", json!({ "channel_url": "plaza" })).await.ok();
    let message = json!({ "user_id": "ada", "message": "Hello" });
    mynah.post("/v3/open_channels/plaza/messages", message.clone()).await.ok();

    assert_eq!(mynah.delete("/v3/open_channels/plaza").await.ok(), json!({}));

    mynah.delete("/v3/open_channels/plaza").await.refused(400_201);
    mynah.get("/v3/open_channels/plaza").await.refused(400_201);
    mynah.post("/v3/open_channels/plaza/messages", message).await.refused(400_201);
    assert_eq!(mynah.get("/v3/open_channels").await.ok()["channels"], json!([]));
}

#[tokio::test]
async fn a_cover_that_is_uploaded_is_served_from_here() {
    let mynah = Mynah::start().await;
    let cover = Some(("cover_file", Part::bytes(b"picture".to_vec()).file_name("c.gif")));

    let channel = mynah.form(Method::POST, "/v3/open_channels", &[("channel_url", "plaza")], cover).await.ok();

    let served = answer(mynah.client().get(channel["cover_url"].as_str().expect("an address"))).await;
    assert_eq!((served.status, served.text.as_str()), (200, "picture"));
    assert_eq!(served.headers["content-type"], "image/gif");
}
