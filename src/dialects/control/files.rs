//! Uploaded files, as the dialects link to them.

use axum::{
    extract::{FromRequestParts, State},
    http::{HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};

use super::Error;
use crate::{
    model::{file::StoredFile, ids::ApplicationId},
    web::{routes::Routes, site::Site},
};

pub(super) fn routes() -> Routes {
    Routes::of("Control").get("getFile", "/_mynah/files/{application_id}/{hash}/{name}", get)
}

/// The file that a path names.
struct Named {
    application: ApplicationId,
    hash: String,
    name: String,
}

impl FromRequestParts<Site> for Named {
    type Rejection = Error;

    #[expect(clippy::disallowed_types, reason = "this is the one that refuses in our own form")]
    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Error> {
        let path = axum::extract::Path::<(String, String, String)>::from_request_parts(parts, site).await;
        let axum::extract::Path((application, hash, name)) = path.map_err(|_| not_found())?;
        let application = ApplicationId::new(&application).ok_or_else(not_found)?;
        Ok(Self { application, hash, name })
    }
}

fn not_found() -> Error {
    Error { status: StatusCode::NOT_FOUND, message: "There is no such file".into() }
}

/// The bytes of an uploaded file, for whom its application knows it. A page among them must not
/// run as one of ours.
async fn get(State(site): State<Site>, file: Named) -> Result<Response, Error> {
    let known = site.engine.read(&file.application, |app| {
        Ok::<_, Error>(app.files.get(file.hash.as_str()).map(|file| StoredFile::clone(file)))
    });
    let known = known.await?.ok_or_else(not_found)?;
    let content = site.engine.files().get(&file.hash).await.map_err(|error| Error {
        status: StatusCode::INTERNAL_SERVER_ERROR,
        message: format!("The file cannot be read: {error}"),
    })?;
    let content = content.ok_or_else(not_found)?;
    let guessed = mime_guess::from_path(&file.name).first_raw();
    let media_type = HeaderValue::from_str(guessed.unwrap_or(&known.media_type));
    let media_type = media_type.unwrap_or_else(|_| HeaderValue::from_static("application/octet-stream"));
    let headers = [
        (header::CONTENT_TYPE, media_type),
        (header::CACHE_CONTROL, HeaderValue::from_static("private, max-age=31536000, immutable")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox; default-src 'none'")),
    ];
    Ok((headers, content).into_response())
}
