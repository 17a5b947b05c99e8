//! Metadata of users.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Mynah, answer};

#[tokio::test]
async fn items_are_added_changed_and_removed() {
    let mynah = Mynah::start().await;
    mynah.with_users(&["ada"]).await;
    let path = "/v3/users/ada/metadata";
    let two = json!({ "color": "green", "size": "large" });
    assert_eq!(mynah.post(path, json!({ "metadata": two })).await.ok(), two);
    assert_eq!(mynah.get(path).await.ok(), two);
    assert_eq!(mynah.get(&format!("{path}?keys=color")).await.ok(), json!({ "color": "green" }));
    assert_eq!(mynah.get(&format!("{path}/size")).await.ok(), json!({ "size": "large" }));

    let change = json!({ "metadata": { "color": "red", "mood": "fine" } });
    assert_eq!(mynah.put(path, change).await.ok(), json!({ "color": "red" }), "unknown keys are passed over");
    let change = json!({ "metadata": { "mood": "fine" }, "upsert": true });
    assert_eq!(mynah.put(path, change).await.ok(), json!({ "mood": "fine" }));
    assert_eq!(
        mynah.put(&format!("{path}/mood"), json!({ "value": "good" })).await.ok(),
        json!({ "mood": "good" })
    );
    mynah.put(&format!("{path}/shoe"), json!({ "value": "43" })).await.refused(400_201);
    let add = json!({ "value": "43", "upsert": true });
    assert_eq!(mynah.put(&format!("{path}/shoe"), add).await.ok(), json!({ "shoe": "43" }));

    assert_eq!(mynah.delete(&format!("{path}/shoe")).await.ok(), json!({}));
    mynah.get(&format!("{path}/shoe")).await.refused(400_201);
    mynah.delete(&format!("{path}/shoe")).await.refused(400_201);
    let user = mynah.get("/v3/users/ada").await.ok();
    assert_eq!(user["metadata"], json!({ "color": "red", "size": "large", "mood": "good" }));
    assert_eq!(mynah.delete(path).await.ok(), json!({}));
    assert_eq!(mynah.get("/v3/users/ada").await.ok()["metadata"], json!({}));
}

#[tokio::test]
async fn wrong_items_are_refused() {
    let mynah = Mynah::start().await;
    mynah.with_users(&["ada"]).await;
    let path = "/v3/users/ada/metadata";
    let add = async |metadata: serde_json::Value| mynah.post(path, json!({ "metadata": metadata })).await;
    add(json!({ "a": "1", "b": "2", "c": "3" })).await.ok();
    add(json!({ "a": "1" })).await.refused(400_202);
    add(json!({ "d": "1", "e": "2", "f": "3" })).await.refused(400_203);
    add(json!({ "d": 1 })).await.refused(400_100);
    add(json!({ "d,e": "1" })).await.refused(400_151);
    add(json!({ "k".repeat(129): "1" })).await.refused(400_110);
    add(json!({ "d": "v".repeat(191) })).await.refused(400_110);
    add(json!("a")).await.refused(400_103);
    mynah.post(path, json!({})).await.refused(400_105);
    mynah.put(&format!("{path}/a"), json!({})).await.refused(400_105);
    mynah.post("/v3/users/nobody/metadata", json!({})).await.refused(400_201);
    assert_eq!(mynah.get(path).await.ok(), json!({ "a": "1", "b": "2", "c": "3" }));
}

#[tokio::test]
async fn messages_keep_the_metadata_of_their_day() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    mynah.post("/v3/users/ada/metadata", json!({ "metadata": { "mood": "fine" } })).await.ok();
    let id = mynah.say("lobby", "ada", "Hello").await;
    mynah.put("/v3/users/ada/metadata/mood", json!({ "value": "bad" })).await.ok();
    assert_eq!(mynah.message("lobby", id).await["user"]["metadata"], json!({ "mood": "fine" }));
}

#[tokio::test]
async fn a_key_in_a_body_may_stand_alone() {
    let mynah = Mynah::start().await;
    mynah.with_users(&["ada"]).await;
    let path = "/v3/users/ada/metadata";
    mynah.post(path, json!({ "metadata": { "a": "1", "b": "2", "c": "3", "d": "4" } })).await.ok();
    let remove = async |body: Value| answer(mynah.sendbird(Method::DELETE, path).json(&body)).await;
    remove(json!({ "key": "a" })).await.ok();
    remove(json!({ "key": ["b"] })).await.ok();
    remove(json!({ "keys": ["c"] })).await.ok();
    assert_eq!(mynah.get(path).await.ok(), json!({ "d": "4" }));
    remove(json!({ "key": 4 })).await.refused(400_102);
    remove(json!({})).await.ok();
    assert_eq!(mynah.get(path).await.ok(), json!({}));
}
