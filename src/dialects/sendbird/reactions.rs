//! Reactions to messages.
//! <https://sendbird.com/docs/chat/platform-api/v3/message/reactions/reactions-overview>

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    error::Result,
    extract::{Answer, Body, Call, ChannelType, Path, Query, answer},
    list::{either, present},
    messages::message_id,
};
use crate::{
    chat::{channels, messages, reactions},
    model::ids::{MessageId, UserId},
    web::{field::Field, routes::Routes},
};

pub(super) fn routes() -> Routes {
    let path = "/v3/{channel_type}/{channel_url}/messages/{message_id}/reactions";
    Routes::of("Messages").post("addAReaction", path, add).get("listReactions", path, list).delete(
        "removeAReaction",
        path,
        remove,
    )
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ReactionBody {
    user_id: Field<String>,
    reaction: Field<String>,
}

impl ReactionBody {
    fn check(self) -> Result<(String, String)> {
        present(&[("user_id", self.user_id.is_given()), ("reaction", self.reaction.is_given())])?;
        Ok((self.user_id.required("user_id")?, self.reaction.required("reaction")?))
    }
}

/// What became of a reaction.
#[derive(Serialize)]
struct Done {
    user_id: String,
    operation: &'static str,
    success: bool,
    reaction: String,
    msg_id: MessageId,
    updated_at: i64,
}

/// <https://sendbird.com/docs/chat/platform-api/v3/message/reactions/add-a-reaction-to-a-message>
async fn add(
    call: Call,
    Path((channel_type, url, id)): Path<(ChannelType, String, String)>,
    Body(body, _): Body<ReactionBody>,
) -> Result<Answer> {
    let done = call
        .write(|app| {
            let channel = channels::find(app, channel_type.into(), &url)?;
            let message = messages::find_in(app, &channel, message_id(&id)?)?;
            let (user_id, reaction) = body.check()?;
            let added = reactions::add(app, &channel, &message, &user_id, &reaction)?;
            let (msg_id, updated_at) = (message.id, added.updated_at.0);
            Ok(Done { user_id, operation: "ADD", success: true, reaction, msg_id, updated_at })
        })
        .await?;
    Ok(answer(&done))
}

/// <https://sendbird.com/docs/chat/platform-api/v3/message/reactions/remove-a-reaction-from-a-message>
async fn remove(
    call: Call,
    Path((channel_type, url, id)): Path<(ChannelType, String, String)>,
    Query(query): Query<ReactionBody>,
    Body(body, _): Body<ReactionBody>,
) -> Result<Answer> {
    let both = ReactionBody {
        user_id: either(body.user_id, query.user_id),
        reaction: either(body.reaction, query.reaction),
    };
    let done = call
        .write(|app| {
            let channel = channels::find(app, channel_type.into(), &url)?;
            let message = messages::find_in(app, &channel, message_id(&id)?)?;
            let (user_id, reaction) = both.check()?;
            let removed_at = reactions::remove(app, &channel, &message, &user_id, &reaction)?;
            let (msg_id, updated_at) = (message.id, removed_at.0);
            Ok(Done { user_id, operation: "DELETE", success: true, reaction, msg_id, updated_at })
        })
        .await?;
    Ok(answer(&done))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ListQuery {
    list_users: Field<bool>,
}

/// Who reacted how, or how many did.
#[derive(Serialize)]
#[serde(untagged)]
enum Reactions {
    Users(BTreeMap<Box<str>, Vec<UserId>>),
    Counts(BTreeMap<Box<str>, usize>),
}

/// <https://sendbird.com/docs/chat/platform-api/v3/message/reactions/list-reactions-of-a-message>
async fn list(
    call: Call,
    Path((channel_type, url, id)): Path<(ChannelType, String, String)>,
    Query(query): Query<ListQuery>,
) -> Result<Answer> {
    let reactions = call
        .read(|app| {
            let channel = channels::find(app, channel_type.into(), &url)?;
            let message = messages::find_in(app, &channel, message_id(&id)?)?;
            let with_users = query.list_users.or_default("list_users")?;
            let all = reactions::of(app, message.id).into_iter();
            Ok(if with_users {
                Reactions::Users(all.map(|one| (one.key, one.users)).collect())
            } else {
                Reactions::Counts(all.map(|one| (one.key, one.users.len())).collect())
            })
        })
        .await?;
    Ok(answer(&reactions))
}
