//! The indexes of messages: by channel and time, by sender, by mention, by thread.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{
    table::{Follower, Index, Row},
    timeline::{Parted, Place, Timeline},
    touched::Touched,
};
use crate::model::{
    emoji::{Emoji, EmojiCategory},
    ids::{ChannelId, MessageId, UserId},
    message::{Mention, Message},
    pin::Pin,
    reaction::Reaction,
    thread::ThreadPush,
    time::Timestamp,
};

impl Row for Message {
    type Key = MessageId;

    fn key(&self) -> MessageId {
        self.id
    }
}

/// What is known of the messages of one channel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChannelMessages {
    /// Every message, the removed ones too.
    pub all: Parted,
    /// How many are not removed.
    pub live: usize,
    /// Those that are neither removed nor silent.
    pub counted: Parted,
    /// The same by sender.
    pub by_sender: BTreeMap<UserId, Parted>,
    /// The same by who is mentioned by name, not counting senders who mention themselves.
    pub mentions: BTreeMap<UserId, Parted>,
    /// Those that mention everybody.
    pub everyone: Parted,
    /// The same by sender.
    pub everyone_by_sender: BTreeMap<UserId, Parted>,
    /// Silent ones that are not removed, by sender.
    pub silent_by_sender: BTreeMap<UserId, Parted>,
    /// Words that stop duplicates; those of removed messages too.
    pub dedup: BTreeMap<Box<str>, MessageId>,
    /// Those that were altered after they were sent, by when that last was.
    pub alterations: Timeline,
}

/// What is known of one thread.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Thread {
    /// Every reply, the removed ones too.
    pub all: Timeline,
    /// Those that are not removed.
    pub live: Timeline,
    /// When each reply was last changed.
    changes: Timeline,
    /// How many live replies each user has; in the order of users.
    by_user: Vec<(UserId, usize)>,
}

impl Thread {
    /// When anything in the thread last changed.
    pub fn changed_at(&self) -> Option<Timestamp> {
        self.changes.last().map(|(at, _)| at)
    }

    /// Users with live replies and how many each has, those with the most first, then in the
    /// order of their ids.
    pub fn most_active(&self) -> Vec<(&UserId, usize)> {
        let mut users: Vec<_> = self.by_user.iter().map(|(user, count)| (user, *count)).collect();
        users.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        users
    }

    fn count(&mut self, user: &UserId, one_more: bool) {
        match self.by_user.binary_search_by(|(known, _)| known.cmp(user)) {
            Ok(at) if one_more => self.by_user[at].1 += 1,
            Ok(at) if self.by_user[at].1 > 1 => self.by_user[at].1 -= 1,
            Ok(at) => {
                self.by_user.remove(at);
            }
            Err(at) => self.by_user.insert(at, (user.clone(), 1)),
        }
    }
}

/// The indexes of the table of messages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MessageIndex {
    channels: BTreeMap<ChannelId, ChannelMessages>,
    /// The moment of the oldest message of each channel.
    oldest: BTreeSet<(Timestamp, ChannelId)>,
    threads: BTreeMap<MessageId, Thread>,
    touched: Touched<ChannelId>,
}

impl MessageIndex {
    /// The messages of a channel; none if there never was one.
    pub fn channel(&self, channel: &ChannelId) -> Option<&ChannelMessages> {
        self.channels.get(channel)
    }

    /// The messages of channels that are asked for in the order of their ids.
    pub fn follow(&self) -> Follower<'_, ChannelId, ChannelMessages> {
        Follower::new(&self.channels)
    }

    /// The moment of the oldest message of each channel, removed ones too, the oldest first.
    pub fn oldest(&self) -> impl Iterator<Item = &(Timestamp, ChannelId)> {
        self.oldest.iter()
    }

    /// Every channel that has messages.
    pub fn channels(&self) -> impl Iterator<Item = (&ChannelId, &ChannelMessages)> {
        self.channels.iter()
    }

    /// The channels in which messages came, changed or went.
    pub fn touched(&self) -> &Touched<ChannelId> {
        &self.touched
    }

    /// The thread that a message began; none if it never had a reply.
    pub fn thread(&self, root: MessageId) -> Option<&Thread> {
        self.threads.get(&root)
    }
}

/// Adds to or removes from an entry of a map, which goes when it is empty: an index must not
/// remember the way that led to it.
fn adjust<V: Default>(
    map: &mut BTreeMap<UserId, V>,
    user: &UserId,
    change: impl FnOnce(&mut V),
    is_empty: impl FnOnce(&V) -> bool,
) {
    if let Some(entry) = map.get_mut(user) {
        change(entry);
        if is_empty(entry) {
            map.remove(user);
        }
    } else {
        let mut entry = V::default();
        change(&mut entry);
        if !is_empty(&entry) {
            map.insert(user.clone(), entry);
        }
    }
}

impl ChannelMessages {
    /// Counts a live, loud message in or out.
    fn count(&mut self, message: &Message, change: fn(&mut Parted, &Message)) {
        let change = |counted: &mut Parted| change(counted, message);
        change(&mut self.counted);
        let sender = message.sender.as_ref().map(|sender| &sender.user);
        if let Some(sender) = sender {
            adjust(&mut self.by_sender, sender, change, Parted::is_empty);
        }
        match &message.mention {
            Mention::Users(users) => {
                for user in users.iter().filter(|user| Some(*user) != sender) {
                    adjust(&mut self.mentions, user, change, Parted::is_empty);
                }
            }
            Mention::Channel(_) => {
                change(&mut self.everyone);
                if let Some(sender) = sender {
                    adjust(&mut self.everyone_by_sender, sender, change, Parted::is_empty);
                }
            }
        }
    }
}

/// Where a message stands in its channel's order.
fn place(message: &Message) -> Place {
    (message.created_at, message.id)
}

impl Index<Message> for MessageIndex {
    fn add(&mut self, message: &Arc<Message>) {
        self.touched.touch(message.channel.clone());
        let channel = match self.channels.get_mut(&message.channel) {
            Some(channel) => channel,
            None => self.channels.entry(message.channel.clone()).or_default(),
        };
        let oldest = channel.all.first();
        if oldest.is_none_or(|oldest| place(message) < oldest) {
            if let Some((at, _)) = oldest {
                self.oldest.remove(&(at, message.channel.clone()));
            }
            self.oldest.insert((message.created_at, message.channel.clone()));
        }
        channel.all.add(message);
        if let Some(dedup_id) = message.dedup_id() {
            channel.dedup.insert(dedup_id.into(), message.id);
        }
        if message.altered_at() > Timestamp::ZERO {
            channel.alterations.add((message.altered_at(), message.id));
        }
        if !message.is_removed() {
            channel.live += 1;
            if !message.silent {
                channel.count(message, Parted::add);
            } else if let Some(sender) = &message.sender {
                let add = |own: &mut Parted| own.add(message);
                adjust(&mut channel.silent_by_sender, &sender.user, add, Parted::is_empty);
            }
        }
        if let Some(root) = message.root {
            let thread = self.threads.entry(root).or_default();
            thread.all.add(place(message));
            thread.changes.add((message.changed_at(), message.id));
            if !message.is_removed() {
                thread.live.add(place(message));
                if let Some(sender) = &message.sender {
                    thread.count(&sender.user, true);
                }
            }
        }
    }

    fn remove(&mut self, message: &Arc<Message>) {
        self.touched.touch(message.channel.clone());
        if let Some(channel) = self.channels.get_mut(&message.channel) {
            let was_oldest = channel.all.first() == Some(place(message));
            channel.all.remove(message);
            if was_oldest {
                self.oldest.remove(&(message.created_at, message.channel.clone()));
                self.oldest.extend(channel.all.first().map(|(at, _)| (at, message.channel.clone())));
            }
            if let Some(dedup_id) = message.dedup_id() {
                channel.dedup.remove(dedup_id);
            }
            if message.altered_at() > Timestamp::ZERO {
                channel.alterations.remove((message.altered_at(), message.id));
            }
            if !message.is_removed() {
                channel.live -= 1;
                if !message.silent {
                    channel.count(message, Parted::remove);
                } else if let Some(sender) = &message.sender {
                    let remove = |own: &mut Parted| own.remove(message);
                    adjust(&mut channel.silent_by_sender, &sender.user, remove, Parted::is_empty);
                }
            }
            if channel.all.is_empty() {
                self.channels.remove(&message.channel);
            }
        }
        if let Some(root) = message.root
            && let Some(thread) = self.threads.get_mut(&root)
        {
            thread.all.remove(place(message));
            thread.changes.remove((message.changed_at(), message.id));
            if !message.is_removed() {
                thread.live.remove(place(message));
                if let Some(sender) = &message.sender {
                    thread.count(&sender.user, false);
                }
            }
            if thread.all.is_empty() {
                self.threads.remove(&root);
            }
        }
    }
}

impl Row for Reaction {
    type Key = (MessageId, Box<str>, UserId);

    fn key(&self) -> Self::Key {
        (self.message, self.key.clone(), self.user.clone())
    }
}

impl Row for Pin {
    type Key = (ChannelId, MessageId);

    fn key(&self) -> Self::Key {
        (self.channel.clone(), self.message)
    }
}

impl Row for EmojiCategory {
    type Key = i64;

    fn key(&self) -> i64 {
        self.id
    }
}

impl Row for Emoji {
    type Key = Box<str>;

    fn key(&self) -> Box<str> {
        self.key.clone()
    }
}

impl Row for ThreadPush {
    type Key = (MessageId, UserId);

    fn key(&self) -> Self::Key {
        (self.message, self.user.clone())
    }
}

/// How often each user has reacted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReactionIndex {
    by_user: BTreeMap<UserId, usize>,
}

impl ReactionIndex {
    /// How many reactions of that user there are.
    pub fn count_of(&self, user: &str) -> usize {
        self.by_user.get(user).copied().unwrap_or(0)
    }
}

impl Index<Reaction> for ReactionIndex {
    fn add(&mut self, reaction: &Arc<Reaction>) {
        adjust(&mut self.by_user, &reaction.user, |count| *count += 1, |count| *count == 0);
    }

    fn remove(&mut self, reaction: &Arc<Reaction>) {
        adjust(&mut self.by_user, &reaction.user, |count| *count -= 1, |count| *count == 0);
    }
}
