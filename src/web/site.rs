//! What all requests to one server share.

use std::{
    ops::Deref,
    sync::{Arc, OnceLock},
};

use axum::http::{HeaderMap, Uri, header};
use parking_lot::Mutex;

use super::{faults::Switch, limits::Verdict, routes::Operation, takes::Taken};
use crate::{
    delivery::{Hub, webhooks::Calls},
    engine::Engine,
    model::ids::{ApplicationId, UserId},
    state::Belongings,
};

/// The header by which a proxy, or our own listener with TLS, says how the client has come.
pub const FORWARDED_PROTO: &str = "x-forwarded-proto";

/// What all requests to one server share.
#[derive(Clone)]
pub struct Site(Arc<Shared>);

/// See [`Site`].
pub struct Shared {
    /// The way to the applications.
    pub engine: Engine,
    /// The live connections.
    pub hub: Hub,
    /// How webhooks are told.
    pub calls: Arc<dyn Calls>,
    /// Whether anything is to go wrong at all.
    pub faults: Switch,
    /// Every operation that a fault may name.
    pub operations: Vec<Operation>,
    /// What each of them reads of a request.
    pub readings: Vec<Taken>,
    /// The application of requests that name none.
    pub default_application: ApplicationId,
    /// Tokens that lead to the default application, if any are configured.
    pub tokens: Vec<String>,
    /// What addresses that we hand out begin with, where the request's own host does not do.
    pub public_url: Option<String>,
    /// Only documented forms, known applications and known tokens are taken.
    pub strict: bool,
    /// The largest JSON body, in bytes.
    pub body_limit: usize,
    /// The largest upload, in bytes.
    pub upload_limit: usize,
    /// When the server was ready.
    pub started: std::time::Instant,
}

impl Site {
    /// Shares these.
    pub fn new(shared: Shared) -> Self {
        Self(Arc::new(shared))
    }

    /// What addresses that we hand out begin with, for the client that asks.
    pub fn base_url(&self, headers: &HeaderMap) -> String {
        if let Some(url) = &self.public_url {
            return url.trim_end_matches('/').to_owned();
        }
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
        let secure = headers.get(FORWARDED_PROTO).is_some_and(|proto| proto == "https");
        format!("http{}://{}", if secure { "s" } else { "" }, host.unwrap_or("127.0.0.1:8080"))
    }
}

impl Deref for Site {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

/// The application that the path of a request names by `/apps/{application_id}`, which stands
/// before everything else and is taken off the path before it is routed.
#[derive(Clone, Debug)]
pub struct FromPath(pub ApplicationId);

/// Which application a request turned out to concern, and whether it was within the limits of
/// that; noted for what stands before the router.
#[derive(Clone, Debug, Default)]
pub struct Concerned(Arc<Notes>);

#[derive(Debug, Default)]
struct Notes {
    application: OnceLock<ApplicationId>,
    belongings: Mutex<Option<Belongings>>,
    verdict: OnceLock<Verdict>,
    user: OnceLock<UserId>,
    fault: OnceLock<Box<str>>,
    operation: OnceLock<Operation>,
}

impl Concerned {
    /// Notes it.
    pub fn note(&self, application: &ApplicationId) {
        // The first word stands: a request concerns one application.
        let _ = self.0.application.set(application.clone());
    }

    /// What was noted.
    pub fn application(&self) -> Option<&ApplicationId> {
        self.0.application.get()
    }

    /// Notes which belongings its application had when it was asked. The last word stands, since the
    /// application can be replaced while a request is on its way.
    pub fn met(&self, belongings: &Belongings) {
        let mut noted = self.0.belongings.lock();
        if !noted.as_ref().is_some_and(|noted| noted.are(belongings)) {
            *noted = Some(belongings.clone());
        }
    }

    /// The belongings that its application had when it was last asked; none if it was not.
    pub fn belongings(&self) -> Option<Belongings> {
        self.0.belongings.lock().clone()
    }

    /// Notes whose session it is.
    pub fn acts(&self, user: &UserId) {
        let _ = self.0.user.set(user.clone());
    }

    /// Whose session it is, if it is a client's.
    pub fn user(&self) -> Option<&UserId> {
        self.0.user.get()
    }

    /// Notes which operation it has reached.
    pub fn reach(&self, operation: Operation) {
        let _ = self.0.operation.set(operation);
    }

    /// The operation that it has reached; none if the path is none of one.
    pub fn operation(&self) -> Option<Operation> {
        self.0.operation.get().copied()
    }

    /// Notes which faults have struck it, with commas between them.
    pub fn strike(&self, ids: &str) {
        let _ = self.0.fault.set(ids.into());
    }

    /// The faults that have struck it, if any have.
    pub fn fault(&self) -> Option<&str> {
        self.0.fault.get().map(|ids| &**ids)
    }

    /// Notes whether it was within the limits.
    pub fn judge(&self, verdict: Verdict) {
        let _ = self.0.verdict.set(verdict);
    }

    /// Whether it was within the limits; none where there are none.
    pub fn verdict(&self) -> Option<&Verdict> {
        self.0.verdict.get()
    }
}

/// The application named by the host of a request: `api-{id}.…` or `{id}.localhost`.
pub fn application_of_host(uri: &Uri, headers: &HeaderMap) -> Option<ApplicationId> {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).or_else(|| uri.host())?;
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let (label, rest) = name.split_once('.')?;
    match label.strip_prefix("api-").or_else(|| label.strip_prefix("API-")) {
        Some(id) => ApplicationId::new(id),
        None if rest.eq_ignore_ascii_case("localhost") => ApplicationId::new(label),
        None => None,
    }
}
