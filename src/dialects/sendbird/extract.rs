//! What a handler takes and gives: who calls which application, the path, query and body, the
//! answer. Each refuses in the vendor's form.

use axum::{
    extract::{FromRequest, FromRequestParts, MatchedPath, RawPathParams, Request},
    http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{
    access,
    error::{Error, Result},
    limits::{self, Limited},
    socket,
};
use crate::{
    chat::{
        acting::{self, Right, Target},
        files::Upload,
    },
    engine::Unavailable,
    model::{
        channel::ChannelKind,
        ids::{ApplicationId, UserId},
        origin::{Origin, Platform},
    },
    state::Application,
    web::{
        body::{self, Given, Part},
        plain,
        site::{Concerned, FromPath, Site, application_of_host},
        takes::{Taken, Takes},
    },
};

/// A client that acts for its user, and what it asks for.
pub(super) struct Session {
    user: UserId,
    platform: Platform,
    right: Right,
    target: Target,
}

/// Who calls, and which application.
pub(super) struct Call {
    pub(super) site: Site,
    pub(super) application: ApplicationId,
    concerned: Concerned,
    /// Who acts, where a client calls with the key of a session.
    pub(super) session: Option<Session>,
    /// What addresses of our own begin with for this client.
    pub(super) base_url: String,
}

impl Call {
    /// The user for whom a client calls; none for a server.
    pub(super) fn user(&self) -> Option<&UserId> {
        self.session.as_ref().map(|session| &session.user)
    }

    /// Asks the application.
    pub(super) async fn read<T>(&self, question: impl FnOnce(&Application) -> Result<T>) -> Result<T> {
        let question = |app: &Application| {
            self.may(app)?;
            question(app)
        };
        self.site.engine.read(&self.application, question).await
    }

    /// Runs a verb on the application.
    pub(super) async fn write<T>(&self, verb: impl FnOnce(&mut Application) -> Result<T>) -> Result<T> {
        let verb = |app: &mut Application| {
            self.may(app)?;
            verb(app)
        };
        let platform = self.session.as_ref().map(|session| session.platform);
        self.site.engine.write_from(Origin { connection: None, platform }, &self.application, verb).await
    }

    /// Whether whoever calls may do what is asked for. Whatever is done to the application begins here.
    fn may(&self, app: &Application) -> Result<()> {
        self.concerned.met(app.belongings());
        match &self.session {
            Some(session) => Ok(acting::check(app, &session.user, session.right, &session.target)?),
            None => Ok(()),
        }
    }

    /// Puts the bytes of an upload aside, before a verb mentions them.
    pub(super) async fn put_aside(&self, part: Part) -> Result<Upload> {
        let size = i64::try_from(part.content.len()).unwrap_or(i64::MAX);
        let stored = self.site.engine.files().put(part.content).await;
        let hash = stored.map_err(|error| Unavailable(error.to_string().into()))?;
        Ok(Upload { hash, name: part.name, media_type: part.media_type, size })
    }
}

impl Takes for Call {
    fn add(taken: &mut Taken) {
        // What names the application.
        taken.query.known.push("ai");
    }
}

impl FromRequestParts<Site> for Call {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self> {
        let token = text_header(&parts.headers, "api-token").filter(|token| !token.is_empty());
        let application = application(parts, site, token);
        let concerned = parts.extensions.get::<Concerned>().cloned().unwrap_or_default();
        concerned.note(&application);
        known(site, &application).await?;
        let key = text_header(&parts.headers, "session-key").filter(|key| !key.is_empty()).map(str::to_owned);
        if let Some(key) = key {
            return Self::of_session(parts, site, application, concerned, &key).await;
        }
        let token = token.ok_or_else(Error::invalid_token)?;
        let takes = |app: &Application| {
            let tokens = &app.settings().tokens;
            if tokens.is_empty() { !site.strict } else { tokens.iter().any(|known| known == token) }
        };
        let question = |app: &Application| {
            concerned.met(app.belongings());
            Ok::<_, Error>((takes(app), Limited::of(app)))
        };
        let (valid, limited) = site.engine.read(&application, question).await?;
        if !valid {
            return Err(Error::invalid_token());
        }
        if let Some(limited) = limited {
            limits::check(parts, limited)?;
        }
        let base_url = site.base_url(&parts.headers);
        Ok(Self { site: site.clone(), application, concerned, session: None, base_url })
    }
}

impl Call {
    /// A call that is no request of its own, such as a command of a live connection.
    pub(super) fn of_connection(site: Site, application: ApplicationId, base_url: String) -> Self {
        Self { site, application, concerned: Concerned::default(), session: None, base_url }
    }

    /// The call of a client with the key of a session.
    async fn of_session(
        parts: &mut Parts,
        site: &Site,
        application: ApplicationId,
        concerned: Concerned,
        key: &str,
    ) -> Result<Self> {
        let question = |app: &Application| {
            concerned.met(app.belongings());
            let user = acting::holder(app, key)?;
            Ok::<_, Error>((user, Limited::of(app)))
        };
        let (user, limited) = site.engine.read(&application, question).await?;
        concerned.acts(&user);
        if let Some(limited) = limited {
            limits::check(parts, limited)?;
        }
        let path = parts.extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str);
        let access = access::of(parts.method.as_str(), path);
        let kind = if path.starts_with("/v3/open_channels") { ChannelKind::Open } else { ChannelKind::Group };
        let target = target(parts, site, kind).await;
        parts.extensions.insert(access.given(user.as_str()));
        let says = text_header(&parts.headers, "sendbird").and_then(|says| says.split(',').next());
        let session = Session { user, platform: platform(says.unwrap_or_default()), right: access.right, target };
        let base_url = site.base_url(&parts.headers);
        Ok(Self { site: site.clone(), application, concerned, session: Some(session), base_url })
    }
}

/// On what a client runs, by the name that it gives that. One that gives none, or another, passes for the SDK that is
/// run the most.
pub(super) fn platform(name: &str) -> Platform {
    match name.trim().to_ascii_lowercase().as_str() {
        "android" => Platform::Android,
        "ios" => Platform::Ios,
        ".net" | "unity" => Platform::DotNet,
        _ => Platform::JavaScript,
    }
}

/// The application that a request concerns, and whose session it is, where it is one that lasts.
pub async fn caller(parts: &Parts, site: &Site) -> (Option<ApplicationId>, Option<String>) {
    let header = |name| text_header(&parts.headers, name).filter(|text| !text.is_empty());
    let application = application(parts, site, header("api-token"));
    let key = header("session-key").map(str::to_owned);
    let key = key.or_else(|| if parts.uri.path() == "/" { socket::key_of(parts) } else { None });
    let Some(key) = key else { return (Some(application), None) };
    let holder = site.engine.read(&application, |app| Ok::<_, Error>(acting::holder(app, &key)?));
    let holder = holder.await.ok().map(|user| user.to_string());
    (Some(application), holder)
}

/// Somebody who has not logged in yet and may do nothing else.
pub(super) struct Visitor {
    /// Which application.
    pub(super) call: Call,
    /// What is shown to log in with.
    pub(super) token: Option<String>,
    /// The key of an older session.
    pub(super) key: Option<String>,
}

impl Takes for Visitor {
    fn add(taken: &mut Taken) {
        taken.query.known.push("ai");
    }
}

impl FromRequestParts<Site> for Visitor {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self> {
        let application = application(parts, site, None);
        let concerned = parts.extensions.get::<Concerned>().cloned().unwrap_or_default();
        concerned.note(&application);
        known(site, &application).await?;
        let header = |name| text_header(&parts.headers, name).filter(|text| !text.is_empty()).map(str::to_owned);
        let (token, key) = (header("access-token"), header("session-key"));
        let base_url = site.base_url(&parts.headers);
        let call = Call { site: site.clone(), application, concerned, session: None, base_url };
        Ok(Self { call, token, key })
    }
}

/// Makes sure that an application is there, or may come into being.
pub(super) async fn known(site: &Site, application: &ApplicationId) -> Result<()> {
    if site.engine.takes_unknown() || site.engine.knows(application).await? {
        Ok(())
    } else {
        Err(Error::unknown_application())
    }
}

/// What a path concerns.
async fn target(parts: &mut Parts, site: &Site, mut kind: ChannelKind) -> Target {
    let mut target = Target::default();
    let Ok(path) = RawPathParams::from_request_parts(parts, site).await else { return target };
    let mut channel = None;
    for (name, value) in &path {
        match name {
            "user_id" => target.user = Some(value.to_owned()),
            "channel_url" => channel = Some(value.to_owned()),
            "channel_type" if value == "open_channels" => kind = ChannelKind::Open,
            "message_id" | "poll_id" | "scheduled_message_id" => target.number = value.parse().ok(),
            "option_id" => target.option = value.parse().ok(),
            _ => {}
        }
    }
    // A search names its channel there.
    let query = parts.uri.query().unwrap_or_default();
    let named = || form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "channel_url");
    let channel = channel.or_else(|| Some(named()?.1.into_owned()));
    target.channel = channel.map(|id| (kind, id));
    target
}

/// The application that a request names: by its path, its host, as client SDKs do, by its token;
/// else the default one.
pub(super) fn application(parts: &Parts, site: &Site, token: Option<&str>) -> ApplicationId {
    let from_path = parts.extensions.get::<FromPath>().map(|FromPath(id)| id.clone());
    from_path
        .or_else(|| application_of_host(&parts.uri, &parts.headers))
        .or_else(|| {
            let query = parts.uri.query().filter(|query| query.contains("ai="))?;
            let pairs = form_urlencoded::parse(query.as_bytes());
            let id = pairs.into_iter().find(|(name, _)| name == "ai").map(|(_, id)| id)?;
            ApplicationId::new(&id)
        })
        .or_else(|| ApplicationId::new(text_header(&parts.headers, "app-id")?))
        .or_else(|| ApplicationId::new(text_header(&parts.headers, "sendbird")?.split(',').nth(3)?.trim()))
        .or_else(|| {
            let known = token.is_some_and(|token| site.tokens.iter().any(|known| known == token));
            known.then(|| site.default_application.clone())
        })
        .unwrap_or_else(|| site.default_application.clone())
}

pub(super) fn text_header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// The parameters of the path.
pub(super) struct Path<T>(pub(super) T);

impl<T> Takes for Path<T> {}

impl<T: DeserializeOwned + Send> FromRequestParts<Site> for Path<T> {
    type Rejection = Error;

    #[expect(clippy::disallowed_types, reason = "this is the one that refuses in the vendor's form")]
    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self> {
        match axum::extract::Path::from_request_parts(parts, site).await {
            Ok(axum::extract::Path(path)) => Ok(Self(path)),
            Err(_) => Err(Error::unknown_url(&parts.method, parts.uri.path())),
        }
    }
}

/// The kind of channel that a path names.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ChannelType {
    GroupChannels,
    OpenChannels,
}

impl From<ChannelType> for ChannelKind {
    fn from(channel_type: ChannelType) -> Self {
        match channel_type {
            ChannelType::GroupChannels => Self::Group,
            ChannelType::OpenChannels => Self::Open,
        }
    }
}

/// The parameters of the query.
pub(super) struct Query<T>(pub(super) T);

impl<T: DeserializeOwned> Takes for Query<T> {
    fn add(taken: &mut Taken) {
        taken.query::<T>();
    }
}

impl<T: DeserializeOwned + Default> FromRequestParts<Site> for Query<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &Site) -> Result<Self> {
        let query = parts.uri.query().unwrap_or_default();
        let given = parts.extensions.get::<Given>();
        let Some(given) = given else { return Ok(Self(plain::query(query))) };
        let pairs = form_urlencoded::parse(query.as_bytes());
        let mut texts: Vec<_> = pairs.map(|(name, text)| (name.into_owned(), text.into_owned())).collect();
        given.fill_texts(&mut texts)?;
        Ok(Self(plain::read(texts)))
    }
}

/// The fields of a JSON body or a form, and the files of a form. Only the syntax is checked here:
/// what the path names is looked for before the fields are looked at.
pub(super) struct Body<T>(pub(super) T, pub(super) Vec<Part>);

impl<T: DeserializeOwned> Takes for Body<T> {
    fn add(taken: &mut Taken) {
        taken.body::<T>();
    }
}

impl<T: DeserializeOwned + Default> FromRequest<Site> for Body<T> {
    type Rejection = Error;

    async fn from_request(request: Request, site: &Site) -> Result<Self> {
        let (fields, files) = body::read(request, site).await?;
        Ok(Self(fields, files))
    }
}

/// A good answer.
pub(super) struct Answer(Response);

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        self.0
    }
}

/// Answers with a JSON object.
pub(super) fn answer(body: &impl Serialize) -> Answer {
    Answer(answer_with(StatusCode::OK, body))
}

/// Answers with a JSON object that has a list of so many items. A buffer that need not grow is
/// worth it where it is large.
pub(super) fn answer_list(body: &impl Serialize, items: usize) -> Answer {
    Answer(write(StatusCode::OK, body, 256 + items * ITEM))
}

/// About how many bytes an item of a list takes.
const ITEM: usize = 720;

/// Answers that it is done, with an empty object.
pub(super) fn done() -> Answer {
    #[derive(Serialize)]
    struct Nothing {}
    answer(&Nothing {})
}

pub(super) fn answer_with(status: StatusCode, body: &impl Serialize) -> Response {
    write(status, body, 1024)
}

fn write(status: StatusCode, body: &impl Serialize, capacity: usize) -> Response {
    let mut json = Vec::with_capacity(capacity);
    serde_json::to_writer(&mut json, body).expect("answers are plain data with text keys");
    let content_type = HeaderValue::from_static("application/json");
    (status, [(header::CONTENT_TYPE, content_type)], json).into_response()
}
