//! The report: what a client sends that nothing reads, what it asks for that is not there, and which
//! operations it uses.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap},
};

use axum::{extract::State, response::Response};
use serde::Serialize;
use serde_json::value::RawValue;

use super::{Error, Target, answer};
use crate::web::{
    faults::command::{COMMANDS, is_command},
    journal::{Entry, Exchange, Journal, Kind, query::Filter},
    routes::{Operation, Routes},
    site::Site,
    takes::Taken,
};

pub(super) fn routes() -> Routes {
    Routes::of("Control").get("report", "/_mynah/report", report)
}

#[derive(Serialize)]
struct ReportBody {
    /// Fields that were sent and nothing reads, found in the exchanges that are kept.
    ignored: Vec<Ignored>,
    /// How many exchanges were looked at for that, and how many are gone.
    looked_at: usize,
    dropped: u64,
    /// Operations whose bodies take any field, or were forms or too long to be kept, so that nothing can be said.
    not_compared: Vec<&'static str>,
    /// What was asked for and no service has.
    unknown_routes: Vec<Unknown>,
    /// Operations that the service has and Mynah lacks, and that were asked for.
    not_served: Vec<Used>,
    /// Operations that were asked for.
    exercised: Vec<Used>,
    /// Operations that are served and were not asked for.
    not_exercised: Vec<&'static str>,
}

#[derive(Serialize)]
struct Ignored {
    operation: &'static str,
    /// `body` or `query`.
    r#in: &'static str,
    field: String,
    count: u64,
    /// A field that is read and is called almost like it.
    #[serde(skip_serializing_if = "Option::is_none")]
    near: Option<&'static str>,
}

#[derive(Serialize)]
struct Unknown {
    method: String,
    path: String,
    count: u64,
    hint: String,
}

#[derive(Serialize)]
struct Used {
    operation: &'static str,
    count: u64,
}

/// How alike two names have to be, from 0 to 1.
const ALIKE: f64 = 0.85;

/// The report on an application.
async fn report(State(site): State<Site>, target: Target) -> Result<Response, Error> {
    let application = target.or_default(&site);
    let journal = site.engine.belongings(&application).await?.of::<Journal>();
    let asked = journal.asked();
    let filter = Filter { kinds: Some(vec![Kind::Http]), ..Filter::default() };
    let found = journal.find(&filter, usize::MAX);
    let readings: HashMap<_, _> = site
        .operations
        .iter()
        .zip(&site.readings)
        .map(|(operation, taken)| ((operation.method, operation.path), taken))
        .collect();
    let exchanges = found.entries.iter().filter_map(|(_, entry)| match entry {
        Entry::Exchange(exchange) => Some(&**exchange),
        Entry::Frame(_) => None,
    });
    let (ignored, not_compared) = ignored(exchanges, &readings);

    // An operation with several paths is one.
    let mut counts: BTreeMap<&'static str, (bool, u64)> = BTreeMap::new();
    for operation in &site.operations {
        let count = asked.operations.get(&(operation.method, operation.path)).copied().unwrap_or(0);
        let is_new = !counts.contains_key(operation.name);
        let commands = COMMANDS.iter().filter(|(_, name)| is_new && *name == operation.name);
        let count = count + commands.filter_map(|(code, _)| asked.commands.get(*code)).sum::<u64>();
        let known = counts.entry(operation.name).or_insert((operation.served, 0));
        *known = (known.0 || operation.served, known.1 + count);
    }
    let used = |wanted: bool| {
        let used = counts.iter().filter(|(_, (served, count))| *served == wanted && *count > 0);
        used.map(|(operation, (_, count))| Used { operation, count: *count }).collect()
    };
    let mut unknown_routes: Vec<_> = asked
        .unknown
        .into_iter()
        .map(|((method, path), count)| {
            let hint = hint(method.as_str(), &path, &site.operations);
            Unknown { method: method.to_string(), path: path.into(), count, hint }
        })
        .collect();
    let strange = asked.commands.into_iter().filter(|(code, _)| !is_command(code) && &**code != "PING");
    unknown_routes.extend(strange.map(|(code, count)| Unknown {
        method: "SOCKET".into(),
        path: code.into(),
        count,
        hint: "there is no such command of a live connection".into(),
    }));
    unknown_routes.sort_by_cached_key(|route| (Reverse(route.count), route.path.clone()));
    Ok(answer(&ReportBody {
        ignored,
        looked_at: found.entries.len(),
        dropped: found.dropped,
        not_compared,
        unknown_routes,
        not_served: used(false),
        exercised: used(true),
        not_exercised: counts.iter().filter(|(_, known)| **known == (true, 0)).map(|(name, _)| *name).collect(),
    }))
}

/// What was sent in these exchanges and nothing reads; and the operations of which nothing can be said.
fn ignored<'a>(
    exchanges: impl Iterator<Item = &'a Exchange>,
    readings: &HashMap<(&str, &str), &Taken>,
) -> (Vec<Ignored>, Vec<&'static str>) {
    let mut counts: BTreeMap<(&'static str, &'static str, String), (u64, Option<&'static str>)> = BTreeMap::new();
    let mut not_compared = Vec::new();
    for exchange in exchanges {
        let Some(operation) = exchange.operation.filter(|operation| operation.served) else { continue };
        let Some(taken) = readings.get(&(operation.method, operation.path)) else { continue };
        let body = exchange.request_body.as_deref().unwrap_or_default();
        let fields: HashMap<String, &RawValue> = serde_json::from_slice(body).unwrap_or_default();
        let is_unseen = exchange.leaves_out_its_body() || (taken.body.open && !fields.is_empty());
        if is_unseen && !not_compared.contains(&operation.name) {
            not_compared.push(operation.name);
        }
        let query = form_urlencoded::parse(exchange.query().as_bytes()).map(|(name, _)| name.into_owned());
        let sent = fields.into_keys().map(|name| ("body", &taken.body, name));
        let sent = sent.chain(query.map(|name| ("query", &taken.query, name)));
        for (place, names, name) in sent.filter(|(_, names, name)| names.pass_over(name)) {
            let near = nearest(&name, names.known.iter().copied()).filter(|(alike, _)| *alike >= ALIKE);
            counts.entry((operation.name, place, name)).or_insert((0, near.map(|(_, near)| near))).0 += 1;
        }
    }
    let ignored = counts.into_iter().map(|((operation, place, field), (count, near))| Ignored {
        operation,
        r#in: place,
        field,
        count,
        near,
    });
    not_compared.sort_unstable();
    (ignored.collect(), not_compared)
}

fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<(f64, &'a str)> {
    let alike = known.map(|known| (strsim::jaro_winkler(name, known), known));
    alike.max_by(|(one, _), (other, _)| one.total_cmp(other))
}

/// What somebody may have meant who asked for a path that no service has.
fn hint(method: &str, path: &str, operations: &[Operation]) -> String {
    let fits = |operation: &&Operation| {
        let (known, asked) = (operation.path.split('/'), path.split('/'));
        known.clone().count() == asked.clone().count()
            && known.zip(asked).all(|(known, asked)| known.starts_with('{') || known == asked)
    };
    let methods: Vec<_> = operations.iter().filter(fits).map(|operation| operation.method).collect();
    if !methods.is_empty() {
        return format!("that path takes {}, not {method}", methods.join(", "));
    }
    let near = nearest(path, operations.iter().map(|operation| operation.path));
    match near.and_then(|(_, near)| operations.iter().find(|operation| operation.path == near)) {
        Some(near) => format!("near it is {} {} ({})", near.method, near.path, near.name),
        None => "nothing is like it".to_owned(),
    }
}
