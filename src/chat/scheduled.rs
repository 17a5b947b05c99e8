//! Messages that are sent when the application's clock reaches their moment.

use std::sync::Arc;

use super::{
    Entity, Error, Field, Result, Rule, limits, membership,
    messages::{self, MessageView, NewMessage, SendRules},
    operators, threads, translations, users,
};
use crate::{
    model::{
        channel::{Channel, ChannelKind},
        clock::{Ran, RanKind},
        event::Event,
        file::Link,
        ids::{ChannelId, UserId},
        message::{Details, Mention, MessageKind, MetaItem},
        page::{Page, Place},
        scheduled::{ScheduledMessage, ScheduledState},
        time::Timestamp,
        user::{Profile, User},
    },
    state::{Application, Done},
};

/// How far ahead a moment must be, and how far it may be, in milliseconds.
const AHEAD: std::ops::RangeInclusive<i64> = 5 * MINUTE..=30 * 24 * 60 * MINUTE;

/// Moments are whole minutes.
const MINUTE: i64 = 60_000;

/// A scheduled message with all that is derived from others.
#[derive(Clone, Debug)]
pub struct ScheduledView {
    /// The scheduled message.
    pub row: Arc<ScheduledMessage>,
    /// Its channel.
    pub channel: Arc<Channel>,
    /// Who sends it.
    pub sender: Option<Arc<User>>,
    /// Whether the sender is an operator of the channel, by itself or by its custom type.
    pub operator: bool,
    /// Users whom it mentions.
    pub mentioned: Vec<Arc<Profile>>,
}

/// Schedules a message.
///
/// # Errors
/// A value is wrong, the moment is too near or too far; sender or parent do not exist; the sender
/// is not in the channel; or the message has a poll.
pub fn create(
    app: &mut Application,
    channel: &Arc<Channel>,
    new: NewMessage,
    at: Timestamp,
) -> Result<ScheduledView> {
    messages::check_values(app, channel, &new, SendRules::USUAL)?;
    let scheduled_at = moment(app, at)?;
    let sender = match new.kind {
        MessageKind::Admin => None,
        _ => Some(users::find(app, &new.sender)?),
    };
    let parent = new.parent.map(|parent| messages::find_in(app, channel, parent)).transpose()?;
    if let Some(sender) = &sender {
        users::acting(app, sender.id.as_str())?;
        if !membership::has_joined(app, channel, &sender.id) {
            return Err(Error::Forbidden(Rule::NotMember));
        }
    }
    if let Some(parent) = &parent {
        if new.kind == MessageKind::Admin {
            return Err(Error::Forbidden(Rule::NoAdminReply));
        }
        threads::may_answer(parent, SendRules::USUAL.replies)?;
    }
    if new.poll.is_some() {
        return Err(Error::Forbidden(Rule::PollNotHere));
    }
    if new.pin {
        return Err(Error::Forbidden(Rule::NoPinsHere));
    }
    let mention = Mention::of(new.mentions_everyone, users::known(app, new.mentioned));
    let details = Details {
        meta: new.meta,
        file: new.file,
        files: new.files,
        translations: translations::wanted(&new.text, &new.languages)?,
        topic: new.topic.map(Into::into),
        dedup_id: new.dedup_id.map(Into::into),
        request: new.request.map(Into::into),
        extra: new.extra,
    };
    let (number, created_at) = (app.next_number(), app.now());
    let row = app.scheduled.put(ScheduledMessage {
        number,
        channel: channel.id.clone(),
        kind: new.kind,
        sender: sender.map(|sender| sender.id.clone()),
        text: new.text.into(),
        custom_type: new.custom_type.into(),
        data: new.data.into(),
        mention,
        silent: new.silent,
        marks_read: new.marks_read,
        push: new.push,
        parent: new.parent,
        in_channel: new.in_channel,
        details: (details != Details::default()).then(|| Box::new(details)),
        created_at,
        updated_at: Timestamp::ZERO,
        scheduled_at,
        state: ScheduledState::Pending,
        sent_at: Timestamp::ZERO,
        message: None,
    });
    app.emit(Event::ScheduledMessageChanged(Arc::clone(&row)));
    Ok(view(app, channel, &row))
}

/// The minute of a moment, which has to be neither too near nor too far.
fn moment(app: &Application, at: Timestamp) -> Result<Timestamp> {
    let ahead = at.0.saturating_sub(app.now().0);
    if !AHEAD.contains(&ahead) {
        return Err(Error::OutOfRange(Field::ScheduledAt));
    }
    Ok(Timestamp(at.0 - at.0.rem_euclid(MINUTE)))
}

/// The scheduled message of that number in that channel.
///
/// # Errors
/// There is none.
pub fn find(app: &Application, channel: &Channel, number: i64) -> Result<Arc<ScheduledMessage>> {
    let row = app.scheduled.get(&number).filter(|row| row.channel == channel.id);
    row.cloned().ok_or(Error::NotFound(Entity::ScheduledMessage))
}

/// A scheduled message with all that is derived from others.
pub fn view(app: &Application, channel: &Arc<Channel>, row: &Arc<ScheduledMessage>) -> ScheduledView {
    ScheduledView {
        operator: row.sender.as_ref().is_some_and(|sender| operators::is_operator(app, channel, sender)),
        row: Arc::clone(row),
        channel: Arc::clone(channel),
        sender: row.sender.as_ref().and_then(|sender| app.users.get(sender)).cloned(),
        mentioned: users::profiles(app, row.mention.users()),
    }
}

/// What is to change of a scheduled message; what is none stays.
#[derive(Clone, Debug, Default)]
pub struct ScheduledPatch {
    /// The kind, which has to be what it is.
    pub kind: Option<MessageKind>,
    /// When it is due.
    pub scheduled_at: Option<Timestamp>,
    /// The words.
    pub text: Option<String>,
    /// A word by which clients sort their messages.
    pub custom_type: Option<String>,
    /// Free text of the client.
    pub data: Option<String>,
    /// Whether everybody is mentioned.
    pub mentions_everyone: Option<bool>,
    /// Users who are mentioned, in place of the ones before.
    pub mentioned: Option<Vec<String>>,
    /// Neither counted nor pushed.
    pub silent: Option<bool>,
    /// Whether the sender has read the channel by sending.
    pub marks_read: Option<bool>,
    /// Whether devices are to be woken.
    pub push: Option<bool>,
    /// Ordered extra data.
    pub meta: Option<Vec<MetaItem>>,
    /// Where the file is.
    pub link: Option<Link>,
    /// The name of the file.
    pub file_name: Option<String>,
    /// The media type of the file.
    pub media_type: Option<String>,
    /// The length of the file in bytes.
    pub file_size: Option<i64>,
}

/// Changes a scheduled message that still waits.
///
/// # Errors
/// A value is wrong, the moment is too near or too far, or the message waits no more.
pub fn update(
    app: &mut Application,
    channel: &Arc<Channel>,
    row: &ScheduledMessage,
    patch: ScheduledPatch,
) -> Result<ScheduledView> {
    limits::text(Field::CustomType, patch.custom_type.as_deref().unwrap_or(""))?;
    messages::check_length(app, channel, patch.text.as_deref().unwrap_or(""))?;
    limits::meta(patch.meta.as_deref().unwrap_or(&[]))?;
    if patch.kind.is_some_and(|kind| kind != row.kind) {
        return Err(Error::Invalid { field: Field::MessageKind, why: "It must be the type of the message" });
    }
    let scheduled_at = patch.scheduled_at.map(|at| moment(app, at)).transpose()?;
    still_waits(row)?;
    let mut new = row.clone();
    new.scheduled_at = scheduled_at.unwrap_or(row.scheduled_at);
    let keep = |slot: &mut Box<str>, text: Option<String>| {
        if let Some(text) = text {
            *slot = text.into();
        }
    };
    if row.kind != MessageKind::File {
        keep(&mut new.text, patch.text);
    }
    keep(&mut new.custom_type, patch.custom_type);
    keep(&mut new.data, patch.data);
    let everyone = patch.mentions_everyone.unwrap_or(matches!(row.mention, Mention::Channel(_)));
    let named = || row.mention.users().iter().map(UserId::to_string).collect();
    new.mention = Mention::of(everyone, users::known(app, patch.mentioned.unwrap_or_else(named)));
    new.silent = patch.silent.unwrap_or(row.silent);
    new.marks_read = patch.marks_read.unwrap_or(row.marks_read);
    new.push = patch.push.unwrap_or(row.push);
    let mut details = new.details.take().map_or_else(Details::default, |details| *details);
    if let Some(meta) = patch.meta {
        details.meta = meta;
    }
    if let Some(file) = &mut details.file {
        if let Some(link) = patch.link {
            file.link = link;
        }
        keep(&mut file.name, patch.file_name);
        keep(&mut file.media_type, patch.media_type);
        file.size = patch.file_size.unwrap_or(file.size);
    }
    new.details = (details != Details::default()).then(|| Box::new(details));
    new.updated_at = app.now();
    let row = app.scheduled.put(new);
    app.emit(Event::ScheduledMessageChanged(Arc::clone(&row)));
    Ok(view(app, channel, &row))
}

fn still_waits(row: &ScheduledMessage) -> Result<()> {
    if row.state == ScheduledState::Pending { Ok(()) } else { Err(Error::Forbidden(Rule::NotPending)) }
}

/// Calls a scheduled message off.
///
/// # Errors
/// It waits no more.
pub fn cancel(app: &mut Application, row: &ScheduledMessage) -> Result<()> {
    still_waits(row)?;
    become_(app, row.number, ScheduledState::Canceled);
    Ok(())
}

fn become_(app: &mut Application, number: i64, state: ScheduledState) {
    if let Some(row) = app.scheduled.update(&number, |row| row.state = state) {
        app.emit(Event::ScheduledMessageChanged(row));
    }
}

/// Sends a scheduled message before its moment.
///
/// # Errors
/// It waits no more, or it may not be sent as things are.
pub fn send_now(app: &mut Application, channel: &Arc<Channel>, row: &ScheduledMessage) -> Result<MessageView> {
    still_waits(row)?;
    send(app, channel, row)
}

fn send(app: &mut Application, channel: &Arc<Channel>, row: &ScheduledMessage) -> Result<MessageView> {
    let details = row.details.as_deref().cloned().unwrap_or_default();
    let sender = row.sender.as_ref().map_or("", UserId::as_str);
    let new = NewMessage {
        kind: row.kind,
        custom_type: row.custom_type.to_string(),
        data: row.data.to_string(),
        mentions_everyone: matches!(row.mention, Mention::Channel(_)),
        mentioned: row.mention.users().iter().map(UserId::to_string).collect(),
        silent: row.silent,
        marks_read: row.marks_read,
        push: row.push,
        meta: details.meta,
        dedup_id: details.dedup_id.map(Into::into),
        request: details.request.map(Into::into),
        parent: row.parent,
        in_channel: row.in_channel,
        file: details.file,
        files: details.files,
        languages: details.translations.into_keys().collect(),
        topic: details.topic.map(Into::into),
        extra: details.extra,
        ..NewMessage::text(sender, &row.text)
    };
    let sent = messages::send(app, channel, new, SendRules::USUAL)?;
    let (now, message) = (app.now(), sent.message.id);
    let changed = app.scheduled.update(&row.number, |row| {
        row.state = ScheduledState::Sent;
        row.sent_at = now;
        row.message = Some(message);
    });
    if let Some(row) = changed {
        app.emit(Event::ScheduledMessageChanged(row));
    }
    Ok(sent)
}

/// Sends what is due, in the order of moments. What the channel does not take has failed; what
/// nobody in the channel sends any more is removed. Tells what has become of which.
pub(super) fn send_due(app: &mut Application, done: Done<'_>) -> Vec<Ran> {
    let mut ran = Vec::new();
    while let Some((at, number)) = app.scheduled.index().next()
        && at <= app.now()
        && let Some(row) = app.scheduled.get(&number).cloned()
    {
        let channel = app.channels.get(&row.channel).cloned();
        let sent = channel.ok_or(Error::NotFound(Entity::Channel)).and_then(|channel| send(app, &channel, &row));
        let kind = if sent.is_ok() { RanKind::ScheduledMessageSent } else { RanKind::ScheduledMessageFailed };
        let user = row.sender.as_ref().map(UserId::to_string);
        ran.push(Ran { at, kind, id: number.to_string(), user });
        match sent {
            Ok(_) => {}
            Err(Error::NotFound(Entity::User) | Error::Forbidden(Rule::NotMember | Rule::NotJoinedYet)) => {
                become_(app, number, ScheduledState::Removed);
            }
            Err(_) => become_(app, number, ScheduledState::Failed),
        }
        done(app);
    }
    ran
}

/// What somebody who has left a channel has scheduled there is removed.
pub(super) fn sender_left(app: &mut Application, channel: &ChannelId, user: &UserId) {
    for number in app.scheduled.index().pending_of(user, channel) {
        become_(app, number, ScheduledState::Removed);
    }
}

/// Takes all scheduled messages of a channel out.
pub(super) fn remove_all(app: &mut Application, channel: &ChannelId) {
    for number in app.scheduled.index().in_channel(channel) {
        app.scheduled.remove(&number);
    }
}

/// Which scheduled messages are asked for. What is none does not matter.
#[derive(Clone, Debug, Default)]
pub struct ScheduledFilter {
    /// Of channels of this kind.
    pub channels: Option<ChannelKind>,
    /// Of this channel.
    pub channel: Option<ChannelId>,
    /// Of this sender.
    pub sender: Option<String>,
    /// In one of these states.
    pub states: Option<Vec<ScheduledState>>,
    /// Of this kind.
    pub kind: Option<MessageKind>,
}

impl ScheduledFilter {
    fn takes(&self, row: &ScheduledMessage) -> bool {
        let sender = || row.sender.as_ref().map(UserId::as_str);
        // Only group channels take scheduled messages.
        self.channels != Some(ChannelKind::Open)
            && self.channel.as_ref().is_none_or(|channel| row.channel == *channel)
            && self.sender.as_deref().is_none_or(|wanted| sender() == Some(wanted))
            && self.states.as_ref().is_none_or(|states| states.contains(&row.state))
            && self.kind.is_none_or(|kind| row.kind == kind)
    }
}

/// In which order scheduled messages are listed.
#[derive(Clone, Copy, Debug, Default)]
pub struct ScheduledOrder {
    /// By the moment at which they are due, not by the moment at which they were scheduled.
    pub by_due: bool,
    /// The latest first.
    pub reverse: bool,
}

/// Scheduled messages of all group channels.
pub fn list(
    app: &Application,
    filter: &ScheduledFilter,
    order: ScheduledOrder,
    after: Option<&Place>,
    limit: usize,
) -> Page<ScheduledView> {
    let place = |row: &&Arc<ScheduledMessage>| {
        let moment = if order.by_due { row.scheduled_at.0 } else { row.created_at.0 };
        let (number, last) = if order.reverse { (-moment, i64::MAX - row.number) } else { (moment, row.number) };
        Place { number, text: format!("{last:020}") }
    };
    let rows = app.scheduled.iter().filter(|row| filter.takes(row));
    let page = super::page_of(rows, place, after, limit);
    let view = |row: &Arc<ScheduledMessage>| Some(view(app, app.channels.get(&row.channel)?, row));
    Page { items: page.items.into_iter().filter_map(view).collect(), next: page.next }
}

/// How many scheduled messages there are.
pub fn count(app: &Application, filter: &ScheduledFilter) -> usize {
    app.scheduled.iter().filter(|row| filter.takes(row)).count()
}
