//! Calls are as durable as what they tell of: a killed process makes them after its next start.

use std::{collections::BTreeSet, sync::Arc};

use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::{
    DELIVERIES, LOOK, LOOKS, SETTINGS,
    receiver::{Receiver, Reply},
};
use crate::support::{answer, process::Process};

impl Process {
    async fn deliveries(&self) -> Vec<Value> {
        let list = answer(self.client().get(format!("{}{DELIVERIES}", self.url()))).await.ok();
        list["deliveries"].as_array().expect("a list has deliveries").clone()
    }

    async fn until(&self, state: &str, count: usize) -> Vec<Value> {
        for _ in 0..LOOKS {
            let calls = self.deliveries().await;
            if calls.iter().filter(|call| call["state"] == state).count() >= count {
                return calls;
            }
            tokio::time::sleep(LOOK).await;
        }
        panic!("no {count} calls are {state}: {:#?}", self.deliveries().await);
    }

    async fn calls(&self, receiver: &Receiver, retries: Value) {
        let settings = json!({ "enabled": true, "url": receiver.url("/"), "enabled_events": ["*"] });
        self.put(SETTINGS, settings).await.ok();
        self.retries(retries).await;
    }

    /// Sets when calls are tried again. As any write, it is answered when all that it saw is on disk: what a mere
    /// question shows may still be on its way there.
    async fn retries(&self, retries: Value) {
        let path = format!("{}/_mynah/webhooks/default", self.url());
        answer(self.client().put(path).json(&json!({ "retries": retries }))).await.ok();
    }

    /// The one call, once it has been tried so often.
    async fn tried(&self, times: usize) -> Value {
        for _ in 0..LOOKS {
            if let Some(call) = self.deliveries().await.pop()
                && call["attempts"].as_array().is_some_and(|attempts| attempts.len() == times)
            {
                return call;
            }
            tokio::time::sleep(LOOK).await;
        }
        panic!("it was not tried {times} times: {:#?}", self.deliveries().await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_process_makes_the_calls_that_it_was_making() {
    let folder = tempfile::tempdir().unwrap();
    let mut receiver = Receiver::start().await;
    let mynah = Process::on(folder.path());
    mynah.calls(&receiver, json!([])).await;
    receiver.replies([Reply::Silence]);
    for number in 0..5 {
        mynah.post("/v3/open_channels", json!({ "channel_url": format!("square-{number}") })).await.ok();
    }
    let begun = receiver.next().await;
    mynah.kill();
    receiver.is_quiet();

    let mynah = Process::on(folder.path());
    for number in 0..5 {
        let call = receiver.next().await;
        assert_eq!(call.body["channel"]["channel_url"], format!("square-{number}"));
        if number == 0 {
            assert_eq!((&call.text, &call.headers), (&begun.text, &begun.headers));
        }
    }
    let calls = mynah.until("delivered", 5).await;
    assert!(calls.iter().all(|call| call["attempts"].as_array().unwrap().len() == 1), "{calls:#?}");
    // Numbers go on, so that none is given twice.
    mynah.post("/v3/open_channels", json!({ "channel_url": "another" })).await.ok();
    assert_eq!(mynah.until("delivered", 6).await[5]["number"], 6);
    receiver.next().await;
    receiver.is_quiet();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_process_tries_again_what_was_not_taken() {
    let folder = tempfile::tempdir().unwrap();
    let mut receiver = Receiver::start().await;
    let mynah = Process::on(folder.path());
    mynah.calls(&receiver, json!(["1500ms", "1h"])).await;
    receiver.replies([Reply::Status(500), Reply::Status(500)]);
    mynah.post("/v3/open_channels", json!({ "channel_url": "square" })).await.ok();
    let first = receiver.next().await;
    assert_eq!(mynah.tried(1).await["state"], "waiting");
    mynah.retries(json!(["1500ms", "1h"])).await;
    mynah.kill();

    // Nobody asks for the application: it wakes by itself.
    let mynah = Process::on(folder.path());
    let second = receiver.next().await;
    assert_eq!(second.text, first.text);
    let call = mynah.tried(2).await;
    assert_eq!((&call["state"], &call["tries_left"]), (&json!("waiting"), &json!(1)));
    receiver.is_quiet();
}

/// Every message that was acknowledged is told, however often the process is killed in between: what was not told before
/// is told after the next start.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_kills_under_load_all_that_was_acknowledged_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let mut receiver = Receiver::start().await;
    let mut mynah = Process::on(folder.path());
    mynah.calls(&receiver, json!(["50ms", "1h"])).await;
    mynah.with_group("lobby", &["ada"]).await;
    let acknowledged = Arc::new(Mutex::new(BTreeSet::new()));
    for cycle in 0..4 {
        let workers: JoinSet<()> = (0..4)
            .map(|worker| {
                let client = mynah.client().clone();
                let url = format!("{}/v3/group_channels/lobby/messages", mynah.url());
                let acknowledged = Arc::clone(&acknowledged);
                async move {
                    for turn in 0.. {
                        let body = json!({ "user_id": "ada", "message": format!("{cycle}-{worker}-{turn}") });
                        let sent = client.post(&url).header("Api-Token", "any").json(&body).send().await;
                        let Ok(sent) = sent else { return };
                        let Ok(sent) = sent.json::<Value>().await else { return };
                        acknowledged.lock().insert(sent["message"].as_str().expect("it was sent").to_owned());
                    }
                }
            })
            .collect();
        let goal = acknowledged.lock().len() + 40 + cycle * 13;
        for _ in 0..LOOKS {
            if acknowledged.lock().len() >= goal {
                break;
            }
            tokio::time::sleep(LOOK).await;
        }
        mynah.kill();
        workers.join_all().await;
        mynah = Process::on(folder.path());
    }
    let expected = std::mem::take(&mut *acknowledged.lock());
    assert!(expected.len() > 160, "{}", expected.len());
    let mut told = BTreeSet::new();
    while !expected.is_subset(&told) {
        let call = receiver.next().await;
        if call.body["category"] == "group_channel:message_send" {
            told.insert(call.body["payload"]["message"].as_str().expect("a text").to_owned());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_stops_makes_its_calls_later() {
    let folder = tempfile::tempdir().unwrap();
    let mut receiver = Receiver::start().await;
    let mynah = Process::on(folder.path());
    mynah.calls(&receiver, json!([])).await;
    receiver.replies([Reply::Silence]);
    mynah.post("/v3/open_channels", json!({ "channel_url": "square" })).await.ok();
    receiver.next().await;
    let (status, log) = mynah.stop();
    assert_eq!(status.code(), Some(0), "{log}");
    let mynah = Process::on(folder.path());
    receiver.next().await;
    mynah.until("delivered", 1).await;
}
