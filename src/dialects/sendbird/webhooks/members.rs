//! Members of group channels: invited, come, gone, have read; and who becomes an operator by another one.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{Call, Teller};
use crate::{
    chat::{membership, reads},
    model::{
        channel::{Channel, ChannelKind, MemberView},
        ids::ChannelId,
        time::Timestamp,
        user::User,
    },
};

impl Teller<'_> {
    fn each(&self, members: &[MemberView]) -> Vec<Value> {
        members.iter().map(|view| self.user(&view.user.profile)).collect()
    }

    fn maybe(&self, user: Option<&User>) -> Option<Value> {
        user.map(|user| self.user(&user.profile))
    }

    pub(super) fn invited(&self, channel: &Channel, inviter: Option<&User>, members: &[MemberView]) -> Call {
        self.call("group_channel:invite", || {
            let body = json!({
                "invited_at": self.at.0,
                "inviter": self.maybe(inviter),
                "invitees": self.each(members),
                "channel": Self::channel(channel),
            });
            self.with_members(channel, None, body)
        })
    }

    pub(super) fn joined(&self, channel: &Channel, members: &[MemberView]) -> Call {
        self.call("group_channel:join", || {
            let body = json!({
                "joined_at": self.at.0,
                "users": self.each(members),
                "channel": Self::channel(channel),
            });
            self.with_members(channel, None, body)
        })
    }

    pub(super) fn declined(&self, channel: &Channel, inviter: Option<&User>, member: &MemberView) -> Call {
        self.call("group_channel:decline_invite", || {
            let body = json!({
                "inviter": self.maybe(inviter),
                "users": [self.user(&member.user.profile)],
                "channel": Self::channel(channel),
            });
            self.with_members(channel, None, body)
        })
    }

    pub(super) fn left(&self, channel: &Channel, member: &MemberView) -> Call {
        self.call("group_channel:leave", || {
            let body = json!({
                "left_at": self.at.0,
                "users": [self.user(&member.user.profile)],
                "channel": Self::channel(channel),
            });
            self.with_members(channel, None, body)
        })
    }

    /// Only where nothing is left to read.
    pub(super) fn read(&self, channel: &ChannelId, user: &User, at: Timestamp) -> Call {
        let member = membership::find(self.app, channel, &user.id)?;
        let channel = self.app.channels.get(channel)?;
        let category = "group_channel:message_read";
        if !self.webhook.wants(category) || reads::unread(self.app, member).messages > 0 {
            return None;
        }
        self.call(category, || {
            let body = json!({
                "read_updates": [{
                    "user_id": user.id,
                    "read_ts": at.0,
                    "channel_unread_message_count": 0,
                    "total_unread_message_count": self.total(&user.id),
                }],
                "channel": Self::channel(channel),
            });
            self.with_members(channel, None, body)
        })
    }

    /// Who has become an operator by the word of another user, and who is none any more.
    pub(super) fn operators(
        &self,
        channel: &Channel,
        added: &[Arc<User>],
        removed: &[Arc<User>],
        by: &User,
    ) -> [Call; 2] {
        let call = |category, operators: &[Arc<User>]| {
            if operators.is_empty() {
                return None;
            }
            self.call(category, || {
                let mut place = Self::channel(channel);
                place["cover_url"] = self.home.address(&channel.cover).to_string().into();
                json!({
                    "requested_at": self.at.0,
                    "requester": self.user(&by.profile),
                    "channel_type": match channel.kind {
                        ChannelKind::Group => "group_channel",
                        ChannelKind::Open => "open_channel",
                    },
                    "channel": place,
                    "operators": operators.iter().map(|user| self.user(&user.profile)).collect::<Vec<_>>(),
                })
            })
        };
        [call("operators:register_by_operator", added), call("operators:unregister_by_operator", removed)]
    }
}
