//! Pictures that are kept out, and texts of pushes.

use serde_json::{Value, json};

use crate::support::{Mynah, answer};

const GLOBAL: &str = "/v3/applications/settings_global";
const TYPES: &str = "/v3/applications/settings_by_channel_custom_type";

async fn moderate(mynah: &Mynah, rule: Value) -> Value {
    mynah.put(GLOBAL, json!({ "image_moderation": rule })).await.ok()["image_moderation"].clone()
}

fn picture(name: &str) -> Value {
    json!({
        "message_type": "FILE", "user_id": "ada", "url": "https://files.example.org/1", "file_name": name,
        "file_type": "image/png",
    })
}

async fn told(mynah: &Mynah) -> Vec<Value> {
    let told = mynah.get("/_mynah/webhooks/deliveries?limit=1000&category=image_moderation:block").await.ok();
    told["deliveries"].as_array().unwrap().iter().map(|call| call["payload"].clone()).collect()
}

#[tokio::test]
async fn a_picture_whose_name_says_what_is_kept_out_is_refused() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    let limits = json!({ "adult": 3, "spoof": 5, "medical": 5, "violence": 3, "racy": 4 });
    let off = json!({ "type": 0, "soft_block": false, "limits": limits, "check_urls": false });
    assert_eq!(mynah.get(GLOBAL).await.ok()["image_moderation"], off);
    mynah.send("lobby", picture("adult.png")).await.ok();
    let on = json!({ "type": 1, "soft_block": false, "limits": limits, "check_urls": false });
    assert_eq!(moderate(&mynah, json!({ "type": 1 })).await, on);
    mynah.put("/_mynah/webhooks/default", json!({})).await.ok();

    let before = mynah.everything().await;
    for name in ["adult.png", "Adult-3.png", "my_racy_4.jpg", "some violence 5", "spoof.gif", "adult-9.png"] {
        mynah.send("lobby", picture(name)).await.refused(900_066);
    }
    let elsewhere = json!({
        "message_type": "FILE", "user_id": "ada", "url": "https://files.example.org/x/medical-5.png?w=1",
    });
    mynah.send("lobby", elsewhere).await.refused(900_066);
    let two = json!({
        "message_type": "FILE", "user_id": "ada",
        "files": [{ "url": "https://files.example.org/1.png" }, { "url": "https://files.example.org/adult.png" }],
    });
    mynah.send("lobby", two).await.refused(900_066);
    let mut ada = mynah.connect("ada").await;
    let file = json!({ "channel_url": "lobby", "url": "https://files.example.org/1", "name": "adult.png", "type": "image/png", "size": 1 });
    ada.is_refused("FILE", file, 900_066).await;
    ada.close().await;
    assert_eq!(mynah.everything().await["messages"], before["messages"]);
    for name in ["adult-2.png", "racy-3.png", "adulthood.png", "spoof-4.png", "cat.png", ""] {
        mynah.send("lobby", picture(name)).await.ok();
    }
    let words = json!({ "file_type": "text/plain", "file_name": "adult.txt" });
    let mut text = picture("adult.txt");
    text.as_object_mut().unwrap().extend(words.as_object().unwrap().clone());
    mynah.send("lobby", text).await.ok();
    mynah.send("lobby", json!({ "user_id": "ada", "message": "https://e.example.org/adult.png" })).await.ok();

    let told = told(&mynah).await;
    assert_eq!(told.len(), 9);
    assert_eq!((&told[1]["image"], &told[1]["detected"]), (&json!("Adult-3.png"), &json!({ "adult": 3 })));
    assert_eq!((&told[0]["sender"]["user_id"], &told[0]["soft_block"]), (&json!("ada"), &json!(false)));
    assert_eq!(told[0]["channel"]["channel_url"], "lobby");
}

#[tokio::test]
async fn addresses_in_texts_are_looked_at_where_that_is_wanted_and_soft_blocks_only_tell() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    mynah.put("/_mynah/webhooks/default", json!({})).await.ok();
    moderate(&mynah, json!({ "type": 1, "check_urls": true, "limits": { "racy": 2 } })).await;
    let text = |text: &str| json!({ "user_id": "ada", "message": text });
    mynah.send("lobby", text("look: https://e.example.org/racy-2.png ")).await.refused(900_066);
    mynah.send("lobby", text("racy, https://e.example.org/cat.png")).await.ok();
    let fine = mynah.send("lobby", text("fine")).await.ok();
    let path = format!("/v3/group_channels/lobby/messages/{}", fine["message_id"]);
    let edit = json!({ "message_type": "MESG", "message": "http://e.example.org/adult" });
    mynah.put(&path, edit.clone()).await.refused(900_066);
    assert_eq!(mynah.get(&path).await.ok()["message"], "fine");
    assert_eq!(told(&mynah).await[0]["message_text"], "look: https://e.example.org/racy-2.png ");

    let soft = moderate(&mynah, json!({ "soft_block": true })).await;
    assert_eq!((&soft["type"], &soft["limits"]["racy"], &soft["check_urls"]), (&json!(1), &json!(2), &json!(true)));
    mynah.put(&path, edit).await.ok();
    mynah.send("lobby", picture("adult.png")).await.ok();
    let told = told(&mynah).await;
    assert_eq!(
        (told.len(), &told[3]["soft_block"], &told[3]["detected"]),
        (4, &json!(true), &json!({ "adult": 5 }))
    );
}

#[tokio::test]
async fn a_custom_type_has_pictures_and_pushes_of_its_own_and_all_that_survives_a_restart() {
    let folder = tempfile::tempdir().expect("a folder");
    let mynah = Mynah::start_on(folder.path()).await;
    mynah.with_users(&["ada"]).await;
    for custom_type in ["strict", "plain"] {
        let body = json!({ "channel_url": custom_type, "user_ids": ["ada"], "custom_type": custom_type });
        mynah.post("/v3/group_channels", body).await.ok();
    }
    let empty = json!({ "MESG": "", "FILE": "", "ADMM": "" });
    assert_eq!(mynah.get(GLOBAL).await.ok()["push_template"], empty);
    let pushes = json!({ "push_template": { "MESG": "{sender_name}: {message}", "ADMM": "News" } });
    let set = mynah.put(GLOBAL, pushes).await.ok();
    assert_eq!(set["push_template"], json!({ "MESG": "{sender_name}: {message}", "FILE": "", "ADMM": "News" }));
    let set = mynah.put(GLOBAL, json!({ "push_template": { "FILE": "{filename}" } })).await.ok();
    assert_eq!(
        set["push_template"],
        json!({ "MESG": "{sender_name}: {message}", "FILE": "{filename}", "ADMM": "News" })
    );
    let strict = json!({
        "custom_type": "strict", "image_moderation": { "type": 1 }, "push_template": { "MESG": "!" },
    });
    let strict = mynah.post(TYPES, strict).await.ok();
    assert_eq!(strict["push_template"], json!({ "MESG": "!", "FILE": "", "ADMM": "" }));
    let plain = mynah.post(TYPES, json!({ "custom_type": "plain" })).await.ok();
    assert_eq!((&plain["push_template"], &plain["image_moderation"]["type"]), (&set["push_template"], &json!(0)));
    mynah.stop().await;

    let mynah = Mynah::start_on(folder.path()).await;
    assert_eq!(mynah.get(GLOBAL).await.ok(), set);
    assert_eq!(mynah.get(&format!("{TYPES}/strict")).await.ok(), strict);
    mynah.send("strict", picture("adult.png")).await.refused(900_066);
    mynah.send("plain", picture("adult.png")).await.ok();
    let reply = json!({ "channelId": "strict", "sender": "ada", "message": "fine" });
    let send = mynah.client().post(mynah.url("/apis/v1/messages/send")).bearer_auth("key").json(&reply);
    assert!(answer(send).await.status < 300);
    mynah.stop().await;
}
