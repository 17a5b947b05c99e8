//! The table of errors: each code that a request can reach is reached.

use mynah::{
    engine::Unavailable,
    model::{application::Plan, ids::ApplicationId},
    server::config::Config,
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
    mynah.post("/v3/users/ada/block", json!({ "target_id": "ada" })).await.refused(400_112);
    let category = json!({ "emoji_categories": [{ "name": "n", "url": "no address" }] });
    mynah.post("/v3/emoji_categories", category).await.refused(400_114);
    mynah.get("/v3/bots").await.refused(400_930);

    limit_is_reached(&mynah).await;
}

/// What keeps users out, and from writing.
#[tokio::test]
async fn each_code_of_moderation_is_reached() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo", "cy"]).await;
    mynah.with_users(&["eve"]).await;
    let text = |user: &str, text: &str| json!({ "user_id": user, "message": text });
    let lobby = "/v3/group_channels/lobby";

    mynah.post("/v3/users/bo/block", json!({ "target_id": "ada" })).await.ok();
    let pair = json!({ "channel_url": "pair", "user_ids": ["ada", "bo"], "is_distinct": true });
    mynah.post("/v3/group_channels", pair).await.ok();
    assert_eq!(mynah.send("pair", text("ada", "m")).await.refused(400_700), "User is blocked by the receiver.");
    mynah.settings(|settings| settings.keeps_blocked_out = true).await;
    let by = |inviter: &str, user: &str| json!({ "user_ids": [user], "inviter_id": inviter });
    mynah.post(&format!("{lobby}/invite"), by("bo", "ada")).await.refused(400_701);
    mynah.post(&format!("{lobby}/invite"), by("ada", "bo")).await.refused(400_702);
    let other = json!({ "channel_url": "other", "user_ids": ["ada", "eve"], "is_distinct": true });
    mynah.post("/v3/group_channels", other).await.ok();
    mynah.put("/v3/users/eve", json!({ "is_active": false, "leave_all_when_deactivated": false })).await.ok();
    assert_eq!(mynah.send("other", text("ada", "m")).await.refused(400_700), "The receiver is deactivated.");

    mynah.post(&format!("{lobby}/mute"), json!({ "user_id": "cy" })).await.ok();
    mynah.send("lobby", text("cy", "m")).await.refused(900_041);
    mynah.post(&format!("{lobby}/ban"), json!({ "user_id": "cy" })).await.ok();
    mynah.send("lobby", text("cy", "m")).await.refused(900_100);
    mynah.post(&format!("{lobby}/invite"), json!({ "user_ids": ["cy"] })).await.refused(400_750);
    let types = json!({ "channel_custom_types": ["loud"] });
    mynah.post("/v3/users/cy/banned_channel_custom_types", types).await.ok();
    mynah.post("/v3/group_channels", json!({ "channel_url": "loud-1", "custom_type": "loud" })).await.ok();
    mynah.post("/v3/group_channels/loud-1/invite", json!({ "user_ids": ["cy"] })).await.refused(400_751);
    mynah.put(&format!("{lobby}/freeze"), json!({ "freeze": true })).await.ok();
    mynah.send("lobby", text("ada", "m")).await.refused(900_050);
    mynah.put(&format!("{lobby}/freeze"), json!({ "freeze": false })).await.ok();

    let settings = "/v3/applications/settings_global";
    mynah.put(settings, json!({ "profanity_filter": { "keywords": "darn", "type": 2 } })).await.ok();
    mynah.put(settings, json!({ "domain_filter": { "domains": ["bad.test"], "type": 1 } })).await.ok();
    mynah.send("lobby", text("ada", "darn")).await.refused(900_060);
    mynah.send("lobby", text("ada", "bad.test")).await.refused(900_065);
    mynah.put(settings, json!({ "allow_links": false })).await.ok();
    mynah.send("lobby", text("ada", "https://good.test")).await.refused(900_061);
}

/// What is wrong with who calls.
#[tokio::test]
async fn each_code_of_logins_and_sessions_is_reached() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    mynah.with_users(&["eve"]).await;
    let token = async |user: &str, body: serde_json::Value| {
        let issued = mynah.post(&format!("/v3/users/{user}/token"), body).await.ok();
        issued["token"].as_str().expect("a token").to_owned()
    };
    let with = async |header: &str, key: &str, method: Method, path: &str| {
        let request = mynah.client().request(method, mynah.url(path)).header(header.to_owned(), key);
        answer(request.json(&json!({ "user_id": "ada", "message": "m" }))).await
    };
    let ask = async |key: &str, path: &str| with("Session-Key", key, Method::GET, path).await;

    let eve = token("eve", json!({})).await;
    ask(&eve, "/v3/group_channels/lobby/messages?message_ts=0").await.refused(900_020);
    let message = mynah.say("lobby", "ada", "mine").await;
    mynah.put("/v3/group_channels/lobby/join", json!({ "user_id": "eve" })).await.refused(400_108);
    mynah.post("/v3/group_channels/lobby/invite", json!({ "user_ids": ["eve"] })).await.ok();
    let edit = format!("/v3/group_channels/lobby/messages/{message}");
    with("Session-Key", &eve, Method::PUT, &edit).await.refused(900_022);
    ask("no key", "/v3/users/ada").await.refused(400_302);
    let now = mynah.now().await;
    let short = token("ada", json!({ "expires_at": now + 60_000 })).await;
    mynah.advance(120).await;
    ask(&short, "/v3/users/ada").await.refused(400_309);
    let revoked = token("ada", json!({})).await;
    mynah.delete("/v3/users/ada/token").await.ok();
    ask(&revoked, "/v3/users/ada").await.refused(400_310);
    with("Access-Token", "x", Method::POST, "/v3/users/nobody/login").await.refused(400_301);
    let strict = Config { strict: true, tokens: vec!["one".into()], ..Config::default() };
    let strict = Mynah::start_with(strict).await;
    let elsewhere = strict.client().get(strict.url("/apps/elsewhere/v3/users")).header("Api-Token", "one");
    answer(elsewhere).await.refused(400_304);
}

async fn limit_is_reached(mynah: &Mynah) {
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
