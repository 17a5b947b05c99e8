//! Webhooks: calls of what has happened are put into the application with it, and made once both are committed.

mod address;
mod caller;
mod courier;

use std::sync::Arc;

use serde_json::{Map, Value};

pub use self::{
    address::Target,
    caller::Caller,
    courier::{Courier, Note},
};
use crate::{
    chat::webhooks,
    engine::Outbox,
    model::{
        channel::Channel, event::Event, message::Message, origin::Origin, time::Timestamp, user::User,
        webhook::Webhook,
    },
    state::Application,
};

/// Something that has happened, before it is told.
pub struct Happening<'a> {
    /// When.
    pub at: Timestamp,
    /// What.
    pub event: &'a Event,
    /// By whom it was done.
    pub origin: Origin,
}

/// What somebody tells of by hand.
#[derive(Debug, Default)]
pub struct Subject {
    /// A channel.
    pub channel: Option<Arc<Channel>>,
    /// A message in it.
    pub message: Option<Arc<Message>>,
    /// Who has to do with it.
    pub user: Option<Arc<User>>,
}

/// How a dialect says events to webhooks.
pub trait Calls: Send + Sync {
    /// The calls that tell a webhook of what has happened: what each tells of, and its body. None where the webhook does
    /// not want to hear of it. The application is as it is right after that.
    fn encode(
        &self,
        app: &Application,
        happening: &Happening<'_>,
        webhook: &Webhook,
    ) -> Vec<(&'static str, String)>;

    /// Everything that calls can tell of.
    fn categories(&self) -> Vec<&'static str>;

    /// What a list of names means, in the order of [`Calls::categories`]; `*` is everything.
    ///
    /// # Errors
    /// The first name that is none.
    fn named<'a>(&self, names: &'a [String]) -> Result<Vec<Box<str>>, &'a str> {
        let known = self.categories();
        if let Some(unknown) = names.iter().find(|name| *name != "*" && !known.contains(&name.as_str())) {
            return Err(unknown);
        }
        let all = names.iter().any(|name| name == "*");
        let wanted = known.iter().filter(|known| all || names.iter().any(|name| name == *known));
        Ok(wanted.map(|name| Box::from(*name)).collect())
    }

    /// The fields of a category that are about these.
    fn about(&self, app: &Application, category: &str, subject: &Subject) -> Map<String, Value>;

    /// The body of a call that tells of a category in these words.
    fn body(&self, app: &Application, category: &str, fields: &Map<String, Value>) -> String;

    /// The signature of a body.
    fn sign(&self, key: &str, body: &str) -> String;

    /// The headers of a call with that signature. Names are in lower case.
    fn headers(&self, signature: &str) -> Vec<(&'static str, String)>;
}

/// Puts the calls of what happens into the application.
pub struct Post(pub Arc<dyn Calls>);

impl Outbox for Post {
    fn put(&self, app: &mut Application, events: &[(Timestamp, Event)], origin: Origin) {
        let settings = Arc::clone(&app.head().settings);
        for (at, event) in events {
            let happening = Happening { at: *at, event, origin };
            for webhook in settings.webhooks.iter().filter(|webhook| webhook.enabled) {
                for (category, body) in self.0.encode(app, &happening, webhook) {
                    post(&*self.0, app, webhook, *at, (category, &body));
                }
            }
        }
    }
}

fn post(
    calls: &dyn Calls,
    app: &mut Application,
    webhook: &Webhook,
    at: Timestamp,
    (category, body): (&str, &str),
) -> i64 {
    let signature = calls.sign(webhooks::key(app, webhook), body);
    webhooks::post(app, webhook, at, (category, body), &signature)
}

/// Tells the webhooks that want a category of something that has not happened here: what it is about, and in these words,
/// which go before. Tells the numbers of the calls.
pub fn tell(
    calls: &dyn Calls,
    app: &mut Application,
    category: &str,
    subject: &Subject,
    words: Map<String, Value>,
) -> Vec<i64> {
    let settings = Arc::clone(&app.head().settings);
    let mut fields = calls.about(app, category, subject);
    fields.extend(words);
    let (now, body) = (app.now(), calls.body(app, category, &fields));
    let wanting = settings.webhooks.iter().filter(|webhook| webhook.enabled && webhook.wants(category));
    wanting.map(|webhook| post(calls, app, webhook, now, (category, &body))).collect()
}
