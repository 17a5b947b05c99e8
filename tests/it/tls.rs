//! TLS, for SDKs that insist on it: the same server, another listener.

use std::sync::Arc;

use futures_util::StreamExt;
use mynah::server::config::Config;
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{
        ClientConfig, RootCertStore, crypto,
        pki_types::{CertificateDer, ServerName, pem::PemObject},
    },
};

use crate::support::Mynah;

fn with_tls() -> Config {
    Config { tls_listen: vec!["127.0.0.1:0".parse().expect("an address")], ..Config::default() }
}

/// A connection of a client that trusts this authority alone.
async fn connect(mynah: &Mynah, authority: &str, name: &'static str) -> std::io::Result<TlsStream<TcpStream>> {
    let mut trusted = RootCertStore::empty();
    let certificate = CertificateDer::from_pem_slice(authority.as_bytes()).expect("a certificate");
    trusted.add(certificate).expect("it can be trusted");
    let config = ClientConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("protocols")
        .with_root_certificates(trusted)
        .with_no_client_auth();
    let stream = TcpStream::connect(mynah.server().tls_addresses()[0]).await?;
    TlsConnector::from(Arc::new(config)).connect(ServerName::try_from(name).expect("a name"), stream).await
}

async fn ask(mut stream: TlsStream<TcpStream>, request: &str) -> (String, Value) {
    stream.write_all(request.as_bytes()).await.expect("it is sent");
    let mut answer = String::new();
    // A server need not say that it closes.
    let _ = stream.read_to_string(&mut answer).await;
    let (head, body) = answer.split_once("\r\n\r\n").expect("an answer");
    (head.to_owned(), serde_json::from_str(body).expect("JSON"))
}

#[tokio::test]
async fn a_client_that_trusts_our_authority_speaks_with_us() {
    let mynah = Mynah::start_with(with_tls()).await;
    let authority = mynah.server().authority().expect("our own authority");
    for name in ["localhost", "127.0.0.1"] {
        let stream = connect(&mynah, &authority, name).await.expect("the certificate has that name");
        let request = format!("GET /_mynah/health HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n");
        let (head, _) = ask(stream, &request).await;
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    }
    assert!(connect(&mynah, &authority, "elsewhere.test").await.is_err());
    let other = Mynah::start_with(with_tls()).await;
    let stranger = other.server().authority().expect("an authority of its own");
    assert!(connect(&mynah, &stranger, "localhost").await.is_err());
}

#[tokio::test]
async fn a_connection_is_reset_and_an_answer_cut_off_over_tls_as_without() {
    let mynah = Mynah::start_with(with_tls()).await;
    let authority = mynah.server().authority().expect("our own authority");
    for (fault, begins) in [(r#"{"reset":true}"#, ""), (r#"{"truncate":20}"#, "HTTP/1.1 200")] {
        let mut stream = connect(&mynah, &authority, "localhost").await.expect("the certificate has that name");
        let request = format!(
            "GET /v3/users HTTP/1.1\r\nHost: localhost\r\nApi-Token: any\r\nX-Mynah-Fault: {fault}\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await.expect("it is sent");
        let mut answer = Vec::new();
        let end = stream.read_to_end(&mut answer).await;
        let answer = String::from_utf8(answer).expect("text");
        assert!(answer.starts_with(begins) && answer.is_empty() == begins.is_empty(), "{fault}: {answer}");
        // Neither is the goodbye of TLS, so no client takes it for the end of an answer.
        assert!(end.is_err(), "{fault}: {answer}");
    }
    let stream = connect(&mynah, &authority, "localhost").await.expect("the server goes on");
    let (head, _) =
        ask(stream, "GET /_mynah/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await;
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
}

#[tokio::test]
async fn addresses_that_we_hand_out_are_as_the_client_has_come() {
    let mynah = Mynah::start_with(with_tls()).await;
    let authority = mynah.server().authority().expect("our own authority");
    let stream = connect(&mynah, &authority, "localhost").await.expect("a connection");
    let body = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\nhello\r\n--b--\r\n";
    let request = format!(
        "POST /v3/storage/file HTTP/1.1\r\nHost: localhost:8443\r\nApi-Token: any\r\nConnection: close\r\n\
         Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let (head, answer) = ask(stream, &request).await;
    assert!(head.starts_with("HTTP/1.1 200"), "{head} {answer}");
    let url = answer["url"].as_str().expect("an address");
    assert!(url.starts_with("https://localhost:8443/_mynah/files/"), "{url}");
}

#[tokio::test]
async fn the_socket_is_there_too() {
    let mynah = Mynah::start_with(with_tls()).await;
    let authority = mynah.server().authority().expect("our own authority");
    let stream = connect(&mynah, &authority, "localhost").await.expect("a connection");
    let url = "wss://localhost/?p=JS&user_id=ada";
    let (mut socket, _) = tokio_tungstenite::client_async(url, stream).await.expect("a socket");
    let first = socket.next().await.expect("a frame").expect("a whole one");
    assert!(first.to_text().expect("a text").starts_with("LOGI{"), "{first}");
}

#[tokio::test]
async fn an_authority_that_is_trusted_once_stays_for_its_data_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = || Config { ephemeral: false, data: folder.path().to_owned(), ..with_tls() };
    let first = Mynah::start_with(config()).await;
    let path = first.server().authority().expect("an authority");
    let trusted = std::fs::read_to_string(&path).expect("its certificate");
    first.stop().await;
    let second = Mynah::start_with(config()).await;
    connect(&second, &trusted, "localhost").await.expect("it is trusted still");
    second.stop().await;
}

#[tokio::test]
async fn who_begins_a_handshake_and_waits_holds_nobody_up() {
    let mynah = Mynah::start_with(with_tls()).await;
    let authority = mynah.server().authority().expect("our own authority");
    let mut idle = Vec::new();
    for _ in 0..100 {
        idle.push(TcpStream::connect(mynah.server().tls_addresses()[0]).await.expect("a connection"));
    }
    connect(&mynah, &authority, "localhost").await.expect("there is room for those who speak");
}
