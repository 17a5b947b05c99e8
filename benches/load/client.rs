//! A raw HTTP/1.1 keep-alive connection that does just enough to keep the load generator's own CPU low.

use std::net::SocketAddr;
use std::ops::Range;
use std::str;

use anyhow::{Context as _, anyhow, bail, ensure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Holds a page of thirty messages without growing.
const BUFFER_BYTES: usize = 64 * 1024;

/// One connection with at most one request under way.
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
    filled: usize,
    body: Range<usize>,
}

enum Framing {
    Length(usize),
    Chunked,
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await.with_context(|| format!("connecting to {address}"))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: vec![0; BUFFER_BYTES], filled: 0, body: 0..0 })
    }

    /// Sends a whole request, reads the whole answer and returns its status.
    pub(crate) async fn exchange(&mut self, request: &[u8]) -> anyhow::Result<u16> {
        self.stream.write_all(request).await?;
        self.filled = 0;
        let head = self.read_head().await?;
        let (status, framing) = parse_head(&self.buffer[..head])?;
        match framing {
            Framing::Length(length) => {
                self.fill_to(head + length).await?;
                self.body = head..head + length;
            }
            Framing::Chunked => self.read_chunks(head).await?,
        }
        Ok(status)
    }

    /// The body of the last answer.
    pub(crate) fn body(&self) -> &[u8] {
        &self.buffer[self.body.clone()]
    }

    /// Returns where the head ends, after its empty line.
    async fn read_head(&mut self) -> anyhow::Result<usize> {
        let mut searched = 0;
        loop {
            self.fill().await?;
            if let Some(at) = find(&self.buffer[searched..self.filled], b"\r\n\r\n") {
                return Ok(searched + at + 4);
            }
            searched = self.filled.saturating_sub(3);
        }
    }

    /// Decodes the chunks in place, so that the body is contiguous from `start` on.
    async fn read_chunks(&mut self, start: usize) -> anyhow::Result<()> {
        let mut next = start;
        let mut decoded = start;
        loop {
            let line = self.read_line(next).await?;
            let size = parse_chunk_size(&self.buffer[next..line])?;
            next = line + 2;
            if size == 0 {
                break;
            }
            self.fill_to(next + size + 2).await?;
            self.buffer.copy_within(next..next + size, decoded);
            decoded += size;
            next += size + 2;
        }
        self.body = start..decoded;
        loop {
            let line = self.read_line(next).await?;
            let last = line == next;
            next = line + 2;
            if last {
                return Ok(());
            }
        }
    }

    /// Returns where the line that begins at `start` ends, before its CRLF.
    async fn read_line(&mut self, start: usize) -> anyhow::Result<usize> {
        loop {
            if let Some(at) = find(&self.buffer[start..self.filled], b"\r\n") {
                return Ok(start + at);
            }
            self.fill().await?;
        }
    }

    async fn fill_to(&mut self, end: usize) -> anyhow::Result<()> {
        if self.buffer.len() < end {
            self.buffer.resize(end, 0);
        }
        while self.filled < end {
            self.fill().await?;
        }
        Ok(())
    }

    async fn fill(&mut self) -> anyhow::Result<()> {
        if self.filled == self.buffer.len() {
            self.buffer.resize(self.filled * 2, 0);
        }
        let read = self.stream.read(&mut self.buffer[self.filled..]).await.context("reading an answer")?;
        ensure!(read > 0, "the server closed the connection before its answer ended");
        self.filled += read;
        Ok(())
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

fn parse_head(head: &[u8]) -> anyhow::Result<(u16, Framing)> {
    let head = str::from_utf8(head).context("the head of the answer is not text")?;
    let mut lines = head.split("\r\n");
    let status = lines
        .next()
        .and_then(|line| line.strip_prefix("HTTP/1.1 "))
        .and_then(|line| line.get(..3))
        .and_then(|code| code.parse().ok())
        .ok_or_else(|| anyhow!("not an HTTP/1.1 answer: {head:?}"))?;
    let mut framing = None;
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        let value = value.trim();
        if name.eq_ignore_ascii_case("content-length") {
            framing = Some(Framing::Length(value.parse().context("Content-Length")?));
        } else if name.eq_ignore_ascii_case("transfer-encoding") {
            ensure!(value.eq_ignore_ascii_case("chunked"), "unknown transfer encoding {value}");
            framing = Some(Framing::Chunked);
        }
    }
    match framing {
        Some(framing) => Ok((status, framing)),
        None if status == 204 => Ok((status, Framing::Length(0))),
        None => bail!("an answer of unknown length: {head:?}"),
    }
}

fn parse_chunk_size(line: &[u8]) -> anyhow::Result<usize> {
    let line = str::from_utf8(line).context("a chunk size is not text")?;
    let digits = line.split(';').next().unwrap_or(line).trim();
    usize::from_str_radix(digits, 16).with_context(|| format!("the chunk size {digits:?}"))
}
