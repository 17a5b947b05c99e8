//! The indexes of users, channels and members.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
    sync::Arc,
};

use super::{
    table::{Index, Row},
    touched::Touched,
};
use crate::model::{
    channel::{Channel, Hidden, Member, MemberState},
    file::StoredFile,
    ids::{ChannelId, UserId},
    user::{Profile, User},
};

impl Row for Profile {
    type Key = i64;

    fn key(&self) -> i64 {
        self.number
    }
}

impl Row for StoredFile {
    type Key = Box<str>;

    fn key(&self) -> Box<str> {
        self.hash.clone()
    }
}

impl Row for User {
    type Key = UserId;

    fn key(&self) -> UserId {
        self.id.clone()
    }
}

/// Users by number and by e-mail.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserIndex {
    by_number: BTreeMap<i64, UserId>,
    by_email: BTreeSet<(String, UserId)>,
}

impl UserIndex {
    /// The user of that number.
    pub fn numbered(&self, number: i64) -> Option<&UserId> {
        self.by_number.get(&number)
    }

    /// The user with that e-mail address, whatever its case.
    pub fn with_email(&self, email: &str) -> Option<&UserId> {
        let email = email.to_lowercase();
        let first = (email.clone(), UserId::first());
        self.by_email.range(first..).next().filter(|(known, _)| *known == email).map(|(_, user)| user)
    }

    /// Users in the order of their numbers, from below that number downwards.
    pub fn before(&self, number: i64) -> impl Iterator<Item = &UserId> {
        self.by_number.range(..number).rev().map(|(_, user)| user)
    }
}

impl Index<User> for UserIndex {
    fn add(&mut self, user: &Arc<User>) {
        self.by_number.insert(user.number, user.id.clone());
        if !user.email.is_empty() {
            self.by_email.insert((user.email.to_lowercase(), user.id.clone()));
        }
    }

    fn remove(&mut self, user: &Arc<User>) {
        self.by_number.remove(&user.number);
        if !user.email.is_empty() {
            self.by_email.remove(&(user.email.to_lowercase(), user.id.clone()));
        }
    }
}

impl Row for Channel {
    type Key = ChannelId;

    fn key(&self) -> ChannelId {
        self.id.clone()
    }
}

/// Channels by number and by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChannelIndex {
    by_number: BTreeMap<i64, Arc<Channel>>,
    /// By the name in small letters; the oldest of one name first.
    by_name: BTreeSet<(Box<str>, i64)>,
    /// The numbers of those whose messages disappear.
    fleeting: BTreeSet<i64>,
    touched: Touched<i64>,
}

impl ChannelIndex {
    /// The channel of that number.
    pub fn numbered(&self, number: i64) -> Option<&Arc<Channel>> {
        self.by_number.get(&number)
    }

    /// Channels in the order of creation.
    pub fn oldest_first(&self) -> impl DoubleEndedIterator<Item = &Arc<Channel>> {
        self.by_number.values()
    }

    /// Channels in the order of their numbers, from below that number downwards.
    pub fn before(&self, number: i64) -> impl Iterator<Item = &Arc<Channel>> {
        self.by_number.range(..number).rev().map(|(_, channel)| channel)
    }

    /// Channels in the order of their names in small letters, then of their numbers, behind that place.
    pub fn by_name(&self, after: Option<(Box<str>, i64)>) -> impl Iterator<Item = &Arc<Channel>> + use<'_> {
        let after = after.map_or(Bound::Unbounded, Bound::Excluded);
        let numbers = self.by_name.range((after, Bound::Unbounded)).map(|(_, number)| number);
        numbers.filter_map(|number| self.by_number.get(number))
    }

    /// Channels whose messages disappear after some time.
    pub fn fleeting(&self) -> impl Iterator<Item = &Arc<Channel>> {
        self.fleeting.iter().filter_map(|number| self.by_number.get(number))
    }

    /// The numbers of channels that came, changed or went.
    pub fn touched(&self) -> &Touched<i64> {
        &self.touched
    }
}

impl Index<Channel> for ChannelIndex {
    fn add(&mut self, channel: &Arc<Channel>) {
        self.touched.touch(channel.number);
        self.by_number.insert(channel.number, Arc::clone(channel));
        self.by_name.insert((channel.name.to_lowercase().into(), channel.number));
        if channel.survives().is_some() {
            self.fleeting.insert(channel.number);
        }
    }

    fn replace(&mut self, before: &Arc<Channel>, after: &Arc<Channel>) {
        let told = |channel: &Channel| (channel.number, channel.survives().is_some());
        if told(before) == told(after) && before.name == after.name {
            self.touched.touch(after.number);
            self.by_number.insert(after.number, Arc::clone(after));
        } else {
            self.remove(before);
            self.add(after);
        }
    }

    fn remove(&mut self, channel: &Arc<Channel>) {
        self.touched.touch(channel.number);
        self.by_number.remove(&channel.number);
        self.by_name.remove(&(channel.name.to_lowercase().into(), channel.number));
        self.fleeting.remove(&channel.number);
    }
}

impl Row for Member {
    type Key = (ChannelId, UserId);

    fn key(&self) -> Self::Key {
        (self.channel.clone(), self.user.clone())
    }
}

/// The memberships of one channel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Membership {
    /// Members, joined or invited, in the order in which they came.
    pub by_number: BTreeMap<i64, UserId>,
    /// How many have joined.
    pub joined: usize,
    /// Members for whom the next message brings the channel back into view.
    pub hidden: BTreeSet<UserId>,
}

/// Members by channel and by user.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemberIndex {
    by_channel: BTreeMap<ChannelId, Membership>,
    by_user: BTreeMap<UserId, BTreeMap<ChannelId, Arc<Member>>>,
    touched: Touched<(ChannelId, UserId)>,
}

impl MemberIndex {
    /// The memberships of a channel; none if it has none.
    pub fn channel(&self, channel: &ChannelId) -> Option<&Membership> {
        self.by_channel.get(channel)
    }

    /// The memberships of every channel that has some, in the order of channels.
    pub fn channels(&self) -> impl Iterator<Item = (&ChannelId, &Membership)> {
        self.by_channel.iter()
    }

    /// The memberships that came, changed or went.
    pub fn touched(&self) -> &Touched<(ChannelId, UserId)> {
        &self.touched
    }

    /// The channels in which a user is a member, joined or invited.
    pub fn channels_of(&self, user: &UserId) -> impl Iterator<Item = &ChannelId> {
        self.by_user.get(user).into_iter().flat_map(BTreeMap::keys)
    }

    /// The memberships of a user, joined or invited, by channel; none if there never was one.
    pub fn own(&self, user: &str) -> Option<&BTreeMap<ChannelId, Arc<Member>>> {
        self.by_user.get(user)
    }

    /// The memberships of a user, joined or invited, in the order of the ids of channels.
    pub fn of_user(&self, user: &UserId) -> impl Iterator<Item = &Arc<Member>> {
        self.by_user.get(user).into_iter().flat_map(BTreeMap::values)
    }
}

impl Index<Member> for MemberIndex {
    fn add(&mut self, member: &Arc<Member>) {
        self.touched.touch((member.channel.clone(), member.user.clone()));
        let channel = match self.by_channel.get_mut(&member.channel) {
            Some(channel) => channel,
            None => self.by_channel.entry(member.channel.clone()).or_default(),
        };
        channel.by_number.insert(member.number, member.user.clone());
        channel.joined += usize::from(member.state == MemberState::Joined);
        if member.hidden == Hidden::UntilNextMessage {
            channel.hidden.insert(member.user.clone());
        }
        let own = match self.by_user.get_mut(&member.user) {
            Some(own) => own,
            None => self.by_user.entry(member.user.clone()).or_default(),
        };
        own.insert(member.channel.clone(), Arc::clone(member));
    }

    fn replace(&mut self, before: &Arc<Member>, after: &Arc<Member>) {
        let place = |member: &Member| (member.number, member.state, member.hidden);
        if place(before) == place(after)
            && let Some(own) = self.by_user.get_mut(&after.user)
            && let Some(known) = own.get_mut(&after.channel)
        {
            *known = Arc::clone(after);
            self.touched.touch((after.channel.clone(), after.user.clone()));
        } else {
            self.remove(before);
            self.add(after);
        }
    }

    fn remove(&mut self, member: &Arc<Member>) {
        self.touched.touch((member.channel.clone(), member.user.clone()));
        if let Some(channel) = self.by_channel.get_mut(&member.channel) {
            channel.by_number.remove(&member.number);
            channel.joined -= usize::from(member.state == MemberState::Joined);
            channel.hidden.remove(&member.user);
            if channel.by_number.is_empty() {
                self.by_channel.remove(&member.channel);
            }
        }
        if let Some(own) = self.by_user.get_mut(&member.user) {
            own.remove(&member.channel);
            if own.is_empty() {
                self.by_user.remove(&member.user);
            }
        }
    }
}
