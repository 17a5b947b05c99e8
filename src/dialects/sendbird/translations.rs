//! Messages in other languages.
//! <https://sendbird.com/docs/chat/platform-api/v3/message/translation/translate-a-message-into-other-languages>

use serde::Deserialize;

use super::{
    error::Result,
    extract::{Answer, Body, Call, ChannelType, Path, answer},
    list::present,
    messages::message_id,
    wire::{
        Home,
        message::{MessageBody, With},
    },
};
use crate::{
    chat::{
        channels,
        messages::{self, Include},
        translations,
    },
    web::{field::Field, routes::Routes},
};

pub(super) fn routes() -> Routes {
    let path = "/v3/{channel_type}/{channel_url}/messages/{message_id}/translation";
    Routes::of("Messages").post("translateAMessage", path, translate)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct TranslateBody {
    target_langs: Field<Vec<String>>,
}

/// <https://sendbird.com/docs/chat/platform-api/v3/message/translation/translate-a-message-into-other-languages>
async fn translate(
    call: Call,
    Path((channel_type, url, id)): Path<(ChannelType, String, String)>,
    Body(body, _): Body<TranslateBody>,
) -> Result<Answer> {
    let view = call
        .write(|app| {
            let channel = channels::find(app, channel_type.into(), &url)?;
            let message = messages::find_in(app, &channel, message_id(&id)?)?;
            present(&[("target_langs", body.target_langs.is_given())])?;
            let languages = body.target_langs.required("target_langs")?;
            let message = translations::translate(app, &message, &languages)?;
            Ok(messages::view(app, &channel, &message, Include { parent: true, ..Include::default() }))
        })
        .await?;
    Ok(answer(&MessageBody::new(&view, With::default(), Home::of(&call))))
}
