//! A client on the socket, as plain as the protocol is.

use std::{collections::VecDeque, time::Duration};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest, protocol::CloseFrame},
};

use super::Mynah;

/// How long a frame may be on its way.
const PATIENCE: Duration = Duration::from_secs(10);

/// A live connection, logged in or refused.
pub struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// What came and was not asked for yet.
    waiting: VecDeque<(String, Value)>,
    requests: u64,
    /// The first frame.
    pub login: Value,
    /// What the server repeated of the subprotocol.
    pub protocol: Option<String>,
}

impl Mynah {
    /// A connection of that user, who needs no token.
    pub async fn connect(&self, user: &str) -> Socket {
        let socket = self.knock(&format!("/?p=JS&user_id={user}"), Some("%7B%7D")).await;
        assert!(socket.login.get("error").is_none(), "{}", socket.login);
        socket
    }

    /// Opens the socket at that path, with that subprotocol.
    pub async fn knock(&self, path: &str, protocol: Option<&str>) -> Socket {
        Socket::open(&format!("ws://{}{path}", self.address()), protocol).await
    }
}

impl Socket {
    pub async fn open(url: &str, protocol: Option<&str>) -> Self {
        let mut request = url.into_client_request().expect("the address is one");
        if let Some(protocol) = protocol {
            let value = protocol.parse().expect("the protocol fits a header");
            request.headers_mut().insert("sec-websocket-protocol", value);
        }
        let (stream, response) = connect_async(request).await.expect("the server takes the socket");
        let protocol = response.headers().get("sec-websocket-protocol");
        let protocol = protocol.map(|value| value.to_str().expect("it is a text").to_owned());
        let mut socket = Self { stream, waiting: VecDeque::new(), requests: 0, login: Value::Null, protocol };
        let (code, login) = socket.next().await.expect("there is a first frame");
        socket.login = if code == "LOGI" { login } else { json!({ "error": true, "first": code, "body": login }) };
        socket
    }

    /// The key of the session.
    pub fn key(&self) -> String {
        self.login["key"].as_str().expect("a login has a key").to_owned()
    }

    /// The next frame; none when the server has closed the connection.
    pub async fn next(&mut self) -> Option<(String, Value)> {
        if let Some(frame) = self.waiting.pop_front() {
            return Some(frame);
        }
        loop {
            let message = tokio::time::timeout(PATIENCE, self.stream.next()).await.expect("a frame comes in time");
            match message? {
                Ok(Message::Text(text)) => {
                    let (code, json) = text.split_at(4);
                    return Some((code.to_owned(), serde_json::from_str(json).expect("a frame has JSON")));
                }
                Ok(Message::Close(_)) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    }

    /// The next frame of that code; what comes before it is passed over.
    pub async fn hear(&mut self, code: &str) -> Value {
        loop {
            let (found, body) = self.next().await.unwrap_or_else(|| panic!("closed before a {code} came"));
            if found == code {
                return body;
            }
        }
    }

    /// The next system event of that category.
    pub async fn hear_event(&mut self, category: u32) -> Value {
        loop {
            let event = self.hear("SYEV").await;
            if event["cat"] == category {
                return event;
            }
        }
    }

    /// Says something that wants no answer.
    pub async fn say(&mut self, code: &str, body: Value) {
        self.say_plainly(&format!("{code}{body}\n")).await;
    }

    /// Says any text.
    pub async fn say_plainly(&mut self, text: &str) {
        self.stream.send(Message::text(text)).await.expect("the server takes it");
    }

    /// Gives a command and waits for its answer; other frames are kept for later.
    pub async fn ask(&mut self, code: &str, mut body: Value) -> (String, Value) {
        self.requests += 1;
        let request = format!("request-{}", self.requests);
        body["req_id"] = json!(request);
        self.say(code, body).await;
        let mut others = VecDeque::new();
        let answer = loop {
            let frame = self.next().await.unwrap_or_else(|| panic!("closed before {code} was answered"));
            if frame.1["req_id"] == request {
                break frame;
            }
            others.push_back(frame);
        };
        others.append(&mut self.waiting);
        self.waiting = others;
        answer
    }

    /// Gives a command that must be done.
    pub async fn does(&mut self, code: &str, body: Value) -> Value {
        let (found, answer) = self.ask(code, body).await;
        assert_eq!(found, code, "{answer}");
        answer
    }

    /// Gives a command that must be refused with that number.
    pub async fn is_refused(&mut self, code: &str, body: Value, number: i64) {
        let (found, answer) = self.ask(code, body).await;
        assert_eq!(
            (&*found, &answer["code"], &answer["error"]),
            ("EROR", &json!(number), &json!(true)),
            "{answer}"
        );
    }

    /// Everything that has come, once all that was committed before has been told: a PING that is
    /// answered shows the end.
    pub async fn heard(&mut self) -> Vec<(String, Value)> {
        // The hub is told of a commit right after it is acknowledged.
        tokio::time::sleep(Duration::from_millis(30)).await;
        self.say("PING", json!({ "id": 7 })).await;
        let mut heard = Vec::new();
        loop {
            let frame = self.next().await.expect("a PING is answered");
            if frame.0 == "PONG" {
                return heard;
            }
            heard.push(frame);
        }
    }

    /// Waits until the server closes the connection, and tells how.
    pub async fn closed(&mut self) -> Option<CloseFrame> {
        loop {
            match tokio::time::timeout(PATIENCE, self.stream.next()).await.expect("the server closes in time") {
                Some(Ok(Message::Close(frame))) => return frame,
                Some(Ok(_)) => {}
                _ => return None,
            }
        }
    }

    /// Hangs up.
    pub async fn close(mut self) {
        let _ = self.stream.close(None).await;
    }
}
