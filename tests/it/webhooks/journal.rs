//! Every try stands in the journal, beside what clients have asked.

use reqwest::Method;
use serde_json::{Value, json};

use super::{
    SETTINGS,
    receiver::{Receiver, Reply},
};
use crate::support::Mynah;

#[tokio::test]
async fn every_try_is_in_the_journal_and_can_be_waited_for() {
    let (mynah, mut receiver) = (Mynah::start().await, Receiver::start().await);
    mynah.webhook(json!({ "url": receiver.url("/hook"), "retries": ["1h"] })).await;
    receiver.replies([Reply::HangUp]);
    mynah.post("/v3/open_channels", json!({ "channel_url": "square" })).await.ok();
    let wait = "/_mynah/journal/wait?kind=webhook&count=1&timeout=10s";
    mynah.control(Method::GET, wait, Value::Null).await.ok();
    mynah.settled("waiting", 1).await;
    mynah.advance(3601).await;
    let wait = "/_mynah/journal/wait?kind=webhook&count=2&timeout=10s";
    mynah.control(Method::GET, wait, Value::Null).await.ok();
    let call = receiver.next().await;
    let journal = mynah.control(Method::GET, "/_mynah/journal?kind=webhook", Value::Null).await.ok();
    let tries = journal["exchanges"].as_array().unwrap();
    let [failed, taken] = &tries[..] else { panic!("{journal}") };
    assert_eq!((&failed["status"], &taken["status"]), (&json!(0), &json!(200)), "{journal}");
    assert_eq!((&taken["kind"], &taken["method"]), (&json!("webhook"), &json!("POST")));
    assert_eq!(taken["request_body"], call.body);
    assert_eq!(taken["request_headers"]["user-agent"], "SendBird");
    assert_eq!(taken["response_body"], "seen");
    let all = mynah.control(Method::GET, "/_mynah/journal", Value::Null).await.ok();
    assert_eq!(all["exchanges"][0]["operation"], "createAnOpenChannel");
}

#[tokio::test]
async fn who_may_call_a_receiver_is_told_to_nobody_who_reads_the_journal() {
    let (mynah, mut receiver) = (Mynah::start().await, Receiver::start().await);
    let url = receiver.url("/hook?k=hidden-3&hidden-4");
    let settings = |url: &str| json!({ "enabled": true, "url": url, "enabled_events": ["*"] });
    mynah.put(SETTINGS, settings(&url)).await.ok();
    let with_password = url.replace("http://", "http://hidden-1:hidden-2@");
    mynah.put(SETTINGS, settings(&with_password)).await.refused(400_114);
    mynah.post("/v3/open_channels", json!({ "channel_url": "square" })).await.ok();
    receiver.next().await;
    let wait = "/_mynah/journal/wait?kind=webhook&timeout=10s";
    let called = mynah.control(Method::GET, wait, Value::Null).await.ok();
    let called = (&called["exchanges"][0]["path"], &called["exchanges"][0]["query"]);
    assert_eq!(called, (&json!(receiver.url("/hook")), &json!("k=(redacted)&(redacted)")));
    for path in ["/_mynah/journal", "/_mynah/journal.har"] {
        let all = mynah.control(Method::GET, path, Value::Null).await.text;
        assert!(all.contains("(redacted)@") && !all.contains("hidden-"), "{all}");
    }
}
