//! What was acknowledged survives the end of the process, however it ends.
//!
//! A longer loop: `MYNAH_DURABILITY_CYCLES=500 cargo test --test it durability -- --nocapture`.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
    sync::Arc,
    time::Duration,
};

use parking_lot::Mutex;
use reqwest::{Client, Method};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::support::process::Process;

const CHANNELS: [&str; 2] = ["kitchen", "garden"];
const USERS: [&str; 6] = ["ada", "bo", "cy", "di", "ed", "flo"];

/// How many requests are in the air at once.
const WORKERS: usize = 12;

/// After how many acknowledged messages of a cycle the process ends.
const PER_CYCLE: usize = 250;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_every_kill_under_load_all_that_was_acknowledged_is_there_once() {
    let cycles = std::env::var("MYNAH_DURABILITY_CYCLES");
    let cycles = cycles.map_or(20, |cycles| cycles.parse().expect("MYNAH_DURABILITY_CYCLES is a number"));
    let (mut done, mut total) = (0, Ledger::default());
    while done < cycles {
        // A long loop begins anew now and then: to check everything takes longer the more there is.
        let ledger = kill_again_and_again(done..cycles.min(done + 20)).await;
        done = cycles.min(done + 20);
        total.acknowledged += ledger.acknowledged;
        total.removals += ledger.removals;
        total.unanswered += ledger.unanswered;
        total.found += ledger.found;
    }
    println!(
        "{done} kills, {} messages acknowledged, {} removed, {} without an answer of which {} were stored",
        total.acknowledged, total.removals, total.unanswered, total.found
    );
}

async fn kill_again_and_again(cycles: Range<usize>) -> Ledger {
    let folder = tempfile::tempdir().unwrap();
    let ledger = Arc::new(Mutex::new(Ledger::default()));
    let mut mynah = begin(Process::on(folder.path())).await;
    for cycle in cycles {
        let load = Load::start(&mynah, &ledger, cycle);
        // Not always the same number, so that the end comes at all kinds of moments.
        load.until(PER_CYCLE + cycle * 7 % 40).await;
        mynah.kill();
        load.end().await;
        mynah = Process::on(folder.path());
        check(&mynah, &ledger).await;
        check_dedup(&mynah, &ledger).await;
    }
    drop(mynah);
    Arc::into_inner(ledger).expect("all clients have ended").into_inner()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_under_load_loses_nothing_and_exits_with_zero() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = Arc::new(Mutex::new(Ledger::default()));
    let mut mynah = begin(Process::on(folder.path())).await;
    for cycle in 0..3 {
        let load = Load::start(&mynah, &ledger, cycle);
        load.until(PER_CYCLE).await;
        mynah.terminate();
        load.end().await;
        let (status, log) = mynah.wait();
        assert_eq!(status.code(), Some(0), "{log}");
        assert!(!log.contains("cut off"), "{log}");
        mynah = Process::on(folder.path());
        check(&mynah, &ledger).await;
    }
    check_dedup(&mynah, &ledger).await;
}

async fn begin(mynah: Process) -> Process {
    mynah.with_group(CHANNELS[0], &USERS).await;
    mynah.post("/v3/group_channels", json!({ "channel_url": CHANNELS[1], "user_ids": USERS })).await.ok();
    mynah
}

/// What the clients know. A message is known by its text, which is also its `dedup_id`.
#[derive(Default)]
struct Ledger {
    /// Sends that got no answer yet, or never did.
    open: BTreeSet<String>,
    /// Messages that were acknowledged, or found after a restart: they have to stay.
    known: BTreeMap<String, Known>,
    /// Per channel and user: up to when the receipt has to have moved at least.
    read: BTreeMap<(usize, usize), i64>,
    acknowledged: usize,
    removals: usize,
    unanswered: usize,
    found: usize,
}

#[derive(Clone)]
struct Known {
    channel: usize,
    id: i64,
    created_at: i64,
    parent: Option<i64>,
    removed: Removed,
}

#[derive(Clone, Copy, PartialEq)]
enum Removed {
    No,
    /// Asked for, and not answered.
    Perhaps,
    Yes,
}

/// Clients that send, answer, remove and read until the server is gone.
struct Load {
    workers: JoinSet<()>,
    ledger: Arc<Mutex<Ledger>>,
    before: usize,
}

impl Load {
    fn start(mynah: &Process, ledger: &Arc<Mutex<Ledger>>, cycle: usize) -> Self {
        let mut workers = JoinSet::new();
        for number in 0..WORKERS {
            let worker = Worker {
                client: mynah.client().clone(),
                url: mynah.url().to_owned(),
                ledger: Arc::clone(ledger),
                channel: number % CHANNELS.len(),
                user: number % USERS.len(),
            };
            workers.spawn(worker.run(format!("{cycle}-{number}")));
        }
        Self { workers, ledger: Arc::clone(ledger), before: ledger.lock().acknowledged }
    }

    /// Waits until so many messages are acknowledged.
    async fn until(&self, messages: usize) {
        let enough = async {
            while self.ledger.lock().acknowledged < self.before + messages {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), enough).await.expect("the load goes on");
    }

    /// Waits until every client has noticed, and fails if one of them has seen something wrong.
    async fn end(mut self) {
        while let Some(ended) = self.workers.join_next().await {
            ended.expect("a client saw nothing wrong");
        }
        let mut ledger = self.ledger.lock();
        ledger.unanswered += ledger.open.len();
    }
}

struct Worker {
    client: Client,
    url: String,
    ledger: Arc<Mutex<Ledger>>,
    channel: usize,
    user: usize,
}

impl Worker {
    async fn run(self, name: String) {
        for turn in 0.. {
            let goes_on = match turn % 8 {
                7 => self.remove(turn).await,
                3 => self.mark_as_read().await,
                _ => self.send(format!("{name}-{turn}"), turn).await,
            };
            if goes_on.is_none() {
                return;
            }
        }
    }

    /// The body of a good answer; none if the server is gone.
    async fn ask(&self, method: Method, path: &str, body: Value) -> Option<(u16, Value)> {
        let url = format!("{}/v3/group_channels/{}/messages{path}", self.url, CHANNELS[self.channel]);
        let answer = self.client.request(method, url).header("Api-Token", "any").json(&body).send().await.ok()?;
        let status = answer.status().as_u16();
        let body: Value = serde_json::from_slice(&answer.bytes().await.ok()?).expect("an answer is JSON");
        // A server that stops says so.
        (body["code"] != 500_901).then_some((status, body))
    }

    async fn send(&self, text: String, turn: usize) -> Option<()> {
        let parent = {
            let mut ledger = self.ledger.lock();
            ledger.open.insert(text.clone());
            let here = ledger.known.values().rev().filter(|known| known.channel == self.channel);
            let parents = here.filter(|known| known.parent.is_none());
            if turn % 2 == 1 { parents.map(|known| known.id).nth(turn % 5) } else { None }
        };
        let mut body = json!({ "user_id": USERS[self.user], "message": text, "dedup_id": text });
        if let Some(parent) = parent {
            body["parent_message_id"] = parent.into();
        }
        let (status, answer) = self.ask(Method::POST, "", body).await?;
        let mut ledger = self.ledger.lock();
        assert!(ledger.open.remove(&text), "the text is new");
        if parent.is_some() && answer["code"] == 400_201 {
            // Somebody has removed the parent; then nothing is stored.
            return Some(());
        }
        assert_eq!(status, 200, "{answer}");
        let id = answer["message_id"].as_i64().unwrap();
        let created_at = answer["created_at"].as_i64().unwrap();
        let known = Known { channel: self.channel, id, created_at, parent, removed: Removed::No };
        ledger.known.insert(text, known);
        ledger.acknowledged += 1;
        let read = ledger.read.entry((self.channel, self.user)).or_default();
        *read = created_at.max(*read);
        Some(())
    }

    async fn remove(&self, turn: usize) -> Option<()> {
        let (text, id) = {
            let mut ledger = self.ledger.lock();
            let here = |known: &Known| known.channel == self.channel && known.removed == Removed::No;
            let mut messages = ledger.known.iter_mut().rev().filter(|(_, known)| here(known));
            let Some((text, known)) = messages.nth(turn % 11) else { return Some(()) };
            known.removed = Removed::Perhaps;
            (text.clone(), known.id)
        };
        let (status, answer) = self.ask(Method::DELETE, &format!("/{id}"), json!({})).await?;
        assert_eq!(status, 200, "{answer}");
        let mut ledger = self.ledger.lock();
        ledger.known.get_mut(&text).unwrap().removed = Removed::Yes;
        ledger.removals += 1;
        Some(())
    }

    async fn mark_as_read(&self) -> Option<()> {
        let newest = {
            let ledger = self.ledger.lock();
            let here = ledger.known.values().filter(|known| known.channel == self.channel);
            here.map(|known| known.created_at).max().unwrap_or(0)
        };
        let user = json!({ "user_id": USERS[self.user] });
        let (status, answer) = self.ask(Method::PUT, "/mark_as_read", user).await?;
        assert_eq!(status, 200, "{answer}");
        let mut ledger = self.ledger.lock();
        let read = ledger.read.entry((self.channel, self.user)).or_default();
        *read = newest.max(*read);
        Some(())
    }
}

/// Compares what a restarted server has with what its clients know, and counts everything again.
async fn check(mynah: &Process, ledger: &Mutex<Ledger>) {
    for (channel, url) in CHANNELS.into_iter().enumerate() {
        let messages = mynah.messages(url).await;
        let mut stored = BTreeMap::new();
        for message in &messages {
            let text = message["message"].as_str().unwrap();
            assert!(stored.insert(text, message).is_none(), "{text} is there twice");
        }
        settle(&mut ledger.lock(), channel, &stored);
        check_threads(&messages);
        let live = messages.iter().filter(|message| message["is_removed"] == false);
        let total = mynah.get(&format!("/v3/group_channels/{url}/messages/total_count")).await.ok();
        assert_eq!(total["total"], live.count());
        let path = format!("/v3/group_channels/{url}?show_read_receipt=true");
        let receipts = mynah.get(&path).await.ok()["read_receipt"].take();
        for (number, user) in USERS.into_iter().enumerate() {
            let read = receipts[user].as_i64().unwrap();
            let least = ledger.lock().read.get(&(channel, number)).copied().unwrap_or(0);
            assert!(read >= least, "{user} had read {url} up to {least}, now {read}");
            let live = messages.iter().filter(|message| message["is_removed"] == false);
            let others = live.filter(|message| message["user"]["user_id"] != user);
            let unread = others.filter(|message| message["created_at"].as_i64().unwrap() > read).count();
            let seen = mynah.get(&format!("/v3/group_channels/{url}?user_id={user}")).await.ok();
            assert_eq!(seen["unread_message_count"], unread, "{user} in {url}");
        }
    }
    ledger.lock().open.clear();
}

/// Every known message is there as it was; what got no answer is there or not, and is known from now on.
fn settle(ledger: &mut Ledger, channel: usize, stored: &BTreeMap<&str, &Value>) {
    for (text, known) in ledger.known.iter_mut().filter(|(_, known)| known.channel == channel) {
        let message = stored.get(text.as_str()).unwrap_or_else(|| panic!("{text} is lost"));
        assert_eq!(message["message_id"], known.id, "{text}");
        assert_eq!(message["created_at"], known.created_at, "{text}");
        assert_eq!(message["parent_message_id"].as_i64(), known.parent, "{text}");
        let removed = message["is_removed"].as_bool().unwrap();
        match known.removed {
            Removed::No => assert!(!removed, "{text} is removed and nobody asked for it"),
            Removed::Yes => assert!(removed, "{text} was removed and is back"),
            Removed::Perhaps => known.removed = if removed { Removed::Yes } else { Removed::No },
        }
    }
    for (text, message) in stored.iter().filter(|(text, _)| !ledger.known.contains_key(**text)).collect::<Vec<_>>()
    {
        assert!(ledger.open.contains(*text), "nobody sent {text}");
        ledger.found += 1;
        let known = Known {
            channel,
            id: message["message_id"].as_i64().unwrap(),
            created_at: message["created_at"].as_i64().unwrap(),
            parent: message["parent_message_id"].as_i64(),
            removed: Removed::No,
        };
        ledger.known.insert((*text).to_owned(), known);
    }
}

/// Counts the replies of every message again.
fn check_threads(messages: &[Value]) {
    let mut threads: BTreeMap<i64, Vec<&Value>> = BTreeMap::new();
    for reply in messages.iter().filter(|message| message["is_removed"] == false) {
        if let Some(parent) = reply["parent_message_id"].as_i64() {
            threads.entry(parent).or_default().push(reply);
        }
    }
    for message in messages {
        let replies = threads.remove(&message["message_id"].as_i64().unwrap()).unwrap_or_default();
        let thread = &message["thread_info"];
        assert_eq!(thread["reply_count"].as_u64().unwrap_or(0), replies.len() as u64, "{message}");
        let last = replies.iter().map(|reply| reply["created_at"].as_i64().unwrap()).max();
        assert_eq!(thread["last_replied_at"].as_i64().unwrap_or(0), last.unwrap_or(0), "{message}");
        let mut counts: BTreeMap<&str, i64> = BTreeMap::new();
        for reply in &replies {
            *counts.entry(reply["user"]["user_id"].as_str().unwrap()).or_default() += 1;
        }
        let mut users: Vec<_> = counts.into_iter().map(|(user, count)| (-count, user)).collect();
        users.sort_unstable();
        let told = thread["most_replies"].as_array().into_iter().flatten();
        let told: Vec<_> = told.map(|user| user["user_id"].as_str().unwrap()).collect();
        assert_eq!(told, users.iter().map(|(_, user)| *user).take(5).collect::<Vec<_>>(), "{message}");
    }
    assert!(threads.is_empty(), "replies without their message: {threads:?}");
}

/// Sends the latest messages once more, removed ones too: each is refused, and nothing is stored.
async fn check_dedup(mynah: &Process, ledger: &Mutex<Ledger>) {
    let mut known: Vec<_> = ledger.lock().known.iter().map(|(text, known)| (text.clone(), known.clone())).collect();
    known.sort_by_key(|(_, known)| known.created_at);
    for (text, known) in known.iter().rev().take(40) {
        let again = json!({ "user_id": "ada", "message": "again", "dedup_id": text });
        mynah.send(CHANNELS[known.channel], again).await.refused(400_202);
    }
    for (channel, url) in CHANNELS.into_iter().enumerate() {
        let live = known.iter().filter(|(_, known)| known.channel == channel && known.removed == Removed::No);
        let total = mynah.get(&format!("/v3/group_channels/{url}/messages/total_count")).await.ok();
        assert_eq!(total["total"], live.count());
    }
}
