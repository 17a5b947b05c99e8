//! Session tokens: with them clients of a user log in, until they expire or are taken back.

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use super::{Error, Field, Result, Rule};
use crate::{
    model::{event::Event, ids::UserId, session::SessionToken, time::Timestamp, user::User},
    state::Application,
};

/// How long a token lives where nobody says: seven days.
const LIFETIME: i64 = 7 * 24 * 60 * 60 * 1000;

/// How many tokens of a user are remembered; the oldest goes first.
const REMEMBERED: usize = 100;

/// Issues a session token. A `listed` one is shown with the user.
///
/// # Errors
/// The user is deactivated, or the token would have expired already.
pub fn issue(app: &mut Application, user: &User, until: Option<i64>, listed: bool) -> Result<Arc<SessionToken>> {
    let now = app.now();
    let expires_at = Timestamp(until.unwrap_or_else(|| now.0.saturating_add(LIFETIME)));
    if expires_at <= now {
        return Err(Error::Invalid { field: Field::ExpiresAt, why: "It must be in the future" });
    }
    if !user.active {
        return Err(Error::Forbidden(Rule::Deactivated));
    }
    let own: Vec<_> = of(app, &user.id).map(|session| session.number).collect();
    let superfluous = (own.len() + 1).saturating_sub(REMEMBERED);
    for number in own.into_iter().take(superfluous) {
        app.sessions.remove(&(user.id.clone(), number));
    }
    let token = token(app, user, expires_at).into();
    let number = app.next_number();
    let session =
        SessionToken { user: user.id.clone(), number, token, created_at: now, expires_at, listed, revoked: false };
    Ok(app.sessions.put(session))
}

/// A text in the shape of a signed JSON web token. Nobody can check its signature, which is but a
/// number that was never given out.
fn token(app: &mut Application, user: &User, expires_at: Timestamp) -> String {
    let head = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT"}"#);
    let claims = format!(r#"{{"ver":1,"u":{},"v":1,"e":{}}}"#, user.number, expires_at.seconds());
    let claims = URL_SAFE_NO_PAD.encode(claims);
    let signature = [app.draw(), app.draw()].concat();
    let signature = URL_SAFE_NO_PAD.encode(hex::decode(&signature[..64]).unwrap_or_default());
    format!("{head}.{claims}.{signature}")
}

fn of<'a>(app: &'a Application, user: &UserId) -> impl Iterator<Item = &'a Arc<SessionToken>> {
    let keys = (user.clone(), i64::MIN)..=(user.clone(), i64::MAX);
    app.sessions.range(keys)
}

/// The tokens that are shown with a user: those that can be used, the oldest first.
pub fn listed(app: &Application, user: &User) -> Vec<Arc<SessionToken>> {
    let usable = |session: &&Arc<SessionToken>| standing_of(app, session) == Standing::Valid;
    of(app, &user.id).filter(|session| session.listed).filter(usable).cloned().collect()
}

/// Takes all session tokens of a user back.
pub fn revoke_all(app: &mut Application, user: &UserId) {
    let keys = of(app, user).filter(|session| !session.revoked);
    let keys: Vec<_> = keys.map(|session| (session.user.clone(), session.number)).collect();
    if keys.is_empty() {
        return;
    }
    for key in keys {
        app.sessions.update(&key, |session| session.revoked = true);
    }
    app.emit(Event::SessionsRevoked(user.clone()));
}

/// Forgets the tokens of a user who is deleted.
pub(super) fn forget(app: &mut Application, user: &UserId) {
    let numbers: Vec<_> = of(app, user).map(|session| session.number).collect();
    for number in numbers {
        app.sessions.remove(&(user.clone(), number));
    }
}

/// What a token is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It opens a session.
    Valid,
    /// Its time is over.
    Expired,
    /// It was taken back.
    Revoked,
    /// It is none of that user.
    Unknown,
}

/// What a token of a user is worth now.
pub fn standing(app: &Application, user: &User, token: &str) -> Standing {
    let key = app.sessions.index().with_token(token).filter(|(of, _)| *of == user.id);
    let session = key.and_then(|key| app.sessions.get(key));
    session.map_or(Standing::Unknown, |session| standing_of(app, session))
}

fn standing_of(app: &Application, session: &SessionToken) -> Standing {
    if session.revoked {
        Standing::Revoked
    } else if session.expires_at <= app.now() {
        Standing::Expired
    } else {
        Standing::Valid
    }
}
