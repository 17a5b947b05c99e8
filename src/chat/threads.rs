//! Threads: a message and the replies to it.

use std::sync::Arc;

use super::{Error, Result, Rule, membership, users};
use crate::{
    model::{
        application::ReplyPolicy,
        channel::Channel,
        ids::{ChannelId, MessageId, UserId},
        message::{Message, MessageKind},
        page::{Page, Place},
        thread::ThreadPush,
        time::Timestamp,
        user::Profile,
    },
    state::{Application, timeline},
};

/// How many of the most active users are named.
const MOST_ACTIVE: usize = 5;

/// What a dialect lets replies do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReplyRules {
    /// Whether a reply may be answered. The answer then counts in the same thread.
    pub nested: bool,
}

/// What is told of a thread beside the message that began it.
#[derive(Clone, Debug)]
pub struct ThreadView {
    /// How many replies there are; removed ones do not count.
    pub replies: usize,
    /// Up to five users with the most replies.
    pub most_active: Vec<Arc<Profile>>,
    /// When the newest reply was made.
    pub last_replied_at: Timestamp,
    /// When anything in the thread last changed.
    pub updated_at: Timestamp,
}

/// What is told of the thread that a message began; none without replies.
pub fn view(app: &Application, root: &Message) -> Option<ThreadView> {
    let thread = app.messages.index().thread(root.id)?;
    let (last_replied_at, _) = thread.live.last()?;
    let users = thread.most_active().into_iter().filter_map(|(user, _)| app.users.get(user));
    Some(ThreadView {
        replies: thread.live.len(),
        most_active: users.take(MOST_ACTIVE).map(|user| Arc::clone(&user.profile)).collect(),
        last_replied_at,
        updated_at: thread.changed_at().unwrap_or(last_replied_at),
    })
}

/// What is told when a thread has changed: also of one that has lost its last reply.
pub fn changed(app: &Application, root: &Message) -> ThreadView {
    let changed_at = app.messages.index().thread(root.id).and_then(|thread| thread.changed_at());
    view(app, root).unwrap_or_else(|| ThreadView {
        replies: 0,
        most_active: Vec::new(),
        last_replied_at: Timestamp::ZERO,
        updated_at: changed_at.unwrap_or_else(|| app.now()),
    })
}

/// Whether a message may be answered.
///
/// # Errors
/// It is an announcement, or a reply where those take none.
pub fn may_answer(parent: &Message, rules: ReplyRules) -> Result<()> {
    if parent.kind == MessageKind::Admin {
        return Err(Error::Forbidden(Rule::NoReplyToAdmin));
    }
    if parent.parent.is_some() && !rules.nested {
        return Err(Error::Forbidden(Rule::NoReplyToReply));
    }
    Ok(())
}

/// Says whether a user's devices are to be woken for the replies to a message.
///
/// # Errors
/// There is no such user, the user may not act here, or the message is an announcement or a reply.
pub fn set_push(
    app: &mut Application,
    channel: &Channel,
    message: &Message,
    user: &str,
    enabled: bool,
) -> Result<()> {
    let user = users::acting(app, user)?;
    if !membership::has_joined(app, channel, &user.id) {
        return Err(Error::Forbidden(Rule::NotMember));
    }
    may_answer(message, ReplyRules { nested: false })?;
    app.thread_pushes.put(ThreadPush { message: message.id, user: user.id.clone(), enabled });
    Ok(())
}

/// Forgets who wanted to hear of a thread.
pub(super) fn forget(app: &mut Application, root: MessageId) {
    let rows = app.thread_pushes.range((root, UserId::first())..).take_while(|row| row.message == root);
    let users: Vec<_> = rows.map(|row| row.user.clone()).collect();
    for user in users {
        app.thread_pushes.remove(&(root, user));
    }
}

/// The messages of a channel that began threads, page by page, the newest message first.
pub fn list(app: &Application, channel: &ChannelId, after: Option<&Place>, limit: usize) -> Page<Arc<Message>> {
    let index = app.messages.index();
    let main =
        index.channel(channel).map(|messages| messages.all.parts(ReplyPolicy::NoReplies)).unwrap_or_default();
    let reached = after.and_then(|place| Some((Timestamp(place.number), MessageId(place.text.parse().ok()?))));
    let behind =
        |part: &[timeline::Place]| reached.map_or(part.len(), |reached| part.partition_point(|at| *at < reached));
    let parts = main.into_iter().map(|part| &part[..behind(part)]).collect();
    let roots = timeline::newest_first(parts)
        .filter(|(_, id)| index.thread(*id).is_some_and(|thread| !thread.live.is_empty()))
        .filter_map(|(_, id)| app.messages.get(&id))
        .filter(|message| !message.is_removed());
    let mut items: Vec<_> = roots.take(limit + 1).cloned().collect();
    let more = items.len() > limit;
    items.truncate(limit);
    let place = |message: &Arc<Message>| Place { number: message.created_at.0, text: message.id.to_string() };
    let next = items.last().filter(|_| more).map(place);
    Page { items, next }
}
