//! What handlers take: who calls which application, and bodies and queries that refuse in the
//! dialect's form.

use std::convert::Infallible;

use axum::{
    extract::{FromRequest, FromRequestParts, Request},
    http::{HeaderMap, StatusCode, header, request::Parts},
};
use serde::de::DeserializeOwned;

use super::error::{Error, Surface};
use crate::{
    model::ids::ApplicationId,
    state::Application,
    web::{
        body::{self, BodyError},
        field::{Field, FieldError, Kind, Problem},
        plain,
        site::{self, Concerned, FromPath, Site},
        takes::{Taken, Takes},
    },
};

/// The header of keys on the legacy surface.
const LEGACY_KEY: &str = "x-api-key";

/// Who calls which application.
pub(super) struct Call {
    site: Site,
    application: ApplicationId,
    concerned: Concerned,
    key: String,
    surface: Surface,
}

impl Call {
    /// The server that is called.
    pub(super) fn site(&self) -> &Site {
        &self.site
    }

    /// The application that is called.
    pub(super) fn application(&self) -> &ApplicationId {
        &self.application
    }

    /// Refuses where the key opens nothing. Reads and writes do this themselves.
    pub(super) async fn authorize(&self) -> Result<(), Error> {
        self.read(|_| Ok(())).await
    }

    /// Asks the application.
    pub(super) async fn read<T>(
        &self,
        question: impl FnOnce(&Application) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let answer = self.site.engine.read(&self.application, |app| {
            self.concerned.met(app.belongings());
            self.check_key(app)?;
            question(app)
        });
        answer.await.map_err(|error| error.on(self.surface))
    }

    /// Runs a verb on the application.
    pub(super) async fn write<T>(
        &self,
        verb: impl FnOnce(&mut Application) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let answer = self.site.engine.write(&self.application, |app| {
            self.concerned.met(app.belongings());
            self.check_key(app)?;
            verb(app)
        });
        answer.await.map_err(|error| error.on(self.surface))
    }

    /// Any key does, unless keys are configured, here or for the application.
    fn check_key(&self, app: &Application) -> Result<(), Error> {
        let (here, own) = (&self.site.tokens, &app.settings().tokens);
        let none_configured = here.is_empty() && own.is_empty();
        if (none_configured && !self.site.strict) || here.iter().chain(own).any(|known| *known == self.key) {
            return Ok(());
        }
        Err(invalid_key())
    }

    async fn identify(parts: &Parts, site: &Site, surface: Surface) -> Result<Self, Error> {
        let application = concern(parts, site);
        let key = key(&parts.headers, surface).ok_or_else(missing_key)?.to_owned();
        if site.strict && !site.engine.knows(&application).await? {
            return Err(invalid_key());
        }
        let concerned = parts.extensions.get::<Concerned>().cloned().unwrap_or_default();
        Ok(Self { site: site.clone(), application, concerned, key, surface })
    }
}

impl Takes for Call {}

impl FromRequestParts<Site> for Call {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Error> {
        let surface = Surface::of(parts.uri.path());
        Self::identify(parts, site, surface).await.map_err(|error| error.on(surface))
    }
}

fn missing_key() -> Error {
    Error::new(StatusCode::UNAUTHORIZED, "API key is missing")
}

fn invalid_key() -> Error {
    Error::new(StatusCode::UNAUTHORIZED, "API key is invalid")
}

/// Finds the application that a request concerns, and notes it for the journal.
pub(super) fn concern(parts: &Parts, site: &Site) -> ApplicationId {
    let from_path = parts.extensions.get::<FromPath>().map(|FromPath(id)| id.clone());
    // Keys of the configuration lead to the default application, as everything else does.
    let application = from_path
        .or_else(|| site::application_of_host(&parts.uri, &parts.headers))
        .unwrap_or_else(|| site.default_application.clone());
    if let Some(concerned) = parts.extensions.get::<Concerned>() {
        concerned.note(&application);
    }
    application
}

/// The key of a request; none where there is none or where it cannot be one.
fn key(headers: &HeaderMap, surface: Surface) -> Option<&str> {
    let legacy = || headers.get(LEGACY_KEY).and_then(|value| value.to_str().ok()).and_then(usable);
    match surface {
        Surface::System => legacy().or_else(|| bearer(headers)),
        Surface::Integration | Surface::Application => bearer(headers),
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, key) = value.trim_start().split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") { usable(key) } else { None }
}

/// A first version of a known client sends the word `undefined` where it has no key.
fn usable(key: &str) -> Option<&str> {
    let key = key.trim();
    (!key.is_empty() && key != "undefined" && !key.contains(char::is_whitespace)).then_some(key)
}

/// A JSON object, whatever the content type says. What is wrong with it is told when it is
/// taken, since keys are looked at first.
pub(super) struct Body<T>(Result<T, BodyError>);

impl<T> Body<T> {
    /// The body.
    ///
    /// # Errors
    /// It is no JSON object, or too long.
    pub(super) fn take(self) -> Result<T, Error> {
        Ok(self.0?)
    }
}

impl<T: DeserializeOwned> Takes for Body<T> {
    fn add(taken: &mut Taken) {
        taken.body::<T>();
    }
}

impl<T: DeserializeOwned + Default> FromRequest<Site> for Body<T> {
    type Rejection = Infallible;

    async fn from_request(request: Request, site: &Site) -> Result<Self, Infallible> {
        let whole = body::whole(request.into_body(), site.body_limit).await;
        Ok(Self(whole.and_then(|bytes| body::json(&bytes))))
    }
}

/// A query string.
pub(super) struct Query<T>(pub(super) T);

impl<T: DeserializeOwned> Takes for Query<T> {
    fn add(taken: &mut Taken) {
        taken.query::<T>();
    }
}

impl<T: DeserializeOwned + Default> FromRequestParts<Site> for Query<T> {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &Site) -> Result<Self, Infallible> {
        Ok(Self(plain::query(parts.uri.query().unwrap_or_default())))
    }
}

/// A text that has to be there and to say something.
pub(super) fn filled(field: Field<String>, name: &'static str) -> Result<String, FieldError> {
    filled_or_absent(field, name)?.ok_or(FieldError { name, problem: Problem::Missing })
}

/// A text that may be absent; one that says nothing counts as absent.
pub(super) fn filled_or_absent(field: Field<String>, name: &'static str) -> Result<Option<String>, FieldError> {
    Ok(field.optional(name)?.filter(|text| !text.trim().is_empty()))
}

/// A list that may be absent. An item of the wrong kind makes it no such list.
pub(super) fn list<T>(field: Field<Vec<T>>, name: &'static str) -> Result<Vec<T>, FieldError> {
    field.or_default(name).map_err(|error| match error.problem {
        Problem::Not(_) => FieldError { problem: Problem::Not(Kind::List), ..error },
        Problem::Missing | Problem::Nul | Problem::Unlike(_) => error,
    })
}
