//! Session tokens.

use mynah::{
    chat::{
        sessions::{self, Standing},
        users::{self, NewUser},
    },
    model::{ids::ApplicationId, time::Timestamp},
    state::Application,
};
use serde_json::json;

use crate::support::Mynah;

const WEEK: i64 = 7 * 24 * 60 * 60 * 1000;

#[tokio::test]
async fn a_token_is_issued_for_a_week_or_as_long_as_asked() {
    let mynah = Mynah::start().await;
    mynah.with_users(&["ada"]).await;
    let path = "/v3/users/ada/token";
    let issued = mynah.post(path, json!({})).await.ok();
    let token = issued["token"].as_str().expect("a token");
    assert_eq!(token.split('.').count(), 3, "{token}");
    assert!((119..=168).contains(&token.len()), "{} {token}", token.len());
    let expires_at = issued["expires_at"].as_i64().expect("a moment");
    let asked = mynah.post(path, json!({ "expires_at": expires_at + 5 })).await.ok();
    assert_eq!(asked["expires_at"], expires_at + 5);
    assert_ne!(asked["token"], issued["token"]);
    mynah.post(path, json!({ "expires_at": 1000 })).await.refused(400_111);
    mynah.post(path, json!({ "expires_at": "soon" })).await.refused(400_101);
    mynah.post("/v3/users/nobody/token", json!({ "expires_at": "soon" })).await.refused(400_201);
    assert_eq!(mynah.delete(path).await.ok(), json!({}));
    mynah.delete("/v3/users/nobody/token").await.refused(400_201);
    mynah.put("/v3/users/ada", json!({ "is_active": false })).await.ok();
    mynah.post(path, json!({})).await.refused(400_300);
}

#[tokio::test]
async fn tokens_issued_with_the_user_are_shown_until_they_are_revoked() {
    let data = tempfile::tempdir().expect("a folder");
    let mynah = Mynah::start_on(data.path()).await;
    let body = json!({ "user_id": "ada", "nickname": "Ada", "issue_session_token": true });
    let created = mynah.post("/v3/users", body).await.ok();
    let first = &created["session_tokens"][0];
    assert!(first["session_token"].is_string(), "{created}");
    let until = first["expires_at"].as_i64().expect("a moment") + 7;
    let body = json!({ "issue_session_token": true, "session_token_expires_at": until });
    let updated = mynah.put("/v3/users/ada", body).await.ok();
    assert_eq!(updated["session_tokens"].as_array().map(Vec::len), Some(2));
    mynah.post("/v3/users/ada/token", json!({})).await.ok();
    mynah.stop().await;

    let mynah = Mynah::start_on(data.path()).await;
    let user = mynah.get("/v3/users/ada").await.ok();
    assert_eq!(user["session_tokens"], updated["session_tokens"]);
    mynah.delete("/v3/users/ada/token").await.ok();
    assert!(mynah.get("/v3/users/ada").await.ok().get("session_tokens").is_none());
    mynah.stop().await;
}

#[test]
fn a_token_is_worth_something_until_the_applications_clock_says_so() {
    let mut app = Application::new(ApplicationId::new("sessions").expect("an id"));
    app.set_time(Timestamp(1_700_000_000_000));
    let new = NewUser { id: "ada".into(), nickname: "Ada".into(), ..NewUser::default() };
    let user = users::create(&mut app, new).expect("a user");
    let token = sessions::issue(&mut app, &user, None, true).expect("a token").token.clone();
    assert_eq!(sessions::standing(&app, &user, &token), Standing::Valid);
    assert_eq!(sessions::standing(&app, &user, "made.up.token"), Standing::Unknown);
    app.set_time(Timestamp(1_700_000_000_000 + WEEK));
    assert_eq!(sessions::standing(&app, &user, &token), Standing::Expired);
    assert!(sessions::listed(&app, &user).is_empty());
    let token = sessions::issue(&mut app, &user, None, false).expect("a token").token.clone();
    sessions::revoke_all(&mut app, &user.id);
    assert_eq!(sessions::standing(&app, &user, &token), Standing::Revoked);
    for _ in 0..150 {
        sessions::issue(&mut app, &user, None, false).expect("a token");
    }
    assert_eq!(app.sessions.len(), 100, "the oldest are forgotten");
    users::remove(&mut app, &user);
    assert!(app.sessions.is_empty());
}
