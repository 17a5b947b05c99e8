//! The measurements themselves, one scenario after the other.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use tokio::task::LocalSet;
use tokio::time::timeout;

use crate::crowd::Crowd;
use crate::drive::{Limit, Outcome, block_on, drive};
use crate::options::{Options, Scenario};
use crate::report::{Report, grouped};
use crate::server::{self, Server, folder_size};
use crate::targets::{self, MANY_CONNECTIONS};
use crate::traffic::{self, FIRST_MESSAGES, Kind, Plan, World};
use crate::{soak, sockets};

/// Starts to take the median of.
const STARTS: usize = 5;
const SEED_LIMIT: Duration = Duration::from_mins(2);
/// Ten million memberships are let in over HTTP.
const CROWD_SEED_LIMIT: Duration = Duration::from_mins(30);
/// What a membership takes at most, in memory, while it is stored.
const MEMBERSHIP_BYTES: f64 = 600.0;
/// One message in this many is a reply in the big store.
const MESSAGES_PER_REPLY: u64 = 10;

/// The bench on its way: the server to compare with, and the figures so far.
pub(crate) struct Bench<'a> {
    options: &'a Options,
    bare: Server,
    report: Report,
}

/// Mynah's run and the bare server's around it.
struct Compared {
    mynah: Outcome,
    bare: Outcome,
}

impl Compared {
    fn ratio(&self) -> f64 {
        self.mynah.rate() / self.bare.rate()
    }
}

impl<'a> Bench<'a> {
    pub(crate) fn start(options: &'a Options) -> anyhow::Result<Self> {
        Ok(Self { options, bare: Server::bare()?, report: Report::new(options) })
    }

    pub(crate) fn run(mut self) -> anyhow::Result<Report> {
        if self.options.runs(Scenario::Rates) {
            self.starts()?;
            self.rates()?;
        }
        if self.options.runs(Scenario::Store) {
            self.big_store()?;
        }
        if self.options.runs(Scenario::Crowd) {
            self.crowd()?;
        }
        if self.options.runs(Scenario::Sockets) {
            self.sockets()?;
        }
        if self.options.runs(Scenario::Soak) {
            soak::soak(self.options, &mut self.report)?;
        }
        Ok(self.report)
    }

    /// How fast a channel full of live connections hears a message, and what idle ones cost.
    fn sockets(&mut self) -> anyhow::Result<()> {
        let count = self.options.sockets as usize;
        let data = tempfile::tempdir()?;
        let mynah = Server::roomy_mynah(data.path())?;
        let seconds = self.options.seconds;
        block_on(sockets::seed(mynah.address, count))??;
        let bare_address = self.bare.address;
        let fanout = |address, kind| {
            let measured = sockets::fanout(address, kind, count, seconds);
            block_on(async { tokio::task::LocalSet::new().run_until(measured).await })?
        };
        let first = fanout(bare_address, sockets::Kind::Bare).context("the bare server's sockets")?;
        let ours = fanout(mynah.address, sockets::Kind::Mynah)
            .with_context(|| format!("sockets; {}", mynah.log_tail()))?;
        let second = fanout(bare_address, sockets::Kind::Bare).context("the bare server's sockets")?;
        mynah.stop()?;
        let bare = f64::midpoint(first.per_second, second.per_second);
        eprintln!("sockets: {}/s of {}/s, p99 {:.1} ms", grouped(ours.per_second), grouped(bare), ours.p99);
        let label = grouped(count as f64);
        let name = format!("from sending to hearing, {label} connections in one channel, p99");
        let note = format!("largest {:.1}; bare {:.1}", ours.max, first.p99.min(second.p99));
        self.report.check(name, ours.p99, " ms", targets::HEARD_P99_MS, &note);
        let name = format!("frames heard by {label} connections over those of a bare broadcast");
        let note = format!("{}/s over {}/s", grouped(ours.per_second), grouped(bare));
        self.report.check(name, ours.per_second / bare, "", targets::HEARD_RATIO, &note);

        let idle = self.options.idle as usize;
        let data = tempfile::tempdir()?;
        let mynah = Server::mynah(data.path())?;
        mynah.first_answer(&traffic::health(mynah.address), |_| true)?;
        let before = mynah.settled_resident();
        let with = block_on(sockets::idle(mynah.address, idle, || mynah.resident()))?
            .with_context(|| format!("idle sockets; {}", mynah.log_tail()))?;
        let name = format!("resident memory per idle connection, {} held", grouped(idle as f64));
        match before.zip(with) {
            Some((before, with)) => {
                let each = with.saturating_sub(before) as f64 / idle as f64 / 1024.0;
                self.report.check(
                    name,
                    each,
                    " KB",
                    targets::KB_PER_CONNECTION,
                    "the user and the session with it",
                );
            }
            None => self.report.note(name, "-"),
        }
        mynah.stop()?;
        Ok(())
    }

    /// Time to the first answer and idle memory, each time with an empty store.
    fn starts(&mut self) -> anyhow::Result<()> {
        let mut times = Vec::with_capacity(STARTS);
        let mut idle = None;
        for _ in 0..STARTS {
            let data = tempfile::tempdir()?;
            let mynah = Server::mynah(data.path())?;
            times.push(mynah.first_answer(&traffic::health(mynah.address), |_| true)?);
            if times.len() == STARTS {
                thread::sleep(Duration::from_secs(1));
                idle = mynah.resident();
            }
            mynah.stop()?;
        }
        times.sort_unstable();
        let [fastest, median, slowest] = [0, STARTS / 2, STARTS - 1].map(|at| times[at].as_secs_f64() * 1e3);
        eprintln!("start to first answer: {median:.1} ms");
        let name = format!("process start to first answer, empty store, median of {STARTS}");
        let note = format!("{fastest:.1} to {slowest:.1}");
        self.report.check(name, median, " ms", targets::START_MS, &note);
        let name = "resident memory, idle after start";
        match idle {
            Some(bytes) => self.report.check(name, bytes as f64 / 1e6, " MB", targets::IDLE_MB, ""),
            None => self.report.note(name, "-"),
        }
        Ok(())
    }

    /// Rates and latencies of every kind at every number of connections.
    fn rates(&mut self) -> anyhow::Result<()> {
        let data = tempfile::tempdir()?;
        let mynah = Server::mynah(data.path())?;
        let world = seed(&mynah)?;
        for &connections in &self.options.connections {
            let mut bare = BTreeMap::<_, Outcome>::new();
            let mut rows = Vec::new();
            for kind in self.options.kinds() {
                let compared = self.compare(&mynah, &world, kind, connections)?;
                let ratio = compared.ratio();
                bare.entry(kind.bare_name()).or_default().pool(compared.bare);
                rows.push((kind, compared.mynah, ratio));
            }
            for (name, outcome) in &bare {
                self.report.bare(name, connections, outcome);
            }
            for (kind, outcome, ratio) in &rows {
                self.report.mynah(*kind, connections, outcome, *ratio);
            }
        }
        mynah.stop()?;
        Ok(())
    }

    /// What a store of many messages does to rates, memory, disk and the next start.
    fn big_store(&mut self) -> anyhow::Result<()> {
        let data = tempfile::tempdir()?;
        let mynah = Server::mynah(data.path())?;
        mynah.first_answer(&traffic::health(mynah.address), |_| true)?;
        let idle = mynah.settled_resident();
        let world = seed(&mynah)?;
        let few_sends = self.compare(&mynah, &world, Kind::Send, MANY_CONNECTIONS)?;
        let few_replies = self.compare(&mynah, &world, Kind::Reply, MANY_CONNECTIONS)?;

        let stored = FIRST_MESSAGES as u64 + few_sends.mynah.answered + few_replies.mynah.answered;
        let stored = stored + self.fill(&mynah, &world, stored, few_replies.mynah.answered)?;
        let label = grouped(stored as f64);
        let full = mynah.settled_resident();
        let name = format!("resident memory per message, {label} stored, 1 in {MESSAGES_PER_REPLY} a reply");
        match idle.zip(full) {
            Some((idle, full)) => {
                let each = full.saturating_sub(idle) as f64 / stored as f64;
                let note = format!("{} MB in all", grouped(full as f64 / 1e6));
                self.report.check(name, each, " bytes", targets::BYTES_PER_MESSAGE, &note);
            }
            None => self.report.note(name, "-"),
        }

        for (kind, few) in [(Kind::Send, few_sends), (Kind::Reply, few_replies)] {
            let many = self.compare(&mynah, &world, kind, MANY_CONNECTIONS)?;
            let name = format!(
                "{} rate with {label} stored over that with {}, {MANY_CONNECTIONS} connections",
                kind.name(),
                grouped(FIRST_MESSAGES as f64),
            );
            let note = format!(
                "{}/s over {}/s; {:.2} of the ratio to bare",
                grouped(many.mynah.rate()),
                grouped(few.mynah.rate()),
                many.ratio() / few.ratio(),
            );
            let kept = many.mynah.rate() / few.mynah.rate();
            self.report.check(name, kept, "", targets::RATE_KEPT, &note);
        }

        let stopping = mynah.stop()?;
        self.report.note("SIGTERM to exit with that store", format!("{:.2} s", stopping.as_secs_f64()));
        let megabytes = folder_size(data.path())? as f64 / 1e6;
        self.report.note("size on disk of that store", format!("{} MB", grouped(megabytes)));

        let mynah = Server::mynah(data.path())?;
        let page = traffic::newest_page(mynah.address);
        let first = mynah.first_answer(&page, traffic::is_full_page)?;
        eprintln!("start to first list with the big store: {:.2} s", first.as_secs_f64());
        let name = "process start to first list of messages with that store";
        self.report.check(name, first.as_secs_f64(), " s", targets::FIRST_LIST_SECONDS, "");
        mynah.stop()?;
        Ok(())
    }

    /// What lists and totals cost with many channels and many members in each.
    fn crowd(&mut self) -> anyhow::Result<()> {
        let (channels, members) = (self.options.channels as usize, self.options.members as usize);
        let memberships = channels as f64 * members as f64;
        let needed = memberships * MEMBERSHIP_BYTES;
        if let Some(memory) = server::machine_memory() {
            ensure!(needed < memory as f64 / 2.0, "{} memberships take too much memory", grouped(memberships));
        }
        let data = tempfile::tempdir()?;
        let mynah = Server::roomy_mynah(data.path())?;
        mynah.first_answer(&traffic::health(mynah.address), |_| true)?;
        let idle = mynah.settled_resident();
        eprintln!("storing {} channels of {} members", grouped(channels as f64), grouped(members as f64));
        let began = Instant::now();
        let seeding = async { timeout(CROWD_SEED_LIMIT, Crowd::seed(mynah.address, channels, members)).await };
        let crowd = block_on(LocalSet::new().run_until(seeding))?
            .context("not stored in time")
            .flatten()
            .with_context(|| format!("storing the crowd; {}", mynah.log_tail()))?;
        let label = format!("{} channels of {} members", grouped(channels as f64), grouped(members as f64));
        let took = began.elapsed().as_secs_f64();
        eprintln!("stored in {took:.0} s");
        let note = format!("{took:.0} s ({} memberships/s)", grouped(memberships / took));
        self.report.note(format!("{label}: storing them over HTTP"), note);
        if let Some((idle, full)) = idle.zip(mynah.settled_resident()) {
            let each = full.saturating_sub(idle) as f64 / memberships;
            let all = grouped(full as f64 / 1e6);
            self.report.note(
                format!("{label}: resident memory per membership"),
                format!("{each:.0} bytes ({all} MB in all)"),
            );
        }
        for (name, plan) in block_on(crowd.questions())?? {
            for connections in targets::CROWD_CONNECTIONS {
                let outcome = run(&mynah, &plan, connections, Limit::Time(self.options.seconds))
                    .with_context(|| format!("measuring {name} at {connections} connections"))?;
                let latency = outcome.latency();
                eprintln!("{name} at {connections}: {}/s, p99 {:.2} ms", grouped(outcome.rate()), latency.p99);
                self.report.crowd(name, connections, &outcome);
            }
        }
        mynah.stop()?;
        let megabytes = folder_size(data.path())? as f64 / 1e6;
        self.report.note(format!("{label}: size on disk"), format!("{} MB", grouped(megabytes)));
        let mynah = Server::roomy_mynah(data.path())?;
        let first = mynah.first_answer(&crowd.total(), |body| crowd.is_total(body));
        let first =
            first.map_or_else(|error| format!("{error:#}"), |first| format!("{:.1} s", first.as_secs_f64()));
        self.report.note(format!("{label}: process start to first unread total"), first);
        mynah.stop()?;
        Ok(())
    }

    /// Stores messages up to the wanted number, with the wanted share of replies in all, and returns how many.
    fn fill(&self, mynah: &Server, world: &World, stored: u64, replies: u64) -> anyhow::Result<u64> {
        let missing = self.options.messages.saturating_sub(stored);
        if missing == 0 {
            return Ok(0);
        }
        let wanted = (self.options.messages / MESSAGES_PER_REPLY).saturating_sub(replies);
        let share = u32::try_from(wanted.min(missing) * 1_000_000 / missing).expect("at most a million");
        eprintln!("storing {} more messages", grouped(missing as f64));
        let plan = world.filling(share);
        let outcome = run(mynah, &plan, MANY_CONNECTIONS, Limit::Requests(missing))?;
        eprintln!("stored at {}/s", grouped(outcome.rate()));
        Ok(outcome.answered)
    }

    /// Measures a kind with the bare server before and after, so that a drift of the machine's speed cancels out.
    fn compare(&self, mynah: &Server, world: &World, kind: Kind, connections: u16) -> anyhow::Result<Compared> {
        let plan = world.plan(kind);
        let whole = self.options.seconds;
        let mut bare = run(&self.bare, &plan, connections, Limit::Time(whole / 2))?;
        let mynah = run(mynah, &plan, connections, Limit::Time(whole))
            .with_context(|| format!("measuring {} at {connections} connections", kind.name()))?;
        bare.pool(run(&self.bare, &plan, connections, Limit::Time(whole / 2))?);
        let compared = Compared { mynah, bare };
        eprintln!(
            "{} at {connections}: {}/s, {:.2} of {}",
            kind.name(),
            grouped(compared.mynah.rate()),
            compared.ratio(),
            kind.bare_name(),
        );
        Ok(compared)
    }
}

fn seed(mynah: &Server) -> anyhow::Result<World> {
    let seeding = async { timeout(SEED_LIMIT, World::seed(mynah.address)).await };
    block_on(seeding)?
        .context("not stored in time")
        .flatten()
        .with_context(|| format!("storing the first messages; {}", mynah.log_tail()))
}

fn run(server: &Server, plan: &Arc<Plan>, connections: u16, limit: Limit) -> anyhow::Result<Outcome> {
    drive(server.address, plan, connections, limit)
        .with_context(|| format!("load on {}; {}", server.address, server.log_tail()))
}
