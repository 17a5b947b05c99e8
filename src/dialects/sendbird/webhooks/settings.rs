//! What the application tells its backend, and where that is.
//! <https://sendbird.com/docs/chat/platform-api/v3/webhook/managing-subscribed-events/choose-which-events-to-subscribe-to>

use axum::http::HeaderMap;
use serde::{Deserialize, Serialize};

use super::CATEGORIES;
use crate::{
    chat::webhooks,
    delivery::webhooks::{Calls, Target},
    dialects::sendbird::{
        error::{Error, Result},
        extract::{Answer, Body, Call, Query, answer, text_header},
    },
    model::webhook::Webhook,
    state::Application,
    web::{field::Field, routes::Routes},
};

/// Where an application says what it wants to hear, and who is to be called.
pub(in super::super) const SETTINGS: &str = "/v3/applications/settings/webhook";

pub(in super::super) fn routes() -> Routes {
    Routes::of("Application settings").get("listSubscribedWebhookEvents", SETTINGS, view).put(
        "chooseWebhookEvents",
        SETTINGS,
        update,
    )
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ViewQuery {
    display_all_webhook_categories: Field<bool>,
}

#[derive(Serialize)]
struct ViewBody<'a> {
    webhook: WebhookBody<'a>,
}

#[derive(Serialize)]
struct WebhookBody<'a> {
    enabled: bool,
    url: &'a str,
    include_members: bool,
    include_unread_count: bool,
    enabled_events: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    all_webhook_categories: Option<Vec<&'static str>>,
}

impl<'a> ViewBody<'a> {
    fn new(webhook: &'a Webhook, all: bool) -> Self {
        let webhook = WebhookBody {
            enabled: webhook.enabled,
            url: &webhook.url,
            include_members: webhook.members,
            include_unread_count: webhook.unread,
            enabled_events: webhook.categories.iter().map(|category| &**category).collect(),
            all_webhook_categories: all.then(|| CATEGORIES.iter().map(|(name, _)| *name).collect()),
        };
        Self { webhook }
    }
}

/// The one that the service knows.
fn own(app: &Application) -> Webhook {
    webhooks::find(app, Webhook::DEFAULT).cloned().unwrap_or_default()
}

/// <https://sendbird.com/docs/chat/platform-api/v3/webhook/managing-subscribed-events/list-subscribed-events>
async fn view(call: Call, Query(query): Query<ViewQuery>) -> Result<Answer> {
    let (webhook, all) = call
        .read(|app| {
            let all = query.display_all_webhook_categories.or_default("display_all_webhook_categories")?;
            Ok((own(app), all))
        })
        .await?;
    Ok(answer(&ViewBody::new(&webhook, all)))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct UpdateBody {
    enabled: Field<bool>,
    url: Field<String>,
    include_members: Field<bool>,
    include_unread_count: Field<bool>,
    enabled_events: Field<Vec<String>>,
}

impl UpdateBody {
    fn change(self, calls: &dyn Calls, mut webhook: Webhook) -> Result<Webhook> {
        let enabled = self.enabled.optional("enabled")?;
        let url = self.url.optional("url")?;
        webhook.members = self.include_members.or("include_members", webhook.members)?;
        webhook.unread = self.include_unread_count.or("include_unread_count", webhook.unread)?;
        let events = self.enabled_events.optional("enabled_events")?;
        if let Some(url) = url {
            if !url.is_empty() && (Target::of(&url).is_err() || url.len() > LONGEST_URL) {
                return Err(Error::no_address("url"));
            }
            webhook.url = url.into();
        }
        webhook.enabled = enabled.unwrap_or(webhook.enabled);
        match events {
            Some(names) if names.is_empty() => {
                webhook.categories = Vec::new();
                webhook.enabled = false;
            }
            Some(names) => {
                let why = |name: &str| Error::invalid("enabled_events", &format!("There is no event {name}"));
                webhook.categories = calls.named(&names).map_err(why)?;
            }
            None if webhook.enabled && webhook.categories.is_empty() => {
                webhook.categories = calls.categories().iter().map(|name| Box::from(*name)).collect();
            }
            None => {}
        }
        if webhook.enabled && webhook.url.is_empty() {
            return Err(Error::missing("url"));
        }
        Ok(webhook)
    }
}

/// The longest address, in bytes.
const LONGEST_URL: usize = 2048;

/// <https://sendbird.com/docs/chat/platform-api/v3/webhook/managing-subscribed-events/choose-which-events-to-subscribe-to>
async fn update(call: Call, headers: HeaderMap, Body(body, _): Body<UpdateBody>) -> Result<Answer> {
    let webhook = call
        .write(|app| {
            let mut webhook = body.change(&*call.site.calls, own(app))?;
            webhook.set_with = text_header(&headers, "api-token").unwrap_or_default().into();
            webhooks::set(app, webhook.clone())?;
            Ok(webhook)
        })
        .await?;
    Ok(answer(&ViewBody::new(&webhook, false)))
}
