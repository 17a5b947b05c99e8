//! The catalogue of emojis: seven that come with the service, and those that the application adds.

use std::sync::{Arc, LazyLock};

use sha2::{Digest, Sha256};

use super::{Entity, Error, Field, Result, Rule, limits};
use crate::{
    model::emoji::{Emoji, EmojiCategory},
    state::Application,
};

/// The emojis that come with the service.
const BUILT_IN: [&str; 7] = ["heart_eyes", "laughing", "rage", "sob", "sweat_smile", "thumbsup", "thumbsdown"];

/// The highest of their numbers.
const LAST_BUILT_IN: i64 = 7;

/// The number of their category. Numbers of others are higher than all of theirs.
const BUILT_IN_CATEGORY: i64 = 1;

static CATEGORY: LazyLock<Arc<EmojiCategory>> = LazyLock::new(|| {
    Arc::new(EmojiCategory { id: BUILT_IN_CATEGORY, name: "default_emoji_category".into(), picture: "".into() })
});

static EMOJIS: LazyLock<Vec<Arc<Emoji>>> = LazyLock::new(|| {
    let emoji = |(id, name): (i64, &str)| {
        Arc::new(Emoji {
            key: format!("sendbird_emoji_{name}").into(),
            id,
            category: BUILT_IN_CATEGORY,
            picture: "".into(),
        })
    };
    (1..).zip(BUILT_IN).map(emoji).collect()
});

/// Whether an emoji comes with the service. Such a one has no picture of the application's.
pub fn is_built_in(emoji: &Emoji) -> bool {
    emoji.category == BUILT_IN_CATEGORY && emoji.id <= LAST_BUILT_IN
}

fn built_in(app: &Application) -> &'static [Arc<Emoji>] {
    if app.settings().default_emojis { &EMOJIS } else { &[] }
}

/// All emojis, in the order in which they came.
pub fn list(app: &Application) -> Vec<Arc<Emoji>> {
    let mut own: Vec<_> = app.emojis.iter().cloned().collect();
    own.sort_by_key(|emoji| emoji.id);
    built_in(app).iter().cloned().chain(own).collect()
}

/// All categories, in the order in which they came.
pub fn categories(app: &Application) -> Vec<Arc<EmojiCategory>> {
    let built_in = app.settings().default_emojis.then(|| Arc::clone(&CATEGORY));
    built_in.into_iter().chain(app.emoji_categories.iter().cloned()).collect()
}

/// The emojis of a category.
pub fn of(app: &Application, category: i64) -> Vec<Arc<Emoji>> {
    list(app).into_iter().filter(|emoji| emoji.category == category).collect()
}

/// What differs whenever the catalogue does.
pub fn hash(app: &Application) -> String {
    let mut hash = Sha256::new();
    for category in categories(app) {
        hash.update(format!("{:?}", (category.id, &category.name, &category.picture)));
    }
    for emoji in list(app) {
        hash.update(format!("{:?}", (emoji.id, emoji.category, &emoji.key, &emoji.picture)));
    }
    hex::encode(&hash.finalize()[..16])
}

/// The category of that number.
///
/// # Errors
/// There is none.
pub fn find_category(app: &Application, id: i64) -> Result<Arc<EmojiCategory>> {
    let own = app.emoji_categories.get(&id).cloned();
    let found = own.or_else(|| categories(app).into_iter().find(|category| category.id == id));
    found.ok_or(Error::NotFound(Entity::EmojiCategory))
}

/// The emoji of that key.
///
/// # Errors
/// There is none.
pub fn find(app: &Application, key: &str) -> Result<Arc<Emoji>> {
    let built_in = || built_in(app).iter().find(|emoji| *emoji.key == *key).cloned();
    app.emojis.get(key).cloned().or_else(built_in).ok_or(Error::NotFound(Entity::Emoji))
}

/// A number for an emoji or a category.
fn next_id(app: &mut Application) -> i64 {
    app.next_number() + LAST_BUILT_IN
}

/// Adds categories, each a name and a picture.
///
/// # Errors
/// A name is empty, or a text is too long.
pub fn add_categories(app: &mut Application, new: Vec<(String, String)>) -> Result<Vec<Arc<EmojiCategory>>> {
    for (name, picture) in &new {
        limits::id(Field::EmojiCategory, name)?;
        limits::text(Field::EmojiPicture, picture)?;
    }
    let add = |(name, picture): (String, String)| {
        let id = next_id(app);
        app.emoji_categories.put(EmojiCategory { id, name: name.into(), picture: picture.into() })
    };
    Ok(new.into_iter().map(add).collect())
}

/// Changes the picture of a category.
///
/// # Errors
/// It came with the service, or the text is too long.
pub fn change_category(app: &mut Application, id: i64, picture: &str) -> Result<Arc<EmojiCategory>> {
    limits::text(Field::EmojiPicture, picture)?;
    let changed = app.emoji_categories.update(&id, |category| category.picture = picture.into());
    changed.ok_or(Error::Forbidden(Rule::BuiltInEmoji))
}

/// Removes a category with its emojis.
///
/// # Errors
/// It came with the service.
pub fn remove_category(app: &mut Application, id: i64) -> Result<()> {
    app.emoji_categories.remove(&id).ok_or(Error::Forbidden(Rule::BuiltInEmoji))?;
    for emoji in of(app, id) {
        app.emojis.remove(&emoji.key);
    }
    Ok(())
}

/// Adds emojis to a category, each a key and a picture.
///
/// # Errors
/// A key is too long, has other characters than letters, digits, `_` and `-`, or is taken; there is no such
/// category.
pub fn add(app: &mut Application, category: i64, new: Vec<(String, String)>) -> Result<Vec<Arc<Emoji>>> {
    for (key, picture) in &new {
        limits::id(Field::EmojiKey, key)?;
        if !key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')) {
            return Err(Error::BadCharacter(Field::EmojiKey));
        }
        limits::text(Field::EmojiPicture, picture)?;
    }
    find_category(app, category)?;
    let mut added = Vec::with_capacity(new.len());
    for (key, picture) in new {
        if app.emojis.contains(key.as_str()) || EMOJIS.iter().any(|emoji| *emoji.key == *key) {
            return Err(Error::Taken(Field::EmojiKey));
        }
        let id = next_id(app);
        added.push(app.emojis.put(Emoji { key: key.into(), id, category, picture: picture.into() }));
    }
    Ok(added)
}

/// Changes the picture of an emoji.
///
/// # Errors
/// It came with the service, or the text is too long.
pub fn change(app: &mut Application, emoji: &Emoji, picture: &str) -> Result<Arc<Emoji>> {
    limits::text(Field::EmojiPicture, picture)?;
    let changed = app.emojis.update(&emoji.key, |emoji| emoji.picture = picture.into());
    changed.ok_or(Error::Forbidden(Rule::BuiltInEmoji))
}

/// Removes an emoji. Reactions with it stay.
///
/// # Errors
/// It came with the service.
pub fn remove(app: &mut Application, emoji: &Emoji) -> Result<()> {
    app.emojis.remove(&emoji.key).map(drop).ok_or(Error::Forbidden(Rule::BuiltInEmoji))
}
