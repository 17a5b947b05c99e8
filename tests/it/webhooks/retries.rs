//! When a call is tried again: by the application's clock, so that nobody waits.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use super::receiver::{Receiver, Reply};
use crate::support::Mynah;

/// A server whose webhook waits for hours, which only a moved clock brings.
async fn patient() -> (Mynah, Receiver) {
    let (mynah, receiver) = (Mynah::start().await, Receiver::start().await);
    let webhook = json!({ "url": receiver.url("/hook"), "retries": ["1h", "2h"], "timeout": "1h" });
    mynah.webhook(webhook).await;
    (mynah, receiver)
}

async fn open(mynah: &Mynah, url: &str) {
    mynah.post("/v3/open_channels", json!({ "channel_url": url })).await.ok();
}

fn attempts(call: &Value) -> Vec<&Value> {
    call["attempts"].as_array().expect("a call has attempts").iter().collect()
}

#[tokio::test]
async fn what_is_not_taken_is_sent_three_times_with_the_same_bytes() {
    let (mynah, mut receiver) = patient().await;
    receiver.replies([Reply::Status(500), Reply::HangUp, Reply::Status(404)]);
    open(&mynah, "square").await;
    let first = receiver.next().await;
    let waiting = mynah.settled("waiting", 1).await.remove(0);
    let hour = waiting["next_try_at"].as_i64().unwrap() - waiting["attempts"][0]["at"].as_i64().unwrap();
    assert!((3_600_000..3_660_000).contains(&hour), "{waiting}");
    assert_eq!((&waiting["tries_left"], &waiting["attempts"][0]["status"]), (&json!(2), &json!(500)));

    mynah.advance(3590).await;
    mynah.get("/v3/open_channels/square").await.ok();
    receiver.is_quiet();
    mynah.advance(70).await;
    let second = receiver.next().await;
    let waiting = mynah.settled("waiting", 1).await.remove(0);
    assert_eq!(attempts(&waiting).len(), 2);
    assert_ne!(waiting["attempts"][1]["error"], "", "{waiting}");
    mynah.advance(7200).await;
    let third = receiver.next().await;
    assert!([&second, &third].iter().all(|call| call.text == first.text && call.headers == first.headers));

    let failed = mynah.settled("failed", 1).await.remove(0);
    let statuses: Vec<_> = attempts(&failed).iter().map(|attempt| attempt["status"].clone()).collect();
    assert_eq!(statuses, [json!(500), json!(null), json!(404)]);
    mynah.advance(1_000_000).await;
    mynah.get("/v3/open_channels/square").await.ok();
    receiver.is_quiet();
}

#[tokio::test]
async fn what_is_taken_at_last_is_not_sent_again_and_holds_nothing_up() {
    let (mynah, mut receiver) = patient().await;
    receiver.replies([Reply::Status(503)]);
    open(&mynah, "square").await;
    open(&mynah, "market").await;
    assert_eq!(receiver.next().await.body["channel"]["channel_url"], "square");
    assert_eq!(receiver.next().await.body["channel"]["channel_url"], "market");
    mynah.settled("delivered", 1).await;
    mynah.advance(3600).await;
    assert_eq!(receiver.next().await.body["channel"]["channel_url"], "square");
    let delivered = mynah.settled("delivered", 2).await;
    let seen = &attempts(&delivered[0])[1];
    assert_eq!((&seen["status"], &seen["body"]), (&json!(200), &json!("seen")));
    assert_eq!(seen["address"], receiver.address().to_string());
    assert!(seen["took_us"].as_i64().unwrap() > 0);
    assert!(seen["headers"].as_array().unwrap().contains(&json!(["content-length", "4"])), "{seen}");
}

#[tokio::test]
async fn who_does_not_answer_in_time_is_asked_again() {
    let (mynah, mut receiver) = patient().await;
    receiver.replies([Reply::Silence]);
    open(&mynah, "square").await;
    receiver.next().await;
    mynah.advance(3590).await;
    assert_eq!(mynah.deliveries("state=trying").await.len(), 1);
    mynah.advance(20).await;
    let waiting = mynah.settled("waiting", 1).await.remove(0);
    assert_eq!(waiting["attempts"][0]["error"], "no answer within 3600000 ms");
    assert_eq!(waiting["attempts"][0]["status"], json!(null));
    mynah.advance(3600).await;
    receiver.next().await;
    mynah.settled("delivered", 1).await;
}

#[tokio::test]
async fn one_advance_brings_all_tries_each_at_its_moment() {
    let (mynah, receiver) = (Mynah::start().await, Receiver::start().await);
    const BEGIN: i64 = 1_767_225_600_000;
    mynah.control(Method::PUT, "/_mynah/clock", json!({ "mode": "frozen", "at": BEGIN })).await.ok();
    mynah.with_group("lobby", &["ada", "bo"]).await;
    mynah.webhook(json!({ "url": receiver.url("/") })).await;
    receiver.replies([Reply::Status(500), Reply::Status(500), Reply::Status(500)]);
    open(&mynah, "square").await;
    let steps = json!([
        { "as": "ada", "do": "send", "channel": "lobby", "text": "One", "after": "20s" },
        { "as": "ada", "do": "send", "channel": "lobby", "text": "Two", "after": "10s" },
    ]);
    mynah.control(Method::POST, "/_mynah/actors", steps).await.ok();
    let turned = mynah.control(Method::POST, "/_mynah/clock/advance", json!({ "by": "60s" })).await.ok();

    // When that is answered, all is told.
    let calls = mynah.deliveries("").await;
    let at = |call: &Value| attempts(call).iter().map(|attempt| attempt["at"].as_i64().unwrap() - BEGIN).collect();
    let tried: Vec<Vec<i64>> = calls.iter().map(at).collect();
    assert_eq!(tried.iter().find(|at| at.len() > 1), Some(&vec![0, 1000, 4000]), "{tried:?}");
    assert_eq!(calls.iter().filter(|call| call["state"] == "failed").count(), 1);
    assert_eq!(tried[tried.len() - 2..], [[20_000], [30_000]]);
    let ran = turned["ran"].as_array().unwrap();
    let ran: Vec<_> =
        ran.iter().map(|ran| (ran["at"].as_i64().unwrap() - BEGIN, ran["kind"].as_str().unwrap())).collect();
    assert_eq!(ran[..2], [(1000, "webhook_called"), (4000, "webhook_called")]);
    assert_eq!(ran.iter().map(|(at, _)| *at).collect::<Vec<_>>(), [1000, 4000, 20_000, 30_000]);
    assert_eq!(turned["now"], BEGIN + 60_000);
}

#[tokio::test]
async fn an_advance_does_not_wait_long_for_who_hangs() {
    let (mynah, mut receiver) = (Mynah::start().await, Receiver::start().await);
    mynah.control(Method::PUT, "/_mynah/clock", json!({ "mode": "frozen" })).await.ok();
    mynah.webhook(json!({ "url": receiver.url("/"), "timeout": "1h" })).await;
    receiver.replies([Reply::Silence]);
    open(&mynah, "square").await;
    receiver.next().await;
    for _ in 0..20 {
        mynah.control(Method::POST, "/_mynah/clock/advance", json!({ "by": "1m" })).await.ok();
    }
    assert_eq!(mynah.deliveries("state=trying").await.len(), 1);
    mynah.control(Method::POST, "/_mynah/clock/advance", json!({ "by": "1h" })).await.ok();
    let waiting = mynah.settled("waiting", 1).await.remove(0);
    assert_eq!(waiting["attempts"][0]["error"], "no answer within 3600000 ms");
}

#[tokio::test]
async fn while_the_clock_stands_still_who_hangs_holds_nothing_up_for_longer_than_the_machine_says() {
    let (mynah, mut receiver) = (Mynah::start().await, Receiver::start().await);
    mynah.control(Method::PUT, "/_mynah/clock", json!({ "mode": "frozen" })).await.ok();
    mynah.webhook(json!({ "url": receiver.url("/"), "timeout": "200ms" })).await;
    receiver.replies([Reply::Silence]);
    open(&mynah, "square").await;
    open(&mynah, "market").await;
    assert_eq!(receiver.next().await.body["channel"]["channel_url"], "square");
    assert_eq!(receiver.next().await.body["channel"]["channel_url"], "market");
    let waiting = mynah.settled("waiting", 1).await.remove(0);
    assert_eq!(waiting["attempts"][0]["error"], "no answer within 200 ms");
}

#[tokio::test]
async fn by_default_five_seconds_and_three_tries_as_the_service_has_it() {
    let (mynah, mut receiver) = (Mynah::start().await, Receiver::start().await);
    mynah.calls(&receiver).await;
    receiver.replies([Reply::Silence, Reply::Status(500)]);
    open(&mynah, "square").await;
    receiver.next().await;
    mynah.advance(6).await;
    let first = mynah.settled("waiting", 1).await.remove(0);
    assert_eq!(first["attempts"][0]["error"], "no answer within 5000 ms");
    mynah.advance(60).await;
    receiver.next().await;
    mynah.advance(60).await;
    receiver.next().await;
    let delivered = mynah.settled("delivered", 1).await.remove(0);
    assert_eq!(attempts(&delivered).len(), 3);
}

#[tokio::test]
async fn a_clock_that_stands_still_brings_no_try_and_tells_of_those_it_brings_when_it_is_moved() {
    let (mynah, mut receiver) = (Mynah::start().await, Receiver::start().await);
    mynah.control(Method::PUT, "/_mynah/clock", json!({ "mode": "frozen" })).await.ok();
    mynah.webhook(json!({ "url": receiver.url("/"), "retries": [20] })).await;
    receiver.replies([Reply::Status(500)]);
    open(&mynah, "square").await;
    receiver.next().await;
    let waiting = mynah.settled("waiting", 1).await.remove(0);
    tokio::time::sleep(Duration::from_millis(50)).await;
    mynah.get("/v3/open_channels/square").await.ok();
    receiver.is_quiet();
    let moved = mynah.control(Method::POST, "/_mynah/clock/advance", json!({ "by": "20ms" })).await.ok();
    let ran = &moved["ran"][0];
    assert_eq!((&ran["kind"], &ran["id"]), (&json!("webhook_called"), &json!("1")), "{moved}");
    assert_eq!(ran["at"], waiting["next_try_at"]);
    receiver.next().await;
    let delivered = mynah.settled("delivered", 1).await.remove(0);
    let times: Vec<_> = attempts(&delivered).iter().map(|attempt| attempt["at"].as_i64().unwrap()).collect();
    assert_eq!(times[1] - times[0], 20, "by the application's clock, to the millisecond");
}

#[tokio::test]
async fn nobody_there_is_a_try_too() {
    let mynah = Mynah::start().await;
    // A port that was free a moment ago.
    let free = Receiver::start().await.url("/");
    mynah.webhook(json!({ "url": free, "retries": [] })).await;
    open(&mynah, "square").await;
    let failed = mynah.settled("failed", 1).await.remove(0);
    assert!(failed["attempts"][0]["error"].as_str().unwrap().contains("refused"), "{failed}");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (mynah, mut receiver) = patient().await;
    let mut elsewhere = Receiver::start().await;
    receiver.replies([Reply::Redirect(elsewhere.url("/")), Reply::Redirect("http://169.254.169.254/".into())]);
    open(&mynah, "square").await;
    receiver.next().await;
    let waiting = mynah.settled("waiting", 1).await.remove(0);
    assert_eq!(waiting["attempts"][0]["status"], 302);
    mynah.advance(3660).await;
    receiver.next().await;
    let waiting = mynah.settled("waiting", 1).await.remove(0);
    assert_eq!(attempts(&waiting)[1]["status"], 302, "{waiting}");
    elsewhere.is_quiet();
}

#[tokio::test]
async fn a_copy_does_not_make_the_calls_that_its_original_has_still_to_make() {
    let (mynah, mut receiver) = patient().await;
    receiver.replies([Reply::Status(500)]);
    open(&mynah, "square").await;
    receiver.next().await;
    mynah.settled("waiting", 1).await;
    mynah.post("/_mynah/applications/mynah/fork", json!({ "id": "copy" })).await.ok();
    let calls = mynah.get("/_mynah/webhooks/deliveries?application=copy").await.ok();
    assert_eq!(calls["deliveries"], json!([]), "{calls}");
    mynah.post("/_mynah/clock/advance?application=copy", json!({ "by": "1d" })).await.ok();
    mynah.get("/apps/copy/v3/open_channels/square").await.ok();
    receiver.is_quiet();
    mynah.advance(3660).await;
    receiver.next().await;
    receiver.is_quiet();
}

#[tokio::test]
async fn what_hangs_from_before_a_reset_holds_nothing_up_and_is_noted_nowhere() {
    let (mynah, mut receiver) = patient().await;
    // A clock far ahead, which a reset puts back.
    mynah.put("/_mynah/clock", json!({ "mode": "offset", "by": "365d" })).await.ok();
    receiver.replies([Reply::Silence]);
    open(&mynah, "square").await;
    receiver.next().await;
    mynah.post("/_mynah/reset", json!({})).await.ok();
    mynah.webhook(json!({ "url": receiver.url("/hook") })).await;
    open(&mynah, "market").await;
    let soon = tokio::time::timeout(Duration::from_secs(3), receiver.next()).await;
    assert_eq!(soon.expect("it waits for nothing of before").body["channel"]["channel_url"], "market");
    let told = mynah.settled("delivered", 1).await;
    assert_eq!(told[0]["attempts"].as_array().unwrap().len(), 1, "{told:#?}");
}

#[tokio::test]
async fn a_clock_that_is_put_back_lets_go_of_who_hangs() {
    let (mynah, mut receiver) = (Mynah::start().await, Receiver::start().await);
    mynah.webhook(json!({ "url": receiver.url("/hook"), "timeout": "300ms", "retries": [] })).await;
    mynah.put("/_mynah/clock", json!({ "mode": "offset", "by": "365d" })).await.ok();
    receiver.replies([Reply::Silence]);
    open(&mynah, "square").await;
    receiver.next().await;
    mynah.put("/_mynah/clock", json!({ "mode": "real" })).await.ok();
    open(&mynah, "market").await;
    assert_eq!(receiver.next().await.body["channel"]["channel_url"], "market");
    let failed = mynah.settled("failed", 1).await.remove(0);
    assert_eq!(failed["attempts"][0]["error"], "no answer within 300 ms");
}

#[tokio::test]
async fn who_hangs_up_between_two_calls_costs_no_try() {
    let (mynah, mut receiver) = patient().await;
    mynah.put("/_mynah/clock", json!({ "mode": "frozen" })).await.ok();
    for round in 0..40 {
        receiver.replies([Reply::LastWord]);
        open(&mynah, &format!("channel-{round}")).await;
        receiver.next().await;
        mynah.settled("delivered", round + 1).await;
        // Time to hang up.
        tokio::time::sleep(Duration::from_millis(3)).await;
    }
    let delivered = mynah.settled("delivered", 40).await;
    let tries: Vec<_> = delivered.iter().map(|call| attempts(call).len()).collect();
    assert_eq!(tries, [1; 40]);
}

#[tokio::test]
async fn where_nobody_wants_a_second_try_any_more_there_is_none() {
    let (mynah, mut receiver) = patient().await;
    receiver.replies([Reply::Status(500), Reply::Status(500)]);
    open(&mynah, "square").await;
    receiver.next().await;
    mynah.settled("waiting", 1).await;
    mynah.webhook(json!({ "retries": [] })).await;
    mynah.advance(3700).await;
    receiver.next().await;
    let failed = mynah.settled("failed", 1).await.remove(0);
    assert_eq!((attempts(&failed).len(), &failed["tries_left"]), (2, &json!(0)));
    receiver.is_quiet();
}

#[tokio::test]
async fn who_hangs_holds_nothing_up_once_nobody_wants_the_call_any_more() {
    let (mynah, mut receiver) = (Mynah::start().await, Receiver::start().await);
    let mut other = Receiver::start().await;
    for (round, change) in ["moved", "patience", "forgotten"].into_iter().enumerate() {
        mynah.webhook(json!({ "url": receiver.url("/hook"), "timeout": "1h", "retries": [] })).await;
        receiver.replies([Reply::Silence]);
        open(&mynah, &format!("square-{round}")).await;
        receiver.next().await;
        match change {
            "moved" => drop(mynah.webhook(json!({ "url": other.url("/hook") })).await),
            "patience" => drop(mynah.webhook(json!({ "timeout": "50ms" })).await),
            _ => drop(mynah.control(Method::DELETE, "/_mynah/webhooks/deliveries", Value::Null).await.ok()),
        }
        open(&mynah, &format!("market-{round}")).await;
        let told = if change == "moved" { other.next() } else { receiver.next() };
        let mut told = tokio::time::timeout(Duration::from_secs(5), told).await.expect("it waits for nothing");
        if change == "moved" {
            // What was on its way goes there first.
            told = other.next().await;
        }
        assert_eq!(told.body["channel"]["channel_url"], format!("market-{round}"), "{change}");
    }
}
