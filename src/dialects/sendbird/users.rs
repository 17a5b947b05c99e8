//! Users.
//! <https://sendbird.com/docs/chat/platform-api/v3/user/user-overview>

use std::{collections::BTreeMap, mem::take, sync::Arc};

use serde::{Deserialize, Serialize};

use super::{
    error::{Error, Result},
    extract::{Answer, Body, Call, Path, Query, answer, done},
    list::{asked, present, word},
    my_group_channels::total,
    storage::{kept, uploaded},
    wire::{Home, user::UserBody},
};
use crate::{
    chat::{
        Field as ChatField,
        files::Upload,
        limits, reads, sessions,
        users::{self, NewUser, UserFilter, UserPatch},
    },
    model::{file::Link, session::SessionToken, user::User},
    state::Application,
    web::{body::Part, field::Field, page, routes::Routes},
};

pub(super) fn routes() -> Routes {
    Routes::of("Users")
        .post("createAUser", "/v3/users", create)
        .get("listUsers", "/v3/users", list)
        .get("viewAUser", "/v3/users/{user_id}", view)
        .put("updateAUser", "/v3/users/{user_id}", update)
        .delete("deleteAUser", "/v3/users/{user_id}", remove)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct CreateBody {
    user_id: Field<String>,
    nickname: Field<String>,
    profile_url: Field<String>,
    issue_access_token: Field<bool>,
    discovery_keys: Field<Vec<String>>,
    metadata: Field<BTreeMap<String, String>>,
    issue_session_token: Field<bool>,
    session_token_expires_at: Field<i64>,
}

/// A session token that is wanted.
struct NewSession {
    until: Option<i64>,
}

/// The older way to a session token: whether one is wanted, and until when.
fn wanted_session(issue: Field<bool>, expires_at: Field<i64>) -> Result<Option<NewSession>> {
    let until = expires_at.optional("session_token_expires_at")?;
    Ok(issue.or_default("issue_session_token")?.then_some(NewSession { until }))
}

/// Issues a session token where one is wanted, and tells those that are shown with the user.
fn with_session(app: &mut Application, user: &User, wanted: Option<NewSession>) -> Result<Vec<Arc<SessionToken>>> {
    if let Some(session) = wanted {
        sessions::issue(app, user, session.until, true)?;
    }
    Ok(sessions::listed(app, user))
}

impl CreateBody {
    fn check(mut self) -> Result<(NewUser, Option<NewSession>)> {
        present(&[("user_id", self.user_id.is_given()), ("nickname", self.nickname.is_given())])?;
        let session =
            wanted_session(take(&mut self.issue_session_token), take(&mut self.session_token_expires_at))?;
        let new = NewUser {
            id: self.user_id.required("user_id")?,
            nickname: self.nickname.required("nickname")?,
            picture: Link::to(&self.profile_url.or_default("profile_url")?),
            metadata: self.metadata.or_default("metadata")?,
            discovery_keys: self.discovery_keys.or_default("discovery_keys")?,
            issue_access_token: self.issue_access_token.or_default("issue_access_token")?,
            ..NewUser::default()
        };
        Ok((new, session))
    }
}

/// The longest picture of a user that may be uploaded, in bytes.
const LONGEST_PICTURE: usize = 5 << 20;

/// The uploaded picture of a user, its bytes put aside.
async fn picture(call: &Call, parts: Vec<Part>) -> Result<Option<Upload>> {
    let Some(part) = parts.iter().find(|part| part.field == "profile_file") else { return Ok(None) };
    if !matches!(&*part.media_type, "image/jpeg" | "image/jpg" | "image/png") {
        return Err(Error::invalid("profile_file", "It must be a JPEG or a PNG image"));
    }
    if part.content.len() > LONGEST_PICTURE {
        return Err(Error::invalid("profile_file", "It must be at most 5 MB"));
    }
    uploaded(call, parts, "profile_file").await
}

/// <https://sendbird.com/docs/chat/platform-api/v3/user/creating-users/create-a-user>
async fn create(call: Call, Body(body, parts): Body<CreateBody>) -> Result<Answer> {
    let (new, session) = body.check()?;
    let upload = picture(&call, parts).await?;
    let (user, sessions) = call
        .write(|app| {
            let picture = kept(app, upload.as_ref()).unwrap_or(new.picture);
            let user = users::create(app, NewUser { picture, ..new })?;
            let sessions = with_session(app, &user, session)?;
            Ok((user, sessions))
        })
        .await?;
    Ok(answer(&UserBody::new(&user, Home::of(&call)).with_sessions(&sessions).created()))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ListQuery {
    token: Field<String>,
    limit: Field<i64>,
    active_mode: Field<String>,
    show_bot: Field<bool>,
    user_ids: Field<Vec<String>>,
    nickname: Field<String>,
    nickname_startswith: Field<String>,
    metadatakey: Field<String>,
    metadatavalues_in: Field<Vec<String>>,
}

impl ListQuery {
    fn filter(self) -> Result<UserFilter> {
        self.show_bot.or("show_bot", true)?;
        let key = self.metadatakey.optional("metadatakey")?;
        let values = self.metadatavalues_in.optional("metadatavalues_in")?;
        let ids = self.user_ids.optional("user_ids")?;
        limits::items(ChatField::AskedUsers, ids.as_ref().map_or(0, Vec::len))?;
        Ok(UserFilter {
            active: word(
                self.active_mode,
                "active_mode",
                &[("activated", Some(true)), ("deactivated", Some(false)), ("all", None)],
                Some(true),
            )?,
            ids: ids.map(|ids| ids.into_iter().collect()),
            nickname: self.nickname.optional("nickname")?,
            nickname_prefix: self.nickname_startswith.optional("nickname_startswith")?,
            metadata: match (key, values) {
                (Some(key), Some(values)) => Some((key, values)),
                (None, None) => None,
                (None, Some(_)) => return Err(Error::missing("metadatakey")),
                (Some(_), None) => return Err(Error::missing("metadatavalues_in")),
            },
        })
    }
}

#[derive(Serialize)]
struct ListBody<'a> {
    users: Vec<UserBody<'a>>,
    next: String,
}

/// <https://sendbird.com/docs/chat/platform-api/v3/user/listing-users/list-users>
async fn list(call: Call, Query(mut query): Query<ListQuery>) -> Result<Answer> {
    let asked = asked("users", std::mem::take(&mut query.token), std::mem::take(&mut query.limit))?;
    let filter = query.filter()?;
    let page = call.read(|app| Ok(users::list(app, &filter, asked.after.as_ref(), asked.limit))).await?;
    let home = Home::of(&call);
    let users = page.items.iter().map(|user| UserBody::new(user, home)).collect();
    Ok(answer(&ListBody { users, next: page::write("users", page.next.as_ref()) }))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ViewQuery {
    include_unread_count: Field<bool>,
    custom_types: Field<Vec<String>>,
    super_mode: Field<String>,
}

/// <https://sendbird.com/docs/chat/platform-api/v3/user/listing-users/get-a-user>
async fn view(call: Call, Path(id): Path<String>, Query(query): Query<ViewQuery>) -> Result<Answer> {
    let (user, unread, sessions) = call
        .read(|app| {
            let user = users::find(app, &id)?;
            let filter = total(query.super_mode, query.custom_types)?;
            let counts = query.include_unread_count.or_default("include_unread_count")?;
            let unread = counts.then(|| reads::new_in_channels(app, &user.id, &filter));
            let sessions = sessions::listed(app, &user);
            Ok((user, unread.map(|totals| (totals.messages, totals.channels)), sessions))
        })
        .await?;
    Ok(answer(&UserBody::new(&user, Home::of(&call)).with_unread(unread).with_sessions(&sessions)))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct UpdateBody {
    nickname: Field<String>,
    profile_url: Field<String>,
    issue_access_token: Field<bool>,
    is_active: Field<bool>,
    leave_all_when_deactivated: Field<bool>,
    last_seen_at: Field<i64>,
    discovery_keys: Field<Vec<String>>,
    preferred_languages: Field<Vec<String>>,
    issue_session_token: Field<bool>,
    session_token_expires_at: Field<i64>,
}

impl UpdateBody {
    fn check(self) -> Result<(UserPatch, Option<NewSession>)> {
        // Only says something of a user who was connected, and nobody is yet.
        self.last_seen_at.optional("last_seen_at")?;
        let session = wanted_session(self.issue_session_token, self.session_token_expires_at)?;
        let patch = UserPatch {
            nickname: self.nickname.optional("nickname")?,
            picture: self.profile_url.optional("profile_url")?.map(|url| Link::to(&url)),
            discovery_keys: self.discovery_keys.optional("discovery_keys")?,
            preferred_languages: self.preferred_languages.optional("preferred_languages")?,
            issue_access_token: self.issue_access_token.optional("issue_access_token")?,
            active: self.is_active.optional("is_active")?,
            stays_when_deactivated: !self.leave_all_when_deactivated.or("leave_all_when_deactivated", true)?,
        };
        Ok((patch, session))
    }
}

/// <https://sendbird.com/docs/chat/platform-api/v3/user/managing-users/update-a-user>
async fn update(call: Call, Path(id): Path<String>, Body(body, parts): Body<UpdateBody>) -> Result<Answer> {
    let upload = picture(&call, parts).await?;
    let (user, sessions) = call
        .write(|app| {
            let user = users::find(app, &id)?;
            let (patch, session) = body.check()?;
            let picture = kept(app, upload.as_ref()).or(patch.picture);
            let user = users::update(app, &user, UserPatch { picture, ..patch })?;
            let sessions = with_session(app, &user, session)?;
            Ok((user, sessions))
        })
        .await?;
    Ok(answer(&UserBody::new(&user, Home::of(&call)).with_sessions(&sessions)))
}

/// <https://sendbird.com/docs/chat/platform-api/v3/user/managing-users/delete-a-user>
async fn remove(call: Call, Path(id): Path<String>) -> Result<Answer> {
    call.write(|app| {
        let user = users::find(app, &id)?;
        users::remove(app, &user);
        Ok(())
    })
    .await?;
    Ok(done())
}
