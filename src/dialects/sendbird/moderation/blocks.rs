//! Blocks between users.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::GROUP;
use crate::{
    chat::{
        blocks::{self, Side},
        users::{self, UserFilter},
    },
    dialects::sendbird::{
        error::{Error, Result},
        extract::{Answer, Body, Call, Path, Query, answer, done},
        group_channels::user_ids,
        list::{asked, word},
        wire::{Home, user::UserBody},
    },
    web::{field::Field, page, routes::Routes},
};

pub(super) fn routes() -> Routes {
    Routes::of(GROUP)
        .post("blockUsers", "/v3/users/{user_id}/block", block)
        .get("listBlockedUsers", "/v3/users/{user_id}/block", list)
        .delete("unblockAUser", "/v3/users/{user_id}/block/{target_id}", unblock)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct BlockBody {
    target_id: Field<String>,
    user_ids: Field<Vec<String>>,
    users: Field<Vec<Value>>,
}

#[derive(Serialize)]
struct ListBody<'a> {
    users: Vec<UserBody<'a>>,
    next: String,
}

/// Blocks one user, who is the answer; or several.
/// <https://sendbird.com/docs/chat/platform-api/v3/moderation/blocking-users/block-users>
async fn block(call: Call, Path(user): Path<String>, Body(body, _): Body<BlockBody>) -> Result<Answer> {
    let (blocked, single) = call
        .write(|app| {
            let user = users::find(app, &user)?;
            let one = body.target_id.optional("target_id")?;
            let several = user_ids(body.user_ids, body.users)?;
            let single = several.is_none();
            let targets = several.or_else(|| one.map(|one| vec![one]));
            let targets = targets.ok_or_else(|| Error::missing("target_id"))?;
            Ok((blocks::block(app, &user, &targets)?, single))
        })
        .await?;
    let home = Home::of(&call);
    if let (true, [user]) = (single, blocked.as_slice()) {
        return Ok(answer(&UserBody::new(user, home)));
    }
    let users = blocked.iter().map(|user| UserBody::new(user, home)).collect();
    Ok(answer(&ListBody { users, next: String::new() }))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ListQuery {
    token: Field<String>,
    limit: Field<i64>,
    list: Field<String>,
    user_ids: Field<Vec<String>>,
    metadatakey: Field<String>,
    metadatavalues_in: Field<Vec<String>>,
}

impl ListQuery {
    fn check(self) -> Result<(Side, UserFilter)> {
        let sides = [("blocked_by_me", Side::Blocked), ("blocking_me", Side::Blocking)];
        let side = word(self.list, "list", &sides, Side::Blocked)?;
        let ids = self.user_ids.optional("user_ids")?.filter(|ids| !ids.is_empty());
        let key = self.metadatakey.optional("metadatakey")?;
        let values = self.metadatavalues_in.optional("metadatavalues_in")?;
        let filter = UserFilter {
            ids: ids.map(|ids| ids.into_iter().collect()),
            metadata: match (key, values) {
                (Some(key), Some(values)) => Some((key, values)),
                (None, None) => None,
                (None, Some(_)) => return Err(Error::missing("metadatakey")),
                (Some(_), None) => return Err(Error::missing("metadatavalues_in")),
            },
            ..UserFilter::default()
        };
        Ok((side, filter))
    }
}

/// <https://sendbird.com/docs/chat/platform-api/v3/moderation/listing-blocked-and-blocking-users/list-blocked-users>
async fn list(call: Call, Path(user): Path<String>, Query(mut query): Query<ListQuery>) -> Result<Answer> {
    let page = call
        .read(|app| {
            let user = users::find(app, &user)?;
            let asked = asked("blocks", std::mem::take(&mut query.token), std::mem::take(&mut query.limit))?;
            let (side, filter) = query.check()?;
            Ok(blocks::list(app, &user, side, &filter, asked.after.as_ref(), asked.limit))
        })
        .await?;
    let home = Home::of(&call);
    let users = page.items.iter().map(|user| UserBody::new(user, home)).collect();
    Ok(answer(&ListBody { users, next: page::write("blocks", page.next.as_ref()) }))
}

/// <https://sendbird.com/docs/chat/platform-api/v3/moderation/blocking-users/unblock-a-user>
async fn unblock(call: Call, Path((user, target)): Path<(String, String)>) -> Result<Answer> {
    call.write(|app| {
        let user = users::find(app, &user)?;
        Ok(blocks::unblock(app, &user, &target)?)
    })
    .await?;
    Ok(done())
}
