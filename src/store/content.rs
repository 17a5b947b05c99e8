//! The tables of settings by custom type, and of covered texts.

use super::cells::{Cell, Reader, Stored, Unreadable, json};
use crate::{
    model::{
        content::{ContentRules, CoveredText, TypeSettings},
        ids::MessageId,
    },
    state::Application,
};

impl Stored for TypeSettings {
    const TABLE: &'static str = "type_settings";
    const COLUMNS: &'static [&'static str] =
        &["custom_type", "number", "display_past_messages", "max_message_length", "content"];
    const KEYS: usize = 1;

    fn key_cells(key: &Box<str>) -> Vec<Cell<'_>> {
        vec![(&**key).into()]
    }

    fn cells(&self) -> Vec<Cell<'_>> {
        vec![
            (&*self.custom_type).into(),
            self.number.into(),
            self.display_past_messages.map(i64::from).into(),
            self.max_message_length.into(),
            json(&self.content, self.content == ContentRules::default()),
        ]
    }

    fn read(row: &mut Reader<'_>, _: &Application) -> Result<Self, Unreadable> {
        Ok(Self {
            custom_type: row.text()?.into(),
            number: row.int()?,
            display_past_messages: row.maybe_int()?.map(|flag| flag != 0),
            max_message_length: row.maybe_int()?,
            content: row.json()?,
        })
    }
}

impl Stored for CoveredText {
    const TABLE: &'static str = "covered_texts";
    const COLUMNS: &'static [&'static str] = &["message", "body"];
    const KEYS: usize = 1;

    fn key_cells(key: &MessageId) -> Vec<Cell<'_>> {
        vec![key.0.into()]
    }

    fn cells(&self) -> Vec<Cell<'_>> {
        vec![self.message.0.into(), (&*self.text).into()]
    }

    fn read(row: &mut Reader<'_>, _: &Application) -> Result<Self, Unreadable> {
        Ok(Self { message: MessageId(row.int()?), text: row.text()?.into() })
    }
}
