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

#[tokio::test]
async fn calls_are_found_by_what_they_tell_of() {
    let (mynah, mut receiver) = (Mynah::start().await, Receiver::start().await);
    mynah.with_group("lobby", &["ada", "bo"]).await;
    mynah.calls(&receiver).await;
    mynah.say("lobby", "ada", "Hi").await;
    mynah.post("/v3/users/bo/block", json!({ "target_id": "ada" })).await.ok();
    receiver.next().await;
    receiver.next().await;
    mynah.get("/_mynah/journal/wait?kind=webhook&count=2").await.ok();
    let categories = async |query: &str| {
        let found = mynah.get(&format!("/_mynah/journal?kind=webhook&{query}")).await.ok();
        let found = found["exchanges"].as_array().unwrap().clone();
        found.iter().map(|call| call["request_body"]["category"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let (sent, blocked) = ("group_channel:message_send", "user:block");
    assert_eq!(categories("operation=user:block").await, [blocked]);
    assert_eq!(categories("channel=lobby").await, [sent]);
    assert_eq!(categories("user=ada").await, [sent, blocked]);
    assert_eq!(categories("user=bo").await, [blocked]);
    let wrong = mynah.get("/_mynah/journal?operation=user:hug").await;
    assert_eq!(wrong.status, 400, "{}", wrong.text);
}
