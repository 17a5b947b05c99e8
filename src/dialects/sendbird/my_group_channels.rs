//! The group channels of one user.
//! <https://sendbird.com/docs/chat/platform-api/v3/user/managing-joined-group-channels/list-group-channels-by-user>

use std::mem::take;

use serde::{Deserialize, Serialize};

use super::{
    error::{Error, Result},
    extract::{Answer, Body, Call, Path, Query, answer, answer_list, done},
    group_channels::{ListBody, ListQuery},
    list::{ChangeQuery, asked, changes_after, word},
    wire::{Home, channel::GroupChannelBody},
};
use crate::{
    chat::{
        changelog::{self, ChannelChange},
        my_channels::{self, CountFilter, HiddenMode, MyFilter, Search, StateFilter},
        reads::TotalFilter,
        users,
    },
    model::channel::Hidden,
    web::{field::Field, page, routes::Routes},
};

pub(super) fn routes() -> Routes {
    Routes::of("Users")
        .get("listMyGroupChannels", "/v3/users/{user_id}/my_group_channels", list)
        .put("leaveMyGroupChannels", "/v3/users/{user_id}/my_group_channels/leave", leave)
        .get("getMyGroupChannelChangelogs", "/v3/users/{user_id}/my_group_channels/changelogs", changelogs)
        .get("getGroupChannelCount", "/v3/users/{user_id}/group_channel_count", count)
}

/// What a list of a user's own channels takes beside what every list of channels takes.
#[derive(Default, Deserialize)]
#[serde(default)]
struct MyQuery {
    hidden_mode: Field<String>,
    unread_filter: Field<String>,
    member_state_filter: Field<String>,
    members_nickname_startswith: Field<String>,
    search_query: Field<String>,
    search_fields: Field<Vec<String>>,
}

fn hidden_mode(field: Field<String>) -> Result<HiddenMode> {
    let modes = [
        ("unhidden_only", HiddenMode::Shown),
        ("unhidden", HiddenMode::Shown),
        ("hidden_only", HiddenMode::Hidden),
        ("hidden", HiddenMode::Hidden),
        ("hidden_allow_auto_unhide", HiddenMode::Exactly(Hidden::UntilNextMessage)),
        ("hidden_prevent_auto_unhide", HiddenMode::Exactly(Hidden::ForGood)),
        ("all", HiddenMode::All),
    ];
    word(field, "hidden_mode", &modes, HiddenMode::Shown)
}

fn state(field: Field<String>, name: &'static str) -> Result<StateFilter> {
    let states = [
        ("all", StateFilter::All),
        ("invited_only", StateFilter::Invited),
        ("invited", StateFilter::Invited),
        ("joined_only", StateFilter::Joined),
        ("joined", StateFilter::Joined),
        ("invited_by_friend", StateFilter::InvitedByFriend(true)),
        ("invited_by_non_friend", StateFilter::InvitedByFriend(false)),
    ];
    word(field, name, &states, StateFilter::All)
}

impl MyQuery {
    fn check(self) -> Result<MyFilter> {
        let unread = [("all", false), ("unread_message", true)];
        let filter = MyFilter {
            hidden: hidden_mode(self.hidden_mode)?,
            unread_only: word(self.unread_filter, "unread_filter", &unread, false)?,
            state: state(self.member_state_filter, "member_state_filter")?,
            nickname_prefix: self.members_nickname_startswith.optional("members_nickname_startswith")?,
            ..MyFilter::default()
        };
        let fields = self.search_fields.or_default("search_fields")?;
        let (mut in_names, mut in_nicknames) = (fields.is_empty(), fields.is_empty());
        for field in fields {
            match field.as_str() {
                "channel_name" => in_names = true,
                "member_nickname" => in_nicknames = true,
                _ => {
                    let why = "It must be a list of channel_name, member_nickname";
                    return Err(Error::invalid("search_fields", why));
                }
            }
        }
        let text = self.search_query.optional("search_query")?.filter(|text| !text.is_empty());
        let search = text.map(|text| Search { text, in_names, in_nicknames });
        Ok(MyFilter { search, ..filter })
    }
}

/// <https://sendbird.com/docs/chat/platform-api/v3/user/managing-joined-group-channels/list-group-channels-by-user>
async fn list(
    call: Call,
    Path(id): Path<String>,
    Query(mut query): Query<ListQuery>,
    Query(mine): Query<MyQuery>,
) -> Result<Answer> {
    let (page, keys, now) = call
        .read(|app| {
            let user = users::find(app, &id)?;
            let asked = asked("my_group_channels", take(&mut query.token), take(&mut query.limit))?;
            let (channel, shape) = query.check()?;
            let filter = MyFilter { channel, ..mine.check()? };
            let order = (shape.order, shape.order_key.as_str());
            let part = (asked.after.as_ref(), asked.limit);
            Ok((my_channels::list(app, &user, &filter, order, part, &shape.show(&call)), shape.keys, app.now()))
        })
        .await?;
    let home = Home::of(&call);
    let channels: Vec<_> = page.items.iter().map(|view| GroupChannelBody::new(view, keys, home)).collect();
    let count = channels.len();
    let next = page::write("my_group_channels", page.next.as_ref());
    Ok(answer_list(&ListBody { channels, next, ts: now.0 }, count))
}

#[derive(Serialize)]
struct ChangesBody<'a> {
    updated: Vec<GroupChannelBody<'a>>,
    deleted: Vec<&'a str>,
    has_more: bool,
    next: String,
    ts: i64,
}

/// Client SDKs ask what has changed while they were away; no page documents it.
async fn changelogs(
    call: Call,
    Path(id): Path<String>,
    Query(mut query): Query<ListQuery>,
    Query(change): Query<ChangeQuery>,
) -> Result<Answer> {
    const LIST: &str = "channel_changelogs";
    let (page, next, keys, now) = call
        .read(|app| {
            let user = users::find(app, &id)?;
            let asked = asked(LIST, take(&mut query.token), take(&mut query.limit))?;
            let after = changes_after(asked.after, change.moment()?)?;
            let (filter, shape) = query.check()?;
            let show = shape.show(&call);
            let (page, next) = changelog::of_channels(app, &user, &filter, (&after, asked.limit), &show);
            Ok((page, next, shape.keys, app.now()))
        })
        .await?;
    let home = Home::of(&call);
    let updated = page.items.iter().filter_map(|change| match change {
        ChannelChange::Updated(view) => Some(GroupChannelBody::new(view, keys, home)),
        ChannelChange::Gone(_) => None,
    });
    let deleted = page.items.iter().filter_map(|change| match change {
        ChannelChange::Gone(id) => Some(id.as_str()),
        ChannelChange::Updated(_) => None,
    });
    let (updated, deleted) = (updated.collect(), deleted.collect());
    let (has_more, next) = (page.next.is_some(), page::write(LIST, Some(&next)));
    Ok(answer(&ChangesBody { updated, deleted, has_more, next, ts: now.0 }))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct LeaveBody {
    custom_type: Field<String>,
}

/// <https://sendbird.com/docs/chat/platform-api/v3/user/managing-joined-group-channels/leave-group-channels-by-user>
async fn leave(call: Call, Path(id): Path<String>, Body(body, _): Body<LeaveBody>) -> Result<Answer> {
    call.write(|app| {
        users::find(app, &id)?;
        let custom_type = body.custom_type.optional("custom_type")?.filter(|one| !one.is_empty());
        Ok(my_channels::leave(app, &id, custom_type.as_deref())?)
    })
    .await?;
    Ok(done())
}

/// `super_mode` and `custom_types`: which channels go into a total.
pub(super) fn total(super_mode: Field<String>, custom_types: Field<Vec<String>>) -> Result<TotalFilter> {
    let modes = [("all", None), ("super", Some(true)), ("nonsuper", Some(false))];
    Ok(TotalFilter {
        large: word(super_mode, "super_mode", &modes, None)?,
        custom_types: custom_types.optional("custom_types")?.filter(|types| !types.is_empty()),
    })
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct CountQuery {
    state: Field<String>,
    custom_types: Field<Vec<String>>,
    hidden_mode: Field<String>,
    super_mode: Field<String>,
}

#[derive(Serialize)]
struct CountBody {
    group_channel_count: usize,
}

/// <https://sendbird.com/docs/chat/platform-api/v3/user/managing-joined-group-channels/get-number-of-group-channels-by-user>
async fn count(call: Call, Path(id): Path<String>, Query(query): Query<CountQuery>) -> Result<Answer> {
    let group_channel_count = call
        .read(|app| {
            let user = users::find(app, &id)?;
            let filter = CountFilter {
                state: state(query.state, "state")?,
                hidden: hidden_mode(query.hidden_mode)?,
                channel: total(query.super_mode, query.custom_types)?,
            };
            Ok(my_channels::count(app, &user, &filter))
        })
        .await?;
    Ok(answer(&CountBody { group_channel_count }))
}
