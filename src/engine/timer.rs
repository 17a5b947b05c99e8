//! The timer: wakes applications at the moment at which they have something to do by themselves.

use std::{
    collections::BTreeMap,
    sync::{Arc, Weak},
    time::Duration,
};

use tokio::sync::mpsc;

use super::{Engine, Inner, system_time};
use crate::model::{ids::ApplicationId, time::Timestamp};

/// When an application is to be woken, by the machine's clock; none if not at all.
pub(super) type Alarm = (ApplicationId, Option<Timestamp>);

/// How long to wait before what failed is tried again.
const PATIENCE: i64 = 1000;

/// The longest sleep: the machine's clock may be set while it lasts.
const LONGEST_SLEEP: i64 = 60_000;

/// Wakes applications until the engine is gone. Those that are not loaded are known to the store.
pub(super) async fn run(engine: Weak<Inner>, mut alarms: mpsc::UnboundedReceiver<Alarm>) {
    let mut moments = stored(&engine).await;
    loop {
        let next = moments.iter().map(|(id, at)| (*at, id.clone())).min();
        let sleep = next.as_ref().map_or(LONGEST_SLEEP, |(at, _)| (at.0 - system_time().0).clamp(0, LONGEST_SLEEP));
        tokio::select! {
            alarm = alarms.recv() => match alarm {
                None => return,
                Some((id, Some(at))) => {
                    moments.insert(id, at);
                }
                Some((id, None)) => {
                    moments.remove(&id);
                }
            },
            () = tokio::time::sleep(Duration::from_millis(sleep.unsigned_abs())) => {
                let Some((at, id)) = next else { continue };
                if at > system_time() {
                    continue;
                }
                let Some(inner) = engine.upgrade() else { return };
                moments.remove(&id);
                match Engine(inner).wake(&id).await {
                    Ok(Some(at)) => {
                        moments.insert(id, at);
                    }
                    Ok(None) => {}
                    Err(_) => {
                        moments.insert(id, Timestamp(system_time().0 + PATIENCE));
                    }
                }
            }
        }
    }
}

/// What the store knows of moments to come.
async fn stored(engine: &Weak<Inner>) -> BTreeMap<ApplicationId, Timestamp> {
    let reader = engine.upgrade().and_then(|inner: Arc<Inner>| inner.reader.clone());
    let Some(reader) = reader else { return BTreeMap::new() };
    match reader.due().await {
        Ok(due) => due.into_iter().collect(),
        Err(error) => {
            tracing::error!("what is due cannot be read: {error}");
            BTreeMap::new()
        }
    }
}
