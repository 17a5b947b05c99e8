//! Uploaded bytes: files named by the hash of their content, or memory where nothing is kept.

use std::{
    collections::{HashMap, HashSet},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use bytes::Bytes;
use parking_lot::Mutex;
use sha2::{Digest, Sha256};

/// Where uploaded bytes lie.
#[derive(Clone, Debug)]
pub enum Files {
    /// In a folder.
    Folder(Arc<PathBuf>),
    /// In memory, gone with the process.
    Memory(Arc<Mutex<HashMap<String, Bytes>>>),
}

impl Files {
    pub(super) fn in_folder(folder: PathBuf) -> io::Result<Self> {
        std::fs::create_dir_all(&folder)?;
        Ok(Self::Folder(Arc::new(folder)))
    }

    pub(super) fn in_memory() -> Self {
        Self::Memory(Arc::default())
    }

    /// Puts bytes aside and tells the hash by which they are found. On return they are on disk.
    ///
    /// # Errors
    /// The disk refuses.
    pub async fn put(&self, content: Bytes) -> io::Result<String> {
        let files = self.clone();
        blocking(move || {
            let hash = hex::encode(Sha256::digest(&content));
            match files {
                Self::Memory(memory) => {
                    memory.lock().insert(hash.clone(), content);
                }
                Self::Folder(folder) => write_once(&folder, &hash, &content)?,
            }
            Ok(hash)
        })
        .await
    }

    /// The bytes of that hash; none if there are none.
    ///
    /// # Errors
    /// The disk refuses.
    pub async fn get(&self, hash: &str) -> io::Result<Option<Bytes>> {
        match self {
            Self::Memory(memory) => Ok(memory.lock().get(hash).cloned()),
            Self::Folder(folder) => {
                if !is_hash(hash) {
                    return Ok(None);
                }
                match tokio::fs::read(folder.join(hash)).await {
                    Ok(content) => Ok(Some(content.into())),
                    Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
                    Err(error) => Err(error),
                }
            }
        }
    }

    /// Removes what nobody mentions: uploads that never came to be a message.
    pub(super) fn keep_only(&self, known: &HashSet<String>) -> io::Result<()> {
        let Self::Folder(folder) = self else { return Ok(()) };
        for entry in std::fs::read_dir(&**folder)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let ours = is_hash(&name) || Path::new(&name).extension().is_some_and(|kind| kind == "part");
            if ours && !known.contains(&name) {
                std::fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }
}

fn is_hash(name: &str) -> bool {
    name.len() == 64 && name.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'a'..=b'f'))
}

fn write_once(folder: &Path, hash: &str, content: &[u8]) -> io::Result<()> {
    let path = folder.join(hash);
    if path.exists() {
        return Ok(());
    }
    let mut part = tempfile::Builder::new().prefix(hash).suffix(".part").tempfile_in(folder)?;
    part.write_all(content)?;
    part.as_file().sync_all()?;
    part.persist(&path)?;
    // The name is durable only once its folder is.
    std::fs::File::open(folder)?.sync_all()
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|panic| Err(io::Error::other(panic)))
}
