//! What client SDKs ask to catch up: changelogs and gaps of the messages of a channel.

use serde::{Deserialize, Serialize};

use super::{
    error::{Error, Result},
    extract::{Answer, Call, ChannelType, Path, Query, answer, answer_list},
    messages::{Includes, MESSAGE_TYPES, reply_type},
    wire::{Home, message::Messages},
};
use crate::{
    chat::{
        Field as ChatField, channels, limits,
        messages::{self, GapSide, MessageFilter},
        standing,
    },
    model::{ids::MessageId, page::Place, time::Timestamp},
    web::{field::Field, page, routes::Routes},
};

pub(super) fn routes() -> Routes {
    Routes::of("Messages")
        .get("getMessageChangelogs", "/v3/{channel_type}/{channel_url}/messages/changelogs", changelogs)
        .get("getMessageGap", "/v3/{channel_type}/{channel_url}/messages_gap", gap)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ChangelogsQuery {
    change_ts: Field<i64>,
    token: Field<String>,
    limit: Field<i64>,
    include_reply_type: Field<String>,
    include_replies: Field<bool>,
}

/// What the tokens of changelogs are called.
const CHANGELOGS: &str = "message_changelogs";

impl ChangelogsQuery {
    fn after(change_ts: Field<i64>, token: Field<String>) -> Result<Place> {
        let token = token.or_default("token")?;
        if let Some(place) = page::read(CHANGELOGS, &token).ok_or_else(Error::expired_page)? {
            return Ok(place);
        }
        let moment = change_ts.required("change_ts")?;
        if moment < 0 {
            return Err(Error::negative("change_ts"));
        }
        Ok(Place { number: moment, text: String::new() })
    }
}

#[derive(Serialize)]
struct Deleted {
    message_id: MessageId,
    deleted_at: i64,
}

#[derive(Serialize)]
struct Changelogs<'a> {
    updated: Messages<'a>,
    deleted: Vec<Deleted>,
    has_more: bool,
    next: String,
}

/// How many alterations a page has where nobody says.
const ALTERATIONS: i64 = 100;

/// Messages of a channel that were altered after a moment.
async fn changelogs(
    call: Call,
    Path((channel_type, url)): Path<(ChannelType, String)>,
    Query(query): Query<ChangelogsQuery>,
    Query(includes): Query<Includes>,
) -> Result<Answer> {
    let (found, with) = call
        .read(|app| {
            let channel = channels::find(app, channel_type.into(), &url)?;
            let after = ChangelogsQuery::after(query.change_ts, query.token)?;
            let limit = query.limit.or("limit", ALTERATIONS)?;
            let limit = limits::range(ChatField::Limit, limit, &limits::ROWS)?;
            let replies = reply_type(query.include_reply_type, query.include_replies)?;
            let (include, with) = includes.seen_by(&call, app)?;
            let from = standing::begins(app, &channel, call.user());
            Ok((messages::alterations(app, &channel, &after, (replies, from), limit, include), with))
        })
        .await?;
    let home = Home::of(&call);
    let deleted = found.removed.iter().map(|(id, at)| Deleted { message_id: *id, deleted_at: at.0 }).collect();
    let body = Changelogs {
        updated: Messages { views: &found.updated, with, home },
        deleted,
        has_more: found.more,
        next: page::write(CHANGELOGS, Some(&found.reached)),
    };
    Ok(answer_list(&body, found.updated.len()))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct GapQuery {
    prev_start_ts: Field<i64>,
    prev_end_ts: Field<i64>,
    prev_cache_count: Field<i64>,
    next_start_ts: Field<i64>,
    next_end_ts: Field<i64>,
    next_cache_count: Field<i64>,
    huge_gap_threshold: Field<i64>,
    reverse: Field<bool>,
    custom_types: Field<Vec<String>>,
    message_type: Field<String>,
    include_reply_type: Field<String>,
    include_replies: Field<bool>,
    checking_continuous_messages: Field<bool>,
}

/// How many missing messages are no huge gap where nobody says.
const THRESHOLD: i64 = 100;

/// A stretch: its beginning, its end, and how many messages of it the client has. All three, or none.
fn side(names: [&'static str; 3], fields: [Field<i64>; 3]) -> Result<Option<GapSide>> {
    let mut given = [None; 3];
    for ((value, field), name) in given.iter_mut().zip(fields).zip(names) {
        *value = field.optional(name)?;
        if value.is_some_and(|value| value < 0) {
            return Err(Error::negative(name));
        }
    }
    match given {
        [None, None, None] => Ok(None),
        [Some(start), Some(end), Some(known)] => {
            Ok(Some(GapSide { start: Timestamp(start), end: Timestamp(end), known }))
        }
        _ => Err(Error::missing(names.into_iter().zip(given).find(|(_, it)| it.is_none()).map_or("", |it| it.0))),
    }
}

#[derive(Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "two spellings of the same, as SDKs differ")]
struct GapBody<'a> {
    is_huge_gap: bool,
    prev_messages: Messages<'a>,
    prev_hasmore: bool,
    prev_has_more: bool,
    next_messages: Messages<'a>,
    next_hasmore: bool,
    next_has_more: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_continuous_prev_messages: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_continuous_next_messages: Option<bool>,
}

/// What a client lacks of two stretches of a channel.
async fn gap(
    call: Call,
    Path((channel_type, url)): Path<(ChannelType, String)>,
    Query(query): Query<GapQuery>,
    Query(includes): Query<Includes>,
) -> Result<Answer> {
    let (mut found, with, reverse, continuous) = call
        .read(|app| {
            let channel = channels::find(app, channel_type.into(), &url)?;
            let before = side(
                ["prev_start_ts", "prev_end_ts", "prev_cache_count"],
                [query.prev_start_ts, query.prev_end_ts, query.prev_cache_count],
            )?;
            let after = side(
                ["next_start_ts", "next_end_ts", "next_cache_count"],
                [query.next_start_ts, query.next_end_ts, query.next_cache_count],
            )?;
            let threshold = query.huge_gap_threshold.or("huge_gap_threshold", THRESHOLD)?;
            let reverse = query.reverse.or_default("reverse")?;
            let kinds: Vec<_> = MESSAGE_TYPES.iter().map(|(word, kind)| (*word, Some(*kind))).collect();
            let types = query.custom_types.optional("custom_types")?;
            let filter = MessageFilter {
                kind: super::list::word(query.message_type, "message_type", &kinds, None)?,
                custom_types: types.filter(|types| !types.is_empty() && types.iter().all(|one| one != "*")),
                replies: reply_type(query.include_reply_type, query.include_replies)?,
                from: standing::begins(app, &channel, call.user()),
                ..MessageFilter::default()
            };
            let continuous = query.checking_continuous_messages.or_default("checking_continuous_messages")?;
            let (include, with) = includes.seen_by(&call, app)?;
            let gap = messages::gap(app, &channel, [before, after], threshold, &filter, include)?;
            Ok((gap, with, reverse, continuous))
        })
        .await?;
    if reverse {
        found.before.reverse();
        found.after.reverse();
    }
    let home = Home::of(&call);
    let body = GapBody {
        is_huge_gap: found.huge,
        prev_messages: Messages { views: &found.before, with, home },
        prev_hasmore: false,
        prev_has_more: false,
        next_messages: Messages { views: &found.after, with, home },
        next_hasmore: false,
        next_has_more: false,
        is_continuous_prev_messages: continuous.then_some(!found.huge),
        is_continuous_next_messages: continuous.then_some(!found.huge),
    };
    Ok(answer(&body))
}
