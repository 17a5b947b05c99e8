//! A send that fails is tried again, and one message is stored.
//!
//! ```sh
//! cd cargo
//! mynah exec --seed ../world.yaml -- cargo test
//! ```

use serde_json::{Value, json};

/// The code under test: a client that does not give up at once.
struct Chat {
    base: String,
    agent: ureq::Agent,
}

impl Chat {
    fn get(&self, path: &str) -> Result<Value, ureq::Error> {
        let answer = self.agent.get(format!("{}{path}", self.base)).header("Api-Token", "any").call();
        answer?.body_mut().read_json()
    }

    fn post(&self, path: &str, body: &Value) -> Result<Value, ureq::Error> {
        let request = self.agent.post(format!("{}{path}", self.base)).header("Api-Token", "any");
        request.send_json(body)?.body_mut().read_json()
    }

    fn send(&self, channel: &str, user: &str, text: &str) -> Result<(), ureq::Error> {
        let once = format!("{user}-{:?}", std::time::SystemTime::now());
        let body = json!({ "message_type": "MESG", "user_id": user, "message": text, "dedup_id": once });
        let mut outcome = Ok(());
        for _ in 0..3 {
            outcome = match self.post(&format!("/v3/group_channels/{channel}/messages"), &body) {
                Ok(answer) if answer["code"].is_null() => return Ok(()),
                // An attempt before this one got through.
                Ok(answer) if answer["code"] == 400_202 => return Ok(()),
                Ok(_) => Err(ureq::Error::StatusCode(500)),
                Err(error) => Err(error),
            };
        }
        outcome
    }
}

fn chat(base: String) -> Chat {
    // Refusals have a body that tells why.
    let agent = ureq::Agent::config_builder().http_status_as_error(false).build().new_agent();
    Chat { base, agent }
}

fn stored(chat: &Chat) -> Vec<Value> {
    let path = "/v3/group_channels/lobby/messages?message_ts=0&prev_limit=0&next_limit=10";
    let mut list = chat.get(path).expect("messages are listed");
    let Value::Array(messages) = list["messages"].take() else { panic!("{list}") };
    messages.into_iter().map(|mut message| message["message"].take()).collect()
}

fn start() -> Chat {
    // A copy of the world for each test, made in milliseconds.
    let mynah = std::env::var("MYNAH_URL").expect("mynah exec tells where it listens");
    let fork = chat(mynah.clone()).post("/_mynah/applications/mynah/fork", &json!({})).expect("it is copied");
    chat(format!("{mynah}/apps/{}", fork["id"].as_str().expect("a copy has an id")))
}

#[test]
fn an_answer_that_is_lost_does_not_send_twice() {
    let chat = start();
    let fault = json!({ "operation": "sendAMessage", "times": 1, "phase": "after", "reset": true });
    chat.post("/_mynah/faults", &fault).expect("the fault is set");
    chat.send("lobby", "ada", "Hello").expect("it is sent in the end");
    let attempts = chat.get("/_mynah/journal/wait?operation=sendAMessage&count=2&timeout=5s");
    assert_eq!(attempts.expect("it waits")["exchanges"].as_array().map(Vec::len), Some(2));
    assert_eq!(stored(&chat), ["Hello"]);
}

#[test]
fn a_send_that_fails_is_tried_again() {
    let chat = start();
    let fault = json!({ "operation": "sendAMessage", "times": 2, "status": 500 });
    chat.post("/_mynah/faults", &fault).expect("the fault is set");
    chat.send("lobby", "ada", "Hello").expect("it is sent in the end");
    let attempts = chat.get("/_mynah/journal/wait?operation=sendAMessage&count=3&timeout=5s");
    assert_eq!(attempts.expect("it waits")["exchanges"].as_array().map(Vec::len), Some(3));
    assert_eq!(stored(&chat), ["Hello"]);
}
