//! Metadata of channels.

use serde_json::json;

use crate::support::Mynah;

const LOBBY: &str = "/v3/group_channels/lobby/metadata";

#[tokio::test]
async fn items_are_created_read_changed_and_deleted() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    let items = json!({ "color": "blue", "size": "large" });
    assert_eq!(mynah.post(LOBBY, json!({ "metadata": items })).await.ok(), items);
    assert_eq!(mynah.get(LOBBY).await.ok(), items);
    assert_eq!(mynah.get(&format!("{LOBBY}?keys=size,other")).await.ok(), json!({ "size": "large" }));
    assert_eq!(mynah.get(&format!("{LOBBY}/color")).await.ok(), json!({ "color": "blue" }));
    let body = json!({ "metadata": { "color": "red", "shape": "round" } });
    assert_eq!(mynah.put(LOBBY, body.clone()).await.ok(), json!({ "color": "red" }));
    let upsert = json!({ "metadata": { "color": "red", "shape": "round" }, "upsert": true });
    assert_eq!(mynah.put(LOBBY, upsert).await.ok(), body["metadata"]);
    let one = mynah.put(&format!("{LOBBY}/size"), json!({ "value": "small" })).await.ok();
    assert_eq!(one, json!({ "size": "small" }));
    let shown = mynah.get("/v3/group_channels?show_empty=true&show_metadata=true").await.ok();
    assert_eq!(shown["channels"][0]["metadata"]["shape"], "round");
    assert_eq!(mynah.delete(&format!("{LOBBY}/size")).await.ok(), json!({}));
    mynah.get(&format!("{LOBBY}/size")).await.refused(400_201);
    assert_eq!(mynah.delete(LOBBY).await.ok(), json!({}));
    assert_eq!(mynah.get(LOBBY).await.ok(), json!({}));
}

#[tokio::test]
async fn with_include_ts_the_moment_of_the_last_change_is_told() {
    let mynah = Mynah::start().await;
    mynah.with_users(&["ada"]).await;
    mynah.post("/v3/open_channels", json!({ "channel_url": "plaza" })).await.ok();
    let plaza = "/v3/open_channels/plaza/metadata";
    let body = json!({ "metadata": { "color": "blue" }, "include_ts": true });
    let created = mynah.post(plaza, body).await.ok();
    assert_eq!(created["metadata"], json!({ "color": "blue" }));
    assert_eq!(mynah.get(&format!("{plaza}?include_ts=true")).await.ok(), created);
    let upsert = json!({ "metadata": { "color": "red" }, "upsert": true });
    let changed = mynah.put(&format!("{plaza}?include_ts=true"), upsert).await.ok();
    assert!(changed["ts"].as_i64() > created["ts"].as_i64());
    let gone = mynah.delete(&format!("{plaza}?include_ts=true")).await.ok();
    assert!(gone["ts"].as_i64() > changed["ts"].as_i64());
    assert_eq!(gone.as_object().unwrap().len(), 1);
}

#[tokio::test]
async fn wrong_items_are_refused_and_change_nothing() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    mynah.post(LOBBY, json!({ "metadata": { "color": "blue" } })).await.ok();
    mynah.post("/v3/group_channels/nowhere/metadata", json!({})).await.refused(400_201);
    mynah.post(LOBBY, json!({})).await.refused(400_105);
    mynah.post(LOBBY, json!({ "metadata": "x" })).await.refused(400_103);
    mynah.post(LOBBY, json!({ "metadata": { "a": 5 } })).await.refused(400_100);
    mynah.post(LOBBY, json!({ "metadata": { "a,b": "x" } })).await.refused(400_151);
    mynah.post(LOBBY, json!({ "metadata": { "a": "x".repeat(191) } })).await.refused(400_110);
    mynah.post(LOBBY, json!({ "metadata": { "a".repeat(129): "x" } })).await.refused(400_110);
    let six = json!({ "a": "", "b": "", "c": "", "d": "", "e": "", "f": "" });
    mynah.post(LOBBY, json!({ "metadata": six })).await.refused(400_203);
    mynah.post(LOBBY, json!({ "metadata": { "new": "x", "color": "red" } })).await.refused(400_202);
    mynah.put(&format!("{LOBBY}/other"), json!({ "value": "x" })).await.refused(400_201);
    mynah.put(&format!("{LOBBY}/color"), json!({})).await.refused(400_105);
    mynah.delete(&format!("{LOBBY}/other")).await.refused(400_201);
    assert_eq!(mynah.get(LOBBY).await.ok(), json!({ "color": "blue" }));
}
