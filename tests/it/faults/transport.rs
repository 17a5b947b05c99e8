//! Faults of the connection itself: reset, cut off, held.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::{hi, struck};
use crate::support::{Mynah, answer};

/// Sends a request as bytes, and reads what comes until the connection ends.
async fn raw(mynah: &Mynah, fault: &str) -> (Vec<u8>, std::io::Result<usize>) {
    let mut stream = TcpStream::connect(mynah.address()).await.expect("the server listens");
    let request =
        format!("GET /v3/users HTTP/1.1\r\nHost: localhost\r\nApi-Token: any\r\nX-Mynah-Fault: {fault}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("the server takes it");
    let mut bytes = Vec::new();
    let end = tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut bytes)).await;
    (bytes, end.expect("the connection ends"))
}

#[tokio::test]
async fn a_reset_connection_brings_no_byte_and_an_error() {
    let mynah = Mynah::start().await;
    for phase in ["before", "after"] {
        let (bytes, end) = raw(&mynah, &json!({ "reset": true, "phase": phase }).to_string()).await;
        assert!(bytes.is_empty(), "{}", String::from_utf8_lossy(&bytes));
        assert_eq!(end.expect_err("it is reset").kind(), std::io::ErrorKind::ConnectionReset);
    }
    mynah.get("/v3/users").await.ok();
    let journal = mynah.get("/_mynah/journal").await.ok();
    assert_eq!(journal["exchanges"][0]["fault"], "header");
}

#[tokio::test]
async fn an_answer_is_cut_off_after_so_many_bytes_of_its_body() {
    let mynah = Mynah::start().await;
    let whole = mynah.get("/v3/users").await.text;
    for cut in [0, 1, 7] {
        let (bytes, end) = raw(&mynah, &json!({ "truncate": cut }).to_string()).await;
        end.expect("it ends as usual");
        let text = String::from_utf8(bytes).expect("an answer is text");
        let (head, body) = text.split_once("\r\n\r\n").expect("the head is whole");
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
        let length = format!("content-length: {}", whole.len());
        assert!(head.contains(&length) && head.contains("x-mynah-fault: header"), "{head}");
        assert_eq!(body, &whole[..cut]);
    }
    let longer =
        answer(mynah.sendbird(Method::GET, "/v3/users").header("X-Mynah-Fault", r#"{"truncate":5000}"#)).await;
    assert_eq!((longer.status, longer.text.as_str()), (200, whole.as_str()), "there is nothing to cut");
    let (bytes, _) = raw(&mynah, r#"{"truncate":9,"status":500}"#).await;
    let text = String::from_utf8(bytes).expect("an answer is text");
    assert!(text.starts_with("HTTP/1.1 500 ") && text.ends_with("\r\n\r\n{\"error\":"), "{text}");
}

#[tokio::test]
async fn a_large_answer_is_cut_off_where_it_was_said() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    let form = reqwest::multipart::Form::new().text("message_type", "FILE").text("user_id", "ada");
    let part = reqwest::multipart::Part::bytes(vec![b'x'; 3_000_000]).file_name("x.bin");
    let send = mynah.sendbird(Method::POST, "/v3/group_channels/lobby/messages").multipart(form.part("file", part));
    let sent = answer(send).await.ok();
    let url = sent["file"]["url"].as_str().expect("a file has an address");
    mynah.fault(json!({ "operation": "getFile", "truncate": 2_000_000 })).await;
    let mut response = mynah.client().get(url).send().await.expect("the head comes");
    assert_eq!(response.headers()["content-length"], "3000000");
    let mut got = 0;
    let end = loop {
        match response.chunk().await {
            Ok(Some(chunk)) => got += chunk.len(),
            end => break end,
        }
    };
    assert!(end.is_err(), "it is cut off");
    assert_eq!(got, 2_000_000);
}

#[tokio::test]
async fn an_upload_that_is_refused_is_read_to_its_end() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    mynah.fault(json!({ "operation": "sendAMessage", "status": 503 })).await;
    let form = reqwest::multipart::Form::new().text("message_type", "FILE").text("user_id", "ada");
    let part = reqwest::multipart::Part::bytes(vec![b'x'; 5_000_000]).file_name("x.bin");
    let send = mynah.sendbird(Method::POST, "/v3/group_channels/lobby/messages").multipart(form.part("file", part));
    assert_eq!(answer(send).await.status, 503);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_held_goes_on_when_it_is_released() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    for (phase, stored) in [("before", 0), ("after", 1)] {
        let id = mynah.fault(json!({ "operation": "sendAMessage", "phase": phase, "stall": true })).await;
        let before = mynah.texts("lobby").await.len();
        let send = mynah.sendbird(Method::POST, "/v3/group_channels/lobby/messages").json(&hi());
        let held = tokio::spawn(answer(send));
        let path = format!("/_mynah/faults/{id}");
        while mynah.get(&path).await.ok()["held"] != 1 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        assert_eq!(mynah.texts("lobby").await.len(), before + stored);
        assert!(!held.is_finished());
        let released = mynah.post(&format!("{path}/release"), json!({})).await.ok();
        assert_eq!(released, json!({ "released": 1 }));
        let sent = held.await.expect("it ends");
        assert_eq!((sent.status, struck(&sent)), (200, Some(&*id)));
        assert_eq!(mynah.texts("lobby").await.len(), before + 1);
        mynah.delete(&path).await.ok();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_held_ends_with_its_time_its_fault_its_client_and_the_server() {
    let mynah = Mynah::start().await;
    let begin = Instant::now();
    let request = mynah.sendbird(Method::GET, "/v3/users").header("X-Mynah-Fault", r#"{"stall":"30ms"}"#);
    answer(request).await.ok();
    assert!(begin.elapsed() >= Duration::from_millis(30));

    let held = async |id: &str, count: u64| {
        while mynah.get(&format!("/_mynah/faults/{id}")).await.ok()["held"] != count {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    let id = mynah.fault(json!({ "operation": "listUsers", "stall": "10m", "status": 500 })).await;
    let waiting = tokio::spawn(answer(mynah.sendbird(Method::GET, "/v3/users")));
    held(&id, 1).await;
    mynah.delete(&format!("/_mynah/faults/{id}")).await.ok();
    waiting.await.expect("it ends").refused(500_901);

    let id = mynah.fault(json!({ "operation": "listUsers", "stall": true })).await;
    let impatient = mynah.sendbird(Method::GET, "/v3/users").timeout(Duration::from_millis(40)).send();
    assert!(impatient.await.expect_err("nothing comes").is_timeout());
    held(&id, 0).await;

    let waiting = tokio::spawn(answer(mynah.sendbird(Method::GET, "/v3/users")));
    held(&id, 1).await;
    let begin = Instant::now();
    mynah.stop().await;
    waiting.await.expect("it ends").ok();
    assert!(begin.elapsed() < Duration::from_secs(3), "{:?}", begin.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_takes_faults_away_and_lets_go_of_what_they_hold() {
    let mynah = Mynah::start().await;
    for phase in ["before", "after"] {
        mynah.with_users(&["ada"]).await;
        let id = mynah.fault(json!({ "operation": "listUsers", "phase": phase, "stall": "10m" })).await;
        let waiting = tokio::spawn(mynah.sendbird(Method::GET, "/v3/users").send());
        while mynah.get(&format!("/_mynah/faults/{id}")).await.ok()["held"] != 1 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        mynah.post("/_mynah/reset", json!({})).await.ok();
        let answer = waiting.await.expect("it ends");
        assert!(answer.is_err(), "{phase}: what was asked of the old world is not answered in the new one");
        assert_eq!(mynah.get("/_mynah/faults").await.ok()["faults"], json!([]));
    }
}
