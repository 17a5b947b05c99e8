//! How many members a channel takes, and how many channels a user joins.

use mynah::{model::application::Capacity, server::config::Config};
use serde_json::{Value, json};

use crate::support::Mynah;

/// A server that takes so few that a test can fill it.
async fn narrow(capacity: Capacity) -> Mynah {
    let mynah = Mynah::start_with(Config::default()).await;
    let application = Config::default().application;
    let changed = mynah.server().engine().create(&application, |app| {
        app.change_settings(|settings| settings.capacity = capacity);
    });
    changed.await.unwrap();
    mynah
}

async fn member_count(mynah: &Mynah, channel: &str) -> Value {
    mynah.get(&format!("/v3/group_channels/{channel}")).await.ok()["member_count"].clone()
}

#[tokio::test]
async fn a_full_channel_takes_nobody_else_by_invitation_or_joining() {
    let mynah = narrow(Capacity { members: 2, large_members: 3, ..Capacity::default() }).await;
    mynah.with_users(&["ada", "bo", "cy", "di"]).await;
    for (channel, large) in [("small", false), ("large", true)] {
        let body = json!({ "channel_url": channel, "user_ids": ["ada"], "is_public": true, "is_super": large });
        mynah.post("/v3/group_channels", body).await.ok();
    }
    let invite = async |channel: &str, users: Value| {
        mynah.post(&format!("/v3/group_channels/{channel}/invite"), json!({ "user_ids": users })).await
    };

    let refusal = invite("small", json!(["bo", "cy"])).await.refused(400_203);
    assert_eq!(refusal, "Maximum \"channel member\" count reached.");
    assert_eq!(member_count(&mynah, "small").await, 1);
    invite("small", json!(["bo", "bo"])).await.ok();
    mynah.put("/v3/group_channels/small/join", json!({ "user_id": "cy" })).await.refused(400_203);
    invite("small", json!(["ada", "bo"])).await.ok();
    mynah.put("/v3/group_channels/small/join", json!({ "user_id": "bo" })).await.ok();
    invite("large", json!(["bo", "cy"])).await.ok();
    invite("large", json!(["di"])).await.refused(400_203);
    assert_eq!((member_count(&mynah, "small").await, member_count(&mynah, "large").await), (json!(2), json!(3)));

    mynah.put("/v3/group_channels/small/leave", json!({ "user_ids": ["bo"] })).await.ok();
    mynah.put("/v3/group_channels/small/join", json!({ "user_id": "cy" })).await.ok();
}

#[tokio::test]
async fn a_user_with_all_the_channels_one_may_join_is_refused_and_invitations_pass_by() {
    let mynah = narrow(Capacity { joined_channels: 2, ..Capacity::default() }).await;
    mynah.with_users(&["ada", "bo"]).await;
    let create = async |channel: &str, users: Value| {
        let body = json!({ "channel_url": channel, "user_ids": users, "is_public": true });
        mynah.post("/v3/group_channels", body).await
    };
    create("first", json!(["bo"])).await.ok();
    create("second", json!(["bo"])).await.ok();
    create("third", json!(["ada"])).await.ok();

    let refusal = create("fourth", json!(["ada", "bo"])).await.refused(400_203);
    assert_eq!(refusal, "Maximum \"channel join\" count reached.");
    mynah.get("/v3/group_channels/fourth").await.refused(400_201);
    mynah.put("/v3/group_channels/third/join", json!({ "user_id": "bo" })).await.refused(400_203);
    mynah.post("/v3/group_channels/third/invite", json!({ "user_ids": ["bo"] })).await.ok();
    assert_eq!(member_count(&mynah, "third").await, 1, "the invitation is cancelled");

    mynah.put("/v3/group_channels/first/leave", json!({ "user_ids": ["bo"] })).await.ok();
    mynah.post("/v3/group_channels/third/invite", json!({ "user_ids": ["bo"] })).await.ok();
    assert_eq!(member_count(&mynah, "third").await, 2);
}

#[tokio::test]
async fn an_invitation_that_came_before_the_last_channel_cannot_be_accepted_after_it() {
    let mynah = narrow(Capacity { joined_channels: 1, ..Capacity::default() }).await;
    mynah.with_users(&["ada", "bo"]).await;
    let waiting = json!({
        "channel_url": "waiting", "user_ids": ["ada", "bo"], "invitation_status": { "bo": "invited_by_friend" },
    });
    mynah.post("/v3/group_channels", waiting).await.ok();
    mynah.post("/v3/group_channels", json!({ "channel_url": "only", "user_ids": ["bo"] })).await.ok();

    mynah.put("/v3/group_channels/waiting/accept", json!({ "user_id": "bo" })).await.refused(400_203);
    mynah.put("/v3/group_channels/only/leave", json!({ "user_ids": ["bo"] })).await.ok();
    mynah.put("/v3/group_channels/waiting/accept", json!({ "user_id": "bo" })).await.ok();
}
