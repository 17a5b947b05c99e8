//! Snapshots: put aside, loaded, carried elsewhere; and none is half there.

use std::fs;

use mynah::{engine::Unavailable, model::ids::ApplicationId, state::Application};
use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::{Answer, Mynah, answer, process::Process};

const BEGIN: i64 = 1_767_225_600_000;

async fn save(mynah: &Mynah, application: &str, name: &str) -> Value {
    mynah.post("/_mynah/snapshots", json!({ "application": application, "name": name })).await.ok()
}

async fn load(mynah: &Mynah, application: &str, name: &str) -> Answer {
    let path = format!("/_mynah/snapshots/{name}/load");
    mynah.post(&path, json!({ "application": application })).await
}

async fn export(mynah: &Mynah, name: &str) -> Vec<u8> {
    let request = mynah.sendbird(Method::GET, &format!("/_mynah/snapshots/{name}"));
    let response = request.send().await.unwrap();
    assert_eq!(response.status().as_u16(), 200);
    let disposition = response.headers()["content-disposition"].to_str().unwrap().to_owned();
    assert_eq!(disposition, format!("attachment; filename=\"{name}.mynah\""));
    response.bytes().await.unwrap().to_vec()
}

async fn import(mynah: &Mynah, name: &str, file: impl Into<Vec<u8>>) -> Answer {
    answer(mynah.sendbird(Method::PUT, &format!("/_mynah/snapshots/{name}")).body(file.into())).await
}

async fn names(mynah: &Mynah) -> Vec<String> {
    let list = mynah.get("/_mynah/snapshots").await.ok();
    let list = list["snapshots"].as_array().unwrap().iter();
    list.map(|snapshot| snapshot["name"].as_str().unwrap().to_owned()).collect()
}

/// Everything that is in an application, as the code sees it, but for the time and what it is called.
async fn state(mynah: &Mynah, application: &str) -> String {
    let id = ApplicationId::new(application).unwrap();
    let look =
        |app: &Application| Ok::<_, Unavailable>(format!("{:#?}", app.copy(ApplicationId::new("x").unwrap())));
    mynah.server().engine().read(&id, look).await.unwrap()
}

/// Asserts that two states are the same, and shows where they part.
#[track_caller]
fn same(one: &str, other: &str) {
    if one != other {
        let parted = one.lines().zip(other.lines()).position(|(one, other)| one != other).unwrap_or_default();
        let near = |text: &str| text.lines().skip(parted.saturating_sub(9)).take(14).collect::<Vec<_>>().join("\n");
        panic!("they part in line {parted}:\n{}\n--- and\n{}", near(one), near(other));
    }
}

/// An application whose clock stands still, in which there is something of everything and nobody any more.
async fn filled(mynah: &Mynah, id: &str) -> String {
    let clock = json!({ "mode": "frozen", "at": BEGIN });
    mynah.post("/_mynah/applications", json!({ "id": id, "seed": 7, "clock": clock })).await.ok();
    let (url, socket) = mynah.fill(id).await;
    socket.close().await;
    while mynah.get(&format!("/apps/{id}/v3/users/ada")).await.ok()["is_online"] == true {
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
    url
}

/// The file with another hash at its end, which is right.
fn sealed(file: &str) -> String {
    let content = file.trim_end().rsplit_once('\n').map_or("", |(content, _)| content).to_owned() + "\n";
    format!("{content}{{\"end\":\"{}\"}}\n", hex(&Sha256::digest(&content)))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test]
async fn an_application_becomes_what_it_was_whatever_was_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let mynah = Mynah::start_on(folder.path()).await;
    let url = filled(&mynah, "one").await;
    let saved = save(&mynah, "one", "base").await;
    let before = state(&mynah, "one").await;
    assert_eq!(
        (&saved["name"], &saved["application"], &saved["at"]),
        (&json!("base"), &json!("one"), &json!(BEGIN))
    );
    assert_eq!(saved["rows"]["users"], 3);
    mynah.delete("/apps/one/v3/group_channels/lobby").await.ok();
    mynah.post("/apps/one/_mynah/clock/advance", json!({ "by": "1d" })).await.ok();
    assert_ne!(state(&mynah, "one").await, before);
    load(&mynah, "one", "base").await.ok();
    same(&state(&mynah, "one").await, &before);
    // By a reset, to the application of which it was made; and another application.
    mynah.delete("/apps/one/v3/users/ada").await.ok();
    assert_eq!(mynah.post("/_mynah/reset", json!({ "to": "base" })).await.ok()["reset"], json!(["one"]));
    same(&state(&mynah, "one").await, &before);
    load(&mynah, "two", "base").await.ok();
    same(&state(&mynah, "two").await, &before);
    assert_eq!(mynah.get("/_mynah/applications").await.ok()["applications"].as_array().unwrap().len(), 3);
    mynah.post("/_mynah/reset", json!({ "application": "one" })).await.ok();
    mynah.stop().await;

    // The disk has what memory had, and has the snapshot too, with the bytes of files.
    let mynah = Mynah::start_on(folder.path()).await;
    same(&state(&mynah, "two").await, &before);
    mynah.delete("/_mynah/applications/two").await.ok();
    mynah.stop().await;
    let mynah = Mynah::start_on(folder.path()).await;
    assert_eq!(fs::read_dir(folder.path().join("files")).unwrap().count(), 0, "nobody mentions the bytes");
    assert_eq!(names(&mynah).await, ["base"]);
    load(&mynah, "one", "base").await.ok();
    same(&state(&mynah, "one").await, &before);
    let url = mynah.url(&format!("/_mynah{}", url.split_once("/_mynah").unwrap().1));
    assert_eq!(mynah.client().get(url).send().await.unwrap().text().await.unwrap(), "words");
    mynah.stop().await;
}

#[tokio::test]
async fn a_snapshot_is_carried_from_one_server_to_another_byte_by_byte() {
    let here = Mynah::start().await;
    filled(&here, "one").await;
    save(&here, "one", "Base").await;
    let file = export(&here, "base").await;
    assert!(
        file.starts_with(b"{\"mynah\":\"snapshot\",\"version\":1,"),
        "{:?}",
        String::from_utf8_lossy(&file[..60])
    );
    let folder = tempfile::tempdir().unwrap();
    let there = Mynah::start_on(folder.path()).await;
    let taken = import(&there, "carried", file.clone()).await.ok();
    assert_eq!((&taken["name"], &taken["application"]), (&json!("carried"), &json!("one")));
    assert_eq!(load(&there, "one", "carried").await.ok(), json!({ "loaded": "carried", "application": "one" }));
    same(&state(&there, "one").await, &state(&here, "one").await);
    assert_eq!(export(&there, "carried").await, file);
    save(&there, "one", "again").await;
    assert_eq!(export(&there, "again").await, file, "the same application makes the same bytes");
    there.stop().await;
    let there = Mynah::start_on(folder.path()).await;
    assert_eq!(names(&there).await, ["again", "carried"]);
    assert_eq!(there.delete("/_mynah/snapshots/again").await.ok(), json!({ "deleted": "again" }));
    assert_eq!(there.delete("/_mynah/snapshots/again").await.status, 404);
    assert_eq!(names(&there).await, ["carried"]);
    assert_eq!(export(&there, "carried").await, file);
    there.stop().await;
}

#[tokio::test]
async fn a_file_that_is_damaged_or_of_a_newer_version_is_refused_and_changes_nothing() {
    let mynah = Mynah::start().await;
    filled(&mynah, "one").await;
    save(&mynah, "one", "base").await;
    let file = export(&mynah, "base").await;
    let text = String::from_utf8(file.clone()).unwrap();
    let before = state(&mynah, "one").await;
    let newer = text.replacen("\"version\":1", "\"version\":2", 1);
    let newer_says = "The snapshot is of version 2, which a newer Mynah has made; this one reads version 1";
    let twice = sealed(&text.replacen("{\"table\":\"friends\"", "{\"table\":\"devices\"", 1));
    let unknown = sealed(&text.replacen("{\"table\":\"friends\"", "{\"table\":\"foes\"", 1));
    let missing = sealed(&text.replacen("\"rows\":3}\n", "\"rows\":4}\n", 1));
    let columns = sealed(&text.replacen("\"columns\":[\"user_id\"", "\"columns\":[\"name\"", 1));
    let counters = sealed(&text.replacen("\"counters\":[", "\"counters\":[-", 1));
    let upload = sealed(&text.replacen("\"content\":\"", "\"content\":\"AAAA", 1));
    for (what, file, why) in [
        ("nothing", String::new(), "This is no snapshot of Mynah"),
        ("another text", "Hello\n".repeat(9), "This is no snapshot of Mynah"),
        ("another object", "{\"mynah\":\"journal\",\"version\":1}\n".into(), "This is no snapshot of Mynah"),
        ("a newer one", newer, newer_says),
        ("half", text[..text.len() / 2].into(), "The snapshot is damaged: its end is missing"),
        (
            "changed",
            text.replacen("Hello", "Hallo", 1),
            "The snapshot is damaged: its hash is not that of its content",
        ),
        ("twice", twice, "The snapshot is damaged: "),
        ("unknown", unknown, "The snapshot is damaged: the table foes is unknown"),
        ("missing", missing, "The snapshot is damaged: "),
        ("columns", columns, "The snapshot is damaged: the table "),
        ("counters", counters, "The snapshot is damaged: its counters make no sense"),
        ("upload", upload, "The snapshot is damaged: uploaded bytes are not those of their hash"),
    ] {
        let refused = import(&mynah, "base", file).await;
        let said = refused.body["error"].as_str().unwrap_or_default().to_owned();
        assert!(refused.status == 400 && said.starts_with(why), "{what}: {}", refused.text);
        assert!(!said.contains('\n'), "{what}: it is one sentence: {said}");
    }
    assert_eq!(export(&mynah, "base").await, file);
    same(&state(&mynah, "one").await, &before);

    // Any byte that is another is noticed; and none makes it fall over.
    for at in (0..file.len()).step_by(file.len() / 150) {
        let mut other = file.clone();
        other[at] ^= 0x41;
        assert_eq!(import(&mynah, "base", other).await.status, 400, "byte {at}");
    }
    for (name, status) in [("no%2Fname", 400), (".hidden", 400), ("nothing", 404)] {
        let at = format!("/_mynah/snapshots/{name}");
        assert_eq!(mynah.get(&at).await.status, status, "{name}");
        assert_eq!(mynah.post(&format!("{at}/load"), json!({})).await.status, status, "{name}");
        assert_eq!(mynah.delete(&at).await.status, status, "{name}");
    }
    let reset = mynah.post("/_mynah/reset", json!({ "application": "one", "to": "nothing" })).await;
    assert_eq!((reset.status, &reset.body["error"]), (404, &json!("There is no snapshot nothing")));
    for (body, status, why) in [
        (json!({}), 400, "name is missing"),
        (json!({ "name": "a/b" }), 400, "name is invalid: it has up to 100 ASCII letters"),
        (json!({ "name": "x", "application": "nobody" }), 404, "There is no application nobody"),
    ] {
        let refused = mynah.post("/_mynah/snapshots", body).await;
        let said = refused.body["error"].as_str().unwrap_or_default();
        assert!(refused.status == status && said.starts_with(why), "{}", refused.text);
    }
    same(&state(&mynah, "one").await, &before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_asks_while_it_is_loaded_sees_the_one_or_the_other() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    for number in 0..20 {
        mynah.say("lobby", "ada", &format!("Old {number}")).await;
    }
    save(&mynah, "mynah", "old").await;
    mynah.post("/_mynah/reset", json!({})).await.ok();
    mynah.with_group("lobby", &["ada", "bo"]).await;
    for number in 0..10 {
        mynah.say("lobby", "bo", &format!("New {number}")).await;
    }
    save(&mynah, "mynah", "new").await;
    let mut seen = [false; 2];
    let done = std::sync::atomic::AtomicBool::new(false);
    let looker = async {
        while !done.load(std::sync::atomic::Ordering::SeqCst) {
            let list = mynah.get("/v3/group_channels/lobby/messages?message_ts=0&next_limit=100").await.ok();
            let texts: Vec<_> = list["messages"].as_array().unwrap().iter().collect();
            let old = texts.iter().filter(|one| one["message"].as_str().unwrap().starts_with("Old")).count();
            assert!([(20, 20), (10, 0)].contains(&(texts.len(), old)), "a mix: {}", list);
            seen[usize::from(old == 0)] = true;
        }
    };
    let loader = async {
        for round in 0..40 {
            load(&mynah, "mynah", if round % 2 == 0 { "old" } else { "new" }).await.ok();
        }
        done.store(true, std::sync::atomic::Ordering::SeqCst);
    };
    tokio::join!(looker, loader);
    assert_eq!(seen, [true; 2]);
}

#[tokio::test]
async fn sockets_go_on_in_a_snapshot_that_knows_their_session() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    let mut ada = mynah.connect("ada").await;
    save(&mynah, "mynah", "base").await;
    mynah.say("lobby", "bo", "Gone").await;
    ada.hear("MESG").await;
    mynah.post("/_mynah/snapshots/base/load", json!({ "sockets": "keep" })).await.ok();
    let (code, sent) = ada.ask("MESG", json!({ "channel_url": "lobby", "message": "Here" })).await;
    assert_eq!((&*code, &sent["msg_id"]), ("MESG", &json!(1)), "{sent}");
    assert_eq!(mynah.get("/v3/users/ada").await.ok()["is_online"], true);
    mynah.post("/_mynah/reset", json!({ "to": "base" })).await.ok();
    ada.closed().await;
    assert_eq!(mynah.get("/v3/users/ada").await.ok()["is_online"], false);
}

#[tokio::test]
async fn a_kill_while_it_is_saved_leaves_the_old_one_or_the_new_one() {
    let folder = tempfile::tempdir().unwrap();
    let mut saved = 50;
    let mut length = std::time::Duration::ZERO;
    // From long before a save is done to long after.
    for round in 0..7_u32 {
        let server = Process::on(folder.path());
        if round == 0 {
            server.with_group("lobby", &["ada"]).await;
            for _ in 0..50 {
                let text = json!({ "user_id": "ada", "message": "x".repeat(4000) });
                server.send("lobby", text).await.ok();
            }
            let begin = std::time::Instant::now();
            server.post("/_mynah/snapshots", json!({ "name": "base" })).await.ok();
            length = begin.elapsed();
        }
        // What lies there can be loaded, whole: the one of before or the one that was being written.
        server.post("/_mynah/snapshots/base/load", json!({})).await.ok();
        let found = server.messages("lobby").await.len();
        assert!(found == saved || found == saved + 1, "round {round}: {found} of {saved}");
        saved = found;
        if round == 6 {
            break;
        }
        let text = json!({ "user_id": "ada", "message": format!("Round {round}") });
        server.send("lobby", text).await.ok();
        let request = server.request(Method::POST, "/_mynah/snapshots").json(&json!({ "name": "base" }));
        let saving = tokio::spawn(request.send());
        tokio::time::sleep(length * round / 4).await;
        if round == 5 {
            saving.await.expect("it ends").expect("it is saved");
            server.kill();
            saved += 1;
        } else {
            server.kill();
            let _ = saving.await;
        }
    }
    assert!(saved > 50, "the last one was saved before the kill");
    let parts = fs::read_dir(folder.path().join("snapshots")).unwrap();
    let parts = parts.filter(|entry| !entry.as_ref().unwrap().file_name().to_str().unwrap().ends_with(".mynah"));
    assert_eq!(parts.count(), 0, "what was not written to its end is swept away");
}
