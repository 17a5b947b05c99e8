//! The tables of the catalogue of emojis, and of who wants to hear of threads.

use super::cells::{Cell, Reader, Stored, Unreadable};
use crate::{
    model::{
        emoji::{Emoji, EmojiCategory},
        ids::{MessageId, UserId},
        thread::ThreadPush,
    },
    state::Application,
};

impl Stored for EmojiCategory {
    const TABLE: &'static str = "emoji_categories";
    const COLUMNS: &'static [&'static str] = &["id", "name", "picture"];
    const KEYS: usize = 1;

    fn key_cells(key: &i64) -> Vec<Cell<'_>> {
        vec![(*key).into()]
    }

    fn cells(&self) -> Vec<Cell<'_>> {
        vec![self.id.into(), (&*self.name).into(), (&*self.picture).into()]
    }

    fn read(row: &mut Reader<'_>, _: &Application) -> Result<Self, Unreadable> {
        Ok(Self { id: row.int()?, name: row.text()?.into(), picture: row.text()?.into() })
    }
}

impl Stored for Emoji {
    const TABLE: &'static str = "emojis";
    const COLUMNS: &'static [&'static str] = &["emoji", "id", "category", "picture"];
    const KEYS: usize = 1;

    fn key_cells(key: &Box<str>) -> Vec<Cell<'_>> {
        vec![(&**key).into()]
    }

    fn cells(&self) -> Vec<Cell<'_>> {
        vec![(&*self.key).into(), self.id.into(), self.category.into(), (&*self.picture).into()]
    }

    fn read(row: &mut Reader<'_>, _: &Application) -> Result<Self, Unreadable> {
        Ok(Self { key: row.text()?.into(), id: row.int()?, category: row.int()?, picture: row.text()?.into() })
    }
}

impl Stored for ThreadPush {
    const TABLE: &'static str = "thread_pushes";
    const COLUMNS: &'static [&'static str] = &["message", "user_id", "enabled"];
    const KEYS: usize = 2;

    fn key_cells((message, user): &(MessageId, UserId)) -> Vec<Cell<'_>> {
        vec![message.0.into(), user.as_str().into()]
    }

    fn cells(&self) -> Vec<Cell<'_>> {
        vec![self.message.0.into(), self.user.as_str().into(), self.enabled.into()]
    }

    fn read(row: &mut Reader<'_>, _: &Application) -> Result<Self, Unreadable> {
        Ok(Self { message: MessageId(row.int()?), user: UserId::from(&*row.text()?), enabled: row.flag()? })
    }
}
