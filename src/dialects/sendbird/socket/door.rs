//! How clients come in: what they say of themselves, and whether they are let in.

use std::{sync::Arc, time::Instant};

use axum::{
    extract::{
        FromRequestParts, State,
        ws::{Message, Utf8Bytes, WebSocket, WebSocketUpgrade, close_code, rejection::WebSocketUpgradeRejection},
    },
    http::{HeaderValue, header, request::Parts},
    response::{IntoResponse, Response},
};
use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};

use super::{Connection, End, Gone, close, commands::Client, faulty, frame_of, serve};
use crate::{
    chat::{presence, sessions, users},
    dialects::sendbird::{
        error::{Error, Result},
        extract::{Call, application, known, platform, text_header},
        frames::text,
        wire::{Home, login::Login},
    },
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

pub(in super::super) fn routes() -> Routes {
    Routes::of("Client SDKs").get("openTheSocket", "/", open)
}

/// What a connection is called for which there was no room.
const NOT_COUNTED: ConnectionId = ConnectionId(0);

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
    /// The one that has.
    fault: Option<Box<str>>,
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
        let token = protocol.as_ref().and_then(credentials).unwrap_or_default().token;
        let header = text_header(&parts.headers, "sendbird-ws-token").map(str::to_owned);
        let token = given(token).or_else(|| given(header));
        Ok(Self {
            application,
            user: said(query.user_id),
            platform: platform(&said(query.p)),
            token: token.or_else(|| given(Some(said(query.access_token)))),
            key: key_of(parts),
            expiring: said(query.expiring_session) == "1",
            protocol,
            base_url: site.base_url(&parts.headers),
            ending: parts.extensions.get::<Ending>().cloned().unwrap_or_default(),
            armed: parts.extensions.get::<Armed>().cloned(),
            fault: None,
        })
    }
}

/// The key of the session with which a client comes back.
pub(in super::super) fn key_of(parts: &Parts) -> Option<String> {
    let protocol = parts.headers.get(header::SEC_WEBSOCKET_PROTOCOL).and_then(credentials);
    let header = text_header(&parts.headers, "sendbird-ws-auth").map(str::to_owned);
    given(protocol.unwrap_or_default().auth).or_else(|| given(header))
}

/// What is given, where some clients write that nothing is.
fn given(text: Option<String>) -> Option<String> {
    text.filter(|text| !matches!(&**text, "" | "null"))
}

fn credentials(protocol: &HeaderValue) -> Option<Credentials> {
    let text = percent_decode_str(protocol.to_str().ok()?).decode_utf8().ok()?;
    serde_json::from_str(&text).ok()
}

/// Opens the socket; or, for a client that only looks whether somebody is there, says so.
async fn open(
    State(site): State<Site>,
    mut knock: Knock,
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
    knock.fault = script.as_ref().map(|script| script.rule().id.clone());
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
        ends_at: None,
        told_of_end: false,
        ending: knock.ending,
        script,
        looked_at: knock.armed.as_ref().map_or(0, Armed::latest),
        sent: 0,
        late: Vec::new(),
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
    // Who comes back shows a key in the place of a name.
    let holder = knock.armed.as_ref().and_then(Armed::holder);
    let note = |side, said| {
        let frame = frame_of((UserId::from(holder.unwrap_or(&knock.user)), id), &belongings, side, said);
        journal.note_frame(Frame { fault: knock.fault.clone(), ..frame });
    };
    if let Some(told) = told {
        note(Kind::SocketOut, Said::Text(told));
    }
    note(gone.side, Said::Close(gone.word));
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
