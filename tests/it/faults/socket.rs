//! What clients meet on the socket.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio_tungstenite::{
    connect_async,
    tungstenite::{Error, client::IntoClientRequest, protocol::frame::coding::CloseCode},
};

use crate::support::{Mynah, socket::Socket};

/// Knocks, and tells how it ends.
async fn knocks(mynah: &Mynah, user: &str) -> Result<(), Error> {
    let url = format!("ws://{}/?p=JS&user_id={user}", mynah.address());
    connect_async(url.into_client_request().expect("an address")).await.map(|_| ())
}

async fn only(mynah: &Mynah, fault: Value) -> String {
    mynah.delete("/_mynah/faults").await.ok();
    mynah.fault(fault).await
}

#[tokio::test]
async fn an_upgrade_is_refused_with_the_status_that_was_asked_for() {
    let mynah = Mynah::start().await;
    for (name, status) in [("refuse-403", 403), ("refuse-404", 404), ("refuse-500", 500), ("refuse-503", 503)] {
        let id = only(&mynah, json!({ "socket": name, "times": 1 })).await;
        let Err(Error::Http(refused)) = knocks(&mynah, "ada").await else { panic!("{name} does not refuse") };
        assert_eq!(refused.status(), status);
        assert_eq!(refused.headers()["x-mynah-fault"], id.as_str());
        mynah.connect("ada").await;
        assert_eq!(mynah.hits(&id).await, 1);
    }
    only(&mynah, json!({ "operation": "openTheSocket", "status": 502 })).await;
    let Err(Error::Http(refused)) = knocks(&mynah, "ada").await else { panic!("it is not refused") };
    assert_eq!(refused.status(), 502);
}

#[tokio::test]
async fn a_connection_is_reset_before_the_upgrade_before_the_login_or_after() {
    let mynah = Mynah::start().await;
    only(&mynah, json!({ "operation": "openTheSocket", "reset": true })).await;
    assert!(matches!(knocks(&mynah, "ada").await, Err(Error::Io(_) | Error::Protocol(_))));
    for (name, frames) in [("drop-before-login", 0), ("drop-after-login", 1)] {
        only(&mynah, json!({ "socket": name })).await;
        let url = format!("ws://{}/?p=JS&user_id=ada", mynah.address());
        let (mut stream, _) = connect_async(url.into_client_request().unwrap()).await.expect("it opens");
        let mut got = 0;
        let end = loop {
            match futures_util::StreamExt::next(&mut stream).await {
                Some(Ok(message)) if message.is_text() => got += 1,
                end => break end,
            }
        };
        assert!(matches!(end, Some(Err(Error::Io(_) | Error::Protocol(_)))), "{end:?}");
        assert_eq!(got, frames, "{name}");
    }
}

#[tokio::test]
async fn a_connection_is_closed_with_a_code_after_so_many_frames() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    only(&mynah, json!({ "user": "ada", "socket": { "close": { "code": 4000, "reason": "enough", "after": 3 } } }))
        .await;
    let mut ada = mynah.connect("ada").await;
    let mut bo = mynah.connect("bo").await;
    for text in ["one", "two", "three"] {
        mynah.say("lobby", "bo", text).await;
    }
    assert_eq!(ada.hear("MESG").await["message"], "one");
    assert_eq!(ada.hear("MESG").await["message"], "two");
    let frame = ada.closed().await.expect("there is a close frame");
    assert_eq!((frame.code, frame.reason.as_str()), (CloseCode::Library(4000), "enough"));
    assert_eq!(bo.hear("MESG").await["message"], "one", "others are left alone");
    only(&mynah, json!({ "socket": "close-before-login" })).await;
    let url = format!("ws://{}/?p=JS&user_id=ada", mynah.address());
    let (mut stream, _) = connect_async(url.into_client_request().unwrap()).await.expect("it opens");
    let first = futures_util::StreamExt::next(&mut stream).await.expect("there is a frame").expect("it is whole");
    assert!(first.is_close(), "{first:?}");
}

#[tokio::test]
async fn some_frames_never_come() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    only(&mynah, json!({ "user": "ada", "socket": "never-pong" })).await;
    let mut ada = mynah.connect("ada").await;
    ada.say("PING", json!({ "id": 1 })).await;
    mynah.say("lobby", "bo", "Hi").await;
    let (code, _) = ada.next().await.expect("a frame comes");
    assert_eq!(code, "MESG", "the PONG would have come before");
    only(&mynah, json!({ "user": "ada", "socket": "never-logi" })).await;
    let url = format!("ws://{}/?p=JS&user_id=ada", mynah.address());
    let socket = Socket::open(&url, None);
    assert!(tokio::time::timeout(Duration::from_millis(50), socket).await.is_err(), "a LOGI has come");
}

#[tokio::test]
async fn frames_come_late_twice_or_in_another_order() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    only(&mynah, json!({ "user": "ada", "socket": { "delay": "40ms", "frames": "MESG" } })).await;
    let mut ada = mynah.connect("ada").await;
    let begin = Instant::now();
    mynah.say("lobby", "bo", "Hi").await;
    ada.say("PING", json!({ "id": 1 })).await;
    assert_eq!(ada.next().await.expect("a frame comes").0, "PONG", "others are not held up");
    ada.hear("MESG").await;
    assert!(begin.elapsed() >= Duration::from_millis(40), "{:?}", begin.elapsed());

    only(&mynah, json!({ "socket": { "duplicate": true, "frames": ["MESG"] } })).await;
    mynah.say("lobby", "bo", "twice").await;
    assert_eq!(ada.hear("MESG").await, ada.hear("MESG").await, "an open connection is taken hold of too");

    only(&mynah, json!({ "user": "ada", "socket": { "reorder": true, "frames": "MESG" } })).await;
    for text in ["one", "two", "three"] {
        mynah.say("lobby", "bo", text).await;
    }
    assert_eq!(ada.hear("MESG").await["message"], "two");
    assert_eq!(ada.hear("MESG").await["message"], "one");
    mynah.delete("/_mynah/faults").await.ok();
    assert_eq!(ada.hear("MESG").await["message"], "three", "what was kept back comes when the fault is over");
}

#[tokio::test]
async fn an_open_connection_is_closed_at_once_and_as_often_as_was_said() {
    let mynah = Mynah::start().await;
    let mut sockets = [mynah.connect("ada").await, mynah.connect("ada").await, mynah.connect("bo").await];
    let id = mynah.fault(json!({ "user": "ada", "times": 1, "socket": { "close": { "code": 1012 } } })).await;
    let [first, second, other] = &mut sockets;
    let closed = tokio::select! {
        closed = first.closed() => closed,
        closed = second.closed() => closed,
    };
    assert_eq!(closed.expect("there is a close frame").code, CloseCode::Restart);
    assert_eq!(mynah.hits(&id).await, 1);
    assert_eq!(other.heard().await, []);
    mynah.connect("ada").await;
}

#[tokio::test]
async fn what_is_told_right_after_a_fault_was_set_meets_it() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    let mut ada = mynah.connect("ada").await;
    for text in 0..50 {
        only(&mynah, json!({ "user": "ada", "socket": { "duplicate": true, "frames": "MESG" } })).await;
        mynah.say("lobby", "bo", &text.to_string()).await;
        assert_eq!(ada.hear("MESG").await, ada.hear("MESG").await);
        mynah.delete("/_mynah/faults").await.ok();
        mynah.say("lobby", "bo", "once").await;
        assert_eq!(ada.hear("MESG").await["message"], "once");
    }
}

#[tokio::test]
async fn what_is_over_at_the_login_waits_for_the_next_connection() {
    let mynah = Mynah::start().await;
    let mut open = mynah.connect("ada").await;
    for name in ["never-logi", "close-before-login", "drop-before-login", "refuse-503"] {
        let id = mynah.fault(json!({ "user": "ada", "socket": name, "times": 1 })).await;
        open.say("PING", json!({ "id": 1 })).await;
        assert_eq!(open.next().await.expect("it is open").0, "PONG", "{name} has hold of an open connection");
        assert_eq!(mynah.hits(&id).await, 0, "{name}");
        let url = format!("ws://{}/?p=JS&user_id=ada", mynah.address());
        let login = async {
            let (mut stream, _) = connect_async(url.into_client_request().unwrap()).await.ok()?;
            let first = futures_util::StreamExt::next(&mut stream).await?.ok()?;
            first.is_text().then_some(())
        };
        let login = tokio::time::timeout(Duration::from_millis(50), login).await.ok().flatten();
        assert_eq!(login, None, "{name}");
        assert_eq!(mynah.hits(&id).await, 1, "{name}");
        mynah.connect("ada").await;
    }
}

#[tokio::test]
async fn the_catalogue_names_what_can_be_asked_for() {
    let mynah = Mynah::start().await;
    let catalogue = mynah.get("/_mynah/faults/catalogue").await.ok();
    for entry in catalogue["catalogue"].as_array().expect("a list") {
        let by_name = only(&mynah, json!({ "socket": entry["name"] })).await;
        let by_effect = mynah.fault(json!({ "socket": entry["socket"] })).await;
        assert_ne!(by_name, by_effect, "{entry}");
    }
    assert!(catalogue["catalogue"].as_array().unwrap().len() >= 12);
}

#[tokio::test]
async fn a_session_ends_for_its_client_and_goes_on_or_not() {
    let mynah = Mynah::start().await;
    for (name, reason) in [("session-expired", 400_309), ("session-token-required", 400_302)] {
        let mut ada = mynah.connect("ada").await;
        only(&mynah, json!({ "user": "ada", "socket": name, "times": 1 })).await;
        let told = ada.hear("EXPR").await;
        assert_eq!((&told["reason"], &told["expires_in"]), (&json!(reason), &json!(0)), "{told}");
        let fresh = ada.does("LOGI", json!({ "expiring_session": true })).await;
        assert!(fresh["new_key"].is_string(), "{fresh}");
        ada.say("PING", json!({ "id": 1 })).await;
        ada.hear("PONG").await;
        ada.close().await;
    }
    let mut ada = mynah.connect("ada").await;
    only(&mynah, json!({ "user": "ada", "socket": "session-revoked" })).await;
    assert_eq!(ada.hear("EXPR").await["reason"], 400_310);
    assert_eq!(ada.closed().await.expect("there is a close frame").code, CloseCode::Policy);
}

#[tokio::test]
async fn a_frame_that_nothing_has_led_to_comes_once_and_when_it_was_asked_for() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    let send = json!({ "frame": "MCNT{\"channel_url\":\"lobby\"}", "after": 3 });
    only(&mynah, json!({ "user": "ada", "socket": { "send": send } })).await;
    let mut ada = mynah.connect("ada").await;
    for text in ["one", "two", "three"] {
        mynah.say("lobby", "bo", text).await;
    }
    let mut codes = Vec::new();
    for _ in 0..4 {
        codes.push(ada.next().await.expect("a frame comes").0);
    }
    assert_eq!(codes, ["MESG", "MESG", "MCNT", "MESG"], "the login is the first");
}

#[tokio::test]
async fn a_connection_that_a_reset_keeps_is_free_of_its_fault() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    only(&mynah, json!({ "socket": "never-pong" })).await;
    let mut ada = mynah.connect("ada").await;
    ada.say("PING", json!({ "id": 1 })).await;
    mynah.post("/_mynah/reset", json!({ "sockets": "keep" })).await.ok();
    ada.say("PING", json!({ "id": 2 })).await;
    assert_eq!(ada.hear("PONG").await["id"], 2);
}

#[tokio::test]
async fn a_login_is_refused_with_the_number_that_was_asked_for() {
    let mynah = Mynah::start().await;
    for (fault, code) in [(json!("refuse-login"), 400_302), (json!({ "refuse": 400_300 }), 400_300)] {
        let id = only(&mynah, json!({ "user": "ada", "socket": fault, "times": 1 })).await;
        let refused = mynah.knock("/?p=JS&user_id=ada", None).await;
        assert_eq!(
            (&refused.login["code"], &refused.login["error"]),
            (&json!(code), &json!(true)),
            "{}",
            refused.login
        );
        assert_eq!(mynah.hits(&id).await, 1);
        mynah.connect("ada").await;
    }
}

#[tokio::test]
async fn a_user_who_comes_back_with_a_key_is_known_by_it() {
    let mynah = Mynah::start().await;
    let keys = [mynah.connect("ada").await.key(), mynah.connect("bo").await.key()];
    for fault in [json!({ "socket": "refuse-503" }), json!({ "operation": "openTheSocket", "status": 503 })] {
        let mut fault = fault;
        fault["user"] = "ada".into();
        only(&mynah, fault.clone()).await;
        let comes = async |key: &str| {
            let mut request = format!("ws://{}/?p=JS", mynah.address()).into_client_request().expect("an address");
            request.headers_mut().insert("sendbird-ws-auth", key.parse().expect("a key"));
            connect_async(request).await.is_ok()
        };
        assert_eq!([comes(&keys[0]).await, comes(&keys[1]).await], [false, true], "{fault}");
    }
    only(&mynah, json!({ "user": "cy", "socket": "session-revoked" })).await;
    let mut cy = mynah.connect("cy").await;
    assert_eq!(cy.hear("EXPR").await["reason"], 400_310, "one that was set before hears of it too");
    assert!(cy.closed().await.is_some());
}
