//! Bodies: JSON or a form with files, read whole and within limits.

use axum::{
    body::{Body, HttpBody},
    extract::{DefaultBodyLimit, FromRequest, Multipart, Request},
    http::{HeaderMap, header},
};
use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt, stream};
use http_body_util::BodyExt;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::{plain, site::Site};

/// Why a body cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// It is no JSON object.
    #[error("the body is not a JSON object: {0}")]
    NotJson(String),
    /// It is no complete form.
    #[error("the body is not a complete multipart form: {0}")]
    NotForm(String),
    /// It is longer than allowed.
    #[error("the body has more than {0} bytes")]
    TooLarge(usize),
    /// A client gives what it may not give, or not like that.
    #[error("the field {0} is not the client's to give")]
    NotYours(&'static str),
    /// The connection broke off.
    #[error("the body broke off")]
    Incomplete,
}

/// What a client gives because of who it is, and what it may not give.
#[derive(Clone, Debug)]
pub struct Given {
    /// The parameter that is the acting user, and whether it is a list.
    pub actor: Option<(&'static str, bool)>,
    /// The acting user.
    pub user: String,
    /// What only servers give: names of parameters, or `name=value` where it is that value only.
    pub withheld: &'static [&'static str],
}

impl Given {
    /// Fills in the acting user where a body leaves it out.
    ///
    /// # Errors
    /// It names somebody else, or has what only servers give.
    pub fn fill(&self, fields: &mut Map<String, Value>) -> Result<(), BodyError> {
        for withheld in self.withheld {
            let (name, bad) = withheld.split_once('=').map_or((*withheld, None), |(name, bad)| (name, Some(bad)));
            if fields.get(name).is_some_and(|given| bad.is_none_or(|bad| given == bad)) {
                return Err(BodyError::NotYours(name));
            }
        }
        let Some((name, list)) = self.actor else { return Ok(()) };
        let user = if list { json!([self.user]) } else { json!(self.user) };
        match fields.get(name) {
            Some(Value::Null) | None => drop(fields.insert(name.to_owned(), user)),
            Some(given) if *given == user => {}
            Some(_) => return Err(BodyError::NotYours(name)),
        }
        Ok(())
    }

    /// The same for the texts of a form or of a query.
    ///
    /// # Errors
    /// As [`Given::fill`].
    pub fn fill_texts(&self, texts: &mut Vec<(String, String)>) -> Result<(), BodyError> {
        let is = |text: &(String, String), name: &str| text.0.strip_suffix("[]").unwrap_or(&text.0) == name;
        for withheld in self.withheld {
            let (name, bad) = withheld.split_once('=').map_or((*withheld, None), |(name, bad)| (name, Some(bad)));
            if texts.iter().any(|text| is(text, name) && bad.is_none_or(|bad| text.1 == bad)) {
                return Err(BodyError::NotYours(name));
            }
        }
        let Some((name, _)) = self.actor else { return Ok(()) };
        if texts.iter().any(|text| is(text, name) && text.1 != self.user) {
            return Err(BodyError::NotYours(name));
        }
        if !texts.iter().any(|text| is(text, name)) {
            texts.push((name.to_owned(), self.user.clone()));
        }
        Ok(())
    }
}

/// A file of a form.
#[derive(Clone, Debug)]
pub struct Part {
    /// The name of the form's field.
    pub field: String,
    /// The name of the file, or empty.
    pub name: String,
    /// The media type that the client gave, or that the name tells.
    pub media_type: String,
    /// The bytes.
    pub content: Bytes,
}

/// How much more of a body that is too long is read, and thrown away, so that a client that
/// writes before it reads can see the answer.
const PATIENCE: usize = 256 << 20;

/// Reads a body: an object of fields, and the files of a form. No body at all is an empty object.
///
/// # Errors
/// See [`BodyError`].
pub async fn read<T: DeserializeOwned + Default>(
    request: Request,
    site: &Site,
) -> Result<(T, Vec<Part>), BodyError> {
    let given = request.extensions().get::<Given>().cloned();
    if is_form(request.headers()) {
        return form(request, site.upload_limit, given).await;
    }
    let body = whole(request.into_body(), site.body_limit).await?;
    let Some(given) = given else { return Ok((json(&body)?, Vec::new())) };
    let mut fields: Map<String, Value> = json(&body)?;
    given.fill(&mut fields)?;
    let body = serde_json::to_vec(&fields).map_err(|error| BodyError::NotJson(error.to_string()))?;
    Ok((json(&body)?, Vec::new()))
}

/// Reads a JSON object. Nothing at all is an empty one.
///
/// # Errors
/// It is no JSON object.
pub fn json<T: DeserializeOwned + Default>(body: &[u8]) -> Result<T, BodyError> {
    // All of it, for nobody looks at the texts of fields that are passed over.
    let body = std::str::from_utf8(body).map_err(|error| BodyError::NotJson(error.to_string()))?;
    match body.trim_ascii_start().bytes().next() {
        None => Ok(T::default()),
        Some(b'{') => serde_json::from_str(body).map_err(|error| BodyError::NotJson(error.to_string())),
        // A struct could be read from a list too, which no service means.
        Some(_) => Err(BodyError::NotJson("it does not begin with {".into())),
    }
}

/// Reads a body whole.
///
/// # Errors
/// It is too long, or breaks off.
pub async fn whole(mut body: Body, limit: usize) -> Result<Bytes, BodyError> {
    let mut first: Option<Bytes> = None;
    let mut more = BytesMut::new();
    let mut length = 0;
    let announced = body.size_hint().lower();
    let mut too_large = announced > limit as u64;
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else {
            return Err(if too_large { BodyError::TooLarge(limit) } else { BodyError::Incomplete });
        };
        let Ok(data) = frame.into_data() else { continue };
        length += data.len();
        too_large |= length > limit;
        if too_large {
            if length > limit + PATIENCE {
                break;
            }
        } else if first.is_none() && more.is_empty() {
            first = Some(data);
        } else {
            if let Some(first) = first.take() {
                more.extend_from_slice(&first);
            }
            more.extend_from_slice(&data);
        }
    }
    if too_large {
        return Err(BodyError::TooLarge(limit));
    }
    Ok(first.unwrap_or_else(|| more.freeze()))
}

/// Whether a body is a form.
pub fn is_form(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    content_type.is_some_and(|value| value.trim_start().to_ascii_lowercase().starts_with("multipart/form-data"))
}

/// All of a body, if it has no more bytes than that and does not break off; and the body as it was before.
pub async fn begin(mut body: Body, limit: usize) -> (Option<Bytes>, Body) {
    // Nearly always it comes in one piece.
    let (mut first, mut more) = (Bytes::new(), BytesMut::new());
    let rest = loop {
        match body.frame().await {
            None => break None,
            Some(Ok(frame)) => match frame.into_data() {
                Ok(data) if first.is_empty() => first = data,
                Ok(data) => {
                    if more.is_empty() {
                        more.extend_from_slice(&first);
                    }
                    more.extend_from_slice(&data);
                }
                Err(_) => {}
            },
            Some(Err(error)) => break Some(Body::from_stream(stream::once(async move { Err::<Bytes, _>(error) }))),
        }
        if first.len().max(more.len()) > limit {
            break Some(body);
        }
    };
    let read = if more.is_empty() { first } else { more.freeze() };
    match rest {
        None => (Some(read.clone()), Body::from(read)),
        Some(rest) => {
            let whole = stream::once(async move { Ok(read) }).chain(rest.into_data_stream());
            (None, Body::from_stream(whole))
        }
    }
}

/// What a body says, as JSON: itself, or the texts of a form; nothing where it is longer than allowed or breaks off. The
/// request is as before.
pub async fn said(request: Request, site: &Site) -> (Request, Bytes) {
    let is_form = is_form(request.headers());
    let limit = if is_form { site.upload_limit } else { site.body_limit };
    if request.body().size_hint().lower() > limit as u64 {
        return (request, Bytes::new());
    }
    let (head, body) = request.into_parts();
    let (read, body) = begin(body, limit).await;
    let Some(read) = read else { return (Request::from_parts(head, body), Bytes::new()) };
    let mut said = read.clone();
    if is_form {
        let copy = Request::from_parts(head.clone(), Body::from(read.clone()));
        let texts = parts(copy).await.map(|(texts, _)| texts).unwrap_or_default();
        let texts: Map<String, Value> = texts.into_iter().map(|(name, text)| (name, text.into())).collect();
        said = serde_json::to_vec(&texts).unwrap_or_default().into();
    }
    (Request::from_parts(head, body), said)
}

async fn form<T: DeserializeOwned + Default>(
    request: Request,
    limit: usize,
    given: Option<Given>,
) -> Result<(T, Vec<Part>), BodyError> {
    let (head, body) = request.into_parts();
    let body = whole(body, limit).await?;
    let (mut texts, files) = parts(Request::from_parts(head, Body::from(body))).await?;
    if let Some(given) = given {
        given.fill_texts(&mut texts)?;
    }
    Ok((plain::read(texts), files))
}

/// The texts and the files of a form.
async fn parts(mut request: Request) -> Result<(Vec<(String, String)>, Vec<Part>), BodyError> {
    // What is too long was refused above; axum has a lower limit of its own.
    DefaultBodyLimit::disable().apply(&mut request);
    let broken = |error: &dyn std::error::Error| BodyError::NotForm(error.to_string());
    let mut form = Multipart::from_request(request, &()).await.map_err(|error| broken(&error))?;
    let (mut texts, mut files) = (Vec::new(), Vec::new());
    while let Some(part) = form.next_field().await.map_err(|error| broken(&error))? {
        let field = part.name().unwrap_or_default().to_owned();
        let name = part.file_name().map(str::to_owned);
        let media_type = part.content_type().map(str::to_owned);
        let content = part.bytes().await.map_err(|error| broken(&error))?;
        if let Some(name) = name {
            let media_type = media_type.unwrap_or_else(|| guess(&name));
            files.push(Part { field, name, media_type, content });
        } else {
            let text = String::from_utf8(content.into());
            texts.push((field, text.map_err(|error| broken(&error))?));
        }
    }
    Ok((texts, files))
}

/// The media type that a file's name tells.
fn guess(name: &str) -> String {
    mime_guess::from_path(name).first_or_octet_stream().to_string()
}
