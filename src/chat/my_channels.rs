//! The group channels of one user: listing, counting, leaving. All of it walks the user's own
//! channels, never the members of a channel unless a filter asks for them.

use std::sync::Arc;

use super::{
    Result, begins_with,
    channels::{self, ChannelFilter, ChannelOrder, ChannelView, FEW, Show, Wanted},
    contains, membership,
    nicknames::WithMember,
    overview::{self, Own},
    reads, users,
};
use crate::{
    model::{
        channel::{Hidden, Member, MemberState},
        event::Leaving,
        page::{Page, Place},
        user::User,
    },
    state::Application,
};

/// Which channels a user has hidden are asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HiddenMode {
    /// Only those that are shown.
    #[default]
    Shown,
    /// Only those that are hidden in whatever way.
    Hidden,
    /// Only those that are hidden in this way.
    Exactly(Hidden),
    /// All.
    All,
}

/// Which standings are asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StateFilter {
    /// All.
    #[default]
    All,
    /// Where the user has joined.
    Joined,
    /// Where the user is invited.
    Invited,
    /// Where a friend of the user has invited (true), or somebody else (false).
    InvitedByFriend(bool),
}

/// A text that is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Search {
    /// The text; case does not matter.
    pub text: String,
    /// Whether it is looked for in the names of channels.
    pub in_names: bool,
    /// Whether it is looked for in the nicknames of members.
    pub in_nicknames: bool,
}

/// Which channels of a user are asked for.
#[derive(Clone, Debug, Default)]
pub struct MyFilter {
    /// What is asked of any channel.
    pub channel: ChannelFilter,
    /// Shown or hidden.
    pub hidden: HiddenMode,
    /// Only those with something unread.
    pub unread_only: bool,
    /// Joined or invited.
    pub state: StateFilter,
    /// With a member whose nickname begins so, whatever its case.
    pub nickname_prefix: Option<String>,
    /// With this in a name.
    pub search: Option<Search>,
}

/// A filter with all that can be looked up once, and not for each channel.
struct MyWanted<'a> {
    app: &'a Application,
    filter: &'a MyFilter,
    channel: Wanted<'a>,
    nickname_prefix: Option<WithMember<'a>>,
    /// What is looked for, in small letters, and perhaps in nicknames too.
    search: Option<(String, Option<WithMember<'a>>)>,
}

impl MyFilter {
    fn on<'a>(&'a self, app: &'a Application) -> MyWanted<'a> {
        let nickname_prefix = self.nickname_prefix.as_ref().map(|prefix| {
            let prefix = prefix.to_lowercase();
            WithMember::new(app, Box::new(move |nickname| begins_with(nickname, &prefix)))
        });
        let search = self.search.as_ref().map(|search| {
            let text = search.text.to_lowercase();
            let looked_for = text.clone();
            let fits = move |nickname: &str| contains(nickname, &looked_for);
            (text, search.in_nicknames.then(|| WithMember::new(app, Box::new(fits))))
        });
        MyWanted { app, filter: self, channel: self.channel.on(app), nickname_prefix, search }
    }
}

impl MyWanted<'_> {
    /// Whether it is plain that there is nothing to list.
    fn takes_none(&self) -> bool {
        self.nickname_prefix.as_ref().is_some_and(WithMember::is_nowhere) || self.channel.takes_none()
    }

    fn takes(&self, own: &Own) -> bool {
        let channel = &own.channel;
        let in_name = |text: &str| {
            self.filter.search.as_ref().is_some_and(|search| search.in_names) && contains(&channel.name, text)
        };
        (!self.filter.unread_only || own.new > 0)
            && self.filter.hidden.takes(own.hidden)
            && self.filter.state.takes(self.app, own.state, &own.member)
            && self.channel.takes(channel, || self.app.messages.index().channel(&channel.id))
            && self.nickname_prefix.as_ref().is_none_or(|wanted| wanted.is_in(&channel.id))
            && self.search.as_ref().is_none_or(|(text, in_nicknames)| {
                in_name(text) || in_nicknames.as_ref().is_some_and(|wanted| wanted.is_in(&channel.id))
            })
    }
}

impl HiddenMode {
    /// Whether that is how a channel is hidden.
    fn takes(self, hidden: Hidden) -> bool {
        match self {
            Self::All => true,
            Self::Shown => hidden == Hidden::No,
            Self::Hidden => hidden != Hidden::No,
            Self::Exactly(wanted) => hidden == wanted,
        }
    }
}

impl StateFilter {
    /// Whether that is where a member stands.
    pub(super) fn takes(self, app: &Application, state: MemberState, member: &Member) -> bool {
        let invited = state == MemberState::Invited;
        match self {
            Self::All => true,
            Self::Joined => !invited,
            Self::Invited => invited,
            Self::InvitedByFriend(friend) => {
                let by = member.inviter.as_ref();
                let is_friend = |inviter| app.friends.contains(&(member.user.clone(), inviter));
                invited && by.cloned().is_some_and(is_friend) == friend
            }
        }
    }
}

/// The group channels of a user, with what relates to that user.
pub fn list(
    app: &Application,
    user: &User,
    filter: &MyFilter,
    order: (ChannelOrder, &str),
    (after, limit): (Option<&Place>, usize),
    show: &Show,
) -> Page<ChannelView> {
    let wanted = filter.on(app);
    let takes = |own: &&Own| wanted.takes(own);
    if wanted.takes_none() {
        return Page { items: Vec::new(), next: None };
    }
    let page = overview::of(app, &user.id, |overview| {
        let own = overview.channels();
        let many = own.len() >= app.channels.len() / FEW;
        let page = match order.0 {
            ChannelOrder::NewestFirst => {
                let newest = overview.before(channels::before(after)).filter(takes);
                super::first_of(newest, limit, |own| own.rank(order).into())
            }
            ChannelOrder::Name if many => {
                let own = channels::by_name(app, after).filter_map(|channel| overview.numbered(channel.number));
                super::first_of(own.filter(takes), limit, |own| own.rank(order).into())
            }
            // New channels first: they mostly have the latest messages, so that what comes after is passed over.
            _ => super::page_by(own.iter().rev().map(|own| (own.rank(order), own)), takes, after, limit),
        };
        page.map(|own| Arc::clone(&own.channel))
    });
    let show = Show { viewer: Some(user.id.clone()), ..show.clone() };
    page.map(|channel| channels::view(app, &channel, &show))
}

/// Which channels of a user are counted.
#[derive(Clone, Debug, Default)]
pub struct CountFilter {
    /// Joined or invited.
    pub state: StateFilter,
    /// Shown or hidden.
    pub hidden: HiddenMode,
    /// What is asked of any channel.
    pub channel: reads::TotalFilter,
}

/// How many group channels a user has.
pub fn count(app: &Application, user: &User, filter: &CountFilter) -> usize {
    let own = filter.channel.memberships(app, &user.id);
    let takes =
        |member: &Member| filter.hidden.takes(member.hidden) && filter.state.takes(app, member.state, member);
    own.filter(|(_, member)| takes(member)).count()
}

/// Makes a user leave all channels that the user has joined, or those of one custom type.
///
/// # Errors
/// The user is deactivated.
pub fn leave(app: &mut Application, user: &str, custom_type: Option<&str>) -> Result<()> {
    let user = users::acting(app, user)?;
    let filter = reads::TotalFilter { custom_types: custom_type.map(|one| vec![one.to_owned()]), large: None };
    let own = filter.memberships(app, &user.id).map(|(_, member)| member);
    let wanted: Vec<Arc<Member>> = own.filter(|member| member.state == MemberState::Joined).cloned().collect();
    for member in wanted {
        membership::take_out(app, &member.channel, &user.id, Leaving::Plain);
    }
    Ok(())
}
