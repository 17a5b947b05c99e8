//! What a user's client sets for the user alone.

use mynah::model::event::Event;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Mynah, answer};

#[tokio::test]
async fn a_user_is_found_by_keys_unless_not_allowed() {
    let data = tempfile::tempdir().expect("a folder");
    let mynah = Mynah::start_on(data.path()).await;
    mynah.with_users(&["ada", "bob", "cy"]).await;
    for (user, key) in [("bob", "+1-555-1"), ("cy", "+1-555-2")] {
        mynah.put(&format!("/v3/users/{user}"), json!({ "discovery_keys": [key] })).await.ok();
    }
    let (ada, cy) = (mynah.session_of("ada").await, mynah.session_of("cy").await);
    let allow = "/v3/users/cy/allow_friend_discovery";
    assert_eq!(cy.get(allow).await.ok(), json!({ "allow_friend_discovery": true }));
    let refused = json!({ "allow_friend_discovery": false });
    assert_eq!(cy.put(allow, refused.clone()).await.ok(), refused);
    ada.put(allow, refused.clone()).await.refused(400_108);
    cy.put(allow, json!({})).await.refused(400_105);
    let mut feed = mynah.server().engine().listen();
    let contacts = json!({ "friend_discoveries": [
        { "friend_discovery_key": "+1-555-1", "friend_name": "Bobby" },
        { "friend_discovery_key": "+1-555-2", "friend_name": "Cyril" },
        { "friend_discovery_key": "+1-555-3", "friend_name": "Nobody" },
    ] });
    assert_eq!(ada.put("/v3/users/ada/friend_discoveries", contacts).await.ok(), json!({}));
    let told = feed.recv().await.expect("an event");
    let Event::FriendsFound { user, friends } = &told.event else { panic!("{told:?}") };
    assert_eq!((user.id.as_str(), friends.len(), friends[0].0.id.as_str()), ("ada", 1, "bob"));
    let friends = ada.get("/v3/users/ada/friends").await.ok();
    assert_eq!(friends["users"].as_array().map(Vec::len), Some(1));
    assert_eq!(friends["users"][0]["friend_name"], "Bobby");
    assert_eq!(friends["users"][0]["friend_discovery_key"], "+1-555-1");
    ada.put("/v3/users/ada/friend_discoveries", json!({ "friend_discoveries": [{}] })).await.refused(400_111);
    mynah.stop().await;

    let mynah = Mynah::start_on(data.path()).await;
    let (ada, cy) = (mynah.session_of("ada").await, mynah.session_of("cy").await);
    assert_eq!(cy.get(allow).await.ok(), refused);
    assert_eq!(mynah.get("/v3/users/cy").await.ok()["is_hide_me_from_friends"], true);
    ada.delete("/v3/users/ada/friend_discoveries?friend_discovery_keys=%2B1-555-1").await.ok();
    assert_eq!(ada.get("/v3/users/ada/friends").await.ok()["users"], json!([]));
    mynah.stop().await;
}

#[tokio::test]
async fn the_template_of_pushes_is_read_back_and_devices_go_kind_by_kind() {
    let mynah = Mynah::start().await;
    mynah.with_users(&["ada", "bob"]).await;
    let (ada, bob) = (mynah.session_of("ada").await, mynah.session_of("bob").await);
    let path = "/v3/users/ada/push/template";
    assert_eq!(ada.get(path).await.ok(), json!({ "name": "default" }));
    ada.put(path, json!({ "name": "alternative" })).await.ok();
    assert_eq!(ada.get(path).await.ok(), json!({ "name": "alternative" }));
    bob.get(path).await.refused(400_108);

    for (kind, field) in [("apns", "apns_device_token"), ("gcm", "gcm_reg_token")] {
        ada.post(&format!("/v3/users/ada/push/{kind}"), json!({ field: "device" })).await.ok();
    }
    let gone = ada.delete("/v3/users/ada/push/apns").await.ok();
    assert_eq!((&gone["token"], &gone["user"]["guest_id"]), (&json!(["device"]), &json!("ada")));
    assert_eq!(ada.get("/v3/users/ada/push/apns").await.ok()["tokens"], json!([]));
    assert_eq!(ada.get("/v3/users/ada/push/gcm").await.ok()["tokens"], json!(["device"]));
    ada.delete("/v3/users/ada/push/pigeon").await.refused(400_111);
    bob.delete("/v3/users/ada/push/gcm").await.refused(400_108);
}

async fn log_in(mynah: &Mynah, user: &str, token: &str) -> Value {
    let path = format!("/v3/sdk/users/{user}/authentication");
    let request = mynah.client().request(Method::POST, mynah.url(&path)).header("Access-Token", token);
    answer(request.json(&json!({}))).await.ok()
}

async fn me(mynah: &Mynah, key: &Value) -> Answer {
    let key = key["key"].as_str().expect("a key");
    answer(mynah.client().get(mynah.url("/v3/users/ada")).header("Session-Key", key)).await
}

#[tokio::test]
async fn keys_that_an_access_token_has_opened_end_with_it() {
    let data = tempfile::tempdir().expect("a folder");
    let mynah = Mynah::start_on(data.path()).await;
    let body = json!({ "user_id": "ada", "nickname": "Ada", "issue_access_token": true });
    let token = mynah.post("/v3/users", body).await.ok()["access_token"].as_str().expect("a token").to_owned();
    let key = log_in(&mynah, "ada", &token).await;
    let session = mynah.post("/v3/users/ada/token", json!({})).await.ok()["token"].clone();
    let other = log_in(&mynah, "ada", session.as_str().expect("a token")).await;
    mynah.put("/v3/users/ada", json!({ "nickname": "Ada L." })).await.ok();
    me(&mynah, &key).await.ok();
    mynah.stop().await;

    let mynah = Mynah::start_on(data.path()).await;
    let changed = mynah.put("/v3/users/ada", json!({ "issue_access_token": true })).await.ok();
    me(&mynah, &key).await.refused(400_310);
    me(&mynah, &other).await.ok();
    let key = log_in(&mynah, "ada", changed["access_token"].as_str().expect("a token")).await;
    me(&mynah, &key).await.ok();
    mynah.put("/v3/users/ada", json!({ "issue_access_token": false })).await.ok();
    me(&mynah, &key).await.refused(400_310);
    mynah.stop().await;
}

#[tokio::test]
async fn the_file_key_of_a_login_opens_private_files() {
    let mynah = Mynah::start().await;
    mynah.with_group("club", &["ada", "bob"]).await;
    let login = log_in(&mynah, "bob", "").await;
    let form = reqwest::multipart::Form::new()
        .text("message_type", "FILE")
        .text("user_id", "ada")
        .text("require_auth", "true")
        .part("file", reqwest::multipart::Part::bytes(b"secret".to_vec()).file_name("secret.txt"));
    let sent = mynah.sendbird(Method::POST, "/v3/group_channels/club/messages").multipart(form);
    let sent = answer(sent).await.ok();
    assert_eq!(sent["require_auth"], true);
    let url = sent["file"]["url"].as_str().expect("an address");
    assert_eq!(answer(mynah.client().get(url)).await.status, 403);
    let ekey = login["ekey"].as_str().expect("a file key");
    let opened = answer(mynah.client().get(url).query(&[("auth", ekey)])).await;
    assert_eq!((opened.status, &*opened.text), (200, "secret"));
    assert_eq!(answer(mynah.client().get(url).query(&[("auth", "made up")])).await.status, 403);
}

#[tokio::test]
async fn a_login_tells_what_is_unread_by_custom_type() {
    let mynah = Mynah::start().await;
    mynah.with_users(&["ada", "bob"]).await;
    let body = json!({ "channel_url": "news", "user_ids": ["ada", "bob"], "custom_type": "press" });
    mynah.post("/v3/group_channels", body).await.ok();
    mynah.say("news", "bob", "One").await;
    mynah.say("news", "bob", "Two").await;
    let unread = log_in(&mynah, "ada", "").await["unread_cnt"].clone();
    assert_eq!((&unread["all"], &unread["custom_types"]), (&json!(2), &json!({ "press": 2 })));
}
