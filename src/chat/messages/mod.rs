//! Messages: sending and answering, editing, removing; what an answer tells of one.

mod changes;
mod list;
mod recent;

use std::sync::Arc;

pub use changes::{Alterations, Gap, GapSide, alterations, gap};
pub use list::{Anchor, Kinds, MessageFilter, Question, list, thread};
pub use recent::{Recent, RecentView, recent};

use super::{
    Entity, Error, Field, Result, Rule, blocks, content, images, limits, membership, offences, operators, pace,
    pins,
    polls::{self, PollView},
    reactions::{self, ReactionView},
    reads, retention, sanctions, scheduled,
    threads::{self, ReplyRules, ThreadView},
    translations, users,
};
use crate::{
    model::{
        Extra,
        application::ReplyPolicy,
        channel::{Channel, ChannelKind, Hidden, Member, MemberState},
        event::Event,
        file::Link,
        ids::{ChannelId, MessageId, ObjectId, UserId},
        message::{Attachment, Details, Mention, Message, MessageKind, MetaItem},
        time::Timestamp,
        user::{Profile, User},
    },
    state::{
        Application,
        messages::ChannelMessages,
        timeline::{self, Place},
    },
};

/// A message to send.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent switches that clients set one by one")]
pub struct NewMessage {
    /// Text, file or announcement.
    pub kind: MessageKind,
    /// Who sends it; does not matter for an announcement.
    pub sender: String,
    /// The words.
    pub text: String,
    /// A word by which clients sort their messages.
    pub custom_type: String,
    /// Free text of the client.
    pub data: String,
    /// Whether everybody is mentioned.
    pub mentions_everyone: bool,
    /// Users who are mentioned; those who do not exist are passed over.
    pub mentioned: Vec<String>,
    /// Neither counted nor pushed.
    pub silent: bool,
    /// Whether the sender has read the channel by sending.
    pub marks_read: bool,
    /// Whether devices are to be woken.
    pub push: bool,
    /// Ordered extra data.
    pub meta: Vec<MetaItem>,
    /// The moment that the sender gives it.
    pub created_at: Option<Timestamp>,
    /// The word that stops duplicates.
    pub dedup_id: Option<String>,
    /// The word by which the sender's clients know it as what they have sent.
    pub request: Option<String>,
    /// What it answers.
    pub parent: Option<MessageId>,
    /// An older way to name what it answers; has to be the same.
    pub root: Option<MessageId>,
    /// A reply that is shown in the channel too.
    pub in_channel: bool,
    /// The file of a file message.
    pub file: Option<Attachment>,
    /// All files of a message that has several; the first is its `file` too.
    pub files: Vec<Attachment>,
    /// Languages into which the words are brought at once.
    pub languages: Vec<String>,
    /// Whether it is pinned to the top of its channel.
    pub pin: bool,
    /// The topic of a forum in which it stands.
    pub topic: Option<String>,
    /// The poll that it asks.
    pub poll: Option<i64>,
    /// Whether the answer tells of the poll's options.
    pub poll_details: bool,
    /// What no rule reads.
    pub extra: Extra,
}

impl NewMessage {
    /// A text of a sender with nothing else said.
    pub fn text(sender: &str, text: &str) -> Self {
        Self {
            kind: MessageKind::Text,
            sender: sender.to_owned(),
            text: text.to_owned(),
            custom_type: String::new(),
            data: String::new(),
            mentions_everyone: false,
            mentioned: Vec::new(),
            silent: false,
            marks_read: true,
            push: true,
            meta: Vec::new(),
            created_at: None,
            dedup_id: None,
            request: None,
            parent: None,
            root: None,
            in_channel: false,
            file: None,
            files: Vec::new(),
            languages: Vec::new(),
            pin: false,
            topic: None,
            poll: None,
            poll_details: false,
            extra: Extra::new(),
        }
    }
}

/// What a dialect lets senders do.
#[derive(Clone, Copy, Debug, Default)]
pub struct SendRules {
    /// Whether texts have the application's limit.
    pub limited: bool,
    /// What replies may do.
    pub replies: ReplyRules,
}

impl SendRules {
    /// Texts have the application's limit, and threads are one level deep.
    pub const USUAL: Self = Self { limited: true, replies: ReplyRules { nested: false } };
}

/// What an answer is to tell of a message beside the message itself.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent switches that clients set one by one")]
pub struct Include {
    /// Reactions.
    pub reactions: bool,
    /// The thread that it began.
    pub thread: bool,
    /// What it answers.
    pub parent: bool,
    /// Some of those who reacted.
    pub samples: bool,
    /// The options of the poll that it asks.
    pub poll: bool,
    /// The number of the user who asks, where that is known.
    pub viewer: Option<i64>,
}

/// A message with all that is derived from others.
#[derive(Clone, Debug)]
pub struct MessageView {
    /// The message.
    pub message: Arc<Message>,
    /// Its channel.
    pub channel: Arc<Channel>,
    /// Whether the sender may act today.
    pub sender_active: bool,
    /// Whether the user who asks wants nothing of the sender.
    pub sender_blocked: bool,
    /// How many hours it is kept, -1 for ever.
    pub retention_hours: i64,
    /// Users whom it mentions.
    pub mentioned: Vec<Arc<Profile>>,
    /// What it answers, if that was asked for and is not removed.
    pub parent: Option<Arc<Message>>,
    /// The thread that it began, if that was asked for and has replies.
    pub thread: Option<ThreadView>,
    /// Reactions, if they were asked for.
    pub reactions: Option<Vec<ReactionView>>,
    /// The poll that it asks, if there is one.
    pub poll: Option<PollView>,
}

/// Sends a message, or answers one.
///
/// # Errors
/// A value is wrong; sender or parent do not exist; the sender may not write here; the parent
/// takes no replies; or the word that stops duplicates is known.
pub fn send(
    app: &mut Application,
    channel: &Arc<Channel>,
    mut new: NewMessage,
    rules: SendRules,
) -> Result<MessageView> {
    check_values(app, channel, &new, rules)?;
    let sender = match new.kind {
        MessageKind::Admin => None,
        _ => Some(users::find(app, &new.sender)?),
    };
    let parent = new.parent.map(|parent| find_in(app, channel, parent)).transpose()?;
    let poll = new.poll.map(|poll| polls::to_send(app, channel, new.kind, poll)).transpose()?;
    if let Some(sender) = &sender {
        may_write(app, channel, sender)?;
    }
    if !new.files.is_empty() && channel.kind != ChannelKind::Group {
        return Err(Error::Forbidden(Rule::OneFileHere));
    }
    if let Some(parent) = &parent {
        if new.kind == MessageKind::Admin {
            return Err(Error::Forbidden(Rule::NoAdminReply));
        }
        threads::may_answer(parent, rules.replies)?;
    }
    if new.pin {
        pins::may_pin(app, channel, new.silent)?;
    }
    if let Some(sender) = &sender
        && let Err(error) = pace::keeps(app, channel, &sender.id)
    {
        let (channel, user) = (Arc::clone(channel), Arc::clone(&sender.profile));
        app.tell_refused(|_| Some(Event::SentTooFast { channel, user }));
        return Err(error);
    }
    let covered = if sender.is_some() { content::covered(app, channel, &new.text) } else { Ok(None) };
    let covered = match covered {
        Ok(covered) => covered,
        Err(error) => {
            if error == Error::Forbidden(Rule::WordKeptOut) {
                if let Some(sender) = &sender {
                    offences::note(app, channel, &sender.id);
                }
                app.tell_refused(|app| {
                    let message = outline(app, channel, new, sender.as_deref(), parent.as_deref()).ok()?;
                    Some(Event::WordsRefused { channel: Arc::clone(channel), message: Arc::new(message) })
                });
            }
            return Err(error);
        }
    };
    if let Some(sender) = &sender {
        let files = new.file.iter().chain(&new.files);
        images::may_pass(app, channel, &sender.profile, &new.text, files)?;
    }
    let by_words = covered.as_ref().is_some_and(|covered| covered.by_words);
    let original = covered.map(|covered| std::mem::replace(&mut new.text, covered.text));
    if let Some(original) = find_duplicate(app, channel, new.dedup_id.as_deref()) {
        if app.settings().repeat_answers_original {
            return Ok(view(app, channel, &original, SENT));
        }
        return Err(Error::Taken(Field::DedupId));
    }
    let (pins, marks_read, push, poll_details) = (new.pin, new.marks_read, new.push, new.poll_details);
    let mut message = compose(app, channel, new, sender.as_deref(), parent.as_deref())?;
    message.marks_read = marks_read && sender.is_some() && channel.kind == ChannelKind::Group;
    // An ephemeral channel passes messages on and keeps none.
    let message = if channel.ephemeral { Arc::new(message) } else { app.messages.put(message) };
    if let Some(original) = original {
        if by_words {
            tell_covered(app, channel, &message, &original);
        }
        if !channel.ephemeral {
            content::note(app, &message, Some(original));
        }
    }
    if channel.kind == ChannelKind::Group && !channel.ephemeral {
        if !message.dated {
            reads::come_back(app, &message);
        }
        after_sending(app, channel, &message);
    }
    if let Some(poll) = poll {
        polls::sent(app, &poll, &message);
    }
    let sent = Event::MessageSent {
        channel: Arc::clone(channel),
        message: Arc::clone(&message),
        parent,
        push,
        marks_read,
    };
    app.emit(sent);
    if pins {
        pins::pin(app, channel, &message)?;
    }
    tell_noticed(app, channel, &message);
    let sent = view(app, channel, &message, Include { poll: poll_details, ..SENT });
    if by_words && let Some(sender) = &sender {
        offences::count(app, channel, &sender.id);
    }
    Ok(sent)
}

/// The message that is made of what was given, with an id of its own. It is in no table yet.
pub(super) fn compose(
    app: &mut Application,
    channel: &Channel,
    new: NewMessage,
    sender: Option<&User>,
    parent: Option<&Message>,
) -> Result<Message> {
    let message = outline(app, channel, new, sender, parent)?;
    Ok(Message { id: app.next_message_id(), ..message })
}

/// The message that is made of what was given, without an id.
fn outline(
    app: &Application,
    channel: &Channel,
    new: NewMessage,
    sender: Option<&User>,
    parent: Option<&Message>,
) -> Result<Message> {
    let created_at = new.created_at.unwrap_or_else(|| next_moment(app, channel));
    let mentioned = users::known(app, new.mentioned);
    let translations = translations::wanted(&new.text, &new.languages)?;
    let details = Details {
        meta: new.meta,
        file: new.file,
        files: new.files,
        translations,
        topic: new.topic.or_else(|| parent?.topic().map(str::to_owned)).map(Into::into),
        dedup_id: new.dedup_id.map(Into::into),
        request: new.request.map(Into::into),
        extra: new.extra,
    };
    Ok(Message {
        id: MessageId(0),
        channel: channel.id.clone(),
        kind: new.kind,
        sender: sender.map(|sender| Arc::clone(&sender.profile)),
        by_operator: sender.is_some_and(|sender| operators::is_operator(app, channel, &sender.id)),
        text: new.text.into(),
        custom_type: new.custom_type.into(),
        data: new.data.into(),
        mention: Mention::of(new.mentions_everyone, mentioned),
        created_at,
        dated: new.created_at.is_some(),
        updated_at: Timestamp::ZERO,
        removed_at: Timestamp::ZERO,
        touched_at: Timestamp::ZERO,
        parent: parent.map(|parent| parent.id),
        root: parent.map(|parent| parent.root.unwrap_or(parent.id)),
        in_channel: parent.is_some() && new.in_channel,
        silent: new.silent,
        marks_read: false,
        details: (details != Details::default()).then(|| Box::new(details)),
    })
}

/// What the answer to a send tells.
const SENT: Include =
    Include { reactions: false, thread: false, parent: true, samples: false, poll: false, viewer: None };

pub(super) fn check_values(app: &Application, channel: &Channel, new: &NewMessage, rules: SendRules) -> Result<()> {
    limits::text(Field::CustomType, &new.custom_type)?;
    limits::meta(&new.meta)?;
    limits::text(Field::DedupId, new.dedup_id.as_deref().unwrap_or(""))?;
    limits::text(Field::Request, new.request.as_deref().unwrap_or(""))?;
    limits::text(Field::Topic, new.topic.as_deref().unwrap_or(""))?;
    if rules.limited {
        check_length(app, channel, &new.text)?;
    }
    if new.created_at.is_some_and(|moment| moment < Timestamp::ZERO) {
        return Err(Error::OutOfRange(Field::CreatedAt));
    }
    if new.root.is_some() && new.root != new.parent {
        return Err(Error::Invalid { field: Field::Root, why: "It must be equal to parent_message_id" });
    }
    limits::items(Field::Files, new.files.len())?;
    if new.files.len() == 1 {
        return Err(Error::Invalid { field: Field::Files, why: "It must have 2 to 30 files" });
    }
    if !new.languages.is_empty() {
        translations::of("", &new.languages)?;
        if new.kind != MessageKind::Text {
            return Err(Error::Forbidden(Rule::NoWordsToTranslate));
        }
    }
    Ok(())
}

pub(super) fn check_length(app: &Application, channel: &Channel, text: &str) -> Result<()> {
    let limit = content::max_length(app, &channel.custom_type);
    if text.len() > limit && text.chars().count() > limit {
        return Err(Error::TooLong { field: Field::Text, limit });
    }
    Ok(())
}

/// Whether a user may write in a channel.
fn may_write(app: &Application, channel: &Channel, user: &User) -> Result<()> {
    if !user.active {
        return Err(Error::Forbidden(Rule::Deactivated));
    }
    sanctions::not_banned(app, channel, &user.id)?;
    if channel.kind == ChannelKind::Group {
        let member = membership::find(app, &channel.id, &user.id).ok_or(Error::Forbidden(Rule::NotMember))?;
        if member.state == MemberState::Invited {
            return Err(Error::Forbidden(Rule::NotJoinedYet));
        }
    }
    sanctions::not_muted(app, channel, &user.id)?;
    blocks::not_blocked(app, channel, &user.id)?;
    if operators::is_operator(app, channel, &user.id) {
        return Ok(());
    }
    if channel.frozen {
        return Err(Error::Forbidden(Rule::Frozen));
    }
    if channel.broadcast {
        return Err(Error::Forbidden(Rule::NotOperator));
    }
    Ok(())
}

pub(super) fn find_duplicate(app: &Application, channel: &Channel, dedup_id: Option<&str>) -> Option<Arc<Message>> {
    let id = app.messages.index().channel(&channel.id)?.dedup.get(dedup_id?)?;
    app.messages.get(id).cloned()
}

/// The moment of a message whose sender gives none: now, but later than every message of the
/// channel that has got its moment so, and later than the channel.
fn next_moment(app: &Application, channel: &Channel) -> Timestamp {
    let now = app.now().max(channel.created_at.next());
    let Some(messages) = app.messages.index().channel(&channel.id) else { return now };
    let newest_first = timeline::newest_first(messages.all.parts(ReplyPolicy::All));
    let later = newest_first.take_while(|(at, _)| *at >= now);
    let mut undated = later.filter(|(_, id)| app.messages.get(id).is_some_and(|message| !message.dated));
    undated.next().map_or(now, |(at, _)| at.next())
}

/// What a message changes for the members of a group channel.
fn after_sending(app: &mut Application, channel: &Channel, message: &Message) {
    if let Some(sender) = message.sender.as_ref().filter(|_| message.marks_read) {
        reads::follow(app, &(channel.id.clone(), sender.user.clone()), message.created_at);
    }
    if message.silent {
        return;
    }
    let hidden = app.members.index().channel(&channel.id).map(|members| &members.hidden);
    let hidden: Vec<_> = hidden.into_iter().flatten().cloned().collect();
    for user in hidden {
        let key = (channel.id.clone(), user);
        if let Some(member) = app.members.update(&key, |member| member.hidden = Hidden::No) {
            app.emit(Event::MemberHid(member));
        }
    }
}

/// The message of that id in that channel.
///
/// # Errors
/// There is none, or it is removed.
pub fn find_in(app: &Application, channel: &Channel, id: MessageId) -> Result<Arc<Message>> {
    let message = app.messages.get(&id).filter(|message| message.channel == channel.id && !message.is_removed());
    message.cloned().ok_or(Error::NotFound(Entity::Message))
}

/// The message of that number or 24-digit id, and its channel.
///
/// # Errors
/// There is none, or it is removed.
pub fn find_by_any(app: &Application, text: &str) -> Result<(Arc<Message>, Arc<Channel>)> {
    let long = ObjectId::parse(text);
    let number = long.map(|id| id.number).or_else(|| text.parse().ok());
    let message = number.and_then(|number| app.messages.get(&MessageId(number)));
    let message = message
        .filter(|message| !message.is_removed())
        .filter(|message| long.is_none_or(|long| object_id(message) == long))
        .ok_or(Error::NotFound(Entity::Message))?;
    let channel = app.channels.get(&message.channel).ok_or(Error::NotFound(Entity::Message))?;
    Ok((Arc::clone(message), Arc::clone(channel)))
}

/// The 24-digit id of a message.
pub fn object_id(message: &Message) -> ObjectId {
    ObjectId { seconds: u32::try_from(message.created_at.seconds()).unwrap_or(0), number: message.id.0 }
}

/// What is to change of a message; what is none stays.
#[derive(Clone, Debug, Default)]
pub struct MessagePatch {
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
    /// Where the file is.
    pub link: Option<Link>,
    /// The name of the file.
    pub file_name: Option<String>,
    /// The media type of the file.
    pub media_type: Option<String>,
    /// The length of the file in bytes.
    pub file_size: Option<i64>,
}

/// Edits a message.
///
/// # Errors
/// The message is of another kind, or a field is too long.
pub fn edit(
    app: &mut Application,
    channel: &Arc<Channel>,
    message: &Message,
    kind: MessageKind,
    patch: MessagePatch,
) -> Result<MessageView> {
    limits::text(Field::CustomType, patch.custom_type.as_deref().unwrap_or(""))?;
    check_length(app, channel, patch.text.as_deref().unwrap_or(""))?;
    if kind != message.kind {
        return Err(Error::Invalid { field: Field::MessageKind, why: "It must be the type of the message" });
    }
    let mut new = message.clone();
    let mut original = None;
    let says_anew = message.kind != MessageKind::File && patch.text.is_some();
    if message.kind != MessageKind::File
        && let Some(text) = patch.text
    {
        let covered = if message.sender.is_some() { content::covered(app, channel, &text) } else { Ok(None) };
        new.text = match covered {
            Ok(Some(covered)) => {
                original = Some((text, covered.by_words));
                covered.text.into()
            }
            Ok(None) => text.into(),
            Err(error) => {
                if error == Error::Forbidden(Rule::WordKeptOut) {
                    if let Some(sender) = &message.sender {
                        offences::note(app, channel, &sender.user);
                    }
                    new.text = text.into();
                    let (channel, message) = (Arc::clone(channel), Arc::new(new));
                    app.tell_refused(|_| Some(Event::WordsRefused { channel, message }));
                }
                return Err(error);
            }
        };
        translate_again(&mut new)?;
    }
    if let Some(custom_type) = patch.custom_type {
        new.custom_type = custom_type.into();
    }
    if let Some(data) = patch.data {
        new.data = data.into();
    }
    let named = patch.mentioned.map_or_else(|| message.mention.users().into(), |users| users::known(app, users));
    let everyone = patch.mentions_everyone.unwrap_or(matches!(message.mention, Mention::Channel(_)));
    new.mention = Mention::of(everyone, named);
    if let Some(file) = new.details.as_mut().and_then(|details| details.file.as_mut()) {
        if let Some(link) = patch.link {
            file.link = link;
        }
        file.name = patch.file_name.map_or_else(|| file.name.clone(), Into::into);
        file.media_type = patch.media_type.map_or_else(|| file.media_type.clone(), Into::into);
        file.size = patch.file_size.unwrap_or(file.size);
    }
    if let Some(sender) = &message.sender {
        let text = if says_anew { &*new.text } else { "" };
        let files = new.file().filter(|file| Some(*file) != message.file());
        images::may_pass(app, channel, sender, text, files)?;
    }
    new.updated_at = next_alteration(app, &channel.id);
    let before = app.messages.get(&message.id).cloned().ok_or(Error::NotFound(Entity::Message))?;
    let message = app.messages.put(new);
    let by_words = original.as_ref().is_some_and(|(_, by_words)| *by_words);
    if let Some((original, true)) = &original {
        tell_covered(app, channel, &message, original);
    }
    if says_anew {
        content::note(app, &message, original.map(|(original, _)| original));
    }
    app.emit(Event::MessageUpdated { channel: Arc::clone(channel), message: Arc::clone(&message), before });
    if says_anew {
        tell_noticed(app, channel, &message);
    }
    let edited = view(app, channel, &message, Include { reactions: true, ..SENT });
    if by_words && let Some(sender) = &message.sender {
        offences::count(app, channel, &sender.user);
    }
    Ok(edited)
}

/// Tells that a message has words which are looked for and pass. Only webhooks hear of it, so where there are none
/// nobody looks.
fn tell_noticed(app: &mut Application, channel: &Arc<Channel>, message: &Arc<Message>) {
    if !app.settings().webhooks.is_empty()
        && message.sender.is_some()
        && content::notices(app, channel, &message.text)
    {
        app.emit(Event::WordsNoticed { channel: Arc::clone(channel), message: Arc::clone(message) });
    }
}

/// Tells what a message said before words of it were covered.
fn tell_covered(app: &mut Application, channel: &Arc<Channel>, message: &Arc<Message>, original: &str) {
    let (channel, message) = (Arc::clone(channel), Arc::clone(message));
    app.emit(Event::WordsCovered { channel, message, original: original.into() });
}

/// Brings the new words of a message into the languages that the old ones were brought into.
fn translate_again(message: &mut Message) -> Result<()> {
    let Message { text, details: Some(details), .. } = message else { return Ok(()) };
    if !details.translations.is_empty() {
        let languages: Vec<_> = details.translations.keys().cloned().collect();
        details.translations = translations::of(text, &languages)?;
    }
    Ok(())
}

/// Changes something that hangs on a message, which is no edit of it.
pub(super) fn touch(
    app: &mut Application,
    message: &Message,
    change: impl FnOnce(&mut Details),
) -> Option<Arc<Message>> {
    let touched_at = next_alteration(app, &message.channel);
    app.messages.update(&message.id, |message| {
        message.touched_at = touched_at;
        let mut details = message.details.take().unwrap_or_default();
        change(&mut details);
        message.details = (*details != Details::default()).then_some(details);
    })
}

/// Tells that something that hangs on a message was changed.
pub(super) fn tell_touched(app: &mut Application, message: &Arc<Message>) {
    if let Some(channel) = app.channels.get(&message.channel).cloned() {
        app.emit(Event::MessageTouched { channel, message: Arc::clone(message) });
    }
}

/// The moment of an alteration of a message: now, but later than every other alteration in the channel,
/// so that those who ask what was altered after a moment miss nothing.
fn next_alteration(app: &Application, channel: &ChannelId) -> Timestamp {
    let last = app.messages.index().channel(channel).and_then(|messages| messages.alterations.last());
    app.now().max(last.map_or(Timestamp(1), |(at, _)| at.next()))
}

/// Removes a message. It is kept for those who ask for removed ones; its thread stays.
pub fn remove(app: &mut Application, message: &Message) {
    let now = next_alteration(app, &message.channel);
    pins::forget(app, message);
    if let Some(message) = app.messages.update(&message.id, |message| message.removed_at = now) {
        polls::message_removed(app, message.id);
        if let Some(channel) = app.channels.get(&message.channel).cloned() {
            app.emit(Event::MessageRemoved { channel, message });
        }
    }
}

/// Takes all messages of a channel out, with their reactions.
pub(super) fn remove_all(app: &mut Application, channel: &ChannelId) {
    scheduled::remove_all(app, channel);
    polls::remove_all(app, channel);
    let messages = app.messages.index().channel(channel);
    let parts = messages.map(|messages| messages.all.parts(ReplyPolicy::All)).unwrap_or_default();
    let ids: Vec<_> = timeline::newest_first(parts).map(|(_, id)| id).collect();
    for id in ids {
        take_out(app, channel, id);
    }
}

/// Takes a message out for good, with what hangs on it. Replies to it stay.
pub(super) fn take_out(app: &mut Application, channel: &ChannelId, id: MessageId) {
    let first = (id, Box::from(""), UserId::first());
    let reactions = app.reactions.range(first..).take_while(|reaction| reaction.message == id);
    let reactions: Vec<_> = reactions.map(|row| (row.message, row.key.clone(), row.user.clone())).collect();
    for reaction in reactions {
        app.reactions.remove(&reaction);
    }
    app.pins.remove(&(channel.clone(), id));
    app.covered_texts.remove(&id);
    threads::forget(app, id);
    polls::message_removed(app, id);
    app.messages.remove(&id);
}

/// A message with all that is derived from others.
pub fn view(app: &Application, channel: &Arc<Channel>, message: &Arc<Message>, include: Include) -> MessageView {
    let sender = message.sender.as_ref().and_then(|sender| app.users.get(&sender.user));
    let viewer = include.viewer.filter(|_| !app.blocks.is_empty());
    let viewer = viewer.and_then(|viewer| app.users.index().numbered(viewer));
    let parent = message.root.filter(|_| include.parent).and_then(|root| app.messages.get(&root));
    MessageView {
        message: Arc::clone(message),
        channel: Arc::clone(channel),
        sender_active: sender.is_some_and(|sender| sender.active),
        sender_blocked: sender
            .zip(viewer)
            .is_some_and(|(sender, viewer)| blocks::is_blocking(app, viewer, &sender.id)),
        retention_hours: retention::hours(app, channel),
        mentioned: users::profiles(app, message.mention.users()),
        parent: parent.filter(|parent| !parent.is_removed()).cloned(),
        thread: if include.thread { threads::view(app, message) } else { None },
        reactions: match (include.samples, include.reactions) {
            (true, _) => Some(reactions::sampled(app, message.id)),
            (false, true) => Some(reactions::of(app, message.id)),
            (false, false) => None,
        },
        poll: polls::of_message(app, message.id, include),
    }
}

/// The newest message of a channel: of those that count, and of the viewer's own silent ones.
pub fn last(app: &Application, channel: &Arc<Channel>, viewer: Option<&UserId>) -> Option<MessageView> {
    let (at, id) = last_place(app, &channel.id, viewer)?;
    let member = viewer.and_then(|viewer| membership::find(app, &channel.id, viewer));
    if member.is_some_and(|member| at <= member.sees_after) {
        return None;
    }
    let message = app.messages.get(&id)?;
    Some(view(app, channel, message, Include::default()))
}

/// Where the newest message of a channel stands, as [`last`] has it.
pub fn last_place(app: &Application, channel: &ChannelId, viewer: Option<&UserId>) -> Option<Place> {
    last_among(app, app.messages.index().channel(channel)?, viewer)
}

/// Where the newest of these messages of a channel stands, as [`last`] has it.
pub(super) fn last_among(app: &Application, messages: &ChannelMessages, viewer: Option<&UserId>) -> Option<Place> {
    let policy = app.settings().last_message_policy;
    let silent = viewer.and_then(|viewer| messages.silent_by_sender.get(viewer)?.last(policy));
    messages.counted.last(policy).max(silent)
}

/// Where the newest of these messages of a channel stands that is for a member.
pub(super) fn last_for(app: &Application, messages: &ChannelMessages, member: &Member) -> Option<Place> {
    last_among(app, messages, Some(&member.user)).filter(|(at, _)| *at > member.sees_after)
}

/// How many messages of a channel are not removed; replies and announcements count.
pub fn count(app: &Application, channel: &Channel) -> usize {
    app.messages.index().channel(&channel.id).map_or(0, |messages| messages.live)
}
