//! The measured servers as child processes: started, looked at from outside and stopped.

use std::env;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read as _, Seek as _, SeekFrom};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow, bail, ensure};

use crate::client::Connection;
use crate::drive::block_on;
use crate::interrupt;

/// Makes this executable be the bare server.
pub(crate) const BARE_ARGUMENT: &str = "--bare";
const START_LIMIT: Duration = Duration::from_mins(2);
/// Long enough for a big store to be written out.
const STOP_LIMIT: Duration = Duration::from_mins(1);
const LOG_TAIL_BYTES: i64 = 2_000;

/// A seed that lets everybody into every channel.
const ROOM: &str = r#"{"capacity": {"members": 1000000, "joined_channels": 1000000}}"#;

fn mynah(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mynah"));
    command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(data).stdin(Stdio::null());
    command
}

/// A running server, stopped when dropped.
pub(crate) struct Server {
    child: Child,
    log: File,
    started: Instant,
    pub(crate) address: SocketAddr,
}

impl Server {
    pub(crate) fn bare() -> anyhow::Result<Self> {
        let mut command = Command::new(env::current_exe()?);
        command.arg(BARE_ARGUMENT).stdin(Stdio::piped());
        Self::spawn(command).context("starting the bare server")
    }

    pub(crate) fn mynah(data: &Path) -> anyhow::Result<Self> {
        Self::spawn(mynah(data)).context("starting Mynah")
    }

    /// A server that takes more members and channels than the service does.
    pub(crate) fn roomy_mynah(data: &Path) -> anyhow::Result<Self> {
        let seed = data.join("roomy.json");
        fs::write(&seed, ROOM)?;
        let mut command = mynah(data);
        command.arg("--seed").arg(seed);
        Self::spawn(command).context("starting a roomy Mynah")
    }

    fn spawn(mut command: Command) -> anyhow::Result<Self> {
        // A file, since a pipe would have to be drained at the load generator's expense.
        let log = tempfile::tempfile()?;
        command.stdout(Stdio::piped()).stderr(log.try_clone()?);
        let started = Instant::now();
        let mut child = command.spawn()?;
        let stdout = child.stdout.take().expect("stdout is piped");
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || {
            // Reads on to the end after the address, lest the server block on a full pipe.
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if let Some(address) = address_in(&line) {
                    let _ = sender.send(address);
                }
            }
        });
        let mut server = Self { child, log, started, address: SocketAddr::from(([127, 0, 0, 1], 0)) };
        match receiver.recv_timeout(START_LIMIT) {
            Ok(address) => server.address = address,
            Err(_) => bail!("no address on stdout; {}", server.log_tail()),
        }
        Ok(server)
    }

    /// How long after the process was started it first answered the request with 200 and an accepted body.
    pub(crate) fn first_answer(
        &self,
        request: &[u8],
        accepted: impl Fn(&[u8]) -> bool,
    ) -> anyhow::Result<Duration> {
        block_on(async {
            let mut last;
            loop {
                let attempt = tokio::time::timeout(START_LIMIT, once(self.address, request));
                match attempt.await.context("no answer in time").flatten() {
                    Ok((200, body)) if accepted(&body) => return Ok(self.started.elapsed()),
                    Ok((status, body)) => {
                        last = anyhow!("answered {status}: {}", String::from_utf8_lossy(&body));
                    }
                    Err(error) => last = error,
                }
                interrupt::check()?;
                if self.started.elapsed() > START_LIMIT {
                    return Err(last.context(format!("no first answer; {}", self.log_tail())));
                }
                // Tight, yet without taking a core from the server that is starting.
                tokio::time::sleep(Duration::from_micros(200)).await;
            }
        })?
    }

    /// Resident memory in bytes, where the system tells.
    pub(crate) fn resident(&self) -> Option<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        kibibytes(&status, "VmRSS:")
    }

    /// Resident memory once it has stopped moving by more than one part in a hundred a second.
    pub(crate) fn settled_resident(&self) -> Option<u64> {
        let mut resident = self.resident()?;
        for _ in 0..20 {
            thread::sleep(Duration::from_secs(1));
            if interrupt::check().is_err() {
                break;
            }
            let before = resident;
            resident = self.resident()?;
            if before.abs_diff(resident) * 100 <= before {
                break;
            }
        }
        Some(resident)
    }

    /// Asks the server to end, and returns how long that took.
    pub(crate) fn stop(mut self) -> anyhow::Result<Duration> {
        let asked = Instant::now();
        let ended = self.end()?;
        ensure!(ended, "the server did not end {STOP_LIMIT:?} after SIGTERM; {}", self.log_tail());
        Ok(asked.elapsed())
    }

    /// Whether the server ended when asked; if not, it was killed.
    fn end(&mut self) -> anyhow::Result<bool> {
        if self.child.try_wait()?.is_some() {
            return Ok(true);
        }
        // The standard library can only kill, so the shell's own `kill` sends the signal.
        let asked = cfg!(unix)
            && Command::new("sh")
                .args(["-c", r#"kill -TERM "$0""#, &self.child.id().to_string()])
                .status()
                .is_ok_and(|status| status.success());
        let deadline = Instant::now() + STOP_LIMIT;
        while asked && Instant::now() < deadline {
            if self.child.try_wait()?.is_some() {
                return Ok(true);
            }
            thread::sleep(Duration::from_millis(2));
        }
        self.child.kill()?;
        self.child.wait()?;
        Ok(!asked)
    }

    /// The end of what the server wrote on stderr, for error messages.
    pub(crate) fn log_tail(&self) -> String {
        let mut log = &self.log;
        let mut tail = Vec::new();
        // A log shorter than the tail is read from its beginning.
        let read = log
            .seek(SeekFrom::End(-LOG_TAIL_BYTES))
            .or_else(|_| log.rewind().map(|()| 0))
            .and_then(|_| log.read_to_end(&mut tail));
        match read {
            Ok(0) | Err(_) => "the server wrote nothing on stderr".to_owned(),
            Ok(_) => format!("the server last wrote on stderr:\n{}", String::from_utf8_lossy(&tail)),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.end();
    }
}

async fn once(address: SocketAddr, request: &[u8]) -> anyhow::Result<(u16, Vec<u8>)> {
    let mut connection = Connection::open(address).await?;
    let status = connection.exchange(request).await?;
    Ok((status, connection.body().to_vec()))
}

/// The loopback address of the first URL in a line.
fn address_in(line: &str) -> Option<SocketAddr> {
    let (_, rest) = line.split_once("http://127.0.0.1:")?;
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let port = rest[..end].parse().ok()?;
    Some(SocketAddr::from(([127, 0, 0, 1], port)))
}

/// The bytes a line such as `VmRSS:  1234 kB` of a file in `/proc` stands for.
fn kibibytes(text: &str, field: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(field))?;
    let count: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(count * 1_024)
}

/// The machine's memory in bytes, where the system tells.
pub(crate) fn machine_memory() -> Option<u64> {
    kibibytes(&fs::read_to_string("/proc/meminfo").ok()?, "MemTotal:")
}

/// Bytes of all files in a folder and below it.
pub(crate) fn folder_size(folder: &Path) -> anyhow::Result<u64> {
    let mut size = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        size += if metadata.is_dir() { folder_size(&entry.path())? } else { metadata.len() };
    }
    Ok(size)
}
