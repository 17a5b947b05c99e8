//! Frames of members: who comes, who goes, who is kept from what.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{Teller, all_of, value, with};
use crate::{
    delivery::{Audience, Told},
    dialects::sendbird::wire::channel::MemberBody,
    model::{
        channel::{Channel, ChannelKind, MemberView},
        event::{Concerned, Headcount},
        friend::Friend,
        ids::UserId,
        moderation::{Sanction, SanctionKind},
        user::User,
    },
};

impl Teller<'_> {
    fn member(&self, view: &MemberView) -> Value {
        let member = value(&MemberBody::new(view, self.home));
        let joined = (view.member.joined_at.seconds() > 0).then(|| view.member.joined_at.seconds().into());
        with(member, "joined_ts", joined)
    }

    /// To those who are in a channel and to the users concerned; in a large channel to the latter
    /// alone, and to all how many they are now. Clients count those of other channels themselves,
    /// and would count twice.
    fn with_counts(&self, channel: &Channel, frame: String, concerned: Vec<UserId>, count: Headcount) -> Vec<Told> {
        if !channel.large {
            let others = Told::to(all_of(channel), frame.clone()).but(concerned.clone());
            return vec![Told::to(Audience::Users(concerned), frame), others];
        }
        let counts = self.counts(channel.kind, counted(json!({ "channel_url": channel.id }), count));
        vec![Told::to(Audience::Users(concerned), frame), Told::to(all_of(channel), counts)]
    }

    pub(super) fn joined(
        &self,
        channel: &Channel,
        inviter: Option<&User>,
        members: &[MemberView],
        count: Headcount,
    ) -> Vec<Told> {
        let data = json!({
            "users": members.iter().map(|member| self.member(member)).collect::<Vec<_>>(),
            "inviter": inviter.map(|inviter| self.user(inviter)),
        });
        self.with_counts(channel, self.system(10000, channel, counted(data, count)), ids(members), count)
    }

    pub(super) fn invited(
        &self,
        channel: &Channel,
        inviter: Option<&User>,
        members: &[MemberView],
        count: Headcount,
    ) -> Vec<Told> {
        let invited_at = members.first().map_or(0, |member| member.member.invited_at.0);
        let data = json!({
            "inviter": inviter.map(|inviter| self.user(inviter)),
            "invitees": members.iter().map(|member| self.member(member)).collect::<Vec<_>>(),
            "invited_at": invited_at,
        });
        self.with_counts(channel, self.system(10020, channel, counted(data, count)), ids(members), count)
    }

    pub(super) fn declined(
        &self,
        channel: &Channel,
        inviter: Option<&User>,
        member: &MemberView,
        count: Headcount,
    ) -> Vec<Told> {
        let data = json!({
            "inviter": inviter.map(|inviter| self.user(inviter)),
            "invitee": self.member(member),
        });
        self.with_counts(
            channel,
            self.system(10022, channel, counted(data, count)),
            vec![member.user.id.clone()],
            count,
        )
    }

    /// Also before a ban is told: clients take a member out because of this alone.
    pub(super) fn left(&self, channel: &Channel, member: &MemberView, count: Headcount) -> Vec<Told> {
        let data = counted(self.user(&member.user), count);
        self.with_counts(channel, self.system(10001, channel, data), vec![member.user.id.clone()], count)
    }

    pub(super) fn sanction(
        &self,
        sanction: &Sanction,
        user: &User,
        channels: &[Concerned],
        holds: bool,
    ) -> Vec<Told> {
        let category = match (sanction.kind, holds) {
            (SanctionKind::Mute, true) => 10201,
            (SanctionKind::Mute, false) => 10200,
            (SanctionKind::Ban, true) => 10601,
            (SanctionKind::Ban, false) => 10600,
        };
        let end_at = if sanction.lasting { -1 } else { sanction.ends_at.0 };
        let remaining = if sanction.lasting { -1 } else { sanction.ends_at.0 - self.at.0 };
        let mut all = Vec::new();
        for Concerned { channel, count, .. } in channels {
            let kind = if sanction.kind == SanctionKind::Mute { "muted" } else { "banned" };
            let data = with(self.user(user), "description", Some((&*sanction.description).into()));
            let data = with(data, "end_at", Some(end_at.into()));
            let data = with(data, "remaining_duration", Some(remaining.into()));
            let data = with(data, "restriction_type", Some(kind.into()));
            let data = if channel.kind == ChannelKind::Group { counted(data, *count) } else { data };
            let frame = self.system(category, channel, data);
            if sanction.kind == SanctionKind::Ban {
                all.push(Told::to(Audience::Users(vec![user.id.clone()]), frame.clone()));
            }
            all.push(Told::to(all_of(channel), frame).but(match sanction.kind {
                SanctionKind::Ban => vec![user.id.clone()],
                SanctionKind::Mute => Vec::new(),
            }));
        }
        all
    }

    pub(super) fn friends(&self, user: &User, friends: &[(Arc<User>, Arc<Friend>)]) -> Vec<Told> {
        let found = friends.iter().map(|(other, friend)| {
            let name = (!friend.name.is_empty()).then(|| (*friend.name).into());
            let key = friend.discovery_key.as_deref().map(Into::into);
            with(with(self.user(other), "friend_name", name), "friend_discovery_key", key)
        });
        let data = json!({ "friend_discoveries": found.collect::<Vec<_>>() });
        self.tell_users(20900, vec![user.id.clone()], data)
    }

    pub(super) fn block(&self, who: &User, whom: &User, holds: bool) -> Vec<Told> {
        let data = json!({ "blocker": self.user(who), "blockee": self.user(whom) });
        self.tell_users(if holds { 20001 } else { 20000 }, vec![who.id.clone(), whom.id.clone()], data)
    }
}

/// With how many are in the channel.
fn counted(data: Value, count: Headcount) -> Value {
    let data = with(data, "member_count", Some(count.members.into()));
    with(data, "joined_member_count", Some(count.joined.into()))
}

fn ids(members: &[MemberView]) -> Vec<UserId> {
    members.iter().map(|view| view.user.id.clone()).collect()
}
