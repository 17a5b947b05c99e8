//! The journal: what clients have asked and were answered, what was said on sockets and told to webhooks.

use axum::{
    extract::State,
    http::{StatusCode, Uri},
    response::Response,
};
use serde::{Deserialize, Serialize};

use super::{
    Error, Id, Target, answer, answer_with,
    moment::{Length, Moment},
};
use crate::{
    model::ids::ApplicationId,
    web::{
        field::Field,
        journal::{
            Entry, Journal, Kind,
            har::Archive,
            query::{Filter, Path, Status},
            shown::Shown,
        },
        plain,
        routes::Routes,
        site::Site,
    },
};

pub(super) fn routes() -> Routes {
    Routes::of("Control")
        .get("listExchanges", "/_mynah/journal", list)
        .delete("clearJournal", "/_mynah/journal", clear)
        .get("waitForExchanges", "/_mynah/journal/wait", wait)
        .get("viewExchange", "/_mynah/journal/{id}", view)
        .delete("removeExchange", "/_mynah/journal/{id}", remove)
        .get("exportJournal", "/_mynah/journal.har", export)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct JournalQuery {
    operation: Field<String>,
    user: Field<String>,
    channel: Field<String>,
    status: Field<String>,
    kind: Field<String>,
    method: Field<String>,
    path: Field<String>,
    since: Field<Moment>,
    after: Field<i64>,
    limit: Field<i64>,
    count: Field<i64>,
    timeout: Field<Length>,
}

/// How many entries are shown where nobody says.
const SHOWN: i64 = 100;

/// How many entries are waited for where nobody says, and for how long.
const WAIT: (i64, i64) = (1, 5_000);

/// The longest that is waited, in milliseconds.
const LONGEST_WAIT: i64 = 300_000;

impl JournalQuery {
    fn read(uri: &Uri) -> Self {
        plain::query(uri.query().unwrap_or_default())
    }

    /// What is wanted, and how much of it.
    fn check(self) -> Result<(Filter, usize), Error> {
        let status = self.status.optional("status")?;
        let kind = self.kind.optional("kind")?;
        let path = self.path.optional("path")?;
        let after = self.after.optional("after")?;
        let filter = Filter {
            operation: self.operation.optional("operation")?,
            user: self.user.optional("user")?,
            channel: self.channel.optional("channel")?,
            status: status.map(|text| Status::parse(&text).ok_or_else(|| Error::invalid("status"))).transpose()?,
            kinds: kind.map(|text| Kind::parse(&text).ok_or_else(|| Error::invalid("kind"))).transpose()?,
            method: self.method.optional("method")?,
            path: path.map(|text| Path::parse(&text).ok_or_else(|| Error::invalid("path"))).transpose()?,
            since: self.since.optional("since")?.map(|Moment(since)| since),
            after: after.map(|after| u64::try_from(after).map_err(|_| Error::invalid("after"))).transpose()?,
        };
        let limit = self.limit.or("limit", SHOWN)?;
        Ok((filter, usize::try_from(limit).map_err(|_| Error::invalid("limit"))?))
    }
}

/// The journal of an application.
async fn of(site: &Site, application: &ApplicationId) -> Result<std::sync::Arc<Journal>, Error> {
    Ok(site.engine.belongings(application).await?.of())
}

#[derive(Serialize)]
struct ListAnswer {
    exchanges: Vec<Shown>,
    /// How many were dropped to make room.
    dropped: u64,
}

fn show(entries: &[(u64, Entry)]) -> Vec<Shown> {
    entries.iter().map(|(number, entry)| Shown::of(*number, entry)).collect()
}

/// The latest entries that fit, oldest first; or, with `after`, the first ones after that number.
async fn list(State(site): State<Site>, target: Target, uri: Uri) -> Result<Response, Error> {
    let (filter, limit) = JournalQuery::read(&uri).check()?;
    let found = of(&site, &target.or_default(&site)).await?.find(&filter, limit);
    Ok(answer(&ListAnswer { exchanges: show(&found.entries), dropped: found.dropped }))
}

#[derive(Serialize)]
struct WaitAnswer {
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    exchanges: Vec<Shown>,
}

/// Waits until so many entries fit, and shows them. Those that are there already count, unless they come
/// before `after`.
async fn wait(State(site): State<Site>, target: Target, uri: Uri) -> Result<Response, Error> {
    let query = JournalQuery::read(&uri);
    let (count, patience) =
        (query.count.clone().or("count", WAIT.0)?, query.timeout.clone().or("timeout", Length(WAIT.1))?);
    let count = usize::try_from(count).ok().filter(|count| *count > 0).ok_or_else(|| Error::invalid("count"))?;
    let patience = Some(patience.0).filter(|patience| (0..=LONGEST_WAIT).contains(patience));
    let patience =
        patience.and_then(|patience| u64::try_from(patience).ok()).ok_or_else(|| Error::invalid("timeout"))?;
    let (filter, _) = query.check()?;
    let journal = of(&site, &target.or_default(&site)).await?;
    let found = journal.wait(&filter, count, std::time::Duration::from_millis(patience)).await;
    let exchanges = show(&found);
    if found.len() >= count {
        return Ok(answer(&WaitAnswer { error: None, exchanges }));
    }
    let error = Some(format!("{} of {count} came within {patience} ms", found.len()));
    Ok(answer_with(StatusCode::GATEWAY_TIMEOUT, &WaitAnswer { error, exchanges }))
}

fn missing() -> Error {
    Error { status: StatusCode::NOT_FOUND, message: "There is no such entry in the journal".into() }
}

/// One entry.
async fn view(State(site): State<Site>, target: Target, Id(id): Id) -> Result<Response, Error> {
    let number = id.parse().map_err(|_| missing())?;
    let entry = of(&site, &target.or_default(&site)).await?.view(number).ok_or_else(missing)?;
    Ok(answer(&Shown::of(number, &entry)))
}

#[derive(Serialize)]
struct Nothing {}

/// Forgets one entry.
async fn remove(State(site): State<Site>, target: Target, Id(id): Id) -> Result<Response, Error> {
    let number = id.parse().map_err(|_| missing())?;
    let removed = of(&site, &target.or_default(&site)).await?.remove(number);
    if removed { Ok(answer(&Nothing {})) } else { Err(missing()) }
}

/// Forgets everything. Numbers go on.
async fn clear(State(site): State<Site>, target: Target) -> Result<Response, Error> {
    of(&site, &target.or_default(&site)).await?.clear();
    Ok(answer(&Nothing {}))
}

/// The exchanges as an HTTP archive, by the same filters.
async fn export(State(site): State<Site>, target: Target, uri: Uri) -> Result<Response, Error> {
    let query = JournalQuery::read(&uri);
    let all = !query.limit.is_given();
    let (filter, limit) = query.check()?;
    let journal = of(&site, &target.or_default(&site)).await?;
    let found = journal.find(&filter, if all { usize::MAX } else { limit });
    Ok(answer(&Archive::of(&found.entries)))
}
