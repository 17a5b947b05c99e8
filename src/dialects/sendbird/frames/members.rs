//! Frames of members: who comes, who goes, who is kept from what.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{Teller, all_of, text, value, with};
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
        let now = self.at.0;
        let counts = json!({
            "group_channels": [{
                "channel_url": channel.id,
                "member_count": count.members,
                "joined_member_count": count.joined,
                "ts": now,
            }],
            "open_channels": [],
            "ts": now,
        });
        vec![Told::to(Audience::Users(concerned), frame), Told::to(all_of(channel), text("MCNT", &counts))]
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
            "member_count": count.members,
            "joined_member_count": count.joined,
        });
        self.with_counts(channel, self.system(10000, channel, data), ids(members), count)
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
            "member_count": count.members,
            "joined_member_count": count.joined,
        });
        self.with_counts(channel, self.system(10020, channel, data), ids(members), count)
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
            "member_count": count.members,
            "joined_member_count": count.joined,
        });
        self.with_counts(channel, self.system(10022, channel, data), vec![member.user.id.clone()], count)
    }

    /// Also before a ban is told: clients take a member out because of this alone.
    pub(super) fn left(&self, channel: &Channel, member: &MemberView, count: Headcount) -> Vec<Told> {
        let data = with(self.user(&member.user), "member_count", Some(count.members.into()));
        let data = with(data, "joined_member_count", Some(count.joined.into()));
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
            let mut data = self.user(user);
            if let Some(fields) = data.as_object_mut() {
                let kind = if sanction.kind == SanctionKind::Mute { "muted" } else { "banned" };
                fields.insert("description".to_owned(), (&*sanction.description).into());
                fields.insert("end_at".to_owned(), end_at.into());
                fields.insert("remaining_duration".to_owned(), remaining.into());
                fields.insert("restriction_type".to_owned(), kind.into());
                if channel.kind == ChannelKind::Group {
                    fields.insert("member_count".to_owned(), count.members.into());
                    fields.insert("joined_member_count".to_owned(), count.joined.into());
                }
            }
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
        let event = json!({
            "cat": 20900,
            "data": { "friend_discoveries": found.collect::<Vec<_>>() },
            "ts": self.at.0,
        });
        vec![Told::to(Audience::Users(vec![user.id.clone()]), text("USEV", &event))]
    }

    pub(super) fn block(&self, who: &User, whom: &User, holds: bool) -> Vec<Told> {
        let event = json!({
            "cat": if holds { 20001 } else { 20000 },
            "data": { "blocker": self.user(who), "blockee": self.user(whom) },
            "ts": self.at.0,
        });
        let both = vec![who.id.clone(), whom.id.clone()];
        vec![Told::to(Audience::Users(both), text("USEV", &event))]
    }
}

fn ids(members: &[MemberView]) -> Vec<UserId> {
    members.iter().map(|view| view.user.id.clone()).collect()
}
