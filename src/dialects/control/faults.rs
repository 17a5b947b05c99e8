//! Faults: what is to go wrong, set and looked at while the server runs.

use std::sync::Arc;

use axum::{extract::State, http::StatusCode, response::Response};
use serde::Serialize;
use serde_json::{Value, value::RawValue};

use super::{Document, Error, Id, Target, answer};
use crate::{
    model::ids::ApplicationId,
    web::{
        faults::{self, Faults, Rejected, Rule, Spec, rule::Tally, socket::CATALOGUE},
        routes::Routes,
        site::Site,
    },
};

pub(super) fn routes() -> Routes {
    Routes::of("Control")
        .post("setFault", "/_mynah/faults", set)
        .get("listFaults", "/_mynah/faults", list)
        .delete("removeFaults", "/_mynah/faults", clear)
        .get("listSocketFaults", "/_mynah/faults/catalogue", catalogue)
        .get("viewFault", "/_mynah/faults/{id}", view)
        .delete("removeFault", "/_mynah/faults/{id}", remove)
        .post("releaseFault", "/_mynah/faults/{id}/release", release)
}

async fn of(site: &Site, application: &ApplicationId) -> Result<Arc<Faults>, Error> {
    Ok(Faults::of(&site.engine.belongings(application).await?))
}

/// A fault and how it fares.
#[derive(Serialize)]
struct FaultBody<'a> {
    id: &'a str,
    #[serde(flatten)]
    spec: &'a Spec,
    #[serde(flatten)]
    tally: Tally,
    /// How often it will strike yet; null where there is no end of it.
    left: Option<u64>,
}

impl<'a> From<&'a Arc<Rule>> for FaultBody<'a> {
    fn from(rule: &'a Arc<Rule>) -> Self {
        let tally = rule.tally();
        let left = rule.spec.times.map(|times| times.saturating_sub(tally.hits));
        Self { id: &rule.id, spec: &rule.spec, tally, left }
    }
}

impl From<Rejected> for Error {
    fn from(rejected: Rejected) -> Self {
        let status = match rejected {
            Rejected::Invalid(_) => StatusCode::BAD_REQUEST,
            Rejected::Taken(_) => StatusCode::CONFLICT,
        };
        Self { status, message: rejected.to_string() }
    }
}

/// Sets a fault, or all of a list of them or none. Those for live connections take hold of open ones too.
async fn set(State(site): State<Site>, Document { target, json }: Document) -> Result<Response, Error> {
    let application = target.or_default(&site);
    let (is_list, given) = match json {
        Value::Array(list) => (true, list),
        one => (false, vec![one]),
    };
    let refused = |(place, rejected): (usize, Rejected)| {
        let error = Error::from(rejected);
        let place = if is_list { format!("fault {}: ", place + 1) } else { String::new() };
        Error { message: place + &error.message, ..error }
    };
    let read = |(place, one): (usize, &Value)| {
        faults::read(one.to_string().as_bytes()).map_err(|why| (place, Rejected::Invalid(why)))
    };
    let specs = given.iter().enumerate().map(read).collect::<Result<_, _>>().map_err(refused)?;
    let belongings = site.engine.belongings(&application).await?;
    let rules = Faults::set(&belongings, &site.faults, specs, &site.operations).map_err(refused)?;
    if rules.iter().any(|rule| rule.is_for_sockets()) {
        site.hub.recheck(&application);
    }
    match &*rules {
        [rule] if !is_list => Ok(answer(&FaultBody::from(rule))),
        rules => Ok(answer(&ListAnswer::from(rules))),
    }
}

#[derive(Serialize)]
struct ListAnswer<'a> {
    faults: Vec<FaultBody<'a>>,
}

impl<'a> From<&'a [Arc<Rule>]> for ListAnswer<'a> {
    fn from(rules: &'a [Arc<Rule>]) -> Self {
        Self { faults: rules.iter().map(FaultBody::from).collect() }
    }
}

/// The faults of an application, in the order in which they are asked.
async fn list(State(site): State<Site>, target: Target) -> Result<Response, Error> {
    let rules = of(&site, &target.or_default(&site)).await?.all();
    Ok(answer(&ListAnswer::from(&*rules)))
}

#[derive(Serialize)]
struct Removed {
    removed: usize,
}

/// Takes all faults of an application away.
async fn clear(State(site): State<Site>, target: Target) -> Result<Response, Error> {
    let application = target.or_default(&site);
    let removed = of(&site, &application).await?.clear();
    site.hub.recheck(&application);
    Ok(answer(&Removed { removed }))
}

fn missing() -> Error {
    Error { status: StatusCode::NOT_FOUND, message: "There is no such fault".into() }
}

/// One fault, with how often it has struck.
async fn view(State(site): State<Site>, target: Target, Id(id): Id) -> Result<Response, Error> {
    let rule = of(&site, &target.or_default(&site)).await?.find(&id).ok_or_else(missing)?;
    Ok(answer(&FaultBody::from(&rule)))
}

/// Takes a fault away; what it holds goes on.
async fn remove(State(site): State<Site>, target: Target, Id(id): Id) -> Result<Response, Error> {
    let application = target.or_default(&site);
    let rule = of(&site, &application).await?.remove(&id).ok_or_else(missing)?;
    if rule.is_for_sockets() {
        site.hub.recheck(&application);
    }
    Ok(answer(&FaultBody::from(&rule)))
}

#[derive(Serialize)]
struct Released {
    released: u64,
}

/// Lets go of the requests that a fault holds.
async fn release(State(site): State<Site>, target: Target, Id(id): Id) -> Result<Response, Error> {
    let rule = of(&site, &target.or_default(&site)).await?.find(&id).ok_or_else(missing)?;
    Ok(answer(&Released { released: rule.release() }))
}

#[derive(Serialize)]
struct Entry {
    name: &'static str,
    socket: Option<&'static RawValue>,
}

#[derive(Serialize)]
struct Catalogue {
    catalogue: Vec<Entry>,
}

/// The names that `socket` takes in the place of effects.
async fn catalogue() -> Response {
    let entries =
        CATALOGUE.iter().map(|(name, effects)| Entry { name, socket: serde_json::from_str(effects).ok() });
    answer(&Catalogue { catalogue: entries.collect() })
}
