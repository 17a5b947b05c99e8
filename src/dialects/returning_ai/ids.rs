//! Ids as clients write them: the 24 digits of this service, or what the domain goes by.

use std::sync::Arc;

use super::error::Error;
use crate::{
    chat::{channels, limits, messages},
    model::{channel::Channel, message::Message},
    state::Application,
};

/// The channel that a field names.
///
/// # Errors
/// There is none, or the text could name none.
pub(super) fn channel(app: &Application, id: &str, field: &str) -> Result<Arc<Channel>, Error> {
    channels::find_by_any(app, id).map_err(|error| match limits::channel_id(id) {
        Ok(()) => error.into(),
        Err(_) => Error::bad(format!("{field} is invalid")),
    })
}

/// The message that a field names, and its channel.
///
/// # Errors
/// There is none, or the text could name none.
pub(super) fn message(app: &Application, id: &str, field: &str) -> Result<(Arc<Message>, Arc<Channel>), Error> {
    messages::find_by_any(app, id).map_err(|error| {
        let could_be = id.parse::<i64>().is_ok() || (id.len() == 24 && id.bytes().all(|b| b.is_ascii_hexdigit()));
        if could_be { error.into() } else { Error::bad(format!("{field} is invalid")) }
    })
}
