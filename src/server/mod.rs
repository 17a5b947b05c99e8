//! Wiring: configuration, the router of all dialects, start and stop.

pub mod config;
mod connection;
mod exec;
mod front;
mod guard;
mod health;
mod seed;
mod tls;

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Context;
use axum::{
    Router,
    http::{Method, StatusCode, Uri},
    response::{IntoResponse, Response},
    serve::Listener,
};
use bytes::Bytes;
use tokio::{net::TcpListener, task::JoinSet};
use tokio_util::sync::CancellationToken;

use self::{
    config::Config,
    connection::{PlainListener, Reception},
    front::Front,
    guard::Guard,
    tls::{Authority, Identity, TlsListener},
};
pub use self::{exec::exec, guard::ControlToken, health::health};
use crate::{
    chat::{due, offences},
    delivery::{
        Hub,
        webhooks::{Caller, Calls as _, Courier, Post},
    },
    dialects::{control, returning_ai, sendbird},
    engine::{DueWork, Engine, system_time},
    model::{
        time::Timestamp,
        webhook::{Attempt, Delivery},
    },
    state::Belongings,
    store::Store,
    web::{
        faults::Switch,
        journal::{Exchange, Headers, Journal, Kind},
        routes::Operation,
        site::{Shared, Site},
        takes::Taken,
    },
};

/// How long requests may take to end when the server stops.
const GRACE: Duration = Duration::from_secs(5);

/// What applications do by themselves.
const DUE_WORK: DueWork = DueWork { next: due::next, run: due::run, refused: offences::settle, ended: due::ended };

/// A running server. Dropping it without [`Server::stop`] ends it without waiting for anything.
pub struct Server {
    addresses: Vec<SocketAddr>,
    tls_addresses: Vec<SocketAddr>,
    authority: Option<Authority>,
    control_token: ControlToken,
    site: Site,
    courier: Courier,
    stop: CancellationToken,
    connections: JoinSet<std::io::Result<()>>,
}

impl Server {
    /// Opens the store, seeds it, and listens. On return the server answers.
    ///
    /// # Errors
    /// A port is busy, the store is in use or unreadable, or the seed is wrong: each in one line.
    pub async fn start(config: &Config) -> anyhow::Result<Self> {
        let store = Store::open(&config.place()?, config.durability()).await?;
        let listeners = bind(&config.listen).await?;
        let identity = if config.tls_listen.is_empty() { None } else { Some(Identity::of(config)?) };
        let tls_listeners = bind(&config.tls_listen).await?;
        let base_url = config.public_url.clone().unwrap_or_else(|| {
            let first = listeners.first().and_then(|listener| listener.local_addr().ok());
            first.map_or_else(String::new, |address| format!("http://{address}"))
        });
        let caller = Caller::new(config.webhook_ca.as_deref()).map_err(anyhow::Error::msg)?;
        let calls = Arc::new(sendbird::Webhooks { base_url: base_url.clone() });
        let engine = Engine::start(store, config.strict, DUE_WORK, Arc::new(Post(calls.clone())));
        if config.strict || !config.tokens.is_empty() {
            let tokens = config.tokens.clone();
            engine
                .create(&config.application, |app| app.change_settings(|settings| settings.tokens = tokens))
                .await?;
        }
        if let Some(path) = &config.seed {
            seed::apply(&engine, &*calls, &config.application, path).await?;
        }
        let hub = Hub::start(&engine, Arc::new(sendbird::Frames { base_url }), config.connections);
        let words = calls.clone();
        let note = move |belongings: &Belongings, call: &Delivery, attempt: &Attempt| {
            note_try(belongings, &words.headers(&call.signature), call, attempt);
        };
        let courier = Courier::start(&engine, calls.clone(), caller, Box::new(note));
        let breakable = breakable();
        let site = Site::new(Shared {
            engine: engine.clone(),
            hub: hub.clone(),
            calls,
            faults: Switch::default(),
            operations: breakable.iter().map(|(operation, _)| *operation).collect(),
            readings: breakable.into_iter().map(|(_, taken)| taken).collect(),
            default_application: config.application.clone(),
            tokens: config.tokens.clone(),
            public_url: config.public_url.clone(),
            strict: config.strict,
            body_limit: config.body_limit,
            upload_limit: config.upload_limit,
            started: Instant::now(),
        });
        let (guard, control_token) = Guard::of(config)?;
        let front = Front::new(router(site.clone()), site.clone(), guard);
        let stop = CancellationToken::new();
        let mut connections = JoinSet::new();
        let mut addresses = Vec::new();
        for listener in listeners {
            addresses.push(listener.local_addr()?);
            let listener = PlainListener(listener);
            let serving = axum::serve(listener, Reception(front.clone()))
                .with_graceful_shutdown(stop.clone().cancelled_owned());
            connections.spawn(serving.into_future());
        }
        let mut tls_addresses = Vec::new();
        for (listener, identity) in tls_listeners.into_iter().zip(identity.iter().cycle()) {
            let listener = TlsListener::new(listener, identity)?;
            tls_addresses.push(listener.local_addr()?);
            let serving = axum::serve(listener, Reception(front.clone().with_tls()))
                .with_graceful_shutdown(stop.clone().cancelled_owned());
            connections.spawn(serving.into_future());
        }
        let authority = identity.and_then(|identity| identity.authority);
        Ok(Self { addresses, tls_addresses, authority, control_token, site, courier, stop, connections })
    }

    /// The addresses on which the server listens.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// The addresses on which the server listens with TLS.
    pub fn tls_addresses(&self) -> &[SocketAddr] {
        &self.tls_addresses
    }

    /// Where the certificate of our own authority is, which clients have to trust; or the certificate
    /// itself, where nothing is kept. None without TLS, or with a certificate that was given.
    pub fn authority(&self) -> Option<String> {
        self.authority.as_ref().map(|authority| match authority {
            Authority::Kept(path) => path.display().to_string(),
            Authority::Shown(certificate) => certificate.clone(),
        })
    }

    /// What control calls have to show.
    pub fn control_token(&self) -> &ControlToken {
        &self.control_token
    }

    /// The way to the applications, for tests and embedders.
    pub fn engine(&self) -> &Engine {
        &self.site.engine
    }

    /// Takes no more requests, lets those that run end, commits what is queued.
    ///
    /// # Errors
    /// The store fails.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        self.stop.cancel();
        self.site.hub.stop();
        self.site.faults.stop();
        let ended = async { while self.connections.join_next().await.is_some() {} };
        if tokio::time::timeout(GRACE, ended).await.is_err() {
            tracing::warn!("some requests did not end in time and are cut off");
            self.connections.abort_all();
        }
        self.courier.stop().await;
        Ok(self.site.engine.stop().await?)
    }
}

async fn bind(addresses: &[SocketAddr]) -> anyhow::Result<Vec<TcpListener>> {
    let mut listeners = Vec::with_capacity(addresses.len());
    for address in addresses {
        let listener = TcpListener::bind(address).await;
        listeners.push(listener.with_context(|| format!("cannot listen on {address}"))?);
    }
    Ok(listeners)
}

/// Every operation of every dialect, for the coverage pages.
pub fn operations() -> [(&'static str, Vec<Operation>); 3] {
    [
        ("sendbird", sendbird::routes().operations().to_vec()),
        ("returning-ai", returning_ai::routes().operations().to_vec()),
        ("control", control::routes().operations().to_vec()),
    ]
}

/// Notes a try to call a webhook in the journal.
fn note_try(belongings: &Belongings, headers: &[(&'static str, String)], call: &Delivery, attempt: &Attempt) {
    let text = |text: &str| (!text.is_empty()).then(|| Bytes::copy_from_slice(text.as_bytes()));
    belongings.of::<Journal>().note(Exchange {
        kind: Kind::Webhook,
        at: attempt.at,
        machine_at: Timestamp(system_time().0 - attempt.took / 1000),
        took: Duration::from_micros(attempt.took.unsigned_abs()),
        operation: None,
        served: false,
        method: Method::POST,
        target: call.url.clone(),
        request_headers: Headers::from(headers),
        request_body: text(&call.body),
        user: None,
        status: attempt.status.unwrap_or(0),
        response_body: text(&attempt.body),
        fault: None,
        error: (!attempt.error.is_empty()).then(|| attempt.error.clone()),
    });
}

/// Every operation that a fault may name: those of the vendors, and the way to uploaded files. Each with
/// what it reads.
fn breakable() -> Vec<(Operation, Taken)> {
    let ours = control::routes();
    let ours = ours.readings().filter(|(operation, _)| front::is_data(operation.path));
    sendbird::routes().readings().chain(returning_ai::routes().readings()).chain(ours).collect()
}

fn router(site: Site) -> Router {
    let dialects = [sendbird::routes().into_router(), returning_ai::routes().into_router(), control::router(&site)];
    let router = dialects.into_iter().fold(Router::new(), Router::merge);
    router.fallback(unknown).with_state(site)
}

/// The answer to a path that no dialect knows, in the form of the dialect whose path it is like.
async fn unknown(method: Method, uri: Uri) -> Response {
    if sendbird::speaks(uri.path()) {
        sendbird::unknown(method, uri).await
    } else if control::speaks(uri.path()) {
        control::unknown(method, uri).await
    } else {
        returning_ai::unknown(method, uri).await
    }
}

/// The answer when a handler has panicked.
fn panicked(path: &str) -> Response {
    let why = "Mynah itself failed; please report this";
    tracing::error!("a handler panicked at {path}");
    if sendbird::speaks(path) {
        sendbird::Error::internal(why).into_response()
    } else if control::speaks(path) {
        control::Error { status: StatusCode::INTERNAL_SERVER_ERROR, message: why.into() }.into_response()
    } else {
        returning_ai::failed(why)
    }
}
