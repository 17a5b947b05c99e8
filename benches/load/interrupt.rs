//! Ends the bench in order when it is interrupted, so that no server and no data folder outlives it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use anyhow::ensure;

use crate::drive::block_on;

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Takes note of signals from now on, in place of dying of them.
pub(crate) fn watch() {
    thread::spawn(|| {
        // Without signals there is nothing to take note of: the bench then dies of them.
        if let Ok(Ok(())) = block_on(signal()) {
            INTERRUPTED.store(true, Ordering::Relaxed);
        }
    });
}

/// Fails once the bench has been interrupted.
pub(crate) fn check() -> anyhow::Result<()> {
    ensure!(!INTERRUPTED.load(Ordering::Relaxed), "interrupted");
    Ok(())
}

#[cfg(unix)]
async fn signal() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut terminate = signal(SignalKind::terminate())?;
    let mut hangup = signal(SignalKind::hangup())?;
    tokio::select! {
        _ = terminate.recv() => Ok(()),
        _ = hangup.recv() => Ok(()),
        result = tokio::signal::ctrl_c() => result,
    }
}

#[cfg(not(unix))]
async fn signal() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}
