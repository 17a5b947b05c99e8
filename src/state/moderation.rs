//! The indexes of sanctions, blocks and reports.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::table::{Index, Row};
use crate::model::{
    ids::{ChannelId, UserId},
    moderation::{Block, OffenceRecord, Report, ReportKind, Sanction, SanctionKind, Scope, Subject, TypeOperator},
};

impl Row for Sanction {
    type Key = (SanctionKind, Scope, UserId);

    fn key(&self) -> Self::Key {
        (self.kind, self.scope.clone(), self.user.clone())
    }
}

/// Sanctions by user.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SanctionIndex {
    by_user: BTreeMap<UserId, BTreeSet<(SanctionKind, Scope)>>,
}

impl SanctionIndex {
    /// The sanctions against a user, those that have ended too.
    pub fn of_user(&self, user: &str) -> impl Iterator<Item = &(SanctionKind, Scope)> {
        self.by_user.get(user).into_iter().flatten()
    }
}

impl Index<Sanction> for SanctionIndex {
    fn add(&mut self, sanction: &Arc<Sanction>) {
        let of = self.by_user.entry(sanction.user.clone()).or_default();
        of.insert((sanction.kind, sanction.scope.clone()));
    }

    fn remove(&mut self, sanction: &Arc<Sanction>) {
        if let Some(of) = self.by_user.get_mut(&sanction.user) {
            of.remove(&(sanction.kind, sanction.scope.clone()));
            if of.is_empty() {
                self.by_user.remove(&sanction.user);
            }
        }
    }
}

impl Row for OffenceRecord {
    type Key = (ChannelId, UserId);

    fn key(&self) -> Self::Key {
        (self.channel.clone(), self.user.clone())
    }
}

impl Row for Block {
    type Key = (UserId, UserId);

    fn key(&self) -> Self::Key {
        (self.blocker.clone(), self.blocked.clone())
    }
}

/// Blocks by the one who is blocked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BlockIndex {
    by_blocked: BTreeSet<(UserId, UserId)>,
}

impl BlockIndex {
    /// Those who block a user.
    pub fn blockers_of(&self, user: &UserId) -> impl Iterator<Item = &UserId> {
        let first = (user.clone(), UserId::first());
        self.by_blocked.range(first..).take_while(move |(of, _)| of == user).map(|(_, blocker)| blocker)
    }
}

impl Index<Block> for BlockIndex {
    fn add(&mut self, block: &Arc<Block>) {
        self.by_blocked.insert((block.blocked.clone(), block.blocker.clone()));
    }

    fn remove(&mut self, block: &Arc<Block>) {
        self.by_blocked.remove(&(block.blocked.clone(), block.blocker.clone()));
    }
}

impl Row for TypeOperator {
    type Key = (Box<str>, UserId);

    fn key(&self) -> Self::Key {
        (self.custom_type.clone(), self.user.clone())
    }
}

impl Row for Report {
    type Key = i64;

    fn key(&self) -> i64 {
        self.number
    }
}

/// Reports by what they are about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReportIndex {
    by_subject: BTreeMap<Subject, BTreeSet<i64>>,
}

impl ReportIndex {
    /// The numbers of the reports about that.
    pub fn about(&self, subject: &Subject) -> impl DoubleEndedIterator<Item = i64> {
        self.by_subject.get(subject).into_iter().flatten().copied()
    }
}

fn subject(report: &Report) -> Option<Subject> {
    match report.kind {
        ReportKind::Channel => Some(Subject::Channel(report.channel.clone())),
        ReportKind::User => report.offender.as_ref().map(|user| Subject::User(user.user.clone())),
        ReportKind::Message => report.message.map(Subject::Message),
    }
}

impl Index<Report> for ReportIndex {
    fn add(&mut self, report: &Arc<Report>) {
        if let Some(subject) = subject(report) {
            self.by_subject.entry(subject).or_default().insert(report.number);
        }
    }

    fn remove(&mut self, report: &Arc<Report>) {
        let Some(subject) = subject(report) else { return };
        if let Some(numbers) = self.by_subject.get_mut(&subject) {
            numbers.remove(&report.number);
            if numbers.is_empty() {
                self.by_subject.remove(&subject);
            }
        }
    }
}
