//! The group channels of one user: listing, counting, leaving. All of it walks the user's own
//! memberships, never the members of a channel unless a filter asks for them.

use std::sync::Arc;

use super::{
    Result,
    channels::{self, ChannelFilter, ChannelOrder, ChannelView, Show},
    membership, messages, reads, users,
};
use crate::{
    model::{
        channel::{Channel, Hidden, Member, MemberState},
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

impl MyFilter {
    fn takes_member(&self, app: &Application, member: &Member) -> bool {
        takes_standing(app, member, self.hidden, self.state)
            && (!self.unread_only || reads::unread(app, member).messages > 0)
    }

    fn takes_channel(&self, app: &Application, channel: &Channel) -> bool {
        let has_nickname = |fits: &dyn Fn(&str) -> bool| {
            membership::newest_first(app, channel).any(|view| fits(&view.user.profile.nickname.to_lowercase()))
        };
        self.channel.takes(app, channel)
            && self.nickname_prefix.as_ref().is_none_or(|prefix| {
                let prefix = prefix.to_lowercase();
                has_nickname(&|nickname| nickname.starts_with(&prefix))
            })
            && self.search.as_ref().is_none_or(|search| {
                let text = search.text.to_lowercase();
                search.in_names && channel.name.to_lowercase().contains(&text)
                    || search.in_nicknames && has_nickname(&|nickname| nickname.contains(&text))
            })
    }
}

fn takes_standing(app: &Application, member: &Member, hidden: HiddenMode, state: StateFilter) -> bool {
    let shown = match hidden {
        HiddenMode::All => true,
        HiddenMode::Shown => member.hidden == Hidden::No,
        HiddenMode::Hidden => member.hidden != Hidden::No,
        HiddenMode::Exactly(hidden) => member.hidden == hidden,
    };
    shown && state.takes(app, member)
}

impl StateFilter {
    /// Whether that is where a member stands.
    pub(super) fn takes(self, app: &Application, member: &Member) -> bool {
        let invited = member.state == MemberState::Invited;
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
    let own = app.members.index().of_user(&user.id).filter(|member| filter.takes_member(app, member));
    let own = own.filter_map(|member| Some((member, app.channels.get(&member.channel)?)));
    let wanted = own.filter(|(_, channel)| filter.takes_channel(app, channel));
    let page = super::page_of(wanted, |(member, channel)| place(app, member, channel, order), after, limit);
    let show = Show { viewer: Some(user.id.clone()), ..show.clone() };
    let items = page.items.into_iter().map(|(_, channel)| channels::view(app, channel, &show)).collect();
    Page { items, next: page.next }
}

fn place(app: &Application, member: &Member, channel: &Channel, order: (ChannelOrder, &str)) -> Place {
    if order.0 != ChannelOrder::LatestMessageFirst {
        return channels::place(app, channel, order);
    }
    let last = messages::last_place_for(app, member);
    let moment = last.map_or(channel.created_at, |(at, _)| at);
    Place { number: -moment.0, text: format!("{:020}", channel.number) }
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
    let own = app.members.index().of_user(&user.id);
    let own = own.filter(|member| takes_standing(app, member, filter.hidden, filter.state));
    own.filter(|member| filter.channel.takes(app, &member.channel)).count()
}

/// Makes a user leave all channels that the user has joined, or those of one custom type.
///
/// # Errors
/// The user is deactivated.
pub fn leave(app: &mut Application, user: &str, custom_type: Option<&str>) -> Result<()> {
    let user = users::acting(app, user)?;
    let filter = reads::TotalFilter { custom_types: custom_type.map(|one| vec![one.to_owned()]), large: None };
    let own = app.members.index().of_user(&user.id);
    let joined = own.filter(|member| member.state == MemberState::Joined);
    let wanted: Vec<Arc<Member>> = joined.filter(|member| filter.takes(app, &member.channel)).cloned().collect();
    for member in wanted {
        membership::take_out(app, &member.channel, &user.id);
    }
    Ok(())
}
