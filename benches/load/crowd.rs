//! Many channels with many members: what lists and totals cost where every user is in every channel.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::client::Connection;
use crate::interrupt;
use crate::traffic::{Plan, call, channel_url, get, post, put, user_id};

/// Users and members that one request may name.
const NAMED: usize = 100;
/// Connections over which the crowd is stored.
const CONNECTIONS: usize = 8;
/// Messages sent in each channel.
const MESSAGES: usize = 5;
/// Custom types that channels have in turn.
const TYPES: usize = 20;
/// Users whose questions are measured. Every other one of them has read what was sent at first.
const ASKING: usize = 20;
/// One channel in this many gets a message after that.
const NEWS: usize = 10;
/// Pages of a list that are asked for.
const PAGES: usize = 8;

/// What is stored, and so what requests can name.
pub(crate) struct Crowd {
    host: SocketAddr,
    channels: usize,
    members: usize,
}

impl Crowd {
    /// Stores the users, the channels with everybody in them, and some messages.
    pub(crate) async fn seed(host: SocketAddr, channels: usize, members: usize) -> anyhow::Result<Arc<Self>> {
        let crowd = Arc::new(Self { host, channels, members });
        let mut connection = Connection::open(host).await?;
        for user in 0..members {
            let body = json!({"user_id": user_id(user), "nickname": format!("User {user}"), "profile_url": ""});
            call(&mut connection, &post(host, "/v3/users", &body)).await?;
        }
        crowd
            .in_all_channels(1, async |crowd, connection, channel| crowd.gather(connection, channel).await)
            .await?;
        for user in crowd.asking().step_by(2) {
            let target = format!("/v3/users/{}/mark_as_read_all", user_id(user));
            call(&mut connection, &put(host, &target, &json!({}))).await?;
        }
        crowd
            .in_all_channels(NEWS, async |crowd, connection, channel| crowd.say(connection, channel, 0).await)
            .await?;
        Ok(crowd)
    }

    /// Does something in every channel, or in one of so many, over several connections.
    async fn in_all_channels<F>(self: &Arc<Self>, step: usize, act: F) -> anyhow::Result<()>
    where
        F: AsyncFn(&Self, &mut Connection, usize) -> anyhow::Result<()> + Copy + 'static,
    {
        let mut tasks = JoinSet::new();
        for first in 0..CONNECTIONS {
            let crowd = Arc::clone(self);
            tasks.spawn_local(async move {
                let mut connection = Connection::open(crowd.host).await?;
                for channel in (first * step..crowd.channels).step_by(CONNECTIONS * step) {
                    interrupt::check()?;
                    act(&crowd, &mut connection, channel).await?;
                }
                anyhow::Ok(())
            });
        }
        while let Some(outcome) = tasks.join_next().await {
            outcome.context("a task of the seed panicked")??;
        }
        Ok(())
    }

    /// Makes a channel, lets everybody in, and says something.
    async fn gather(&self, connection: &mut Connection, channel: usize) -> anyhow::Result<()> {
        let url = channel_url(channel);
        for first in (0..self.members).step_by(NAMED) {
            let users: Vec<_> = (first..self.members.min(first + NAMED)).map(user_id).collect();
            let (target, body) = if first == 0 {
                let body = json!({
                    "channel_url": url,
                    "name": format!("Channel {channel}"),
                    "custom_type": custom_type(channel),
                    "user_ids": users,
                });
                ("/v3/group_channels".to_owned(), body)
            } else {
                (format!("/v3/group_channels/{url}/invite"), json!({"user_ids": users}))
            };
            // The answer shows every member so far: more than is worth reading.
            send(connection, &post(self.host, &target, &body)).await?;
        }
        for message in 0..MESSAGES {
            self.say(connection, channel, message).await?;
        }
        Ok(())
    }

    async fn say(&self, connection: &mut Connection, channel: usize, message: usize) -> anyhow::Result<()> {
        // Never one of those who ask: what a user sends is no news to that user.
        let sender = user_id(self.members - 1 - (channel + message) % (self.members - ASKING));
        let body = json!({"message_type": "MESG", "user_id": sender, "message": "the quick brown fox"});
        let target = format!("/v3/group_channels/{}/messages", channel_url(channel));
        send(connection, &post(self.host, &target, &body)).await
    }

    fn asking(&self) -> impl Iterator<Item = usize> + use<> {
        0..ASKING.min(self.members)
    }

    /// The kinds of question, each with its requests.
    pub(crate) async fn questions(&self) -> anyhow::Result<Vec<(&'static str, Arc<Plan>)>> {
        let mut connection = Connection::open(self.host).await?;
        let mut questions = vec![("unread total", self.plan(&self.own("unread_message_count")))];
        let mine = [
            ("my channels", "limit=10"),
            ("my channels, largest page", "limit=100"),
            ("my channels, latest message first", "limit=10&order=latest_last_message"),
            ("my channels, by name", "limit=10&order=channel_name_alphabetical"),
            ("my channels, unread", "limit=10&unread_filter=unread_message"),
            ("my channels, part of the name", "limit=10&name_contains=nel%2077"),
            ("my channels, no such name", "limit=10&name_contains=nowhere"),
            ("my channels, custom type", "limit=10&custom_types=type_7"),
            ("my channels, nickname", "limit=10&members_nickname_startswith=User%20123"),
        ];
        for (name, query) in mine {
            let first = self.own(&format!("my_group_channels?show_member=false&{query}"));
            questions.push((name, self.plan(&self.pages(&mut connection, first).await?)));
        }
        let both = format!("{},{}", user_id(0), user_id(self.members - 1));
        let all = [
            ("channels", "limit=10".to_owned()),
            ("channels, largest page", "limit=100".to_owned()),
            (
                "channels, latest message first",
                format!("limit=10&order=latest_last_message&user_id={}", user_id(0)),
            ),
            ("channels, custom type", "limit=10&custom_types=type_7".to_owned()),
            ("channels, part of the name", "limit=10&name_contains=nel%2077".to_owned()),
            ("channels, with both users", format!("limit=10&members_include_in={both}")),
            ("channels, with nobody else", format!("limit=10&members_exactly_in={both}")),
            ("channels, nickname", "limit=10&members_nickname_contains=r%20123".to_owned()),
        ];
        for (name, query) in all {
            let first = vec![format!("/v3/group_channels?{query}")];
            questions.push((name, self.plan(&self.pages(&mut connection, first).await?)));
        }
        Ok(questions)
    }

    /// What each of those who ask is asked for.
    fn own(&self, what: &str) -> Vec<String> {
        self.asking().map(|user| format!("/v3/users/{}/{what}", user_id(user))).collect()
    }

    /// The first page of each list and the ones that follow.
    async fn pages(&self, connection: &mut Connection, lists: Vec<String>) -> anyhow::Result<Vec<String>> {
        let mut pages = Vec::with_capacity(lists.len() * PAGES);
        for list in lists {
            let mut page = list.clone();
            for _ in 0..PAGES {
                let answer = call(connection, &get(self.host, &page)).await?;
                pages.push(page);
                match answer["next"].as_str() {
                    Some("") => break,
                    Some(next) => page = format!("{list}&token={next}"),
                    None => anyhow::bail!("no next in {answer}"),
                }
            }
        }
        Ok(pages)
    }

    fn plan(&self, targets: &[String]) -> Arc<Plan> {
        Plan::new([(1, targets.iter().map(|target| get(self.host, target)).collect())])
    }

    /// A request that is answered right only when everything is loaded.
    pub(crate) fn total(&self) -> Vec<u8> {
        get(self.host, &format!("/v3/users/{}/unread_message_count", user_id(0)))
    }

    /// Whether the answer to [`Crowd::total`] is right: that user had read all but the news.
    pub(crate) fn is_total(&self, body: &[u8]) -> bool {
        let answer = serde_json::from_slice::<Value>(body).ok();
        answer.and_then(|answer| answer["unread_count"].as_u64()) == Some(self.channels.div_ceil(NEWS) as u64)
    }
}

fn custom_type(channel: usize) -> String {
    format!("type_{}", channel % TYPES)
}

/// Sends a request that must succeed.
async fn send(connection: &mut Connection, request: &[u8]) -> anyhow::Result<()> {
    let status = connection.exchange(request).await?;
    ensure!(status == 200, "answered {status}: {}", String::from_utf8_lossy(connection.body()));
    Ok(())
}
