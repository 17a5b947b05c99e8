//! The index of planned steps: those that wait, by moment.

use std::{collections::BTreeSet, sync::Arc};

use super::table::{Index, Row};
use crate::model::{actor::PlannedStep, time::Timestamp};

impl Row for PlannedStep {
    type Key = i64;

    fn key(&self) -> i64 {
        self.number
    }
}

/// Planned steps that wait, by moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlanIndex(BTreeSet<(Timestamp, i64)>);

impl PlanIndex {
    /// The one that is due first.
    pub fn next(&self) -> Option<(Timestamp, i64)> {
        self.0.first().copied()
    }
}

impl Index<PlannedStep> for PlanIndex {
    fn add(&mut self, row: &Arc<PlannedStep>) {
        if row.failed.is_none() {
            self.0.insert((row.at, row.number));
        }
    }

    fn remove(&mut self, row: &Arc<PlannedStep>) {
        self.0.remove(&(row.at, row.number));
    }
}
