//! Faults: what somebody sets is what goes wrong, as often and as long as was said, and nothing else.

mod commands;
mod rules;
mod socket;
mod transport;

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::support::{Answer, Mynah, answer};

impl Mynah {
    /// Sets a fault that makes sense, and tells its id.
    pub async fn fault(&self, fault: Value) -> String {
        let set = self.post("/_mynah/faults", fault).await.ok();
        set["id"].as_str().expect("a fault has an id").to_owned()
    }

    /// How often a fault has struck.
    pub async fn hits(&self, id: &str) -> Value {
        self.get(&format!("/_mynah/faults/{id}")).await.ok()["hits"].clone()
    }

    /// The texts of a group channel.
    pub async fn texts(&self, channel: &str) -> Vec<String> {
        let path =
            format!("/v3/group_channels/{channel}/messages?message_ts=0&prev_limit=0&next_limit=200&include=true");
        let list = self.get(&path).await.ok();
        let messages = list["messages"].as_array().expect("a list has messages").iter();
        messages.map(|message| message["message"].as_str().expect("a text").to_owned()).collect()
    }

    /// A request of the other dialect, to send a text.
    pub fn returning(&self, channel: &str, sender: &str, text: &str) -> RequestBuilder {
        let body = json!({ "channelId": channel, "sender": sender, "message": text });
        let url = self.url("/apis/v1/messages/send");
        self.client().request(Method::POST, url).header("Authorization", "Bearer any").json(&body)
    }
}

fn hi() -> Value {
    json!({ "user_id": "ada", "message": "Hi" })
}

fn struck(answer: &Answer) -> Option<&str> {
    answer.headers.get("x-mynah-fault").map(|ids| ids.to_str().expect("ids are text"))
}

#[tokio::test]
async fn the_first_two_sends_fail_the_third_works_and_one_message_is_stored() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    let id = mynah.fault(json!({ "operation": "sendAMessage", "times": 2, "status": 500 })).await;
    for _ in 0..2 {
        let failed = mynah.send("lobby", hi()).await;
        assert_eq!(struck(&failed), Some(&*id));
        failed.refused(500_901);
    }
    let sent = mynah.send("lobby", hi()).await;
    assert_eq!(struck(&sent), None);
    sent.ok();
    assert_eq!(mynah.texts("lobby").await, ["Hi"]);
    let fault = mynah.get(&format!("/_mynah/faults/{id}")).await.ok();
    assert_eq!(
        (&fault["matched"], &fault["hits"], &fault["left"], &fault["operation"], &fault["times"]),
        (&json!(3), &json!(2), &json!(0), &json!("sendAMessage"), &json!(2))
    );
    let journal = mynah.get("/_mynah/journal").await.ok();
    let exchanges = journal["exchanges"].as_array().unwrap();
    let marked: Vec<_> = exchanges.iter().filter(|exchange| exchange["fault"] == *id).collect();
    assert_eq!(marked.len(), 2, "{journal}");
    assert!(marked.iter().all(|exchange| exchange["operation"] == "sendAMessage" && exchange["status"] == 500));
}

#[tokio::test]
async fn an_answer_that_is_lost_leaves_one_message_and_the_retry_stores_none() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    for (phase, stored) in [("before", 0), ("after", 1)] {
        let text = format!("Hi {phase}");
        let body = json!({ "user_id": "ada", "message": text, "dedup_id": phase });
        mynah.fault(json!({ "operation": "sendAMessage", "phase": phase, "reset": true, "times": 1 })).await;
        let request = mynah.sendbird(Method::POST, "/v3/group_channels/lobby/messages").json(&body);
        let lost = request.send().await.expect_err("the answer is lost");
        assert!(format!("{lost:?}").contains("ConnectionReset"), "{lost:?}");
        let count = |texts: Vec<String>| texts.into_iter().filter(|found| *found == text).count();
        assert_eq!(count(mynah.texts("lobby").await), stored, "{phase}");
        let again = mynah.send("lobby", body.clone()).await;
        if stored == 1 {
            again.refused(400_202);
        } else {
            again.ok();
        }
        assert_eq!(count(mynah.texts("lobby").await), 1, "{phase}");
    }
    let replaced =
        json!({ "operation": "sendAMessage", "phase": "after", "code": 500_901, "message": "Lost", "times": 1 });
    mynah.fault(replaced).await;
    assert_eq!(mynah.send("lobby", json!({ "user_id": "ada", "message": "Third" })).await.refused(500_901), "Lost");
    assert_eq!(mynah.texts("lobby").await.last().unwrap(), "Third");
}

#[tokio::test]
async fn the_other_dialect_fails_in_its_own_form_in_both_phases() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    for (phase, stored) in [("before", 0), ("after", 1)] {
        let fault = json!({ "operation": "send-message", "phase": phase, "status": 503, "times": 1 });
        let id = mynah.fault(fault).await;
        let failed = answer(mynah.returning("lobby", "ada", phase)).await;
        assert_eq!((failed.status, struck(&failed)), (503, Some(&*id)));
        assert_eq!(failed.body, json!({ "status": "error", "message": "Service Unavailable" }));
        let count = |texts: Vec<String>| texts.iter().filter(|text| *text == phase).count();
        assert_eq!(count(mynah.texts("lobby").await), stored);
        answer(mynah.returning("lobby", "ada", phase)).await.ok();
        assert_eq!(count(mynah.texts("lobby").await), stored + 1);
    }
    mynah.fault(json!({ "user": "ada", "channel": "lobby", "message": "No", "times": 1 })).await;
    let failed = answer(mynah.returning("lobby", "ada", "Hi")).await;
    assert_eq!((failed.status, &failed.body["message"]), (500, &json!("No")));
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_clients_with_faults_of_their_own_never_affect_each_other() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    let mut clients = tokio::task::JoinSet::new();
    for client in 0..50_u64 {
        let request = |fault: Option<String>, text: String| {
            let request = mynah.sendbird(Method::POST, "/v3/group_channels/lobby/messages");
            let request = request.json(&json!({ "user_id": "ada", "message": text }));
            match fault {
                Some(fault) => request.header("X-Mynah-Fault", fault),
                None => request,
            }
        };
        let requests: Vec<_> = (0..10_u64)
            .map(|turn| {
                let (text, status) = (format!("{client} {turn}"), 400 + (client * 10 + turn) % 150);
                let phase = if turn % 2 == 0 { "before" } else { "after" };
                let fault = json!({ "status": status, "phase": phase, "message": text });
                let fails = turn % 3 != 0;
                (request(fails.then(|| fault.to_string()), text.clone()), text, fails.then_some(status))
            })
            .collect();
        clients.spawn(async move {
            for (request, text, status) in requests {
                let answer = answer(request).await;
                assert_eq!(u64::from(answer.status), status.unwrap_or(200), "{}", answer.text);
                assert_eq!(answer.body["message"], text);
                assert_eq!(struck(&answer), status.map(|_| "header"));
            }
        });
    }
    clients.join_all().await;
    // Of ten, those of the turns 0, 3, 6 and 9 are sent; 1, 5 and 7 are sent and the answer is another one.
    assert_eq!(mynah.texts_of("lobby").await, 50 * 7);
}

impl Mynah {
    /// How many messages a group channel has.
    async fn texts_of(&self, channel: &str) -> usize {
        let path = format!("/v3/group_channels/{channel}/messages/total_count");
        self.get(&path).await.ok()["total"].as_u64().expect("a number") as usize
    }
}
