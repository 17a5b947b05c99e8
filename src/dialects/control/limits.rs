//! Rate limits, set and looked at while the server runs.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{StatusCode, Uri},
    response::Response,
};
use serde::{Deserialize, Serialize};

use super::{Error, Target, answer};
use crate::web::{
    body,
    faults::read_as,
    field::Field,
    limits::{
        Limits,
        rules::{Limit, Rule, Scope},
    },
    plain,
    routes::Routes,
    site::Site,
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
async fn set(State(site): State<Site>, target: Target, request: Request) -> Result<Response, Error> {
    let limits = of(&site, target).await?;
    let json = body::whole(request.into_body(), site.body_limit).await?;
    let limit: Limit = read_as("a limit", &json).map_err(bad)?;
    limit.check(&site.operations).map_err(bad)?;
    let rule = limits.set(limit, &site.faults).map_err(|error| bad(error.to_string()))?;
    Ok(answer(&LimitBody::from(&rule)))
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
async fn remove(State(site): State<Site>, target: Target, uri: Uri) -> Result<Response, Error> {
    let which: Which = plain::query(uri.query().unwrap_or_default());
    let scope = which.scope.optional("scope")?;
    let scope = scope.map(|scope| Scope::parse(&scope).ok_or_else(|| Error::invalid("scope"))).transpose()?;
    let operation = which.operation.optional("operation")?;
    if scope.is_some() && operation.is_none() {
        return Err(bad("scope: it goes with an operation".into()));
    }
    let removed = of(&site, target).await?.remove(operation.as_deref().map(|operation| (operation, scope)));
    Ok(answer(&Removed { removed }))
}
