//! Mutes in channels.

use serde::{Deserialize, Serialize};

use super::{GROUP, end_at, remaining};
use crate::{
    chat::{
        channels, limits,
        sanctions::{self, SanctionView, SanctionedChannel, Sentence},
        users,
    },
    dialects::sendbird::{
        error::Result,
        extract::{Answer, Body, Call, ChannelType, Path, Query, answer, done},
        group_channels::{single, single_keys},
        list::{PageQuery, asked_within, present},
        wire::{Address, Home, channel::ChannelBody, user::BasicUser},
    },
    model::{moderation::SanctionKind::Mute, time::Timestamp},
    web::{field::Field, page, routes::Routes},
};

pub(super) fn routes() -> Routes {
    Routes::of(GROUP)
        .post("muteAUser", "/v3/{channel_type}/{channel_url}/mute", mute)
        .get("listMutedUsers", "/v3/{channel_type}/{channel_url}/mute", list)
        .get("viewAMute", "/v3/{channel_type}/{channel_url}/mute/{muted_user_id}", view)
        .delete("unmuteAUser", "/v3/{channel_type}/{channel_url}/mute/{muted_user_id}", unmute)
        .get("listMutedChannels", "/v3/users/{user_id}/mute", channels_of_user)
}

/// A user who is muted.
#[derive(Serialize)]
pub(super) struct MutedUser<'a> {
    #[serde(flatten)]
    user: BasicUser<'a>,
    remaining_duration: i64,
    start_at: i64,
    end_at: i64,
    description: &'a str,
}

impl<'a> MutedUser<'a> {
    pub(super) fn new(SanctionView { sanction, user }: &'a SanctionView, now: Timestamp, home: Home<'a>) -> Self {
        Self {
            user: BasicUser::new(&user.profile, home),
            remaining_duration: remaining(sanction, now),
            start_at: sanction.starts_at.0,
            end_at: end_at(sanction),
            description: &sanction.description,
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct CreateBody {
    user_id: Field<String>,
    seconds: Field<i64>,
    description: Field<String>,
}

impl CreateBody {
    fn check(self) -> Result<(String, Sentence)> {
        present(&[("user_id", self.user_id.is_given())])?;
        let sentence = Sentence {
            seconds: self.seconds.or("seconds", -1)?,
            description: self.description.or_default("description")?,
            agent: None,
        };
        Ok((self.user_id.required("user_id")?, sentence))
    }
}

/// <https://sendbird.com/docs/chat/platform-api/v3/moderation/muting-a-user/mute-a-user-in-a-group-channel>
async fn mute(
    call: Call,
    Path((channel_type, url)): Path<(ChannelType, String)>,
    Body(body, _): Body<CreateBody>,
) -> Result<Answer> {
    let view = call
        .write(|app| {
            let channel = channels::find(app, channel_type.into(), &url)?;
            let (user, sentence) = body.check()?;
            sanctions::impose(app, &channel, Mute, &user, &sentence)?;
            Ok(channels::view(app, &channel, &single(&call)))
        })
        .await?;
    Ok(answer(&ChannelBody::new(&view, single_keys(&call), Home::of(&call))))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ListQuery {
    token: Field<String>,
    limit: Field<i64>,
    show_total_mute_count: Field<bool>,
}

#[derive(Serialize)]
struct ListBody<'a> {
    muted_list: Vec<MutedUser<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    total_mute_count: Option<usize>,
    next: String,
}

/// <https://sendbird.com/docs/chat/platform-api/v3/moderation/listing-muted-users/list-muted-users-in-a-group-channel>
async fn list(
    call: Call,
    Path((channel_type, url)): Path<(ChannelType, String)>,
    Query(query): Query<ListQuery>,
) -> Result<Answer> {
    let (page, total_mute_count, now) = call
        .read(|app| {
            let channel = channels::find(app, channel_type.into(), &url)?;
            let asked = asked_within("mutes", query.token, query.limit, &limits::MUTED_ROWS)?;
            let counts = query.show_total_mute_count.or_default("show_total_mute_count")?;
            let scope = sanctions::in_channel(&channel);
            let total = counts.then(|| sanctions::count(app, Mute, &scope));
            Ok((sanctions::list(app, Mute, &scope, asked.after.as_ref(), asked.limit), total, app.now()))
        })
        .await?;
    let home = Home::of(&call);
    let muted_list = page.items.iter().map(|view| MutedUser::new(view, now, home)).collect();
    let next = page::write("mutes", page.next.as_ref());
    Ok(answer(&ListBody { muted_list, total_mute_count, next }))
}

#[derive(Serialize)]
struct ViewBody<'a> {
    is_muted: bool,
    remaining_duration: i64,
    start_at: i64,
    end_at: i64,
    description: &'a str,
}

/// <https://sendbird.com/docs/chat/platform-api/v3/moderation/listing-muted-users/view-a-mute-in-a-group-channel>
async fn view(call: Call, Path((channel_type, url, user)): Path<(ChannelType, String, String)>) -> Result<Answer> {
    let (mute, now) = call
        .read(|app| {
            let channel = channels::find(app, channel_type.into(), &url)?;
            let user = users::find(app, &user)?;
            Ok((sanctions::holding(app, Mute, &channel, &user.id).cloned(), app.now()))
        })
        .await?;
    let mute = mute.as_deref();
    Ok(answer(&ViewBody {
        is_muted: mute.is_some(),
        remaining_duration: mute.map_or(0, |mute| remaining(mute, now)),
        start_at: mute.map_or(0, |mute| mute.starts_at.0),
        end_at: mute.map_or(0, end_at),
        description: mute.map_or("", |mute| &mute.description),
    }))
}

/// <https://sendbird.com/docs/chat/platform-api/v3/moderation/muting-a-user/unmute-a-user-in-a-group-channel>
async fn unmute(
    call: Call,
    Path((channel_type, url, user)): Path<(ChannelType, String, String)>,
) -> Result<Answer> {
    call.write(|app| {
        let channel = channels::find(app, channel_type.into(), &url)?;
        Ok(sanctions::lift(app, Mute, &sanctions::in_channel(&channel), &[user])?)
    })
    .await?;
    Ok(done())
}

#[derive(Serialize)]
struct ChannelsBody<'a> {
    muted_channels: Vec<MutedChannel<'a>>,
    next: String,
}

/// A channel in which the user is muted, with its mute beside its own fields.
#[derive(Serialize)]
struct MutedChannel<'a> {
    remaining_duration: i64,
    start_at: i64,
    end_at: i64,
    description: &'a str,
    name: &'a str,
    custom_type: &'a str,
    channel_url: &'a str,
    created_at: i64,
    cover_url: Address<'a>,
    data: &'a str,
}

impl<'a> MutedChannel<'a> {
    fn new(view: &'a SanctionedChannel, now: Timestamp, home: Home<'a>) -> Self {
        let (mute, channel) = (&view.sanction, &view.channel.channel);
        Self {
            remaining_duration: remaining(mute, now),
            start_at: mute.starts_at.0,
            end_at: end_at(mute),
            description: &mute.description,
            name: &channel.name,
            custom_type: &channel.custom_type,
            channel_url: channel.id.as_str(),
            created_at: channel.created_at.seconds(),
            cover_url: home.address(&channel.cover),
            data: &channel.data,
        }
    }
}

/// <https://sendbird.com/docs/chat/platform-api/v3/moderation/listing-muted-users/list-muted-channels>
async fn channels_of_user(call: Call, Path(user): Path<String>, Query(query): Query<PageQuery>) -> Result<Answer> {
    let (page, now) = call
        .read(|app| {
            let user = users::find(app, &user)?;
            let asked = query.asked("muted_channels")?;
            Ok((sanctions::of_user(app, Mute, &user, asked.after.as_ref(), asked.limit), app.now()))
        })
        .await?;
    let home = Home::of(&call);
    let muted_channels = page.items.iter().map(|view| MutedChannel::new(view, now, home)).collect();
    Ok(answer(&ChannelsBody { muted_channels, next: page::write("muted_channels", page.next.as_ref()) }))
}
