//! What testers do with webhooks: several receivers, none at all, calls made again, late, twice, the other way round.

use mynah::{
    dialects::sendbird::CATEGORIES,
    model::{event::Event, ids::ApplicationId},
};
use reqwest::Method;
use serde_json::{Value, json};

use super::{DELIVERIES, receiver::Receiver};
use crate::support::Mynah;

const NOTHING: Value = Value::Null;

async fn open(mynah: &Mynah, url: &str) {
    mynah.post("/v3/open_channels", json!({ "channel_url": url })).await.ok();
}

/// The channels of calls, in order.
async fn heard(receiver: &mut Receiver, count: usize) -> Vec<String> {
    let mut heard = Vec::new();
    for _ in 0..count {
        let call = receiver.next().await;
        heard.push(call.body["channel"]["channel_url"].as_str().expect("a channel").to_owned());
    }
    heard
}

#[tokio::test]
async fn without_a_receiver_calls_are_kept_with_all_that_would_be_sent() {
    let mynah = Mynah::start().await;
    let set = mynah.webhook(json!({})).await;
    assert_eq!((&set["url"], &set["enabled"], &set["has_key"]), (&json!(""), &json!(true), &json!(false)));
    open(&mynah, "square").await;
    // It is there as soon as the answer is.
    let calls = mynah.deliveries("").await;
    let [call] = &calls[..] else { panic!("{calls:#?}") };
    assert_eq!((&call["state"], &call["category"]), (&json!("captured"), &json!("open_channel:create")));
    assert_eq!(call["headers"]["user-agent"], "SendBird");
    assert_eq!(call["headers"]["x-sendbird-signature"].as_str().unwrap().len(), 64);
    let body: Value = serde_json::from_str(call["body"].as_str().unwrap()).unwrap();
    assert_eq!(body, call["payload"]);
    assert_eq!(call["attempts"], json!([]));
    let one = mynah.control(Method::GET, &format!("{DELIVERIES}/{}", call["number"]), NOTHING).await.ok();
    assert_eq!(one, *call);
}

#[tokio::test]
async fn where_no_webhook_is_set_up_nothing_is_kept() {
    let mynah = Mynah::start().await;
    open(&mynah, "square").await;
    mynah.webhook(json!({ "enabled": false })).await;
    open(&mynah, "market").await;
    assert_eq!(mynah.deliveries("").await, [NOTHING; 0]);
    mynah.webhook(json!({ "enabled": true, "events": ["user:block"] })).await;
    open(&mynah, "harbour").await;
    assert_eq!(mynah.deliveries("").await, [NOTHING; 0]);
}

#[tokio::test]
async fn several_receivers_hear_what_each_wants() {
    let mynah = Mynah::start().await;
    let (mut all, mut some) = (Receiver::start().await, Receiver::start().await);
    let webhooks = json!({ "webhooks": [
        { "id": "all", "url": all.url("/all") },
        { "id": "some", "url": some.url("/some"), "events": ["open_channel:remove"] },
        { "id": "kept" },
    ] });
    let set = mynah.control(Method::PUT, "/_mynah/webhooks", webhooks).await.ok();
    assert_eq!(set, mynah.control(Method::GET, "/_mynah/webhooks", NOTHING).await.ok());
    assert_eq!(set["webhooks"].as_array().unwrap().len(), 3);
    open(&mynah, "square").await;
    mynah.delete("/v3/open_channels/square").await.ok();
    assert_eq!(all.next().await.body["category"], "open_channel:create");
    assert_eq!(all.next().await.body["category"], "open_channel:remove");
    assert_eq!(some.next().await.body["category"], "open_channel:remove");
    mynah.settled("delivered", 3).await;
    some.is_quiet();
    assert_eq!(mynah.deliveries("webhook=kept").await.len(), 2);
    assert_eq!(mynah.deliveries("category=open_channel:remove").await.len(), 3);

    mynah.control(Method::DELETE, "/_mynah/webhooks/all", NOTHING).await.ok();
    let removed = mynah.control(Method::DELETE, "/_mynah/webhooks/all", NOTHING).await;
    assert_eq!(removed.status, 404, "{}", removed.text);
    assert_eq!(mynah.control(Method::GET, "/_mynah/webhooks/all", NOTHING).await.status, 404);
    assert_eq!(mynah.control(Method::GET, "/_mynah/webhooks/some", NOTHING).await.ok()["id"], "some");
    mynah.control(Method::DELETE, "/_mynah/webhooks", NOTHING).await.ok();
    let none = mynah.control(Method::GET, "/_mynah/webhooks", NOTHING).await.ok();
    assert_eq!(none, json!({ "webhooks": [] }));
    open(&mynah, "square").await;
    assert_eq!(mynah.deliveries("").await.len(), 5);
}

#[tokio::test]
async fn a_call_is_made_again_with_the_same_bytes() {
    let mynah = Mynah::start().await;
    mynah.webhook(json!({})).await;
    open(&mynah, "square").await;
    let kept = mynah.deliveries("").await.remove(0);
    let replay = format!("{DELIVERIES}/{}/replay", kept["number"]);
    let nowhere = mynah.control(Method::POST, &replay, NOTHING).await;
    assert_eq!(nowhere.status, 404, "{}", nowhere.text);

    let mut receiver = Receiver::start().await;
    mynah.webhook(json!({ "url": receiver.url("/") })).await;
    let made = mynah.control(Method::POST, &replay, json!({ "times": 2 })).await.ok();
    assert_eq!(made["deliveries"], json!([2, 3]));
    for _ in 0..2 {
        let call = receiver.next().await;
        assert_eq!(call.text, kept["body"].as_str().unwrap());
        assert_eq!(call.headers["x-sendbird-signature"], kept["headers"]["x-sendbird-signature"].as_str().unwrap());
    }
    let copies = mynah.settled("delivered", 2).await;
    assert!(copies.iter().all(|copy| copy["copy_of"] == kept["number"]));

    mynah.control(Method::POST, &replay, json!({ "delay": "1h" })).await.ok();
    assert_eq!(mynah.settled("waiting", 1).await.len(), 1);
    receiver.is_quiet();
    mynah.advance(3601).await;
    receiver.next().await;
}

#[tokio::test]
async fn calls_come_twice_late_and_the_other_way_round_where_that_is_wanted() {
    let mynah = Mynah::start().await;
    let mut receiver = Receiver::start().await;
    mynah.webhook(json!({ "url": receiver.url("/"), "duplicates": 1 })).await;
    open(&mynah, "square-a").await;
    assert_eq!(heard(&mut receiver, 2).await, ["square-a", "square-a"]);

    mynah.webhook(json!({ "duplicates": 0, "delay": "1h" })).await;
    open(&mynah, "square-b").await;
    mynah.settled("waiting", 1).await;
    receiver.is_quiet();
    mynah.webhook(json!({ "delay": 0 })).await;
    open(&mynah, "square-c").await;
    assert_eq!(heard(&mut receiver, 1).await, ["square-c"]);
    mynah.advance(3601).await;
    assert_eq!(heard(&mut receiver, 1).await, ["square-b"]);

    mynah.webhook(json!({ "reverse": 3 })).await;
    for name in ["square-d", "square-e"] {
        open(&mynah, name).await;
    }
    assert_eq!(mynah.deliveries("state=held").await.len(), 2);
    receiver.is_quiet();
    open(&mynah, "square-f").await;
    assert_eq!(heard(&mut receiver, 3).await, ["square-f", "square-e", "square-d"]);
    open(&mynah, "square-g").await;
    open(&mynah, "square-h").await;
    // What is held back is let go with the wish.
    mynah.webhook(json!({ "reverse": 0 })).await;
    assert_eq!(heard(&mut receiver, 2).await, ["square-h", "square-g"]);
}

#[tokio::test]
async fn calls_come_in_the_order_of_what_happened() {
    let mynah = Mynah::start().await;
    let mut receiver = Receiver::start().await;
    mynah.calls(&receiver).await;
    mynah.with_group("lobby", &["ada"]).await;
    for number in 0..50 {
        mynah.say("lobby", "ada", &number.to_string()).await;
    }
    receiver.next().await;
    receiver.next().await;
    for number in 0..50 {
        assert_eq!(receiver.next().await.body["payload"]["message"], number.to_string());
    }
    // What happened is numbered and kept as without webhooks.
    let recent = mynah.server().engine().recent(&ApplicationId::new("mynah").unwrap()).await;
    assert!(recent.iter().all(|occurrence| !matches!(occurrence.event, Event::DeliveryDue(_))));
    assert!(recent.iter().map(|occurrence| occurrence.number).eq(1..=recent.len() as u64));
}

#[tokio::test]
async fn calls_are_listed_in_parts_and_forgotten() {
    let mynah = Mynah::start().await;
    mynah.webhook(json!({})).await;
    for number in 0..5 {
        open(&mynah, &format!("square-{number}")).await;
    }
    let first = mynah.control(Method::GET, &format!("{DELIVERIES}?limit=2"), NOTHING).await.ok();
    assert_eq!((first["deliveries"].as_array().unwrap().len(), &first["next"]), (2, &json!(2)));
    let rest = mynah.control(Method::GET, &format!("{DELIVERIES}?limit=3&after=2"), NOTHING).await.ok();
    assert_eq!((rest["deliveries"].as_array().unwrap().len(), &rest["next"]), (3, &NOTHING));
    mynah.control(Method::DELETE, &format!("{DELIVERIES}/3"), NOTHING).await.ok();
    assert_eq!(mynah.control(Method::DELETE, &format!("{DELIVERIES}/3"), NOTHING).await.status, 404);
    assert_eq!(mynah.control(Method::GET, &format!("{DELIVERIES}/3"), NOTHING).await.status, 404);
    assert_eq!(mynah.deliveries("").await.len(), 4);
    mynah.control(Method::DELETE, DELIVERIES, NOTHING).await.ok();
    assert_eq!(mynah.deliveries("").await, [NOTHING; 0]);
    open(&mynah, "square-5").await;
    assert_eq!(mynah.deliveries("").await[0]["number"], 6);
    mynah.control(Method::POST, "/_mynah/reset", json!({})).await.ok();
    assert_eq!(mynah.deliveries("").await, [NOTHING; 0]);
}

#[tokio::test]
async fn what_is_kept_is_bounded() {
    let mynah = Mynah::start().await;
    mynah.webhook(json!({ "events": ["group_channel:message_send"] })).await;
    mynah.with_group("lobby", &["ada"]).await;
    let text = "x".repeat(4900);
    let clients = (0..4).map(|_| async {
        for _ in 0..260 {
            mynah.say("lobby", "ada", &text).await;
        }
    });
    futures_util::future::join_all(clients).await;
    let kept = mynah.deliveries("").await;
    assert_eq!(kept.len(), 1000);
    assert_eq!((&kept[0]["number"], &kept[999]["number"]), (&json!(41), &json!(1040)));
}

#[tokio::test]
async fn wrong_wishes_are_refused_by_the_name_of_the_field_and_change_nothing() {
    let mynah = Mynah::start().await;
    mynah.webhook(json!({ "id": "default" })).await;
    open(&mynah, "square").await;
    let before = mynah.control(Method::GET, "/_mynah/webhooks", NOTHING).await.ok();
    for (body, field) in [
        (json!({ "url": "nowhere" }), "url"),
        (json!({ "url": 5 }), "url"),
        (json!({ "events": ["user:hug"] }), "events"),
        (json!({ "events": "user:hug" }), "events"),
        (json!({ "enabled": 7 }), "enabled"),
        (json!({ "delay": "soon" }), "delay"),
        (json!({ "delay": -1 }), "delay"),
        (json!({ "delay": "99999999h" }), "delay"),
        (json!({ "timeout": "" }), "timeout"),
        (json!({ "retries": [true] }), "retries"),
        (json!({ "retries": vec![0; 21] }), "retries"),
        (json!({ "duplicates": 21 }), "duplicates"),
        (json!({ "reverse": -1 }), "reverse"),
        (json!({ "key": {} }), "key"),
        (json!({ "id": "other" }), "id"),
        (json!({ "id": "a b" }), "id"),
        (json!({ "urll": "http://localhost" }), "urll"),
    ] {
        let refused = mynah.control(Method::PUT, "/_mynah/webhooks/default", body.clone()).await;
        assert_eq!(refused.status, 400, "{body}: {}", refused.text);
        assert!(refused.body["error"].as_str().unwrap().starts_with(field), "{body}: {}", refused.text);
        assert_eq!(mynah.control(Method::GET, "/_mynah/webhooks", NOTHING).await.ok(), before);
    }
    for body in [
        json!({ "webhooks": [{ "id": "a" }, { "id": "a" }] }),
        json!({ "webhooks": [7] }),
        json!({ "webhooks": [{ "id": "deliveries" }] }),
        json!({ "webhooks": [{ "urll": "http://localhost" }] }),
        json!({ "webhooks": [], "url": "http://localhost" }),
        json!({ "webhooks": (0..21).map(|number| json!({ "id": number.to_string() })).collect::<Vec<_>>() }),
    ] {
        let refused = mynah.control(Method::PUT, "/_mynah/webhooks", body.clone()).await;
        assert_eq!(refused.status, 400, "{body}: {}", refused.text);
        assert_eq!(mynah.control(Method::GET, "/_mynah/webhooks", NOTHING).await.ok(), before, "{body}");
    }
    for (method, path, status) in [
        (Method::GET, format!("{DELIVERIES}?limit=0"), 400),
        (Method::GET, format!("{DELIVERIES}?state=lost"), 400),
        (Method::GET, format!("{DELIVERIES}?category=user:hug"), 400),
        (Method::PUT, "/_mynah/webhooks/a%20b".to_owned(), 400),
        (Method::GET, format!("{DELIVERIES}?after=x"), 400),
        (Method::GET, format!("{DELIVERIES}/x"), 404),
        (Method::GET, format!("{DELIVERIES}/99"), 404),
        (Method::POST, format!("{DELIVERIES}/99/replay"), 404),
        (Method::GET, "/_mynah/webhooks/nobody".to_owned(), 404),
    ] {
        let refused = mynah.control(method, &path, NOTHING).await;
        assert_eq!(refused.status, status, "{path}: {}", refused.text);
    }
    for body in [json!({ "times": 0 }), json!({ "times": 101 }), json!({ "delay": "x" })] {
        assert_eq!(mynah.control(Method::POST, &format!("{DELIVERIES}/1/replay"), body).await.status, 400);
    }
}

#[tokio::test]
async fn what_nothing_leads_to_is_told_in_the_words_of_a_test() {
    let mynah = Mynah::start().await;
    let (mut receiver, mut other) = (Receiver::start().await, Receiver::start().await);
    let wanting = json!([
        { "id": "all", "url": receiver.url("/") },
        { "id": "few", "url": other.url("/"), "events": ["user:block"] },
    ]);
    mynah.control(Method::PUT, "/_mynah/webhooks", json!({ "webhooks": wanting })).await.ok();
    for (category, _) in CATEGORIES.iter().filter(|(_, reached)| !reached) {
        let body = json!({ "unique_id": "spring", "category": "user:hug", "app_id": "another" });
        let told = json!({ "category": category, "body": body });
        let told = mynah.control(Method::POST, DELIVERIES, told).await.ok();
        let call = receiver.next().await;
        assert_eq!(call.body, json!({ "app_id": "mynah", "category": category, "unique_id": "spring" }));
        let path = format!("{DELIVERIES}/{}", told["deliveries"][0]);
        let kept = mynah.control(Method::GET, &path, NOTHING).await.ok();
        assert_eq!(
            call.headers["x-sendbird-signature"],
            *kept["headers"]["x-sendbird-signature"].as_str().unwrap()
        );
        assert_eq!((&kept["category"], kept["body"].as_str()), (&json!(category), Some(&*call.text)));
    }
    other.is_quiet();
    mynah.control(Method::POST, DELIVERIES, json!({ "category": "user:block" })).await.ok();
    assert_eq!(other.next().await.body, json!({ "app_id": "mynah", "category": "user:block" }));

    let before = mynah.deliveries("").await.len();
    mynah.control(Method::DELETE, "/_mynah/webhooks/all", NOTHING).await.ok();
    for (body, field) in [
        (json!({}), "category"),
        (json!({ "category": 5 }), "category"),
        (json!({ "category": "user:hug" }), "category is invalid: there is no event user:hug"),
        (json!({ "category": "user:mute" }), "category is invalid: no webhook"),
        (json!({ "category": "user:block", "body": [] }), "body"),
        (json!({ "category": "user:block", "user": {} }), "user"),
    ] {
        let refused = mynah.control(Method::POST, DELIVERIES, body.clone()).await;
        assert_eq!(refused.status, 400, "{body}: {}", refused.text);
        assert!(refused.body["error"].as_str().unwrap().starts_with(field), "{body}: {}", refused.text);
    }
    assert_eq!(mynah.deliveries("").await.len(), before);
}

#[tokio::test]
async fn what_is_told_by_hand_has_channel_message_and_user_in_the_service_s_words() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    let id = mynah.say("lobby", "ada", "Sale!").await;
    mynah.webhook(json!({})).await;
    let tell = async |category: &str| {
        let body = json!({ "unique_id": "spring" });
        let told = json!({ "category": category, "channel": "lobby", "message": id, "user": "bo", "body": body });
        mynah.control(Method::POST, DELIVERIES, told).await.ok();
        mynah.told().await.pop().expect("it was told")
    };
    let sent = tell("announcement:send_messages").await;
    assert_eq!((&sent["unique_id"], &sent["app_id"]), (&json!("spring"), &json!("mynah")));
    let announced = json!({ "type": "MESG", "user_id": "bo", "content": "Sale!", "custom_type": "", "data": "" });
    assert_eq!(sent["message"], announced);
    assert_eq!((&sent["channels"][0]["channel_url"], &sent["channel"]), (&json!("lobby"), &NOTHING));
    let triggered = tell("message:moderation_extension_triggered").await;
    assert_eq!((&triggered["message"]["message_id"], &triggered["user"]["nickname"]), (&json!(id), &json!("Bo")));
    assert_eq!(triggered["channel"]["is_super"], false);
    let banned = tell("user:ban").await;
    assert_eq!((&banned["user"]["user_id"], &banned["payload"]["message"]), (&json!("bo"), &json!("Sale!")));
    let batch = tell("notification:send_batch").await;
    assert_eq!(batch, json!({ "category": "notification:send_batch", "app_id": "mynah", "unique_id": "spring" }));

    for (body, status, why) in [
        (json!({ "channel": "attic" }), 404, "channel"),
        (json!({ "user": "cy" }), 404, "user"),
        (json!({ "channel": "lobby", "message": 99 }), 404, "message"),
        (json!({ "message": id }), 400, "channel is missing"),
        (json!({ "channel": 5 }), 400, "channel"),
    ] {
        let mut told = body.clone();
        told["category"] = "user:ban".into();
        let refused = mynah.control(Method::POST, DELIVERIES, told).await;
        assert_eq!(refused.status, status, "{body}: {}", refused.text);
        let found = refused.body["error"].as_str().unwrap();
        assert!(found.to_lowercase().contains(why), "{body}: {found}");
    }
    assert_eq!(mynah.told().await, [NOTHING; 0]);
}

#[tokio::test]
async fn a_webhook_that_is_moved_takes_its_open_calls_along_and_one_that_is_off_makes_none() {
    let (mynah, mut receiver, mut other) = (Mynah::start().await, Receiver::start().await, Receiver::start().await);
    mynah.put("/_mynah/clock", json!({ "mode": "frozen" })).await.ok();
    let waiting = json!({ "url": receiver.url("/"), "delay": "1h" });
    mynah.webhook(waiting.clone()).await;
    open(&mynah, "square").await;
    mynah.webhook(json!({ "url": other.url("/") })).await;
    mynah.advance(3600).await;
    assert_eq!(other.next().await.body["channel"]["channel_url"], "square");
    for off in [json!({ "enabled": false }), json!({ "url": "" })] {
        mynah.webhook(waiting.clone()).await;
        mynah.webhook(json!({ "enabled": true })).await;
        open(&mynah, if off["enabled"] == false { "market" } else { "harbour" }).await;
        mynah.webhook(off).await;
        mynah.advance(7200).await;
        assert_eq!(mynah.deliveries("state=waiting").await, [NOTHING; 0]);
    }
    receiver.is_quiet();
    other.is_quiet();
}

#[tokio::test]
async fn a_body_by_hand_may_have_nulls() {
    let mynah = Mynah::start().await;
    mynah.webhook(json!({})).await;
    let told = json!({ "category": "group_channel:freeze_unfreeze", "body": { "freeze": true, "operator": null } });
    mynah.control(Method::POST, DELIVERIES, told).await.ok();
    let told = mynah.told().await;
    assert_eq!((&told[0]["freeze"], told[0].get("operator")), (&json!(true), Some(&NOTHING)));
}
