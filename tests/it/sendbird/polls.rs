//! Polls: made, sent, voted in, closed by hand and by the clock.

use serde_json::{Value, json};

use crate::support::Mynah;

async fn poll(mynah: &Mynah, body: Value) -> (i64, Vec<i64>) {
    let poll = mynah.post("/v3/polls", body).await.ok();
    let options = poll["options"].as_array().expect("a list").iter();
    (poll["id"].as_i64().expect("an id"), options.map(|option| option["id"].as_i64().expect("an id")).collect())
}

async fn simple(mynah: &Mynah) -> (i64, Vec<i64>) {
    poll(mynah, json!({ "title": "Lunch?", "options": ["Soup", "Salad", "Cake"] })).await
}

async fn ask(mynah: &Mynah, poll: i64) -> i64 {
    let body = json!({ "user_id": "ada", "message": "Vote!", "poll_id": poll });
    mynah.send("lobby", body).await.ok()["message_id"].as_i64().expect("an id")
}

#[tokio::test]
async fn a_poll_is_asked_with_a_message_and_counts_votes() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo", "cy"]).await;
    let body =
        json!({ "title": "Lunch?", "options": ["Soup", "Salad"], "created_by": "ada", "data": { "text": "x" } });
    let made = mynah.post("/v3/polls", body).await.ok();
    assert_eq!(made["status"], "open");
    assert_eq!(made["close_at"], -1);
    assert_eq!(made["created_by"], "ada");
    assert_eq!(made["data"], json!({ "text": "x" }));
    assert!(made.get("message_id").is_none());
    assert!(made["created_at"].as_i64().expect("a number") < 100_000_000_000, "seconds");
    let (id, soup) = (made["id"].as_i64().expect("an id"), made["options"][0]["id"].clone());
    let message = ask(&mynah, id).await;

    let vote = |user: &str, options: Value| {
        let body = json!({ "user_id": user, "option_ids": options });
        let path = format!("/v3/polls/{id}/vote");
        let mynah = &mynah;
        async move { mynah.put(&path, body).await }
    };
    let voted = vote("bo", json!([soup])).await.ok();
    assert_eq!(voted["voted_option_ids"], json!([soup]));
    assert_eq!(voted["voter_count"], 1);
    assert_eq!(voted["options"][0]["vote_count"], 1);
    assert_eq!(voted["options"][0]["partial_voters"][0]["user_id"], "bo");
    vote("cy", json!([soup])).await.ok();
    let changed = vote("bo", json!([made["options"][1]["id"]])).await.ok();
    assert_eq!(changed["options"][0]["vote_count"], 1);
    assert_eq!(changed["options"][1]["vote_count"], 1);
    assert_eq!(vote("cy", json!([])).await.ok()["voter_count"], 1);

    let brief = &mynah.message("lobby", message).await["poll"];
    assert_eq!(brief["title"], "Lunch?");
    assert_eq!(brief["message_id"], message);
    assert!(brief.get("options").is_none());
    let path = format!("/v3/group_channels/lobby/messages/{message}?include_poll_details=true");
    let whole = mynah.get(&path).await.ok()["poll"].clone();
    assert_eq!(whole["options"][1]["vote_count"], 1);
    assert_eq!(whole["details"]["voter_count"], 1);
    let listed = mynah.get("/v3/group_channels/lobby/messages?message_ts=0&include_poll_details=True").await.ok();
    assert_eq!(listed["messages"][0]["poll"], whole);
}

#[tokio::test]
async fn votes_that_the_poll_does_not_take_are_refused() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    mynah.with_users(&["eve"]).await;
    let (id, options) = simple(&mynah).await;
    ask(&mynah, id).await;
    let path = format!("/v3/polls/{id}/vote");
    mynah.put("/v3/polls/99999/vote", json!({})).await.refused(400_201);
    mynah.put(&path, json!({ "user_id": "bo" })).await.refused(400_105);
    mynah.put(&path, json!({ "user_id": "bo", "option_ids": 5 })).await.refused(400_102);
    mynah.put(&path, json!({ "user_id": "bo", "option_ids": ["x"] })).await.refused(400_101);
    mynah.put(&path, json!({ "user_id": "bo", "option_ids": options })).await.refused(400_111);
    mynah.put(&path, json!({ "user_id": "nobody", "option_ids": [] })).await.refused(400_201);
    mynah.put(&path, json!({ "user_id": "bo", "option_ids": [99_999] })).await.refused(400_201);
    mynah.put(&path, json!({ "user_id": "eve", "option_ids": [options[0]] })).await.refused(400_108);
    let (several, choices) =
        poll(&mynah, json!({ "title": "t", "options": ["a", "b"], "allow_multiple_votes": true })).await;
    let body = json!({ "user_id": "bo", "option_ids": [choices[0], choices[1], choices[0]] });
    let voted = mynah.put(&format!("/v3/polls/{several}/vote"), body).await.ok();
    assert_eq!(voted["voted_option_ids"], json!(choices));
    assert_eq!(voted["voter_count"], 1);

    let closed = mynah.put(&format!("/v3/polls/{id}/close"), json!({})).await.ok();
    assert_eq!(closed["status"], "closed");
    mynah.put(&path, json!({ "user_id": "bo", "option_ids": [options[0]] })).await.refused(400_920);
    mynah.put(&format!("/v3/polls/{id}/close"), json!({})).await.refused(400_920);
    mynah.post(&format!("/v3/polls/{id}/options"), json!({ "text": "late" })).await.refused(400_920);
    mynah.put(&format!("/v3/polls/{id}"), json!({ "title": "late" })).await.refused(400_920);
}

#[tokio::test]
async fn a_poll_closes_by_the_clock() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    let now = mynah.now().await / 1000;
    mynah.post("/v3/polls", json!({ "title": "t", "options": ["o"], "close_at": now })).await.refused(400_113);
    let (id, options) = poll(&mynah, json!({ "title": "t", "options": ["o"], "close_at": now + 60 })).await;
    ask(&mynah, id).await;
    let path = format!("/v3/polls/{id}");
    let vote = json!({ "user_id": "ada", "option_ids": options });
    mynah.put(&format!("{path}/vote"), vote.clone()).await.ok();
    let later = mynah.put(&path, json!({ "close_at": now + 120, "title": "T" })).await.ok();
    assert_eq!((&later["close_at"], &later["title"]), (&json!(now + 120), &json!("T")));

    mynah.advance(90).await;
    assert_eq!(mynah.get(&path).await.ok()["status"], "open");
    mynah.advance(60).await;
    let closed = mynah.get(&path).await.ok();
    assert_eq!(closed["status"], "closed");
    assert_eq!(closed["updated_at"], now + 120);
    mynah.put(&format!("{path}/vote"), json!({ "user_id": "ada", "option_ids": [] })).await.refused(400_920);
}

#[tokio::test]
async fn a_poll_goes_with_one_text_of_a_group_channel() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    mynah.post("/v3/open_channels", json!({ "channel_url": "plaza" })).await.ok();
    let (id, _) = simple(&mynah).await;
    let body = |extra: Value| {
        let mut body = json!({ "user_id": "ada", "message": "Vote!", "poll_id": id });
        body.as_object_mut().expect("an object").extend(extra.as_object().expect("an object").clone());
        body
    };
    mynah.send("lobby", body(json!({ "poll_id": 99_999 }))).await.refused(400_201);
    mynah.send("lobby", body(json!({ "poll_id": "x" }))).await.refused(400_101);
    mynah.send("lobby", body(json!({ "message_type": "ADMM" }))).await.refused(400_920);
    mynah.send("lobby", body(json!({ "message_type": "FILE", "url": "https://a.b/c" }))).await.refused(400_920);
    mynah.post("/v3/open_channels/plaza/messages", body(json!({}))).await.refused(400_920);
    let sent = mynah.send("lobby", body(json!({ "include_poll_details": true }))).await.ok();
    assert_eq!(sent["poll"]["options"].as_array().map(Vec::len), Some(3));
    mynah.send("lobby", body(json!({}))).await.refused(400_920);
    let plain = mynah.say("lobby", "ada", "No poll").await;
    assert!(mynah.message("lobby", plain).await.get("poll").is_none());
}

#[tokio::test]
async fn options_come_change_and_go() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    let body = json!({ "title": "t", "options": ["a"], "created_by": "ada" });
    let (id, first) = poll(&mynah, body).await;
    let path = format!("/v3/polls/{id}/options");
    mynah.post(&path, json!({})).await.refused(400_105);
    mynah.post(&path, json!({ "text": "" })).await.refused(400_151);
    mynah.post(&path, json!({ "text": "b", "created_by": "nobody" })).await.refused(400_201);
    mynah.post(&path, json!({ "text": "b", "created_by": "bo" })).await.refused(400_108);
    mynah.post(&path, json!({ "text": "b", "created_by": "ada" })).await.ok();
    mynah.put(&format!("/v3/polls/{id}"), json!({ "allow_user_suggestion": true })).await.ok();
    let grown = mynah.post(&path, json!({ "text": "c", "created_by": "bo" })).await.ok();
    assert_eq!(grown["options"][2]["created_by"], "bo");
    let option = grown["options"][2]["id"].clone();

    let one = format!("{path}/{option}");
    mynah.put(&format!("/v3/polls/{id}/vote"), json!({ "user_id": "bo", "option_ids": [option] })).await.ok();
    assert_eq!(mynah.get(&one).await.ok()["vote_count"], 1);
    mynah.put(&one, json!({ "text": "C" })).await.ok();
    assert_eq!(mynah.get(&one).await.ok()["text"], "C");
    assert_eq!(mynah.delete(&one).await.ok(), json!({}));
    mynah.get(&one).await.refused(400_201);
    mynah.get(&format!("{path}/x")).await.refused(400_201);
    let left = mynah.get(&format!("/v3/polls/{id}")).await.ok();
    assert_eq!(left["voter_count"], 0);
    assert_eq!(left["options"][0]["id"], first[0]);
    assert_eq!(left["options"].as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn voters_and_polls_are_listed_page_by_page() {
    let mynah = Mynah::start().await;
    let people = ["ada", "bo", "cy", "di", "ed"];
    mynah.with_group("lobby", &people).await;
    let (id, options) = simple(&mynah).await;
    ask(&mynah, id).await;
    for user in people {
        let body = json!({ "user_id": user, "option_ids": [options[0]] });
        mynah.put(&format!("/v3/polls/{id}/vote"), body).await.ok();
    }
    let (mut names, mut token) = (Vec::new(), String::new());
    loop {
        let path = format!("/v3/polls/{id}/options/{}/voters?limit=2&token={token}", options[0]);
        let page = mynah.get(&path).await.ok();
        assert_eq!(page["vote_count"], 5);
        names.extend(page["voters"].as_array().expect("a list").iter().map(|user| user["user_id"].clone()));
        token = page["next"].as_str().expect("a token").to_owned();
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(names, people);

    let mut made = vec![id];
    for _ in 0..4 {
        made.insert(0, simple(&mynah).await.0);
    }
    let (mut ids, mut token) = (Vec::new(), String::new());
    loop {
        let page = mynah.get(&format!("/v3/polls?limit=2&token={token}")).await.ok();
        ids.extend(
            page["polls"].as_array().expect("a list").iter().map(|poll| poll["id"].as_i64().expect("an id")),
        );
        token = page["next"].as_str().expect("a token").to_owned();
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(ids, made);
    let here = mynah.get("/v3/polls?channel_url=lobby&channel_type=group_channels").await.ok();
    assert_eq!(here["polls"].as_array().map(Vec::len), Some(1));
    mynah.get("/v3/polls?channel_url=lobby").await.refused(400_105);
    mynah.get("/v3/polls?channel_url=nowhere&channel_type=group_channels").await.refused(400_201);
    mynah.get("/v3/polls?limit=21").await.refused(400_113);
    mynah.get("/v3/polls?token=garbage").await.refused(400_109);
}

#[tokio::test]
async fn changelogs_tell_each_change_once() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    let (first, options) = simple(&mynah).await;
    let (second, _) = simple(&mynah).await;
    let message = ask(&mynah, first).await;
    ask(&mynah, second).await;
    let changes =
        async |query: String| mynah.get(&format!("/v3/group_channels/lobby/polls/changelogs?{query}")).await.ok();
    mynah.get("/v3/group_channels/lobby/polls/changelogs").await.refused(400_105);
    mynah.get("/v3/group_channels/lobby/polls/changelogs?change_ts=-1").await.refused(400_106);
    mynah.get("/v3/group_channels/lobby/polls/changelogs?token=garbage").await.refused(400_109);
    let page = changes("change_ts=0&limit=1".into()).await;
    assert_eq!((&page["updated"][0]["id"], &page["has_more"]), (&json!(first), &json!(true)));
    let token = page["next"].as_str().expect("a token");
    let page = changes(format!("token={token}&limit=1")).await;
    assert_eq!((&page["updated"][0]["id"], &page["has_more"]), (&json!(second), &json!(false)));
    let token = page["next"].as_str().expect("a token");
    let nothing = changes(format!("token={token}")).await;
    assert_eq!((&nothing["updated"], &nothing["next"]), (&json!([]), &json!(token)));

    mynah
        .put(&format!("/v3/polls/{first}/vote"), json!({ "user_id": "ada", "option_ids": [options[0]] }))
        .await
        .ok();
    assert_eq!(changes(format!("token={token}")).await["updated"][0]["id"], first);
    mynah.delete(&format!("/v3/group_channels/lobby/messages/{message}")).await.ok();
    assert_eq!(changes(format!("token={token}")).await["deleted"], json!([first]));
    mynah.get(&format!("/v3/polls/{first}")).await.refused(400_201);
    assert_eq!(mynah.delete(&format!("/v3/polls/{second}")).await.ok(), json!({}));
    assert_eq!(changes(format!("token={token}")).await["deleted"], json!([first, second]));
}

#[tokio::test]
async fn polls_and_votes_survive_a_restart() {
    let data = tempfile::tempdir().expect("a folder");
    let mynah = Mynah::start_on(data.path()).await;
    mynah.with_group("lobby", &["ada"]).await;
    let close_at = mynah.now().await / 1000 + 3600;
    let body = json!({ "title": "t", "options": ["a", "b"], "created_by": "ada", "close_at": close_at, "data": { "k": 1 } });
    let (id, options) = poll(&mynah, body).await;
    ask(&mynah, id).await;
    mynah.put(&format!("/v3/polls/{id}/vote"), json!({ "user_id": "ada", "option_ids": [options[1]] })).await.ok();
    let before = mynah.get(&format!("/v3/polls/{id}")).await.ok();
    mynah.stop().await;

    let mynah = Mynah::start_on(data.path()).await;
    assert_eq!(mynah.get(&format!("/v3/polls/{id}")).await.ok(), before);
    mynah.advance(3601).await;
    assert_eq!(mynah.get(&format!("/v3/polls/{id}")).await.ok()["status"], "closed");
    mynah.stop().await;
}

#[tokio::test]
async fn a_client_sees_everywhere_what_its_user_has_chosen() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    let body = json!({ "title": "When?", "options": ["seven", "eight"], "created_by": "ada" });
    let poll = mynah.post("/v3/polls", body).await.ok();
    let (id, eight) = (poll["id"].clone(), poll["options"][1]["id"].clone());
    let text = json!({ "user_id": "ada", "message": "Vote", "poll_id": id });
    let message = mynah.send("lobby", text).await.ok()["message_id"].clone();
    mynah.put(&format!("/v3/polls/{id}/vote"), json!({ "user_id": "bo", "option_ids": [eight] })).await.ok();

    let key = async |user: &str| {
        let issued = mynah.post(&format!("/v3/users/{user}/token"), json!({})).await.ok();
        issued["token"].as_str().expect("a key").to_owned()
    };
    let lobby = "/v3/group_channels/lobby";
    for (user, chosen) in [("bo", json!([eight])), ("ada", json!([]))] {
        let key = key(user).await;
        for (path, place) in [
            (format!("/v3/polls/{id}"), "/voted_option_ids"),
            (format!("{lobby}/messages/{message}?include_poll_details=true"), "/poll/voted_option_ids"),
            (
                format!("{lobby}/messages?message_ts=0&include_poll_details=true"),
                "/messages/0/poll/voted_option_ids",
            ),
            (
                format!(
                    "{lobby}/messages_gap?prev_start_ts=0&prev_end_ts=9999999999999&prev_cache_count=0&include_poll_details=true"
                ),
                "/prev_messages/0/poll/voted_option_ids",
            ),
            (format!("{lobby}/polls/changelogs?change_ts=0"), "/updated/0/voted_option_ids"),
        ] {
            let request = mynah.client().get(mynah.url(&path)).header("Session-Key", &key);
            let shown = crate::support::answer(request).await.ok();
            assert_eq!(shown.pointer(place), Some(&chosen), "{user} {path} {shown}");
        }
    }
    assert!(mynah.get(&format!("/v3/polls/{id}")).await.ok().get("voted_option_ids").is_none());
}
