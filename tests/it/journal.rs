//! The journal: asked, waited for, exported; and the report of what a client sends in vain.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Mynah, answer};

/// The numbers of the entries that a query finds.
async fn numbers(mynah: &Mynah, query: &str) -> Vec<u64> {
    let list = mynah.get(&format!("/_mynah/journal?{query}")).await.ok();
    let entries = list["exchanges"].as_array().expect("a list").iter();
    entries.map(|entry| entry["number"].as_u64().expect("a number")).collect()
}

#[tokio::test]
async fn entries_are_found_by_what_they_are_about() {
    let mynah = Mynah::start().await;
    // 1 to 3: two users and a channel; 4 to 6: two messages and a refusal; 7: another dialect; 8: unknown.
    mynah.with_group("lobby", &["ada", "bo"]).await;
    mynah.say("lobby", "ada", "Hi").await;
    mynah.say("lobby", "bo", "Hello").await;
    mynah.send("nowhere", json!({ "user_id": "ada", "message": "Hi" })).await.refused(400_201);
    answer(mynah.returning("lobby", "bo", "Hey")).await.ok();
    mynah.get("/v3/dances").await.refused(400_404);
    for (query, expected) in [
        ("operation=sendAMessage", vec![4, 5, 6]),
        ("operation=send-message", vec![7]),
        ("user=bo", vec![2, 3, 5, 7]),
        ("user=ada&operation=sendAMessage", vec![4, 6]),
        ("channel=lobby", vec![3, 4, 5, 7]),
        ("status=400", vec![6, 8]),
        ("status=2xx&method=post", vec![1, 2, 3, 4, 5, 7]),
        ("path=/v3/*/lobby/messages", vec![4, 5]),
        ("path=/v3/**", vec![1, 2, 3, 4, 5, 6, 8]),
        ("kind=http&limit=2", vec![7, 8]),
        ("after=2&limit=2", vec![3, 4]),
        ("after=8", vec![]),
        ("kind=webhook", vec![]),
        ("since=2001-01-01T00:00:00Z&limit=1", vec![8]),
        ("since=9999-01-01T00:00:00Z", vec![]),
    ] {
        assert_eq!(numbers(&mynah, query).await, expected, "{query}");
    }
    for bad in ["limit=-1", "after=x", "status=7xx", "status=abc", "kind=letter", "since=yesterday", "limit=x"] {
        let refused = mynah.get(&format!("/_mynah/journal?{bad}")).await;
        let field = bad.split('=').next().unwrap();
        let said = refused.body["error"].as_str().unwrap_or_default();
        assert!(refused.status == 400 && said.starts_with(&format!("{field} is invalid: ")), "{bad}: {said}");
    }
    for (bad, why) in [
        ("operation=sendMessage", "operation: there is no operation \"sendMessage\"; near it are"),
        ("method=FETCH", "method: it is one of GET, HEAD, POST"),
    ] {
        let refused = mynah.get(&format!("/_mynah/journal?{bad}")).await;
        assert!(
            refused.status == 400 && refused.body["error"].as_str().unwrap().starts_with(why),
            "{}",
            refused.text
        );
    }
    let one = mynah.get("/_mynah/journal/5").await.ok();
    assert_eq!((&one["number"], &one["request_body"]["message"]), (&json!(5), &json!("Hello")));
    mynah.delete("/_mynah/journal/5").await.ok();
    for gone in ["5", "0", "99", "x", "-1"] {
        assert_eq!(mynah.get(&format!("/_mynah/journal/{gone}")).await.status, 404, "{gone}");
        assert_eq!(mynah.delete(&format!("/_mynah/journal/{gone}")).await.status, 404, "{gone}");
    }
    assert_eq!(numbers(&mynah, "operation=sendAMessage").await, [4, 6]);
    mynah.delete("/_mynah/journal").await.ok();
    assert_eq!(numbers(&mynah, "").await, Vec::<u64>::new());
    mynah.get("/v3/users").await.ok();
    assert_eq!(numbers(&mynah, "").await, [9], "numbers go on");
}

#[tokio::test]
async fn a_login_that_is_refused_is_noted_with_its_answer() {
    let mynah = Mynah::start().await;
    mynah.with_users(&["ada"]).await;
    let refused = mynah.knock("/?p=JS&user_id=ada&access_token=wrong", None).await;
    assert_eq!(refused.login["code"], 400_302);
    let list = mynah.get("/_mynah/journal?kind=socket").await.ok();
    let [noted, end] = &list["exchanges"].as_array().expect("a list")[..] else { panic!("{list}") };
    assert_eq!((&noted["kind"], &noted["user"]), (&json!("socket_out"), &json!("ada")));
    assert_eq!((&noted["code"], &noted["body"]["code"]), (&json!("LOGI"), &json!(400_302)));
    assert_eq!((&end["kind"], &end["code"], &end["user"]), (&json!("socket_out"), &json!("CLOSE"), &json!("ada")));
    assert_eq!(end["body"], json!({ "code": 1008, "reason": "login refused" }));
}

#[tokio::test]
async fn the_end_of_a_connection_is_noted_with_who_ended_it_and_how() {
    let mynah = Mynah::start().await;
    let ended = async |user: &str| {
        let path = format!("/_mynah/journal/wait?operation=CLOSE&user={user}");
        let found = mynah.get(&path).await.ok();
        let [end] = &found["exchanges"].as_array().expect("a list")[..] else { panic!("{found}") };
        assert!(end["connection"].as_u64().is_some_and(|connection| connection > 0), "{end}");
        (end["kind"].as_str().expect("a kind").to_owned(), end["body"].clone())
    };
    mynah.connect("ada").await.close().await;
    assert_eq!(ended("ada").await.0, "socket_in");
    drop(mynah.connect("bo").await);
    assert_eq!(ended("bo").await, ("socket_in".into(), Value::Null), "the client is just gone");
    let mut cy = mynah.connect("cy").await;
    cy.say_plainly("what is this").await;
    assert_eq!(ended("cy").await, ("socket_out".into(), json!({ "code": 1008, "reason": "not a frame" })));
    let _dee = mynah.connect("dee").await;
    let close = json!({ "user": "dee", "socket": { "close": { "code": 4000, "reason": "enough" } } });
    mynah.post("/_mynah/faults", close).await.ok();
    assert_eq!(ended("dee").await, ("socket_out".into(), json!({ "code": 4000, "reason": "enough" })));
    let _eve = mynah.connect("eve").await;
    mynah.post("/_mynah/faults", json!({ "user": "eve", "socket": { "drop": {} } })).await.ok();
    assert_eq!(ended("eve").await, ("socket_out".into(), Value::Null));
    let mut fay = mynah.connect("fay").await;
    mynah.post("/_mynah/reset", json!({})).await.ok();
    assert!(fay.closed().await.is_some());
    let left = mynah.get("/_mynah/journal/wait?operation=CLOSE&timeout=20ms").await;
    assert_eq!(left.status, 504, "what a reset closes is no business of the new world: {}", left.text);
}

#[tokio::test]
async fn frames_of_sockets_are_noted_in_both_directions_without_secrets() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    let mut ada = mynah.connect("ada").await;
    let mut bo = mynah.connect("bo").await;
    ada.does("MESG", json!({ "channel_url": "lobby", "message": "Hi" })).await;
    bo.hear("MESG").await;
    let list = mynah.get("/_mynah/journal?kind=socket&operation=MESG&channel=lobby").await.ok();
    let told: Vec<_> = list["exchanges"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| {
            (
                entry["kind"].as_str().unwrap(),
                entry["user"].as_str().unwrap(),
                entry["connection"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(told.len(), 3, "{list}");
    assert_eq!(told[0], ("socket_in", "ada", 1));
    assert!(told.contains(&("socket_out", "ada", 1)) && told.contains(&("socket_out", "bo", 2)), "{told:?}");
    assert!(list["exchanges"].as_array().unwrap().iter().all(|entry| entry["body"]["message"] == "Hi"));
    let logins = mynah.get("/_mynah/journal?operation=LOGI").await.ok();
    assert_eq!(logins["exchanges"].as_array().unwrap().len(), 2);
    assert_eq!(logins["exchanges"][0]["body"]["key"], "(redacted)");
    let all = mynah.get("/_mynah/journal?limit=10000").await.text;
    for secret in [&ada.login["key"], &ada.login["ekey"], &bo.login["key"]] {
        let secret = secret.as_str().expect("a login has keys");
        assert!(!secret.is_empty() && !all.contains(secret), "{all}");
    }
    mynah.knock("/?p=JS&user_id=ada&access_token=hidden-1", Some("%7B%22token%22%3A%22hidden-2%22%7D")).await;
    let all = mynah.get("/_mynah/journal?limit=10000").await.text;
    assert!(!all.contains("hidden-"), "{all}");

    mynah.post("/_mynah/reset", json!({ "sockets": "keep" })).await.ok();
    ada.say("PING", json!({ "id": 5 })).await;
    ada.hear("PONG").await;
    let found = mynah.get("/_mynah/journal?kind=socket&operation=PONG").await.ok();
    assert_eq!(found["exchanges"][0]["body"]["id"], 5, "a connection that stays notes in the journal that is read");
}

#[tokio::test(flavor = "multi_thread")]
async fn waiting_wakes_as_soon_as_enough_is_there() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    let path = "/_mynah/journal/wait?operation=sendAMessage&count=2&timeout=10s";
    let waiting = mynah.sendbird(Method::GET, path);
    let waiting = tokio::spawn(async move { (answer(waiting).await, Instant::now()) });
    tokio::time::sleep(Duration::from_millis(20)).await;
    mynah.say("lobby", "ada", "one").await;
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert!(!waiting.is_finished(), "one is not two");
    mynah.say("lobby", "ada", "two").await;
    let sent = Instant::now();
    let (found, woken) = waiting.await.expect("it ends");
    let texts: Vec<_> = found.ok()["exchanges"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["request_body"]["message"].clone())
        .collect();
    assert_eq!(texts, ["one", "two"]);
    let late = woken.saturating_duration_since(sent);
    assert!(late < Duration::from_millis(500), "{late:?}, and it is a busy machine at that");

    let begin = Instant::now();
    let there = mynah.get("/_mynah/journal/wait?operation=sendAMessage").await.ok();
    assert_eq!(there["exchanges"].as_array().unwrap().len(), 2, "what is there already counts");
    let last = there["exchanges"][1]["number"].as_u64().unwrap();
    let none = mynah.get(&format!("/_mynah/journal/wait?operation=sendAMessage&after={last}&timeout=40ms")).await;
    assert_eq!((none.status, &none.body["error"]), (504, &json!("0 of 1 came within 40 ms")));
    assert!(none.body.get("near").is_none(), "{}", none.text);
    let none = mynah.get("/_mynah/journal/wait?operation=sendAMessage&status=500&user=bo&timeout=1ms").await;
    assert!(none.body.get("near").is_none(), "two conditions are too many: {}", none.text);
    let none = mynah.get("/_mynah/journal/wait?operation=sendAMessage&status=500&user=ada&timeout=1ms").await;
    let near = none.body["near"].as_array().expect("there is something near");
    assert_eq!((near.len(), &near[0]["but_for"]), (1, &json!("status")), "{}", none.text);
    assert_eq!(near[0]["exchange"]["request_body"]["message"], "two", "the latest");
    assert!(begin.elapsed() >= Duration::from_millis(40));
    for bad in ["count=0", "count=x", "timeout=-1s", "timeout=1h", "timeout=soon"] {
        let refused = mynah.get(&format!("/_mynah/journal/wait?{bad}")).await;
        assert_eq!(refused.status, 400, "{bad} {}", refused.text);
    }
}

#[tokio::test]
async fn what_is_exported_is_an_http_archive() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    let _socket = mynah.connect("ada").await;
    mynah.get("/v3/users?limit=5&api_token=hidden").await.ok();
    let archive = mynah.get("/_mynah/journal.har").await;
    assert!(!archive.text.contains("hidden"), "{}", archive.text);
    mynah.get("/apps/other/v3/users?limit=5").await.ok();
    let other = mynah.get("/_mynah/journal.har?application=other").await.ok()["log"]["entries"][0].clone();
    assert_eq!(other["request"]["url"], mynah.url("/apps/other/v3/users?limit=5"));
    assert!(other["request"].get("postData").is_none(), "{other}");
    let log = archive.ok()["log"].clone();
    assert_eq!((&log["version"], &log["creator"]["name"]), (&json!("1.2"), &json!("Mynah")));
    let entries = log["entries"].as_array().expect("a list");
    assert!(entries.len() >= 4);
    // What the specification wants of each.
    for entry in entries {
        let is = |path: &str, kind: fn(&Value) -> bool| {
            let value = entry.pointer(path).unwrap_or_else(|| panic!("{path} is missing in {entry}"));
            assert!(kind(value), "{path} is {value}");
        };
        is("/startedDateTime", |value| value.as_str().unwrap().parse::<jiff::Timestamp>().is_ok());
        is("/time", |value| value.as_f64().unwrap() >= 0.0);
        is("/request/method", Value::is_string);
        is("/request/url", |value| reqwest::Url::parse(value.as_str().unwrap()).is_ok());
        for text in [
            "/request/httpVersion",
            "/response/httpVersion",
            "/response/statusText",
            "/response/redirectURL",
            "/response/content/mimeType",
        ] {
            is(text, Value::is_string);
        }
        for list in [
            "/request/cookies",
            "/request/headers",
            "/request/queryString",
            "/response/cookies",
            "/response/headers",
        ] {
            is(list, Value::is_array);
        }
        for number in [
            "/request/headersSize",
            "/request/bodySize",
            "/response/headersSize",
            "/response/bodySize",
            "/response/status",
            "/response/content/size",
        ] {
            is(number, Value::is_i64);
        }
        for time in ["/timings/send", "/timings/wait", "/timings/receive"] {
            is(time, |value| value.as_f64().unwrap() >= 0.0);
        }
        is("/cache", Value::is_object);
    }
    let list = entries.iter().find(|entry| entry["_mynah"]["operation"] == "listUsers").expect("the list is there");
    assert_eq!(list["request"]["queryString"][0], json!({ "name": "limit", "value": "5" }));
    let create = &entries[0]["request"]["postData"];
    assert_eq!(create["mimeType"], "application/json");
    assert_eq!(serde_json::from_str::<Value>(create["text"].as_str().unwrap()).unwrap()["user_id"], "ada");
    let one = mynah.get("/_mynah/journal.har?operation=createAUser&limit=1").await.ok();
    assert_eq!(one["log"]["entries"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn the_report_tells_what_is_sent_in_vain() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    for _ in 0..2 {
        mynah
            .send("lobby", json!({ "user_id": "ada", "message": "Hi", "custom_typ": "x", "colour": 5 }))
            .await
            .ok();
    }
    mynah.get("/v3/users?limit=5&page=3").await.ok();
    mynah.post("/v3/group_channels/lobby/freeze", json!({})).await;
    mynah.get("/v3/group_channel/lobby").await.refused(400_404);
    mynah.get("/v3/group_channel/lobby").await.refused(400_404);
    mynah.post("/v3/users/ada", json!({})).await.refused(400_404);
    mynah.get("/v3/bots").await.refused(400_930);
    let mut message = json!({ "channelId": "lobby", "sender": "ada", "message": "Hi", "mood": "good" });
    let post = |body: &Value| {
        mynah.client().post(mynah.url("/apis/v1/messages")).header("Authorization", "Bearer any").json(body)
    };
    answer(post(&message)).await.ok();
    message.as_object_mut().unwrap().remove("mood");
    answer(post(&message)).await.ok();

    let report = mynah.get("/_mynah/report").await.ok();
    let ignored = report["ignored"].as_array().expect("a list");
    let found: Vec<_> = ignored
        .iter()
        .map(|one| {
            (
                one["operation"].as_str().unwrap(),
                one["in"].as_str().unwrap(),
                one["field"].as_str().unwrap(),
                one["count"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            ("listUsers", "query", "page", 1),
            ("send-message", "body", "mood", 1),
            ("sendAMessage", "body", "colour", 2),
            ("sendAMessage", "body", "custom_typ", 2),
        ],
        "{report}"
    );
    assert_eq!((&ignored[3]["near"], &ignored[2]["near"]), (&json!("custom_type"), &Value::Null));
    let unknown = &report["unknown_routes"];
    assert_eq!((&unknown[0]["path"], &unknown[0]["count"]), (&json!("/v3/group_channel/lobby"), &json!(2)));
    assert!(unknown[0]["hint"].as_str().unwrap().contains("/v3/group_channels"), "{unknown}");
    let methods: Vec<_> = unknown.as_array().unwrap().iter().filter(|route| route["method"] == "POST").collect();
    assert!(
        methods.iter().any(|route| route["hint"].as_str().unwrap().starts_with("that path takes ")),
        "{unknown}"
    );
    assert_eq!(report["not_served"], json!([{ "operation": "listBots", "count": 1 }]));
    let sends = report["exercised"].as_array().unwrap().iter().find(|one| one["operation"] == "sendAMessage");
    assert_eq!(sends.unwrap()["count"], 2);
    let idle = report["not_exercised"].as_array().unwrap();
    assert!(idle.contains(&json!("deleteAMessage")) && !idle.contains(&json!("sendAMessage")), "{idle:?}");
    assert!(!idle.contains(&json!("listBots")), "what is not served cannot be used");
}

/// Our own requests, and those of every operation that is served, are made of fields that are read.
#[tokio::test]
async fn the_fields_of_a_full_application_are_all_read() {
    let mynah = Mynah::start().await;
    let (_, _socket) = mynah.fill("full").await;
    let report = mynah.get("/apps/full/_mynah/report").await.ok();
    assert_eq!(report["ignored"], json!([]), "{}", report["ignored"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn thousands_of_entries_leave_no_more_than_the_bound() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    let mut ada = mynah.connect("ada").await;
    let mut clients = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let (client, url) = (mynah.client().clone(), mynah.url("/v3/users/nobody"));
        clients.spawn(async move {
            for _ in 0..300 {
                answer(client.get(&url).header("Api-Token", "any")).await.refused(400_201);
            }
        });
    }
    clients.join_all().await;
    for id in 0..1500 {
        ada.say("PING", json!({ "id": id })).await;
        ada.hear("PONG").await;
    }
    let list = mynah.get("/_mynah/journal?limit=1000000").await.ok();
    let entries = list["exchanges"].as_array().unwrap();
    let last = entries.last().unwrap()["number"].as_u64().unwrap();
    let count =
        |kind: &str| entries.iter().filter(|entry| entry["kind"].as_str().unwrap().starts_with(kind)).count();
    assert_eq!((count("http"), count("socket")), (1000, 1000));
    assert_eq!(last, 2000 + list["dropped"].as_u64().unwrap());
    assert!(last >= 4800 + 3000, "{last}");
}

#[tokio::test(flavor = "multi_thread")]
async fn tries_to_call_a_webhook_are_noted_too() {
    let mynah = Mynah::start().await;
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let webhook = json!({ "url": format!("http://{nobody}/hook"), "retries": [] });
    mynah.put("/_mynah/webhooks", webhook).await.ok();
    mynah.with_group("lobby", &["ada"]).await;
    mynah.say("lobby", "ada", "Hi").await;
    let found = mynah.get("/_mynah/journal/wait?kind=webhook&timeout=10s").await.ok();
    let tried = &found["exchanges"][0];
    assert_eq!(
        (&tried["kind"], &tried["method"], &tried["status"]),
        (&json!("webhook"), &json!("POST"), &json!(0))
    );
    assert!(tried["path"].as_str().unwrap().ends_with("/hook") && tried["error"].is_string(), "{tried}");
    assert!(tried["request_headers"]["x-sendbird-signature"].is_string(), "{tried}");
    assert!(tried["request_body"]["category"].is_string(), "{tried}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_is_told_at_once_when_the_application_becomes_another() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    mynah.post("/_mynah/snapshots", json!({ "name": "start" })).await.ok();
    for (method, path, body) in [
        (Method::POST, "/_mynah/reset", json!({})),
        (Method::POST, "/_mynah/snapshots/start/load", json!({})),
        (Method::DELETE, "/_mynah/applications/mynah", Value::Null),
    ] {
        let begin = Instant::now();
        let wait = mynah.get("/_mynah/journal/wait?operation=listUsers&timeout=1m");
        let replace = async {
            tokio::time::sleep(Duration::from_millis(30)).await;
            let request = mynah.sendbird(method, path);
            answer(if body.is_null() { request } else { request.json(&body) }).await.ok();
        };
        let (ended, ()) = tokio::join!(wait, replace);
        assert_eq!(ended.status, 409, "{}", ended.text);
        assert!(ended.body["error"].as_str().unwrap().contains("reset, replaced or deleted"), "{}", ended.text);
        assert!(begin.elapsed() < Duration::from_secs(20), "{path}: {:?}", begin.elapsed());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_forgotten_while_somebody_waits_does_not_count() {
    let mynah = Mynah::start().await;
    mynah.with_users(&["ada"]).await;
    let wait = mynah.get("/_mynah/journal/wait?operation=listUsers&count=2&timeout=1m");
    let ask = async {
        mynah.get("/v3/users").await.ok();
        tokio::time::sleep(Duration::from_millis(30)).await;
        mynah.delete("/_mynah/journal").await.ok();
        for _ in 0..2 {
            mynah.get("/v3/users").await.ok();
        }
    };
    let (found, ()) = tokio::join!(wait, ask);
    let found = found.ok();
    let numbers: Vec<_> = found["exchanges"].as_array().unwrap().iter().map(|one| &one["number"]).collect();
    assert_eq!(numbers, [3, 4], "{found}");
}

#[tokio::test]
async fn entries_have_the_moment_of_both_clocks_and_since_goes_by_the_application_s() {
    let mynah = Mynah::start().await;
    mynah.put("/_mynah/webhooks", json!({})).await.ok();
    mynah.with_group("lobby", &["ada", "bo"]).await;
    let day = 1_767_225_600_000_i64;
    mynah.put("/_mynah/clock", json!({ "mode": "frozen", "at": "2026-01-01" })).await.ok();
    let mut ada = mynah.connect("ada").await;
    mynah.say("lobby", "bo", "Hi").await;
    ada.hear("MESG").await;
    mynah.post("/_mynah/clock/advance", json!({ "by": "1d" })).await.ok();
    mynah.say("lobby", "bo", "Later").await;
    let later = ada.hear("MESG").await;
    assert_eq!(later["message"], "Later");
    let entries = async |query: &str| {
        mynah.get(&format!("/_mynah/journal?limit=1000&{query}")).await.ok()["exchanges"]
            .as_array()
            .unwrap()
            .clone()
    };
    for (query, moments) in
        [("operation=sendAMessage", [day, day + 86_400_000]), ("operation=MESG", [day, day + 86_400_000])]
    {
        let found = entries(query).await;
        let at: Vec<_> = found.iter().map(|entry| entry["at"].as_i64().unwrap()).collect();
        assert_eq!(at, moments, "{query}");
        let machine: Vec<_> = found.iter().map(|entry| entry["machine_at"].as_i64().unwrap()).collect();
        assert!(machine.is_sorted() && machine[1] - machine[0] < 3_600_000 && machine[0] != day, "{machine:?}");
    }
    assert_eq!(entries("operation=sendAMessage&since=2026-01-02").await.len(), 1);
    assert_eq!(entries("operation=sendAMessage&since=2026-01-03").await.len(), 0);
    let sent = &entries("operation=sendAMessage").await[0];
    let archive = mynah.get("/_mynah/journal.har?operation=sendAMessage").await.ok();
    let started =
        archive["log"]["entries"][0]["startedDateTime"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    assert_eq!(started.as_millisecond(), sent["machine_at"].as_i64().unwrap());
    mynah.put("/_mynah/clock", json!({ "mode": "real" })).await.ok();
    mynah.get("/v3/users").await.ok();
    let now = &entries("operation=listUsers").await[0];
    assert_eq!(now["at"], now["machine_at"]);
}

#[tokio::test]
async fn a_request_whose_client_gives_up_is_noted_with_what_held_it() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    for (phase, stored) in [("after", 1), ("before", 1)] {
        let fault = json!({ "operation": "sendAMessage", "phase": phase, "stall": true, "times": 1 });
        let id = mynah.post("/_mynah/faults", fault).await.ok()["id"].clone();
        let send = mynah.sendbird(Method::POST, "/v3/group_channels/lobby/messages");
        let send = send.json(&json!({ "message_type": "MESG", "user_id": "ada", "message": phase }));
        assert!(send.timeout(Duration::from_millis(40)).send().await.is_err());
        let path = "/_mynah/journal/wait?operation=sendAMessage&status=0";
        let found = mynah.get(path).await.ok();
        let noted = &found["exchanges"][0];
        assert_eq!((&noted["fault"], &noted["request_body"]["message"]), (&id, &json!(phase)), "{noted}");
        assert_eq!(noted["error"], "the client did not wait for the answer");
        let count = mynah.get("/v3/group_channels/lobby/messages/total_count").await.ok();
        assert_eq!(count["total"], stored, "{phase}");
        mynah.delete("/_mynah/journal").await.ok();
    }
}

#[tokio::test]
async fn an_answer_that_a_fault_keeps_back_is_noted_as_it_went_out() {
    let mynah = Mynah::start().await;
    for phase in ["before", "after"] {
        let fault = json!({ "operation": "listUsers", "phase": phase, "reset": true, "times": 1 });
        mynah.post("/_mynah/faults", fault).await.ok();
        assert!(mynah.sendbird(Method::GET, "/v3/users").send().await.is_err());
        let noted = mynah.get("/_mynah/journal?status=0").await.ok();
        let noted = noted["exchanges"].as_array().unwrap().last().unwrap().clone();
        assert_eq!((&noted["response_body"], &noted["error"]), (&Value::Null, &json!("the connection was reset")));
    }
    mynah.post("/_mynah/faults", json!({ "operation": "listUsers", "truncate": 5 })).await.ok();
    let cut = mynah.sendbird(Method::GET, "/v3/users").send().await.expect("an answer begins");
    assert!(cut.bytes().await.is_err());
    let noted = mynah.get("/_mynah/journal?status=200").await.ok();
    let noted = &noted["exchanges"][0];
    assert_eq!((&noted["response_body"], &noted["error"]), (&json!("{\"use"), &json!("the answer broke off")));
}

#[tokio::test]
async fn what_is_no_secret_is_shown_and_what_is_left_out_is_said() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    let id = mynah.say("lobby", "ada", "Hi").await;
    let reactions = format!("/v3/group_channels/lobby/messages/{id}/reactions");
    mynah.post(&reactions, json!({ "user_id": "ada", "reaction": "sendbird_emoji_thumbsup" })).await.ok();
    mynah.get(&format!("/v3/group_channels/lobby/messages/{id}?include_reactions=true")).await.ok();
    let view = mynah.get("/_mynah/journal?operation=viewAMessage").await.ok();
    assert_eq!(view["exchanges"][0]["response_body"]["reactions"][0]["key"], "sendbird_emoji_thumbsup");
    assert!(view["exchanges"][0].get("left_out").is_none());
    let long = json!({ "user_id": "ada", "message": "Hi", "data": "x".repeat(70_000) });
    mynah.send("lobby", long).await.ok();
    let sent = mynah.get("/_mynah/journal?operation=sendAMessage").await.ok();
    let noted = sent["exchanges"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((&noted["request_body"], &noted["left_out"]), (&Value::Null, &json!("request_body")));
    let request = mynah.client().get(mynah.url("/v3/users?Api-Token=hidden-1"));
    let request = request.header("Proxy-Authorization", "hidden-2").header("X-Auth-Token", "hidden-3");
    answer(request.header("Api-Token", "hidden-4")).await.ok();
    let all = mynah.get("/_mynah/journal?limit=10000").await.text;
    assert!(!all.contains("hidden-"), "{all}");
}

#[tokio::test]
async fn the_report_knows_what_was_said_on_sockets_and_what_it_could_not_see() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    let mut ada = mynah.connect("ada").await;
    ada.does("MESG", json!({ "channel_url": "lobby", "message": "Hi" })).await;
    ada.say("PING", json!({ "id": 1 })).await;
    ada.ask("XYZW", json!({})).await;
    let form = reqwest::multipart::Form::new().text("user_id", "bo").text("nickname", "Bo").text("foo", "1");
    answer(mynah.sendbird(Method::POST, "/v3/users").multipart(form)).await.ok();
    let refused = mynah.sendbird(Method::GET, "/v3/users").header("X-Mynah-Fault", "nope");
    assert_eq!(answer(refused).await.status, 400);
    let report = mynah.get("/_mynah/report").await.ok();
    let exercised = report["exercised"].as_array().unwrap();
    let sends = exercised.iter().find(|used| used["operation"] == "sendAMessage").expect("it was used");
    assert_eq!(sends["count"], 1, "{report}");
    assert!(report["not_compared"].as_array().unwrap().contains(&json!("createAUser")), "{report}");
    let unknown = report["unknown_routes"].as_array().unwrap();
    assert_eq!(unknown.len(), 1, "{report}");
    assert_eq!((&unknown[0]["method"], &unknown[0]["path"]), (&json!("SOCKET"), &json!("XYZW")));
}

#[tokio::test]
async fn a_body_in_pieces_is_noted_like_another() {
    let mynah = Mynah::start().await;
    let pieces = ["{\"user_id\":", "\"ada\",\"nickname\":\"Ada\",", "\"foo\":1}"];
    let pieces = pieces.map(|piece| Ok::<_, std::io::Error>(hyper::body::Frame::data(bytes::Bytes::from(piece))));
    let body = reqwest::Body::wrap(http_body_util::StreamBody::new(futures_util::stream::iter(pieces)));
    answer(mynah.sendbird(Method::POST, "/v3/users").header("Content-Type", "application/json").body(body))
        .await
        .ok();
    let noted = mynah.get("/_mynah/journal?user=ada").await.ok()["exchanges"][0].clone();
    assert_eq!((&noted["request_body"]["nickname"], noted.get("left_out")), (&json!("Ada"), None), "{noted}");
    let report = mynah.get("/_mynah/report").await.ok();
    assert_eq!(report["ignored"][0]["field"], "foo", "{report}");
}

#[tokio::test]
async fn what_a_fault_does_to_a_connection_is_noted_with_it() {
    let mynah = Mynah::start().await;
    let key = mynah.connect("ada").await.key();
    mynah.delete("/_mynah/journal").await.ok();
    let faults = json!([
        { "id": "no", "socket": "refuse-503", "times": 1 },
        { "id": "out", "user": "ada", "socket": "refuse-login", "times": 1 },
        { "id": "drop", "user": "bo", "socket": "drop-after-login", "times": 1 }
    ]);
    mynah.post("/_mynah/faults", faults).await.ok();
    let upgrade = mynah.client().get(mynah.url("/?p=JS&user_id=cy"));
    let upgrade = upgrade.header("Connection", "Upgrade").header("Upgrade", "websocket");
    let upgrade =
        upgrade.header("Sec-WebSocket-Version", "13").header("Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA==");
    assert_eq!(answer(upgrade).await.status, 503);
    mynah.knock("/?p=JS", Some(&format!("%7B%22auth%22%3A%22{key}%22%7D"))).await;
    mynah.knock("/?p=JS&user_id=bo", None).await;
    for (query, count) in [("status=503", 1), ("operation=CLOSE&user=ada", 1), ("operation=CLOSE&user=bo", 1)] {
        let found = mynah.get(&format!("/_mynah/journal/wait?{query}")).await.ok();
        let found = found["exchanges"].as_array().unwrap().clone();
        assert_eq!(found.len(), count, "{query}");
        assert!(
            ["no", "out", "drop"].contains(&found[0]["fault"].as_str().unwrap_or_default()),
            "{query} {}",
            found[0]
        );
    }
}
