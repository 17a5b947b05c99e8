//! What the shell keeps in memory beside the state of an application, and what has to go with it.

use std::{
    any::{Any, type_name},
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use parking_lot::{Mutex, RwLock};

use crate::model::{
    clock::{Clock, Mode},
    time::Timestamp,
};

type Thing = Arc<dyn Any + Send + Sync>;

type End = Box<dyn FnOnce() + Send>;

/// What the shell keeps in memory of one application: at most one thing of each type, made when it is first
/// asked for. An application that is emptied or replaced has new belongings from that moment on, so nothing
/// that is kept here can be forgotten to be forgotten; and whoever still holds the old ones, such as a
/// request that began before, writes into what nobody reads any more.
#[derive(Clone, Default)]
pub struct Belongings(Arc<Kept>);

#[derive(Default)]
struct Kept {
    things: RwLock<Vec<(&'static str, Thing)>>,
    ends: Mutex<Vec<End>>,
    ended: AtomicBool,
    /// The application's clock, where it is another one than the machine's.
    clock: RwLock<Option<Clock>>,
    own_clock: AtomicBool,
}

impl Belongings {
    /// The thing of that type. It is shared with all who ask.
    pub fn of<T: Default + Send + Sync + 'static>(&self) -> Arc<T> {
        let known = find(&self.0.things.read());
        known.unwrap_or_else(|| {
            let mut things = self.0.things.write();
            // Somebody may have been quicker.
            find(&things).unwrap_or_else(|| {
                let thing = Arc::<T>::default();
                things.push((type_name::<T>(), Arc::clone(&thing) as Thing));
                thing
            })
        })
    }

    /// Has something done once others are in the place of these, such as to let go of whoever waits in them.
    pub fn at_the_end(&self, end: impl FnOnce() + Send + 'static) {
        self.0.ends.lock().push(Box::new(end));
    }

    /// The application goes by that clock.
    pub(super) fn go_by(&self, clock: &Clock) {
        let own = clock.mode() != Mode::Real;
        // Nearly always it goes by the machine's, as before.
        if own || self.0.own_clock.load(Ordering::Relaxed) {
            *self.0.clock.write() = own.then_some(*clock);
            self.0.own_clock.store(own, Ordering::Relaxed);
        }
    }

    /// What the application's clock shows when the machine's shows that.
    pub fn time_at(&self, machine: Timestamp) -> Timestamp {
        if !self.0.own_clock.load(Ordering::Relaxed) {
            return machine;
        }
        self.0.clock.read().as_ref().map_or(machine, |clock| clock.at(machine))
    }

    /// Others are in the place of these.
    pub fn end(&self) {
        self.0.ended.store(true, Ordering::Relaxed);
        let ends = std::mem::take(&mut *self.0.ends.lock());
        for end in ends {
            end();
        }
    }

    /// Whether others are in the place of these.
    pub fn have_ended(&self) -> bool {
        self.0.ended.load(Ordering::Relaxed)
    }

    /// Whether these are the same belongings: of the same application, with nothing replaced in between.
    pub fn are(&self, others: &Self) -> bool {
        Arc::ptr_eq(&self.0, &others.0)
    }

    /// The names of the types of which there is a thing.
    pub fn kinds(&self) -> Vec<&'static str> {
        self.0.things.read().iter().map(|(name, _)| *name).collect()
    }
}

fn find<T: Send + Sync + 'static>(things: &[(&'static str, Thing)]) -> Option<Arc<T>> {
    // There are few, so looking at each is quickest.
    let (_, thing) = things.iter().find(|(_, thing)| thing.as_ref().is::<T>())?;
    Arc::clone(thing).downcast().ok()
}

impl fmt::Debug for Belongings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Belongings").field(&self.kinds()).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, AtomicU64};

    use super::*;

    #[test]
    fn a_thing_of_each_type_is_shared_by_all_who_ask() {
        let belongings = Belongings::default();
        belongings.of::<AtomicU32>().store(5, Ordering::Relaxed);
        belongings.of::<AtomicU64>().store(7, Ordering::Relaxed);
        let same = belongings.clone();
        assert_eq!(same.of::<AtomicU32>().load(Ordering::Relaxed), 5);
        assert_eq!(same.of::<AtomicU64>().load(Ordering::Relaxed), 7);
        assert!(same.are(&belongings) && !same.are(&Belongings::default()));
        assert_eq!(same.kinds().len(), 2);
        let ends = Arc::new(AtomicU32::new(0));
        let count = Arc::clone(&ends);
        belongings.at_the_end(move || {
            count.fetch_add(1, Ordering::Relaxed);
        });
        same.end();
        belongings.end();
        assert_eq!(ends.load(Ordering::Relaxed), 1);
    }
}
