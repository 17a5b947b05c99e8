//! Pinned messages: the few at the top of a channel.

use std::sync::Arc;

use super::{Entity, Error, Field, Result, Rule, limits, page_of};
use crate::{
    model::{
        channel::Channel,
        event::{Event, Pinned},
        ids::{ChannelId, MessageId},
        message::Message,
        page::{Page, Place},
        pin::Pin,
    },
    state::Application,
};

/// Whether a message of that channel can be pinned.
///
/// # Errors
/// The channel has no pins, the message is silent, or the channel has as many as it may.
pub(super) fn may_pin(app: &Application, channel: &Channel, silent: bool) -> Result<()> {
    if channel.large || channel.ephemeral {
        return Err(Error::Forbidden(Rule::NoPinsHere));
    }
    if silent {
        return Err(Error::Forbidden(Rule::NoSilentPin));
    }
    limits::items(Field::Pins, rows(app, &channel.id).count() + 1)
}

/// Pins a message. One that is pinned already stays where it is.
///
/// # Errors
/// The channel has no pins, the message is silent, or the channel has as many as it may.
pub fn pin(app: &mut Application, channel: &Channel, message: &Message) -> Result<()> {
    if app.pins.contains(&(channel.id.clone(), message.id)) {
        return Ok(());
    }
    may_pin(app, channel, message.silent)?;
    let (number, pinned_at) = (app.next_number(), app.now());
    let pin = app.pins.put(Pin { channel: channel.id.clone(), message: message.id, number, pinned_at });
    if let Some(channel) = app.channels.get(&channel.id).cloned() {
        let pinned = pinned(app, &channel.id);
        app.emit(Event::MessagePinned { channel, pin, pinned });
    }
    Ok(())
}

/// Takes a message from the top of its channel.
///
/// # Errors
/// It is not pinned.
pub fn unpin(app: &mut Application, message: &Message) -> Result<()> {
    let pin = app.pins.remove(&(message.channel.clone(), message.id)).ok_or(Error::NotFound(Entity::Pin))?;
    tell_unpinned(app, pin);
    Ok(())
}

fn tell_unpinned(app: &mut Application, pin: Arc<Pin>) {
    if let Some(channel) = app.channels.get(&pin.channel).cloned() {
        let pinned = pinned(app, &channel.id);
        app.emit(Event::MessageUnpinned { channel, pin, pinned });
    }
}

/// What is pinned in a channel, as events tell it.
fn pinned(app: &Application, channel: &ChannelId) -> Pinned {
    let messages = of(app, channel);
    Pinned { messages: messages.iter().map(|message| message.id).collect(), latest: messages.into_iter().next() }
}

/// Takes a message that goes away from the top of its channel, if it is there.
pub(super) fn forget(app: &mut Application, message: &Message) {
    if let Some(pin) = app.pins.remove(&(message.channel.clone(), message.id)) {
        tell_unpinned(app, pin);
    }
}

fn rows<'a>(app: &'a Application, channel: &'a ChannelId) -> impl Iterator<Item = &'a Arc<Pin>> {
    let first = (channel.clone(), MessageId(i64::MIN));
    app.pins.range(first..).take_while(move |pin| pin.channel == *channel)
}

/// The pinned messages of a channel, the one that was pinned last first.
pub fn of(app: &Application, channel: &ChannelId) -> Vec<Arc<Message>> {
    list(app, channel, None, usize::MAX - 1).items
}

/// The pinned messages of a channel page by page, the one that was pinned last first.
pub fn list(app: &Application, channel: &ChannelId, after: Option<&Place>, limit: usize) -> Page<Arc<Message>> {
    let place = |pin: &&Arc<Pin>| Place { number: -pin.number, text: String::new() };
    let page = page_of(rows(app, channel), place, after, limit);
    let messages = page.items.into_iter().filter_map(|pin| app.messages.get(&pin.message).cloned());
    Page { items: messages.collect(), next: page.next }
}
