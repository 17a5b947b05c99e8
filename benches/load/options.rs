//! The command line of the bench.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, ValueEnum};

use crate::traffic::Kind;

/// Measures Mynah under load on loopback and prints the figures as Markdown.
#[derive(Parser)]
#[command(name = "load")]
pub(crate) struct Options {
    /// Seconds each measurement takes
    #[arg(long, value_name = "N", default_value = "4", value_parser = seconds)]
    pub(crate) seconds: Duration,

    /// Numbers of connections to measure at
    #[arg(
        long,
        value_name = "LIST",
        value_delimiter = ',',
        default_value = "1,16,64",
        value_parser = clap::value_parser!(u16).range(1..=4096)
    )]
    pub(crate) connections: Vec<u16>,

    /// Kinds of request to measure; all of them unless given
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub(crate) only: Vec<Kind>,

    /// Messages stored in the big-store scenario
    #[arg(long, value_name = "N", default_value_t = 1_000_000)]
    pub(crate) messages: u64,

    /// Channels of the crowd scenario
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(10..))]
    pub(crate) channels: u32,

    /// Members of each of them, who are everybody
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(50..))]
    pub(crate) members: u32,

    /// Live connections in one channel
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) sockets: u32,

    /// Live connections that hear nothing
    #[arg(long, value_name = "N", default_value_t = 5_000, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) idle: u32,

    /// Requests of the soak scenario
    #[arg(long, value_name = "N", default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(1_000..))]
    pub(crate) requests: u64,

    /// Scenarios to run; all of them but soak unless given
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub(crate) scenarios: Vec<Scenario>,

    /// Only the rates
    #[arg(long, conflicts_with = "scenarios")]
    pub(crate) quick: bool,

    /// Write the Markdown to this file as well
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,

    /// Passed by Cargo itself
    #[arg(long, hide = true)]
    bench: bool,
}

/// What is looked at.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Scenario {
    /// Start-up, and rates with a small store
    Rates,
    /// A store of many messages
    Store,
    /// Many channels with many members
    Crowd,
    /// Many live connections
    Sockets,
    /// Very many requests, and what they leave in memory
    Soak,
}

impl Options {
    /// Whether to run a scenario.
    pub(crate) fn runs(&self, scenario: Scenario) -> bool {
        if self.quick {
            return scenario == Scenario::Rates;
        }
        (self.scenarios.is_empty() && scenario != Scenario::Soak) || self.scenarios.contains(&scenario)
    }

    /// The kinds to measure, in the order they are measured in.
    pub(crate) fn kinds(&self) -> impl Iterator<Item = Kind> {
        Kind::ALL.into_iter().filter(|kind| self.only.is_empty() || self.only.contains(kind))
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|error| format!("not a number: {error}"))?;
    if (0.1..=600.0).contains(&seconds) {
        Ok(Duration::from_secs_f64(seconds))
    } else {
        Err("must be from 0.1 to 600".to_owned())
    }
}
