//! Operators of channels.

use serde_json::{Value, json};

use crate::support::Mynah;

const LOBBY: &str = "/v3/group_channels/lobby/operators";

fn ids(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|user| user["user_id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn operators_are_registered_listed_and_taken_from_office() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    mynah.with_users(&["eve"]).await;

    let registered = mynah.post(LOBBY, json!({ "operator_ids": ["ada", "eve", "ada"] })).await.ok();
    assert_eq!(registered, json!({}));
    mynah.post(LOBBY, json!({ "operator_ids": ["bo", "ada"] })).await.ok();
    let first = mynah.get(&format!("{LOBBY}?limit=2")).await.ok();
    assert_eq!(ids(&first["operators"]), ["ada", "bo"]);
    let keys: Vec<_> = first["operators"][0].as_object().unwrap().keys().collect();
    assert_eq!(keys, ["metadata", "nickname", "profile_url", "require_auth_for_profile_image", "user_id"]);
    mynah.delete(&format!("{LOBBY}?operator_ids=bo")).await.ok();
    let token = first["next"].as_str().unwrap();
    let second = mynah.get(&format!("{LOBBY}?limit=2&token={token}")).await.ok();
    assert_eq!((ids(&second["operators"]), &second["next"]), (vec!["eve"], &json!("")));
    let member = mynah.get("/v3/group_channels/lobby?user_id=ada").await.ok();
    assert_eq!(member["my_role"], "operator");
    assert_eq!(member["member_count"], 2);

    let why = mynah.delete(&format!("{LOBBY}?operator_ids=ada,bo")).await.refused(400_111);
    assert_eq!(why, "Invalid value: \"The list contains a non-operator id\".");
    let in_body = mynah.sendbird(reqwest::Method::DELETE, LOBBY).json(&json!({ "operator_ids": ["ada"] }));
    crate::support::answer(in_body).await.ok();
    assert_eq!(ids(&mynah.get(LOBBY).await.ok()["operators"]), ["eve"]);
    mynah.delete(&format!("{LOBBY}?delete_all=True")).await.ok();
    assert_eq!(mynah.get(LOBBY).await.ok(), json!({ "operators": [], "next": "" }));
}

#[tokio::test]
async fn wrong_operators_are_refused_and_change_nothing() {
    let mynah = Mynah::start().await;
    mynah.with_users(&["ada"]).await;
    mynah.post("/v3/open_channels", json!({ "channel_url": "plaza" })).await.ok();
    let plaza = "/v3/open_channels/plaza/operators";
    mynah.post("/v3/open_channels/nowhere/operators", json!({})).await.refused(400_201);
    mynah.post(plaza, json!({})).await.refused(400_105);
    mynah.post(plaza, json!({ "operator_ids": "ada" })).await.refused(400_102);
    mynah.post(plaza, json!({ "operator_ids": ["ada", "nobody"] })).await.refused(400_201);
    let many: Vec<_> = (0..101).map(|number| format!("user{number}")).collect();
    mynah.post(plaza, json!({ "operator_ids": many })).await.refused(400_203);
    mynah.delete(plaza).await.refused(400_105);
    mynah.get(&format!("{plaza}?limit=0")).await.refused(400_113);
    mynah.get(&format!("{plaza}?token=x")).await.refused(400_109);
    assert_eq!(mynah.get(plaza).await.ok()["operators"], json!([]));
}
