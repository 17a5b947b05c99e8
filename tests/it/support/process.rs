//! The real binary, for tests of what only a process can show: signals, exit codes, a lost store.

use std::{
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Child, ChildStdout, Command, ExitStatus, Output, Stdio},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};

use super::{Answer, answer};

/// The binary under test.
pub const MYNAH: &str = env!("CARGO_BIN_EXE_mynah");

/// A running process; killed when it is dropped.
pub struct Process {
    child: Child,
    /// What it printed when it was ready.
    pub greeting: String,
    /// Held open, or the process could not print any more.
    _stdout: BufReader<ChildStdout>,
    stderr: Option<JoinHandle<String>>,
    url: String,
    client: Client,
}

/// The binary with these arguments and no environment.
pub fn mynah(arguments: &[&str]) -> Command {
    let mut command = Command::new(MYNAH);
    command.env_clear().args(arguments);
    command
}

/// Runs a command that is to end by itself and says little.
pub fn run(mut command: Command) -> Output {
    let command = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the binary runs");
    end_of(&mut child);
    child.wait_with_output().expect("it has ended")
}

/// Waits for the end of a process, but not forever.
fn end_of(child: &mut Child) -> ExitStatus {
    let begin = Instant::now();
    loop {
        if let Some(status) = child.try_wait().expect("it can be waited for") {
            return status;
        }
        if begin.elapsed() > Duration::from_secs(60) {
            let _ = child.kill();
            panic!("the process does not end");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

impl Process {
    /// A server on that data folder and on a free port.
    pub fn on(data: &Path) -> Self {
        Self::with(data, &[])
    }

    /// A server on that data folder, on a free port and with these flags beside.
    pub fn with(data: &Path, flags: &[&str]) -> Self {
        let data = data.to_str().expect("the folder has a plain name");
        Self::spawn(mynah(&[&["--listen", "127.0.0.1:0", "--data", data], flags].concat()))
    }

    /// A server as that command starts it.
    pub fn spawn(mut command: Command) -> Self {
        let command = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the binary runs");
        let mut stderr = child.stderr.take().expect("it is piped");
        let stderr = std::thread::spawn(move || {
            let mut text = String::new();
            let _ = stderr.read_to_string(&mut text);
            text
        });
        let mut stdout = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut greeting = String::new();
        while !greeting.contains("\n  data ") {
            if stdout.read_line(&mut greeting).expect("it prints text") == 0 {
                let _ = child.wait();
                panic!("the server does not start: {greeting}{}", stderr.join().expect("it was read"));
            }
        }
        let url = greeting.split_whitespace().find(|word| word.starts_with("http://")).expect("it tells its URL");
        let url = url.to_owned();
        Self { child, greeting, _stdout: stdout, stderr: Some(stderr), url, client: Client::new() }
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    pub fn client(&self) -> &Client {
        &self.client
    }

    /// A Sendbird request with a token.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.url)).header("Api-Token", "any")
    }

    pub async fn get(&self, path: &str) -> Answer {
        answer(self.request(Method::GET, path)).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        answer(self.request(Method::POST, path).json(&body)).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Answer {
        answer(self.request(Method::PUT, path).json(&body)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        answer(self.request(Method::DELETE, path)).await
    }

    /// A group channel with these members, who are created too.
    pub async fn with_group(&self, url: &str, members: &[&str]) {
        for id in members {
            let user = json!({ "user_id": id, "nickname": id, "profile_url": "" });
            self.post("/v3/users", user).await.ok();
        }
        self.post("/v3/group_channels", json!({ "channel_url": url, "user_ids": members })).await.ok();
    }

    /// Sends a message to a group channel.
    pub async fn send(&self, channel: &str, body: Value) -> Answer {
        self.post(&format!("/v3/group_channels/{channel}/messages"), body).await
    }

    /// Every message of a group channel, removed ones too, oldest first, with its thread.
    pub async fn messages(&self, channel: &str) -> Vec<Value> {
        let path = format!(
            "/v3/group_channels/{channel}/messages?include_reply_type=all&include_thread_info=true\
             &including_removed=true&with_sorted_meta_array=true&prev_limit=0&next_limit=200"
        );
        let mut all: Vec<Value> = Vec::new();
        loop {
            let from = match all.last() {
                Some(last) => format!("&message_id={}&include=false", last["message_id"]),
                None => "&message_ts=0".into(),
            };
            let mut page = self.get(&format!("{path}{from}")).await.ok();
            let Value::Array(page) = page["messages"].take() else { panic!("a list has messages") };
            if page.is_empty() {
                return all;
            }
            all.extend(page);
        }
    }

    /// All that the server knows of group channels and up to a hundred of their members, as clients see it.
    pub async fn everything(&self) -> Value {
        let users = self.get("/v3/users?limit=100&active_mode=all").await.ok();
        let path = "/v3/group_channels?limit=100&show_empty=true&show_member=true&show_read_receipt=true";
        let channels = self.get(path).await.ok();
        let mut messages = serde_json::Map::new();
        let mut views = Vec::new();
        for channel in channels["channels"].as_array().expect("a list has channels") {
            let url = channel["channel_url"].as_str().expect("a channel has a URL");
            messages.insert(url.to_owned(), self.messages(url).await.into());
            for user in users["users"].as_array().expect("a list has users") {
                let user = user["user_id"].as_str().expect("a user has an id");
                views.push(self.get(&format!("/v3/group_channels/{url}?user_id={user}")).await.ok());
            }
        }
        json!({ "users": users["users"], "channels": channels["channels"], "messages": messages, "views": views })
    }

    /// Ends the process as a power cut would: no signal handler runs.
    pub fn kill(mut self) {
        self.child.kill().expect("the process runs");
        self.child.wait().expect("it can be waited for");
    }

    /// Asks the process to stop.
    pub fn terminate(&self) {
        self.signal("TERM");
    }

    /// Sends the process a signal.
    pub fn signal(&self, name: &str) {
        let kill = format!("kill -{name} {}", self.child.id());
        let killed = Command::new("/bin/sh").args(["-c", &kill]).status().expect("there is a shell");
        assert!(killed.success());
    }

    /// Waits for the end, and tells the exit status and what was logged.
    pub fn wait(mut self) -> (ExitStatus, String) {
        let status = end_of(&mut self.child);
        (status, self.stderr.take().expect("it is read once").join().expect("it was read"))
    }

    /// Asks the process to stop and waits until it has.
    pub fn stop(self) -> (ExitStatus, String) {
        self.terminate();
        self.wait()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
