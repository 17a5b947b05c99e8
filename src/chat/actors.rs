//! The other user: what users are made to do by whoever writes a test, now or when the clock comes to it.
//! Each deed is the verb that the user's own client would ask for, with the rights of that user.

use std::sync::Arc;

use super::{
    Entity, Error, Result,
    acting::{self, Right, Target},
    channels,
    membership::{self, Invitation},
    messages::{self, MessagePatch, NewMessage, SendRules},
    presence, reactions, reads,
    sanctions::{self, Sentence},
    signals, users,
};
use crate::{
    model::{
        actor::{Deed, PlannedStep, Step, Which},
        channel::{Channel, ChannelKind},
        clock::{Ran, RanKind},
        ids::{ConnectionId, MessageId},
        message::Message,
        moderation::SanctionKind,
        time::Timestamp,
        user::User,
    },
    state::{Application, Done},
};

/// The connection of users who are made to be there. Those of clients are numbered from 1.
const STAGED: ConnectionId = ConnectionId(0);

/// Has a user do something, and tells which message it was that came of it or that it concerned.
///
/// # Errors
/// As the verb says; or the user has not the right to it.
pub fn perform(app: &mut Application, step: &Step) -> Result<Option<MessageId>> {
    let actor = users::acting(app, step.actor.as_str())?;
    let name = actor.id.as_str();
    match &step.deed {
        Deed::Send { channel, text, custom_type, data, mentioned } => {
            let new = NewMessage {
                custom_type: custom_type.clone(),
                data: data.clone(),
                mentioned: mentioned.clone(),
                ..said(&actor, text)
            };
            say(app, channel, new)
        }
        Deed::Reply { channel, to, text, in_channel } => {
            let parent = find(app, channel).and_then(|channel| message(app, &channel, to))?.id;
            say(app, channel, NewMessage { parent: Some(parent), in_channel: *in_channel, ..said(&actor, text) })
        }
        Deed::Edit { channel, message: which, text } => {
            let (channel, message) = own_message(app, &actor, Right::Sender, channel, which)?;
            let patch = MessagePatch { text: Some(text.clone()), ..MessagePatch::default() };
            messages::edit(app, &channel, &message, message.kind, patch)?;
            Ok(Some(message.id))
        }
        Deed::Delete { channel, message: which } => {
            let (_, message) = own_message(app, &actor, Right::SenderOrOperator, channel, which)?;
            messages::remove(app, &message);
            Ok(Some(message.id))
        }
        Deed::React { channel, message: which, key } => {
            let channel = find(app, channel)?;
            let message = message(app, &channel, which)?;
            reactions::add(app, &channel, &message, name, key)?;
            Ok(Some(message.id))
        }
        Deed::Unreact { channel, message: which, key } => {
            let channel = find(app, channel)?;
            let message = message(app, &channel, which)?;
            reactions::remove(app, &channel, &message, name, key)?;
            Ok(Some(message.id))
        }
        Deed::StartTyping { channel } => typing(app, channel, name, true).map(nothing),
        Deed::StopTyping { channel } => typing(app, channel, name, false).map(nothing),
        Deed::Read { channel } => reads::mark(app, &group(app, channel)?.id, name, None).map(nothing),
        Deed::Deliver { channel } => reads::deliver(app, &group(app, channel)?.id, name).map(nothing),
        Deed::Join { channel, access_code } => join(app, &actor, channel, access_code).map(nothing),
        Deed::Leave { channel } => leave(app, &actor, channel).map(nothing),
        Deed::Accept { channel, access_code } => {
            let channel = group(app, channel)?;
            membership::accept(app, &channel, name, access_code).map(nothing)
        }
        Deed::Decline { channel } => {
            let channel = group(app, channel)?;
            membership::decline(app, &channel, name).map(nothing)
        }
        Deed::Invite { channel, users } => invite(app, &actor, channel, users).map(nothing),
        Deed::Ban { channel, user, seconds, reason } => {
            impose(app, &actor, SanctionKind::Ban, channel, user, (*seconds, reason)).map(nothing)
        }
        Deed::Mute { channel, user, seconds, reason } => {
            impose(app, &actor, SanctionKind::Mute, channel, user, (*seconds, reason)).map(nothing)
        }
        Deed::Unban { channel, user } => lift(app, &actor, SanctionKind::Ban, channel, user).map(nothing),
        Deed::Unmute { channel, user } => lift(app, &actor, SanctionKind::Mute, channel, user).map(nothing),
        Deed::Online {} => {
            presence::connect(app, &actor.id, STAGED);
            Ok(None)
        }
        Deed::Offline {} => {
            presence::disconnect(app, &actor.id, STAGED);
            Ok(None)
        }
    }
}

/// What concerns no message.
fn nothing<T>(_: T) -> Option<MessageId> {
    None
}

/// Has users do something one after the other. What has a moment is planned, and everything behind it;
/// the delays, in milliseconds, add up from now. Says after each step that it is done.
///
/// # Errors
/// As the first step that fails says, with its place; then nothing is done.
pub fn play(
    app: &mut Application,
    script: Vec<(i64, Step)>,
    done: Done<'_>,
) -> std::result::Result<Vec<Outcome>, (usize, Error)> {
    let mut at = app.now();
    let mut waits = false;
    let mut outcomes = Vec::with_capacity(script.len());
    for (place, (delay, step)) in script.into_iter().enumerate() {
        at = Timestamp(at.0.saturating_add(delay));
        waits |= delay > 0;
        outcomes.push(if waits {
            let number = app.next_number();
            Outcome::Planned(app.planned_steps.put(PlannedStep { number, at, step, failed: None }))
        } else {
            let message = perform(app, &step).map_err(|error| (place, error))?;
            done(app);
            Outcome::Done(step, message)
        });
    }
    Ok(outcomes)
}

/// What has become of a step.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// It is done; the message that came of it or that it concerned.
    Done(Step, Option<MessageId>),
    /// It waits.
    Planned(Arc<PlannedStep>),
}

/// The steps that wait or could not be done, in the order in which they were planned.
pub fn planned(app: &Application) -> impl Iterator<Item = &Arc<PlannedStep>> {
    app.planned_steps.iter()
}

/// Forgets all steps that wait or could not be done, and tells how many those were.
pub fn call_off(app: &mut Application) -> usize {
    let numbers: Vec<_> = app.planned_steps.iter().map(|step| step.number).collect();
    for number in &numbers {
        app.planned_steps.remove(number);
    }
    numbers.len()
}

/// Does the steps whose moment has come, and tells which. One that cannot be done is kept with the reason.
pub(super) fn perform_due(app: &mut Application, done: Done<'_>) -> Vec<Ran> {
    let mut ran = Vec::new();
    while let Some((at, number)) = app.planned_steps.index().next()
        && at <= app.now()
        && let Some(planned) = app.planned_steps.get(&number).cloned()
    {
        let kind = match perform(app, &planned.step) {
            Ok(_) => {
                app.planned_steps.remove(&number);
                RanKind::StepDone
            }
            Err(error) => {
                let failed = Some(error.to_string().into());
                app.planned_steps.update(&number, |planned| planned.failed = failed);
                RanKind::StepFailed
            }
        };
        let user = Some(planned.step.actor.to_string());
        ran.push(Ran { at, kind, id: number.to_string(), user });
        done(app);
    }
    ran
}

fn said(actor: &User, text: &str) -> NewMessage {
    NewMessage::text(actor.id.as_str(), text)
}

fn say(app: &mut Application, channel: &str, new: NewMessage) -> Result<Option<MessageId>> {
    let channel = find(app, channel)?;
    messages::send(app, &channel, new, SendRules::USUAL).map(|sent| Some(sent.message.id))
}

fn typing(app: &mut Application, channel: &str, user: &str, on: bool) -> Result<()> {
    let channel = group(app, channel)?;
    signals::typing(app, &channel, &[user.to_owned()], on)
}

fn join(app: &mut Application, actor: &User, channel: &str, access_code: &str) -> Result<()> {
    let channel = find(app, channel)?;
    match channel.kind {
        ChannelKind::Group => membership::join(app, &channel, actor.id.as_str(), access_code),
        ChannelKind::Open => presence::enter(app, &channel, &actor.id, STAGED).map(|_| ()),
    }
}

fn leave(app: &mut Application, actor: &User, channel: &str) -> Result<()> {
    let channel = find(app, channel)?;
    if channel.kind == ChannelKind::Open {
        presence::exit(app, &channel, &actor.id, STAGED);
        return Ok(());
    }
    permit(app, actor, Right::Member, &channel)?;
    membership::leave(app, &channel, &[actor.id.to_string()], false)
}

fn invite(app: &mut Application, actor: &User, channel: &str, users: &[String]) -> Result<()> {
    let channel = group(app, channel)?;
    permit(app, actor, Right::Member, &channel)?;
    let inviter = Some(actor.id.to_string());
    let invitation = Invitation { users: users.to_vec(), inviter, ..Invitation::default() };
    membership::invite(app, &channel, &invitation).map(|_| ())
}

fn find(app: &Application, channel: &str) -> Result<Arc<Channel>> {
    channels::find_of_any_kind(app, channel)
}

fn group(app: &Application, channel: &str) -> Result<Arc<Channel>> {
    channels::find(app, ChannelKind::Group, channel)
}

fn message(app: &Application, channel: &Channel, which: &Which) -> Result<Arc<Message>> {
    let id = match which {
        Which::Id(id) => MessageId(*id),
        Which::Word(_) => newest(app, channel).ok_or(Error::NotFound(Entity::Message))?,
    };
    messages::find_in(app, channel, id)
}

fn newest(app: &Application, channel: &Channel) -> Option<MessageId> {
    messages::last_place(app, &channel.id, None).map(|(_, id)| id)
}

fn own_message(
    app: &Application,
    actor: &User,
    right: Right,
    channel: &str,
    which: &Which,
) -> Result<(Arc<Channel>, Arc<Message>)> {
    let channel = find(app, channel)?;
    let message = message(app, &channel, which)?;
    let number = Some(message.id.0);
    let target = Target { channel: Some((channel.kind, channel.id.to_string())), number, ..Target::default() };
    acting::check(app, &actor.id, right, &target)?;
    Ok((channel, message))
}

fn permit(app: &Application, actor: &User, right: Right, channel: &Channel) -> Result<()> {
    let target = Target { channel: Some((channel.kind, channel.id.to_string())), ..Target::default() };
    acting::check(app, &actor.id, right, &target)
}

fn impose(
    app: &mut Application,
    actor: &User,
    kind: SanctionKind,
    channel: &str,
    user: &str,
    (seconds, reason): (i64, &str),
) -> Result<()> {
    let channel = find(app, channel)?;
    permit(app, actor, Right::Operator, &channel)?;
    let sentence = Sentence { seconds, description: reason.to_owned(), agent: Some(actor.id.to_string()) };
    sanctions::impose(app, &channel, kind, user, &sentence).map(|_| ())
}

fn lift(app: &mut Application, actor: &User, kind: SanctionKind, channel: &str, user: &str) -> Result<()> {
    let channel = find(app, channel)?;
    permit(app, actor, Right::Operator, &channel)?;
    sanctions::lift(app, kind, &sanctions::in_channel(&channel), &[user.to_owned()])
}
