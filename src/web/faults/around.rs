//! How a fault strikes a request: what happens before its operation, after it, and to its answer.

use std::{convert::Infallible, sync::Arc};

use axum::{
    body::{Body, HttpBody},
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http_body_util::BodyExt;
use tower::{Service, ServiceExt};

use super::{
    asked::Asked,
    rule::{Phase, Rule, Stall},
    socket::{OPEN, Script},
};
use crate::{
    model::time::Timestamp,
    web::{
        limits::{self, Limits, RATE_LIMITED, Rate, Verdict},
        routes::{NOT_SERVED, Operation},
        site::Concerned,
    },
};

/// How much of a body that nobody wants is read, so that its client can see the answer.
const PATIENCE: usize = 256 << 20;

/// A refusal that a fault asks for, to be said in the words of a dialect.
#[derive(Clone, Debug, Default)]
pub struct Refusal {
    /// The limit that refuses, by the vendor's name for what it is for; none if it is a fault.
    pub limit: Option<(&'static str, Verdict)>,
    /// The status, if it says one.
    pub status: Option<StatusCode>,
    /// The vendor's number, if it says one.
    pub code: Option<u32>,
    /// The text, if it says one.
    pub message: Option<String>,
}

/// What a client reads of a limit where a fault says that there were too many: five in a second, and one to wait.
const TOO_MANY: Verdict =
    Verdict { rate: Rate { per_second: 5, burst: 5 }, remaining: 0, reset: 1.0, retry_after: 1.0 };

/// The vendor's number for too many requests.
const TOO_MANY_CODE: u32 = 500_910;

impl Refusal {
    /// What a fault asks for. Too many requests are refused as by a limit, unless it has words of its own.
    pub(super) fn of(rule: &Rule) -> Self {
        let status = rule.spec.status.and_then(|status| StatusCode::from_u16(status).ok());
        let (code, message) = (rule.spec.code, rule.spec.message.clone());
        let is_limit = status.is_none_or(|status| status == StatusCode::TOO_MANY_REQUESTS)
            && code.is_none_or(|code| code == TOO_MANY_CODE)
            && (status.is_some() || code.is_some());
        let limit = (is_limit && message.is_none()).then_some(("app", TOO_MANY));
        Self { limit, status, code, message }
    }
}

/// The limits that may refuse a request.
pub struct Limited {
    /// The limits that are set.
    pub rules: Vec<Arc<limits::rules::Rule>>,
    /// Their buckets.
    pub limits: Arc<Limits>,
    /// What the application's clock shows.
    pub now: Timestamp,
}

/// How a dialect says a refusal on a path.
pub type Refuse = fn(&Uri, Refusal) -> Response;

/// The faults that may strike a request.
#[derive(Clone)]
pub struct Armed(Arc<Shared>);

struct Shared {
    concerned: Concerned,
    limits: Option<Limited>,
    rules: Vec<Arc<Rule>>,
    latest: u64,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
    holder: Option<String>,
    refuse: Refuse,
}

/// Which faults have struck a request, noted on its answer.
#[derive(Clone, Debug)]
pub struct Struck {
    /// What they go by, with commas between them.
    pub ids: String,
    /// What becomes of the answer.
    pub end: End,
}

/// What becomes of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It goes out.
    Whole,
    /// So many bytes of its body go out.
    Cut(usize),
    /// The connection is reset in its place.
    Reset,
}

impl Armed {
    /// Faults for a request, in the order in which they are asked, and the number of the latest that
    /// there was; and where it is noted what becomes of it.
    pub fn new(
        concerned: Concerned,
        limits: Option<Limited>,
        (rules, latest): (Vec<Arc<Rule>>, u64),
        request: &Request,
        body: Option<Bytes>,
        holder: Option<String>,
        refuse: Refuse,
    ) -> Self {
        Self(Arc::new(Shared {
            concerned,
            limits,
            rules,
            latest,
            method: request.method().clone(),
            uri: request.uri().clone(),
            headers: request.headers().clone(),
            body: body.unwrap_or_default(),
            holder,
            refuse,
        }))
    }

    /// Answers a request to an operation as the faults want it.
    pub async fn around<S>(self, operation: Operation, request: Request, service: S) -> Response
    where
        S: Service<Request, Response = Response, Error = Infallible>,
    {
        if let Some(refused) = self.limit(operation) {
            drain(request.into_body()).await;
            return refused;
        }
        let strike = self.strike(Some(operation));
        if strike.is_empty() {
            return done(service.oneshot(request).await);
        }
        let belongings = self.0.concerned.belongings();
        strike.wait(Phase::Before).await;
        // What was held while the application became another one must not reach into that.
        if belongings.is_some_and(|belongings| belongings.have_ended()) {
            drain(request.into_body()).await;
            return strike.lost();
        }
        let answer = match strike.answer(Phase::Before, &self.0) {
            Some(answer) => {
                drain(request.into_body()).await;
                answer
            }
            None => done(service.oneshot(request).await),
        };
        strike.finish(answer, &self.0).await
    }

    /// The same where no operation has answered: there is nothing to do before.
    pub async fn after(self, answer: Response) -> Response {
        let strike = self.strike(None);
        if strike.is_empty() {
            return answer;
        }
        strike.wait(Phase::Before).await;
        let answer = strike.answer(Phase::Before, &self.0).unwrap_or(answer);
        strike.finish(answer, &self.0).await
    }

    /// Whose session it is, if it is a client's.
    pub fn holder(&self) -> Option<&str> {
        self.0.holder.as_deref()
    }

    /// The number of the latest fault that it knows.
    pub fn latest(&self) -> u64 {
        self.0.latest
    }

    /// The fault that takes hold of the live connection that a request opens, if one does.
    pub fn on_socket(&self, user: &str) -> Option<Script> {
        // Who comes back shows a key in the place of a name.
        let user = self.0.holder.as_deref().unwrap_or(user);
        let asked = self.0.asked(Some(OPEN), Some(user));
        let mut rules = self.0.rules.iter().filter(|rule| rule.is_for_sockets() && rule.matches(&asked));
        let rule = rules.find(|rule| rule.strike().is_some())?;
        self.0.concerned.strike(&rule.id);
        Some(Script::new(Arc::clone(rule), 0))
    }

    /// The refusal of a request of which there were too many.
    fn limit(&self, operation: Operation) -> Option<Response> {
        let limited = self.0.limits.as_ref()?;
        let asked = self.0.asked(Some((operation.name, operation.path)), self.0.holder.as_deref());
        let refusal = limited.refuse(&asked, &self.0.concerned)?;
        let mut refused = (self.0.refuse)(&self.0.uri, refusal);
        refused.headers_mut().insert(NOT_SERVED, HeaderValue::from_static(RATE_LIMITED));
        Some(refused)
    }

    fn strike(&self, operation: Option<Operation>) -> Strike {
        let asked = self.0.asked(operation.map(|known| (known.name, known.path)), self.0.holder.as_deref());
        let strike = Strike::of(&self.0.rules, &asked);
        if !strike.is_empty() {
            self.0.concerned.strike(&strike.ids());
        }
        strike
    }
}

impl Limited {
    /// Counts a request in, and notes the verdict; and the refusal, if there were too many.
    pub(super) fn refuse(&self, asked: &Asked<'_>, concerned: &Concerned) -> Option<Refusal> {
        for rule in &self.rules {
            let Some((bucket, id)) = rule.bucket_of(asked) else { continue };
            let verdict = self.limits.take(bucket, &id, rule.rate(), self.now);
            concerned.judge(verdict);
            if !verdict.passes() {
                rule.note_refusal();
                return Some(Refusal { limit: Some((rule.limit.scope.word(), verdict)), ..Refusal::default() });
            }
        }
        None
    }
}

impl Shared {
    fn asked<'a>(&'a self, operation: Option<(&'a str, &'a str)>, holder: Option<&'a str>) -> Asked<'a> {
        Asked {
            operation: operation.map(|(name, _)| name),
            command: None,
            pattern: operation.map_or("", |(_, path)| path),
            method: &self.method,
            path: self.uri.path(),
            query: self.uri.query().unwrap_or_default(),
            headers: &self.headers,
            body: &self.body,
            holder,
        }
    }
}

/// What strikes one request or command.
#[derive(Default)]
pub(super) struct Strike {
    /// All of it, each with how many it has struck now.
    rules: Vec<(Arc<Rule>, u64)>,
    /// The one that does more than to keep it waiting.
    decisive: Option<Arc<Rule>>,
}

impl Strike {
    /// The faults that strike: those that keep it waiting, and the first that does more.
    pub(super) fn of(rules: &[Arc<Rule>], asked: &Asked<'_>) -> Self {
        let mut strike = Self::default();
        for rule in rules.iter().filter(|rule| !rule.is_for_sockets() && rule.matches(asked)) {
            let waits = rule.only_waits();
            if !waits && strike.decisive.is_some() {
                continue;
            }
            let Some(time) = rule.strike() else { continue };
            if !waits {
                strike.decisive = Some(Arc::clone(rule));
            }
            strike.rules.push((Arc::clone(rule), time));
        }
        strike
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// What they go by, with commas between them.
    pub(super) fn ids(&self) -> String {
        let ids: Vec<_> = self.rules.iter().map(|(rule, _)| &*rule.id).collect();
        ids.join(",")
    }

    /// Whether one of them keeps it waiting.
    pub(super) fn waits(&self) -> bool {
        self.rules.iter().any(|(rule, _)| rule.spec.delay.is_some() || rule.spec.stall.is_some())
    }

    /// Whether it was held until the server stops.
    pub(super) fn is_cut_short(&self) -> bool {
        self.waits() && self.rules.iter().any(|(rule, _)| rule.is_stopped())
    }

    /// The one that does more than to keep it waiting, if that is its phase.
    pub(super) fn decisive(&self, phase: Phase) -> Option<&Rule> {
        self.decisive.as_deref().filter(|rule| rule.phase() == phase)
    }

    pub(super) async fn wait(&self, phase: Phase) {
        for (rule, time) in self.rules.iter().filter(|(rule, _)| rule.phase() == phase) {
            if let Some(delay) = rule.spec.delay {
                rule.pause(delay.draw(rule.spec.seed.unwrap_or(0), *time)).await;
            }
            match rule.spec.stall {
                Some(Stall::AtMost(span)) => rule.hold(Some(span.0)).await,
                Some(Stall::Usual(_)) => rule.hold(None).await,
                None => {}
            }
        }
    }

    /// What is answered in the place of the usual answer.
    fn answer(&self, phase: Phase, shared: &Shared) -> Option<Response> {
        let rule = self.decisive(phase)?;
        if rule.spec.reset {
            // Nobody will see it.
            return Some(StatusCode::NO_CONTENT.into_response());
        }
        rule.refuses().then(|| {
            let refusal = Refusal::of(rule);
            if let Some((_, verdict)) = refusal.limit {
                shared.concerned.judge(verdict);
            }
            (shared.refuse)(&shared.uri, refusal)
        })
    }

    /// What becomes of a request that is not done any more.
    fn lost(&self) -> Response {
        let mut answer = StatusCode::NO_CONTENT.into_response();
        answer.extensions_mut().insert(Struck { ids: self.ids(), end: End::Reset });
        answer
    }

    async fn finish(self, mut answer: Response, shared: &Shared) -> Response {
        let belongings = shared.concerned.belongings();
        self.wait(Phase::After).await;
        if self.waits() && belongings.is_some_and(|belongings| belongings.have_ended()) {
            return self.lost();
        }
        if self.decisive.as_ref().is_some_and(|rule| rule.refuses())
            && let Some(other) = self.answer(Phase::After, shared)
        {
            answer = other;
        }
        let end = match &self.decisive {
            Some(rule) if rule.spec.reset => End::Reset,
            Some(rule) => rule.spec.truncate.map_or(End::Whole, End::Cut),
            None => End::Whole,
        };
        answer.extensions_mut().insert(Struck { ids: self.ids(), end });
        answer
    }
}

fn done(answer: Result<Response, Infallible>) -> Response {
    match answer {
        Ok(answer) => answer,
        Err(never) => match never {},
    }
}

/// Reads what nobody wants.
async fn drain(mut body: Body) {
    let mut left = PATIENCE;
    while !body.is_end_stream() && left > 0 {
        match body.frame().await {
            Some(Ok(frame)) => left = left.saturating_sub(frame.data_ref().map_or(0, Bytes::len)),
            _ => break,
        }
    }
}
