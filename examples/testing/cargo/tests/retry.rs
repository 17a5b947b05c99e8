//! A send that fails is tried again, and one message is stored.
//!
//! ```sh
//! cd cargo
//! mynah exec -- cargo test
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

    fn send(&self, channel: &str, user: &str, text: &str, once: &str) -> Result<(), ureq::Error> {
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

/// An application of its own for each test.
fn start(name: &str) -> Chat {
    let url = std::env::var("MYNAH_URL").expect("mynah exec tells where it listens");
    // Refusals have a body that tells why.
    let agent = ureq::Agent::config_builder().http_status_as_error(false).build().new_agent();
    let chat = Chat { base: format!("{url}/apps/{name}"), agent };
    chat.post("/v3/users", &json!({ "user_id": "ada", "nickname": "Ada" })).expect("Ada comes");
    let lobby = json!({ "channel_url": "lobby", "user_ids": ["ada"] });
    chat.post("/v3/group_channels", &lobby).expect("the lobby opens");
    chat
}

fn stored(chat: &Chat) -> Vec<Value> {
    let path = "/v3/group_channels/lobby/messages?message_ts=0&prev_limit=0&next_limit=10";
    let mut list = chat.get(path).expect("messages are listed");
    let Value::Array(messages) = list["messages"].take() else { panic!("{list}") };
    messages.into_iter().map(|mut message| message["message"].take()).collect()
}

#[test]
fn a_send_that_fails_is_tried_again() {
    let chat = start("fails");
    let fault = json!({ "operation": "sendAMessage", "status": 500, "times": 1 });
    let fault = chat.post("/_mynah/faults", &fault).expect("the fault is set");
    chat.send("lobby", "ada", "Hello", "once").expect("it is sent in the end");
    assert_eq!(stored(&chat), ["Hello"]);
    let id = fault["id"].as_str().expect("a fault has an id");
    assert_eq!(chat.get(&format!("/_mynah/faults/{id}")).expect("it is shown")["hits"], 1);
}

#[test]
fn an_answer_that_is_lost_does_not_send_twice() {
    let chat = start("is-lost");
    let fault = json!({ "operation": "sendAMessage", "phase": "after", "reset": true, "times": 1 });
    chat.post("/_mynah/faults", &fault).expect("the fault is set");
    chat.send("lobby", "ada", "Hello", "once").expect("it is sent in the end");
    assert_eq!(stored(&chat), ["Hello"]);
}
