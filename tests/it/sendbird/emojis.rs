//! The catalogue of emojis.

use serde_json::{Value, json};

use crate::support::Mynah;

fn keys(emojis: &Value) -> Vec<&str> {
    emojis["emojis"].as_array().expect("a list").iter().map(|one| one["key"].as_str().expect("a key")).collect()
}

#[tokio::test]
async fn the_catalogue_grows_and_shrinks_and_its_hash_with_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let mynah = Mynah::start_on(folder.path()).await;
    let start = mynah.get("/v3/emoji_categories").await.ok();
    assert_eq!(start["emoji_categories"][0]["emojis"].as_array().map(Vec::len), Some(7));

    let new = json!({ "emoji_categories": [{ "name": "cats", "url": "https://example.org/cats.png" }] });
    let added = mynah.post("/v3/emoji_categories", new).await.ok();
    let cats = added["emoji_categories"][0]["id"].clone();
    let new = json!({ "emoji_category_id": cats, "emojis": [
        { "key": "purr", "url": "https://example.org/purr.png" },
        { "key": "hiss", "url": "https://example.org/hiss.png" },
    ] });
    assert_eq!(keys(&mynah.post("/v3/emojis", new.clone()).await.ok()), ["purr", "hiss"]);
    mynah.post("/v3/emojis", new).await.refused(400_202);
    mynah.put("/v3/emojis/hiss", json!({ "url": "https://example.org/new.png" })).await.ok();
    let hash = mynah.get("/v3/emoji_categories").await.ok()["emoji_hash"].clone();
    assert_ne!(hash, start["emoji_hash"]);
    mynah.stop().await;

    let mynah = Mynah::start_on(folder.path()).await;
    assert_eq!(mynah.get("/v3/emoji_categories").await.ok()["emoji_hash"], hash);
    assert_eq!(mynah.get("/v3/emojis/hiss").await.ok()["url"], "https://example.org/new.png");
    assert_eq!(keys(&mynah.get("/v3/emojis").await.ok()).len(), 9);
    let off = mynah.put("/v3/applications/settings/use_default_emoji", json!({ "use_default_emoji": false })).await;
    assert_eq!(off.ok(), json!({ "use_default_emoji": false }));
    assert_eq!(keys(&mynah.get("/v3/emojis").await.ok()), ["purr", "hiss"]);

    mynah.delete("/v3/emojis/purr").await.ok();
    mynah.delete("/v3/emojis/purr").await.refused(400_201);
    let category = format!("/v3/emoji_categories/{cats}");
    assert_eq!(keys(&mynah.get(&category).await.ok()), ["hiss"]);
    mynah.put(&category, json!({ "url": "https://example.org/2.png" })).await.ok();
    mynah.delete(&category).await.ok();
    mynah.get("/v3/emojis/hiss").await.refused(400_201);
    mynah.get(&category).await.refused(400_201);
}

#[tokio::test]
async fn what_is_wrong_with_an_emoji_is_said() {
    let mynah = Mynah::start().await;
    let new = json!({ "emoji_categories": [{ "name": "cats", "url": "no address" }] });
    assert_eq!(mynah.post("/v3/emoji_categories", new).await.refused(400_114), "\"\" must have valid URL form");
    mynah.post("/v3/emoji_categories", json!({})).await.refused(400_105);
    mynah.post("/v3/emojis", json!({ "emojis": [] })).await.refused(400_105);
    let add = async |key: &str, category: i64| {
        let emoji = json!({ "key": key, "url": "https://example.org/x.png" });
        mynah.post("/v3/emojis", json!({ "emoji_category_id": category, "emojis": [emoji] })).await
    };
    add(&"k".repeat(31), 1).await.refused(400_110);
    add("a b", 1).await.refused(400_151);
    add("fine", 999).await.refused(400_201);
    add("sendbird_emoji_sob", 1).await.refused(400_202);
    mynah.delete("/v3/emojis/sendbird_emoji_sob").await.refused(400_108);
    mynah.get("/v3/emoji_categories/none").await.refused(400_201);
    mynah.put("/v3/applications/settings/reactions", json!({ "enabled": "maybe" })).await.refused(400_104);
}

#[tokio::test]
async fn the_emojis_that_come_with_the_service_have_pictures_that_need_no_network() {
    let mynah = Mynah::start().await;
    let emojis = mynah.get("/v3/emojis").await.ok();
    for emoji in emojis["emojis"].as_array().expect("a list") {
        let url = emoji["url"].as_str().expect("an address");
        let path = url.strip_prefix(&mynah.url("")).unwrap_or_else(|| panic!("{url} is elsewhere"));
        let picture = reqwest::get(url).await.expect("an answer");
        assert_eq!(picture.status(), 200, "{path}");
        assert_eq!(picture.headers()["content-type"], "image/svg+xml");
        assert!(picture.text().await.expect("a text").starts_with("<svg"));
    }
    let other = reqwest::get(mynah.url("/_mynah/emojis/sun.svg")).await.expect("an answer");
    assert_eq!(other.status(), 404);
}
