//! Lists of channels: which are asked for, in which order, and page by page.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::{Bound, RangeBounds},
    sync::Arc,
};

use super::{ChannelView, Show, view};
use crate::{
    chat::{
        begins_with, contains, first_of, membership, messages,
        nicknames::WithMember,
        overview::{self, Own},
        page_by,
    },
    model::{
        channel::{Channel, ChannelKind, Member},
        ids::{ChannelId, UserId},
        page::{Page, Place},
        time::Timestamp,
    },
    state::{Application, messages::ChannelMessages},
};

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
    /// Created after that moment, to the second.
    pub created_after: Option<Timestamp>,
    /// Created before that moment, to the second.
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

/// The channels of one user.
type Mine<'a> = &'a BTreeMap<ChannelId, Arc<Member>>;

/// A filter with all that can be looked up once, and not for each channel.
pub(in crate::chat) struct Wanted<'a> {
    app: &'a Application,
    filter: &'a ChannelFilter,
    name_part: Option<String>,
    name_prefix: Option<String>,
    /// Each of these users has to be a member. One who is nowhere leaves nothing to list.
    all: Vec<Option<Mine<'a>>>,
    /// One of these has to be, if there are such.
    any: Option<Vec<Mine<'a>>>,
    /// How many members there have to be.
    count: Option<usize>,
    nicknames: Vec<WithMember<'a>>,
}

impl ChannelFilter {
    pub(in crate::chat) fn on<'a>(&'a self, app: &'a Application) -> Wanted<'a> {
        let own = |user: &str| app.members.index().own(user);
        let mut all: Vec<_> = self.of_member.iter().map(|user| own(user.as_str())).collect();
        let known = |users: &'a BTreeSet<String>| users.iter().filter(|user| app.users.contains(user.as_str()));
        all.extend(self.members_exactly.iter().flat_map(known).map(|user| own(user)));
        let mut any = None;
        match &self.members_include {
            Some((users, true)) => any = Some(users.iter().filter_map(|user| own(user)).collect()),
            Some((users, false)) => all.extend(users.iter().map(|user| own(user))),
            None => {}
        }
        let mut nicknames = Vec::new();
        if let Some(names) = &self.member_nicknames {
            let fits = move |nickname: &str| names.iter().any(|name| name == nickname);
            nicknames.push(WithMember::new(app, Box::new(fits)));
        }
        if let Some(part) = self.member_nickname_contains.as_ref().map(|part| part.to_lowercase()) {
            let fits = move |nickname: &str| contains(nickname, &part);
            nicknames.push(WithMember::new(app, Box::new(fits)));
        }
        Wanted {
            app,
            filter: self,
            name_part: self.name_contains.as_ref().map(|part| part.to_lowercase()),
            name_prefix: self.name_prefix.as_ref().map(|prefix| prefix.to_lowercase()),
            all,
            any,
            count: self.members_exactly.as_ref().map(|users| known(users).count()),
            nicknames,
        }
    }
}

impl<'a> Wanted<'a> {
    /// Whether a channel is asked for, which has those messages.
    pub(in crate::chat) fn takes<'m>(
        &self,
        channel: &Channel,
        messages: impl FnOnce() -> Option<&'m ChannelMessages>,
    ) -> bool {
        self.takes_by_itself(channel)
            && self.takes_members(channel)
            && (!self.filter.without_empty
                || messages().is_some_and(|messages| messages::last_among(self.app, messages, None).is_some()))
    }

    /// Whether it is plain that there is nothing to list.
    pub(in crate::chat) fn takes_none(&self) -> bool {
        self.all.iter().any(Option::is_none) || self.nicknames.iter().any(WithMember::is_nowhere)
    }

    /// Whether a channel is asked for as far as its own row tells.
    fn takes_by_itself(&self, channel: &Channel) -> bool {
        let filter = self.filter;
        filter.distinct.is_none_or(|wanted| channel.distinct == wanted)
            && filter.public.is_none_or(|wanted| channel.public == wanted)
            && filter.large.is_none_or(|wanted| channel.large == wanted)
            && filter.created_after.is_none_or(|moment| created(channel) > moment)
            && filter.created_before.is_none_or(|moment| created(channel) < moment)
            && !(filter.without_frozen && channel.frozen)
            && filter
                .custom_types
                .as_ref()
                .is_none_or(|types| types.iter().any(|one| **one == *channel.custom_type))
            && filter.custom_type_prefix.as_ref().is_none_or(|prefix| channel.custom_type.starts_with(&**prefix))
            && filter.ids.as_ref().is_none_or(|ids| ids.contains(channel.id.as_str()))
            && filter.id_contains.as_ref().is_none_or(|part| channel.id.as_str().contains(&**part))
            && filter.names.as_ref().is_none_or(|names| names.iter().any(|name| **name == *channel.name))
            && self.name_part.as_ref().is_none_or(|part| contains(&channel.name, part))
            && self.name_prefix.as_ref().is_none_or(|prefix| begins_with(&channel.name, prefix))
            && filter.metadata.as_ref().is_none_or(|(key, wanted)| {
                channel.metadata.get(key).is_some_and(|value| match wanted {
                    MetadataMatch::OneOf(values) => values.contains(value),
                    MetadataMatch::Prefix(prefix) => value.starts_with(&**prefix),
                })
            })
            && filter.counter.as_ref().is_none_or(|(key, wanted)| {
                channel.counters.get(key).is_some_and(|number| match wanted {
                    CounterMatch::OneOf(numbers) => numbers.contains(number),
                    CounterMatch::Within(low, high) => (*low, *high).contains(number),
                })
            })
    }

    fn takes_members(&self, channel: &Channel) -> bool {
        self.count.is_none_or(|count| membership::counts(self.app, &channel.id).0 == count)
            && self.all.iter().all(|own| own.is_some_and(|own| own.contains_key(&channel.id)))
            && self.any.as_ref().is_none_or(|any| any.iter().any(|own| own.contains_key(&channel.id)))
            && self.nicknames.iter().all(|wanted| wanted.is_in(&channel.id))
    }

    /// Where the filter names few channels, or asks for a number of members or for members with few channels: these,
    /// in the order of ids.
    fn few(&self) -> Option<Box<dyn Iterator<Item = &'a Arc<Channel>> + 'a>> {
        let app = self.app;
        if let Some(ids) = &self.filter.ids {
            return Some(Box::new(ids.iter().filter_map(|id| app.channels.get(id.as_str()))));
        }
        if let Some(count) = self.count.filter(|count| *count > 0) {
            let of_size =
                app.members.index().channels().filter(move |(_, members)| members.by_number.len() == count);
            return Some(Box::new(of_size.filter_map(|(id, _)| app.channels.get(id))));
        }
        // Where one of them is nowhere, it is plain that there is nothing to list.
        let fewest = self.all.iter().flatten().min_by_key(|own| own.len())?;
        let mut channels = app.channels.follow();
        let here = fewest.keys().filter_map(move |id| channels.at(id));
        (fewest.len() < app.channels.len() / FEW).then(|| Box::new(here) as _)
    }
}

/// When a channel was created, as far as that is shown: to the second.
fn created(channel: &Channel) -> Timestamp {
    Timestamp(channel.created_at.seconds() * 1000)
}

/// One channel in this many is few: these are better put in order than looked for in a list that is.
pub(in crate::chat) const FEW: usize = 4;

/// Channels of one kind, or of both.
pub fn list(
    app: &Application,
    kind: Option<ChannelKind>,
    filter: &ChannelFilter,
    order: (ChannelOrder, &str),
    (after, limit): (Option<&Place>, usize),
    show: &Show,
) -> Page<ChannelView> {
    let wanted = filter.on(app);
    if wanted.takes_none() {
        return Page { items: Vec::new(), next: None };
    }
    let index = app.messages.index();
    let takes = |channel: &Channel| {
        kind.is_none_or(|kind| channel.kind == kind) && wanted.takes(channel, || index.channel(&channel.id))
    };
    let few = wanted.few();
    let in_order: Option<Box<dyn Iterator<Item = _>>> = match order.0 {
        _ if few.is_some() => None,
        ChannelOrder::NewestFirst => Some(Box::new(app.channels.index().before(before(after)))),
        ChannelOrder::Name => Some(Box::new(by_name(app, after))),
        ChannelOrder::LatestMessageFirst | ChannelOrder::Metadata => None,
    };
    let of_one = filter.of_member.as_ref().filter(|_| few.is_none() && order.0 == ChannelOrder::LatestMessageFirst);
    let page = if let Some(channels) = in_order {
        let wanted = channels.filter(|channel| takes(channel)).cloned();
        first_of(wanted, limit, |channel| rank(channel, order, || None).into())
    } else if let Some(user) = of_one {
        overview::of(app, user, |overview| {
            let ranked = overview.channels().iter().rev().map(|own| (own.rank(order), own));
            page_by(ranked, |own| takes(&own.channel), after, limit).map(|own| Arc::clone(&own.channel))
        })
    } else {
        let mut messages = index.follow();
        let channels = few.unwrap_or_else(|| Box::new(app.channels.iter()));
        let ranked = channels.map(|channel| {
            let messages = messages.at(&channel.id);
            let last = || messages.and_then(|messages| messages::last_among(app, messages, None)).map(|(at, _)| at);
            (rank(channel, order, last), channel)
        });
        page_by(ranked, |channel| takes(channel), after, limit).map(Arc::clone)
    };
    page.map(|channel| view(app, &channel, show))
}

/// The number below which a list of the newest first goes on.
pub(in crate::chat) fn before(after: Option<&Place>) -> i64 {
    after.map_or(i64::MAX, |place| place.number.saturating_neg())
}

/// The channels behind a place in a list by name.
pub(in crate::chat) fn by_name<'a>(
    app: &'a Application,
    after: Option<&Place>,
) -> impl Iterator<Item = &'a Arc<Channel>> + use<'a> {
    let after = after.map(Rank::from);
    app.channels.index().by_name(after.map(|after| (after.text.into(), after.channel)))
}

impl Own {
    /// Where the channel stands in a list of that order.
    pub(in crate::chat) fn rank(&self, order: (ChannelOrder, &str)) -> Rank {
        match order.0 {
            ChannelOrder::NewestFirst => Rank::newest_first(self.number),
            ChannelOrder::LatestMessageFirst => Rank::latest_first(self.last, self.number),
            ChannelOrder::Name | ChannelOrder::Metadata => rank(&self.channel, order, || None),
        }
    }
}

/// Where a channel stands in a list: by number, then by text, then by the number of the channel.
/// Numbers are negative where the newest is first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::chat) struct Rank {
    number: i64,
    text: String,
    channel: i64,
}

/// Where a channel stands in a list of that order, with the moment of its newest message.
fn rank(channel: &Channel, (order, key): (ChannelOrder, &str), last: impl FnOnce() -> Option<Timestamp>) -> Rank {
    match order {
        ChannelOrder::NewestFirst => Rank::newest_first(channel.number),
        ChannelOrder::LatestMessageFirst => {
            Rank::latest_first(last().unwrap_or(channel.created_at), channel.number)
        }
        ChannelOrder::Name => Rank { number: 0, text: channel.name.to_lowercase(), channel: channel.number },
        ChannelOrder::Metadata => match channel.metadata.get(key) {
            Some(value) => Rank { number: 0, text: value.clone(), channel: channel.number },
            None => Rank { number: 1, text: String::new(), channel: channel.number },
        },
    }
}

impl Rank {
    fn newest_first(channel: i64) -> Self {
        Self { number: -channel, text: String::new(), channel: 0 }
    }

    /// Of several that share a moment the newest channel comes first, too.
    fn latest_first(last: Timestamp, channel: i64) -> Self {
        Self { number: -last.0, text: String::new(), channel: i64::MAX - channel }
    }
}

impl From<Rank> for Place {
    fn from(rank: Rank) -> Self {
        Self { number: rank.number, text: format!("{}\0{}", rank.text, rank.channel) }
    }
}

impl From<&Place> for Rank {
    fn from(place: &Place) -> Self {
        let (text, channel) = place.text.rsplit_once('\0').unwrap_or((&place.text, ""));
        Self { number: place.number, text: text.to_owned(), channel: channel.parse().unwrap_or(0) }
    }
}
