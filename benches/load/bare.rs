//! The server Mynah is compared with: axum alone, one static answer of 600 bytes to anything; and what is said to it,
//! to everybody who listens on a socket.

use std::io::{self, Read as _, Write as _};
use std::process;
use std::thread;

use axum::Router;
use axum::body::Bytes;
use axum::extract::ws::{Message, Utf8Bytes, WebSocketUpgrade};
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum::serve::ListenerExt as _;
use tokio::net::TcpListener;

const ANSWER_BYTES: usize = 600;

/// Serves on a free loopback port, printed on stdout, until stdin closes.
pub(crate) fn serve() -> anyhow::Result<()> {
    // The parent holds the other end of stdin, so this process ends even when the parent is killed.
    thread::spawn(|| {
        let _ = io::stdin().read_to_end(&mut Vec::new());
        process::exit(0);
    });
    let answer = Bytes::from(format!(r#"{{"text":"{}"}}"#, "x".repeat(ANSWER_BYTES - 11)));
    debug_assert_eq!(answer.len(), ANSWER_BYTES);
    // The body is an argument so that axum reads it whole before answering, as Mynah has to.
    let (feed, _) = tokio::sync::broadcast::channel::<Utf8Bytes>(1024);
    let said = feed.clone();
    let say = async move |body: Bytes| {
        let frame = format!("MESG{}", String::from_utf8_lossy(&body));
        let _ = said.send(frame.into());
        [(CONTENT_TYPE, "application/json")]
    };
    let listen = async move |upgrade: WebSocketUpgrade| {
        let mut feed = feed.subscribe();
        upgrade.on_upgrade(async move |mut socket| {
            let _ = socket.send(Message::Text(Utf8Bytes::from_static("LOGI{}"))).await;
            while let Ok(frame) = feed.recv().await {
                if socket.send(Message::Text(frame)).await.is_err() {
                    return;
                }
            }
        })
    };
    let handler = async move |_body: Bytes| ([(CONTENT_TYPE, "application/json")], answer.clone()).into_response();
    // The same default runtime as Mynah: a worker thread for each core.
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        writeln!(io::stdout(), "http://{}", listener.local_addr()?)?;
        let listener = listener.tap_io(|stream| {
            let _ = stream.set_nodelay(true);
        });
        axum::serve(listener, Router::new().route("/", get(listen)).route("/say", post(say)).fallback(handler))
            .await?;
        Ok(())
    })
}
