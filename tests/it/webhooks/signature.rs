//! Signatures, checked by code that was written from the vendor's documentation: here, in Python and in Node.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use hmac::{Hmac, KeyInit, Mac};
use mynah::server::config::Config;
use serde_json::json;
use sha2::Sha256;

use super::{SETTINGS, receiver::Receiver};
use crate::support::Mynah;

fn signed(key: &str, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap();
    mac.update(body.as_bytes());
    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn the_check_itself_is_right() {
    let body = r#"{"category":"user:block","app_id":"A"}"#;
    let expected = "8a39be6c9ffec271a10334c6b37475487fbe2eb00b44773ef0a2df3d0315304b";
    assert_eq!(signed(&"0".repeat(40), body), expected);
}

#[tokio::test]
async fn calls_are_posted_with_the_headers_of_the_service_and_signed_by_their_exact_bytes() {
    let tokens = vec!["first-token".to_owned(), "any".to_owned()];
    let mynah = Mynah::start_with(Config { tokens, ..Config::default() }).await;
    let mut receiver = Receiver::start().await;
    mynah.calls(&receiver).await;
    mynah.with_group("lobby", &["ada"]).await;
    mynah.say("lobby", "ada", "Grüße 👋 \"quoted\" \u{2028}").await;
    for category in ["group_channel:create", "group_channel:join", "group_channel:message_send"] {
        let call = receiver.next().await;
        assert_eq!((&call.body["category"], &call.body["app_id"]), (&json!(category), &json!("mynah")));
        assert_eq!(call.request, "POST /hook HTTP/1.1");
        assert_eq!(call.headers["content-type"], "application/json");
        assert_eq!(call.headers["user-agent"], "SendBird");
        assert_eq!(call.headers["host"], receiver.address().to_string());
        let signature = &call.headers["x-sendbird-signature"];
        assert_eq!(*signature, signed("first-token", &call.text), "by the master token, the first one");
        assert_ne!(*signature, signed("any", &call.text));
    }
}

#[tokio::test]
async fn where_any_token_is_taken_the_one_that_set_the_webhook_up_signs() {
    let mynah = Mynah::start().await;
    let mut receiver = Receiver::start().await;
    mynah.calls(&receiver).await;
    mynah.post("/v3/open_channels", json!({ "channel_url": "square" })).await.ok();
    let call = receiver.next().await;
    assert_eq!(call.headers["x-sendbird-signature"], signed("any", &call.text));
    mynah.webhook(json!({ "key": "its own" })).await;
    mynah.delete("/v3/open_channels/square").await.ok();
    let call = receiver.next().await;
    assert_eq!(call.headers["x-sendbird-signature"], signed("its own", &call.text));
    mynah.control(reqwest::Method::PUT, "/_mynah/webhooks", json!({ "url": receiver.url("/hook") })).await.ok();
    mynah.post("/v3/open_channels", json!({ "channel_url": "square" })).await.ok();
    let call = receiver.next().await;
    assert_eq!(call.headers["x-sendbird-signature"], signed("mynah", &call.text));
}

/// A receiver in another language, ended with the test.
struct Script(Child, String);

impl Script {
    fn start(program: &str, script: &str, token: &str) -> Option<Self> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients/webhooks").join(script);
        let child = Command::new(program).arg(path).arg(token).stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
        let Ok(mut child) = child else {
            let required = std::env::var_os("MYNAH_REQUIRE_CLIENTS").is_some_and(|value| value == "1");
            assert!(!required, "there is no {program}");
            println!("LEFT OUT: there is no {program}");
            return None;
        };
        let mut url = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).expect("it tells where it listens");
        Some(Self(child, url.trim().to_owned()))
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A receiver that has the token takes what it is told, and one that has another token does not.
async fn checked_by(program: &str, script: &str) {
    let Some(knows) = Script::start(program, script, "any") else { return };
    let mistaken = Script::start(program, script, "another").expect("it ran before");
    let mynah = Mynah::start().await;
    for (Script(_, url), state, status) in [(&knows, "delivered", 200), (&mistaken, "failed", 401)] {
        mynah.put(SETTINGS, json!({ "enabled": true, "url": url, "enabled_events": ["*"] })).await.ok();
        mynah.webhook(json!({ "retries": [] })).await;
        mynah.post("/v3/open_channels", json!({ "channel_url": "square", "name": "Gruß ☕" })).await.ok();
        let call = mynah.settled(state, 1).await.remove(0);
        assert_eq!(call["attempts"][0]["status"], status, "{call}");
        mynah.delete("/v3/open_channels/square").await.ok();
        mynah.settled(state, 2).await;
        mynah.told().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backend_in_python_finds_the_signature_right() {
    checked_by("python3", "verify.py").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backend_in_node_finds_the_signature_right() {
    checked_by("node", "verify.js").await;
}
