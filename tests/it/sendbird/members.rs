//! Members of group channels.

use serde_json::{Value, json};

use super::each;
use crate::support::{Answer, Mynah};

/// How many members a channel has, and how many of them have joined.
fn counts(channel: &Value) -> (i64, i64) {
    let count = |key: &str| channel[key].as_i64().expect("a channel counts");
    (count("member_count"), count("joined_member_count"))
}

impl Mynah {
    /// A channel where Ada has joined and Bo is invited.
    async fn with_invitation(&self, url: &str, public: bool) {
        self.with_users(&["ada", "bo"]).await;
        let body = json!({
            "channel_url": url, "user_ids": ["ada", "bo"], "is_public": public, "inviter_id": "ada",
            "invitation_status": { "bo": "invited_by_non_friend" },
        });
        self.post("/v3/group_channels", body).await.ok();
    }

    async fn act(&self, channel: &str, action: &str, body: Value) -> Answer {
        self.put(&format!("/v3/group_channels/{channel}/{action}"), body).await
    }

    async fn standing(&self, channel: &str, user: &str) -> Value {
        self.get(&format!("/v3/group_channels/{channel}/members/{user}")).await.ok()
    }

    async fn counts(&self, channel: &str) -> (i64, i64) {
        counts(&self.get(&format!("/v3/group_channels/{channel}")).await.ok())
    }
}

#[tokio::test]
async fn an_invitation_lets_those_in_who_take_every_invitation() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    mynah.with_users(&["bo", "cy"]).await;

    let body = json!({ "user_ids": ["bo", "cy"], "inviter_id": "ada" });
    let channel = mynah.post("/v3/group_channels/lobby/invite", body).await.ok();

    assert_eq!(counts(&channel), (3, 3));
    assert_eq!(channel["inviter"]["user_id"], "ada");
    assert_eq!(each(channel["members"].as_array().expect("members"), "user_id"), ["cy", "bo", "ada"]);
    let seen = mynah.channel_of("lobby", "bo").await;
    assert_eq!((&seen["member_state"], &seen["inviter"]["user_id"]), (&json!("joined"), &json!("ada")));
    assert_eq!(mynah.channel_of("lobby", "ada").await["inviter"], Value::Null);
}

#[tokio::test]
async fn an_invitation_that_waits_is_accepted() {
    let mynah = Mynah::start().await;
    mynah.with_invitation("lobby", false).await;
    assert_eq!(mynah.counts("lobby").await, (2, 1));
    assert_eq!(mynah.channel_of("lobby", "bo").await["member_state"], "invited");
    mynah.send("lobby", json!({ "user_id": "bo", "message": "Too early" })).await.refused(900_023);

    let channel = mynah.act("lobby", "accept", json!({ "user_id": "bo" })).await.ok();

    assert_eq!(counts(&channel), (2, 2));
    assert_eq!(channel["members"][0]["user_id"], "bo");
    assert_eq!(channel["members"][0]["state"], "joined");
    assert_eq!(mynah.channel_of("lobby", "bo").await["member_state"], "joined");
    mynah.say("lobby", "bo", "Here I am").await;
}

#[tokio::test]
async fn inviting_again_neither_fails_nor_counts_twice() {
    let mynah = Mynah::start().await;
    mynah.with_invitation("lobby", true).await;

    for users in [json!(["bo"]), json!(["ada", "bo"]), json!(["bo", "bo"])] {
        let body = json!({ "user_ids": users, "inviter_id": "ada" });
        let channel = mynah.post("/v3/group_channels/lobby/invite", body).await.ok();
        assert_eq!(counts(&channel), (2, 1), "{users}");
    }

    assert_eq!(mynah.channel_of("lobby", "bo").await["member_state"], "invited");
    let channel = mynah.act("lobby", "accept", json!({ "user_id": "bo" })).await.ok();
    assert_eq!(counts(&channel), (2, 2));
}

#[tokio::test]
async fn an_invitation_says_who_is_in_at_once_and_who_is_hidden() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    mynah.with_users(&["bo", "cy"]).await;

    let body = json!({
        "users": [{ "user_id": "bo" }, { "user_id": "cy" }], "invitation_status": { "bo": "invited_by_friend" },
        "hidden_status": { "cy": "hidden_prevent_auto_unhide" },
    });
    let channel = mynah.post("/v3/group_channels/lobby/invite", body).await.ok();

    assert_eq!(counts(&channel), (3, 2));
    assert_eq!(mynah.channel_of("lobby", "cy").await["hidden_state"], "hidden_prevent_auto_unhide");
    assert_eq!(mynah.channel_of("lobby", "bo").await["member_state"], "invited");
}

#[tokio::test]
async fn an_invitation_that_is_refused_invites_nobody() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    mynah.with_users(&["bo"]).await;
    let before = mynah.everything().await;
    let many: Vec<_> = (0..101).map(|n| format!("user{n}")).collect();

    for (code, body) in [
        (400_105, json!({})),
        (400_105, json!({ "inviter_id": "ada" })),
        (400_201, json!({ "user_ids": ["bo", "nobody"] })),
        (400_201, json!({ "user_ids": ["bo"], "inviter_id": "nobody" })),
        (400_203, json!({ "user_ids": many })),
        (400_102, json!({ "user_ids": "bo" })),
        (400_100, json!({ "user_ids": ["bo", 5] })),
        (400_111, json!({ "user_ids": ["bo"], "invitation_status": { "bo": "maybe" } })),
        (400_105, json!({ "users": [{ "user_id": "bo" }, {}] })),
        (400_100, json!({ "users": [{ "user_id": 5 }] })),
    ] {
        mynah.post("/v3/group_channels/lobby/invite", body).await.refused(code);
    }

    assert_eq!(mynah.everything().await, before);
    mynah.post("/v3/group_channels/nowhere/invite", json!({ "user_ids": "bo" })).await.refused(400_201);
}

#[tokio::test]
async fn an_invitation_is_declined_once() {
    let mynah = Mynah::start().await;
    mynah.with_invitation("lobby", false).await;

    assert_eq!(mynah.act("lobby", "decline", json!({ "user_id": "bo" })).await.ok(), json!({}));

    assert_eq!(mynah.counts("lobby").await, (1, 1));
    assert_eq!(mynah.channel_of("lobby", "bo").await["member_state"], "none");
    let before = mynah.everything().await;
    for (action, user) in [("decline", "bo"), ("accept", "bo"), ("decline", "ada")] {
        mynah.act("lobby", action, json!({ "user_id": user })).await.refused(400_108);
    }
    for action in ["decline", "accept", "join"] {
        mynah.act("lobby", action, json!({})).await.refused(400_105);
        mynah.act("lobby", action, json!({ "user_id": "nobody" })).await.refused(400_201);
        mynah.act("lobby", action, json!({ "user_id": ["bo"] })).await.refused(400_100);
        mynah.act("nowhere", action, json!({})).await.refused(400_201);
    }
    assert_eq!(mynah.everything().await, before);
}

#[tokio::test]
async fn a_public_channel_is_joined_with_or_without_an_invitation() {
    let mynah = Mynah::start().await;
    mynah.with_invitation("lobby", true).await;
    mynah.with_users(&["cy"]).await;

    let channel = mynah.act("lobby", "join", json!({ "user_id": "bo" })).await.ok();
    assert_eq!(counts(&channel), (2, 2));
    let channel = mynah.act("lobby", "join", json!({ "user_id": "cy" })).await.ok();
    assert_eq!(counts(&channel), (3, 3));
    assert_eq!(each(channel["members"].as_array().expect("members"), "user_id"), ["cy", "bo", "ada"]);

    // Joining twice is joining once.
    let channel = mynah.act("lobby", "join", json!({ "user_id": "cy" })).await.ok();
    assert_eq!(counts(&channel), (3, 3));
}

#[tokio::test]
async fn a_private_channel_is_not_joined() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    mynah.with_users(&["bo"]).await;
    let before = mynah.everything().await;

    let refused = mynah.act("lobby", "join", json!({ "user_id": "bo" })).await;

    assert_eq!(refused.refused(400_108), "Not authorized. \"Can't join to non-public channel.\".");
    assert_eq!(mynah.everything().await, before);
}

#[tokio::test]
async fn an_access_code_opens_the_channel() {
    let mynah = Mynah::start().await;
    mynah.with_users(&["ada", "bo", "cy"]).await;
    let body = json!({
        "channel_url": "vault", "user_ids": ["ada", "cy"], "is_public": true, "access_code": "sesame",
        "invitation_status": { "cy": "invited_by_friend" },
    });
    mynah.post("/v3/group_channels", body).await.ok();

    for body in [json!({}), json!({ "access_code": "simsim" }), json!({ "access_code": "" })] {
        for (action, user) in [("join", "bo"), ("accept", "cy")] {
            let mut body = body.clone();
            body["user_id"] = user.into();
            mynah.act("vault", action, body).await.refused(400_108);
        }
    }
    assert_eq!(mynah.counts("vault").await, (2, 1));
    mynah.act("vault", "join", json!({ "user_id": "bo", "access_code": "sesame" })).await.ok();
    mynah.act("vault", "accept", json!({ "user_id": "cy", "access_code": "sesame" })).await.ok();
    assert_eq!(mynah.counts("vault").await, (3, 3));
}

#[tokio::test]
async fn members_leave_by_one_by_several_and_all_together() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo", "cy", "di", "ed"]).await;

    assert_eq!(mynah.act("lobby", "leave", json!({ "user_id": "ada" })).await.ok(), json!({}));
    assert_eq!(mynah.counts("lobby").await, (4, 4));
    mynah.act("lobby", "leave", json!({ "user_ids": ["bo", "cy"], "reason": "left_by_own_choice" })).await.ok();
    assert_eq!(mynah.counts("lobby").await, (2, 2));
    // Whoever is out already is passed over.
    mynah.act("lobby", "leave", json!({ "user_ids": ["bo"] })).await.ok();
    assert_eq!(mynah.counts("lobby").await, (2, 2));
    mynah.send("lobby", json!({ "user_id": "bo", "message": "?" })).await.refused(400_108);
    mynah.act("lobby", "leave", json!({ "should_leave_all": true })).await.ok();
    assert_eq!(mynah.counts("lobby").await, (0, 0));
}

#[tokio::test]
async fn leaving_is_refused_whole() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    let before = mynah.everything().await;

    for (code, body) in [
        (400_105, json!({})),
        (400_105, json!({ "should_leave_all": false })),
        (400_201, json!({ "user_ids": ["ada", "nobody"] })),
        (400_102, json!({ "user_ids": "ada" })),
        (400_100, json!({ "user_id": 5 })),
        (400_104, json!({ "should_leave_all": "yes" })),
        (400_104, json!({ "user_ids": ["ada"], "should_remove_operator_status": "yes" })),
    ] {
        mynah.act("lobby", "leave", body).await.refused(code);
    }

    assert_eq!(mynah.everything().await, before);
}

#[tokio::test]
async fn an_operator_who_leaves_stays_one_unless_it_is_said() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    mynah.put("/v3/group_channels/lobby", json!({ "operator_ids": ["ada", "bo"] })).await.ok();

    mynah.act("lobby", "leave", json!({ "user_ids": ["ada"] })).await.ok();
    mynah.act("lobby", "leave", json!({ "user_ids": ["bo"], "should_remove_operator_status": true })).await.ok();

    let body = json!({ "user_ids": ["ada", "bo"] });
    let channel = mynah.post("/v3/group_channels/lobby/invite", body).await.ok();
    let roles = channel["members"].as_array().expect("members");
    assert_eq!((each(roles, "user_id"), each(roles, "role")), (vec!["bo", "ada"], vec!["", "operator"]));
}

#[tokio::test]
async fn one_can_be_asked_for() {
    let mynah = Mynah::start().await;
    mynah.with_invitation("lobby", false).await;
    mynah.with_users(&["cy"]).await;

    assert_eq!(mynah.standing("lobby", "ada").await, json!({ "is_member": true, "state": "joined" }));
    assert_eq!(mynah.standing("lobby", "bo").await["state"], "invited");
    assert_eq!(mynah.standing("lobby", "cy").await, json!({ "is_member": false, "state": "none" }));
    mynah.get("/v3/group_channels/nowhere/members/ada").await.refused(400_201);
    mynah.get("/v3/group_channels/lobby/members/nobody").await.refused(400_201);
}

#[tokio::test]
async fn members_are_listed_by_nickname_and_by_some_questions() {
    let mynah = Mynah::start().await;
    mynah.with_users(&["bo"]).await;
    for (id, nickname) in [("x1", "cleo"), ("x2", "Ada"), ("x3", "Bo"), ("x4", "adam")] {
        mynah.post("/v3/users", json!({ "user_id": id, "nickname": nickname })).await.ok();
    }
    let body = json!({
        "channel_url": "lobby", "user_ids": ["x1", "x2", "x3", "x4"], "operator_ids": ["x1", "x3"],
        "invitation_status": { "x2": "invited_by_friend" },
    });
    mynah.post("/v3/group_channels", body).await.ok();
    let change = json!({ "is_active": false, "leave_all_when_deactivated": false });
    mynah.put("/v3/users/x4", change).await.ok();

    for (query, expected) in [
        ("", "x2 x3 x1"),
        ("order=member_nickname_alphabetical", "x2 x3 x1"),
        ("order=operator_then_member_alphabetical", "x3 x1 x2"),
        ("operator_filter=all", "x2 x3 x1"),
        ("operator_filter=operator", "x3 x1"),
        ("operator_filter=nonoperator", "x2"),
        ("member_state_filter=all", "x2 x3 x1"),
        ("member_state_filter=invited_only", "x2"),
        ("member_state_filter=joined_only", "x3 x1"),
        ("member_active_mode_filter=all", "x2 x4 x3 x1"),
        ("member_active_mode_filter=deactivated", "x4"),
        ("nickname_startswith=Ada", "x2"),
        ("muted_member_filter=unmuted", "x2 x3 x1"),
    ] {
        let list = mynah.get(&format!("/v3/group_channels/lobby/members?{query}")).await.ok();
        assert_eq!(each(list["members"].as_array().expect("members"), "user_id").join(" "), expected, "{query}");
        assert_eq!(list["next"], "", "{query}");
    }
    for query in ["order=random", "operator_filter=boss", "member_state_filter=away", "muted_member_filter=loud"] {
        mynah.get(&format!("/v3/group_channels/lobby/members?{query}")).await.refused(400_111);
    }
    mynah.get("/v3/group_channels/nowhere/members?limit=0").await.refused(400_201);
}

#[tokio::test]
async fn a_list_of_members_tells_how_far_each_has_read() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    mynah.say("lobby", "ada", "Hello").await;
    let newest = mynah.get("/v3/group_channels/lobby").await.ok()["last_message"]["created_at"].clone();

    let list = mynah.get("/v3/group_channels/lobby/members?show_read_receipt=true").await.ok();

    assert_eq!(list["members"][0]["read_ts"], newest);
    assert!(list["members"][1]["read_ts"].as_i64() < newest.as_i64(), "{list}");
    let plain = mynah.get("/v3/group_channels/lobby/members").await.ok();
    for key in ["read_ts", "delivered_ts"] {
        assert!(plain["members"][0].get(key).is_none(), "{key}");
    }
    let list = mynah.get("/v3/group_channels/lobby/members?show_delivery_receipt=true").await.ok();
    assert_eq!(list["members"][0]["delivered_ts"], 0);
}

#[tokio::test]
async fn deactivated_users_neither_accept_nor_join() {
    let mynah = Mynah::start().await;
    mynah.with_invitation("lobby", true).await;
    let change = json!({ "is_active": false, "leave_all_when_deactivated": false });
    mynah.put("/v3/users/bo", change).await.ok();

    for action in ["accept", "join", "decline"] {
        mynah.act("lobby", action, json!({ "user_id": "bo" })).await.refused(400_300);
    }

    assert_eq!(mynah.counts("lobby").await, (2, 1));
}

#[tokio::test]
async fn a_new_member_has_nothing_unread_of_what_was_said_before() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    mynah.with_users(&["bo"]).await;
    mynah.say("lobby", "ada", "Long ago").await;

    mynah.post("/v3/group_channels/lobby/invite", json!({ "user_ids": ["bo"] })).await.ok();

    let seen = mynah.channel_of("lobby", "bo").await;
    assert_eq!((&seen["unread_message_count"], &seen["read_receipt"]["bo"]), (&json!(0), &json!(0)));
    mynah.say("lobby", "ada", "Now").await;
    assert_eq!(mynah.unread("lobby", "bo").await, (1, 0));
}

#[tokio::test]
async fn with_past_messages_shown_a_new_member_has_read_them() {
    let mynah = Mynah::start().await;
    mynah.settings(|settings| settings.display_past_messages = true).await;
    mynah.with_group("lobby", &["ada"]).await;
    mynah.with_users(&["bo"]).await;
    mynah.say("lobby", "ada", "Long ago").await;
    let newest = mynah.get("/v3/group_channels/lobby").await.ok()["last_message"]["created_at"].clone();

    mynah.post("/v3/group_channels/lobby/invite", json!({ "user_ids": ["bo"] })).await.ok();

    let seen = mynah.channel_of("lobby", "bo").await;
    assert_eq!((&seen["unread_message_count"], &seen["read_receipt"]["bo"]), (&json!(0), &newest));
}

#[tokio::test]
async fn members_are_listed_with_what_wakes_them_and_whether_they_are_muted_where_that_is_asked_for() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    mynah.put("/v3/users/bo/push_preference/lobby", json!({ "push_trigger_option": "off" })).await.ok();
    let quiet = json!({ "do_not_disturb": true, "start_hour": 22, "start_min": 0, "end_hour": 7, "end_min": 0 });
    mynah.put("/v3/users/bo/push_preference", quiet).await.ok();
    let members = async |query: &str| {
        let list = mynah.get(&format!("/v3/group_channels/lobby/members?{query}")).await.ok();
        list["members"].as_array().expect("a list").clone()
    };

    let plain = members("").await;
    for key in ["push_enabled", "push_trigger_option", "do_not_disturb", "is_muted", "muted_end_at"] {
        assert!(plain[0].get(key).is_none(), "{key}");
    }
    let shown = members("include_push_preference=true&show_member_is_muted=true").await;
    let keys = ["push_enabled", "push_trigger_option", "do_not_disturb", "is_muted", "muted_end_at"];
    let of = |member: &Value| keys.map(|key| member[key].clone());
    assert_eq!(of(&shown[0]), [json!(true), json!("all"), json!(false), json!(false), json!(-1)]);
    assert_eq!(of(&shown[1]), [json!(false), json!("off"), json!(true), json!(false), json!(-1)]);
}

#[tokio::test]
async fn invited_members_are_told_apart_by_who_invited_them() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    mynah.with_users(&["bo", "cy"]).await;
    mynah.post("/v3/users/bo/friends", json!({ "user_ids": ["ada"] })).await.ok();
    let status = json!({ "bo": "invited_by_friend", "cy": "invited_by_non_friend" });
    let body = json!({ "user_ids": ["bo", "cy"], "inviter_id": "ada", "invitation_status": status });
    mynah.post("/v3/group_channels/lobby/invite", body).await.ok();
    for (filter, expected) in [
        ("invited_by_friend", vec!["bo"]),
        ("invited_by_non_friend", vec!["cy"]),
        ("invited_only", vec!["bo", "cy"]),
    ] {
        let path = format!("/v3/group_channels/lobby/members?member_state_filter={filter}");
        let list = mynah.get(&path).await.ok();
        let ids = list["members"].as_array().expect("a list").iter();
        let ids: Vec<_> = ids.map(|member| member["user_id"].as_str().expect("an id")).collect();
        assert_eq!(ids, expected, "{filter}");
    }
}

#[tokio::test]
async fn who_is_deactivated_does_not_leave_and_is_taken_out_with_everybody() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    mynah.put("/v3/users/bo", json!({ "is_active": false, "leave_all_when_deactivated": false })).await.ok();
    let leave = "/v3/group_channels/lobby/leave";
    let before = mynah.everything().await;
    mynah.put(leave, json!({ "user_ids": ["ada", "bo"] })).await.refused(400_300);
    assert_eq!(mynah.everything().await, before);
    mynah.put(leave, json!({ "should_leave_all": true })).await.ok();
    assert_eq!(mynah.get("/v3/group_channels/lobby").await.ok()["member_count"], 0);
}
