//! Freezing channels, so that only operators write.

use serde::Deserialize;

use super::GROUP;
use crate::{
    chat::channels,
    dialects::sendbird::{
        error::Result,
        extract::{Answer, Body, Call, ChannelType, Path, answer},
        group_channels::{single, single_keys},
        wire::{Home, channel::ChannelBody},
    },
    web::{field::Field, routes::Routes},
};

pub(super) fn routes() -> Routes {
    Routes::of(GROUP).put("freezeAChannel", "/v3/{channel_type}/{channel_url}/freeze", freeze)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct FreezeBody {
    freeze: Field<bool>,
}

/// <https://sendbird.com/docs/chat/platform-api/v3/moderation/freezing-a-channel/freeze-a-group-channel>
async fn freeze(
    call: Call,
    Path((channel_type, url)): Path<(ChannelType, String)>,
    Body(body, _): Body<FreezeBody>,
) -> Result<Answer> {
    let view = call
        .write(|app| {
            let channel = channels::find(app, channel_type.into(), &url)?;
            let channel = channels::freeze(app, &channel, body.freeze.required("freeze")?, call.user());
            Ok(channels::view(app, &channel, &single(&call)))
        })
        .await?;
    Ok(answer(&ChannelBody::new(&view, single_keys(&call), Home::of(&call))))
}
