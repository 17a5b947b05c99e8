//! Reactions.

use serde_json::json;

use crate::support::Mynah;

fn path(message: i64) -> String {
    format!("/v3/group_channels/lobby/messages/{message}/reactions")
}

#[tokio::test]
async fn users_react_and_take_their_reactions_back() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    let message = mynah.say("lobby", "ada", "At eight?").await;

    let added = mynah.post(&path(message), json!({ "user_id": "bo", "reaction": "smile" })).await.ok();
    assert_eq!(added["operation"], "ADD");
    assert_eq!(added["success"], true);
    assert_eq!(added["msg_id"], message);
    assert!(added["updated_at"].as_i64() > Some(0));
    let again = mynah.post(&path(message), json!({ "user_id": "bo", "reaction": "smile" })).await.ok();
    assert_eq!(again, added, "the same reaction again changes nothing");
    mynah.post(&path(message), json!({ "user_id": "ada", "reaction": "smile" })).await.ok();
    mynah.post(&path(message), json!({ "user_id": "ada", "reaction": "heart" })).await.ok();

    assert_eq!(mynah.get(&path(message)).await.ok(), json!({ "heart": 1, "smile": 2 }));
    let users = mynah.get(&format!("{}?list_users=True", path(message))).await.ok();
    assert_eq!(users, json!({ "heart": ["ada"], "smile": ["ada", "bo"] }));
    let shown = mynah.message("lobby", message).await;
    assert_eq!(shown["reactions"][1]["user_ids"], json!(["ada", "bo"]));
    assert_eq!(shown["updated_at"], 0, "a reaction is no edit");

    let removed = mynah.delete(&format!("{}?user_id=bo&reaction=smile", path(message))).await.ok();
    assert_eq!(removed["operation"], "DELETE");
    let body = json!({ "user_id": "ada", "reaction": "heart" });
    let removed = mynah.sendbird(reqwest::Method::DELETE, &path(message)).json(&body);
    crate::support::answer(removed).await.ok();
    assert_eq!(mynah.get(&path(message)).await.ok(), json!({ "smile": 1 }));
    mynah.delete(&format!("{}?user_id=bo&reaction=smile", path(message))).await.refused(400_201);
}

#[tokio::test]
async fn what_is_wrong_with_a_reaction_is_said() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    mynah.with_users(&["eve"]).await;
    let message = mynah.say("lobby", "ada", "Hello").await;
    let path = path(message);

    mynah.post(&path, json!({ "reaction": "smile" })).await.refused(400_105);
    mynah.post(&path, json!({ "user_id": "ada" })).await.refused(400_105);
    mynah.post(&path, json!({ "user_id": 5, "reaction": "smile" })).await.refused(400_100);
    mynah.post(&path, json!({ "user_id": "nobody", "reaction": "smile" })).await.refused(400_201);
    mynah.post(&path, json!({ "user_id": "eve", "reaction": "smile" })).await.refused(400_108);
    mynah.post(&path, json!({ "user_id": "ada", "reaction": "x".repeat(193) })).await.refused(400_110);
    let unknown = "/v3/group_channels/lobby/messages/999/reactions";
    mynah.post(unknown, json!({})).await.refused(400_201);
    mynah.get(unknown).await.refused(400_201);

    let admin = mynah.send("lobby", json!({ "message_type": "ADMM", "message": "Notice" })).await.ok();
    let admin = format!("/v3/group_channels/lobby/messages/{}/reactions", admin["message_id"]);
    mynah.post(&admin, json!({ "user_id": "ada", "reaction": "smile" })).await.refused(400_111);

    for kind in 0..20 {
        mynah.post(&path, json!({ "user_id": "ada", "reaction": format!("kind{kind}") })).await.ok();
    }
    mynah.post(&path, json!({ "user_id": "ada", "reaction": "kind20" })).await.refused(400_203);
    mynah.post(&path, json!({ "user_id": "ada", "reaction": "kind3" })).await.ok();

    let off = mynah.put("/v3/applications/settings/reactions", json!({ "enabled": false })).await.ok();
    assert_eq!(off, json!({ "reactions": false }));
    mynah.delete(&format!("{path}?user_id=ada&reaction=kind3")).await.ok();
    mynah.post(&path, json!({ "user_id": "ada", "reaction": "kind3" })).await.refused(400_108);
}

#[tokio::test]
async fn a_summary_tells_how_many_reacted_and_shows_some_of_them() {
    let mynah = Mynah::start().await;
    let members: Vec<_> = (10..22).map(|number| format!("user{number}")).collect();
    let members: Vec<_> = members.iter().map(String::as_str).collect();
    mynah.with_group("lobby", &members).await;
    let message = mynah.say("lobby", "user10", "At eight?").await;
    let mut last = 0;
    for user in &members {
        let added = mynah.post(&path(message), json!({ "user_id": user, "reaction": "smile" })).await.ok();
        last = added["updated_at"].as_i64().expect("a moment");
    }
    mynah.post(&path(message), json!({ "user_id": "user11", "reaction": "heart" })).await.ok();

    let view = format!("/v3/group_channels/lobby/messages/{message}");
    let shown = mynah.get(&format!("{view}?include_reactions_summary=true")).await.ok();
    let [heart, smile] = shown["reactions_summary"].as_array().expect("a list").as_slice() else {
        panic!("{shown}")
    };
    assert_eq!((&heart["key"], &heart["count"]), (&json!("heart"), &json!(1)));
    assert_eq!((&smile["key"], &smile["count"], &smile["last_ts"]), (&json!("smile"), &json!(12), &json!(last)));
    assert_eq!(smile["sampled_user_ids"], json!(members[..10]));
    assert_eq!(smile["sampled_user_info"][9]["nickname"], "User19");
    assert_eq!(smile["is_self_included"], false);
    let plain = mynah.get(&format!("{view}?include_reactions=true")).await.ok();
    assert!(plain.get("reactions_summary").is_none());
    assert_eq!(plain["reactions"], shown["reactions"]);

    let key = mynah.post("/v3/users/user11/token", json!({})).await.ok()["token"].clone();
    let list = mynah.url("/v3/group_channels/lobby/messages?message_ts=0&include_reactions_summary=true");
    let list = mynah.client().get(list).header("Session-Key", key.as_str().expect("a key"));
    let list = crate::support::answer(list).await.ok();
    assert_eq!(list["messages"][0]["reactions_summary"][0]["is_self_included"], true);
}
