//! Preferences of users and of the application.

use serde_json::json;

use crate::support::Mynah;

#[tokio::test]
async fn an_invitation_is_accepted_at_once_or_waits_as_the_user_prefers() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    mynah.with_users(&["bo"]).await;
    let path = "/v3/users/bo/channel_invitation_preference";
    assert_eq!(mynah.get(path).await.ok(), json!({ "auto_accept": true }));
    assert_eq!(mynah.put(path, json!({ "auto_accept": false })).await.ok(), json!({ "auto_accept": false }));
    assert_eq!(mynah.get(path).await.ok(), json!({ "auto_accept": false }));
    let invited = mynah.post("/v3/group_channels/lobby/invite", json!({ "user_ids": ["bo"] })).await.ok();
    assert_eq!((&invited["member_count"], &invited["joined_member_count"]), (&json!(2), &json!(1)));
    mynah.put(path, json!({})).await.refused(400_105);
    mynah.put(path, json!({ "auto_accept": "no" })).await.refused(400_104);
    mynah.put("/v3/users/nobody/channel_invitation_preference", json!({})).await.refused(400_201);
}

#[tokio::test]
async fn the_default_of_the_application_is_for_users_created_afterwards() {
    let mynah = Mynah::start().await;
    mynah.with_users(&["ada"]).await;
    let path = "/v3/applications/default_channel_invitation_preference";
    assert_eq!(mynah.get(path).await.ok(), json!({ "auto_accept": true }));
    assert_eq!(mynah.put(path, json!({ "auto_accept": false })).await.ok(), json!({ "auto_accept": false }));
    assert_eq!(mynah.get(path).await.ok(), json!({ "auto_accept": false }));
    mynah.with_users(&["bo"]).await;
    let of = async |user: &str| {
        mynah.get(&format!("/v3/users/{user}/channel_invitation_preference")).await.ok()["auto_accept"].clone()
    };
    assert_eq!((of("ada").await, of("bo").await), (json!(true), json!(false)));
    mynah.put(path, json!({})).await.refused(400_105);
}
