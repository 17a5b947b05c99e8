//! Limits that are set for a test: the request after the last that fits is refused, exactly, by the
//! application's clock.

use serde_json::{Value, json};

use crate::support::{Mynah, answer};

async fn limit(mynah: &Mynah, limit: Value) -> Value {
    answer(mynah.sendbird(reqwest::Method::PUT, "/_mynah/limits").json(&limit)).await.ok()
}

async fn frozen() -> Mynah {
    let mynah = Mynah::start().await;
    mynah.put("/_mynah/clock", json!({ "mode": "frozen" })).await.ok();
    mynah
}

#[tokio::test]
async fn the_request_after_the_last_that_fits_is_refused_until_the_clock_has_moved() {
    let mynah = frozen().await;
    mynah.with_group("lobby", &["ada"]).await;
    let set = limit(&mynah, json!({ "operation": "sendAMessage", "per_second": 1, "burst": 3 })).await;
    assert_eq!(
        set,
        json!({ "operation": "sendAMessage", "per_second": 1, "burst": 3, "scope": "application", "refused": 0 })
    );
    let hi = json!({ "user_id": "ada", "message": "Hi" });
    for left in ["2", "1", "0"] {
        let sent = mynah.send("lobby", hi.clone()).await;
        assert_eq!(sent.headers["x-ratelimit-remaining"], left);
        assert_eq!(sent.headers["x-ratelimit-limit"], "1;w=1");
        assert!(!sent.headers.contains_key("x-mynah"));
        sent.ok();
    }
    for _ in 0..2 {
        let refused = mynah.send("lobby", hi.clone()).await;
        assert_eq!((refused.status, &refused.headers["x-mynah"]), (429, &"rate-limited".parse().unwrap()));
        assert_eq!(refused.headers["x-ratelimit-retryafter"], "1.0");
        let text = refused.refused(500_910);
        assert_eq!(
            text,
            "Too many requests (scope: app, limit: 1;w=1, remaining: 0, retry_after: 1.0s, reset: 3.0s)"
        );
    }
    mynah.get("/v3/users").await.ok();
    assert_eq!(mynah.texts("lobby").await.len(), 3);
    mynah.post("/_mynah/clock/advance", json!({ "by": "999ms" })).await.ok();
    mynah.send("lobby", hi.clone()).await.refused(500_910);
    mynah.post("/_mynah/clock/advance", json!({ "by": "1ms" })).await.ok();
    mynah.send("lobby", hi.clone()).await.ok();
    mynah.send("lobby", hi.clone()).await.refused(500_910);
    assert_eq!(mynah.get("/_mynah/limits").await.ok()["limits"][0]["refused"], 4);
    // One for the same takes its place, and counts anew; without one nothing is limited.
    limit(&mynah, json!({ "operation": "sendAMessage", "per_second": 1 })).await;
    mynah.send("lobby", hi.clone()).await.ok();
    mynah.send("lobby", hi.clone()).await.refused(500_910);
    assert_eq!(mynah.delete("/_mynah/limits").await.ok(), json!({ "removed": 1 }));
    for _ in 0..5 {
        mynah.send("lobby", hi.clone()).await.ok();
    }
}

#[tokio::test]
async fn limits_are_for_everybody_for_each_user_or_for_each_channel() {
    let mynah = frozen().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    mynah.post("/v3/group_channels", json!({ "channel_url": "attic", "user_ids": ["ada", "bo"] })).await.ok();
    let send = async |channel: &str, user: &str| {
        mynah.send(channel, json!({ "user_id": user, "message": "Hi" })).await.status
    };
    for (scope, expected) in
        [("application", [200, 429, 429, 429]), ("user", [200, 429, 200, 429]), ("channel", [200, 200, 429, 429])]
    {
        limit(&mynah, json!({ "operation": "sendAMessage", "per_second": 1, "scope": scope })).await;
        let found = [
            send("lobby", "ada").await,
            send("attic", "ada").await,
            send("lobby", "bo").await,
            send("attic", "bo").await,
        ];
        assert_eq!(found, expected, "{scope}");
        let path = format!("/_mynah/limits?operation=sendAMessage&scope={scope}");
        assert_eq!(mynah.delete(&path).await.ok(), json!({ "removed": 1 }));
    }
    limit(&mynah, json!({ "operation": "*", "per_second": 2 })).await;
    mynah.get("/v3/users").await.ok();
    mynah.get("/v3/group_channels").await.ok();
    mynah.get("/v3/users").await.refused(500_910);
    mynah.get("/apps/other/v3/users").await.ok();
    mynah.post("/_mynah/reset", json!({})).await.ok();
    assert_eq!(mynah.get("/_mynah/limits").await.ok()["limits"], json!([]), "they go with the application");
    for _ in 0..3 {
        mynah.get("/v3/users").await.ok();
    }
}

#[tokio::test]
async fn the_other_dialect_is_limited_in_its_own_form() {
    let mynah = frozen().await;
    mynah.with_group("lobby", &["ada"]).await;
    limit(&mynah, json!({ "operation": "send-message", "per_second": 1, "scope": "user" })).await;
    answer(mynah.returning("lobby", "ada", "one")).await.ok();
    let refused = answer(mynah.returning("lobby", "ada", "two")).await;
    assert_eq!((refused.status, &refused.headers["x-mynah"]), (429, &"rate-limited".parse().unwrap()));
    assert_eq!(refused.headers["retry-after"], "1");
    assert_eq!(refused.body, json!({ "status": "error", "message": "Too many requests" }));
    assert_eq!(mynah.texts("lobby").await, ["one"]);
}

#[tokio::test]
async fn a_limit_that_makes_no_sense_is_refused() {
    let mynah = Mynah::start().await;
    for (limit, why) in [
        (
            json!({ "operation": "sendMessage", "per_second": 1 }),
            "operation: there is no operation \"sendMessage\"; near it are ",
        ),
        (json!({ "per_second": 1 }), "missing field `operation`"),
        (json!({ "operation": "sendAMessage" }), "missing field `per_second`"),
        (json!({ "operation": "sendAMessage", "per_second": 0 }), "per_second: it is from 1"),
        (json!({ "operation": "sendAMessage", "per_second": "x" }), "per_second: invalid type"),
        (json!({ "operation": "sendAMessage", "per_second": 1, "burst": 0 }), "burst: it is from 1"),
        (
            json!({ "operation": "listUsers", "per_second": 1, "scope": "channel" }),
            "scope: a request of listUsers names no channel",
        ),
        (
            json!({ "operation": "sendAMessage", "per_second": 1, "scope": "world" }),
            "scope: unknown variant `world`",
        ),
        (json!({ "operation": "sendAMessage", "per_second": 1, "window": 5 }), "unknown field `window`"),
        (json!([]), "a limit is a JSON object"),
    ] {
        let refused = mynah.put("/_mynah/limits", limit.clone()).await;
        assert_eq!(refused.status, 400, "{limit}");
        assert!(refused.body["error"].as_str().unwrap().starts_with(why), "{limit}: {}", refused.text);
    }
    assert_eq!(mynah.delete("/_mynah/limits?scope=user").await.status, 400);
    assert_eq!(mynah.delete("/_mynah/limits?operation=x&scope=world").await.status, 400);
    let unknown = mynah.delete("/_mynah/limits?operation=sendMessage").await;
    assert!(unknown.status == 400 && unknown.text.contains("operation: there is no operation"), "{}", unknown.text);
    assert_eq!(mynah.get("/_mynah/limits").await.ok()["limits"], json!([]));
}
