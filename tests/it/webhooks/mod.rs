//! Webhooks: what receivers are told, how it is signed, when it is tried again, and whom nobody calls.

mod categories;
mod control;
mod durable;
mod journal;
mod payloads;
mod receiver;
mod retries;
mod safety;
mod settings;
mod signature;

use reqwest::Method;
use serde_json::{Value, json};

use self::receiver::Receiver;
use crate::support::{Answer, Mynah, answer};

/// The settings of the service.
const SETTINGS: &str = "/v3/applications/settings/webhook";

/// The calls of an application.
const DELIVERIES: &str = "/_mynah/webhooks/deliveries";

/// How often is looked for what is to come, and for how long.
const LOOKS: usize = 1000;
const LOOK: std::time::Duration = std::time::Duration::from_millis(10);

impl Mynah {
    /// A control call.
    async fn control(&self, method: Method, path: &str, body: Value) -> Answer {
        let request = self.client().request(method, self.url(path));
        answer(if body.is_null() { request } else { request.json(&body) }).await
    }

    /// Tells a receiver everything, as the service's own settings have it.
    async fn calls(&self, receiver: &Receiver) {
        let settings = json!({ "enabled": true, "url": receiver.url("/hook"), "enabled_events": ["*"] });
        self.put(SETTINGS, settings).await.ok();
    }

    /// Sets the default webhook up by control; without an address, calls are kept.
    async fn webhook(&self, body: Value) -> Value {
        self.control(Method::PUT, "/_mynah/webhooks/default", body).await.ok()
    }

    /// The calls of the default application that are known.
    async fn deliveries(&self, query: &str) -> Vec<Value> {
        let list = self.control(Method::GET, &format!("{DELIVERIES}?limit=1000&{query}"), Value::Null).await.ok();
        list["deliveries"].as_array().expect("a list has deliveries").clone()
    }

    /// What was told so far, in its order, and is forgotten with that.
    async fn told(&self) -> Vec<Value> {
        let told = self.deliveries("").await.into_iter().map(|mut call| call["payload"].take()).collect();
        self.control(Method::DELETE, DELIVERIES, Value::Null).await.ok();
        told
    }

    /// Waits until that many calls have that state, and gives them.
    async fn settled(&self, state: &str, count: usize) -> Vec<Value> {
        for _ in 0..LOOKS {
            let found = self.deliveries(&format!("state={state}")).await;
            if found.len() >= count {
                return found;
            }
            tokio::time::sleep(LOOK).await;
        }
        panic!("no {count} calls are {state}: {:#?}", self.deliveries("").await);
    }
}

/// What these tell of, in order.
fn categories(told: &[Value]) -> Vec<&str> {
    told.iter().map(|body| body["category"].as_str().expect("a body has a category")).collect()
}
