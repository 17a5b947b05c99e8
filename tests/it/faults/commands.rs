//! Faults and limits that meet what a client says on its live connection.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::{Mynah, socket::Socket};

async fn chat() -> (Mynah, Socket, Socket) {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    let (ada, bo) = (mynah.connect("ada").await, mynah.connect("bo").await);
    (mynah, ada, bo)
}

fn hi(text: &str) -> Value {
    json!({ "channel_url": "lobby", "message": text })
}

#[tokio::test]
async fn the_first_two_sends_of_a_client_fail_and_the_third_is_stored_once() {
    let (mynah, mut ada, mut bo) = chat().await;
    let id =
        mynah.fault(json!({ "operation": "sendAMessage", "times": 2, "code": 900_200, "message": "no" })).await;
    for text in ["one", "two"] {
        let (code, refused) = ada.ask("MESG", hi(text)).await;
        assert_eq!((&*code, &refused["code"], &refused["message"]), ("EROR", &json!(900_200), &json!("no")));
        assert!(refused["req_id"].is_string(), "{refused}");
    }
    ada.does("MESG", hi("three")).await;
    assert_eq!(bo.hear("MESG").await["message"], "three");
    assert_eq!(mynah.texts("lobby").await, ["three"]);
    assert_eq!(mynah.hits(&id).await, 2);
    let noted = mynah.get("/_mynah/journal?kind=socket_in&operation=MESG").await.ok();
    let faults: Vec<_> = noted["exchanges"].as_array().unwrap().iter().map(|frame| &frame["fault"]).collect();
    assert_eq!(faults, [&json!(id), &json!(id), &Value::Null]);
}

#[tokio::test]
async fn an_answer_that_is_lost_leaves_one_message_however_often_the_client_tries() {
    let (mynah, mut ada, mut bo) = chat().await;
    mynah.fault(json!({ "operation": "MESG", "times": 1, "phase": "after", "reset": true })).await;
    let mut sent = hi("once");
    sent["dedup_id"] = "d-1".into();
    ada.say("MESG", sent.clone()).await;
    assert_eq!(bo.hear("MESG").await["message"], "once", "it is done");
    assert!(ada.closed().await.is_none(), "the connection breaks without a word");
    let mut again = mynah.connect("ada").await;
    again.ask("MESG", sent).await;
    assert_eq!(mynah.texts("lobby").await, ["once"]);
}

#[tokio::test]
async fn an_error_after_a_command_leaves_what_it_did() {
    let (mynah, mut ada, mut bo) = chat().await;
    mynah.fault(json!({ "user": "ada", "operation": "MESG", "phase": "after", "status": 500 })).await;
    let (code, refused) = ada.ask("MESG", hi("there")).await;
    assert_eq!((&*code, &refused["code"]), ("EROR", &json!(500_901)));
    assert_eq!(bo.hear("MESG").await["message"], "there");
    bo.does("MESG", hi("and back")).await;
}

#[tokio::test]
async fn a_command_that_waits_keeps_nothing_else_from_being_heard() {
    let (mynah, mut ada, mut bo) = chat().await;
    mynah.fault(json!({ "operation": "MESG", "user": "ada", "times": 1, "delay": "60ms" })).await;
    let begin = Instant::now();
    let mut sent = hi("late");
    sent["req_id"] = "r-1".into();
    ada.say("MESG", sent).await;
    ada.say("PING", json!({ "id": 1 })).await;
    assert_eq!(ada.next().await.expect("a frame").0, "PONG");
    bo.does("MESG", hi("first")).await;
    assert_eq!(ada.hear("MESG").await["message"], "first");
    assert_eq!(ada.hear("MESG").await["req_id"], "r-1");
    assert!(begin.elapsed() >= Duration::from_millis(60), "{:?}", begin.elapsed());

    let id = mynah.fault(json!({ "operation": "ENTR", "stall": true })).await;
    mynah.post("/v3/open_channels", json!({ "channel_url": "square" })).await.ok();
    ada.say("ENTR", json!({ "channel_url": "square", "req_id": "r-2" })).await;
    ada.say("PING", json!({ "id": 2 })).await;
    ada.hear("PONG").await;
    mynah.post(&format!("/_mynah/faults/{id}/release"), json!({})).await.ok();
    assert_eq!(ada.hear("ENTR").await["participant_count"], 1);
}

#[tokio::test]
async fn a_refreshed_session_survives_a_command_that_waits() {
    let (mynah, mut ada, _bo) = chat().await;
    mynah.fault(json!({ "operation": "LOGI", "delay": "20ms", "times": 1 })).await;
    let fresh = ada.does("LOGI", json!({ "expiring_session": true })).await;
    assert!(fresh["new_key"].is_string(), "{fresh}");
    mynah.fault(json!({ "operation": "MESG", "delay": "20ms", "times": 1 })).await;
    ada.does("MESG", hi("with the new key")).await;
    ada.does("MESG", hi("and at once")).await;
}

#[tokio::test]
async fn what_is_for_requests_alone_strikes_no_command() {
    let (mynah, mut ada, _bo) = chat().await;
    for only in [
        json!({ "path": "/v3/**", "status": 500 }),
        json!({ "method": "POST", "status": 500 }),
        json!({ "header": { "x-test": "1" }, "status": 500 }),
        json!({ "operation": "MEDI", "status": 500 }),
        json!({ "channel": "attic", "status": 500 }),
        json!({ "user": "bo", "status": 500 }),
    ] {
        mynah.delete("/_mynah/faults").await.ok();
        let id = mynah.fault(only.clone()).await;
        ada.does("MESG", hi("Hi")).await;
        ada.say("PING", json!({ "id": 1 })).await;
        ada.hear("PONG").await;
        assert_eq!(mynah.hits(&id).await, 0, "{only}");
    }
    mynah.delete("/_mynah/faults").await.ok();
    mynah.fault(json!({ "channel": "lobby", "code": 900_041 })).await;
    ada.is_refused("MESG", hi("Hi"), 900_041).await;
    ada.is_refused("READ", json!({ "channel_url": "lobby" }), 900_041).await;
}

#[tokio::test]
async fn a_limit_counts_requests_and_commands_together() {
    let (mynah, mut ada, mut bo) = chat().await;
    mynah.put("/_mynah/clock", json!({ "mode": "frozen" })).await.ok();
    let limit = json!({ "operation": "sendAMessage", "per_second": 1, "burst": 2, "scope": "user" });
    mynah.put("/_mynah/limits", limit).await.ok();
    ada.does("MESG", hi("one")).await;
    mynah.say("lobby", "ada", "two").await;
    ada.is_refused("MESG", hi("three"), 500_910).await;
    bo.does("MESG", hi("another user's")).await;
    mynah.advance(1).await;
    ada.does("MESG", hi("four")).await;
    let noted = mynah.get("/_mynah/journal?kind=socket_in&operation=MESG&user=ada").await.ok();
    let faults: Vec<_> = noted["exchanges"].as_array().unwrap().iter().map(|frame| &frame["fault"]).collect();
    assert_eq!(faults, [&Value::Null, &json!("rate-limited"), &Value::Null]);
}

#[tokio::test]
async fn a_command_that_is_held_while_the_application_is_emptied_is_lost_with_it() {
    let (mynah, mut ada, _bo) = chat().await;
    let id = mynah.fault(json!({ "operation": "MESG", "stall": true })).await;
    ada.say("MESG", hi("late")).await;
    while mynah.get(&format!("/_mynah/faults/{id}")).await.ok()["held"] == 0 {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    mynah.post("/_mynah/reset", json!({ "sockets": "keep" })).await.ok();
    assert!(ada.closed().await.is_none(), "the connection breaks");
    mynah.with_group("lobby", &["ada"]).await;
    assert_eq!(mynah.texts("lobby").await, [""; 0]);
}

#[tokio::test]
async fn commands_that_are_held_alike_are_done_in_their_order() {
    let (mynah, mut ada, _bo) = chat().await;
    mynah.fault(json!({ "id": "slow", "operation": "MESG", "delay": "20ms" })).await;
    let texts: Vec<_> = (0..40).map(|number| number.to_string()).collect();
    for text in &texts {
        let mut sent = hi(text);
        sent["req_id"] = text.as_str().into();
        ada.say("MESG", sent).await;
    }
    for text in &texts {
        assert_eq!(ada.hear("MESG").await["req_id"], text.as_str());
    }
    assert_eq!(mynah.texts("lobby").await, texts);
    mynah.delete("/_mynah/faults").await.ok();
    let id = mynah.fault(json!({ "operation": "MESG", "stall": true })).await;
    for text in ["x", "y", "z"] {
        ada.say("MESG", hi(text)).await;
    }
    while mynah.get(&format!("/_mynah/faults/{id}")).await.ok()["held"] != 3 {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    mynah.post(&format!("/_mynah/faults/{id}/release"), json!({})).await.ok();
    for text in ["x", "y", "z"] {
        assert_eq!(ada.hear("MESG").await["message"], text);
    }
}

#[tokio::test]
async fn whoever_is_gone_before_a_held_command_is_done_has_not_entered() {
    let mynah = Mynah::start().await;
    mynah.post("/v3/open_channels", json!({ "channel_url": "square" })).await.ok();
    let id = mynah.fault(json!({ "operation": "ENTR", "stall": true })).await;
    for _ in 0..10 {
        let mut ada = mynah.connect("ada").await;
        ada.say("ENTR", json!({ "channel_url": "square", "req_id": "1" })).await;
        ada.say("PING", json!({ "id": 1 })).await;
        ada.hear("PONG").await;
        let path = format!("/_mynah/faults/{id}/release");
        let release = mynah.post(&path, json!({}));
        tokio::join!(release, ada.close());
    }
    mynah.get("/_mynah/journal/wait?operation=CLOSE&count=10").await.ok();
    let mut count = Value::Null;
    for _ in 0..100 {
        count = mynah.get("/v3/open_channels/square").await.ok()["participant_count"].clone();
        if count == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(count, 0);
}

#[tokio::test]
async fn a_command_that_was_held_over_a_refresh_is_done_with_the_new_key() {
    let (mynah, mut ada, _bo) = chat().await;
    let id = mynah.fault(json!({ "operation": "MESG", "stall": true })).await;
    let mut sent = hi("held");
    sent["req_id"] = "r".into();
    ada.say("MESG", sent).await;
    ada.does("LOGI", json!({})).await;
    mynah.post(&format!("/_mynah/faults/{id}/release"), json!({})).await.ok();
    assert_eq!(ada.hear("MESG").await["req_id"], "r");
}

#[tokio::test]
async fn an_answer_that_is_held_over_a_reset_is_none_of_the_new_world() {
    let (mynah, mut ada, _bo) = chat().await;
    let id = mynah.fault(json!({ "operation": "sendAMessage", "phase": "after", "stall": true })).await;
    let body = json!({ "message_type": "MESG", "user_id": "bo", "message": "by HTTP" });
    let send = mynah.sendbird(reqwest::Method::POST, "/v3/group_channels/lobby/messages").json(&body).send();
    let send = tokio::spawn(send);
    ada.say("MESG", hi("by socket")).await;
    while mynah.get(&format!("/_mynah/faults/{id}")).await.ok()["held"] != 2 {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    mynah.post("/_mynah/reset", json!({ "sockets": "keep" })).await.ok();
    assert!(send.await.expect("it ends").is_err());
    assert!(ada.closed().await.is_none());
    let noted = mynah.get("/_mynah/journal?operation=MESG").await.ok();
    assert_eq!(noted["exchanges"], json!([]));
}

#[tokio::test]
async fn commands_have_limits_by_their_own_names_too() {
    let (mynah, mut ada, _bo) = chat().await;
    mynah.put("/_mynah/clock", json!({ "mode": "frozen" })).await.ok();
    mynah.put("/_mynah/limits", json!({ "operation": "MESG", "per_second": 1 })).await.ok();
    ada.does("MESG", hi("one")).await;
    ada.is_refused("MESG", hi("two"), 500_910).await;
    mynah.say("lobby", "ada", "by HTTP").await;
    let refused =
        mynah.post("/_mynah/faults", json!({ "operation": "ENTR", "path": "/v3/**", "status": 500 })).await;
    assert_eq!(refused.status, 400, "{}", refused.text);
}
