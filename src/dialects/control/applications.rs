//! Applications: made, viewed, changed, forked and removed.

use axum::{
    extract::{FromRequestParts, State},
    http::{StatusCode, request::Parts},
    response::Response,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Body, Error, Object, answer, asked, clock, in_path, settings};
use crate::{
    engine::system_time,
    model::{ids::ApplicationId, time::Timestamp},
    state::Application,
    web::{field::Field, routes::Routes, site::Site, takes::Takes},
};

pub(super) fn routes() -> Routes {
    Routes::of("Control")
        .get("listApplications", "/_mynah/applications", list)
        .post("createApplication", "/_mynah/applications", create)
        .get("viewApplication", "/_mynah/applications/{id}", view)
        .patch("updateApplication", "/_mynah/applications/{id}", update)
        .delete("deleteApplication", "/_mynah/applications/{id}", remove)
        .post("forkApplication", "/_mynah/applications/{id}/fork", fork)
}

/// The application that a path names.
struct Named(ApplicationId);

impl Takes for Named {}

impl FromRequestParts<Site> for Named {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Error> {
        let named = in_path(parts, site, "id").await.unwrap_or_default();
        ApplicationId::new(&named).map(Self).ok_or_else(|| unknown(&named))
    }
}

fn unknown(id: &str) -> Error {
    Error { status: StatusCode::NOT_FOUND, message: format!("There is no application {id}") }
}

fn exists(id: &ApplicationId) -> Error {
    Error { status: StatusCode::CONFLICT, message: format!("There is an application {id} already") }
}

/// The largest seed number: readers of JSON know whole numbers of 53 bits.
pub(super) const LARGEST_SEED: i64 = 1 << 53;

/// A seed number.
fn seed_number(field: Field<i64>) -> Result<Option<i64>, Error> {
    let seed = field.optional("seed")?;
    if seed.is_some_and(|seed| !(0..=LARGEST_SEED).contains(&seed)) {
        return Err(Error::invalid("seed", "it is a number from 0 to 2^53"));
    }
    Ok(seed)
}

#[derive(Serialize)]
struct ListBody {
    applications: Vec<Listed>,
}

#[derive(Serialize)]
struct Listed {
    id: ApplicationId,
    ephemeral: bool,
}

/// Every application that is known, in the order of their ids; the default one is always there.
async fn list(State(site): State<Site>) -> Result<Response, Error> {
    let mut ids = site.engine.applications().await?;
    if let Err(place) = ids.binary_search(&site.default_application) {
        ids.insert(place, site.default_application.clone());
    }
    let mut applications = Vec::new();
    for id in ids {
        applications.push(Listed { ephemeral: site.engine.is_ephemeral(&id).await?, id });
    }
    Ok(answer(&ListBody { applications }))
}

/// An application as it is shown.
#[derive(Serialize)]
struct Shown {
    id: ApplicationId,
    created_at: Timestamp,
    /// Whether it is gone with the process.
    ephemeral: bool,
    seed: i64,
    clock: clock::ClockBody,
    settings: Map<String, Value>,
    /// How many rows each table has.
    rows: Map<String, Value>,
    /// How many client SDKs are connected.
    connections: usize,
}

/// Makes the default application if it is that one: it is always there, written to or not.
pub(super) async fn begin(site: &Site, id: &ApplicationId) -> Result<(), Error> {
    if *id == site.default_application && !site.engine.knows(id).await? {
        site.engine.create(id, |_| {}).await?;
    }
    Ok(())
}

async fn show(site: &Site, id: &ApplicationId) -> Result<Response, Error> {
    let ephemeral = site.engine.is_ephemeral(id).await?;
    let connections = site.hub.count(id);
    let shown = site.engine.read(id, |app| {
        // The default one is always there, and has nothing in it at first.
        if !app.exists() && *id != site.default_application {
            return Err(unknown(id.as_str()));
        }
        let head = app.head();
        Ok(Shown {
            id: id.clone(),
            created_at: head.created_at,
            ephemeral,
            seed: head.seed,
            clock: clock::ClockBody::of(app),
            settings: settings::shown(&head.settings),
            rows: app.counts().into_iter().map(|(table, rows)| (table.to_owned(), rows.into())).collect(),
            connections,
        })
    });
    Ok(answer(&shown.await?))
}

/// An application with its settings, its clock, and how much there is in it.
async fn view(State(site): State<Site>, Named(id): Named) -> Result<Response, Error> {
    show(&site, &id).await
}

/// What an application is to be. What is absent is as it is, or as usual for a new one.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Wanted {
    tokens: Field<Vec<String>>,
    settings: Field<Object>,
    seed: Field<i64>,
    clock: Field<Object>,
}

impl Wanted {
    /// Makes an application so.
    fn apply(self, app: &mut Application) -> Result<(), Error> {
        let mut changed = match self.settings.optional("settings")? {
            Some(Object(given)) => settings::changed(app.settings(), &given)?,
            None => app.settings().clone(),
        };
        if let Some(tokens) = self.tokens.optional("tokens")? {
            settings::check_tokens("tokens", &tokens)?;
            changed.tokens = tokens;
        }
        app.change_settings(|settings| *settings = changed);
        if let Some(seed) = seed_number(self.seed)? {
            app.set_seed(seed);
        }
        if let Some(Object(clock)) = self.clock.optional("clock")? {
            let machine = system_time();
            let clock = clock::Wanted::clock_of(clock, app.now(), machine)?;
            app.set_clock(clock, clock.at(machine));
        }
        Ok(())
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct CreateBody {
    id: Field<String>,
    ephemeral: Field<bool>,
    tokens: Field<Vec<String>>,
    settings: Field<Object>,
    seed: Field<i64>,
    clock: Field<Object>,
}

/// The id that is wanted, or one that no application has had.
fn wanted_id(site: &Site, field: Field<String>, prefix: &str) -> Result<ApplicationId, Error> {
    match field.optional("id")? {
        Some(id) => asked::id(&id, "id"),
        None => Ok(site.engine.new_id(prefix)),
    }
}

/// Makes an application.
async fn create(State(site): State<Site>, Body(body): Body<CreateBody>) -> Result<Response, Error> {
    let CreateBody { id, ephemeral, tokens, settings, seed, clock } = body;
    let id = wanted_id(&site, id, "app")?;
    let stored = !ephemeral.or("ephemeral", false)?;
    let mut app = Application::new(id.clone());
    app.set_time(system_time());
    Wanted { tokens, settings, seed, clock }.apply(&mut app)?;
    app.take_events();
    if !site.engine.take_in(app, stored).await? {
        return Err(exists(&id));
    }
    show(&site, &id).await
}

/// Changes settings, tokens or the seed number of an application.
async fn update(State(site): State<Site>, Named(id): Named, Body(wanted): Body<Wanted>) -> Result<Response, Error> {
    if wanted.clock.is_given() {
        return Err(Error::wrong("clock is set at /_mynah/clock"));
    }
    begin(&site, &id).await?;
    let change = site.engine.write(&id, |app| {
        if !app.exists() {
            return Err(unknown(id.as_str()));
        }
        wanted.apply(app)
    });
    change.await?;
    show(&site, &id).await
}

#[derive(Serialize)]
struct RemovedBody {
    deleted: ApplicationId,
}

/// Removes an application with all that there is of it. Its sockets are closed.
async fn remove(State(site): State<Site>, Named(id): Named) -> Result<Response, Error> {
    let there = site.engine.remove(&id, |belongings| site.hub.close(&id, belongings)).await?;
    let is_guarded = site.strict || !site.tokens.is_empty();
    if there && id == site.default_application && is_guarded {
        // It is always there, with the tokens of the command line.
        let tokens = site.tokens.clone();
        site.engine.create(&id, |app| app.change_settings(|settings| settings.tokens = tokens)).await?;
    }
    if there { Ok(answer(&RemovedBody { deleted: id })) } else { Err(unknown(id.as_str())) }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ForkBody {
    id: Field<String>,
    durable: Field<bool>,
}

/// Makes a copy of an application, which from then on has a life of its own.
async fn fork(State(site): State<Site>, Named(id): Named, Body(body): Body<ForkBody>) -> Result<Response, Error> {
    let durable = body.durable.or("durable", false)?;
    let fork = wanted_id(&site, body.id, id.as_str())?;
    begin(&site, &id).await?;
    let copy = site.engine.copy(&id, &fork).await?.ok_or_else(|| unknown(id.as_str()))?;
    if !site.engine.take_in(copy, durable).await? {
        return Err(exists(&fork));
    }
    show(&site, &fork).await
}
