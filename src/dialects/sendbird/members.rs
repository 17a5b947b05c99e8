//! Members of group channels.
//! <https://sendbird.com/docs/chat/platform-api/v3/channel/listing-users/list-members-of-a-group-channel>

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    error::{Error, Result},
    extract::{Answer, Body, Call, Path, Query, answer, done},
    group_channels::{hidden_status, invitation_status, single, single_keys, user_ids},
    list::{asked, word},
    wire::{
        Home,
        channel::{GroupChannelBody, MemberBody, state},
    },
};
use crate::{
    chat::{
        blocks,
        channels::{self, ChannelView},
        membership::{self, Invitation, MemberFilter, MemberOrder},
        my_channels::StateFilter,
        push, users,
    },
    model::channel::{Channel, ChannelKind, MemberState, MemberView},
    state::Application,
    web::{field::Field, page, routes::Routes},
};

pub(super) fn routes() -> Routes {
    Routes::of("Moderation, members, metadata")
        .get("listMembers", "/v3/group_channels/{channel_url}/members", list)
        .get("checkIfMember", "/v3/group_channels/{channel_url}/members/{user_id}", view)
        .post("inviteAsMembers", "/v3/group_channels/{channel_url}/invite", invite)
        .put("acceptAnInvitation", "/v3/group_channels/{channel_url}/accept", accept)
        .put("declineAnInvitation", "/v3/group_channels/{channel_url}/decline", decline)
        .put("joinAChannel", "/v3/group_channels/{channel_url}/join", join)
        .put("leaveAChannel", "/v3/group_channels/{channel_url}/leave", leave)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ListQuery {
    token: Field<String>,
    limit: Field<i64>,
    user_id: Field<String>,
    show_delivery_receipt: Field<bool>,
    show_read_receipt: Field<bool>,
    show_member_is_muted: Field<bool>,
    order: Field<String>,
    operator_filter: Field<String>,
    member_state_filter: Field<String>,
    muted_member_filter: Field<String>,
    member_active_mode_filter: Field<String>,
    member_active_mode: Field<String>,
    nickname_startswith: Field<String>,
    include_push_preference: Field<bool>,
}

/// What a list of members is asked for.
#[expect(clippy::struct_excessive_bools, reason = "independent switches of the query")]
struct Wanted {
    filter: MemberFilter,
    order: MemberOrder,
    read: bool,
    delivered: bool,
    muted: bool,
    push: bool,
    viewer: Option<String>,
}

impl ListQuery {
    fn check(self) -> Result<Wanted> {
        let muted = [("all", None), ("muted", Some(true)), ("unmuted", Some(false))];
        let active = if self.member_active_mode_filter.is_given() {
            self.member_active_mode_filter
        } else {
            self.member_active_mode
        };
        let states = [
            ("all", StateFilter::All),
            ("invited_only", StateFilter::Invited),
            ("invited", StateFilter::Invited),
            ("invited_by_friend", StateFilter::InvitedByFriend(true)),
            ("invited_by_non_friend", StateFilter::InvitedByFriend(false)),
            ("joined_only", StateFilter::Joined),
            ("joined", StateFilter::Joined),
        ];
        let orders = [
            ("member_nickname_alphabetical", MemberOrder::Nickname),
            ("operator_then_member_alphabetical", MemberOrder::OperatorsThenNickname),
        ];
        let operators = [("all", None), ("operator", Some(true)), ("nonoperator", Some(false))];
        let actives = [("activated", Some(true)), ("deactivated", Some(false)), ("all", None)];
        Ok(Wanted {
            filter: MemberFilter {
                operators: word(self.operator_filter, "operator_filter", &operators, None)?,
                state: word(self.member_state_filter, "member_state_filter", &states, StateFilter::All)?,
                active: word(active, "member_active_mode_filter", &actives, Some(true))?,
                nickname_prefix: self.nickname_startswith.optional("nickname_startswith")?,
                muted: word(self.muted_member_filter, "muted_member_filter", &muted, None)?,
            },
            order: word(self.order, "order", &orders, MemberOrder::Nickname)?,
            read: self.show_read_receipt.or_default("show_read_receipt")?,
            delivered: self.show_delivery_receipt.or_default("show_delivery_receipt")?,
            muted: self.show_member_is_muted.or_default("show_member_is_muted")?,
            push: self.include_push_preference.or_default("include_push_preference")?,
            viewer: self.user_id.optional("user_id")?.filter(|id| !id.is_empty()),
        })
    }
}

#[derive(Serialize)]
struct ListBody<'a> {
    members: Vec<MemberBody<'a>>,
    next: String,
}

/// <https://sendbird.com/docs/chat/platform-api/v3/channel/listing-users/list-members-of-a-group-channel>
async fn list(call: Call, Path(url): Path<String>, Query(mut query): Query<ListQuery>) -> Result<Answer> {
    let (page, push, wanted) = call
        .read(|app| {
            let channel = channels::find(app, ChannelKind::Group, &url)?;
            let asked = asked("members", std::mem::take(&mut query.token), std::mem::take(&mut query.limit))?;
            let wanted = query.check()?;
            let after = asked.after.as_ref();
            let mut page = membership::list(app, &channel, &wanted.filter, wanted.order, after, asked.limit);
            let viewer = wanted.viewer.as_deref().map(|id| users::find(app, id)).transpose()?;
            if let Some(viewer) = viewer {
                for view in &mut page.items {
                    view.blocks = Some(blocks::between(app, &viewer.id, &view.user.id));
                }
            }
            let push = |view: &MemberView| wanted.push.then(|| push::preference(app, &view.user));
            let push: Vec<_> = page.items.iter().map(push).collect();
            Ok((page, push, wanted))
        })
        .await?;
    let home = Home::of(&call);
    let member = |(view, push)| {
        let body = MemberBody::new(view, home).with_receipts(view, wanted.read, wanted.delivered);
        body.with_mute(wanted.muted).with_push(view, push)
    };
    let members = page.items.iter().zip(push).map(member).collect();
    Ok(answer(&ListBody { members, next: page::write("members", page.next.as_ref()) }))
}

#[derive(Serialize)]
struct StateBody {
    is_member: bool,
    state: &'static str,
}

/// <https://sendbird.com/docs/chat/platform-api/v3/channel/managing-a-channel/check-if-member>
async fn view(call: Call, Path((url, user)): Path<(String, String)>) -> Result<Answer> {
    let standing = call
        .read(|app| {
            let channel = channels::find(app, ChannelKind::Group, &url)?;
            Ok(membership::state(app, &channel, &user)?)
        })
        .await?;
    Ok(answer(&StateBody { is_member: standing == Some(MemberState::Joined), state: state(standing) }))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct InviteBody {
    user_ids: Field<Vec<String>>,
    users: Field<Vec<Value>>,
    inviter_id: Field<String>,
    invitation_status: Field<BTreeMap<String, String>>,
    hidden_status: Field<BTreeMap<String, String>>,
}

impl InviteBody {
    fn check(self) -> Result<Invitation> {
        Ok(Invitation {
            users: user_ids(self.user_ids, self.users)?.ok_or_else(|| Error::missing("user_ids"))?,
            inviter: self.inviter_id.optional("inviter_id")?.filter(|id| !id.is_empty()),
            states: invitation_status(self.invitation_status)?,
            hidden: hidden_status(self.hidden_status)?,
        })
    }
}

/// <https://sendbird.com/docs/chat/platform-api/v3/channel/inviting-a-user/invite-as-members-channel>
async fn invite(call: Call, Path(url): Path<String>, Body(body, _): Body<InviteBody>) -> Result<Answer> {
    let (view, inviter, now) = call
        .write(|app| {
            let channel = channels::find(app, ChannelKind::Group, &url)?;
            let invitation = body.check()?;
            let channel = membership::invite(app, &channel, &invitation)?;
            let inviter = invitation.inviter.and_then(|id| app.users.get(id.as_str()).cloned());
            Ok((channels::view(app, &channel, &single(&call)), inviter, app.now()))
        })
        .await?;
    let home = Home::of(&call);
    Ok(answer(&GroupChannelBody::new(&view, single_keys(&call), home).invited(now.0, inviter.as_deref(), home)))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct MemberActionBody {
    user_id: Field<String>,
    access_code: Field<String>,
}

impl MemberActionBody {
    fn check(self) -> Result<(String, String)> {
        Ok((self.user_id.required("user_id")?, self.access_code.or_default("access_code")?))
    }
}

/// Runs a verb of one user on a group channel, and tells what the channel is then.
async fn act(
    call: &Call,
    url: &str,
    body: MemberActionBody,
    verb: fn(&mut Application, &Channel, &str, &str) -> crate::chat::Result<()>,
) -> Result<ChannelView> {
    call.write(|app| {
        let channel = channels::find(app, ChannelKind::Group, url)?;
        let (user, access_code) = body.check()?;
        verb(app, &channel, &user, &access_code)?;
        let channel = channels::find(app, ChannelKind::Group, url)?;
        Ok(channels::view(app, &channel, &single(call)))
    })
    .await
}

/// <https://sendbird.com/docs/chat/platform-api/v3/channel/managing-a-channel/accept-an-invitation-channel>
async fn accept(call: Call, Path(url): Path<String>, Body(body, _): Body<MemberActionBody>) -> Result<Answer> {
    let view = act(&call, &url, body, membership::accept).await?;
    Ok(answer(&GroupChannelBody::new(&view, single_keys(&call), Home::of(&call))))
}

/// <https://sendbird.com/docs/chat/platform-api/v3/channel/managing-a-channel/decline-an-invitation-channel>
async fn decline(call: Call, Path(url): Path<String>, Body(body, _): Body<MemberActionBody>) -> Result<Answer> {
    let view = act(&call, &url, body, |app, channel, user, _| membership::decline(app, channel, user)).await?;
    Ok(left(&call, &view))
}

/// <https://sendbird.com/docs/chat/platform-api/v3/channel/managing-a-channel/join-a-channel>
async fn join(call: Call, Path(url): Path<String>, Body(body, _): Body<MemberActionBody>) -> Result<Answer> {
    let view = act(&call, &url, body, membership::join).await?;
    Ok(answer(&GroupChannelBody::new(&view, single_keys(&call), Home::of(&call))))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct LeaveBody {
    user_ids: Field<Vec<String>>,
    user_id: Field<String>,
    should_leave_all: Field<bool>,
    should_remove_operator_status: Field<bool>,
    reason: Field<String>,
}

/// <https://sendbird.com/docs/chat/platform-api/v3/channel/managing-a-channel/leave-a-channel>
async fn leave(call: Call, Path(url): Path<String>, Body(body, _): Body<LeaveBody>) -> Result<Answer> {
    let view = call
        .write(|app| {
            let channel = channels::find(app, ChannelKind::Group, &url)?;
            let everyone = body.should_leave_all.or_default("should_leave_all")?;
            let drop_operators = body.should_remove_operator_status.or_default("should_remove_operator_status")?;
            body.reason.optional("reason")?;
            let users = body.user_ids.optional("user_ids")?;
            let users = users.or(body.user_id.optional("user_id")?.map(|user| vec![user]));
            if everyone {
                membership::leave_everyone(app, &channel, drop_operators);
            } else {
                let users = users.ok_or_else(|| Error::missing("user_ids"))?;
                membership::leave(app, &channel, &users, drop_operators)?;
            }
            let channel = channels::find(app, ChannelKind::Group, &url)?;
            Ok(channels::view(app, &channel, &single(&call)))
        })
        .await?;
    Ok(left(&call, &view))
}

/// The answer to who has left: a client sees what the channel is then, a server nothing.
fn left(call: &Call, view: &ChannelView) -> Answer {
    if call.user().is_none() {
        return done();
    }
    answer(&GroupChannelBody::new(view, single_keys(call), Home::of(call)))
}
