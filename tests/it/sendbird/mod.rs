//! The Sendbird dialect, resource by resource.

mod applications;
mod bad_input;
mod bans;
mod blocks;
mod capacity;
mod changes;
mod channel_metadata;
mod client;
mod content;
mod cors;
mod custom_types;
mod dedup;
mod emojis;
mod error_table;
mod errors;
mod extra_data;
mod files;
mod freezes;
mod friends;
mod group_channel_actions;
mod group_channels;
mod images;
mod limits;
mod lists;
mod members;
mod messages;
mod metacounters;
mod migration;
mod mutes;
mod my_group_channels;
mod offences;
mod open_channels;
mod operators;
mod pace;
mod pins;
mod polls;
mod preferences;
mod push;
mod rate_limits;
mod reactions;
mod receipts;
mod replies;
mod reports;
mod retention;
mod scheduled_messages;
mod search;
mod session_tokens;
mod socket;
mod threads;
mod translations;
mod unread;
mod user_metadata;
mod users;
mod wrong_input;

use std::path::Path;

use mynah::model::{application::Settings, ids::ApplicationId};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{
    Method,
    multipart::{Form, Part},
};
use serde_json::{Value, json};

use crate::support::{Answer, Mynah, answer};

/// When the clock of [`at_rest`] stands.
const BEGIN: i64 = 1_767_225_600_000;

/// A server whose clock stands still, with two users in a lobby.
async fn at_rest(data: Option<&Path>) -> Mynah {
    let mynah = match data {
        Some(data) => Mynah::start_on(data).await,
        None => Mynah::start().await,
    };
    mynah.put("/_mynah/clock", json!({ "mode": "frozen", "at": BEGIN })).await.ok();
    mynah.with_group("lobby", &["ada", "bo"]).await;
    mynah
}

/// Questions that many tests ask.
impl Mynah {
    /// All rows of a list, page after page.
    async fn all(&self, path: &str, rows: &str) -> Vec<Value> {
        let mut all = Vec::new();
        let mut token = String::new();
        loop {
            let page = self.get(&format!("{path}&token={token}")).await.ok();
            all.extend(page[rows].as_array().expect("a page has rows").iter().cloned());
            page["next"].as_str().expect("a page has a token").clone_into(&mut token);
            if token.is_empty() {
                return all;
            }
        }
    }

    /// Messages of a group channel.
    async fn messages(&self, channel: &str, query: &str) -> Vec<Value> {
        let list = self.get(&format!("/v3/group_channels/{channel}/messages?{query}")).await.ok();
        list["messages"].as_array().expect("a list has messages").clone()
    }

    /// How many messages a group channel has.
    async fn total(&self, channel: &str) -> Value {
        self.get(&format!("/v3/group_channels/{channel}/messages/total_count")).await.ok()["total"].clone()
    }

    /// A group channel as one of its members sees it.
    async fn channel_of(&self, channel: &str, user: &str) -> Value {
        let user = utf8_percent_encode(user, NON_ALPHANUMERIC);
        let query = "show_member=true&show_read_receipt=true&show_delivery_receipt=true&show_metadata=true";
        self.get(&format!("/v3/group_channels/{channel}?{query}&user_id={user}")).await.ok()
    }

    /// How many messages of a group channel somebody has not read, and how many mentions.
    async fn unread(&self, channel: &str, user: &str) -> (i64, i64) {
        let channel = self.channel_of(channel, user).await;
        let count = |key: &str| channel[key].as_i64().expect("a channel counts");
        (count("unread_message_count"), count("unread_mention_count"))
    }

    /// The text of the last message of a group channel, for everybody.
    async fn last_text(&self, channel: &str) -> Value {
        self.get(&format!("/v3/group_channels/{channel}")).await.ok()["last_message"]["message"].clone()
    }

    /// Sends a form, with a file if one is given.
    async fn form(&self, method: Method, path: &str, texts: &[(&str, &str)], file: Option<(&str, Part)>) -> Answer {
        let texts = texts.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
        let form = texts.fold(Form::new(), |form, (name, text)| form.text(name, text));
        let form = match file {
            Some((name, part)) => form.part(name.to_owned(), part),
            None => form,
        };
        answer(self.sendbird(method, path).multipart(form)).await
    }

    /// A body of any bytes and any type.
    async fn raw(&self, method: Method, path: &str, content_type: &str, body: impl Into<Vec<u8>>) -> Answer {
        answer(self.sendbird(method, path).header("Content-Type", content_type).body(body.into())).await
    }

    /// Freezes a channel, as no operation that is served can.
    async fn freeze(&self, channel: &str) {
        let verb = |app: &mut mynah::state::Application| {
            app.channels.update(&channel.into(), |channel| channel.frozen = true);
            Ok::<_, mynah::engine::Unavailable>(())
        };
        let application = ApplicationId::new("mynah").expect("an id");
        self.server().engine().write(&application, verb).await.expect("a write");
    }

    /// Changes how the application wants to be treated, as no operation that is served can.
    async fn settings(&self, change: impl FnOnce(&mut Settings)) {
        let application = ApplicationId::new("mynah").expect("an id");
        self.server().engine().create(&application, |app| app.change_settings(change)).await.expect("a write");
    }

    /// Everything that can be seen of the application. What was refused must leave it as it was.
    async fn everything(&self) -> Value {
        let users = self.all("/v3/users?active_mode=all&limit=100", "users").await;
        let mut channels = Vec::new();
        for kind in ["group_channels", "open_channels"] {
            for channel in self.all(&format!("/v3/{kind}?show_empty=true&limit=100"), "channels").await {
                let url = format!("/v3/{kind}/{}", channel["channel_url"].as_str().expect("a channel has an id"));
                channels.push(self.channel_in_full(&url).await);
            }
        }
        json!({ "users": users, "channels": channels })
    }

    async fn channel_in_full(&self, url: &str) -> Value {
        let query = "show_member=true&show_read_receipt=true&show_delivery_receipt=true&show_metadata=true";
        let channel = self.get(&format!("{url}?{query}&include_operators=true")).await.ok();
        let mut seen = Vec::new();
        for member in channel["members"].as_array().into_iter().flatten() {
            let user =
                utf8_percent_encode(member["user_id"].as_str().expect("a member has an id"), NON_ALPHANUMERIC);
            seen.push(self.get(&format!("{url}?user_id={user}")).await.ok());
        }
        let query = "message_ts=0&next_limit=200&including_removed=true&include_reply_type=all&include_reactions=1\
                     &with_sorted_meta_array=true&include_thread_info=true&include_parent_message_info=true";
        let messages = self.get(&format!("{url}/messages?{query}")).await.ok();
        let total = self.get(&format!("{url}/messages/total_count")).await.ok();
        json!({ "channel": channel, "seen": seen, "messages": messages, "total": total })
    }
}

/// The texts of messages, in order.
fn texts(messages: &[Value]) -> Vec<&str> {
    messages.iter().map(|message| message["message"].as_str().expect("a message has a text")).collect()
}

/// One field of each of these, in order.
fn each<'a>(rows: &'a [Value], key: &str) -> Vec<&'a str> {
    rows.iter().map(|row| row[key].as_str().expect("a row has that text")).collect()
}

/// The names of the keys of an object, in alphabetical order.
fn keys(object: &Value) -> Vec<&str> {
    object.as_object().expect("an object").keys().map(String::as_str).collect()
}

fn id_of(message: &Value) -> i64 {
    message["message_id"].as_i64().expect("a message has an id")
}

/// Redactions that first make sure of what they hide.
#[expect(clippy::needless_pass_by_value, reason = "insta hands over what it has")]
mod hide {
    use insta::internals::{Content, ContentPath};

    fn number(content: &Content) -> i64 {
        content.as_i64().unwrap_or_else(|| panic!("{content:?} is no number"))
    }

    /// Milliseconds of these years: thirteen digits.
    pub(super) fn milliseconds(content: Content, _: ContentPath<'_>) -> &'static str {
        assert_eq!(number(&content).to_string().len(), 13, "{content:?}");
        "[milliseconds]"
    }

    /// Seconds of these years: ten digits.
    pub(super) fn seconds(content: Content, _: ContentPath<'_>) -> &'static str {
        assert_eq!(number(&content).to_string().len(), 10, "{content:?}");
        "[seconds]"
    }

    /// The id of a message.
    pub(super) fn id(content: Content, _: ContentPath<'_>) -> &'static str {
        assert!(number(&content) > 0, "{content:?}");
        "[id]"
    }

    /// The address of a picture of the service.
    pub(super) fn cover(content: Content, _: ContentPath<'_>) -> &'static str {
        let text = content.as_str().unwrap_or_else(|| panic!("{content:?} is no text"));
        assert!(text.starts_with("https://static.sendbird.com/sample/cover/cover_"), "{text}");
        "[cover]"
    }
}
