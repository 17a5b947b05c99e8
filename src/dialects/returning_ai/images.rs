//! Images: uploaded first, to be shown in messages.

use axum::{
    extract::{FromRequest, Request},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};

use super::{encode::ok, error::Error, extract::Call};
use crate::{
    chat::files::{self, Upload},
    web::{
        body::{self, Part},
        field::{FieldError, Problem},
        routes::Routes,
        site::Site,
        takes::{Taken, Takes},
    },
};

/// The field of the form.
const FIELD: &str = "images";

/// How many bytes one image may have.
const LARGEST: usize = 10 << 20;

/// How many digits of a file's hash make its id.
const ID_DIGITS: usize = 24;

/// What is escaped in the name of a file that stands in an address.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The operations of images, and their form on the gateway.
pub(super) fn routes() -> Routes {
    Routes::of("Messaging and channels").post("upload-image", "/apis/v1/messages/upload-image", upload).post(
        "upload-image",
        "/v1/messages/upload-image",
        upload,
    )
}

/// The files of a form. What is wrong with it is told when they are taken, since keys are
/// looked at first.
struct Form(Result<Vec<Part>, Error>);

impl Takes for Form {
    fn add(taken: &mut Taken) {
        taken.body.known.push(FIELD);
    }
}

impl FromRequest<Site> for Form {
    type Rejection = std::convert::Infallible;

    async fn from_request(request: Request, site: &Site) -> Result<Self, Self::Rejection> {
        let read = body::read::<Texts>(request, site).await;
        Ok(Self(read.map(|(_, parts)| parts).map_err(Error::from)))
    }
}

/// The form has no other field.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Texts {}

impl Form {
    /// The images, of which there has to be one.
    fn images(self) -> Result<Vec<Part>, Error> {
        let given = |part: &Part| !(part.name.is_empty() && part.content.is_empty());
        let mut parts = self.0?;
        parts.retain(|part| part.field.trim_end_matches("[]") == FIELD && given(part));
        if parts.is_empty() {
            return Err(FieldError { name: FIELD, problem: Problem::Missing }.into());
        }
        for part in &mut parts {
            if part.content.len() > LARGEST {
                let message = format!("{FIELD} must not be longer than {LARGEST} bytes each");
                return Err(Error::new(StatusCode::PAYLOAD_TOO_LARGE, message));
            }
            part.media_type = image_type(part).ok_or_else(|| Error::bad(format!("{FIELD} must be image files")))?;
        }
        Ok(parts)
    }
}

/// The media type of an image; none if neither its content nor its sender says that it is one.
fn image_type(part: &Part) -> Option<String> {
    let told = part.media_type.to_ascii_lowercase();
    if told.starts_with("image/") && !part.content.is_empty() {
        return Some(told);
    }
    sniff(&part.content).map(str::to_owned)
}

/// The media type that the first bytes tell, of those that browsers show.
fn sniff(content: &[u8]) -> Option<&'static str> {
    const BEGINNINGS: &[(&[u8], &str)] = &[
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"\xff\xd8\xff", "image/jpeg"),
        (b"GIF87a", "image/gif"),
        (b"GIF89a", "image/gif"),
    ];
    if content.starts_with(b"RIFF") && content.get(8..12) == Some(b"WEBP") {
        return Some("image/webp");
    }
    BEGINNINGS.iter().find(|(beginning, _)| content.starts_with(beginning)).map(|(_, media_type)| *media_type)
}

#[derive(Serialize)]
struct ImageBody<'a> {
    id: &'a str,
    name: &'a str,
    url: String,
    #[serde(rename = "type")]
    media_type: &'a str,
    size: i64,
}

/// <https://dev.returning.ai/api-30067562>
async fn upload(headers: HeaderMap, call: Call, form: Form) -> Result<Response, Error> {
    // Nothing of a stranger is kept, not even for a moment.
    call.authorize().await?;
    let mut uploads = Vec::new();
    for part in form.images()? {
        let size = i64::try_from(part.content.len()).unwrap_or(i64::MAX);
        let hash = call.site().engine.files().put(part.content).await.map_err(|error| {
            tracing::error!("an upload cannot be kept: {error}");
            Error::new(StatusCode::INTERNAL_SERVER_ERROR, "Upload cannot be kept")
        })?;
        uploads.push(Upload { hash, name: shown_name(part.name), media_type: part.media_type, size });
    }
    call.write(|app| {
        for upload in &uploads {
            files::keep(app, upload);
        }
        Ok(())
    })
    .await?;
    let base = format!("{}/_mynah/files/{}", call.site().base_url(&headers), call.application());
    let images: Vec<_> = uploads
        .iter()
        .map(|Upload { hash, name, media_type, size }| ImageBody {
            id: &hash[..ID_DIGITS],
            name,
            url: format!("{base}/{hash}/{}", utf8_percent_encode(name, ESCAPED)),
            media_type,
            size: *size,
        })
        .collect();
    Ok(ok(&images))
}

/// The name of a file. Names that mean a place in an address are none.
fn shown_name(name: String) -> String {
    if matches!(name.trim(), "" | "." | "..") { "image".to_owned() } else { name }
}
