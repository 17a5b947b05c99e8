//! Planting a seed: by the verbs that requests use, so that a seed can make nothing that they could not.

use std::sync::Arc;

use super::{
    Refused, Step,
    file::{Seed, SeedChannel, SeedKind, SeedMessage, SeedUser},
    generate,
};
use crate::{
    chat::{
        channels::{self, NewChannel},
        membership::Invitation,
        messages::{self, NewMessage, SendRules},
        reactions,
        users::{self, NewUser},
    },
    dialects::control::{clock, settings},
    engine::system_time,
    model::{
        channel::{Channel, ChannelKind},
        file::Link,
        ids::MessageId,
        message::MessageKind,
        time::Timestamp,
    },
    state::Application,
};

/// Plants a seed, all of it or nothing: after a refusal the application is to be undone.
///
/// # Errors
/// Something in it is refused.
pub fn plant(app: &mut Application, seed: &Seed) -> Result<(), Refused> {
    if let Some(wanted) = &seed.clock {
        let machine = system_time();
        let clock = clock::Wanted::of(wanted.clone()).and_then(|wanted| wanted.clock(app.now(), machine));
        let clock = clock.map_err(|error| Refused::at(&[Step::Key("clock")], error.message))?;
        app.set_clock(clock, clock.at(machine));
    }
    let mut changed = settings::changed(app.settings(), &seed.settings)
        .map_err(|error| Refused::at(&[Step::Key("settings")], error.message))?;
    changed.tokens.extend(seed.keys.iter().cloned());
    changed.rate_limit = seed.rate_limit.or(changed.rate_limit);
    changed.capacity = seed.capacity.unwrap_or(changed.capacity);
    app.change_settings(|settings| *settings = changed);
    if let Some(number) = seed.seed {
        if !(0..=super::LARGEST_SEED).contains(&number) {
            return Err(Refused::at(&[Step::Key("seed")], "it is a number from 0 to 2^53"));
        }
        app.set_seed(number);
    }
    for (number, user) in seed.users.iter().enumerate() {
        plant_user(app, user).map_err(|why| {
            Refused::at(&[Step::Key("users"), Step::Item(number)], format!("user {}: {why}", user.id))
        })?;
    }
    for (number, channel) in seed.channels.iter().enumerate() {
        plant_channel(app, channel)
            .map_err(|refused| refused.below(&[Step::Key("channels"), Step::Item(number)]))?;
    }
    Ok(())
}

fn plant_user(app: &mut Application, seed: &SeedUser) -> Result<(), crate::chat::Error> {
    let new = NewUser {
        id: seed.id.clone(),
        nickname: seed.nickname.clone(),
        picture: Link::to(&seed.profile_url),
        email: seed.email.clone(),
        metadata: seed.metadata.clone(),
        ..NewUser::default()
    };
    users::create(app, new).map(drop)
}

fn plant_channel(app: &mut Application, seed: &SeedChannel) -> Result<(), Refused> {
    let refused = |error| Refused::at(&[], format!("channel {}: {error}", seed.id));
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
    if let Some(wanted) = &seed.generate {
        let made = generate::history(app, &channel, wanted);
        made.map_err(|why| Refused::at(&[Step::Key("generate")], format!("channel {}: {why}", seed.id)))?;
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
    parent: Option<MessageId>,
) -> Result<(), Refused> {
    let refused = |error| Refused::at(&[], format!("message {:?} in channel {}: {error}", seed.text, channel.id));
    let mut new = NewMessage::text(seed.from.as_deref().unwrap_or_default(), &seed.text);
    if seed.from.is_none() {
        new.kind = MessageKind::Admin;
    }
    new.created_at = seed.at.map(Timestamp);
    new.topic.clone_from(&seed.topic);
    new.parent = parent;
    let sent = messages::send(app, channel, new, SendRules::USUAL).map_err(refused)?.message;
    for (key, users) in &seed.reactions {
        for user in users {
            reactions::add(app, channel, &sent, user, key).map_err(refused)?;
        }
    }
    for (number, reply) in seed.replies.iter().enumerate() {
        plant_message(app, channel, reply, Some(sent.id))
            .map_err(|refused| refused.below(&[Step::Key("replies"), Step::Item(number)]))?;
    }
    Ok(())
}
