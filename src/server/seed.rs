//! The seed: a small file of users, channels, members and messages to begin with.

use std::{collections::BTreeMap, path::Path};

use anyhow::Context;
use serde::Deserialize;

use crate::{
    chat::{
        self,
        channels::{self, NewChannel},
        membership::Invitation,
        messages::{self, NewMessage, SendRules},
        reactions,
        threads::ReplyRules,
        users::{self, NewUser},
    },
    engine::{Engine, Unavailable},
    model::{
        application::{Capacity, Plan},
        channel::ChannelKind,
        file::Link,
        ids::{ApplicationId, MessageId},
        time::Timestamp,
    },
    state::Application,
};

/// A seed file. Names are those of the domain, and unknown ones are an error.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Seed {
    /// The application; the default one, if none is named.
    application: Option<String>,
    /// Tokens and keys that it takes; any, if empty.
    keys: Vec<String>,
    /// The plan by which requests are limited: `free`, `5k`, `10k`, `25k`, `50k` or `100k`.
    rate_limit: Option<Plan>,
    /// How many members and channels fit in; as the service has it, if not given.
    capacity: Option<Capacity>,
    users: Vec<SeedUser>,
    channels: Vec<SeedChannel>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SeedUser {
    id: String,
    #[serde(default)]
    nickname: String,
    #[serde(default)]
    profile_url: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    metadata: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SeedChannel {
    id: String,
    #[serde(default)]
    kind: SeedKind,
    #[serde(default)]
    name: String,
    #[serde(default)]
    custom_type: String,
    #[serde(default)]
    public: bool,
    /// Returning.AI's kind of an open channel, for example `forum`.
    #[serde(default)]
    style: String,
    /// Topics of a forum.
    #[serde(default)]
    topics: Vec<String>,
    #[serde(default)]
    members: Vec<String>,
    #[serde(default)]
    operators: Vec<String>,
    #[serde(default)]
    messages: Vec<SeedMessage>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum SeedKind {
    #[default]
    Group,
    Open,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SeedMessage {
    /// Who sends it; an announcement, if nobody.
    #[serde(default)]
    from: Option<String>,
    text: String,
    #[serde(default)]
    topic: Option<String>,
    /// Milliseconds since 1970; now, if none.
    #[serde(default)]
    at: Option<i64>,
    #[serde(default)]
    reactions: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    replies: Vec<SeedMessage>,
}

/// What stops a seed.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("{0}: {1}")]
    Refused(String, chat::Error),
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// Plants a seed file, all of it or nothing. An application that has users already is left as it
/// is, so that a server that starts again does not plant twice.
///
/// # Errors
/// The file cannot be read, or something in it is refused.
pub(super) async fn apply(engine: &Engine, default: &ApplicationId, path: &Path) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read the seed {}", path.display()))?;
    // JSON is YAML, so one reader serves both.
    let seed: Seed = serde_norway::from_str(&text).with_context(|| format!("the seed {}", path.display()))?;
    let application = match &seed.application {
        Some(id) => ApplicationId::new(id)
            .with_context(|| format!("the seed {}: {id} is no application id", path.display()))?,
        None => default.clone(),
    };
    engine.create(&application, |_| {}).await?;
    let planted = engine.write(&application, |app| plant(app, &seed)).await;
    planted.with_context(|| format!("the seed {}", path.display()))
}

fn plant(app: &mut Application, seed: &Seed) -> Result<(), Error> {
    if !app.users.is_empty() {
        return Ok(());
    }
    if !seed.keys.is_empty() {
        app.change_settings(|settings| settings.tokens.extend(seed.keys.iter().cloned()));
    }
    if let Some(plan) = seed.rate_limit {
        app.change_settings(|settings| settings.rate_limit = Some(plan));
    }
    if let Some(capacity) = seed.capacity {
        app.change_settings(|settings| settings.capacity = capacity);
    }
    for user in &seed.users {
        let new = NewUser {
            id: user.id.clone(),
            nickname: user.nickname.clone(),
            picture: Link::to(&user.profile_url),
            email: user.email.clone(),
            metadata: user.metadata.clone(),
            ..NewUser::default()
        };
        users::create(app, new).map_err(|error| Error::Refused(format!("user {}", user.id), error))?;
    }
    for channel in &seed.channels {
        plant_channel(app, channel)?;
    }
    Ok(())
}

fn plant_channel(app: &mut Application, seed: &SeedChannel) -> Result<(), Error> {
    let refused = |error| Error::Refused(format!("channel {}", seed.id), error);
    let kind = match seed.kind {
        SeedKind::Group => ChannelKind::Group,
        SeedKind::Open => ChannelKind::Open,
    };
    let mut new = NewChannel::new(seed.id.clone(), kind);
    new.name.clone_from(&seed.name);
    new.custom_type = Some(seed.custom_type.clone());
    new.public = seed.public;
    new.style.clone_from(&seed.style);
    new.strict = true;
    new.operators.clone_from(&seed.operators);
    new.members = Invitation { users: seed.members.clone(), ..Invitation::default() };
    if !seed.topics.is_empty() {
        new.extra.insert("topics".into(), seed.topics.clone().into());
    }
    let channel = channels::create(app, new).map_err(refused)?;
    for message in &seed.messages {
        plant_message(app, &channel, message, None)?;
    }
    Ok(())
}

fn plant_message(
    app: &mut Application,
    channel: &std::sync::Arc<crate::model::channel::Channel>,
    seed: &SeedMessage,
    parent: Option<MessageId>,
) -> Result<(), Error> {
    let refused = |error| Error::Refused(format!("message {:?} in channel {}", seed.text, channel.id), error);
    let mut new = NewMessage::text(seed.from.as_deref().unwrap_or_default(), &seed.text);
    if seed.from.is_none() {
        new.kind = crate::model::message::MessageKind::Admin;
    }
    new.created_at = seed.at.map(Timestamp);
    new.topic.clone_from(&seed.topic);
    new.parent = parent;
    let rules = SendRules { limited: true, replies: ReplyRules { nested: false } };
    let sent = messages::send(app, channel, new, rules).map_err(refused)?.message;
    for (key, users) in &seed.reactions {
        for user in users {
            reactions::add(app, channel, &sent, user, key).map_err(refused)?;
        }
    }
    for reply in &seed.replies {
        plant_message(app, channel, reply, Some(sent.id))?;
    }
    Ok(())
}
