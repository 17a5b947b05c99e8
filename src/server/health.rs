//! The health check that needs neither shell nor curl.

use std::{net::SocketAddr, time::Duration};

use anyhow::{Context, bail};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{Instant, sleep, timeout},
};

use super::config::HealthConfig;

/// How long one question may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// Asks a server whether it answers, until it does or the time is over.
///
/// # Errors
/// It does not.
pub async fn health(config: &HealthConfig) -> anyhow::Result<()> {
    let address = *config.listen.first().context("no address to ask")?;
    let until = Instant::now() + config.wait.unwrap_or_default();
    loop {
        match timeout(PATIENCE, ask(address)).await {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(error)) if Instant::now() >= until => return Err(error),
            Err(_) if Instant::now() >= until => bail!("{address} does not answer in time"),
            _ => sleep(Duration::from_millis(50)).await,
        }
    }
}

async fn ask(mut address: SocketAddr) -> anyhow::Result<()> {
    // A server that listens everywhere is asked on its own machine.
    if address.ip().is_unspecified() {
        address.set_ip(if address.is_ipv4() {
            [127, 0, 0, 1].into()
        } else {
            std::net::Ipv6Addr::LOCALHOST.into()
        });
    }
    let mut connection =
        TcpStream::connect(address).await.with_context(|| format!("nobody answers on {address}"))?;
    let question = format!("GET /_mynah/health HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    connection.write_all(question.as_bytes()).await?;
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await?;
    if !answer.starts_with("HTTP/1.1 200") {
        bail!("{address} answers: {}", answer.lines().next().unwrap_or("nothing"));
    }
    Ok(())
}
