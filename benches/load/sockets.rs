//! Live connections: how fast a crowd hears a message, and what those cost that hear nothing.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use futures_util::StreamExt as _;
use parking_lot::Mutex;
use serde_json::json;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::client::Connection;
use crate::interrupt;
use crate::traffic::{call, post, user_id};

/// The channel in which everybody is.
const CHANNEL: &str = "bench_hall";
/// Members that one request may name.
const NAMED: usize = 100;
/// Messages that one is sent ahead of the slowest hearer.
const AHEAD: usize = 32;
/// Messages whose way is timed.
const TIMED: usize = 40;
/// How long a message may take to everybody.
const PATIENCE: Duration = Duration::from_secs(20);

type Socket = WebSocketStream<TcpStream>;

/// What the hearers of a server have heard.
#[derive(Default)]
struct Heard {
    all: AtomicUsize,
    /// When the message was sent whose way is timed, in nanoseconds after the beginning.
    sent: AtomicU64,
    ways: Mutex<Vec<u32>>,
    lost: AtomicUsize,
}

/// What came of it.
pub(crate) struct Fanout {
    /// Frames that arrived in a second, under load.
    pub(crate) per_second: f64,
    /// The 99th percentile of the time from sending to hearing, in milliseconds, of single messages.
    pub(crate) p99: f64,
    /// The largest of these times.
    pub(crate) max: f64,
}

/// What is asked of which server.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Mynah,
    /// A server that passes on what it is sent to all connections, and does nothing else.
    Bare,
}

/// Stores the users and the channel.
pub(crate) async fn seed(host: SocketAddr, users: usize) -> anyhow::Result<()> {
    let mut connection = Connection::open(host).await?;
    for user in 0..users {
        let body = json!({"user_id": user_id(user), "nickname": format!("User {user}"), "profile_url": ""});
        call(&mut connection, &post(host, "/v3/users", &body)).await?;
    }
    let ids: Vec<_> = (0..users).map(user_id).collect();
    let (first, rest) = ids.split_at(ids.len().min(NAMED));
    let body = json!({"channel_url": CHANNEL, "user_ids": first});
    call(&mut connection, &post(host, "/v3/group_channels", &body)).await?;
    for some in rest.chunks(NAMED) {
        let target = format!("/v3/group_channels/{CHANNEL}/invite");
        call(&mut connection, &post(host, &target, &json!({"user_ids": some}))).await?;
    }
    Ok(())
}

/// Opens the socket of a user.
async fn open(host: SocketAddr, user: usize, kind: Kind) -> anyhow::Result<Socket> {
    let stream = TcpStream::connect(host).await?;
    stream.set_nodelay(true)?;
    let target = match kind {
        Kind::Mynah => format!("ws://{host}/?p=JS&user_id={}", user_id(user)),
        Kind::Bare => format!("ws://{host}/"),
    };
    let (mut socket, _) = client_async(target, stream).await.context("opening a socket")?;
    let first = socket.next().await.context("the server closed at once")??;
    let text = first.to_text()?;
    ensure!(text.starts_with("LOGI{") && !text.contains("\"error\":true"), "not logged in: {text}");
    Ok(socket)
}

async fn open_all(host: SocketAddr, count: usize, kind: Kind) -> anyhow::Result<Vec<Socket>> {
    let mut sockets = Vec::with_capacity(count);
    for user in 0..count {
        interrupt::check()?;
        sockets.push(open(host, user, kind).await?);
    }
    Ok(sockets)
}

/// Measures how a message reaches so many connections.
pub(crate) async fn fanout(
    host: SocketAddr,
    kind: Kind,
    connections: usize,
    seconds: Duration,
) -> anyhow::Result<Fanout> {
    let sockets = open_all(host, connections, kind).await?;
    let heard = Arc::new(Heard::default());
    let begin = Instant::now();
    let mut hearers = JoinSet::new();
    for socket in sockets {
        hearers.spawn_local(hear(socket, Arc::clone(&heard), begin));
    }
    let mut speaker = Connection::open(host).await?;
    let message = message(host, kind);
    for number in 1..=TIMED {
        interrupt::check()?;
        let now = u64::try_from(begin.elapsed().as_nanos())?;
        heard.sent.store(now, Ordering::Relaxed);
        say(&mut speaker, &message).await?;
        wait(&heard, number * connections).await?;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    heard.sent.store(0, Ordering::Relaxed);
    let (started, before) = (Instant::now(), heard.all.load(Ordering::Relaxed));
    let mut said = 0;
    while started.elapsed() < seconds {
        interrupt::check()?;
        say(&mut speaker, &message).await?;
        said += 1;
        if said > AHEAD {
            wait(&heard, before + (said - AHEAD) * connections).await?;
        }
    }
    wait(&heard, before + said * connections).await?;
    let per_second = (said * connections) as f64 / started.elapsed().as_secs_f64();
    ensure!(heard.lost.load(Ordering::Relaxed) == 0, "connections were lost");
    hearers.shutdown().await;
    let mut ways = std::mem::take(&mut *heard.ways.lock());
    ways.sort_unstable();
    let at = |percent: usize| {
        ways.get((ways.len() * percent).div_ceil(100).max(1) - 1).map_or(0.0, |&micros| f64::from(micros) / 1e3)
    };
    Ok(Fanout { per_second, p99: at(99), max: at(100) })
}

/// Opens connections that hear nothing, and does something while they are there.
pub(crate) async fn idle<T>(host: SocketAddr, connections: usize, look: impl FnOnce() -> T) -> anyhow::Result<T> {
    let mut sockets = open_all(host, connections, Kind::Mynah).await?;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let seen = look();
    // All of them are still there.
    for socket in &mut sockets {
        futures_util::SinkExt::send(socket, Message::text("PING{\"id\":1}\n")).await?;
        let pong = tokio::time::timeout(PATIENCE, socket.next()).await?.context("a connection was closed")??;
        ensure!(pong.to_text()?.starts_with("PONG"), "not a PONG: {pong}");
    }
    Ok(seen)
}

async fn hear(mut socket: Socket, heard: Arc<Heard>, begin: Instant) {
    while let Some(Ok(frame)) = socket.next().await {
        if !frame.to_text().is_ok_and(|text| text.starts_with("MESG")) {
            continue;
        }
        let sent = heard.sent.load(Ordering::Relaxed);
        if sent > 0 {
            let way = begin.elapsed().saturating_sub(Duration::from_nanos(sent)).as_micros();
            heard.ways.lock().push(u32::try_from(way).unwrap_or(u32::MAX));
        }
        heard.all.fetch_add(1, Ordering::Relaxed);
    }
    heard.lost.fetch_add(1, Ordering::Relaxed);
}

async fn wait(heard: &Heard, count: usize) -> anyhow::Result<()> {
    let begin = Instant::now();
    while heard.all.load(Ordering::Relaxed) < count {
        if begin.elapsed() > PATIENCE {
            bail!("{} of {count} frames came in {PATIENCE:?}", heard.all.load(Ordering::Relaxed));
        }
        tokio::time::sleep(Duration::from_micros(500)).await;
    }
    Ok(())
}

fn message(host: SocketAddr, kind: Kind) -> Vec<u8> {
    let text = "the quick brown fox jumps over the lazy dog. ".repeat(2);
    match kind {
        Kind::Mynah => {
            let body = json!({"message_type": "MESG", "user_id": user_id(0), "message": text});
            post(host, &format!("/v3/group_channels/{CHANNEL}/messages"), &body)
        }
        // About what a frame of Mynah has.
        Kind::Bare => post(host, "/say", &json!({"message": text, "more": "x".repeat(560)})),
    }
}

async fn say(speaker: &mut Connection, message: &[u8]) -> anyhow::Result<()> {
    let status = speaker.exchange(message).await?;
    ensure!(status == 200, "a message was answered {status}: {}", String::from_utf8_lossy(speaker.body()));
    Ok(())
}
