//! The other user: what users are made to do through the control API.

use serde_json::{Value, json};

use crate::support::{Answer, Mynah};

impl Mynah {
    async fn play(&self, script: Value) -> Answer {
        self.post("/_mynah/actors", script).await
    }
}

async fn texts(mynah: &Mynah, channel: &str) -> Vec<String> {
    let listed =
        mynah.get(&format!("/v3/group_channels/{channel}/messages?message_ts=0&next_limit=100")).await.ok();
    let messages = listed["messages"].as_array().unwrap().iter();
    messages.map(|message| message["message"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn another_user_writes_reacts_edits_and_deletes() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    let first = mynah.say("lobby", "ada", "Who is in?").await;

    let done = mynah
        .play(json!([
            { "as": "bo", "do": "read", "channel": "lobby" },
            { "as": "bo", "do": "react", "channel": "lobby", "message": "last", "key": "wave" },
            { "as": "bo", "do": "reply", "channel": "lobby", "to": first, "text": "I am" },
            { "as": "bo", "do": "send", "channel": "lobby", "text": "Tpyo" },
            { "as": "bo", "do": "edit", "channel": "lobby", "message": "last", "text": "Typo" },
            { "as": "bo", "do": "start_typing", "channel": "lobby" },
        ]))
        .await
        .ok();
    let steps = done["steps"].as_array().unwrap();
    assert_eq!(steps.len(), 6);
    assert_eq!(
        (&steps[1]["do"], &steps[1]["as"], &steps[1]["message_id"]),
        (&json!("react"), &json!("bo"), &json!(first))
    );
    let typo = steps[3]["message_id"].as_i64().unwrap();
    assert_eq!(steps[4]["message_id"], typo);

    let parent = mynah
        .get(&format!("/v3/group_channels/lobby/messages/{first}?include_thread_info=true&include_reactions=true"))
        .await
        .ok();
    assert_eq!(parent["thread_info"]["reply_count"], 1);
    assert_eq!(parent["reactions"][0]["user_ids"], json!(["bo"]));
    assert_eq!(mynah.message("lobby", typo).await["message"], "Typo");

    mynah.play(json!({ "as": "bo", "do": "delete", "channel": "lobby", "message": typo })).await.ok();
    assert_eq!(texts(&mynah, "lobby").await, ["Who is in?"]);
}

#[tokio::test]
async fn users_come_and_go_and_operators_throw_them_out() {
    let mynah = Mynah::start().await;
    mynah.with_users(&["ada", "bo", "cy"]).await;
    let body = json!({ "channel_url": "lobby", "user_ids": ["ada"], "operator_ids": ["ada"], "is_public": true });
    mynah.post("/v3/group_channels", body).await.ok();
    let members = async || {
        let channel = mynah.get("/v3/group_channels/lobby?show_member=true").await.ok();
        let members = channel["members"].as_array().unwrap().iter();
        let mut members: Vec<_> = members.map(|member| member["user_id"].as_str().unwrap().to_owned()).collect();
        members.sort();
        members
    };

    mynah.play(json!({ "as": "bo", "do": "join", "channel": "lobby" })).await.ok();
    mynah.play(json!({ "as": "bo", "do": "invite", "channel": "lobby", "users": ["cy"] })).await.ok();
    assert_eq!(members().await, ["ada", "bo", "cy"]);
    let refused = mynah.play(json!({ "as": "bo", "do": "ban", "channel": "lobby", "user": "cy" })).await;
    assert_eq!(refused.status, 409, "{}", refused.text);
    mynah
        .play(
            json!({ "as": "ada", "do": "ban", "channel": "lobby", "user": "cy", "seconds": 60, "reason": "Noise" }),
        )
        .await
        .ok();
    mynah.play(json!({ "as": "bo", "do": "leave", "channel": "lobby" })).await.ok();
    assert_eq!(members().await, ["ada"]);
    assert_eq!(mynah.get("/v3/group_channels/lobby/ban/cy").await.ok()["description"], "Noise");
    mynah.play(json!({ "as": "ada", "do": "unban", "channel": "lobby", "user": "cy" })).await.ok();
    mynah.get("/v3/group_channels/lobby/ban/cy").await.refused(400_201);

    let online = async || mynah.get("/v3/users/bo").await.ok()["is_online"].clone();
    mynah.play(json!({ "as": "bo", "do": "online" })).await.ok();
    assert_eq!(online().await, true);
    mynah.play(json!({ "as": "bo", "do": "offline" })).await.ok();
    assert_eq!(online().await, false);
}

#[tokio::test]
async fn a_script_goes_by_the_clock_of_the_application() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;

    let script = json!({ "script": [
        { "as": "bo", "do": "send", "channel": "lobby", "text": "Now" },
        { "as": "bo", "do": "send", "channel": "lobby", "text": "In a minute", "after": "1m" },
        { "as": "bo", "do": "reply", "channel": "lobby", "to": "last", "text": "At once then" },
        { "as": "eve", "do": "send", "channel": "lobby", "text": "Never" },
        { "as": "bo", "do": "send", "channel": "lobby", "text": "In an hour", "after": 3_540_000 },
    ] });
    let planned = mynah.play(script).await.ok();
    assert!(planned["steps"][0]["message_id"].is_number() && planned["steps"][1]["at"].is_number(), "{planned}");
    assert_eq!(texts(&mynah, "lobby").await, ["Now"]);

    mynah.advance(60).await;
    assert_eq!(texts(&mynah, "lobby").await, ["Now", "In a minute"]);
    let waiting = mynah.get("/_mynah/actors").await.ok();
    let waiting = waiting["steps"].as_array().unwrap();
    assert_eq!(waiting.len(), 2, "{waiting:?}");
    assert_eq!((&waiting[0]["as"], waiting[0]["failed"].is_string()), (&json!("eve"), true), "{waiting:?}");

    mynah.advance(3540).await;
    assert_eq!(texts(&mynah, "lobby").await, ["Now", "In a minute", "In an hour"]);
    let listed = mynah
        .get("/v3/group_channels/lobby/messages?message_ts=0&next_limit=100&include_reply_type=ALL")
        .await
        .ok();
    let times: Vec<_> =
        listed["messages"].as_array().unwrap().iter().map(|one| one["created_at"].as_i64().unwrap()).collect();
    assert!(times[3] - times[1] >= 3_540_000 && times[2] - times[1] < 1000, "{times:?}");
    assert_eq!(mynah.delete("/_mynah/actors").await.ok()["called_off"], 1);
    assert_eq!(mynah.get("/_mynah/actors").await.ok()["steps"], json!([]));
}

#[tokio::test]
async fn a_script_that_cannot_be_played_changes_nothing_and_says_which_step_it_was() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    let send = |actor: &str| json!({ "as": actor, "do": "send", "channel": "lobby", "text": "Hi" });

    let refused = mynah.play(json!([send("ada"), send("eve")])).await;
    assert_eq!(refused.status, 409);
    assert!(refused.text.contains("step 2"), "{}", refused.text);
    assert_eq!(texts(&mynah, "lobby").await, Vec::<String>::new());

    let wrong = [
        (json!([]), "1 to 1000"),
        (json!("send"), "a step"),
        (json!({ "do": "send", "channel": "lobby", "text": "Hi" }), "as is missing"),
        (json!({ "as": "ada", "do": "sing", "channel": "lobby" }), "sing"),
        (json!({ "as": "ada", "do": "send", "channel": "lobby" }), "text"),
        (json!({ "as": "ada", "do": "send", "channel": "lobby", "text": "Hi", "txet": 1 }), "txet"),
        (json!({ "as": "ada", "do": "react", "channel": "lobby", "message": "first", "key": "k" }), "step 1"),
        (json!({ "as": "ada", "do": "online", "after": "soon" }), "after"),
        (json!({ "as": "ada", "do": "online", "after": -1 }), "after"),
        (json!({ "script": [send("ada")], "more": 1 }), "stand alone"),
    ];
    for (script, word) in wrong {
        let refused = mynah.play(script.clone()).await;
        assert_eq!(refused.status, 400, "{script}: {}", refused.text);
        assert!(refused.text.contains(word), "{script}: {}", refused.text);
    }
    assert_eq!(texts(&mynah, "lobby").await, Vec::<String>::new());
}

#[tokio::test]
async fn who_is_connected_hears_what_another_user_is_made_to_do() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    let mut ada = mynah.connect("ada").await;
    mynah.play(json!({ "as": "bo", "do": "start_typing", "channel": "lobby" })).await.ok();
    mynah.play(json!({ "as": "bo", "do": "send", "channel": "lobby", "text": "Hi" })).await.ok();
    assert_eq!(ada.hear_event(10_900).await["data"]["user_id"], "bo");
    assert_eq!(ada.hear("MESG").await["message"], "Hi");
}

#[tokio::test]
async fn a_wrong_step_is_told_by_the_name_of_its_field_and_in_words() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    mynah.with_users(&["cy"]).await;
    let first = mynah.say("lobby", "ada", "Hi").await;
    let step = |mut fields: Value| {
        fields["as"] = fields.get("as").cloned().unwrap_or(json!("bo"));
        fields["channel"] = fields.get("channel").cloned().unwrap_or(json!("lobby"));
        fields
    };
    for (fields, status, why) in [
        (
            json!({ "do": "reply", "to": "first", "text": "x" }),
            400,
            "step 1: to must be the number of a message or \"last\"",
        ),
        (
            json!({ "do": "edit", "message": [], "text": "x" }),
            400,
            "step 1: message must be the number of a message",
        ),
        (json!({ "do": "send", "text": 5 }), 400, "step 1: text must be a text"),
        (json!({ "do": "invite", "users": "cy" }), 400, "step 1: users must be a list of ids"),
        (json!({ "do": "ban", "user": "ada", "seconds": "60" }), 400, "step 1: seconds must be a whole number"),
        (json!({ "do": "dance" }), 400, "step 1: unknown variant `dance`"),
        (json!({ "do": "send", "text": "x", "colour": "red" }), 400, "step 1: unknown field `colour`"),
        (json!({ "as": "cy", "do": "send", "text": "x" }), 409, "step 1: only members of the channel may"),
        (json!({ "do": "send", "channel": "nowhere", "text": "x" }), 409, "step 1: there is no such channel"),
    ] {
        let refused = mynah.play(step(fields.clone())).await;
        let said = refused.body["error"].as_str().unwrap_or_default();
        assert!(refused.status == status && said.starts_with(why), "{fields}: {}", refused.text);
    }
    let replied = mynah.play(step(json!({ "do": "reply", "to": first.to_string(), "text": "Hello" }))).await.ok();
    assert_eq!(replied["steps"][0]["to"], json!(first));
    assert_eq!(texts(&mynah, "lobby").await, ["Hi"]);
    assert_eq!(mynah.message("lobby", first).await["thread_info"]["reply_count"], 1);
}
