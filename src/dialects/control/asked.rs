//! What a control call says: of which application, with which query and which body. What no call knows is refused here,
//! for all of them and before anything is done, by what `web/takes` knows that each of them reads.

use std::{collections::HashMap, sync::LazyLock};

use axum::{
    Router,
    body::Body as Bytes,
    extract::{FromRequest, FromRequestParts, MatchedPath, Request, State},
    http::{Method, request::Parts},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::Error;
use crate::{
    model::ids::ApplicationId,
    web::{
        body, plain,
        site::{FromPath, Site, application_of_host},
        takes::{Names, Taken, Takes},
    },
};

/// The name of the field and of the parameter that name the application.
const APPLICATION: &str = "application";

/// The name that the parameter has for client SDKs.
const OF_SDKS: &str = "ai";

/// What every call reads, by method and path.
static READINGS: LazyLock<HashMap<(&str, &str), Taken>> = LazyLock::new(|| {
    let readings = super::routes().readings().collect::<Vec<_>>();
    readings.into_iter().map(|(operation, taken)| ((operation.method, operation.path), taken)).collect()
});

/// The router of every operation, with what stands before the calls.
pub fn router(site: &Site) -> Router<Site> {
    super::routes().into_router().route_layer(middleware::from_fn_with_state(site.clone(), admit))
}

/// Whether what a path leads to is fetched by clients, whatever they add to its address.
fn is_fetched(path: &str) -> bool {
    path.starts_with(super::FILES) && path.contains('{') || path.starts_with("/_mynah/emojis/")
}

/// Refuses what a call does not know, and finds out which application it concerns.
async fn admit(State(site): State<Site>, request: Request, next: Next) -> Response {
    match look_at(&site, request).await {
        Ok(request) => next.run(request).await,
        Err(error) => error.into_response(),
    }
}

async fn look_at(site: &Site, request: Request) -> Result<Request, Error> {
    let path = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let path = path.filter(|path| !is_fetched(path)).unwrap_or_default();
    let method = if request.method() == Method::HEAD { Method::GET } else { request.method().clone() };
    let Some(taken) = READINGS.get(&(method.as_str(), path.as_str())) else { return Ok(request) };
    let (mut parts, body) = request.into_parts();
    let mut named = named_in_query(&parts, &taken.query)?;
    let body = if taken.body.open {
        body
    } else {
        let body = body::whole(body, site.body_limit).await?;
        named.extend(named_in_body(&body, taken)?);
        body.into()
    };
    let target = target(&parts, named)?;
    parts.extensions.insert(Target(target));
    Ok(Request::from_parts(parts, body))
}

/// Says that something is not known, and what is.
pub(super) fn unknown(what: &str, name: &str, known: &[&str]) -> Error {
    let known: Vec<_> = known.iter().copied().filter(|known| *known != OF_SDKS).collect();
    let known =
        if known.is_empty() { "the call takes none".into() } else { format!("there are {}", known.join(", ")) };
    Error::wrong(format!("{name}: there is no such {what}; {known}"))
}

/// Reads an object that stands in a body.
///
/// # Errors
/// It has a field that is not known; the message names it, with what stands before it.
pub(super) fn object<T: DeserializeOwned>(within: &str, fields: Map<String, Value>) -> Result<T, Error> {
    let mut taken = Taken::default();
    taken.body::<T>();
    if let Some(name) = fields.keys().find(|name| !taken.body.known.contains(&name.as_str())) {
        return Err(unknown("field", &format!("{within}.{name}"), &taken.body.known));
    }
    serde_json::from_value(fields.into()).map_err(|_| Error::invalid(within, "it must be an object"))
}

/// An application that a call names, and where.
type Named = (&'static str, ApplicationId);

fn named_in_query(parts: &Parts, known: &Names) -> Result<Vec<Named>, Error> {
    let mut named = Vec::new();
    for (name, value) in form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()) {
        if known.pass_over(&name) {
            return Err(unknown("query parameter", &name, &known.known));
        }
        if name == APPLICATION || name == OF_SDKS {
            named.push(("the query", id(&value, &name)?));
        }
    }
    Ok(named)
}

fn named_in_body(body: &[u8], taken: &Taken) -> Result<Option<Named>, Error> {
    let fields: Map<String, Value> = body::json(body)?;
    let concerns_one = taken.query.known.contains(&APPLICATION);
    let mut named = None;
    for (name, value) in fields {
        if concerns_one && name == APPLICATION {
            named = match value {
                Value::Null => None,
                Value::String(text) => Some(("the body", id(&text, APPLICATION)?)),
                _ => return Err(Error::wrong("application is invalid: it must be a text")),
            };
        } else if !taken.body.known.contains(&name.as_str()) {
            let mut known = taken.body.known.clone();
            known.extend(concerns_one.then_some(APPLICATION));
            return Err(unknown("field", &name, &known));
        }
    }
    Ok(named)
}

/// The application of that id.
///
/// # Errors
/// It is none; the message names the field and says what an id is.
pub(super) fn id(text: &str, field: &str) -> Result<ApplicationId, Error> {
    let why = "it has up to 100 ASCII letters, digits, '-', '_' and '.', and is not '.', '..' or '_mynah'";
    ApplicationId::new(text).ok_or_else(|| Error::wrong(format!("{field} is invalid: {why}")))
}

/// The one application that a call concerns. What it says by itself has to agree; the host says it where nothing else
/// does.
fn target(parts: &Parts, mut named: Vec<Named>) -> Result<Option<ApplicationId>, Error> {
    named.extend(parts.extensions.get::<FromPath>().map(|FromPath(id)| ("the path", id.clone())));
    let header = parts.headers.get("app-id").filter(|header| !header.is_empty());
    if let Some(header) = header {
        named.push(("the header App-Id", id(&String::from_utf8_lossy(header.as_bytes()), "App-Id")?));
    }
    let mut named = named.into_iter();
    let Some((place, first)) = named.next() else { return Ok(application_of_host(&parts.uri, &parts.headers)) };
    match named.find(|(_, other)| *other != first) {
        Some((other_place, other)) => {
            Err(Error::wrong(format!("application: {place} names {first}, {other_place} names {other}")))
        }
        None => Ok(Some(first)),
    }
}

/// Which application a control call concerns: the one that it names, in whichever way.
#[derive(Clone)]
pub(super) struct Target(pub(super) Option<ApplicationId>);

impl Target {
    /// That one, or the default one.
    pub(super) fn or_default(self, site: &Site) -> ApplicationId {
        self.0.unwrap_or_else(|| site.default_application.clone())
    }

    /// The same, where something else in the call may name one too.
    ///
    /// # Errors
    /// The two differ.
    pub(super) fn agreeing(self, place: &str, named: Option<ApplicationId>) -> Result<Self, Error> {
        match (&self.0, &named) {
            (Some(target), Some(named)) if target != named => {
                Err(Error::wrong(format!("application: {place} names {named}, the call names {target}")))
            }
            _ => Ok(Self(self.0.or(named))),
        }
    }
}

impl Takes for Target {
    fn add(taken: &mut Taken) {
        taken.query.known.extend([APPLICATION, OF_SDKS]);
    }
}

impl FromRequestParts<Site> for Target {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &Site) -> Result<Self, Error> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or(Self(None)))
    }
}

/// The parameters of the query.
pub(super) struct Query<T>(pub(super) T);

impl<T: DeserializeOwned> Takes for Query<T> {
    fn add(taken: &mut Taken) {
        taken.query::<T>();
    }
}

impl<T: DeserializeOwned + Default> FromRequestParts<Site> for Query<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &Site) -> Result<Self, Error> {
        Ok(Self(plain::query(parts.uri.query().unwrap_or_default())))
    }
}

/// The body: a JSON object, or nothing. A type that collects the fields which it has no name for would take anything;
/// it is to read a [`Content`].
pub(super) struct Body<T>(pub(super) T);

impl<T: DeserializeOwned> Takes for Body<T> {
    fn add(taken: &mut Taken) {
        taken.body::<T>();
    }
}

impl<T: DeserializeOwned + Default> FromRequest<Site> for Body<T> {
    type Rejection = Error;

    async fn from_request(request: Request, site: &Site) -> Result<Self, Error> {
        let body = body::whole(request.into_body(), site.body_limit).await?;
        Ok(Self(body::json(&body)?))
    }
}

/// A body that a call reads in its own way. The call itself refuses what it does not know.
pub(super) struct Content(Bytes);

impl Content {
    /// All of it, up to so many bytes.
    pub(super) async fn whole(self, limit: usize) -> Result<bytes::Bytes, Error> {
        Ok(body::whole(self.0, limit).await?)
    }
}

impl Takes for Content {
    fn add(taken: &mut Taken) {
        taken.body.open = true;
    }
}

impl FromRequest<Site> for Content {
    type Rejection = Error;

    async fn from_request(request: Request, _: &Site) -> Result<Self, Error> {
        Ok(Self(request.into_body()))
    }
}

/// Whether a text in it has a NUL character, which no application stores.
pub(super) fn has_nul(json: &Value) -> bool {
    match json {
        Value::String(text) => text.contains('\0'),
        Value::Array(list) => list.iter().any(has_nul),
        Value::Object(fields) => have_nul(fields),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// The same of fields and their names.
pub(super) fn have_nul(fields: &Map<String, Value>) -> bool {
    fields.iter().any(|(name, value)| name.contains('\0') || has_nul(value))
}

/// A body that is one thing or a list of them, and the application that it concerns. A single thing may name that among
/// its fields, as other bodies do; a list has no place for it. The call itself refuses what it does not know.
pub(super) struct Document {
    pub(super) target: Target,
    pub(super) json: Value,
}

impl Takes for Document {
    fn add(taken: &mut Taken) {
        Target::add(taken);
        taken.body.open = true;
    }
}

impl FromRequest<Site> for Document {
    type Rejection = Error;

    async fn from_request(request: Request, site: &Site) -> Result<Self, Error> {
        let target = request.extensions().get::<Target>().cloned().unwrap_or(Target(None));
        let body = body::whole(request.into_body(), site.body_limit).await?;
        let mut json: Value =
            serde_json::from_slice(&body).map_err(|error| Error::wrong(format!("the body is no JSON: {error}")))?;
        let named = json.as_object_mut().and_then(|fields| fields.remove(APPLICATION));
        let named = match named {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) => Some(id(&text, APPLICATION)?),
            Some(_) => return Err(Error::wrong("application is invalid: it must be a text")),
        };
        if has_nul(&json) {
            return Err(Error::wrong("the body has a NUL character in a text"));
        }
        Ok(Self { target: target.agreeing("the body", named)?, json })
    }
}
