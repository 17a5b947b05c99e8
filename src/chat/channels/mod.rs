//! Channels of both kinds: creating, finding, listing, changing, deleting.

mod list;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

pub use self::list::{ChannelFilter, ChannelOrder, CounterMatch, MetadataMatch, list};
pub(super) use self::list::{FEW, Wanted, before, by_name};

use super::{
    Entity, Error, Field, Result, blocks, content, limits,
    membership::{self, Invitation},
    messages::{self, Include, MessageView},
    offences, operators, pins,
    presence::{self, ParticipantView},
    reads::{self, Unread},
    sanctions, standing, users,
};
use crate::{
    model::{
        Extra, Metadata,
        channel::{Channel, ChannelKind, Member, MemberView},
        event::Event,
        file::Link,
        ids::{ChannelId, MessageId, ObjectId, UserId},
        moderation::SanctionKind,
        time::Timestamp,
        user::User,
    },
    state::Application,
};

/// A channel to create.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent switches that clients set one by one")]
pub struct NewChannel {
    /// Which channel it is to be.
    pub id: String,
    /// Group or open.
    pub kind: ChannelKind,
    /// The name that is shown.
    pub name: String,
    /// The cover picture.
    pub cover: Link,
    /// A word by which clients sort their channels.
    pub custom_type: Option<String>,
    /// Free text of the client.
    pub data: String,
    /// A channel with exactly these members is found again, not made anew.
    pub distinct: bool,
    /// May be joined without an invitation.
    pub public: bool,
    /// A channel for very many members.
    pub large: bool,
    /// Only operators write.
    pub broadcast: bool,
    /// A large channel whose members cannot be listed by members.
    pub exclusive: bool,
    /// Messages are passed on, not kept.
    pub ephemeral: bool,
    /// Shown in searches; what is none follows `public`.
    pub discoverable: Option<bool>,
    /// What must be shown to join, or empty.
    pub access_code: String,
    /// Splits itself when it is crowded.
    pub partitioned: bool,
    /// Only servers may make users join.
    pub joined_by_servers_only: bool,
    /// After how many seconds messages disappear; -1 for never.
    pub survival_seconds: i64,
    /// Who is in from the beginning.
    pub members: Invitation,
    /// Whether an unknown member is an error, or is passed over.
    pub strict: bool,
    /// Operators.
    pub operators: Vec<String>,
    /// What the client hangs on the channel.
    pub metadata: Metadata,
    /// Returning.AI's kind of an open channel.
    pub style: String,
    /// What no rule reads.
    pub extra: Extra,
}

impl NewChannel {
    /// A channel of that id and kind with nothing else said.
    pub fn new(id: String, kind: ChannelKind) -> Self {
        Self {
            id,
            kind,
            name: String::new(),
            cover: Link::default(),
            custom_type: None,
            data: String::new(),
            distinct: false,
            public: false,
            large: false,
            broadcast: false,
            exclusive: false,
            ephemeral: false,
            discoverable: None,
            access_code: String::new(),
            partitioned: false,
            joined_by_servers_only: false,
            survival_seconds: -1,
            members: Invitation::default(),
            strict: false,
            operators: Vec::new(),
            metadata: Metadata::new(),
            style: String::new(),
            extra: Extra::new(),
        }
    }
}

/// Creates a channel, or finds the distinct one of the same members.
///
/// # Errors
/// A field is too long or has a value that does not fit the others, a user does not exist, or
/// the id is taken.
pub fn create(app: &mut Application, mut new: NewChannel) -> Result<Arc<Channel>> {
    limits::channel_id(&new.id)?;
    limits::text(Field::ChannelName, &new.name)?;
    limits::text(Field::Cover, new.cover.as_kept())?;
    limits::text(Field::CustomType, new.custom_type.as_deref().unwrap_or(""))?;
    limits::metadata(&new.metadata)?;
    limits::items(Field::Members, new.members.users.len())?;
    limits::items(Field::Operators, new.operators.len())?;
    check_distinct(new.distinct, new.public, new.large)?;
    check_code(&new.access_code, new.public)?;
    let unknown = |user: &String| !app.users.contains(user.as_str());
    if new.strict && new.members.users.iter().any(unknown) {
        return Err(Error::Invalid { field: Field::Members, why: "The list contains an unknown user" });
    }
    new.members.users.retain(|user| app.users.contains(user.as_str()));
    if new.operators.iter().any(unknown) {
        return Err(Error::NotFound(Entity::User));
    }
    let inviter = new.members.inviter.as_deref().map(|inviter| users::find(app, inviter)).transpose()?;
    if new.distinct
        && let Some(channel) = find_distinct(app, &new)
    {
        return Ok(channel);
    }
    blocks::may_invite(app, &new.members)?;
    for user in &new.members.users {
        let custom_type = new.custom_type.as_deref().unwrap_or_default();
        let user = UserId::from(user.as_str());
        sanctions::may_enter_type(app, custom_type, &user)?;
        membership::may_join_another(app, &user)?;
    }
    if app.channels.contains(new.id.as_str()) {
        return Err(Error::Taken(Field::ChannelId));
    }
    let (number, created_at) = (app.next_number(), app.now());
    let channel = app.channels.put(Channel {
        id: ChannelId::from(new.id),
        number,
        kind: new.kind,
        name: new.name.into(),
        cover: new.cover,
        custom_type: new.custom_type.unwrap_or_default().into(),
        data: new.data.into(),
        created_at,
        changed_at: created_at,
        created_by: inviter.map(|inviter| Arc::clone(&inviter.profile)),
        distinct: new.distinct,
        public: new.public,
        large: new.large,
        broadcast: new.broadcast,
        exclusive: new.exclusive,
        ephemeral: new.ephemeral,
        discoverable: new.discoverable.unwrap_or(new.public),
        access_code: new.access_code.into(),
        frozen: false,
        partitioned: new.partitioned,
        joined_by_servers_only: new.joined_by_servers_only,
        survival_seconds: new.survival_seconds,
        operators: new.operators.into_iter().map(UserId::from).collect(),
        metadata: new.metadata,
        metadata_updated_at: Timestamp::ZERO,
        counters: BTreeMap::new(),
        style: new.style.into(),
        extra: new.extra,
    });
    app.emit(Event::ChannelCreated(Arc::clone(&channel)));
    membership::admit(app, &channel, &new.members, true);
    Ok(channel)
}

/// Only public channels have a code.
fn check_code(access_code: &str, public: bool) -> Result<()> {
    if access_code.is_empty() || public {
        return Ok(());
    }
    Err(Error::Invalid { field: Field::Public, why: "It must be true for a channel with an access_code" })
}

fn check_distinct(distinct: bool, public: bool, large: bool) -> Result<()> {
    if distinct && public {
        let why = "If you want this value to be set \"true\", is_public must not be true";
        return Err(Error::Invalid { field: Field::Distinct, why });
    }
    if distinct && large {
        let why = "If you want this value to be set \"true\", is_super must not be true";
        return Err(Error::Invalid { field: Field::Distinct, why });
    }
    Ok(())
}

/// The distinct channel of exactly those members and, where one is given, of that custom type.
fn find_distinct(app: &Application, new: &NewChannel) -> Option<Arc<Channel>> {
    let wanted: BTreeSet<&str> = new.members.users.iter().map(String::as_str).collect();
    let one = UserId::from(*wanted.first()?);
    let channels = app.members.index().channels_of(&one).filter_map(|id| app.channels.get(id));
    channels
        .filter(|channel| channel.distinct)
        .filter(|channel| new.custom_type.as_ref().is_none_or(|wanted| *channel.custom_type == **wanted))
        .find(|channel| {
            let members = app.members.index().channel(&channel.id);
            members.is_some_and(|members| {
                members.by_number.len() == wanted.len()
                    && members.by_number.values().all(|user| wanted.contains(user.as_str()))
            })
        })
        .cloned()
}

/// Whether there is a channel of that id, of whatever kind.
pub fn exists(app: &Application, id: &str) -> bool {
    app.channels.contains(id)
}

/// The channel of that id, of whatever kind.
///
/// # Errors
/// There is none.
pub fn find_of_any_kind(app: &Application, id: &str) -> Result<Arc<Channel>> {
    app.channels.get(id).cloned().ok_or(Error::NotFound(Entity::Channel))
}

/// The channel of that kind and id.
///
/// # Errors
/// There is none.
pub fn find(app: &Application, kind: ChannelKind, id: &str) -> Result<Arc<Channel>> {
    let channel = app.channels.get(id).filter(|channel| channel.kind == kind);
    channel.cloned().ok_or(Error::NotFound(Entity::Channel))
}

/// The channel of that 24-digit id or of that id, of either kind.
///
/// # Errors
/// There is none.
pub fn find_by_any(app: &Application, text: &str) -> Result<Arc<Channel>> {
    if let Some(id) = ObjectId::parse(text)
        && let Some(channel) = app.channels.index().numbered(id.number)
        && object_id(channel) == id
    {
        return Ok(Arc::clone(channel));
    }
    app.channels.get(text).cloned().ok_or(Error::NotFound(Entity::Channel))
}

/// All channels of both kinds, in the order of creation.
pub fn oldest_first(app: &Application) -> impl Iterator<Item = &Arc<Channel>> {
    app.channels.index().oldest_first()
}

/// The 24-digit id of a channel.
pub fn object_id(channel: &Channel) -> ObjectId {
    ObjectId { seconds: u32::try_from(channel.created_at.seconds()).unwrap_or(0), number: channel.number }
}

/// What is to change of a channel; what is none stays.
#[derive(Clone, Debug, Default)]
pub struct ChannelPatch {
    /// The name that is shown.
    pub name: Option<String>,
    /// The cover picture.
    pub cover: Option<Link>,
    /// A word by which clients sort their channels.
    pub custom_type: Option<String>,
    /// Free text of the client.
    pub data: Option<String>,
    /// Whether it is found again by its members.
    pub distinct: Option<bool>,
    /// Whether it may be joined without an invitation.
    pub public: Option<bool>,
    /// Whether it is for very many members.
    pub large: Option<bool>,
    /// Whether it is shown in searches.
    pub discoverable: Option<bool>,
    /// What must be shown to join.
    pub access_code: Option<String>,
    /// After how many seconds messages disappear.
    pub survival_seconds: Option<i64>,
    /// The operators, in place of the ones before.
    pub operators: Option<Vec<String>>,
    /// Returning.AI's kind of an open channel.
    pub style: Option<String>,
    /// The user who does it; none for a server.
    pub by: Option<UserId>,
}

/// Changes a channel.
///
/// # Errors
/// A field is too long or does not fit the others, or an operator does not exist.
pub fn update(app: &mut Application, channel: &Channel, patch: ChannelPatch) -> Result<Arc<Channel>> {
    limits::text(Field::ChannelName, patch.name.as_deref().unwrap_or(""))?;
    limits::text(Field::Cover, patch.cover.as_ref().map_or("", Link::as_kept))?;
    limits::text(Field::CustomType, patch.custom_type.as_deref().unwrap_or(""))?;
    let mut new = channel.clone();
    let keep = |slot: &mut Box<str>, text: Option<String>| {
        if let Some(text) = text {
            *slot = text.into();
        }
    };
    // With the code of a channel that is made private nobody could come in any more.
    let no_code = (patch.public == Some(false)).then(String::new);
    keep(&mut new.name, patch.name);
    keep(&mut new.custom_type, patch.custom_type);
    keep(&mut new.data, patch.data);
    keep(&mut new.access_code, patch.access_code.or(no_code));
    keep(&mut new.style, patch.style);
    new.cover = patch.cover.unwrap_or_else(|| channel.cover.clone());
    new.distinct = patch.distinct.unwrap_or(channel.distinct);
    new.public = patch.public.unwrap_or(channel.public);
    new.large = patch.large.unwrap_or(channel.large);
    new.discoverable = patch.discoverable.or(patch.public).unwrap_or(channel.discoverable);
    new.survival_seconds = patch.survival_seconds.unwrap_or(channel.survival_seconds);
    check_distinct(new.distinct, new.public, new.large)?;
    check_code(&new.access_code, new.public)?;
    if let Some(operators) = patch.operators {
        limits::items(Field::Operators, operators.len())?;
        for operator in &operators {
            users::find(app, operator)?;
        }
        new.operators = operators.into_iter().map(UserId::from).collect();
    }
    let before = app.channels.get(&channel.id).cloned().unwrap_or_else(|| Arc::new(channel.clone()));
    let channel = app.channels.put(new);
    app.emit(Event::ChannelUpdated { channel: Arc::clone(&channel), before: Arc::clone(&before) });
    let without = |some: &Channel, others: &Channel| -> Vec<UserId> {
        some.operators.iter().filter(|one| !others.is_operated_by(one.as_str())).cloned().collect()
    };
    let (added, removed) = (without(&channel, &before), without(&before, &channel));
    if !added.is_empty() || !removed.is_empty() {
        operators::tell(app, &channel, &added, &removed, patch.by.as_ref());
    }
    Ok(channel)
}

/// Freezes a channel, so that only operators write; or thaws it.
pub fn freeze(app: &mut Application, channel: &Arc<Channel>, frozen: bool, by: Option<&UserId>) -> Arc<Channel> {
    if channel.frozen == frozen {
        return Arc::clone(channel);
    }
    let channel = app.channels.put(Channel { frozen, ..Channel::clone(channel) });
    let by = by.and_then(|user| app.users.get(user)).cloned();
    app.emit(Event::ChannelFrozen { channel: Arc::clone(&channel), by });
    channel
}

/// Deletes a channel with its members, its messages and their reactions.
pub fn remove(app: &mut Application, channel: &Channel) {
    messages::remove_all(app, &channel.id);
    sanctions::forget_channel(app, &channel.id);
    offences::forget_channel(app, &channel.id);
    let members = app.members.index().channel(&channel.id);
    let mut members: Vec<_> = members.into_iter().flat_map(|members| members.by_number.values().cloned()).collect();
    for user in &members {
        app.members.remove(&(channel.id.clone(), user.clone()));
        app.note_departure(user, &channel.id);
    }
    members.extend(app.presence.clear(&channel.id));
    if let Some(channel) = app.channels.remove(&channel.id) {
        app.emit(Event::ChannelRemoved { channel, members });
    }
}

/// What an answer is to tell of a channel beside the channel itself.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent switches that clients set one by one")]
pub struct Show {
    /// The members.
    pub members: bool,
    /// Operators.
    pub operators: bool,
    /// Pinned messages.
    pub pins: bool,
    /// The user to whom unread counts and the like relate.
    pub viewer: Option<UserId>,
    /// What only a client of the viewer is told.
    pub client: bool,
}

/// A channel with all that is derived from its members and messages.
#[derive(Clone, Debug)]
pub struct ChannelView {
    /// The channel.
    pub channel: Arc<Channel>,
    /// How many members there are, joined and invited.
    pub member_count: usize,
    /// How many have joined.
    pub joined_count: usize,
    /// The newest message that the viewer sees.
    pub last_message: Option<MessageView>,
    /// The members, newest first; empty unless asked for.
    pub members: Vec<MemberView>,
    /// The operators; empty unless asked for.
    pub operators: Vec<Arc<User>>,
    /// What is pinned, if that was asked for; the viewer's client is told in any case.
    pub pins: Option<PinsView>,
    /// Where the viewer stands, if there is a viewer.
    pub viewer: Option<ViewerView>,
    /// Those who have entered an open channel; empty unless asked for.
    pub participants: Vec<ParticipantView>,
    /// How many have entered an open channel.
    pub participant_count: usize,
    /// The longest text of a message, in characters.
    pub max_message_length: usize,
    /// Before which moment messages are gone; told to clients alone.
    pub purged_before: Option<Timestamp>,
}

/// What is pinned in a channel.
#[derive(Clone, Debug)]
pub struct PinsView {
    /// All of them, the one that was pinned last first.
    pub messages: Vec<MessageId>,
    /// The one that was pinned last.
    pub latest: Option<MessageView>,
}

/// Where a viewer stands with a channel.
#[derive(Clone, Debug)]
pub struct ViewerView {
    /// The standing; none for somebody who is no member.
    pub member: Option<Arc<Member>>,
    /// Whether the viewer is an operator.
    pub operator: bool,
    /// Whether the viewer is muted.
    pub muted: bool,
    /// What the viewer has not read.
    pub unread: Unread,
    /// Who invited the viewer.
    pub inviter: Option<Arc<User>>,
}

/// A channel with all that is derived from its members and messages.
pub fn view(app: &Application, channel: &Arc<Channel>, show: &Show) -> ChannelView {
    let (member_count, joined_count) = membership::counts(app, &channel.id);
    let mut members: Vec<_> =
        if show.members { membership::newest_first(app, channel).collect() } else { Vec::new() };
    let client = show.viewer.as_ref().filter(|_| show.client);
    if let Some(viewer) = client {
        for view in &mut members {
            view.blocks = Some(blocks::between(app, viewer, &view.user.id));
        }
    }
    ChannelView {
        channel: Arc::clone(channel),
        member_count,
        joined_count,
        last_message: messages::last(app, channel, show.viewer.as_ref()),
        members,
        operators: if show.operators { operators::all(app, channel).cloned().collect() } else { Vec::new() },
        pins: (show.pins || client.is_some()).then(|| pins_view(app, channel)),
        viewer: show.viewer.as_ref().map(|viewer| viewer_view(app, channel, viewer)),
        participants: if show.members {
            let entered = app.presence.participants(channel.id.as_str());
            let users = entered.filter_map(|user| app.users.get(user));
            users.map(|user| presence::participant(app, channel, user)).collect()
        } else {
            Vec::new()
        },
        participant_count: app.presence.count(channel.id.as_str()),
        max_message_length: content::max_length(app, &channel.custom_type),
        purged_before: client.map(|_| standing::purged_before(app, channel)),
    }
}

fn pins_view(app: &Application, channel: &Arc<Channel>) -> PinsView {
    let pinned = pins::of(app, &channel.id);
    let latest = pinned.first().map(|message| messages::view(app, channel, message, Include::default()));
    PinsView { messages: pinned.iter().map(|message| message.id).collect(), latest }
}

fn viewer_view(app: &Application, channel: &Channel, viewer: &UserId) -> ViewerView {
    let member = membership::find(app, &channel.id, viewer).cloned();
    ViewerView {
        operator: operators::is_operator(app, channel, viewer),
        muted: sanctions::holding(app, SanctionKind::Mute, channel, viewer).is_some(),
        unread: member.as_deref().map_or_else(Unread::default, |member| reads::unread(app, member)),
        inviter: member
            .as_ref()
            .and_then(|member| member.inviter.as_ref())
            .and_then(|inviter| app.users.get(inviter).cloned()),
        member,
    }
}
