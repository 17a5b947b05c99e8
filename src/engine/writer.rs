//! The one writer: takes what is queued, commits it in one transaction, tells of it, acknowledges.

use std::sync::Arc;

use tokio::sync::{broadcast, mpsc, oneshot};

use super::{
    Unavailable,
    slot::{Occurrence, Slot},
};
use crate::{
    model::{event::Event, ids::ApplicationId},
    state::Changes,
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
    pub(super) epoch: u64,
    pub(super) number: u64,
    pub(super) changes: Arc<Changes>,
    pub(super) events: Vec<Event>,
    /// Everything of the application goes before these changes come.
    pub(super) wipe: bool,
    pub(super) done: oneshot::Sender<Result<(), Unavailable>>,
}

pub(super) struct Writer {
    store: Store,
    feed: broadcast::Sender<Arc<Occurrence>>,
}

impl Writer {
    pub(super) fn new(store: Store, feed: broadcast::Sender<Arc<Occurrence>>) -> Self {
        Self { store, feed }
    }

    /// Commits until it is told to stop. There is no timer: under load batches form by
    /// themselves, and a lone request is committed at once.
    pub(super) async fn run(mut self, mut queue: mpsc::Receiver<Commit>) -> Result<(), Error> {
        let mut received = Vec::with_capacity(BATCH);
        let mut stopping = false;
        while !stopping && queue.recv_many(&mut received, BATCH).await > 0 {
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
        let (void, works): (Vec<_>, Vec<_>) =
            works.into_iter().partition(|work| work.slot.lock().is_void(work.epoch));
        for work in void {
            let why = "an earlier change that this one built upon could not be stored";
            let _ = work.done.send(Err(Unavailable(why.into())));
        }
        let mut batch = Batch::default();
        let mut empty = true;
        for work in &works {
            if work.wipe {
                batch.wipe(&work.application);
            }
            batch.add(&work.application, &work.changes);
            empty &= !work.wipe && work.changes.is_empty();
        }
        let outcome = if empty { Ok(()) } else { self.store.commit(&batch).await };
        match outcome {
            Ok(()) => self.publish(works),
            Err(error) => undo(works, &error),
        }
    }

    fn publish(&self, works: Vec<Work>) {
        for work in works {
            let occurrences = {
                let mut state = work.slot.lock();
                state.committed(work.number);
                state.number(work.events)
            };
            for occurrence in occurrences {
                // Nobody may be listening.
                let _ = self.feed.send(occurrence);
            }
            // The client may have hung up.
            let _ = work.done.send(Ok(()));
        }
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
