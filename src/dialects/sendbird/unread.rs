//! What a user has not read, and what of it counts.
//! <https://sendbird.com/docs/chat/platform-api/v3/user/managing-unread-count/overview>

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{
    error::{Error, Result},
    extract::{Answer, Body, Call, Path, Query, answer, done},
    list::word,
    my_group_channels::total,
};
use crate::{
    chat::{
        channels,
        reads::{self, TotalFilter, Totals},
        standing, users,
    },
    model::channel::{ChannelKind, Counted},
    web::{field::Field, routes::Routes},
};

pub(super) fn routes() -> Routes {
    Routes::of("Users")
        .get("getTotalUnreadMessageCount", "/v3/users/{user_id}/unread_message_count", messages)
        .get("getUnreadChannelCount", "/v3/users/{user_id}/unread_channel_count", channels_with_unread)
        .get("getUnreadItemCount", "/v3/users/{user_id}/unread_item_count", items)
        .put("markAllMessagesAsRead", "/v3/users/{user_id}/mark_as_read_all", mark_all)
        .get("getCountPreference", "/v3/users/{user_id}/count_preference/{channel_url}", preference)
        .put("updateCountPreference", "/v3/users/{user_id}/count_preference/{channel_url}", prefer)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct TotalQuery {
    custom_types: Field<Vec<String>>,
    super_mode: Field<String>,
    include_feed_channel: Field<bool>,
}

#[derive(Serialize)]
struct UnreadBody {
    unread_count: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    unread_feed_count: Option<usize>,
}

/// There are no feeds, so nothing of them is unread where somebody asks.
async fn totals(call: &Call, id: &str, query: TotalQuery) -> Result<(Totals, Option<usize>)> {
    call.read(|app| {
        let user = users::find(app, id)?;
        let filter = total(query.super_mode, query.custom_types)?;
        let feeds = query.include_feed_channel.or_default("include_feed_channel")?;
        Ok((reads::new_in_channels(app, &user.id, &filter), feeds.then_some(0)))
    })
    .await
}

/// <https://sendbird.com/docs/chat/platform-api/v3/user/managing-unread-count/get-number-of-unread-messages>
async fn messages(call: Call, Path(id): Path<String>, Query(query): Query<TotalQuery>) -> Result<Answer> {
    let (totals, unread_feed_count) = totals(&call, &id, query).await?;
    Ok(answer(&UnreadBody { unread_count: totals.messages, unread_feed_count }))
}

/// <https://sendbird.com/docs/chat/platform-api/v3/user/managing-unread-count/get-number-of-channels-with-unread-messages>
async fn channels_with_unread(
    call: Call,
    Path(id): Path<String>,
    Query(query): Query<TotalQuery>,
) -> Result<Answer> {
    let (totals, unread_feed_count) = totals(&call, &id, query).await?;
    Ok(answer(&UnreadBody { unread_count: totals.channels, unread_feed_count }))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ItemQuery {
    item_keys: Field<Vec<String>>,
}

/// How one of the totals is picked.
type Pick = fn(&Totals) -> usize;

/// What each key counts, without what stands before it.
const ITEMS: &[(&str, Pick)] = &[
    ("group_channel_unread_message_count", |totals| totals.messages),
    ("group_channel_unread_mention_count", |totals| totals.mentions),
    ("group_channel_invitation_count", |totals| totals.invitations),
];

/// What stands before a key, and of which channels it is then.
const PARTS: &[(&str, Option<bool>)] = &[("", None), ("super_", Some(true)), ("non_super_", Some(false))];

/// <https://sendbird.com/docs/chat/platform-api/v3/user/managing-unread-count/get-number-of-unread-items>
async fn items(call: Call, Path(id): Path<String>, Query(query): Query<ItemQuery>) -> Result<Answer> {
    let counts = call
        .read(|app| {
            let user = users::find(app, &id)?;
            let asked = query.item_keys.or_default("item_keys")?;
            let is_known = |key: &str| {
                PARTS.iter().any(|(part, _)| {
                    key.strip_prefix(part).is_some_and(|rest| ITEMS.iter().any(|(item, _)| *item == rest))
                })
            };
            if asked.iter().any(|key| !is_known(key)) {
                return Err(Error::invalid("item_keys", "It has an unknown key"));
            }
            let mut counts = Map::new();
            for (part, large) in PARTS {
                let wanted =
                    |item: &str| asked.is_empty() || asked.iter().any(|key| *key == format!("{part}{item}"));
                if !ITEMS.iter().any(|(item, _)| wanted(item)) {
                    continue;
                }
                let totals = reads::totals(app, &user.id, &TotalFilter { large: *large, custom_types: None });
                for (item, count) in ITEMS.iter().filter(|(item, _)| wanted(item)) {
                    counts.insert(format!("{part}{item}"), Value::from(count(&totals)));
                }
            }
            Ok(counts)
        })
        .await?;
    Ok(answer(&counts))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct MarkBody {
    channel_urls: Field<Vec<String>>,
}

/// <https://sendbird.com/docs/chat/platform-api/v3/user/marking-messages-as-read/mark-all-messages-as-read>
async fn mark_all(call: Call, Path(id): Path<String>, Body(body, _): Body<MarkBody>) -> Result<Answer> {
    call.write(|app| {
        let user = users::find(app, &id)?;
        let channels = body.channel_urls.optional("channel_urls")?;
        Ok(reads::mark_all(app, &user.id, channels.as_deref())?)
    })
    .await?;
    Ok(done())
}

/// The word for what counts.
pub(super) fn counted(counted: Counted) -> &'static str {
    match counted {
        Counted::All => "all",
        Counted::Messages => "unread_message_count_only",
        Counted::Mentions => "unread_mention_count_only",
        Counted::Nothing => "off",
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct PreferenceBody {
    count_preference: Field<String>,
}

#[derive(Serialize)]
struct Preference {
    count_preference: &'static str,
}

/// <https://sendbird.com/docs/chat/platform-api/v3/user/managing-unread-count/get-count-preference-of-a-channel>
async fn preference(call: Call, Path((id, url)): Path<(String, String)>) -> Result<Answer> {
    let member = call
        .read(|app| {
            users::find(app, &id)?;
            let channel = channels::find(app, ChannelKind::Group, &url)?;
            Ok(standing::find(app, &channel, &id)?)
        })
        .await?;
    Ok(answer(&Preference { count_preference: counted(member.counted) }))
}

/// <https://sendbird.com/docs/chat/platform-api/v3/user/managing-unread-count/update-count-preference-of-a-channel>
async fn prefer(
    call: Call,
    Path((id, url)): Path<(String, String)>,
    Body(body, _): Body<PreferenceBody>,
) -> Result<Answer> {
    let preference = call
        .write(|app| {
            users::find(app, &id)?;
            let channel = channels::find(app, ChannelKind::Group, &url)?;
            if !body.count_preference.is_given() {
                return Err(Error::missing("count_preference"));
            }
            let words = [
                ("all", Counted::All),
                ("unread_message_count_only", Counted::Messages),
                ("unread_mention_count_only", Counted::Mentions),
                ("unread_mentioned_count_only", Counted::Mentions),
                ("off", Counted::Nothing),
                // What generated clients make of `off`, which is a boolean in YAML.
                ("false", Counted::Nothing),
            ];
            let preference = word(body.count_preference, "count_preference", &words, Counted::All)?;
            standing::count(app, &channel, &id, preference)?;
            Ok(preference)
        })
        .await?;
    Ok(answer(&Preference { count_preference: counted(preference) }))
}
