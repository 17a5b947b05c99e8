//! Page tokens: opaque, complete in themselves, and of no use for another list.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

use crate::model::page::Place;

/// Grows when the content of tokens changes its meaning.
const VERSION: u8 = 1;

#[derive(Serialize, Deserialize)]
struct Token {
    v: u8,
    list: String,
    at: Place,
}

/// The token that leads to the rest of a list; empty at its end.
pub fn write(list: &str, place: Option<&Place>) -> String {
    let Some(place) = place else { return String::new() };
    let token = Token { v: VERSION, list: list.to_owned(), at: place.clone() };
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(&token).expect("a token is plain data"))
}

/// The place to which a token of that list leads: the beginning, if it is empty. None for a text
/// that is no token of that list.
pub fn read(list: &str, token: &str) -> Option<Option<Place>> {
    if token.is_empty() {
        return Some(None);
    }
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    let token: Token = serde_json::from_slice(&bytes).ok()?;
    (token.v == VERSION && token.list == list).then_some(Some(token.at))
}
