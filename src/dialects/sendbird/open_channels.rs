//! Open channels.
//! <https://sendbird.com/docs/chat/platform-api/v3/channel/channel-overview>

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    error::Result,
    extract::{Answer, Body, Call, Path, Query, answer, done},
    group_channels::{id_or_new, stock_cover},
    list::{PageQuery, asked},
    storage::{kept, uploaded},
    wire::{
        Home,
        channel::{OpenChannelBody, OpenKeys},
        user::Participant,
    },
};
use crate::{
    chat::{
        channels::{self, ChannelFilter, ChannelOrder, ChannelPatch, NewChannel, Show},
        presence,
    },
    model::{channel::ChannelKind, file::Link},
    web::{field::Field, page, routes::Routes},
};

pub(super) fn routes() -> Routes {
    Routes::of("Open channels")
        .post("createAnOpenChannel", "/v3/open_channels", create)
        .get("listOpenChannels", "/v3/open_channels", list)
        .get("viewAnOpenChannel", "/v3/open_channels/{channel_url}", view)
        .put("updateAnOpenChannel", "/v3/open_channels/{channel_url}", update)
        .delete("deleteAnOpenChannel", "/v3/open_channels/{channel_url}", remove)
        .get("listParticipants", "/v3/open_channels/{channel_url}/participants", participants)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct CreateBody {
    name: Field<String>,
    channel_url: Field<String>,
    cover_url: Field<String>,
    custom_type: Field<String>,
    data: Field<String>,
    is_ephemeral: Field<bool>,
    is_dynamic_partitioned: Field<bool>,
    operator_ids: Field<Vec<String>>,
    operators: Field<Vec<String>>,
    metadata: Field<BTreeMap<String, String>>,
}

/// What the operators and the metadata are printed with.
const SINGLE: OpenKeys = OpenKeys { operators: true, participants: false, metadata: false };

/// <https://sendbird.com/docs/chat/platform-api/v3/channel/creating-a-channel/create-an-open-channel>
async fn create(call: Call, Body(body, parts): Body<CreateBody>) -> Result<Answer> {
    let upload = uploaded(&call, parts, "cover_file").await?;
    let view = call
        .write(|app| {
            let cover = body.cover_url.optional("cover_url")?.map(|url| Link::to(&url));
            let operators = body.operator_ids.optional("operator_ids")?;
            let older = body.operators.or_default("operators")?;
            let mut new = NewChannel::new(String::new(), ChannelKind::Open);
            new.name = body.name.or("name", "Open Channel".into())?;
            new.custom_type = body.custom_type.optional("custom_type")?;
            new.data = body.data.or_default("data")?;
            new.ephemeral = body.is_ephemeral.or_default("is_ephemeral")?;
            new.partitioned = body.is_dynamic_partitioned.or("is_dynamic_partitioned", true)?;
            new.operators = operators.unwrap_or(older);
            new.metadata = body.metadata.or_default("metadata")?;
            new.id = id_or_new(app, body.channel_url.optional("channel_url")?, "sendbird_open_channel");
            new.cover = kept(app, upload.as_ref()).or(cover).unwrap_or_else(|| stock_cover(app));
            let channel = channels::create(app, new)?;
            Ok(channels::view(app, &channel, &Show { operators: true, ..Show::default() }))
        })
        .await?;
    Ok(answer(&OpenChannelBody::new(&view, SINGLE, Home::of(&call))))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ListQuery {
    token: Field<String>,
    limit: Field<i64>,
    custom_types: Field<Vec<String>>,
    custom_type: Field<Vec<String>>,
    name_contains: Field<String>,
    url_contains: Field<String>,
    channel_urls: Field<Vec<String>>,
    show_frozen: Field<bool>,
    show_metadata: Field<bool>,
    show_pinned_messages: Field<bool>,
}

#[derive(Serialize)]
struct ListBody<'a> {
    channels: Vec<OpenChannelBody<'a>>,
    next: String,
    ts: i64,
}

/// <https://sendbird.com/docs/chat/platform-api/v3/channel/listing-channels-in-an-application/list-open-channels>
async fn list(call: Call, Query(query): Query<ListQuery>) -> Result<Answer> {
    let asked = asked("open_channels", query.token, query.limit)?;
    let types = query.custom_types.optional("custom_types")?;
    let one_type = query.custom_type.optional("custom_type")?;
    let filter = ChannelFilter {
        custom_types: types.or(one_type).filter(|types| !types.is_empty()),
        name_contains: query.name_contains.optional("name_contains")?,
        id_contains: query.url_contains.optional("url_contains")?,
        ids: query.channel_urls.optional("channel_urls")?.map(|ids| ids.into_iter().collect()),
        without_frozen: !query.show_frozen.or("show_frozen", true)?,
        ..ChannelFilter::default()
    };
    let pins = query.show_pinned_messages.or_default("show_pinned_messages")?;
    let show = Show { pins, ..Show::default() };
    let keys = OpenKeys { metadata: query.show_metadata.or_default("show_metadata")?, ..OpenKeys::default() };
    let (page, now) = call
        .read(|app| {
            let order = (ChannelOrder::NewestFirst, "");
            let part = (asked.after.as_ref(), asked.limit);
            Ok((channels::list(app, Some(ChannelKind::Open), &filter, order, part, &show), app.now()))
        })
        .await?;
    let home = Home::of(&call);
    let channels = page.items.iter().map(|view| OpenChannelBody::new(view, keys, home)).collect();
    Ok(answer(&ListBody { channels, next: page::write("open_channels", page.next.as_ref()), ts: now.0 }))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ViewQuery {
    include_operators: Field<bool>,
    participants: Field<bool>,
    show_metadata: Field<bool>,
    show_pinned_messages: Field<bool>,
}

/// <https://sendbird.com/docs/chat/platform-api/v3/channel/listing-channels-in-an-application/get-an-open-channel>
async fn view(call: Call, Path(url): Path<String>, Query(query): Query<ViewQuery>) -> Result<Answer> {
    let (view, keys) = call
        .read(|app| {
            let channel = channels::find(app, ChannelKind::Open, &url)?;
            let keys = OpenKeys {
                operators: query.include_operators.or_default("include_operators")?,
                participants: query.participants.or_default("participants")?,
                metadata: query.show_metadata.or_default("show_metadata")?,
            };
            let pins = query.show_pinned_messages.or_default("show_pinned_messages")?;
            let show = Show { operators: keys.operators, members: keys.participants, pins, ..Show::default() };
            Ok((channels::view(app, &channel, &show), keys))
        })
        .await?;
    let home = Home::of(&call);
    Ok(answer(&OpenChannelBody::new(&view, keys, home)))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct UpdateBody {
    name: Field<String>,
    cover_url: Field<String>,
    custom_type: Field<String>,
    data: Field<String>,
    operator_ids: Field<Vec<String>>,
    operators: Field<Vec<String>>,
}

/// <https://sendbird.com/docs/chat/platform-api/v3/channel/managing-a-channel/update-an-open-channel>
async fn update(call: Call, Path(url): Path<String>, Body(body, parts): Body<UpdateBody>) -> Result<Answer> {
    let upload = uploaded(&call, parts, "cover_file").await?;
    let view = call
        .write(|app| {
            let channel = channels::find(app, ChannelKind::Open, &url)?;
            let cover = body.cover_url.optional("cover_url")?.map(|url| Link::to(&url));
            let operators = body.operator_ids.optional("operator_ids")?;
            let patch = ChannelPatch {
                name: body.name.optional("name")?,
                cover: kept(app, upload.as_ref()).or(cover),
                custom_type: body.custom_type.optional("custom_type")?,
                data: body.data.optional("data")?,
                operators: operators.or(body.operators.optional("operators")?),
                by: call.user().cloned(),
                ..ChannelPatch::default()
            };
            let channel = channels::update(app, &channel, patch)?;
            Ok(channels::view(app, &channel, &Show { operators: true, ..Show::default() }))
        })
        .await?;
    Ok(answer(&OpenChannelBody::new(&view, SINGLE, Home::of(&call))))
}

/// <https://sendbird.com/docs/chat/platform-api/v3/channel/managing-a-channel/delete-an-open-channel>
async fn remove(call: Call, Path(url): Path<String>) -> Result<Answer> {
    call.write(|app| {
        let channel = channels::find(app, ChannelKind::Open, &url)?;
        channels::remove(app, &channel);
        Ok(())
    })
    .await?;
    Ok(done())
}

#[derive(Serialize)]
struct ParticipantsBody<'a> {
    participants: Vec<Participant<'a>>,
    next: String,
}

/// <https://sendbird.com/docs/chat/platform-api/v3/channel/listing-users/list-participants-of-an-open-channel>
async fn participants(call: Call, Path(url): Path<String>, Query(query): Query<PageQuery>) -> Result<Answer> {
    let page = call
        .read(|app| {
            let channel = channels::find(app, ChannelKind::Open, &url)?;
            let asked = query.asked("participants")?;
            Ok(presence::participants(app, &channel, asked.after.as_ref(), asked.limit))
        })
        .await?;
    let home = Home::of(&call);
    let participants = page.items.iter().map(|view| Participant::new(view, home)).collect();
    Ok(answer(&ParticipantsBody { participants, next: page::write("participants", page.next.as_ref()) }))
}
