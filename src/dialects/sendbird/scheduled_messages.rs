//! Scheduled messages of group channels.
//! <https://sendbird.com/docs/chat/platform-api/v3/message/scheduled-messages/scheduled-messages-overview>

use serde::{Deserialize, Serialize};

use super::{
    error::{Error, Result},
    extract::{Answer, Body, Call, Path, Query, answer, done},
    list::{asked, present, word},
    messages::{Files, MENTION_TYPES, MESSAGE_TYPES, SendBody, not_negative},
    wire::{
        Home,
        scheduled::{STATES, ScheduledBody},
    },
};
use crate::{
    chat::{
        self, Entity, Rule, channels,
        scheduled::{self, ScheduledFilter, ScheduledOrder, ScheduledPatch},
    },
    model::{
        channel::{Channel, ChannelKind},
        file::Link,
        message::MetaItem,
        scheduled::{ScheduledMessage, ScheduledState},
        time::Timestamp,
    },
    state::Application,
    web::{field::Field, page, routes::Routes},
};

const ONE: &str = "/v3/group_channels/{channel_url}/scheduled_messages/{scheduled_message_id}";

pub(super) fn routes() -> Routes {
    Routes::of("Messages")
        .post("scheduleAMessage", "/v3/group_channels/{channel_url}/scheduled_messages", create)
        .get("getAScheduledMessage", ONE, view)
        .put("updateAScheduledMessage", ONE, update)
        .delete("cancelAScheduledMessage", ONE, cancel)
        .post(
            "sendAScheduledMessageNow",
            "/v3/group_channels/{channel_url}/scheduled_messages/{scheduled_message_id}/send_now",
            send_now,
        )
        .get("listScheduledMessages", "/v3/scheduled_messages", list)
        .get("countScheduledMessages", "/v3/scheduled_messages/count", count)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ScheduleBody {
    scheduled_at: Field<i64>,
    #[serde(flatten)]
    message: SendBody,
}

/// <https://sendbird.com/docs/chat/platform-api/v3/message/scheduled-messages/create-a-scheduled-message>
async fn create(call: Call, Path(url): Path<String>, Body(mut body, parts): Body<ScheduleBody>) -> Result<Answer> {
    let files = Files::receive(&call, &parts, &mut body.message).await?;
    let view = call
        .write(|app| {
            let channel = channels::find(app, ChannelKind::Group, &url)?;
            present(&[("scheduled_at", body.scheduled_at.is_given())])?;
            let new = files.message(app, body.message)?;
            let at = not_negative("scheduled_at", body.scheduled_at)?.unwrap_or_default();
            Ok(scheduled::create(app, &channel, new, Timestamp(at))?)
        })
        .await?;
    Ok(answer(&ScheduledBody::new(&view, Home::of(&call))))
}

/// The scheduled message of that id. What is no number is the id of none.
fn find(app: &Application, channel: &Channel, id: &str) -> Result<std::sync::Arc<ScheduledMessage>> {
    let number = id.parse().map_err(|_| chat::Error::NotFound(Entity::ScheduledMessage))?;
    Ok(scheduled::find(app, channel, number)?)
}

/// <https://sendbird.com/docs/chat/platform-api/v3/message/scheduled-messages/get-a-scheduled-message>
async fn view(call: Call, Path((url, id)): Path<(String, String)>) -> Result<Answer> {
    let view = call
        .read(|app| {
            let channel = channels::find(app, ChannelKind::Group, &url)?;
            let row = find(app, &channel, &id)?;
            Ok(scheduled::view(app, &channel, &row))
        })
        .await?;
    Ok(answer(&ScheduledBody::new(&view, Home::of(&call))))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct UpdateBody {
    message_type: Field<String>,
    scheduled_at: Field<i64>,
    message: Field<String>,
    custom_type: Field<String>,
    data: Field<String>,
    mention_type: Field<String>,
    mentioned_user_ids: Field<Vec<String>>,
    send_push: Field<bool>,
    is_silent: Field<bool>,
    mark_as_read: Field<bool>,
    sorted_metaarray: Field<Vec<MetaItem>>,
    url: Field<String>,
    file_name: Field<String>,
    file_size: Field<i64>,
    file_type: Field<String>,
    poll_id: Field<i64>,
}

impl UpdateBody {
    fn check(self) -> Result<ScheduledPatch> {
        let kinds: Vec<_> = MESSAGE_TYPES.iter().map(|(word, kind)| (*word, Some(*kind))).collect();
        let mention_types: Vec<_> = MENTION_TYPES.iter().map(|(word, all)| (*word, Some(*all))).collect();
        Ok(ScheduledPatch {
            kind: word(self.message_type, "message_type", &kinds, None)?,
            scheduled_at: not_negative("scheduled_at", self.scheduled_at)?.map(Timestamp),
            text: self.message.optional("message")?,
            custom_type: self.custom_type.optional("custom_type")?,
            data: self.data.optional("data")?,
            mentions_everyone: word(self.mention_type, "mention_type", &mention_types, None)?,
            mentioned: self.mentioned_user_ids.optional("mentioned_user_ids")?,
            silent: self.is_silent.optional("is_silent")?,
            marks_read: self.mark_as_read.optional("mark_as_read")?,
            push: self.send_push.optional("send_push")?,
            meta: self.sorted_metaarray.optional("sorted_metaarray")?,
            link: self.url.optional("url")?.map(|url| Link::to(&url)),
            file_name: self.file_name.optional("file_name")?,
            media_type: self.file_type.optional("file_type")?,
            file_size: not_negative("file_size", self.file_size)?,
        })
    }
}

/// <https://sendbird.com/docs/chat/platform-api/v3/message/scheduled-messages/update-a-scheduled-message>
async fn update(
    call: Call,
    Path((url, id)): Path<(String, String)>,
    Body(mut body, _): Body<UpdateBody>,
) -> Result<Answer> {
    let view = call
        .write(|app| {
            let channel = channels::find(app, ChannelKind::Group, &url)?;
            let row = find(app, &channel, &id)?;
            let poll = std::mem::take(&mut body.poll_id).optional("poll_id")?;
            let patch = body.check()?;
            if poll.is_some() {
                return Err(chat::Error::Forbidden(Rule::PollNotHere).into());
            }
            Ok(scheduled::update(app, &channel, &row, patch)?)
        })
        .await?;
    Ok(answer(&ScheduledBody::new(&view, Home::of(&call))))
}

/// <https://sendbird.com/docs/chat/platform-api/v3/message/scheduled-messages/cancel-a-scheduled-message>
async fn cancel(call: Call, Path((url, id)): Path<(String, String)>) -> Result<Answer> {
    call.write(|app| {
        let channel = channels::find(app, ChannelKind::Group, &url)?;
        let row = find(app, &channel, &id)?;
        Ok(scheduled::cancel(app, &row)?)
    })
    .await?;
    Ok(done())
}

/// Sends a scheduled message before its moment; as the client SDKs do.
async fn send_now(call: Call, Path((url, id)): Path<(String, String)>) -> Result<Answer> {
    call.write(|app| {
        let channel = channels::find(app, ChannelKind::Group, &url)?;
        let row = find(app, &channel, &id)?;
        scheduled::send_now(app, &channel, &row)?;
        Ok(())
    })
    .await?;
    Ok(done())
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ListQuery {
    token: Field<String>,
    limit: Field<i64>,
    order: Field<String>,
    reverse: Field<bool>,
    #[serde(flatten)]
    filter: FilterQuery,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct FilterQuery {
    channel_type: Field<String>,
    channel_url: Field<String>,
    sender_id: Field<String>,
    status: Field<Vec<String>>,
    message_type: Field<String>,
}

impl FilterQuery {
    fn check(self, app: &Application) -> Result<ScheduledFilter> {
        let channel_types = [
            ("group_channels", Some(ChannelKind::Group)),
            ("group", Some(ChannelKind::Group)),
            ("open_channels", Some(ChannelKind::Open)),
            ("open", Some(ChannelKind::Open)),
        ];
        let kinds: Vec<_> = MESSAGE_TYPES.iter().map(|(word, kind)| (*word, Some(*kind))).collect();
        let channel = self.channel_url.optional("channel_url")?.filter(|url| !url.is_empty());
        let mut filter = ScheduledFilter {
            channels: word(self.channel_type, "channel_type", &channel_types, None)?,
            channel: None,
            sender: self.sender_id.optional("sender_id")?.filter(|sender| !sender.is_empty()),
            states: states(self.status.optional("status")?)?,
            kind: word(self.message_type, "message_type", &kinds, None)?,
        };
        if let Some(url) = channel {
            filter.channel = Some(channels::find(app, ChannelKind::Group, &url)?.id.clone());
        }
        Ok(filter)
    }
}

/// States by their words. What is sent is never seen waiting in a queue, so that word finds none.
fn states(words: Option<Vec<String>>) -> Result<Option<Vec<ScheduledState>>> {
    let Some(words) = words.filter(|words| !words.is_empty()) else { return Ok(None) };
    let mut states = Vec::new();
    for word in words {
        match STATES.iter().find(|(known, _)| known.eq_ignore_ascii_case(&word)) {
            Some((_, state)) => states.push(*state),
            None if word.eq_ignore_ascii_case("in_queue") => {}
            None => {
                let known = "It must be one of pending, in_queue, sent, failed, canceled, removed";
                return Err(Error::invalid("status", known));
            }
        }
    }
    Ok(Some(states))
}

#[derive(Serialize)]
struct ListBody<'a> {
    scheduled_messages: Vec<ScheduledBody<'a>>,
    next: String,
}

/// <https://sendbird.com/docs/chat/platform-api/v3/message/scheduled-messages/list-scheduled-messages>
async fn list(call: Call, Query(query): Query<ListQuery>) -> Result<Answer> {
    const LIST: &str = "scheduled_messages";
    let page = call
        .read(|app| {
            let asked = asked(LIST, query.token, query.limit)?;
            let order = ScheduledOrder {
                by_due: word(query.order, "order", &[("created_at", false), ("scheduled_at", true)], false)?,
                reverse: query.reverse.or_default("reverse")?,
            };
            let filter = query.filter.check(app)?;
            Ok(scheduled::list(app, &filter, order, asked.after.as_ref(), asked.limit))
        })
        .await?;
    let home = Home::of(&call);
    let scheduled_messages = page.items.iter().map(|view| ScheduledBody::new(view, home)).collect();
    Ok(answer(&ListBody { scheduled_messages, next: page::write(LIST, page.next.as_ref()) }))
}

#[derive(Serialize)]
struct CountBody {
    count: usize,
}

/// <https://sendbird.com/docs/chat/platform-api/v3/message/scheduled-messages/get-number-of-scheduled-messages>
async fn count(call: Call, Query(query): Query<FilterQuery>) -> Result<Answer> {
    let count = call
        .read(|app| {
            present(&[("sender_id", query.sender_id.is_given())])?;
            Ok(scheduled::count(app, &query.check(app)?))
        })
        .await?;
    Ok(answer(&CountBody { count }))
}
