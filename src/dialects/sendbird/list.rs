//! What the parameters of many operations share: required ones, words of a list, and the `token`,
//! `limit` and `next` of lists.

use std::ops::RangeInclusive;

use serde::Deserialize;

use super::error::{Error, Result};
use crate::{
    chat::{Field as ChatField, changelog, limits},
    model::{page::Place, time::Timestamp},
    web::{
        field::{Field, FieldError, Problem},
        page,
    },
};

/// How many rows a list gives where nobody says.
const LIMIT: i64 = 10;

/// The part of a list that is asked for.
pub(super) struct Asked {
    pub(super) after: Option<Place>,
    pub(super) limit: usize,
}

/// The query of a list that has no other parameters.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct PageQuery {
    pub(super) token: Field<String>,
    pub(super) limit: Field<i64>,
}

impl PageQuery {
    /// The part that it asks for.
    pub(super) fn asked(self, list: &str) -> Result<Asked> {
        asked(list, self.token, self.limit)
    }
}

/// Reads `token` and `limit` of a list.
pub(super) fn asked(list: &str, token: Field<String>, limit: Field<i64>) -> Result<Asked> {
    asked_within(list, token, limit, &limits::ROWS)
}

/// The same for a list with limits of its own.
pub(super) fn asked_within(
    list: &str,
    token: Field<String>,
    limit: Field<i64>,
    range: &RangeInclusive<i64>,
) -> Result<Asked> {
    let limit = limit.or("limit", LIMIT)?;
    let limit = limits::range(ChatField::Limit, limit, range)?;
    let token = token.or_default("token")?;
    let after = page::read(list, &token).ok_or_else(Error::expired_page)?;
    Ok(Asked { after, limit })
}

/// From which moment on changes are asked for.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct ChangeQuery {
    change_ts: Field<i64>,
}

impl ChangeQuery {
    /// That moment, if one is given.
    pub(super) fn moment(self) -> Result<Option<i64>> {
        Ok(self.change_ts.optional("change_ts")?)
    }
}

/// Where changes are asked for: behind what a token says, or from that moment on.
pub(super) fn changes_after(token: Option<Place>, moment: Option<i64>) -> Result<Place> {
    let after = token.or_else(|| moment.map(|moment| changelog::since(Timestamp(moment))));
    after.ok_or_else(|| Error::missing("change_ts"))
}

/// A parameter of a DELETE request, which clients send in the query or in the body.
pub(super) fn either<T>(query: Field<T>, body: Field<T>) -> Field<T> {
    if query.is_given() { query } else { body }
}

/// One of a list of words, each with its meaning.
pub(super) fn word<T: Copy>(
    field: Field<String>,
    name: &'static str,
    words: &[(&str, T)],
    default: T,
) -> Result<T> {
    match field.optional(name)? {
        None => Ok(default),
        Some(text) if text.is_empty() => Ok(default),
        Some(text) => {
            let known = words.iter().find(|(word, _)| word.eq_ignore_ascii_case(&text));
            known.map(|(_, meaning)| *meaning).ok_or_else(|| {
                let known: Vec<_> = words.iter().map(|(word, _)| *word).collect();
                Error::invalid(name, &format!("It must be one of {}", known.join(", ")))
            })
        }
    }
}

/// Refuses the first required field that is not there. What is missing is told before what is
/// wrong.
pub(super) fn present(fields: &[(&'static str, bool)]) -> Result<()> {
    match fields.iter().find(|(_, given)| !given) {
        Some((name, _)) => Err(FieldError { name, problem: Problem::Missing }.into()),
        None => Ok(()),
    }
}
