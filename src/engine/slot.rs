//! An application in memory, with what is not in the store yet.

use std::{collections::VecDeque, sync::Arc};

use parking_lot::{Mutex, MutexGuard};
use tokio::sync::oneshot;

use super::{
    Unavailable,
    history::Happened,
    writer::{Commit, Work},
};
use crate::{
    model::time::Timestamp,
    state::{Application, Changes},
};

pub(super) struct Slot {
    state: Mutex<SlotState>,
}

pub(super) struct SlotState {
    pub(super) app: Application,
    /// What is queued and not committed, oldest first.
    pending: VecDeque<Pending>,
    /// Grows with every commit that is queued.
    queued: u64,
    /// Grows when uncommitted changes were undone: commits of before are void.
    epoch: u64,
    /// What was due up to this moment could not be done, and is not tried again.
    given_up: Timestamp,
    /// Whether it is in the store too.
    pub(super) stored: bool,
    /// It was removed, and is not the slot of its application any more.
    pub(super) gone: bool,
}

struct Pending {
    number: u64,
    changes: Arc<Changes>,
    /// The application that these changes replaced whole.
    replaced: Option<Box<Replaced>>,
}

/// An application in whose place another one was put.
pub(super) struct Replaced {
    app: Application,
    stored: bool,
}

impl Slot {
    pub(super) fn new(app: Application) -> Self {
        Self {
            state: Mutex::new(SlotState {
                app,
                pending: VecDeque::new(),
                queued: 0,
                epoch: 0,
                given_up: Timestamp::ZERO,
                stored: true,
                gone: false,
            }),
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, SlotState> {
        self.state.lock()
    }
}

impl SlotState {
    /// The moment of what is due first, if that is not later than now.
    pub(super) fn due(&self, now: Timestamp) -> Option<Timestamp> {
        let due_at = self.app.head().due_at;
        (due_at > self.given_up && due_at <= now).then_some(due_at)
    }

    /// What was due up to that moment is not tried again.
    pub(super) fn give_up(&mut self, moment: Timestamp) {
        self.given_up = moment;
    }

    /// What could not be done is tried again, since the time is another.
    pub(super) fn try_again(&mut self) {
        self.given_up = Timestamp::ZERO;
    }

    /// Puts another application in the place of this one, which is to be remembered with the changes that
    /// are queued next. The other has belongings of its own; what is still to be told of this one is told to
    /// nobody.
    pub(super) fn replace(&mut self, app: Application, stored: bool) -> Replaced {
        self.given_up = Timestamp::ZERO;
        let app = std::mem::replace(&mut self.app, app);
        Replaced { app, stored: std::mem::replace(&mut self.stored, stored) }
    }

    /// When the application is to be woken, by the machine's clock.
    pub(super) fn alarm(&self) -> Option<Timestamp> {
        let head = self.app.head();
        if head.due_at > self.given_up { head.clock.machine_at(head.due_at) } else { None }
    }

    /// Whether there is something in the application.
    pub(super) fn is_of_use(&self) -> bool {
        self.app.exists() || !self.pending.is_empty() || !self.stored
    }

    /// Whether everything that was done is in the store.
    pub(super) fn is_durable(&self) -> bool {
        self.pending.is_empty()
    }

    /// What the writer is to be told of changes that are already made here.
    pub(super) fn queue(
        &mut self,
        slot: &Arc<Slot>,
        changes: Changes,
        happened: Happened,
        wipe: bool,
        done: oneshot::Sender<Result<(), Unavailable>>,
    ) -> Commit {
        self.queued += 1;
        let changes = Arc::new(changes);
        self.pending.push_back(Pending { number: self.queued, changes: Arc::clone(&changes), replaced: None });
        Commit::Work(Work {
            slot: Arc::clone(slot),
            application: self.app.id.clone(),
            belongings: self.app.belongings().clone(),
            epoch: self.epoch,
            number: self.queued,
            changes,
            happened,
            stored: self.stored,
            wipe,
            done,
        })
    }

    /// Notes that the latest changes replaced the whole application.
    pub(super) fn remember_replaced(&mut self, old: Replaced) {
        if let Some(latest) = self.pending.back_mut() {
            latest.replaced = Some(Box::new(old));
        }
    }

    /// Whether changes of that epoch were undone in the meantime.
    pub(super) fn is_void(&self, epoch: u64) -> bool {
        self.epoch != epoch
    }

    /// Everything up to that number is in the store. Gives back applications that were replaced: to let one
    /// go takes its time, and is not for where others wait.
    pub(super) fn committed(&mut self, number: u64) -> Vec<Replaced> {
        let mut replaced = Vec::new();
        while let Some(pending) = self.pending.pop_front_if(|pending| pending.number <= number) {
            replaced.extend(pending.replaced.map(|replaced| *replaced));
        }
        replaced
    }

    /// Undoes everything that is not in the store, the latest first.
    pub(super) fn undo_uncommitted(&mut self) {
        while let Some(pending) = self.pending.pop_back() {
            match pending.replaced {
                Some(old) => (self.app, self.stored) = (old.app, old.stored),
                None => self.app.undo(&pending.changes),
            }
        }
        self.epoch += 1;
    }
}
