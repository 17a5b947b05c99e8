//! Rate limits, set and looked at while the server runs.

use std::sync::Arc;

use axum::{extract::State, http::StatusCode, response::Response};
use serde::{Deserialize, Serialize};

use super::{Document, Error, Query, Target, answer};
use crate::web::{
    faults::{
        asked::{may_name_a_channel, may_name_a_user},
        command::is_command,
        read_as,
    },
    field::Field,
    limits::{
        Limits,
        rules::{EVERY, Limit, Rule, Scope, known},
    },
    routes::{Operation, Routes},
    site::Site,
    takes::Taken,
};

pub(super) fn routes() -> Routes {
    Routes::of("Control").put("setLimit", "/_mynah/limits", set).get("listLimits", "/_mynah/limits", list).delete(
        "removeLimits",
        "/_mynah/limits",
        remove,
    )
}

/// A limit and how it fares.
#[derive(Serialize)]
struct LimitBody<'a> {
    operation: &'a str,
    per_second: u32,
    burst: u32,
    scope: Scope,
    refused: u64,
}

impl<'a> From<&'a Arc<Rule>> for LimitBody<'a> {
    fn from(rule: &'a Arc<Rule>) -> Self {
        let rate = rule.rate();
        Self {
            operation: &rule.limit.operation,
            per_second: rate.per_second,
            burst: rate.burst,
            scope: rule.limit.scope,
            refused: rule.refused(),
        }
    }
}

async fn of(site: &Site, target: Target) -> Result<Arc<Limits>, Error> {
    Ok(site.engine.belongings(&target.or_default(site)).await?.of())
}

fn bad(message: String) -> Error {
    Error { status: StatusCode::BAD_REQUEST, message }
}

/// Limits an operation; one for the same operation and scope is replaced.
async fn set(State(site): State<Site>, Document { target, json }: Document) -> Result<Response, Error> {
    let limits = of(&site, target).await?;
    let limit: Limit = read_as("a limit", json.to_string().as_bytes()).map_err(bad)?;
    limit.check(&site.operations).map_err(bad)?;
    check_scope(&site, &limit)?;
    let rule = limits.set(limit, &site.faults).map_err(|error| bad(error.to_string()))?;
    Ok(answer(&LimitBody::from(&rule)))
}

/// Whether requests of the operation can name what there is to be a bucket for.
fn check_scope(site: &Site, limit: &Limit) -> Result<(), Error> {
    let may_name = match limit.scope {
        Scope::Application => return Ok(()),
        Scope::User => may_name_a_user,
        Scope::Channel => may_name_a_channel,
    };
    let mut known = site.operations.iter().zip(&site.readings);
    let fits =
        |(operation, taken): (&Operation, &Taken)| operation.name == limit.operation && may_name(operation, taken);
    if limit.operation == EVERY || is_command(&limit.operation) || known.any(fits) {
        return Ok(());
    }
    let word = if limit.scope == Scope::User { "user" } else { "channel" };
    Err(bad(format!("scope: a request of {} names no {word}", limit.operation)))
}

#[derive(Serialize)]
struct ListAnswer<'a> {
    limits: Vec<LimitBody<'a>>,
}

/// The limits of an application.
async fn list(State(site): State<Site>, target: Target) -> Result<Response, Error> {
    let rules = of(&site, target).await?.rules();
    Ok(answer(&ListAnswer { limits: rules.iter().map(LimitBody::from).collect() }))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Which {
    operation: Field<String>,
    scope: Field<String>,
}

#[derive(Serialize)]
struct Removed {
    removed: usize,
}

/// Takes limits away: all, or those of one operation, in one scope or in all.
async fn remove(State(site): State<Site>, target: Target, Query(which): Query<Which>) -> Result<Response, Error> {
    let scope = which.scope.optional("scope")?;
    let scope = scope
        .map(|scope| {
            Scope::parse(&scope).ok_or_else(|| Error::invalid("scope", "it is application, user or channel"))
        })
        .transpose()?;
    let operation = which.operation.optional("operation")?;
    if let Some(operation) = &operation {
        known(operation, &site.operations).map_err(bad)?;
    }
    if scope.is_some() && operation.is_none() {
        return Err(bad("scope: it goes with an operation".into()));
    }
    let removed = of(&site, target).await?.remove(operation.as_deref().map(|operation| (operation, scope)));
    Ok(answer(&Removed { removed }))
}
