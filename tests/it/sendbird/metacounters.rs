//! Counters of channels.

use futures_util::future::join_all;
use serde_json::json;

use crate::support::Mynah;

const LOBBY: &str = "/v3/group_channels/lobby/metacounter";

#[tokio::test]
async fn counters_are_set_and_counted() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    let items = json!({ "days": 15, "likes": 1 });
    assert_eq!(mynah.post(LOBBY, json!({ "metacounter": items })).await.ok(), items);
    assert_eq!(mynah.get(&format!("{LOBBY}/days")).await.ok(), json!({ "days": 15 }));
    let increase = json!({ "metacounter": { "days": 15, "other": 1 }, "mode": "increase" });
    assert_eq!(mynah.put(LOBBY, increase).await.ok(), json!({ "days": 30 }));
    let one = mynah.put(&format!("{LOBBY}/days"), json!({ "value": 20, "mode": "increase" })).await.ok();
    assert_eq!(one, json!({ "days": 50 }));
    let new = json!({ "value": 5, "mode": "decrease", "upsert": true });
    assert_eq!(mynah.put(&format!("{LOBBY}/debt"), new).await.ok(), json!({ "debt": -5 }));
    assert_eq!(mynah.put(&format!("{LOBBY}/likes"), json!({ "value": 9 })).await.ok(), json!({ "likes": 9 }));
    assert_eq!(mynah.get(&format!("{LOBBY}?keys=likes,debt")).await.ok(), json!({ "likes": 9, "debt": -5 }));
    assert_eq!(mynah.delete(&format!("{LOBBY}/likes")).await.ok(), json!({}));
    mynah.get(&format!("{LOBBY}/likes")).await.refused(400_201);
    assert_eq!(mynah.delete(LOBBY).await.ok(), json!({}));
    assert_eq!(mynah.get(LOBBY).await.ok(), json!({}));
}

#[tokio::test]
async fn no_step_is_lost_where_many_count_at_once() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    mynah.post(LOBBY, json!({ "metacounter": { "likes": 0 } })).await.ok();
    let path = format!("{LOBBY}/likes");
    let steps = (0..200).map(|step| {
        let mode = if step % 4 == 0 { "decrease" } else { "increase" };
        mynah.put(&path, json!({ "value": 3, "mode": mode }))
    });
    for step in join_all(steps).await {
        step.ok();
    }
    assert_eq!(mynah.get(&path).await.ok(), json!({ "likes": 300 }));
}

#[tokio::test]
async fn channels_are_found_by_their_counters() {
    let mynah = Mynah::start().await;
    mynah.with_users(&["ada"]).await;
    for (url, likes) in [("none", None), ("five", Some(5)), ("nine", Some(9))] {
        mynah.post("/v3/group_channels", json!({ "channel_url": url, "user_ids": ["ada"] })).await.ok();
        if let Some(likes) = likes {
            let counter = json!({ "metacounter": { "likes": likes } });
            mynah.post(&format!("/v3/group_channels/{url}/metacounter"), counter).await.ok();
        }
    }
    let found = |filter: &'static str| {
        let path = format!("/v3/group_channels?show_empty=true&metacounter_key=likes{filter}");
        let mynah = &mynah;
        async move {
            let channels = mynah.get(&path).await.ok()["channels"].clone();
            let channels = channels.as_array().unwrap().iter();
            channels.map(|channel| channel["channel_url"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        }
    };
    assert_eq!(found("").await, ["nine", "five"]);
    assert_eq!(found("&metacounter_values=4,5").await, ["five"]);
    assert_eq!(found("&metacounter_value_gt=5").await, ["nine"]);
    assert_eq!(found("&metacounter_value_gte=5&metacounter_value_lt=9").await, ["five"]);
    assert_eq!(found("&metacounter_value_lte=9").await, ["nine", "five"]);
    mynah.get("/v3/group_channels?metacounter_key=likes&metacounter_value_gt=x").await.refused(400_101);
}

#[tokio::test]
async fn wrong_counters_are_refused_and_change_nothing() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    mynah.post(LOBBY, json!({ "metacounter": { "likes": i64::MAX } })).await.ok();
    mynah.post("/v3/open_channels/lobby/metacounter", json!({})).await.refused(400_201);
    mynah.post(LOBBY, json!({})).await.refused(400_105);
    mynah.post(LOBBY, json!({ "metacounter": [1] })).await.refused(400_103);
    mynah.post(LOBBY, json!({ "metacounter": { "a": 1.5 } })).await.refused(400_101);
    mynah.post(LOBBY, json!({ "metacounter": { "a,b": 1 } })).await.refused(400_151);
    mynah.post(LOBBY, json!({ "metacounter": { "a".repeat(129): 1 } })).await.refused(400_110);
    let six = json!({ "a": 1, "b": 1, "c": 1, "d": 1, "e": 1, "f": 1 });
    mynah.post(LOBBY, json!({ "metacounter": six })).await.refused(400_203);
    mynah.post(LOBBY, json!({ "metacounter": { "new": 1, "likes": 1 } })).await.refused(400_202);
    let one = format!("{LOBBY}/likes");
    mynah.put(&one, json!({ "value": "1" })).await.refused(400_101);
    mynah.put(&one, json!({ "value": 1, "mode": "double" })).await.refused(400_111);
    mynah.put(&one, json!({ "value": 1, "mode": "increase" })).await.refused(400_113);
    mynah.put(&format!("{LOBBY}/other"), json!({ "value": 1 })).await.refused(400_201);
    mynah.delete(&format!("{LOBBY}/other")).await.refused(400_201);
    assert_eq!(mynah.get(LOBBY).await.ok(), json!({ "likes": i64::MAX }));
}
