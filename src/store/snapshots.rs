//! Snapshots: an application as one file that says of which version it is. A line of JSON tells what it is a
//! snapshot of, then comes each table with its rows as the database would have them, then the uploaded bytes,
//! and last a hash of all that. The same application makes the same bytes.

use std::{
    fs,
    io::{self, BufRead, BufReader, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::cells::{Cell, Reader, Stored, Unreadable};
use crate::{
    model::{
        application::{Counters, Head, Settings},
        clock::Clock,
        file::StoredFile,
        ids::{ApplicationId, SnapshotName},
        time::Timestamp,
    },
    state::{
        Application,
        table::{Index, Table},
    },
};

/// Grows when older versions could not make sense of a snapshot, or would make the wrong one.
pub const VERSION: u64 = 1;

/// What the file of a snapshot is called after its name.
const SUFFIX: &str = ".mynah";

/// Why a snapshot cannot be read: one sentence for a person.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    /// It is something else.
    #[error("This is no snapshot of Mynah")]
    Foreign,
    /// A later version has made it.
    #[error("The snapshot is of version {0}, which a newer Mynah has made; this one reads version {VERSION}")]
    Newer(u64),
    /// Something in it is not as it was made.
    #[error("The snapshot is damaged: {0}")]
    Damaged(String),
}

fn damaged(what: impl Into<String>) -> Damage {
    Damage::Damaged(what.into())
}

/// What is known of a snapshot without reading it whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Saved {
    /// Its name.
    pub name: SnapshotName,
    /// Of which application it was made.
    pub application: ApplicationId,
    /// When, by the clock of the application.
    pub at: Timestamp,
    /// How many rows each table has.
    pub rows: Map<String, Value>,
}

impl Saved {
    /// What is known of an application that was saved under that name.
    pub fn of(name: &SnapshotName, app: &Application) -> Self {
        Self { name: name.clone(), application: app.id.clone(), at: app.now(), rows: rows(app) }
    }
}

fn rows(app: &Application) -> Map<String, Value> {
    app.counts().into_iter().map(|(table, rows)| (table.to_owned(), rows.into())).collect()
}

#[derive(Serialize, Deserialize)]
struct Title {
    mynah: String,
    version: u64,
}

const KIND: &str = "snapshot";

#[derive(Serialize, Deserialize)]
struct Header {
    #[serde(flatten)]
    title: Title,
    application: ApplicationId,
    at: Timestamp,
    rows: Map<String, Value>,
    created_at: Timestamp,
    settings: Settings,
    /// Messages, users, others, draws, deliveries.
    counters: [i64; 5],
    /// What the clock showed, what the machine's showed then, and the pace.
    clock: (Timestamp, Timestamp, i64),
    seed: i64,
    due_at: Timestamp,
}

#[derive(Serialize, Deserialize)]
struct TableLine {
    table: String,
    columns: Vec<String>,
    rows: usize,
}

#[derive(Serialize, Deserialize)]
struct FileLine {
    file: String,
    content: String,
}

#[derive(Serialize, Deserialize)]
struct EndLine {
    end: String,
}

/// The hashes of the uploaded bytes that an application mentions.
pub fn contents(app: &Application) -> Vec<String> {
    let mut hashes: Vec<_> = app.files.iter().map(|file| StoredFile::content_of(&file.hash).to_owned()).collect();
    hashes.sort_unstable();
    hashes.dedup();
    hashes
}

/// An application with its uploaded bytes, as a file.
pub fn write(app: &Application, contents: &[(String, Bytes)]) -> Vec<u8> {
    let mut out = Vec::new();
    let head = app.head();
    let (counters, clock) = (head.counters, head.clock);
    line(
        &mut out,
        &Header {
            title: Title { mynah: KIND.to_owned(), version: VERSION },
            application: app.id.clone(),
            at: app.now(),
            rows: rows(app),
            created_at: head.created_at,
            settings: Settings::clone(&head.settings),
            counters: numbers(counters),
            clock: (clock.shown, clock.since, clock.pace),
            seed: head.seed,
            due_at: head.due_at,
        },
    );
    macro_rules! write {
        ($($field:ident: $row:ty;)*) => { $(write_table(&mut out, &app.$field);)* };
    }
    super::tables::each!(write);
    for (hash, content) in contents {
        line(&mut out, &FileLine { file: hash.clone(), content: STANDARD.encode(content) });
    }
    let end = hex::encode(Sha256::digest(&out));
    line(&mut out, &EndLine { end });
    out
}

fn numbers(counters: Counters) -> [i64; 5] {
    let Counters { messages, users, others, draws, deliveries } = counters;
    [messages, users, others, draws, deliveries]
}

fn line(out: &mut Vec<u8>, value: &impl Serialize) {
    serde_json::to_writer(&mut *out, value).expect("plain data with text keys is JSON");
    out.push(b'\n');
}

fn write_table<R: Stored, I: Index<R>>(out: &mut Vec<u8>, table: &Table<R, I>) {
    let columns = R::COLUMNS.iter().map(|column| (*column).to_owned()).collect();
    line(out, &TableLine { table: R::TABLE.to_owned(), columns, rows: table.len() });
    for row in table.iter() {
        line(out, &row.cells());
    }
}

/// The application and the uploaded bytes of a file.
///
/// # Errors
/// It is no snapshot, one of a newer version, or not as it was made.
pub fn read(file: &[u8]) -> Result<(Application, Vec<(String, Bytes)>), Damage> {
    let mut lines = file.split(|byte| *byte == b'\n');
    let first = lines.next().unwrap_or_default();
    check_title(first)?;
    let text = file.strip_suffix(b"\n").ok_or_else(|| damaged("its end is missing"))?;
    let last = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |before| before + 1);
    let end: EndLine = parse(&text[last..]).map_err(|_| damaged("its end is missing"))?;
    if end.end != hex::encode(Sha256::digest(&file[..last])) {
        return Err(damaged("its hash is not that of its content"));
    }
    let header: Header = parse(first)?;
    let mut app = Application::new(header.application);
    let [messages, users, others, draws, deliveries] = header.counters;
    app.load_head(Head {
        created_at: header.created_at,
        settings: Arc::new(header.settings),
        counters: Counters { messages, users, others, draws, deliveries },
        clock: Clock { shown: header.clock.0, since: header.clock.1, pace: header.clock.2 },
        seed: header.seed,
        due_at: header.due_at,
    });
    app.set_time(header.at);
    let mut contents = Vec::new();
    let mut known = Vec::new();
    let mut lines = file[..last].split(|byte| *byte == b'\n').skip(1).filter(|line| !line.is_empty());
    while let Some(next) = lines.next() {
        if let Ok(FileLine { file, content }) = parse(next) {
            let content = STANDARD.decode(content).map_err(|_| damaged("uploaded bytes are not readable"))?;
            if hex::encode(Sha256::digest(&content)) != file {
                return Err(damaged("uploaded bytes are not those of their hash"));
            }
            contents.push((file, content.into()));
            continue;
        }
        let table: TableLine = parse(next)?;
        if known.contains(&table.table) {
            return Err(damaged(format!("the table {} comes twice", table.table)));
        }
        macro_rules! read {
            ($($field:ident: $row:ty;)*) => {
                $(if table.table == name_of(&app.$field) {
                    read_table(&mut app, &table, &mut lines, |app| &mut app.$field)?;
                } else)* {
                    return Err(damaged(format!("the table {} is unknown", table.table)));
                }
            };
        }
        super::tables::each!(read);
        known.push(table.table);
    }
    check(&app)?;
    app.follow_receipts();
    Ok((app, contents))
}

fn parse<'a, T: Deserialize<'a>>(line: &'a [u8]) -> Result<T, Damage> {
    serde_json::from_slice(line).map_err(|error| damaged(format!("a line is not readable ({error})")))
}

fn check_title(first: &[u8]) -> Result<(), Damage> {
    let title: Title = serde_json::from_slice(first).map_err(|_| Damage::Foreign)?;
    match title {
        Title { mynah, .. } if mynah != KIND => Err(Damage::Foreign),
        Title { version, .. } if version > VERSION => Err(Damage::Newer(version)),
        Title { version, .. } if version < VERSION => Err(damaged(format!("there is no version {version}"))),
        _ => Ok(()),
    }
}

fn name_of<R: Stored, I>(_: &Table<R, I>) -> &'static str {
    R::TABLE
}

fn read_table<'a, R: Stored, I: Index<R>>(
    app: &mut Application,
    table: &TableLine,
    lines: &mut impl Iterator<Item = &'a [u8]>,
    of: fn(&mut Application) -> &mut Table<R, I>,
) -> Result<(), Damage> {
    if table.columns != R::COLUMNS {
        return Err(damaged(format!("the table {} has other columns than this version of Mynah", table.table)));
    }
    let mut rows: Vec<Arc<R>> = Vec::new();
    for _ in 0..table.rows {
        let next = lines.next().ok_or_else(|| damaged(format!("rows of {} are missing", table.table)))?;
        let cells: Vec<Cell<'_>> = parse(next)?;
        let unreadable = |Unreadable| damaged(format!("a row of {} makes no sense", table.table));
        let row = R::read(&mut Reader::new(cells), app).map_err(unreadable)?;
        if rows.last().is_some_and(|last| last.key() >= row.key()) {
            return Err(damaged(format!("the rows of {} are not in order", table.table)));
        }
        rows.push(Arc::new(row));
    }
    of(app).load(rows);
    Ok(())
}

/// What numbers have to be so that new ones can be given out.
fn check(app: &Application) -> Result<(), Damage> {
    let counters = app.head().counters;
    let fits = |number: i64| (0..1 << 53).contains(&number);
    let newest = app.messages.iter().next_back().map_or(0, |message| message.id.0);
    let paces = app.clock().pace == 0 || Clock::PACES.contains(&app.clock().pace);
    if numbers(counters).into_iter().all(fits) && newest <= counters.messages && paces && app.exists() {
        Ok(())
    } else {
        Err(damaged("its counters make no sense"))
    }
}

/// Where snapshots lie that survive the process: a folder, which is made with the first of them.
#[derive(Clone, Debug)]
pub struct Shelf(Option<Arc<PathBuf>>);

impl Shelf {
    /// A shelf that keeps nothing.
    pub(super) fn nowhere() -> Self {
        Self(None)
    }

    /// A shelf in that folder. What was not written to its end is removed.
    ///
    /// # Errors
    /// The disk refuses.
    pub(super) fn in_folder(folder: PathBuf) -> io::Result<Self> {
        for path in files(&folder)? {
            if path.extension().is_some_and(|extension| extension == "part") {
                fs::remove_file(path)?;
            }
        }
        Ok(Self(Some(Arc::new(folder))))
    }

    /// Whether what is put here survives the process.
    pub fn keeps(&self) -> bool {
        self.0.is_some()
    }

    /// Every snapshot that lies here and can be read, in the order of names.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn list(&self) -> io::Result<Vec<Saved>> {
        let Some(folder) = &self.0 else { return Ok(Vec::new()) };
        let mut all = Vec::new();
        for path in files(folder)? {
            let name = path.file_name().and_then(|name| name.to_str()?.strip_suffix(SUFFIX));
            let Some(name) = name.and_then(SnapshotName::new) else { continue };
            if let Some(Header { application, at, rows, .. }) = header_of(&path)? {
                all.push(Saved { name, application, at, rows });
            } else {
                tracing::warn!("{} is no snapshot that can be read", path.display());
            }
        }
        all.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(all)
    }

    /// The file of that name; none if there is none.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn get(&self, name: &SnapshotName) -> io::Result<Option<Vec<u8>>> {
        let Some(path) = self.path(name) else { return Ok(None) };
        match fs::read(path) {
            Ok(file) => Ok(Some(file)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Puts a file here in place of the one of that name, whole or not at all. On return it is on disk.
    ///
    /// # Errors
    /// The disk refuses; then the one before is as it was.
    pub fn put(&self, name: &SnapshotName, file: &[u8]) -> io::Result<()> {
        let (Some(folder), Some(path)) = (&self.0, self.path(name)) else { return Ok(()) };
        fs::create_dir_all(&**folder)?;
        let mut part = tempfile::Builder::new().prefix(name.as_str()).suffix(".part").tempfile_in(&**folder)?;
        part.write_all(file)?;
        part.as_file().sync_all()?;
        part.persist(&path)?;
        // The name is durable only once its folder is.
        fs::File::open(&**folder)?.sync_all()
    }

    /// Removes the file of that name, and tells whether there was one.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn remove(&self, name: &SnapshotName) -> io::Result<bool> {
        let Some(path) = self.path(name) else { return Ok(false) };
        match fs::remove_file(path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn path(&self, name: &SnapshotName) -> Option<PathBuf> {
        Some(self.0.as_ref()?.join(format!("{name}{SUFFIX}")))
    }
}

/// The files of a folder, which need not be there.
fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    match fs::read_dir(folder) {
        Ok(entries) => entries.map(|entry| entry.map(|entry| entry.path())).collect(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// The first line of a file; none if it is not that of a snapshot which this version reads.
fn header_of(path: &Path) -> io::Result<Option<Header>> {
    let mut first = Vec::new();
    BufReader::new(fs::File::open(path)?).read_until(b'\n', &mut first)?;
    Ok(check_title(&first).ok().and_then(|()| owned(&first)))
}

fn owned<T: DeserializeOwned>(line: &[u8]) -> Option<T> {
    serde_json::from_slice(line).ok()
}
