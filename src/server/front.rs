//! What stands before the router: the application prefix, paths as clients write them, browsers'
//! permissions, the journal, and the last resort when a handler panics.

use std::{convert::Infallible, io, panic::AssertUnwindSafe, sync::Arc, time::Instant};

use axum::{
    Router,
    body::{Body, HttpBody},
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures_util::FutureExt;
use http_body_util::BodyExt;
use tower::{Service, ServiceExt};

use super::guard::Guard;
use crate::{
    dialects::{control, returning_ai, sendbird},
    engine::{Unavailable, system_time},
    model::ids::ApplicationId,
    state::{Application, Belongings},
    web::{
        body,
        ending::Ending,
        faults::{
            self, Armed, BAD_FAULT, FAULT, Faults, Refusal, Struck,
            around::{End, Limited, Refuse},
        },
        journal::{Exchange, Journal, LONGEST_BODY},
        limits::Limits,
        routes::NOT_SERVED,
        site::{Concerned, FORWARDED_PROTO, FromPath, Site, application_of_host},
    },
};

/// The service that every connection talks to.
#[derive(Clone)]
pub(super) struct Front {
    router: Router,
    site: Site,
    guard: Arc<Guard>,
    /// Clients come by TLS.
    secure: bool,
    /// How the connection is to end.
    ending: Ending,
}

impl Front {
    pub(super) fn new(router: Router, site: Site, guard: Guard) -> Self {
        Self { router, site, guard: Arc::new(guard), secure: false, ending: Ending::default() }
    }

    /// For a listener with TLS.
    pub(super) fn with_tls(self) -> Self {
        Self { secure: true, ..self }
    }

    /// For one connection, which ends like that.
    pub(super) fn on(self, ending: Ending) -> Self {
        Self { ending, ..self }
    }

    async fn answer(self, mut request: Request) -> Response {
        let (path, from_path) = inner_path(request.uri().path());
        if let Some(path) = path
            && let Some(uri) = with_path(request.uri(), &path)
        {
            *request.uri_mut() = uri;
        }
        if self.secure {
            request.headers_mut().insert(FORWARDED_PROTO, HeaderValue::from_static("https"));
        }
        if let Some(id) = from_path {
            request.extensions_mut().insert(FromPath(id));
        }
        let is_control = control::speaks(request.uri().path());
        if is_control && let Err(refusal) = self.guard.admit(&request) {
            return refusal.into_response();
        }
        if is_control && !is_data(request.uri().path()) {
            let path = request.uri().path().to_owned();
            return guarded(self.router, request, &path).await;
        }
        let origin = request.headers().contains_key(header::ORIGIN);
        if request.method() == Method::OPTIONS {
            return allow_preflight(request.headers());
        }
        if self.guard.distrusts(&request) {
            return sendbird::refuse_page();
        }
        let mut response = self.journaled(request).await;
        if origin {
            allow(response.headers_mut());
        }
        response
    }

    /// Answers, and notes the exchange in the journal of the application that it concerns.
    async fn journaled(self, mut request: Request) -> Response {
        let concerned = Concerned::default();
        request.extensions_mut().insert(concerned.clone());
        let from_path = request.extensions().get::<FromPath>().map(|FromPath(id)| id.clone());
        let named = from_path.or_else(|| application_of_host(request.uri(), request.headers()));
        let (method, uri) = (request.method().clone(), request.uri().clone());
        let mut going = Going {
            site: &self.site,
            concerned: concerned.clone(),
            named,
            start: Instant::now(),
            exchange: Some(Exchange::begun(system_time(), &method, target(&uri), request.headers())),
        };
        let path = uri.path();
        let signs = sendbird::speaks(path);
        if path == "/" {
            request.extensions_mut().insert(self.ending.clone());
        }
        let (mut request, request_body) = peek(request).await;
        going.asked(request_body.as_ref());
        let armed = if self.site.faults.any() || request.headers().contains_key(FAULT) {
            Box::pin(arm(&self.site, &mut request, &concerned, request_body.as_ref())).await
        } else {
            Ok(None)
        };
        let (mut response, armed) = match armed {
            Ok(armed) => (guarded(self.router, request, path).await, armed),
            Err(refused) => (refused, None),
        };
        let operation = concerned.operation();
        let faulty = armed.is_some();
        if let (Some(armed), None) = (armed, operation) {
            response = Box::pin(armed.after(response)).await;
        }
        if signs {
            let path = operation.map_or("", |operation| operation.path);
            sendbird::sign(response.headers_mut(), &method, path, concerned.verdict());
        }
        let struck = if faulty { response.extensions_mut().remove::<Struck>() } else { None };
        let (response, response_body) = keep(response).await;
        let served = !response.headers().contains_key(NOT_SERVED);
        going.answered((response.status(), served), response_body, struck.as_ref()).await;
        match struck {
            Some(struck) => Box::pin(break_off(response, struck, self.ending)).await,
            None => response,
        }
    }
}

/// An exchange on its way. It is noted when it is answered, or when its client waits for that no longer.
struct Going<'a> {
    site: &'a Site,
    concerned: Concerned,
    /// The application that path or host name.
    named: Option<ApplicationId>,
    start: Instant,
    /// None once it is noted.
    exchange: Option<Exchange>,
}

impl Going<'_> {
    /// What the client has asked for.
    fn asked(&mut self, body: Option<&Bytes>) {
        if let Some(exchange) = &mut self.exchange {
            exchange.request_body = body.cloned();
        }
    }

    /// Notes it with its answer, or with as much of that as the faults let out which have struck.
    async fn answered(
        mut self,
        (status, served): (StatusCode, bool),
        body: Option<Bytes>,
        struck: Option<&Struck>,
    ) {
        let Some(mut exchange) = self.exchange.take() else { return };
        self.finish(&mut exchange);
        exchange.served &= served;
        exchange.status = status.as_u16();
        exchange.response_body = body;
        match struck.map(|struck| struck.end) {
            Some(End::Reset) => {
                (exchange.status, exchange.response_body) = (0, None);
                exchange.error = Some("the connection was reset".into());
            }
            Some(End::Cut(bytes)) => {
                exchange.error = Some("the answer broke off".into());
                let body = exchange.response_body.take();
                exchange.response_body = body.map(|body| body.slice(..bytes.min(body.len())));
            }
            Some(End::Whole) | None => {}
        }
        // What no handler has looked at still names its application.
        let application = self.application().clone();
        let belongings = match self.concerned.belongings() {
            Some(belongings) => Some(belongings),
            None => self.site.engine.belongings(&application).await.ok(),
        };
        note(belongings, exchange);
    }

    /// What is known of it in the end, answered or not.
    fn finish(&self, exchange: &mut Exchange) {
        exchange.took = self.start.elapsed();
        exchange.operation = self.concerned.operation();
        exchange.served = exchange.operation.is_some_and(|operation| operation.served);
        exchange.user = self.concerned.user().cloned();
        exchange.fault = self.concerned.fault().map(Box::from);
    }

    fn application(&self) -> &ApplicationId {
        self.concerned.application().or(self.named.as_ref()).unwrap_or(&self.site.default_application)
    }
}

fn note(belongings: Option<Belongings>, mut exchange: Exchange) {
    let Some(belongings) = belongings else { return };
    exchange.at = belongings.time_at(exchange.machine_at);
    belongings.of::<Journal>().note(exchange);
}

impl Drop for Going<'_> {
    fn drop(&mut self) {
        let Some(mut exchange) = self.exchange.take() else { return };
        self.finish(&mut exchange);
        exchange.error = Some("the client did not wait for the answer".into());
        let belongings = self.concerned.belongings();
        if belongings.is_some() {
            return note(belongings, exchange);
        }
        let (engine, application) = (self.site.engine.clone(), self.application().clone());
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move { note(engine.belongings(&application).await.ok(), exchange) });
        }
    }
}

impl Service<Request> for Front {
    type Response = Response;
    type Error = Infallible;
    type Future = std::pin::Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), Infallible>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let front = self.clone();
        Box::pin(async move { Ok(front.answer(request).await) })
    }
}

/// Whether a path of ours leads to what clients fetch, and not to what controls us.
pub(super) fn is_data(path: &str) -> bool {
    path.starts_with(control::FILES)
}

/// The faults that may strike a request, which are put on it too.
///
/// # Errors
/// The request asks for one that makes no sense: the answer that says so.
async fn arm(
    site: &Site,
    request: &mut Request,
    concerned: &Concerned,
    body: Option<&Bytes>,
) -> Result<Option<Armed>, Response> {
    let uri = request.uri().clone();
    let refuse: Refuse = match uri.path() {
        path if path == "/" || sendbird::speaks(path) => sendbird::refuse,
        path if control::speaks(path) => control::refuse,
        _ => returning_ai::refuse,
    };
    let opens = uri.path() == "/";
    let given = request
        .headers()
        .get(FAULT)
        .map(|value| faults::read_header(value.as_bytes(), opens, &site.faults, &site.operations));
    let given = given.transpose().map_err(|why| {
        let message = Some(format!("X-Mynah-Fault: {why}"));
        let mut refused =
            refuse(&uri, Refusal { status: Some(StatusCode::BAD_REQUEST), message, ..Refusal::default() });
        concerned.strike(BAD_FAULT);
        refused.headers_mut().insert(NOT_SERVED, HeaderValue::from_static(BAD_FAULT));
        refused
    })?;
    let (parts, content) = std::mem::take(request).into_parts();
    let (application, holder) = match uri.path() {
        path if path == "/" || sendbird::speaks(path) => sendbird::caller(&parts, site).await,
        path if control::speaks(path) => (control::application_of_file(path), None),
        _ => (Some(returning_ai::application(&parts, site)), None),
    };
    *request = Request::from_parts(parts, content);
    let application = application.unwrap_or_else(|| site.default_application.clone());
    concerned.note(&application);
    let latest = site.faults.latest();
    let question = |app: &Application| Ok::<_, Unavailable>((app.now(), app.belongings().clone()));
    let (set, limited) = match site.engine.read(&application, question).await {
        Ok((now, belongings)) => {
            let limits = belongings.of::<Limits>();
            let rules = limits.rules();
            concerned.met(&belongings);
            let limited = (!rules.is_empty()).then_some(Limited { rules, limits, now });
            (Faults::of(&belongings).all(), limited)
        }
        Err(_) => (Vec::new(), None),
    };
    let rules: Vec<_> = given.into_iter().chain(set).collect();
    if rules.is_empty() && limited.is_none() {
        return Ok(None);
    }
    let mut said = body.cloned();
    let asks_who = |limited: &Limited| limited.rules.iter().any(|rule| rule.is_for_one());
    if said.is_none() && (rules.iter().any(|rule| rule.names_one()) || limited.as_ref().is_some_and(asks_who)) {
        let (again, all) = body::said(std::mem::take(request), site).await;
        (*request, said) = (again, Some(all));
    }
    let armed = Armed::new(concerned.clone(), limited, (rules, latest), request, said, holder, refuse);
    request.extensions_mut().insert(armed.clone());
    Ok(Some(armed))
}

/// Sends an answer as the faults want it that have struck.
async fn break_off(mut response: Response, struck: Struck, ending: Ending) -> Response {
    if let Ok(ids) = HeaderValue::from_str(&struck.ids) {
        response.headers_mut().insert(FAULT, ids);
    }
    match struck.end {
        End::Whole => response,
        End::Reset => {
            ending.reset();
            // What breaks off before its first byte was sent ends the connection.
            let broken =
                futures_util::stream::once(async { Err::<Bytes, _>(io::Error::other("reset by a fault")) });
            Response::new(Body::from_stream(broken))
        }
        End::Cut(bytes) => {
            let (mut parts, body) = response.into_parts();
            let whole = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
            if bytes >= whole.len() {
                return Response::from_parts(parts, Body::from(whole));
            }
            parts.headers.insert(header::CONTENT_LENGTH, whole.len().into());
            let broken = futures_util::stream::unfold(Some(whole.slice(..bytes)), move |left| {
                let ending = ending.clone();
                async move {
                    if let Some(left) = left {
                        ending.watch();
                        return Some((Ok(left), None));
                    }
                    ending.flushed().await;
                    Some((Err(io::Error::other("cut off by a fault")), None))
                }
            });
            Response::from_parts(parts, Body::from_stream(broken))
        }
    }
}

/// The path without the application prefix, a slash at the end, and, but for Sendbird, whose ids
/// may be anything, without empty segments; none if it is so already. And the application.
fn inner_path(path: &str) -> (Option<String>, Option<ApplicationId>) {
    let mut inner = path;
    let mut application = None;
    if let Some(rest) = path.strip_prefix("/apps/") {
        let (id, rest) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        if let Some(id) = ApplicationId::new(id) {
            application = Some(id);
            inner = if rest.is_empty() { "/" } else { rest };
        }
    }
    if inner.len() > 1 {
        inner = inner.strip_suffix('/').unwrap_or(inner);
    }
    if inner.contains("//") && !sendbird::speaks(inner) {
        let segments: Vec<_> = inner.split('/').filter(|segment| !segment.is_empty()).collect();
        return (Some(format!("/{}", segments.join("/"))), application);
    }
    if let Some(path) = sendbird::without_sdk(inner) {
        return (Some(path), application);
    }
    ((inner.len() != path.len()).then(|| inner.to_owned()), application)
}

fn with_path(uri: &Uri, path: &str) -> Option<Uri> {
    let path_and_query = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(path_and_query.parse().ok()?);
    Uri::from_parts(parts).ok()
}

/// Path and query.
fn target(uri: &Uri) -> Box<str> {
    match uri.query() {
        Some(query) => [uri.path(), "?", query].concat().into(),
        None => uri.path().into(),
    }
}

/// Answers, whatever happens in the handler.
async fn guarded(router: Router, request: Request, path: &str) -> Response {
    let answer = AssertUnwindSafe(router.oneshot(request)).catch_unwind().await;
    match answer {
        Ok(Ok(response)) => response,
        Err(_) => super::panicked(path),
    }
}

/// A copy of the request's body, if it is short and no form. The request is as before.
async fn peek(request: Request) -> (Request, Option<Bytes>) {
    let length = request.body().size_hint();
    let is_long = length.lower() > LONGEST_BODY as u64;
    if is_long || body::is_form(request.headers()) {
        return (request, None);
    }
    if length.exact() == Some(0) {
        return (request, Some(Bytes::new()));
    }
    let (parts, content) = request.into_parts();
    let (whole, content) = body::begin(content, LONGEST_BODY).await;
    // A copy, for the bytes would keep alive all that was read with them.
    (Request::from_parts(parts, content), whole.map(|whole| Bytes::copy_from_slice(&whole)))
}

/// A copy of the answer's body, if it is short.
async fn keep(response: Response) -> (Response, Option<Bytes>) {
    let length = response.body().size_hint().exact().and_then(|length| usize::try_from(length).ok());
    let is_text = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().starts_with(b"application/json"));
    if !is_text || length.is_none_or(|length| length > LONGEST_BODY) {
        return (response, None);
    }
    let (parts, body) = response.into_parts();
    let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    (Response::from_parts(parts, Body::from(body.clone())), Some(body))
}

/// Lets pages of any site read the answer.
fn allow(headers: &mut HeaderMap) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("*"));
}

/// Lets pages of any site ask whatever they want to ask.
fn allow_preflight(asked: &HeaderMap) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    allow(headers);
    let methods = HeaderValue::from_static("GET, POST, PUT, PATCH, DELETE, OPTIONS");
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, methods);
    let wanted = asked.get(header::ACCESS_CONTROL_REQUEST_HEADERS).cloned();
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, wanted.unwrap_or(HeaderValue::from_static("*")));
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("86400"));
    response
}
