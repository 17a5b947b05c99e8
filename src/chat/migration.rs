//! Bringing in messages that were said elsewhere, at the moments when they were said.

use std::sync::Arc;

use super::{
    Error, Field, Result, limits,
    messages::{self, NewMessage, SendRules},
    reads, users,
};
use crate::{
    model::{
        channel::{Channel, MemberState},
        message::MessageKind,
        time::Timestamp,
        user::User,
    },
    state::Application,
};

/// What happens to what members have read.
#[derive(Clone, Copy, Debug, Default)]
pub struct Receipts {
    /// Who had not read so far has read all that was brought in.
    pub forward: bool,
    /// Who had read further has read none of what was brought in.
    pub back: bool,
}

/// Brings messages into a channel, in their order. Those whose word against duplicates is known are passed
/// over. Nobody is told, and senders need not be members.
///
/// # Errors
/// There are too many, a value is wrong, or a sender does not exist; then none is brought in.
pub fn bring_in(
    app: &mut Application,
    channel: &Arc<Channel>,
    items: Vec<NewMessage>,
    receipts: Receipts,
) -> Result<()> {
    limits::items(Field::Migrated, items.len())?;
    for item in &items {
        messages::check_values(app, channel, item, SendRules::default())?;
        if item.created_at.is_none() {
            return Err(Error::OutOfRange(Field::CreatedAt));
        }
    }
    let sender = |item: &NewMessage| match item.kind {
        MessageKind::Admin => Ok(None),
        _ => users::find(app, &item.sender).map(Some),
    };
    let senders: Vec<Option<Arc<User>>> = items.iter().map(sender).collect::<Result<_>>()?;
    let mut moments: Vec<Timestamp> = Vec::new();
    for (item, sender) in items.into_iter().zip(senders) {
        if messages::find_duplicate(app, channel, item.dedup_id.as_deref()).is_some() {
            continue;
        }
        let message = messages::compose(app, channel, item, sender.as_deref(), None)?;
        moments.push(message.created_at);
        if !channel.ephemeral {
            app.messages.put(message);
        }
    }
    if let (Some(first), Some(last)) = (moments.iter().min(), moments.iter().max()) {
        move_receipts(app, channel, receipts, *first, *last);
    }
    Ok(())
}

fn move_receipts(app: &mut Application, channel: &Channel, receipts: Receipts, first: Timestamp, last: Timestamp) {
    let members = app.members.index().channel(&channel.id);
    let members: Vec<_> = members.into_iter().flat_map(|members| members.by_number.values().cloned()).collect();
    for user in members {
        let key = (channel.id.clone(), user);
        if app.members.get(&key).is_none_or(|member| member.state != MemberState::Joined) {
            continue;
        }
        if receipts.forward {
            reads::advance(app, &key, last);
        }
        let before = Timestamp(first.0 - 1);
        if receipts.back && app.members.get(&key).is_some_and(|member| member.read_at > before) {
            let last = app.last_message_id();
            app.members.update(&key, |member| (member.read_at, member.reads_after) = (before, last));
        }
    }
}
