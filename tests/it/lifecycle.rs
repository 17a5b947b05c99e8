//! The life of a server: flags, start and stop, health, reset, journal, seed, files.

use std::{
    collections::BTreeSet,
    fs,
    io::{Read, Write},
    net::TcpListener,
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use mynah::server::config::Config;
use reqwest::{
    Method,
    multipart::{Form, Part},
};
use serde_json::{Value, json};
use sqlx::{Connection, SqliteConnection, sqlite::SqliteConnectOptions};

use crate::support::{
    Mynah, answer,
    process::{Process, mynah, run},
};

/// The one line with which a command fails.
#[track_caller]
fn complaint(command: std::process::Command) -> String {
    let output = run(command);
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code().is_some_and(|code| code != 0), "{:?} {text}", output.status);
    assert_eq!(output.stdout, b"", "nothing is promised");
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(text.starts_with("mynah: "), "{text}");
    text
}

/// A server on that folder that is not to start.
fn start_on(data: &Path, flags: &[&str]) -> std::process::Command {
    let mut command = mynah(&["--listen", "127.0.0.1:0"]);
    command.arg("--data").arg(data).args(flags);
    command
}

#[test]
fn help_names_every_flag_and_its_environment_variable() {
    let flags = |arguments: &[&str]| {
        let output = run(mynah(arguments));
        assert!(output.status.success());
        let text = String::from_utf8(output.stdout).unwrap();
        let named = text.split("\n      --").skip(1);
        let named = named.map(|option| (option.split([' ', '\n']).next().unwrap().to_owned(), option.to_owned()));
        let mut known = BTreeSet::new();
        for (flag, option) in named {
            let words = option.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(words.contains("[env: MYNAH_"), "--{flag} has no environment variable: {option}");
            known.insert(flag);
        }
        known
    };
    let expected = [
        "application",
        "body-limit",
        "connections",
        "control-token",
        "data",
        "database",
        "durability",
        "ephemeral",
        "listen",
        "log",
        "log-json",
        "public-url",
        "seed",
        "strict",
        "tls-cert",
        "tls-key",
        "tls-listen",
        "tls-name",
        "token",
        "upload-limit",
        "webhook-ca",
    ];
    let expected: BTreeSet<_> = expected.into_iter().map(str::to_owned).collect();
    assert_eq!(flags(&["--help"]), expected);
    assert_eq!(flags(&["serve", "--help"]), expected);
    assert_eq!(flags(&["health", "--help"]), ["listen".to_owned(), "wait".to_owned()].into());
}

#[test]
fn a_bad_flag_gets_one_line_that_names_it() {
    for (arguments, named) in [
        (&["--listen", "everywhere"][..], "--listen"),
        (&["--body-limit=-1"], "--body-limit"),
        (&["--upload-limit", "30MB"], "--upload-limit"),
        (&["--application", "a/b"], "--application"),
        (&["--durability", "hope"], "--durability"),
        (&["--log", "shouting"], "shouting"),
        (&["--log", "mynah=loud"], "--log"),
        (&["--portt", "1"], "--portt"),
        (&["health", "--wait", "soon"], "--wait"),
        (&["--database", "postgres://127.0.0.1/mynah"], "PostgreSQL"),
        (&["--database", "mysql://127.0.0.1/mynah"], "mysql://127.0.0.1/mynah"),
        (&["dance"], "dance"),
    ] {
        let text = complaint(mynah(arguments));
        assert!(text.contains(named), "{arguments:?}: {text}");
    }
    let mut command = mynah(&[]);
    command.env("MYNAH_BODY_LIMIT", "much");
    assert!(complaint(command).contains("--body-limit"));
    let mut command = mynah(&[]);
    command.env("MYNAH_STRICT", "perhaps");
    assert!(complaint(command).contains("--strict"));
}

#[test]
fn a_busy_port_gets_one_line_that_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let held = TcpListener::bind(taken).unwrap();
    let mut command = mynah(&["--listen", &held.local_addr().unwrap().to_string(), "--data"]);
    command.arg(folder.path());
    let text = complaint(command);
    assert!(text.contains(&taken.to_string()), "{text}");
}

#[tokio::test]
async fn a_folder_in_use_gets_one_line_and_the_first_server_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let first = Process::on(folder.path());
    let text = complaint(start_on(folder.path(), &[]));
    assert!(text.contains("in use by another mynah") && text.contains("mynah.db"), "{text}");
    first.with_group("lobby", &["ada"]).await;
    first.kill();
    // A killed server leaves no lock behind.
    Process::on(folder.path()).get("/v3/group_channels/lobby").await.ok();
}

#[test]
fn a_file_that_is_no_database_gets_one_line_and_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mynah.db");
    let garbage = "This is a letter to my grandmother. ".repeat(500);
    fs::write(&file, &garbage).unwrap();
    let text = complaint(start_on(folder.path(), &[]));
    assert!(text.contains("not a database") && text.contains("mynah.db"), "{text}");
    assert_eq!(fs::read_to_string(&file).unwrap(), garbage);
}

#[tokio::test]
async fn a_database_of_a_newer_mynah_gets_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let (status, log) = Process::on(folder.path()).stop();
    assert_eq!(status.code(), Some(0), "{status}: {log}");
    let options = SqliteConnectOptions::new().filename(folder.path().join("mynah.db"));
    let mut database = SqliteConnection::connect_with(&options).await.unwrap();
    let future = "insert into _sqlx_migrations (version, description, installed_on, success, checksum, \
                  execution_time) values (99999999, 'future', '2099-01-01', 1, x'00', 0)";
    sqlx::query(future).execute(&mut database).await.unwrap();
    database.close().await.unwrap();
    let text = complaint(start_on(folder.path(), &[]));
    assert!(text.contains("newer mynah"), "{text}");
}

#[tokio::test]
async fn every_flag_can_be_given_by_the_environment() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = mynah(&[]);
    command.env("MYNAH_LISTEN", "127.0.0.1:0,127.0.0.1:0").env("MYNAH_DATA", folder.path().join("deep/data"));
    command.env("MYNAH_APPLICATION", "shop").env("MYNAH_TOKENS", "one,two").env("MYNAH_STRICT", "1");
    command.env("MYNAH_LOG", "debug").env("MYNAH_LOG_JSON", "yes").env("MYNAH_PUBLIC_URL", "https://chat.example");
    let server = Process::spawn(command);
    assert_eq!(server.greeting.matches("listens on http://127.0.0.1:").count(), 2, "{}", server.greeting);
    for shown in ["https://chat.example/v3", "https://chat.example/apis/v1", " shop ", "as configured", "deep/data"]
    {
        assert!(server.greeting.contains(shown), "{shown} is not in {}", server.greeting);
    }
    server.get("/v3/users").await.refused(400_401);
    let url = |path: &str| format!("{}{path}", server.url());
    for token in ["one", "two"] {
        answer(server.client().get(url("/v3/users")).header("Api-Token", token)).await.ok();
    }
    server.get("/apps/other/v3/users").await.refused(400_304);
    assert!(folder.path().join("deep/data/mynah.db").exists());
    let (status, log) = server.stop();
    assert_eq!(status.code(), Some(0), "{log}");
    assert!(!log.is_empty());
    for line in log.lines() {
        serde_json::from_str::<Value>(line).unwrap_or_else(|_| panic!("{line} is no JSON"));
    }
}

#[tokio::test]
async fn the_greeting_has_addresses_that_answer() {
    let folder = tempfile::tempdir().unwrap();
    let server = Process::on(folder.path());
    let words: Vec<_> = server.greeting.split_whitespace().filter(|word| word.starts_with("http")).collect();
    let health = words.iter().find(|word| word.ends_with("/_mynah/health")).unwrap();
    assert_eq!(answer(server.client().get(*health)).await.ok()["status"], "ok");
    let sendbird = words.iter().find(|word| word.ends_with("/v3")).unwrap();
    answer(server.client().get(format!("{sendbird}/users")).header("Api-Token", "any")).await.ok();
    assert!(words.iter().any(|word| word.ends_with("/apis/v1")), "{}", server.greeting);
    assert!(server.greeting.contains(folder.path().to_str().unwrap()));
}

#[test]
fn health_tells_by_its_exit_code_whether_a_server_answers() {
    let folder = tempfile::tempdir().unwrap();
    let server = Process::on(folder.path());
    let address = server.url().strip_prefix("http://").unwrap().to_owned();
    assert_eq!(run(mynah(&["health", "--listen", &address])).status.code(), Some(0));
    let mut command = mynah(&["health"]);
    command.env("MYNAH_LISTEN", &address);
    assert_eq!(run(command).status.code(), Some(0));
    server.kill();
    assert!(complaint(mynah(&["health", "--listen", &address])).contains(&address));
    let begin = Instant::now();
    complaint(mynah(&["health", "--listen", &address, "--wait", "300ms"]));
    assert!(begin.elapsed() >= Duration::from_millis(300));
}

#[test]
fn health_waits_for_a_server_that_is_not_ready_yet() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let serving = std::thread::spawn(move || {
        for status in ["503 Service Unavailable", "503 Service Unavailable", "200 OK"] {
            let (mut connection, _) = listener.accept().unwrap();
            assert!(connection.read(&mut [0; 1024]).unwrap() > 0);
            let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            connection.write_all(answer.as_bytes()).unwrap();
        }
    });
    assert!(complaint(mynah(&["health", "--listen", &address])).contains("503"));
    assert_eq!(run(mynah(&["health", "--listen", &address, "--wait", "30s"])).status.code(), Some(0));
    serving.join().unwrap();
}

#[test]
fn a_stop_right_after_the_greeting_exits_with_zero() {
    let folder = tempfile::tempdir().unwrap();
    for signal in ["TERM", "INT"].into_iter().cycle().take(16) {
        let server = Process::on(folder.path());
        server.signal(signal);
        let (status, log) = server.wait();
        assert_eq!(status.code(), Some(0), "{signal}: {status}: {log}");
    }
}

#[tokio::test]
async fn two_servers_in_one_process_know_nothing_of_each_other() {
    let (one, other) = tokio::join!(Mynah::start(), Mynah::start());
    one.with_users(&["ada"]).await;
    other.with_users(&["bo"]).await;
    one.get("/v3/users/bo").await.refused(400_201);
    other.get("/v3/users/ada").await.refused(400_201);
    one.stop().await;
    other.get("/v3/users/bo").await.ok();
    other.stop().await;
}

#[tokio::test]
async fn an_ephemeral_server_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = mynah(&["--listen", "127.0.0.1:0", "--ephemeral"]);
    command.current_dir(folder.path());
    let server = Process::spawn(command);
    server.with_group("lobby", &["ada"]).await;
    send_file(server.client(), server.url(), "lobby", "ada", "note.txt", b"words").await.ok();
    let (status, log) = server.stop();
    assert_eq!(status.code(), Some(0), "{status}: {log}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn reset_empties_one_application_and_leaves_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let mynah = Mynah::start_on(folder.path()).await;
    for application in ["", "/apps/one", "/apps/two"] {
        let user = json!({ "user_id": "ada", "nickname": "Ada", "profile_url": "" });
        mynah.post(&format!("{application}/v3/users"), user).await.ok();
        let channel = json!({ "channel_url": "lobby", "user_ids": ["ada"] });
        mynah.post(&format!("{application}/v3/group_channels"), channel).await.ok();
        let text = json!({ "user_id": "ada", "message": "Hello", "dedup_id": "once" });
        mynah.post(&format!("{application}/v3/group_channels/lobby/messages"), text).await.ok();
    }
    assert_eq!(mynah.post("/_mynah/reset", json!({ "application": "ONE" })).await.ok()["reset"], json!(["one"]));
    assert_eq!(mynah.get("/apps/one/v3/users").await.ok()["users"], json!([]));
    mynah.get("/apps/one/v3/group_channels/lobby").await.refused(400_201);
    for kept in ["", "/apps/two"] {
        mynah.get(&format!("{kept}/v3/group_channels/lobby")).await.ok();
    }
    // By path, by query, and without a name for all of them.
    assert_eq!(mynah.post("/apps/two/_mynah/reset", json!({})).await.ok()["reset"], json!(["two"]));
    mynah.with_users(&["bo"]).await;
    let reset = mynah.post("/_mynah/reset?application=two", json!({})).await.ok();
    assert_eq!(reset["reset"], json!(["two"]));
    mynah.get("/v3/users/bo").await.ok();
    let all = mynah.post("/_mynah/reset", json!({})).await.ok();
    assert_eq!(all["reset"], json!(["mynah", "one", "two"]));
    assert_eq!(mynah.get("/v3/users").await.ok()["users"], json!([]));
    // Numbers begin anew, and so do words that stop duplicates.
    mynah.with_group("lobby", &["ada"]).await;
    let text = json!({ "user_id": "ada", "message": "Hello", "dedup_id": "once" });
    assert_eq!(mynah.send("lobby", text).await.ok()["message_id"], 1);
    mynah.stop().await;

    let mynah = Mynah::start_on(folder.path()).await;
    assert_eq!(mynah.get("/v3/users").await.ok()["users"].as_array().unwrap().len(), 1);
    assert_eq!(mynah.get("/apps/two/v3/users").await.ok()["users"], json!([]));
    mynah.stop().await;
}

#[tokio::test]
async fn reset_leaves_tokens_and_forgets_the_journal() {
    let mynah = Mynah::start_with(Config { tokens: vec!["secret".into()], ..Config::default() }).await;
    mynah.get("/v3/users").await.refused(400_401);
    mynah.post("/_mynah/reset", json!({ "application": "mynah" })).await.ok();
    assert_eq!(mynah.get("/_mynah/journal").await.ok()["exchanges"], json!([]));
    mynah.get("/v3/users").await.refused(400_401);
    answer(mynah.client().get(mynah.url("/v3/users")).header("Api-Token", "secret")).await.ok();
}

#[tokio::test]
async fn a_wrong_reset_says_what_is_wrong_and_resets_nothing() {
    let mynah = Mynah::start().await;
    mynah.with_users(&["ada"]).await;
    for body in [json!({ "application": "no/id" }), json!({ "application": 5 }), json!([])] {
        let refused = mynah.post("/_mynah/reset", body).await;
        assert_eq!(refused.status, 400, "{}", refused.text);
        assert!(refused.body["error"].is_string(), "{}", refused.text);
    }
    mynah.get("/v3/users/ada").await.ok();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reset_under_traffic_is_seen_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let mynah = Mynah::start_on(folder.path()).await;
    for round in 0..8 {
        mynah.with_group("lobby", &["ada", "bo"]).await;
        let parent = mynah.say("lobby", "ada", "At eight?").await;
        for _ in 0..10 {
            mynah.reply("lobby", "bo", "Yes.", parent).await;
        }
        let (asked, answered) = (&AtomicBool::new(false), &AtomicBool::new(false));
        let server = &mynah;
        // What was answered before the reset was asked for is gone, what was sent after it was answered stays.
        let writer = |number: usize| async move {
            let (mut gone, mut stays) = (Vec::new(), Vec::new());
            for turn in 0.. {
                let id = format!("w{number}-{turn}");
                let after = answered.load(Ordering::SeqCst);
                let user = json!({ "user_id": id, "nickname": id, "profile_url": "" });
                server.post("/v3/users", user).await.ok();
                if after {
                    stays.push(id);
                } else if !asked.load(Ordering::SeqCst) {
                    gone.push(id);
                }
                let reply = json!({ "user_id": "bo", "message": "Yes!", "parent_message_id": parent });
                let reply = server.send("lobby", reply).await;
                assert!(reply.status == 200 && !after || reply.body["code"] == 400_201, "{}", reply.text);
                if stays.len() == 3 {
                    break;
                }
            }
            (gone, stays)
        };
        let reader = async || {
            let path = "/v3/group_channels/lobby/messages?message_ts=0&next_limit=200&include_reply_type=all\
                        &include_thread_info=true";
            let mut whole = 0;
            while !answered.load(Ordering::SeqCst) {
                let list = server.get(path).await;
                if list.status != 200 {
                    list.refused(400_201);
                    continue;
                }
                let messages = list.body["messages"].as_array().unwrap();
                assert!(messages.len() > 10, "a part is gone: {}", list.text);
                assert_eq!(messages[0]["thread_info"]["reply_count"], messages.len() - 1);
                whole += 1;
            }
            whole
        };
        let resetter = async {
            while server.get("/v3/users?limit=100").await.ok()["users"].as_array().unwrap().len() < 20 {}
            asked.store(true, Ordering::SeqCst);
            server.post("/_mynah/reset", json!({ "application": "mynah" })).await.ok();
            answered.store(true, Ordering::SeqCst);
        };
        let writers = futures_util::future::join_all((0..6).map(writer));
        let (outcomes, read, ()) = tokio::join!(writers, reader(), resetter);
        assert!(read > 0, "round {round} never saw the time before");

        let users = mynah.get("/v3/users?limit=100").await.ok();
        let ids =
            users["users"].as_array().unwrap().iter().map(|user| user["user_id"].as_str().unwrap().to_owned());
        let ids: BTreeSet<_> = ids.collect();
        for (gone, stays) in outcomes {
            assert!(!gone.is_empty());
            assert!(gone.iter().all(|id| !ids.contains(id)), "{gone:?} should be gone: {ids:?}");
            assert!(stays.iter().all(|id| ids.contains(id)), "{stays:?} should be there: {ids:?}");
        }
        mynah.post("/_mynah/reset", json!({})).await.ok();
    }
    mynah.with_users(&["last"]).await;
    mynah.stop().await;
    let mynah = Mynah::start_on(folder.path()).await;
    assert_eq!(mynah.get("/v3/users").await.ok()["users"].as_array().unwrap().len(), 1);
    mynah.stop().await;
}

#[tokio::test]
async fn the_journal_tells_operations_by_name_and_unserved_ones_too() {
    let mynah = Mynah::start().await;
    mynah.with_users(&["ada"]).await;
    mynah.get("/v3/bots?limit=3").await.refused(400_930);
    mynah.get("/v3/dances").await.refused(400_404);
    mynah.get("/v3/users/bo").await.refused(400_201);
    mynah.get("/apps/other/v3/users").await.ok();

    let journal = mynah.get("/_mynah/journal").await.ok();
    let exchanges = journal["exchanges"].as_array().unwrap();
    let told: Vec<_> = exchanges
        .iter()
        .map(|exchange| {
            let text = |name: &str| exchange[name].as_str().unwrap_or("-").to_owned();
            let (status, served) = (exchange["status"].as_u64().unwrap(), exchange["served"].as_bool().unwrap());
            (text("operation"), text("method"), text("path"), status, served)
        })
        .collect();
    let line = |operation: &str, method: &str, path: &str, status, served| {
        (operation.to_owned(), method.to_owned(), path.to_owned(), status, served)
    };
    assert_eq!(
        told,
        [
            line("createAUser", "POST", "/v3/users", 200, true),
            line("listBots", "GET", "/v3/bots", 501, false),
            line("-", "GET", "/v3/dances", 400, false),
            line("viewAUser", "GET", "/v3/users/bo", 400, true),
        ]
    );
    assert_eq!(exchanges[0]["request_body"]["user_id"], "ada");
    assert_eq!(exchanges[0]["response_body"]["nickname"], "Ada");
    assert_eq!(exchanges[1]["query"], "limit=3");
    assert_eq!(exchanges[3]["number"], 4);
    let other = mynah.get("/_mynah/journal?application=other").await.ok();
    assert_eq!(other["exchanges"].as_array().unwrap().len(), 1);
    let latest = mynah.get("/_mynah/journal?limit=1").await.ok();
    assert_eq!(latest["exchanges"][0]["path"], "/v3/users/bo");
    assert_eq!(latest["exchanges"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn the_journal_shows_no_secrets() {
    let mynah = Mynah::start().await;
    let user = json!({
        "user_id": "ada", "nickname": "Ada", "profile_url": "", "issue_access_token": true,
        "nested": [{ "password": "hidden-1" }], "api_token": "hidden-2",
    });
    let query = "/v3/users?api_token=hidden-3&auth=hidden-4&limit=7";
    let request = mynah.client().post(mynah.url(query)).header("Api-Token", "hidden-5");
    let request = request.header("Authorization", "Bearer hidden-6");
    let created = answer(request.header("X-Color", "green").json(&user)).await.ok();
    let issued = created["access_token"].as_str().unwrap();
    assert!(!issued.is_empty());
    // A body that broke off, and a form.
    let broken = r#"{"access_token": "hidden-8", "nick"#;
    answer(mynah.sendbird(Method::POST, "/v3/users").body(broken)).await.refused(400_403);
    let form = mynah.sendbird(Method::POST, "/v3/users").body("user_id=bo&password=hidden-9");
    answer(form).await.refused(400_403);

    let client = mynah.client().get(mynah.url("/v3/users")).header("Session-Key", "hidden-7");
    answer(client).await.refused(400_302);

    let journal = mynah.get("/_mynah/journal").await;
    assert!(!journal.text.contains("hidden-"), "{}", journal.text);
    assert!(!journal.text.contains(issued), "{}", journal.text);
    let first = &journal.body["exchanges"][0];
    assert_eq!(first["request_headers"]["x-color"], "green");
    assert_eq!(first["request_headers"]["api-token"], "(redacted)");
    assert_eq!(first["request_body"]["api_token"], "(redacted)");
    assert_eq!(first["request_body"]["user_id"], "ada");
    assert_eq!(first["response_body"]["access_token"], "(redacted)");
    assert!(first["query"].as_str().unwrap().ends_with("limit=7"));
}

#[tokio::test]
async fn the_journal_keeps_the_latest_and_counts_what_it_dropped() {
    let mynah = Mynah::start().await;
    for _ in 0..20 {
        let many = (0..51).map(|_| mynah.get("/v3/users/nobody"));
        futures_util::future::join_all(many).await;
    }
    mynah.get("/v3/users/last").await.refused(400_201);
    let journal = mynah.get("/_mynah/journal?limit=100000").await.ok();
    let exchanges = journal["exchanges"].as_array().unwrap();
    assert_eq!(exchanges.len(), 1000);
    assert_eq!(journal["dropped"], 21);
    assert_eq!(exchanges[0]["number"], 22);
    assert_eq!(exchanges[999]["path"], "/v3/users/last");
    // Long bodies weigh more.
    let long = "x".repeat(60 << 10);
    for _ in 0..80 {
        mynah.post("/apps/long/v3/users", json!({ "user_id": "ada", "nickname": long })).await.refused(400_110);
    }
    let journal = mynah.get("/_mynah/journal?limit=100000&application=long").await;
    assert!(journal.text.len() < 5 << 20, "{} bytes", journal.text.len());
    let kept = journal.body["exchanges"].as_array().unwrap().len();
    assert_eq!(journal.body["dropped"], 80 - kept);
    assert!((50..80).contains(&kept), "{kept}");
}

#[tokio::test]
async fn control_calls_of_other_sites_are_refused() {
    let mynah = Mynah::start().await;
    mynah.with_users(&["ada"]).await;
    let from = |origin: &str, method, path: &str| {
        answer(mynah.client().request(method, mynah.url(path)).header("Origin", origin).json(&json!({})))
    };
    for origin in ["http://evil.example", "null", "http://127.0.0.1", "https://evil.example:8080"] {
        for (method, path) in [(Method::POST, "/_mynah/reset"), (Method::GET, "/_mynah/journal")] {
            let refused = from(origin, method, path).await;
            assert_eq!(refused.status, 403, "{origin} {path}: {}", refused.text);
            assert!(!refused.headers.contains_key("access-control-allow-origin"));
        }
        let preflight = from(origin, Method::OPTIONS, "/_mynah/reset").await;
        assert!(!preflight.headers.contains_key("access-control-allow-origin"), "{origin}");
        assert_ne!(preflight.status, 204);
    }
    mynah.get("/v3/users/ada").await.ok();
    let own = format!("http://{}", mynah.address());
    from(&own, Method::POST, "/_mynah/reset").await.ok();
    mynah.get("/v3/users/ada").await.refused(400_201);
}

const SEED: &str = "
application: demo
keys: [sesame]
users:
  - { id: ada, nickname: Ada, email: ada@example.com, profile_url: 'https://example.com/ada.png' }
  - { id: bo, nickname: Bo, metadata: { team: red } }
channels:
  - id: lobby
    name: Lobby
    custom_type: small
    members: [ada, bo]
    operators: [ada]
    messages:
      - from: ada
        text: At eight?
        at: 1700000000000
        reactions: { tada: [bo] }
        replies:
          - { from: bo, text: At eight then. }
          - { from: ada, text: See you. }
      - text: The kitchen closes at nine.
  - { id: plaza, kind: open, messages: [{ from: bo, text: 'Anybody?' }] }
";

/// Asserts that a server has what the seed says.
async fn has_the_seed(mynah: &Mynah) {
    mynah.get("/apps/demo/v3/users").await.refused(400_401);
    let get = async |path: &str| {
        answer(mynah.client().get(mynah.url(&format!("/apps/demo/v3{path}"))).header("Api-Token", "sesame"))
            .await
            .ok()
    };
    assert_eq!(get("/users").await["users"].as_array().unwrap().len(), 2);
    assert_eq!(get("/users/bo").await["metadata"]["team"], "red");
    assert_eq!(get("/users/ada").await["profile_url"], "https://example.com/ada.png");
    let lobby = get("/group_channels/lobby?show_member=true").await;
    assert_eq!((&lobby["name"], &lobby["custom_type"]), (&json!("Lobby"), &json!("small")));
    assert_eq!(lobby["joined_member_count"], 2);
    assert_eq!(lobby["operators"][0]["user_id"], "ada");
    let list = "messages?message_ts=0&include_reply_type=all&include_thread_info=true&include_reactions=true";
    let messages = get(&format!("/group_channels/lobby/{list}")).await;
    let messages = messages["messages"].as_array().unwrap();
    let texts: Vec<_> = messages.iter().map(|message| message["message"].as_str().unwrap()).collect();
    assert_eq!(texts, ["At eight?", "At eight then.", "See you.", "The kitchen closes at nine."]);
    assert_eq!(messages[0]["created_at"], 1_700_000_000_000_i64);
    assert_eq!(messages[0]["thread_info"]["reply_count"], 2);
    assert_eq!(messages[0]["reactions"][0]["user_ids"], json!(["bo"]));
    assert_eq!(messages[1]["parent_message_id"], messages[0]["message_id"]);
    assert_eq!(messages[3]["type"], "ADMM");
    let plaza = get(&format!("/open_channels/plaza/{list}")).await;
    assert_eq!(plaza["messages"][0]["message"], "Anybody?");
}

#[tokio::test]
async fn a_seed_in_yaml_or_json_is_planted_once() {
    let folder = tempfile::tempdir().unwrap();
    let yaml = folder.path().join("world.yaml");
    fs::write(&yaml, SEED).unwrap();
    let value: Value = serde_norway::from_str(SEED).unwrap();
    let json_file = folder.path().join("world.json");
    fs::write(&json_file, serde_json::to_vec_pretty(&value).unwrap()).unwrap();
    for seed in [yaml, json_file] {
        let data = tempfile::tempdir().unwrap();
        let config = Config { ephemeral: false, data: data.path().into(), seed: Some(seed), ..Config::default() };
        for _ in 0..2 {
            let mynah = Mynah::start_with(config.clone()).await;
            has_the_seed(&mynah).await;
            mynah.stop().await;
        }
    }
}

#[tokio::test]
async fn a_seed_without_users_is_planted_once_too() {
    for seed in
        ["channels: [{id: square, kind: open}]", "clock: {mode: frozen, at: 2026-01-01}\nwebhooks: [{id: a}]"]
    {
        let data = tempfile::tempdir().unwrap();
        let file = data.path().join("seed.yaml");
        fs::write(&file, seed).unwrap();
        let config = Config { ephemeral: false, data: data.path().into(), seed: Some(file), ..Config::default() };
        let mynah = Mynah::start_with(config.clone()).await;
        let advanced = mynah.post("/_mynah/clock/advance", json!({ "by": "30d" })).await.ok();
        let frozen = advanced["mode"] == "frozen";
        mynah.stop().await;
        let mynah = Mynah::start_with(config).await;
        let clock = mynah.get("/_mynah/clock").await.ok();
        assert!(!frozen || clock["now"] == advanced["now"], "{seed}: {clock}");
        mynah.stop().await;
    }
}

#[tokio::test]
async fn a_wrong_seed_gets_one_line_and_plants_nothing() {
    for (seed, named) in [
        ("users: [{ id: ada, age: 36 }]", "age"),
        ("users: [{ nickname: Ada }]", "id"),
        ("users: {", "line"),
        ("- users", "seed"),
        ("application: a/b", "a/b"),
        ("users: [{ id: ada }, { id: ada }]", "ada"),
        ("users: [{ id: ada }]\nchannels: [{ id: lobby, members: [ada, bo] }]", "members[1]: there is no user bo"),
        ("users: [{ id: ada }]\nchannels: [{ id: x }]", "channel x"),
        (
            "users: [{ id: ada }]\nchannels: [{ id: lobby, messages: [{ from: bo, text: Hi }] }]",
            "there is no user bo",
        ),
        (
            "users: [{ id: ada }]\nchannels: [{ id: cafe, kind: open, messages: [{ text: Closed, replies: \
             [{ from: ada, text: Why }] }] }]",
            "Why",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("world.yaml");
        fs::write(&file, seed).unwrap();
        let text = complaint(start_on(&folder.path().join("data"), &["--seed", file.to_str().unwrap()]));
        assert!(text.contains(named) && text.contains("world.yaml"), "{seed}: {text}");
        let server = Process::on(&folder.path().join("data"));
        assert_eq!(server.get("/v3/users").await.ok()["users"], json!([]), "{seed}");
    }
    let folder = tempfile::tempdir().unwrap();
    let text = complaint(start_on(folder.path(), &["--seed", "nowhere.yaml"]));
    assert!(text.contains("nowhere.yaml"), "{text}");
}

#[tokio::test]
async fn a_strict_server_takes_only_known_applications_and_tokens() {
    let strict = Config { strict: true, tokens: vec!["known".into()], ..Config::default() };
    let mynah = Mynah::start_with(strict).await;
    let ask = async |method: Method, path: &str, token: Option<&str>| {
        let request = mynah.client().request(method, mynah.url(path));
        let request = match token {
            Some(token) => request.header("Api-Token", token),
            None => request,
        };
        answer(request.json(&json!({ "user_id": "ada", "nickname": "Ada", "profile_url": "" }))).await
    };
    for method in [Method::GET, Method::POST] {
        for token in [None, Some("known"), Some("other")] {
            ask(method.clone(), "/apps/unknown/v3/users", token).await.refused(400_304);
        }
        ask(method.clone(), "/v3/users", None).await.refused(400_401);
        ask(method.clone(), "/v3/users", Some("")).await.refused(400_401);
        ask(method.clone(), "/v3/users", Some("other")).await.refused(400_401);
    }
    ask(Method::POST, "/v3/users", Some("known")).await.ok();
    ask(Method::GET, "/v3/users/ada", Some("known")).await.ok();
    // Without a token of its own, a strict application takes none.
    let locked = Mynah::start_with(Config { strict: true, ..Config::default() }).await;
    locked.get("/v3/users").await.refused(400_401);
}

#[tokio::test]
async fn a_configured_token_locks_its_application_and_no_other() {
    let mynah = Mynah::start_with(Config { tokens: vec!["known".into()], ..Config::default() }).await;
    mynah.get("/v3/users").await.refused(400_401);
    answer(mynah.client().get(mynah.url("/v3/users")).header("Api-Token", "known")).await.ok();
    mynah.get("/apps/other/v3/users").await.ok();
    answer(mynah.client().get(mynah.url("/apps/other/v3/users"))).await.refused(400_401);
}

/// Sends a file message with its file.
async fn send_file(
    client: &reqwest::Client,
    base: &str,
    channel: &str,
    user: &str,
    name: &str,
    content: &[u8],
) -> crate::support::Answer {
    let file = Part::bytes(content.to_vec()).file_name(name.to_owned());
    let form = Form::new().text("message_type", "FILE").text("user_id", user.to_owned()).part("file", file);
    let url = format!("{base}/v3/group_channels/{channel}/messages");
    answer(client.post(url).header("Api-Token", "any").multipart(form)).await
}

#[tokio::test]
async fn uploaded_files_survive_a_restart_and_orphans_do_not() {
    let folder = tempfile::tempdir().unwrap();
    let mynah = Mynah::start_on(folder.path()).await;
    mynah.with_group("lobby", &["ada"]).await;
    let base = mynah.url("");
    let sent = send_file(mynah.client(), &base, "lobby", "ada", "a cat.png", b"meow").await.ok();
    let url = sent["file"]["url"].as_str().unwrap();
    assert!(url.starts_with(&format!("{base}/_mynah/files/mynah/")), "{url}");
    let content = mynah.client().get(url).send().await.unwrap();
    assert_eq!(content.headers()["content-type"], "image/png");
    assert_eq!(content.bytes().await.unwrap(), "meow");
    mynah.stop().await;

    let files = folder.path().join("files");
    assert_eq!(fs::read_dir(&files).unwrap().count(), 1);
    fs::write(files.join("0".repeat(64)), "never mentioned").unwrap();
    fs::write(files.join("broken-off.part"), "half").unwrap();
    let mynah = Mynah::start_on(folder.path()).await;
    let message = mynah.message("lobby", sent["message_id"].as_i64().unwrap()).await;
    let url = message["file"]["url"].as_str().unwrap();
    assert!(url.starts_with(&mynah.url("/_mynah/files/mynah/")), "the address is the one of today: {url}");
    assert_eq!(mynah.client().get(url).send().await.unwrap().bytes().await.unwrap(), "meow");
    let orphan = mynah.client().get(mynah.url(&format!("/_mynah/files/mynah/{}/x", "0".repeat(64)))).send().await;
    assert_eq!(orphan.unwrap().status(), 404);
    let left = fs::read_dir(&files).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(left.map(|name| url.contains(&name)).collect::<Vec<_>>(), [true]);
    // Another application does not get it.
    let elsewhere = url.replace("/files/mynah/", "/files/other/");
    assert_eq!(mynah.client().get(elsewhere).send().await.unwrap().status(), 404);
    mynah.stop().await;
}

#[tokio::test]
async fn file_addresses_begin_with_the_public_url_or_the_host_of_the_request() {
    let mynah = Mynah::start_with(Config { public_url: Some("https://chat.example/".into()), ..Config::default() });
    let mynah = mynah.await;
    mynah.with_group("lobby", &["ada"]).await;
    let sent = send_file(mynah.client(), &mynah.url(""), "lobby", "ada", "a.txt", b"words").await.ok();
    let url = sent["file"]["url"].as_str().unwrap();
    assert!(url.starts_with("https://chat.example/_mynah/files/mynah/"), "{url}");

    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    let sent = send_file(mynah.client(), &mynah.url(""), "lobby", "ada", "a.txt", b"words").await.ok();
    let path = format!("/v3/group_channels/lobby/messages/{}", sent["message_id"]);
    let seen = answer(mynah.sendbird(Method::GET, &path).header("Host", "mynah.test:81")).await.ok();
    let url = seen["file"]["url"].as_str().unwrap();
    assert!(url.starts_with("http://mynah.test:81/_mynah/files/mynah/"), "{url}");
}

#[tokio::test]
async fn what_nobody_knows_is_noted_under_the_application_that_it_names() {
    let mynah = Mynah::start().await;
    mynah.get("/apps/other/v3/dances").await.refused(400_404);
    let by_host = mynah.client().patch(mynah.url("/v3/users")).header("Host", "api-third.sendbird.com");
    answer(by_host).await.refused(400_404);
    let unknown = mynah.client().get(mynah.url("/nothing/at/all")).header("Host", "third.localhost:80");
    assert_eq!(answer(unknown).await.status, 404);

    let told = async |application: &str| {
        let journal = mynah.get(&format!("/_mynah/journal?application={application}")).await.ok();
        let exchanges = journal["exchanges"].as_array().expect("a list").iter();
        exchanges.map(|exchange| exchange["path"].as_str().expect("a path").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(told("other").await, ["/v3/dances"]);
    assert_eq!(told("third").await, ["/v3/users", "/nothing/at/all"]);
    assert!(told("mynah").await.is_empty());
}
