//! Messages in the order of time.

use std::{collections::BinaryHeap, iter};

use crate::model::{application::ReplyPolicy, ids::MessageId, message::Message, time::Timestamp};

/// A message's place in time; ids part those that share a millisecond.
pub type Place = (Timestamp, MessageId);

/// Places in order. Nearly all come in at the end, so a sorted vector does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Timeline(Vec<Place>);

impl Timeline {
    /// All places, oldest first.
    pub fn as_slice(&self) -> &[Place] {
        &self.0
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The newest place.
    pub fn last(&self) -> Option<Place> {
        self.0.last().copied()
    }

    /// The oldest place.
    pub fn first(&self) -> Option<Place> {
        self.0.first().copied()
    }

    /// How many are later than that moment.
    pub fn count_after(&self, moment: Timestamp) -> usize {
        self.0.len() - self.0.partition_point(|(at, _)| *at <= moment)
    }

    pub(super) fn add(&mut self, place: Place) {
        match self.0.last() {
            Some(last) if *last >= place => {
                if let Err(position) = self.0.binary_search(&place) {
                    self.0.insert(position, place);
                }
            }
            _ => self.0.push(place),
        }
    }

    pub(super) fn remove(&mut self, place: Place) {
        if self.0.last() == Some(&place) {
            self.0.pop();
        } else if let Ok(position) = self.0.binary_search(&place) {
            self.0.remove(position);
        }
    }
}

/// Messages parted by what a [`ReplyPolicy`] parts, so that no question walks over replies that
/// it does not want.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parted {
    main: Timeline,
    shown_replies: Timeline,
    hidden_replies: Timeline,
}

impl Parted {
    /// How many of those that the policy takes are later than that moment.
    pub fn count_after(&self, moment: Timestamp, policy: ReplyPolicy) -> usize {
        self.under(policy).map(|timeline| timeline.count_after(moment)).sum()
    }

    /// The newest of those that the policy takes.
    pub fn last(&self, policy: ReplyPolicy) -> Option<Place> {
        self.under(policy).filter_map(Timeline::last).max()
    }

    /// The oldest of all.
    pub fn first(&self) -> Option<Place> {
        self.under(ReplyPolicy::All).filter_map(Timeline::first).min()
    }

    /// The places that the policy takes, each part in its own order.
    pub fn parts(&self, policy: ReplyPolicy) -> Vec<&[Place]> {
        self.under(policy).map(Timeline::as_slice).collect()
    }

    /// How many there are, replies included.
    pub fn len(&self) -> usize {
        self.main.len() + self.replies()
    }

    /// How many replies there are.
    pub fn replies(&self) -> usize {
        self.shown_replies.len() + self.hidden_replies.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn under(&self, policy: ReplyPolicy) -> impl Iterator<Item = &Timeline> {
        let shown = (policy != ReplyPolicy::NoReplies).then_some(&self.shown_replies);
        let hidden = (policy == ReplyPolicy::All).then_some(&self.hidden_replies);
        iter::once(&self.main).chain(shown).chain(hidden)
    }

    fn of(&mut self, message: &Message) -> &mut Timeline {
        match (message.parent, message.in_channel) {
            (None, _) => &mut self.main,
            (Some(_), true) => &mut self.shown_replies,
            (Some(_), false) => &mut self.hidden_replies,
        }
    }

    pub(super) fn add(&mut self, message: &Message) {
        self.of(message).add((message.created_at, message.id));
    }

    pub(super) fn remove(&mut self, message: &Message) {
        self.of(message).remove((message.created_at, message.id));
    }
}

/// Places of several parts in one order, the newest first.
pub fn newest_first<'a>(parts: Vec<&'a [Place]>) -> impl Iterator<Item = Place> + 'a {
    let mut newest: BinaryHeap<(Place, &'a [Place])> =
        parts.into_iter().filter_map(|part| part.split_last().map(|(last, rest)| (*last, rest))).collect();
    iter::from_fn(move || {
        let (place, rest) = newest.pop()?;
        newest.extend(rest.split_last().map(|(last, rest)| (*last, rest)));
        Some(place)
    })
}

/// Places of several parts in one order, the oldest first.
pub fn oldest_first(mut parts: Vec<&[Place]>) -> impl Iterator<Item = Place> + '_ {
    iter::from_fn(move || {
        let oldest = parts.iter_mut().filter(|part| !part.is_empty()).min_by_key(|part| part[0])?;
        let (first, rest) = oldest.split_first()?;
        *oldest = rest;
        Some(*first)
    })
}
