//! What a user who acts for himself may do. A server may do everything; a client what its user may.

use super::{
    Error, Result, Rule, channels, membership, messages, operators, polls, sanctions, scheduled, sessions, users,
};
use crate::{
    model::{
        channel::{Channel, ChannelKind, MemberState},
        ids::{MessageId, UserId},
        user::User,
    },
    state::Application,
};

/// Whom an operation is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    /// Servers only.
    Server,
    /// Every user.
    Anyone,
    /// Every user, as far as the channel lets users come in by themselves.
    Comer,
    /// The user whom it concerns.
    Own,
    /// Those who may look into the channel: its members, the invited ones, all if it is public.
    Viewer,
    /// Those who may read and write in the channel.
    Member,
    /// Operators of the channel.
    Operator,
    /// The sender of the message.
    Sender,
    /// The sender of the message, and operators of its channel.
    SenderOrOperator,
    /// Who scheduled the message.
    Scheduler,
    /// Who made the poll, and once it was sent, those who may read and write in its channel.
    PollReader,
    /// Who made the poll.
    PollMaker,
    /// Who added the option, and who made the poll.
    OptionMaker,
}

/// What an operation concerns. What is not there is no matter of rights: the verb says so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Target {
    /// The user.
    pub user: Option<String>,
    /// The channel.
    pub channel: Option<(ChannelKind, String)>,
    /// The message, poll or scheduled message.
    pub number: Option<i64>,
    /// The option of the poll.
    pub option: Option<i64>,
}

/// Whose session a key opens. A session token opens one too.
///
/// # Errors
/// It opens none, or not any more.
pub fn holder(app: &Application, key: &str) -> Result<UserId> {
    if app.session_keys.contains(key) {
        return sessions::by_key(app, key).map(|(session, _)| session.user.clone());
    }
    let (user, _) = app.sessions.index().with_token(key).ok_or(Error::Forbidden(Rule::BadToken))?;
    let user = app.users.get(user).ok_or(Error::Forbidden(Rule::BadToken))?;
    match sessions::standing(app, user, key) {
        sessions::Standing::Valid => Ok(user.id.clone()),
        sessions::Standing::Expired => Err(Error::Forbidden(Rule::SessionExpired)),
        sessions::Standing::Revoked => Err(Error::Forbidden(Rule::SessionRevoked)),
        sessions::Standing::Unknown => Err(Error::Forbidden(Rule::BadToken)),
    }
}

/// Makes sure that a user has the right to it.
///
/// # Errors
/// The user has not.
pub fn check(app: &Application, user: &UserId, right: Right, target: &Target) -> Result<()> {
    let user = users::acting(app, user.as_str())?;
    let channel = target.channel.as_ref().and_then(|(kind, id)| channels::find(app, *kind, id).ok());
    let forbid = |rule| Err(Error::Forbidden(rule));
    match right {
        Right::Server => forbid(Rule::ServerOnly),
        Right::Comer if channel.as_ref().is_some_and(|channel| channel.joined_by_servers_only) => {
            forbid(Rule::ServerOnly)
        }
        Right::Anyone | Right::Comer => Ok(()),
        Right::Own if target.user.as_deref() == Some(user.id.as_str()) => Ok(()),
        Right::Own => forbid(Rule::NotSelf),
        Right::Viewer => channel.map_or(Ok(()), |channel| view(app, &channel, &user)),
        Right::Member => channel.map_or(Ok(()), |channel| join(app, &channel, &user)),
        Right::Operator => channel.map_or(Ok(()), |channel| {
            join(app, &channel, &user)?;
            operate(app, &channel, &user)
        }),
        Right::Sender | Right::SenderOrOperator => {
            let Some(channel) = channel else { return Ok(()) };
            join(app, &channel, &user)?;
            let message = target.number.and_then(|id| messages::find_in(app, &channel, MessageId(id)).ok());
            let Some(message) = message else { return Ok(()) };
            let is_sender = message.sender.as_ref().is_some_and(|sender| sender.user == user.id);
            let operates = right == Right::SenderOrOperator && operate(app, &channel, &user).is_ok();
            if is_sender || operates { Ok(()) } else { forbid(Rule::NotSender) }
        }
        Right::Scheduler => {
            let row = channel.zip(target.number).and_then(|(channel, id)| scheduled::find(app, &channel, id).ok());
            let strange = row.is_some_and(|row| row.sender.as_ref() != Some(&user.id));
            if strange { forbid(Rule::NotSender) } else { Ok(()) }
        }
        Right::PollReader | Right::PollMaker | Right::OptionMaker => {
            let Some(poll) = target.number.and_then(|id| polls::find(app, id).ok()) else { return Ok(()) };
            if poll.created_by.as_ref() == Some(&user.id) {
                return Ok(());
            }
            let option = target.option.filter(|_| right == Right::OptionMaker);
            let option = option.and_then(|number| polls::find_option(app, &poll, number).ok());
            if option.is_some_and(|option| option.created_by.as_ref() == Some(&user.id)) {
                return poll
                    .channel
                    .as_ref()
                    .and_then(|id| app.channels.get(id))
                    .map_or(Ok(()), |channel| join(app, channel, &user));
            }
            let channel = poll.channel.as_ref().filter(|_| right == Right::PollReader);
            match channel.and_then(|id| app.channels.get(id)) {
                Some(channel) => join(app, channel, &user),
                None => forbid(Rule::NotSender),
            }
        }
    }
}

fn view(app: &Application, channel: &Channel, user: &User) -> Result<()> {
    let is_member = membership::find(app, &channel.id, &user.id).is_some();
    match channel.kind {
        ChannelKind::Group if is_member || channel.public => Ok(()),
        ChannelKind::Group => join(app, channel, user),
        ChannelKind::Open => sanctions::may_enter(app, channel, &user.id),
    }
}

fn join(app: &Application, channel: &Channel, user: &User) -> Result<()> {
    if membership::has_joined(app, channel, &user.id) {
        return Ok(());
    }
    sanctions::not_banned(app, channel, &user.id)?;
    let member = membership::find(app, &channel.id, &user.id);
    let is_invited = member.is_some_and(|member| member.state == MemberState::Invited);
    Err(Error::Forbidden(if is_invited { Rule::NotJoinedYet } else { Rule::Outsider }))
}

fn operate(app: &Application, channel: &Channel, user: &User) -> Result<()> {
    if operators::is_operator(app, channel, &user.id) { Ok(()) } else { Err(Error::Forbidden(Rule::NotOperator)) }
}
