//! What became of messages since somebody last looked: alterations, and gaps in what a client has.

use std::sync::Arc;

use super::{Include, MessageFilter, MessageView, view};
use crate::{
    chat::{Error, Field, Result},
    model::{
        application::ReplyPolicy, channel::Channel, ids::MessageId, message::Message, page::Place as Reached,
        time::Timestamp,
    },
    state::{Application, timeline::oldest_first},
};

/// Messages that were altered since a moment, in the order of their last alterations.
#[derive(Clone, Debug)]
pub struct Alterations {
    /// Those that are still there.
    pub updated: Vec<MessageView>,
    /// Those that are gone, and since when.
    pub removed: Vec<(MessageId, Timestamp)>,
    /// Whether there are more.
    pub more: bool,
    /// From where to ask on, now or later.
    pub reached: Reached,
}

/// Messages of a channel that were altered after a place: edited, removed, or changed in what hangs on them.
/// Those made before that moment are passed over.
pub fn alterations(
    app: &Application,
    channel: &Arc<Channel>,
    after: &Reached,
    (replies, since): (ReplyPolicy, Timestamp),
    limit: usize,
    include: Include,
) -> Alterations {
    let messages = app.messages.index().channel(&channel.id);
    let all = messages.map(|messages| messages.alterations.as_slice()).unwrap_or_default();
    // No two alterations of a channel share a moment.
    let from = all.partition_point(|(at, _)| at.0 <= after.number);
    let mut found = Alterations { updated: Vec::new(), removed: Vec::new(), more: false, reached: after.clone() };
    for (position, (at, id)) in all[from..].iter().enumerate() {
        if position == limit {
            found.more = true;
            break;
        }
        found.reached = Reached { number: at.0, text: String::new() };
        let message = app.messages.get(id).filter(|message| message.created_at >= since);
        let Some(message) = message.filter(|message| takes(replies, message)) else { continue };
        if message.is_removed() {
            found.removed.push((*id, message.removed_at));
        } else {
            found.updated.push(view(app, channel, message, include));
        }
    }
    found
}

fn takes(replies: ReplyPolicy, message: &Message) -> bool {
    message.parent.is_none()
        || replies == ReplyPolicy::All
        || replies == ReplyPolicy::ShownInChannel && message.in_channel
}

/// What a client has of one stretch of a channel.
#[derive(Clone, Copy, Debug)]
pub struct GapSide {
    /// Where the stretch begins.
    pub start: Timestamp,
    /// Where it ends, inclusive.
    pub end: Timestamp,
    /// How many messages of it the client has.
    pub known: i64,
}

/// What clients lack of two stretches of a channel.
#[derive(Clone, Debug, Default)]
pub struct Gap {
    /// So much is missing that the client had better begin anew.
    pub huge: bool,
    /// The messages of the earlier stretch, if some are missing.
    pub before: Vec<MessageView>,
    /// The messages of the later stretch, if some are missing.
    pub after: Vec<MessageView>,
}

/// Compares what a client has of a channel with what there is.
///
/// # Errors
/// A stretch ends before it begins.
pub fn gap(
    app: &Application,
    channel: &Arc<Channel>,
    sides: [Option<GapSide>; 2],
    threshold: i64,
    filter: &MessageFilter,
    include: Include,
) -> Result<Gap> {
    let [before, after] = sides.map(|side| side.map(|side| missing(app, channel, side, filter)).transpose());
    let (before, after) = (before?.unwrap_or_default(), after?.unwrap_or_default());
    if before.0 > threshold || after.0 > threshold {
        return Ok(Gap { huge: true, ..Gap::default() });
    }
    let views = |(count, messages): (i64, Vec<&Arc<Message>>)| {
        let shown = messages.into_iter().filter(|_| count > 0);
        shown.map(|message| view(app, channel, message, include)).collect()
    };
    Ok(Gap { huge: false, before: views(before), after: views(after) })
}

/// How many messages of a stretch a client lacks, and all of the stretch.
fn missing<'a>(
    app: &'a Application,
    channel: &Channel,
    side: GapSide,
    filter: &MessageFilter,
) -> Result<(i64, Vec<&'a Arc<Message>>)> {
    if side.end < side.start {
        return Err(Error::OutOfRange(Field::Before));
    }
    let Some(messages) = app.messages.index().channel(&channel.id) else { return Ok((0, Vec::new())) };
    let stretch = |part: &'a [(Timestamp, MessageId)]| {
        let start = part.partition_point(|(at, _)| *at < side.start.max(filter.from));
        let end = part.partition_point(|(at, _)| *at <= side.end);
        &part[start..end.max(start)]
    };
    let parts = messages.all.parts(filter.replies).into_iter().map(stretch).collect();
    let there = oldest_first(parts).filter_map(|(_, id)| app.messages.get(&id));
    let there: Vec<_> = there.filter(|message| filter.takes(message)).collect();
    let count = i64::try_from(there.len()).unwrap_or(i64::MAX);
    Ok((count.saturating_sub(side.known), there))
}
