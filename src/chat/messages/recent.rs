//! The newest messages of one channel or of all of them.

use std::{collections::BinaryHeap, iter, sync::Arc};

use crate::{
    model::{channel::Channel, ids::UserId, message::Message, user::User},
    state::{
        Application,
        messages::ChannelMessages,
        timeline::{Counted, Place, Timeline},
    },
};

/// The newest messages, and how many there are.
#[derive(Clone, Debug, Default)]
pub struct Recent {
    /// How many there are, shown or not.
    pub total: usize,
    /// The newest of them, the newest first.
    pub messages: Vec<RecentView>,
}

/// A message with where and by whom.
#[derive(Clone, Debug)]
pub struct RecentView {
    /// The message.
    pub message: Arc<Message>,
    /// Its channel.
    pub channel: Arc<Channel>,
    /// Its sender as of today; none for an announcement and where the user is deleted.
    pub sender: Option<Arc<User>>,
}

/// The newest messages, replies included, the removed ones not: of one channel or of all, of
/// one sender or of all.
pub fn recent(app: &Application, channel: Option<&Channel>, sender: Option<&UserId>, limit: usize) -> Recent {
    let index = app.messages.index();
    let channels: Vec<&ChannelMessages> = match channel {
        Some(channel) => index.channel(&channel.id).into_iter().collect(),
        None => index.channels().map(|(_, messages)| messages).collect(),
    };
    let (total, timelines): (usize, Vec<&Timeline>) = if let Some(sender) = sender {
        let own: Vec<_> = channels.iter().flat_map(|messages| of_sender(messages, sender)).collect();
        (own.iter().map(|timeline| timeline.len()).sum(), own)
    } else {
        let live = channels.iter().map(|messages| messages.live).sum();
        (live, channels.iter().map(|messages| &messages.all).collect())
    };
    let messages = newest_first(&timelines)
        .filter_map(|(_, id)| app.messages.get(&id))
        .filter(|message| !message.is_removed())
        .filter_map(|message| view(app, message))
        .take(limit)
        .collect();
    Recent { total, messages }
}

fn view(app: &Application, message: &Arc<Message>) -> Option<RecentView> {
    Some(RecentView {
        message: Arc::clone(message),
        channel: Arc::clone(app.channels.get(&message.channel)?),
        sender: message.sender.as_ref().and_then(|sender| app.users.get(&sender.user)).cloned(),
    })
}

fn of_sender<'a>(messages: &'a ChannelMessages, sender: &UserId) -> impl Iterator<Item = &'a Timeline> {
    let loud = messages.by_sender.get(sender).into_iter().flat_map(Counted::timelines);
    loud.chain(messages.silent_by_sender.get(sender))
}

/// The places of several timelines as one, the newest first.
fn newest_first(timelines: &[&Timeline]) -> impl Iterator<Item = Place> {
    let last = |(which, timeline): (usize, &&Timeline)| Some((timeline.last()?, which, timeline.len() - 1));
    let mut newest: BinaryHeap<_> = timelines.iter().enumerate().filter_map(last).collect();
    iter::from_fn(move || {
        let (place, which, position) = newest.pop()?;
        if let Some(before) = position.checked_sub(1) {
            newest.push((timelines[which].as_slice()[before], which, before));
        }
        Some(place)
    })
}
