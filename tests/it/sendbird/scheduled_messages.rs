//! Scheduled messages: they are really sent when the clock reaches them.

use std::time::{Duration, Instant};

use mynah::model::ids::ApplicationId;
use serde_json::{Value, json};

use crate::support::{Answer, Mynah};

const MINUTE: i64 = 60_000;

async fn schedule(mynah: &Mynah, user: &str, text: &str, at: i64) -> Answer {
    let body = json!({ "message_type": "MESG", "user_id": user, "message": text, "scheduled_at": at });
    mynah.post("/v3/group_channels/lobby/scheduled_messages", body).await
}

async fn texts(mynah: &Mynah) -> Vec<String> {
    let listed = mynah.get("/v3/group_channels/lobby/messages?message_ts=0&next_limit=100").await.ok();
    let messages = listed["messages"].as_array().expect("a list");
    messages.iter().map(|message| message["message"].as_str().expect("a text").to_owned()).collect()
}

async fn view(mynah: &Mynah, id: &Value) -> Value {
    mynah.get(&format!("/v3/group_channels/lobby/scheduled_messages/{id}")).await.ok()
}

#[tokio::test]
async fn a_scheduled_message_is_sent_at_its_minute_and_not_before() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    let at = mynah.now().await + 10 * MINUTE + 7;
    let body = json!({
        "message_type": "MESG", "user_id": "ada", "message": "Lunch", "scheduled_at": at, "data": "d",
        "custom_type": "c", "mention_type": "users", "mentioned_user_ids": ["bo"], "send_push": false,
        "sorted_metaarray": [{ "key": "k", "value": ["v"] }],
    });
    let scheduled = mynah.post("/v3/group_channels/lobby/scheduled_messages", body).await.ok();
    let id = &scheduled["scheduled_message_id"];
    let minute = at - at % MINUTE;
    assert_eq!(scheduled["scheduled_at"], minute, "seconds are cut off");
    assert_eq!(scheduled["scheduled_status"], "pending");
    assert_eq!(scheduled["sender_id"], "ada");
    assert_eq!(scheduled["mentioned_users"][0]["user_id"], "bo");
    assert_eq!(scheduled["sorted_metaarray"], json!([{ "key": "k", "value": ["v"] }]));
    assert_eq!(scheduled["sent_at"], 0);
    assert!(scheduled["send_push"] == false && scheduled.get("message_id").is_none());

    mynah.advance(8 * 60).await;
    assert!(texts(&mynah).await.is_empty());
    mynah.advance(3 * 60).await;

    let sent = view(&mynah, id).await;
    assert_eq!(sent["scheduled_status"], "sent");
    assert_eq!(sent["sent_at"], minute);
    let message = mynah.message("lobby", sent["message_id"].as_i64().expect("an id")).await;
    assert_eq!(message["created_at"], minute, "it stands at its own moment, not at that of the question");
    assert_eq!(message["message"], "Lunch");
    assert_eq!(message["custom_type"], "c");
    assert_eq!(message["sorted_metaarray"], json!([{ "key": "k", "value": ["v"] }]));
    let unread = mynah.get("/v3/users/bo?include_unread_count=true").await.ok();
    assert_eq!(unread["unread_message_count"], 1, "{unread}");
}

#[tokio::test]
async fn messages_are_sent_in_the_order_of_their_moments_before_what_is_said_later() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    let now = mynah.now().await;
    for (text, minutes) in [("third", 30), ("first", 10), ("second", 20)] {
        schedule(&mynah, "ada", text, now + minutes * MINUTE).await.ok();
    }
    mynah.advance(40 * 60).await;
    mynah.say("lobby", "ada", "now").await;
    assert_eq!(texts(&mynah).await, ["first", "second", "third", "now"]);
    assert_eq!(mynah.get("/v3/group_channels/lobby/messages/total_count").await.ok()["total"], 4);
}

#[tokio::test]
async fn moments_too_near_or_too_far_are_refused() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    let now = mynah.now().await;
    schedule(&mynah, "ada", "now", now).await.refused(400_113);
    schedule(&mynah, "ada", "soon", now + 4 * MINUTE + 59_000).await.refused(400_113);
    schedule(&mynah, "ada", "late", now + 31 * 24 * 60 * MINUTE).await.refused(400_113);
    schedule(&mynah, "ada", "before", -1).await.refused(400_106);
    schedule(&mynah, "ada", "in time", now + 6 * MINUTE).await.ok();
    schedule(&mynah, "ada", "in time", now + 30 * 24 * 60 * MINUTE).await.ok();
}

#[tokio::test]
async fn what_is_wrong_is_said_in_the_vendors_order() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    mynah.with_users(&["eve"]).await;
    let at = mynah.now().await + 10 * MINUTE;
    let path = "/v3/group_channels/lobby/scheduled_messages";
    let nowhere = "/v3/group_channels/nowhere/scheduled_messages";
    assert_eq!(mynah.post(nowhere, json!({})).await.refused(400_201), "\"Channel\" not found.");
    let missing = mynah.post(path, json!({ "user_id": 5 })).await.refused(400_105);
    assert_eq!(missing, "scheduled_at must be required.");
    mynah.post(path, json!({ "scheduled_at": at, "user_id": "ada" })).await.refused(400_105);
    let wrong = json!({ "scheduled_at": "x", "user_id": "ada", "message": "m" });
    mynah.post(path, wrong).await.refused(400_101);
    schedule(&mynah, "nobody", "m", at).await.refused(400_201);
    schedule(&mynah, "eve", "m", at).await.refused(400_108);
    let poll = mynah.post("/v3/polls", json!({ "title": "t", "options": ["o"] })).await.ok();
    let body = json!({ "scheduled_at": at, "user_id": "ada", "message": "m", "poll_id": poll["id"] });
    mynah.post(path, body).await.refused(400_920);
    mynah.get(&format!("{path}/99999")).await.refused(400_201);
    mynah.get(&format!("{path}/x")).await.refused(400_201);
}

#[tokio::test]
async fn a_waiting_message_can_be_changed_and_called_off() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    let now = mynah.now().await;
    let id = schedule(&mynah, "ada", "At eight", now + 10 * MINUTE).await.ok()["scheduled_message_id"].clone();
    let path = format!("/v3/group_channels/lobby/scheduled_messages/{id}");

    mynah.put(&path, json!({ "scheduled_at": now })).await.refused(400_113);
    mynah.put(&path, json!({ "message_type": "FILE" })).await.refused(400_111);
    mynah.put(&path, json!({ "custom_type": "x".repeat(129) })).await.refused(400_110);
    let later = now + 20 * MINUTE;
    let changed = mynah.put(&path, json!({ "message": "At nine", "scheduled_at": later })).await.ok();
    assert_eq!(changed["message"], "At nine");
    assert_eq!(changed["scheduled_at"], later - later % MINUTE);
    mynah.advance(12 * 60).await;
    assert!(texts(&mynah).await.is_empty());
    assert_eq!(mynah.delete(&path).await.ok(), json!({}));
    assert_eq!(view(&mynah, &id).await["scheduled_status"], "canceled");
    mynah.advance(20 * 60).await;
    assert!(texts(&mynah).await.is_empty());
    mynah.delete(&path).await.refused(400_920);
    mynah.put(&path, json!({ "message": "At ten" })).await.refused(400_920);
    mynah.post(&format!("{path}/send_now"), json!({})).await.refused(400_920);
}

#[tokio::test]
async fn a_message_can_be_sent_at_once_instead() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    let at = mynah.now().await + 10 * MINUTE;
    let id = schedule(&mynah, "ada", "Early", at).await.ok()["scheduled_message_id"].clone();
    let path = format!("/v3/group_channels/lobby/scheduled_messages/{id}/send_now");
    assert_eq!(mynah.post(&path, json!({})).await.ok(), json!({}));
    assert_eq!(texts(&mynah).await, ["Early"]);
    assert_eq!(view(&mynah, &id).await["scheduled_status"], "sent");
    mynah.advance(20 * 60).await;
    assert_eq!(texts(&mynah).await, ["Early"], "it is not sent again");
}

#[tokio::test]
async fn the_messages_of_somebody_who_left_are_removed_and_those_of_a_closed_channel_fail() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo", "cy"]).await;
    let at = mynah.now().await + 10 * MINUTE;
    let of_ada = schedule(&mynah, "ada", "From ada", at).await.ok()["scheduled_message_id"].clone();
    let of_bo = schedule(&mynah, "bo", "From bo", at).await.ok()["scheduled_message_id"].clone();
    let of_cy = schedule(&mynah, "cy", "From cy", at).await.ok()["scheduled_message_id"].clone();
    mynah.put("/v3/group_channels/lobby/leave", json!({ "user_ids": ["ada"] })).await.ok();
    mynah.post("/v3/group_channels/lobby/invite", json!({ "user_ids": ["ada"] })).await.ok();
    let stay = json!({ "is_active": false, "leave_all_when_deactivated": false });
    mynah.put("/v3/users/bo", stay).await.ok();

    assert_eq!(view(&mynah, &of_ada).await["scheduled_status"], "removed");
    mynah.advance(11 * 60).await;
    assert_eq!(texts(&mynah).await, ["From cy"]);
    assert_eq!(view(&mynah, &of_bo).await["scheduled_status"], "failed");
    assert_eq!(view(&mynah, &of_cy).await["scheduled_status"], "sent");
    mynah.delete("/v3/group_channels/lobby").await.ok();
    assert_eq!(mynah.get("/v3/scheduled_messages").await.ok()["scheduled_messages"], json!([]));
}

#[tokio::test]
async fn replies_files_and_announcements_can_be_scheduled() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    let parent = mynah.say("lobby", "ada", "Who brings what?").await;
    let at = mynah.now().await + 10 * MINUTE;
    let path = "/v3/group_channels/lobby/scheduled_messages";
    let file = json!({ "message_type": "FILE", "user_id": "ada", "url": "https://example.com/a.png",
        "file_name": "a.png", "file_size": 12, "file_type": "image/png", "parent_message_id": parent,
        "reply_to_channel": true, "scheduled_at": at });
    let file = mynah.post(path, file).await.ok();
    assert_eq!(file["file"]["name"], "a.png");
    assert_eq!(file["parent_message_id"], parent);
    let admin = json!({ "message_type": "ADMM", "message": "Closing", "scheduled_at": at });
    let admin = mynah.post(path, admin).await.ok();
    assert!(admin.get("user").is_none() && admin["sender_id"] == "");
    let wrong = json!({ "message_type": "ADMM", "message": "No", "scheduled_at": at, "parent_message_id": parent });
    mynah.post(path, wrong).await.refused(400_111);

    mynah.advance(11 * 60).await;
    let id = view(&mynah, &file["scheduled_message_id"]).await["message_id"].as_i64().expect("an id");
    let message = mynah.message("lobby", id).await;
    assert_eq!(message["file"]["url"], "https://example.com/a.png");
    assert_eq!(message["parent_message_id"], parent);
    assert_eq!(mynah.message("lobby", parent).await["thread_info"]["reply_count"], 1);
    let id = &view(&mynah, &admin["scheduled_message_id"]).await["message_id"];
    assert_eq!(mynah.message("lobby", id.as_i64().expect("an id")).await["type"], "ADMM");
}

#[tokio::test]
async fn lists_filter_sort_and_page() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    mynah.post("/v3/group_channels", json!({ "channel_url": "attic", "user_ids": ["ada"] })).await.ok();
    let now = mynah.now().await;
    for number in 0..5 {
        schedule(&mynah, "ada", &format!("{number}"), now + (20 - number) * MINUTE).await.ok();
    }
    let of_bo = schedule(&mynah, "bo", "bo", now + 30 * MINUTE).await.ok()["scheduled_message_id"].clone();
    mynah.delete(&format!("/v3/group_channels/lobby/scheduled_messages/{of_bo}")).await.ok();
    let words = |page: &Value| -> Vec<String> {
        let list = page["scheduled_messages"].as_array().expect("a list");
        list.iter().map(|one| one["message"].as_str().expect("a text").to_owned()).collect()
    };
    let walk = async |query: &str| {
        let (mut given, mut token) = (Vec::new(), String::new());
        loop {
            let page = mynah.get(&format!("/v3/scheduled_messages?{query}&limit=2&token={token}")).await.ok();
            given.extend(words(&page));
            token = page["next"].as_str().expect("a token").to_owned();
            if token.is_empty() {
                return given.concat();
            }
        }
    };
    assert_eq!(walk("").await, "01234bo");
    assert_eq!(walk("order=scheduled_at").await, "43210bo");
    assert_eq!(walk("order=scheduled_at&reverse=True").await, "bo01234");
    assert_eq!(walk("sender_id=ada&channel_type=group_channels&channel_url=lobby").await, "01234");
    assert_eq!(walk("status=canceled,sent").await, "bo");
    assert_eq!(walk("status=canceled&status=pending").await, "01234bo");
    assert_eq!(walk("channel_url=attic").await, "");
    assert_eq!(walk("channel_type=open_channels").await, "");
    assert_eq!(walk("message_type=FILE").await, "");
    mynah.get("/v3/scheduled_messages?status=lost").await.refused(400_111);
    mynah.get("/v3/scheduled_messages?channel_url=nowhere").await.refused(400_201);
    mynah.get("/v3/scheduled_messages?limit=101").await.refused(400_113);
    mynah.get("/v3/scheduled_messages?token=garbage").await.refused(400_109);

    mynah.get("/v3/scheduled_messages/count").await.refused(400_105);
    let count =
        async |query: &str| mynah.get(&format!("/v3/scheduled_messages/count?{query}")).await.ok()["count"].clone();
    assert_eq!(count("sender_id=ada").await, 5);
    assert_eq!(count("sender_id=bo&status=pending").await, 0);
    assert_eq!(count("sender_id=nobody").await, 0);
}

#[tokio::test]
async fn what_became_due_while_the_server_was_down_is_sent_at_the_start_without_being_asked() {
    let data = tempfile::tempdir().expect("a folder");
    let mynah = Mynah::start_on(data.path()).await;
    mynah.with_group("lobby", &["ada"]).await;
    let at = mynah.now().await + 10 * MINUTE;
    let id = schedule(&mynah, "ada", "Lunch", at).await.ok()["scheduled_message_id"].clone();
    mynah.stop().await;

    // The clock is behind the row's moment by ten minutes; it stands as if they had passed.
    let database = data.path().join("mynah.db");
    let options = format!("sqlite://{}", database.display());
    let pool = sqlx::SqlitePool::connect(&options).await.expect("the database opens");
    sqlx::query("update applications set clock_offset = clock_offset + 900000")
        .execute(&pool)
        .await
        .expect("it is set");
    pool.close().await;

    let mynah = Mynah::start_on(data.path()).await;
    let engine = mynah.server().engine().clone();
    let mut feed = engine.listen();
    let began = Instant::now();
    let heard = tokio::time::timeout(Duration::from_secs(10), feed.recv()).await;
    // The event may have been told before anybody listened; then it is among the recent ones.
    let recent = engine.recent(&ApplicationId::new("mynah").expect("an id")).await;
    assert!(heard.is_ok() || !recent.is_empty(), "nobody woke the application in {:?}", began.elapsed());
    assert_eq!(view(&mynah, &id).await["scheduled_status"], "sent");
    assert_eq!(texts(&mynah).await, ["Lunch"]);
    mynah.stop().await;

    let mynah = Mynah::start_on(data.path()).await;
    let sent = view(&mynah, &id).await;
    assert_eq!(sent["sent_at"], at - at % MINUTE);
    assert_eq!(texts(&mynah).await, ["Lunch"], "it is sent once");
    assert!(mynah.now().await > at, "the clock keeps what it was put forward");
    mynah.stop().await;
}
