//! Connections that a fault has hold of.

use std::time::Instant;

use axum::{
    extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket},
    response::Response,
};

use super::{
    Connection, Gone, STUCK,
    commands::{self, Client},
};
use crate::{
    dialects::sendbird::{error::Error, extract::Call},
    web::{
        ending::Ending,
        faults::{
            self, Faults, Refusal,
            around::End,
            command::{Instead, Met},
            socket::{Fate, Script},
        },
        journal::Kind,
    },
};

/// The answer to an upgrade that a fault refuses.
pub(super) fn refusal(script: &Script) -> Option<Response> {
    let status = Some(script.refuses()?);
    let mut refused = Error::asked_for(Refusal { status, ..Refusal::default() }).response();
    refused.extensions_mut().insert(faults::Struck { ids: script.rule().id.to_string(), end: End::Whole });
    Some(refused)
}

/// Ends a connection if that is its fate, and tells how.
pub(super) async fn meets(socket: &mut WebSocket, fate: Fate, ending: &Ending) -> Option<Gone> {
    match fate {
        Fate::GoesOn => None,
        Fate::Drops => {
            ending.reset();
            Some(Gone::left_alone())
        }
        Fate::Closes(close) => {
            let word = (close.code, close.reason.as_str().into());
            let frame = CloseFrame { code: close.code, reason: close.reason.into() };
            let _ = tokio::time::timeout(STUCK, socket.send(Message::Close(Some(frame)))).await;
            Some(Gone { side: Kind::SocketOut, word: Some(word) })
        }
    }
}

/// How a command ended that was struck.
pub(super) struct Struck {
    /// The frame that answers it, if one does; or the connection is to break.
    answer: Result<Option<String>, ()>,
    /// The key of the session from then on, if it is another one.
    key: Option<String>,
}

impl Client {
    /// As [`Client::obey`], as those want it that strike the command.
    async fn obey_struck(mut self, frame: Utf8Bytes, mut met: Met) -> Struck {
        let before = self.key.clone();
        let answer = self.answer_struck(&frame, &mut met).await;
        Struck { answer, key: (self.key != before).then_some(self.key) }
    }

    async fn answer_struck(&mut self, frame: &str, met: &mut Met) -> Result<Option<String>, ()> {
        let Some(command) = commands::parse(frame) else { return Ok(None) };
        let request = command.request();
        let answer = |instead| match instead {
            Instead::Refuse(refusal) => Ok(Some(Error::asked_for(refusal).frame("EROR", request.as_ref()))),
            Instead::Break => Err(()),
        };
        if let Some(instead) = met.before().await {
            return answer(instead);
        }
        let usual = self.obey(command).await;
        met.after().await.map_or(Ok(usual), answer)
    }
}

impl Connection {
    /// What strikes a command, if anything does.
    pub(super) async fn struck(&mut self, frame: &str) -> Option<Met> {
        self.follow_if_replaced().await;
        let Call { site, application, .. } = &self.client.call;
        let now = site.engine.read(application, |app| Ok::<_, Error>(app.now())).await.ok()?;
        Met::of(&self.belongings, now, frame.split_at_checked(4)?, self.client.user.as_str())
    }

    /// Has a command done as those want it that strike it. One that takes time keeps nothing else from being heard.
    pub(super) async fn obey_struck(&mut self, frame: Utf8Bytes, met: Met) -> Result<(), Gone> {
        let waits = met.waits();
        let done = self.client.clone().obey_struck(frame, met);
        if waits {
            self.late.get_or_insert_default().spawn(done);
            return Ok(());
        }
        let done = done.await;
        self.answer_struck(done).await
    }

    /// Answers a command that was struck.
    pub(super) async fn answer_struck(&mut self, struck: Struck) -> Result<(), Gone> {
        if let Some(key) = struck.key {
            (self.client.key, self.client.orphaned) = (key, false);
        }
        match struck.answer {
            Ok(Some(answer)) => self.answer(answer).await,
            Ok(None) => Ok(()),
            Err(()) => {
                self.ending.reset();
                Err(Gone::left_alone())
            }
        }
    }

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

    /// Says what comes out of the blue now, and ends the connection if that is its fate.
    async fn meet(&mut self) -> Result<(), Gone> {
        let word = self.script.as_mut().and_then(|script| script.word());
        if let Some(word) = word {
            self.write(std::iter::once(word)).await?;
            self.sent += 1;
            if let Some(script) = &mut self.script {
                script.count();
            }
        }
        let Some(script) = &self.script else { return Ok(()) };
        let fate = script.fate();
        meets(&mut self.socket, fate, &self.ending).await.map_or(Ok(()), Err)
    }
}
