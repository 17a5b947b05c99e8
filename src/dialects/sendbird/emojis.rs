//! The catalogue of emojis, and the switches of reactions.
//! <https://sendbird.com/docs/chat/platform-api/v3/message/reactions/reactions-overview>

use std::{borrow::Cow, sync::Arc};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    error::{Error, Result},
    extract::{Answer, Body, Call, Path, answer, done},
    list::present,
};
use crate::{
    chat::{self, Entity, emojis},
    model::emoji::{Emoji, EmojiCategory},
    state::Application,
    web::{
        field::{Field, FieldError, Kind, Problem},
        routes::Routes,
    },
};

pub(super) fn routes() -> Routes {
    Routes::of("Messages")
        .get("listEmojis", "/v3/emojis", list)
        .post("addEmojis", "/v3/emojis", add)
        .get("getAnEmoji", "/v3/emojis/{key}", view)
        .put("updateAnEmoji", "/v3/emojis/{key}", update)
        .delete("deleteAnEmoji", "/v3/emojis/{key}", remove)
        .get("listEmojiCategories", "/v3/emoji_categories", list_categories)
        .post("addEmojiCategories", "/v3/emoji_categories", add_categories)
        .get("getAnEmojiCategory", "/v3/emoji_categories/{category_id}", view_category)
        .put("updateAnEmojiCategory", "/v3/emoji_categories/{category_id}", update_category)
        .delete("deleteAnEmojiCategory", "/v3/emoji_categories/{category_id}", remove_category)
        .put("turnReactionsOnOrOff", "/v3/applications/settings/reactions", turn_reactions)
        .put("useDefaultEmojis", "/v3/applications/settings/use_default_emoji", use_defaults)
}

#[derive(Serialize)]
struct EmojiBody<'a> {
    id: i64,
    key: &'a str,
    url: Cow<'a, str>,
}

/// What the keys of those begin with that come with the service.
const BUILT_IN: &str = "sendbird_emoji_";

impl<'a> EmojiBody<'a> {
    /// The service's own pictures are out of reach without a network, so Mynah has some of its own.
    fn new(emoji: &'a Emoji, call: &Call) -> Self {
        let url = if emojis::is_built_in(emoji) {
            let name = emoji.key.trim_start_matches(BUILT_IN);
            Cow::Owned(format!("{}/_mynah/emojis/{name}.svg", call.base_url))
        } else {
            Cow::Borrowed(&*emoji.picture)
        };
        Self { id: emoji.id, key: &emoji.key, url }
    }

    fn all(emojis: &'a [Arc<Emoji>], call: &Call) -> Vec<Self> {
        emojis.iter().map(|emoji| Self::new(emoji, call)).collect()
    }
}

#[derive(Serialize)]
struct Emojis<'a> {
    emojis: Vec<EmojiBody<'a>>,
}

#[derive(Serialize)]
struct CategoryBody<'a> {
    id: i64,
    name: &'a str,
    url: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    emojis: Option<Vec<EmojiBody<'a>>>,
}

/// A category as it is kept, with its emojis where they are shown.
type Shown = (Arc<EmojiCategory>, Option<Vec<Arc<Emoji>>>);

impl<'a> CategoryBody<'a> {
    fn new((category, emojis): &'a Shown, call: &Call) -> Self {
        let emojis = emojis.as_ref();
        Self {
            id: category.id,
            name: &category.name,
            url: &category.picture,
            emojis: emojis.map(|emojis| EmojiBody::all(emojis, call)),
        }
    }
}

#[derive(Serialize)]
struct Categories<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    emoji_hash: Option<&'a str>,
    emoji_categories: Vec<CategoryBody<'a>>,
}

/// An address has a scheme and a host.
fn checked(url: String) -> Result<String> {
    let host =
        url.split_once("://").filter(|(scheme, _)| matches!(*scheme, "http" | "https")).map(|(_, host)| host);
    match host {
        Some(host) if !host.is_empty() && !host.starts_with('/') && !url.contains(char::is_whitespace) => Ok(url),
        _ => Err(Error::no_address("")),
    }
}

/// Name or key, and address, of each item of a list.
fn items(list: Vec<Value>, of: &'static str, name: &'static str) -> Result<Vec<(String, String)>> {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Item {
        key: Field<String>,
        name: Field<String>,
        url: Field<String>,
    }
    let item = |value: Value| {
        if !value.is_object() {
            return Err(FieldError { name: of, problem: Problem::Not(Kind::Object) }.into());
        }
        let item: Item = serde_json::from_value(value).unwrap_or_default();
        let text = if name == "key" { item.key } else { item.name };
        present(&[(name, text.is_given()), ("url", item.url.is_given())])?;
        Ok((text.required(name)?, checked(item.url.required("url")?)?))
    };
    list.into_iter().map(item).collect()
}

async fn list(call: Call) -> Result<Answer> {
    let all = call.read(|app| Ok(emojis::list(app))).await?;
    Ok(answer(&Emojis { emojis: EmojiBody::all(&all, &call) }))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct AddBody {
    emoji_category_id: Field<i64>,
    emojis: Field<Vec<Value>>,
}

async fn add(call: Call, Body(body, _): Body<AddBody>) -> Result<Answer> {
    let added = call
        .write(|app| {
            present(&[
                ("emoji_category_id", body.emoji_category_id.is_given()),
                ("emojis", body.emojis.is_given()),
            ])?;
            let category = body.emoji_category_id.required("emoji_category_id")?;
            let new = items(body.emojis.required("emojis")?, "emojis", "key")?;
            Ok(emojis::add(app, category, new)?)
        })
        .await?;
    Ok(answer(&Emojis { emojis: EmojiBody::all(&added, &call) }))
}

async fn view(call: Call, Path(key): Path<String>) -> Result<Answer> {
    let emoji = call.read(|app| Ok(emojis::find(app, &key)?)).await?;
    Ok(answer(&EmojiBody::new(&emoji, &call)))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct UrlBody {
    url: Field<String>,
}

async fn update(call: Call, Path(key): Path<String>, Body(body, _): Body<UrlBody>) -> Result<Answer> {
    let emoji = call
        .write(|app| {
            let emoji = emojis::find(app, &key)?;
            let url = checked(body.url.required("url")?)?;
            Ok(emojis::change(app, &emoji, &url)?)
        })
        .await?;
    Ok(answer(&EmojiBody::new(&emoji, &call)))
}

async fn remove(call: Call, Path(key): Path<String>) -> Result<Answer> {
    call.write(|app| {
        let emoji = emojis::find(app, &key)?;
        Ok(emojis::remove(app, &emoji)?)
    })
    .await?;
    Ok(done())
}

async fn list_categories(call: Call) -> Result<Answer> {
    let (all, hash) = call
        .read(|app| {
            let shown = |category: Arc<EmojiCategory>| shown(app, category);
            let all: Vec<_> = emojis::categories(app).into_iter().map(shown).collect();
            Ok((all, emojis::hash(app)))
        })
        .await?;
    let emoji_categories = all.iter().map(|shown| CategoryBody::new(shown, &call)).collect();
    Ok(answer(&Categories { emoji_hash: Some(&hash), emoji_categories }))
}

fn shown(app: &Application, category: Arc<EmojiCategory>) -> Shown {
    let emojis = emojis::of(app, category.id);
    (category, Some(emojis))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct AddCategoriesBody {
    emoji_categories: Field<Vec<Value>>,
}

async fn add_categories(call: Call, Body(body, _): Body<AddCategoriesBody>) -> Result<Answer> {
    let added: Vec<Shown> = call
        .write(|app| {
            let list = body.emoji_categories.required("emoji_categories")?;
            let new = items(list, "emoji_categories", "name")?;
            Ok(emojis::add_categories(app, new)?.into_iter().map(|category| (category, None)).collect())
        })
        .await?;
    let emoji_categories = added.iter().map(|shown| CategoryBody::new(shown, &call)).collect();
    Ok(answer(&Categories { emoji_hash: None, emoji_categories }))
}

/// The number of a category in a path. What is no number is the number of no category.
fn category_id(text: &str) -> Result<i64> {
    text.parse().map_err(|_| chat::Error::NotFound(Entity::EmojiCategory).into())
}

async fn view_category(call: Call, Path(id): Path<String>) -> Result<Answer> {
    let category = call
        .read(|app| {
            let category = emojis::find_category(app, category_id(&id)?)?;
            Ok(shown(app, category))
        })
        .await?;
    Ok(answer(&CategoryBody::new(&category, &call)))
}

async fn update_category(call: Call, Path(id): Path<String>, Body(body, _): Body<UrlBody>) -> Result<Answer> {
    let category = call
        .write(|app| {
            let category = emojis::find_category(app, category_id(&id)?)?;
            let url = checked(body.url.required("url")?)?;
            let category = emojis::change_category(app, category.id, &url)?;
            Ok(shown(app, category))
        })
        .await?;
    Ok(answer(&CategoryBody::new(&category, &call)))
}

async fn remove_category(call: Call, Path(id): Path<String>) -> Result<Answer> {
    call.write(|app| {
        let category = emojis::find_category(app, category_id(&id)?)?;
        Ok(emojis::remove_category(app, category.id)?)
    })
    .await?;
    Ok(done())
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ReactionsBody {
    enabled: Field<bool>,
}

#[derive(Serialize)]
struct ReactionsAnswer {
    reactions: bool,
}

async fn turn_reactions(call: Call, Body(body, _): Body<ReactionsBody>) -> Result<Answer> {
    let reactions = call
        .write(|app| {
            let enabled = body.enabled.required("enabled")?;
            app.change_settings(|settings| settings.reactions = enabled);
            Ok(enabled)
        })
        .await?;
    Ok(answer(&ReactionsAnswer { reactions }))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct DefaultsBody {
    use_default_emoji: Field<bool>,
}

#[derive(Serialize)]
struct DefaultsAnswer {
    use_default_emoji: bool,
}

async fn use_defaults(call: Call, Body(body, _): Body<DefaultsBody>) -> Result<Answer> {
    let use_default_emoji = call
        .write(|app| {
            let used = body.use_default_emoji.required("use_default_emoji")?;
            app.change_settings(|settings| settings.default_emojis = used);
            Ok(used)
        })
        .await?;
    Ok(answer(&DefaultsAnswer { use_default_emoji }))
}
