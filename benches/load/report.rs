//! The figures as a Markdown document.

use std::env::consts::{ARCH, OS};
use std::fmt::Write as _;
use std::thread;

use crate::drive::{self, Latency, Outcome};
use crate::options::Options;
use crate::server;
use crate::targets::{self, Target};
use crate::traffic::Kind;

/// Rates and other figures, with what they are held against.
pub(crate) struct Report {
    conditions: String,
    rates: Vec<Rate>,
    figures: Vec<Figure>,
}

struct Rate {
    kind: &'static str,
    connections: u16,
    per_second: f64,
    ratio: Option<f64>,
    checks: Vec<Check>,
    latency: Latency,
    mean_bytes: u64,
}

struct Figure {
    name: String,
    measured: String,
    check: Option<Check>,
}

/// A target, as text, and whether it is met.
struct Check {
    target: String,
    met: bool,
}

impl Check {
    fn new(target: Target, value: f64, what: &str, unit: &str) -> Self {
        Self { target: format!("{what}{}", target.text(unit)), met: target.met(value) }
    }

    fn text(&self) -> String {
        let verdict = if self.met { "met" } else { "**missed**" };
        format!("{}: {verdict}", self.target)
    }
}

impl Report {
    pub(crate) fn new(options: &Options) -> Self {
        let cores = thread::available_parallelism().map_or_else(|_| "-".to_owned(), |cores| cores.to_string());
        let memory = server::machine_memory()
            .map_or_else(|| "-".to_owned(), |bytes| format!("{:.1} GB", bytes as f64 / 1e9));
        let conditions = format!(
            "{cores} cores, {memory} of memory, {OS} on {ARCH}; servers and load share the machine. \
             Each measurement takes {} s, from {} load thread(s), every connection with one request under way.",
            options.seconds.as_secs_f64(),
            drive::load_threads(),
        );
        Self { conditions, rates: Vec::new(), figures: Vec::new() }
    }

    /// Adds a row of the bare server's.
    pub(crate) fn bare(&mut self, kind: &'static str, connections: u16, outcome: &Outcome) {
        self.rates.push(Rate {
            kind,
            connections,
            per_second: outcome.rate(),
            ratio: None,
            checks: Vec::new(),
            latency: outcome.latency(),
            mean_bytes: outcome.mean_bytes(),
        });
    }

    /// Adds a row of Mynah's.
    pub(crate) fn mynah(&mut self, kind: Kind, connections: u16, outcome: &Outcome, ratio: f64) {
        let latency = outcome.latency();
        let checks = [
            targets::ratio(kind, connections).map(|target| Check::new(target, ratio, "ratio ", "")),
            targets::p50(kind, connections).map(|target| Check::new(target, latency.p50, "p50 ", " ms")),
            targets::p99(kind, connections).map(|target| Check::new(target, latency.p99, "p99 ", " ms")),
        ];
        self.rates.push(Rate {
            kind: kind.name(),
            connections,
            per_second: outcome.rate(),
            ratio: Some(ratio),
            checks: checks.into_iter().flatten().collect(),
            latency,
            mean_bytes: outcome.mean_bytes(),
        });
    }

    /// Adds a row of Mynah's with many channels and members.
    pub(crate) fn crowd(&mut self, kind: &'static str, connections: u16, outcome: &Outcome) {
        let latency = outcome.latency();
        self.rates.push(Rate {
            kind,
            connections,
            per_second: outcome.rate(),
            ratio: None,
            checks: vec![Check::new(targets::CROWD_P99_MS, latency.p99, "p99 ", " ms")],
            latency,
            mean_bytes: outcome.mean_bytes(),
        });
    }

    /// Adds a figure with a target.
    pub(crate) fn check(&mut self, name: impl Into<String>, value: f64, unit: &str, target: Target, note: &str) {
        let measured = if note.is_empty() {
            format!("{}{unit}", number(value))
        } else {
            format!("{}{unit} ({note})", number(value))
        };
        self.figures.push(Figure { name: name.into(), measured, check: Some(Check::new(target, value, "", unit)) });
    }

    /// Adds a figure without a target, or one that this system does not tell.
    pub(crate) fn note(&mut self, name: impl Into<String>, measured: impl Into<String>) {
        self.figures.push(Figure { name: name.into(), measured: measured.into(), check: None });
    }

    pub(crate) fn markdown(&self) -> String {
        let mut text = format!("# Load\n\n{}\n", self.conditions);
        text += "\n## Rates\n\n\
            `bare` is an axum server that answers 600 static bytes. A ratio is Mynah's rate over that of the bare \
            server, which takes the same requests right before and right after.\n\n\
            | kind | connections | requests/s | ratio | target | p50 ms | p99 ms | max ms | answer bytes |\n\
            | --- | ---: | ---: | ---: | --- | ---: | ---: | ---: | ---: |\n";
        for row in &self.rates {
            let ratio = row.ratio.map_or_else(|| "-".to_owned(), |ratio| format!("{ratio:.2}"));
            let target = match &row.checks[..] {
                [] => "-".to_owned(),
                checks => checks.iter().map(Check::text).collect::<Vec<_>>().join("; "),
            };
            let _ = writeln!(
                text,
                "| {} | {} | {} | {ratio} | {target} | {:.3} | {:.3} | {:.3} | {} |",
                row.kind,
                row.connections,
                grouped(row.per_second),
                row.latency.p50,
                row.latency.p99,
                row.latency.max,
                grouped(row.mean_bytes as f64),
            );
        }
        text += "\n## Other figures\n\n| figure | measured | target |\n| --- | ---: | --- |\n";
        for row in &self.figures {
            let target = row.check.as_ref().map_or_else(|| "-".to_owned(), Check::text);
            let _ = writeln!(text, "| {} | {} | {target} |", row.name, row.measured);
        }
        let checks: Vec<_> = self
            .rates
            .iter()
            .flat_map(|row| &row.checks)
            .chain(self.figures.iter().filter_map(|row| row.check.as_ref()))
            .collect();
        let met = checks.iter().filter(|check| check.met).count();
        let _ = writeln!(text, "\n{met} of {} targets met.", checks.len());
        text
    }
}

/// A number with as many decimals as its size is worth.
fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 => grouped(value),
        size if size >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

/// A whole number with its thousands apart.
pub(crate) fn grouped(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
