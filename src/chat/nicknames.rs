//! Which channels have a member whose nickname fits.

use std::{
    cell::{Cell, OnceCell},
    collections::{BTreeMap, BTreeSet, HashSet},
};

use super::channels::FEW;
use crate::{
    model::{ids::ChannelId, user::User},
    state::Application,
};

/// Asks channel by channel for a member whose nickname fits. As soon as it would ask many members for how many users
/// there are, it asks the users instead, once.
pub(super) struct WithMember<'a> {
    app: &'a Application,
    fits: Box<dyn Fn(&str) -> bool + 'a>,
    asked: Cell<usize>,
    found: OnceCell<Found<'a>>,
}

/// How many users are passed while one is looked up.
const LOOK_UP: usize = 4;

/// Where the users are whose nicknames fit.
enum Found<'a> {
    /// In these channels.
    In(HashSet<&'a ChannelId>),
    /// In so many that it is better asked of each channel whether one of them is there.
    Users(BTreeSet<&'a str>),
}

impl<'a> WithMember<'a> {
    pub(super) fn new(app: &'a Application, fits: Box<dyn Fn(&str) -> bool + 'a>) -> Self {
        Self { app, fits, asked: Cell::new(0), found: OnceCell::new() }
    }

    /// Whether one is in that channel.
    pub(super) fn is_in(&self, channel: &ChannelId) -> bool {
        let index = self.app.members.index();
        let members = || index.channel(channel).map_or(0, |members| members.by_number.len());
        // To look a user up takes longer than to pass one.
        if self.found.get().is_none() && LOOK_UP * (self.asked.get() + members()) <= self.app.users.len() {
            let Some(members) = index.channel(channel) else { return false };
            self.asked.set(self.asked.get() + members.by_number.len());
            let mut users = members.by_number.values().filter_map(|user| self.app.users.get(user));
            return users.any(|user| self.takes(user));
        }
        match self.found.get_or_init(|| self.find()) {
            Found::In(channels) => channels.contains(channel),
            Found::Users(fitting) => {
                let Some(members) = index.channel(channel) else { return false };
                if fitting.len() < members.by_number.len() {
                    fitting.iter().any(|user| index.own(user).is_some_and(|own| own.contains_key(channel)))
                } else {
                    members.by_number.values().any(|user| fitting.contains(user.as_str()))
                }
            }
        }
    }

    /// Whether it is plain that no channel has one, as far as the users are asked sooner than the channels.
    pub(super) fn is_nowhere(&self) -> bool {
        self.app.users.len() <= self.app.channels.len()
            && matches!(self.found.get_or_init(|| self.find()), Found::In(channels) if channels.is_empty())
    }

    fn takes(&self, user: &User) -> bool {
        (self.fits)(&user.profile.nickname)
    }

    fn find(&self) -> Found<'a> {
        let index = self.app.members.index();
        let fitting = self.app.users.iter().filter(|user| self.takes(user));
        let users: BTreeSet<_> = fitting.map(|user| user.id.as_str()).collect();
        let own = || users.iter().filter_map(|user| index.own(user));
        // Where they are in many channels, few are asked before the page is full.
        if own().map(BTreeMap::len).sum::<usize>() <= self.app.channels.len() / FEW {
            Found::In(own().flat_map(|own| own.keys()).collect())
        } else {
            Found::Users(users)
        }
    }
}
