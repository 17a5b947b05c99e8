//! Friends of users.

use serde_json::{Value, json};

use crate::support::{Mynah, answer};

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

/// What has changed among Ada's friends: ids and names of the updated ones, ids of the deleted ones, and the page.
async fn changes(mynah: &Mynah, query: &str) -> (Vec<(String, String)>, Vec<String>, Value) {
    let page = mynah.get(&format!("/v3/users/ada/friends/changelogs?{query}")).await.ok();
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let updated = page["updated"].as_array().unwrap().iter();
    let updated = updated.map(|user| (text(&user["user_id"]), text(&user["nickname"]))).collect();
    (updated, page["deleted"].as_array().unwrap().iter().map(text).collect(), page)
}

fn after(page: &Value) -> String {
    format!("token={}", page["next"].as_str().expect("where to go on"))
}

#[tokio::test]
async fn changelogs_tell_which_friends_are_new_changed_and_gone() {
    let begin = 1_767_225_600_000_i64;
    let folder = tempfile::tempdir().expect("a folder");
    let mynah = Mynah::start_on(folder.path()).await;
    mynah.put("/_mynah/clock", json!({ "mode": "frozen", "at": begin })).await.ok();
    mynah.with_users(&["ada", "bo", "cy", "dan", "eve"]).await;
    mynah.post("/v3/users/ada/friends", json!({ "user_ids": ["bo", "cy", "dan"] })).await.ok();
    mynah.post("/v3/users/eve/friends", json!({ "user_ids": ["ada"] })).await.ok();
    let (updated, deleted, page) = changes(&mynah, "change_ts=0").await;
    assert_eq!(updated.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>(), ["bo", "cy", "dan"]);
    assert_eq!((deleted.len(), &page["has_more"]), (0, &json!(false)));

    mynah.advance(1).await;
    let (updated, deleted, page) = changes(&mynah, &after(&page)).await;
    assert_eq!(updated.len() + deleted.len(), 3, "what is of the very moment of asking comes once more");
    mynah.advance(1).await;
    let (updated, deleted, page) = changes(&mynah, &after(&page)).await;
    assert_eq!(updated.len() + deleted.len(), 0);
    mynah.put("/v3/users/cy", json!({ "nickname": "Cyan" })).await.ok();
    mynah.put("/v3/users/eve", json!({ "nickname": "Evening" })).await.ok();
    mynah.delete("/v3/users/ada/friends?user_ids=bo").await.ok();
    mynah.delete("/v3/users/dan").await.ok();
    let (updated, deleted, _) = changes(&mynah, &after(&page)).await;
    assert_eq!(updated, [("cy".to_owned(), "Cyan".to_owned())]);
    assert_eq!(deleted, ["bo", "dan"]);

    // Who is a friend again is gone no more; and all that survives a restart.
    mynah.advance(1).await;
    mynah.post("/v3/users/ada/friends", json!({ "user_ids": ["bo"] })).await.ok();
    mynah.stop().await;
    let mynah = Mynah::start_on(folder.path()).await;
    mynah.advance(1).await;
    let (updated, deleted, _) = changes(&mynah, &format!("change_ts={}", begin + 3000)).await;
    assert_eq!((updated.len(), &*updated[0].0, deleted.len()), (1, "bo", 0));

    let mut seen = Vec::new();
    let mut query = "change_ts=0&limit=1".to_owned();
    loop {
        let (updated, deleted, page) = changes(&mynah, &query).await;
        seen.extend(updated.into_iter().map(|(id, _)| id).chain(deleted));
        if page["has_more"] == false {
            break;
        }
        query = format!("limit=1&{}", after(&page));
    }
    assert_eq!(seen, ["cy", "dan", "bo"]);
}

#[tokio::test]
async fn a_friend_who_is_called_otherwise_is_a_change_and_being_online_is_none() {
    let mynah = Mynah::start().await;
    mynah.with_users(&["ada"]).await;
    let bo = json!({ "user_id": "bo", "nickname": "Bo", "discovery_keys": ["+49"] });
    mynah.post("/v3/users", bo).await.ok();
    mynah.put("/_mynah/clock", json!({ "mode": "frozen", "at": 1_767_225_600_000_i64 })).await.ok();
    let known_as =
        |name: &str| json!({ "friend_discoveries": [{ "friend_discovery_key": "+49", "friend_name": name }] });
    for (name, expected) in [("Robert", 1), ("Robert", 0), ("Bob", 1)] {
        mynah.advance(1).await;
        let now = mynah.get("/_mynah/clock").await.ok()["now"].clone();
        mynah.put("/v3/users/ada/friend_discoveries", known_as(name)).await.ok();
        let _bo = mynah.connect("bo").await;
        let (updated, ..) = changes(&mynah, &format!("change_ts={now}")).await;
        assert_eq!(updated.len(), expected, "{name}");
    }
    mynah.advance(1).await;
    mynah.delete("/v3/users/ada/friend_discoveries?friend_discovery_keys=%2B49").await.ok();
    assert_eq!(changes(&mynah, "change_ts=0").await.1, ["bo"]);
}

#[tokio::test]
async fn changelogs_of_friends_say_what_is_wrong_and_are_their_users_own() {
    let mynah = Mynah::start().await;
    mynah.with_users(&["ada", "bo"]).await;
    let path = "/v3/users/ada/friends/changelogs";
    mynah.get("/v3/users/nobody/friends/changelogs?change_ts=0").await.refused(400_201);
    mynah.get(path).await.refused(400_105);
    mynah.get(&format!("{path}?change_ts=-1")).await.refused(400_106);
    mynah.get(&format!("{path}?change_ts=x")).await.refused(400_101);
    mynah.get(&format!("{path}?token=x")).await.refused(400_109);
    for limit in [0, 101] {
        mynah.get(&format!("{path}?change_ts=0&limit={limit}")).await.refused(400_113);
    }
    let key = mynah.post("/v3/users/bo/token", json!({})).await.ok()["token"].as_str().unwrap().to_owned();
    let of =
        |user: &str| mynah.client().get(mynah.url(&format!("/v3/users/{user}/friends/changelogs?change_ts=0")));
    answer(of("ada").header("Session-Key", &key)).await.refused(400_108);
    answer(of("bo").header("Session-Key", &key)).await.ok();
}
