//! Opening the socket: who gets in, what is said first, how it ends.

use mynah::server::config::Config;
use serde_json::{Value, json};

use crate::support::Mynah;

#[tokio::test]
async fn a_user_who_is_new_comes_into_being_and_is_told_all_of_the_session() {
    let mynah = Mynah::start().await;
    let socket = mynah.connect("ada").await;
    let keys: Vec<_> = socket.login.as_object().expect("an object").keys().cloned().collect();
    insta::assert_json_snapshot!(keys);
    assert_eq!(socket.login["user_id"], "ada");
    assert_eq!(socket.login["reconnect"]["interval"], 3);
    let ada = mynah.get("/v3/users/ada").await.ok();
    assert_eq!((&ada["is_online"], &ada["last_seen_at"]), (&json!(true), &json!(0)));
}

#[tokio::test]
async fn whoever_hangs_up_is_offline_and_was_seen_just_now() {
    let mynah = Mynah::start().await;
    let (one, other) = (mynah.connect("ada").await, mynah.connect("ada").await);
    one.close().await;
    assert_eq!(mynah.get("/v3/users/ada").await.ok()["is_online"], true, "the other device is there");
    other.close().await;
    for _ in 0..100 {
        let ada = mynah.get("/v3/users/ada").await.ok();
        if ada["is_online"] == false {
            assert!(ada["last_seen_at"].as_i64().expect("a moment") > 0);
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("ada is still online");
}

#[tokio::test]
async fn the_subprotocol_is_repeated_letter_by_letter() {
    let mynah = Mynah::start().await;
    let token = "%7B%22token%22%3A%22some%20token%22%7D";
    let socket = mynah.knock("/?user_id=nobody", Some(token)).await;
    assert_eq!(socket.protocol.as_deref(), Some(token));
    let empty = mynah.knock("//?p=JS&user_id=ada", Some("%7B%7D")).await;
    assert_eq!((empty.protocol.as_deref(), &empty.login["user_id"]), (Some("%7B%7D"), &json!("ada")));
}

#[tokio::test]
async fn who_may_not_come_in_is_told_so_as_a_login_and_left_outside() {
    let mynah = Mynah::start().await;
    let body = json!({ "user_id": "ada", "nickname": "Ada", "profile_url": "", "issue_access_token": true });
    let token = mynah.post("/v3/users", body).await.ok()["access_token"].as_str().expect("a token").to_owned();
    let refused = |login: &Value, code: i64| {
        assert_eq!((&login["error"], &login["code"]), (&json!(true), &json!(code)), "{login}");
    };
    let mut wrong = mynah.knock("/?user_id=ada&access_token=wrong", None).await;
    refused(&wrong.login, 400_302);
    assert_eq!(wrong.next().await, None);
    refused(&mynah.knock("/?user_id=ada", Some("%7B%7D")).await.login, 400_302);
    refused(&mynah.knock("/?user_id=nobody&access_token=any", None).await.login, 400_301);
    refused(&mynah.knock("/", Some("%7B%22auth%22%3A%22unknown%22%7D")).await.login, 400_309);
    let right = mynah.knock(&format!("/?user_id=ada&access_token={token}"), None).await;
    assert_eq!(right.login["user_id"], "ada");
    mynah.put("/v3/users/ada", json!({ "is_active": false })).await.ok();
    refused(&mynah.knock(&format!("/?user_id=ada&access_token={token}"), None).await.login, 400_300);
}

#[tokio::test]
async fn a_key_goes_on_where_it_was_and_headers_do_as_well() {
    let mynah = Mynah::start().await;
    let key = mynah.connect("ada").await.key();
    let again = mynah.knock("/?p=JS", Some(&format!("%7B%22auth%22%3A%22{key}%22%7D"))).await;
    assert_eq!((again.key(), &again.login["user_id"]), (key, &json!("ada")));
}

#[tokio::test]
async fn an_application_is_named_by_the_query_or_by_the_path() {
    let mynah = Mynah::start().await;
    mynah.knock("/?user_id=ada&ai=Shop", None).await;
    mynah.knock("/apps/office/?user_id=bo", None).await;
    let users = async |id: &str| mynah.get(&format!("/apps/{id}/v3/users")).await.ok()["users"].clone();
    assert_eq!(users("shop").await[0]["user_id"], "ada");
    assert_eq!(users("office").await[0]["user_id"], "bo");
    assert_eq!(users("mynah").await, json!([]));
}

#[tokio::test]
async fn a_strict_server_knows_its_applications_on_the_socket_too() {
    let mynah = Mynah::start_with(Config { strict: true, ..Config::default() }).await;
    let login = mynah.knock("/?user_id=ada&ai=strange", None).await.login;
    assert_eq!(login["code"], 400_304);
}

#[tokio::test]
async fn too_many_connections_are_busy() {
    let mynah = Mynah::start_with(Config { connections: 1, ..Config::default() }).await;
    let first = mynah.connect("ada").await;
    let mut second = mynah.knock("/?user_id=bo", None).await;
    assert_eq!((&second.login["first"], &second.login["body"]["retry_after"]), (&json!("BUSY"), &json!(2)));
    assert_eq!(second.next().await, None);
    first.close().await;
    for _ in 0..100 {
        if mynah.knock("/?user_id=bo", None).await.login["user_id"] == "bo" {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("there is room now");
}

#[tokio::test]
async fn a_ping_is_answered_and_names_the_question() {
    let mynah = Mynah::start().await;
    let mut ada = mynah.connect("ada").await;
    ada.say("PING", json!({ "id": 1234, "active": 1, "req_id": "x" })).await;
    let pong = ada.hear("PONG").await;
    assert_eq!(pong["id"], 1234);
    assert!(pong["sts"].as_i64().expect("a moment") > 1_600_000_000_000);
}

#[tokio::test]
async fn an_expired_session_is_told_and_refreshed_on_the_same_connection() {
    let mynah = Mynah::start().await;
    mynah.with_users(&["ada"]).await;
    let token = async |seconds: i64| {
        let until = mynah.now().await + seconds * 1000;
        let issued = mynah.post("/v3/users/ada/token", json!({ "expires_at": until })).await.ok();
        issued["token"].as_str().expect("a token").to_owned()
    };
    let first = token(60).await;
    let mut ada = mynah.knock(&format!("/?user_id=ada&access_token={first}&expiring_session=1"), None).await;
    let old = ada.key();
    mynah.advance(61).await;
    let told = ada.hear("EXPR").await;
    assert_eq!(told["reason"], 400_309);
    ada.is_refused("READ", json!({ "channel_url": "any" }), 400_309).await;
    let second = token(600).await;
    let refreshed = ada.does("LOGI", json!({ "token": second, "expiring_session": true })).await;
    let new = refreshed["new_key"].as_str().expect("a new key");
    assert_ne!(new, old);
    ada.is_refused("READ", json!({ "channel_url": "any" }), 400_201).await;
    assert_eq!(
        mynah
            .client()
            .get(mynah.url("/v3/users/ada"))
            .header("Session-Key", new)
            .send()
            .await
            .expect("an answer")
            .status(),
        200
    );
}

#[tokio::test]
async fn a_revoked_session_is_told_and_ends() {
    let mynah = Mynah::start().await;
    mynah.with_users(&["ada"]).await;
    let issued = mynah.post("/v3/users/ada/token", json!({})).await.ok();
    let token = issued["token"].as_str().expect("a token");
    let mut ada = mynah.knock(&format!("/?user_id=ada&access_token={token}"), None).await;
    mynah.delete("/v3/users/ada/token").await.ok();
    assert_eq!(ada.hear("EXPR").await["reason"], 400_310);
    assert_eq!(ada.next().await, None);
}

#[tokio::test]
async fn garbage_ends_the_connection_it_came_on_and_no_other() {
    let mynah = Mynah::start().await;
    mynah.with_group("room", &["ada", "bo"]).await;
    let mut bo = mynah.connect("bo").await;
    for garbage in ["MESG{", "hello", "ME", "mesg{}", "MESG[1]", "\u{0}\u{0}\u{0}\u{0}{}", "ÄÖÜß{}"] {
        let mut ada = mynah.connect("ada").await;
        ada.say_plainly(garbage).await;
        assert!(ada.closed().await.is_some(), "{garbage:?}");
    }
    let mut ada = mynah.connect("ada").await;
    ada.say_plainly(&format!("MESG{}", "x".repeat(3 << 20))).await;
    ada.closed().await;
    mynah.say("room", "ada", "still here").await;
    assert_eq!(bo.hear("MESG").await["message"], "still here");
}

#[tokio::test]
async fn a_command_that_is_not_known_is_refused_and_nothing_else_happens() {
    let mynah = Mynah::start().await;
    let mut ada = mynah.connect("ada").await;
    ada.is_refused("WHAT", json!({}), 400_930).await;
    ada.is_refused("MESG", json!({}), 400_105).await;
    ada.is_refused("MESG", json!({ "channel_url": 7, "message": "x" }), 400_100).await;
    ada.say("PING", json!({ "id": 1 })).await;
    ada.hear("PONG").await;
}

#[tokio::test]
async fn the_end_of_the_server_is_the_end_of_its_connections() {
    let mynah = Mynah::start().await;
    let mut ada = mynah.connect("ada").await;
    mynah.stop().await;
    assert!(ada.closed().await.is_none_or(|frame| u16::from(frame.code) == 1001));
}

#[tokio::test]
async fn a_client_without_a_socket_finds_a_sign_of_life() {
    let mynah = Mynah::start().await;
    let answer = mynah.client().get(mynah.url("/")).send().await.expect("an answer");
    assert_eq!(answer.status(), 200);
    assert!(answer.json::<Value>().await.expect("JSON")["mynah"].is_string());
}
