//! Connections that a fault has hold of.

use std::{task::Poll, time::Instant};

use axum::{
    extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket},
    response::Response,
};
use futures_util::{FutureExt, StreamExt, future::BoxFuture, stream::FuturesOrdered};

use super::{Connection, Gone, STUCK, commands};
use crate::{
    dialects::sendbird::{error::Error, extract::Call},
    web::{
        ending::Ending,
        faults::{
            self, Faults, Refusal,
            around::End,
            command::{Instead, Met},
            rule::Phase,
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

/// A command that was struck, on its way.
pub(super) struct Struck {
    frame: Utf8Bytes,
    met: Met,
    /// Whether it is still to be done, or is done.
    phase: Phase,
    /// The frame that answers it, if one does, once it is done.
    answer: Option<String>,
}

/// Commands of a connection that the same faults keep waiting. None overtakes another.
pub(super) struct Late {
    ids: String,
    waiting: FuturesOrdered<BoxFuture<'static, Struck>>,
}

/// How many commands of a connection may be kept waiting.
const HELD: usize = 4096;

/// The next of the commands that were kept waiting.
pub(super) async fn next_of(late: &mut [Late]) -> Struck {
    std::future::poll_fn(|context| {
        for queue in late.iter_mut() {
            if let Poll::Ready(Some(struck)) = queue.waiting.poll_next_unpin(context) {
                return Poll::Ready(struck);
            }
        }
        Poll::Pending
    })
    .await
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
        self.go_on(Struck { frame, met, phase: Phase::Before, answer: None }).await
    }

    /// Goes on with a command that was struck: it waits, or does the next step.
    async fn go_on(&mut self, struck: Struck) -> Result<(), Gone> {
        if !struck.met.waits() {
            return Box::pin(self.step(struck)).await;
        }
        self.late.retain(|queue| !queue.waiting.is_empty());
        if self.late.iter().map(|queue| queue.waiting.len()).sum::<usize>() >= HELD {
            return Err(Gone::left_alone());
        }
        let ids = struck.met.ids();
        let waiting = async move {
            struck.met.wait(struck.phase).await;
            struck
        };
        match self.late.iter_mut().find(|queue| queue.ids == ids) {
            Some(queue) => queue.waiting.push_back(waiting.boxed()),
            None => self.late.push(Late { ids, waiting: FuturesOrdered::from_iter([waiting.boxed()]) }),
        }
        Ok(())
    }

    /// Does a command that has waited, or answers it once it is done.
    pub(super) async fn step(&mut self, mut struck: Struck) -> Result<(), Gone> {
        let Some(command) = commands::parse(&struck.frame) else { return Ok(()) };
        match (struck.met.instead(struck.phase), struck.phase) {
            (Some(Instead::Refuse(refusal)), _) => {
                let refused = Error::asked_for(refusal).frame("EROR", command.request().as_ref());
                self.answer(refused).await
            }
            (Some(Instead::Break), _) => {
                self.ending.reset();
                Err(Gone::left_alone())
            }
            (None, Phase::Before) => {
                let answer = self.obey(command).await;
                self.go_on(Struck { phase: Phase::After, answer, ..struck }).await
            }
            (None, Phase::After) => match struck.answer {
                Some(answer) => self.answer(answer).await,
                None => Ok(()),
            },
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
