//! The table of errors: each code that a request can reach is reached.

use mynah::{
    engine::Unavailable,
    model::{application::Plan, ids::ApplicationId},
};
use reqwest::Method;
use serde_json::json;

use crate::support::{Mynah, answer};

#[tokio::test]
async fn each_code_is_reached() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    mynah.with_users(&["eve", "gone"]).await;
    mynah.put("/v3/users/gone", json!({ "is_active": false, "leave_all_when_deactivated": false })).await.ok();
    let invited = json!({ "channel_url": "attic", "user_ids": ["ada", "eve"], "invitation_status": { "eve": "invited_by_friend" } });
    mynah.post("/v3/group_channels", invited).await.ok();
    let poll = mynah.post("/v3/polls", json!({ "title": "t", "options": ["a", "b"] })).await.ok();
    let (poll, option) = (format!("/v3/polls/{}", poll["id"]), poll["options"][0]["id"].clone());
    let user = |id: serde_json::Value| json!({ "user_id": id, "nickname": "N", "profile_url": "" });
    let text = |user: &str, text: &str| json!({ "user_id": user, "message": text });

    mynah.post("/v3/users", user(json!(5))).await.refused(400_100);
    mynah.get("/v3/users?limit=x").await.refused(400_101);
    mynah.post("/v3/group_channels", json!({ "user_ids": 5 })).await.refused(400_102);
    mynah.post("/v3/polls", json!({ "title": "t", "options": ["o"], "data": "x" })).await.refused(400_103);
    mynah.post("/v3/group_channels", json!({ "is_public": "x" })).await.refused(400_104);
    mynah.post("/v3/users", json!({})).await.refused(400_105);
    mynah.get("/v3/group_channels/lobby/messages?message_ts=-1").await.refused(400_106);
    mynah.send("lobby", text("eve", "m")).await.refused(400_108);
    mynah.get("/v3/users?token=x").await.refused(400_109);
    mynah.post("/v3/users", user(json!("x".repeat(81)))).await.refused(400_110);
    mynah.send("lobby", json!({ "message_type": "X", "user_id": "ada", "message": "m" })).await.refused(400_111);
    mynah.get("/v3/users?limit=0").await.refused(400_113);
    mynah.post("/v3/users", user(json!(" "))).await.refused(400_151);
    mynah.get("/v3/users/nobody").await.refused(400_201);
    mynah.post("/v3/users", user(json!("ada"))).await.refused(400_202);
    let many: Vec<_> = (0..101).map(|number| number.to_string()).collect();
    mynah.post("/v3/group_channels", json!({ "user_ids": many })).await.refused(400_203);
    mynah.post("/v3/group_channels/lobby/invite", json!({ "user_ids": ["gone"] })).await.ok();
    mynah.send("lobby", text("gone", "m")).await.refused(400_300);
    answer(mynah.client().get(mynah.url("/v3/users"))).await.refused(400_401);
    let broken = mynah.sendbird(Method::POST, "/v3/users").header("Content-Type", "application/json").body("{");
    answer(broken).await.refused(400_403);
    mynah.get("/v3/nowhere").await.refused(400_404);
    mynah.send("lobby", text("ada", &"x".repeat(5001))).await.refused(400_700);
    mynah.put(&format!("{poll}/close"), json!({})).await.ok();
    mynah.put(&format!("{poll}/vote"), json!({ "user_id": "ada", "option_ids": [option] })).await.refused(400_920);
    mynah.send("attic", text("eve", "m")).await.refused(900_023);

    let application = ApplicationId::new("mynah").expect("an id");
    let limited = mynah.server().engine().write(&application, |app| {
        app.change_settings(|settings| settings.rate_limit = Some(Plan::Free));
        Ok::<_, Unavailable>(())
    });
    limited.await.expect("settings can be changed");
    let mut last = mynah.get("/v3/users").await;
    for _ in 0..200 {
        if last.status != 200 {
            break;
        }
        last = mynah.get("/v3/users").await;
    }
    last.refused(500_910);
}
