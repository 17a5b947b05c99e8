//! Messages in the order of time.

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

/// Live messages that may count as unread or be the last one, parted by what a
/// [`ReplyPolicy`] parts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    main: Timeline,
    shown_replies: Timeline,
    hidden_replies: Timeline,
}

impl Counted {
    /// How many of those that the policy counts are later than that moment.
    pub fn count_after(&self, moment: Timestamp, policy: ReplyPolicy) -> usize {
        self.under(policy).map(|timeline| timeline.count_after(moment)).sum()
    }

    /// The newest of those that the policy counts.
    pub fn last(&self, policy: ReplyPolicy) -> Option<Place> {
        self.under(policy).filter_map(Timeline::last).max()
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

    /// The timelines that make it up, each in order.
    pub fn timelines(&self) -> impl Iterator<Item = &Timeline> {
        self.under(ReplyPolicy::All)
    }

    fn under(&self, policy: ReplyPolicy) -> impl Iterator<Item = &Timeline> {
        let shown = (policy != ReplyPolicy::NoReplies).then_some(&self.shown_replies);
        let hidden = (policy == ReplyPolicy::All).then_some(&self.hidden_replies);
        std::iter::once(&self.main).chain(shown).chain(hidden)
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
