//! The index of the calls of webhooks: those that wait, by moment; those that are held back; those
//! that are done.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::table::{Index, Row};
use crate::model::{
    time::Timestamp,
    webhook::{Delivery, DeliveryState},
};

impl Row for Delivery {
    type Key = i64;

    fn key(&self) -> i64 {
        self.number
    }
}

/// Calls by what has become of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeliveryIndex {
    waiting: BTreeSet<(Timestamp, i64)>,
    trying: BTreeSet<i64>,
    held: BTreeMap<Box<str>, BTreeSet<i64>>,
    done: BTreeSet<i64>,
    weight: usize,
}

impl DeliveryIndex {
    /// The one that is due first.
    pub fn next(&self) -> Option<(Timestamp, i64)> {
        self.waiting.first().copied()
    }

    /// Those that are being made, in their order.
    pub fn trying(&self) -> impl Iterator<Item = i64> {
        self.trying.iter().copied()
    }

    /// Those of a webhook that are held back, in their order.
    pub fn held(&self, webhook: &str) -> impl DoubleEndedIterator<Item = i64> {
        self.held.get(webhook).into_iter().flatten().copied()
    }

    /// The oldest one of which nothing more will become.
    pub fn oldest_done(&self) -> Option<i64> {
        self.done.first().copied()
    }

    /// How many those are.
    pub fn done(&self) -> usize {
        self.done.len()
    }

    /// How many bytes those keep.
    pub fn weight(&self) -> usize {
        self.weight
    }
}

impl Index<Delivery> for DeliveryIndex {
    fn add(&mut self, row: &Arc<Delivery>) {
        match row.state {
            DeliveryState::Held => {
                self.held.entry(row.webhook.clone()).or_default().insert(row.number);
            }
            DeliveryState::Waiting => {
                self.waiting.insert((row.due_at, row.number));
            }
            DeliveryState::Trying => {
                self.trying.insert(row.number);
            }
            DeliveryState::Delivered | DeliveryState::Failed | DeliveryState::Captured => {
                self.done.insert(row.number);
                self.weight += row.weight();
            }
        }
    }

    fn remove(&mut self, row: &Arc<Delivery>) {
        match row.state {
            DeliveryState::Held => {
                if let Some(held) = self.held.get_mut(&row.webhook) {
                    held.remove(&row.number);
                    if held.is_empty() {
                        self.held.remove(&row.webhook);
                    }
                }
            }
            DeliveryState::Waiting => {
                self.waiting.remove(&(row.due_at, row.number));
            }
            DeliveryState::Trying => {
                self.trying.remove(&row.number);
            }
            DeliveryState::Delivered | DeliveryState::Failed | DeliveryState::Captured => {
                self.done.remove(&row.number);
                self.weight -= row.weight();
            }
        }
    }
}
