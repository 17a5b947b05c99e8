//! Bans from channels.

use serde::{Deserialize, Serialize};

use super::GROUP;
use crate::{
    chat::{
        channels,
        sanctions::{self, SanctionView, SanctionedChannel, Sentence},
        users,
    },
    dialects::sendbird::{
        error::Result,
        extract::{Answer, Body, Call, ChannelType, Path, Query, answer, done},
        group_channels::SINGLE,
        list::{PageQuery, asked, present},
        wire::{
            Home,
            channel::{ChannelBody, ShowKeys},
            user::BasicUser,
        },
    },
    model::moderation::SanctionKind::Ban,
    web::{field::Field, page, routes::Routes},
};

pub(super) fn routes() -> Routes {
    Routes::of(GROUP)
        .post("banAUser", "/v3/{channel_type}/{channel_url}/ban", ban)
        .get("listBannedUsers", "/v3/{channel_type}/{channel_url}/ban", list)
        .get("viewABan", "/v3/{channel_type}/{channel_url}/ban/{banned_user_id}", view)
        .put("updateABan", "/v3/{channel_type}/{channel_url}/ban/{banned_user_id}", update)
        .delete("unbanAUser", "/v3/{channel_type}/{channel_url}/ban/{banned_user_id}", unban)
        .get("listBannedChannels", "/v3/users/{user_id}/ban", channels_of_user)
}

/// A ban.
#[derive(Serialize)]
pub(super) struct BanBody<'a> {
    user: BannedUser<'a>,
    start_at: i64,
    end_at: i64,
    description: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_url: Option<&'static str>,
}

/// The user of a ban. Client SDKs look here for what the ban itself says too.
#[derive(Serialize)]
struct BannedUser<'a> {
    #[serde(flatten)]
    user: BasicUser<'a>,
    end_at: i64,
    description: &'a str,
}

impl<'a> BanBody<'a> {
    pub(super) fn new(SanctionView { sanction, user }: &'a SanctionView, home: Home<'a>) -> Self {
        Self {
            user: BannedUser {
                user: BasicUser::new(&user.profile, home),
                end_at: sanction.ends_at.0,
                description: &sanction.description,
            },
            start_at: sanction.starts_at.0,
            end_at: sanction.ends_at.0,
            description: &sanction.description,
            next_url: None,
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct CreateBody {
    user_id: Field<String>,
    agent_id: Field<String>,
    seconds: Field<i64>,
    description: Field<String>,
}

impl CreateBody {
    fn check(self) -> Result<(String, Sentence)> {
        present(&[("user_id", self.user_id.is_given())])?;
        let sentence = Sentence {
            seconds: self.seconds.or("seconds", -1)?,
            description: self.description.or_default("description")?,
            agent: self.agent_id.optional("agent_id")?.filter(|id| !id.is_empty()),
        };
        Ok((self.user_id.required("user_id")?, sentence))
    }
}

/// <https://sendbird.com/docs/chat/platform-api/v3/moderation/banning-a-user/ban-from-a-group-channel>
async fn ban(
    call: Call,
    Path((channel_type, url)): Path<(ChannelType, String)>,
    Body(body, _): Body<CreateBody>,
) -> Result<Answer> {
    let view = call
        .write(|app| {
            let channel = channels::find(app, channel_type.into(), &url)?;
            let (user, sentence) = body.check()?;
            Ok(sanctions::impose(app, &channel, Ban, &user, &sentence)?)
        })
        .await?;
    Ok(answer(&BanBody { next_url: Some("/"), ..BanBody::new(&view, Home::of(&call)) }))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ListQuery {
    token: Field<String>,
    limit: Field<i64>,
    show_total_ban_count: Field<bool>,
}

#[derive(Serialize)]
struct ListBody<'a> {
    banned_list: Vec<BanBody<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    total_ban_count: Option<usize>,
    next: String,
}

/// <https://sendbird.com/docs/chat/platform-api/v3/moderation/listing-banned-users/list-banned-users-in-a-group-channel>
async fn list(
    call: Call,
    Path((channel_type, url)): Path<(ChannelType, String)>,
    Query(query): Query<ListQuery>,
) -> Result<Answer> {
    let (page, total_ban_count) = call
        .read(|app| {
            let channel = channels::find(app, channel_type.into(), &url)?;
            let asked = asked("bans", query.token, query.limit)?;
            let counts = query.show_total_ban_count.or_default("show_total_ban_count")?;
            let scope = sanctions::in_channel(&channel);
            let total = counts.then(|| sanctions::count(app, Ban, &scope));
            Ok((sanctions::list(app, Ban, &scope, asked.after.as_ref(), asked.limit), total))
        })
        .await?;
    let home = Home::of(&call);
    let banned_list = page.items.iter().map(|view| BanBody::new(view, home)).collect();
    let next = page::write("bans", page.next.as_ref());
    Ok(answer(&ListBody { banned_list, total_ban_count, next }))
}

/// <https://sendbird.com/docs/chat/platform-api/v3/moderation/listing-banned-users/view-a-ban-of-a-user>
async fn view(call: Call, Path((channel_type, url, user)): Path<(ChannelType, String, String)>) -> Result<Answer> {
    let view = call
        .read(|app| {
            let channel = channels::find(app, channel_type.into(), &url)?;
            Ok(sanctions::find(app, Ban, &sanctions::in_channel(&channel), &user)?)
        })
        .await?;
    Ok(answer(&BanBody::new(&view, Home::of(&call))))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct UpdateBody {
    seconds: Field<i64>,
    description: Field<String>,
}

/// <https://sendbird.com/docs/chat/platform-api/v3/moderation/banning-a-user/update-a-ban-in-a-group-channel>
async fn update(
    call: Call,
    Path((channel_type, url, user)): Path<(ChannelType, String, String)>,
    Body(body, _): Body<UpdateBody>,
) -> Result<Answer> {
    let view = call
        .write(|app| {
            let channel = channels::find(app, channel_type.into(), &url)?;
            sanctions::find(app, Ban, &sanctions::in_channel(&channel), &user)?;
            let seconds = body.seconds.required("seconds")?;
            let description = body.description.optional("description")?;
            Ok(sanctions::revise(app, &channel, &user, seconds, description)?)
        })
        .await?;
    Ok(answer(&BanBody::new(&view, Home::of(&call))))
}

/// <https://sendbird.com/docs/chat/platform-api/v3/moderation/banning-a-user/unban-from-a-group-channel>
async fn unban(call: Call, Path((channel_type, url, user)): Path<(ChannelType, String, String)>) -> Result<Answer> {
    call.write(|app| {
        let channel = channels::find(app, channel_type.into(), &url)?;
        let scope = sanctions::in_channel(&channel);
        sanctions::find(app, Ban, &scope, &user)?;
        Ok(sanctions::lift(app, Ban, &scope, &[user])?)
    })
    .await?;
    Ok(done())
}

#[derive(Serialize)]
struct ChannelsBody<'a> {
    banned_channels: Vec<BannedChannel<'a>>,
    next: String,
}

#[derive(Serialize)]
struct BannedChannel<'a> {
    start_at: i64,
    end_at: i64,
    description: &'a str,
    channel: ChannelBody<'a>,
}

impl<'a> BannedChannel<'a> {
    fn new(SanctionedChannel { sanction, channel }: &'a SanctionedChannel, home: Home<'a>) -> Self {
        let keys = ShowKeys { single: false, members: false, ..SINGLE };
        Self {
            start_at: sanction.starts_at.0,
            end_at: sanction.ends_at.0,
            description: &sanction.description,
            channel: ChannelBody::new(channel, keys, home),
        }
    }
}

/// <https://sendbird.com/docs/chat/platform-api/v3/moderation/listing-banned-users/list-banned-channels>
async fn channels_of_user(call: Call, Path(user): Path<String>, Query(query): Query<PageQuery>) -> Result<Answer> {
    let page = call
        .read(|app| {
            let user = users::find(app, &user)?;
            let asked = query.asked("banned_channels")?;
            Ok(sanctions::of_user(app, Ban, &user, asked.after.as_ref(), asked.limit))
        })
        .await?;
    let home = Home::of(&call);
    let banned_channels = page.items.iter().map(|view| BannedChannel::new(view, home)).collect();
    Ok(answer(&ChannelsBody { banned_channels, next: page::write("banned_channels", page.next.as_ref()) }))
}
