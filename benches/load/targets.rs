//! What Mynah is meant to reach, and whether a measured value does.

use crate::traffic::Kind;

/// A bound on a measured value.
#[derive(Clone, Copy)]
pub(crate) enum Target {
    AtLeast(f64),
    Below(f64),
}

impl Target {
    pub(crate) fn met(self, value: f64) -> bool {
        match self {
            Self::AtLeast(bound) => value >= bound,
            Self::Below(bound) => value < bound,
        }
    }

    /// The bound with its unit, such as `< 50 ms`.
    pub(crate) fn text(self, unit: &str) -> String {
        match self {
            Self::AtLeast(bound) => format!("≥ {bound}{unit}"),
            Self::Below(bound) => format!("< {bound}{unit}"),
        }
    }
}

/// Connections the ratios' targets hold at, and the big-store scenario is measured at.
pub(crate) const MANY_CONNECTIONS: u16 = 64;

pub(crate) const START_MS: Target = Target::Below(50.0);
pub(crate) const IDLE_MB: Target = Target::Below(30.0);
pub(crate) const BYTES_PER_MESSAGE: Target = Target::Below(600.0);
pub(crate) const RATE_KEPT: Target = Target::AtLeast(0.8);
pub(crate) const FIRST_LIST_SECONDS: Target = Target::Below(4.0);

pub(crate) const HEARD_P99_MS: Target = Target::Below(50.0);
pub(crate) const HEARD_RATIO: Target = Target::AtLeast(0.5);
pub(crate) const KB_PER_CONNECTION: Target = Target::Below(16.0);

/// Connections at which the crowd is measured.
pub(crate) const CROWD_CONNECTIONS: [u16; 2] = [1, 16];
pub(crate) const CROWD_P99_MS: Target = Target::Below(20.0);

/// The bound on Mynah's rate over the bare server's.
pub(crate) fn ratio(kind: Kind, connections: u16) -> Option<Target> {
    let bound = match (kind, connections) {
        (Kind::Send | Kind::List, MANY_CONNECTIONS) => 0.25,
        (Kind::Reply, MANY_CONNECTIONS) => 0.2,
        (Kind::View, MANY_CONNECTIONS) => 0.6,
        _ => return None,
    };
    Some(Target::AtLeast(bound))
}

/// The bound on the median latency in milliseconds.
pub(crate) fn p50(kind: Kind, connections: u16) -> Option<Target> {
    (kind == Kind::Reply && connections == 1).then_some(Target::Below(0.25))
}

/// The bound on the 99th percentile of the latency in milliseconds.
pub(crate) fn p99(kind: Kind, connections: u16) -> Option<Target> {
    (kind == Kind::Reply && connections == MANY_CONNECTIONS).then_some(Target::Below(10.0))
}
