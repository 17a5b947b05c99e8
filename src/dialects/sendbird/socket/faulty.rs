//! Connections that a fault has hold of.

use std::time::Instant;

use axum::{
    extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket},
    http::StatusCode,
    response::Response,
};

use super::{Connection, Gone, STUCK};
use crate::{
    dialects::sendbird::{error::Error, extract::Call},
    web::{
        ending::Ending,
        faults::{
            Faults, Refusal, Struck,
            around::End,
            socket::{Fate, Script},
        },
    },
};

/// The answer to an upgrade that a fault refuses.
pub(super) fn refusal(script: &Script) -> Option<Response> {
    let status = StatusCode::from_u16(script.refuses()?).ok()?;
    let mut refused = Error::asked_for(Refusal { status: Some(status), ..Refusal::default() }).response();
    refused.extensions_mut().insert(Struck { ids: script.rule().id.to_string(), end: End::Whole });
    Some(refused)
}

/// Ends a connection if that is its fate, and tells whether it is.
pub(super) async fn meets(socket: &mut WebSocket, fate: Fate, ending: &Ending) -> bool {
    match fate {
        Fate::GoesOn => false,
        Fate::Drops => {
            ending.reset();
            true
        }
        Fate::Closes(close) => {
            let frame = CloseFrame { code: close.code, reason: close.reason.into() };
            let _ = tokio::time::timeout(STUCK, socket.send(Message::Close(Some(frame)))).await;
            true
        }
    }
}

impl Connection {
    /// Sends frames as the fault wants it that has hold of the connection.
    pub(super) async fn send_as_scripted(&mut self, frames: Vec<Utf8Bytes>) -> Result<(), Gone> {
        self.leave_what_has_ended().await?;
        let now = Instant::now();
        for frame in frames {
            let instead = match &mut self.script {
                Some(script) => script.take(frame, now),
                None => vec![frame],
            };
            self.send_each(instead).await?;
        }
        Ok(())
    }

    /// Sends what was to come late and is due.
    pub(super) async fn send_late(&mut self, now: Instant) -> Result<(), Gone> {
        let due = self.script.as_mut().map(|script| script.due(now)).unwrap_or_default();
        self.send_each(due).await
    }

    /// Looks whether there are faults for this connection that it does not know, and whether the one
    /// that has hold of it is over.
    pub(super) async fn look_for_faults(&mut self) -> Result<(), Gone> {
        self.leave_what_has_ended().await?;
        let Call { site, application, .. } = &self.client.call;
        let latest = site.faults.latest();
        if latest == self.looked_at {
            return Ok(());
        }
        let Ok(belongings) = site.engine.belongings(application).await else { return Ok(()) };
        let rules = Faults::of(&belongings).all();
        let script = Script::of_open(&rules, self.client.user.as_str(), self.looked_at, self.sent);
        self.looked_at = latest;
        let Some(script) = script else { return Ok(()) };
        if let Some(before) = self.script.replace(Box::new(script)) {
            self.write(before.rest().into_iter()).await?;
        }
        self.meet().await
    }

    /// Goes on as usual where the fault was taken away that has hold of the connection.
    async fn leave_what_has_ended(&mut self) -> Result<(), Gone> {
        let ended = self.script.take_if(|script| script.rule().has_ended());
        match ended {
            Some(script) => self.write(script.rest().into_iter()).await,
            None => Ok(()),
        }
    }

    async fn send_each(&mut self, frames: Vec<Utf8Bytes>) -> Result<(), Gone> {
        for frame in frames {
            self.write(std::iter::once(frame)).await?;
            self.sent += 1;
            if let Some(script) = &mut self.script {
                script.count();
            }
            self.meet().await?;
        }
        Ok(())
    }

    /// Ends the connection if that is its fate now.
    async fn meet(&mut self) -> Result<(), Gone> {
        let Some(script) = &self.script else { return Ok(()) };
        let fate = script.fate();
        if meets(&mut self.socket, fate, &self.ending).await { Err(Gone) } else { Ok(()) }
    }
}
