//! The table of planned steps.

use super::cells::{Cell, Reader, Stored, Unreadable};
use crate::{
    model::{
        actor::{Deed, PlannedStep, Step},
        ids::UserId,
    },
    state::Application,
};

impl Stored for PlannedStep {
    const TABLE: &'static str = "planned_steps";
    const COLUMNS: &'static [&'static str] = &["number", "at", "actor", "deed", "failed"];
    const KEYS: usize = 1;

    fn key_cells(key: &i64) -> Vec<Cell<'_>> {
        vec![(*key).into()]
    }

    fn cells(&self) -> Vec<Cell<'_>> {
        vec![
            self.number.into(),
            self.at.into(),
            self.step.actor.as_str().into(),
            super::cells::json(&self.step.deed, false),
            self.failed.as_deref().into(),
        ]
    }

    fn read(row: &mut Reader<'_>, _: &Application) -> Result<Self, Unreadable> {
        let number = row.int()?;
        let at = row.time()?;
        let actor = UserId::from(&*row.text()?);
        let deed: Deed = serde_json::from_str(&row.text()?).map_err(|_| Unreadable)?;
        Ok(Self { number, at, step: Step { actor, deed }, failed: row.maybe_text()?.map(Into::into) })
    }
}
