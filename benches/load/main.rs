//! Load bench: Mynah's rates, latencies, memory and start-up, next to a bare axum server on the same machine.
//! Run it with `cargo bench --bench load -- --help`.

#![allow(clippy::cast_precision_loss, reason = "counts and byte sizes become floats for display only")]

mod bare;
mod client;
mod crowd;
mod drive;
mod interrupt;
mod measure;
mod options;
mod report;
mod server;
mod soak;
mod sockets;
mod targets;
mod traffic;

use std::env;
use std::fs;
use std::io::{self, Write as _};

use anyhow::Context as _;
use clap::Parser as _;

use crate::measure::Bench;
use crate::options::Options;

fn main() -> anyhow::Result<()> {
    if env::args().nth(1).as_deref() == Some(server::BARE_ARGUMENT) {
        return bare::serve();
    }
    // `cargo bench` passes `--bench`; `cargo test --benches` does not, and minutes of load are no test.
    if !env::args().any(|argument| argument == "--bench") {
        writeln!(io::stdout(), "load: not measured; run `cargo bench --bench load`")?;
        return Ok(());
    }
    let options = Options::parse();
    // The sockets' own ends.
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    interrupt::watch();
    let report = Bench::start(&options)?.run()?;
    let markdown = report.markdown();
    io::stdout().write_all(markdown.as_bytes())?;
    if let Some(path) = &options.output {
        fs::write(path, &markdown).with_context(|| format!("writing {}", path.display()))?;
    }
    Ok(())
}
