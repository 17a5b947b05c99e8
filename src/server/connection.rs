//! The connections that clients make: plain TCP, which can be made to end as a fault wants it.

use std::{
    convert::Infallible,
    future::{Ready, ready},
    io::{self, IoSlice},
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll},
};

use axum::serve::{IncomingStream, Listener};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::server::TlsStream;
use tower::Service;

use super::front::Front;
use crate::web::ending::Ending;

/// The connection of a client.
pub(super) struct Connection {
    stream: TcpStream,
    ending: Ending,
}

impl Connection {
    /// Takes over what a listener has accepted.
    pub(super) fn new(stream: TcpStream) -> Self {
        // Small answers must not wait for more to come.
        let _ = stream.set_nodelay(true);
        Self { stream, ending: Ending::default() }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if self.ending.is_reset() {
            let _ = self.stream.set_zero_linger();
        }
    }
}

impl AsyncRead for Connection {
    #[inline]
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
    #[inline]
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    #[inline]
    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, bytes)
    }

    #[inline]
    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    #[inline]
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(context);
        if flushed.is_ready() {
            self.ending.note_flush();
        }
        flushed
    }

    #[inline]
    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// A listener on which clients speak without TLS.
pub(super) struct PlainListener(pub(super) TcpListener);

impl Listener for PlainListener {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        let (stream, from) = Listener::accept(&mut self.0).await;
        (Connection::new(stream), from)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

/// What lies below what a listener gives.
pub(super) trait Below {
    /// How the connection is to end.
    fn ending(&self) -> &Ending;
}

impl Below for Connection {
    fn ending(&self) -> &Ending {
        &self.ending
    }
}

impl Below for TlsStream<Connection> {
    fn ending(&self) -> &Ending {
        self.get_ref().0.ending()
    }
}

/// Makes the service of each connection.
pub(super) struct Reception(pub(super) Front);

impl<L: Listener<Io: Below>> Service<IncomingStream<'_, L>> for Reception {
    type Response = Front;
    type Error = Infallible;
    type Future = Ready<Result<Front, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, stream: IncomingStream<'_, L>) -> Self::Future {
        ready(Ok(self.0.clone().on(stream.io().ending().clone())))
    }
}
