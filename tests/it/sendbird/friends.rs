//! Friends of users.

use serde_json::json;

use crate::support::Mynah;

#[tokio::test]
async fn friends_are_made_by_name_or_by_discovery_key() {
    let data = tempfile::tempdir().expect("a folder");
    let mynah = Mynah::start_on(data.path()).await;
    mynah.with_users(&["ada", "bo"]).await;
    let cy = json!({ "user_id": "cy", "nickname": "Cy", "discovery_keys": ["+4930"] });
    mynah.post("/v3/users", cy).await.ok();
    let path = "/v3/users/ada/friends";
    let added = mynah.post(path, json!({ "user_ids": ["bo"], "discovery_keys": ["+4930", "+1"] })).await.ok();
    assert_eq!(added["users"].as_array().map(Vec::len), Some(2), "{added}");
    mynah.stop().await;

    let mynah = Mynah::start_on(data.path()).await;
    let first = mynah.get(&format!("{path}?limit=1")).await.ok();
    assert_eq!(first["users"][0]["user_id"], "cy", "the newest first");
    assert_eq!(first["users"][0]["friend_discovery_key"], "+4930");
    let second = mynah.get(&format!("{path}?limit=1&token={}", first["next"].as_str().expect("a text"))).await.ok();
    assert_eq!(second["users"][0]["user_id"], "bo");
    assert_eq!(second["users"][0]["friend_discovery_key"], serde_json::Value::Null);
    assert_eq!(second["next"], "");
    assert_eq!(mynah.get("/v3/users/bo/friends").await.ok()["users"], json!([]), "only one way");

    assert_eq!(mynah.delete(&format!("{path}?discovery_keys=%2B4930")).await.ok(), json!({}));
    mynah.delete("/v3/users/bo").await.ok();
    assert_eq!(mynah.get(path).await.ok()["users"], json!([]));
    mynah.post(path, json!({ "user_ids": ["nobody"] })).await.refused(400_201);
    mynah.post(path, json!({ "user_ids": ["ada"] })).await.refused(400_111);
    mynah.post(path, json!({})).await.refused(400_105);
    mynah.post("/v3/users/nobody/friends", json!({})).await.refused(400_201);
    mynah.stop().await;
}
