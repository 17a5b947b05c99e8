//! The calls of webhooks that were made or kept; making them again; and calls of what has not happened here.

use axum::{extract::State, response::Response};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{
    Body, Error, Object, Query, Target, answer, asked,
    moment::Length,
    webhooks::{Named, milliseconds, within},
};
use crate::{
    chat::{
        channels, messages, users,
        webhooks::{self, DeliveryFilter},
    },
    delivery::{self, webhooks::Subject},
    model::{
        ids::MessageId,
        webhook::{Attempt, Delivery, DeliveryState},
    },
    state::Application,
    web::{field::Field, routes::Routes, site::Site},
};

pub(super) fn routes() -> Routes {
    const ALL: &str = "/_mynah/webhooks/deliveries";
    const ONE: &str = "/_mynah/webhooks/deliveries/{number}";
    Routes::of("Control")
        .get("listDeliveries", ALL, deliveries)
        .post("tellWebhooks", ALL, tell)
        .delete("clearDeliveries", ALL, clear)
        .get("getDelivery", ONE, delivery)
        .delete("removeDelivery", ONE, forget)
        .post("replayDelivery", "/_mynah/webhooks/deliveries/{number}/replay", replay)
}

/// How many calls are shown where nobody says.
const SHOWN: i64 = 100;

/// How often a call is made again in one go.
const TIMES: i64 = 100;

/// The words for what has become of a call.
const STATES: &[(&str, DeliveryState)] = &[
    ("held", DeliveryState::Held),
    ("waiting", DeliveryState::Waiting),
    ("trying", DeliveryState::Trying),
    ("delivered", DeliveryState::Delivered),
    ("failed", DeliveryState::Failed),
    ("captured", DeliveryState::Captured),
];

#[derive(Serialize)]
struct DeliveryShown<'a> {
    number: i64,
    webhook: &'a str,
    url: &'a str,
    category: &'a str,
    state: &'static str,
    created_at: i64,
    /// When it is tried next, while it waits.
    next_try_at: Option<i64>,
    tries_left: i64,
    copy_of: Option<i64>,
    headers: Map<String, Value>,
    /// The exact bytes.
    body: &'a str,
    /// The same, read.
    payload: Value,
    attempts: Vec<AttemptShown<'a>>,
}

#[derive(Serialize)]
struct AttemptShown<'a> {
    at: i64,
    took_us: i64,
    address: &'a str,
    status: Option<u16>,
    headers: Vec<(&'a str, &'a str)>,
    body: &'a str,
    error: &'a str,
}

impl<'a> AttemptShown<'a> {
    fn new(attempt: &'a Attempt) -> Self {
        Self {
            at: attempt.at.0,
            took_us: attempt.took,
            address: &attempt.address,
            status: attempt.status,
            headers: attempt.headers.iter().map(|(name, value)| (&**name, &**value)).collect(),
            body: &attempt.body,
            error: &attempt.error,
        }
    }
}

impl<'a> DeliveryShown<'a> {
    fn new(site: &Site, call: &'a Delivery) -> Self {
        let headers = site.calls.headers(&call.signature).into_iter();
        Self {
            number: call.number,
            webhook: &call.webhook,
            url: &call.url,
            category: &call.category,
            state: STATES.iter().find(|(_, state)| *state == call.state).map_or("", |(word, _)| *word),
            created_at: call.created_at.0,
            next_try_at: (call.state == DeliveryState::Waiting).then_some(call.due_at.0),
            tries_left: if call.state.is_final() { 0 } else { call.tries_left },
            copy_of: call.copy_of,
            headers: headers.map(|(name, value)| (name.to_owned(), value.into())).collect(),
            body: &call.body,
            payload: serde_json::from_str(&call.body).unwrap_or(Value::Null),
            attempts: call.attempts.iter().map(AttemptShown::new).collect(),
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct DeliveriesQuery {
    webhook: Field<String>,
    category: Field<String>,
    state: Field<String>,
    after: Field<i64>,
    limit: Field<i64>,
}

#[derive(Serialize)]
struct DeliveriesShown<'a> {
    deliveries: Vec<DeliveryShown<'a>>,
    /// What `after` has to be for those that follow; none at the end.
    next: Option<i64>,
}

/// The calls of an application in the order of what happened, the oldest first.
async fn deliveries(
    State(site): State<Site>,
    target: Target,
    Query(query): Query<DeliveriesQuery>,
) -> Result<Response, Error> {
    let state = query.state.optional("state")?.map(|word| {
        let known = STATES.iter().find(|(known, _)| *known == word);
        known.map(|(_, state)| *state).ok_or_else(|| {
            let words: Vec<_> = STATES.iter().map(|(word, _)| *word).collect();
            Error::invalid("state", &format!("it must be one of {}", words.join(", ")))
        })
    });
    let filter = DeliveryFilter {
        webhook: query.webhook.optional("webhook")?,
        category: query.category.optional("category")?.map(|name| category(&site, name)).transpose()?,
        state: state.transpose()?,
    };
    let after = query.after.or("after", 0)?;
    let limit = within("limit", query.limit, 1..=1000, SHOWN)?;
    let limit = usize::try_from(limit).map_err(|_| Error::invalid("limit", "it must not be negative"))?;
    let application = target.or_default(&site);
    let question = |app: &Application| Ok::<_, Error>(webhooks::list(app, &filter, after, limit));
    let page = site.engine.read(&application, question).await?;
    let deliveries = page.items.iter().map(|call| DeliveryShown::new(&site, call)).collect();
    Ok(answer(&DeliveriesShown { deliveries, next: page.next.map(|place| place.number) }))
}

/// One call with all its tries.
async fn delivery(State(site): State<Site>, target: Target, named: Named) -> Result<Response, Error> {
    let (application, number) = (target.or_default(&site), named.number()?);
    let call = site.engine.read(&application, |app| Ok::<_, Error>(webhooks::delivery(app, number)?)).await?;
    Ok(answer(&DeliveryShown::new(&site, &call)))
}

/// Forgets all calls of an application. Those that are open are not made.
async fn clear(State(site): State<Site>, target: Target) -> Result<Response, Error> {
    let application = target.or_default(&site);
    let clear = |app: &mut Application| {
        webhooks::clear(app);
        Ok::<_, Error>(())
    };
    site.engine.write(&application, clear).await?;
    Ok(answer(&Map::new()))
}

/// Forgets one call. If it is open, it is not made.
async fn forget(State(site): State<Site>, target: Target, named: Named) -> Result<Response, Error> {
    let (application, number) = (target.or_default(&site), named.number()?);
    site.engine.write(&application, |app| Ok::<_, Error>(webhooks::forget(app, number)?)).await?;
    Ok(answer(&Map::new()))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct TellBody {
    category: Field<String>,
    channel: Field<String>,
    message: Field<i64>,
    user: Field<String>,
    body: Field<Object>,
}

/// What a call by hand is about, by its names.
struct About {
    channel: Option<String>,
    message: Option<i64>,
    user: Option<String>,
}

impl About {
    fn find(&self, app: &Application) -> Result<Subject, Error> {
        let channel = self.channel.as_deref().map(|id| channels::find_of_any_kind(app, id)).transpose()?;
        let message = match (self.message, &channel) {
            (Some(id), Some(channel)) => Some(messages::find_in(app, channel, MessageId(id))?),
            (Some(_), None) => return Err(Error::wrong("channel is missing: it is the one of the message")),
            (None, _) => None,
        };
        let user = self.user.as_deref().map(|id| users::find(app, id)).transpose()?;
        Ok(Subject { channel, message, user })
    }
}

/// A category that somebody may be told of.
fn category(site: &Site, name: String) -> Result<String, Error> {
    if site.calls.categories().contains(&&*name) {
        Ok(name)
    } else {
        Err(Error::invalid("category", &format!("there is no event {name}")))
    }
}

/// Tells the webhooks of something that has not happened here: of a channel, a message, a user, in the service's words, and
/// in whatever words the author of a test wants. Above all for what nothing here leads to.
async fn tell(State(site): State<Site>, target: Target, Body(given): Body<TellBody>) -> Result<Response, Error> {
    let category = category(&site, given.category.required("category")?)?;
    let named = About {
        channel: given.channel.optional("channel")?,
        message: given.message.optional("message")?,
        user: given.user.optional("user")?,
    };
    let Object(words) = given.body.optional("body")?.unwrap_or_default();
    if asked::have_nul(&words) {
        return Err(Error::invalid("body", "it has a NUL character"));
    }
    let application = target.or_default(&site);
    let told = site.engine.write(&application, |app| {
        let subject = named.find(app)?;
        let told = delivery::webhooks::tell(&*site.calls, app, &category, &subject, words);
        if told.is_empty() {
            Err(Error::invalid("category", "no webhook of the application wants it"))
        } else {
            Ok(told)
        }
    });
    Ok(answer(&CallsShown { deliveries: told.await? }))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ReplayBody {
    times: Field<i64>,
    delay: Field<Length>,
}

/// The numbers of new calls.
#[derive(Serialize)]
struct CallsShown {
    deliveries: Vec<i64>,
}

/// Makes a call again with the same bytes, also one that was only kept.
async fn replay(
    State(site): State<Site>,
    target: Target,
    named: Named,
    Body(body): Body<ReplayBody>,
) -> Result<Response, Error> {
    let (application, number) = (target.or_default(&site), named.number()?);
    let times = within("times", body.times, 1..=TIMES, 1)?;
    let delay = milliseconds("delay", body.delay)?.unwrap_or(0);
    let replay = |app: &mut Application| Ok::<_, Error>(webhooks::replay(app, number, times, delay)?);
    let deliveries = site.engine.write(&application, replay).await?;
    Ok(answer(&CallsShown { deliveries }))
}
