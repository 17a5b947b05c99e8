//! Whether the server answers.

use axum::{extract::State, response::Response};
use serde::Serialize;

use super::answer;
use crate::web::{routes::Routes, site::Site};

pub(super) fn routes() -> Routes {
    Routes::of("Control").get("health", "/_mynah/health", health)
}

#[derive(Serialize)]
struct HealthBody {
    status: &'static str,
    version: &'static str,
    uptime_ms: u64,
}

/// Tells that the server answers.
async fn health(State(site): State<Site>) -> Response {
    answer(&HealthBody {
        status: "ok",
        version: env!("CARGO_PKG_VERSION"),
        uptime_ms: u64::try_from(site.started.elapsed().as_millis()).unwrap_or(u64::MAX),
    })
}
