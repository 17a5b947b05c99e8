//! Channels of both kinds, and members.

use std::{collections::BTreeMap, sync::Arc};

use serde::Serialize;

use super::{
    super::{
        push::{trigger, trigger_of},
        unread::counted,
    },
    Address, Home,
    message::{MessageBody, With},
    user::{BasicUser, Operator, Participant, last_seen_at},
};
use crate::{
    chat::channels::{ChannelView, ViewerView},
    model::{
        Metadata,
        channel::{Channel, ChannelKind, Hidden, MemberState, MemberView},
        ids::MessageId,
        push::{PushPreference, PushTrigger},
        user::User,
    },
};

/// Which optional keys a group channel is printed with.
#[derive(Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent switches of the query")]
pub(in super::super) struct ShowKeys {
    /// The nested copy of the core fields, and the operators.
    pub(in super::super) single: bool,
    /// `members`.
    pub(in super::super) members: bool,
    /// `read_receipt`.
    pub(in super::super) read_receipt: bool,
    /// `delivery_receipt`.
    pub(in super::super) delivery_receipt: bool,
    /// `metadata`.
    pub(in super::super) metadata: bool,
    /// `sorted_metaarray` in the last message.
    pub(in super::super) metaarray: bool,
}

/// A group channel.
#[derive(Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "independent switches of the resource")]
pub(in super::super) struct GroupChannelBody<'a> {
    channel_url: &'a str,
    name: &'a str,
    cover_url: Address<'a>,
    data: &'a str,
    member_count: usize,
    joined_member_count: usize,
    max_length_message: usize,
    created_at: i64,
    custom_type: &'a str,
    is_distinct: bool,
    is_super: bool,
    is_broadcast: bool,
    is_exclusive: bool,
    is_public: bool,
    is_discoverable: bool,
    freeze: bool,
    is_ephemeral: bool,
    unread_message_count: usize,
    unread_mention_count: usize,
    ignore_profanity_filter: bool,
    has_bot: bool,
    has_ai_bot: bool,
    disappearing_message: Disappearing,
    is_access_code_required: bool,
    message_survival_seconds: i64,
    sms_fallback: SmsFallback,
    last_message: Option<MessageBody<'a>>,
    created_by: Option<BasicUser<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    channel: Option<Core<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    operators: Option<Vec<Operator<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    members: Option<Vec<MemberBody<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    read_receipt: Option<BTreeMap<&'a str, i64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delivery_receipt: Option<BTreeMap<&'a str, i64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<&'a Metadata>,
    #[serde(flatten)]
    pins: Option<Pins<'a>>,
    invited_at: i64,
    inviter: Option<BasicUser<'a>>,
    #[serde(flatten)]
    mine: Option<Mine>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_purge_offset: Option<i64>,
}

/// What is pinned.
#[derive(Serialize)]
struct Pins<'a> {
    pinned_message_ids: &'a [MessageId],
    #[serde(skip_serializing_if = "Option::is_none")]
    latest_pinned_message: Option<Box<MessageBody<'a>>>,
}

impl<'a> Pins<'a> {
    fn of(view: &'a ChannelView, home: Home<'a>) -> Option<Self> {
        let pins = view.pins.as_ref()?;
        let latest = pins.latest.as_ref().map(|latest| Box::new(MessageBody::new(latest, With::default(), home)));
        Some(Self { pinned_message_ids: &pins.messages, latest_pinned_message: latest })
    }
}

/// The core fields once more.
#[derive(Serialize)]
struct Core<'a> {
    channel_url: &'a str,
    name: &'a str,
    cover_url: Address<'a>,
    data: &'a str,
    created_at: i64,
    custom_type: &'a str,
    max_length_message: usize,
    member_count: usize,
}

#[derive(Serialize)]
struct Disappearing {
    message_survival_seconds: i64,
    is_triggered_by_message_read: bool,
}

#[derive(Serialize)]
struct SmsFallback {
    wait_seconds: i64,
    exclude_user_ids: [&'static str; 0],
}

/// What relates to one user.
#[derive(Serialize)]
struct Mine {
    member_state: &'static str,
    my_role: &'static str,
    is_muted: bool,
    is_hidden: bool,
    hidden_state: &'static str,
    count_preference: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    push_trigger_option: Option<&'static str>,
    is_push_enabled: bool,
    user_last_read: i64,
    ts_message_offset: i64,
    joined_ts: i64,
}

impl<'a> GroupChannelBody<'a> {
    pub(in super::super) fn new(view: &'a ChannelView, show: ShowKeys, home: Home<'a>) -> Self {
        let channel = &*view.channel;
        let viewer = view.viewer.as_ref();
        let unread = viewer.map(|viewer| viewer.unread).unwrap_or_default();
        let with = With { sorted_metaarray: show.metaarray, ..With::default() };
        let members = || view.members.iter();
        Self {
            channel_url: channel.id.as_str(),
            name: &channel.name,
            cover_url: home.address(&channel.cover),
            data: &channel.data,
            member_count: view.member_count,
            joined_member_count: view.joined_count,
            max_length_message: view.max_message_length,
            created_at: channel.created_at.seconds(),
            custom_type: &channel.custom_type,
            is_distinct: channel.distinct,
            is_super: channel.large,
            is_broadcast: channel.broadcast,
            is_exclusive: channel.exclusive,
            is_public: channel.public,
            is_discoverable: channel.discoverable,
            freeze: channel.frozen,
            is_ephemeral: channel.ephemeral,
            unread_message_count: unread.messages,
            unread_mention_count: unread.mentions,
            ignore_profanity_filter: false,
            has_bot: false,
            has_ai_bot: false,
            disappearing_message: Disappearing {
                message_survival_seconds: channel.survival_seconds,
                is_triggered_by_message_read: false,
            },
            is_access_code_required: !channel.access_code.is_empty(),
            message_survival_seconds: channel.survival_seconds,
            sms_fallback: SmsFallback { wait_seconds: -1, exclude_user_ids: [] },
            last_message: view.last_message.as_ref().map(|last| MessageBody::new(last, with, home)),
            created_by: channel.created_by.as_deref().map(|user| BasicUser::new(user, home)),
            channel: show.single.then(|| Core::new(view, home)),
            operators: show.single.then(|| operators(view, home)),
            members: show.members.then(|| members().map(|member| MemberBody::new(member, home)).collect()),
            read_receipt: show.read_receipt.then(|| {
                let joined = members().filter(|view| view.member.state == MemberState::Joined);
                joined.map(|view| (view.member.user.as_str(), view.member.read_at.0)).collect()
            }),
            delivery_receipt: show.delivery_receipt.then(|| {
                let delivered =
                    |view: &'a MemberView| Some((view.member.user.as_str(), view.member.delivered_at?.0));
                members().filter_map(delivered).collect()
            }),
            metadata: show.metadata.then_some(&channel.metadata),
            pins: Pins::of(view, home),
            invited_at: viewer.and_then(|viewer| viewer.member.as_ref()).map_or(0, |member| member.invited_at.0),
            inviter: viewer
                .and_then(|viewer| viewer.inviter.as_ref())
                .map(|inviter| BasicUser::new(&inviter.profile, home)),
            mine: viewer.map(Mine::new),
            message_purge_offset: view.purged_before.map(|moment| moment.0),
        }
    }

    /// As the answer to an invitation has it: with the moment and the one who invited.
    pub(in super::super) fn invited(self, at: i64, inviter: Option<&'a User>, home: Home<'a>) -> Self {
        Self { invited_at: at, inviter: inviter.map(|user| BasicUser::new(&user.profile, home)), ..self }
    }
}

impl<'a> Core<'a> {
    fn new(view: &'a ChannelView, home: Home<'a>) -> Self {
        let channel = &*view.channel;
        Self {
            channel_url: channel.id.as_str(),
            name: &channel.name,
            cover_url: home.address(&channel.cover),
            data: &channel.data,
            created_at: channel.created_at.seconds(),
            custom_type: &channel.custom_type,
            max_length_message: view.max_message_length,
            member_count: view.member_count,
        }
    }
}

fn operators<'a>(view: &'a ChannelView, home: Home<'a>) -> Vec<Operator<'a>> {
    view.operators.iter().map(|user| Operator::new(user, home)).collect()
}

/// The word for where somebody stands.
pub(in super::super) fn state(state: Option<MemberState>) -> &'static str {
    match state {
        Some(MemberState::Joined) => "joined",
        Some(MemberState::Invited) => "invited",
        None => "none",
    }
}

impl Mine {
    fn new(viewer: &ViewerView) -> Self {
        let member = viewer.member.as_deref();
        let joined = member.filter(|member| member.state == MemberState::Joined);
        let hidden = member.map_or(Hidden::No, |member| member.hidden);
        Self {
            member_state: state(member.map(|member| member.state)),
            my_role: if viewer.operator { "operator" } else { "none" },
            is_muted: viewer.muted,
            is_hidden: hidden != Hidden::No,
            hidden_state: match hidden {
                Hidden::No => "unhidden",
                Hidden::UntilNextMessage => "hidden_allow_auto_unhide",
                Hidden::ForGood => "hidden_prevent_auto_unhide",
            },
            count_preference: counted(member.map(|member| member.counted).unwrap_or_default()),
            push_trigger_option: member.filter(|member| member.push.is_some()).map(trigger_of),
            is_push_enabled: member.is_none_or(|member| member.push != Some(PushTrigger::Off)),
            user_last_read: member.map_or(0, |member| member.read_at.0),
            ts_message_offset: member.map_or(0, |member| member.sees_after.0),
            joined_ts: joined.map_or(0, |member| member.joined_at.seconds()),
        }
    }
}

/// A member.
#[derive(Serialize)]
pub(in super::super) struct MemberBody<'a> {
    #[serde(flatten)]
    user: BasicUser<'a>,
    is_online: bool,
    last_seen_at: i64,
    state: &'static str,
    is_active: bool,
    role: &'static str,
    #[serde(flatten)]
    mute: Option<MuteKeys<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_blocked_by_me: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_blocking_me: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    read_ts: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delivered_ts: Option<i64>,
    #[serde(flatten)]
    push: Option<PushKeys>,
}

/// Whether a member is muted.
#[derive(Serialize)]
struct MuteKeys<'a> {
    is_muted: bool,
    muted_end_at: i64,
    muted_description: &'a str,
}

/// Which messages wake the devices of a member.
#[derive(Serialize)]
struct PushKeys {
    push_enabled: bool,
    push_trigger_option: &'static str,
    do_not_disturb: bool,
}

impl<'a> MemberBody<'a> {
    pub(in super::super) fn new(view: &'a MemberView, home: Home<'a>) -> Self {
        Self {
            user: BasicUser::new(&view.user.profile, home),
            is_online: view.user.online,
            last_seen_at: last_seen_at(&view.user).unwrap_or(-1),
            state: state(Some(view.member.state)),
            is_active: view.user.active,
            role: if view.operator { "operator" } else { "" },
            mute: Some(MuteKeys {
                is_muted: view.mute.is_some(),
                muted_end_at: view.mute.as_ref().map_or(-1, |mute| if mute.lasting { -1 } else { mute.ends_at.0 }),
                muted_description: view.mute.as_ref().map_or("", |mute| &mute.description),
            }),
            is_blocked_by_me: view.blocks.map(|blocks| blocks.by_asker),
            is_blocking_me: view.blocks.map(|blocks| blocks.of_asker),
            read_ts: None,
            delivered_ts: None,
            push: None,
        }
    }

    /// Without telling whether the member is muted, unless that was asked for.
    pub(in super::super) fn with_mute(self, shown: bool) -> Self {
        Self { mute: self.mute.filter(|_| shown), ..self }
    }

    /// With which messages wake the member's devices: as the member wants it in the channel, or else in general.
    pub(in super::super) fn with_push(self, view: &MemberView, general: Option<Arc<PushPreference>>) -> Self {
        let keys = |general: Arc<PushPreference>| {
            let wanted = view.member.push.unwrap_or(general.trigger);
            PushKeys {
                push_enabled: wanted != PushTrigger::Off,
                push_trigger_option: trigger(wanted),
                do_not_disturb: general.do_not_disturb,
            }
        };
        Self { push: general.map(keys), ..self }
    }

    /// With the moments up to which the member has read and has got messages.
    pub(in super::super) fn with_receipts(self, view: &MemberView, read: bool, delivered: bool) -> Self {
        Self {
            read_ts: read.then_some(view.member.read_at.0),
            delivered_ts: delivered.then(|| view.member.delivered_at.map_or(0, |moment| moment.0)),
            ..self
        }
    }
}

/// An open channel.
#[derive(Serialize)]
pub(in super::super) struct OpenChannelBody<'a> {
    channel_url: &'a str,
    name: &'a str,
    cover_url: Address<'a>,
    custom_type: &'a str,
    data: &'a str,
    created_at: i64,
    max_length_message: usize,
    participant_count: usize,
    freeze: bool,
    is_ephemeral: bool,
    is_dynamic_partitioned: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    operators: Option<Vec<BasicUser<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    participants: Option<Vec<Participant<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<&'a Metadata>,
    #[serde(flatten)]
    pins: Option<Pins<'a>>,
}

/// Which optional keys an open channel is printed with.
#[derive(Clone, Copy, Default)]
pub(in super::super) struct OpenKeys {
    pub(in super::super) operators: bool,
    pub(in super::super) participants: bool,
    pub(in super::super) metadata: bool,
}

impl<'a> OpenChannelBody<'a> {
    pub(in super::super) fn new(view: &'a ChannelView, show: OpenKeys, home: Home<'a>) -> Self {
        let channel: &Channel = &view.channel;
        Self {
            channel_url: channel.id.as_str(),
            name: &channel.name,
            cover_url: home.address(&channel.cover),
            custom_type: &channel.custom_type,
            data: &channel.data,
            created_at: channel.created_at.seconds(),
            max_length_message: view.max_message_length,
            participant_count: view.participant_count,
            freeze: channel.frozen,
            is_ephemeral: channel.ephemeral,
            is_dynamic_partitioned: channel.partitioned,
            operators: show
                .operators
                .then(|| view.operators.iter().map(|user| BasicUser::new(&user.profile, home)).collect()),
            participants: show
                .participants
                .then(|| view.participants.iter().map(|view| Participant::new(view, home)).collect()),
            metadata: show.metadata.then_some(&channel.metadata),
            pins: Pins::of(view, home),
        }
    }
}

/// A channel of either kind, as a single one is printed.
#[derive(Serialize)]
#[serde(untagged)]
pub(in super::super) enum ChannelBody<'a> {
    Group(Box<GroupChannelBody<'a>>),
    Open(Box<OpenChannelBody<'a>>),
}

impl<'a> ChannelBody<'a> {
    pub(in super::super) fn new(view: &'a ChannelView, show: ShowKeys, home: Home<'a>) -> Self {
        match view.channel.kind {
            ChannelKind::Group => Self::Group(Box::new(GroupChannelBody::new(view, show, home))),
            ChannelKind::Open => {
                let keys = OpenKeys { operators: show.single, participants: false, metadata: false };
                Self::Open(Box::new(OpenChannelBody::new(view, keys, home)))
            }
        }
    }
}
