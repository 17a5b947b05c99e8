//! A receiver of webhooks on a free port, which answers what it is told to answer.

use std::{
    collections::{BTreeMap, VecDeque},
    net::SocketAddr,
    sync::Arc,
    time::Duration,
};

use parking_lot::Mutex;
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader},
    net::TcpListener,
    sync::mpsc,
    task::JoinSet,
};
use tokio_rustls::TlsAcceptor;

/// How long a call may be on its way.
const PATIENCE: Duration = Duration::from_secs(20);

/// What a receiver does with a call.
#[derive(Clone, Debug)]
pub enum Reply {
    /// It answers with that status.
    Status(u16),
    /// It sends elsewhere.
    Redirect(String),
    /// It reads, and never answers.
    Silence,
    /// It reads, and hangs up.
    HangUp,
    /// It answers, and hangs up without having said so.
    LastWord,
}

/// One call, as it came.
#[derive(Clone, Debug)]
pub struct Received {
    pub request: String,
    pub headers: BTreeMap<String, String>,
    pub text: String,
    pub body: Value,
}

pub struct Receiver {
    address: SocketAddr,
    calls: mpsc::UnboundedReceiver<Received>,
    replies: Arc<Mutex<VecDeque<Reply>>>,
    _tasks: JoinSet<()>,
}

impl Receiver {
    /// One that takes everything, unless it is told otherwise.
    pub async fn start() -> Self {
        Self::serve(None).await
    }

    /// One that speaks TLS.
    pub async fn with_tls(acceptor: TlsAcceptor) -> Self {
        Self::serve(Some(acceptor)).await
    }

    async fn serve(tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (sender, calls) = mpsc::unbounded_channel();
        let replies = Arc::<Mutex<VecDeque<Reply>>>::default();
        let mut tasks = JoinSet::new();
        let told = Arc::clone(&replies);
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let (sender, told, tls) = (sender.clone(), Arc::clone(&told), tls.clone());
                connections.spawn(async move {
                    match tls {
                        None => answer(stream, sender, told).await,
                        Some(tls) => match tls.accept(stream).await {
                            Ok(stream) => answer(stream, sender, told).await,
                            Err(_) => None,
                        },
                    }
                });
            }
        });
        Self { address, calls, replies, _tasks: tasks }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// What it does with the next calls, one after the other.
    pub fn replies(&self, replies: impl IntoIterator<Item = Reply>) {
        self.replies.lock().extend(replies);
    }

    /// The next call.
    pub async fn next(&mut self) -> Received {
        tokio::time::timeout(PATIENCE, self.calls.recv()).await.expect("a call comes in time").expect("it listens")
    }

    /// Makes sure that nobody has called.
    pub fn is_quiet(&mut self) {
        if let Ok(call) = self.calls.try_recv() {
            panic!("nobody was to call: {call:?}");
        }
    }
}

/// Reads calls of one connection and answers them.
async fn answer(
    stream: impl AsyncRead + AsyncWrite,
    sender: mpsc::UnboundedSender<Received>,
    replies: Arc<Mutex<VecDeque<Reply>>>,
) -> Option<()> {
    let mut stream = Box::pin(BufReader::new(stream));
    loop {
        let mut request = String::new();
        if stream.read_line(&mut request).await.ok()? == 0 {
            return None;
        }
        let mut headers = BTreeMap::new();
        loop {
            let mut line = String::new();
            stream.read_line(&mut line).await.ok()?;
            let Some((name, value)) = line.trim_end().split_once(':') else { break };
            headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
        }
        let length = headers.get("content-length").map_or(0, |length| length.parse().expect("a length"));
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await.ok()?;
        let text = String::from_utf8(body).expect("a body is UTF-8");
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        let reply = replies.lock().pop_front().unwrap_or(Reply::Status(200));
        let request = request.trim_end().to_owned();
        let is_last = matches!(reply, Reply::LastWord);
        let _ = sender.send(Received { request, headers, text, body });
        let answer = match reply {
            Reply::Status(status) => format!("HTTP/1.1 {status} Told\r\nContent-Length: 4\r\n\r\nseen"),
            Reply::Redirect(to) => {
                format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n")
            }
            Reply::Silence => std::future::pending().await,
            Reply::HangUp => return None,
            Reply::LastWord => "HTTP/1.1 200 Told\r\nContent-Length: 0\r\n\r\n".to_owned(),
        };
        stream.write_all(answer.as_bytes()).await.ok()?;
        stream.flush().await.ok()?;
        if is_last {
            return None;
        }
    }
}
