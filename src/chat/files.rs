//! Uploaded files: what is known of the bytes, which lie elsewhere.

use crate::{
    model::file::{Link, StoredFile},
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

/// Keeps an upload, and tells the link that leads to it.
pub fn keep(app: &mut Application, upload: &Upload) -> Link {
    if !app.files.contains(upload.hash.as_str()) {
        let created_at = app.now();
        app.files.put(StoredFile {
            hash: upload.hash.as_str().into(),
            size: upload.size,
            media_type: upload.media_type.as_str().into(),
            created_at,
        });
    }
    Link::stored(&upload.hash, &upload.name)
}
