//! Lists of messages: around a place in a channel, or in a thread.

use std::sync::Arc;

use super::{Include, MessageView, view};
use crate::{
    chat::{Entity, Error, Field, Result, limits},
    model::{
        application::ReplyPolicy,
        channel::Channel,
        ids::MessageId,
        message::{Message, MessageKind},
        time::Timestamp,
    },
    state::{
        Application,
        timeline::{Place, newest_first, oldest_first},
    },
};

/// The place around which messages are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// A moment.
    At(Timestamp),
    /// A message.
    Message(MessageId),
}

/// Which kinds a list shows.
pub type Kinds = Option<MessageKind>;

/// Which messages are asked for.
#[derive(Clone, Debug, Default)]
pub struct MessageFilter {
    /// Only of these senders.
    pub senders: Option<Vec<String>>,
    /// Only of operators (true), or only of others (false).
    pub operators: Option<bool>,
    /// Only of this kind.
    pub kind: Kinds,
    /// Only of one of these custom types; an empty one asks for those without.
    pub custom_types: Option<Vec<String>>,
    /// Removed ones too.
    pub removed: bool,
    /// Which replies; a thread has them all.
    pub replies: ReplyPolicy,
    /// Only those made then or later: what was said before is not for the one who asks.
    pub from: Timestamp,
}

impl MessageFilter {
    pub(super) fn takes(&self, message: &Message) -> bool {
        (self.removed || !message.is_removed())
            && self.kind.is_none_or(|kind| message.kind == kind)
            && self.operators.is_none_or(|operators| message.by_operator == operators)
            && self.custom_types.as_ref().is_none_or(|types| types.iter().any(|one| **one == *message.custom_type))
            && self.senders.as_ref().is_none_or(|senders| {
                let sender = message.sender.as_ref().map(|sender| sender.user.as_str());
                sender.is_some_and(|sender| senders.iter().any(|one| one == sender))
            })
    }
}

/// Which part of a list is asked for, and how it is shown.
#[derive(Clone, Debug)]
pub struct Question {
    /// The place.
    pub anchor: Anchor,
    /// How many before it, 0 to 200.
    pub before: i64,
    /// How many after it, 0 to 200.
    pub after: i64,
    /// Whether what stands exactly there is shown, beyond both numbers.
    pub inclusive: bool,
    /// Whether the newest comes first.
    pub reverse: bool,
    /// Which messages.
    pub filter: MessageFilter,
    /// What is told of each.
    pub include: Include,
}

/// Messages of a channel around a place, oldest first unless reversed.
///
/// # Errors
/// A number is out of range, or the place is a message that is not in the channel.
pub fn list(app: &Application, channel: &Arc<Channel>, question: &Question) -> Result<Vec<MessageView>> {
    let messages = app.messages.index().channel(&channel.id);
    let parts = messages.map(|messages| messages.all.parts(question.filter.replies)).unwrap_or_default();
    let messages = around(app, channel, parts, question)?;
    Ok(messages.into_iter().map(|message| view(app, channel, message, question.include)).collect())
}

/// A thread around a place: first the message that began it, unless it is removed, beyond all
/// numbers and whatever the order; then replies.
///
/// # Errors
/// As [`list`]; or there never was such a message in the channel.
pub fn thread(
    app: &Application,
    channel: &Arc<Channel>,
    root: MessageId,
    question: &Question,
) -> Result<Vec<MessageView>> {
    let parent = app.messages.get(&root).filter(|message| message.channel == channel.id);
    let parent = parent.ok_or(Error::NotFound(Entity::Message))?;
    let parts = app.messages.index().thread(root).map(|thread| vec![thread.all.as_slice()]).unwrap_or_default();
    let replies = around(app, channel, parts, question)?;
    let first = (question.filter.removed || !parent.is_removed()).then_some(parent);
    let all = first.into_iter().chain(replies);
    Ok(all.map(|message| view(app, channel, message, question.include)).collect())
}

fn around<'a>(
    app: &'a Application,
    channel: &Channel,
    parts: Vec<&[Place]>,
    question: &Question,
) -> Result<Vec<&'a Arc<Message>>> {
    let before = limits::range(Field::Before, question.before, &limits::MESSAGES)?;
    let after = limits::range(Field::After, question.after, &limits::MESSAGES)?;
    let (first, last) = match question.anchor {
        Anchor::At(moment) => ((moment, MessageId(i64::MIN)), (moment, MessageId(i64::MAX))),
        Anchor::Message(id) => {
            let message = app.messages.get(&id).filter(|message| message.channel == channel.id);
            let message = message.ok_or(Error::NotFound(Entity::Message))?;
            ((message.created_at, id), (message.created_at, id))
        }
    };
    let (mut earlier, mut there, mut later) = (Vec::new(), Vec::new(), Vec::new());
    for part in parts {
        let part = &part[part.partition_point(|(at, _)| *at < question.filter.from)..];
        let (start, end) = (part.partition_point(|at| *at < first), part.partition_point(|at| *at <= last));
        earlier.push(&part[..start]);
        there.push(&part[start..end]);
        later.push(&part[end..]);
    }
    let take = |(_, id): Place| app.messages.get(&id).filter(|message| question.filter.takes(message));
    let mut messages: Vec<_> = newest_first(earlier).filter_map(take).take(before).collect();
    messages.reverse();
    if question.inclusive {
        messages.extend(oldest_first(there).filter_map(take));
    }
    messages.extend(oldest_first(later).filter_map(take).take(after));
    if question.reverse {
        messages.reverse();
    }
    Ok(messages)
}
