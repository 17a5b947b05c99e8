//! What no control call knows is refused by all of them, and changes nothing.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Mynah, answer};

async fn call(mynah: &Mynah, method: &str, path: &str, body: Value) -> Answer {
    let method = Method::from_bytes(method.as_bytes()).unwrap();
    let request = mynah.sendbird(method, path);
    answer(if body.is_null() { request } else { request.json(&body) }).await
}

#[tokio::test]
async fn no_call_takes_a_parameter_that_it_does_not_know() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    let document = mynah.get("/_mynah/openapi.json").await.ok();
    let mut asked = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        // Whatever stands in these addresses, clients fetch pictures and files from there.
        if path.starts_with("/_mynah/files/{") || path.starts_with("/_mynah/emojis/") {
            continue;
        }
        for method in methods.as_object().unwrap().keys() {
            let path = path.replace(['{', '}'], "");
            let refused = call(&mynah, &method.to_uppercase(), &format!("{path}?nonsense=1"), Value::Null).await;
            let said = refused.body["error"].as_str().unwrap_or_default();
            assert!(
                refused.status == 400 && said.starts_with("nonsense: there is no such"),
                "{path}: {}",
                refused.text
            );
            asked += 1;
        }
    }
    assert!(asked > 40, "{asked}");
    mynah.get("/_mynah/emojis/sob.svg?v=2").await;
    assert_eq!(mynah.get("/v3/users").await.ok()["users"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn fields_that_nobody_knows_are_refused_by_name_and_nothing_is_done() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    mynah.put("/_mynah/webhooks", json!({})).await.ok();
    mynah.post("/_mynah/snapshots", json!({ "name": "start" })).await.ok();
    mynah.put("/_mynah/limits", json!({ "operation": "listUsers", "per_second": 1000 })).await.ok();
    mynah.say("lobby", "ada", "Hi").await;
    let number = mynah.get("/_mynah/webhooks/deliveries").await.ok()["deliveries"][0]["number"].clone();
    let replay = format!("/_mynah/webhooks/deliveries/{number}/replay");
    for (method, path, body, name) in [
        ("POST", "/_mynah/reset", json!({ "aplication": "x" }), "aplication"),
        ("POST", "/_mynah/reset?app=x", json!({}), "app"),
        ("GET", "/_mynah/journal?count=2", Value::Null, "count"),
        ("GET", "/_mynah/journal/wait?limit=2&timeout=0", Value::Null, "limit"),
        ("DELETE", "/_mynah/journal?aplication=x", Value::Null, "aplication"),
        ("DELETE", "/_mynah/journal", json!({ "apps": "x" }), "apps"),
        ("DELETE", "/_mynah/limits?aplication=x", Value::Null, "aplication"),
        ("DELETE", "/_mynah/webhooks/deliveries", json!({ "webhook": "x" }), "webhook"),
        ("POST", "/_mynah/snapshots", json!({ "name": "start", "aplication": "x" }), "aplication"),
        ("POST", "/_mynah/snapshots/start/load", json!({ "socket": "keep" }), "socket"),
        ("POST", "/_mynah/applications", json!({ "id": "new", "ephemral": true }), "ephemral"),
        ("PATCH", "/_mynah/applications/mynah", json!({ "setings": {} }), "setings"),
        ("POST", "/_mynah/applications/mynah/fork", json!({ "id": "new", "durabel": true }), "durabel"),
        ("PUT", "/_mynah/clock", json!({ "mode": "frozen", "att": 1 }), "att"),
        ("POST", "/_mynah/clock/advance", json!({ "by": "1d", "too": 1 }), "too"),
        ("POST", &replay, json!({ "time": 2 }), "time"),
        ("POST", "/_mynah/files/auth", json!({ "uri": "x" }), "uri"),
        ("PUT", "/_mynah/webhooks", json!({ "urll": "" }), "urll"),
        ("PUT", "/_mynah/webhooks", json!({ "webhooks": [{ "urll": "" }] }), "webhooks.urll"),
        ("PUT", "/_mynah/webhooks/one", json!({ "urll": "" }), "urll"),
        ("POST", "/_mynah/webhooks/deliveries", json!({ "category": "user:block", "boddy": {} }), "boddy"),
    ] {
        let before = mynah.get("/_mynah/applications/mynah").await.ok();
        let refused = call(&mynah, method, path, body).await;
        let said = refused.body["error"].as_str().unwrap_or_default();
        assert!(
            refused.status == 400 && said.starts_with(&format!("{name}: there is no such")),
            "{path}: {}",
            refused.text
        );
        let after = mynah.get("/_mynah/applications/mynah").await.ok();
        for part in ["rows", "settings"] {
            assert_eq!(after[part], before[part], "{method} {path}");
        }
        assert_eq!(after["clock"]["mode"], "real");
    }
    assert_eq!(mynah.get("/_mynah/limits").await.ok()["limits"].as_array().unwrap().len(), 1);
    assert_eq!(mynah.get("/_mynah/applications/new").await.status, 404);
    let said = mynah.post("/_mynah/reset", json!({ "aplication": "x" })).await;
    let known = "aplication: there is no such field; there are sockets, to, application";
    assert_eq!(said.body["error"], known);
}

#[tokio::test]
async fn a_call_names_one_application_in_whichever_way() {
    let mynah = Mynah::start().await;
    for application in ["one", "two"] {
        let user = json!({ "user_id": "ada", "nickname": "Ada", "profile_url": "" });
        mynah.post(&format!("/apps/{application}/v3/users"), user).await.ok();
    }
    let users = async |application: &str| {
        mynah.get(&format!("/_mynah/applications/{application}")).await.ok()["rows"]["users"].clone()
    };
    for (path, body, header) in [
        ("/_mynah/reset?application=one&ai=two", json!({}), None),
        ("/_mynah/reset?application=one", json!({ "application": "two" }), None),
        ("/apps/one/_mynah/reset?application=two", json!({}), None),
        ("/apps/one/_mynah/reset", json!({ "application": "two" }), None),
        ("/apps/one/_mynah/reset", json!({}), Some("two")),
        ("/_mynah/reset", json!({}), Some("no/id")),
        ("/_mynah/reset", json!({ "application": "" }), None),
        ("/_mynah/reset?application=", json!({}), None),
        ("/_mynah/reset", json!({ "application": 5 }), None),
    ] {
        let mut request = mynah.sendbird(Method::POST, path).json(&body);
        if let Some(header) = header {
            request = request.header("App-Id", header);
        }
        let refused = answer(request).await;
        assert_eq!(refused.status, 400, "{path} {body}: {}", refused.text);
        assert_eq!((users("one").await, users("two").await), (json!(1), json!(1)), "{path} {body}");
    }
    let both = mynah.post("/_mynah/reset?application=one", json!({ "application": "two" })).await;
    assert_eq!(both.body["error"], "application: the query names one, the body names two");
    let header = mynah.sendbird(Method::POST, "/_mynah/reset").header("App-Id", "One");
    assert_eq!(answer(header).await.ok()["reset"], json!(["one"]));
    assert_eq!((users("one").await, users("two").await), (json!(0), json!(1)));
    mynah.put("/_mynah/webhooks", json!({ "application": "two", "id": "kept" })).await.ok();
    assert_eq!(mynah.get("/_mynah/webhooks?ai=two").await.ok()["webhooks"][0]["id"], "kept");
    assert_eq!(mynah.get("/_mynah/webhooks").await.ok()["webhooks"], json!([]));
    let agree = mynah.post("/apps/two/_mynah/reset?application=TWO", json!({ "application": "two" })).await.ok();
    assert_eq!(agree["reset"], json!(["two"]));
}

#[tokio::test]
async fn the_default_application_is_always_there() {
    let mynah = Mynah::start().await;
    let empty = mynah.get("/_mynah/applications/mynah").await.ok();
    assert_eq!((&empty["id"], &empty["rows"]["users"]), (&json!("mynah"), &json!(0)));
    let saved = mynah.post("/_mynah/snapshots", json!({ "name": "empty" })).await.ok();
    assert_eq!(saved["application"], "mynah");
    mynah.with_users(&["ada"]).await;
    mynah.post("/_mynah/snapshots/empty/load", json!({})).await.ok();
    assert_eq!(mynah.get("/v3/users").await.ok()["users"], json!([]));
    let other = Mynah::start().await;
    other.post("/_mynah/applications/mynah/fork", json!({ "id": "copy" })).await.ok();
    assert_eq!(other.get("/_mynah/applications/nobody").await.status, 404);
}
