//! The one writer: takes what is queued, commits it in one transaction, tells of it, acknowledges.

use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::{broadcast, mpsc, oneshot};

use super::{
    Unavailable,
    history::{Happened, History, Occurrence, Recent},
    slot::{Slot, SlotState},
};
use crate::{
    model::ids::ApplicationId,
    state::{Belongings, Changes},
    store::{Batch, Error, Store},
};

/// How many commits one transaction takes at most.
const BATCH: usize = 256;

/// What a verb hands to the writer.
pub(super) enum Commit {
    /// Changes to commit.
    Work(Work),
    /// The end: nothing comes after it.
    Stop,
}

pub(super) struct Work {
    pub(super) slot: Arc<Slot>,
    pub(super) application: ApplicationId,
    /// Those of the application in which it happened.
    pub(super) belongings: Belongings,
    pub(super) epoch: u64,
    pub(super) number: u64,
    pub(super) changes: Arc<Changes>,
    pub(super) happened: Happened,
    /// Whether they go into the store at all.
    pub(super) stored: bool,
    /// Everything of the application goes before these changes come.
    pub(super) wipe: bool,
    pub(super) done: oneshot::Sender<Result<(), Unavailable>>,
}

pub(super) struct Writer {
    store: Store,
    feed: broadcast::Sender<Arc<Occurrence>>,
    followers: Followers,
}

/// Those who miss nothing: the writer waits for them.
pub(super) type Followers = Arc<Mutex<Vec<mpsc::Sender<Recent>>>>;

impl Writer {
    pub(super) fn new(store: Store, feed: broadcast::Sender<Arc<Occurrence>>, followers: Followers) -> Self {
        Self { store, feed, followers }
    }

    /// Commits until it is told to stop. There is no timer: under load batches form by
    /// themselves, since verbs that can run at once do so first, and a lone request is committed
    /// at once.
    pub(super) async fn run(mut self, mut queue: mpsc::Receiver<Commit>) -> Result<(), Error> {
        let mut received = Vec::with_capacity(BATCH);
        let mut stopping = false;
        while !stopping && queue.recv_many(&mut received, BATCH).await > 0 {
            tokio::task::yield_now().await;
            while received.len() < BATCH
                && let Ok(commit) = queue.try_recv()
            {
                received.push(commit);
            }
            let mut works = Vec::with_capacity(received.len());
            for commit in received.drain(..) {
                match commit {
                    Commit::Work(work) => works.push(work),
                    Commit::Stop => stopping = true,
                }
            }
            self.commit(works).await;
        }
        queue.close();
        self.store.close().await
    }

    async fn commit(&mut self, works: Vec<Work>) {
        let mut void = Vec::new();
        let mut sound = Vec::with_capacity(works.len());
        each_slot(works, |state, works| {
            let (gone, stands): (Vec<_>, Vec<_>) = works.into_iter().partition(|work| state.is_void(work.epoch));
            void.extend(gone);
            sound.extend(stands);
        });
        let works = sound;
        for work in void {
            let why = "an earlier change that this one built upon could not be stored";
            let _ = work.done.send(Err(Unavailable(why.into())));
        }
        let mut batch = Batch::default();
        let mut empty = true;
        for work in works.iter().filter(|work| work.stored || work.wipe) {
            if work.wipe {
                batch.wipe(&work.application);
            }
            if work.stored {
                batch.add(&work.application, &work.changes);
            }
            empty &= !work.wipe && work.changes.is_empty();
        }
        let outcome = if empty { Ok(()) } else { self.store.commit(&batch).await };
        match outcome {
            Ok(()) => self.publish(works).await,
            Err(error) => undo(works, &error),
        }
    }

    async fn publish(&self, works: Vec<Work>) {
        let (mut told, mut acknowledged) = (Vec::new(), Vec::with_capacity(works.len()));
        let mut replaced = Vec::new();
        each_slot(works, |state, works| {
            for work in works {
                replaced.extend(state.committed(work.number));
                told.extend(History::number(&work.application, &work.belongings, work.happened));
                acknowledged.push(work.done);
            }
        });
        if !replaced.is_empty() {
            tokio::task::spawn_blocking(move || drop(replaced));
        }
        for occurrence in &told {
            // Nobody may be listening.
            let _ = self.feed.send(Arc::clone(occurrence));
        }
        for done in acknowledged {
            // The client may have hung up.
            let _ = done.send(Ok(()));
        }
        if told.is_empty() {
            return;
        }
        let followers = self.followers.lock().clone();
        for follower in followers {
            if follower.send(told.clone()).await.is_err() {
                self.followers.lock().retain(|follower| !follower.is_closed());
            }
        }
    }
}

/// Does something with works in their order, under one lock for those of one application that
/// follow each other.
fn each_slot(works: Vec<Work>, mut visit: impl FnMut(&mut SlotState, Vec<Work>)) {
    let mut works = works.into_iter().peekable();
    while let Some(first) = works.next() {
        let slot = Arc::clone(&first.slot);
        let mut of_slot = vec![first];
        while let Some(work) = works.next_if(|work| Arc::ptr_eq(&work.slot, &slot)) {
            of_slot.push(work);
        }
        visit(&mut slot.lock(), of_slot);
    }
}

/// Takes back what could not be stored, so that memory equals the disk again.
fn undo(works: Vec<Work>, error: &Error) {
    tracing::error!("a batch could not be stored and is undone: {error}");
    let why = Unavailable(error.to_string().into());
    for work in works {
        {
            let mut state = work.slot.lock();
            if !state.is_void(work.epoch) {
                state.undo_uncommitted();
            }
        }
        let _ = work.done.send(Err(why.clone()));
    }
}
