//! Session tokens, with which clients of a user log in, and session keys, with which they act then; until
//! they expire or are taken back.

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use super::{
    Error, Field, Result, Rule,
    users::{self, NewUser},
};
use crate::{
    model::{
        clock::{Ran, RanKind},
        event::Event,
        ids::UserId,
        session::{SessionKey, SessionToken},
        time::Timestamp,
        user::User,
    },
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
    revoke_keys(app, user, |key| key.token.is_some());
    app.emit(Event::SessionsRevoked(user.clone()));
}

/// Ends all sessions of a user, by whatever they were opened.
pub fn end_all(app: &mut Application, user: &UserId) {
    if revoke_keys(app, user, |_| true) {
        app.emit(Event::SessionsRevoked(user.clone()));
    }
}

/// Ends the sessions of a user that were opened by the access token, which is another now or none.
pub(super) fn end_by_access_token(app: &mut Application, user: &UserId) {
    if revoke_keys(app, user, |key| key.by_access_token) {
        app.emit(Event::SessionsRevoked(user.clone()));
    }
}

/// Takes those keys of a user back, and tells whether there were some.
fn revoke_keys(app: &mut Application, user: &UserId, concerned: impl Fn(&SessionKey) -> bool) -> bool {
    let own: Vec<Box<str>> = app.session_keys.index().of(user).map(Into::into).collect();
    let mut some = false;
    for key in own {
        if app.session_keys.get(&key).is_some_and(|key| !key.revoked && concerned(key)) {
            app.session_keys.update(&key, |key| key.revoked = true);
            some = true;
        }
    }
    some
}

/// Forgets the tokens of a user who is deleted.
pub(super) fn forget(app: &mut Application, user: &UserId) {
    let numbers: Vec<_> = of(app, user).map(|session| session.number).collect();
    for number in numbers {
        app.sessions.remove(&(user.clone(), number));
    }
    let keys: Vec<Box<str>> = app.session_keys.index().of(user).map(Into::into).collect();
    for key in keys {
        app.session_keys.remove(&key);
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

/// Opens a session of a user for a client that shows a token, or none. A user who is not there yet comes
/// into being. An `expiring` one ends some day even where nothing says so.
///
/// # Errors
/// The user is deactivated; a token is wrong or has to be there; or the id is not one that users can have.
pub fn log_in(app: &mut Application, user: &str, token: Option<&str>, expiring: bool) -> Result<Arc<SessionKey>> {
    let Some(known) = app.users.get(user).cloned() else {
        if token.is_some() {
            return Err(Error::Forbidden(Rule::NoAccount));
        }
        let user = users::create(app, NewUser { id: user.to_owned(), ..NewUser::default() })?;
        return Ok(open(app, &user, Proof::Nothing, expiring));
    };
    let proof = may_log_in(app, &known, token)?;
    Ok(open(app, &known, proof, expiring))
}

/// By what a session is opened.
#[derive(Clone, Copy, Debug)]
enum Proof {
    /// The user has no access token, and needs none.
    Nothing,
    /// The access token.
    AccessToken,
    /// The session token of that number.
    SessionToken(i64),
}

/// By what a user may log in.
fn may_log_in(app: &Application, user: &User, token: Option<&str>) -> Result<Proof> {
    if !user.active {
        return Err(Error::Forbidden(Rule::Deactivated));
    }
    let Some(token) = token else {
        let free = user.access_token.is_empty();
        return if free { Ok(Proof::Nothing) } else { Err(Error::Forbidden(Rule::BadToken)) };
    };
    if !user.access_token.is_empty() && *user.access_token == *token {
        return Ok(Proof::AccessToken);
    }
    match standing(app, user, token) {
        Standing::Valid => {
            let number = app.sessions.index().with_token(token).map(|(_, number)| *number);
            number.map(Proof::SessionToken).ok_or(Error::Forbidden(Rule::BadToken))
        }
        Standing::Revoked => Err(Error::Forbidden(Rule::SessionRevoked)),
        Standing::Expired | Standing::Unknown => Err(Error::Forbidden(Rule::BadToken)),
    }
}

fn open(app: &mut Application, user: &User, proof: Proof, expiring: bool) -> Arc<SessionKey> {
    let own: Vec<Box<str>> = app.session_keys.index().of(&user.id).map(Into::into).collect();
    let superfluous = (own.len() + 1).saturating_sub(REMEMBERED);
    for key in &own[..superfluous] {
        app.session_keys.remove(key);
    }
    if !user.has_ever_logged_in {
        app.users.update(&user.id, |user| user.has_ever_logged_in = true);
    }
    let now = app.now();
    let token = if let Proof::SessionToken(number) = proof { Some(number) } else { None };
    let by_access_token = matches!(proof, Proof::AccessToken);
    let given = token.and_then(|number| app.sessions.get(&(user.id.clone(), number)));
    let given = given.map(|token| token.expires_at);
    let expires_at = given.or_else(|| expiring.then(|| Timestamp(now.0.saturating_add(LIFETIME))));
    let user = user.id.clone();
    let key = app.draw_for(user.as_str()).into();
    let number = app.next_number();
    let revoked = false;
    app.session_keys.put(SessionKey {
        key,
        user,
        number,
        token,
        by_access_token,
        created_at: now,
        expires_at,
        revoked,
    })
}

/// The session of a key, and as whom it acts. Whoever comes back with a key goes on with it.
///
/// # Errors
/// It is not known, or its time is over, or it was taken back, or the user is deactivated.
pub fn by_key(app: &Application, key: &str) -> Result<(Arc<SessionKey>, Arc<User>)> {
    let key = app.session_keys.get(key).ok_or(Error::Forbidden(Rule::SessionExpired))?;
    let user = app.users.get(&key.user).ok_or(Error::Forbidden(Rule::SessionExpired))?;
    if !user.active {
        return Err(Error::Forbidden(Rule::Deactivated));
    }
    if key.revoked {
        return Err(Error::Forbidden(Rule::SessionRevoked));
    }
    if key.expires_at.is_some_and(|end| end <= app.now()) {
        return Err(Error::Forbidden(Rule::SessionExpired));
    }
    Ok((Arc::clone(key), Arc::clone(user)))
}

/// Whether a key was once given to that user.
pub fn is_of(app: &Application, key: &str, user: &str) -> bool {
    app.session_keys.get(key).is_some_and(|key| key.user.as_str() == user)
}

/// Gives a new key for an old one, which may have expired: by a token, or by what the old one was got with
/// if that is still good. The old one is good as long as it was.
///
/// # Errors
/// The old key is not known or was taken back, the user is deactivated, or a token is wrong or not good any more.
pub fn refresh(app: &mut Application, key: &str, token: Option<&str>, expiring: bool) -> Result<Arc<SessionKey>> {
    let key = app.session_keys.get(key).cloned().ok_or(Error::Forbidden(Rule::SessionExpired))?;
    let user = app.users.get(&key.user).cloned().ok_or(Error::Forbidden(Rule::SessionExpired))?;
    if key.revoked && token.is_none() {
        return Err(Error::Forbidden(Rule::SessionRevoked));
    }
    let proof = match (token, key.token) {
        (None, Some(number)) => {
            let given = app.sessions.get(&(user.id.clone(), number)).map(|token| token.token.clone());
            may_log_in(app, &user, Some(given.as_deref().unwrap_or_default()))?
        }
        (None, None) if user.active && key.by_access_token => Proof::AccessToken,
        (None, None) if user.active => Proof::Nothing,
        (token, _) => may_log_in(app, &user, token)?,
    };
    Ok(open(app, &user, proof, expiring))
}

/// When the next of the sessions and of the tokens that open one ends.
pub fn next_end(app: &Application) -> Option<Timestamp> {
    endings(app).map(|ran| ran.at).filter(|at| *at > app.now()).min()
}

/// When each session and each token that opens one ends that was not taken back.
pub(super) fn endings(app: &Application) -> impl Iterator<Item = Ran> {
    let ran = |at, kind, number: i64, user: &UserId| Ran {
        at,
        kind,
        id: number.to_string(),
        user: Some(user.to_string()),
    };
    let tokens = app.sessions.iter().filter(|token| !token.revoked);
    let tokens =
        tokens.map(move |token| ran(token.expires_at, RanKind::SessionTokenExpired, token.number, &token.user));
    let keys = app.session_keys.iter().filter(|key| !key.revoked);
    let keys =
        keys.filter_map(move |key| Some(ran(key.expires_at?, RanKind::SessionExpired, key.number, &key.user)));
    tokens.chain(keys)
}
