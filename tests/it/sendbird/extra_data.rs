//! The extra data of messages.

use serde_json::{Value, json};

use crate::support::Mynah;

#[tokio::test]
async fn extra_data_is_added_changed_and_removed_in_order() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    let body = json!({
        "user_id": "ada", "message": "Hello", "sorted_metaarray": [{ "key": "b", "value": ["1", "2"] }],
    });
    let message = mynah.send("lobby", body).await.ok()["message_id"].clone();
    let path = format!("/v3/group_channels/lobby/messages/{message}/sorted_metaarray");
    let items = |answer: Value| answer["sorted_metaarray"].clone();

    let added = mynah.post(&path, json!({ "sorted_metaarray": [{ "key": "a", "value": ["x", "x"] }] })).await;
    assert_eq!(items(added.ok()), json!([{ "key": "b", "value": ["1", "2"] }, { "key": "a", "value": ["x"] }]));
    mynah.post(&path, json!({ "sorted_metaarray": [{ "key": "a", "value": [] }] })).await.refused(400_202);

    let put = async |mode: &str, key: &str, values: Value, upsert: bool| {
        let body = json!({ "sorted_metaarray": [{ "key": key, "value": values }], "mode": mode, "upsert": upsert });
        items(mynah.put(&path, body).await.ok())
    };
    let expected = json!([{ "key": "b", "value": ["1", "2", "3"] }, { "key": "a", "value": ["x"] }]);
    assert_eq!(put("add", "b", json!(["2", "3"]), false).await, expected);
    assert_eq!(put("add", "c", json!(["new"]), false).await, expected, "unknown keys are passed over");
    assert_eq!(put("add", "c", json!(["new"]), true).await[2], json!({ "key": "c", "value": ["new"] }));
    assert_eq!(put("remove", "b", json!(["1", "3"]), false).await[0], json!({ "key": "b", "value": ["2"] }));

    mynah.delete(&format!("{path}?keys=a,b")).await.ok();
    let shown = mynah.message("lobby", message.as_i64().expect("a number")).await;
    assert_eq!(shown["sorted_metaarray"], json!([{ "key": "c", "value": ["new"] }]));
    mynah.delete(&format!("{path}?keys=a")).await.refused(400_201);
    mynah.delete(&path).await.ok();
    let shown = mynah.message("lobby", message.as_i64().expect("a number")).await;
    assert_eq!(shown["sorted_metaarray"], json!([]));
}

#[tokio::test]
async fn what_is_wrong_with_extra_data_is_said() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    let message = mynah.say("lobby", "ada", "Hello").await;
    let path = format!("/v3/group_channels/lobby/messages/{message}/sorted_metaarray");

    mynah.post(&path, json!({})).await.refused(400_105);
    mynah.post(&path, json!({ "sorted_metaarray": "x" })).await.refused(400_102);
    let item = |key: &str, value: &str| json!({ "sorted_metaarray": [{ "key": key, "value": [value] }] });
    mynah.post(&path, item(&"k".repeat(81), "v")).await.refused(400_110);
    mynah.put(&path, item("k", &"v".repeat(129))).await.refused(400_110);
    let mode = json!({ "sorted_metaarray": [{ "key": "k", "value": ["v"] }], "mode": "swap" });
    mynah.put(&path, mode).await.refused(400_111);
}
