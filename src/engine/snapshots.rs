//! Snapshots: applications that were put aside under a name, to become that again.

use std::{collections::BTreeMap, sync::Arc};

use bytes::Bytes;
use parking_lot::Mutex;

use super::{Engine, Unavailable};
use crate::{
    model::ids::{ApplicationId, SnapshotName},
    state::Application,
    store::{Damage, Saved, Shelf, snapshots},
};

/// What was put aside: in memory, and on the shelf where the store keeps anything.
pub(super) struct Snapshots {
    shelf: Shelf,
    kept: Mutex<BTreeMap<SnapshotName, Arc<Application>>>,
    /// One who changes what is there at a time, so that memory and shelf have the same.
    changing: tokio::sync::Mutex<()>,
}

/// Why a snapshot is not to be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotError {
    /// It cannot be read.
    #[error(transparent)]
    Damage(#[from] Damage),
    /// The store cannot do its part.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

impl Snapshots {
    pub(super) fn on(shelf: Shelf) -> Self {
        Self { shelf, kept: Mutex::default(), changing: tokio::sync::Mutex::default() }
    }
}

impl Engine {
    /// All snapshots, in the order of names.
    ///
    /// # Errors
    /// The disk refuses.
    pub async fn snapshots(&self) -> Result<Vec<Saved>, Unavailable> {
        let snapshots = &self.0.snapshots;
        if snapshots.shelf.keeps() {
            let disk = snapshots.shelf.clone();
            return aside(move || disk.list().map_err(|error| refused(&error))).await;
        }
        Ok(snapshots.kept.lock().iter().map(|(name, app)| Saved::of(name, app)).collect())
    }

    /// Puts an application aside under a name, as it is at one moment, in place of what had that name. None
    /// if there is no such application. On return it survives what the store survives.
    ///
    /// # Errors
    /// The store or the disk fails; then what had that name is as it was.
    pub async fn save_snapshot(
        &self,
        id: &ApplicationId,
        name: &SnapshotName,
    ) -> Result<Option<Saved>, Unavailable> {
        let snapshots = &self.0.snapshots;
        let _alone = snapshots.changing.lock().await;
        let Some(app) = self.copy(id, id).await? else { return Ok(None) };
        let app = Arc::new(app);
        if snapshots.shelf.keeps() {
            let contents = self.contents(&app).await?;
            let (disk, name, app) = (snapshots.shelf.clone(), name.clone(), Arc::clone(&app));
            let put = move || {
                let file = snapshots::write(&app, &contents);
                disk.put(&name, &file).map_err(|error| refused(&error))
            };
            aside(put).await?;
        }
        let saved = Saved::of(name, &app);
        snapshots.kept.lock().insert(name.clone(), app);
        Ok(Some(saved))
    }

    /// The application that was put aside under a name; none if there is no such snapshot.
    ///
    /// # Errors
    /// The disk refuses, or the file was changed.
    pub async fn snapshot(&self, name: &SnapshotName) -> Result<Option<Arc<Application>>, SnapshotError> {
        let snapshots = &self.0.snapshots;
        if let Some(app) = snapshots.kept.lock().get(name) {
            return Ok(Some(Arc::clone(app)));
        }
        let _alone = snapshots.changing.lock().await;
        let (disk, wanted) = (snapshots.shelf.clone(), name.clone());
        let found = aside(move || {
            let file = disk.get(&wanted).map_err(|error| refused(&error))?;
            file.map(|file| snapshots::read(&file)).transpose().map_err(SnapshotError::from)
        });
        let Some((app, contents)) = found.await? else { return Ok(None) };
        self.put_contents(contents).await?;
        let app = Arc::new(app);
        snapshots.kept.lock().insert(name.clone(), Arc::clone(&app));
        Ok(Some(app))
    }

    /// A snapshot as a file; none if there is no such snapshot.
    ///
    /// # Errors
    /// The disk refuses, or the file was changed.
    pub async fn export_snapshot(&self, name: &SnapshotName) -> Result<Option<Vec<u8>>, SnapshotError> {
        let Some(app) = self.snapshot(name).await? else { return Ok(None) };
        let contents = self.contents(&app).await?;
        Ok(Some(aside(move || Ok::<_, Unavailable>(snapshots::write(&app, &contents))).await?))
    }

    /// Takes a file in as a snapshot, in place of what had that name.
    ///
    /// # Errors
    /// It cannot be read, or the disk refuses; then what had that name is as it was.
    pub async fn import_snapshot(&self, name: &SnapshotName, file: Bytes) -> Result<Saved, SnapshotError> {
        let snapshots = &self.0.snapshots;
        let _alone = snapshots.changing.lock().await;
        let copy = file.clone();
        let (app, contents) = aside(move || snapshots::read(&copy).map_err(SnapshotError::from)).await?;
        self.put_contents(contents).await?;
        let (disk, as_name) = (snapshots.shelf.clone(), name.clone());
        aside(move || disk.put(&as_name, &file).map_err(|error| refused(&error))).await?;
        let saved = Saved::of(name, &app);
        snapshots.kept.lock().insert(name.clone(), Arc::new(app));
        Ok(saved)
    }

    /// Removes a snapshot, and tells whether there was one.
    ///
    /// # Errors
    /// The disk refuses.
    pub async fn remove_snapshot(&self, name: &SnapshotName) -> Result<bool, Unavailable> {
        let snapshots = &self.0.snapshots;
        let _alone = snapshots.changing.lock().await;
        let (disk, wanted) = (snapshots.shelf.clone(), name.clone());
        let lay_there = aside(move || disk.remove(&wanted).map_err(|error| refused(&error))).await?;
        Ok(snapshots.kept.lock().remove(name).is_some() || lay_there)
    }

    /// The uploaded bytes that an application mentions.
    async fn contents(&self, app: &Application) -> Result<Vec<(String, Bytes)>, Unavailable> {
        let mut contents = Vec::new();
        for hash in snapshots::contents(app) {
            let content = self.files().get(&hash).await.map_err(|error| refused(&error))?;
            let content =
                content.ok_or_else(|| Unavailable(format!("the bytes of the file {hash} are lost").into()));
            contents.push((hash, content?));
        }
        Ok(contents)
    }

    async fn put_contents(&self, contents: Vec<(String, Bytes)>) -> Result<(), Unavailable> {
        for (_, content) in contents {
            self.files().put(content).await.map_err(|error| refused(&error))?;
        }
        Ok(())
    }
}

fn refused(error: &std::io::Error) -> Unavailable {
    tracing::error!("the disk refuses: {error}");
    Unavailable(error.to_string().into())
}

/// Does what takes its time where nobody waits for it.
async fn aside<T: Send + 'static, E: From<Unavailable> + Send + 'static>(
    work: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, E> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|panic| Err(Unavailable(panic.to_string().into()).into()))
}
