//! Webhooks: to whom an application tells what happens, and how: late, twice, in another order. The calls are in
//! `deliveries`.

use std::ops::RangeInclusive;

use axum::{
    extract::{FromRequest, FromRequestParts, Request, State},
    http::{StatusCode, request::Parts},
    response::Response,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Body, Error, Target, answer, asked, moment::Length};
use crate::{
    chat::{self, webhooks},
    delivery::webhooks::{Calls, Target as Address},
    model::webhook::Webhook,
    state::Application,
    web::{
        field::Field,
        routes::Routes,
        site::Site,
        takes::{Taken, Takes},
    },
};

pub(super) fn routes() -> Routes {
    const ONE: &str = "/_mynah/webhooks/{webhook_id}";
    Routes::of("Control")
        .get("listWebhooks", "/_mynah/webhooks", list)
        .put("setWebhooks", "/_mynah/webhooks", set_all)
        .delete("removeWebhooks", "/_mynah/webhooks", remove_all)
        .get("getWebhook", ONE, view)
        .put("setWebhook", ONE, set)
        .delete("removeWebhook", ONE, remove)
}

/// The name of the path that is no id.
const DELIVERIES: &str = "deliveries";

/// The longest id, in bytes.
const LONGEST_ID: usize = 100;

/// The longest address, in bytes.
const LONGEST: usize = 2048;

/// How far a moment may be put off, in milliseconds: ten years.
const FARTHEST: i64 = 3650 * 24 * 60 * 60 * 1000;

/// The last part of the path, or the one before `replay`.
pub(super) struct Named(String);

impl Takes for Named {}

impl FromRequestParts<Site> for Named {
    type Rejection = Error;

    #[expect(clippy::disallowed_types, reason = "this is the one that refuses in our own form")]
    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Error> {
        let path = axum::extract::Path::<String>::from_request_parts(parts, site).await;
        let axum::extract::Path(name) = path.map_err(|_| Error::invalid("path", "it is no text"))?;
        Ok(Self(name))
    }
}

impl Named {
    /// The number of a call.
    pub(super) fn number(&self) -> Result<i64, Error> {
        self.0.parse().map_err(|_| Error {
            status: StatusCode::NOT_FOUND,
            message: format!("{} is the number of no delivery", self.0),
        })
    }
}

/// A length of time in milliseconds, if one is given.
pub(super) fn milliseconds(name: &'static str, field: Field<Length>) -> Result<Option<i64>, Error> {
    let length = field.optional(name)?.map(|Length(length)| length);
    match length.filter(|length| !(0..=FARTHEST).contains(length)) {
        Some(_) => Err(Error::invalid(name, "it must be from 0 to ten years")),
        None => Ok(length),
    }
}

/// A number within its range.
pub(super) fn within(
    name: &'static str,
    field: Field<i64>,
    range: RangeInclusive<i64>,
    default: i64,
) -> Result<i64, Error> {
    let given = field.or(name, default)?;
    if range.contains(&given) {
        Ok(given)
    } else {
        Err(Error::invalid(name, &format!("it must be from {} to {}", range.start(), range.end())))
    }
}

/// What is said of a webhook; what is left out stays.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct WebhookBody {
    id: Field<String>,
    enabled: Field<bool>,
    url: Field<String>,
    events: Field<Vec<String>>,
    include_members: Field<bool>,
    include_unread_count: Field<bool>,
    key: Field<String>,
    timeout: Field<Length>,
    retries: Field<Vec<Length>>,
    delay: Field<Length>,
    duplicates: Field<i64>,
    reverse: Field<i64>,
}

impl WebhookBody {
    /// What an object of a list says.
    pub(super) fn of(value: Value) -> Result<Self, Error> {
        match value {
            Value::Object(fields) => asked::object("webhooks", fields),
            _ => Err(Error::invalid("webhooks", "each must be an object")),
        }
    }

    fn change(
        self,
        calls: &dyn Calls,
        id: Option<&str>,
        known: impl FnOnce(&str) -> Option<Webhook>,
    ) -> Result<Webhook, Error> {
        let named = self.id.optional("id")?;
        let id = match (id, &named) {
            (Some(id), Some(named)) if id != named => return Err(Error::invalid("id", "the path has another")),
            (Some(id), _) => id,
            (None, named) => named.as_deref().unwrap_or(Webhook::DEFAULT),
        };
        let fits = (1..=LONGEST_ID).contains(&id.len())
            && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte))
            && !matches!(id, DELIVERIES | "." | "..");
        if !fits {
            return Err(Error::invalid(
                "id",
                "it has up to 100 ASCII letters, digits, '-', '_', '.' and ':', and is not deliveries",
            ));
        }
        let mut webhook = known(id).unwrap_or_else(|| {
            let mut webhook = Webhook::new(id);
            webhook.enabled = true;
            webhook.categories = calls.categories().iter().map(|name| Box::from(*name)).collect();
            webhook
        });
        webhook.enabled = self.enabled.or("enabled", webhook.enabled)?;
        if let Some(url) = self.url.optional("url")? {
            if !url.is_empty() {
                Address::of(&url).map_err(|why| Error::invalid("url", why))?;
            }
            if url.len() > LONGEST {
                return Err(Error::invalid("url", "it is too long"));
            }
            webhook.url = url.into();
        }
        if let Some(events) = self.events.optional("events")? {
            let why = |name: &str| Error::invalid("events", &format!("there is no event {name}"));
            webhook.categories = calls.named(&events).map_err(why)?;
        }
        webhook.members = self.include_members.or("include_members", webhook.members)?;
        webhook.unread = self.include_unread_count.or("include_unread_count", webhook.unread)?;
        if let Some(key) = self.key.optional("key")? {
            webhook.key = key.into();
        }
        webhook.timeout = milliseconds("timeout", self.timeout)?.unwrap_or(webhook.timeout).max(1);
        if let Some(waits) = self.retries.optional("retries")? {
            if waits.len() > 20 {
                return Err(Error::invalid("retries", "it must have at most 20 waits"));
            }
            webhook.waits = waits
                .into_iter()
                .map(|wait| milliseconds("retries", Field::Given(wait)))
                .collect::<Result<Vec<_>, _>>()?
                .into_iter()
                .flatten()
                .collect();
        }
        webhook.delay = milliseconds("delay", self.delay)?.unwrap_or(webhook.delay);
        webhook.copies = within("duplicates", self.duplicates, 0..=20, webhook.copies)?;
        webhook.reverse = within("reverse", self.reverse, 0..=1000, webhook.reverse)?;
        Ok(webhook)
    }
}

/// A webhook as it is shown. Keys are not.
#[derive(Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "independent switches of the resource")]
struct WebhookShown<'a> {
    id: &'a str,
    enabled: bool,
    url: &'a str,
    events: &'a [Box<str>],
    include_members: bool,
    include_unread_count: bool,
    has_key: bool,
    timeout: i64,
    retries: &'a [i64],
    delay: i64,
    duplicates: i64,
    reverse: i64,
}

impl<'a> WebhookShown<'a> {
    fn new(webhook: &'a Webhook) -> Self {
        Self {
            id: &webhook.id,
            enabled: webhook.enabled,
            url: &webhook.url,
            events: &webhook.categories,
            include_members: webhook.members,
            include_unread_count: webhook.unread,
            has_key: !webhook.key.is_empty(),
            timeout: webhook.timeout,
            retries: &webhook.waits,
            delay: webhook.delay,
            duplicates: webhook.copies,
            reverse: webhook.reverse,
        }
    }
}

#[derive(Serialize)]
struct WebhooksShown<'a> {
    webhooks: Vec<WebhookShown<'a>>,
}

fn show_all(webhooks: &[Webhook]) -> Response {
    answer(&WebhooksShown { webhooks: webhooks.iter().map(WebhookShown::new).collect() })
}

/// The webhooks of an application.
async fn list(State(site): State<Site>, target: Target) -> Result<Response, Error> {
    let application = target.or_default(&site);
    let webhooks = site.engine.read(&application, |app| Ok::<_, Error>(app.settings().webhooks.clone())).await?;
    Ok(show_all(&webhooks))
}

/// Several webhooks, or one by itself.
struct AllBody(Vec<WebhookBody>);

impl Takes for AllBody {
    fn add(taken: &mut Taken) {
        taken.body::<WebhookBody>();
        taken.body.known.push("webhooks");
    }
}

impl FromRequest<Site> for AllBody {
    type Rejection = Error;

    async fn from_request(request: Request, site: &Site) -> Result<Self, Error> {
        let Body(mut fields): Body<Map<String, Value>> = Body::from_request(request, site).await?;
        fields.remove("application");
        match fields.remove("webhooks") {
            Some(Value::Array(list)) if fields.is_empty() => {
                list.into_iter().map(WebhookBody::of).collect::<Result<_, _>>().map(Self)
            }
            Some(Value::Array(_)) => Err(Error::invalid("webhooks", "nothing else may stand beside it")),
            Some(_) => Err(Error::invalid("webhooks", "it must be a list")),
            None => WebhookBody::of(fields.into()).map(|one| Self(vec![one])),
        }
    }
}

/// Sets the webhooks of an application up, in place of those before. One object alone stands for a list of it.
async fn set_all(State(site): State<Site>, target: Target, AllBody(bodies): AllBody) -> Result<Response, Error> {
    let application = target.or_default(&site);
    let set = |app: &mut Application| {
        replace(app, &*site.calls, bodies).map_err(|(_, error)| error)?;
        Ok::<_, Error>(app.settings().webhooks.clone())
    };
    Ok(show_all(&site.engine.write(&application, set).await?))
}

/// Sets the webhooks of an application up, in place of those before.
///
/// # Errors
/// One of them makes no sense: the how-manieth, and why.
pub(super) fn replace(
    app: &mut Application,
    calls: &dyn Calls,
    bodies: Vec<WebhookBody>,
) -> Result<(), (usize, Error)> {
    let mut new: Vec<Webhook> = Vec::new();
    for (place, body) in bodies.into_iter().enumerate() {
        let webhook = body.change(calls, None, |_| None).map_err(|error| (place, error))?;
        if new.iter().any(|other| other.id == webhook.id) {
            return Err((place, Error::invalid("id", "two webhooks have the same")));
        }
        new.push(webhook);
    }
    let before: Vec<_> = app.settings().webhooks.iter().map(|webhook| webhook.id.clone()).collect();
    for gone in before.iter().filter(|id| !new.iter().any(|webhook| webhook.id == **id)) {
        webhooks::remove(app, gone).map_err(|error| (0, error.into()))?;
    }
    for (place, webhook) in new.into_iter().enumerate() {
        webhooks::set(app, webhook).map_err(|error| (place, error.into()))?;
    }
    Ok(())
}

/// Removes all webhooks of an application.
async fn remove_all(State(site): State<Site>, target: Target) -> Result<Response, Error> {
    let application = target.or_default(&site);
    let removed = site.engine.write(&application, |app| {
        let ids: Vec<_> = app.settings().webhooks.iter().map(|webhook| webhook.id.clone()).collect();
        ids.iter().try_for_each(|id| webhooks::remove(app, id))?;
        Ok::<_, Error>(())
    });
    removed.await?;
    Ok(show_all(&[]))
}

/// One webhook.
async fn view(State(site): State<Site>, target: Target, Named(id): Named) -> Result<Response, Error> {
    let application = target.or_default(&site);
    let question = |app: &Application| {
        webhooks::find(app, &id).cloned().ok_or(chat::Error::NotFound(chat::Entity::Webhook).into())
    };
    let webhook: Webhook = site.engine.read::<_, Error>(&application, question).await?;
    Ok(answer(&WebhookShown::new(&webhook)))
}

/// Sets one webhook up, or changes it: what is left out stays.
async fn set(
    State(site): State<Site>,
    target: Target,
    Named(id): Named,
    Body(body): Body<WebhookBody>,
) -> Result<Response, Error> {
    let application = target.or_default(&site);
    let webhook = site.engine.write(&application, |app| {
        let webhook = body.change(&*site.calls, Some(&id), |id| webhooks::find(app, id).cloned())?;
        webhooks::set(app, webhook.clone())?;
        Ok::<_, Error>(webhook)
    });
    Ok(answer(&WebhookShown::new(&webhook.await?)))
}

/// Removes one webhook. Its open calls are not made.
async fn remove(State(site): State<Site>, target: Target, Named(id): Named) -> Result<Response, Error> {
    let application = target.or_default(&site);
    site.engine.write(&application, |app| Ok::<_, Error>(webhooks::remove(app, &id)?)).await?;
    Ok(answer(&Map::new()))
}
