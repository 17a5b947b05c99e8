//! The socket on which client SDKs live: how long they may stay. How they come in is in `door`, what they say in
//! `commands`, what they hear in `frames`.

mod commands;
mod door;
mod faulty;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, close_code};
use futures_util::SinkExt;

use self::commands::Client;
pub(super) use self::door::{key_of, routes};
use super::{error::Error, extract::Call};
use crate::{
    chat::{presence, sessions},
    delivery::{Line, Notice},
    engine::system_time,
    model::{
        ids::{ConnectionId, UserId},
        time::Timestamp,
    },
    state::Belongings,
    web::{
        ending::Ending,
        faults::socket::Script,
        journal::{Frame, Journal, Kind, Said},
    },
};

/// After so long without a word from a client it is asked whether it is there.
const QUIET: Duration = Duration::from_secs(30);

/// After so long without a word it is not.
const DEAD: Duration = Duration::from_secs(75);

/// How long a client may take to accept what it is sent.
const STUCK: Duration = Duration::from_secs(10);

/// A READ that is acknowledged faster than this is lost by the JavaScript SDK.
const SLOWEST_READ: Duration = Duration::from_millis(2);

/// Lives with a client until one of the two goes. What is done but once is boxed, as in
/// [`Connection::run`].
async fn serve(mut connection: Connection) {
    let gone = match connection.run().await {
        Ok(end) => {
            Box::pin(close(&mut connection.socket, end)).await;
            Gone::by_us(end)
        }
        Err(gone) => gone,
    };
    Box::pin(connection.leave(gone)).await;
}

async fn close(socket: &mut WebSocket, (code, reason): End) {
    let frame = CloseFrame { code, reason: Utf8Bytes::from_static(reason) };
    let _ = tokio::time::timeout(STUCK, socket.send(Message::Close(Some(frame)))).await;
}

/// A client that is logged in.
struct Connection {
    socket: WebSocket,
    line: Line,
    client: Client,
    /// When it last said anything.
    heard: Instant,
    /// It was asked since whether it is there.
    asked: bool,
    /// How long its session lasts.
    ends_in: Option<Instant>,
    /// When its session ends, as far as it was seen.
    ends_at: Option<Timestamp>,
    /// It was told that its session has ended.
    told_of_end: bool,
    /// How it is to end.
    ending: Ending,
    /// The fault that has hold of it.
    script: Option<Box<Script>>,
    /// The number of the latest fault that was looked at.
    looked_at: u64,
    /// How many frames it was sent.
    sent: u64,
    /// Commands that a fault keeps waiting.
    late: Vec<faulty::Late>,
    /// Where it notes what is said.
    journal: Arc<Journal>,
    /// Whose journal that is.
    belongings: Belongings,
}

/// A frame for the journal.
fn frame_of((user, connection): (UserId, ConnectionId), belongings: &Belongings, kind: Kind, said: Said) -> Frame {
    let machine_at = system_time();
    Frame { kind, at: belongings.time_at(machine_at), machine_at, user, connection, said, fault: None }
}

/// The connection is over: there is nothing to close.
struct Gone {
    /// Who has ended it.
    side: Kind,
    /// Code and word of the close frame, if there was one.
    word: Option<(u16, Box<str>)>,
}

impl Gone {
    /// We have closed it.
    fn by_us((code, reason): End) -> Self {
        Self { side: Kind::SocketOut, word: Some((code, reason.into())) }
    }

    /// We have let go of it without a word.
    fn left_alone() -> Self {
        Self { side: Kind::SocketOut, word: None }
    }

    /// The client has closed it, or has just gone.
    fn by_client(word: Option<CloseFrame>) -> Self {
        Self { side: Kind::SocketIn, word: word.map(|word| (word.code, word.reason.as_str().into())) }
    }
}

impl Connection {
    /// Lives until there is a reason to close. What is done now and then is boxed, so that a connection
    /// at rest takes little memory.
    async fn run(&mut self) -> std::result::Result<End, Gone> {
        loop {
            let wake = self.wake();
            let end = tokio::select! {
                () = self.line.cut.cancelled() => Some(CUT),
                message = self.socket.recv() => match message {
                    Some(Ok(message)) => Box::pin(self.hear(message)).await?,
                    _ => return Err(Gone::by_client(None)),
                },
                notice = self.line.notices.recv() => match notice {
                    Some(notice) => Box::pin(self.tell(notice)).await?,
                    None => Some(CUT),
                },
                () = tokio::time::sleep_until(wake.into()) => Box::pin(self.look()).await?,
                struck = faulty::next_of(&mut self.late) => {
                    Box::pin(self.step(struck)).await?;
                    None
                }
            };
            if let Some(end) = end {
                return Ok(end);
            }
        }
    }

    /// Says the first word, and sees what goes for the connection from then on.
    async fn greet(&mut self, login: String) -> std::result::Result<(), Gone> {
        self.send([login.into()]).await?;
        self.recheck().await;
        // One may have been set since the client knocked.
        self.look_for_faults().await
    }

    /// Hangs up, and notes that the client is gone and how.
    async fn leave(mut self, gone: Gone) {
        // One that goes with the application of before is none of the new one's business.
        if !self.line.cut.is_cancelled() {
            self.follow_if_replaced().await;
        }
        let Self { socket, line, client, journal, belongings, script, .. } = self;
        let end = frame_of(client.who(), &belongings, gone.side, Said::Close(gone.word));
        let fault = script.map(|script| script.rule().id.clone());
        journal.note_frame(Frame { fault, ..end });
        drop((socket, line));
        let gone = client.call.write(|app| {
            presence::disconnect(app, &client.user, client.id);
            Ok(())
        });
        // The engine may have stopped first; then nobody is here any more anyway.
        let _ = gone.await;
    }

    /// When there is something to look at.
    fn wake(&self) -> Instant {
        let silence = self.heard + if self.asked { DEAD } else { QUIET };
        let wake = self.ends_in.filter(|_| !self.told_of_end).map_or(silence, |end| end.min(silence));
        self.script.as_ref().and_then(|script| script.wake()).map_or(wake, |due| due.min(wake))
    }

    async fn look(&mut self) -> std::result::Result<Option<End>, Gone> {
        let now = Instant::now();
        if self.heard + DEAD <= now {
            return Ok(Some((close_code::AWAY, "silent")));
        }
        if self.heard + QUIET <= now && !self.asked {
            self.asked = true;
            let ping = self.socket.send(Message::Ping(bytes::Bytes::new()));
            if !matches!(tokio::time::timeout(STUCK, ping).await, Ok(Ok(()))) {
                return Err(Gone::by_client(None));
            }
        }
        if self.script.is_some() {
            self.send_late(now).await?;
        }
        if self.ends_in.is_some_and(|end| end <= now) {
            return self.recheck_and_tell(None).await;
        }
        Ok(None)
    }

    /// Hears what the client says, and answers.
    async fn hear(&mut self, message: Message) -> std::result::Result<Option<End>, Gone> {
        (self.heard, self.asked) = (Instant::now(), false);
        let said = match message {
            Message::Text(text) => text,
            Message::Binary(bytes) => match Utf8Bytes::try_from(bytes) {
                Ok(text) => text,
                Err(_) => return Ok(Some((close_code::INVALID, "not a text"))),
            },
            Message::Ping(_) | Message::Pong(_) => return Ok(None),
            Message::Close(word) => return Err(Gone::by_client(word)),
        };
        for frame in said.split('\n').map(str::trim).filter(|frame| !frame.is_empty()) {
            // A copy, for the text would keep alive all that was read with it.
            let text = Utf8Bytes::from(frame.to_owned());
            let command = commands::parse(frame);
            let any = self.client.call.site.faults.any() && command.is_some();
            let met = if any { Box::pin(self.struck(frame)).await } else { None };
            self.note(text.clone(), met.as_ref().map(|met| met.ids().into())).await;
            let Some(command) = command else {
                return Ok(Some((close_code::POLICY, "not a frame")));
            };
            if let Some(met) = met {
                Box::pin(self.obey_struck(text, met)).await?;
            } else if let Some(answer) = Box::pin(self.obey(command)).await {
                self.answer(answer).await?;
            }
        }
        Ok(None)
    }

    /// Does what a command says, and gives the frame that answers it, if one does.
    async fn obey(&mut self, command: commands::Command<'_>) -> Option<String> {
        let (begin, is_read) = (Instant::now(), command.code == "READ");
        let answer = self.client.obey(command).await;
        if is_read {
            tokio::time::sleep(SLOWEST_READ.saturating_sub(begin.elapsed())).await;
        }
        answer
    }

    /// Answers a command.
    async fn answer(&mut self, answer: String) -> std::result::Result<(), Gone> {
        if self.told_of_end {
            self.recheck().await;
        }
        self.send([answer.into()]).await
    }

    /// Passes on what the client is told, and whatever else is waiting.
    async fn tell(&mut self, notice: Notice) -> std::result::Result<Option<End>, Gone> {
        let mut frames = Vec::new();
        let mut recheck = None;
        let mut next = Some(notice);
        while let Some(notice) = next {
            match notice {
                Notice::Frame(text) => frames.push(text),
                Notice::Recheck(at) => {
                    // What comes behind it may only be told once it was looked.
                    recheck = Some(at);
                    break;
                }
            }
            next = if frames.len() < 64 { self.line.notices.try_recv().ok() } else { None };
        }
        self.send(frames).await?;
        let Some(at) = recheck else { return Ok(None) };
        self.look_for_faults().await?;
        self.recheck_and_tell(at).await
    }

    async fn send(
        &mut self,
        frames: impl IntoIterator<Item = Utf8Bytes, IntoIter: ExactSizeIterator>,
    ) -> std::result::Result<(), Gone> {
        let frames = frames.into_iter();
        self.follow_if_replaced().await;
        // What is told after a fault was set meets it, however soon that is.
        if self.client.call.site.faults.latest() != self.looked_at {
            Box::pin(self.look_for_faults()).await?;
        }
        if self.script.is_some() {
            return Box::pin(self.send_as_scripted(frames.collect())).await;
        }
        self.sent += frames.len() as u64;
        self.write(frames).await
    }

    async fn write(&mut self, frames: impl Iterator<Item = Utf8Bytes>) -> std::result::Result<(), Gone> {
        let Self { socket, journal, belongings, client, script, .. } = self;
        let fault = script.as_ref().map(|script| script.rule().id.clone());
        let sending = async {
            for frame in frames {
                let said = Said::Text(frame.clone());
                let told = frame_of(client.who(), belongings, Kind::SocketOut, said);
                journal.note_frame(Frame { fault: fault.clone(), ..told });
                socket.feed(Message::Text(frame)).await?;
            }
            socket.flush().await
        };
        tokio::select! {
            () = self.line.cut.cancelled() => Err(Gone::left_alone()),
            sent = tokio::time::timeout(STUCK, sending) => match sent {
                Ok(Ok(())) => Ok(()),
                Ok(Err(_)) => Err(Gone::by_client(None)),
                Err(_) => Err(Gone::left_alone()),
            },
        }
    }

    /// Notes what the client says, and what has struck it.
    async fn note(&mut self, text: Utf8Bytes, fault: Option<Box<str>>) {
        self.follow_if_replaced().await;
        let frame = frame_of(self.client.who(), &self.belongings, Kind::SocketIn, Said::Text(text));
        self.journal.note_frame(Frame { fault, ..frame });
    }

    /// Where the application was replaced and the connection stays, it notes where others do from now on.
    async fn follow_if_replaced(&mut self) {
        if !self.belongings.have_ended() {
            return;
        }
        let Call { site, application, .. } = &self.client.call;
        if let Ok(belongings) = site.engine.belongings(application).await {
            self.journal = belongings.of();
            self.belongings = belongings;
            self.client.orphaned = true;
        }
    }

    /// Looks whether the session is still good, and until when.
    async fn recheck(&mut self) -> Option<Error> {
        let Client { call, key, .. } = &self.client;
        let standing = call.read(|app| {
            let (session, _) = sessions::by_key(app, key)?;
            // A clock that stands still has no end in sight.
            let rest = session.expires_at.and_then(|end| app.clock().wait(end.0.saturating_sub(app.now().0)));
            Ok((session.expires_at, rest))
        });
        match standing.await {
            Ok((end, rest)) => {
                self.ends_at = end;
                // A session without an end in sight needs no alarm.
                self.ends_in = rest.and_then(|rest| Instant::now().checked_add(rest));
                self.told_of_end = false;
                None
            }
            Err(error) => Some(error),
        }
    }

    /// Looks whether the session is still good, and says so if it is not. Where it was good at the moment of which was
    /// heard, the clock has gone on since, and more is still to be heard before its end.
    async fn recheck_and_tell(&mut self, at: Option<Timestamp>) -> std::result::Result<Option<End>, Gone> {
        let Some(error) = self.recheck().await else { return Ok(None) };
        if error.is_expiry() && self.ends_at.zip(at).is_some_and(|(end, at)| at < end) {
            return Ok(None);
        }
        if !self.told_of_end {
            self.told_of_end = true;
            self.send([error.expiry_frame().into()]).await?;
        }
        // An expired session can be refreshed on this connection, another one not.
        Ok((!error.is_expiry()).then_some((close_code::POLICY, "session ended")))
    }
}

/// The code and the word with which a connection is closed.
type End = (u16, &'static str);

/// The client is too slow, or the server stops.
const CUT: End = (close_code::AWAY, "cut off");
