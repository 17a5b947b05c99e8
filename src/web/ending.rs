//! How a connection is to end, where it is not to end as usual: for faults.

use std::sync::{
    Arc,
    atomic::{AtomicU8, Ordering},
};

use tokio::sync::Notify;

/// Somebody waits until what was written is on its way.
const WAITED_FOR: u8 = 1;
/// The connection is to be reset when it is dropped.
const RESET: u8 = 2;

/// A word from whoever answers a request to the connection that the request came by.
#[derive(Clone, Debug, Default)]
pub struct Ending(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    word: AtomicU8,
    flushed: Notify,
}

impl Ending {
    /// When the connection is dropped, its client is to see that it was reset.
    pub fn reset(&self) {
        self.0.word.store(RESET, Ordering::Relaxed);
    }

    /// Whether it is to be reset.
    pub fn is_reset(&self) -> bool {
        self.0.word.load(Ordering::Relaxed) == RESET
    }

    /// From now on it is of interest that everything written is on its way.
    pub fn watch(&self) {
        self.0.word.store(WAITED_FOR, Ordering::Relaxed);
    }

    /// Waits until everything that was written since [`Ending::watch`] is on its way.
    pub async fn flushed(&self) {
        self.0.flushed.notified().await;
    }

    /// Everything written is on its way.
    pub fn note_flush(&self) {
        if self.0.word.load(Ordering::Relaxed) == WAITED_FOR {
            self.0.flushed.notify_one();
        }
    }
}
