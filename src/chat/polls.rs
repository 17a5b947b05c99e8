//! Polls: asking, voting, closing by hand or by the clock, and what has changed.

use std::{collections::BTreeSet, sync::Arc};

use super::{Entity, Error, Field, Result, Rule, limits, membership, messages::Include, users};
use crate::{
    model::{
        Extra,
        channel::{Channel, ChannelKind},
        clock::{Ran, RanKind},
        event::Event,
        ids::{ChannelId, MessageId, UserId},
        message::{Message, MessageKind},
        page::{Page, Place},
        poll::{Poll, PollOption, PollState, Vote},
        time::Timestamp,
        user::{Profile, User},
    },
    state::Application,
};

/// How many voters of an option are named with it.
const NAMED_VOTERS: usize = 10;

/// A poll to make.
#[derive(Clone, Debug, Default)]
pub struct NewPoll {
    /// The question.
    pub title: String,
    /// The answers to choose from.
    pub options: Vec<String>,
    /// What the client hangs on it.
    pub data: Extra,
    /// Whether users may add options.
    pub takes_suggestions: bool,
    /// Whether a user may choose several options.
    pub takes_several_votes: bool,
    /// When it closes by itself; zero for never.
    pub close_at: Timestamp,
    /// Who makes it.
    pub created_by: Option<String>,
}

/// An option with its votes.
#[derive(Clone, Debug)]
pub struct OptionView {
    /// The option.
    pub option: Arc<PollOption>,
    /// How many have chosen it.
    pub votes: usize,
    /// Some of them.
    pub voters: Vec<Arc<Profile>>,
}

/// A poll with its options and votes.
#[derive(Clone, Debug)]
pub struct PollView {
    /// The poll.
    pub poll: Arc<Poll>,
    /// Its options in order; none unless asked for.
    pub options: Option<Vec<OptionView>>,
    /// How many users have voted.
    pub voters: usize,
    /// What the asking user has chosen, if there is one.
    pub choice: Option<Vec<i64>>,
}

/// Makes a poll.
///
/// # Errors
/// A text is empty or too long, there are no options, it would close in the past, or the user
/// does not exist.
pub fn create(app: &mut Application, new: NewPoll) -> Result<PollView> {
    limits::id(Field::PollTitle, &new.title)?;
    if new.options.is_empty() {
        return Err(Error::Invalid { field: Field::PollOptions, why: "It must have an option" });
    }
    new.options.iter().try_for_each(|option| limits::id(Field::PollOption, option))?;
    let close_at = closing(app, new.close_at)?;
    let created_by = known(app, new.created_by.as_deref())?;
    let (number, change, now) = (app.next_number(), app.next_number(), app.now());
    let poll = app.polls.put(Poll {
        number,
        title: new.title.into(),
        data: new.data,
        takes_suggestions: new.takes_suggestions,
        takes_several_votes: new.takes_several_votes,
        close_at,
        state: PollState::Open,
        created_by: created_by.clone(),
        created_at: now,
        updated_at: Timestamp::ZERO,
        changed_at: now,
        change,
        channel: None,
        message: None,
    });
    for text in new.options {
        put_option(app, number, text, created_by.clone());
    }
    Ok(view(app, &poll, None))
}

fn put_option(app: &mut Application, poll: i64, text: String, created_by: Option<UserId>) -> Arc<PollOption> {
    let (number, created_at) = (app.next_number(), app.now());
    let text = text.into();
    app.poll_options.put(PollOption { poll, number, text, created_by, created_at, updated_at: Timestamp::ZERO })
}

fn closing(app: &Application, moment: Timestamp) -> Result<Timestamp> {
    let past = moment != Timestamp::ZERO && moment <= app.now();
    if past { Err(Error::OutOfRange(Field::CloseAt)) } else { Ok(moment) }
}

fn known(app: &Application, user: Option<&str>) -> Result<Option<UserId>> {
    user.map(|user| users::find(app, user).map(|user| user.id.clone())).transpose()
}

/// The poll of that number.
///
/// # Errors
/// There is none, or it is removed.
pub fn find(app: &Application, number: i64) -> Result<Arc<Poll>> {
    let poll = app.polls.get(&number).filter(|poll| poll.state != PollState::Removed);
    poll.cloned().ok_or(Error::NotFound(Entity::Poll))
}

/// The option of that number of a poll.
///
/// # Errors
/// There is none.
pub fn find_option(app: &Application, poll: &Poll, number: i64) -> Result<Arc<PollOption>> {
    app.poll_options.get(&(poll.number, number)).cloned().ok_or(Error::NotFound(Entity::PollOption))
}

fn options<'a>(app: &'a Application, poll: &Poll) -> impl Iterator<Item = &'a Arc<PollOption>> {
    app.poll_options.range((poll.number, i64::MIN)..=(poll.number, i64::MAX))
}

fn votes<'a>(app: &'a Application, option: &PollOption) -> impl Iterator<Item = &'a Arc<Vote>> {
    let (poll, number) = (option.poll, option.number);
    let first = (poll, number, UserId::first());
    app.votes.range(first..).take_while(move |vote| vote.poll == poll && vote.option == number)
}

/// A poll with its options and votes, as a user sees it, if there is one who asks.
pub fn view(app: &Application, poll: &Arc<Poll>, viewer: Option<&UserId>) -> PollView {
    PollView {
        poll: Arc::clone(poll),
        options: Some(options(app, poll).map(|option| view_option(app, option)).collect()),
        voters: app.votes.index().voters(poll.number),
        choice: viewer.map(|viewer| app.votes.index().choice(poll.number, viewer)),
    }
}

/// An option with its votes.
pub fn view_option(app: &Application, option: &Arc<PollOption>) -> OptionView {
    let voters = votes(app, option).filter_map(|vote| app.users.get(&vote.user));
    OptionView {
        option: Arc::clone(option),
        votes: app.votes.index().count(option.number),
        voters: voters.take(NAMED_VOTERS).map(|user| Arc::clone(&user.profile)).collect(),
    }
}

/// The poll that was sent with a message, with or without its options.
pub(super) fn of_message(app: &Application, message: MessageId, include: Include) -> Option<PollView> {
    let poll = app.polls.get(&app.polls.index().of_message(message)?)?;
    if include.poll {
        let viewer = include.viewer.and_then(|number| app.users.index().numbered(number));
        return Some(view(app, poll, viewer));
    }
    Some(PollView { poll: Arc::clone(poll), options: None, voters: 0, choice: None })
}

/// What is to change of a poll; what is none stays.
#[derive(Clone, Debug, Default)]
pub struct PollPatch {
    /// The question.
    pub title: Option<String>,
    /// What the client hangs on it.
    pub data: Option<Extra>,
    /// Whether users may add options.
    pub takes_suggestions: Option<bool>,
    /// Whether a user may choose several options.
    pub takes_several_votes: Option<bool>,
    /// When it closes by itself; zero for never.
    pub close_at: Option<Timestamp>,
    /// Who made it.
    pub created_by: Option<String>,
}

/// Changes a poll that is open.
///
/// # Errors
/// The title is empty or too long, the poll would close in the past, the user does not exist, or
/// the poll is closed.
pub fn update(app: &mut Application, poll: &Poll, patch: PollPatch) -> Result<PollView> {
    if let Some(title) = &patch.title {
        limits::id(Field::PollTitle, title)?;
    }
    let close_at = patch.close_at.map(|moment| closing(app, moment)).transpose()?;
    let created_by = known(app, patch.created_by.as_deref())?;
    still_open(poll)?;
    let mut new = poll.clone();
    new.title = patch.title.map_or_else(|| poll.title.clone(), Into::into);
    new.data = patch.data.unwrap_or_else(|| poll.data.clone());
    new.takes_suggestions = patch.takes_suggestions.unwrap_or(poll.takes_suggestions);
    new.takes_several_votes = patch.takes_several_votes.unwrap_or(poll.takes_several_votes);
    new.close_at = close_at.unwrap_or(poll.close_at);
    new.created_by = created_by.or_else(|| poll.created_by.clone());
    let poll = edited(app, new);
    Ok(view(app, &poll, None))
}

fn still_open(poll: &Poll) -> Result<()> {
    if poll.state == PollState::Open { Ok(()) } else { Err(Error::Forbidden(Rule::PollClosed)) }
}

/// Puts an edited poll in its place.
fn edited(app: &mut Application, poll: Poll) -> Arc<Poll> {
    let updated_at = next_change(app, &poll);
    let poll = changed(app, Poll { updated_at, ..poll });
    app.emit(Event::PollUpdated(Arc::clone(&poll)));
    poll
}

fn changed(app: &mut Application, poll: Poll) -> Arc<Poll> {
    let (changed_at, change) = (next_change(app, &poll), app.next_number());
    app.polls.put(Poll { changed_at, change, ..poll })
}

/// The moment of a change of a poll: now, but later than the one before, since clients pass over
/// what is not later than what they know.
fn next_change(app: &Application, poll: &Poll) -> Timestamp {
    app.now().max(poll.changed_at.next())
}

/// Closes a poll: it takes no more votes.
///
/// # Errors
/// It is closed already.
pub fn close(app: &mut Application, poll: &Poll) -> Result<PollView> {
    still_open(poll)?;
    let poll = edited(app, Poll { state: PollState::Closed, ..poll.clone() });
    Ok(view(app, &poll, None))
}

/// Closes the polls whose moment has come, and tells which.
pub(super) fn close_due(app: &mut Application) -> Vec<Ran> {
    let mut ran = Vec::new();
    while let Some((at, number)) = app.polls.index().next_to_close()
        && at <= app.now()
        && let Some(poll) = app.polls.get(&number).cloned()
    {
        edited(app, Poll { state: PollState::Closed, ..Poll::clone(&poll) });
        ran.push(Ran { at, kind: RanKind::PollClosed, id: number.to_string(), user: None });
    }
    ran
}

/// Removes a poll with its options and votes. That it was there is kept for those who ask what
/// has changed.
pub fn remove(app: &mut Application, poll: &Poll) {
    take_apart(app, poll);
    let poll = changed(app, Poll { state: PollState::Removed, ..poll.clone() });
    app.emit(Event::PollUpdated(poll));
}

fn take_apart(app: &mut Application, poll: &Poll) {
    let options: Vec<_> = options(app, poll).cloned().collect();
    for option in options {
        take_option_out(app, &option);
    }
}

fn take_option_out(app: &mut Application, option: &PollOption) {
    let votes: Vec<_> = votes(app, option).map(|vote| vote.user.clone()).collect();
    for user in votes {
        app.votes.remove(&(option.poll, option.number, user));
    }
    app.poll_options.remove(&(option.poll, option.number));
}

/// The poll of a message goes with it.
pub(super) fn message_removed(app: &mut Application, message: MessageId) {
    let poll = app.polls.index().of_message(message).and_then(|number| app.polls.get(&number)).cloned();
    if let Some(poll) = poll.filter(|poll| poll.state != PollState::Removed) {
        remove(app, &poll);
    }
}

/// Takes all polls of a channel out.
pub(super) fn remove_all(app: &mut Application, channel: &ChannelId) {
    let polls: Vec<_> = app.polls.index().changed_after(channel, i64::MIN).collect();
    for number in polls {
        if let Some(poll) = app.polls.get(&number).cloned() {
            take_apart(app, &poll);
            app.polls.remove(&number);
        }
    }
}

/// The poll that is to be sent with a message.
///
/// # Errors
/// There is no such poll, it was sent already, or it cannot be sent so.
pub(super) fn to_send(app: &Application, channel: &Channel, kind: MessageKind, number: i64) -> Result<Arc<Poll>> {
    let poll = find(app, number)?;
    if kind != MessageKind::Text || channel.kind != ChannelKind::Group || channel.ephemeral {
        return Err(Error::Forbidden(Rule::PollNotHere));
    }
    if poll.message.is_some() {
        return Err(Error::Forbidden(Rule::PollSent));
    }
    Ok(poll)
}

/// A poll was sent with a message.
pub(super) fn sent(app: &mut Application, poll: &Poll, message: &Message) {
    let (channel, message) = (Some(message.channel.clone()), Some(message.id));
    changed(app, Poll { channel, message, ..poll.clone() });
}

/// Makes these options the whole choice of a user.
///
/// # Errors
/// User or option do not exist, several are chosen where one is allowed, the poll is closed, or
/// the user is not in its channel.
pub fn vote(app: &mut Application, poll: &Poll, user: &str, choice: &[i64]) -> Result<PollView> {
    let choice: BTreeSet<i64> = choice.iter().copied().collect();
    if choice.len() > 1 && !poll.takes_several_votes {
        return Err(Error::Invalid { field: Field::Choice, why: "The poll takes one vote of each user" });
    }
    let user = users::acting(app, user)?;
    for option in &choice {
        find_option(app, poll, *option)?;
    }
    may_take_part(app, poll, &user)?;
    still_open(poll)?;
    let before: BTreeSet<i64> = app.votes.index().choice(poll.number, &user.id).into_iter().collect();
    if before == choice {
        return Ok(view(app, &Arc::new(poll.clone()), Some(&user.id)));
    }
    for option in before.difference(&choice) {
        app.votes.remove(&(poll.number, *option, user.id.clone()));
    }
    let voted_at = app.now();
    for option in choice.difference(&before) {
        app.votes.put(Vote { poll: poll.number, option: *option, user: user.id.clone(), voted_at });
    }
    let poll = changed(app, poll.clone());
    let count = |option: &i64| (*option, app.votes.index().count(*option));
    let counts = before.symmetric_difference(&choice).map(count).collect();
    let (choice, voters) = (choice.into_iter().collect(), app.votes.index().voters(poll.number));
    let view = view(app, &poll, Some(&user.id));
    app.emit(Event::PollVoted { poll, user, choice, counts, voters });
    Ok(view)
}

/// Whether a user may take part in a poll: one that was sent is for those in the channel.
fn may_take_part(app: &Application, poll: &Poll, user: &User) -> Result<()> {
    let channel = poll.channel.as_ref().and_then(|channel| app.channels.get(channel));
    match channel {
        Some(channel) if !membership::has_joined(app, channel, &user.id) => Err(Error::Forbidden(Rule::NotMember)),
        _ => Ok(()),
    }
}

/// Adds an option to a poll.
///
/// # Errors
/// The text is empty or too long, the user does not exist or is not in the channel, the poll is
/// closed, or it takes no suggestions of others than who made it.
pub fn add_option(app: &mut Application, poll: &Poll, text: String, user: Option<&str>) -> Result<PollView> {
    limits::id(Field::PollOption, &text)?;
    let user = user.map(|user| users::acting(app, user)).transpose()?;
    if let Some(user) = &user {
        may_take_part(app, poll, user)?;
        if !poll.takes_suggestions && poll.created_by.as_ref() != Some(&user.id) {
            return Err(Error::Forbidden(Rule::NoSuggestions));
        }
    }
    still_open(poll)?;
    put_option(app, poll.number, text, user.map(|user| user.id.clone()));
    let poll = edited(app, poll.clone());
    Ok(view(app, &poll, None))
}

/// Changes the words of an option.
///
/// # Errors
/// The text is empty or too long, or the poll is closed.
pub fn update_option(app: &mut Application, poll: &Poll, option: &PollOption, text: &str) -> Result<PollView> {
    limits::id(Field::PollOption, text)?;
    still_open(poll)?;
    let updated_at = app.now();
    app.poll_options.put(PollOption { text: text.into(), updated_at, ..option.clone() });
    let poll = edited(app, poll.clone());
    Ok(view(app, &poll, None))
}

/// Takes an option out of a poll, with its votes.
///
/// # Errors
/// The poll is closed.
pub fn remove_option(app: &mut Application, poll: &Poll, option: &PollOption) -> Result<()> {
    still_open(poll)?;
    take_option_out(app, option);
    edited(app, poll.clone());
    Ok(())
}

/// Who has chosen an option, in the order of ids.
pub fn voters(app: &Application, option: &PollOption, after: Option<&Place>, limit: usize) -> Page<Arc<User>> {
    let after = after.map(|place| place.text.as_str());
    let voters = votes(app, option).filter(|vote| after.is_none_or(|after| vote.user.as_str() > after));
    let mut items: Vec<_> = voters.filter_map(|vote| app.users.get(&vote.user)).take(limit + 1).cloned().collect();
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| more).map(|user| Place { number: 0, text: user.id.to_string() });
    Page { items, next }
}

/// How many have chosen an option.
pub fn count(app: &Application, option: &PollOption) -> usize {
    app.votes.index().count(option.number)
}

/// Polls, newest first: of one channel, or all.
pub fn list(
    app: &Application,
    channel: Option<&Channel>,
    after: Option<&Place>,
    limit: usize,
    viewer: Option<&UserId>,
) -> Page<PollView> {
    let before = after.map_or(i64::MAX, |place| place.number);
    let polls = app.polls.range(..before).rev().filter(|poll| poll.state != PollState::Removed);
    let polls = polls.filter(|poll| channel.is_none_or(|channel| poll.channel.as_ref() == Some(&channel.id)));
    let mut items: Vec<_> = polls.take(limit + 1).cloned().collect();
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| more).map(|poll| Place { number: poll.number, text: String::new() });
    Page { items: items.iter().map(|poll| view(app, poll, viewer)).collect(), next }
}

/// From where on changes are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
    /// After a moment.
    Moment(Timestamp),
    /// After a change.
    Change(i64),
}

/// What has changed of the polls of a channel.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// Polls that are there, as they are now.
    pub updated: Vec<PollView>,
    /// Polls that are gone.
    pub removed: Vec<i64>,
    /// Whether there is more to tell.
    pub more: bool,
    /// The latest change that is told of, if there is any.
    pub latest: Option<i64>,
}

/// What has changed of the polls of a channel, in the order of changes.
pub fn changes(
    app: &Application,
    channel: &Channel,
    since: Since,
    limit: usize,
    viewer: Option<&UserId>,
) -> Changes {
    let (change, moment) = match since {
        Since::Moment(moment) => (0, moment),
        Since::Change(change) => (change, Timestamp(i64::MIN)),
    };
    let polls = app.polls.index().changed_after(&channel.id, change).filter_map(|number| app.polls.get(&number));
    let mut polls: Vec<_> = polls.filter(|poll| poll.changed_at > moment).take(limit + 1).collect();
    let more = polls.len() > limit;
    polls.truncate(limit);
    let (removed, updated): (Vec<_>, Vec<_>) = polls.iter().partition(|poll| poll.state == PollState::Removed);
    Changes {
        updated: updated.into_iter().map(|poll| view(app, poll, viewer)).collect(),
        removed: removed.into_iter().map(|poll| poll.number).collect(),
        more,
        latest: polls.last().map(|poll| poll.change),
    }
}
