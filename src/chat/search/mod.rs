//! Searching the words of messages.

mod terms;

use std::{cmp::Reverse, sync::Arc};

use self::terms::{Terms, words};

use super::{
    Entity, Error, Field, Result, limits,
    messages::{self, Include, MessageView},
};
use crate::{
    model::{
        application::ReplyPolicy,
        channel::{Channel, ChannelKind, MemberState},
        ids::UserId,
        message::Message,
        time::Timestamp,
    },
    state::{Application, timeline::newest_first},
};

/// Where is searched.
#[derive(Clone, Debug)]
pub enum Scope {
    /// In one group channel.
    Channel(String),
    /// In the channels that a user has joined, and perhaps in others.
    Joined(Joined),
}

/// The channels of a user in which is searched.
#[derive(Clone, Debug)]
pub struct Joined {
    /// The user.
    pub user: String,
    /// Only those of this custom type.
    pub custom_type: Option<String>,
    /// Open channels too.
    pub open: bool,
    /// Public group channels too that the user has not joined.
    pub public: bool,
}

/// How the words that are searched for are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// All of them have to be there, each perhaps as a part of a longer one.
    Words,
    /// The same words in the same order, and no parts of longer ones.
    Exact,
    /// With `AND`, `OR`, parentheses, quotes, `?`, `*` and `~`.
    Advanced,
}

/// A part of a message in which is searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// The words.
    Text,
    /// The word by which clients sort their messages.
    CustomType,
    /// Free text of the client.
    Data,
    /// The values of the extra data.
    Meta,
}

/// By what the results are sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The best first; of equals, the newest.
    Score,
    /// The newest first.
    Time,
}

/// What is searched for.
#[derive(Clone, Debug)]
pub struct Search {
    /// The words.
    pub term: String,
    /// Where.
    pub scope: Scope,
    /// How the words are read.
    pub reading: Reading,
    /// In which parts of messages.
    pub targets: Vec<Target>,
    /// From which moment on.
    pub from: Option<Timestamp>,
    /// Up to which moment.
    pub to: Option<Timestamp>,
    /// Only of these senders.
    pub senders: Option<Vec<String>>,
    /// By what the results are sorted.
    pub order: Order,
    /// The other way round.
    pub reverse: bool,
}

/// The place of a result among all: it stays while others come and go.
pub type Rank = (i64, i64, i64);

/// Which part of the results is asked for.
#[derive(Clone, Copy, Debug)]
pub enum Part {
    /// The first ones.
    First,
    /// Those behind a result.
    After(Rank),
    /// Those right before a result.
    Before(Rank),
}

/// Some of the results.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// The results, with the place of each.
    pub results: Vec<(Rank, MessageView)>,
    /// How many there are in all.
    pub total: usize,
    /// Whether there are some before these.
    pub earlier: bool,
    /// Whether there are some behind these.
    pub later: bool,
}

/// In how many of a user's channels is searched: those with the newest messages.
const CHANNELS: usize = 100;

/// Searches messages, removed ones excepted.
///
/// # Errors
/// There is nothing to search for or it cannot be read, the number is out of range, or there is no such channel or user.
pub fn search(app: &Application, search: &Search, part: Part, limit: i64) -> Result<Found> {
    let limit = limits::range(Field::Limit, limit, &limits::ROWS)?;
    let terms = match search.reading {
        Reading::Words => Terms::plain(&search.term, false)?,
        Reading::Exact => Terms::plain(&search.term, true)?,
        Reading::Advanced => Terms::advanced(&search.term)?,
    };
    let mut hits: Vec<(Rank, &Arc<Channel>, &Arc<Message>)> = Vec::new();
    for (channel, visible_after) in channels(app, &search.scope)? {
        let Some(known) = app.messages.index().channel(&channel.id) else { continue };
        for (at, id) in newest_first(known.all.parts(ReplyPolicy::All)) {
            if at <= visible_after || search.from.is_some_and(|from| at < from) {
                break;
            }
            let Some(message) = app.messages.get(&id).filter(|message| takes(search, message)) else { continue };
            let score = terms.score(&texts(message, &search.targets));
            if score > 0 {
                hits.push((rank(search, score, message), channel, message));
            }
        }
    }
    hits.sort_unstable_by_key(|(rank, ..)| *rank);
    let total = hits.len();
    let (start, end) = match part {
        Part::First => (0, limit),
        Part::After(last) => {
            let start = hits.partition_point(|(rank, ..)| *rank <= last);
            (start, start + limit)
        }
        Part::Before(first) => {
            let end = hits.partition_point(|(rank, ..)| *rank < first);
            (end.saturating_sub(limit), end)
        }
    };
    let end = end.min(total);
    let view = |(rank, channel, message): &(Rank, &Arc<Channel>, &Arc<Message>)| {
        (*rank, messages::view(app, channel, message, Include { parent: true, ..Include::default() }))
    };
    let results = hits[start.min(end)..end].iter().map(view).collect();
    Ok(Found { results, total, earlier: start > 0, later: end < total })
}

/// The channels of a scope, and from which moment on their messages are for the one who searches.
fn channels<'a>(app: &'a Application, scope: &Scope) -> Result<Vec<(&'a Arc<Channel>, Timestamp)>> {
    match scope {
        Scope::Channel(id) => {
            let channel = app.channels.get(id.as_str()).filter(|channel| channel.kind == ChannelKind::Group);
            Ok(vec![(channel.ok_or(Error::NotFound(Entity::Channel))?, Timestamp(-1))])
        }
        Scope::Joined(joined) => {
            let user = app.users.get(joined.user.as_str()).ok_or(Error::NotFound(Entity::User))?;
            let seen = |channel: &Channel| {
                if channel.kind == ChannelKind::Open {
                    return joined.open.then_some(Timestamp(-1));
                }
                let member = app.members.get(&(channel.id.clone(), user.id.clone()));
                match member.filter(|member| member.state == MemberState::Joined) {
                    Some(member) => Some(member.sees_after),
                    None => (joined.public && channel.public).then_some(Timestamp(-1)),
                }
            };
            let of_type = |channel: &Channel| {
                joined.custom_type.as_ref().is_none_or(|custom_type| **custom_type == *channel.custom_type)
            };
            let mut channels: Vec<_> = if joined.open || joined.public {
                app.channels.iter().filter_map(|channel| Some((channel, seen(channel)?))).collect()
            } else {
                let channels = app.members.index().channels_of(&user.id).filter_map(|id| app.channels.get(id));
                channels.filter_map(|channel| Some((channel, seen(channel)?))).collect()
            };
            channels.retain(|(channel, _)| of_type(channel));
            let newest = |channel: &Channel| messages::last_place(app, &channel.id, None::<&UserId>);
            channels.sort_by_key(|(channel, _)| Reverse((newest(channel), channel.number)));
            channels.truncate(CHANNELS);
            Ok(channels)
        }
    }
}

fn takes(search: &Search, message: &Message) -> bool {
    let sender = message.sender.as_ref().map(|sender| sender.user.as_str());
    !message.is_removed()
        && search.to.is_none_or(|to| message.created_at <= to)
        && search
            .senders
            .as_ref()
            .is_none_or(|senders| sender.is_some_and(|sender| senders.iter().any(|one| one == sender)))
}

/// The words of the parts of a message in which is searched.
fn texts(message: &Message, targets: &[Target]) -> Vec<Vec<String>> {
    let mut texts = Vec::with_capacity(targets.len());
    for target in targets {
        match target {
            Target::Text => texts.push(words(&message.text)),
            Target::CustomType => texts.push(words(&message.custom_type)),
            Target::Data => texts.push(words(&message.data)),
            Target::Meta => {
                texts.extend(message.meta().iter().flat_map(|item| &item.value).map(|value| words(value)));
            }
        }
    }
    texts
}

fn rank(search: &Search, score: i64, message: &Message) -> Rank {
    let score = if search.order == Order::Score { score } else { 0 };
    let sign = if search.reverse { 1 } else { -1 };
    (sign * score, sign * message.created_at.0, sign * message.id.0)
}
