//! The requests of the bench: users, channels and messages to begin with, and each kind's plan from then on.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, ensure};
use clap::ValueEnum;
use serde_json::{Value, json};

use crate::client::Connection;

const USERS: usize = 100;
const CHANNELS: usize = 50;
const MEMBERS: usize = 20;
/// Channels that get enough of the first messages for a full page, so that `list` always reads one.
const BUSY_CHANNELS: usize = 10;
/// Messages stored before anything is measured.
pub(crate) const FIRST_MESSAGES: usize = 1_000;
const MESSAGE_CHARS: usize = 100;
const PAGE: usize = 30;
/// Different requests prepared of each kind.
const VARIANTS: usize = 1_000;

/// A kind of request that is measured.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Kind {
    /// Send a message
    Send,
    /// Reply to a message
    Reply,
    /// List the newest thirty messages of a channel
    List,
    /// View one message
    View,
    /// 70 % list, 15 % view, 10 % send, 5 % reply
    Mix,
}

impl Kind {
    pub(crate) const ALL: [Self; 5] = [Self::Send, Self::Reply, Self::List, Self::View, Self::Mix];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Send => "send",
            Self::Reply => "reply",
            Self::List => "list",
            Self::View => "view",
            Self::Mix => "mix",
        }
    }

    /// The name of the bare server's runs this kind is compared with.
    pub(crate) fn bare_name(self) -> &'static str {
        match self {
            Self::Send | Self::Reply => "bare post",
            Self::List | Self::View => "bare",
            Self::Mix => "bare mix",
        }
    }
}

/// Prepared requests to choose from at random: kinds by weight, requests of a kind alike.
pub(crate) struct Plan {
    parts: Vec<Part>,
    weight: u32,
}

struct Part {
    /// Draws below this, and not below the part before, are this part's.
    below: u32,
    requests: Vec<Vec<u8>>,
}

impl Plan {
    pub(crate) fn new(parts: impl IntoIterator<Item = (u32, Vec<Vec<u8>>)>) -> Arc<Self> {
        let mut weight = 0;
        let parts = parts
            .into_iter()
            .map(|(share, requests)| {
                weight += share;
                Part { below: weight, requests }
            })
            .collect();
        Arc::new(Self { parts, weight })
    }

    pub(crate) fn pick(&self, random: &mut Random) -> &[u8] {
        let draw = random.below(self.weight);
        let part =
            self.parts.iter().find(|part| draw < part.below).expect("the last part reaches up to the whole weight");
        let count = u32::try_from(part.requests.len()).expect("a part has few requests");
        &part.requests[random.below(count) as usize]
    }
}

/// A small deterministic generator (`SplitMix64`): every run draws the same requests.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `end`.
    fn below(&mut self, end: u32) -> u32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        let high = ((mixed >> 32) * u64::from(end)) >> 32;
        u32::try_from(high).expect("the product's high half is below `end`")
    }
}

/// A message stored before the measurements.
struct Stored {
    channel: usize,
    id: i64,
}

/// What is stored before the measurements, and so what requests can name.
pub(crate) struct World {
    host: SocketAddr,
    stored: Vec<Stored>,
}

impl World {
    /// Stores the users, the channels and the first messages.
    pub(crate) async fn seed(host: SocketAddr) -> anyhow::Result<Self> {
        let mut world = Self { host, stored: Vec::with_capacity(FIRST_MESSAGES) };
        let mut connection = Connection::open(host).await?;
        for user in 0..USERS {
            let id = user_id(user);
            let body = json!({"user_id": id, "nickname": format!("User {user}"), "profile_url": ""});
            call(&mut connection, &post(host, "/v3/users", &body)).await?;
        }
        for channel in 0..CHANNELS {
            let members: Vec<_> = (0..MEMBERS).map(|member| member_id(channel, member)).collect();
            let body = json!({
                "channel_url": channel_url(channel),
                "name": format!("Channel {channel}"),
                "user_ids": members,
            });
            call(&mut connection, &post(host, "/v3/group_channels", &body)).await?;
        }
        for message in 0..FIRST_MESSAGES {
            let all = if message % 2 == 0 { BUSY_CHANNELS } else { CHANNELS };
            let channel = message / 2 % all;
            let answer = call(&mut connection, &world.send(channel, message, None)).await?;
            let id = answer["message_id"].as_i64().with_context(|| format!("no message_id in {answer}"))?;
            world.stored.push(Stored { channel, id });
        }
        Ok(world)
    }

    /// The requests of a kind.
    pub(crate) fn plan(&self, kind: Kind) -> Arc<Plan> {
        match kind {
            Kind::Send => Plan::new([(1, self.sends())]),
            Kind::Reply => Plan::new([(1, self.replies())]),
            Kind::List => Plan::new([(1, self.lists())]),
            Kind::View => Plan::new([(1, self.views())]),
            Kind::Mix => {
                Plan::new([(70, self.lists()), (15, self.views()), (10, self.sends()), (5, self.replies())])
            }
        }
    }

    /// Requests that store messages, so many in a million of them replies.
    pub(crate) fn filling(&self, replies_per_million: u32) -> Arc<Plan> {
        Plan::new([(1_000_000 - replies_per_million, self.sends()), (replies_per_million, self.replies())])
    }

    fn sends(&self) -> Vec<Vec<u8>> {
        (0..VARIANTS).map(|variant| self.send(variant % CHANNELS, variant, None)).collect()
    }

    fn replies(&self) -> Vec<Vec<u8>> {
        self.stored
            .iter()
            .enumerate()
            .map(|(variant, parent)| self.send(parent.channel, variant, Some(parent.id)))
            .collect()
    }

    fn views(&self) -> Vec<Vec<u8>> {
        self.stored
            .iter()
            .map(|message| {
                let url = channel_url(message.channel);
                get(self.host, &format!("/v3/group_channels/{url}/messages/{}", message.id))
            })
            .collect()
    }

    fn lists(&self) -> Vec<Vec<u8>> {
        (0..BUSY_CHANNELS).map(|channel| list(self.host, channel)).collect()
    }

    /// A request for a message of a member of the channel; the variant decides which member and what text.
    fn send(&self, channel: usize, variant: usize, parent: Option<i64>) -> Vec<u8> {
        let text = format!("{variant:04} {}", "the quick brown fox jumps over the lazy dog. ".repeat(3));
        let mut body = json!({
            "message_type": "MESG",
            "user_id": member_id(channel, variant / CHANNELS),
            "message": text[..MESSAGE_CHARS],
        });
        if let Some(parent) = parent {
            body["parent_message_id"] = parent.into();
        }
        let url = channel_url(channel);
        post(self.host, &format!("/v3/group_channels/{url}/messages"), &body)
    }
}

/// A request for the newest page of a busy channel.
pub(crate) fn newest_page(host: SocketAddr) -> Vec<u8> {
    list(host, 0)
}

/// Whether the answer to [`newest_page`] is a full page.
pub(crate) fn is_full_page(body: &[u8]) -> bool {
    serde_json::from_slice::<Value>(body).ok().and_then(|page| page["messages"].as_array().map(Vec::len))
        == Some(PAGE)
}

/// A request for Mynah's own sign of life.
pub(crate) fn health(host: SocketAddr) -> Vec<u8> {
    get(host, "/_mynah/health")
}

fn list(host: SocketAddr, channel: usize) -> Vec<u8> {
    let url = channel_url(channel);
    #[expect(clippy::disallowed_methods, reason = "a client has only the clock of the machine")]
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is past 1970").as_millis();
    let query = format!("message_ts={now}&prev_limit={PAGE}&next_limit=0");
    get(host, &format!("/v3/group_channels/{url}/messages?{query}"))
}

pub(crate) fn user_id(user: usize) -> String {
    format!("bench_user_{user}")
}

fn member_id(channel: usize, member: usize) -> String {
    user_id((channel * 2 + member % MEMBERS) % USERS)
}

pub(crate) fn channel_url(channel: usize) -> String {
    format!("bench_channel_{channel}")
}

pub(crate) fn get(host: SocketAddr, target: &str) -> Vec<u8> {
    format!("GET {target} HTTP/1.1\r\nHost: {host}\r\nApi-Token: bench\r\n\r\n").into_bytes()
}

pub(crate) fn post(host: SocketAddr, target: &str, body: &Value) -> Vec<u8> {
    with_body("POST", host, target, body)
}

pub(crate) fn put(host: SocketAddr, target: &str, body: &Value) -> Vec<u8> {
    with_body("PUT", host, target, body)
}

fn with_body(method: &str, host: SocketAddr, target: &str, body: &Value) -> Vec<u8> {
    let body = body.to_string();
    format!(
        "{method} {target} HTTP/1.1\r\nHost: {host}\r\nApi-Token: bench\r\n\
         Content-Type: application/json; charset=utf8\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// Sends a request that must succeed and returns the answer.
pub(crate) async fn call(connection: &mut Connection, request: &[u8]) -> anyhow::Result<Value> {
    let status = connection.exchange(request).await?;
    let body = String::from_utf8_lossy(connection.body());
    let line = request.split(|&byte| byte == b'\r').next().unwrap_or(request);
    let line = String::from_utf8_lossy(line);
    ensure!(status == 200, "{line} was answered {status}: {body}");
    serde_json::from_str(&body).with_context(|| format!("the answer to {line} is not JSON: {body}"))
}
