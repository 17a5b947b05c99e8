//! Channels: created, changed, frozen, deleted; who enters an open one and leaves it.

use serde_json::{Value, json};

use super::{Call, Teller, of_kind};
use crate::model::{
    channel::{Channel, ChannelKind},
    user::{Profile, User},
};

impl Teller<'_> {
    pub(super) fn created(&self, channel: &Channel) -> Call {
        self.call(of_kind(channel, "group_channel:create", "open_channel:create"), || {
            let body = json!({ "created_at": channel.created_at.0, "channel": Self::channel(channel) });
            match channel.kind {
                ChannelKind::Group => {
                    let mut body = self.with_members(channel, None, body);
                    body["inviter"] = channel.created_by.as_deref().map_or(Value::Null, |user| self.user(user));
                    body
                }
                ChannelKind::Open => {
                    let operators = channel.operators.iter().filter_map(|user| self.app.users.get(user));
                    let mut body = body;
                    body["operators"] = operators.map(|user| self.user(&user.profile)).collect();
                    body
                }
            }
        })
    }

    /// Only of what the service documents as a change; members who come and go are no change.
    pub(super) fn changed(&self, channel: &Channel, before: &Channel) -> Call {
        if channel.kind == ChannelKind::Open {
            return None;
        }
        let kind = |channel: &Channel| {
            let kind = if channel.large { "super_group" } else { "group" };
            if channel.public { format!("public_{kind}") } else { kind.to_owned() }
        };
        let cover = |channel: &Channel| self.home.address(&channel.cover).to_string();
        let changes = [
            ("name", before.name.to_string(), channel.name.to_string()),
            ("cover_url", cover(before), cover(channel)),
            ("custom_type", before.custom_type.to_string(), channel.custom_type.to_string()),
            ("channel_type", kind(before), kind(channel)),
            ("data", before.data.to_string(), channel.data.to_string()),
            ("access_code", before.access_code.to_string(), channel.access_code.to_string()),
        ];
        let changes = changes.iter().filter(|(_, old, new)| old != new);
        let changes: Vec<_> =
            changes.map(|(key, old, new)| json!({ "key": key, "old": old, "new": new })).collect();
        if changes.is_empty() {
            return None;
        }
        self.call("group_channel:changed", || {
            let body = json!({ "changes": changes, "channel": Self::channel(channel) });
            self.with_members(channel, None, body)
        })
    }

    pub(super) fn removed(&self, channel: &Channel) -> Call {
        self.call(
            of_kind(channel, "group_channel:remove", "open_channel:remove"),
            || json!({ "removed_at": self.at.0, "channel": Self::channel(channel) }),
        )
    }

    pub(super) fn frozen(&self, channel: &Channel, by: Option<&User>) -> Call {
        if channel.kind == ChannelKind::Open {
            return None;
        }
        self.call("group_channel:freeze_unfreeze", || {
            json!({
                "freeze": channel.frozen,
                "freeze_updated_at": self.at.0,
                "operator": by.map(|user| self.user(&user.profile)),
                "channel": Self::channel(channel),
            })
        })
    }

    pub(super) fn participation(&self, channel: &Channel, user: &Profile, entered: bool) -> Call {
        let category = if entered { "open_channel:enter" } else { "open_channel:exit" };
        self.call(category, || {
            let mut body = json!({ "participants": [self.user(user)], "channel": Self::channel(channel) });
            body[if entered { "entered_at" } else { "exited_at" }] = self.at.0.into();
            body
        })
    }
}
