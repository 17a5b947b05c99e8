//! Whole applications: taken in, copied, put in the place of one another, removed.

use std::sync::{
    Arc, LazyLock,
    atomic::{AtomicU64, Ordering},
};

use tokio::sync::{mpsc, oneshot};

use super::{
    Engine, Unavailable,
    history::Happened,
    slot::{Slot, SlotState},
    stopped, system_time,
    writer::Commit,
};
use crate::{
    model::ids::ApplicationId,
    state::{Application, Belongings, Changes, presence::Presence},
};

/// What becomes of an application's live connections when it is replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connections {
    /// They end, so nobody is here any more.
    End,
    /// They stay, and hear of what happens next.
    Stay,
}

impl Engine {
    /// Empties an application, all of it at one moment. Its tokens, settings and seed number stay, all else
    /// is as on the first day. See [`Engine::replace`].
    ///
    /// # Errors
    /// The store fails; then nothing is changed.
    pub async fn reset(
        &self,
        id: &ApplicationId,
        connections: Connections,
        at_once: impl FnOnce(&Belongings),
    ) -> Result<(), Unavailable> {
        let fresh = |app: &Application| {
            let mut fresh = Application::new(app.id.clone());
            fresh.set_time(system_time());
            if app.exists() {
                let settings = Arc::clone(&app.head().settings);
                fresh.change_settings(|kept| *kept = (*settings).clone());
                fresh.set_seed(app.head().seed);
            }
            fresh
        };
        self.replace(id, connections, fresh, at_once).await
    }

    /// Puts an application in the place of another, whole and at one moment: whoever asks sees the one or the
    /// other. What is kept in memory beside it begins anew, and what is still to be told of the other is told
    /// to nobody. At once, before anything is told of the new one, it is said which its belongings are.
    ///
    /// # Errors
    /// The store fails; then nothing is changed.
    pub async fn replace(
        &self,
        id: &ApplicationId,
        connections: Connections,
        successor: impl FnOnce(&Application) -> Application,
        at_once: impl FnOnce(&Belongings),
    ) -> Result<(), Unavailable> {
        let (slot, durable, before, belongings) = loop {
            let slot = self.find_or_found(id).await?;
            let permit = self.0.queue.reserve().await.map_err(|_| stopped())?;
            let mut state = slot.lock();
            if state.gone {
                continue;
            }
            let before = state.app.belongings().clone();
            let mut new = successor(&state.app);
            new.presence = match connections {
                Connections::End => Presence::default(),
                Connections::Stay => state.app.presence.connected(),
            };
            new.follow_presence();
            let (belongings, stored) = (new.belongings().clone(), state.stored);
            let durable = self.put_in_place(&slot, &mut state, new, stored, permit);
            drop(state);
            break (slot, durable, before, belongings);
        };
        at_once(&belongings);
        self.settled(&slot, durable.await)?;
        before.end();
        Ok(())
    }

    /// Puts another application in the place of what is in a slot, and queues all that this changes.
    fn put_in_place(
        &self,
        slot: &Arc<Slot>,
        state: &mut SlotState,
        mut new: Application,
        stored: bool,
        permit: mpsc::Permit<'_, Commit>,
    ) -> oneshot::Receiver<Result<(), Unavailable>> {
        if new.exists() {
            // A copy has no calls to make any more.
            new.set_due((self.0.due.next)(&new));
        }
        new.drain();
        // Where nothing is kept, nobody would ever read it.
        let stored = stored && self.0.reader.is_some();
        let changes = if new.exists() { new.everything() } else { Changes::default() };
        // What was there before has to go, even if what comes is not stored.
        let wipe = state.stored;
        let old = state.replace(new, stored);
        self.set_alarm(state);
        let (done, durable) = oneshot::channel();
        permit.send(state.queue(slot, changes, Happened::default(), wipe, done));
        state.remember_replaced(old);
        durable
    }

    /// Takes in an application that is made, in memory only or in the store too, if there is none of its name.
    /// Tells whether it did.
    ///
    /// # Errors
    /// The store fails; then there is none.
    pub async fn take_in(&self, app: Application, stored: bool) -> Result<bool, Unavailable> {
        let id = app.id.clone();
        let (slot, durable) = loop {
            let slot = self.find_or_found(&id).await?;
            let permit = self.0.queue.reserve().await.map_err(|_| stopped())?;
            let mut state = slot.lock();
            if state.gone {
                continue;
            }
            if state.app.exists() {
                return Ok(false);
            }
            let durable = self.put_in_place(&slot, &mut state, app, stored, permit);
            drop(state);
            break (slot, durable);
        };
        self.settled(&slot, durable.await)?;
        Ok(true)
    }

    /// A copy of an application under another name, as it is at one moment; none if there is no such
    /// application. All that is in it is in the store.
    ///
    /// # Errors
    /// The store fails.
    pub async fn copy(
        &self,
        id: &ApplicationId,
        as_id: &ApplicationId,
    ) -> Result<Option<Application>, Unavailable> {
        self.write(id, |app| Ok(app.exists().then(|| app.copy(as_id.clone())))).await
    }

    /// Removes an application with all that there is of it. Tells whether there was one. See
    /// [`Engine::replace`].
    ///
    /// # Errors
    /// The store fails; then it is still there.
    pub async fn remove(&self, id: &ApplicationId, at_once: impl FnOnce(&Belongings)) -> Result<bool, Unavailable> {
        let Some(slot) = self.find(id).await? else { return Ok(false) };
        let permit = self.0.queue.reserve().await.map_err(|_| stopped())?;
        let (durable, before, belongings) = {
            let mut state = slot.lock();
            if state.gone || !state.app.exists() {
                return Ok(false);
            }
            let before = state.app.belongings().clone();
            let new = Application::new(id.clone());
            let belongings = new.belongings().clone();
            // What comes under that name by its first write is stored like any other.
            (self.put_in_place(&slot, &mut state, new, true, permit), before, belongings)
        };
        at_once(&belongings);
        self.settled(&slot, durable.await)?;
        before.end();
        let mut slots = self.0.slots.write();
        let mut state = slot.lock();
        if !state.app.exists() && state.is_durable() && !state.gone {
            state.gone = true;
            slots.remove(id);
        }
        Ok(true)
    }

    /// Whether an application is in memory only.
    ///
    /// # Errors
    /// The application could not be loaded.
    pub async fn is_ephemeral(&self, id: &ApplicationId) -> Result<bool, Unavailable> {
        Ok(self.0.reader.is_none() || !self.find_or_found(id).await?.lock().stored)
    }

    /// An id that no application has had: it is told from others by the time and a count.
    pub fn new_id(&self, prefix: &str) -> ApplicationId {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        static BEGIN: LazyLock<i64> = LazyLock::new(|| system_time().0);
        let suffix = format!("-{:x}-{}", *BEGIN, COUNT.fetch_add(1, Ordering::Relaxed) + 1);
        let room = ApplicationId::LIMIT - suffix.len();
        let id = format!("{}{suffix}", &prefix[..prefix.len().min(room)]);
        ApplicationId::new(&id).expect("it is made of what ids are made of")
    }
}
