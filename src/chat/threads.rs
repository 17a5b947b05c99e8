//! Threads: a message and the replies to it.

use std::sync::Arc;

use super::{Error, Result, Rule};
use crate::{
    model::{
        message::{Message, MessageKind},
        time::Timestamp,
        user::Profile,
    },
    state::Application,
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
