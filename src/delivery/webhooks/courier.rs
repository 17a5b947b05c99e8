//! Makes the calls whose time has come, and notes what has become of them. Each webhook of an application gets its calls
//! one after the other, in the order of what happened; one that is tried again holds no other up.

use std::{collections::HashMap, future::Future, pin::pin, sync::Arc, time::Duration};

use bytes::Bytes;
use tokio::{sync::mpsc, time::Instant};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    Calls,
    address::Target,
    caller::{Caller, Line},
};
use crate::{
    chat::webhooks,
    engine::{Engine, Recent, Unavailable},
    model::{
        clock::Mode,
        event::Event,
        ids::ApplicationId,
        time::Timestamp,
        webhook::{Attempt, Delivery, Webhook},
    },
    state::Belongings,
};

/// How many transactions the courier may be behind before commits wait for it.
const AHEAD: usize = 256;

/// How often is looked what the application's clock shows while an answer is waited for. So long an answer may take at
/// least, however far the clock is moved.
const LOOK: Duration = Duration::from_millis(100);

/// After what time without a call a connection is closed.
const IDLE: Duration = Duration::from_secs(10);

/// After what time something is tried again that the store could not do.
const PATIENCE: Duration = Duration::from_secs(1);

/// Makes the calls of all applications.
#[derive(Clone)]
pub struct Courier {
    stop: CancellationToken,
    tasks: TaskTracker,
}

/// What every worker has.
struct Office {
    engine: Engine,
    calls: Arc<dyn Calls>,
    caller: Caller,
    note: Note,
    stop: CancellationToken,
}

/// Where a try is noted beside the application's rows: with the belongings of the application, the call and
/// the try.
pub type Note = Box<dyn Fn(&Belongings, &Delivery, &Attempt) + Send + Sync>;

/// Whoever makes the calls of one webhook, one after the other.
struct Worker {
    /// Those of the application as it was then: what is told after it was replaced waits for nothing of before.
    belongings: Belongings,
    queue: mpsc::UnboundedSender<Arc<Delivery>>,
}

impl Courier {
    /// Starts to make calls; those first that a process before this one has left undone.
    /// Each is noted by somebody too.
    pub fn start(engine: &Engine, calls: Arc<dyn Calls>, caller: Caller, note: Note) -> Self {
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        let feed = engine.follow(AHEAD);
        let office = Arc::new(Office { engine: engine.clone(), calls, caller, note, stop: stop.clone() });
        tasks.spawn(hand_out(Arc::clone(&office), feed, tasks.clone()));
        tasks.spawn(async move { stop_or(&office.stop, office.resume()).await });
        Self { stop, tasks }
    }

    /// Makes no more calls. What is being made is made again after the next start.
    pub async fn stop(&self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

async fn stop_or(stop: &CancellationToken, work: impl Future<Output = ()>) {
    tokio::select! {
        () = stop.cancelled() => {}
        () = work => {}
    }
}

/// Gives each call to the worker of its webhook. It never waits for anybody.
async fn hand_out(office: Arc<Office>, mut feed: mpsc::Receiver<Recent>, tasks: TaskTracker) {
    let mut workers: HashMap<(ApplicationId, Box<str>), Worker> = HashMap::new();
    loop {
        let occurrences = tokio::select! {
            () = office.stop.cancelled() => return,
            occurrences = feed.recv() => occurrences,
        };
        let Some(occurrences) = occurrences else { return };
        for occurrence in occurrences {
            let Event::DeliveryDue(call) = &occurrence.event else { continue };
            let route = (occurrence.application.clone(), call.webhook.clone());
            let worker = workers.get(&route).filter(|worker| worker.belongings.are(&occurrence.belongings));
            let unsent = match worker {
                Some(worker) => worker.queue.send(Arc::clone(call)).err().map(|error| error.0),
                None => Some(Arc::clone(call)),
            };
            // A worker that had nothing to do for a while is gone.
            if let Some(call) = unsent {
                workers.retain(|_, worker| !worker.queue.is_closed());
                let (worker, queue) = mpsc::unbounded_channel();
                let _ = worker.send(call);
                let worker = Worker { belongings: occurrence.belongings.clone(), queue: worker };
                let (office, application) = (Arc::clone(&office), route.0.clone());
                tasks.spawn(async move {
                    let stop = office.stop.clone();
                    stop_or(&stop, Box::pin(work(office, application, queue))).await;
                });
                workers.insert(route, worker);
            }
        }
    }
}

/// Makes the calls of one webhook until there was none for a while.
async fn work(office: Arc<Office>, application: ApplicationId, mut queue: mpsc::UnboundedReceiver<Arc<Delivery>>) {
    let mut line = None;
    loop {
        match tokio::time::timeout(IDLE, queue.recv()).await {
            Ok(Some(call)) => office.make(&application, &call, &mut line).await,
            Ok(None) => return,
            // What comes at this very moment is still made.
            Err(_) => queue.close(),
        }
    }
}

impl Office {
    /// Has calls made that were being made when the process ended before.
    async fn resume(&self) {
        let interrupted = loop {
            match self.engine.interrupted().await {
                Ok(interrupted) => break interrupted,
                Err(_) => tokio::time::sleep(PATIENCE).await,
            }
        };
        for application in interrupted {
            let resume = |app: &mut crate::state::Application| {
                webhooks::resume(app);
                Ok::<_, Unavailable>(())
            };
            while self.engine.write(&application, resume).await.is_err() {
                tokio::time::sleep(PATIENCE).await;
            }
        }
    }

    /// Makes a call, if it is still to be made, and notes what has become of it.
    async fn make(&self, application: &ApplicationId, call: &Arc<Delivery>, line: &mut Option<Line>) {
        let question = |app: &crate::state::Application| {
            let call = webhooks::still_due(app, call);
            let timeout = webhooks::find(app, call.as_ref().map_or("", |call| &call.webhook));
            let timeout = timeout.map_or_else(|| Webhook::default().timeout, |webhook| webhook.timeout);
            Ok::<_, Unavailable>((call, timeout, app.now(), app.belongings().clone()))
        };
        let asked = self.engine.read(application, question).await;
        // Of those that it has now: where it is reset meanwhile, nobody is to read of this call.
        let Ok((Some(call), timeout, at, belongings)) = asked else { return };
        let begin = Instant::now();
        let mut attempt = Attempt { at, ..Attempt::default() };
        let target = Target::of(&call.url);
        let answer = match &target {
            Err(why) => Err((*why).to_owned()),
            Ok(target) => {
                let headers = self.calls.headers(&call.signature);
                let body = Bytes::copy_from_slice(call.body.as_bytes());
                let post = Box::pin(self.caller.post(line, target, &headers, body));
                let answer = self.within(application, (&call, &belongings), (at, timeout), post).await;
                if answer.is_none()
                    && let Some(moved) = self.moved(application, &call).await
                {
                    return Box::pin(self.make(application, &moved, line)).await;
                }
                answer.unwrap_or_else(|| Err(format!("no answer within {timeout} ms")))
            }
        };
        attempt.took = i64::try_from(begin.elapsed().as_micros()).unwrap_or(i64::MAX);
        attempt.address = line.as_ref().map_or_else(String::new, |line| line.address.to_string()).into();
        match answer {
            Ok(answer) => {
                attempt.status = Some(answer.status.as_u16());
                (attempt.headers, attempt.body) = (answer.headers, answer.body);
            }
            Err(error) => attempt.error = error.into(),
        }
        loop {
            let attempt = attempt.clone();
            let settle = |app: &mut crate::state::Application| {
                if app.belongings().are(&belongings) {
                    webhooks::settle(app, &call, attempt.clone());
                }
                Ok::<_, Unavailable>(())
            };
            if self.engine.write(application, settle).await.is_ok() {
                (self.note)(&belongings, &call, &attempt);
                return;
            }
            tokio::time::sleep(PATIENCE).await;
        }
    }

    /// The call as it is now, if it is to go elsewhere.
    async fn moved(&self, application: &ApplicationId, call: &Delivery) -> Option<Arc<Delivery>> {
        let now = |app: &crate::state::Application| Ok::<_, Unavailable>(webhooks::still_due(app, call));
        let now = self.engine.read(application, now).await.ok().flatten();
        now.filter(|now| now.url != call.url)
    }

    /// Waits for something so many milliseconds from that moment on by the application's clock; by the machine's while
    /// that one stands still or was put back, or what hangs would hold up all that comes after it. Not any longer than
    /// the application is the same, and the call is still to be made, there, and with as much patience.
    async fn within<T>(
        &self,
        id: &ApplicationId,
        (call, belongings): (&Delivery, &Belongings),
        (from, milliseconds): (Timestamp, i64),
        work: impl Future<Output = T>,
    ) -> Option<T> {
        let begin = Instant::now();
        let mut work = pin!(work);
        loop {
            if let Ok(done) = tokio::time::timeout(LOOK, &mut work).await {
                return Some(done);
            }
            let is_over = self.engine.read(id, |app| {
                let by_clock = app.now().0.saturating_sub(from.0);
                let goes_by_machine = by_clock < 0 || app.clock().mode() == Mode::Frozen;
                let elapsed = i64::try_from(begin.elapsed().as_millis()).unwrap_or(i64::MAX);
                let passed = if goes_by_machine { elapsed } else { 0 };
                let wanted = webhooks::still_due(app, call).is_some_and(|now| now.url == call.url);
                let patience = webhooks::find(app, &call.webhook).map_or(milliseconds, |webhook| webhook.timeout);
                Ok::<_, Unavailable>(!wanted || passed.max(by_clock) >= patience.min(milliseconds))
            });
            if belongings.have_ended() || is_over.await.is_ok_and(|is_over| is_over) {
                return None;
            }
        }
    }
}
