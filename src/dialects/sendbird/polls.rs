//! Polls, their options and votes.
//! <https://sendbird.com/docs/chat/platform-api/v3/message/polls/polls-overview>

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    error::{Error, Result},
    extract::{Answer, Body, Call, ChannelType, Path, Query, answer, done},
    list::{PageQuery, present, word},
    wire::{
        Home,
        poll::{OptionBody, PollBody},
        user::BasicUser,
    },
};
use crate::{
    chat::{
        self, Entity, Field as ChatField, channels, limits,
        polls::{self, NewPoll, PollPatch, Since},
    },
    model::{
        channel::{Channel, ChannelKind},
        page::Place,
        poll::{Poll, PollOption},
        time::Timestamp,
    },
    state::Application,
    web::{field::Field, page, routes::Routes},
};

pub(super) fn routes() -> Routes {
    Routes::of("Messages")
        .post("createAPoll", "/v3/polls", create)
        .get("listPolls", "/v3/polls", list)
        .get("getAPoll", "/v3/polls/{poll_id}", view)
        .put("updateAPoll", "/v3/polls/{poll_id}", update)
        .delete("deleteAPoll", "/v3/polls/{poll_id}", remove)
        .put("closeAPoll", "/v3/polls/{poll_id}/close", close)
        .put("castOrCancelAVote", "/v3/polls/{poll_id}/vote", vote)
        .post("addAPollOption", "/v3/polls/{poll_id}/options", add_option)
        .get("getAPollOption", "/v3/polls/{poll_id}/options/{option_id}", view_option)
        .put("updateAPollOption", "/v3/polls/{poll_id}/options/{option_id}", update_option)
        .delete("deleteAPollOption", "/v3/polls/{poll_id}/options/{option_id}", remove_option)
        .get("listVotersOfAPollOption", "/v3/polls/{poll_id}/options/{option_id}/voters", voters)
        .get("getPollChangelogs", "/v3/{channel_type}/{channel_url}/polls/changelogs", changelogs)
}

/// The poll of an id. What is no number is the id of none.
fn find(app: &Application, id: &str) -> Result<Arc<Poll>> {
    let number = id.parse().map_err(|_| chat::Error::NotFound(Entity::Poll))?;
    Ok(polls::find(app, number)?)
}

fn find_option(app: &Application, poll: &Poll, id: &str) -> Result<Arc<PollOption>> {
    let number = id.parse().map_err(|_| chat::Error::NotFound(Entity::PollOption))?;
    Ok(polls::find_option(app, poll, number)?)
}

/// Seconds as the moment that they mean; -1 and 0 for never.
fn close_at(field: Field<i64>) -> Result<Option<Timestamp>> {
    let seconds = field.optional("close_at")?;
    Ok(seconds.map(|seconds| if seconds == -1 { Timestamp::ZERO } else { Timestamp(seconds.saturating_mul(1000)) }))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct CreateBody {
    title: Field<String>,
    options: Field<Vec<String>>,
    data: Field<BTreeMap<String, Value>>,
    allow_user_suggestion: Field<bool>,
    allow_multiple_votes: Field<bool>,
    close_at: Field<i64>,
    created_by: Field<String>,
}

impl CreateBody {
    fn check(self) -> Result<NewPoll> {
        present(&[("title", self.title.is_given()), ("options", self.options.is_given())])?;
        Ok(NewPoll {
            title: self.title.required("title")?,
            options: self.options.required("options")?,
            data: self.data.or_default("data")?.into_iter().collect(),
            takes_suggestions: self.allow_user_suggestion.or_default("allow_user_suggestion")?,
            takes_several_votes: self.allow_multiple_votes.or_default("allow_multiple_votes")?,
            close_at: close_at(self.close_at)?.unwrap_or_default(),
            created_by: self.created_by.optional("created_by")?,
        })
    }
}

/// <https://sendbird.com/docs/chat/platform-api/v3/message/polls/create-a-poll>
async fn create(call: Call, Body(body, _): Body<CreateBody>) -> Result<Answer> {
    let view = call.write(|app| Ok(polls::create(app, body.check()?)?)).await?;
    Ok(answer(&PollBody::new(&view, Home::of(&call))))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ListQuery {
    channel_url: Field<String>,
    channel_type: Field<String>,
    token: Field<String>,
    limit: Field<i64>,
}

/// How many polls a list has where nobody says, and at most.
const LIMIT: i64 = 20;

/// How many voters a list has where nobody says.
const VOTERS: i64 = 100;

/// The channel that a query names by kind and id, if it names one.
fn named_channel(app: &Application, kind: Field<String>, url: Field<String>) -> Result<Option<Arc<Channel>>> {
    let given = |field: &Field<String>| !matches!(field, Field::Given(text) if text.is_empty()) && field.is_given();
    let (kind_given, url_given) = (given(&kind), given(&url));
    if !kind_given && !url_given {
        return Ok(None);
    }
    present(&[("channel_url", url_given), ("channel_type", kind_given)])?;
    let kinds = [
        ("group_channels", ChannelKind::Group),
        ("group", ChannelKind::Group),
        ("open_channels", ChannelKind::Open),
        ("open", ChannelKind::Open),
    ];
    let url = url.required("channel_url")?;
    let kind = word(kind, "channel_type", &kinds, ChannelKind::Group)?;
    Ok(Some(channels::find(app, kind, &url)?))
}

/// Reads `token` and `limit`.
fn asked(
    list: &str,
    token: Field<String>,
    limit: Field<i64>,
    (default, range): (i64, &std::ops::RangeInclusive<i64>),
) -> Result<(Option<Place>, usize)> {
    let limit = limits::range(ChatField::Limit, limit.or("limit", default)?, range)?;
    let after = page::read(list, &token.or_default("token")?).ok_or_else(Error::expired_page)?;
    Ok((after, limit))
}

#[derive(Serialize)]
struct ListBody<'a> {
    polls: Vec<PollBody<'a>>,
    next: String,
}

/// <https://sendbird.com/docs/chat/platform-api/v3/message/polls/list-polls>
async fn list(call: Call, Query(query): Query<ListQuery>) -> Result<Answer> {
    let page = call
        .read(|app| {
            let (after, limit) = asked("polls", query.token, query.limit, (LIMIT, &limits::POLLS))?;
            if call.user().is_some() && !query.channel_url.is_given() {
                return Err(Error::missing("channel_url"));
            }
            let channel = named_channel(app, query.channel_type, query.channel_url)?;
            Ok(polls::list(app, channel.as_deref(), after.as_ref(), limit, call.user()))
        })
        .await?;
    let home = Home::of(&call);
    let polls = page.items.iter().map(|view| PollBody::new(view, home)).collect();
    Ok(answer(&ListBody { polls, next: page::write("polls", page.next.as_ref()) }))
}

/// <https://sendbird.com/docs/chat/platform-api/v3/message/polls/get-a-poll>
async fn view(call: Call, Path(id): Path<String>) -> Result<Answer> {
    let view = call.read(|app| Ok(polls::view(app, &find(app, &id)?, call.user()))).await?;
    Ok(answer(&PollBody::new(&view, Home::of(&call))))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct UpdateBody {
    title: Field<String>,
    data: Field<BTreeMap<String, Value>>,
    allow_user_suggestion: Field<bool>,
    allow_multiple_votes: Field<bool>,
    close_at: Field<i64>,
    created_by: Field<String>,
}

/// <https://sendbird.com/docs/chat/platform-api/v3/message/polls/update-a-poll>
async fn update(call: Call, Path(id): Path<String>, Body(body, _): Body<UpdateBody>) -> Result<Answer> {
    let view = call
        .write(|app| {
            let poll = find(app, &id)?;
            let patch = PollPatch {
                title: body.title.optional("title")?,
                data: body.data.optional("data")?.map(|data| data.into_iter().collect()),
                takes_suggestions: body.allow_user_suggestion.optional("allow_user_suggestion")?,
                takes_several_votes: body.allow_multiple_votes.optional("allow_multiple_votes")?,
                close_at: close_at(body.close_at)?,
                created_by: body.created_by.optional("created_by")?,
            };
            let poll = polls::update(app, &poll, patch)?.poll;
            Ok(polls::view(app, &poll, call.user()))
        })
        .await?;
    Ok(answer(&PollBody::new(&view, Home::of(&call))))
}

/// <https://sendbird.com/docs/chat/platform-api/v3/message/polls/delete-a-poll>
async fn remove(call: Call, Path(id): Path<String>) -> Result<Answer> {
    call.write(|app| {
        let poll = find(app, &id)?;
        polls::remove(app, &poll);
        Ok(())
    })
    .await?;
    Ok(done())
}

/// <https://sendbird.com/docs/chat/platform-api/v3/message/polls/close-a-poll>
async fn close(call: Call, Path(id): Path<String>) -> Result<Answer> {
    let view = call
        .write(|app| {
            let poll = find(app, &id)?;
            let poll = polls::close(app, &poll)?.poll;
            Ok(polls::view(app, &poll, call.user()))
        })
        .await?;
    Ok(answer(&PollBody::new(&view, Home::of(&call))))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct VoteBody {
    user_id: Field<String>,
    option_ids: Field<Vec<i64>>,
}

/// <https://sendbird.com/docs/chat/platform-api/v3/message/polls/cast-or-cancel-a-vote>
async fn vote(call: Call, Path(id): Path<String>, Body(body, _): Body<VoteBody>) -> Result<Answer> {
    let view = call
        .write(|app| {
            let poll = find(app, &id)?;
            present(&[("user_id", body.user_id.is_given()), ("option_ids", body.option_ids.is_given())])?;
            let user = body.user_id.required("user_id")?;
            let choice = body.option_ids.required("option_ids")?;
            Ok(polls::vote(app, &poll, &user, &choice)?)
        })
        .await?;
    Ok(answer(&PollBody::new(&view, Home::of(&call))))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct OptionFields {
    text: Field<String>,
    created_by: Field<String>,
}

/// <https://sendbird.com/docs/chat/platform-api/v3/message/polls/add-a-poll-option>
async fn add_option(call: Call, Path(id): Path<String>, Body(body, _): Body<OptionFields>) -> Result<Answer> {
    let view = call
        .write(|app| {
            let poll = find(app, &id)?;
            let text = body.text.required("text")?;
            let user = body.created_by.optional("created_by")?;
            let poll = polls::add_option(app, &poll, text, user.as_deref())?.poll;
            Ok(polls::view(app, &poll, call.user()))
        })
        .await?;
    Ok(answer(&PollBody::new(&view, Home::of(&call))))
}

/// <https://sendbird.com/docs/chat/platform-api/v3/message/polls/get-a-poll-option>
async fn view_option(call: Call, Path((id, option)): Path<(String, String)>) -> Result<Answer> {
    let view = call
        .read(|app| {
            let poll = find(app, &id)?;
            Ok(polls::view_option(app, &find_option(app, &poll, &option)?))
        })
        .await?;
    Ok(answer(&OptionBody::new(&view, Home::of(&call))))
}

/// <https://sendbird.com/docs/chat/platform-api/v3/message/polls/update-a-poll-option>
async fn update_option(
    call: Call,
    Path((id, option)): Path<(String, String)>,
    Body(body, _): Body<OptionFields>,
) -> Result<Answer> {
    let view = call
        .write(|app| {
            let poll = find(app, &id)?;
            let option = find_option(app, &poll, &option)?;
            let text = body.text.required("text")?;
            body.created_by.optional("created_by")?;
            let poll = polls::update_option(app, &poll, &option, &text)?.poll;
            Ok(polls::view(app, &poll, call.user()))
        })
        .await?;
    Ok(answer(&PollBody::new(&view, Home::of(&call))))
}

/// <https://sendbird.com/docs/chat/platform-api/v3/message/polls/delete-a-poll-option>
async fn remove_option(call: Call, Path((id, option)): Path<(String, String)>) -> Result<Answer> {
    call.write(|app| {
        let poll = find(app, &id)?;
        let option = find_option(app, &poll, &option)?;
        Ok(polls::remove_option(app, &poll, &option)?)
    })
    .await?;
    Ok(done())
}

#[derive(Serialize)]
struct VotersBody<'a> {
    voters: Vec<BasicUser<'a>>,
    vote_count: usize,
    next: String,
}

/// <https://sendbird.com/docs/chat/platform-api/v3/message/polls/list-voters-of-a-poll-option>
async fn voters(
    call: Call,
    Path((id, option)): Path<(String, String)>,
    Query(query): Query<PageQuery>,
) -> Result<Answer> {
    let (page, vote_count) = call
        .read(|app| {
            let poll = find(app, &id)?;
            let option = find_option(app, &poll, &option)?;
            let (after, limit) = asked("voters", query.token, query.limit, (VOTERS, &limits::ROWS))?;
            Ok((polls::voters(app, &option, after.as_ref(), limit), polls::count(app, &option)))
        })
        .await?;
    let home = Home::of(&call);
    let voters = page.items.iter().map(|user| BasicUser::new(&user.profile, home)).collect();
    Ok(answer(&VotersBody { voters, vote_count, next: page::write("voters", page.next.as_ref()) }))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ChangelogsQuery {
    token: Field<String>,
    change_ts: Field<i64>,
    limit: Field<i64>,
}

#[derive(Serialize)]
struct ChangelogsBody<'a> {
    updated: Vec<PollBody<'a>>,
    deleted: &'a [i64],
    has_more: bool,
    next: String,
}

/// What has changed of the polls of a channel; as the client SDKs ask.
async fn changelogs(
    call: Call,
    Path((channel_type, url)): Path<(ChannelType, String)>,
    Query(query): Query<ChangelogsQuery>,
) -> Result<Answer> {
    const LIST: &str = "poll changelogs";
    let (changes, token) = call
        .read(|app| {
            let channel = channels::find(app, channel_type.into(), &url)?;
            let token = query.token.or_default("token")?;
            let moment = query.change_ts.optional("change_ts")?;
            // A client that has nothing yet says neither.
            if token.is_empty() && moment.is_none() && call.user().is_none() {
                return Err(Error::missing("change_ts"));
            }
            if moment.is_some_and(|moment| moment < 0) {
                return Err(Error::negative("change_ts"));
            }
            let limit = limits::range(ChatField::Limit, query.limit.or("limit", VOTERS)?, &limits::ROWS)?;
            let place = page::read(LIST, &token).ok_or_else(Error::expired_page)?;
            let since = match place {
                Some(place) => Since::Change(place.number),
                None => Since::Moment(Timestamp(moment.unwrap_or(0))),
            };
            Ok((polls::changes(app, &channel, since, limit, call.user()), token))
        })
        .await?;
    let home = Home::of(&call);
    let next = changes.latest.map(|number| page::write(LIST, Some(&Place { number, text: String::new() })));
    Ok(answer(&ChangelogsBody {
        updated: changes.updated.iter().map(|view| PollBody::new(view, home)).collect(),
        deleted: &changes.removed,
        has_more: changes.more,
        // Where nothing is new, the next question begins where this one did.
        next: next.unwrap_or(token),
    }))
}
