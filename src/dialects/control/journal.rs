//! The journal: what clients have asked, and what they were answered.

use axum::{extract::State, http::Uri, response::Response};
use serde::Deserialize;

use super::{Error, Target, answer};
use crate::web::{field::Field, journal::Journal, plain, routes::Routes, site::Site};

pub(super) fn routes() -> Routes {
    Routes::of("Control").get("listExchanges", "/_mynah/journal", list)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct JournalQuery {
    limit: Field<i64>,
}

/// How many exchanges are shown where nobody says.
const SHOWN: i64 = 100;

/// The latest exchanges of an application, oldest first.
async fn list(State(site): State<Site>, Target(target): Target, uri: Uri) -> Result<Response, Error> {
    let query: JournalQuery = plain::query(uri.query().unwrap_or_default());
    let limit = query.limit.or("limit", SHOWN)?;
    let limit = usize::try_from(limit).map_err(|_| Error::invalid("limit"))?;
    let application = target.unwrap_or_else(|| site.default_application.clone());
    let belongings = site.engine.belongings(&application).await?;
    Ok(answer(&belongings.of::<Journal>().latest(limit)))
}
