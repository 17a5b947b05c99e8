//! The newest messages of one channel or of all of them.

use std::sync::Arc;

use crate::{
    model::{application::ReplyPolicy, channel::Channel, ids::UserId, message::Message, user::User},
    state::{
        Application,
        messages::ChannelMessages,
        timeline::{Place, newest_first},
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
    let (total, parts): (usize, Vec<&[Place]>) = if let Some(sender) = sender {
        let own: Vec<_> = channels.iter().flat_map(|messages| of_sender(messages, sender)).collect();
        (own.iter().map(|part| part.len()).sum(), own)
    } else {
        let live = channels.iter().map(|messages| messages.live).sum();
        (live, channels.iter().flat_map(|messages| messages.all.parts(ReplyPolicy::All)).collect())
    };
    let messages = newest_first(parts)
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

fn of_sender<'a>(messages: &'a ChannelMessages, sender: &UserId) -> impl Iterator<Item = &'a [Place]> {
    let own = [messages.by_sender.get(sender), messages.silent_by_sender.get(sender)];
    own.into_iter().flatten().flat_map(|own| own.parts(ReplyPolicy::All))
}
