//! How clients log in over HTTP, and how long their keys are good.

use reqwest::{Client, Method};
use serde_json::{Value, json};

use crate::support::{Answer, Mynah, answer};

const DAY: u64 = 24 * 60 * 60;

impl Mynah {
    /// Asks without an API token, with these headers.
    async fn visit(&self, path: &str, headers: &[(&str, &str)], body: Value) -> Answer {
        let request = Client::new().request(Method::POST, self.url(path)).json(&body);
        answer(headers.iter().fold(request, |request, (name, value)| request.header(*name, *value))).await
    }

    /// Asks for a user's own channels with a key.
    async fn look(&self, user: &str, key: &str) -> Answer {
        let path = format!("/v3/users/{user}/my_group_channels?show_empty=true");
        answer(Client::new().get(self.url(&path)).header("Session-Key", key)).await
    }
}

#[tokio::test]
async fn a_first_login_makes_the_user_and_tells_all_that_sdks_look_for() {
    let mynah = Mynah::start().await;
    let login = mynah.visit("/v3/sdk/users/ada/authentication", &[], json!({ "app_id": "mynah" })).await.ok();
    assert_eq!(login["user_id"], "ada");
    for field in ["key", "ekey", "emoji_hash", "nickname", "profile_url", "guest_id"] {
        assert!(login[field].is_string(), "{field} {login}");
    }
    for field in ["login_ts", "ping_interval", "pong_timeout", "expires_at", "file_upload_size_limit"] {
        assert!(login[field].is_i64(), "{field} {login}");
    }
    assert_eq!(login["reconnect"], json!({ "interval": 3, "max_interval": 24, "mul": 2, "retry_cnt": 5 }));
    assert_eq!(login["request_dedup_interval_ms"], 0);
    assert_eq!(login["unread_cnt"]["all"], 0);
    assert_eq!(login["application_attributes"][0], "reactions");
    assert_eq!(mynah.get("/v3/users/ada").await.ok()["has_ever_logged_in"], true);
    mynah.look("ada", login["key"].as_str().expect("a key")).await.ok();
    mynah.look("bob", login["key"].as_str().expect("a key")).await.refused(400_108);
}

#[tokio::test]
async fn a_token_has_to_be_right_where_there_is_one() {
    let mynah = Mynah::start().await;
    let ada = mynah
        .post("/v3/users", json!({ "user_id": "ada", "nickname": "Ada", "issue_access_token": true }))
        .await
        .ok();
    let path = "/v3/users/ada/login";
    let token = ada["access_token"].as_str().expect("a token");
    mynah.visit(path, &[("Access-Token", token)], json!({})).await.ok();
    mynah.visit(path, &[], json!({ "token": token })).await.ok();
    mynah.visit(path, &[], json!({})).await.refused(400_302);
    mynah.visit(path, &[("Access-Token", "null")], json!({})).await.refused(400_302);
    mynah.visit(path, &[("Access-Token", "wrong")], json!({})).await.refused(400_302);
    mynah.visit(path, &[], json!({ "token": 7 })).await.refused(400_100);
    mynah.visit("/v3/users/eve/login", &[("Access-Token", "any")], json!({})).await.refused(400_301);
    mynah.get("/v3/users/eve").await.refused(400_201);
    mynah.put("/v3/users/ada", json!({ "is_active": false })).await.ok();
    mynah.visit(path, &[("Access-Token", token)], json!({})).await.refused(400_300);
}

#[tokio::test]
async fn a_session_ends_with_its_token_and_goes_on_with_another() {
    let mynah = Mynah::start().await;
    mynah.with_users(&["ada"]).await;
    let token = |mynah: Value| mynah["token"].as_str().expect("a token").to_owned();
    let first = token(mynah.post("/v3/users/ada/token", json!({})).await.ok());
    let path = "/v3/users/ada/session_key";
    let issued = mynah.visit(path, &[("Access-Token", &first)], json!({ "services": ["chat"] })).await.ok();
    let key = issued["key"].as_str().expect("a key");
    assert!(issued["expires_at"].as_i64().is_some_and(|end| end > 0), "{issued}");
    let renewed = mynah.visit(path, &[("Session-Key", key)], json!({})).await.ok();
    assert_ne!(renewed["key"], issued["key"], "a new one while the token is good");
    mynah.advance(8 * DAY).await;
    mynah.look("ada", key).await.refused(400_309);
    mynah.visit(path, &[("Session-Key", key)], json!({})).await.refused(400_302);
    let second = token(mynah.post("/v3/users/ada/token", json!({})).await.ok());
    let renewed = mynah.visit(path, &[("Session-Key", key)], json!({ "token": second })).await.ok();
    let renewed = renewed["key"].as_str().expect("a key");
    mynah.look("ada", renewed).await.ok();
    mynah.delete("/v3/users/ada/token").await.ok();
    mynah.look("ada", renewed).await.refused(400_310);
    mynah.visit(path, &[("Session-Key", renewed)], json!({})).await.refused(400_310);
    mynah.visit(path, &[("Access-Token", &second)], json!({})).await.refused(400_310);
}

#[tokio::test]
async fn a_key_outlives_the_server_and_not_its_user() {
    let data = tempfile::tempdir().expect("a folder");
    let mynah = Mynah::start_on(data.path()).await;
    let login = mynah.visit("/v3/users/ada/login", &[], json!({})).await.ok();
    let key = login["key"].as_str().expect("a key");
    mynah.stop().await;
    let mynah = Mynah::start_on(data.path()).await;
    mynah.look("ada", key).await.ok();
    mynah.put("/v3/users/ada", json!({ "is_active": false })).await.ok();
    mynah.look("ada", key).await.refused(400_300);
    mynah.put("/v3/users/ada", json!({ "is_active": true })).await.ok();
    mynah.look("ada", key).await.refused(400_310);
    mynah.delete("/v3/users/ada").await.ok();
    mynah.look("ada", key).await.refused(400_302);
    mynah.stop().await;
}
