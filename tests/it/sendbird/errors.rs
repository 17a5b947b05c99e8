//! Errors: their form, their order, and how each number is reached.

use mynah::server::{config::Config, operations};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Mynah, answer};

#[tokio::test]
async fn a_channel_that_is_not_found_is_told_in_sixty_three_bytes() {
    let mynah = Mynah::start().await;

    let answer = mynah.post("/v3/group_channels/nowhere/messages", json!({ "messageType": "MESG" })).await;

    assert_eq!(answer.status, 400);
    assert_eq!(answer.text, r#"{"error":true,"message":"\"Channel\" not found.","code":400201}"#);
    assert_eq!(answer.text.len(), 63);
    assert_eq!(answer.headers["content-length"], "63");
    assert_eq!(answer.headers["content-type"], "application/json");
}

#[tokio::test]
async fn a_good_answer_has_no_error_in_it() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;

    for path in ["/v3/users", "/v3/users/ada", "/v3/group_channels/lobby", "/v3/group_channels/lobby/members"] {
        let answer = mynah.get(path).await;
        assert_eq!(answer.headers["content-type"], "application/json");
        assert!(answer.ok().get("error").is_none(), "{path}");
    }
}

#[tokio::test]
async fn the_token_is_looked_at_before_everything_else_of_a_request() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    let path = "/v3/group_channels/nowhere/messages";

    for token in [None, Some("")] {
        for body in ["{", "{}", ""] {
            let request = mynah.client().post(mynah.url(path)).body(body);
            let request = token.into_iter().fold(request, |request, token| request.header("Api-Token", token));
            answer(request).await.refused(400_401);
        }
    }
    answer(mynah.client().get(mynah.url("/v3/users?limit=abc"))).await.refused(400_401);
}

#[tokio::test]
async fn only_a_known_token_is_taken_where_one_is_configured() {
    let mynah = Mynah::start_with(Config { tokens: vec!["one".into(), "two".into()], ..Config::default() }).await;
    let users = |token: &str| mynah.client().get(mynah.url("/v3/users")).header("Api-Token", token.to_owned());

    for token in ["one", "two"] {
        answer(users(token)).await.ok();
    }
    for token in ["three", "ONE", "on", "one,two", ""] {
        answer(users(token)).await.refused(400_401);
    }
    answer(mynah.client().get(mynah.url("/v3/users"))).await.refused(400_401);
    let unread = mynah.client().post(mynah.url("/v3/users")).header("Api-Token", "three").body("{");
    answer(unread).await.refused(400_401);
}

#[tokio::test]
async fn a_strict_server_knows_its_applications() {
    let tokens = vec!["one".into()];
    let mynah = Mynah::start_with(Config { strict: true, tokens, ..Config::default() }).await;
    let get = |path: &str| mynah.client().get(mynah.url(path));

    answer(get("/v3/users").header("Api-Token", "one")).await.ok();
    answer(get("/apps/elsewhere/v3/users").header("Api-Token", "one")).await.refused(400_304);
    // The application comes before the token.
    answer(get("/apps/elsewhere/v3/users")).await.refused(400_304);
    answer(get("/v3/users").header("Api-Token", "two")).await.refused(400_401);
}

#[tokio::test]
async fn what_is_wrong_first_is_told_first() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    mynah.with_users(&["di"]).await;
    let known = json!({ "user_id": "ada", "message": "m", "dedup_id": "known" });
    let known = mynah.send("lobby", known).await.ok()["message_id"].clone();
    let before = mynah.everything().await;
    let long = "c".repeat(129);

    // The syntax of the body before the resource of the path.
    let path = "/v3/group_channels/nowhere/messages";
    mynah.raw(Method::POST, path, "application/json", "{").await.refused(400_403);
    // The resources of the path, from left to right, before the fields of the body.
    for (method, path) in [
        (Method::POST, "/v3/group_channels/nowhere/messages"),
        (Method::PUT, "/v3/group_channels/nowhere/messages/1"),
        (Method::PUT, "/v3/group_channels/nowhere/messages/mark_as_read"),
        (Method::PUT, "/v3/group_channels/nowhere"),
        (Method::PUT, "/v3/group_channels/nowhere/leave"),
        (Method::POST, "/v3/group_channels/nowhere/invite"),
        (Method::PUT, "/v3/open_channels/nowhere"),
        (Method::POST, "/v3/open_channels/nowhere/messages"),
    ] {
        for body in [json!({}), json!({ "user_id": 5, "name": 5, "custom_type": long, "message_type": 5 })] {
            let answer = answer(mynah.sendbird(method.clone(), path).json(&body)).await;
            assert_eq!(answer.refused(400_201), "\"Channel\" not found.", "{method} {path}");
        }
    }
    let unknown = mynah.put("/v3/users/nobody", json!({ "nickname": 5 })).await;
    assert_eq!(unknown.refused(400_201), "\"User\" not found.");
    let unknown = mynah.put("/v3/group_channels/lobby/messages/999999", json!({ "message": 5 })).await;
    assert_eq!(unknown.refused(400_201), "\"Message\" not found.");
    mynah.get("/v3/group_channels/nowhere/messages?message_ts=now&prev_limit=999").await.refused(400_201);

    // Then each step hides the ones after it.
    for (code, body) in [
        // What is missing before what is of the wrong kind.
        (400_105, json!({ "message": 5, "custom_type": long, "parent_message_id": 999, "dedup_id": "known" })),
        (400_105, json!({ "user_id": 5 })),
        // What is of the wrong kind before what is too long.
        (400_100, json!({ "user_id": "nobody", "message": "m", "custom_type": long, "data": 5 })),
        (400_101, json!({ "user_id": "nobody", "message": "m", "custom_type": long, "parent_message_id": "1" })),
        // What is too long before what is referred to.
        (400_110, json!({ "user_id": "nobody", "message": "m", "custom_type": long })),
        (400_110, json!({ "user_id": "ada", "message": "m", "custom_type": long, "parent_message_id": 999 })),
        (400_111, json!({ "user_id": "nobody", "message": "m", "root_message_id": 5 })),
        // What is referred to before the rules of the channel.
        (400_201, json!({ "user_id": "di", "message": "m", "parent_message_id": 999 })),
        // The rules before what has to be unique.
        (400_108, json!({ "user_id": "di", "message": "m", "dedup_id": "known" })),
        (
            400_111,
            json!({ "message_type": "ADMM", "message": "m", "parent_message_id": known, "dedup_id": "known" }),
        ),
        (400_202, json!({ "user_id": "ada", "message": "m", "parent_message_id": known, "dedup_id": "known" })),
    ] {
        let text = body.to_string();
        assert_eq!(mynah.send("lobby", body).await.body["code"], code, "{text}");
    }
    for (code, body) in [
        (400_105, json!({ "user_id": 5 })),
        (400_100, json!({ "user_id": 5, "nickname": "n".repeat(81) })),
        (400_110, json!({ "user_id": "ada", "nickname": "n".repeat(81) })),
        (400_202, json!({ "user_id": "ada", "nickname": "n" })),
    ] {
        mynah.post("/v3/users", body).await.refused(code);
    }
    for (code, body) in [
        (400_110, json!({ "channel_url": "lobby", "name": "n".repeat(192), "operator_ids": ["nobody"] })),
        (400_201, json!({ "channel_url": "lobby", "operator_ids": ["nobody"] })),
        (400_202, json!({ "channel_url": "lobby" })),
    ] {
        mynah.post("/v3/group_channels", body.clone()).await.refused(code);
        mynah.post("/v3/open_channels", body).await.refused(code);
    }
    assert_eq!(mynah.everything().await, before);
}

#[tokio::test]
async fn each_number_is_reached_by_its_own_fault() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    mynah.with_users(&["di"]).await;
    let away = json!({ "is_active": false, "leave_all_when_deactivated": false });
    mynah.put("/v3/users/bo", away).await.ok();
    let waits =
        json!({ "channel_url": "hall", "user_ids": ["di"], "invitation_status": { "di": "invited_by_friend" } });
    mynah.post("/v3/group_channels", waits).await.ok();
    mynah.post("/v3/open_channels", json!({ "channel_url": "icebox" })).await.ok();
    mynah.freeze("icebox").await;
    let before = mynah.everything().await;
    let text = |user: &str| json!({ "user_id": user, "message": "m" });
    let lobby = "/v3/group_channels/lobby";

    for (code, method, path, body) in [
        (400_100, "POST", "/v3/users".to_owned(), json!({ "user_id": 5, "nickname": "n" })),
        (400_101, "GET", "/v3/users?limit=abc".into(), Value::Null),
        (400_102, "POST", "/v3/group_channels".into(), json!({ "user_ids": "ada" })),
        (400_103, "POST", "/v3/users".into(), json!({ "user_id": "u", "nickname": "n", "metadata": "x" })),
        (400_104, "POST", "/v3/group_channels".into(), json!({ "is_public": "yes" })),
        (400_105, "POST", "/v3/users".into(), json!({ "user_id": "u" })),
        (400_106, "GET", format!("{lobby}/messages?message_ts=-1"), Value::Null),
        (400_108, "PUT", format!("{lobby}/join"), json!({ "user_id": "di" })),
        (400_109, "GET", "/v3/users?token=garbage".into(), Value::Null),
        (400_110, "PUT", "/v3/users/ada".into(), json!({ "nickname": "n".repeat(81) })),
        (400_111, "POST", "/v3/group_channels".into(), json!({ "is_distinct": true, "is_public": true })),
        (400_113, "GET", "/v3/open_channels?limit=101".into(), Value::Null),
        (400_151, "POST", "/v3/open_channels".into(), json!({ "channel_url": "no spaces" })),
        (400_201, "GET", "/v3/users/nobody".into(), Value::Null),
        (400_202, "POST", "/v3/users".into(), json!({ "user_id": "ada", "nickname": "n" })),
        (400_203, "PUT", "/v3/users/ada".into(), json!({ "preferred_languages": ["a", "b", "c", "d", "e"] })),
        (400_300, "POST", format!("{lobby}/messages"), text("bo")),
        (400_404, "GET", "/v3/nothing".into(), Value::Null),
        (400_700, "POST", format!("{lobby}/messages"), json!({ "user_id": "ada", "message": "m".repeat(5001) })),
        (400_930, "GET", "/v3/bots".into(), Value::Null),
        (900_023, "POST", "/v3/group_channels/hall/messages".into(), text("di")),
        (900_050, "POST", "/v3/open_channels/icebox/messages".into(), text("ada")),
    ] {
        let request = mynah.sendbird(method.parse().expect("a method"), &path);
        let request = if body.is_null() { request } else { request.json(&body) };
        let text = answer(request).await.refused(code);
        assert!(!text.is_empty(), "{code}");
    }
    mynah.raw(Method::POST, "/v3/users", "application/json", "[]").await.refused(400_403);

    assert_eq!(mynah.everything().await, before);
}

/// The path of an operation with something in the place of each parameter.
fn filled(path: &str) -> String {
    let segments = path.split('/').map(|segment| match segment {
        "{channel_type}" => "group_channels",
        segment if segment.starts_with('{') => "something",
        segment => segment,
    });
    segments.collect::<Vec<_>>().join("/")
}

#[tokio::test]
async fn every_operation_that_is_not_served_says_so() {
    let mynah = Mynah::start().await;
    let [(dialect, operations), ..] = operations();
    assert_eq!(dialect, "sendbird");
    let unserved: Vec<_> = operations.into_iter().filter(|operation| !operation.served).collect();
    assert!(!unserved.is_empty(), "then this test has to go, and 501 with it");

    for operation in unserved {
        let path = filled(operation.path);
        let answer = answer(mynah.sendbird(operation.method.parse().expect("a method"), &path)).await;

        assert_eq!(answer.headers["x-mynah"], "not-served", "{operation:?}");
        assert_eq!(answer.headers["content-type"], "application/json", "{operation:?}");
        let text = answer.refused(400_930);
        assert!(text.contains(&path), "{operation:?}: {text}");
    }
}

#[tokio::test]
async fn every_operation_that_is_served_is_known_by_its_path() {
    let mynah = Mynah::start().await;
    let [(_, operations), ..] = operations();
    let served: Vec<_> = operations.into_iter().filter(|operation| operation.served).collect();
    assert!(served.len() >= 29, "{}", served.len());

    for operation in served {
        let path = filled(operation.path);
        let answer = answer(mynah.sendbird(operation.method.parse().expect("a method"), &path)).await;

        assert!(answer.headers.get("x-mynah").is_none(), "{operation:?}");
        assert!([200, 400].contains(&answer.status), "{operation:?}: {}", answer.text);
        assert_ne!(answer.body["code"], 400_404, "{operation:?}");
    }
}

#[tokio::test]
async fn what_the_service_does_not_have_is_an_invalid_url() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    let before = mynah.everything().await;

    for (method, path) in [
        ("GET", "/v3"),
        ("GET", "/v3/nothing"),
        ("GET", "/v3/user"),
        ("PUT", "/v3/users"),
        ("DELETE", "/v3/users"),
        ("PATCH", "/v3/users/ada"),
        ("POST", "/v3/users/ada"),
        ("DELETE", "/v3/group_channels"),
        ("POST", "/v3/group_channels/lobby"),
        ("GET", "/v3/group_channels/lobby/invite"),
        ("POST", "/v3/group_channels/lobby/join"),
        ("GET", "/v3/group_channels/lobby/messages/mark_as_read/again"),
        ("DELETE", "/v3/group_channels/lobby/messages/total_count"),
        ("DELETE", "/v3/group_channels/lobby/messages"),
        ("GET", "/v3/super_channels/lobby/messages"),
        ("GET", "/v3/group_channels/lobby/messages/1/2/3"),
        ("GET", "/v3/GROUP_CHANNELS/lobby"),
        ("TRACE", "/v3/users"),
        ("BREW", "/v3/users"),
    ] {
        let answer = answer(mynah.sendbird(method.parse().expect("a method"), path)).await;

        assert_eq!(answer.headers["content-type"], "application/json", "{method} {path}");
        answer.refused(400_404);
    }

    assert_eq!(mynah.everything().await, before);
}

#[tokio::test]
async fn a_slash_at_the_end_does_not_matter() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;

    mynah.get("/v3/users/").await.ok();
    assert_eq!(mynah.get("/v3/users/ada/").await.ok()["user_id"], "ada");
    mynah.get("/v3/group_channels/lobby/messages/?message_ts=0").await.ok();
}
