//! What is kept out of messages, and how channels of a custom type are treated.

use std::time::Duration;

use mynah::model::ids::ApplicationId;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Mynah, answer};

const GLOBAL: &str = "/v3/applications/settings_global";
const TYPES: &str = "/v3/applications/settings_by_channel_custom_type";

async fn words(mynah: &Mynah, filter: Value) -> Value {
    mynah.put(GLOBAL, json!({ "profanity_filter": filter })).await.ok()
}

async fn say(mynah: &Mynah, text: &str) -> Value {
    said(mynah, "lobby", text).await
}

async fn said(mynah: &Mynah, channel: &str, text: &str) -> Value {
    mynah.send(channel, json!({ "user_id": "ada", "message": text })).await.ok()
}

fn moderated(message: &Value) -> String {
    format!("/v3/report/group_channels/lobby/profanity_messages/{}", message["message_id"])
}

#[tokio::test]
async fn words_are_covered_and_what_was_written_is_shown_to_the_server_only() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    let untouched = say(&mynah, "Darn, a raincoat").await;
    mynah.get(&moderated(&untouched)).await.refused(400_201);

    let filter =
        json!({ "keywords": "darn, heck*,*coat,so what", "type": 1, "regex_filters": [{ "regex": "x{3,}" }] });
    let settings = words(&mynah, filter).await;
    assert_eq!(settings["profanity_filter"]["keywords"], "darn,heck*,*coat,so what");
    assert_eq!(settings, mynah.get(GLOBAL).await.ok());

    for (text, covered) in [
        ("DARN it, Darning is fine", "**** it, Darning is fine"),
        ("what the heckler", "what the *******"),
        ("a räincoat, a coating", "a ********, a coating"),
        ("So what xxxx xx", "******* **** xx"),
        ("Nothing here", "Nothing here"),
    ] {
        let message = say(&mynah, text).await;
        assert_eq!(message["message"], covered);
        let view = mynah.get(&moderated(&message)).await;
        if text == covered {
            view.refused(400_201);
        } else {
            let view = view.ok();
            assert_eq!(view["message"], text);
            assert_eq!(view["message_id"], message["message_id"]);
        }
    }
    assert_eq!(mynah.last_text("lobby").await, "Nothing here");
}

#[tokio::test]
async fn an_edit_is_filtered_too_and_a_clean_one_has_nothing_covered_any_more() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    words(&mynah, json!({ "keywords": ["darn"], "type": 1 })).await;
    let message = say(&mynah, "fine").await;
    let path = format!("/v3/group_channels/lobby/messages/{}", message["message_id"]);
    let edit = |text: &str| mynah.put(&path, json!({ "message_type": "MESG", "message": text }));

    assert_eq!(edit("darn").await.ok()["message"], "****");
    assert_eq!(mynah.get(&moderated(&message)).await.ok()["message"], "darn");
    mynah.put(&path, json!({ "message_type": "MESG", "data": "d" })).await.ok();
    assert_eq!(mynah.get(&moderated(&message)).await.ok()["message"], "darn");
    edit("well").await.ok();
    mynah.get(&moderated(&message)).await.refused(400_201);

    words(&mynah, json!({ "type": 2 })).await;
    let before = mynah.everything().await;
    edit("darn again").await.refused(900_060);
    assert_eq!(mynah.everything().await, before);
}

#[tokio::test]
async fn refused_words_links_and_domains_have_a_number_each() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    words(&mynah, json!({ "keywords": "darn", "type": 2 })).await;
    let text = |text: &str| json!({ "user_id": "ada", "message": text });
    let before = mynah.everything().await;
    mynah.send("lobby", text("oh darn")).await.refused(900_060);
    let domains = |kind: i64| json!({ "domain_filter": { "domains": ["evil.example", "Bad.test"], "type": kind } });
    mynah.put(GLOBAL, domains(1)).await.ok();
    for bad in ["see https://www.EVIL.example/x?y", "bad.test", "at me@bad.test:80/a b", "http://x.y.bad.test"] {
        mynah.send("lobby", text(bad)).await.refused(900_065);
    }
    assert_eq!(mynah.everything().await, before);
    for good in ["notbad.test", "bad.test.org", "evil.examples", "evil example"] {
        mynah.send("lobby", text(good)).await.ok();
    }
    mynah.put(GLOBAL, domains(2)).await.ok();
    let covered = say(&mynah, "go to https://a.bad.test/x now").await;
    assert_eq!(covered["message"], "go to ******************** now");
    assert_eq!(mynah.get(&moderated(&covered)).await.ok()["message"], "go to https://a.bad.test/x now");
    mynah.put(GLOBAL, json!({ "allow_links": false })).await.ok();
    mynah.send("lobby", text("see www.good.test")).await.refused(900_061);
    mynah.send("lobby", text("see good.test")).await.ok();

    // Announcements are the server's own; the other dialect has the same rules.
    mynah.send("lobby", json!({ "message_type": "ADMM", "message": "oh darn, https://bad.test" })).await.ok();
    let reply = json!({ "channelId": "lobby", "sender": "ada", "message": "oh darn" });
    let send = mynah.client().post(mynah.url("/apis/v1/messages/send")).bearer_auth("key").json(&reply);
    assert_eq!(answer(send).await.status, 403);
}

#[tokio::test]
async fn a_custom_type_has_settings_of_its_own() {
    let mynah = Mynah::start().await;
    mynah.with_users(&["ada"]).await;
    for (url, custom_type) in [("plain", ""), ("loud-1", "loud"), ("calm-1", "calm")] {
        let body = json!({ "channel_url": url, "user_ids": ["ada"], "custom_type": custom_type });
        mynah.post("/v3/group_channels", body).await.ok();
    }
    words(&mynah, json!({ "keywords": "darn", "type": 1 })).await;
    let loud = json!({ "custom_type": "loud", "max_message_length": 50, "profanity_filter":
        { "keywords": "heck", "type": 1, "should_check_global": false } });
    mynah.post(TYPES, loud.clone()).await.ok();
    mynah.post(TYPES, loud).await.refused(400_202);
    let calm = json!({ "custom_type": "calm", "profanity_filter": { "keywords": "heck", "type": 2 } });
    mynah.post(TYPES, calm).await.ok();

    assert_eq!(said(&mynah, "plain", "darn heck").await["message"], "**** heck");
    assert_eq!(said(&mynah, "loud-1", "darn heck").await["message"], "darn ****");
    assert_eq!(said(&mynah, "calm-1", "darn").await["message"], "****");
    mynah.send("calm-1", json!({ "user_id": "ada", "message": "darn heck" })).await.refused(900_060);
    mynah.send("loud-1", json!({ "user_id": "ada", "message": "m".repeat(51) })).await.refused(400_700);
    mynah.send("plain", json!({ "user_id": "ada", "message": "m".repeat(51) })).await.ok();
    assert_eq!(mynah.get("/v3/group_channels/loud-1").await.ok()["max_length_message"], 50);

    let listed = mynah.all(&format!("{TYPES}?limit=1"), "channel_custom_type_settings").await;
    assert_eq!(listed.iter().map(|one| &one["custom_type"]).collect::<Vec<_>>(), ["calm", "loud"]);
    let loud = format!("{TYPES}/loud");
    let changed = mynah.put(&loud, json!({ "profanity_filter": { "should_check_global": true } })).await.ok();
    assert_eq!(changed["profanity_filter"]["keywords"], "heck");
    assert_eq!(changed, mynah.get(&loud).await.ok());
    assert_eq!(said(&mynah, "loud-1", "darn heck").await["message"], "**** ****");
    answer(mynah.sendbird(Method::DELETE, &loud)).await.ok();
    answer(mynah.sendbird(Method::DELETE, &loud)).await.refused(400_201);
    mynah.get(&loud).await.refused(400_201);
    assert_eq!(said(&mynah, "loud-1", "darn heck").await["message"], "**** heck");
}

#[tokio::test]
async fn what_new_members_see_goes_by_the_custom_type_too() {
    let mynah = Mynah::start().await;
    let shown = json!({ "custom_type": "open", "display_past_message": true });
    mynah.post(TYPES, shown).await.ok();
    mynah.with_users(&["ada", "bo"]).await;
    for custom_type in ["open", "shut"] {
        let body = json!({ "channel_url": custom_type, "user_ids": ["ada"], "custom_type": custom_type });
        mynah.post("/v3/group_channels", body).await.ok();
        mynah.say(custom_type, "ada", "before").await;
        mynah.post(&format!("/v3/group_channels/{custom_type}/invite"), json!({ "user_ids": ["bo"] })).await.ok();
    }
    let receipt = async |channel: &str| {
        let view = mynah.get(&format!("/v3/group_channels/{channel}?show_read_receipt=true")).await.ok();
        view["read_receipt"]["bo"].as_i64().expect("a moment")
    };
    assert!(receipt("open").await > 0);
    assert_eq!(receipt("shut").await, 0);
}

#[tokio::test]
async fn settings_and_covered_words_survive_a_restart() {
    let folder = tempfile::tempdir().expect("a folder");
    let mynah = Mynah::start_on(folder.path()).await;
    mynah.with_group("lobby", &["ada"]).await;
    words(&mynah, json!({ "keywords": "darn", "type": 1 })).await;
    mynah.post(TYPES, json!({ "custom_type": "loud", "max_message_length": 100, "allow_links": false })).await.ok();
    let message = say(&mynah, "darn").await;
    let type_before = mynah.get(&format!("{TYPES}/loud")).await.ok();
    mynah.stop().await;

    let mynah = Mynah::start_on(folder.path()).await;
    assert_eq!(mynah.get(&format!("{TYPES}/loud")).await.ok(), type_before);
    assert_eq!(mynah.get(&moderated(&message)).await.ok()["message"], "darn");
    assert_eq!(say(&mynah, "darn it").await["message"], "**** it");
    // A channel that goes takes what its messages said with it.
    answer(mynah.sendbird(Method::DELETE, "/v3/group_channels/lobby")).await.ok();
    let left = |app: &mynah::state::Application| Ok::<_, mynah::engine::Unavailable>(app.covered_texts.len());
    let application = ApplicationId::new("mynah").expect("an id");
    let left = tokio::time::timeout(Duration::from_secs(5), mynah.server().engine().read(&application, left));
    assert_eq!(left.await.expect("in time").expect("a read"), 0);
}

#[tokio::test]
async fn what_is_wrong_with_settings_is_said_and_changes_nothing() {
    let mynah = Mynah::start().await;
    mynah.post(TYPES, json!({ "custom_type": "loud" })).await.ok();
    let before = mynah.get(GLOBAL).await.ok();
    for (code, body) in [
        (400_403, json!({ "profanity_filter": "darn" })),
        (400_403, json!({ "profanity_filter": { "keywords": 5 } })),
        (400_403, json!({ "profanity_filter": { "regex_filters": ["x"] } })),
        (400_403, json!({ "domain_filter": ["x"] })),
        (400_111, json!({ "profanity_filter": { "type": 3 } })),
        (400_111, json!({ "profanity_filter": { "regex_filters": [{ "regex": "a)(b" }] } })),
        (400_111, json!({ "profanity_filter": { "regex_filters": [{ "regex": "(x{900}){900}" }] } })),
        (400_111, json!({ "max_message_length": 51 })),
        (400_101, json!({ "max_message_length": "50" })),
        (400_104, json!({ "allow_links": "no" })),
        (400_111, json!({ "profanity_triggered_moderation": { "count": 3, "duration": 60, "action": 4 } })),
        (400_101, json!({ "profanity_triggered_moderation": { "count": "3", "duration": 60, "action": 1 } })),
        (400_403, json!({ "profanity_triggered_moderation": 3 })),
        (400_113, json!({ "profanity_triggered_moderation": { "count": 3, "action": 1 } })),
        (400_113, json!({ "profanity_triggered_moderation": { "duration": 3, "action": 1 } })),
        (400_113, json!({ "profanity_triggered_moderation": { "count": -1 } })),
        (400_113, json!({ "profanity_triggered_moderation": { "count": 1001 } })),
        (400_113, json!({ "profanity_triggered_moderation": { "duration": -1 } })),
        (400_113, json!({ "profanity_triggered_moderation": { "duration": 31_536_001 } })),
        (400_111, json!({ "image_moderation": { "type": 2 } })),
        (400_101, json!({ "image_moderation": { "type": "1" } })),
        (400_104, json!({ "image_moderation": { "soft_block": 1 } })),
        (400_104, json!({ "image_moderation": { "check_urls": 1 } })),
        (400_403, json!({ "image_moderation": { "limits": 3 } })),
        (400_101, json!({ "image_moderation": { "limits": { "adult": "3" } } })),
        (400_113, json!({ "image_moderation": { "limits": { "adult": 0 } } })),
        (400_113, json!({ "image_moderation": { "limits": { "racy": 6 } } })),
        (400_100, json!({ "push_template": { "MESG": 5 } })),
        (400_403, json!({ "push_template": "text" })),
        (400_403, json!({ "image_moderation": "none" })),
    ] {
        let text = body.to_string();
        for path in [GLOBAL.to_owned(), format!("{TYPES}/loud")] {
            assert_eq!(mynah.put(&path, body.clone()).await.body["code"], code, "{path} {text}");
        }
    }
    mynah.post(TYPES, json!({})).await.refused(400_105);
    mynah.post(TYPES, json!({ "custom_type": "" })).await.refused(400_151);
    mynah.post(TYPES, json!({ "custom_type": "t".repeat(129) })).await.refused(400_110);
    mynah.put(&format!("{TYPES}/calm"), json!({})).await.refused(400_201);
    assert_eq!(mynah.get(GLOBAL).await.ok(), before);
}
