//! Closed-loop load: some connections, each sending its next request when the last is answered.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use tokio::task::JoinSet;

use crate::client::Connection;
use crate::interrupt;
use crate::traffic::{Plan, Random};

/// Keeps a server that stalls from holding the bench for ever.
const FILL_LIMIT: Duration = Duration::from_mins(30);
const ANSWER_LIMIT: Duration = Duration::from_mins(1);
/// How much of a failed answer to show.
const SHOWN_BYTES: usize = 2_000;

/// When a run ends.
#[derive(Clone, Copy)]
pub(crate) enum Limit {
    /// After this long, having warmed up for a part of it first.
    Time(Duration),
    /// After this many requests.
    Requests(u64),
}

/// What a run, or several of a kind, came to.
#[derive(Default)]
pub(crate) struct Outcome {
    /// Requests answered in all, those of the warm-up included.
    pub(crate) answered: u64,
    /// Microseconds each measured request took.
    latencies: Vec<u32>,
    elapsed: Duration,
    body_bytes: u64,
}

impl Outcome {
    pub(crate) fn rate(&self) -> f64 {
        self.latencies.len() as f64 / self.elapsed.as_secs_f64().max(f64::MIN_POSITIVE)
    }

    /// Mean size of an answer's body.
    pub(crate) fn mean_bytes(&self) -> u64 {
        self.body_bytes / self.latencies.len().max(1) as u64
    }

    /// The exact median, 99th percentile and maximum latency, in milliseconds.
    pub(crate) fn latency(&self) -> Latency {
        let mut sorted = self.latencies.clone();
        sorted.sort_unstable();
        let at = |percent: usize| {
            let rank = (sorted.len() * percent).div_ceil(100).max(1);
            sorted.get(rank - 1).map_or(0.0, |&micros| f64::from(micros) / 1_000.0)
        };
        Latency { p50: at(50), p99: at(99), max: at(100) }
    }

    /// Pools another run's figures with these, as if the one had gone on where the other ended.
    pub(crate) fn pool(&mut self, other: Self) {
        self.answered += other.answered;
        self.latencies.extend(other.latencies);
        self.elapsed += other.elapsed;
        self.body_bytes += other.body_bytes;
    }
}

/// Latencies in milliseconds.
#[derive(Clone, Copy)]
pub(crate) struct Latency {
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    pub(crate) max: f64,
}

/// What all connections of a run share.
struct Shared {
    address: SocketAddr,
    plan: Arc<Plan>,
    /// Requests that begin before this are warm-up.
    start: Instant,
    end: Instant,
    remaining: AtomicU64,
    failures: AtomicU64,
}

/// What one connection came to.
struct Tally {
    answered: u64,
    latencies: Vec<u32>,
    body_bytes: u64,
    finished: Instant,
}

/// Threads that generate load: few, so that most of the machine is left to the server.
pub(crate) fn load_threads() -> usize {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    (cores / 4).max(1)
}

/// Drives `connections` connections with the plan's requests until the limit.
pub(crate) fn drive(
    address: SocketAddr,
    plan: &Arc<Plan>,
    connections: u16,
    limit: Limit,
) -> anyhow::Result<Outcome> {
    let now = Instant::now();
    let (start, end, remaining) = match limit {
        Limit::Time(measured) => {
            let start = now + (measured / 4).min(Duration::from_millis(500));
            (start, start + measured, u64::MAX)
        }
        Limit::Requests(requests) => (now, now + FILL_LIMIT, requests),
    };
    let shared = Arc::new(Shared {
        address,
        plan: Arc::clone(plan),
        start,
        end,
        remaining: AtomicU64::new(remaining),
        failures: AtomicU64::new(0),
    });
    let connections = usize::from(connections);
    let threads = load_threads().min(connections);
    let tallies = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|thread| {
                let shared = &shared;
                scope.spawn(move || drive_thread(shared, (thread..connections).step_by(threads)))
            })
            .collect();
        let mut tallies = Vec::with_capacity(connections);
        for worker in workers {
            tallies.extend(worker.join().expect("a load thread does not panic")?);
        }
        anyhow::Ok(tallies)
    })
    .with_context(|| {
        let failures = shared.failures.load(Ordering::Relaxed);
        format!("{failures} of {connections} connections failed")
    })?;
    if matches!(limit, Limit::Requests(_)) && Instant::now() >= end {
        bail!("the requests were not all answered in {FILL_LIMIT:?}");
    }
    let finished = tallies.iter().map(|tally| tally.finished).max();
    let mut outcome = Outcome {
        elapsed: finished.unwrap_or(start).saturating_duration_since(shared.start),
        ..Outcome::default()
    };
    for tally in tallies {
        outcome.answered += tally.answered;
        outcome.latencies.extend(tally.latencies);
        outcome.body_bytes += tally.body_bytes;
    }
    Ok(outcome)
}

/// Runs some of the connections on this thread, without the cost of a runtime that shares work.
fn drive_thread(shared: &Arc<Shared>, connections: impl Iterator<Item = usize>) -> anyhow::Result<Vec<Tally>> {
    block_on(async {
        let mut tasks = JoinSet::new();
        for connection in connections {
            tasks.spawn(drive_connection(Arc::clone(shared), connection));
        }
        let joined = tokio::time::timeout_at((shared.end + ANSWER_LIMIT).into(), tasks.join_all()).await;
        joined
            .with_context(|| format!("no answer {ANSWER_LIMIT:?} after the end of the run"))?
            .into_iter()
            .collect()
    })?
}

async fn drive_connection(shared: Arc<Shared>, index: usize) -> anyhow::Result<Tally> {
    let outcome = closed_loop(&shared, index).await;
    if outcome.is_err() {
        shared.failures.fetch_add(1, Ordering::Relaxed);
    }
    outcome
}

async fn closed_loop(shared: &Shared, index: usize) -> anyhow::Result<Tally> {
    let mut connection = Connection::open(shared.address).await?;
    let mut random = Random::new(index as u64);
    let mut tally = Tally { answered: 0, latencies: Vec::new(), body_bytes: 0, finished: Instant::now() };
    // The end of one request serves as the beginning of the next: half the clock readings.
    while tally.finished < shared.end && shared.failures.load(Ordering::Relaxed) == 0 && shared.take() {
        interrupt::check()?;
        let began = tally.finished;
        let status = connection.exchange(shared.plan.pick(&mut random)).await?;
        tally.finished = Instant::now();
        if status != 200 {
            let body = connection.body();
            let shown = String::from_utf8_lossy(&body[..body.len().min(SHOWN_BYTES)]);
            bail!("a request was answered {status}: {shown}");
        }
        tally.answered += 1;
        if began >= shared.start {
            let micros = (tally.finished - began).as_micros();
            tally.latencies.push(u32::try_from(micros).unwrap_or(u32::MAX));
            tally.body_bytes += connection.body().len() as u64;
        }
    }
    Ok(tally)
}

impl Shared {
    /// Takes one request of those that remain, if any does.
    fn take(&self) -> bool {
        self.remaining.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok()
    }
}

/// Runs a future on a runtime of this thread alone.
pub(crate) fn block_on<F: Future>(future: F) -> anyhow::Result<F::Output> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().context("building a runtime")?;
    Ok(runtime.block_on(future))
}
