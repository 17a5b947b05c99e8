//! A store that fails in the middle of a load: errors instead of lies, and memory equals disk afterwards.

use std::{
    collections::BTreeSet,
    fs,
    path::Path,
    process::Command,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use serde_json::json;

use crate::support::process::{MYNAH, Process};

#[tokio::test]
async fn without_its_database_file_a_server_reads_on_and_refuses_every_write() {
    let folder = tempfile::tempdir().unwrap();
    let mynah = Process::on(folder.path());
    let parent = with_a_thread(&mynah).await;
    let before = mynah.everything().await;
    let away = take_away(folder.path());

    refuses_every_write(&mynah, parent).await;
    assert_eq!(mynah.everything().await, before);

    mynah.kill();
    fs::rename(&away, folder.path().join("mynah.db")).unwrap();
    assert_eq!(Process::on(folder.path()).everything().await, before);
}

#[tokio::test]
async fn with_another_database_file_in_place_of_its_own_a_server_refuses_every_write() {
    let folder = tempfile::tempdir().unwrap();
    let mynah = Process::on(folder.path());
    let parent = with_a_thread(&mynah).await;
    let before = mynah.everything().await;
    let away = take_away(folder.path());
    fs::copy(&away, folder.path().join("mynah.db")).unwrap();

    refuses_every_write(&mynah, parent).await;
    assert_eq!(mynah.everything().await, before);

    mynah.kill();
    fs::rename(&away, folder.path().join("mynah.db")).unwrap();
    assert_eq!(Process::on(folder.path()).everything().await, before);
}

#[tokio::test]
async fn without_the_log_of_its_database_a_server_refuses_every_write() {
    let folder = tempfile::tempdir().unwrap();
    let mynah = Process::on(folder.path());
    let parent = with_a_thread(&mynah).await;
    let before = mynah.everything().await;
    // What is committed lies here until SQLite moves it into the database file.
    let (log, away) = (folder.path().join("mynah.db-wal"), folder.path().join("away"));
    fs::rename(&log, &away).unwrap();

    refuses_every_write(&mynah, parent).await;
    assert_eq!(mynah.everything().await, before);

    mynah.kill();
    fs::rename(&away, &log).unwrap();
    assert_eq!(Process::on(folder.path()).everything().await, before);
}

#[tokio::test]
async fn an_application_that_is_not_in_memory_is_not_read_from_another_database_file() {
    let folder = tempfile::tempdir().unwrap();
    let mynah = Process::on(folder.path());
    let user = json!({ "user_id": "ada", "nickname": "Ada", "profile_url": "" });
    mynah.post("/apps/other/v3/users", user).await.ok();
    let (status, log) = mynah.stop();
    assert!(status.success(), "{log}");

    let mynah = Process::on(folder.path());
    let away = take_away(folder.path());
    let strange = tempfile::tempdir().unwrap();
    Process::on(strange.path()).stop();
    fs::copy(strange.path().join("mynah.db"), folder.path().join("mynah.db")).unwrap();
    mynah.get("/apps/other/v3/users").await.refused(500_901);

    fs::rename(&away, folder.path().join("mynah.db")).unwrap();
    let users = mynah.get("/apps/other/v3/users").await.ok();
    assert_eq!(users["users"][0]["user_id"], "ada");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_writes_at_the_moment_of_the_failure_the_good_ones_are_stored_and_the_others_are_not() {
    let folder = tempfile::tempdir().unwrap();
    let mynah = Process::on(folder.path());
    let parent = with_a_thread(&mynah).await;
    let (good, bad) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let (good, bad) = (&good, &bad);
    let server = &mynah;
    // Each sends until the file has gone and come back twice.
    let stop = &AtomicUsize::new(0);
    let client = |number: usize| async move {
        let (mut stored, mut refused) = (BTreeSet::new(), BTreeSet::new());
        for turn in 0.. {
            if stop.load(Ordering::Relaxed) > 0 {
                break;
            }
            let text = format!("{number}-{turn}");
            let mut body = json!({ "user_id": "bo", "message": text, "dedup_id": text });
            if turn % 2 == 0 {
                body["parent_message_id"] = parent.into();
            }
            let sent = server.send("lobby", body).await;
            if sent.status == 200 {
                good.fetch_add(1, Ordering::Relaxed);
                stored.insert(text);
            } else {
                sent.refused(500_901);
                bad.fetch_add(1, Ordering::Relaxed);
                refused.insert(text);
            }
        }
        (stored, refused)
    };
    let trouble = async {
        for _ in 0..2 {
            more(good, 100).await;
            let away = take_away(folder.path());
            more(bad, 50).await;
            fs::rename(&away, folder.path().join("mynah.db")).unwrap();
        }
        more(good, 100).await;
        stop.store(1, Ordering::Relaxed);
    };
    let ((), outcomes) = tokio::join!(trouble, futures_util::future::join_all((0..24).map(client)));

    let before = mynah.everything().await;
    let messages = before["messages"]["lobby"].as_array().unwrap();
    let texts: Vec<_> = messages.iter().map(|message| message["message"].as_str().unwrap()).collect();
    let set: BTreeSet<_> = texts.iter().map(|text| (*text).to_owned()).collect();
    assert_eq!(set.len(), texts.len(), "a message is there twice");
    let (stored, refused): (Vec<_>, Vec<_>) = outcomes.into_iter().unzip();
    let stored: BTreeSet<_> = stored.into_iter().flatten().collect();
    let refused: BTreeSet<_> = refused.into_iter().flatten().collect();
    assert!(stored.is_subset(&set), "lost: {:?}", stored.difference(&set).collect::<Vec<_>>());
    assert!(refused.is_disjoint(&set), "stored all the same: {:?}", refused.intersection(&set).collect::<Vec<_>>());
    assert_eq!(set.len(), stored.len() + 2);
    let replies = messages.iter().filter(|message| message["parent_message_id"] == parent).count();
    let parent = messages.iter().find(|message| message["message_id"] == parent).unwrap();
    assert_eq!(parent["thread_info"]["reply_count"], replies);
    // What was refused has left no trace: the same word is free.
    for text in refused.iter().take(5) {
        mynah.send("lobby", json!({ "user_id": "bo", "message": text, "dedup_id": text })).await.ok();
    }

    let before = mynah.everything().await;
    mynah.kill();
    assert_eq!(Process::on(folder.path()).everything().await, before);
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_full_disk_writes_are_refused_and_memory_equals_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    // No file may grow beyond this; without the signal, a write that would says so by an error.
    let mut command = Command::new("/bin/sh");
    let script = "trap '' XFSZ; ulimit -f 3000; exec \"$0\" \"$@\"";
    command.env_clear().args(["-c", script, MYNAH, "--listen", "127.0.0.1:0", "--data"]).arg(folder.path());
    let mynah = Process::spawn(command);
    let parent = with_a_thread(&mynah).await;
    let failures = &AtomicUsize::new(0);
    let (mynah_ref, long) = (&mynah, "x".repeat(4000));
    let long = &long;
    let client = |number: usize| async move {
        let mut stored = BTreeSet::new();
        for turn in 0.. {
            if failures.load(Ordering::Relaxed) >= 100 {
                break;
            }
            let name = format!("{number}-{turn}");
            let mut body = json!({ "user_id": "bo", "message": format!("{name} {long}"), "dedup_id": name });
            if turn % 2 == 0 {
                body["parent_message_id"] = parent.into();
            }
            let sent = mynah_ref.send("lobby", body).await;
            if sent.status == 200 {
                stored.insert(name);
            } else {
                sent.refused(500_901);
                failures.fetch_add(1, Ordering::Relaxed);
            }
        }
        stored
    };
    let stored: BTreeSet<_> =
        futures_util::future::join_all((0..12).map(client)).await.into_iter().flatten().collect();
    assert!(stored.len() > 50, "the disk was full too early: {}", stored.len());

    let before = mynah.everything().await;
    let messages = before["messages"]["lobby"].as_array().unwrap();
    let names =
        messages.iter().filter_map(|message| message["message"].as_str().unwrap().strip_suffix(long.as_str()));
    assert_eq!(names.map(|name| name.trim_end().to_owned()).collect::<BTreeSet<_>>(), stored);
    assert_eq!(messages.len(), stored.len() + 2);

    mynah.kill();
    let mynah = Process::on(folder.path());
    assert_eq!(mynah.everything().await, before);
    mynah.send("lobby", json!({ "user_id": "bo", "message": "There is room again." })).await.ok();
}

/// A channel with a message and a reply to it; tells the id of the message.
async fn with_a_thread(mynah: &Process) -> i64 {
    mynah.with_group("lobby", &["ada", "bo"]).await;
    let parent = mynah.send("lobby", json!({ "user_id": "ada", "message": "At eight?" })).await.ok();
    let parent = parent["message_id"].as_i64().unwrap();
    let reply = json!({ "user_id": "bo", "message": "At eight then.", "parent_message_id": parent });
    mynah.send("lobby", reply).await.ok();
    parent
}

/// Takes the database file away, and tells where it is.
fn take_away(data: &Path) -> std::path::PathBuf {
    let away = data.join("away.db");
    fs::rename(data.join("mynah.db"), &away).unwrap();
    away
}

async fn refuses_every_write(mynah: &Process, parent: i64) {
    let user = json!({ "user_id": "cy", "nickname": "Cy", "profile_url": "" });
    let text = |text: &str| json!({ "user_id": "ada", "message": text });
    let reply = json!({ "user_id": "bo", "message": "No, nine.", "parent_message_id": parent });
    let edit = json!({ "message_type": "MESG", "message": "At ten?" });
    let message = format!("/v3/group_channels/lobby/messages/{parent}");
    for _ in 0..2 {
        mynah.post("/v3/users", user.clone()).await.refused(500_901);
        mynah.put("/v3/users/ada", json!({ "nickname": "Adele" })).await.refused(500_901);
        mynah.delete("/v3/users/ada").await.refused(500_901);
        mynah.send("lobby", text("Anybody?")).await.refused(500_901);
        mynah.send("lobby", reply.clone()).await.refused(500_901);
        mynah.put(&message, edit.clone()).await.refused(500_901);
        mynah.delete(&message).await.refused(500_901);
        let path = "/v3/group_channels/lobby/messages/mark_as_read";
        mynah.put(path, json!({ "user_id": "ada" })).await.refused(500_901);
        mynah.put("/v3/group_channels/lobby/leave", json!({ "user_ids": ["bo"] })).await.refused(500_901);
        mynah.delete("/v3/group_channels/lobby").await.refused(500_901);
        mynah.post("/apps/fresh/v3/users", user.clone()).await.refused(500_901);
        let reset = mynah.post("/_mynah/reset", json!({ "application": "mynah" })).await;
        assert_eq!(reset.status, 500, "{}", reset.text);
    }
}

/// Waits until a count has grown by so many.
async fn more(count: &AtomicUsize, many: usize) {
    let from = count.load(Ordering::Relaxed);
    let grown = async {
        while count.load(Ordering::Relaxed) < from + many {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), grown).await.expect("the load goes on");
}
