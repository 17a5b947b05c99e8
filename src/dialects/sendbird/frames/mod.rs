//! What clients hear on the socket: every event as a frame, four letters and a JSON object, with
//! those who are to hear of it.

pub(super) mod channels;
pub(super) mod members;
pub(super) mod messages;
pub(super) mod polls;
pub(super) mod receipts;

use serde::Serialize;
use serde_json::{Value, json};

use super::wire::{Home, login::UnreadCount, message::channel_type, user::BasicUser};
use crate::{
    delivery::{Audience, Encode, Frame, Told},
    engine::Occurrence,
    model::{
        channel::{Channel, ChannelKind},
        event::Event,
        ids::{ChannelId, UserId},
        time::Timestamp,
        user::User,
    },
    state::Application,
};

/// How this dialect says events on sockets.
pub struct Frames {
    /// What addresses of our own begin with.
    pub base_url: String,
}

impl Encode for Frames {
    fn encode(&self, app: &Application, occurrence: &Occurrence) -> Vec<Told> {
        let home = Home::of_client(&self.base_url, &app.id);
        let told = Teller { app, home, at: occurrence.at };
        match &occurrence.event {
            Event::MessageSent { channel, message, .. } => told.sent(channel, message),
            Event::MessageUpdated { channel, message, before } => told.edited(channel, message, &before.mention),
            Event::MessageTouched { channel, message } => told.edited(channel, message, &message.mention),
            Event::MessageRemoved { channel, message } => told.removed(channel, message),
            Event::ReactionAdded { channel, message, reaction, .. } => {
                Teller::reacted(channel, message, reaction, "ADD", reaction.updated_at)
            }
            Event::ReactionRemoved { channel, message, reaction, at, .. } => {
                Teller::reacted(channel, message, reaction, "DELETE", *at)
            }
            Event::MessagePinned { channel, pinned, .. } | Event::MessageUnpinned { channel, pinned, .. } => {
                told.pins(channel, pinned)
            }
            Event::Read { channel, user, at, unread_again, word } => {
                told.read(channel, user, *at, *unread_again, word.as_deref())
            }
            Event::Delivered { channel, user, at } => Teller::delivered(channel, user, *at),
            Event::Typing { channel, user, on } => told.typing(channel, user, *on),
            Event::PollUpdated(poll) => told.poll(poll),
            Event::PollVoted { poll, counts, .. } => told.voted(poll, counts),
            Event::ChannelUpdated { channel, .. } => told.changed(channel),
            Event::ChannelRemoved { channel, members } => told.gone(channel, members),
            Event::ChannelFrozen { channel, .. } => told.frozen(channel),
            Event::OperatorsChanged { channel, operators, .. } => told.operators(channel, operators),
            Event::ChannelMetadataChanged { channel, changes } => told.items(channel, 11100, changes),
            Event::ChannelCountersChanged { channel, changes } => told.items(channel, 11200, changes),
            Event::Participation { channel, user, entered, count } => {
                told.participation(channel, user, *entered, *count)
            }
            Event::MembersInvited { channel, inviter, members, count } => {
                told.invited(channel, inviter.as_deref(), members, *count)
            }
            Event::MembersJoined { channel, inviter, members, count } => {
                told.joined(channel, inviter.as_deref(), members, *count)
            }
            Event::MemberDeclined { channel, inviter, member, count, .. } => {
                told.declined(channel, inviter.as_deref(), member, *count)
            }
            Event::MemberLeft { channel, member, count, .. } => told.left(channel, member, *count),
            Event::UserSanctioned { sanction, user, channels } => told.sanction(sanction, user, channels, true),
            Event::SanctionLifted { sanction, user, channels } => told.sanction(sanction, user, channels, false),
            Event::MemberHid(member) => told.hid(member),
            Event::HistoryReset(member) | Event::CountingChanged(member) | Event::MemberPushChanged(member) => {
                told.changed_for(member)
            }
            Event::UserBlocked { blocker, blocked, .. } => told.block(blocker, blocked, true),
            Event::FriendsFound { user, friends } => told.friends(user, friends),
            Event::UserUnblocked { blocker, blocked, .. } => told.block(blocker, blocked, false),
            // Nobody on a socket hears of these. What ends sessions, the connections look at themselves.
            Event::UserCreated(_)
            | Event::UserUpdated { .. }
            | Event::UserRemoved(_)
            | Event::UserPushChanged(_)
            | Event::ChannelCreated(_)
            | Event::TypeOperatorChanged { .. }
            | Event::Reported(_)
            | Event::Screenshot { .. }
            | Event::SessionsRevoked(_)
            | Event::ClockMoved
            | Event::WordsCovered { .. }
            | Event::WordsRefused { .. }
            | Event::ImageFound { .. }
            | Event::WordsNoticed { .. }
            | Event::OffenderModerated { .. }
            | Event::SentTooFast { .. }
            | Event::DeliveryDue(_)
            | Event::ScheduledMessageChanged(_) => Vec::new(),
        }
    }
}

/// One event being told.
struct Teller<'a> {
    app: &'a Application,
    home: Home<'a>,
    /// When it happened.
    at: Timestamp,
}

impl Teller<'_> {
    /// What a system event of a channel tells.
    fn event(&self, category: u32, channel: &Channel, data: Value) -> Value {
        let mut event = json!({
            "cat": category,
            "channel_url": channel.id,
            "channel_type": channel_type(channel),
            "ts": self.at.0,
        });
        event["data"] = data;
        event
    }

    /// A system event of a channel.
    fn system(&self, category: u32, channel: &Channel, data: Value) -> String {
        text("SYEV", &self.event(category, channel, data))
    }

    /// A system event of a channel for all who are in it.
    fn announce(&self, category: u32, channel: &Channel, data: Value) -> Vec<Told> {
        vec![Told::to(all_of(channel), self.system(category, channel, data))]
    }

    /// A user event for these users.
    fn tell_users(&self, category: u32, users: Vec<UserId>, data: Value) -> Vec<Told> {
        let mut event = json!({ "cat": category, "ts": self.at.0 });
        event["data"] = data;
        vec![Told::to(Audience::Users(users), text("USEV", &event))]
    }

    /// How many are in a group channel, or in an open one. Clients want both lists, and a moment in each entry.
    fn counts(&self, kind: ChannelKind, mut entry: Value) -> String {
        let now = self.at.0;
        entry["ts"] = now.into();
        let (group, open) = match kind {
            ChannelKind::Group => (vec![entry], Vec::new()),
            ChannelKind::Open => (Vec::new(), vec![entry]),
        };
        text("MCNT", &json!({ "group_channels": group, "open_channels": open, "ts": now }))
    }

    fn channel(&self, id: &ChannelId) -> Option<&Channel> {
        self.app.channels.get(id).map(|channel| &**channel)
    }

    fn user(&self, user: &User) -> Value {
        value(&BasicUser::new(&user.profile, self.home))
    }
}

/// All who are in a channel: members and invited ones, or participants.
fn all_of(channel: &Channel) -> Audience {
    match channel.kind {
        ChannelKind::Group => Audience::Members(channel.id.clone()),
        ChannelKind::Open => Audience::Participants(channel.id.clone()),
    }
}

/// Those of a channel who are to hear of something that was said at a moment.
fn hearers(channel: &Channel, at: Timestamp) -> Audience {
    match channel.kind {
        ChannelKind::Group => Audience::Joined(channel.id.clone(), at),
        ChannelKind::Open => Audience::Participants(channel.id.clone()),
    }
}

/// A frame.
pub(super) fn text(code: &str, body: &impl Serialize) -> String {
    let mut frame = Vec::with_capacity(1024);
    frame.extend_from_slice(code.as_bytes());
    serde_json::to_writer(&mut frame, body).expect("frames are plain data with text keys");
    String::from_utf8(frame).expect("JSON is UTF-8")
}

/// An object with a field more; without, where there is no value.
pub(super) fn with(mut object: Value, name: &str, value: Option<Value>) -> Value {
    if let (Some(fields), Some(value)) = (object.as_object_mut(), value) {
        fields.insert(name.to_owned(), value);
    }
    object
}

/// What is printed, as a value that can be changed.
fn value(printed: &impl Serialize) -> Value {
    serde_json::to_value(printed).expect("frames are plain data with text keys")
}

/// What a user has not read in all, as every frame may carry it.
pub(super) fn unread(app: &Application, user: &UserId) -> Value {
    value(&UnreadCount::of(app, user))
}

/// A frame, and for each user what that one has not read.
fn with_unread(to: Audience, frame: &str) -> Told {
    let open = frame.strip_suffix('}').unwrap_or(frame).to_owned();
    let text = move |app: &Application, user: &UserId| {
        let unread = serde_json::to_string(&UnreadCount::of(app, user)).expect("plain data is JSON");
        [&open, ",\"unread_cnt\":", &unread, "}"].concat()
    };
    Told { to, but: Vec::new(), answered: false, frame: Frame::Each(Box::new(text)) }
}
