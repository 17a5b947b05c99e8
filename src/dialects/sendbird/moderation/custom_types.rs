//! Bans, mutes and operators by the custom type of channels.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    GROUP,
    bans::BanBody,
    mutes::MutedUser,
    operators::{ListBody, UnregisterFields},
};
use crate::{
    chat::{
        operators,
        sanctions::{self, SanctionView, Sentence},
        users::{self, NewUser},
    },
    dialects::sendbird::{
        error::{Error, Result},
        extract::{Answer, Body, Call, Path, Query, answer, done},
        list::{PageQuery, either},
        wire::Home,
    },
    model::{
        moderation::{SanctionKind, Scope},
        page::Page,
        time::Timestamp,
    },
    state::Application,
    web::{
        field::{Field, FieldError, Lenient, Problem},
        page,
        routes::Routes,
    },
};

pub(super) fn routes() -> Routes {
    const BANS: &str = "/v3/applications/settings_by_channel_custom_type/{custom_type}/ban";
    const OPERATORS: &str = "/v3/applications/settings_by_channel_custom_type/{custom_type}/operators";
    const MUTES: &str = "/v3/applications/settings_by_channel_custom_type/{custom_type}/mute";
    Routes::of(GROUP)
        .post("banFromCustomTypes", "/v3/users/{user_id}/banned_channel_custom_types", ban_user)
        .post("muteInCustomTypes", "/v3/users/{user_id}/muted_channel_custom_types", mute_user)
        .post("operateCustomTypes", "/v3/users/{user_id}/operating_channel_custom_types", operate)
        .post("banUsersOfACustomType", BANS, ban)
        .get("listBannedUsersOfACustomType", BANS, list_banned)
        .delete("unbanUsersOfACustomType", BANS, unban)
        .post("muteUsersOfACustomType", MUTES, mute)
        .get("listMutedUsersOfACustomType", MUTES, list_muted)
        .delete("unmuteUsersOfACustomType", MUTES, unmute)
        .get("listOperatorsOfACustomType", OPERATORS, list_operators)
        .post("registerOperatorsOfACustomType", OPERATORS, register)
        .delete("unregisterOperatorsOfACustomType", OPERATORS, unregister)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct TypesBody {
    channel_custom_types: Field<Vec<String>>,
}

async fn sanction_user(call: &Call, user: &str, body: TypesBody, kind: SanctionKind) -> Result<Answer> {
    call.write(|app| {
        users::find(app, user)?;
        let types = body.channel_custom_types.required("channel_custom_types")?;
        let sentence = Sentence { seconds: -1, description: String::new(), agent: None };
        for custom_type in types {
            sanctions::impose_on_type(app, &custom_type, kind, &[(user.to_owned(), sentence.clone())])?;
        }
        Ok(())
    })
    .await?;
    Ok(done())
}

/// <https://sendbird.com/docs/chat/platform-api/v3/moderation/banning-a-user/ban-from-channels-with-custom-channel-types>
async fn ban_user(call: Call, Path(user): Path<String>, Body(body, _): Body<TypesBody>) -> Result<Answer> {
    sanction_user(&call, &user, body, SanctionKind::Ban).await
}

/// <https://sendbird.com/docs/chat/platform-api/v3/moderation/muting-a-user/mute-a-user-in-channels-with-custom-channel-types>
async fn mute_user(call: Call, Path(user): Path<String>, Body(body, _): Body<TypesBody>) -> Result<Answer> {
    sanction_user(&call, &user, body, SanctionKind::Mute).await
}

/// <https://sendbird.com/docs/chat/platform-api/v3/user/assigning-a-user-role/register-as-an-operator-to-channels-with-custom-channel-types>
async fn operate(call: Call, Path(user): Path<String>, Body(body, _): Body<TypesBody>) -> Result<Answer> {
    call.write(|app| {
        let user = users::find(app, &user)?;
        let types = body.channel_custom_types.required("channel_custom_types")?;
        Ok(operators::operate_types(app, &user, &types)?)
    })
    .await?;
    Ok(done())
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct BanBodies {
    banned_list: Field<Vec<Value>>,
    on_demand_upsert: Field<bool>,
}

/// One item of a list of bans.
#[derive(Default, Deserialize)]
#[serde(default)]
struct BanItem {
    user_id: Field<String>,
    seconds: Field<i64>,
    description: Field<String>,
}

impl BanItem {
    fn of(item: Value) -> Result<(String, Sentence)> {
        let item = BTreeMap::<String, Value>::of_value(item);
        let item = item.map_err(|problem| FieldError { name: "banned_list", problem })?;
        let item: Self = serde_json::from_value(Value::from_iter(item))
            .map_err(|_| FieldError { name: "banned_list", problem: Problem::Not(Value::KIND) })?;
        let user = item.user_id.required("user_id")?;
        let seconds = item.seconds.or("seconds", -1)?;
        let description = item.description.or_default("description")?;
        Ok((user, Sentence { seconds, description, agent: None }))
    }
}

/// Creates those of the users who do not exist yet.
fn create_missing(app: &mut Application, sentences: &[(String, Sentence)]) -> Result<()> {
    for (id, _) in sentences {
        if users::find(app, id).is_err() {
            users::create(app, NewUser { id: id.clone(), ..NewUser::default() })?;
        }
    }
    Ok(())
}

/// <https://sendbird.com/docs/chat/platform-api/v3/moderation/banning-a-user/ban-users-in-channels-with-a-custom-channel-type>
async fn ban(call: Call, Path(custom_type): Path<String>, Body(body, _): Body<BanBodies>) -> Result<Answer> {
    call.write(|app| {
        let list = body.banned_list.required("banned_list")?;
        let sentences = list.into_iter().map(BanItem::of).collect::<Result<Vec<_>>>()?;
        if body.on_demand_upsert.or_default("on_demand_upsert")? {
            create_missing(app, &sentences)?;
        }
        Ok(sanctions::impose_on_type(app, &custom_type, SanctionKind::Ban, &sentences)?)
    })
    .await?;
    Ok(done())
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct MuteBody {
    user_ids: Field<Vec<String>>,
    seconds: Field<i64>,
    description: Field<String>,
    on_demand_upsert: Field<bool>,
}

/// <https://sendbird.com/docs/chat/platform-api/v3/moderation/muting-a-user/mute-users-in-channels-with-a-custom-channel-type>
async fn mute(call: Call, Path(custom_type): Path<String>, Body(body, _): Body<MuteBody>) -> Result<Answer> {
    call.write(|app| {
        let users = body.user_ids.required("user_ids")?;
        let sentence = Sentence {
            seconds: body.seconds.or("seconds", -1)?,
            description: body.description.or_default("description")?,
            agent: None,
        };
        let sentences: Vec<_> = users.into_iter().map(|user| (user, sentence.clone())).collect();
        if body.on_demand_upsert.or_default("on_demand_upsert")? {
            create_missing(app, &sentences)?;
        }
        Ok(sanctions::impose_on_type(app, &custom_type, SanctionKind::Mute, &sentences)?)
    })
    .await?;
    Ok(done())
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct LiftFields {
    user_ids: Field<Vec<String>>,
}

async fn lift(call: &Call, custom_type: &str, user_ids: Field<Vec<String>>, kind: SanctionKind) -> Result<Answer> {
    call.write(|app| {
        let users = user_ids.optional("user_ids")?.filter(|users| !users.is_empty());
        let users = users.ok_or_else(|| Error::missing("user_ids"))?;
        Ok(sanctions::lift(app, kind, &Scope::CustomType(custom_type.into()), &users)?)
    })
    .await?;
    Ok(done())
}

/// <https://sendbird.com/docs/chat/platform-api/v3/moderation/banning-a-user/unban-users-in-channels-with-a-custom-channel-type>
async fn unban(
    call: Call,
    Path(custom_type): Path<String>,
    Query(query): Query<LiftFields>,
    Body(body, _): Body<LiftFields>,
) -> Result<Answer> {
    lift(&call, &custom_type, either(query.user_ids, body.user_ids), SanctionKind::Ban).await
}

/// <https://sendbird.com/docs/chat/platform-api/v3/moderation/muting-a-user/unmute-users-in-channels-with-a-custom-channel-type>
async fn unmute(
    call: Call,
    Path(custom_type): Path<String>,
    Query(query): Query<LiftFields>,
    Body(body, _): Body<LiftFields>,
) -> Result<Answer> {
    lift(&call, &custom_type, either(query.user_ids, body.user_ids), SanctionKind::Mute).await
}

async fn list(
    call: &Call,
    name: &str,
    custom_type: &str,
    kind: SanctionKind,
    query: PageQuery,
) -> Result<(Page<SanctionView>, Timestamp)> {
    call.read(|app| {
        let asked = query.asked(name)?;
        let scope = Scope::CustomType(custom_type.into());
        Ok((sanctions::list(app, kind, &scope, asked.after.as_ref(), asked.limit), app.now()))
    })
    .await
}

#[derive(Serialize)]
struct BannedBody<'a> {
    banned_list: Vec<BanBody<'a>>,
    next: String,
}

/// <https://sendbird.com/docs/chat/platform-api/v3/moderation/listing-banned-users/list-banned-users-in-channels-with-a-custom-channel-type>
async fn list_banned(
    call: Call,
    Path(custom_type): Path<String>,
    Query(query): Query<PageQuery>,
) -> Result<Answer> {
    let (page, _) = list(&call, "bans of a type", &custom_type, SanctionKind::Ban, query).await?;
    let home = Home::of(&call);
    let banned_list = page.items.iter().map(|view| BanBody::new(view, home)).collect();
    Ok(answer(&BannedBody { banned_list, next: page::write("bans of a type", page.next.as_ref()) }))
}

#[derive(Serialize)]
struct MutedBody<'a> {
    muted_list: Vec<MutedUser<'a>>,
    next: String,
}

/// <https://sendbird.com/docs/chat/platform-api/v3/moderation/listing-muted-users/list-muted-users-in-channels-with-a-custom-channel-type>
async fn list_muted(call: Call, Path(custom_type): Path<String>, Query(query): Query<PageQuery>) -> Result<Answer> {
    let (page, now) = list(&call, "mutes of a type", &custom_type, SanctionKind::Mute, query).await?;
    let home = Home::of(&call);
    let muted_list = page.items.iter().map(|view| MutedUser::new(view, now, home)).collect();
    Ok(answer(&MutedBody { muted_list, next: page::write("mutes of a type", page.next.as_ref()) }))
}

/// <https://sendbird.com/docs/chat/platform-api/v3/user/assigning-a-user-role/list-operators-of-channels-with-a-custom-channel-type>
async fn list_operators(
    call: Call,
    Path(custom_type): Path<String>,
    Query(query): Query<PageQuery>,
) -> Result<Answer> {
    let page = call
        .read(|app| {
            let asked = query.asked("operators of a type")?;
            Ok(operators::list_of_type(app, &custom_type, asked.after.as_ref(), asked.limit))
        })
        .await?;
    Ok(answer(&ListBody::new(&page, "operators of a type", Home::of(&call))))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RegisterBody {
    operator_ids: Field<Vec<String>>,
}

#[derive(Serialize)]
struct RegisteredBody {
    operator_ids: Vec<String>,
}

/// <https://sendbird.com/docs/chat/platform-api/v3/user/assigning-a-user-role/register-operators-to-channels-with-a-custom-channel-type>
async fn register(
    call: Call,
    Path(custom_type): Path<String>,
    Body(body, _): Body<RegisterBody>,
) -> Result<Answer> {
    let operator_ids = call
        .write(|app| {
            let users = body.operator_ids.required("operator_ids")?;
            operators::add_to_type(app, &custom_type, &users)?;
            Ok(users)
        })
        .await?;
    Ok(answer(&RegisteredBody { operator_ids }))
}

/// <https://sendbird.com/docs/chat/platform-api/v3/user/assigning-a-user-role/cancel-the-registration-of-operators-from-channels-with-a-custom-channel-type>
async fn unregister(
    call: Call,
    Path(custom_type): Path<String>,
    Query(query): Query<UnregisterFields>,
    Body(body, _): Body<UnregisterFields>,
) -> Result<Answer> {
    call.write(|app| {
        match UnregisterFields::of(query, body)? {
            Some(users) => operators::remove_from_type(app, &custom_type, &users)?,
            None => operators::remove_all_from_type(app, &custom_type),
        }
        Ok(())
    })
    .await?;
    Ok(done())
}
