//! What has happened lately in an application: committed events with their numbers.

use std::{collections::VecDeque, sync::Arc};

use parking_lot::Mutex;

use crate::{
    model::{event::Event, ids::ApplicationId, origin::Origin, time::Timestamp},
    state::Belongings,
};

/// How many events are kept for those who come back.
const KEPT_EVENTS: usize = 1000;

/// A committed event, numbered in the order of commits of its application.
#[derive(Clone, Debug)]
pub struct Occurrence {
    /// Where it happened.
    pub application: ApplicationId,
    /// The belongings of the application in which it happened. Where the application has others now, it was
    /// emptied or replaced since, and the event is of no concern any more.
    pub belongings: Belongings,
    /// Its number, from 1. What only passes, and is not kept, has that of the one before.
    pub number: u64,
    /// When, by the clock of the application.
    pub at: Timestamp,
    /// What happened.
    pub event: Event,
    /// By whom it was done.
    pub origin: Origin,
}

/// What a verb has to tell once it is committed.
#[derive(Default)]
pub(super) struct Happened {
    /// The events, each with its moment.
    pub(super) events: Vec<(Timestamp, Event)>,
    /// By whom it was done.
    pub(super) origin: Origin,
}

/// The latest committed events, oldest first.
pub type Recent = Vec<Arc<Occurrence>>;

/// The latest committed events of an application, and how many there were. It is one of its belongings.
#[derive(Default)]
pub(super) struct History(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    count: u64,
    recent: VecDeque<Arc<Occurrence>>,
    /// Whether it hears of the end of its belongings.
    ends: bool,
}

impl History {
    /// Numbers committed events and keeps the latest.
    pub(super) fn number(application: &ApplicationId, belongings: &Belongings, happened: Happened) -> Recent {
        if happened.events.is_empty() {
            return Recent::new();
        }
        let history = belongings.of::<Self>();
        let mut kept = history.0.lock();
        if !std::mem::replace(&mut kept.ends, true) {
            // Events know their belongings, and these have the events: one has to let go of the other.
            let history = Arc::downgrade(&history);
            belongings.at_the_end(move || {
                if let Some(history) = history.upgrade() {
                    let _old = std::mem::take(&mut history.0.lock().recent);
                }
            });
        }
        let mut numbered = Vec::with_capacity(happened.events.len());
        for (at, event) in happened.events {
            // Only who makes the call wants to hear of it; it keeps itself in its table.
            let passes = matches!(event, Event::DeliveryDue(_));
            kept.count += u64::from(!passes);
            let occurrence = Arc::new(Occurrence {
                application: application.clone(),
                belongings: belongings.clone(),
                number: kept.count,
                at,
                event,
                origin: happened.origin,
            });
            if !passes && !belongings.have_ended() {
                if kept.recent.len() == KEPT_EVENTS {
                    kept.recent.pop_front();
                }
                kept.recent.push_back(Arc::clone(&occurrence));
            }
            numbered.push(occurrence);
        }
        numbered
    }

    /// The latest events, oldest first.
    pub(super) fn recent(&self) -> Recent {
        self.0.lock().recent.iter().cloned().collect()
    }
}
