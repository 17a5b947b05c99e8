//! A long run: what a million requests leave in memory, with the journal noting each.

use std::sync::Arc;

use anyhow::ensure;

use crate::client::Connection;
use crate::drive::{Limit, block_on, drive};
use crate::interrupt;
use crate::options::Options;
use crate::report::{Report, grouped};
use crate::server::Server;
use crate::traffic::{Kind, World, call, get};

/// How often memory is looked at on the way.
const STEPS: u64 = 20;
/// Steps after which caches and buffers are full.
const WARM: usize = 4;
/// Connections that ask.
const CONNECTIONS: u16 = 16;
/// More than the journal may show, and how much it may show.
const ASKED: u64 = 1_000_000;
const BOUND: usize = 2_000;
/// How much memory may have grown once it was warm, in megabytes.
const GROWTH: f64 = 16.0;

/// Asks for so much, and reports resident memory over time.
pub(crate) fn soak(options: &Options, report: &mut Report) -> anyhow::Result<()> {
    let data = tempfile::tempdir()?;
    let mynah = Server::mynah(data.path())?;
    let world = block_on(World::seed(mynah.address))??;
    // Questions only: what is stored stays as it is, so whatever grows does so for nothing.
    let plans = [world.plan(Kind::View), world.plan(Kind::List)];
    let mut resident = Vec::new();
    for step in 1..=STEPS {
        let plan = Arc::clone(&plans[usize::from(step % 4 == 0)]);
        drive(mynah.address, &plan, CONNECTIONS, Limit::Requests(options.requests / STEPS))?;
        interrupt::check()?;
        let now = mynah.resident().unwrap_or(0);
        let done = grouped((options.requests * step / STEPS) as f64);
        let megabytes = now as f64 / 1024.0 / 1024.0;
        eprintln!("soak: {done} requests, {megabytes:.1} MB");
        report.note(format!("resident memory after {done} requests"), format!("{megabytes:.1} MB"));
        resident.push(megabytes);
    }
    let journal = block_on(async {
        let mut connection = Connection::open(mynah.address).await?;
        let target = format!("/_mynah/journal?limit={ASKED}");
        call(&mut connection, &get(mynah.address, &target)).await
    })??;
    let kept = journal["exchanges"].as_array().map_or(0, Vec::len);
    ensure!(kept <= BOUND, "the journal has {kept} entries");
    report.note("entries in the journal, and dropped", format!("{kept}, {}", journal["dropped"]));
    if let (Some(warm), Some(last)) = (resident.get(WARM), resident.last()) {
        let growth = last - warm;
        report.note("growth of memory since it was warm", format!("{growth:.1} MB"));
        ensure!(growth < GROWTH, "memory has grown by {growth:.1} MB since it was warm");
    }
    mynah.stop()?;
    Ok(())
}
