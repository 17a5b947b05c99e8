//! How clients log in without a socket.

use serde::{Deserialize, Serialize};

use super::{
    error::Result,
    extract::{Answer, Body, Path, Visitor, answer},
    wire::{
        Home,
        login::{Login, SERVICES, expires_at},
    },
};
use crate::{
    chat::{sessions, users},
    web::{field::Field, routes::Routes},
};

pub(super) fn routes() -> Routes {
    Routes::of("Client SDKs")
        .post("authenticateAUser", "/v3/sdk/users/{user_id}/authentication", log_in)
        .post("logInAUser", "/v3/users/{user_id}/login", log_in)
        .post("issueASessionKey", "/v3/users/{user_id}/session_key", issue_key)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct LoginBody {
    token: Field<String>,
    access_token: Field<String>,
    expiring_session: Field<bool>,
}

impl LoginBody {
    /// The token that is shown there or in a header, if there is one, and whether the session is to end some day.
    fn check(self, header: Option<String>) -> Result<(Option<String>, bool)> {
        let token = self.token.optional("token")?;
        let token = token.or(self.access_token.optional("access_token")?).or(header);
        Ok((
            token.filter(|token| !matches!(&**token, "" | "null")),
            self.expiring_session.or_default("expiring_session")?,
        ))
    }
}

/// Opens a session, and tells all that the socket would tell.
async fn log_in(visitor: Visitor, Path(id): Path<String>, Body(body, _): Body<LoginBody>) -> Result<Answer> {
    let Visitor { call, token, .. } = visitor;
    let (token, expiring) = body.check(token)?;
    let login = call
        .write(|app| {
            let key = sessions::log_in(app, &id, token.as_deref(), expiring)?;
            let user = users::find(app, &id)?;
            Ok(Login::new(app, key, user))
        })
        .await?;
    Ok(answer(&login.body(call.site.upload_limit, Home::of(&call))))
}

#[derive(Serialize)]
struct KeyBody<'a> {
    key: &'a str,
    new_key: &'a str,
    expires_at: i64,
    services: [&'static str; 2],
}

/// Opens a session; with the key of an older one of that user, goes on with that under a new key.
async fn issue_key(visitor: Visitor, Path(id): Path<String>, Body(body, _): Body<LoginBody>) -> Result<Answer> {
    let Visitor { call, token, key } = visitor;
    let (token, expiring) = body.check(token)?;
    let session = call
        .write(|app| {
            let own = key.as_deref().filter(|key| sessions::is_of(app, key, &id));
            Ok(match own {
                Some(key) => sessions::refresh(app, key, token.as_deref(), expiring)?,
                None => sessions::log_in(app, &id, token.as_deref(), expiring)?,
            })
        })
        .await?;
    let key = &*session.key;
    Ok(answer(&KeyBody { key, new_key: key, expires_at: expires_at(&session), services: SERVICES }))
}
