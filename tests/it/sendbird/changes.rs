//! Changelogs and gaps.

use serde_json::{Value, json};

use crate::support::Mynah;

fn ids(messages: &Value) -> Vec<i64> {
    messages.as_array().expect("a list").iter().map(|one| one["message_id"].as_i64().expect("an id")).collect()
}

#[tokio::test]
async fn changelogs_tell_what_was_altered_and_what_is_gone() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    let mut messages = Vec::new();
    for text in ["one", "two", "three", "four"] {
        messages.push(mynah.say("lobby", "ada", text).await);
    }
    let path = "/v3/group_channels/lobby/messages/changelogs";
    let nothing = mynah.get(&format!("{path}?change_ts=0")).await.ok();
    assert_eq!((&nothing["updated"], &nothing["deleted"]), (&json!([]), &json!([])));
    let token = nothing["next"].as_str().expect("a token").to_owned();

    let message = |index: usize| format!("/v3/group_channels/lobby/messages/{}", messages[index]);
    mynah.put(&message(1), json!({ "message_type": "MESG", "message": "changed" })).await.ok();
    let reaction = json!({ "user_id": "ada", "reaction": "smile" });
    mynah.post(&format!("{}/reactions", message(2)), reaction).await.ok();
    mynah.delete(&message(0)).await.ok();

    let all = mynah.get(&format!("{path}?token={token}&include_reactions=true")).await.ok();
    assert_eq!(ids(&all["updated"]), [messages[1], messages[2]]);
    assert_eq!(all["updated"][0]["message"], "changed");
    assert_eq!(all["updated"][1]["reactions"][0]["key"], "smile");
    assert_eq!(ids(&all["deleted"]), [messages[0]]);
    assert_eq!(all["has_more"], false);

    // A reaction that was taken back is an alteration too.
    mynah.delete(&format!("{}/reactions?user_id=ada&reaction=smile", message(2))).await.ok();
    let next = all["next"].as_str().expect("a token");
    let later = mynah.get(&format!("{path}?token={next}")).await.ok();
    assert_eq!(ids(&later["updated"]), [messages[2]]);
    let since = all["deleted"][0]["deleted_at"].as_i64().expect("a moment");
    let later = mynah.get(&format!("{path}?change_ts={since}")).await.ok();
    assert_eq!(ids(&later["updated"]), [messages[2]]);

    mynah.get(path).await.refused(400_105);
    mynah.get(&format!("{path}?change_ts=x")).await.refused(400_101);
    mynah.get(&format!("{path}?token=x")).await.refused(400_109);
}

#[tokio::test]
async fn changelogs_page_by_page_tell_each_alteration_once() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    let mut messages = Vec::new();
    for number in 0..7 {
        let id = mynah.say("lobby", "ada", &format!("{number}")).await;
        let path = format!("/v3/group_channels/lobby/messages/{id}");
        mynah.put(&path, json!({ "message_type": "MESG", "data": "x" })).await.ok();
        messages.push(id);
    }
    let path = "/v3/group_channels/lobby/messages/changelogs?limit=3";
    let mut page = mynah.get(&format!("{path}&change_ts=0")).await.ok();
    let mut seen = ids(&page["updated"]);
    while page["has_more"] == true {
        page = mynah.get(&format!("{path}&token={}", page["next"].as_str().expect("a token"))).await.ok();
        seen.extend(ids(&page["updated"]));
    }
    assert_eq!(seen, messages);
}

#[tokio::test]
async fn a_gap_is_filled_or_said_to_be_huge() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    for number in 0..6 {
        let body = json!({ "user_id": "ada", "message": "x", "created_at": 1000 + number });
        mynah.send("lobby", body).await.ok();
    }
    let gap = async |query: &str| mynah.get(&format!("/v3/group_channels/lobby/messages_gap?{query}")).await;

    let filled =
        gap("prev_start_ts=1000&prev_end_ts=1002&prev_cache_count=2&checking_continuous_messages=true").await;
    let filled = filled.ok();
    assert_eq!(ids(&filled["prev_messages"]).len(), 3);
    assert_eq!(filled["next_messages"], json!([]));
    assert_eq!((&filled["is_huge_gap"], &filled["prev_hasmore"]), (&json!(false), &json!(false)));
    assert_eq!(filled["is_continuous_prev_messages"], true);
    let nothing = gap("next_start_ts=1003&next_end_ts=1005&next_cache_count=3").await.ok();
    assert_eq!(nothing["next_messages"], json!([]), "the client has them all");
    let huge = gap("next_start_ts=1000&next_end_ts=1005&next_cache_count=1&huge_gap_threshold=4").await.ok();
    assert_eq!(huge["is_huge_gap"], true);
    assert_eq!(huge["next_messages"], json!([]));

    gap("prev_start_ts=1000").await.refused(400_105);
    gap("prev_start_ts=9&prev_end_ts=3&prev_cache_count=2").await.refused(400_113);
}
