//! Reports on channels, users and messages.

use serde_json::json;

use crate::support::Mynah;

#[tokio::test]
async fn channels_users_and_messages_are_reported_and_listed() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    let id = mynah.say("lobby", "bo", "Buy my watches").await;

    let body = json!({ "report_category": "spam", "reporting_user_id": "ada", "report_description": "Loud" });
    let on_channel = mynah.post("/v3/report/group_channels/lobby", body).await.ok();
    assert_eq!(on_channel["report_type"], "channel");
    assert_eq!(on_channel["reporting_user"]["user_id"], "ada");
    assert_eq!(on_channel["channel"]["channel_url"], "lobby");
    assert_eq!(on_channel["reported_message"], json!(null));
    let body = json!({ "report_category": "harassing", "channel_type": "group_channels", "channel_url": "lobby" });
    let on_user = mynah.post("/v3/report/users/bo", body).await.ok();
    assert_eq!((&on_user["report_type"], &on_user["offending_user"]["user_id"]), (&json!("user"), &json!("bo")));
    let body = json!({ "report_category": "custom", "custom_report_category_name": "watches",
        "offending_user_id": "bo", "reporting_user_id": "ada" });
    let on_message = mynah.post(&format!("/v3/report/group_channels/lobby/messages/{id}"), body).await.ok();
    assert_eq!(on_message["reported_message"]["message"], "Buy my watches");
    assert_eq!(on_message["custom_report_category_name"], "watches");

    let all = mynah.get("/v3/report?limit=2").await.ok();
    assert_eq!(all["report_logs"], json!([on_message, on_user]));
    let rest = mynah.get(&format!("/v3/report?limit=2&token={}", all["next"].as_str().unwrap())).await.ok();
    assert_eq!(rest, json!({ "report_logs": [on_channel], "next": "" }));
    let of = |path: String| {
        let mynah = &mynah;
        async move { mynah.get(&path).await.ok()["report_logs"].clone() }
    };
    assert_eq!(of("/v3/report/group_channels/lobby".into()).await, json!([on_channel]));
    assert_eq!(of("/v3/report/users/bo".into()).await, json!([on_user]));
    assert_eq!(of(format!("/v3/report/group_channels/lobby/messages/{id}")).await, json!([on_message]));
    assert_eq!(of("/v3/report?end_ts=5".into()).await, json!([]));
    let categories = mynah.get("/v3/report_category").await.ok();
    assert_eq!(categories["categories"][0]["name"], "suspicious");

    mynah.delete("/v3/group_channels/lobby").await.ok();
    let left = mynah.get("/v3/report").await.ok();
    assert_eq!(left["report_logs"].as_array().unwrap().len(), 3);
    assert_eq!(left["report_logs"][0]["channel"], json!(null));
}

#[tokio::test]
async fn wrong_reports_are_refused() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    let lobby = "/v3/report/group_channels/lobby";
    mynah.post("/v3/report/group_channels/nowhere", json!({})).await.refused(400_201);
    mynah.post(lobby, json!({})).await.refused(400_105);
    mynah.post(lobby, json!({ "report_category": "dull" })).await.refused(400_111);
    mynah.post(lobby, json!({ "report_category": "" })).await.refused(400_111);
    mynah.post(lobby, json!({ "report_category": "custom" })).await.refused(400_105);
    let nobody = json!({ "report_category": "spam", "reporting_user_id": "nobody" });
    mynah.post(lobby, nobody).await.refused(400_201);
    mynah.post("/v3/report/users/nobody", json!({})).await.refused(400_201);
    mynah.post("/v3/report/users/ada", json!({ "report_category": "spam" })).await.refused(400_105);
    mynah.post(&format!("{lobby}/messages/99"), json!({})).await.refused(400_201);
    mynah.get("/v3/report?limit=0").await.refused(400_113);
}
