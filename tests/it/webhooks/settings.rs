//! The settings by which the service learns what an application wants to hear.

use serde_json::json;

use super::SETTINGS;
use crate::support::Mynah;

#[tokio::test]
async fn a_webhook_is_set_up_by_the_settings_of_the_service() {
    let mynah = Mynah::start().await;
    let fresh = mynah.get(SETTINGS).await.ok()["webhook"].clone();
    assert_eq!(
        fresh,
        json!({ "enabled": false, "url": "", "include_members": false, "include_unread_count": true, "enabled_events": [] })
    );
    let body = json!({ "enabled": true, "url": "http://localhost:9/hook", "enabled_events": ["user:block", "group_channel:create"] });
    let set = mynah.put(SETTINGS, body).await.ok()["webhook"].clone();
    assert_eq!(set["enabled_events"], json!(["group_channel:create", "user:block"]));
    assert_eq!((&set["enabled"], &set["url"]), (&json!(true), &json!("http://localhost:9/hook")));
    assert!(set.get("all_webhook_categories").is_none(), "{set}");
    assert_eq!(mynah.get(SETTINGS).await.ok()["webhook"], set);

    let changed = mynah.put(SETTINGS, json!({ "include_members": true })).await.ok()["webhook"].clone();
    assert_eq!(changed["include_members"], true);
    assert_eq!((&changed["url"], &changed["enabled_events"]), (&set["url"], &set["enabled_events"]));

    let all =
        mynah.put(SETTINGS, json!({ "enabled_events": ["*"] })).await.ok()["webhook"]["enabled_events"].clone();
    let known = mynah.get(&format!("{SETTINGS}?display_all_webhook_categories=true")).await.ok();
    assert_eq!(known["webhook"]["all_webhook_categories"], all);
    assert!(all.as_array().unwrap().len() > 40, "{all}");

    let none = mynah.put(SETTINGS, json!({ "enabled_events": [] })).await.ok()["webhook"].clone();
    assert_eq!((&none["enabled"], &none["enabled_events"]), (&json!(false), &json!([])));
    let again = mynah.put(SETTINGS, json!({ "enabled": true })).await.ok()["webhook"].clone();
    assert_eq!(again["enabled_events"], all, "who wants to hear and does not say of what hears of everything");
}

#[tokio::test]
async fn wrong_settings_are_refused_and_change_nothing() {
    let mynah = Mynah::start().await;
    let before = mynah.get(SETTINGS).await.ok();
    for (body, code) in [
        (json!({ "enabled": true }), 400_105),
        (json!({ "enabled": true, "url": "" }), 400_105),
        (json!({ "enabled": "perhaps", "url": "http://localhost/" }), 400_104),
        (json!({ "url": 7 }), 400_100),
        (json!({ "url": "localhost" }), 400_114),
        (json!({ "url": "ftp://localhost/" }), 400_114),
        (json!({ "url": "http://169.254.169.254/latest" }), 400_114),
        (json!({ "url": format!("http://localhost/{}", "a".repeat(2048)) }), 400_114),
        (json!({ "include_members": 1 }), 400_104),
        (json!({ "include_unread_count": [] }), 400_104),
        (json!({ "enabled_events": "user:block" }), 400_102),
        (json!({ "enabled_events": [7] }), 400_100),
        (json!({ "url": "http://localhost/", "enabled_events": ["user:block", "user:hug"] }), 400_111),
    ] {
        let refused = mynah.put(SETTINGS, body.clone()).await;
        assert_eq!(refused.body["code"], code, "{body}: {}", refused.text);
        assert_eq!(mynah.get(SETTINGS).await.ok(), before, "{body}");
    }
    let why = mynah.put(SETTINGS, json!({ "enabled_events": ["user:hug"] })).await.refused(400_111);
    assert!(why.contains("enabled_events") && why.contains("user:hug"), "{why}");
    mynah.get(&format!("{SETTINGS}?display_all_webhook_categories=perhaps")).await.refused(400_104);
}

#[tokio::test]
async fn only_servers_may_see_and_change_them() {
    let mynah = Mynah::start().await;
    mynah.with_users(&["ada"]).await;
    let key = mynah.post("/v3/users/ada/token", json!({})).await.ok()["token"].as_str().unwrap().to_owned();
    let request = mynah.client().get(mynah.url(SETTINGS)).header("Session-Key", key);
    crate::support::answer(request).await.refused(400_108);
}

#[tokio::test]
async fn settings_survive_a_restart_and_a_reset() {
    let folder = tempfile::tempdir().unwrap();
    let mynah = Mynah::start_on(folder.path()).await;
    let body = json!({ "enabled": true, "url": "http://127.0.0.1:9/", "enabled_events": ["user:block"], "include_members": true });
    let set = mynah.put(SETTINGS, body).await.ok();
    mynah.control(reqwest::Method::POST, "/_mynah/reset", json!({})).await.ok();
    assert_eq!(mynah.get(SETTINGS).await.ok(), set);
    mynah.stop().await;
    let mynah = Mynah::start_on(folder.path()).await;
    assert_eq!(mynah.get(SETTINGS).await.ok(), set);
}
