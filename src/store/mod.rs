//! SQL: the only room that knows the database. Loads an application, commits a batch, migrates.

mod actor;
mod batch;
mod cells;
mod content;
mod emojis;
mod files;
mod load;
mod messages;
mod moderation;
mod people;
mod polls;
mod preferences;
mod scheduled;
pub mod snapshots;
mod tables;
mod webhooks;

use std::{
    collections::HashSet,
    fs::{File, TryLockError},
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use sqlx::{
    ConnectOptions, Connection, SqliteConnection,
    migrate::{MigrateError, Migrator},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};

pub use self::{
    batch::Batch,
    files::Files,
    snapshots::{Damage, Saved, Shelf},
};
use crate::{
    model::{clock::Clock, file::StoredFile, ids::ApplicationId, time::Timestamp},
    state::Application,
};

static MIGRATOR: Migrator = sqlx::migrate!();

/// How much an acknowledged write survives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// The end of the process, by whatever means.
    #[default]
    Process,
    /// The loss of power too.
    Power,
}

/// Where a store keeps what it is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Nowhere: all is gone with the process.
    Memory,
    /// A database file, and a folder beside it for uploaded files.
    File {
        /// The database file.
        database: PathBuf,
        /// The folder of uploaded files.
        files: PathBuf,
    },
}

/// Why the store cannot do what it is asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another process works on the same file.
    #[error("{0} is in use by another mynah")]
    InUse(PathBuf),
    /// The file is no database of ours.
    #[error("{path} is not a database that mynah can read: {why}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the database says.
        why: String,
    },
    /// A later version has written the file.
    #[error("{0} was written by a newer mynah; use that version, or another folder")]
    Newer(PathBuf),
    /// The file was removed or replaced while we worked on it.
    #[error("the database file was removed or replaced while mynah was running")]
    Replaced,
    /// A row makes no sense.
    #[error("the table {0} has a row that mynah cannot read")]
    Damaged(&'static str),
    /// The database refuses.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    /// The disk refuses.
    #[error("{path}: {error}")]
    Disk {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
}

/// The database with its one writer, and the uploaded files.
#[derive(Debug)]
pub struct Store {
    writer: SqliteConnection,
    reader: Option<Reader>,
    files: Files,
    shelf: Shelf,
    originals: Originals,
    _lock: Option<File>,
}

/// A way to load applications while the writer writes.
#[derive(Clone, Debug)]
pub struct Reader {
    options: SqliteConnectOptions,
    originals: Originals,
}

/// The database file and its log, as they were opened. What is written to either of them after
/// it was removed or replaced is lost, and what is read from another is not ours.
#[derive(Clone, Debug, Default)]
struct Originals(Arc<[Identity]>);

/// Which file it is, whatever its name.
#[derive(Debug, PartialEq, Eq)]
struct Identity {
    path: PathBuf,
    device: u64,
    inode: u64,
}

impl Store {
    /// Opens or creates a store and brings it up to date.
    ///
    /// # Errors
    /// See [`Error`]: in use, unreadable, newer, or the disk refuses.
    pub async fn open(place: &Place, durability: Durability) -> Result<Self, Error> {
        match place {
            Place::Memory => {
                let mut writer = options(durability).in_memory(true).connect().await?;
                MIGRATOR.run(&mut writer).await.map_err(|error| unreadable(Path::new(":memory:"), &error))?;
                Ok(Self {
                    writer,
                    reader: None,
                    files: Files::in_memory(),
                    shelf: Shelf::nowhere(),
                    originals: Originals::default(),
                    _lock: None,
                })
            }
            Place::File { database, files } => Self::open_file(database, files, durability).await,
        }
    }

    async fn open_file(database: &Path, files: &Path, durability: Durability) -> Result<Self, Error> {
        let disk = |path: &Path| {
            let path = path.to_owned();
            move |error| Error::Disk { path, error }
        };
        if let Some(folder) = database.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(disk(folder))?;
        }
        let lock = lock(database)?;
        let shelf = files.with_file_name("snapshots");
        let shelf = Shelf::in_folder(shelf.clone()).map_err(disk(&shelf))?;
        let files = Files::in_folder(files.to_owned()).map_err(disk(files))?;
        let options = options(durability).filename(database);
        let opened = options.clone().create_if_missing(true).journal_mode(SqliteJournalMode::Wal).connect().await;
        let mut writer = opened.map_err(|error| unreadable(database, &error))?;
        match MIGRATOR.run(&mut writer).await {
            Err(MigrateError::VersionMissing(_) | MigrateError::VersionTooNew(..)) => {
                return Err(Error::Newer(database.to_owned()));
            }
            outcome => outcome.map_err(|error| unreadable(database, &error))?,
        }
        let known: Vec<String> =
            sqlx::query_scalar("select distinct hash from files").fetch_all(&mut writer).await?;
        let known = known.iter().map(|name| StoredFile::content_of(name).to_owned());
        files.keep_only(&known.collect::<HashSet<_>>()).map_err(disk(database))?;
        let originals = Originals::of(database);
        let reader = Reader { options: options.read_only(true), originals: originals.clone() };
        Ok(Self { writer, reader: Some(reader), files, shelf, originals, _lock: Some(lock) })
    }

    /// A way to load applications; none where nothing is kept, since what is not in memory is nowhere.
    pub fn reader(&self) -> Option<Reader> {
        self.reader.clone()
    }

    /// The uploaded files.
    pub fn files(&self) -> Files {
        self.files.clone()
    }

    /// Where snapshots lie.
    pub fn shelf(&self) -> Shelf {
        self.shelf.clone()
    }

    /// Commits a batch, whole or not at all.
    ///
    /// # Errors
    /// The database refuses, or its file is not the one that was opened.
    pub async fn commit(&mut self, batch: &Batch) -> Result<(), Error> {
        self.originals.check()?;
        Ok(batch.commit(&mut self.writer).await?)
    }

    /// Closes the database, so that its file holds everything.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn close(self) -> Result<(), Error> {
        Ok(self.writer.close().await?)
    }
}

impl Reader {
    /// The application as the database has it; none if it has nothing of it.
    ///
    /// # Errors
    /// The database refuses, its file is not the one that was opened, or a row makes no sense.
    pub async fn load(&self, application: &ApplicationId) -> Result<Option<Application>, Error> {
        self.originals.check()?;
        let mut connection = self.options.connect().await?;
        let loaded = load::application(&mut connection, application).await;
        connection.close().await?;
        self.originals.check()?;
        loaded
    }

    /// Applications that have something to do by themselves, and when by the machine's clock.
    ///
    /// # Errors
    /// The database refuses, or its file is not the one that was opened.
    pub async fn due(&self) -> Result<Vec<(ApplicationId, Timestamp)>, Error> {
        self.originals.check()?;
        let mut connection = self.options.connect().await?;
        let sql = "select application, due_at, clock_offset, clock_since, clock_pace from applications \
                   where due_at > 0";
        let due: Vec<(String, i64, i64, i64, i64)> = sqlx::query_as(sql).fetch_all(&mut connection).await?;
        connection.close().await?;
        let due = due.into_iter().filter_map(|(id, at, shown, since, pace)| {
            let clock = Clock { shown: Timestamp(shown), since: Timestamp(since), pace };
            Some((ApplicationId::new(&id)?, clock.machine_at(Timestamp(at))?))
        });
        Ok(due.collect())
    }

    /// Applications that have calls of webhooks which were being made when the process ended.
    ///
    /// # Errors
    /// The database refuses, or its file is not the one that was opened.
    pub async fn interrupted(&self) -> Result<Vec<ApplicationId>, Error> {
        self.originals.check()?;
        let mut connection = self.options.connect().await?;
        let sql = "select distinct application from deliveries where state = 'trying'";
        let ids: Vec<String> = sqlx::query_scalar(sql).fetch_all(&mut connection).await?;
        connection.close().await?;
        Ok(ids.iter().filter_map(|id| ApplicationId::new(id)).collect())
    }

    /// The ids of all applications that the database has something of.
    ///
    /// # Errors
    /// The database refuses, or its file is not the one that was opened.
    pub async fn applications(&self) -> Result<Vec<ApplicationId>, Error> {
        self.originals.check()?;
        let mut connection = self.options.connect().await?;
        let sql = "select application from applications order by application";
        let ids: Vec<String> = sqlx::query_scalar(sql).fetch_all(&mut connection).await?;
        connection.close().await?;
        self.originals.check()?;
        Ok(ids.iter().filter_map(|id| ApplicationId::new(id)).collect())
    }
}

fn options(durability: Durability) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .synchronous(match durability {
            Durability::Process => SqliteSynchronous::Normal,
            Durability::Power => SqliteSynchronous::Full,
        })
        .busy_timeout(Duration::from_secs(5))
        .statement_cache_capacity(256)
        .pragma("temp_store", "memory")
        .pragma("wal_autocheckpoint", "8000")
        .disable_statement_logging()
}

/// The path of a file that stands beside the database.
fn beside(database: &Path, suffix: &str) -> PathBuf {
    let mut path = database.as_os_str().to_owned();
    path.push(suffix);
    PathBuf::from(path)
}

fn lock(database: &Path) -> Result<File, Error> {
    let path = beside(database, ".lock");
    let disk = |error| Error::Disk { path: path.clone(), error };
    let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(disk)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::InUse(database.to_owned())),
        Err(TryLockError::Error(error)) => Err(disk(error)),
    }
}

fn unreadable(path: &Path, error: &dyn std::error::Error) -> Error {
    Error::Unreadable { path: path.to_owned(), why: error.to_string() }
}

impl Originals {
    fn of(database: &Path) -> Self {
        let paths = [database.to_owned(), beside(database, "-wal")];
        Self(paths.iter().filter_map(|path| Identity::of(path)).collect())
    }

    fn check(&self) -> Result<(), Error> {
        let stands = |original: &Identity| Identity::of(&original.path).as_ref() == Some(original);
        if self.0.iter().all(stands) { Ok(()) } else { Err(Error::Replaced) }
    }
}

impl Identity {
    #[cfg(unix)]
    fn of(path: &Path) -> Option<Self> {
        use std::os::unix::fs::MetadataExt;
        let metadata = std::fs::metadata(path).ok()?;
        Some(Self { path: path.to_owned(), device: metadata.dev(), inode: metadata.ino() })
    }

    /// Where files have no numbers, only their absence can be seen.
    #[cfg(not(unix))]
    fn of(path: &Path) -> Option<Self> {
        path.exists().then(|| Self { path: path.to_owned(), device: 0, inode: 0 })
    }
}
