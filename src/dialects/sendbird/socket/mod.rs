//! The socket on which client SDKs live: how they log in, and how long they may stay. What they
//! say is in `commands`, what they hear in `frames`.

mod commands;
mod faulty;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    extract::{
        FromRequestParts, State,
        ws::{
            CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade, close_code,
            rejection::WebSocketUpgradeRejection,
        },
    },
    http::{HeaderValue, header, request::Parts},
    response::{IntoResponse, Response},
};
use futures_util::SinkExt;
use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;

use self::commands::Client;
use super::{
    error::{Error, Result},
    extract::{Call, application, known, platform, text_header},
    frames::text,
    wire::{Home, login::Login},
};
use crate::{
    chat::{presence, sessions, users},
    delivery::{Line, Notice},
    engine::system_time,
    model::{
        ids::{ApplicationId, ConnectionId, UserId},
        origin::Platform,
        session::SessionKey,
    },
    state::{Application, Belongings},
    web::{
        ending::Ending,
        faults::{Armed, Refusal, socket::Script},
        field::Field,
        journal::{Frame, Journal, Kind, Said},
        plain,
        routes::Routes,
        site::{Concerned, Site},
        takes::{Taken, Takes},
    },
};

pub(super) fn routes() -> Routes {
    Routes::of("Client SDKs").get("openTheSocket", "/", open)
}

/// After so long without a word from a client it is asked whether it is there.
const QUIET: Duration = Duration::from_secs(30);

/// After so long without a word it is not.
const DEAD: Duration = Duration::from_secs(75);

/// What a connection is called for which there was no room.
const NOT_COUNTED: ConnectionId = ConnectionId(0);

/// How long a client may take to accept what it is sent.
const STUCK: Duration = Duration::from_secs(10);

/// A READ that is acknowledged faster than this is lost by the JavaScript SDK.
const SLOWEST_READ: Duration = Duration::from_millis(2);

/// When to come back if there are too many connections, in seconds.
const COME_BACK: u32 = 2;

/// Buffers of a connection, in bytes: most of them are idle.
const BUFFER: usize = 2048;

/// What a client says of itself when it opens the socket.
struct Knock {
    application: ApplicationId,
    user: String,
    platform: Platform,
    /// An access token or a session token.
    token: Option<String>,
    /// The key of a session that goes on.
    key: Option<String>,
    /// The client can refresh its session.
    expiring: bool,
    /// What is to be repeated to it.
    protocol: Option<HeaderValue>,
    base_url: String,
    /// How its connection is to end.
    ending: Ending,
    /// The faults that may take hold of it.
    armed: Option<Armed>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct KnockQuery {
    user_id: Field<String>,
    p: Field<String>,
    access_token: Field<String>,
    expiring_session: Field<String>,
}

/// What browsers put where others have headers.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Credentials {
    token: Option<String>,
    auth: Option<String>,
}

impl Takes for Knock {
    fn add(taken: &mut Taken) {
        // Clients tell much of themselves here, of which the most is for the service's statistics.
        taken.query.open = true;
    }
}

impl Takes for WebSocketUpgrade {}

impl FromRequestParts<Site> for Knock {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> std::result::Result<Self, Self::Rejection> {
        let application = application(parts, site, None);
        if let Some(concerned) = parts.extensions.get::<Concerned>() {
            concerned.note(&application);
        }
        let query: KnockQuery = plain::query(parts.uri.query().unwrap_or_default());
        let said = |field: Field<String>| field.optional("").ok().flatten().unwrap_or_default();
        let protocol = parts.headers.get(header::SEC_WEBSOCKET_PROTOCOL).cloned();
        let credentials = protocol.as_ref().and_then(credentials).unwrap_or_default();
        let given = |text: Option<String>| text.filter(|text| !matches!(&**text, "" | "null"));
        let header = |name| text_header(&parts.headers, name).map(str::to_owned);
        let token = given(credentials.token).or_else(|| given(header("sendbird-ws-token")));
        Ok(Self {
            application,
            user: said(query.user_id),
            platform: platform(&said(query.p)),
            token: token.or_else(|| given(Some(said(query.access_token)))),
            key: given(credentials.auth).or_else(|| given(header("sendbird-ws-auth"))),
            expiring: said(query.expiring_session) == "1",
            protocol,
            base_url: site.base_url(&parts.headers),
            ending: parts.extensions.get::<Ending>().cloned().unwrap_or_default(),
            armed: parts.extensions.get::<Armed>().cloned(),
        })
    }
}

fn credentials(protocol: &HeaderValue) -> Option<Credentials> {
    let text = percent_decode_str(protocol.to_str().ok()?).decode_utf8().ok()?;
    serde_json::from_str(&text).ok()
}

/// Opens the socket; or, for a client that only looks whether somebody is there, says so.
async fn open(
    State(site): State<Site>,
    knock: Knock,
    upgrade: std::result::Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    #[derive(Serialize)]
    struct Sign {
        mynah: &'static str,
    }
    let Ok(upgrade) = upgrade else {
        return axum::Json(Sign { mynah: env!("CARGO_PKG_VERSION") }).into_response();
    };
    let script = knock.armed.as_ref().and_then(|armed| armed.on_socket(&knock.user));
    if let Some(refused) = script.as_ref().and_then(faulty::refusal) {
        return refused;
    }
    let protocol = knock.protocol.clone();
    let limit = site.body_limit;
    let mut response = upgrade
        .read_buffer_size(BUFFER)
        .write_buffer_size(0)
        .max_write_buffer_size(usize::MAX)
        .max_message_size(limit)
        .max_frame_size(limit)
        .on_upgrade(|socket| {
            // A task of its own, so that what opened the socket takes no memory while it lives.
            let entering = Box::pin(enter(socket, site, knock, script.map(Box::new)));
            tokio::spawn(async move {
                if let Some(connection) = entering.await {
                    serve(connection).await;
                }
            });
            std::future::ready(())
        });
    if let Some(protocol) = protocol {
        response.headers_mut().insert(header::SEC_WEBSOCKET_PROTOCOL, protocol);
    }
    response
}

/// Logs a client in, and tells it so; or refuses it.
async fn enter(mut socket: WebSocket, site: Site, knock: Knock, script: Option<Box<Script>>) -> Option<Connection> {
    let Some(id) = site.hub.number() else {
        let busy = Busy { retry_after: COME_BACK, reason_code: 1, message: "There are too many connections." };
        refuse(socket, &site, &knock, NOT_COUNTED, (text("BUSY", &busy), (close_code::AGAIN, "busy"))).await;
        return None;
    };
    if let Some(script) = &script
        && let Some(gone) = faulty::meets(&mut socket, script.fate(), &knock.ending).await
    {
        note_refusal(&site, &knock, id, None, gone).await;
        return None;
    }
    let application = knock.application.clone();
    let refused = script.as_ref().and_then(|script| script.refuses_login());
    let entered = match refused {
        Some(code) => Err(Error::asked_for(Refusal { code: Some(code), ..Refusal::default() })),
        None => log_in(&site, &knock).await,
    };
    let (login, key, belongings) = match entered {
        Ok(login) => login,
        Err(error) => {
            let end = (close_code::POLICY, "login refused");
            refuse(socket, &site, &knock, id, (error.frame("LOGI", None), end)).await;
            return None;
        }
    };
    let line = site.hub.register(&application, &belongings, &key.user, id);
    let user = key.user.clone();
    let call = Call::of_connection(site, application, knock.base_url);
    let client = Client {
        call,
        id,
        user: user.clone(),
        platform: knock.platform,
        key: key.key.to_string(),
        orphaned: false,
    };
    let mut connection = Connection {
        socket,
        line,
        client,
        heard: Instant::now(),
        asked: false,
        ends_in: None,
        told_of_end: false,
        ending: knock.ending,
        script,
        looked_at: knock.armed.as_ref().map_or(0, Armed::latest),
        sent: 0,
        late: None,
        journal: belongings.of(),
        belongings: belongings.clone(),
    };
    let come = connection.client.call.write(|app| {
        // Emptied or replaced in the meantime, it is not the application of the log-in any more.
        if !app.belongings().are(&belongings) {
            return Err(Error::unknown_application());
        }
        presence::connect(app, &user, id);
        Ok(())
    });
    let greeting = match come.await {
        Ok(()) => connection.greet(login).await,
        Err(_) => Err(Gone::left_alone()),
    };
    match greeting {
        Ok(()) => Some(connection),
        Err(gone) => {
            connection.leave(gone).await;
            None
        }
    }
}

/// Tells a client why it is not let in, and hangs up.
async fn refuse(mut socket: WebSocket, site: &Site, knock: &Knock, id: ConnectionId, (why, end): (String, End)) {
    let why = Utf8Bytes::from(why);
    note_refusal(site, knock, id, Some(why.clone()), Gone::by_us(end)).await;
    let _ = socket.send(Message::Text(why)).await;
    close(&mut socket, end).await;
}

/// Notes what a client was told that is not let in, and how its connection ended.
async fn note_refusal(site: &Site, knock: &Knock, id: ConnectionId, told: Option<Utf8Bytes>, gone: Gone) {
    let Ok(belongings) = site.engine.belongings(&knock.application).await else { return };
    let journal = belongings.of::<Journal>();
    let note = |side, said| {
        journal.note_frame(frame_of((UserId::from(&*knock.user), id), &belongings, side, said));
    };
    if let Some(told) = told {
        note(Kind::SocketOut, Said::Text(told));
    }
    note(gone.side, Said::Close(gone.word));
}

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

#[derive(Serialize)]
struct Busy {
    retry_after: u32,
    reason_code: u32,
    message: &'static str,
}

/// Opens a session, or goes on with one; and the frame that tells the client so.
async fn log_in(site: &Site, knock: &Knock) -> Result<(String, Arc<SessionKey>, Belongings)> {
    known(site, &knock.application).await?;
    let verb = |app: &mut Application| {
        let key = match &knock.key {
            Some(key) => sessions::by_key(app, key)?.0,
            None => sessions::log_in(app, &knock.user, knock.token.as_deref(), knock.expiring)?,
        };
        let user = users::find(app, key.user.as_str())?;
        Ok::<_, Error>((Login::new(app, key.clone(), user), key, app.belongings().clone()))
    };
    let (login, key, belongings) = site.engine.write(&knock.application, verb).await?;
    let home = Home::of_client(&knock.base_url, &knock.application);
    Ok((text("LOGI", &login.body(site.upload_limit, home)), key, belongings))
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
    late: Option<Box<JoinSet<faulty::Struck>>>,
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
                done = answered(&mut self.late) => {
                    Box::pin(self.answer_struck(done)).await?;
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
        let Self { socket, line, client, journal, belongings, .. } = self;
        journal.note_frame(frame_of(client.who(), &belongings, gone.side, Said::Close(gone.word)));
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
            return self.recheck_and_tell().await;
        }
        Ok(None)
    }

    /// Hears what the client says, and answers.
    async fn hear(&mut self, message: Message) -> std::result::Result<Option<End>, Gone> {
        let heard = Instant::now();
        (self.heard, self.asked) = (heard, false);
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
            let any = self.client.call.site.faults.any();
            let met = if any { Box::pin(self.struck(frame)).await } else { None };
            self.note(text.clone(), met.as_ref().map(|met| met.ids().into())).await;
            let Some(command) = commands::parse(frame) else {
                return Ok(Some((close_code::POLICY, "not a frame")));
            };
            if let Some(met) = met {
                Box::pin(self.obey_struck(text, met)).await?;
                continue;
            }
            let is_read = command.code == "READ";
            if let Some(answer) = Box::pin(self.client.obey(command)).await {
                if is_read {
                    tokio::time::sleep(SLOWEST_READ.saturating_sub(heard.elapsed())).await;
                }
                self.answer(answer).await?;
            }
        }
        Ok(None)
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
        let mut recheck = false;
        let mut next = Some(notice);
        while let Some(notice) = next {
            match notice {
                Notice::Frame(text) => frames.push(text),
                Notice::Recheck => {
                    // What comes behind it may only be told once it was looked.
                    recheck = true;
                    break;
                }
            }
            next = if frames.len() < 64 { self.line.notices.try_recv().ok() } else { None };
        }
        self.send(frames).await?;
        if !recheck {
            return Ok(None);
        }
        self.look_for_faults().await?;
        self.recheck_and_tell().await
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
        let Self { socket, journal, belongings, client, .. } = self;
        let sending = async {
            for frame in frames {
                let said = Said::Text(frame.clone());
                journal.note_frame(frame_of(client.who(), belongings, Kind::SocketOut, said));
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
            Ok(session.expires_at.and_then(|end| app.clock().wait(end.0.saturating_sub(app.now().0))))
        });
        match standing.await {
            Ok(rest) => {
                // A session without an end in sight needs no alarm.
                self.ends_in = rest.and_then(|rest| Instant::now().checked_add(rest));
                self.told_of_end = false;
                None
            }
            Err(error) => Some(error),
        }
    }

    /// Looks whether the session is still good, and says so if it is not.
    async fn recheck_and_tell(&mut self) -> std::result::Result<Option<End>, Gone> {
        let Some(error) = self.recheck().await else { return Ok(None) };
        if !self.told_of_end {
            self.told_of_end = true;
            self.send([error.expiry_frame().into()]).await?;
        }
        // An expired session can be refreshed on this connection, another one not.
        Ok((!error.is_expiry()).then_some((close_code::POLICY, "session ended")))
    }
}

/// The next of the commands that a fault keeps waiting.
async fn answered(late: &mut Option<Box<JoinSet<faulty::Struck>>>) -> faulty::Struck {
    loop {
        match late.as_mut() {
            None => std::future::pending().await,
            Some(set) => match set.join_next().await {
                Some(Ok(done)) => return done,
                // One that panicked has no answer.
                Some(Err(_)) => {}
                None => *late = None,
            },
        }
    }
}

/// The code and the word with which a connection is closed.
type End = (u16, &'static str);

/// The client is too slow, or the server stops.
const CUT: End = (close_code::AWAY, "cut off");
