//! Operators of channels.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::GROUP;
use crate::{
    chat::{channels, operators},
    dialects::sendbird::{
        error::{Error, Result},
        extract::{Answer, Body, Call, ChannelType, Path, Query, answer, done},
        list::{PageQuery, either},
        wire::{Home, user::BasicUser},
    },
    model::{page::Page, user::User},
    web::{field::Field, page, routes::Routes},
};

pub(super) fn routes() -> Routes {
    Routes::of(GROUP)
        .get("listOperators", "/v3/{channel_type}/{channel_url}/operators", list)
        .post("registerOperators", "/v3/{channel_type}/{channel_url}/operators", register)
        .delete("unregisterOperators", "/v3/{channel_type}/{channel_url}/operators", unregister)
}

#[derive(Serialize)]
pub(super) struct ListBody<'a> {
    operators: Vec<BasicUser<'a>>,
    next: String,
}

impl<'a> ListBody<'a> {
    /// A page of the list of that name.
    pub(super) fn new(page: &'a Page<Arc<User>>, name: &str, home: Home<'a>) -> Self {
        let operators = page.items.iter().map(|user| BasicUser::new(&user.profile, home)).collect();
        Self { operators, next: page::write(name, page.next.as_ref()) }
    }
}

/// <https://sendbird.com/docs/chat/platform-api/v3/user/assigning-a-user-role/list-operators-of-a-group-channel>
async fn list(
    call: Call,
    Path((channel_type, url)): Path<(ChannelType, String)>,
    Query(query): Query<PageQuery>,
) -> Result<Answer> {
    let page = call
        .read(|app| {
            let channel = channels::find(app, channel_type.into(), &url)?;
            let asked = query.asked("operators")?;
            Ok(operators::list(app, &channel, asked.after.as_ref(), asked.limit))
        })
        .await?;
    Ok(answer(&ListBody::new(&page, "operators", Home::of(&call))))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RegisterBody {
    operator_ids: Field<Vec<String>>,
}

/// <https://sendbird.com/docs/chat/platform-api/v3/user/assigning-a-user-role/register-operators-to-a-group-channel>
async fn register(
    call: Call,
    Path((channel_type, url)): Path<(ChannelType, String)>,
    Body(body, _): Body<RegisterBody>,
) -> Result<Answer> {
    call.write(|app| {
        let channel = channels::find(app, channel_type.into(), &url)?;
        let users = body.operator_ids.required("operator_ids")?;
        Ok(operators::add(app, &channel, &users, call.user())?)
    })
    .await?;
    Ok(done())
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct UnregisterFields {
    operator_ids: Field<Vec<String>>,
    delete_all: Field<bool>,
}

impl UnregisterFields {
    /// Who is named in the query or the body; none where all are meant.
    pub(super) fn of(query: Self, body: Self) -> Result<Option<Vec<String>>> {
        if either(query.delete_all, body.delete_all).or_default("delete_all")? {
            return Ok(None);
        }
        let users = either(query.operator_ids, body.operator_ids).optional("operator_ids")?;
        let users = users.filter(|users| !users.is_empty());
        users.map(Some).ok_or_else(|| Error::missing("operator_ids"))
    }
}

/// <https://sendbird.com/docs/chat/platform-api/v3/user/assigning-a-user-role/cancel-the-registration-of-operators-from-a-group-channel>
async fn unregister(
    call: Call,
    Path((channel_type, url)): Path<(ChannelType, String)>,
    Query(query): Query<UnregisterFields>,
    Body(body, _): Body<UnregisterFields>,
) -> Result<Answer> {
    call.write(|app| {
        let channel = channels::find(app, channel_type.into(), &url)?;
        match UnregisterFields::of(query, body)? {
            Some(users) => operators::remove(app, &channel, &users, call.user())?,
            None => operators::remove_all(app, &channel, call.user()),
        }
        Ok(())
    })
    .await?;
    Ok(done())
}
