//! The live connections of all applications, and the task that tells them what was committed.

use std::{
    collections::HashMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
};

use axum::extract::ws::Utf8Bytes;
use parking_lot::Mutex;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{Audience, Encode, Frame, Told};
use crate::{
    chat::membership,
    engine::{Engine, Occurrence, Recent},
    model::{
        event::Event,
        ids::{ApplicationId, ChannelId, ConnectionId, UserId},
        time::Timestamp,
    },
    state::{Application, Belongings},
};

/// How many frames a client may be behind before it is cut off.
const BEHIND: usize = 4096;

/// How many transactions the hub may be behind before commits wait for it.
const AHEAD: usize = 256;

/// The live connections of all applications.
#[derive(Clone)]
pub struct Hub(Arc<Shared>);

struct Shared {
    live: Mutex<HashMap<ApplicationId, Live>>,
    numbers: AtomicU64,
    open: AtomicUsize,
    limit: usize,
    stop: CancellationToken,
}

/// The live connections of one application.
#[derive(Default)]
struct Live {
    users: HashMap<UserId, Vec<ConnectionId>>,
    lines: HashMap<ConnectionId, Ear>,
}

/// The other end of a line.
struct Ear {
    user: UserId,
    belongings: Belongings,
    sender: Sender,
}

struct Sender {
    queue: mpsc::Sender<Notice>,
    cut: CancellationToken,
}

/// What a connection is told.
#[derive(Clone, Debug)]
pub enum Notice {
    /// A text for its client.
    Frame(Utf8Bytes),
    /// Its session may not be good any more, or a fault may be set for it; where the clock was turned, to what it showed.
    Recheck(Option<Timestamp>),
}

/// The end of the line that a connection holds. Dropping it hangs up.
pub struct Line {
    /// Which connection it is.
    pub id: ConnectionId,
    /// What it is told.
    pub notices: mpsc::Receiver<Notice>,
    /// The connection is to end: the client is too slow, or the server stops.
    pub cut: CancellationToken,
    application: ApplicationId,
    hub: Hub,
}

impl Hub {
    /// A hub that takes so many connections at once, and tells them of everything that the engine
    /// commits in the words of a dialect.
    pub fn start(engine: &Engine, encoder: Arc<dyn Encode>, limit: usize) -> Self {
        let hub = Self(Arc::new(Shared {
            live: Mutex::default(),
            numbers: AtomicU64::new(0),
            open: AtomicUsize::new(0),
            limit,
            stop: CancellationToken::new(),
        }));
        let feed = engine.follow(AHEAD);
        tokio::spawn(hub.clone().run(engine.clone(), encoder, feed));
        hub
    }

    /// A number for a connection that is about to be; none if there are too many.
    pub fn number(&self) -> Option<ConnectionId> {
        let room = self.0.open.load(Ordering::Relaxed) < self.0.limit;
        room.then(|| ConnectionId(self.0.numbers.fetch_add(1, Ordering::Relaxed) + 1))
    }

    /// Takes a connection of a user in, who has logged in while the application had these belongings. From
    /// now on it is told what concerns that user.
    pub fn register(
        &self,
        application: &ApplicationId,
        belongings: &Belongings,
        user: &UserId,
        id: ConnectionId,
    ) -> Line {
        let (queue, notices) = mpsc::channel(BEHIND);
        let cut = self.0.stop.child_token();
        let mut live = self.0.live.lock();
        let live = live.entry(application.clone()).or_default();
        live.users.entry(user.clone()).or_default().push(id);
        let sender = Sender { queue, cut: cut.clone() };
        live.lines.insert(id, Ear { user: user.clone(), belongings: belongings.clone(), sender });
        self.0.open.fetch_add(1, Ordering::Relaxed);
        Line { id, notices, cut, application: application.clone(), hub: self.clone() }
    }

    /// Cuts off the connections of an application that are from before it had these belongings.
    pub fn close(&self, application: &ApplicationId, belongings: &Belongings) {
        if let Some(live) = self.0.live.lock().get(application) {
            let from_before = live.lines.values().filter(|ear| !ear.belongings.are(belongings));
            from_before.for_each(|ear| ear.sender.cut.cancel());
        }
    }

    /// How many connections an application has.
    pub fn count(&self, application: &ApplicationId) -> usize {
        self.0.live.lock().get(application).map_or(0, |live| live.lines.len())
    }

    /// Has all connections of an application look again at what they go by.
    pub fn recheck(&self, application: &ApplicationId) {
        if let Some(live) = self.0.live.lock().get(application) {
            live.lines.values().for_each(|ear| ear.sender.send(Notice::Recheck(None)));
        }
    }

    /// Cuts all connections off and takes no more.
    pub fn stop(&self) {
        self.0.stop.cancel();
    }

    fn hang_up(&self, application: &ApplicationId, id: ConnectionId) {
        let mut all = self.0.live.lock();
        let Some(live) = all.get_mut(application) else { return };
        let Some(Ear { user, .. }) = live.lines.remove(&id) else { return };
        self.0.open.fetch_sub(1, Ordering::Relaxed);
        if let Some(connections) = live.users.get_mut(&user) {
            connections.retain(|known| *known != id);
            if connections.is_empty() {
                live.users.remove(&user);
            }
        }
        if live.lines.is_empty() {
            all.remove(application);
        }
    }

    async fn run(self, engine: Engine, encoder: Arc<dyn Encode>, mut feed: mpsc::Receiver<Recent>) {
        while let Some(occurrences) = feed.recv().await {
            for occurrence in occurrences {
                self.tell(&engine, &*encoder, &occurrence);
                // A crowd takes a moment; others want their turn.
                tokio::task::consume_budget().await;
            }
        }
    }

    /// Tells those whom an event concerns. Nobody is waited for.
    fn tell(&self, engine: &Engine, encoder: &dyn Encode, occurrence: &Occurrence) {
        let all = self.0.live.lock();
        let Some(live) = all.get(&occurrence.application) else { return };
        live.recheck(&occurrence.event, occurrence.at);
        engine.glance(&occurrence.application, |app| {
            if !app.belongings().are(&occurrence.belongings) {
                return;
            }
            let told = catch_unwind(AssertUnwindSafe(|| encoder.encode(app, occurrence)));
            let Ok(told) = told else {
                tracing::error!("an event could not be told: {:?}", occurrence.event);
                return;
            };
            for told in told {
                live.pass_on(app, &told, occurrence.origin.connection);
            }
        });
    }
}

impl Live {
    /// Has sessions looked at again that an event may have ended.
    fn recheck(&self, event: &Event, at: Timestamp) {
        let user = match event {
            Event::SessionsRevoked(user) => user,
            Event::UserRemoved(user) => &user.id,
            Event::UserUpdated { user, .. } if !user.active => &user.id,
            Event::ClockMoved => {
                self.lines.values().for_each(|ear| ear.sender.send(Notice::Recheck(Some(at))));
                return;
            }
            _ => return,
        };
        self.each_of(user, |_, sender| sender.send(Notice::Recheck(None)));
    }

    fn pass_on(&self, app: &Application, told: &Told, origin: Option<ConnectionId>) {
        let answered = origin.filter(|_| told.answered);
        match &told.to {
            Audience::Users(users) => users.iter().for_each(|user| self.pass_to(app, told, answered, user)),
            Audience::Members(channel) => self.each_possible(app, channel, |user| {
                if membership::find(app, channel, user).is_some() {
                    self.pass_to(app, told, answered, user);
                }
            }),
            Audience::Joined(channel, at) => self.each_possible(app, channel, |user| {
                if membership::sees(app, channel, user, *at) {
                    self.pass_to(app, told, answered, user);
                }
            }),
            Audience::Participants(channel) => {
                for id in app.presence.connections_in(channel.as_str()) {
                    let Some(ear) = self.lines.get(&id) else { continue };
                    if Some(id) != answered && !told.but.contains(&ear.user) {
                        ear.sender.send(Notice::Frame(told.text(app, &ear.user)));
                    }
                }
            }
        }
    }

    /// Visits all users in a group channel who have live connections, and perhaps others: by way of the
    /// members or of the connections, whichever are fewer.
    fn each_possible(&self, app: &Application, channel: &ChannelId, visit: impl FnMut(&UserId)) {
        let (members, _) = membership::counts(app, channel);
        if members < self.users.len() {
            membership::ids(app, channel).filter(|user| self.users.contains_key(*user)).for_each(visit);
        } else {
            self.users.keys().for_each(visit);
        }
    }

    fn pass_to(&self, app: &Application, told: &Told, answered: Option<ConnectionId>, user: &UserId) {
        if !self.users.contains_key(user) || told.but.contains(user) {
            return;
        }
        let text = told.text(app, user);
        self.each_of(user, |id, sender| {
            if Some(id) != answered {
                sender.send(Notice::Frame(text.clone()));
            }
        });
    }

    fn each_of(&self, user: &UserId, mut visit: impl FnMut(ConnectionId, &Sender)) {
        for id in self.users.get(user).into_iter().flatten() {
            if let Some(ear) = self.lines.get(id) {
                visit(*id, &ear.sender);
            }
        }
    }
}

impl Told {
    fn text(&self, app: &Application, user: &UserId) -> Utf8Bytes {
        match &self.frame {
            Frame::Same(text) => text.clone(),
            Frame::Each(text) => text(app, user).into(),
        }
    }
}

impl Sender {
    /// Tells a connection; one that does not keep up is cut off.
    fn send(&self, notice: Notice) {
        if let Err(mpsc::error::TrySendError::Full(_)) = self.queue.try_send(notice) {
            self.cut.cancel();
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.hub.hang_up(&self.application, self.id);
    }
}
