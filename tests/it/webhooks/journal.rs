//! Every try stands in the journal, beside what clients have asked.

use reqwest::Method;
use serde_json::{Value, json};

use super::receiver::{Receiver, Reply};
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
