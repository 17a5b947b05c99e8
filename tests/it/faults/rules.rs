//! Which requests a fault strikes, how often, and which faults are refused.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use super::{hi, struck};
use crate::support::{Mynah, answer};

#[tokio::test]
async fn a_fault_strikes_what_it_names_and_nothing_else() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    let attic = json!({ "channel_url": "attic", "user_ids": ["ada", "bo"] });
    mynah.post("/v3/group_channels", attic).await.ok();
    let said = |user: &str| json!({ "user_id": user, "message": "Hi" });
    let send = async |channel: &str, user: &str| mynah.send(channel, said(user)).await.status;
    // Each with whether it strikes: ada in the lobby, ada in the attic, bo in the lobby, a view of bo.
    for (fault, expected) in [
        (json!({ "operation": "sendAMessage" }), [500, 500, 500, 200]),
        (json!({ "operation": ["sendAMessage", "viewAUser"] }), [500, 500, 500, 500]),
        (json!({ "method": "get" }), [200, 200, 200, 500]),
        (json!({ "path": "/v3/group_channels/lobby/*" }), [500, 200, 500, 200]),
        (json!({ "path": "/v3/**" }), [500, 500, 500, 500]),
        (json!({ "user": "ada" }), [500, 500, 200, 200]),
        (json!({ "user": "bo" }), [200, 200, 500, 500]),
        (json!({ "channel": "attic" }), [200, 500, 200, 200]),
        (json!({ "channel": "lobby", "user": "ada" }), [500, 200, 200, 200]),
        (json!({ "header": { "Api-Token": "any" } }), [500, 500, 500, 500]),
        (json!({ "header": { "Api-Token": "other" } }), [200, 200, 200, 200]),
        (json!({}), [500, 500, 500, 500]),
    ] {
        let mut with_status = fault.clone();
        with_status["status"] = json!(500);
        let id = mynah.fault(with_status).await;
        let found = [
            send("lobby", "ada").await,
            send("attic", "ada").await,
            send("lobby", "bo").await,
            mynah.get("/v3/users/bo").await.status,
        ];
        assert_eq!(found, expected, "{fault}");
        mynah.delete(&format!("/_mynah/faults/{id}")).await.ok();
    }
    assert_eq!(send("lobby", "ada").await, 200, "what was taken away strikes nobody");
}

#[tokio::test]
async fn the_user_of_a_session_is_the_user_of_its_requests() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    let (ada, bo) = (mynah.connect("ada").await, mynah.connect("bo").await);
    mynah.fault(json!({ "user": "ada", "operation": "viewAGroupChannel", "status": 503 })).await;
    for (socket, status) in [(&ada, 503), (&bo, 200)] {
        let url = mynah.url("/v3/group_channels/lobby");
        let view = answer(mynah.client().request(Method::GET, url).header("Session-Key", socket.key())).await;
        assert_eq!(view.status, status, "{}", view.text);
    }
}

#[tokio::test]
async fn faults_of_one_application_never_strike_in_another() {
    let mynah = Mynah::start().await;
    let set = mynah.post("/_mynah/faults?application=other", json!({ "status": 500 })).await.ok();
    assert_eq!(set["id"], "fault-1");
    mynah.get("/v3/users").await.ok();
    mynah.get("/apps/other/v3/users").await.refused(500_901);
    assert_eq!(mynah.get("/apps/other/_mynah/faults").await.ok()["faults"][0]["hits"], 1);
    assert_eq!(mynah.get("/_mynah/faults").await.ok()["faults"], json!([]));
    let none = mynah.get("/_mynah/faults/fault-1").await;
    assert_eq!((none.status, &none.body["error"]), (404, &json!("There is no such fault")));
    mynah.post("/_mynah/reset", json!({ "application": "other" })).await.ok();
    mynah.get("/apps/other/v3/users").await.ok();
}

#[tokio::test]
async fn some_are_let_by_first_and_chance_is_the_same_in_every_run() {
    let mynah = Mynah::start().await;
    mynah.fault(json!({ "id": "third", "operation": "listUsers", "skip": 2, "times": 1, "status": 500 })).await;
    let mut found = Vec::new();
    for _ in 0..5 {
        found.push(mynah.get("/v3/users").await.status);
    }
    assert_eq!(found, [200, 200, 500, 200, 200]);
    let mut runs = Vec::new();
    for seed in [7, 7, 8] {
        let id =
            mynah.fault(json!({ "operation": "listUsers", "probability": 0.5, "seed": seed, "status": 500 })).await;
        let mut run = Vec::new();
        for _ in 0..40 {
            run.push(mynah.get("/v3/users").await.status);
        }
        mynah.delete(&format!("/_mynah/faults/{id}")).await.ok();
        runs.push(run);
    }
    assert_eq!(runs[0], runs[1]);
    assert_ne!(runs[0], runs[2]);
    assert!(runs[0].contains(&200) && runs[0].contains(&500));
}

#[tokio::test]
async fn a_delay_goes_together_with_everything_else() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    let slow = mynah.fault(json!({ "channel": "lobby", "delay": "40ms" })).await;
    let bad = mynah
        .fault(json!({ "channel": "lobby", "delay": { "from": "10ms", "to": 20 }, "status": 500, "times": 1 }))
        .await;
    let begin = Instant::now();
    let failed = mynah.send("lobby", hi()).await;
    assert!(begin.elapsed() >= Duration::from_millis(50), "{:?}", begin.elapsed());
    assert_eq!(struck(&failed), Some(&*format!("{slow},{bad}")));
    let begin = Instant::now();
    let sent = mynah.send("lobby", hi()).await;
    assert!(begin.elapsed() >= Duration::from_millis(40), "{:?}", begin.elapsed());
    assert_eq!((sent.status, struck(&sent)), (200, Some(&*slow)));
}

#[tokio::test]
async fn several_faults_are_set_at_once_and_for_the_application_that_is_named() {
    let mynah = Mynah::start().await;
    let both = json!([{ "operation": "listUsers", "status": 503 }, { "id": "b", "operation": "createAUser", "code": 500_901 }]);
    let set = mynah.post("/_mynah/faults", both).await.ok();
    let ids: Vec<_> = set["faults"].as_array().unwrap().iter().map(|fault| fault["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["fault-1", "b"]);
    assert_eq!(mynah.get("/v3/users").await.status, 503);
    mynah.post("/v3/users", json!({ "user_id": "ada" })).await.refused(500_901);
    assert_eq!(mynah.post("/_mynah/faults", json!([])).await.ok()["faults"], json!([]));
    let other = json!({ "application": "other", "operation": "listUsers", "status": 500 });
    mynah.post("/_mynah/faults", other).await.ok();
    assert_eq!(mynah.get("/apps/other/v3/users").await.status, 500);
    assert_eq!(mynah.get("/v3/users").await.status, 503);
    let both = json!({ "application": "other", "operation": "listUsers", "status": 500 });
    let refused = mynah.post("/_mynah/faults?application=mynah", both).await;
    assert_eq!(
        (refused.status, &refused.body["error"]),
        (400, &json!("application: the body names other, the call names mynah"))
    );
}

#[tokio::test]
async fn a_fault_that_makes_no_sense_is_refused_and_changes_nothing() {
    let mynah = Mynah::start().await;
    let long = "x".repeat(10_001);
    for (fault, why) in [
        (
            json!({ "operation": "sendMessage", "status": 500 }),
            "operation: there is no operation \"sendMessage\"; near it are send",
        ),
        (json!({ "operation": [], "status": 500 }), "operation: a list names at least one"),
        (json!({ "operation": 5, "status": 500 }), "operation: a text or a list of texts"),
        (json!({ "method": "FETCH", "status": 500 }), "method:"),
        (json!({ "path": "v3", "status": 500 }), "path:"),
        (json!({ "path": "/v3/users?limit=1", "status": 500 }), "path: it has no query"),
        (json!({ "path": "/apps/x/v3/users", "status": 500 }), "path: it stands without /apps"),
        (json!({ "path": "/_mynah/**", "status": 500 }), "path: control calls do not fail"),
        (
            json!({ "operation": "viewAUser", "method": "POST", "status": 500 }),
            "method: viewAUser is never asked for by POST",
        ),
        (json!({ "delay": { "from": "1s", "to": "2s", "by": 1 } }), "delay: "),
        (json!({ "socket": { "never": [] } }), "socket.never: a list names at least one code"),
        (json!({ "socket": { "delay": "1s", "frames": [] } }), "socket.frames: a list names at least one code"),
        (json!({ "socket": { "refuse": 1000 } }), "socket.refuse:"),
        (json!({ "header": { "a b": "c" }, "status": 500 }), "header:"),
        (json!({ "header": { "a": 5 }, "status": 500 }), "header.a: invalid type"),
        (json!({ "times": 0, "status": 500 }), "times:"),
        (json!({ "times": -1, "status": 500 }), "times:"),
        (json!({ "probability": 0.5, "status": 500 }), "seed: a probability needs one"),
        (json!({ "probability": 1.5, "seed": 1, "status": 500 }), "probability:"),
        (json!({ "probability": "often", "seed": 1, "status": 500 }), "probability:"),
        (
            json!({ "phase": "during", "status": 500 }),
            "phase: unknown variant `during`, expected `before` or `after`",
        ),
        (json!({ "status": 200 }), "status: it is from 400 to 599"),
        (json!({ "status": 70_000 }), "status:"),
        (json!({ "code": 5 }), "code:"),
        (json!({ "operation": "send-message", "code": 500_901 }), "code: errors of this operation have no numbers"),
        (json!({ "message": long }), "message:"),
        (json!({ "delay": "soon" }), "delay: a span of time"),
        (json!({ "delay": "11m" }), "delay: it is at most 10m"),
        (json!({ "delay": { "from": "2s", "to": "1s" } }), "delay: from is not more than to"),
        (json!({ "stall": false }), "stall:"),
        (json!({ "stall": "1h" }), "stall: it is at most 10m"),
        (json!({ "reset": true, "status": 500 }), "reset:"),
        (json!({ "truncate": 5, "phase": "before" }), "truncate:"),
        (json!({ "truncate": -5 }), "truncate:"),
        (json!({ "socket": "never-mind" }), "socket: there is no \"never-mind\"; there are refuse-403"),
        (json!({ "socket": {} }), "socket: it needs an effect"),
        (json!({ "socket": { "refuse": 200 } }), "socket.refuse:"),
        (json!({ "socket": { "close": { "code": 1005 } } }), "socket.close:"),
        (
            json!({ "socket": { "close": { "code": 99_999 } } }),
            "socket.close.code: invalid value: integer `99999`, expected a whole number up to 65535",
        ),
        (json!({ "socket": { "reorder": 2 } }), "socket.reorder: invalid type: integer `2`, expected a boolean"),
        (json!({ "socket": { "foo": 1 } }), "socket.foo: unknown field `foo`, expected one of `refuse`"),
        (json!({ "socket": 5 }), "socket: invalid type: integer `5`, expected a name of the catalogue"),
        (
            json!({ "socket": "never-pong", "operation": "sendAMessage" }),
            "operation: live connections are opened by",
        ),
        (json!({ "socket": "never-pong", "method": "POST" }), "method: "),
        (json!({ "socket": "never-pong", "path": "/v3/**" }), "path: "),
        (json!({ "socket": "never-pong", "channel": "lobby" }), "channel: "),
        (json!({ "socket": { "never": "logi" } }), "socket.never:"),
        (json!({ "socket": { "wobble": true } }), "socket.wobble: "),
        (json!({ "socket": { "delay": "1h" } }), "socket.delay:"),
        (json!({ "socket": "never-pong", "status": 500 }), "socket: what a fault does"),
        (json!({ "operation": "sendAMessage" }), "a fault needs an effect"),
        (
            json!({ "opration": "sendAMessage", "status": 500 }),
            "unknown field `opration`, expected one of `id`, `operation`",
        ),
        (json!({ "id": "a/b", "status": 500 }), "id:"),
        (json!({ "id": "header", "status": 500 }), "id:"),
        (json!([{ "status": 500 }, { "status": 5 }]), "fault 2: status: it is from 400 to 599"),
        (json!([{ "status": 500 }, { "id": "x", "foo": 1 }]), "fault 2: unknown field `foo`"),
        (json!([[]]), "fault 1: a fault is a JSON object"),
        (json!({ "application": 5, "status": 500 }), "application is invalid: it must be a text"),
        (json!({ "socket": { "send": { "frame": "hello" } } }), "socket.send: the frame is four capital letters"),
        (Value::Null, "a fault is a JSON object"),
    ] {
        let refused = mynah.post("/_mynah/faults", fault.clone()).await;
        assert_eq!(refused.status, 400, "{fault} {}", refused.text);
        let found = refused.body["error"].as_str().expect("an error has a text");
        assert!(found.starts_with(why), "{fault}: {found}");
    }
    let refused = answer(mynah.sendbird(Method::POST, "/_mynah/faults").body("{\"status\":500} x")).await;
    assert_eq!(refused.status, 400, "{}", refused.text);
    assert_eq!(mynah.get("/_mynah/faults").await.ok()["faults"], json!([]));
    let near = mynah.post("/_mynah/faults", json!({ "operation": "sendMessage", "status": 500 })).await;
    let near = near.body["error"].as_str().unwrap().to_owned();
    assert!(near.contains("send-message") && near.contains("sendAMessage"), "{near}");
    mynah.fault(json!({ "id": "one", "status": 500, "operation": "listUsers" })).await;
    let taken = mynah.post("/_mynah/faults", json!({ "id": "one", "status": 500 })).await;
    assert_eq!((taken.status, &taken.body["error"]), (409, &json!("id: there is a fault one already")));
    let twice = json!([{ "id": "two", "status": 500 }, { "id": "two", "status": 501 }]);
    let taken = mynah.post("/_mynah/faults", twice).await;
    assert_eq!((taken.status, &taken.body["error"]), (409, &json!("fault 2: id: there is a fault two already")));
    assert_eq!(mynah.get("/_mynah/faults").await.ok()["faults"].as_array().unwrap().len(), 1);
    mynah.get("/v3/users/nobody").await.refused(400_201);
}

#[tokio::test]
async fn a_fault_in_the_header_that_makes_no_sense_is_refused_in_the_dialect_s_form() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    for (fault, why) in [
        ("500", "X-Mynah-Fault: a fault is a JSON object"),
        ("{\"status\":", "X-Mynah-Fault: "),
        ("{\"stall\":true}", "X-Mynah-Fault: stall: nobody could let go of it"),
        ("{\"socket\":\"never-pong\"}", "X-Mynah-Fault: socket: this request opens no live connection"),
        ("{\"status\":500,\"times\":2}", "X-Mynah-Fault: times: a fault of a single request has none"),
        ("{\"operation\":\"fly\",\"status\":500}", "X-Mynah-Fault: operation: there is no operation \"fly\""),
    ] {
        let request = mynah.sendbird(Method::POST, "/v3/group_channels/lobby/messages").json(&hi());
        let refused = answer(request.header("X-Mynah-Fault", fault)).await;
        assert_eq!(refused.headers["x-mynah"], "bad-fault");
        let text = refused.refused(400_920);
        assert!(text.starts_with(why), "{text}");
        let refused = answer(mynah.returning("lobby", "ada", "Hi").header("X-Mynah-Fault", fault)).await;
        assert_eq!((refused.status, &refused.body["status"]), (400, &json!("error")));
        assert!(refused.body["message"].as_str().unwrap().starts_with(why), "{}", refused.text);
    }
    let other = mynah.sendbird(Method::GET, "/v3/users");
    let passed = answer(other.header("X-Mynah-Fault", r#"{"operation":"sendAMessage","status":500}"#)).await;
    passed.ok();
    assert_eq!(mynah.texts("lobby").await, Vec::<String>::new());
    let control = mynah.sendbird(Method::GET, "/_mynah/faults").header("X-Mynah-Fault", r#"{"status":500}"#);
    answer(control).await.ok();
}

#[tokio::test]
async fn numbers_and_statuses_follow_from_each_other_and_unknown_paths_can_fail_too() {
    let mynah = Mynah::start().await;
    let fails = async |fault: Value, path: &str| {
        let request = mynah.sendbird(Method::GET, path).header("X-Mynah-Fault", fault.to_string());
        let failed = answer(request).await;
        (failed.status, failed.body["code"].clone())
    };
    for (fault, status, code) in [
        (json!({ "status": 429 }), 429, 500_910),
        (json!({ "code": 500_910 }), 429, 500_910),
        (json!({ "code": 403_100 }), 403, 403_100),
        (json!({ "status": 503 }), 503, 503),
        (json!({ "code": 900_041 }), 400, 900_041),
        (json!({ "status": 502, "code": 900_041 }), 502, 900_041),
        (json!({ "message": "Out of order" }), 500, 500_901),
    ] {
        for path in ["/v3/users", "/v3/nowhere"] {
            assert_eq!(fails(fault.clone(), path).await, (status, json!(code)), "{fault} {path}");
        }
    }
    let put = answer(mynah.sendbird(Method::PATCH, "/v3/users").header("X-Mynah-Fault", r#"{"status":503}"#)).await;
    assert_eq!(put.status, 503);
}

#[tokio::test]
async fn who_is_named_is_found_in_forms_in_long_bodies_and_whatever_the_field_is_called() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo", "cy"]).await;
    let file = |user: &'static str| {
        let part = reqwest::multipart::Part::bytes(b"abc".to_vec()).file_name("a.txt");
        let form =
            reqwest::multipart::Form::new().part("file", part).text("message_type", "FILE").text("user_id", user);
        answer(mynah.sendbird(Method::POST, "/v3/group_channels/lobby/messages").multipart(form))
    };
    let id = mynah.fault(json!({ "user": "ada", "status": 503 })).await;
    assert_eq!(struck(&file("ada").await), Some(&*id), "a form is matched");
    file("bo").await.ok();
    for user in ["ada", "bo"] {
        let long = json!({ "message_type": "MESG", "user_id": user, "message": "Hi", "data": "x".repeat(70_000) });
        assert_eq!(mynah.send("lobby", long).await.status == 503, user == "ada", "{user}: a long body is matched");
    }
    let strikes = async |method: Method, path: &str, body: Value| {
        let sent = answer(mynah.sendbird(method, &format!("/v3/group_channels/{path}")).json(&body)).await;
        struck(&sent) == Some(&*id)
    };
    let by_ada = json!({ "user_id": "cy", "agent_id": "ada", "seconds": 60 });
    assert!(strikes(Method::POST, "lobby/ban", by_ada).await, "who bans is named");
    assert!(strikes(Method::DELETE, "lobby/mute/ada", json!({})).await, "who is unmuted is named");
    assert!(strikes(Method::PUT, "lobby/leave", json!({ "user_ids": ["bo", "ada"] })).await);
    assert!(!strikes(Method::PUT, "lobby/leave", json!({ "user_ids": ["cy"] })).await);
    mynah.delete("/_mynah/faults").await.ok();

    mynah.put("/_mynah/clock", json!({ "mode": "frozen" })).await.ok();
    mynah
        .put("/_mynah/limits", json!({ "operation": "sendAMessage", "per_second": 1, "scope": "user" }))
        .await
        .ok();
    file("ada").await.ok();
    file("bo").await.ok();
    file("ada").await.refused(500_910);
}

#[tokio::test]
async fn too_many_requests_by_a_fault_look_as_by_a_limit() {
    let mynah = Mynah::start().await;
    for fault in [json!({ "status": 429, "times": 1 }), json!({ "code": 500_910, "times": 1 })] {
        mynah.fault(fault).await;
        let refused = mynah.get("/v3/users").await;
        assert_eq!((refused.status, &refused.headers["X-RateLimit-RetryAfter"]), (429, &"1.0".parse().unwrap()));
        assert_eq!(refused.headers["X-RateLimit-Remaining"], "0");
        let why = refused.refused(500_910);
        assert_eq!(
            why,
            "Too many requests (scope: app, limit: 5;w=1, remaining: 0, retry_after: 1.0s, reset: 1.0s)"
        );
    }
}

#[tokio::test]
async fn what_is_held_while_the_application_becomes_another_is_lost_with_it() {
    let mynah = Mynah::start().await;
    for (end, after) in [("reset", 200), ("delete", 404)] {
        for effect in [json!({ "stall": true }), json!({ "delay": "500ms" })] {
            let mut fault = effect.clone();
            fault["operation"] = "createAUser".into();
            mynah.post("/v3/users", json!({ "user_id": "ada", "nickname": "Ada" })).await;
            mynah.post("/apps/w/v3/users", json!({ "user_id": "ada", "nickname": "Ada" })).await.ok();
            let id = mynah.post("/_mynah/faults?application=w", fault).await.ok()["id"].clone();
            let late = json!({ "user_id": "late", "nickname": "Late" });
            let late = mynah.sendbird(Method::POST, "/apps/w/v3/users").json(&late).send();
            let late = tokio::spawn(late);
            let path = format!("/apps/w/_mynah/faults/{}", id.as_str().unwrap());
            while mynah.get(&path).await.ok()["hits"] == 0 {
                tokio::time::sleep(std::time::Duration::from_millis(2)).await;
            }
            match end {
                "reset" => mynah.post("/apps/w/_mynah/reset", json!({})).await.ok(),
                _ => mynah.delete("/_mynah/applications/w").await.ok(),
            };
            assert!(late.await.expect("it ends").is_err(), "{end} {effect}: the connection breaks");
            assert_eq!(mynah.get("/_mynah/applications/w").await.status, after, "{end} {effect}");
            assert_eq!(mynah.get("/apps/w/v3/users").await.ok()["users"], json!([]), "{end} {effect}");
            let noted = mynah.get("/apps/w/_mynah/journal?operation=createAUser").await.ok();
            assert_eq!(noted["exchanges"], json!([]), "{end} {effect}");
            mynah.delete("/_mynah/applications/w").await;
        }
    }
}
