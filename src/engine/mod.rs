//! The shell around the core: finds an application, runs a verb under its lock, has what changed
//! committed, and only then answers and lets the world hear of it.

mod history;
mod slot;
mod snapshots;
mod timer;
mod worlds;
mod writer;

use std::{
    collections::HashMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use parking_lot::{Mutex, MutexGuard, RwLock};
use tokio::sync::{broadcast, mpsc, oneshot};

use self::{
    history::{Happened, History},
    slot::{Slot, SlotState},
    snapshots::Snapshots,
    timer::Alarm,
    writer::{Commit, Followers, Writer},
};
pub use self::{
    history::{Occurrence, Recent},
    snapshots::SnapshotError,
    worlds::Connections,
};
use crate::{
    model::{
        clock::{Clock, Ran},
        event::Event,
        ids::ApplicationId,
        origin::Origin,
        time::Timestamp,
    },
    state::{Application, Belongings, Done},
    store::{Files, Reader, Store},
};

/// How many commits may wait for the writer before verbs wait too.
const QUEUE: usize = 1024;

/// How many applications more are in memory before those are let go of which nobody has made anything.
const UNKNOWN: usize = 1024;

/// How many events a slow listener may be behind before it misses some.
const FEED: usize = 4096;

/// The store could not do its part; what the verb did is undone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unavailable(pub Arc<str>);

/// What applications do by themselves when their clock reaches a moment.
#[derive(Clone, Copy)]
pub struct DueWork {
    /// The next moment at which there is something to do. Asked after every verb, so it is quick.
    pub next: fn(&Application) -> Option<Timestamp>,
    /// Does what is due at the application's time, and tells what that was. It says so after each thing it has done.
    pub run: fn(&mut Application, Done<'_>) -> Vec<Ran>,
    /// Does what is left to do of what was refused: that outlives a verb that fails.
    pub refused: fn(&mut Application),
    /// What ends by itself after the first moment and not after the second.
    pub ended: fn(&Application, Timestamp, Timestamp) -> Vec<Ran>,
}

/// Whoever has calls made of what happens: they are rows of the same transaction.
pub trait Outbox: Send + Sync {
    /// Puts the calls of these events into the application. Asked only where there are webhooks.
    fn put(&self, app: &mut Application, events: &[(Timestamp, Event)], origin: Origin);
}

/// Applications by id, and the way in.
#[derive(Clone)]
pub struct Engine(Arc<Inner>);

struct Inner {
    slots: RwLock<HashMap<ApplicationId, Arc<Slot>>>,
    /// One load at a time, so that an application is never in memory twice.
    loading: tokio::sync::Mutex<()>,
    reader: Option<Reader>,
    files: Files,
    snapshots: Snapshots,
    queue: mpsc::Sender<Commit>,
    feed: broadcast::Sender<Arc<Occurrence>>,
    followers: Followers,
    writer: Mutex<Option<tokio::task::JoinHandle<Result<(), crate::store::Error>>>>,
    known_only: bool,
    due: DueWork,
    outbox: Arc<dyn Outbox>,
    alarms: mpsc::UnboundedSender<Alarm>,
    timer: Mutex<Option<tokio::task::JoinHandle<()>>>,
}

impl Engine {
    /// Takes a store over. With `known_only`, applications come into being by
    /// [`Engine::create`] alone; otherwise by their first write.
    pub fn start(store: Store, known_only: bool, due: DueWork, outbox: Arc<dyn Outbox>) -> Self {
        let (alarms, rings) = mpsc::unbounded_channel();
        let (queue, commits) = mpsc::channel(QUEUE);
        let (feed, _) = broadcast::channel(FEED);
        let (reader, files, snapshots) = (store.reader(), store.files(), Snapshots::on(store.shelf()));
        let followers = Followers::default();
        let writer = tokio::spawn(Writer::new(store, feed.clone(), Arc::clone(&followers)).run(commits));
        let engine = Self(Arc::new(Inner {
            slots: RwLock::default(),
            loading: tokio::sync::Mutex::default(),
            reader,
            files,
            snapshots,
            queue,
            feed,
            followers,
            writer: Mutex::new(Some(writer)),
            known_only,
            due,
            outbox,
            alarms,
            timer: Mutex::default(),
        }));
        let timer = tokio::spawn(timer::run(Arc::downgrade(&engine.0), rings));
        *engine.0.timer.lock() = Some(timer);
        engine
    }

    /// The uploaded files of all applications.
    pub fn files(&self) -> &Files {
        &self.0.files
    }

    /// Every committed event from now on, in the order of commits.
    pub fn listen(&self) -> broadcast::Receiver<Arc<Occurrence>> {
        self.0.feed.subscribe()
    }

    /// Every committed event from now on, in the order of commits, those of one transaction
    /// together. Nothing is missed: commits wait while so many are not taken. Whoever follows must
    /// therefore never wait for the engine; [`Engine::glance`] does not.
    pub fn follow(&self, ahead: usize) -> mpsc::Receiver<Recent> {
        let (sender, receiver) = mpsc::channel(ahead);
        self.0.followers.lock().push(sender);
        receiver
    }

    /// Looks at an application that is in memory, as it is at this moment: what is due may not be
    /// done yet, what is seen may not be in the store yet.
    pub fn glance<T>(&self, id: &ApplicationId, look: impl FnOnce(&Application) -> T) -> Option<T> {
        let slot = self.0.slots.read().get(id).map(Arc::clone)?;
        Some(look(&slot.lock().app))
    }

    /// Asks an application. An unknown one answers as if it were new.
    ///
    /// # Errors
    /// The application could not be loaded, or what the question says.
    pub async fn read<T, E: From<Unavailable>>(
        &self,
        id: &ApplicationId,
        question: impl FnOnce(&Application) -> Result<T, E>,
    ) -> Result<T, E> {
        loop {
            let slot = self.find_or_found(id).await?;
            if let Some(state) = current(&slot) {
                return question(&state.app);
            }
            self.catch_up(&slot).await?;
        }
    }

    /// What is kept in memory beside the state of an application. To look into them at the same moment as
    /// into the state, ask the application.
    ///
    /// # Errors
    /// The application could not be loaded.
    pub async fn belongings(&self, id: &ApplicationId) -> Result<Belongings, Unavailable> {
        Ok(self.find_or_found(id).await?.lock().app.belongings().clone())
    }

    /// Runs a verb on an application, and answers when all that it changed and all that it saw is
    /// in the store. A verb that fails or panics leaves nothing behind.
    ///
    /// # Errors
    /// The store fails, or what the verb says.
    pub async fn write<T, E: From<Unavailable>>(
        &self,
        id: &ApplicationId,
        verb: impl FnOnce(&mut Application) -> Result<T, E>,
    ) -> Result<T, E> {
        self.write_from(Origin::default(), id, verb).await
    }

    /// As [`Engine::write`], by somebody of whom something is known.
    ///
    /// # Errors
    /// The store fails, or what the verb says.
    pub async fn write_from<T, E: From<Unavailable>>(
        &self,
        origin: Origin,
        id: &ApplicationId,
        verb: impl FnOnce(&mut Application) -> Result<T, E>,
    ) -> Result<T, E> {
        let (slot, outcome, durable) = loop {
            let slot = self.find_or_found(id).await?;
            // Taken before the lock, so that a verb that ran is always queued.
            let permit = self.0.queue.reserve().await.map_err(|_| stopped())?;
            let Some(mut state) = current(&slot) else {
                drop(permit);
                self.catch_up(&slot).await?;
                continue;
            };
            let refused = self.0.due.refused;
            let outcome = catch_unwind(AssertUnwindSafe(|| {
                let outcome = verb(&mut state.app);
                if outcome.is_err() {
                    undo(&mut state.app);
                }
                refused(&mut state.app);
                outcome
            }));
            if outcome.is_err() {
                undo(&mut state.app);
                state.app.take_refusals();
            }
            let events = self.take_events(&mut state.app, origin);
            if !events.is_empty() || matches!(outcome, Ok(Ok(_))) {
                self.note_due(&mut state);
            }
            let changes = state.app.drain();
            let nothing = changes.is_empty() && events.is_empty();
            let durable = if nothing && state.is_durable() {
                None
            } else {
                let (done, durable) = oneshot::channel();
                permit.send(state.queue(&slot, changes, Happened { events, origin }, false, done));
                Some(durable)
            };
            drop(state);
            break (slot, outcome, durable);
        };
        if let Some(durable) = durable {
            self.settled(&slot, durable.await)?;
        }
        match outcome {
            Ok(outcome) => outcome,
            Err(_) => Err(Unavailable("a rule of mynah panicked; nothing was changed".into()).into()),
        }
    }

    /// Does what is due first, with the application's time set to that moment.
    async fn catch_up(&self, slot: &Arc<Slot>) -> Result<(), Unavailable> {
        let permit = self.0.queue.reserve().await.map_err(|_| stopped())?;
        let durable = {
            let mut state = slot.lock();
            let Some(moment) = state.due(machine_time(&state.app)) else { return Ok(()) };
            state.app.set_time(moment);
            let outcome = catch_unwind(AssertUnwindSafe(|| {
                (self.0.due.run)(&mut state.app, &mut |app| self.tell(app, Origin::default()));
                (self.0.due.refused)(&mut state.app);
            }));
            if outcome.is_err() {
                undo(&mut state.app);
                state.app.take_refusals();
            }
            let events = self.take_events(&mut state.app, Origin::default());
            self.note_due(&mut state);
            if state.due(moment).is_some() {
                tracing::error!("what was due at {} in {} could not be done", moment.0, state.app.id);
                state.give_up(moment);
            }
            let changes = state.app.drain();
            let (done, durable) = oneshot::channel();
            permit.send(state.queue(slot, changes, Happened { events, origin: Origin::default() }, false, done));
            durable
        };
        self.settled(slot, durable.await)
    }

    /// Has webhooks told what has happened so far, with the application as it is now. Where one verb does several things
    /// one after the other, this comes after each.
    pub fn tell(&self, app: &mut Application, origin: Origin) {
        if app.settings().webhooks.is_empty() {
            return;
        }
        let events = app.take_untold();
        // What was done stands, whatever becomes of telling it.
        if catch_unwind(AssertUnwindSafe(|| self.0.outbox.put(app, &events, origin))).is_err() {
            tracing::error!("webhooks of {} could not be told", app.id);
        }
        app.put_told(events);
    }

    /// What has happened; with the calls that webhooks get of it put beside, where there are some.
    fn take_events(&self, app: &mut Application, origin: Origin) -> Vec<(Timestamp, Event)> {
        self.tell(app, origin);
        app.take_events()
    }

    /// Keeps in the application's row, and tells the timer, when it next has something to do.
    fn note_due(&self, state: &mut SlotState) {
        let due = (self.0.due.next)(&state.app);
        if state.app.set_due(due) {
            self.set_alarm(state);
        }
    }

    fn set_alarm(&self, state: &SlotState) {
        // Nobody hears it when the engine is stopping.
        let _ = self.0.alarms.send((state.app.id.clone(), state.alarm()));
    }

    /// What has become of a commit. One that failed was undone, and the alarm with it.
    fn settled(
        &self,
        slot: &Arc<Slot>,
        outcome: Result<Result<(), Unavailable>, oneshot::error::RecvError>,
    ) -> Result<(), Unavailable> {
        let outcome = outcome.map_err(|_| stopped()).flatten();
        if outcome.is_err() {
            self.set_alarm(&slot.lock());
        }
        outcome
    }

    /// Does everything that is due in an application, and tells when the next thing is, by the
    /// machine's clock.
    pub(self) async fn wake(&self, id: &ApplicationId) -> Result<Option<Timestamp>, Unavailable> {
        while let Some(slot) = self.find(id).await? {
            if let Some(state) = current(&slot) {
                return Ok(state.alarm());
            }
            self.catch_up(&slot).await?;
        }
        Ok(None)
    }

    /// Puts the clock of an application forward, does all that becomes due by it, and tells what that was.
    ///
    /// # Errors
    /// The store fails.
    pub async fn advance(&self, id: &ApplicationId, by: Duration) -> Result<Vec<Ran>, Unavailable> {
        let by = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        self.turn_clock(id, |app, _, _| Ok(app.clock().forward(by))).await
    }

    /// Has an application go by another clock, given the one that it has, its time and the machine's. All
    /// that becomes due by it is done in the order of its moments, each at its own, and together with the
    /// clock: whoever asks finds none of it or all. Tells what that was, and what has ended by itself.
    ///
    /// # Errors
    /// The store fails, or what is said of the clock.
    pub async fn turn_clock<E: From<Unavailable>>(
        &self,
        id: &ApplicationId,
        turn: impl FnOnce(&Application, Timestamp, Timestamp) -> Result<Clock, E>,
    ) -> Result<Vec<Ran>, E> {
        let due = self.0.due;
        let ran = self.write(id, |app| {
            let (machine, before) = (system_time(), app.now());
            let clock = turn(app, before, machine)?;
            let now = clock.at(machine);
            let mut ran = (due.ended)(app, before, now);
            let mut last = before;
            // What could not be done stays where it is.
            while let Some(moment) = (due.next)(app).filter(|moment| *moment > last && *moment <= now) {
                app.set_time(moment);
                ran.extend((due.run)(app, &mut |app| self.tell(app, Origin::default())));
                (due.refused)(app);
                self.tell(app, Origin::default());
                last = moment;
            }
            ran.sort_by_key(|ran| ran.at);
            app.set_clock(clock, now);
            Ok::<_, E>(ran)
        });
        let ran = ran.await?;
        let slot = self.find_or_found(id).await?;
        let mut state = slot.lock();
        state.try_again();
        // The moment is the same for the application, and another for the machine.
        self.set_alarm(&state);
        Ok(ran)
    }

    /// Makes an application that nobody has written to yet, so that it is known.
    ///
    /// # Errors
    /// The store fails.
    pub async fn create(
        &self,
        id: &ApplicationId,
        set_up: impl FnOnce(&mut Application),
    ) -> Result<(), Unavailable> {
        self.write(id, |app| {
            app.change_settings(|_| {});
            set_up(app);
            Ok::<_, Unavailable>(())
        })
        .await
    }

    /// Whether an application is known: loaded, or in the store.
    ///
    /// # Errors
    /// The store fails.
    pub async fn knows(&self, id: &ApplicationId) -> Result<bool, Unavailable> {
        Ok(self.find(id).await?.is_some_and(|slot| slot.lock().app.exists()))
    }

    /// Whether applications come into being by their first write.
    pub fn takes_unknown(&self) -> bool {
        !self.0.known_only
    }

    /// Applications that have calls of webhooks which were being made when the process ended before.
    ///
    /// # Errors
    /// The store fails.
    pub async fn interrupted(&self) -> Result<Vec<ApplicationId>, Unavailable> {
        match &self.0.reader {
            Some(reader) => reader.interrupted().await.map_err(|error| unavailable(&error)),
            None => Ok(Vec::new()),
        }
    }

    /// The ids of all known applications, in order.
    ///
    /// # Errors
    /// The store fails.
    pub async fn applications(&self) -> Result<Vec<ApplicationId>, Unavailable> {
        let stored = match &self.0.reader {
            Some(reader) => reader.applications().await.map_err(|error| unavailable(&error))?,
            None => Vec::new(),
        };
        let loaded: Vec<_> = self.0.slots.read().values().cloned().collect();
        let loaded = loaded.iter().filter(|slot| slot.lock().app.exists()).map(|slot| slot.lock().app.id.clone());
        let mut ids: Vec<_> = stored.into_iter().chain(loaded).collect();
        ids.sort_unstable();
        ids.dedup();
        Ok(ids)
    }

    /// The ids of all applications that are in memory, those too of which no more was asked than whether they
    /// are there.
    pub fn loaded(&self) -> Vec<ApplicationId> {
        self.0.slots.read().keys().cloned().collect()
    }

    /// The latest committed events of an application, oldest first.
    pub async fn recent(&self, id: &ApplicationId) -> Recent {
        match self.find(id).await {
            Ok(Some(slot)) => slot.lock().app.belongings().of::<History>().recent(),
            _ => Recent::default(),
        }
    }

    /// Commits what is queued and closes the store. Verbs that come later are refused.
    ///
    /// # Errors
    /// The store fails.
    pub async fn stop(&self) -> Result<(), crate::store::Error> {
        if let Some(timer) = self.0.timer.lock().take() {
            timer.abort();
        }
        let writer = self.0.writer.lock().take();
        let Some(writer) = writer else { return Ok(()) };
        if let Ok(permit) = self.0.queue.reserve().await {
            permit.send(Commit::Stop);
        }
        writer.await.unwrap_or_else(|panic| {
            tracing::error!("the writer panicked: {panic}");
            Ok(())
        })
    }

    /// The slot of an application that is in memory or in the store.
    async fn find(&self, id: &ApplicationId) -> Result<Option<Arc<Slot>>, Unavailable> {
        if let Some(slot) = self.0.slots.read().get(id) {
            return Ok(Some(Arc::clone(slot)));
        }
        if self.0.reader.is_none() {
            return Ok(None);
        }
        self.load(id).await
    }

    async fn load(&self, id: &ApplicationId) -> Result<Option<Arc<Slot>>, Unavailable> {
        let _one_at_a_time = self.0.loading.lock().await;
        if let Some(slot) = self.0.slots.read().get(id) {
            return Ok(Some(Arc::clone(slot)));
        }
        let Some(reader) = &self.0.reader else { return Ok(None) };
        let Some(app) = reader.load(id).await.map_err(|error| unavailable(&error))? else { return Ok(None) };
        let slot = Arc::new(Slot::new(app));
        self.0.slots.write().insert(id.clone(), Arc::clone(&slot));
        Ok(Some(slot))
    }

    async fn find_or_found(&self, id: &ApplicationId) -> Result<Arc<Slot>, Unavailable> {
        match self.find(id).await? {
            Some(slot) => Ok(slot),
            None => Ok(self.found(id).await),
        }
    }

    /// The slot of an application of which nothing was known.
    async fn found(&self, id: &ApplicationId) -> Arc<Slot> {
        let _one_at_a_time = self.0.loading.lock().await;
        let mut slots = self.0.slots.write();
        if slots.len() % UNKNOWN == UNKNOWN - 1 {
            // Whoever asks for ever other applications must not fill the memory.
            for (_, gone) in slots.extract_if(|_, slot| Arc::strong_count(slot) == 1 && !slot.lock().is_of_use()) {
                gone.lock().app.belongings().end();
            }
        }
        let slot = slots.entry(id.clone()).or_insert_with(|| Arc::new(Slot::new(Application::new(id.clone()))));
        Arc::clone(slot)
    }
}

/// The application with its time set to now; none while there is something due before, or if this is its
/// slot no more.
fn current(slot: &Slot) -> Option<MutexGuard<'_, SlotState>> {
    let mut state = slot.lock();
    let now = machine_time(&state.app);
    if state.gone || state.due(now).is_some() {
        return None;
    }
    state.app.set_time(now);
    Some(state)
}

/// Has an application as it was before a verb.
fn undo(app: &mut Application) {
    let changes = app.drain();
    app.undo(&changes);
    app.take_events();
}

/// The time that an application's clock shows.
fn machine_time(app: &Application) -> Timestamp {
    app.clock().at(system_time())
}

fn stopped() -> Unavailable {
    Unavailable("mynah is stopping".into())
}

fn unavailable(error: &crate::store::Error) -> Unavailable {
    tracing::error!("the store fails: {error}");
    Unavailable(error.to_string().into())
}

/// The time of the machine: what an application's own clock goes by.
#[expect(clippy::disallowed_methods, reason = "the one place where time comes in")]
pub fn system_time() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
