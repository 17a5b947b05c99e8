//! What has changed among a user's channels and friends since a moment.

use std::sync::Arc;

use super::{
    channels::{self, ChannelFilter, ChannelView, Show},
    friends::{self, FriendView},
    overview::{self, Own},
};
use crate::{
    model::{
        friend::FriendChange,
        ids::{ChannelId, UserId},
        page::{Page, Place},
        time::Timestamp,
        user::User,
    },
    state::Application,
};

/// What has become of a channel.
#[derive(Clone, Debug)]
pub enum ChannelChange {
    /// It is new or looks otherwise.
    Updated(Box<ChannelView>),
    /// The user is not in it any more.
    Gone(ChannelId),
}

/// Everything that comes after all changes of a moment.
const LAST: &str = "\u{10ffff}";

/// Where the changes begin that are not earlier than a moment.
pub fn since(moment: Timestamp) -> Place {
    Place { number: moment.0.saturating_sub(1), text: LAST.to_owned() }
}

/// The channels of a user that have changed after a place, in the order of changes; a channel that
/// changes again comes again. The page always says where to go on, be it later.
pub fn of_channels(
    app: &Application,
    user: &User,
    filter: &ChannelFilter,
    (after, limit): (&Place, usize),
    show: &Show,
) -> (Page<ChannelChange>, Place) {
    let wanted = filter.on(app);
    let takes = |own: &&Own| wanted.takes(&own.channel, || app.messages.index().channel(&own.channel.id));
    let change = |own: &Own| (changed_at(own), own.channel.id.clone(), true);
    let updated: Vec<_> = overview::of(app, &user.id, |overview| {
        overview.channels().iter().filter(takes).map(change).filter(|(at, _, _)| at.0 >= after.number).collect()
    });
    let keys = (user.id.clone(), ChannelId::first());
    let departures = app.departures.range(keys..).take_while(|departure| departure.user == user.id);
    let gone = departures.map(|departure| (departure.at, departure.channel.clone(), false));
    let place = |(at, id, _): &(Timestamp, ChannelId, bool)| Place { number: at.0, text: id.to_string() };
    let page = super::page_of(updated.into_iter().chain(gone), place, Some(after), limit);
    let show = Show { viewer: Some(user.id.clone()), ..show.clone() };
    let change = |(_, id, is_there): (Timestamp, ChannelId, bool)| match app.channels.get(&id).filter(|_| is_there)
    {
        Some(channel) => ChannelChange::Updated(Box::new(channels::view(app, channel, &show))),
        None => ChannelChange::Gone(id),
    };
    let next = page.next.clone().unwrap_or_else(|| since(app.now()));
    (Page { items: page.items.into_iter().map(change).collect(), next: page.next }, next)
}

/// When a channel last changed for a member: itself, its members, its newest message, or what the
/// member has read of it.
fn changed_at(own: &Own) -> Timestamp {
    let member = &own.member;
    own.channel.changed_at.max(own.last).max(member.read_at).max(member.sees_after).max(member.joined_at)
}

/// What has become of a friend.
#[derive(Clone, Debug)]
pub enum FriendStep {
    /// The friend is new or looks otherwise.
    Updated(Box<FriendView>),
    /// The user has that friend no more.
    Gone(UserId),
}

/// The friends of a user who have changed after a place, in the order of changes; one who changes again comes
/// again. The page always says where to go on, be it later.
pub fn of_friends(app: &Application, user: &User, after: &Place, limit: usize) -> (Page<FriendStep>, Place) {
    let step = |change: &Arc<FriendChange>| {
        if change.gone {
            return Some(FriendStep::Gone(change.friend.clone()));
        }
        let friend = app.friends.get(&(change.user.clone(), change.friend.clone()))?;
        Some(FriendStep::Updated(Box::new(friends::view(app, friend)?)))
    };
    let changes = friends::changes(app, &user.id);
    let place = |change: &&Arc<FriendChange>| Place { number: change.at.0, text: change.friend.to_string() };
    let page = super::page_of(changes, place, Some(after), limit);
    let next = page.next.clone().unwrap_or_else(|| since(app.now()));
    (Page { items: page.items.into_iter().filter_map(step).collect(), next: page.next }, next)
}

/// Forgets where a user was who is deleted.
pub(super) fn forget(app: &mut Application, user: &UserId) {
    let keys = (user.clone(), ChannelId::first());
    let departures = app.departures.range(keys..).take_while(|departure| departure.user == *user);
    let channels: Vec<_> = departures.map(|departure| departure.channel.clone()).collect();
    for channel in channels {
        app.departures.remove(&(user.clone(), channel));
    }
}
