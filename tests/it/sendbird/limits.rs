//! Every limit of the one table is enforced on the wire: what is as long as it may be passes, what is
//! longer by one is refused with the code of that.

use mynah::chat::{
    Field,
    limits::{self, LIMITS, Unit},
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Mynah, answer};

/// A request whose limited field has that size.
struct Request {
    method: Method,
    path: String,
    body: Value,
}

fn request(method: Method, path: &str, body: Value) -> Option<Request> {
    Some(Request { method, path: path.to_owned(), body })
}

/// How a field is reached, with that size. `mark` makes what has to be unique so. None for what
/// cannot be reached over this dialect.
fn reach(field: Field, size: usize, mark: usize) -> Option<Request> {
    let text = format!("{mark:0>4}{}", "x".repeat(size.saturating_sub(4)));
    let text = text[..size].to_owned();
    let metadata = |key: &str, value: &str| json!({ key: value });
    let user = |extra: Value| {
        let mut body = json!({ "user_id": format!("u{mark}-{size}"), "nickname": "N", "profile_url": "" });
        body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        request(Method::POST, "/v3/users", body)
    };
    let group = |extra: Value| {
        let mut body = json!({ "channel_url": format!("c{mark}-{size}") });
        body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        request(Method::POST, "/v3/group_channels", body)
    };
    let message = |extra: Value| {
        let mut body = json!({ "user_id": "user0", "message": "m" });
        body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        request(Method::POST, "/v3/group_channels/lobby/messages", body)
    };
    let people: Vec<_> = (0..size.min(200)).map(|number| format!("user{number}")).collect();
    match field {
        Field::UserId => user(json!({ "user_id": text })),
        Field::Nickname => user(json!({ "nickname": text })),
        Field::Picture => user(json!({ "profile_url": text })),
        Field::PreferredLanguages => {
            request(Method::PUT, "/v3/users/user0", json!({ "preferred_languages": vec!["en"; size] }))
        }
        Field::Metadata => {
            let items: serde_json::Map<_, _> = (0..size).map(|n| (format!("k{n}"), json!("v"))).collect();
            user(json!({ "metadata": items }))
        }
        Field::MetadataKey => user(json!({ "metadata": metadata(&text, "v") })),
        Field::MetadataValue => user(json!({ "metadata": metadata("k", &text) })),
        Field::ChannelId => group(json!({ "channel_url": text })),
        Field::ChannelName => group(json!({ "name": text })),
        Field::Cover => group(json!({ "cover_url": text })),
        Field::CustomType => message(json!({ "custom_type": text })),
        Field::Members => group(json!({ "user_ids": people })),
        Field::Operators => group(json!({ "operator_ids": people })),
        Field::MetaKey => message(json!({ "sorted_metaarray": [{ "key": text, "value": [] }] })),
        Field::MetaValue => message(json!({ "sorted_metaarray": [{ "key": "k", "value": [text] }] })),
        Field::DedupId => message(json!({ "dedup_id": text })),
        Field::Request => message(json!({ "req_id": text })),
        Field::PollTitle => request(Method::POST, "/v3/polls", json!({ "title": text, "options": ["o"] })),
        Field::PollOption => request(Method::POST, "/v3/polls", json!({ "title": "t", "options": [text] })),
        Field::Reaction => {
            let path = "/v3/group_channels/lobby/messages/1/reactions";
            request(Method::POST, path, json!({ "user_id": "user0", "reaction": text }))
        }
        Field::Typers => {
            request(Method::POST, "/v3/group_channels/lobby/typing", json!({ "user_ids": &people[..size] }))
        }
        Field::Timezone => request(Method::PUT, "/v3/users/user0/push_preference", json!({ "timezone": text })),
        Field::Friends => request(Method::POST, "/v3/users/loner/friends", json!({ "user_ids": &people[..size] })),
        Field::DiscoveryKeys => {
            request(Method::POST, "/v3/users/loner/friends", json!({ "discovery_keys": vec!["k"; size] }))
        }
        Field::Migrated => {
            let one = json!({ "message_type": "MESG", "user_id": "user0", "message": "m", "timestamp": 1 });
            request(Method::POST, "/v3/migration/lobby", json!({ "messages": vec![one; size] }))
        }
        Field::Files => {
            let one = json!({ "url": "https://files.example.org/a.png" });
            message(json!({ "message_type": "FILE", "files": vec![one; size] }))
        }
        Field::EmojiCategory => {
            let category = json!({ "name": text, "url": "https://e.example.org/c.png" });
            request(Method::POST, "/v3/emoji_categories", json!({ "emoji_categories": [category] }))
        }
        Field::EmojiPicture => {
            let url = format!("https://e.example.org/{}", "x".repeat(size - 22));
            let category = json!({ "name": format!("c{mark}-{size}"), "url": url });
            request(Method::POST, "/v3/emoji_categories", json!({ "emoji_categories": [category] }))
        }
        Field::BanDescription => {
            let body = json!({ "user_id": "user50", "description": text });
            request(Method::POST, "/v3/group_channels/lobby/ban", body)
        }
        Field::MuteDescription => {
            let body = json!({ "user_id": "user51", "description": text });
            request(Method::POST, "/v3/group_channels/lobby/mute", body)
        }
        Field::Counters => {
            let counters: serde_json::Map<_, _> = (0..size).map(|n| (format!("{mark}-{n}"), json!(1))).collect();
            request(Method::POST, "/v3/group_channels/lobby/metacounter", json!({ "metacounter": counters }))
        }
        Field::CounterKey => {
            let path = "/v3/group_channels/lobby/metacounter";
            let mut counters = serde_json::Map::new();
            counters.insert(text, json!(1));
            request(Method::POST, path, json!({ "metacounter": counters }))
        }
        Field::ReportCategory => {
            let body = json!({ "report_category": "custom", "custom_report_category_name": text });
            request(Method::POST, "/v3/report/group_channels/lobby", body)
        }
        Field::ReportDescription => {
            let body = json!({ "report_category": "spam", "report_description": text });
            request(Method::POST, "/v3/report/group_channels/lobby", body)
        }
        Field::AskedUsers => {
            request(Method::GET, &format!("/v3/users?user_ids={}", vec!["u"; size].join(",")), json!({}))
        }
        Field::AskedMembers => {
            let members = vec!["u"; size].join(",");
            request(Method::GET, &format!("/v3/group_channels?members_include_in={members}"), json!({}))
        }
        // Topics belong to the other dialect. What is counted over many requests, and keys that need a
        // category first, have tests beside their operations. Of webhooks the service has one.
        Field::Topic | Field::ReactionKinds | Field::Pins | Field::EmojiKey | Field::Webhooks => None,
        other => panic!("{other:?} has a limit and no way to it in this test"),
    }
}

async fn ask(mynah: &Mynah, Request { method, path, body }: Request) -> Answer {
    answer(mynah.sendbird(method, &path).json(&body)).await
}

#[tokio::test]
async fn every_limit_of_the_table_is_enforced_with_its_code() {
    let mynah = Mynah::start().await;
    let people: Vec<_> = (0..101).map(|number| format!("user{number}")).collect();
    mynah.with_users(&people.iter().map(String::as_str).collect::<Vec<_>>()).await;
    mynah.with_users(&["loner"]).await;
    let lobby = json!({ "channel_url": "lobby", "user_ids": &people[..20] });
    mynah.post("/v3/group_channels", lobby).await.ok();
    assert_eq!(mynah.say("lobby", "user0", "The one that is reacted to").await, 1);
    for (mark, (field, limit, unit)) in LIMITS.iter().enumerate() {
        let Some(fits) = reach(*field, *limit, mark) else { continue };
        let fits = ask(&mynah, fits).await;
        assert_eq!(fits.status, 200, "{field:?} of {limit}: {}", fits.text);
        let longer = reach(*field, limit + 1, mark).expect("it was reached before");
        let code = if *unit == Unit::Items { 400_203 } else { 400_110 };
        let longer = ask(&mynah, longer).await;
        assert_eq!(longer.body["code"], code, "{field:?} of {}: {}", limit + 1, longer.text);
        longer.refused(code);
    }
}

#[tokio::test]
async fn characters_are_counted_as_characters_and_bytes_as_bytes() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    let user = |id: &str, nickname: String| json!({ "user_id": id, "nickname": nickname, "profile_url": "" });
    mynah.post("/v3/users", user("umlauts", "ä".repeat(80))).await.ok();
    mynah.post("/v3/users", user("more", "ä".repeat(81))).await.refused(400_110);
    let meta = |key: String| json!({ "user_id": "ada", "message": "m", "sorted_metaarray": [{ "key": key, "value": [] }] });
    mynah.send("lobby", meta("ä".repeat(40))).await.ok();
    mynah.send("lobby", meta("ä".repeat(40) + "x")).await.refused(400_110);
}

#[tokio::test]
async fn ranges_end_where_they_are_said_to_end() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    let (id, option) = {
        let poll = mynah.post("/v3/polls", json!({ "title": "t", "options": ["o"] })).await.ok();
        (poll["id"].clone(), poll["options"][0]["id"].clone())
    };
    let rows = [
        "/v3/users?limit=",
        "/v3/group_channels?limit=",
        "/v3/open_channels?limit=",
        "/v3/group_channels/lobby/members?limit=",
        "/v3/scheduled_messages?limit=",
        &format!("/v3/polls/{id}/options/{option}/voters?limit="),
        "/v3/group_channels/lobby/polls/changelogs?change_ts=0&limit=",
    ];
    let sides = [
        "/v3/group_channels/lobby/messages?message_ts=0&prev_limit=",
        "/v3/group_channels/lobby/messages?message_ts=0&next_limit=",
    ];
    let ranges = rows.iter().map(|path| (*path, 1, 100)).chain(sides.iter().map(|path| (*path, 0, 200)));
    for (path, first, last) in ranges.chain([("/v3/polls?limit=", 1, 20)]) {
        for inside in [first, last] {
            assert_eq!(mynah.get(&format!("{path}{inside}")).await.status, 200, "{path}{inside}");
        }
        for outside in [first - 1, last + 1, i64::MAX, i64::MIN] {
            let refused = mynah.get(&format!("{path}{outside}")).await;
            assert_eq!(refused.body["code"], 400_113, "{path}{outside}: {}", refused.text);
        }
        mynah.get(&format!("{path}many")).await.refused(400_101);
    }
    settings_end_where_they_are_said_to_end(&mynah).await;
    let long = |length: usize| json!({ "user_id": "ada", "message": "x".repeat(length) });
    mynah.send("lobby", long(5000)).await.ok();
    mynah.send("lobby", long(5001)).await.refused(400_700);
}

/// Settings with a range, where each begins and where it ends.
async fn settings_end_where_they_are_said_to_end(mynah: &Mynah) {
    let triggered =
        |count: i64, duration: i64| json!({ "count": count, "duration": duration, "action": i64::from(count > 0) });
    let of = |setting: &str, value: i64| match setting {
        "count" => json!({ "profanity_triggered_moderation": triggered(value, 60) }),
        "duration" => json!({ "profanity_triggered_moderation": triggered(2, value) }),
        "adult" | "spoof" | "medical" | "violence" | "racy" => {
            json!({ "image_moderation": { "limits": { setting: value } } })
        }
        _ => json!({ setting: value }),
    };
    for (setting, first, last) in [
        ("user_messages_per_channel_duration", *limits::PACE_SECONDS.start(), *limits::PACE_SECONDS.end()),
        ("user_messages_per_channel", *limits::PACE.start(), *limits::PACE.end()),
        ("message_retention_hours", *limits::RETENTION.start(), *limits::RETENTION.end()),
        ("count", *limits::OFFENCES.start(), *limits::OFFENCES.end()),
        ("duration", 1, *limits::OFFENCE_SECONDS.end()),
        ("adult", 1, 5),
        ("spoof", 1, 5),
        ("medical", 1, 5),
        ("violence", 1, 5),
        ("racy", 1, 5),
    ] {
        for inside in [first, last] {
            mynah.put("/v3/applications/settings_global", of(setting, inside)).await.ok();
        }
        // One less than the first of these means something of its own.
        let outside =
            if first == 1 { [0, last + 1, i64::MAX, i64::MIN] } else { [-1, last + 1, i64::MAX, i64::MIN] };
        for outside in outside {
            let refused = mynah.put("/v3/applications/settings_global", of(setting, outside)).await;
            assert_eq!(refused.body["code"], 400_113, "{setting} {outside}: {}", refused.text);
        }
    }
    let anew = json!({
        "user_messages_per_channel": -1, "message_retention_hours": -1,
        "profanity_triggered_moderation": triggered(0, 0),
    });
    mynah.put("/v3/applications/settings_global", anew).await.ok();
}

#[tokio::test]
async fn a_message_takes_twenty_kinds_of_reactions_and_an_emoji_a_key_of_thirty_characters() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    let path = format!("/v3/group_channels/lobby/messages/{}/reactions", mynah.say("lobby", "ada", "m").await);
    let react = |kind: usize| json!({ "user_id": "ada", "reaction": format!("kind_{kind}") });
    for kind in 0..20 {
        mynah.post(&path, react(kind)).await.ok();
    }
    mynah.post(&path, react(20)).await.refused(400_203);
    mynah.post(&path, react(0)).await.ok();

    let category = json!({ "emoji_categories": [{ "name": "own", "url": "https://e.example.org/c.png" }] });
    mynah.post("/v3/emoji_categories", category).await.ok();
    let categories = mynah.get("/v3/emoji_categories").await.ok();
    let own = categories["emoji_categories"].as_array().unwrap().iter().find(|one| one["name"] == "own").unwrap();
    let emoji = |length: usize| {
        let emoji = json!({ "key": "k".repeat(length), "url": "https://e.example.org/e.png" });
        json!({ "emoji_category_id": own["id"], "emojis": [emoji] })
    };
    mynah.post("/v3/emojis", emoji(30)).await.ok();
    mynah.post("/v3/emojis", emoji(31)).await.refused(400_110);
}
