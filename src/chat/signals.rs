//! What is told to those who are there, and not kept.

use super::{Field, Result, limits, standing, users};
use crate::{
    chat::membership,
    model::{channel::Channel, event::Event},
    state::Application,
};

/// In channels of so many members, only some typers are told of.
const CROWD: usize = 100;

/// How many typers are told of in a crowd.
const TYPERS_OF_A_CROWD: usize = 2;

/// Tells that members have begun to write, or have stopped.
///
/// # Errors
/// These are too many, or one of them does not exist or is no member.
pub fn typing(app: &mut Application, channel: &Channel, users: &[String], on: bool) -> Result<()> {
    limits::items(Field::Typers, users.len())?;
    let mut typers = Vec::new();
    for user in users {
        standing::find(app, channel, user)?;
        typers.push(users::find(app, user)?);
    }
    let crowded = membership::counts(app, &channel.id).0 >= CROWD;
    typers.truncate(if crowded { TYPERS_OF_A_CROWD } else { typers.len() });
    for user in typers {
        app.emit(Event::Typing { channel: channel.id.clone(), user, on });
    }
    Ok(())
}

/// Tells that somebody made a picture of the screen.
///
/// # Errors
/// The user does not exist or is no member.
pub fn screenshot(app: &mut Application, channel: &Channel, user: Option<&str>) -> Result<()> {
    if let Some(user) = user {
        standing::find(app, channel, user)?;
    }
    let user = user.map(|user| users::find(app, user)).transpose()?;
    app.emit(Event::Screenshot { channel: channel.id.clone(), user });
    Ok(())
}
