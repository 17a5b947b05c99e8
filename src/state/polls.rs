//! The indexes of polls: by message, by channel and change, by the moment of closing; votes counted.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::table::{Index, Row};
use crate::model::{
    ids::{ChannelId, MessageId, UserId},
    poll::{Poll, PollOption, PollState, Vote},
    time::Timestamp,
};

impl Row for Poll {
    type Key = i64;

    fn key(&self) -> i64 {
        self.number
    }
}

impl Row for PollOption {
    type Key = (i64, i64);

    fn key(&self) -> (i64, i64) {
        (self.poll, self.number)
    }
}

impl Row for Vote {
    type Key = (i64, i64, UserId);

    fn key(&self) -> Self::Key {
        (self.poll, self.option, self.user.clone())
    }
}

/// Polls by message, by channel and change, and by the moment at which they close.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PollIndex {
    by_message: BTreeMap<MessageId, i64>,
    by_channel: BTreeMap<ChannelId, BTreeMap<i64, i64>>,
    closing: BTreeSet<(Timestamp, i64)>,
}

impl PollIndex {
    /// The poll that was sent with a message.
    pub fn of_message(&self, message: MessageId) -> Option<i64> {
        self.by_message.get(&message).copied()
    }

    /// The polls of a channel in the order of their latest changes, from after that change on.
    pub fn changed_after(&self, channel: &ChannelId, change: i64) -> impl Iterator<Item = i64> {
        let changes = self.by_channel.get(channel).into_iter();
        changes.flat_map(move |changes| changes.range(change.saturating_add(1)..).map(|(_, number)| *number))
    }

    /// The open poll that closes first.
    pub fn next_to_close(&self) -> Option<(Timestamp, i64)> {
        self.closing.first().copied()
    }
}

fn closes(poll: &Poll) -> bool {
    poll.state == PollState::Open && poll.close_at > Timestamp::ZERO
}

impl Index<Poll> for PollIndex {
    fn add(&mut self, poll: &Arc<Poll>) {
        if let Some(message) = poll.message {
            self.by_message.insert(message, poll.number);
        }
        if let Some(channel) = &poll.channel {
            self.by_channel.entry(channel.clone()).or_default().insert(poll.change, poll.number);
        }
        if closes(poll) {
            self.closing.insert((poll.close_at, poll.number));
        }
    }

    fn remove(&mut self, poll: &Arc<Poll>) {
        if let Some(message) = poll.message {
            self.by_message.remove(&message);
        }
        if let Some(channel) = &poll.channel
            && let Some(changes) = self.by_channel.get_mut(channel)
        {
            changes.remove(&poll.change);
            if changes.is_empty() {
                self.by_channel.remove(channel);
            }
        }
        if closes(poll) {
            self.closing.remove(&(poll.close_at, poll.number));
        }
    }
}

/// How many votes each option has, and how many options each voter of a poll has chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VoteIndex {
    by_option: BTreeMap<i64, usize>,
    voters: BTreeMap<i64, BTreeMap<UserId, BTreeSet<i64>>>,
}

impl VoteIndex {
    /// How many votes an option has.
    pub fn count(&self, option: i64) -> usize {
        self.by_option.get(&option).copied().unwrap_or(0)
    }

    /// How many users have voted in a poll.
    pub fn voters(&self, poll: i64) -> usize {
        self.voters.get(&poll).map_or(0, BTreeMap::len)
    }

    /// What a user has chosen in a poll.
    pub fn choice(&self, poll: i64, user: &UserId) -> Vec<i64> {
        let chosen = self.voters.get(&poll).and_then(|voters| voters.get(user));
        chosen.into_iter().flatten().copied().collect()
    }
}

impl Index<Vote> for VoteIndex {
    fn add(&mut self, vote: &Arc<Vote>) {
        *self.by_option.entry(vote.option).or_default() += 1;
        let voters = self.voters.entry(vote.poll).or_default();
        voters.entry(vote.user.clone()).or_default().insert(vote.option);
    }

    fn remove(&mut self, vote: &Arc<Vote>) {
        if let Some(count) = self.by_option.get_mut(&vote.option) {
            *count -= 1;
            if *count == 0 {
                self.by_option.remove(&vote.option);
            }
        }
        if let Some(voters) = self.voters.get_mut(&vote.poll) {
            if let Some(chosen) = voters.get_mut(&vote.user) {
                chosen.remove(&vote.option);
                if chosen.is_empty() {
                    voters.remove(&vote.user);
                }
            }
            if voters.is_empty() {
                self.voters.remove(&vote.poll);
            }
        }
    }
}
