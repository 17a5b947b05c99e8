//! The word by which a sender knows that a message was sent already.

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::id_of;
use crate::support::Mynah;

const MESSAGES: &str = "/v3/group_channels/lobby/messages";

async fn lobby() -> Mynah {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    mynah
}

fn once(message: &str) -> Value {
    json!({ "user_id": "ada", "message": message, "dedup_id": "once" })
}

#[tokio::test]
async fn the_same_word_again_stores_nothing_and_counts_nothing() {
    let mynah = lobby().await;
    let parent = mynah.say("lobby", "bo", "parent").await;
    let first = mynah.send("lobby", once("one")).await.ok();
    let before = mynah.everything().await;

    for again in [
        once("one"),
        once("two"),
        json!({ "user_id": "bo", "message": "of another sender", "dedup_id": "once" }),
        json!({ "message_type": "ADMM", "message": "of nobody", "dedup_id": "once" }),
        json!({ "message_type": "FILE", "user_id": "ada", "url": "u", "dedup_id": "once" }),
        json!({ "user_id": "bo", "message": "reply", "parent_message_id": parent, "dedup_id": "once" }),
    ] {
        let text = mynah.send("lobby", again).await.refused(400_202);
        assert_eq!(text, "\"dedup_id\" violates unique constraint.");
    }

    assert_eq!(mynah.everything().await, before);
    assert!(!first.to_string().contains("once"), "{first}");
    let other = json!({ "user_id": "ada", "message": "two", "dedup_id": "Once" });
    mynah.send("lobby", other).await.ok();
}

#[tokio::test]
async fn it_is_known_after_the_message_is_gone() {
    let mynah = lobby().await;
    let first = id_of(&mynah.send("lobby", once("one")).await.ok());
    mynah.delete(&format!("{MESSAGES}/{first}")).await.ok();

    mynah.send("lobby", once("two")).await.refused(400_202);

    assert_eq!(mynah.total("lobby").await, 0);
}

#[tokio::test]
async fn it_is_known_after_a_restart() {
    let folder = tempfile::tempdir().expect("a folder");
    let mynah = Mynah::start_on(folder.path()).await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    mynah.send("lobby", once("one")).await.ok();
    let removed = json!({ "user_id": "ada", "message": "gone", "dedup_id": "twice" });
    let removed = id_of(&mynah.send("lobby", removed).await.ok());
    mynah.delete(&format!("{MESSAGES}/{removed}")).await.ok();
    let before = mynah.everything().await;
    mynah.stop().await;

    let mynah = Mynah::start_on(folder.path()).await;

    assert_eq!(mynah.everything().await, before);
    mynah.send("lobby", once("two")).await.refused(400_202);
    let again = json!({ "user_id": "ada", "message": "two", "dedup_id": "twice" });
    mynah.send("lobby", again).await.refused(400_202);
    assert_eq!(mynah.everything().await, before);
}

#[tokio::test]
async fn each_channel_has_its_own() {
    let mynah = lobby().await;
    mynah.post("/v3/group_channels", json!({ "channel_url": "attic", "user_ids": ["ada"] })).await.ok();
    mynah.post("/v3/open_channels", json!({ "channel_url": "plaza" })).await.ok();

    mynah.send("lobby", once("one")).await.ok();
    mynah.send("attic", once("two")).await.ok();
    mynah.post("/v3/open_channels/plaza/messages", once("three")).await.ok();

    mynah.send("attic", once("again")).await.refused(400_202);
    mynah.post("/v3/open_channels/plaza/messages", once("again")).await.refused(400_202);
    // A channel that is made anew knows nothing.
    mynah.delete("/v3/group_channels/attic").await.ok();
    mynah.post("/v3/group_channels", json!({ "channel_url": "attic", "user_ids": ["ada"] })).await.ok();
    mynah.send("attic", once("two")).await.ok();
}

#[tokio::test]
async fn it_is_looked_at_last_and_not_used_up_by_what_is_refused() {
    let mynah = lobby().await;
    mynah.with_users(&["di"]).await;
    let with = |mut body: Value, key: &str, value: Value| {
        body[key] = value;
        body
    };

    for round in 0..2 {
        for (code, key, value) in [
            (400_108, "user_id", json!("di")),
            (400_201, "user_id", json!("nobody")),
            (400_700, "message", json!("m".repeat(5001))),
            (400_201, "parent_message_id", json!(999_999)),
            (400_100, "data", json!(5)),
        ] {
            mynah.send("lobby", with(once("one"), key, value)).await.refused(code);
        }
        if round == 0 {
            mynah.send("lobby", once("one")).await.ok();
        }
    }
    mynah.send("lobby", with(once("one"), "dedup_id", json!("d".repeat(10_000)))).await.refused(400_110);
    mynah.send("lobby", with(once("one"), "dedup_id", json!(5))).await.refused(400_100);
    mynah.send("lobby", once("one")).await.refused(400_202);
}

#[tokio::test]
async fn an_empty_word_is_none() {
    let mynah = lobby().await;

    for _ in 0..2 {
        mynah.send("lobby", json!({ "user_id": "ada", "message": "m", "dedup_id": "" })).await.ok();
        mynah.send("lobby", json!({ "user_id": "ada", "message": "m", "dedup_id": null })).await.ok();
    }

    assert_eq!(mynah.total("lobby").await, 4);
}

#[tokio::test]
async fn of_sixty_four_at_once_exactly_one_wins() {
    let mynah = Arc::new(lobby().await);
    let parent = mynah.say("lobby", "bo", "parent").await;

    for parent in [None, Some(parent)] {
        let total = mynah.total("lobby").await.as_i64().expect("a count");
        let mut sending = JoinSet::new();
        for n in 0..64 {
            let mynah = Arc::clone(&mynah);
            let mut body = json!({ "user_id": "ada", "message": n.to_string(), "dedup_id": format!("{parent:?}") });
            if let Some(parent) = parent {
                body["parent_message_id"] = parent.into();
            }
            sending.spawn(async move { mynah.send("lobby", body).await });
        }
        let answers = sending.join_all().await;

        let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 200);
        assert_eq!((won.len(), lost.len()), (1, 63));
        for answer in lost {
            answer.refused(400_202);
        }
        assert_eq!(mynah.total("lobby").await, total + 1);
        let sent = mynah.message("lobby", id_of(&won[0].body)).await;
        assert_eq!(sent["message"], won[0].body["message"]);
    }
    assert_eq!(mynah.unread("lobby", "bo").await, (2, 0));
    assert_eq!(mynah.message("lobby", parent).await["thread_info"]["reply_count"], 1);
}

#[tokio::test]
async fn an_application_can_have_the_first_message_again_instead() {
    let mynah = lobby().await;
    mynah.settings(|settings| settings.repeat_answers_original = true).await;
    let first = mynah.send("lobby", once("one")).await.ok();
    let before = mynah.everything().await;

    let again = mynah.send("lobby", once("two")).await.ok();

    assert_eq!(again, first);
    assert_eq!(mynah.everything().await, before);
}
