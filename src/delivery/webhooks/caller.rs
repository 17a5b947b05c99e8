//! One HTTP call: the name is resolved once, every address that must not be called is left out, and one of the others
//! is connected to. Redirects are not followed.

use std::{
    io,
    net::SocketAddr,
    path::Path,
    sync::{Arc, OnceLock},
};

use axum::http::{HeaderName, HeaderValue, Request, StatusCode, header};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use tokio_rustls::{
    TlsConnector,
    rustls::{
        ClientConfig, RootCertStore, crypto,
        pki_types::{CertificateDer, ServerName, pem::PemObject},
    },
};

use super::address::{Target, is_denied};

/// How much of an answer's body is kept.
const KEPT_BODY: usize = 4 << 10;

/// How much of an answer's body is read; a connection with more is not used again.
const READ_BODY: usize = 64 << 10;

/// Makes calls.
pub struct Caller {
    /// Authorities that are trusted beside those of the machine.
    authorities: Vec<CertificateDer<'static>>,
    tls: OnceLock<Arc<ClientConfig>>,
}

/// What a receiver answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: Vec<(Box<str>, Box<str>)>,
    /// The beginning of the body.
    pub body: Box<str>,
}

/// An open connection to a receiver.
pub struct Line {
    sender: SendRequest<Full<Bytes>>,
    /// The address that was connected to.
    pub address: SocketAddr,
    target: Target,
}

impl Line {
    /// Whether the other side has not hung up. What it has done shows once the connection had its turn.
    async fn is_open(&mut self) -> bool {
        tokio::task::yield_now().await;
        !self.sender.is_closed() && self.sender.ready().await.is_ok()
    }
}

impl Caller {
    /// One that also trusts the authorities of a PEM file.
    ///
    /// # Errors
    /// The file cannot be read, or has no certificate.
    pub fn new(authorities: Option<&Path>) -> Result<Self, String> {
        let read = |path: &Path| {
            let wrong = |why: &dyn std::fmt::Display| format!("{}: {why}", path.display());
            let text = std::fs::read(path).map_err(|error| wrong(&error))?;
            let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
            let read = read.map_err(|error| wrong(&error))?;
            if read.is_empty() { Err(wrong(&"there is no certificate in it")) } else { Ok(read) }
        };
        let authorities = authorities.map(read).transpose()?.unwrap_or_default();
        Ok(Self { authorities, tls: OnceLock::new() })
    }

    /// Posts a body to a target: by the line that is open, if it leads there, else by a new one, which stays open.
    ///
    /// # Errors
    /// Why there is no answer.
    pub async fn post(
        &self,
        line: &mut Option<Line>,
        target: &Target,
        headers: &[(&'static str, String)],
        body: Bytes,
    ) -> Result<Answer, String> {
        let mut request = request(target, headers, body.clone())?;
        if let Some(mut open) = line.take().filter(|open| open.target == *target)
            && open.is_open().await
        {
            match open.sender.try_send_request(request).await {
                Ok(response) => return read(response, open, line).await,
                // The other side had hung up: nothing was sent, or nobody has read it.
                Err(mut error) => {
                    request = match error.take_message() {
                        Some(unsent) => unsent,
                        None if was_reset(error.error()) => self::request(target, headers, body)?,
                        None => return Err(reason(error.error())),
                    };
                }
            }
        }
        let mut open = Box::pin(self.connect(target)).await?;
        let response = open.sender.send_request(request).await.map_err(|error| reason(&error))?;
        read(response, open, line).await
    }

    async fn connect(&self, target: &Target) -> Result<Line, String> {
        // An address is found without asking anybody.
        let found = tokio::net::lookup_host((target.host.as_str(), target.port)).await;
        let found = found.map_err(|error| format!("{} is not found: {error}", target.host))?;
        let found: Vec<_> = found.collect();
        let may: Vec<_> = found.iter().copied().filter(|address| !is_denied(address.ip())).collect();
        if may.is_empty() {
            let found = found.iter().map(|address| address.ip().to_string()).collect::<Vec<_>>().join(", ");
            return Err(format!("the address of {} is never called: {found}", target.host));
        }
        let mut failed = String::new();
        for address in may {
            match TcpStream::connect(address).await {
                Ok(stream) => {
                    // Small calls must not wait for more to come.
                    let _ = stream.set_nodelay(true);
                    return if target.secure {
                        let tls = TlsConnector::from(self.tls()?);
                        let name = ServerName::try_from(target.host.clone()).map_err(|error| error.to_string())?;
                        let stream = tls.connect(name, stream).await;
                        open(stream.map_err(|error| format!("no TLS: {error}"))?, address, target).await
                    } else {
                        open(stream, address, target).await
                    };
                }
                Err(error) => failed = format!("{address}: {error}"),
            }
        }
        Err(failed)
    }

    /// What TLS goes by: the authorities of the machine are read when they are first needed.
    fn tls(&self) -> Result<Arc<ClientConfig>, String> {
        if let Some(known) = self.tls.get() {
            return Ok(Arc::clone(known));
        }
        let mut trusted = RootCertStore::empty();
        let machine = rustls_native_certs::load_native_certs().certs;
        trusted.add_parsable_certificates(machine.into_iter().chain(self.authorities.iter().cloned()));
        let config = ClientConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .with_root_certificates(trusted)
            .with_no_client_auth();
        Ok(Arc::clone(self.tls.get_or_init(|| Arc::new(config))))
    }
}

async fn open<S>(stream: S, address: SocketAddr, target: &Target) -> Result<Line, String>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(|error| reason(&error))?;
    // It ends with the line.
    tokio::spawn(connection);
    Ok(Line { sender, address, target: target.clone() })
}

fn request(
    target: &Target,
    headers: &[(&'static str, String)],
    body: Bytes,
) -> Result<Request<Full<Bytes>>, String> {
    let mut request = Request::post(&*target.path).body(Full::new(body)).map_err(|error| error.to_string())?;
    let wrong = |_| "a header has a character that is not allowed".to_owned();
    let host = HeaderValue::from_str(&target.authority).map_err(wrong)?;
    request.headers_mut().insert(header::HOST, host);
    for (name, value) in headers {
        let value = HeaderValue::from_str(value).map_err(wrong)?;
        request.headers_mut().insert(HeaderName::from_static(name), value);
    }
    Ok(request)
}

/// Reads an answer, and keeps the line where it can be used again.
async fn read(
    response: axum::http::Response<hyper::body::Incoming>,
    open: Line,
    line: &mut Option<Line>,
) -> Result<Answer, String> {
    let (parts, mut body) = response.into_parts();
    let mut kept: Vec<u8> = Vec::new();
    let mut length = 0;
    let mut whole = true;
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|error| reason(&error))?.into_data() else { continue };
        length += data.len();
        kept.extend_from_slice(&data[..data.len().min(KEPT_BODY - kept.len())]);
        if length > READ_BODY {
            whole = false;
            break;
        }
    }
    if whole {
        *line = Some(open);
    }
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned().into_boxed_str();
    let headers = parts.headers.iter().take(64).map(|(name, value)| (name.as_str().into(), text(value))).collect();
    Ok(Answer { status: parts.status, headers, body: String::from_utf8_lossy(&kept).into() })
}

/// Whether a line was closed before anybody has read what was sent on it.
fn was_reset(error: &hyper::Error) -> bool {
    let io = std::error::Error::source(error).and_then(|source| source.downcast_ref::<io::Error>());
    io.is_some_and(|io| matches!(io.kind(), io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe))
}

/// What has gone wrong, with what lies behind it.
fn reason(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}
