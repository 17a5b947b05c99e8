//! The index of scheduled messages: those that wait, by moment and by sender.

use std::{collections::BTreeSet, sync::Arc};

use super::table::{Index, Row};
use crate::model::{
    ids::{ChannelId, UserId},
    scheduled::{ScheduledMessage, ScheduledState},
    time::Timestamp,
};

impl Row for ScheduledMessage {
    type Key = i64;

    fn key(&self) -> i64 {
        self.number
    }
}

/// Scheduled messages that wait, by moment and by sender; all of them by channel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScheduledIndex {
    pending: BTreeSet<(Timestamp, i64)>,
    pending_of: BTreeSet<(UserId, ChannelId, i64)>,
    by_channel: BTreeSet<(ChannelId, i64)>,
}

impl ScheduledIndex {
    /// The one that is due first.
    pub fn next(&self) -> Option<(Timestamp, i64)> {
        self.pending.first().copied()
    }

    /// Those that wait of one sender in one channel.
    pub fn pending_of(&self, user: &UserId, channel: &ChannelId) -> Vec<i64> {
        let keys = (user.clone(), channel.clone(), i64::MIN)..=(user.clone(), channel.clone(), i64::MAX);
        self.pending_of.range(keys).map(|(_, _, number)| *number).collect()
    }

    /// All of a channel, whatever has become of them.
    pub fn in_channel(&self, channel: &ChannelId) -> Vec<i64> {
        let keys = (channel.clone(), i64::MIN)..=(channel.clone(), i64::MAX);
        self.by_channel.range(keys).map(|(_, number)| *number).collect()
    }
}

impl Index<ScheduledMessage> for ScheduledIndex {
    fn add(&mut self, row: &Arc<ScheduledMessage>) {
        self.by_channel.insert((row.channel.clone(), row.number));
        if row.state == ScheduledState::Pending {
            self.pending.insert((row.scheduled_at, row.number));
            if let Some(sender) = &row.sender {
                self.pending_of.insert((sender.clone(), row.channel.clone(), row.number));
            }
        }
    }

    fn remove(&mut self, row: &Arc<ScheduledMessage>) {
        self.by_channel.remove(&(row.channel.clone(), row.number));
        if row.state == ScheduledState::Pending {
            self.pending.remove(&(row.scheduled_at, row.number));
            if let Some(sender) = &row.sender {
                self.pending_of.remove(&(sender.clone(), row.channel.clone(), row.number));
            }
        }
    }
}
