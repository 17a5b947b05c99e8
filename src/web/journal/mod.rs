//! The journal: what clients have asked and what they were answered, what was said on sockets, and what
//! was told to webhooks, for those who test them. Bounded, in memory, and shown without the secrets.

pub mod har;
pub mod query;
pub mod shown;

use std::{
    borrow::Cow,
    collections::{HashMap, VecDeque},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    extract::ws::Utf8Bytes,
    http::{HeaderMap, Method},
};
use bytes::Bytes;
use parking_lot::Mutex;
use serde::Serialize;
use tokio::{sync::Notify, time::Instant};

use self::query::Filter;
use super::{faults::BAD_FAULT, routes::Operation};
use crate::{
    model::{
        ids::{ConnectionId, UserId},
        time::Timestamp,
    },
    state::Belongings,
};

/// How many exchanges are kept of each application.
const KEPT: usize = 1000;

/// How many bytes of bodies are kept of each application.
const KEPT_BYTES: usize = 4 << 20;

/// How many frames are kept of each application.
const KEPT_FRAMES: usize = 1000;

/// How many bytes of frames are kept of each application.
const KEPT_FRAME_BYTES: usize = 1 << 20;

/// The longest body that is kept.
pub const LONGEST_BODY: usize = 64 << 10;

/// How many unknown routes are counted of each application.
const UNKNOWN_ROUTES: usize = 200;

/// The longest path of an unknown route that is counted.
const LONGEST_PATH: usize = 200;

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A request of a client, with its answer.
    Http,
    /// What a client has said on a socket.
    SocketIn,
    /// What a client was told on a socket.
    SocketOut,
    /// A request of ours to a webhook, with its answer.
    Webhook,
}

/// The headers of a request in one piece, a line for each. A map of them would keep alive all that their
/// connection has read with them, thousands of bytes each.
#[derive(Clone, Debug)]
pub struct Headers(Box<[u8]>);

impl From<&HeaderMap> for Headers {
    fn from(headers: &HeaderMap) -> Self {
        let length = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 2).sum();
        let mut lines = Vec::with_capacity(length);
        for (name, value) in headers {
            lines.extend_from_slice(name.as_str().as_bytes());
            lines.push(b':');
            lines.extend_from_slice(value.as_bytes());
            lines.push(b'\n');
        }
        Self(lines.into())
    }
}

impl From<&[(&'static str, String)]> for Headers {
    fn from(headers: &[(&'static str, String)]) -> Self {
        let lines = headers.iter().flat_map(|(name, value)| [*name, ":", value.as_str(), "\n"]);
        Self(lines.collect::<String>().into_bytes().into())
    }
}

impl Headers {
    /// Names and values. Neither has a line break, and a name has no colon.
    fn iter(&self) -> impl Iterator<Item = (Cow<'_, str>, &[u8])> {
        self.0.split(|byte| *byte == b'\n').filter_map(|line| {
            let colon = line.iter().position(|byte| *byte == b':')?;
            Some((String::from_utf8_lossy(&line[..colon]), &line[colon + 1..]))
        })
    }

    fn find(&self, wanted: &str) -> Option<Cow<'_, str>> {
        self.iter().find(|(name, _)| name == wanted).map(|(_, value)| String::from_utf8_lossy(value))
    }
}

/// One request with its answer. It owns what it has.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// A request of a client, or one of ours.
    pub kind: Kind,
    /// When it came in, by the application's clock.
    pub at: Timestamp,
    /// The same by the machine's.
    pub machine_at: Timestamp,
    /// How long the answer took.
    pub took: Duration,
    /// The operation, if the path is one of an operation.
    pub operation: Option<Operation>,
    /// Whether Mynah serves that operation.
    pub served: bool,
    /// The HTTP method.
    pub method: Method,
    /// Path and query as the client wrote them, without the application's prefix; the whole address for a
    /// request of ours.
    pub target: Box<str>,
    /// The request's headers.
    pub request_headers: Headers,
    /// The request's body, if it was short enough and no form.
    pub request_body: Option<Bytes>,
    /// Whose session it is, if it is a client's.
    pub user: Option<UserId>,
    /// The status of the answer; 0 where none has come.
    pub status: u16,
    /// The body of the answer, as far as it went out, if it was short enough.
    pub response_body: Option<Bytes>,
    /// The faults that have struck, if any have.
    pub fault: Option<Box<str>>,
    /// Why no answer has come.
    pub error: Option<Box<str>>,
}

impl Exchange {
    /// A request of a client that came in at that moment of the machine's clock, before anything else is known of it.
    pub fn begun(machine_at: Timestamp, method: &Method, target: Box<str>, headers: &HeaderMap) -> Self {
        Self {
            kind: Kind::Http,
            at: machine_at,
            machine_at,
            took: Duration::ZERO,
            operation: None,
            served: false,
            method: method.clone(),
            target,
            request_headers: Headers::from(headers),
            request_body: None,
            user: None,
            status: 0,
            response_body: None,
            fault: None,
            error: None,
        }
    }

    /// Whether the request had a body that is not kept: a form, or one that is too long.
    pub fn leaves_out_its_body(&self) -> bool {
        let headers = &self.request_headers;
        let has_some = || headers.find("content-length").is_some_and(|length| length != "0");
        self.request_body.is_none() && (has_some() || headers.find("transfer-encoding").is_some())
    }

    fn weight(&self) -> usize {
        let bytes = |body: &Option<Bytes>| body.as_ref().map_or(0, Bytes::len);
        bytes(&self.request_body) + bytes(&self.response_body)
    }

    /// The path.
    pub fn path(&self) -> &str {
        self.target.split_once('?').map_or(&self.target, |(path, _)| path)
    }

    /// The query, or nothing.
    pub fn query(&self) -> &str {
        self.target.split_once('?').map_or("", |(_, query)| query)
    }
}

/// What was said on a socket.
#[derive(Clone, Debug)]
pub enum Said {
    /// A frame with a text.
    Text(Utf8Bytes),
    /// The end: the code and the word of the close frame; none where the connection merely broke.
    Close(Option<(u16, Box<str>)>),
}

impl Said {
    fn weight(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Close(_) => 0,
        }
    }
}

/// A frame of a socket.
#[derive(Clone, Debug)]
pub struct Frame {
    /// In or out.
    pub kind: Kind,
    /// When, by the application's clock.
    pub at: Timestamp,
    /// The same by the machine's.
    pub machine_at: Timestamp,
    /// Whose connection.
    pub user: UserId,
    /// Which connection.
    pub connection: ConnectionId,
    /// What it says.
    pub said: Said,
    /// The faults that have struck it, if any have.
    pub fault: Option<Box<str>>,
}

/// Something that was noted.
#[derive(Clone, Debug)]
pub enum Entry {
    /// A request with its answer.
    Exchange(Arc<Exchange>),
    /// A frame.
    Frame(Frame),
}

impl Entry {
    /// What it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Exchange(exchange) => exchange.kind,
            Self::Frame(frame) => frame.kind,
        }
    }

    /// When it was, by the application's clock.
    pub fn at(&self) -> Timestamp {
        match self {
            Self::Exchange(exchange) => exchange.at,
            Self::Frame(frame) => frame.at,
        }
    }
}

/// The latest of one kind of entry, each with its number.
#[derive(Debug)]
struct Ring<T> {
    entries: VecDeque<(u64, T)>,
    bytes: usize,
    dropped: u64,
}

impl<T> Default for Ring<T> {
    fn default() -> Self {
        Self { entries: VecDeque::new(), bytes: 0, dropped: 0 }
    }
}

impl<T> Ring<T> {
    /// Takes an entry in; the last one that has to make room is put aside.
    fn push(
        &mut self,
        number: u64,
        entry: T,
        weight: impl Fn(&T) -> usize,
        (most, bytes): (usize, usize),
    ) -> Option<T> {
        self.bytes += weight(&entry);
        self.entries.push_back((number, entry));
        // Nearly always it is one.
        let mut oldest = None;
        while self.entries.len() > most || self.bytes > bytes {
            let Some((_, entry)) = self.entries.pop_front() else { break };
            self.bytes -= weight(&entry);
            self.dropped += 1;
            oldest = Some(entry);
        }
        oldest
    }

    fn remove(&mut self, number: u64, weight: impl Fn(&T) -> usize) -> bool {
        let Ok(at) = self.entries.binary_search_by_key(&number, |(number, _)| *number) else { return false };
        let removed = self.entries.remove(at);
        self.bytes -= removed.map_or(0, |(_, entry)| weight(&entry));
        true
    }

    /// Those with a later number than that.
    fn after(&self, number: u64) -> impl DoubleEndedIterator<Item = &(u64, T)> {
        let first = self.entries.partition_point(|(known, _)| *known <= number);
        self.entries.range(first..)
    }
}

#[derive(Debug, Default)]
struct Kept {
    exchanges: Ring<Arc<Exchange>>,
    frames: Ring<Frame>,
    last: u64,
    /// How often something was forgotten before its time.
    forgotten: u64,
    /// How often each operation was asked for, by method and path.
    asked: HashMap<(&'static str, &'static str), u64>,
    /// How often what no operation is was asked for.
    unknown: HashMap<(Method, Box<str>), u64>,
    /// How often commands of live connections were, by their codes.
    commands: HashMap<Box<str>, u64>,
}

/// What was noted of an application. It is one of its belongings.
#[derive(Debug, Default)]
pub struct Journal {
    kept: Mutex<Kept>,
    /// How many wait for something to be noted.
    waiting: AtomicUsize,
    bell: Notify,
    /// Whether it hears of it when the application gets other belongings.
    hears_of_the_end: AtomicBool,
}

/// What was asked for, of which operations are and of which not.
#[derive(Debug, Default)]
pub struct Asked {
    /// How often each operation was asked for, by method and path.
    pub operations: HashMap<(&'static str, &'static str), u64>,
    /// How often what no operation is was asked for.
    pub unknown: HashMap<(Method, Box<str>), u64>,
    /// How often commands of live connections were, by their codes.
    pub commands: HashMap<Box<str>, u64>,
}

/// Entries with their numbers, and how many there are no more.
#[derive(Debug)]
pub struct Found {
    /// The entries, oldest first.
    pub entries: Vec<(u64, Entry)>,
    /// How many older ones were dropped to make room.
    pub dropped: u64,
}

impl Journal {
    /// Notes an exchange.
    pub fn note(&self, exchange: Exchange) {
        let exchange = Arc::new(exchange);
        // What makes room is let go after the lock.
        let _oldest = {
            let mut kept = self.kept.lock();
            let kept = &mut *kept;
            if exchange.kind == Kind::Http {
                kept.count(&exchange);
            }
            kept.last += 1;
            kept.exchanges.push(kept.last, exchange, |exchange| exchange.weight(), (KEPT, KEPT_BYTES))
        };
        self.ring();
    }

    /// Notes a frame.
    pub fn note_frame(&self, frame: Frame) {
        let _oldest = {
            let mut kept = self.kept.lock();
            let kept = &mut *kept;
            if frame.kind == Kind::SocketIn {
                kept.count_frame(&frame);
            }
            kept.last += 1;
            kept.frames.push(kept.last, frame, |frame| frame.said.weight(), (KEPT_FRAMES, KEPT_FRAME_BYTES))
        };
        self.ring();
    }

    fn ring(&self) {
        if self.waiting.load(Ordering::Relaxed) > 0 {
            self.bell.notify_waiters();
        }
    }

    /// What fits a filter: the latest, so many of them; or, where the filter begins after a number, the first
    /// ones after it.
    pub fn find(&self, filter: &Filter, limit: usize) -> Found {
        let (entries, dropped) = {
            let kept = self.kept.lock();
            (kept.after(filter.after.unwrap_or(0)), kept.exchanges.dropped + kept.frames.dropped)
        };
        let mut entries: Vec<_> = entries.into_iter().filter(|(_, entry)| filter.fits(entry)).collect();
        if filter.after.is_some() {
            entries.truncate(limit);
        } else {
            entries.drain(..entries.len().saturating_sub(limit));
        }
        Found { entries, dropped }
    }

    /// Waits until so much fits a filter in the journal of the application with these belongings, or for so long; and
    /// tells what fits it then. None as soon as the application has other belongings, for nothing comes any more.
    pub async fn wait(
        belongings: &Belongings,
        filter: &Filter,
        count: usize,
        patience: Duration,
    ) -> Option<Vec<(u64, Entry)>> {
        let journal = belongings.of::<Self>();
        journal.hear_of_the_end(belongings);
        let _waiting = Waiting::new(&journal.waiting);
        let until = Instant::now() + patience;
        let (mut seen, mut forgotten) = (0, None);
        let mut found = Vec::new();
        let mut over = false;
        loop {
            let rung = journal.bell.notified();
            tokio::pin!(rung);
            // Before looking, so that nothing is missed in between.
            rung.as_mut().enable();
            if belongings.have_ended() {
                return None;
            }
            let new = {
                let kept = journal.kept.lock();
                // What was forgotten meanwhile counts no more.
                if forgotten.replace(kept.forgotten) != Some(kept.forgotten) {
                    found.clear();
                    seen = filter.after.unwrap_or(0);
                }
                kept.after(seen)
            };
            seen = new.last().map_or(seen, |(number, _)| *number);
            found.extend(new.into_iter().filter(|(_, entry)| filter.fits(entry)));
            if over || found.len() >= count {
                return Some(found);
            }
            over = tokio::time::timeout_at(until, rung).await.is_err();
        }
    }

    /// Wakes those who wait once the application has other belongings than these.
    fn hear_of_the_end(self: &Arc<Self>, belongings: &Belongings) {
        if !self.hears_of_the_end.swap(true, Ordering::Relaxed) {
            let journal = Arc::downgrade(self);
            belongings.at_the_end(move || {
                if let Some(journal) = journal.upgrade() {
                    journal.bell.notify_waiters();
                }
            });
        }
    }

    /// The entry of that number.
    pub fn view(&self, number: u64) -> Option<Entry> {
        let entries = self.kept.lock().after(number.checked_sub(1)?);
        entries.into_iter().next().filter(|(known, _)| *known == number).map(|(_, entry)| entry)
    }

    /// Forgets the entry of that number, and tells whether there was one.
    pub fn remove(&self, number: u64) -> bool {
        let mut kept = self.kept.lock();
        let there = kept.exchanges.remove(number, |exchange| exchange.weight())
            || kept.frames.remove(number, |frame| frame.said.weight());
        kept.forgotten += u64::from(there);
        there
    }

    /// Forgets everything. Numbers go on.
    pub fn clear(&self) {
        let mut kept = self.kept.lock();
        let (last, forgotten) = (kept.last, kept.forgotten + 1);
        let _old = std::mem::replace(&mut *kept, Kept { last, forgotten, ..Kept::default() });
    }

    /// What was asked for.
    pub fn asked(&self) -> Asked {
        let kept = self.kept.lock();
        let (operations, unknown, commands) = (kept.asked.clone(), kept.unknown.clone(), kept.commands.clone());
        Asked { operations, unknown, commands }
    }
}

impl Kept {
    fn count(&mut self, exchange: &Exchange) {
        // It was not looked where that leads.
        if exchange.fault.as_deref() == Some(BAD_FAULT) {
            return;
        }
        if let Some(operation) = &exchange.operation {
            *self.asked.entry((operation.method, operation.path)).or_default() += 1;
            return;
        }
        let path = exchange.path();
        let path = path.get(..LONGEST_PATH).unwrap_or(path);
        let key = (exchange.method.clone(), Box::from(path));
        if self.unknown.len() < UNKNOWN_ROUTES || self.unknown.contains_key(&key) {
            *self.unknown.entry(key).or_default() += 1;
        }
    }

    fn count_frame(&mut self, frame: &Frame) {
        let Said::Text(text) = &frame.said else { return };
        let code = text.get(..4).filter(|code| code.bytes().all(|byte| byte.is_ascii_uppercase()));
        let Some(code) = code else { return };
        if let Some(count) = self.commands.get_mut(code) {
            *count += 1;
        } else if self.commands.len() < UNKNOWN_ROUTES {
            self.commands.insert(code.into(), 1);
        }
    }

    /// All entries with a later number than that, in the order of their numbers.
    fn after(&self, number: u64) -> Vec<(u64, Entry)> {
        let exchanges = self.exchanges.after(number);
        let exchanges = exchanges.map(|(number, exchange)| (*number, Entry::Exchange(Arc::clone(exchange))));
        let frames = self.frames.after(number).map(|(number, frame)| (*number, Entry::Frame(frame.clone())));
        let mut entries: Vec<_> = exchanges.chain(frames).collect();
        entries.sort_unstable_by_key(|(number, _)| *number);
        entries
    }
}

/// Counts one that waits, until it does not.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
