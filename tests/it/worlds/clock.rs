//! The clock of an application, in the hands of who tests.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::Mynah;

const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;

/// The first of January 2026.
const BEGIN: i64 = 1_767_225_600_000;

async fn turn(mynah: &Mynah, body: Value) -> Value {
    mynah.put("/_mynah/clock", body).await.ok()
}

async fn freeze(mynah: &Mynah) {
    turn(mynah, json!({ "mode": "frozen", "at": BEGIN })).await;
}

async fn advance(mynah: &Mynah, by: &str) -> Vec<Value> {
    let advanced = mynah.post("/_mynah/clock/advance", json!({ "by": by })).await.ok();
    advanced["ran"].as_array().unwrap().clone()
}

async fn schedule(mynah: &Mynah, text: &str, at: i64) -> Value {
    let body = json!({ "message_type": "MESG", "user_id": "ada", "message": text, "scheduled_at": at });
    let scheduled = mynah.post("/v3/group_channels/lobby/scheduled_messages", body).await.ok();
    scheduled["scheduled_message_id"].clone()
}

fn kinds(ran: &[Value]) -> Vec<(&str, i64)> {
    ran.iter().map(|ran| (ran["kind"].as_str().unwrap(), ran["at"].as_i64().unwrap())).collect()
}

#[tokio::test]
async fn a_frozen_clock_stands_still_even_over_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let mynah = Mynah::start_on(folder.path()).await;
    let real = mynah.get("/_mynah/clock").await.ok();
    assert_eq!((&real["mode"], &real["offset"], &real["factor"]), (&json!("real"), &json!(0), &json!(1.0)));
    let frozen = turn(&mynah, json!({ "mode": "frozen", "at": "2026-01-01T00:00:00Z" })).await;
    assert_eq!((&frozen["now"], &frozen["date"]), (&json!(BEGIN), &json!("2026-01-01T00:00:00Z")));
    mynah.with_group("lobby", &["ada"]).await;
    for number in 0..3 {
        let sent = mynah.send("lobby", json!({ "user_id": "ada", "message": "Hi" })).await.ok();
        assert_eq!(sent["created_at"], BEGIN + 1 + number, "messages of one moment still have an order");
    }
    mynah.stop().await;
    let mynah = Mynah::start_on(folder.path()).await;
    let frozen = mynah.get("/_mynah/clock").await.ok();
    assert_eq!((&frozen["mode"], &frozen["now"]), (&json!("frozen"), &json!(BEGIN)));
    assert_eq!(frozen.get("offset"), None);
    // Where it stands is where it goes on from.
    turn(&mynah, json!({ "mode": "accelerated", "factor": 2.5 })).await;
    mynah.stop().await;
    let mynah = Mynah::start_on(folder.path()).await;
    let fast = mynah.get("/_mynah/clock").await.ok();
    assert_eq!((&fast["mode"], &fast["factor"]), (&json!("accelerated"), &json!(2.5)));
    assert!((BEGIN..BEGIN + DAY).contains(&fast["now"].as_i64().unwrap()), "{fast}");
    let real = turn(&mynah, json!({ "mode": "real" })).await;
    assert!(real["now"].as_i64().unwrap() > BEGIN + DAY, "{real}");
    mynah.stop().await;
}

#[tokio::test]
async fn a_month_passes_in_less_than_a_second_and_everything_happens_at_its_moment() {
    let mynah = Mynah::start().await;
    freeze(&mynah).await;
    mynah.with_group("lobby", &["ada", "bo", "cy"]).await;
    let mut ids = Vec::new();
    for day in 1..30 {
        ids.push(schedule(&mynah, &format!("Day {day}"), BEGIN + day * DAY).await);
    }
    mynah.post("/v3/group_channels/lobby/mute", json!({ "user_id": "bo", "seconds": 3 * 86_400 })).await.ok();
    mynah.post("/v3/group_channels/lobby/ban", json!({ "user_id": "cy", "seconds": 14 * 86_400 })).await.ok();
    mynah.post("/v3/users/ada/token", json!({})).await.ok();
    let closing = json!({ "title": "t", "options": ["o"], "close_at": (BEGIN + DAY) / 1000 });
    let poll = mynah.post("/v3/polls", closing).await.ok()["id"].clone();
    let from_bo = json!({ "user_id": "bo", "message": "May I?" });
    mynah.send("lobby", from_bo.clone()).await.refused(900_041);

    let began = Instant::now();
    let ran = advance(&mynah, "2d").await;
    let told = [
        ("poll_closed", BEGIN + DAY),
        ("scheduled_message_sent", BEGIN + DAY),
        ("scheduled_message_sent", BEGIN + 2 * DAY),
    ];
    assert_eq!(kinds(&ran), told);
    assert_eq!((&ran[0]["id"], &ran[1]["id"]), (&json!(poll.to_string()), &json!(ids[0].to_string())));
    assert_eq!(ran[1]["user"], "ada");
    mynah.send("lobby", from_bo.clone()).await.refused(900_041);
    let to = json!({ "to": "2026-01-31T00:00:00Z" });
    let advanced = mynah.post("/_mynah/clock/advance", to).await.ok();
    assert!(began.elapsed() < Duration::from_secs(1), "it took {:?}", began.elapsed());
    assert_eq!((&advanced["now"], &advanced["next_due"]), (&json!(BEGIN + 30 * DAY), &Value::Null));
    let ran = kinds(advanced["ran"].as_array().unwrap());
    assert!(ran.is_sorted_by_key(|(_, at)| *at), "{ran:?}");
    let at = |kind: &str| ran.iter().find(|(found, _)| *found == kind).map(|(_, at)| *at);
    assert_eq!(at("mute_ended"), Some(BEGIN + 3 * DAY));
    assert_eq!(at("session_token_expired"), Some(BEGIN + 7 * DAY));
    assert_eq!(at("ban_ended"), Some(BEGIN + 14 * DAY));
    assert_eq!(ran.iter().filter(|(kind, _)| *kind == "scheduled_message_sent").count(), 27);
    mynah.send("lobby", from_bo).await.ok();
    mynah.post("/v3/group_channels/lobby/invite", json!({ "user_ids": ["cy"] })).await.ok();
    let list = mynah.get("/v3/group_channels/lobby/messages?message_ts=0&next_limit=200").await.ok();
    let sent: Vec<_> = list["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|message| message["created_at"].as_i64().unwrap())
        .collect();
    assert_eq!(sent[..29], (1..30).map(|day| BEGIN + day * DAY).collect::<Vec<_>>());
    assert_eq!(advance(&mynah, "30d").await, [] as [Value; 0]);
}

#[tokio::test]
async fn the_timer_goes_by_the_clock_and_sleeps_while_it_stands() {
    let mynah = Mynah::start().await;
    freeze(&mynah).await;
    mynah.with_group("lobby", &["ada"]).await;
    let id = schedule(&mynah, "Soon", BEGIN + 10 * MINUTE).await;
    let mut feed = mynah.server().engine().listen();
    // Ten minutes are over in twenty milliseconds; but then it stands still.
    turn(&mynah, json!({ "mode": "accelerated", "factor": 30_000 })).await;
    let stands = turn(&mynah, json!({ "mode": "frozen", "at": BEGIN + 9 * MINUTE })).await;
    assert_eq!(stands["next_due"], BEGIN + 10 * MINUTE);
    tokio::time::sleep(Duration::from_millis(40)).await;
    while let Ok(told) = feed.try_recv() {
        assert!(!format!("{:?}", told.event).starts_with("MessageSent"), "it was sent while time stood still");
    }
    turn(&mynah, json!({ "mode": "accelerated", "factor": 30_000 })).await;
    let sent = async { while !format!("{:?}", feed.recv().await.unwrap().event).starts_with("MessageSent") {} };
    tokio::time::timeout(Duration::from_secs(10), sent).await.expect("the timer sends it");
    let sent = mynah.get(&format!("/v3/group_channels/lobby/scheduled_messages/{id}")).await.ok();
    assert_eq!((&sent["scheduled_status"], &sent["sent_at"]), (&json!("sent"), &json!(BEGIN + 10 * MINUTE)));
}

#[tokio::test]
async fn each_application_has_a_clock_of_its_own() {
    let mynah = Mynah::start().await;
    mynah.put("/apps/one/_mynah/clock", json!({ "mode": "frozen", "at": BEGIN })).await.ok();
    mynah.put("/_mynah/clock?application=two", json!({ "mode": "offset", "by": "P30D" })).await.ok();
    let of = async |application: &str| mynah.get(&format!("/apps/{application}/_mynah/clock")).await.ok();
    let (one, two, here) = (of("one").await, of("two").await, mynah.get("/_mynah/clock").await.ok());
    assert_eq!((&one["now"], &one["mode"]), (&json!(BEGIN), &json!("frozen")));
    assert_eq!((&two["offset"], &two["mode"]), (&json!(30 * DAY), &json!("offset")));
    assert_eq!(here["mode"], "real");
    let ahead = two["now"].as_i64().unwrap() - here["now"].as_i64().unwrap();
    assert!((ahead - 30 * DAY).abs() < 10_000, "{ahead}");
    // Back to the day before, and to the machine's time with the application.
    mynah.put("/apps/two/_mynah/clock", json!({ "mode": "offset", "by": "-24h" })).await.ok();
    assert!(of("two").await["now"].as_i64() < here["now"].as_i64());
    mynah.post("/apps/two/_mynah/reset", json!({})).await.ok();
    assert_eq!(of("two").await["mode"], "real");
}

#[tokio::test]
async fn rates_are_counted_by_the_applications_clock() {
    let mynah = Mynah::start().await;
    freeze(&mynah).await;
    mynah.with_group("lobby", &["ada"]).await;
    let id = mynah::model::ids::ApplicationId::new("mynah").unwrap();
    let plan = |app: &mut mynah::state::Application| {
        app.change_settings(|settings| settings.rate_limit = Some(mynah::model::application::Plan::Mau100k));
    };
    mynah.server().engine().create(&id, plan).await.unwrap();
    let send = async || mynah.send("lobby", json!({ "user_id": "ada", "message": "Hi" })).await;
    for number in 0..10 {
        assert_eq!(send().await.status, 200, "number {number} is within the burst");
    }
    let refused = send().await;
    assert_eq!(refused.headers["x-ratelimit-retryafter"].to_str().unwrap()[..3], *"0.2");
    refused.refused(500_910);
    advance(&mynah, "199ms").await;
    send().await.refused(500_910);
    advance(&mynah, "1").await;
    send().await.ok();
    send().await.refused(500_910);
    // A clock that is put back finds no time to come in its buckets.
    turn(&mynah, json!({ "mode": "frozen", "at": BEGIN - DAY })).await;
    send().await.ok();
}

#[tokio::test]
async fn a_wrong_clock_is_refused_by_the_name_of_its_field_and_changes_nothing() {
    let mynah = Mynah::start().await;
    freeze(&mynah).await;
    let before = mynah.get("/_mynah/clock").await.ok();
    for (body, why) in [
        (json!({}), "mode is missing"),
        (json!({ "mode": "late" }), "mode is invalid: it is real, frozen, offset or accelerated"),
        (json!({ "mode": 5 }), "mode is invalid"),
        (
            json!({ "mode": "frozen", "at": "yesterday" }),
            "at is invalid: it must be milliseconds since 1970 or a date such as 2026-01-31",
        ),
        (json!({ "mode": "frozen", "at": -1 }), "at is invalid"),
        (json!({ "mode": "offset" }), "by is missing, or at"),
        (json!({ "mode": "offset", "by": "P1Y" }), "by is invalid"),
        (json!({ "mode": "offset", "by": "-90000d" }), "by leads out of time"),
        (json!({ "mode": "accelerated" }), "factor is missing"),
        (json!({ "mode": "accelerated", "factor": 0 }), "factor is invalid"),
        (json!({ "mode": "accelerated", "factor": "fast" }), "factor is invalid"),
        (
            json!({ "mode": "real", "at": BEGIN }),
            "mode: real takes no other field, frozen takes at, offset by or at, accelerated factor and at",
        ),
    ] {
        let refused = mynah.put("/_mynah/clock", body.clone()).await;
        let said = refused.body["error"].as_str().unwrap_or_default();
        assert!(refused.status == 400 && said.starts_with(why), "{body}: {}", refused.text);
    }
    for (body, why) in [
        (json!({}), "by is missing, or to; one of them is to be given"),
        (json!({ "by": "1s", "to": BEGIN + 1 }), "by is missing, or to; one of them is to be given"),
        (json!({ "by": "-1s" }), "by is invalid: a clock is advanced, not put back"),
        (json!({ "by": [] }), "by is invalid"),
        (json!({ "to": BEGIN - 1 }), "to is invalid: it is before what the clock shows"),
        (json!({ "by": 253_402_207_200_000_i64 }), "by leads out of time"),
    ] {
        let refused = mynah.post("/_mynah/clock/advance", body.clone()).await;
        let said = refused.body["error"].as_str().unwrap_or_default();
        assert!(refused.status == 400 && said.starts_with(why), "{body}: {}", refused.text);
    }
    assert_eq!(mynah.get("/_mynah/clock").await.ok(), before);
    let refused = mynah.put("/_mynah/clock?application=no/id", json!({ "mode": "real" })).await;
    assert!(refused.status == 400 && refused.text.contains("application is invalid"), "{}", refused.text);
}

#[tokio::test]
async fn a_session_that_ends_is_told_before_what_comes_after_it() {
    let mynah = Mynah::start().await;
    freeze(&mynah).await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    let body = json!({ "expires_at": BEGIN + MINUTE });
    let token = mynah.post("/v3/users/ada/token", body).await.ok()["token"].as_str().unwrap().to_owned();
    let mut ada = mynah.knock(&format!("/?p=JS&user_id=ada&expiring_session=1&access_token={token}"), None).await;
    let later = json!({ "as": "bo", "do": "send", "channel": "lobby", "text": "Later", "after": "2m" });
    mynah.post("/_mynah/actors", later).await.ok();
    let ran = advance(&mynah, "1h").await;
    let moments: Vec<_> = kinds(&ran).into_iter().filter(|(kind, _)| *kind != "session_token_expired").collect();
    assert_eq!(moments, [("session_expired", BEGIN + MINUTE), ("step_done", BEGIN + 2 * MINUTE)]);
    let mut heard = Vec::new();
    while !heard.contains(&"MESG".to_owned()) {
        heard.push(ada.next().await.expect("a frame comes").0);
    }
    let place = |code: &str| heard.iter().position(|heard| heard == code);
    assert!(place("EXPR").is_some() && place("EXPR") < place("MESG"), "{heard:?}");
}

#[tokio::test]
async fn a_copy_waits_for_nothing_that_only_its_original_does() {
    let mynah = Mynah::start().await;
    freeze(&mynah).await;
    let hook = json!({ "url": "http://127.0.0.1:9/", "retries": ["1h"] });
    mynah.put("/_mynah/webhooks", hook).await.ok();
    mynah.post("/v3/open_channels", json!({ "channel_url": "square" })).await.ok();
    while mynah.get("/_mynah/clock").await.ok()["next_due"].is_null() {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let fork = mynah.post("/_mynah/applications/mynah/fork", json!({})).await.ok();
    let path = format!("/_mynah/clock?application={}", fork["id"].as_str().unwrap());
    assert_eq!(mynah.get(&path).await.ok()["next_due"], Value::Null);
}

#[tokio::test]
async fn each_of_several_sessions_hears_of_its_end_at_its_place() {
    let mynah = Mynah::start().await;
    freeze(&mynah).await;
    mynah.with_group("lobby", &["ada", "bo", "cy"]).await;
    let mut sockets = Vec::new();
    for (user, seconds) in [("ada", 10_000), ("bo", 40_500)] {
        let body = json!({ "expires_at": BEGIN + seconds });
        let token =
            mynah.post(&format!("/v3/users/{user}/token"), body).await.ok()["token"].as_str().unwrap().to_owned();
        let path = format!("/?p=JS&user_id={user}&expiring_session=1&access_token={token}");
        sockets.push((mynah.knock(&path, None).await, seconds));
    }
    let steps: Vec<_> = (0..12)
        .map(|number| json!({ "as": "cy", "do": "send", "channel": "lobby", "text": number.to_string(), "after": "5s" }))
        .collect();
    mynah.post("/_mynah/actors", json!(steps)).await.ok();
    advance(&mynah, "1h").await;
    for (mut socket, seconds) in sockets {
        let mut before = 0;
        loop {
            match socket.next().await.expect("a frame comes").0.as_str() {
                "MESG" => before += 1,
                "EXPR" => break,
                _ => {}
            }
        }
        // What is said at the very moment is told before the end.
        let expected = seconds / 5000;
        assert!((expected - 1..=expected).contains(&before), "{seconds}: after {before} messages");
    }
}

#[tokio::test]
async fn an_advance_leaves_the_clock_of_a_new_world_alone() {
    let mynah = Mynah::start().await;
    freeze(&mynah).await;
    mynah.with_group("lobby", &["ada"]).await;
    // Nobody answers there, so each step takes its time.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let hook =
        json!({ "url": format!("http://{}/", listener.local_addr().unwrap()), "retries": [], "timeout": "1h" });
    mynah.put("/_mynah/webhooks", hook).await.ok();
    let steps: Vec<_> = (0..20)
        .map(|number| json!({ "as": "ada", "do": "send", "channel": "lobby", "text": number.to_string(), "after": "1m" }))
        .collect();
    mynah.post("/_mynah/actors", json!(steps)).await.ok();
    let request = mynah.client().post(mynah.url("/_mynah/clock/advance")).json(&json!({ "by": "1h" }));
    let advancing = tokio::spawn(request.send());
    while mynah.get("/_mynah/clock").await.ok()["now"] == BEGIN {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    mynah.delete("/_mynah/applications/mynah").await.ok();
    let advanced = advancing.await.expect("it ends").expect("it answers");
    assert_eq!(advanced.status(), 409);
    let clock = mynah.get("/_mynah/clock").await.ok();
    assert_eq!((&clock["mode"], &clock["offset"]), (&json!("real"), &json!(0)), "{clock}");
}
