//! Reset: everything, at one moment.

use mynah::{
    engine::Unavailable,
    model::{application::Plan, ids::ApplicationId},
    server::config::Config,
    state::Application,
};
use serde_json::{Value, json};

use crate::support::{Mynah, answer, socket::Socket};

fn id(application: &str) -> ApplicationId {
    ApplicationId::new(application).unwrap()
}

async fn look<T>(mynah: &Mynah, application: &str, question: impl FnOnce(&Application) -> T) -> T {
    let question = |app: &Application| Ok::<_, Unavailable>(question(app));
    mynah.server().engine().read(&id(application), question).await.unwrap()
}

async fn limit(mynah: &Mynah, application: &str) {
    let engine = mynah.server().engine();
    let plan = |app: &mut Application| app.change_settings(|settings| settings.rate_limit = Some(Plan::Mau100k));
    engine.create(&id(application), plan).await.unwrap();
}

/// Names of what an application has in memory beside its state, without their paths.
async fn belongings(mynah: &Mynah, application: &str) -> Vec<&'static str> {
    let kinds = look(mynah, application, |app| app.belongings().kinds()).await;
    let mut names: Vec<_> = kinds.iter().map(|kind| kind.rsplit("::").next().unwrap()).collect();
    names.sort_unstable();
    names
}

#[tokio::test]
async fn whatever_there_is_a_reset_leaves_what_a_fresh_application_has() {
    let folder = tempfile::tempdir().unwrap();
    let mynah = Mynah::start_on(folder.path()).await;
    limit(&mynah, "one").await;
    let (_, mut socket) = mynah.fill("one").await;
    mynah.put("/apps/one/v3/applications/settings/reactions", json!({ "enabled": false })).await;
    for (table, rows) in look(&mynah, "one", Application::counts).await {
        assert!(rows > 0, "fill() puts nothing into {table}: what a reset does to it is not tested");
    }
    for kind in ["Faults", "History", "Journal", "Limits", "Overviews"] {
        assert!(belongings(&mynah, "one").await.contains(&kind), "fill() does not use {kind}");
    }
    assert!(look(&mynah, "one", |app| app.presence.is_connected(&"ada".into())).await);

    mynah.post("/_mynah/reset", json!({ "application": "one" })).await.ok();
    socket.closed().await;
    let (reset, fresh) = look(&mynah, "one", |app| {
        let mut fresh = Application::new(app.id.clone());
        fresh.set_time(app.head().created_at);
        fresh.change_settings(|settings| *settings = app.settings().clone());
        fresh.drain();
        fresh.set_time(app.now());
        (format!("{app:#?}"), format!("{fresh:#?}"))
    })
    .await;
    assert_eq!(reset, fresh);
    assert!(mynah.server().engine().recent(&id("one")).await.is_empty());
    for (path, list) in [("journal", "exchanges"), ("faults", "faults"), ("limits", "limits"), ("actors", "steps")]
    {
        let kept = mynah.get(&format!("/apps/one/_mynah/{path}")).await.ok();
        assert_eq!(kept[list], json!([]), "{path}");
    }

    // The disk has it so, too.
    mynah.stop().await;
    let mynah = Mynah::start_on(folder.path()).await;
    let counts = look(&mynah, "one", Application::counts).await;
    assert!(counts.iter().all(|(_, rows)| *rows == 0), "{counts:?}");
    let plan = look(&mynah, "one", |app| app.settings().rate_limit).await;
    assert_eq!(plan, Some(Plan::Mau100k));
    mynah.stop().await;
}

#[tokio::test]
async fn events_are_numbered_anew_and_none_of_before_is_told() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    mynah.say("lobby", "ada", "Before").await;
    mynah.post("/_mynah/reset", json!({})).await.ok();
    mynah.with_group("lobby", &["ada", "bo"]).await;
    let mut bo = mynah.connect("bo").await;
    mynah.say("lobby", "ada", "After").await;
    let heard: Vec<_> = bo.heard().await.into_iter().filter(|(code, _)| code == "MESG").collect();
    assert_eq!(heard.len(), 1, "{heard:?}");
    assert_eq!(heard[0].1["message"], "After");
    let recent = mynah.server().engine().recent(&id("mynah")).await;
    let numbers: Vec<_> = recent.iter().map(|occurrence| occurrence.number).collect();
    assert_eq!(numbers, (1..=recent.len() as u64).collect::<Vec<_>>());
    bo.close().await;
}

#[tokio::test]
async fn sockets_that_are_kept_hear_what_happens_next_and_others_are_closed() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    let mut kept = mynah.connect("ada").await;
    mynah.post("/_mynah/reset", json!({ "sockets": "keep" })).await.ok();
    mynah.with_group("lobby", &["ada", "bo"]).await;
    mynah.say("lobby", "bo", "Still there?").await;
    assert_eq!(kept.hear("MESG").await["message"], "Still there?");
    assert_eq!(mynah.get("/v3/users/ada").await.ok()["is_online"], true);

    let refused = mynah.post("/_mynah/reset", json!({ "sockets": "maybe" })).await;
    assert_eq!((refused.status, &refused.body["error"]), (400, &json!("sockets is invalid: it is close or keep")));
    let mut other: Socket = mynah.connect("cy").await;
    mynah.post("/_mynah/reset", json!({ "sockets": "close" })).await.ok();
    kept.closed().await;
    other.closed().await;
    mynah.with_users(&["ada"]).await;
    assert_eq!(mynah.get("/v3/users/ada").await.ok()["is_online"], false);
}

#[tokio::test]
async fn limits_begin_anew_with_the_application() {
    let mynah = Mynah::start().await;
    limit(&mynah, "one").await;
    let send = async || {
        mynah.post("/apps/one/v3/users", json!({ "user_id": "ada", "nickname": "", "profile_url": "" })).await;
        mynah.post("/apps/one/v3/open_channels", json!({ "channel_url": "square" })).await;
        let body = json!({ "message_type": "MESG", "user_id": "ada", "message": "Hi" });
        mynah.post("/apps/one/v3/open_channels/square/messages", body).await
    };
    send().await.ok();
    let body = json!({ "message_type": "MESG", "user_id": "ada", "message": "Hi" });
    let many = (0..30).map(|_| mynah.post("/apps/one/v3/open_channels/square/messages", body.clone()));
    let many = futures_util::future::join_all(many).await;
    assert!(many.iter().any(|answer| answer.status == 429));
    mynah.post("/apps/one/_mynah/reset", json!({})).await.ok();
    let first = send().await;
    assert_eq!(first.headers["x-ratelimit-remaining"], "9", "{}", first.text);
}

/// What clients were answered and what is in the application are of the same time, however the requests and the
/// reset fall: every message that is there is in the journal, and no other.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn under_traffic_journal_and_state_are_of_one_time() {
    let mynah = Mynah::start().await;
    for round in 0..10 {
        let worker = async |number: usize| {
            for turn in 0..30 {
                let user = json!({ "user_id": format!("w{number}-{turn}"), "nickname": "", "profile_url": "" });
                mynah.post("/v3/users", user).await.ok();
                if turn == 3 * number {
                    mynah.post("/_mynah/reset", json!({ "application": "mynah" })).await.ok();
                }
            }
        };
        futures_util::future::join_all((0..6).map(worker)).await;
        let journal = mynah.get("/_mynah/journal?limit=1000").await.ok();
        let told = journal["exchanges"].as_array().unwrap().iter();
        let mut told: Vec<_> = told.map(|exchange| exchange["request_body"]["user_id"].clone()).collect();
        let numbers = journal["exchanges"].as_array().unwrap().iter().map(|exchange| &exchange["number"]);
        assert_eq!(numbers.cloned().collect::<Vec<_>>(), (1..=told.len()).map(Value::from).collect::<Vec<_>>());
        let mut there: Vec<_> =
            look(&mynah, "mynah", |app| app.users.iter().map(|user| json!(user.id.as_str())).collect()).await;
        let order = |one: &Value| one.as_str().unwrap().to_owned();
        told.sort_by_key(order);
        there.sort_by_key(order);
        assert!(!there.is_empty() && there.len() < 180, "round {round}: {} are left", there.len());
        assert_eq!(told, there, "round {round}");
    }
}

#[tokio::test]
async fn a_socket_that_is_kept_speaks_again_once_its_client_has_logged_in_anew() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    let mut ada = mynah.connect("ada").await;
    mynah.post("/_mynah/reset", json!({ "sockets": "keep" })).await.ok();
    ada.is_refused("MESG", json!({ "channel_url": "lobby", "message": "Hi" }), 400_309).await;
    ada.does("LOGI", json!({})).await;
    mynah.post("/v3/users", json!({ "user_id": "bo", "nickname": "Bo" })).await.ok();
    mynah.post("/v3/group_channels", json!({ "channel_url": "lobby", "user_ids": ["ada", "bo"] })).await.ok();
    ada.does("MESG", json!({ "channel_url": "lobby", "message": "Hi" })).await;
    // Without a reset in between, nobody comes back who was removed.
    mynah.delete("/v3/users/ada").await.ok();
    let (code, refused) = ada.ask("LOGI", json!({})).await;
    assert_eq!(code, "EROR", "{refused}");
    assert_eq!(mynah.get("/v3/users/ada").await.status, 400);
}

#[tokio::test]
async fn the_default_application_is_always_there_with_the_tokens_of_the_command_line() {
    let mynah = Mynah::start_with(Config { tokens: vec!["tk".into()], ..Config::default() }).await;
    let with = |token: &str| answer(mynah.client().get(mynah.url("/v3/users")).header("Api-Token", token));
    mynah.get("/_mynah/applications/mynah").await.ok();
    mynah.delete("/_mynah/applications/mynah").await.ok();
    with("bad").await.refused(400_401);
    with("tk").await.ok();
    let list = answer(mynah.client().get(mynah.url("/_mynah/applications"))).await.ok();
    assert_eq!(list["applications"][0]["id"], "mynah");
    let plain = Mynah::start().await;
    let list = plain.get("/_mynah/applications").await.ok();
    assert_eq!(
        list["applications"],
        json!([{ "id": "mynah", "ephemeral": true }]),
        "before anybody has written to it"
    );
}

/// Something of an application that tells whether it is still kept.
#[derive(Default)]
struct Canary;

#[tokio::test]
async fn nothing_is_left_of_a_world_that_was_replaced() {
    let mynah = Mynah::start().await;
    for end in ["reset", "load", "delete"] {
        mynah.post("/apps/w/v3/open_channels", json!({ "channel_url": "square" })).await.ok();
        mynah.post("/_mynah/snapshots", json!({ "name": "w", "application": "w" })).await.ok();
        let canary = {
            let belongings = mynah.server().engine().belongings(&id("w")).await.expect("it is there");
            std::sync::Arc::downgrade(&belongings.of::<Canary>())
        };
        assert!(canary.upgrade().is_some());
        match end {
            "reset" => mynah.post("/_mynah/reset", json!({ "application": "w" })).await.ok(),
            "load" => mynah.post("/_mynah/reset", json!({ "to": "w" })).await.ok(),
            _ => mynah.delete("/_mynah/applications/w").await.ok(),
        };
        for _ in 0..100 {
            if canary.upgrade().is_none() {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        assert!(canary.upgrade().is_none(), "{end} keeps what was there");
        mynah.delete("/_mynah/applications/w").await;
    }
}

#[tokio::test]
async fn a_key_of_the_old_world_is_nobody_s_in_the_new_one() {
    let mynah = Mynah::start().await;
    mynah.with_users(&["ada", "bo"]).await;
    let old = mynah.connect("ada").await.key();
    mynah.post("/_mynah/reset", json!({})).await.ok();
    mynah.with_users(&["ada", "bo"]).await;
    assert_ne!(mynah.connect("bo").await.key(), old);
    let request = mynah.client().get(mynah.url("/v3/users/bo")).header("Session-Key", old);
    assert_eq!(answer(request).await.status, 400);
}
