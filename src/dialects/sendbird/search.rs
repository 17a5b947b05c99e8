//! Searching messages.
//! <https://sendbird.com/docs/chat/platform-api/v3/message/message-search/search-messages>

use serde::{Deserialize, Serialize};

use super::{
    error::{Error, Result},
    extract::{Answer, Call, Query, answer_list},
    list::word,
    messages::Includes,
    wire::{
        Address, Home,
        message::{MessageBody, With},
    },
};
use crate::{
    chat::{
        messages::MessageView,
        search::{self, Joined, Order, Part, Rank, Reading, Scope, Search, Target},
    },
    model::{page::Place, time::Timestamp},
    web::{field::Field, page, routes::Routes},
};

pub(super) fn routes() -> Routes {
    Routes::of("Messages").get("searchMessages", "/v3/search/messages", find)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct SearchQuery {
    query: Field<String>,
    channel_url: Field<String>,
    user_id: Field<String>,
    custom_type: Field<String>,
    limit: Field<i64>,
    before: Field<String>,
    after: Field<String>,
    token: Field<String>,
    message_ts_from: Field<i64>,
    message_ts_to: Field<i64>,
    sort_field: Field<String>,
    reverse: Field<bool>,
    exact_match: Field<bool>,
    advanced_query: Field<bool>,
    target_fields: Field<Vec<String>>,
    target_user_ids: Field<Vec<String>>,
    include_open: Field<bool>,
    include_not_joined_public: Field<bool>,
}

/// What the cursors are called.
const RESULTS: &str = "search";

/// How many results are given where nobody says.
const RESULTS_SHOWN: i64 = 20;

/// The text of a cursor.
fn cursor((score, moment, id): Rank) -> String {
    page::write(RESULTS, Some(&Place { number: score, text: format!("{moment} {id}") }))
}

/// The place of a cursor; none for an empty one.
fn rank(cursor: &str) -> Result<Option<Rank>> {
    let Some(place) = page::read(RESULTS, cursor).ok_or_else(Error::expired_page)? else { return Ok(None) };
    let (moment, id) = place.text.split_once(' ').ok_or_else(Error::expired_page)?;
    let number = |text: &str| text.parse::<i64>().map_err(|_| Error::expired_page());
    Ok(Some((place.number, number(moment)?, number(id)?)))
}

fn moment(name: &'static str, field: Field<i64>) -> Result<Option<Timestamp>> {
    match field.optional(name)? {
        Some(moment) if moment < 0 => Err(Error::negative(name)),
        moment => Ok(moment.map(Timestamp)),
    }
}

/// The parts of a message that can be named.
const TARGETS: &[(&str, Target)] = &[
    ("message", Target::Text),
    ("custom_type", Target::CustomType),
    ("data", Target::Data),
    ("sorted_metaarray", Target::Meta),
    ("v1.sorted_metaarray", Target::Meta),
];

/// In which parts of messages is searched: in their words where nobody says.
fn targets(names: &[String]) -> Result<Vec<Target>> {
    let mut targets = Vec::new();
    for name in names {
        let known = TARGETS.iter().find(|(known, _)| known == name);
        let (_, target) = known.ok_or_else(|| {
            let known: Vec<_> = TARGETS.iter().map(|(name, _)| *name).collect();
            Error::invalid("target_fields", &format!("It must have some of {}", known.join(", ")))
        })?;
        if !targets.contains(target) {
            targets.push(*target);
        }
    }
    Ok(if targets.is_empty() { vec![Target::Text] } else { targets })
}

impl SearchQuery {
    fn check(self) -> Result<(Search, Part, i64)> {
        let term = self.query.required("query")?;
        let channel = self.channel_url.optional("channel_url")?.filter(|url| !url.is_empty());
        let user = self.user_id.optional("user_id")?.filter(|id| !id.is_empty());
        let custom_type = self.custom_type.optional("custom_type")?;
        let scope = match (channel, user) {
            (Some(channel), None) => Scope::Channel(channel),
            (None, Some(user)) => Scope::Joined(Joined {
                user,
                custom_type: custom_type.filter(|custom_type| !custom_type.is_empty()),
                open: self.include_open.or_default("include_open")?,
                public: self.include_not_joined_public.or_default("include_not_joined_public")?,
            }),
            (Some(_), Some(_)) => return Err(Error::invalid("channel_url", "It can't stand beside user_id")),
            (None, None) => return Err(Error::missing("channel_url")),
        };
        let exact = self.exact_match.or_default("exact_match")?;
        let reading = match (self.advanced_query.or_default("advanced_query")?, exact) {
            (true, true) => return Err(Error::unacceptable("exact_match can't stand beside advanced_query")),
            (true, false) => Reading::Advanced,
            (false, true) => Reading::Exact,
            (false, false) => Reading::Words,
        };
        let targets = targets(&self.target_fields.or_default("target_fields")?)?;
        if reading != Reading::Advanced && targets != [Target::Text] {
            return Err(Error::unacceptable("target_fields wants advanced_query"));
        }
        let after = [("after", self.after), ("token", self.token)];
        let mut part = Part::First;
        if let Some(rank) = rank(&self.before.or_default("before")?)? {
            part = Part::Before(rank);
        }
        for (name, field) in after {
            if let Some(rank) = rank(&field.or_default(name)?)? {
                part = Part::After(rank);
            }
        }
        let search = Search {
            term,
            scope,
            reading,
            targets,
            from: moment("message_ts_from", self.message_ts_from)?,
            to: moment("message_ts_to", self.message_ts_to)?,
            senders: self.target_user_ids.optional("target_user_ids")?.filter(|ids| !ids.is_empty()),
            order: word(
                self.sort_field,
                "sort_field",
                &[("score", Order::Score), ("ts", Order::Time)],
                Order::Score,
            )?,
            reverse: self.reverse.or_default("reverse")?,
        };
        Ok((search, part, self.limit.or("limit", RESULTS_SHOWN)?))
    }
}

/// A message and the channel in which it stands.
#[derive(Serialize)]
struct Hit<'a> {
    #[serde(flatten)]
    message: MessageBody<'a>,
    channel: HitChannel<'a>,
}

#[derive(Serialize)]
struct HitChannel<'a> {
    channel_url: &'a str,
    name: &'a str,
    cover_url: Address<'a>,
    custom_type: &'a str,
}

impl<'a> Hit<'a> {
    fn new(view: &'a MessageView, with: With, home: Home<'a>) -> Self {
        let channel = &*view.channel;
        Self {
            message: MessageBody::new(view, with, home),
            channel: HitChannel {
                channel_url: channel.id.as_str(),
                name: &channel.name,
                cover_url: home.address(&channel.cover),
                custom_type: &channel.custom_type,
            },
        }
    }
}

#[derive(Serialize)]
struct SearchBody<'a> {
    results: Vec<Hit<'a>>,
    total_count: usize,
    has_prev: bool,
    has_next: bool,
    start_cursor: String,
    end_cursor: String,
}

/// <https://sendbird.com/docs/chat/platform-api/v3/message/message-search/search-messages>
async fn find(
    call: Call,
    Query(mut query): Query<SearchQuery>,
    Query(includes): Query<Includes>,
) -> Result<Answer> {
    if call.session.is_some() && query.channel_url.is_given() {
        // The session says who searches; nobody asks for all channels of the user.
        query.user_id = Field::default();
    }
    let (found, with) = call
        .read(|app| {
            let (search, part, limit) = query.check()?;
            let (_, with) = includes.check()?;
            Ok((search::search(app, &search, part, limit)?, with))
        })
        .await?;
    let home = Home::of(&call);
    let end = |result: Option<&(Rank, MessageView)>| result.map_or_else(String::new, |(rank, _)| cursor(*rank));
    let body = SearchBody {
        results: found.results.iter().map(|(_, view)| Hit::new(view, with, home)).collect(),
        total_count: found.total,
        has_prev: found.earlier,
        has_next: found.later,
        start_cursor: end(found.results.first()),
        end_cursor: end(found.results.last()),
    };
    Ok(answer_list(&body, found.results.len()))
}
