//! Searching the words of messages.

use std::{cmp::Reverse, sync::Arc};

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
    /// In the channels that a user has joined, perhaps only in those of a custom type.
    Joined(String, Option<String>),
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
    /// Only the same words in the same order, and no parts of longer ones.
    pub exact: bool,
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

/// Searches the words of messages, those of files and removed ones excepted.
///
/// # Errors
/// There is nothing to search for, the number is out of range, or there is no such channel or user.
pub fn search(app: &Application, search: &Search, part: Part, limit: i64) -> Result<Found> {
    let limit = limits::range(Field::Limit, limit, &limits::ROWS)?;
    let terms = words(&search.term);
    if terms.is_empty() {
        return Err(Error::BadCharacter(Field::Term));
    }
    let mut hits: Vec<(Rank, &Arc<Channel>, &Arc<Message>)> = Vec::new();
    for (channel, visible_after) in channels(app, &search.scope)? {
        let Some(known) = app.messages.index().channel(&channel.id) else { continue };
        for (at, id) in newest_first(known.all.parts(ReplyPolicy::All)) {
            if at <= visible_after || search.from.is_some_and(|from| at < from) {
                break;
            }
            let Some(message) = app.messages.get(&id).filter(|message| takes(search, message)) else { continue };
            let score = score(&words(&message.text), &terms, search.exact);
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
        Scope::Joined(user, custom_type) => {
            let user = app.users.get(user.as_str()).ok_or(Error::NotFound(Entity::User))?;
            let joined = app.members.index().channels_of(&user.id).filter_map(|channel| {
                let member = app.members.get(&(channel.clone(), user.id.clone()))?;
                let channel = app.channels.get(channel)?;
                (member.state == MemberState::Joined).then_some((channel, member.sees_after))
            });
            let wanted = joined.filter(|(channel, _)| {
                custom_type.as_ref().is_none_or(|custom_type| **custom_type == *channel.custom_type)
            });
            let mut channels: Vec<_> = wanted.collect();
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

/// The words of a text in small letters. Punctuation only parts them.
fn words(text: &str) -> Vec<String> {
    let words = text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect()
}

/// How well words answer a search: how often all that was searched for is in them, 0 where some of it is not.
fn score(words: &[String], terms: &[String], exact: bool) -> i64 {
    let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    if exact {
        return count(words.windows(terms.len()).filter(|window| *window == terms).count());
    }
    let mut sum = 0;
    for term in terms {
        let whole = words.iter().filter(|word| *word == term).count();
        let parts = words.iter().filter(|word| *word != term && word.contains(term.as_str())).count();
        if whole + parts == 0 {
            return 0;
        }
        // A whole word weighs twice a part of one.
        sum += 2 * count(whole) + count(parts);
    }
    sum
}

fn rank(search: &Search, score: i64, message: &Message) -> Rank {
    let score = if search.order == Order::Score { score } else { 0 };
    let sign = if search.reverse { 1 } else { -1 };
    (sign * score, sign * message.created_at.0, sign * message.id.0)
}
