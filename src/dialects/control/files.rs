//! Uploaded files, as the dialects link to them.

use axum::{
    extract::{FromRequestParts, State},
    http::{HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};

use serde::{Deserialize, Serialize};

use super::{Body, Error, FILES, Target};
use crate::{
    chat::files,
    model::{file::StoredFile, ids::ApplicationId, time::Timestamp},
    state::Application,
    web::{
        field::Field,
        plain,
        routes::Routes,
        site::Site,
        takes::{Taken, Takes},
    },
};

pub(super) fn routes() -> Routes {
    Routes::of("Control").get("getFile", "/_mynah/files/{application_id}/{hash}/{name}", get).post(
        "issueFileKey",
        "/_mynah/files/auth",
        issue_key,
    )
}

/// The file that a path names.
struct Named {
    application: ApplicationId,
    /// The name under which it is kept.
    hash: String,
    /// The name that it has for people.
    name: String,
    /// What was shown of keys to private files.
    key: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Shown {
    auth: Field<String>,
}

impl Takes for Named {
    fn add(taken: &mut Taken) {
        taken.query::<Shown>();
    }
}

impl FromRequestParts<Site> for Named {
    type Rejection = Error;

    #[expect(clippy::disallowed_types, reason = "this is the one that refuses in our own form")]
    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Error> {
        let path = axum::extract::Path::<(String, String, String)>::from_request_parts(parts, site).await;
        let axum::extract::Path((application, hash, name)) = path.map_err(|_| not_found())?;
        let application = ApplicationId::new(&application).ok_or_else(not_found)?;
        let shown: Shown = plain::query(parts.uri.query().unwrap_or_default());
        let key = shown.auth.or_default("auth").unwrap_or_default();
        Ok(Self { application, hash, name, key })
    }
}

fn not_found() -> Error {
    Error { status: StatusCode::NOT_FOUND, message: "There is no such file".into() }
}

/// The bytes of an uploaded file, for whom its application knows it. A page among them must not
/// run as one of ours.
async fn get(State(site): State<Site>, file: Named) -> Result<Response, Error> {
    let known = site.engine.read(&file.application, |app| {
        let known = app.files.get(file.hash.as_str());
        Ok::<_, Error>(known.map(|known| (StoredFile::clone(known), files::may_see(app, known, &file.key))))
    });
    let (known, may_see) = known.await?.ok_or_else(not_found)?;
    if !may_see {
        let message = "The file is private: the parameter auth has to be a key that is still good".into();
        return Err(Error { status: StatusCode::FORBIDDEN, message });
    }
    let content = site.engine.files().get(StoredFile::content_of(&file.hash)).await.map_err(|error| Error {
        status: StatusCode::INTERNAL_SERVER_ERROR,
        message: format!("The file cannot be read: {error}"),
    })?;
    let content = content.ok_or_else(not_found)?;
    let guessed = mime_guess::from_path(&file.name).first_raw();
    let media_type = HeaderValue::from_str(guessed.unwrap_or(&known.media_type));
    let media_type = media_type.unwrap_or_else(|_| HeaderValue::from_static("application/octet-stream"));
    // A key ends; what a browser keeps would outlive it.
    let caching = if known.is_private() { "no-store" } else { "private, max-age=31536000, immutable" };
    let headers = [
        (header::CONTENT_TYPE, media_type),
        (header::CACHE_CONTROL, HeaderValue::from_static(caching)),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox; default-src 'none'")),
    ];
    Ok((headers, content).into_response())
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct KeyBody {
    url: Field<String>,
}

#[derive(Serialize)]
struct KeyAnswer {
    auth: String,
    expires_at: Timestamp,
}

/// Makes a key to the private files of an application, or to the one of an address. It is what the login of
/// a client SDK will tell, and is shown as the parameter `auth` of the file's address.
async fn issue_key(State(site): State<Site>, target: Target, Body(body): Body<KeyBody>) -> Result<Response, Error> {
    let application = target.or_default(&site);
    let url = body.url.optional("url")?;
    let key = site.engine.write(&application, |app| {
        let kept_as = url.as_deref().map(|url| kept_as(app, url).ok_or_else(not_found)).transpose()?;
        Ok::<_, Error>(files::issue_key(app, kept_as))
    });
    let key = key.await?;
    Ok(super::answer(&KeyAnswer { auth: key.text, expires_at: key.expires_at }))
}

/// The name under which the file of an address is kept.
fn kept_as<'a>(app: &Application, url: &'a str) -> Option<&'a str> {
    let (_, path) = url.split_once(FILES)?;
    let kept_as = path.split('/').nth(1)?;
    app.files.contains(kept_as).then_some(kept_as)
}
