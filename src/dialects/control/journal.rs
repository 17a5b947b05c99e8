//! The journal: what clients have asked and were answered, what was said on sockets and told to webhooks.

use std::time::Duration;

use axum::{extract::State, http::StatusCode, response::Response};
use serde::{Deserialize, Serialize};

use super::{
    Error, Id, Query, Target, answer, answer_with,
    moment::{Length, Moment},
};
use crate::{
    model::ids::ApplicationId,
    web::{
        faults::names_one,
        field::Field,
        journal::{
            Entry, Journal, Kind,
            har::Archive,
            query::{CLOSE, Filter, Path, Status},
            shown::Shown,
        },
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
}

/// How many entries are shown.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Limit {
    limit: Field<i64>,
}

/// How many entries are waited for, and for how long.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Patience {
    count: Field<i64>,
    timeout: Field<Length>,
}

/// How many entries are shown where nobody says.
const SHOWN: usize = 100;

/// The methods of requests.
const METHODS: [&str; 6] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

/// How many entries are waited for where nobody says, and for how long.
const WAIT: (i64, i64) = (1, 5_000);

/// The longest that is waited, in milliseconds.
const LONGEST_WAIT: u64 = 300_000;

impl JournalQuery {
    /// What is wanted.
    fn check(self, site: &Site) -> Result<Filter, Error> {
        let status = self.status.optional("status")?;
        let kind = self.kind.optional("kind")?;
        let path = self.path.optional("path")?;
        let after = self.after.optional("after")?;
        let operation = self.operation.optional("operation")?;
        // What frames of that code there may be is for clients to say; calls of webhooks go by their categories.
        let is_code =
            |name: &str| name == CLOSE || (name.len() == 4 && name.bytes().all(|byte| byte.is_ascii_uppercase()));
        let is_category = |name: &str| site.calls.categories().contains(&name);
        if let Some(name) = operation.as_deref().filter(|name| !is_code(name) && !is_category(name)) {
            names_one(name, &site.operations).map_err(Error::wrong)?;
        }
        let method = self.method.optional("method")?;
        if method.as_ref().is_some_and(|method| !METHODS.iter().any(|known| known.eq_ignore_ascii_case(method))) {
            return Err(Error::wrong(format!("method: it is one of {}", METHODS.join(", "))));
        }
        Ok(Filter {
            operation,
            user: self.user.optional("user")?,
            channel: self.channel.optional("channel")?,
            status: status.map(|text| Status::parse(&text).ok_or_else(|| Error::invalid("status", "it is a status such as 500, or a class of them such as 5xx"))).transpose()?,
            kinds: kind.map(|text| Kind::parse(&text).ok_or_else(|| Error::invalid("kind", "it is http, socket_in, socket_out, socket or webhook, or several with commas between them"))).transpose()?,
            method,
            path: path.map(|text| Path::parse(&text).ok_or_else(|| Error::invalid("path", "it has up to 1000 bytes"))).transpose()?,
            since: self.since.optional("since")?.map(|Moment(since)| since),
            after: after.map(|after| u64::try_from(after).map_err(|_| Error::invalid("after", "it must not be negative"))).transpose()?,
        })
    }
}

impl Limit {
    fn or(self, default: usize) -> Result<usize, Error> {
        let limit = self.limit.optional("limit")?;
        let wrong = |_| Error::invalid("limit", "it must not be negative");
        limit.map_or(Ok(default), |limit| usize::try_from(limit).map_err(wrong))
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
async fn list(
    State(site): State<Site>,
    target: Target,
    Query(query): Query<JournalQuery>,
    Query(limit): Query<Limit>,
) -> Result<Response, Error> {
    let (filter, limit) = (query.check(&site)?, limit.or(SHOWN)?);
    let found = of(&site, &target.or_default(&site)).await?.find(&filter, limit);
    Ok(answer(&ListAnswer { exchanges: show(&found.entries), dropped: found.dropped }))
}

#[derive(Serialize)]
struct WaitAnswer {
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    exchanges: Vec<Shown>,
    /// What would have fitted but for one condition, the latest for each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    near: Vec<Near>,
}

#[derive(Serialize)]
struct Near {
    /// The condition by its name in the query.
    but_for: &'static str,
    exchange: Shown,
}

/// What would have fitted but for one condition.
fn near(journal: &Journal, filter: &Filter) -> Vec<Near> {
    let near = filter.relaxed().filter_map(|(but_for, relaxed)| {
        let all = Filter { after: None, ..relaxed.clone() };
        let entries = journal.find(&all, usize::MAX).entries;
        let mut unfit = entries
            .into_iter()
            .rev()
            .filter(|(number, entry)| *number > relaxed.after.unwrap_or(0) && !filter.fits(entry));
        unfit.next().map(|(number, entry)| Near { but_for, exchange: Shown::of(number, &entry) })
    });
    near.collect()
}

/// Waits until so many entries fit, and shows them. Those that are there already count, unless they come
/// before `after`. Where they do not come, it is said what came near it.
async fn wait(
    State(site): State<Site>,
    target: Target,
    Query(query): Query<JournalQuery>,
    Query(Patience { count, timeout }): Query<Patience>,
) -> Result<Response, Error> {
    let (count, Length(patience)) = (count.or("count", WAIT.0)?, timeout.or("timeout", Length(WAIT.1))?);
    let count = usize::try_from(count).ok().filter(|count| *count > 0);
    let count = count.ok_or_else(|| Error::invalid("count", "it must be at least 1"))?;
    let patience = u64::try_from(patience).ok().filter(|patience| *patience <= LONGEST_WAIT);
    let patience = patience.ok_or_else(|| Error::invalid("timeout", "it must be from 0 to 5 minutes"))?;
    let filter = query.check(&site)?;
    let belongings = site.engine.belongings(&target.or_default(&site)).await?;
    let found = Journal::wait(&belongings, &filter, count, Duration::from_millis(patience)).await;
    let Some(found) = found else {
        let message = "The application was reset, replaced or deleted meanwhile: its journal begins anew".into();
        return Err(Error { status: StatusCode::CONFLICT, message });
    };
    let exchanges = show(&found);
    if found.len() >= count {
        return Ok(answer(&WaitAnswer { error: None, exchanges, near: Vec::new() }));
    }
    let error = Some(format!("{} of {count} came within {patience} ms", found.len()));
    let near = near(&belongings.of::<Journal>(), &filter);
    Ok(answer_with(StatusCode::GATEWAY_TIMEOUT, &WaitAnswer { error, exchanges, near }))
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
async fn export(
    State(site): State<Site>,
    target: Target,
    Query(query): Query<JournalQuery>,
    Query(limit): Query<Limit>,
) -> Result<Response, Error> {
    let (filter, limit) = (query.check(&site)?, limit.or(usize::MAX)?);
    let application = target.or_default(&site);
    let found = of(&site, &application).await?.find(&filter, limit);
    // Whoever plays it again is to meet the same application.
    let is_default = application == site.default_application;
    let prefix = if is_default { String::new() } else { format!("/apps/{application}") };
    Ok(answer(&Archive::of(&found.entries, &prefix)))
}
