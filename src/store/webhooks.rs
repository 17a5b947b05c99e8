//! The table of the calls of webhooks.

use super::cells::{Cell, Reader, Stored, Unreadable, json};
use crate::{
    model::webhook::{Delivery, DeliveryState},
    state::Application,
};

/// How the database names what has become of a call. The loader of unfinished ones knows the name of those that were being
/// made.
const STATES: &[(&str, DeliveryState)] = &[
    ("held", DeliveryState::Held),
    ("waiting", DeliveryState::Waiting),
    ("trying", DeliveryState::Trying),
    ("delivered", DeliveryState::Delivered),
    ("failed", DeliveryState::Failed),
    ("captured", DeliveryState::Captured),
];

impl Stored for Delivery {
    const TABLE: &'static str = "deliveries";
    const COLUMNS: &'static [&'static str] = &[
        "number",
        "webhook",
        "url",
        "category",
        "body",
        "signature",
        "created_at",
        "state",
        "due_at",
        "attempts",
        "tries_left",
        "copy_of",
    ];
    const KEYS: usize = 1;

    fn key_cells(key: &i64) -> Vec<Cell<'_>> {
        vec![(*key).into()]
    }

    fn cells(&self) -> Vec<Cell<'_>> {
        let state = STATES.iter().find(|(_, state)| *state == self.state).map_or("failed", |(word, _)| *word);
        vec![
            self.number.into(),
            (&*self.webhook).into(),
            (&*self.url).into(),
            (&*self.category).into(),
            (&*self.body).into(),
            (&*self.signature).into(),
            self.created_at.into(),
            state.into(),
            self.due_at.into(),
            json(&self.attempts, self.attempts.is_empty()),
            self.tries_left.into(),
            self.copy_of.into(),
        ]
    }

    fn read(row: &mut Reader<'_>, _: &Application) -> Result<Self, Unreadable> {
        Ok(Self {
            number: row.int()?,
            webhook: row.text()?.into(),
            url: row.text()?.into(),
            category: row.text()?.into(),
            body: row.text()?.as_ref().into(),
            signature: row.text()?.into(),
            created_at: row.time()?,
            state: {
                let word = row.text()?;
                STATES.iter().find(|(known, _)| *known == word).ok_or(Unreadable)?.1
            },
            due_at: row.time()?,
            attempts: row.json()?,
            tries_left: row.int()?,
            copy_of: row.maybe_int()?,
        })
    }
}
