//! The group channels of a user with what each has that is new to that user: kept from one question to the next,
//! and brought up to date by what was touched in between. It says what a walk over all rows would say.

use std::{collections::HashMap, sync::Arc};

use parking_lot::Mutex;

use super::{messages, reads};
use crate::{
    model::{
        application::ReplyPolicy,
        channel::{Channel, Hidden, Member, MemberState},
        ids::UserId,
        time::Timestamp,
    },
    state::{Application, messages::ChannelMessages},
};

/// How many channels all overviews of an application may have before they are let go.
const KEPT: usize = 1 << 18;

/// How many channels are looked at again whatever the size of the overview.
const FEW: usize = 8;

/// One of a user's channels. What most questions ask of the rows stands here once more, since each row lies elsewhere in
/// memory.
#[derive(Debug)]
pub(super) struct Own {
    pub(super) channel: Arc<Channel>,
    pub(super) member: Arc<Member>,
    /// The number of the channel.
    pub(super) number: i64,
    /// The moment of the newest message that is for the user; that of the channel's creation if there is none.
    pub(super) last: Timestamp,
    /// How many messages are new to the user.
    pub(super) new: usize,
    pub(super) state: MemberState,
    pub(super) hidden: Hidden,
}

/// All channels of a user, joined or invited, in the order of their numbers.
#[derive(Debug)]
pub(super) struct Overview {
    own: Vec<Own>,
    /// How many messages are new, as far as the user counts them.
    pub(super) new: usize,
    /// How many channels have some of these.
    pub(super) with_new: usize,
    policies: (ReplyPolicy, ReplyPolicy),
    /// How often memberships, channels and messages were touched when this was made.
    seen: (usize, usize, usize),
}

/// The overviews that were asked for.
#[derive(Default)]
struct Overviews(Mutex<Known>);

#[derive(Default)]
struct Known {
    of: HashMap<UserId, Overview>,
    channels: usize,
}

/// Looks at the channels of a user.
pub(super) fn of<T>(app: &Application, user: &UserId, look: impl FnOnce(&Overview) -> T) -> T {
    let overviews = app.belongings().of::<Overviews>();
    // Taken out meanwhile: what is not brought up to date to the end is not found again.
    let known = overviews.take(user);
    let overview = known.and_then(|known| known.follow(app, user)).unwrap_or_else(|| Overview::new(app, user));
    let seen = look(&overview);
    overviews.keep(user, overview);
    seen
}

impl Overviews {
    fn take(&self, user: &UserId) -> Option<Overview> {
        let mut known = self.0.lock();
        let overview = known.of.remove(user)?;
        known.channels -= overview.own.len();
        Some(overview)
    }

    fn keep(&self, user: &UserId, overview: Overview) {
        let mut known = self.0.lock();
        // Those without channels count too, since there may be many of them.
        if known.channels + known.of.len() + overview.own.len() > KEPT {
            *known = Known::default();
        }
        known.channels += overview.own.len();
        known.of.insert(user.clone(), overview);
    }
}

impl Overview {
    fn new(app: &Application, user: &UserId) -> Self {
        let (mut channels, mut messages) = (app.channels.follow(), app.messages.index().follow());
        let own = app.members.index().own(user.as_str()).into_iter().flatten();
        let own = own.filter_map(|(id, member)| Some(Own::new(app, channels.at(id)?, member, messages.at(id))));
        let mut own: Vec<_> = own.collect();
        own.sort_unstable_by_key(|own| own.number);
        let (new, with_new) = counted(&own);
        Self { own, new, with_new, policies: policies(app), seen: touched(app) }
    }

    /// The overview with what has happened since; none where it is quicker to make it anew.
    fn follow(mut self, app: &Application, user: &UserId) -> Option<Self> {
        if self.policies != policies(app) {
            return None;
        }
        let touched = touched(app);
        if touched == self.seen {
            return Some(self);
        }
        let members = app.members.index().touched().since(self.seen.0)?;
        let channels = app.channels.index().touched().since(self.seen.1)?;
        let messages = app.messages.index().touched().since(self.seen.2)?;
        if members.len() + channels.len() + messages.len() > FEW + self.own.len() / 4 {
            return None;
        }
        let own = members.filter(|(_, member)| member == user).map(|(channel, _)| channel);
        let here = own.chain(messages).filter_map(|channel| Some(app.channels.get(channel)?.number));
        let mut numbers: Vec<_> = here.chain(channels.copied()).collect();
        numbers.sort_unstable();
        numbers.dedup();
        self.seen = touched;
        for number in numbers {
            self.renew(app, user, number);
        }
        Some(self)
    }

    /// Looks at one channel again.
    fn renew(&mut self, app: &Application, user: &UserId, number: i64) {
        let channel = app.channels.index().numbered(number);
        let own = channel.and_then(|channel| {
            let member = app.members.index().own(user.as_str())?.get(&channel.id)?;
            Some(Own::new(app, channel, member, app.messages.index().channel(&channel.id)))
        });
        let place = self.own.binary_search_by_key(&number, |own| own.number);
        let (before, after) = (counted(place.ok().map(|place| &self.own[place])), counted(&own));
        self.new = self.new - before.0 + after.0;
        self.with_new = self.with_new - before.1 + after.1;
        match (place, own) {
            (Ok(place), Some(own)) => self.own[place] = own,
            (Err(place), Some(own)) => self.own.insert(place, own),
            (Ok(place), None) => {
                self.own.remove(place);
            }
            (Err(_), None) => {}
        }
    }

    /// The channels, the oldest first.
    pub(super) fn channels(&self) -> &[Own] {
        &self.own
    }

    /// The channel of that number, if it is one of them.
    pub(super) fn numbered(&self, number: i64) -> Option<&Own> {
        Some(&self.own[self.own.binary_search_by_key(&number, |own| own.number).ok()?])
    }

    /// The channels of lower numbers than that, the newest first.
    pub(super) fn before(&self, number: i64) -> impl Iterator<Item = &Own> {
        self.own[..self.own.partition_point(|own| own.number < number)].iter().rev()
    }
}

impl Own {
    fn new(
        app: &Application,
        channel: &Arc<Channel>,
        member: &Arc<Member>,
        messages: Option<&ChannelMessages>,
    ) -> Self {
        let last = messages.and_then(|messages| messages::last_for(app, messages, member));
        Self {
            channel: Arc::clone(channel),
            member: Arc::clone(member),
            number: channel.number,
            last: last.map_or(channel.created_at, |(at, _)| at),
            new: messages.map_or(0, |messages| reads::new_messages(app, member, messages)),
            state: member.state,
            hidden: member.hidden,
        }
    }

    /// How many messages are new, if the user counts them.
    fn counted(&self) -> usize {
        if self.new > 0 && self.member.counted.messages() { self.new } else { 0 }
    }
}

/// How many messages are new in these channels, as far as the user counts them, and how many channels have some of these.
pub(super) fn counted<'a>(own: impl IntoIterator<Item = &'a Own>) -> (usize, usize) {
    let new = own.into_iter().map(Own::counted).filter(|new| *new > 0);
    new.fold((0, 0), |(messages, channels), new| (messages + new, channels + 1))
}

fn policies(app: &Application) -> (ReplyPolicy, ReplyPolicy) {
    let settings = app.settings();
    (settings.unread_policy, settings.last_message_policy)
}

fn touched(app: &Application) -> (usize, usize, usize) {
    let (members, channels, messages) = (app.members.index(), app.channels.index(), app.messages.index());
    (members.touched().times(), channels.touched().times(), messages.touched().times())
}
