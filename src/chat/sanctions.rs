//! Bans and mutes, in a channel or in all channels of a custom type. Each ends by the
//! application's clock: what has ended is as if it had never been.

use std::{slice, sync::Arc};

use super::{
    Entity, Error, Field, Result, Rule,
    channels::{self, ChannelView, Show},
    limits, membership, presence, users,
};
use crate::{
    model::{
        channel::{Channel, ChannelKind},
        clock::{Ran, RanKind},
        event::{Concerned, Event, Leaving},
        ids::{ChannelId, UserId},
        moderation::{Sanction, SanctionKind, Scope},
        page::{Page, Place},
        time::Timestamp,
        user::User,
    },
    state::Application,
};

/// For how long a user is banned or muted, and why.
#[derive(Clone, Debug)]
pub struct Sentence {
    /// Seconds from now; -1 for good, which is ten years.
    pub seconds: i64,
    /// Why.
    pub description: String,
    /// Who says so.
    pub agent: Option<String>,
}

impl Sentence {
    fn check(&self, kind: SanctionKind) -> Result<()> {
        check_seconds(self.seconds)?;
        check_description(kind, &self.description)
    }
}

fn check_seconds(seconds: i64) -> Result<()> {
    if limits::SECONDS.contains(&seconds) { Ok(()) } else { Err(Error::OutOfRange(Field::Seconds)) }
}

fn check_description(kind: SanctionKind, description: &str) -> Result<()> {
    let field = match kind {
        SanctionKind::Ban => Field::BanDescription,
        SanctionKind::Mute => Field::MuteDescription,
    };
    limits::text(field, description)
}

/// Until when that is, from that moment on; and whether it is meant for good.
fn end(now: Timestamp, seconds: i64) -> (Timestamp, bool) {
    let lasting = seconds < 0;
    let seconds = if lasting { *limits::SECONDS.end() } else { seconds };
    (Timestamp(now.0.saturating_add(seconds * 1000)), lasting)
}

/// A sanction with the user whom it is against.
#[derive(Clone, Debug)]
pub struct SanctionView {
    /// The sanction.
    pub sanction: Arc<Sanction>,
    /// The user.
    pub user: Arc<User>,
}

/// A sanction with the channel in which it holds.
#[derive(Clone, Debug)]
pub struct SanctionedChannel {
    /// The sanction.
    pub sanction: Arc<Sanction>,
    /// The channel.
    pub channel: ChannelView,
}

/// The scope of one channel.
pub fn in_channel(channel: &Channel) -> Scope {
    Scope::Channel(channel.id.clone())
}

/// Bans or mutes a user in a channel. Who is banned leaves it at once. The same user again gets
/// the new time.
///
/// # Errors
/// A value is out of bounds, or a user does not exist.
pub fn impose(
    app: &mut Application,
    channel: &Channel,
    kind: SanctionKind,
    user: &str,
    sentence: &Sentence,
) -> Result<SanctionView> {
    sentence.check(kind)?;
    let user = users::find(app, user)?;
    if let Some(agent) = &sentence.agent {
        users::find(app, agent)?;
    }
    let sanction = put(app, kind, in_channel(channel), &user.id, sentence);
    tell_imposed(app, &sanction, &user, slice::from_ref(&channel.id));
    Ok(SanctionView { sanction, user })
}

/// Bans or mutes users in all channels of a custom type. Those who are banned leave them at once.
///
/// # Errors
/// A value is out of bounds, or a user does not exist.
pub fn impose_on_type(
    app: &mut Application,
    custom_type: &str,
    kind: SanctionKind,
    sentences: &[(String, Sentence)],
) -> Result<()> {
    limits::id(Field::CustomType, custom_type)?;
    for (_, sentence) in sentences {
        sentence.check(kind)?;
    }
    for (user, _) in sentences {
        users::find(app, user)?;
    }
    for (user, sentence) in sentences {
        let user = users::find(app, user)?;
        let scope = Scope::CustomType(custom_type.into());
        let concerned = concerned(app, &scope, &user.id);
        let sanction = put(app, kind, scope, &user.id, sentence);
        tell_imposed(app, &sanction, &user, &concerned);
    }
    Ok(())
}

/// The channels that a sanction concerns: the one; or, of a custom type, those where the user is a
/// member and all open ones.
fn concerned(app: &Application, scope: &Scope, user: &UserId) -> Vec<ChannelId> {
    let custom_type = match scope {
        Scope::Channel(channel) => return vec![channel.clone()],
        Scope::CustomType(custom_type) => custom_type,
    };
    let of_type = app.channels.iter().filter(|channel| channel.custom_type == *custom_type);
    let there = of_type
        .filter(|channel| channel.kind == ChannelKind::Open || membership::find(app, &channel.id, user).is_some());
    there.map(|channel| channel.id.clone()).collect()
}

/// Tells of a new sanction. Who is banned leaves those channels.
fn tell_imposed(app: &mut Application, sanction: &Arc<Sanction>, user: &Arc<User>, channels: &[ChannelId]) {
    let mut members = Vec::with_capacity(channels.len());
    for channel in channels {
        members.push(match sanction.kind {
            SanctionKind::Ban => membership::take_out(app, channel, &user.id, Leaving::Banned),
            SanctionKind::Mute => membership::find(app, channel, &user.id).is_some(),
        });
    }
    let concerned = channels.iter().zip(members).filter_map(|(channel, member)| look(app, channel, member));
    let concerned = concerned.collect();
    app.emit(Event::UserSanctioned { sanction: Arc::clone(sanction), user: Arc::clone(user), channels: concerned });
    if sanction.kind == SanctionKind::Ban {
        for channel in channels {
            presence::expel(app, channel, &user.id);
        }
    }
}

fn look(app: &Application, channel: &ChannelId, member: bool) -> Option<Concerned> {
    let count = membership::headcount(app, channel);
    Some(Concerned { channel: Arc::clone(app.channels.get(channel)?), member, count })
}

fn put(
    app: &mut Application,
    kind: SanctionKind,
    scope: Scope,
    user: &UserId,
    sentence: &Sentence,
) -> Arc<Sanction> {
    let now = app.now();
    let key = (kind, scope, user.clone());
    // One that still holds keeps its place in lists.
    let known = app.sanctions.get(&key).filter(|known| known.holds(now)).map(|known| known.number);
    let number = known.unwrap_or_else(|| app.next_number());
    let (ends_at, lasting) = end(now, sentence.seconds);
    let (kind, scope, user) = key;
    app.sanctions.put(Sanction {
        kind,
        scope,
        user,
        number,
        starts_at: now,
        ends_at,
        lasting,
        description: sentence.description.as_str().into(),
        agent: sentence.agent.as_deref().map(UserId::from),
    })
}

/// The sanction against a user in exactly that scope, if it still holds.
///
/// # Errors
/// There is no such user, or none that holds.
pub fn find(app: &Application, kind: SanctionKind, scope: &Scope, user: &str) -> Result<SanctionView> {
    let user = users::find(app, user)?;
    let sanction = exactly(app, kind, scope.clone(), &user.id).cloned();
    let sanction = sanction.ok_or(Error::NotFound(Entity::Ban))?;
    Ok(SanctionView { sanction, user })
}

fn exactly<'a>(app: &'a Application, kind: SanctionKind, scope: Scope, user: &UserId) -> Option<&'a Arc<Sanction>> {
    app.sanctions.get(&(kind, scope, user.clone())).filter(|sanction| sanction.holds(app.now()))
}

/// The sanction that keeps a user from something in a channel: one of the channel or of its
/// custom type, the longer of the two.
pub fn holding<'a>(
    app: &'a Application,
    kind: SanctionKind,
    channel: &Channel,
    user: &UserId,
) -> Option<&'a Arc<Sanction>> {
    if app.sanctions.is_empty() {
        return None;
    }
    let here = exactly(app, kind, in_channel(channel), user);
    here.into_iter().chain(on_type(app, kind, &channel.custom_type, user)).max_by_key(|sanction| sanction.ends_at)
}

fn on_type<'a>(
    app: &'a Application,
    kind: SanctionKind,
    custom_type: &str,
    user: &UserId,
) -> Option<&'a Arc<Sanction>> {
    if app.sanctions.is_empty() || custom_type.is_empty() {
        return None;
    }
    exactly(app, kind, Scope::CustomType(custom_type.into()), user)
}

/// Whether a user may come into a channel.
///
/// # Errors
/// The user is banned from it, or from its custom type.
pub(super) fn may_enter(app: &Application, channel: &Channel, user: &UserId) -> Result<()> {
    if !app.sanctions.is_empty() && exactly(app, SanctionKind::Ban, in_channel(channel), user).is_some() {
        return Err(Error::Forbidden(Rule::BannedFromChannel));
    }
    may_enter_type(app, &channel.custom_type, user)
}

/// Whether a user may come into channels of a custom type.
///
/// # Errors
/// The user is banned from it.
pub(super) fn may_enter_type(app: &Application, custom_type: &str, user: &UserId) -> Result<()> {
    match on_type(app, SanctionKind::Ban, custom_type, user) {
        Some(_) => Err(Error::Forbidden(Rule::BannedFromType)),
        None => Ok(()),
    }
}

/// Whether a user may write in a channel as far as bans go.
///
/// # Errors
/// The user is banned.
pub(super) fn not_banned(app: &Application, channel: &Channel, user: &UserId) -> Result<()> {
    match holding(app, SanctionKind::Ban, channel, user) {
        Some(_) => Err(Error::Forbidden(Rule::Banned)),
        None => Ok(()),
    }
}

/// Whether a user may write in a channel as far as mutes go.
///
/// # Errors
/// The user is muted.
pub(super) fn not_muted(app: &Application, channel: &Channel, user: &UserId) -> Result<()> {
    match holding(app, SanctionKind::Mute, channel, user) {
        Some(_) => Err(Error::Forbidden(Rule::Muted)),
        None => Ok(()),
    }
}

/// Gives a ban another end, counted from now, and perhaps another reason. Its beginning stays.
///
/// # Errors
/// There is no such user or ban, or a value is out of bounds.
pub fn revise(
    app: &mut Application,
    channel: &Channel,
    user: &str,
    seconds: i64,
    description: Option<String>,
) -> Result<SanctionView> {
    let SanctionView { sanction, user } = find(app, SanctionKind::Ban, &in_channel(channel), user)?;
    check_seconds(seconds)?;
    check_description(SanctionKind::Ban, description.as_deref().unwrap_or(""))?;
    let (ends_at, lasting) = end(app.now(), seconds);
    let mut new = Sanction { ends_at, lasting, ..Sanction::clone(&sanction) };
    if let Some(description) = description {
        new.description = description.into();
    }
    let sanction = app.sanctions.put(new);
    tell_imposed(app, &sanction, &user, slice::from_ref(&channel.id));
    Ok(SanctionView { sanction, user })
}

/// Lifts the sanctions against users in a scope; those who have none are passed over.
///
/// # Errors
/// A user does not exist.
pub fn lift(app: &mut Application, kind: SanctionKind, scope: &Scope, users: &[String]) -> Result<()> {
    for user in users {
        users::find(app, user)?;
    }
    for user in users {
        let user = users::find(app, user)?;
        let held = app.sanctions.remove(&(kind, scope.clone(), user.id.clone()));
        if let Some(sanction) = held.filter(|held| held.holds(app.now())) {
            let member = |channel: &ChannelId| membership::find(app, channel, &user.id).is_some();
            let channels = concerned(app, scope, &user.id);
            let channels = channels.iter().filter_map(|channel| look(app, channel, member(channel))).collect();
            app.emit(Event::SanctionLifted { sanction, user, channels });
        }
    }
    Ok(())
}

/// The sanctions of a scope that hold.
fn held<'a>(app: &'a Application, kind: SanctionKind, scope: &'a Scope) -> impl Iterator<Item = &'a Arc<Sanction>> {
    let first = (kind, scope.clone(), UserId::first());
    let all = app.sanctions.range(first..);
    let here = all.take_while(move |sanction| sanction.kind == kind && sanction.scope == *scope);
    here.filter(|sanction| sanction.holds(app.now()))
}

/// How many sanctions of a scope hold.
pub fn count(app: &Application, kind: SanctionKind, scope: &Scope) -> usize {
    held(app, kind, scope).count()
}

/// The sanctions of a scope that hold, the newest first.
pub fn list(
    app: &Application,
    kind: SanctionKind,
    scope: &Scope,
    after: Option<&Place>,
    limit: usize,
) -> Page<SanctionView> {
    let views = held(app, kind, scope).filter_map(|sanction| {
        let user = Arc::clone(app.users.get(&sanction.user)?);
        Some(SanctionView { sanction: Arc::clone(sanction), user })
    });
    super::page_of(views, |view| newest_first(&view.sanction), after, limit)
}

fn newest_first(sanction: &Sanction) -> Place {
    Place { number: -sanction.number, text: String::new() }
}

/// The channels in which a user is banned or muted, the newest sanction first. Sanctions of
/// custom types are not of a channel, and not among them.
pub fn of_user(
    app: &Application,
    kind: SanctionKind,
    user: &User,
    after: Option<&Place>,
    limit: usize,
) -> Page<SanctionedChannel> {
    let scopes = app.sanctions.index().of_user(user.id.as_str()).filter(|(of, _)| *of == kind);
    let sanctions = scopes.filter_map(|(_, scope)| match scope {
        Scope::Channel(channel) => Some((exactly(app, kind, scope.clone(), &user.id)?, app.channels.get(channel)?)),
        Scope::CustomType(_) => None,
    });
    let page = super::page_of(sanctions, |(sanction, _)| newest_first(sanction), after, limit);
    let view = |(sanction, channel): (&Arc<Sanction>, _)| SanctionedChannel {
        sanction: Arc::clone(sanction),
        channel: channels::view(app, channel, &Show::default()),
    };
    Page { items: page.items.into_iter().map(view).collect(), next: page.next }
}

/// Forgets what was against a user who is deleted.
pub(super) fn forget_user(app: &mut Application, user: &UserId) {
    let scopes: Vec<_> = app.sanctions.index().of_user(user.as_str()).cloned().collect();
    for (kind, scope) in scopes {
        app.sanctions.remove(&(kind, scope, user.clone()));
    }
}

/// Forgets the sanctions of a channel that is deleted.
pub(super) fn forget_channel(app: &mut Application, channel: &ChannelId) {
    for kind in [SanctionKind::Ban, SanctionKind::Mute] {
        let scope = Scope::Channel(channel.clone());
        let first = (kind, scope.clone(), UserId::first());
        let here = app.sanctions.range(first..).take_while(|row| row.kind == kind && row.scope == scope);
        let users: Vec<_> = here.map(|row| row.user.clone()).collect();
        for user in users {
            app.sanctions.remove(&(kind, scope.clone(), user));
        }
    }
}

/// When each ban and each mute ends.
pub(super) fn endings(app: &Application) -> impl Iterator<Item = Ran> {
    app.sanctions.iter().map(|sanction| Ran {
        at: sanction.ends_at,
        kind: match sanction.kind {
            SanctionKind::Ban => RanKind::BanEnded,
            SanctionKind::Mute => RanKind::MuteEnded,
        },
        id: sanction.number.to_string(),
        user: Some(sanction.user.to_string()),
    })
}
