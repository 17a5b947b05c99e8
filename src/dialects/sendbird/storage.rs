//! Uploaded files: those that come with a message, and those that client SDKs upload before one.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    error::{Error, Result},
    extract::{Answer, Body, Call, answer},
    list::present,
    wire::{self, Address, Home, message::Thumbnails},
};
use crate::{
    chat::{
        self, Field as ChatField,
        files::{self, Upload},
        limits,
    },
    model::{
        file::{Link, StoredFile},
        message::Attachment,
    },
    state::Application,
    web::{
        body::Part,
        field::{Field, FieldError, Kind, Problem},
        routes::Routes,
        thumbnails::{self, Thumbnail},
    },
};

pub(super) fn routes() -> Routes {
    Routes::of("Messages").post("uploadAFile", "/v3/storage/file", upload)
}

/// The upload of a form's field, its bytes put aside.
pub(super) async fn uploaded(call: &Call, parts: Vec<Part>, field: &str) -> Result<Option<Upload>> {
    match parts.into_iter().find(|part| part.field == field) {
        Some(part) => Ok(Some(call.put_aside(part).await?)),
        None => Ok(None),
    }
}

/// The link to an upload, if there is one.
pub(super) fn kept(app: &mut Application, upload: Option<&Upload>) -> Option<Link> {
    upload.map(|upload| files::keep(app, upload))
}

/// The largest width and height that a thumbnail may be asked for.
const LARGEST: u32 = 4096;

/// The boxes into which thumbnails are to fit: `thumbnail1` to `thumbnail3`, each `W,H`.
pub(super) fn boxes(sizes: [Field<String>; 3]) -> Result<Vec<(u32, u32)>> {
    let mut boxes = Vec::new();
    for (size, name) in sizes.into_iter().zip(["thumbnail1", "thumbnail2", "thumbnail3"]) {
        let Some(size) = size.optional(name)?.filter(|size| !size.is_empty()) else { continue };
        let bounds = size.split_once(',').and_then(|(width, height)| {
            Some((width.trim().parse::<u32>().ok()?, height.trim().parse::<u32>().ok()?))
        });
        match bounds {
            Some((width, height)) if (1..=LARGEST).contains(&width) && (1..=LARGEST).contains(&height) => {
                boxes.push((width, height));
            }
            _ => return Err(Error::invalid(name, "It must be a width and a height, as in 100,100")),
        }
    }
    Ok(boxes)
}

/// An upload whose bytes are put aside, and the small pictures of it.
pub(super) struct Received {
    upload: Upload,
    thumbnails: Vec<(Upload, Thumbnail)>,
}

/// Puts the files of these fields aside with thumbnails of those that are pictures. More than one message
/// can have are left alone: they are refused later.
pub(super) async fn receive(
    call: &Call,
    parts: &[Part],
    fields: &[&str],
    boxes: &[(u32, u32)],
) -> Result<Vec<Received>> {
    let parts: Vec<_> = parts.iter().filter(|part| fields.contains(&&*part.field)).collect();
    if limits::items(ChatField::Files, parts.len()).is_err() {
        return Ok(Vec::new());
    }
    let mut received = Vec::with_capacity(parts.len());
    for part in parts {
        let mut thumbnails = Vec::new();
        if part.media_type.starts_with("image/") && !boxes.is_empty() {
            let (content, boxes) = (part.content.clone(), boxes.to_vec());
            let work = tokio::task::spawn_blocking(move || thumbnails::fit(&content, &boxes));
            // Whatever is wrong with the picture, it is still a file.
            for thumbnail in work.await.unwrap_or_default() {
                let (content, media_type) = (thumbnail.content.clone(), thumbnail.media_type.to_owned());
                let small = Part { field: String::new(), name: part.name.clone(), media_type, content };
                thumbnails.push((call.put_aside(small).await?, thumbnail));
            }
        }
        received.push(Received { upload: call.put_aside(part.clone()).await?, thumbnails });
    }
    Ok(received)
}

/// The file of a message that an upload becomes.
pub(super) fn attach(app: &mut Application, received: &Received, private: bool) -> Attachment {
    let keep = if private { files::keep_private } else { files::keep };
    let Received { upload, thumbnails } = received;
    let thumbnail = |(upload, thumbnail): &(Upload, Thumbnail)| {
        let link = keep(app, upload);
        let Thumbnail { width, height, real_width, real_height, .. } = thumbnail;
        json!({
            "url": link.as_kept(), "width": width, "height": height,
            "real_width": real_width, "real_height": real_height,
        })
    };
    let thumbnails = thumbnails.iter().map(thumbnail).collect();
    Attachment {
        link: keep(app, upload),
        name: upload.name.as_str().into(),
        media_type: upload.media_type.as_str().into(),
        size: upload.size,
        thumbnails,
        private,
    }
}

/// One of the files of a message that has several.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct FileItem {
    url: Field<String>,
    file_name: Field<String>,
    file_size: Field<i64>,
    file_type: Field<String>,
    thumbnails: Field<Vec<Value>>,
    require_auth: Field<bool>,
}

impl FileItem {
    pub(super) fn of(value: Value) -> Result<Attachment> {
        if !value.is_object() {
            return Err(FieldError { name: "files", problem: Problem::Not(Kind::Object) }.into());
        }
        let item: Self = serde_json::from_value(value).unwrap_or_default();
        present(&[("url", item.url.is_given())])?;
        let size = item.file_size.or_default("file_size")?;
        if size < 0 {
            return Err(Error::negative("file_size"));
        }
        Ok(Attachment {
            link: Link::to(&item.url.required("url")?),
            name: item.file_name.or_default("file_name")?.into(),
            media_type: item.file_type.or_default("file_type")?.into(),
            size,
            thumbnails: described(item.thumbnails.or_default("thumbnails")?)?,
            private: item.require_auth.or_default("require_auth")?,
        })
    }
}

/// Thumbnails are addresses, or objects with an address.
pub(super) fn described(given: Vec<Value>) -> Result<Vec<Value>> {
    let thumbnail = |value| match value {
        Value::String(url) => Ok(json!({ "url": url, "width": 0, "height": 0, "real_width": 0, "real_height": 0 })),
        Value::Object(_) => Ok(value),
        _ => Err(FieldError { name: "thumbnails", problem: Problem::Not(Kind::Text) }.into()),
    };
    given.into_iter().map(thumbnail).collect()
}

/// Addresses of our own, which a client that uploaded before hands back, become links to what is kept.
pub(super) fn localize(app: &Application, file: &mut Attachment) {
    if let Some(link) = wire::link(app, file.link.as_kept()) {
        file.private |= link.local().is_some_and(|(kept_as, _)| kept_as != StoredFile::content_of(kept_as));
        file.link = link;
    }
    for thumbnail in &mut file.thumbnails {
        let link = thumbnail.get("url").and_then(|url| wire::link(app, url.as_str()?));
        if let (Some(link), Some(fields)) = (link, thumbnail.as_object_mut()) {
            fields.insert("url".to_owned(), link.as_kept().into());
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct UploadBody {
    channel_url: Field<String>,
    request_id: Field<String>,
    require_auth: Field<bool>,
    thumbnail1: Field<String>,
    thumbnail2: Field<String>,
    thumbnail3: Field<String>,
}

#[derive(Serialize)]
struct Uploaded<'a> {
    url: Address<'a>,
    thumbnails: Thumbnails<'a>,
    require_auth: bool,
    file_size: i64,
}

/// Uploads a file that a message will mention by its address.
async fn upload(call: Call, Body(body, parts): Body<UploadBody>) -> Result<Answer> {
    present(&[("file", parts.iter().any(|part| part.field == "file"))])?;
    body.request_id.optional("request_id")?;
    let private = body.require_auth.or_default("require_auth")?;
    let channel = body.channel_url.optional("channel_url")?.filter(|url| !url.is_empty());
    let boxes = boxes([body.thumbnail1, body.thumbnail2, body.thumbnail3])?;
    let received = receive(&call, &parts, &["file"], &boxes).await?;
    let file = call
        .write(|app| {
            if let Some(channel) = channel {
                app_channel(app, &channel)?;
            }
            let file = received.first().map(|received| attach(app, received, private));
            file.ok_or_else(|| Error::missing("file"))
        })
        .await?;
    let home = Home::of(&call);
    Ok(answer(&Uploaded {
        url: home.address(&file.link),
        thumbnails: Thumbnails::new(&file.thumbnails, home),
        require_auth: file.private,
        file_size: file.size,
    }))
}

/// Refuses the address of a channel that does not exist.
fn app_channel(app: &Application, channel: &str) -> Result<()> {
    chat::channels::exists(app, channel).then_some(()).ok_or_else(|| {
        let error = chat::Error::NotFound(chat::Entity::Channel);
        error.into()
    })
}
