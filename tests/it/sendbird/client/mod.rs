//! What client SDKs do over HTTP, with the key of a session.

mod boot;
mod logins;
mod rights;

use mynah::dialects::sendbird;
use reqwest::{Client, Method};
use serde_json::{Value, json};

use crate::support::{Answer, Mynah, answer};

/// A client of one user.
struct User<'a> {
    mynah: &'a Mynah,
    http: Client,
    key: String,
}

impl Mynah {
    /// A client that acts for a user.
    async fn session_of(&self, user: &str) -> User<'_> {
        let issued = self.post(&format!("/v3/users/{user}/token"), json!({})).await.ok();
        let key = issued["token"].as_str().expect("a key").to_owned();
        User { mynah: self, http: Client::new(), key }
    }
}

impl User<'_> {
    async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let request = self.http.request(method, self.mynah.url(path)).header("Session-key", &self.key);
        answer(match body {
            Some(body) => request.json(&body),
            None => request,
        })
        .await
    }

    async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path, None).await
    }

    async fn post(&self, path: &str, body: Value) -> Answer {
        self.ask(Method::POST, path, Some(body)).await
    }

    async fn put(&self, path: &str, body: Value) -> Answer {
        self.ask(Method::PUT, path, Some(body)).await
    }

    async fn delete(&self, path: &str) -> Answer {
        self.ask(Method::DELETE, path, None).await
    }
}

#[test]
fn of_every_operation_it_is_said_whom_it_is_for() {
    let operations = mynah::server::operations();
    let (_, operations) = operations.iter().find(|(dialect, _)| *dialect == "sendbird").expect("the dialect");
    let served = operations.iter().filter(|one| one.served).map(|one| one.name);
    let silent: Vec<_> = served.filter(|name| !sendbird::is_declared(name)).collect();
    assert_eq!(silent, [""; 0], "say in access.rs whom they are for");
}
