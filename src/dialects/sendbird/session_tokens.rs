//! Session tokens.
//! <https://sendbird.com/docs/chat/platform-api/v3/user/managing-session-tokens/issue-a-session-token>

use serde::{Deserialize, Serialize};

use super::{
    error::Result,
    extract::{Answer, Body, Call, Path, answer, done},
};
use crate::{
    chat::{sessions, users},
    web::{field::Field, routes::Routes},
};

pub(super) fn routes() -> Routes {
    Routes::of("Users").post("issueASessionToken", "/v3/users/{user_id}/token", issue).delete(
        "revokeAllSessionTokens",
        "/v3/users/{user_id}/token",
        revoke,
    )
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct IssueBody {
    expires_at: Field<i64>,
}

#[derive(Serialize)]
struct TokenBody<'a> {
    token: &'a str,
    expires_at: i64,
}

/// <https://sendbird.com/docs/chat/platform-api/v3/user/managing-session-tokens/issue-a-session-token>
async fn issue(call: Call, Path(id): Path<String>, Body(body, _): Body<IssueBody>) -> Result<Answer> {
    let session = call
        .write(|app| {
            let user = users::find(app, &id)?;
            let until = body.expires_at.optional("expires_at")?;
            Ok(sessions::issue(app, &user, until, false)?)
        })
        .await?;
    Ok(answer(&TokenBody { token: &session.token, expires_at: session.expires_at.0 }))
}

/// <https://sendbird.com/docs/chat/platform-api/v3/user/managing-session-tokens/revoke-all-session-tokens>
async fn revoke(call: Call, Path(id): Path<String>) -> Result<Answer> {
    call.write(|app| {
        let user = users::find(app, &id)?;
        sessions::revoke_all(app, &user.id);
        Ok(())
    })
    .await?;
    Ok(done())
}
