//! Lists: of messages around a place, and of everything else page by page.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{each, id_of, texts};
use crate::support::Mynah;

/// When the first of the messages was made that have a moment of their own.
const START: i64 = 1_600_000_000_000;

impl Mynah {
    /// A channel with nine texts, ten milliseconds apart, named by their places. Tells their ids.
    async fn with_nine(&self) -> Vec<i64> {
        self.with_group("lobby", &["ada", "bo"]).await;
        let mut ids = Vec::new();
        for n in 1..=9 {
            let body = json!({ "user_id": "ada", "message": n.to_string(), "created_at": START + n * 10 });
            ids.push(id_of(&self.send("lobby", body).await.ok()));
        }
        ids
    }

    async fn shown(&self, query: &str) -> String {
        texts(&self.messages("lobby", query).await).join(" ")
    }
}

#[tokio::test]
async fn messages_are_listed_around_a_moment() {
    let mynah = Mynah::start().await;
    mynah.with_nine().await;
    let at = |n: i64| START + n * 10;

    for (query, expected) in [
        (format!("message_ts={}", at(5)), "1 2 3 4 5 6 7 8 9"),
        (format!("message_ts={}&prev_limit=2&next_limit=1", at(5)), "3 4 5 6"),
        (format!("message_ts={}&prev_limit=2&next_limit=1&include=true", at(5)), "3 4 5 6"),
        (format!("message_ts={}&prev_limit=2&next_limit=1&include=false", at(5)), "3 4 6"),
        (format!("message_ts={}&prev_limit=2&next_limit=1&reverse=true", at(5)), "6 5 4 3"),
        (format!("message_ts={}&prev_limit=0&next_limit=0", at(5)), "5"),
        (format!("message_ts={}&prev_limit=0&next_limit=0&include=false", at(5)), ""),
        (format!("message_ts={}&prev_limit=2&next_limit=2", at(5) + 1), "4 5 6 7"),
        (format!("message_ts={}&prev_limit=2&next_limit=2", at(5) - 1), "3 4 5 6"),
        (format!("message_ts={}&prev_limit=3&next_limit=0&include=false", at(100)), "7 8 9"),
        ("message_ts=0&next_limit=3".into(), "1 2 3"),
        ("message_ts=9223372036854775807&prev_limit=1".into(), "9"),
    ] {
        assert_eq!(mynah.shown(&query).await, expected, "{query}");
    }
}

#[tokio::test]
async fn messages_are_listed_around_a_message() {
    let mynah = Mynah::start().await;
    let ids = mynah.with_nine().await;
    let fifth = ids[4];

    for (query, expected) in [
        (format!("message_id={fifth}&prev_limit=2&next_limit=1"), "3 4 5 6"),
        (format!("message_id={fifth}&prev_limit=2&next_limit=1&include=false"), "3 4 6"),
        (format!("message_id={fifth}&prev_limit=0&next_limit=1&reverse=true"), "6 5"),
        // A message wins over a moment; a message of 0 is none.
        (format!("message_id={fifth}&message_ts={START}&prev_limit=0&next_limit=0"), "5"),
        ("message_id=0&message_ts=0&next_limit=2".into(), "1 2"),
    ] {
        assert_eq!(mynah.shown(&query).await, expected, "{query}");
    }
    let path = "/v3/group_channels/lobby/messages";
    mynah.get(&format!("{path}?message_id=999999")).await.refused(400_201);
}

#[tokio::test]
async fn fifteen_of_each_side_are_listed_where_nobody_says() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    for n in 0..40 {
        let body = json!({ "user_id": "ada", "message": n.to_string(), "created_at": START + n });
        mynah.send("lobby", body).await.ok();
    }

    assert_eq!(mynah.messages("lobby", "message_ts=0").await.len(), 15);
    let around = mynah.messages("lobby", &format!("message_ts={}", START + 20)).await;
    assert_eq!((around.len(), texts(&around)[0], texts(&around)[30]), (31, "5", "35"));
    let sides = format!("message_ts={}&prev_limit=200&next_limit=200", START + 20);
    assert_eq!(mynah.messages("lobby", &sides).await.len(), 40);
}

#[tokio::test]
async fn an_anchor_is_needed_and_every_parameter_has_its_kind() {
    let mynah = Mynah::start().await;
    mynah.with_nine().await;

    for (code, query) in [
        (400_105, ""),
        (400_105, "message_id=0"),
        (400_105, "parent_message_id=1"),
        (400_101, "message_ts=now"),
        (400_101, "message_ts=1.5"),
        (400_101, "message_ts=99999999999999999999"),
        (400_101, "message_id=five"),
        (400_106, "message_ts=-1"),
        (400_113, "message_ts=0&prev_limit=201"),
        (400_113, "message_ts=0&next_limit=201"),
        (400_113, "message_ts=0&prev_limit=-1"),
        (400_113, "message_ts=0&next_limit=9223372036854775807"),
        (400_101, "message_ts=0&next_limit=all"),
        (400_104, "message_ts=0&include=2"),
        (400_104, "message_ts=0&reverse=backwards"),
        (400_111, "message_ts=0&message_type=SONG"),
        (400_111, "message_ts=0&operator_filter=boss"),
        (400_111, "message_ts=0&include_reply_type=SOME"),
        (400_101, "message_ts=0&parent_message_id=first"),
        (400_201, "message_ts=0&parent_message_id=999999"),
    ] {
        mynah.get(&format!("/v3/group_channels/lobby/messages?{query}")).await.refused(code);
    }
    mynah.get("/v3/group_channels/nowhere/messages?message_ts=now").await.refused(400_201);
}

#[tokio::test]
async fn messages_are_filtered_by_sender_role_kind_and_type() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo", "cy"]).await;
    for body in [
        json!({ "user_id": "ada", "message": "a1", "custom_type": "x" }),
        json!({ "user_id": "bo", "message": "b1", "custom_type": "y" }),
    ] {
        mynah.send("lobby", body).await.ok();
    }
    mynah.put("/v3/group_channels/lobby", json!({ "operator_ids": ["bo"] })).await.ok();
    for body in [
        json!({ "user_id": "bo", "message": "b2" }),
        json!({ "user_id": "cy", "message": "c1", "custom_type": "x" }),
        json!({ "message_type": "ADMM", "message": "admin", "custom_type": "y" }),
        json!({ "message_type": "FILE", "user_id": "ada", "url": "file" }),
    ] {
        mynah.send("lobby", body).await.ok();
    }

    for (query, expected) in [
        ("", "a1 b1 b2 c1 admin "),
        ("sender_id=ada", "a1 "),
        ("sender_ids=ada,cy", "a1 c1 "),
        ("sender_ids=ada&sender_ids=cy", "a1 c1 "),
        ("sender_id=nobody", ""),
        ("sender_id=", "a1 b1 b2 c1 admin "),
        // The role of the time of sending counts.
        ("operator_filter=operator", "b2"),
        ("operator_filter=all", "a1 b1 b2 c1 admin "),
        ("message_type=MESG", "a1 b1 b2 c1"),
        ("message_type=ADMM", "admin"),
        ("message_type=FILE", ""),
        ("message_type=", "a1 b1 b2 c1 admin "),
        ("custom_types=x", "a1 c1"),
        ("custom_types=x,y", "a1 b1 c1 admin"),
        ("custom_types=*", "a1 b1 b2 c1 admin "),
        ("custom_types=", "b2 "),
        ("custom_types=none", ""),
        ("custom_types=x&sender_id=cy", "c1"),
        ("custom_types=x&message_type=ADMM", ""),
    ] {
        assert_eq!(mynah.shown(&format!("message_ts=0&{query}")).await, expected, "{query}");
    }
    let files = mynah.messages("lobby", "message_ts=0&message_type=FILE").await;
    assert_eq!(files[0]["file"]["url"], "file");
    let others = mynah.messages("lobby", "message_ts=0&operator_filter=nonoperator&message_type=MESG").await;
    assert_eq!(texts(&others), ["a1", "b1", "c1"]);
}

#[tokio::test]
async fn limits_count_what_the_filter_lets_through() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    for n in 0..30 {
        let user = if n % 10 == 0 { "bo" } else { "ada" };
        let body = json!({ "user_id": user, "message": n.to_string(), "created_at": START + n });
        mynah.send("lobby", body).await.ok();
    }

    assert_eq!(mynah.shown("message_ts=0&next_limit=2&sender_id=bo").await, "0 10");
    let query = format!("message_ts={}&prev_limit=2&sender_id=bo", START + 29);
    assert_eq!(mynah.shown(&query).await, "10 20");
}

#[tokio::test]
async fn extra_data_come_in_the_order_in_which_they_were_given() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    let meta = json!([
        { "key": "z", "value": ["3", "1", "2"] }, { "key": "a", "value": [] }, { "key": "m", "value": ["x"] },
    ]);
    mynah.send("lobby", json!({ "user_id": "ada", "message": "m", "sorted_metaarray": meta })).await.ok();
    mynah.say("lobby", "ada", "plain").await;

    let with = mynah.messages("lobby", "message_ts=0&with_sorted_meta_array=true").await;
    let without = mynah.messages("lobby", "message_ts=0&with_sorted_meta_array=false").await;

    assert_eq!(with[0]["sorted_metaarray"], meta);
    assert_eq!(with[1]["sorted_metaarray"], json!([]));
    assert!(without[0].get("sorted_metaarray").is_none());
    let older = mynah.messages("lobby", "message_ts=0&with_meta_array=true").await;
    assert_eq!(older[0]["sorted_metaarray"], meta);
}

#[tokio::test]
async fn replies_are_listed_as_the_reply_type_says_in_any_case() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    let parent = mynah.say("lobby", "ada", "parent").await;
    mynah.reply("lobby", "bo", "hidden", parent).await;
    let shown =
        json!({ "user_id": "bo", "message": "shown", "parent_message_id": parent, "reply_to_channel": true });
    mynah.send("lobby", shown).await.ok();
    mynah.say("lobby", "ada", "other").await;

    for (query, expected) in [
        ("", "parent other"),
        ("include_reply_type=NONE", "parent other"),
        ("include_reply_type=none", "parent other"),
        ("include_reply_type=ALL", "parent hidden shown other"),
        ("include_reply_type=all", "parent hidden shown other"),
        ("include_reply_type=All", "parent hidden shown other"),
        ("include_reply_type=ONLY_REPLY_TO_CHANNEL", "parent shown other"),
        ("include_reply_type=only_reply_to_channel", "parent shown other"),
        ("include_replies=true", "parent hidden shown other"),
        ("include_replies=false", "parent other"),
        ("include_replies=true&include_reply_type=NONE", "parent other"),
    ] {
        assert_eq!(mynah.shown(&format!("message_ts=0&{query}")).await, expected, "{query}");
    }
}

#[tokio::test]
async fn a_list_tells_of_threads_and_parents_when_it_is_asked() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    let parent = mynah.say("lobby", "ada", "parent").await;
    mynah.reply("lobby", "bo", "reply", parent).await;
    let query = "message_ts=0&include_reply_type=ALL";

    let plain = mynah.messages("lobby", query).await;
    let query = format!("{query}&include_thread_info=true&include_parent_message_info=true&include_reactions=true");
    let told = mynah.messages("lobby", &query).await;

    for (message, key) in [(0, "thread_info"), (0, "reactions"), (1, "parent_message_info")] {
        assert!(plain[message].get(key).is_none(), "{key}");
        assert!(told[message].get(key).is_some(), "{key}");
    }
    assert_eq!(told[0]["thread_info"]["reply_count"], 1);
    assert!(told[1].get("thread_info").is_none(), "{}", told[1]);
    assert_eq!(told[1]["parent_message_info"]["message"], "parent");
    assert_eq!(plain[1]["parent_message_id"], parent);
}

#[tokio::test]
async fn every_message_comes_exactly_once_however_many_share_a_moment() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    let mut sent = Vec::new();
    for n in 0..60 {
        let body = json!({ "user_id": "ada", "message": "m", "created_at": START + i64::from(n >= 50) });
        sent.push(id_of(&mynah.send("lobby", body).await.ok()));
    }

    for reverse in [false, true] {
        let side = if reverse { "prev_limit=7&next_limit=0&reverse=true" } else { "prev_limit=0&next_limit=7" };
        let edge = if reverse { "message_ts=9999999999999" } else { "message_ts=0" };
        let mut listed = mynah.messages("lobby", &format!("{edge}&{side}")).await;
        loop {
            let last = id_of(listed.last().expect("a first page"));
            let page = mynah.messages("lobby", &format!("message_id={last}&{side}&include=false")).await;
            if page.is_empty() {
                break;
            }
            listed.extend(page);
        }
        if reverse {
            listed.reverse();
        }
        assert_eq!(listed.iter().map(id_of).collect::<Vec<_>>(), sent);
    }
    // All that stand exactly at a moment are shown, beyond both limits.
    let at = format!("message_ts={START}&prev_limit=0&next_limit=1");
    assert_eq!(mynah.messages("lobby", &at).await.len(), 51);
    assert_eq!(mynah.messages("lobby", &format!("{at}&include=false")).await.len(), 1);
}

#[tokio::test]
async fn an_anchor_may_be_a_removed_message() {
    let mynah = Mynah::start().await;
    let ids = mynah.with_nine().await;
    mynah.delete(&format!("/v3/group_channels/lobby/messages/{}", ids[4])).await.ok();

    let around = format!("message_ts={}&prev_limit=1&next_limit=1", START + 50);

    assert_eq!(mynah.shown(&around).await, "4 6");
    assert_eq!(mynah.shown(&format!("{around}&including_removed=true")).await, "4 5 6");
}

/// Goes through a list page by page, and does something between the pages.
async fn page_through(
    mynah: &Mynah,
    path: &str,
    rows: &str,
    key: &str,
    mut between: impl AsyncFnMut(usize),
) -> Vec<String> {
    let mut found = Vec::new();
    let mut token = String::new();
    for page in 0.. {
        let answer = mynah.get(&format!("{path}&token={token}")).await.ok();
        found.extend(each(answer[rows].as_array().expect("rows"), key).iter().map(|id| (*id).to_owned()));
        token = answer["next"].as_str().expect("a token").to_owned();
        if token.is_empty() {
            return found;
        }
        assert_eq!(answer[rows].as_array().map(Vec::len), Some(3), "only the last page is short");
        between(page).await;
    }
    unreachable!("a list has an end")
}

/// Every row that was there all the time comes exactly once.
fn assert_complete(found: &[String], expected: &[String]) {
    let once: BTreeSet<_> = found.iter().collect();
    assert_eq!(once.len(), found.len(), "a row came twice: {found:?}");
    for row in expected {
        assert!(once.contains(row), "{row} is missing from {found:?}");
    }
}

#[tokio::test]
async fn users_come_once_each_while_others_come_and_go() {
    let mynah = Mynah::start().await;
    let ids: Vec<_> = (0..20).map(|n| format!("user{n:02}")).collect();
    for id in &ids {
        mynah.post("/v3/users", json!({ "user_id": id, "nickname": id })).await.ok();
    }

    let found = page_through(&mynah, "/v3/users?limit=3", "users", "user_id", async |page| {
        // The row that stands at the edge goes away, and a new one comes.
        mynah.delete(&format!("/v3/users/user{:02}", 17 - page * 3)).await.ok();
        mynah.post("/v3/users", json!({ "user_id": format!("new{page}"), "nickname": "New" })).await.ok();
    });

    let found = found.await;
    let newest_first: Vec<_> = ids.iter().rev().cloned().collect();
    assert_eq!(found, newest_first);
}

#[tokio::test]
async fn channels_come_once_each_while_others_come_and_go() {
    for kind in ["group_channels", "open_channels"] {
        for order in ["chronological", "channel_name_alphabetical"] {
            let mynah = Mynah::start().await;
            let ids: Vec<_> = (0..20).map(|n| format!("channel{n:02}")).collect();
            for id in &ids {
                mynah.post(&format!("/v3/{kind}"), json!({ "channel_url": id, "name": id })).await.ok();
            }

            let path = format!("/v3/{kind}?show_empty=true&limit=3&order={order}");
            let found = page_through(&mynah, &path, "channels", "channel_url", async |page| {
                let edge =
                    if order == "chronological" || kind == "open_channels" { 17 - page * 3 } else { 2 + page * 3 };
                mynah.delete(&format!("/v3/{kind}/channel{edge:02}")).await.ok();
                mynah.post(&format!("/v3/{kind}"), json!({ "name": "channel00" })).await.ok();
            });

            let found: Vec<_> = found.await.into_iter().filter(|id| id.starts_with("channel")).collect();
            assert_complete(&found, &ids);
        }
    }
}

#[tokio::test]
async fn members_come_once_each_while_others_come_and_go() {
    let mynah = Mynah::start().await;
    let ids: Vec<_> = (0..20).map(|n| format!("user{n:02}")).collect();
    for id in &ids {
        // Several share a nickname.
        let nickname = format!("Nick {}", id.bytes().last().map_or(0, |b| b % 4));
        mynah.post("/v3/users", json!({ "user_id": id, "nickname": nickname })).await.ok();
    }
    mynah.post("/v3/group_channels", json!({ "channel_url": "lobby", "user_ids": ids })).await.ok();
    let operators = ["user00", "user05"];
    mynah.put("/v3/group_channels/lobby", json!({ "operator_ids": operators })).await.ok();

    for order in ["member_nickname_alphabetical", "operator_then_member_alphabetical"] {
        let path = format!("/v3/group_channels/lobby/members?limit=3&order={order}");
        let gone = std::sync::Mutex::new(Vec::new());
        let found = page_through(&mynah, &path, "members", "user_id", async |page| {
            let user = format!("user{:02}", page + 6);
            mynah.put("/v3/group_channels/lobby/leave", json!({ "user_ids": [user] })).await.ok();
            gone.lock().expect("no panic").push(user);
        });
        let found = found.await;

        let gone = gone.into_inner().expect("no panic");
        let stayed: Vec<_> = ids.iter().filter(|id| !gone.contains(*id)).cloned().collect();
        assert_complete(&found, &stayed);
        mynah.post("/v3/group_channels/lobby/invite", json!({ "user_ids": gone })).await.ok();
    }
}

const LISTS: [&str; 4] = [
    "/v3/users?",
    "/v3/group_channels?show_empty=true&",
    "/v3/open_channels?",
    "/v3/group_channels/lobby/members?",
];

#[tokio::test]
async fn a_limit_is_one_to_a_hundred_and_ten_where_nobody_says() {
    let mynah = Mynah::start().await;
    let ids: Vec<_> = (0..12).map(|n| format!("user{n}")).collect();
    for id in &ids {
        mynah.post("/v3/users", json!({ "user_id": id, "nickname": id })).await.ok();
        mynah.post("/v3/group_channels", json!({})).await.ok();
        mynah.post("/v3/open_channels", json!({})).await.ok();
    }
    mynah.post("/v3/group_channels", json!({ "channel_url": "lobby", "user_ids": ids })).await.ok();

    for list in LISTS {
        let count = async |query: &str| {
            let answer = mynah.get(&format!("{list}{query}")).await.ok();
            let rows = answer.as_object().expect("an object").values().find_map(Value::as_array).expect("rows");
            (rows.len(), answer["next"] == "")
        };
        assert_eq!(count("").await, (10, false), "{list}");
        assert_eq!(count("token=&limit=1").await, (1, false), "{list}");
        assert_eq!(count("limit=100").await.1, true, "{list}");
        for (code, limit) in [
            (400_113, "0"),
            (400_113, "101"),
            (400_113, "-1"),
            (400_113, "9223372036854775807"),
            (400_101, "9223372036854775808"),
            (400_101, "abc"),
            (400_101, "1.5"),
            (400_101, "1e1"),
        ] {
            mynah.get(&format!("{list}limit={limit}")).await.refused(code);
        }
    }
}

#[tokio::test]
async fn a_token_leads_into_its_own_list_alone() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    mynah.post("/v3/group_channels", json!({})).await.ok();
    for _ in 0..2 {
        mynah.post("/v3/open_channels", json!({})).await.ok();
    }
    let mut tokens = Vec::new();
    for list in LISTS {
        tokens.push(mynah.get(&format!("{list}limit=1")).await.ok()["next"].as_str().expect("a token").to_owned());
    }

    for (at, list) in LISTS.into_iter().enumerate() {
        for (of, token) in tokens.iter().enumerate() {
            let answer = mynah.get(&format!("{list}limit=1&token={token}")).await;
            if of == at {
                answer.ok();
            } else {
                answer.refused(400_109);
            }
        }
        let cut = &tokens[at][1..];
        for wrong in ["garbage", "====", "%F0%9F%A6%9C", "eyJ2IjoxfQ", cut] {
            mynah.get(&format!("{list}token={wrong}")).await.refused(400_109);
        }
    }
}
