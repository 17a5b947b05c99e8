//! Uploaded files: what is known of the bytes, which lie elsewhere, and who may see them.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::{
    model::{
        file::{Link, StoredFile},
        time::Timestamp,
    },
    state::Application,
};

/// Bytes that have been put aside under their hash.
#[derive(Clone, Debug)]
pub struct Upload {
    /// SHA-256 of the content in hexadecimal.
    pub hash: String,
    /// The name that the client gave.
    pub name: String,
    /// The media type that the client gave, or that the name tells.
    pub media_type: String,
    /// Length in bytes.
    pub size: i64,
}

/// Keeps an upload that all may see, and tells the link that leads to it.
pub fn keep(app: &mut Application, upload: &Upload) -> Link {
    keep_as(app, upload, &upload.hash)
}

/// Keeps an upload that only those may see who show a key, and tells the link that leads to it. The same
/// bytes may be there for all too.
pub fn keep_private(app: &mut Application, upload: &Upload) -> Link {
    keep_as(app, upload, &StoredFile::private(&upload.hash))
}

fn keep_as(app: &mut Application, upload: &Upload, name: &str) -> Link {
    if !app.files.contains(name) {
        let created_at = app.now();
        app.files.put(StoredFile {
            hash: name.into(),
            size: upload.size,
            media_type: upload.media_type.as_str().into(),
            created_at,
        });
    }
    Link::stored(name, &upload.name)
}

/// The link to a file that this application keeps under that name; none if it keeps none.
pub fn link(app: &Application, kept_as: &str, name: &str) -> Option<Link> {
    app.files.contains(kept_as).then(|| Link::stored(kept_as, name))
}

/// How long a key is good, in milliseconds: three days.
const GOOD_FOR: i64 = 3 * 24 * 60 * 60 * 1000;

/// A key to private files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileKey {
    /// What is to be shown.
    pub text: String,
    /// Until when.
    pub expires_at: Timestamp,
}

/// Makes a key to one private file of this application, or to all of them. It is good for three days.
pub fn issue_key(app: &mut Application, kept_as: Option<&str>) -> FileKey {
    if app.settings().file_secret.is_empty() {
        // No draw: what is drawn next is not to depend on whether files were ever looked at, for a reset keeps this.
        let secret = app.derive("files");
        app.change_settings(|settings| settings.file_secret = secret);
    }
    let expires_at = Timestamp(app.now().0.saturating_add(GOOD_FOR));
    let signature = hex::encode(signature(app, kept_as.unwrap_or(ALL), expires_at).finalize().into_bytes());
    FileKey { text: format!("{}.{signature}", expires_at.0), expires_at }
}

/// Whether somebody who shows that key may see a file.
pub fn may_see(app: &Application, file: &StoredFile, key: &str) -> bool {
    if !file.is_private() {
        return true;
    }
    let Some((expires_at, shown)) = key.split_once('.') else { return false };
    let (Ok(expires_at), Ok(shown)) = (expires_at.parse().map(Timestamp), hex::decode(shown)) else { return false };
    let made_for = |scope: &str| signature(app, scope, expires_at).verify_slice(&shown).is_ok();
    let secret = !app.settings().file_secret.is_empty();
    secret && app.now() < expires_at && (made_for(&file.hash) || made_for(ALL))
}

/// What stands for the name of a file in a key to all of them.
const ALL: &str = "*";

fn signature(app: &Application, scope: &str, expires_at: Timestamp) -> Hmac<Sha256> {
    let secret = app.settings().file_secret.as_bytes();
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("a key may have any length");
    mac.update(format!("{}\n{scope}\n{}", app.id, expires_at.0).as_bytes());
    mac
}
