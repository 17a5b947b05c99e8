//! Channels of both kinds: creating, finding, listing, changing, deleting.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::{Bound, RangeBounds},
    sync::Arc,
};

use super::{
    Entity, Error, Field, Result, blocks, content, limits,
    membership::{self, Invitation, MemberView},
    messages::{self, Include, MessageView},
    operators, pins,
    reads::{self, Unread},
    sanctions, users,
};
use crate::{
    model::{
        Extra, Metadata,
        channel::{Channel, ChannelKind, Member},
        event::Event,
        file::Link,
        ids::{ChannelId, ObjectId, UserId},
        moderation::SanctionKind,
        page::{Page, Place},
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
    if !new.access_code.is_empty() && !new.public {
        return Err(Error::Invalid {
            field: Field::Public,
            why: "It must be true for a channel with an access_code",
        });
    }
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
        sanctions::may_enter_type(app, custom_type, &UserId::from(user.as_str()))?;
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
        && let Some(channel) = app.channels.index().numbered(id.number).and_then(|id| app.channels.get(id))
        && object_id(channel) == id
    {
        return Ok(Arc::clone(channel));
    }
    app.channels.get(text).cloned().ok_or(Error::NotFound(Entity::Channel))
}

/// All channels of both kinds, in the order of creation.
pub fn oldest_first(app: &Application) -> impl Iterator<Item = &Arc<Channel>> {
    app.channels.index().oldest_first().filter_map(|id| app.channels.get(id))
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
    keep(&mut new.name, patch.name);
    keep(&mut new.custom_type, patch.custom_type);
    keep(&mut new.data, patch.data);
    keep(&mut new.access_code, patch.access_code);
    keep(&mut new.style, patch.style);
    new.cover = patch.cover.unwrap_or_else(|| channel.cover.clone());
    new.distinct = patch.distinct.unwrap_or(channel.distinct);
    new.public = patch.public.unwrap_or(channel.public);
    new.large = patch.large.unwrap_or(channel.large);
    new.discoverable = patch.discoverable.or(patch.public).unwrap_or(channel.discoverable);
    new.survival_seconds = patch.survival_seconds.unwrap_or(channel.survival_seconds);
    check_distinct(new.distinct, new.public, new.large)?;
    if let Some(operators) = patch.operators {
        limits::items(Field::Operators, operators.len())?;
        for operator in &operators {
            users::find(app, operator)?;
        }
        new.operators = operators.into_iter().map(UserId::from).collect();
    }
    let channel = app.channels.put(new);
    app.emit(Event::ChannelUpdated(Arc::clone(&channel)));
    Ok(channel)
}

/// Freezes a channel, so that only operators write; or thaws it.
pub fn freeze(app: &mut Application, channel: &Arc<Channel>, frozen: bool) -> Arc<Channel> {
    if channel.frozen == frozen {
        return Arc::clone(channel);
    }
    let channel = app.channels.put(Channel { frozen, ..Channel::clone(channel) });
    app.emit(Event::ChannelFrozen(Arc::clone(&channel)));
    channel
}

/// Deletes a channel with its members, its messages and their reactions.
pub fn remove(app: &mut Application, channel: &Channel) {
    messages::remove_all(app, &channel.id);
    sanctions::forget_channel(app, &channel.id);
    let members = app.members.index().channel(&channel.id);
    let members: Vec<_> = members.into_iter().flat_map(|members| members.by_number.values().cloned()).collect();
    for user in members {
        app.members.remove(&(channel.id.clone(), user.clone()));
        app.note_departure(&user, &channel.id);
    }
    if let Some(channel) = app.channels.remove(&channel.id) {
        app.emit(Event::ChannelRemoved(channel));
    }
}

/// What an answer is to tell of a channel beside the channel itself.
#[derive(Clone, Debug, Default)]
pub struct Show {
    /// The members.
    pub members: bool,
    /// Operators.
    pub operators: bool,
    /// Pinned messages.
    pub pins: bool,
    /// The user to whom unread counts and the like relate.
    pub viewer: Option<UserId>,
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
    /// The pinned messages, the one that was pinned last first, if they were asked for.
    pub pins: Option<Vec<MessageView>>,
    /// Where the viewer stands, if there is a viewer.
    pub viewer: Option<ViewerView>,
    /// The longest text of a message, in characters.
    pub max_message_length: usize,
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
    let members = if show.members { membership::newest_first(app, channel).collect() } else { Vec::new() };
    ChannelView {
        channel: Arc::clone(channel),
        member_count,
        joined_count,
        last_message: messages::last(app, channel, show.viewer.as_ref()),
        members,
        operators: if show.operators { operators::all(app, channel).cloned().collect() } else { Vec::new() },
        pins: show.pins.then(|| {
            let view = |message| messages::view(app, channel, message, Include::default());
            pins::of(app, &channel.id).iter().map(view).collect()
        }),
        viewer: show.viewer.as_ref().map(|viewer| viewer_view(app, channel, viewer)),
        max_message_length: content::max_length(app, &channel.custom_type),
    }
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

/// Those who have entered an open channel and are connected. Nobody can connect yet.
pub fn participants(_: &Application, _: &Channel, after: Option<&Place>, limit: usize) -> Page<Arc<User>> {
    let connected = std::iter::empty::<Arc<User>>();
    super::page_of(connected, |user| Place { number: user.number, text: String::new() }, after, limit)
}

/// In which order channels are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ChannelOrder {
    /// The newest first.
    #[default]
    NewestFirst,
    /// The one with the newest message first; those without a message by their creation.
    LatestMessageFirst,
    /// By name.
    Name,
    /// By the value of this metadata key; those without it last.
    Metadata,
}

/// How metadata have to look.
#[derive(Clone, Debug)]
pub enum MetadataMatch {
    /// One of these values.
    OneOf(Vec<String>),
    /// A value that begins so.
    Prefix(String),
}

/// How a counter has to stand.
#[derive(Clone, Debug)]
pub enum CounterMatch {
    /// At one of these numbers.
    OneOf(Vec<i64>),
    /// Between these bounds.
    Within(Bound<i64>, Bound<i64>),
}

/// Which channels are asked for. What is none or empty does not matter.
#[derive(Clone, Debug, Default)]
pub struct ChannelFilter {
    /// Distinct ones (true) or others (false).
    pub distinct: Option<bool>,
    /// Public ones (true) or private ones (false).
    pub public: Option<bool>,
    /// Large ones (true) or others (false).
    pub large: Option<bool>,
    /// Created after that moment.
    pub created_after: Option<Timestamp>,
    /// Created before that moment.
    pub created_before: Option<Timestamp>,
    /// Without those that have no message.
    pub without_empty: bool,
    /// Without frozen ones.
    pub without_frozen: bool,
    /// Of one of these custom types.
    pub custom_types: Option<Vec<String>>,
    /// Of a custom type that begins so.
    pub custom_type_prefix: Option<String>,
    /// These channels.
    pub ids: Option<BTreeSet<String>>,
    /// With this in the id.
    pub id_contains: Option<String>,
    /// Of one of these names.
    pub names: Option<Vec<String>>,
    /// With this in the name, whatever its case.
    pub name_contains: Option<String>,
    /// Of a name that begins so, whatever its case.
    pub name_prefix: Option<String>,
    /// With exactly these members.
    pub members_exactly: Option<BTreeSet<String>>,
    /// With these members: all of them, or (true) any of them.
    pub members_include: Option<(Vec<String>, bool)>,
    /// With a member of one of these nicknames.
    pub member_nicknames: Option<Vec<String>>,
    /// With a member with this in the nickname, whatever its case.
    pub member_nickname_contains: Option<String>,
    /// With metadata that look so.
    pub metadata: Option<(String, MetadataMatch)>,
    /// With a counter that stands so.
    pub counter: Option<(String, CounterMatch)>,
    /// Where this user is a member.
    pub of_member: Option<UserId>,
}

impl ChannelFilter {
    pub(super) fn takes(&self, app: &Application, channel: &Channel) -> bool {
        let contains = |text: &str, part: &str| text.to_lowercase().contains(&part.to_lowercase());
        self.distinct.is_none_or(|wanted| channel.distinct == wanted)
            && self.public.is_none_or(|wanted| channel.public == wanted)
            && self.large.is_none_or(|wanted| channel.large == wanted)
            && self.created_after.is_none_or(|moment| channel.created_at > moment)
            && self.created_before.is_none_or(|moment| channel.created_at < moment)
            && !(self.without_frozen && channel.frozen)
            && self.custom_types.as_ref().is_none_or(|types| types.iter().any(|one| **one == *channel.custom_type))
            && self.custom_type_prefix.as_ref().is_none_or(|prefix| channel.custom_type.starts_with(&**prefix))
            && self.ids.as_ref().is_none_or(|ids| ids.contains(channel.id.as_str()))
            && self.id_contains.as_ref().is_none_or(|part| channel.id.as_str().contains(&**part))
            && self.names.as_ref().is_none_or(|names| names.iter().any(|name| **name == *channel.name))
            && self.name_contains.as_ref().is_none_or(|part| contains(&channel.name, part))
            && self
                .name_prefix
                .as_ref()
                .is_none_or(|prefix| channel.name.to_lowercase().starts_with(&prefix.to_lowercase()))
            && self.metadata.as_ref().is_none_or(|(key, wanted)| {
                channel.metadata.get(key).is_some_and(|value| match wanted {
                    MetadataMatch::OneOf(values) => values.contains(value),
                    MetadataMatch::Prefix(prefix) => value.starts_with(&**prefix),
                })
            })
            && self.counter.as_ref().is_none_or(|(key, wanted)| {
                channel.counters.get(key).is_some_and(|number| match wanted {
                    CounterMatch::OneOf(numbers) => numbers.contains(number),
                    CounterMatch::Within(low, high) => (*low, *high).contains(number),
                })
            })
            && self.takes_members(app, channel)
            && !(self.without_empty && messages::last_place(app, &channel.id, None).is_none())
    }

    fn takes_members(&self, app: &Application, channel: &Channel) -> bool {
        let is_member = |user: &str| membership::find(app, &channel.id, &UserId::from(user)).is_some();
        let has_nickname = |fits: &dyn Fn(&str) -> bool| {
            membership::newest_first(app, channel).any(|view| fits(&view.user.profile.nickname))
        };
        self.of_member.as_ref().is_none_or(|user| is_member(user.as_str()))
            && self.members_exactly.as_ref().is_none_or(|users| {
                let known = users.iter().filter(|user| app.users.contains(user.as_str()));
                let known: Vec<_> = known.collect();
                membership::counts(app, &channel.id).0 == known.len() && known.iter().all(|user| is_member(user))
            })
            && self.members_include.as_ref().is_none_or(|(users, any)| {
                if *any {
                    users.iter().any(|user| is_member(user))
                } else {
                    users.iter().all(|user| is_member(user))
                }
            })
            && self
                .member_nicknames
                .as_ref()
                .is_none_or(|names| has_nickname(&|nickname| names.iter().any(|name| name == nickname)))
            && self
                .member_nickname_contains
                .as_ref()
                .is_none_or(|part| has_nickname(&|nickname| nickname.to_lowercase().contains(&part.to_lowercase())))
    }
}

/// Channels of one kind, or of both.
pub fn list(
    app: &Application,
    kind: Option<ChannelKind>,
    filter: &ChannelFilter,
    order: (ChannelOrder, &str),
    (after, limit): (Option<&Place>, usize),
    show: &Show,
) -> Page<ChannelView> {
    let channels = app.channels.index().oldest_first().filter_map(|id| app.channels.get(id));
    let wanted = channels
        .filter(|channel| kind.is_none_or(|kind| channel.kind == kind))
        .filter(|channel| filter.takes(app, channel));
    let page = super::page_of(wanted, |channel| place(app, channel, order), after, limit);
    Page { items: page.items.into_iter().map(|channel| view(app, channel, show)).collect(), next: page.next }
}

/// Where a channel stands in a list of that order. Numbers are negative where the newest is first.
pub(super) fn place(app: &Application, channel: &Channel, (order, key): (ChannelOrder, &str)) -> Place {
    let numbered = || format!("{:020}", channel.number);
    match order {
        ChannelOrder::NewestFirst => Place { number: -channel.number, text: String::new() },
        ChannelOrder::LatestMessageFirst => {
            let last = messages::last_place(app, &channel.id, None);
            let moment = last.map_or(channel.created_at, |(at, _)| at);
            // Of several that share a moment the newest comes first, too.
            Place { number: -moment.0, text: format!("{:020}", i64::MAX - channel.number) }
        }
        ChannelOrder::Name => Place { number: 0, text: format!("{}\0{}", channel.name.to_lowercase(), numbered()) },
        ChannelOrder::Metadata => match channel.metadata.get(key) {
            Some(value) => Place { number: 0, text: format!("{value}\0{}", numbered()) },
            None => Place { number: 1, text: numbered() },
        },
    }
}
