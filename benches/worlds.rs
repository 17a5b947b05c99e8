//! How long whole applications take: reset, fork, and snapshots saved and loaded, at several sizes, over HTTP; and how long
//! it takes until somebody hears who waits in the journal.
//!
//! `cargo bench --bench worlds`; with `-- --data` on a data folder instead of in memory only.

#![expect(clippy::print_stdout, reason = "a bench tells what it has measured")]

use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use mynah::{Server, server::config::Config};
use reqwest::{Client, Method};
use serde_json::{Value, json};

/// How many messages an application has.
const SIZES: [usize; 3] = [0, 10_000, 100_000];

/// How often each thing is done.
const TIMES: usize = 15;

/// How often somebody waits in the journal.
const WAITS: usize = 500;

struct Bench {
    client: Client,
    url: String,
}

impl Bench {
    async fn ask(&self, method: Method, path: &str, body: &Value) -> anyhow::Result<Duration> {
        let begin = Instant::now();
        let request = self.client.request(method, format!("{}{path}", self.url)).json(body);
        let answer = request.send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        let took = begin.elapsed();
        ensure!(status.is_success(), "{path}: {status} {text}");
        Ok(took)
    }

    /// An application of so many messages.
    async fn fill(&self, application: &str, messages: usize) -> anyhow::Result<()> {
        let users: Vec<_> = (0..50).map(|number| json!({ "id": format!("user{number}") })).collect();
        let members: Vec<_> = (0..50).map(|number| format!("user{number}")).collect();
        let generate = json!({ "messages": messages, "replies": 0.3, "reactions": 0.1 });
        let channel = json!({ "id": "lobby", "members": members, "generate": generate });
        let seed = json!({ "users": users, "channels": [channel] });
        self.ask(Method::POST, &format!("/_mynah/seed?application={application}"), &seed).await?;
        Ok(())
    }
}

/// The middle and the longest of several times, in milliseconds.
fn told(mut times: Vec<Duration>) -> String {
    times.sort_unstable();
    let of = |time: Option<&Duration>| time.map_or(0.0, |time| time.as_secs_f64() * 1000.0);
    format!("{:>9.2} {:>9.2}", of(times.get(times.len() / 2)), of(times.last()))
}

async fn measure(bench: &Bench, messages: usize) -> anyhow::Result<()> {
    let world = json!({ "name": "base", "application": "base" });
    bench.fill("base", messages).await.context("the application is filled")?;
    let (mut forks, mut saves, mut loads, mut resets, mut removals) =
        <(Vec<_>, Vec<_>, Vec<_>, Vec<_>, Vec<_>)>::default();
    for number in 0..TIMES {
        let fork = format!("fork{number}");
        let body = json!({ "id": fork });
        forks.push(bench.ask(Method::POST, "/_mynah/applications/base/fork", &body).await?);
        removals.push(bench.ask(Method::DELETE, &format!("/_mynah/applications/{fork}"), &json!({})).await?);
        saves.push(bench.ask(Method::POST, "/_mynah/snapshots", &world).await?);
        resets.push(bench.ask(Method::POST, "/_mynah/reset", &json!({ "application": "base" })).await?);
        loads.push(bench.ask(Method::POST, "/_mynah/reset", &json!({ "to": "base" })).await?);
    }
    for (what, times) in
        [("fork", forks), ("remove the fork", removals), ("save", saves), ("reset", resets), ("load", loads)]
    {
        println!("{messages:>9} {what:<16} {}", told(times));
    }
    bench.ask(Method::DELETE, "/_mynah/applications/base", &json!({})).await?;
    Ok(())
}

/// From the sending of a request to the answer of whoever waits for it in the journal.
async fn measure_waits(bench: &Bench) -> anyhow::Result<()> {
    let mut times = Vec::new();
    for number in 0..WAITS {
        let path =
            format!("/_mynah/journal/wait?application=waits&operation=createAUser&user=u{number}&timeout=10s");
        let waiting = tokio::spawn(bench.client.get(format!("{}{path}", bench.url)).send());
        tokio::time::sleep(Duration::from_millis(2)).await;
        let begin = Instant::now();
        let user = json!({ "user_id": format!("u{number}"), "nickname": "", "profile_url": "" });
        let request = bench.client.post(format!("{}/apps/waits/v3/users", bench.url)).header("Api-Token", "any");
        request.json(&user).send().await?.error_for_status()?;
        waiting.await??.error_for_status()?;
        times.push(begin.elapsed());
    }
    println!("{:>9} {:<16} {}", "-", "wait", told(times));
    Ok(())
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    // `cargo bench` passes `--bench`; `cargo test --benches` does not.
    if !std::env::args().any(|argument| argument == "--bench") {
        println!("worlds: not measured; run `cargo bench --bench worlds`");
        return Ok(());
    }
    let folder = tempfile::tempdir()?;
    let on_disk = std::env::args().any(|argument| argument == "--data");
    let config = Config { ephemeral: !on_disk, data: folder.path().to_owned(), ..Config::default() };
    let server = Server::start(&config).await?;
    let address = server.addresses().first().context("it listens")?;
    let bench = Bench { client: Client::new(), url: format!("http://{address}") };
    println!(
        "{} milliseconds\n{:>9} {:<16} {:>9} {:>9}",
        if on_disk { "on disk," } else { "in memory," },
        "messages",
        "what",
        "median",
        "longest"
    );
    for messages in SIZES {
        measure(&bench, messages).await?;
    }
    measure_waits(&bench).await?;
    server.stop().await
}
