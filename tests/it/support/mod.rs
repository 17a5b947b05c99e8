//! A server per test, and a client that reads like a sentence.

pub mod dice;
pub mod full;
pub mod process;
pub mod socket;

use std::{net::SocketAddr, path::Path, time::Duration};

use mynah::{
    Server,
    engine::Unavailable,
    model::ids::ApplicationId,
    server::config::{Config, DEFAULT_APPLICATION},
    state::Application,
};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};

/// A running server with nothing in it, gone with the test.
pub struct Mynah {
    server: Server,
    client: Client,
}

/// An answer: the status and the JSON of the body.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub text: String,
    pub body: Value,
}

impl Mynah {
    /// A server that keeps nothing.
    pub async fn start() -> Self {
        Self::start_with(Config::default()).await
    }

    /// A server on that data folder.
    pub async fn start_on(data: &Path) -> Self {
        Self::start_with(Config { ephemeral: false, data: data.to_owned(), ..Config::default() }).await
    }

    pub async fn start_with(config: Config) -> Self {
        let server = Server::start(&config).await.expect("the server starts");
        Self { server, client: Client::new() }
    }

    pub fn address(&self) -> SocketAddr {
        self.server.addresses()[0]
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address())
    }

    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The running server itself, for tests that look behind the answers.
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// What the clock of the default application shows, in milliseconds.
    pub async fn now(&self) -> i64 {
        let question = |app: &Application| Ok::<_, Unavailable>(app.now().0);
        self.server.engine().read(&default_application(), question).await.expect("the application answers")
    }

    /// Puts the clock of the default application forward.
    pub async fn advance(&self, seconds: u64) {
        let by = Duration::from_secs(seconds);
        self.server.engine().advance(&default_application(), by).await.expect("the clock can be moved");
    }

    pub async fn stop(self) {
        self.server.stop().await.expect("the server stops");
    }

    /// A Sendbird request with a token.
    pub fn sendbird(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, self.url(path)).header("Api-Token", "any")
    }

    pub async fn get(&self, path: &str) -> Answer {
        answer(self.sendbird(Method::GET, path)).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        answer(self.sendbird(Method::POST, path).json(&body)).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Answer {
        answer(self.sendbird(Method::PUT, path).json(&body)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        answer(self.sendbird(Method::DELETE, path)).await
    }

    /// Users of these ids, each nicknamed like its id with a capital letter.
    pub async fn with_users(&self, ids: &[&str]) {
        for id in ids {
            let nickname = id[..1].to_uppercase() + &id[1..];
            self.post("/v3/users", json!({ "user_id": id, "nickname": nickname, "profile_url": "" })).await.ok();
        }
    }

    /// A group channel with these members, who are created too.
    pub async fn with_group(&self, url: &str, members: &[&str]) {
        self.with_users(members).await;
        self.post("/v3/group_channels", json!({ "channel_url": url, "user_ids": members })).await.ok();
    }

    /// Sends a text to a group channel, and tells its id.
    pub async fn say(&self, channel: &str, user: &str, text: &str) -> i64 {
        let sent = self.send(channel, json!({ "user_id": user, "message": text })).await.ok();
        sent["message_id"].as_i64().expect("a message has an id")
    }

    /// Sends any message to a group channel.
    pub async fn send(&self, channel: &str, body: Value) -> Answer {
        self.post(&format!("/v3/group_channels/{channel}/messages"), body).await
    }

    /// Answers a text of a group channel, and tells the id of the reply.
    pub async fn reply(&self, channel: &str, user: &str, text: &str, parent: i64) -> i64 {
        let body = json!({ "user_id": user, "message": text, "parent_message_id": parent });
        self.send(channel, body).await.ok()["message_id"].as_i64().expect("a reply has an id")
    }

    /// A message of a group channel with its thread.
    pub async fn message(&self, channel: &str, id: i64) -> Value {
        let path = format!(
            "/v3/group_channels/{channel}/messages/{id}?include_thread_info=true&include_parent_message_info=true&include_reactions=true&with_sorted_meta_array=true"
        );
        self.get(&path).await.ok()
    }
}

fn default_application() -> ApplicationId {
    ApplicationId::new(DEFAULT_APPLICATION).expect("the name fits")
}

/// Sends a request and reads the answer.
pub async fn answer(request: RequestBuilder) -> Answer {
    let response = request.send().await.expect("the server answers");
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let text = response.text().await.expect("the answer is whole");
    let body = serde_json::from_str(&text).unwrap_or(Value::Null);
    Answer { status, headers, text, body }
}

impl Answer {
    /// The body of an answer that must be good.
    #[track_caller]
    pub fn ok(self) -> Value {
        assert_eq!(self.status, 200, "{}", self.text);
        self.body
    }

    /// Asserts the error of that number in Sendbird's form, and gives its text.
    #[track_caller]
    pub fn refused(self, code: i64) -> String {
        assert_eq!(self.body["code"], code, "{} {}", self.status, self.text);
        assert_eq!(self.body["error"], true, "{}", self.text);
        let status = match code {
            403_100 => 403,
            500_910 => 429,
            500_601 | 500_602 | 500_901 => 500,
            400_930 => 501,
            _ => 400,
        };
        assert_eq!(self.status, status, "{}", self.text);
        assert_eq!(self.body.as_object().map(serde_json::Map::len), Some(3), "{}", self.text);
        self.body["message"].as_str().expect("an error has a text").to_owned()
    }
}
