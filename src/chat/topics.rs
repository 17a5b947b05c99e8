//! Topics of forums: every message of a forum stands in one.

use super::{Entity, Error, Field, Result};
use crate::{
    model::{application::ReplyPolicy, channel::Channel},
    state::{Application, timeline::newest_first},
};

/// The style of channels that have topics.
const FORUM: &str = "forum";

/// Under which name in a channel's extra data its topics are listed.
const LISTED: &str = "topics";

/// The topic in which a new message is to stand: the one that was named in a forum, none
/// elsewhere. Where only known topics will do, an unknown one is refused; else it comes into
/// being with its first message.
///
/// # Errors
/// A forum was named no topic, or an unknown one.
pub fn choose(
    app: &Application,
    channel: &Channel,
    topic: Option<String>,
    known_only: bool,
) -> Result<Option<String>> {
    if &*channel.style != FORUM {
        return Ok(None);
    }
    let Some(topic) = topic else {
        return Err(Error::Invalid { field: Field::Topic, why: "A forum needs one" });
    };
    if known_only && !is_known(app, channel, &topic) {
        return Err(Error::NotFound(Entity::Topic));
    }
    Ok(Some(topic))
}

/// Whether the channel lists that topic, or has a message in it.
fn is_known(app: &Application, channel: &Channel, topic: &str) -> bool {
    let listed = channel.extra.get(LISTED).and_then(|topics| topics.as_array());
    let messages = app.messages.index().channel(&channel.id);
    listed.is_some_and(|topics| topics.iter().any(|one| one.as_str() == Some(topic)))
        || messages.is_some_and(|messages| {
            newest_first(messages.all.parts(ReplyPolicy::All))
                .filter_map(|(_, id)| app.messages.get(&id))
                .any(|message| !message.is_removed() && message.topic() == Some(topic))
        })
}
