//! Snapshots: applications put aside under a name, loaded again, and carried elsewhere as one file.

use axum::{
    extract::{FromRequestParts, State},
    http::{HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};

use super::{
    Body, Content, Error, Target, answer,
    applications::begin,
    in_path,
    reset::{close, connections},
};
use crate::{
    engine::{Connections, SnapshotError},
    model::ids::{ApplicationId, SnapshotName},
    store::Saved,
    web::{field::Field, routes::Routes, site::Site, takes::Takes},
};

pub(super) fn routes() -> Routes {
    Routes::of("Control")
        .get("listSnapshots", "/_mynah/snapshots", list)
        .post("saveSnapshot", "/_mynah/snapshots", save)
        .get("exportSnapshot", "/_mynah/snapshots/{name}", export)
        .put("importSnapshot", "/_mynah/snapshots/{name}", import)
        .delete("deleteSnapshot", "/_mynah/snapshots/{name}", remove)
        .post("loadSnapshot", "/_mynah/snapshots/{name}/load", load)
}

/// The largest file that is taken in, in bytes.
const LARGEST: usize = 1 << 30;

impl From<SnapshotError> for Error {
    fn from(error: SnapshotError) -> Self {
        match error {
            SnapshotError::Damage(damage) => Self::wrong(damage.to_string()),
            SnapshotError::Unavailable(error) => error.into(),
        }
    }
}

/// What the name of a snapshot is.
const NAME: &str = "it has up to 100 ASCII letters, digits, '-', '_' and '.', and does not begin with '.'";

/// The name of a snapshot, in that field.
pub(super) fn name_in(text: &str, field: &str) -> Result<SnapshotName, Error> {
    SnapshotName::new(text).ok_or_else(|| Error::invalid(field, NAME))
}

/// The snapshot that a path names.
struct Named(SnapshotName);

impl Takes for Named {}

impl FromRequestParts<Site> for Named {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Error> {
        let named = in_path(parts, site, "name").await;
        named.and_then(|name| SnapshotName::new(&name)).map(Self).ok_or_else(|| Error::invalid("name", NAME))
    }
}

fn unknown(name: &SnapshotName) -> Error {
    Error { status: StatusCode::NOT_FOUND, message: format!("There is no snapshot {name}") }
}

#[derive(Serialize)]
struct ListBody {
    snapshots: Vec<Saved>,
}

/// Every snapshot.
async fn list(State(site): State<Site>) -> Result<Response, Error> {
    Ok(answer(&ListBody { snapshots: site.engine.snapshots().await? }))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct SaveBody {
    name: Field<String>,
}

/// Puts an application aside, in place of what had that name.
async fn save(State(site): State<Site>, target: Target, Body(body): Body<SaveBody>) -> Result<Response, Error> {
    let name = name_in(&body.name.required("name")?, "name")?;
    let application = target.or_default(&site);
    begin(&site, &application).await?;
    let saved = site.engine.save_snapshot(&application, &name).await?;
    let message = format!("There is no application {application}");
    Ok(answer(&saved.ok_or(Error { status: StatusCode::NOT_FOUND, message })?))
}

/// A snapshot as one file.
async fn export(State(site): State<Site>, Named(name): Named) -> Result<Response, Error> {
    let file = site.engine.export_snapshot(&name).await?.ok_or_else(|| unknown(&name))?;
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{name}.mynah\""));
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream")),
        (header::CONTENT_DISPOSITION, disposition.unwrap_or(HeaderValue::from_static("attachment"))),
    ];
    Ok((headers, file).into_response())
}

/// Takes such a file in.
async fn import(State(site): State<Site>, Named(name): Named, content: Content) -> Result<Response, Error> {
    let file = content.whole(LARGEST).await?;
    Ok(answer(&site.engine.import_snapshot(&name, file).await?))
}

#[derive(Serialize)]
struct RemovedBody {
    deleted: SnapshotName,
}

/// Removes a snapshot. Applications that have become it stay.
async fn remove(State(site): State<Site>, Named(name): Named) -> Result<Response, Error> {
    if !site.engine.remove_snapshot(&name).await? {
        return Err(unknown(&name));
    }
    Ok(answer(&RemovedBody { deleted: name }))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct LoadBody {
    sockets: Field<String>,
}

#[derive(Serialize)]
struct LoadedBody {
    loaded: SnapshotName,
    application: ApplicationId,
}

/// Has an application become what was put aside, as it would by a reset: all of it at one moment.
async fn load(
    State(site): State<Site>,
    Target(named): Target,
    Named(name): Named,
    Body(body): Body<LoadBody>,
) -> Result<Response, Error> {
    let connections = connections(body.sockets)?;
    let application = become_(&site, named, &name, connections).await?;
    Ok(answer(&LoadedBody { loaded: name, application }))
}

/// Has an application become a snapshot; the one of which it was made, where none is named.
pub(super) async fn become_(
    site: &Site,
    named: Option<ApplicationId>,
    name: &SnapshotName,
    connections: Connections,
) -> Result<ApplicationId, Error> {
    let snapshot = site.engine.snapshot(name).await?.ok_or_else(|| unknown(name))?;
    let application = named.unwrap_or_else(|| snapshot.id.clone());
    let close = |belongings: &_| close(site, &application, connections, belongings);
    let successor = |_: &_| snapshot.copy(application.clone());
    site.engine.replace(&application, connections, successor, close).await?;
    Ok(application)
}
