//! Users: who they are and what they look like.

use std::{collections::BTreeSet, sync::Arc};

use super::{
    Entity, Error, Field, Result, blocks, changelog, devices, friends, limits, membership, offences, operators,
    push, sanctions, sessions,
};
use crate::{
    model::{
        Extra, Metadata,
        event::{Event, Leaving},
        file::Link,
        ids::{ObjectId, UserId},
        page::{Page, Place},
        user::{Profile, User},
    },
    state::Application,
};

/// A user to create.
#[derive(Clone, Debug, Default)]
pub struct NewUser {
    /// Who it is.
    pub id: String,
    /// The name that is shown.
    pub nickname: String,
    /// The picture.
    pub picture: Link,
    /// What the client hangs on the user.
    pub metadata: Metadata,
    /// E-mail address, or empty.
    pub email: String,
    /// Keys under which friends find the user.
    pub discovery_keys: Vec<String>,
    /// Whether the user gets an access token.
    pub issue_access_token: bool,
    /// What no rule reads.
    pub extra: Extra,
}

/// Creates a user.
///
/// # Errors
/// A field is too long, or the id or e-mail address is taken.
pub fn create(app: &mut Application, new: NewUser) -> Result<Arc<User>> {
    limits::id(Field::UserId, &new.id)?;
    limits::text(Field::Nickname, &new.nickname)?;
    limits::text(Field::Picture, new.picture.as_kept())?;
    limits::metadata(&new.metadata)?;
    if app.users.contains(new.id.as_str()) {
        return Err(Error::Taken(Field::UserId));
    }
    if !new.email.is_empty() && app.users.index().with_email(&new.email).is_some() {
        return Err(Error::Taken(Field::Email));
    }
    let id = UserId::from(new.id);
    let (number, profile_number) = (app.next_user_number(), app.next_number());
    let profile = app.profiles.put(Profile {
        number: profile_number,
        user: id.clone(),
        nickname: new.nickname.into(),
        picture: new.picture,
        metadata: new.metadata,
    });
    let access_token = if new.issue_access_token { app.draw() } else { String::new() };
    let online = app.presence.is_connected(&id);
    let user = User {
        id,
        number,
        profile,
        email: new.email.into(),
        access_token: access_token.into(),
        created_at: app.now(),
        active: true,
        online,
        last_seen_at: None,
        has_ever_logged_in: false,
        discovery_keys: new.discovery_keys,
        discoverable: true,
        preferred_languages: Vec::new(),
        accepts_invitations: app.settings().accepts_invitations,
        extra: new.extra,
    };
    let user = app.users.put(user);
    app.emit(Event::UserCreated(Arc::clone(&user)));
    Ok(user)
}

/// The user of that id.
///
/// # Errors
/// There is none.
pub fn find(app: &Application, id: &str) -> Result<Arc<User>> {
    app.users.get(id).cloned().ok_or(Error::NotFound(Entity::User))
}

/// The user of that id or, where the text has an `@`, of that e-mail address in whatever case.
///
/// # Errors
/// There is none.
pub fn find_by_name(app: &Application, name_or_email: &str) -> Result<Arc<User>> {
    if let Some(user) = app.users.get(name_or_email) {
        return Ok(Arc::clone(user));
    }
    let id = name_or_email
        .contains('@')
        .then(|| app.users.index().with_email(name_or_email))
        .flatten()
        .ok_or(Error::NotFound(Entity::User))?;
    find(app, id.as_str())
}

/// The user of that short number, 24-digit id, e-mail address or name, looked for in this order.
///
/// # Errors
/// There is none.
pub fn find_by_any(app: &Application, text: &str) -> Result<Arc<User>> {
    let number = text.parse().ok().or_else(|| ObjectId::parse(text).map(|id| id.number));
    let numbered = number.and_then(|number| app.users.index().numbered(number));
    if let Some(user) = numbered.and_then(|id| app.users.get(id))
        && (text.len() < 24 || object_id(user).to_string().eq_ignore_ascii_case(text))
    {
        return Ok(Arc::clone(user));
    }
    find_by_name(app, text)
}

/// The 24-digit id of a user.
pub fn object_id(user: &User) -> ObjectId {
    ObjectId { seconds: u32::try_from(user.created_at.seconds()).unwrap_or(0), number: user.number }
}

/// What is to change of a user; what is none stays.
#[derive(Clone, Debug, Default)]
pub struct UserPatch {
    /// The name that is shown.
    pub nickname: Option<String>,
    /// The picture.
    pub picture: Option<Link>,
    /// Keys under which friends find the user.
    pub discovery_keys: Option<Vec<String>>,
    /// Languages that the user prefers.
    pub preferred_languages: Option<Vec<String>>,
    /// A new access token (true) or none any more (false).
    pub issue_access_token: Option<bool>,
    /// Activate or deactivate.
    pub active: Option<bool>,
    /// Whether a user who is deactivated stays in the channels.
    pub stays_when_deactivated: bool,
}

/// Changes a user. Messages sent before keep the old name and picture.
///
/// # Errors
/// There is no such user, or a field is too long.
pub fn update(app: &mut Application, user: &User, patch: UserPatch) -> Result<Arc<User>> {
    if let Some(nickname) = &patch.nickname {
        limits::text(Field::Nickname, nickname)?;
    }
    if let Some(picture) = &patch.picture {
        limits::text(Field::Picture, picture.as_kept())?;
    }
    if let Some(languages) = &patch.preferred_languages {
        limits::items(Field::PreferredLanguages, languages.len())?;
    }
    let before = find(app, user.id.as_str())?;
    let mut new = user.clone();
    if patch.nickname.is_some() || patch.picture.is_some() {
        let number = app.next_number();
        new.profile = app.profiles.put(Profile {
            number,
            nickname: patch.nickname.map_or_else(|| user.profile.nickname.clone(), Into::into),
            picture: patch.picture.unwrap_or_else(|| user.profile.picture.clone()),
            ..Profile::clone(&user.profile)
        });
    }
    if let Some(keys) = patch.discovery_keys {
        new.discovery_keys = keys;
    }
    if let Some(languages) = patch.preferred_languages {
        new.preferred_languages = languages;
    }
    match patch.issue_access_token {
        Some(true) => new.access_token = app.draw().into(),
        Some(false) => new.access_token = Box::default(),
        None => {}
    }
    new.active = patch.active.unwrap_or(user.active);
    let deactivated = user.active && !new.active;
    let new = app.users.put(new);
    if !before.access_token.is_empty() && before.access_token != new.access_token {
        sessions::end_by_access_token(app, &new.id);
    }
    app.emit(Event::UserUpdated { user: Arc::clone(&new), before });
    if deactivated {
        sessions::revoke_all(app, &new.id);
        sessions::end_all(app, &new.id);
    }
    if deactivated && !patch.stays_when_deactivated {
        membership::leave_all(app, &new.id, false, Leaving::Deactivated);
    }
    Ok(new)
}

/// Says whether an invitation makes a user a member at once.
pub fn prefer_invitations(app: &mut Application, user: &User, accepts: bool) {
    if user.accepts_invitations != accepts
        && let Some(before) = app.users.get(&user.id).cloned()
        && let Some(user) = app.users.update(&user.id, |user| user.accepts_invitations = accepts)
    {
        app.emit(Event::UserUpdated { user, before });
    }
}

/// Says whether others find a user by discovery keys.
pub fn allow_discovery(app: &mut Application, user: &User, allowed: bool) {
    if user.discoverable != allowed
        && let Some(before) = app.users.get(&user.id).cloned()
        && let Some(user) = app.users.update(&user.id, |user| user.discoverable = allowed)
    {
        app.emit(Event::UserUpdated { user, before });
    }
}

/// Deletes a user, who leaves all channels. Messages stay.
pub fn remove(app: &mut Application, user: &Arc<User>) {
    membership::leave_all(app, &user.id, true, Leaving::Removed);
    sessions::forget(app, &user.id);
    push::forget(app, &user.id);
    devices::remove_all(app, &user.id);
    friends::forget(app, &user.id);
    changelog::forget(app, &user.id);
    sanctions::forget_user(app, &user.id);
    offences::forget_user(app, &user.id);
    operators::forget_user(app, user);
    blocks::forget_user(app, &user.id);
    if let Some(user) = app.users.remove(&user.id) {
        app.emit(Event::UserRemoved(user));
    }
}

/// Which users are asked for.
#[derive(Clone, Debug, Default)]
pub struct UserFilter {
    /// Only active ones (true), only deactivated ones (false), or both.
    pub active: Option<bool>,
    /// Only these.
    pub ids: Option<BTreeSet<String>>,
    /// Only of exactly this name.
    pub nickname: Option<String>,
    /// Only of a name that begins so.
    pub nickname_prefix: Option<String>,
    /// Only those whose metadata have one of these values under this key.
    pub metadata: Option<(String, Vec<String>)>,
}

impl UserFilter {
    /// Whether it takes that user.
    pub(super) fn takes(&self, user: &User) -> bool {
        let nickname = &*user.profile.nickname;
        self.active.is_none_or(|active| user.active == active)
            && self.ids.as_ref().is_none_or(|ids| ids.contains(user.id.as_str()))
            && self.nickname.as_ref().is_none_or(|wanted| nickname == wanted.as_str())
            && self.nickname_prefix.as_ref().is_none_or(|prefix| nickname.starts_with(prefix.as_str()))
            && self.metadata.as_ref().is_none_or(|(key, values)| {
                user.profile.metadata.get(key).is_some_and(|value| values.contains(value))
            })
    }
}

/// Users, newest first.
pub fn list(app: &Application, filter: &UserFilter, after: Option<&Place>, limit: usize) -> Page<Arc<User>> {
    let before = after.map_or(i64::MAX, |place| place.number);
    let users = app.users.index().before(before).filter_map(|id| app.users.get(id));
    let mut items: Vec<_> = users.filter(|user| filter.takes(user)).take(limit + 1).cloned().collect();
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| more).map(|user| Place { number: user.number, text: String::new() });
    Page { items, next }
}

/// Whether a user may act, and the user.
///
/// # Errors
/// There is no such user, or the user is deactivated.
pub fn acting(app: &Application, id: &str) -> Result<Arc<User>> {
    let user = find(app, id)?;
    if user.active { Ok(user) } else { Err(Error::Forbidden(super::Rule::Deactivated)) }
}

/// How often a user has written, answered and reacted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Activity {
    /// Messages that are not removed, replies included.
    pub messages: usize,
    /// Replies among them.
    pub replies: usize,
    /// Reactions.
    pub reactions: usize,
}

/// How often a user has written, answered and reacted.
pub fn activity(app: &Application, user: &User) -> Activity {
    let channels = app.messages.index().channels();
    let sent = channels.flat_map(|(_, channel)| [&channel.by_sender, &channel.silent_by_sender]);
    let sent = sent.filter_map(|by_sender| by_sender.get(&user.id));
    let mut activity =
        Activity { reactions: app.reactions.index().count_of(user.id.as_str()), ..Activity::default() };
    for own in sent {
        activity.messages += own.len();
        activity.replies += own.replies();
    }
    activity
}

/// Those of these users who exist.
pub(super) fn known(app: &Application, ids: Vec<String>) -> Box<[UserId]> {
    ids.into_iter().filter(|id| app.users.contains(id.as_str())).map(UserId::from).collect()
}

/// A basic picture of each of these users who exist.
pub fn profiles(app: &Application, ids: &[UserId]) -> Vec<Arc<Profile>> {
    ids.iter().filter_map(|id| app.users.get(id)).map(|user| Arc::clone(&user.profile)).collect()
}
