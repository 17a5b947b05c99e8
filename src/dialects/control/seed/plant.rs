//! Planting a seed: by the verbs that requests use, so that a seed can make nothing that they could not.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    Refused, Step,
    file::{Seed, SeedChannel, SeedKind, SeedMessage, SeedUser},
    generate,
};
use crate::{
    chat::{
        self, Field,
        channels::{self, NewChannel},
        membership::Invitation,
        messages::{self, NewMessage, SendRules},
        reactions,
        users::{self, NewUser},
    },
    delivery::webhooks::Calls,
    dialects::control::{
        Error, clock,
        moment::Moment,
        settings,
        webhooks::{self, WebhookBody},
    },
    engine::system_time,
    model::{
        channel::{Channel, ChannelKind},
        file::Link,
        message::{Message, MessageKind},
    },
    state::Application,
};

/// Returning.AI's kinds of open channels.
const STYLES: [&str; 9] =
    ["open", "forum", "text", "announcement", "whisper", "direct", "audio", "video", "iframe"];

/// Plants a seed, all of it or nothing: after a refusal the application is to be undone. Nobody is told of it.
///
/// # Errors
/// Something in it is refused.
pub fn plant(app: &mut Application, seed: &Seed, calls: &dyn Calls) -> Result<(), Refused> {
    let at = |key| move |error: Error| Refused::at(&[Step::Key(key)], error.message);
    if let Some(wanted) = &seed.clock {
        let machine = system_time();
        let clock = clock::Wanted::clock_of(wanted.clone(), app.now(), machine).map_err(at("clock"))?;
        app.set_clock(clock, clock.at(machine));
    }
    let mut changed = settings::changed(app.settings(), &seed.settings).map_err(at("settings"))?;
    changed.tokens.extend(seed.keys.iter().filter(|key| !app.settings().tokens.contains(key)).cloned());
    settings::check_tokens("keys", &changed.tokens).map_err(at("keys"))?;
    changed.rate_limit = seed.rate_limit.or(changed.rate_limit);
    changed.capacity = seed.capacity.unwrap_or(changed.capacity);
    app.change_settings(|settings| *settings = changed);
    if let Some(number) = seed.seed {
        if !(0..=super::LARGEST_SEED).contains(&number) {
            return Err(Refused::at(&[Step::Key("seed")], "it is a number from 0 to 2^53"));
        }
        app.set_seed(number);
    }
    if !seed.webhooks.is_empty() {
        plant_webhooks(app, seed, calls)?;
    }
    for (number, user) in seed.users.iter().enumerate() {
        plant_user(app, user).map_err(|refused| refused.below(&[Step::Key("users"), Step::Item(number)]))?;
    }
    for (number, channel) in seed.channels.iter().enumerate() {
        plant_channel(app, channel)
            .map_err(|refused| refused.below(&[Step::Key("channels"), Step::Item(number)]))?;
    }
    if let Some(wanted) = &seed.generate {
        let at = |(field, why)| Refused::at(&[Step::Key("generate"), Step::Key(field)], why);
        generate::crowd(app, wanted).map_err(at)?;
    }
    app.take_events();
    Ok(())
}

fn plant_webhooks(app: &mut Application, seed: &Seed, calls: &dyn Calls) -> Result<(), Refused> {
    let at =
        |(place, error): (usize, Error)| Refused::at(&[Step::Key("webhooks"), Step::Item(place)], error.message);
    let bodies = seed.webhooks.iter().cloned().enumerate();
    let bodies = bodies.map(|(place, one)| WebhookBody::of(one).map_err(|error| at((place, error))));
    webhooks::replace(app, calls, bodies.collect::<Result<_, _>>()?).map_err(at)
}

/// What the file calls a field of a user.
fn of_user(field: Field) -> Option<&'static str> {
    Some(match field {
        Field::UserId => "id",
        Field::Nickname => "nickname",
        Field::Picture => "profile_url",
        Field::Email => "email",
        Field::Metadata | Field::MetadataKey | Field::MetadataValue => "metadata",
        _ => return None,
    })
}

/// What the file calls a field of a channel.
fn of_channel(field: Field) -> Option<&'static str> {
    Some(match field {
        Field::ChannelId => "id",
        Field::ChannelName => "name",
        Field::CustomType => "custom_type",
        Field::Members => "members",
        Field::Operators => "operators",
        Field::Public => "public",
        Field::Topic => "topics",
        _ => return None,
    })
}

/// What the file calls a field of a message.
fn of_message(field: Field) -> Option<&'static str> {
    Some(match field {
        Field::Text => "text",
        Field::CreatedAt => "at",
        Field::Topic => "topic",
        Field::Reaction | Field::ReactionKinds => "reactions",
        _ => return None,
    })
}

/// The refusal of something, at the field with which chat finds fault.
fn refused(error: &chat::Error, of: fn(Field) -> Option<&'static str>, thing: &str) -> Refused {
    match error.field().and_then(of) {
        Some(key) => Refused::at(&[Step::Key(key)], format!("{thing}: {error}")),
        None => Refused::at(&[], format!("{thing}: {error}")),
    }
}

/// Whether there is such a user.
fn known(app: &Application, user: &str, path: &[Step]) -> Result<(), Refused> {
    if app.users.contains(user) { Ok(()) } else { Err(Refused::at(path, format!("there is no user {user}"))) }
}

fn plant_user(app: &mut Application, seed: &SeedUser) -> Result<(), Refused> {
    let new = NewUser {
        id: seed.id.clone(),
        nickname: seed.nickname.clone(),
        picture: Link::to(&seed.profile_url),
        email: seed.email.clone(),
        metadata: seed.metadata.clone(),
        ..NewUser::default()
    };
    users::create(app, new).map(drop).map_err(|error| refused(&error, of_user, &format!("user {}", seed.id)))
}

fn plant_channel(app: &mut Application, seed: &SeedChannel) -> Result<(), Refused> {
    let kind = match seed.kind {
        SeedKind::Group => ChannelKind::Group,
        SeedKind::Open => ChannelKind::Open,
    };
    for (key, users) in [("members", &seed.members), ("operators", &seed.operators)] {
        for (place, user) in users.iter().enumerate() {
            known(app, user, &[Step::Key(key), Step::Item(place)])?;
        }
    }
    if !seed.style.is_empty() && (kind == ChannelKind::Group || !STYLES.contains(&&*seed.style)) {
        let why = format!("an open channel is one of {}, and a group channel has no style", STYLES.join(", "));
        return Err(Refused::at(&[Step::Key("style")], why));
    }
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
    let thing = format!("channel {}", seed.id);
    let channel = channels::create(app, new).map_err(|error| refused(&error, of_channel, &thing))?;
    if let Some(wanted) = &seed.generate {
        let made = generate::history(app, &channel, wanted);
        made.map_err(|why| Refused::at(&[Step::Key("generate")], format!("{thing}: {why}")))?;
    }
    for (number, message) in seed.messages.iter().enumerate() {
        plant_message(app, &channel, message, None)
            .map_err(|refused| refused.below(&[Step::Key("messages"), Step::Item(number)]))?;
    }
    Ok(())
}

fn plant_message(
    app: &mut Application,
    channel: &Arc<Channel>,
    seed: &SeedMessage,
    parent: Option<&Message>,
) -> Result<(), Refused> {
    let refused =
        |error| refused(&error, of_message, &format!("message {:?} in channel {}", seed.text, channel.id));
    let mut new = NewMessage::text(seed.from.as_deref().unwrap_or_default(), &seed.text);
    match &seed.from {
        Some(user) => known(app, user, &[Step::Key("from")])?,
        None => new.kind = MessageKind::Admin,
    }
    new.created_at = seed.at.map(|Moment(at)| at);
    new.topic.clone_from(&seed.topic);
    new.parent = parent.map(|parent| parent.id);
    let sent = messages::send(app, channel, new, SendRules::USUAL).map_err(refused)?.message;
    if parent.is_some_and(|parent| sent.created_at < parent.created_at) {
        let key = if seed.at.is_some() { &[Step::Key("at")][..] } else { &[] };
        return Err(Refused::at(key, "a reply must not be older than what it answers"));
    }
    react(app, channel, &sent, &seed.reactions).map_err(|wrong| match wrong {
        Wrong::Unknown(refused) => refused,
        Wrong::Verb(error) => refused(error),
    })?;
    for (number, reply) in seed.replies.iter().enumerate() {
        plant_message(app, channel, reply, Some(&sent))
            .map_err(|refused| refused.below(&[Step::Key("replies"), Step::Item(number)]))?;
    }
    Ok(())
}

/// Why a reaction is refused.
enum Wrong {
    Unknown(Refused),
    Verb(chat::Error),
}

fn react(
    app: &mut Application,
    channel: &Arc<Channel>,
    message: &Arc<Message>,
    wanted: &BTreeMap<String, Vec<String>>,
) -> Result<(), Wrong> {
    for (key, users) in wanted {
        for user in users {
            known(app, user, &[Step::Key("reactions")]).map_err(Wrong::Unknown)?;
            reactions::add(app, channel, message, user, key).map_err(Wrong::Verb)?;
        }
    }
    Ok(())
}
