//! Users: blocks, how they want to be woken, bans and mutes, the end of an account.

use serde_json::{Value, json};

use super::{Call, Teller, value};
use crate::{
    dialects::sendbird::push::{PreferenceBody, trigger_of},
    model::{
        channel::Member,
        moderation::{Sanction, SanctionKind, Scope},
        push::{PushPreference, PushTrigger},
        user::User,
    },
};

impl Teller<'_> {
    pub(super) fn block(&self, who: &User, whom: &User, holds: bool) -> Call {
        let (category, actor, target) =
            if holds { ("user:block", "blocker", "blockee") } else { ("user:unblock", "unblocker", "unblockee") };
        self.call(category, || {
            let mut body = json!({});
            body[actor] = self.user(&who.profile);
            body[target] = self.user(&whom.profile);
            body
        })
    }

    pub(super) fn push(&self, preference: &PushPreference) -> Call {
        self.call("user:push_preference", || {
            let mut body = value(&PreferenceBody::new(preference));
            body["user_id"] = preference.user.as_str().into();
            body
        })
    }

    pub(super) fn channel_push(&self, member: &Member) -> Call {
        self.call("user:push_channel_preference", || {
            let channel = self.app.channels.get(&member.channel);
            json!({
                "user_id": member.user,
                "channel_url": member.channel,
                "channel": channel.map_or(Value::Null, |channel| Self::channel(channel)),
                "push_trigger_option": trigger_of(member),
                "enable": member.push != Some(PushTrigger::Off),
            })
        })
    }

    /// In a channel, or in all of a custom type.
    pub(super) fn sanction(&self, sanction: &Sanction, user: &User) -> Call {
        let category = match sanction.kind {
            SanctionKind::Mute => "user:mute",
            SanctionKind::Ban => "user:ban",
        };
        self.call(category, || {
            let mut body = json!({
                "user": self.user(&user.profile),
                "start_at": sanction.starts_at.0,
                "end_at": if sanction.lasting && sanction.kind == SanctionKind::Mute { -1 } else { sanction.ends_at.0 },
                "description": sanction.description,
            });
            match &sanction.scope {
                Scope::Channel(channel) => {
                    let channel = self.app.channels.get(channel);
                    body["channel"] = channel.map_or(Value::Null, |channel| Self::channel(channel));
                }
                Scope::CustomType(custom_type) => body["channel_custom_type"] = (**custom_type).into(),
            }
            body
        })
    }

    pub(super) fn deactivated(&self, user: &User) -> Call {
        self.call("user:deactivate", || json!({ "user": self.user(&user.profile), "deactivated_at": self.at.0 }))
    }
}
