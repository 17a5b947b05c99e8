//! The keys of settings by custom type, and of covered texts.

use super::table::Row;
use crate::model::{
    content::{CoveredText, TypeSettings},
    ids::MessageId,
};

impl Row for TypeSettings {
    type Key = Box<str>;

    fn key(&self) -> Box<str> {
        self.custom_type.clone()
    }
}

impl Row for CoveredText {
    type Key = MessageId;

    fn key(&self) -> MessageId {
        self.message
    }
}
