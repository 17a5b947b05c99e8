//! Reset: an application as on its first day.

use axum::{extract::State, response::Response};
use serde::{Deserialize, Serialize};

use super::{Body, Error, Target, answer, snapshots};
use crate::{
    engine::Connections,
    model::ids::ApplicationId,
    state::Belongings,
    web::{field::Field, routes::Routes, site::Site},
};

pub(super) fn routes() -> Routes {
    Routes::of("Control").post("reset", "/_mynah/reset", reset)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ResetBody {
    sockets: Field<String>,
    to: Field<String>,
}

#[derive(Serialize)]
struct ResetAnswer {
    reset: Vec<ApplicationId>,
}

/// Empties one application, or all of them where none is named. Tokens, settings and the seed number stay.
/// Or has one application become a snapshot; the one of which it was made, where none is named.
async fn reset(
    State(site): State<Site>,
    Target(named): Target,
    Body(body): Body<ResetBody>,
) -> Result<Response, Error> {
    let connections = connections(body.sockets)?;
    if let Some(to) = body.to.optional("to")? {
        let to = snapshots::name_in(&to, "to")?;
        let reset = vec![snapshots::become_(&site, named, &to, connections).await?];
        return Ok(answer(&ResetAnswer { reset }));
    }
    let reset = match &named {
        Some(one) => vec![one.clone()],
        None => site.engine.applications().await?,
    };
    // Of those of which clients have asked in vain, there is a journal at least.
    let asked_for = if named.is_none() { site.engine.loaded() } else { Vec::new() };
    for application in reset.iter().chain(asked_for.iter().filter(|id| !reset.contains(id))) {
        let close = |belongings: &_| close(&site, application, connections, belongings);
        site.engine.reset(application, connections, close).await?;
    }
    Ok(answer(&ResetAnswer { reset }))
}

/// What becomes of live connections: they are closed, unless asked otherwise.
pub(super) fn connections(sockets: Field<String>) -> Result<Connections, Error> {
    match sockets.optional("sockets")?.as_deref() {
        None | Some("close") => Ok(Connections::End),
        Some("keep") => Ok(Connections::Stay),
        Some(_) => Err(Error::invalid("sockets", "it is close or keep")),
    }
}

/// Closes the live connections that are from before an application had these belongings, unless they stay.
pub(super) fn close(site: &Site, application: &ApplicationId, connections: Connections, belongings: &Belongings) {
    if connections == Connections::End {
        site.hub.close(application, belongings);
    }
}
