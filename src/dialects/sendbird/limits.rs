//! Rate limits as the service tells of them: headers on every answer, and the refusal.
//! <https://sendbird.com/docs/chat/platform-api/v3/application/understanding-rate-limits/rate-limits>

use std::sync::{
    Arc, LazyLock,
    atomic::{AtomicU64, Ordering},
};

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, request::Parts};

use super::error::{Error, Result};
use crate::{
    engine::system_time,
    model::{application::Plan, time::Timestamp},
    state::Application,
    web::{
        limits::{Limits, Rate, Verdict},
        site::Concerned,
    },
};

const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");
const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");
const RETRY_AFTER: HeaderName = HeaderName::from_static("x-ratelimit-retryafter");

/// The plan whose numbers are told where nothing is limited: that of the recorded answers.
const TOLD: Plan = Plan::Mau10k;

/// Requests per second of a plan: those that read, and those that change something.
fn of_plan(plan: Plan) -> (u32, u32) {
    match plan {
        Plan::Free => (10, 5),
        Plan::Mau5k => (60, 10),
        Plan::Mau10k => (100, 20),
        Plan::Mau25k => (200, 40),
        Plan::Mau50k => (400, 100),
        Plan::Mau100k => (600, 200),
    }
}

/// Operations that are limited alike in every plan, and what each bucket is for.
const STRICT: &[(&str, &str, &str)] = &[
    ("POST", "/v3/{channel_type}/{channel_url}/messages", "channel"),
    ("PUT", "/v3/group_channels/{channel_url}/messages/mark_as_read", "channel"),
    ("PUT", "/v3/users/{user_id}", "user"),
    ("POST", "/v3/group_channels", "app"),
    ("POST", "/v3/migration/{target_channel_url}", "app"),
];

/// The rate of those.
const STRICT_RATE: Rate = Rate { per_second: 5, burst: 10 };

/// The rate of an operation, and what its buckets are for.
fn rate(plan: Plan, method: &str, path: &str) -> (Rate, &'static str) {
    if let Some((.., scope)) = STRICT.iter().find(|(strict, at, _)| *strict == method && *at == path) {
        return (STRICT_RATE, scope);
    }
    let (reads, writes) = of_plan(plan);
    let per_second = if method == "GET" { reads } else { writes };
    (Rate { per_second, burst: per_second }, "app")
}

/// An application that is limited.
pub(super) struct Limited {
    plan: Plan,
    now: Timestamp,
    limits: Arc<Limits>,
}

impl Limited {
    /// How an application is limited; none if it is not.
    pub(super) fn of(app: &Application) -> Option<Self> {
        let plan = app.settings().rate_limit?;
        Some(Self { plan, now: app.now(), limits: app.belongings().of() })
    }
}

/// Counts a request of an application that is limited.
///
/// # Errors
/// There were too many.
pub(super) fn check(parts: &Parts, Limited { plan, now, limits }: Limited) -> Result<()> {
    let path = parts.extensions.get::<axum::extract::MatchedPath>().map_or("", axum::extract::MatchedPath::as_str);
    let (rate, scope) = rate(plan, parts.method.as_str(), path);
    // What is scoped to a channel or a user has it in this place of the path.
    let id = if scope == "app" { None } else { parts.uri.path().split('/').nth(3) };
    let operation = format!("{} {path}", parts.method);
    let verdict = limits.take(&operation, id.unwrap_or_default(), rate, now);
    if let Some(concerned) = parts.extensions.get::<Concerned>() {
        concerned.judge(verdict);
    }
    if verdict.passes() { Ok(()) } else { Err(Error::too_many_requests(scope, &verdict)) }
}

/// The four values as they stand in headers.
struct Told {
    limit: HeaderValue,
    remaining: HeaderValue,
    reset: HeaderValue,
    retry_after: HeaderValue,
}

impl Told {
    fn new(verdict: &Verdict) -> Self {
        let value = |text: &str| HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static("0"));
        Self {
            limit: value(&format!("{};w=1", verdict.rate.per_second)),
            remaining: value(&verdict.remaining.to_string()),
            reset: value(&seconds(verdict.reset)),
            retry_after: value(&seconds(verdict.retry_after)),
        }
    }

    fn write(&self, headers: &mut HeaderMap) {
        headers.insert(LIMIT, self.limit.clone());
        headers.insert(REMAINING, self.remaining.clone());
        headers.insert(RESET, self.reset.clone());
        headers.insert(RETRY_AFTER, self.retry_after.clone());
    }
}

/// What is told where nothing is limited: reads, changes, and operations with a limit of their own.
static UNLIMITED: LazyLock<[Told; 3]> = LazyLock::new(|| {
    let (reads, writes) = of_plan(TOLD);
    let of = |per_second| Rate { per_second, burst: per_second };
    [of(reads), of(writes), STRICT_RATE].map(|rate| Told::new(&Verdict::first(rate)))
});

/// Writes on an answer what the service writes on each: the request's id, and the rate limits.
pub fn sign(headers: &mut HeaderMap, method: &Method, path: &str, verdict: Option<&Verdict>) {
    // These five, and what is written last: the length and the date.
    headers.reserve(7);
    headers.insert(REQUEST_ID, request_id());
    match verdict {
        Some(verdict) => Told::new(verdict).write(headers),
        None if STRICT.iter().any(|(strict, at, _)| *strict == method.as_str() && *at == path) => {
            UNLIMITED[2].write(headers);
        }
        None if method == Method::GET => UNLIMITED[0].write(headers),
        None => UNLIMITED[1].write(headers),
    }
}

/// Seconds as the service writes them: a difference of two moments of this age, which are known
/// to the 2^-22th of a second, in up to fourteen digits.
pub(super) fn seconds(seconds: f64) -> String {
    const GRAIN: f64 = 4_194_304.0;
    let seconds = (seconds * GRAIN).round() / GRAIN;
    if seconds == 0.0 {
        return "0.0".into();
    }
    let whole = seconds.abs().log10().floor();
    let decimals = (13.0 - whole).clamp(1.0, 17.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is from 1 to 17")]
    let text = format!("{seconds:.*}", decimals as usize);
    let text = text.trim_end_matches('0');
    if text.ends_with('.') { format!("{text}0") } else { text.to_owned() }
}

/// An id that no other request has had: a number that is scrambled into the form of a UUID.
fn request_id() -> HeaderValue {
    static FIRST: LazyLock<u64> = LazyLock::new(|| system_time().0.unsigned_abs() << 20);
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let number = FIRST.wrapping_add(COUNT.fetch_add(1, Ordering::Relaxed));
    let (high, low) = (scramble(number), scramble(!number));
    let id = (u128::from(high) << 64) | u128::from(low);
    let id = (id & !(0xf << 76) & !(0x3 << 62)) | (0x4 << 76) | (0x2 << 62);
    let mut text = [b'-'; 36];
    let mut shift = 128;
    for (position, digit) in text.iter_mut().enumerate() {
        if !matches!(position, 8 | 13 | 18 | 23) {
            shift -= 4;
            *digit = b"0123456789abcdef"[((id >> shift) & 0xf) as usize];
        }
    }
    HeaderValue::from_bytes(&text).unwrap_or(HeaderValue::from_static("0"))
}

/// One to one, and far apart for neighbours.
fn scramble(number: u64) -> u64 {
    let mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
