//! What is told of what has been done: with all that a listener needs who comes later.

use std::sync::Arc;

use mynah::{
    engine::Occurrence,
    model::{
        channel::MemberView,
        event::{Event, Headcount, Leaving},
        message::Mention,
    },
};
use serde_json::json;
use tokio::sync::broadcast::Receiver;

use crate::support::Mynah;

/// A listener of an application.
struct Ear(Receiver<Arc<Occurrence>>);

impl Ear {
    fn on(mynah: &Mynah) -> Self {
        Self(mynah.server().engine().listen())
    }

    /// All that was told since the last time. What was answered is told before.
    fn heard(&mut self) -> Vec<Event> {
        std::iter::from_fn(|| self.0.try_recv().ok()).map(|told| told.event.clone()).collect()
    }

    /// The one thing that was told.
    #[track_caller]
    fn one(&mut self) -> Event {
        let mut heard = self.heard();
        assert_eq!(heard.len(), 1, "{heard:#?}");
        heard.remove(0)
    }

    /// What was told and fits, of all that was told.
    #[track_caller]
    fn only<T>(&mut self, fits: impl Fn(&Event) -> Option<T>) -> T {
        let heard = self.heard();
        let mut fitting: Vec<_> = heard.iter().filter_map(fits).collect();
        assert_eq!(fitting.len(), 1, "{heard:#?}");
        fitting.remove(0)
    }
}

fn count(members: usize, joined: usize) -> Headcount {
    Headcount { members, joined }
}

fn names(members: &[MemberView]) -> Vec<String> {
    members.iter().map(|view| view.user.profile.nickname.to_string()).collect()
}

#[tokio::test]
async fn those_who_come_in_together_are_told_of_together() {
    let mynah = Mynah::start().await;
    mynah.with_users(&["ada", "bo", "cy", "dan", "eve"]).await;
    mynah.put("/v3/users/cy/channel_invitation_preference", json!({ "auto_accept": false })).await.ok();
    let mut ear = Ear::on(&mynah);

    let body = json!({ "channel_url": "lobby", "user_ids": ["ada", "bo", "cy"], "inviter_id": "ada" });
    mynah.post("/v3/group_channels", body).await.ok();
    let heard = ear.heard();
    let [Event::ChannelCreated(created), joined, invited] = &heard[..] else { panic!("{heard:#?}") };
    assert_eq!(created.id.as_str(), "lobby");
    let Event::MembersJoined { channel, inviter, members, count: now } = joined else { panic!("{joined:#?}") };
    assert_eq!((channel.id.as_str(), names(members)), ("lobby", vec!["Ada".to_owned(), "Bo".to_owned()]));
    assert_eq!(inviter.as_ref().map(|inviter| &*inviter.profile.nickname), Some("Ada"));
    assert_eq!(*now, count(3, 2));
    let Event::MembersInvited { members, count: now, .. } = invited else { panic!("{invited:#?}") };
    assert_eq!((names(members), *now), (vec!["Cy".to_owned()], count(3, 2)));

    mynah.post("/v3/group_channels/lobby/invite", json!({ "user_ids": ["dan", "eve"] })).await.ok();
    let Event::MembersJoined { inviter, members, count: now, .. } = ear.one() else { panic!() };
    assert_eq!((inviter, names(&members), now), (None, vec!["Dan".to_owned(), "Eve".to_owned()], count(5, 4)));

    mynah.put("/v3/group_channels/lobby/accept", json!({ "user_id": "cy" })).await.ok();
    let Event::MembersJoined { inviter, members, count: now, .. } = ear.one() else { panic!() };
    assert_eq!((names(&members), now), (vec!["Cy".to_owned()], count(5, 5)));
    assert_eq!(inviter.expect("who invited").id.as_str(), "ada");
}

#[tokio::test]
async fn who_declines_or_leaves_is_told_of_with_counts_and_reason() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo", "cy", "dan"]).await;
    mynah.with_users(&["eve"]).await;
    mynah.put("/v3/users/eve/channel_invitation_preference", json!({ "auto_accept": false })).await.ok();
    mynah.post("/v3/group_channels/lobby/invite", json!({ "user_ids": ["eve"], "inviter_id": "bo" })).await.ok();
    let mut ear = Ear::on(&mynah);

    mynah.put("/v3/group_channels/lobby/decline", json!({ "user_id": "eve" })).await.ok();
    let Event::MemberDeclined { inviter, member, why, count: now, .. } = ear.one() else { panic!() };
    assert_eq!((&*member.user.profile.nickname, why, now), ("Eve", Leaving::Plain, count(4, 4)));
    assert_eq!(inviter.expect("who invited").id.as_str(), "bo");

    mynah.put("/v3/group_channels/lobby/leave", json!({ "user_ids": ["dan"] })).await.ok();
    let Event::MemberLeft { channel, member, why, count: now } = ear.one() else { panic!() };
    assert_eq!(
        (channel.id.as_str(), member.user.id.as_str(), why, now),
        ("lobby", "dan", Leaving::Plain, count(3, 3))
    );

    mynah.put("/v3/users/cy", json!({ "is_active": false })).await.ok();
    let left = |event: &Event| match event {
        Event::MemberLeft { member, why, count, .. } => Some((member.user.id.to_string(), *why, *count)),
        _ => None,
    };
    assert_eq!(ear.only(left), ("cy".to_owned(), Leaving::Deactivated, count(2, 2)));
    mynah.delete("/v3/users/bo").await.ok();
    assert_eq!(ear.only(left), ("bo".to_owned(), Leaving::Removed, count(1, 1)));
}

#[tokio::test]
async fn a_distinct_channel_that_somebody_leaves_is_told_to_be_another() {
    let mynah = Mynah::start().await;
    mynah.with_users(&["ada", "bo"]).await;
    let body = json!({ "channel_url": "pair", "user_ids": ["ada", "bo"], "is_distinct": true });
    mynah.post("/v3/group_channels", body).await.ok();
    let mut ear = Ear::on(&mynah);
    mynah.put("/v3/group_channels/pair/leave", json!({ "user_ids": ["bo"] })).await.ok();
    let updated = |event: &Event| match event {
        Event::ChannelUpdated { channel, before } => Some((before.distinct, channel.distinct)),
        _ => None,
    };
    assert_eq!(ear.only(updated), (true, false));
}

#[tokio::test]
async fn every_change_of_operators_tells_all_who_are_operators_then() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo", "cy"]).await;
    let mut ear = Ear::on(&mynah);
    let mut changed = move || {
        ear.only(|event| match event {
            Event::OperatorsChanged { operators, added, removed, .. } => {
                Some([operators, added, removed].map(|users| {
                    let ids: Vec<_> = users.iter().map(|user| user.id.as_str()).collect();
                    ids.join(" ")
                }))
            }
            _ => None,
        })
    };
    let path = "/v3/group_channels/lobby/operators";
    mynah.post(path, json!({ "operator_ids": ["ada", "bo"] })).await.ok();
    assert_eq!(changed(), ["ada bo", "ada bo", ""]);
    mynah.put("/v3/group_channels/lobby", json!({ "operator_ids": ["bo", "cy"] })).await.ok();
    assert_eq!(changed(), ["bo cy", "cy", "ada"]);
    let leave = json!({ "user_ids": ["bo"], "should_remove_operator_status": true });
    mynah.put("/v3/group_channels/lobby/leave", leave).await.ok();
    assert_eq!(changed(), ["cy", "", "bo"]);
    mynah.delete("/v3/users/cy").await.ok();
    assert_eq!(changed(), ["", "", "cy"]);
    // Somebody new of that name has no office.
    mynah.with_users(&["cy"]).await;
    assert_eq!(mynah.get(path).await.ok()["operators"], json!([]));
}

#[tokio::test]
async fn operators_of_a_custom_type_are_told_of_and_end_with_the_user() {
    let mynah = Mynah::start().await;
    mynah.with_users(&["ada"]).await;
    let mut ear = Ear::on(&mynah);
    let body = json!({ "channel_custom_types": ["news"] });
    mynah.post("/v3/users/ada/operating_channel_custom_types", body).await.ok();
    let changed = |event: &Event| match event {
        Event::TypeOperatorChanged { custom_type, user, operates } => {
            Some((custom_type.to_string(), user.id.to_string(), *operates))
        }
        _ => None,
    };
    assert_eq!(ear.only(changed), ("news".to_owned(), "ada".to_owned(), true));
    mynah.delete("/v3/users/ada").await.ok();
    assert_eq!(ear.only(changed), ("news".to_owned(), "ada".to_owned(), false));
}

#[tokio::test]
async fn bans_and_mutes_tell_whether_the_user_was_in_and_who_is_left() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo", "cy"]).await;
    let mut ear = Ear::on(&mynah);
    mynah.post("/v3/group_channels/lobby/mute", json!({ "user_id": "bo", "seconds": 60 })).await.ok();
    let Event::UserSanctioned { user, channels, .. } = ear.one() else { panic!() };
    assert_eq!((&*user.profile.nickname, channels[0].member, channels[0].count), ("Bo", true, count(3, 3)));

    mynah.post("/v3/group_channels/lobby/ban", json!({ "user_id": "bo", "seconds": 60 })).await.ok();
    let heard = ear.heard();
    let [Event::MemberLeft { why, .. }, Event::UserSanctioned { sanction, channels, .. }] = &heard[..] else {
        panic!("{heard:#?}")
    };
    assert_eq!((*why, channels[0].member, channels[0].count), (Leaving::Banned, true, count(2, 2)));
    assert_eq!(sanction.ends_at.0 - sanction.starts_at.0, 60_000);

    mynah.put("/v3/group_channels/lobby/ban/bo", json!({ "seconds": 90 })).await.ok();
    let Event::UserSanctioned { channels, .. } = ear.one() else { panic!() };
    assert_eq!((channels[0].member, channels[0].count), (false, count(2, 2)));

    mynah.delete("/v3/group_channels/lobby/ban/bo").await.ok();
    let Event::SanctionLifted { user, channels, .. } = ear.one() else { panic!() };
    assert_eq!((user.id.as_str(), channels[0].channel.id.as_str(), channels[0].member), ("bo", "lobby", false));
}

#[tokio::test]
async fn a_ban_from_a_custom_type_names_the_channels_that_it_ends() {
    let mynah = Mynah::start().await;
    mynah.with_users(&["ada", "bo"]).await;
    for url in ["news-1", "news-2"] {
        let body = json!({ "channel_url": url, "user_ids": ["ada", "bo"], "custom_type": "news" });
        mynah.post("/v3/group_channels", body).await.ok();
    }
    mynah.post("/v3/group_channels", json!({ "channel_url": "other", "user_ids": ["ada", "bo"] })).await.ok();
    let mut ear = Ear::on(&mynah);
    let body = json!({ "banned_list": [{ "user_id": "bo", "seconds": 60 }] });
    mynah.post("/v3/applications/settings_by_channel_custom_type/news/ban", body).await.ok();
    let concerned = ear.only(|event| match event {
        Event::UserSanctioned { channels, .. } => {
            let told = channels.iter().map(|one| (one.channel.id.to_string(), one.member, one.count));
            Some(told.collect::<Vec<_>>())
        }
        _ => None,
    });
    assert_eq!(concerned, [("news-1".to_owned(), true, count(1, 1)), ("news-2".to_owned(), true, count(1, 1))]);
}

#[tokio::test]
async fn a_channel_that_goes_tells_who_was_in_it() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    let mut ear = Ear::on(&mynah);
    mynah.delete("/v3/group_channels/lobby").await.ok();
    let Event::ChannelRemoved { channel, members } = ear.one() else { panic!() };
    let members: Vec<_> = members.iter().map(|user| user.as_str()).collect();
    assert_eq!((channel.id.as_str(), &members[..]), ("lobby", &["ada", "bo"][..]));
}

#[tokio::test]
async fn a_changed_channel_tells_how_it_was() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    mynah.put("/v3/group_channels/lobby", json!({ "name": "Before" })).await.ok();
    let mut ear = Ear::on(&mynah);
    mynah.put("/v3/group_channels/lobby", json!({ "name": "After" })).await.ok();
    let Event::ChannelUpdated { channel, before } = ear.one() else { panic!() };
    assert_eq!((&*before.name, &*channel.name), ("Before", "After"));
}

#[tokio::test]
async fn metadata_and_counters_tell_what_is_new_what_has_changed_and_what_is_gone() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    let mut ear = Ear::on(&mynah);
    let path = "/v3/group_channels/lobby/metadata";
    mynah.post(path, json!({ "metadata": { "a": "1", "b": "2" } })).await.ok();
    let Event::ChannelMetadataChanged { changes, .. } = ear.one() else { panic!() };
    assert_eq!((changes.created.len(), changes.updated.len(), changes.deleted.len()), (2, 0, 0));
    mynah.put(path, json!({ "metadata": { "b": "3", "c": "4" }, "upsert": true })).await.ok();
    let Event::ChannelMetadataChanged { changes, .. } = ear.one() else { panic!() };
    assert_eq!((changes.created["c"].as_str(), changes.updated["b"].as_str()), ("4", "3"));
    mynah.delete(&format!("{path}/a")).await.ok();
    let Event::ChannelMetadataChanged { changes, .. } = ear.one() else { panic!() };
    assert_eq!((changes.created.len(), changes.updated.len(), changes.deleted), (0, 0, vec!["a".to_owned()]));

    let path = "/v3/group_channels/lobby/metacounter";
    mynah.post(path, json!({ "metacounter": { "hits": 1 } })).await.ok();
    let Event::ChannelCountersChanged { changes, .. } = ear.one() else { panic!() };
    assert_eq!(changes.created["hits"], 1);
    mynah.put(path, json!({ "metacounter": { "hits": 4 }, "mode": "increase" })).await.ok();
    let Event::ChannelCountersChanged { changes, .. } = ear.one() else { panic!() };
    assert_eq!((changes.created.len(), changes.updated["hits"]), (0, 5));
    mynah.delete(path).await.ok();
    let Event::ChannelCountersChanged { changes, .. } = ear.one() else { panic!() };
    assert_eq!(changes.deleted, ["hits"]);
}

#[tokio::test]
async fn a_send_is_told_once_and_shows_hidden_channels_again() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    let mut ear = Ear::on(&mynah);
    mynah.say("lobby", "ada", "Hello").await;
    let Event::MessageSent { channel, message, marks_read, .. } = ear.one() else { panic!() };
    assert_eq!((channel.id.as_str(), &*message.text, marks_read), ("lobby", "Hello", true));

    mynah.put("/v3/group_channels/lobby/hide", json!({ "user_id": "bo" })).await.ok();
    assert!(matches!(ear.one(), Event::MemberHid(_)));
    mynah.say("lobby", "ada", "Hello?").await;
    let heard = ear.heard();
    let [Event::MemberHid(member), Event::MessageSent { .. }] = &heard[..] else { panic!("{heard:#?}") };
    assert_eq!((member.user.as_str(), member.hidden), ("bo", mynah::model::channel::Hidden::No));
}

#[tokio::test]
async fn an_edited_message_tells_whom_it_mentioned_before() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    let body = json!({ "user_id": "ada", "message": "@bo", "mention_type": "users", "mentioned_user_ids": ["bo"] });
    let id = mynah.send("lobby", body).await.ok()["message_id"].clone();
    let mut ear = Ear::on(&mynah);
    let body =
        json!({ "message_type": "MESG", "message": "@all", "mention_type": "channel", "mentioned_user_ids": [] });
    mynah.put(&format!("/v3/group_channels/lobby/messages/{id}"), body).await.ok();
    let Event::MessageUpdated { message, before, .. } = ear.one() else { panic!() };
    assert!(matches!(&message.mention, Mention::Channel(users) if users.is_empty()));
    assert!(matches!(&before.mention, Mention::Users(users) if users[0].as_str() == "bo"));
}

#[tokio::test]
async fn pins_tell_all_that_is_pinned_also_when_a_pinned_message_goes() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    let first = mynah.say("lobby", "ada", "First").await;
    let second = mynah.say("lobby", "ada", "Second").await;
    let mut ear = Ear::on(&mynah);
    for id in [first, second] {
        mynah.post(&format!("/v3/group_channels/lobby/messages/{id}/pin"), json!({})).await.ok();
    }
    let heard = ear.heard();
    let [_, Event::MessagePinned { pinned, .. }] = &heard[..] else { panic!("{heard:#?}") };
    assert_eq!(pinned.messages.iter().map(|id| id.0).collect::<Vec<_>>(), [second, first]);
    assert_eq!(pinned.latest.as_ref().map(|message| &*message.text), Some("Second"));

    mynah.delete(&format!("/v3/group_channels/lobby/messages/{second}")).await.ok();
    let heard = ear.heard();
    let [Event::MessageUnpinned { pinned, .. }, Event::MessageRemoved { message, .. }] = &heard[..] else {
        panic!("{heard:#?}")
    };
    assert_eq!(pinned.latest.as_ref().map(|message| &*message.text), Some("First"));
    assert!(message.removed_at > message.created_at);
    mynah.delete(&format!("/v3/group_channels/lobby/messages/{first}/pin")).await.ok();
    let Event::MessageUnpinned { pinned, .. } = ear.one() else { panic!() };
    assert_eq!((pinned.messages.len(), pinned.latest), (0, None));
}

#[tokio::test]
async fn a_vote_tells_the_counts_and_is_later_than_the_last_edit() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    let poll = mynah.post("/v3/polls", json!({ "title": "Tea?", "options": ["Yes", "No"] })).await.ok();
    let option = |at: usize| poll["options"][at]["id"].as_i64().expect("an option has an id");
    let path = format!("/v3/polls/{}", poll["id"]);
    mynah.send("lobby", json!({ "user_id": "ada", "message": "Tea?", "poll_id": poll["id"] })).await.ok();
    let mut ear = Ear::on(&mynah);
    mynah.put(&path, json!({ "title": "Coffee?" })).await.ok();
    mynah.put(&path, json!({ "title": "Or tea?" })).await.ok();
    let heard = ear.heard();
    let [Event::PollUpdated(first), Event::PollUpdated(second)] = &heard[..] else { panic!("{heard:#?}") };
    assert!(first.updated_at < second.updated_at);

    mynah.put(&format!("{path}/vote"), json!({ "user_id": "bo", "option_ids": [option(0)] })).await.ok();
    let Event::PollVoted { poll, user, choice, counts, voters } = ear.one() else { panic!() };
    assert!(poll.changed_at > poll.updated_at);
    assert_eq!((user.id.as_str(), choice, counts, voters), ("bo", vec![option(0)], vec![(option(0), 1)], 1));
    mynah.put(&format!("{path}/vote"), json!({ "user_id": "bo", "option_ids": [option(1)] })).await.ok();
    let Event::PollVoted { counts, .. } = ear.one() else { panic!() };
    assert_eq!(counts, [(option(0), 0), (option(1), 1)]);
}

#[tokio::test]
async fn reactions_tell_the_moment_of_the_answer() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    let id = mynah.say("lobby", "ada", "Hello").await;
    let mut ear = Ear::on(&mynah);
    let path = format!("/v3/group_channels/lobby/messages/{id}/reactions");
    let added = mynah.post(&path, json!({ "user_id": "ada", "reaction": "smile" })).await.ok();
    let Event::ReactionAdded { message, user, reaction, .. } = ear.one() else { panic!() };
    assert_eq!(added["updated_at"], reaction.updated_at.0);
    assert_eq!((message.id.0, user.id.as_str()), (id, "ada"));
    let removed = mynah.delete(&format!("{path}?user_id=ada&reaction=smile")).await.ok();
    let Event::ReactionRemoved { at, .. } = ear.one() else { panic!() };
    assert_eq!(removed["updated_at"], at.0);
    assert!(at > reaction.updated_at);
}

#[tokio::test]
async fn users_tell_how_they_were_and_blocks_tell_both() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    let mut ear = Ear::on(&mynah);
    mynah.put("/v3/users/ada", json!({ "nickname": "Ann" })).await.ok();
    let Event::UserUpdated { user, before } = ear.one() else { panic!() };
    assert_eq!((&*before.profile.nickname, &*user.profile.nickname), ("Ada", "Ann"));
    mynah.put("/v3/users/ada/channel_invitation_preference", json!({ "auto_accept": false })).await.ok();
    let Event::UserUpdated { user, before } = ear.one() else { panic!() };
    assert_eq!((before.accepts_invitations, user.accepts_invitations), (true, false));

    mynah.post("/v3/users/ada/block", json!({ "target_id": "bo" })).await.ok();
    let Event::UserBlocked { blocker, blocked, .. } = ear.one() else { panic!() };
    assert_eq!((&*blocker.profile.nickname, &*blocked.profile.nickname), ("Ann", "Bo"));
    mynah.delete("/v3/users/ada/block/bo").await.ok();
    assert!(matches!(ear.one(), Event::UserUnblocked { .. }));
}

#[tokio::test]
async fn how_members_have_their_channel_is_told() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    mynah.say("lobby", "bo", "Hello").await;
    let mut ear = Ear::on(&mynah);
    let preference = json!({ "count_preference": "off" });
    mynah.put("/v3/users/ada/count_preference/lobby", preference).await.ok();
    assert!(matches!(ear.one(), Event::CountingChanged(_)));
    mynah.put("/v3/users/ada/push_preference/lobby", json!({ "push_trigger_option": "off" })).await.ok();
    assert!(matches!(ear.one(), Event::MemberPushChanged(_)));
    mynah.put("/v3/users/ada/push_preference", json!({ "push_trigger_option": "off" })).await.ok();
    assert!(matches!(ear.one(), Event::UserPushChanged(_)));
    mynah.put("/v3/group_channels/lobby/messages/mark_as_read", json!({ "user_id": "ada" })).await.ok();
    let Event::Read { channel, user, .. } = ear.one() else { panic!() };
    assert_eq!((channel.as_str(), &*user.profile.nickname), ("lobby", "Ada"));
    mynah.put("/v3/group_channels/lobby/messages/mark_as_delivered", json!({ "user_id": "ada" })).await.ok();
    assert!(matches!(ear.one(), Event::Delivered { .. }));
}
