//! How users want to be woken, and their devices.

use serde_json::{Value, json};

use crate::support::Mynah;

fn window(start: (i64, i64), end: (i64, i64)) -> Value {
    json!({ "start_hour": start.0, "start_min": start.1, "end_hour": end.0, "end_min": end.1 })
}

#[tokio::test]
async fn a_preference_is_kept_and_put_back() {
    let data = tempfile::tempdir().expect("a folder");
    let mynah = Mynah::start_on(data.path()).await;
    mynah.with_users(&["ada"]).await;
    let path = "/v3/users/ada/push_preference";
    let fresh = mynah.get(path).await.ok();
    assert_eq!(fresh["push_trigger_option"], "all");
    assert_eq!(fresh["timezone"], "UTC");
    assert_eq!(fresh["push_sound"], "default");
    assert_eq!(fresh["enable_push_for_replies"], true);
    assert_eq!(fresh["dnd_schedules"], json!([]));
    let wanted = json!({
        "push_trigger_option": "mention_only", "do_not_disturb": true, "start_hour": 22, "start_min": 30,
        "end_hour": 7, "end_min": 0, "snooze_enabled": true, "snooze_start_ts": 1_700_000_000_000_i64,
        "snooze_end_ts": 1_700_000_360_000_i64, "block_push_from_bots": true, "push_blocked_bot_ids": ["bot"],
        "enable_push_for_replies": false, "timezone": "Europe/Berlin", "push_sound": "bell",
    });
    let echo = mynah.put(path, wanted.clone()).await.ok();
    for (key, value) in wanted.as_object().expect("an object") {
        assert_eq!(echo[key], *value, "{key}");
    }
    mynah.stop().await;

    let mynah = Mynah::start_on(data.path()).await;
    assert_eq!(mynah.get(path).await.ok(), echo);
    assert_eq!(mynah.delete(path).await.ok(), fresh);
    assert_eq!(mynah.get(path).await.ok(), fresh);
    mynah.put(path, json!({ "push_trigger_option": "default" })).await.refused(400_111);
    mynah.put(path, json!({ "start_hour": 24 })).await.refused(400_113);
    mynah.put(path, json!({ "end_min": 60 })).await.refused(400_113);
    mynah.put(path, json!({ "do_not_disturb": "yes" })).await.refused(400_104);
    mynah.put(path, json!({ "timezone": "nowhere at all" })).await.refused(400_111);
    mynah.put(path, json!({ "snooze_start_ts": 9, "snooze_end_ts": 8 })).await.refused(400_111);
    mynah.put("/v3/users/nobody/push_preference", json!({ "start_hour": 24 })).await.refused(400_201);
    mynah.stop().await;
}

#[tokio::test]
async fn a_window_that_crosses_midnight_is_split() {
    let mynah = Mynah::start().await;
    mynah.with_users(&["ada"]).await;
    let path = "/v3/users/ada/push_preference";
    let put = async |schedules: Value| mynah.put(path, json!({ "dnd_schedules": schedules })).await;
    let monday = json!([{ "day_of_week": "monday", "time_windows": [window((22, 0), (7, 0))] }]);
    let split = json!([
        { "day_of_week": "monday", "time_windows": [window((22, 0), (23, 59))] },
        { "day_of_week": "tuesday", "time_windows": [window((0, 0), (7, 0))] },
    ]);
    assert_eq!(put(monday).await.ok()["dnd_schedules"], split);
    assert_eq!(mynah.get(path).await.ok()["dnd_schedules"], split);
    let friday = json!([{
        "day_of_week": "friday", "time_windows": [window((23, 30), (6, 0)), window((12, 0), (13, 0))],
    }]);
    let split = json!([
        { "day_of_week": "friday", "time_windows": [window((12, 0), (13, 0)), window((23, 30), (23, 59))] },
        { "day_of_week": "saturday", "time_windows": [window((0, 0), (6, 0))] },
    ]);
    assert_eq!(put(friday).await.ok()["dnd_schedules"], split);
    let sunday = json!([{ "day_of_week": "Sunday", "time_windows": [window((23, 0), (1, 0))] }]);
    let split = json!([
        { "day_of_week": "monday", "time_windows": [window((0, 0), (1, 0))] },
        { "day_of_week": "sunday", "time_windows": [window((23, 0), (23, 59))] },
    ]);
    assert_eq!(put(sunday).await.ok()["dnd_schedules"], split);
    put(json!([{ "day_of_week": "someday", "time_windows": [] }])).await.refused(400_111);
    put(json!([{ "time_windows": [] }])).await.refused(400_105);
    put(json!([{ "day_of_week": "monday", "time_windows": [{ "start_hour": 1 }] }])).await.refused(400_105);
    put(json!([{ "day_of_week": "monday", "time_windows": [window((1, 0), (25, 0))] }])).await.refused(400_113);
    put(json!(["monday"])).await.refused(400_103);
    put(json!("monday")).await.refused(400_102);
    assert_eq!(put(json!([])).await.ok()["dnd_schedules"], json!([]));
}

#[tokio::test]
async fn one_channel_can_wake_otherwise() {
    let data = tempfile::tempdir().expect("a folder");
    let mynah = Mynah::start_on(data.path()).await;
    mynah.with_group("lobby", &["ada"]).await;
    let path = "/v3/users/ada/push_preference/lobby";
    let fresh = json!({ "push_trigger_option": "default", "push_sound": "default", "enable": true });
    assert_eq!(mynah.get(path).await.ok(), fresh);
    let off = json!({ "push_trigger_option": "off", "push_sound": "bell" });
    assert_eq!(mynah.put(path, off).await.ok()["enable"], false);
    mynah.stop().await;

    let mynah = Mynah::start_on(data.path()).await;
    let kept = json!({ "push_trigger_option": "off", "push_sound": "bell", "enable": false });
    assert_eq!(mynah.get(path).await.ok(), kept);
    let channel = mynah.get("/v3/group_channels/lobby?user_id=ada").await.ok();
    assert_eq!((&channel["push_trigger_option"], &channel["is_push_enabled"]), (&json!("off"), &json!(false)));
    mynah.put(path, json!({ "push_trigger_option": "default" })).await.ok();
    mynah.put(path, json!({})).await.refused(400_105);
    mynah.put(path, json!({ "push_trigger_option": "loud" })).await.refused(400_111);
    mynah.with_users(&["bo"]).await;
    mynah.get("/v3/users/bo/push_preference/lobby").await.refused(400_108);
    mynah.get("/v3/users/ada/push_preference/nowhere").await.refused(400_201);
    mynah.stop().await;
}

#[tokio::test]
async fn a_template_is_one_of_two() {
    let mynah = Mynah::start().await;
    mynah.with_users(&["ada"]).await;
    let path = "/v3/users/ada/push/template";
    assert_eq!(mynah.get(path).await.ok(), json!({ "name": "default" }));
    assert_eq!(mynah.put(path, json!({ "name": "alternative" })).await.ok(), json!({ "name": "alternative" }));
    assert_eq!(mynah.get(path).await.ok(), json!({ "name": "alternative" }));
    mynah.put(path, json!({ "name": "fancy" })).await.refused(400_111);
    mynah.put(path, json!({})).await.refused(400_105);
}

#[tokio::test]
async fn devices_come_and_go() {
    let data = tempfile::tempdir().expect("a folder");
    let mynah = Mynah::start_on(data.path()).await;
    mynah.with_users(&["ada", "bo"]).await;
    let added = mynah.post("/v3/users/ada/push/gcm", json!({ "gcm_reg_token": "phone" })).await.ok();
    assert_eq!((&added["token"], &added["type"]), (&json!("phone"), &json!("GCM")));
    assert_eq!(added["user"]["user_id"], "ada");
    mynah.post("/v3/users/ada/push/apns", json!({ "apns_device_token": "tablet" })).await.ok();
    mynah.post("/v3/users/bo/push/gcm", json!({ "gcm_reg_token": "phone" })).await.ok();
    mynah.stop().await;

    let mynah = Mynah::start_on(data.path()).await;
    assert_eq!(mynah.get("/v3/users/ada/push/gcm").await.ok()["tokens"], json!(["phone"]));
    let client = mynah.get("/v3/users/ada/push/apns/device_tokens").await.ok();
    assert_eq!(client, json!({ "device_tokens": ["tablet"], "type": "APNS", "token": "", "has_more": false }));
    let owners = mynah.get("/v3/push/device_tokens/gcm/phone").await.ok();
    assert_eq!(owners, json!([{ "user_id": "ada" }, { "user_id": "bo" }]));
    let removed = mynah.delete("/v3/users/ada/push/gcm/phone").await.ok();
    assert_eq!(removed["token"], json!("phone"));
    mynah.delete("/v3/users/ada/push/gcm/phone").await.refused(400_201);
    let removed = mynah.delete("/v3/push/device_tokens/gcm/phone").await.ok();
    assert_eq!(removed, json!([{ "user_id": "bo" }]));
    assert_eq!(mynah.get("/v3/push/device_tokens/gcm/phone").await.ok(), json!([]));
    assert_eq!(mynah.delete("/v3/users/ada/push").await.ok()["token"], json!(["tablet"]));

    mynah.post("/v3/users/ada/push/gcm", json!({ "apns_device_token": "x" })).await.refused(400_105);
    mynah.post("/v3/users/ada/push/gcm", json!({ "gcm_reg_token": 5 })).await.refused(400_100);
    mynah.post("/v3/users/ada/push/pager", json!({})).await.refused(400_111);
    mynah.post("/v3/users/nobody/push/gcm", json!({})).await.refused(400_201);
    mynah.stop().await;
}

#[tokio::test]
async fn the_oldest_of_more_than_twenty_devices_goes() {
    let mynah = Mynah::start().await;
    mynah.with_users(&["ada", "bo"]).await;
    for number in 0..22 {
        let body = json!({ "huawei_device_token": format!("device{number}") });
        mynah.post("/v3/users/ada/push/huawei", body).await.ok();
    }
    let list = mynah.get("/v3/users/ada/push/huawei").await.ok();
    let tokens = list["tokens"].as_array().expect("a list");
    assert_eq!(tokens.len(), 20);
    assert_eq!((&tokens[0], &tokens[19]), (&json!("device2"), &json!("device21")));
    let unique = json!({ "huawei_device_token": "device21", "is_unique": true });
    mynah.post("/v3/users/bo/push/huawei", unique).await.ok();
    let owners = mynah.get("/v3/push/device_tokens/huawei/device21").await.ok();
    assert_eq!(owners, json!([{ "user_id": "bo" }]));
    mynah.delete("/v3/users/bo").await.ok();
    assert_eq!(mynah.get("/v3/push/device_tokens/huawei/device21").await.ok(), json!([]));
}
