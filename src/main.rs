//! The binary: reads the command line, starts the server, waits for the signal to stop.

use std::{net::SocketAddr, process::ExitCode};

use clap::Parser;
use mynah::{
    Server,
    server::{
        config::{Cli, Command, Config},
        health,
    },
};
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error.into()),
    };
    let outcome = runtime.block_on(async {
        match cli.command {
            None => serve(&cli.serve).await,
            Some(Command::Serve(config)) => serve(&config).await,
            Some(Command::Health(config)) => health(&config).await,
        }
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

/// One line that says what is wrong.
#[expect(clippy::print_stderr, reason = "this is the program's own word to its user")]
fn fail(error: &anyhow::Error) -> ExitCode {
    eprintln!("mynah: {error:#}");
    ExitCode::FAILURE
}

async fn serve(config: &Config) -> anyhow::Result<()> {
    log(config)?;
    let server = Server::start(config).await?;
    greet(config, server.addresses());
    stop_signal().await?;
    tracing::info!("stopping");
    server.stop().await
}

fn log(config: &Config) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&config.log).map_err(|error| anyhow::anyhow!("--log: {error}"))?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if config.log_json {
        log.json().init();
    } else {
        log.init();
    }
    Ok(())
}

/// The addresses to paste.
#[expect(clippy::print_stdout, reason = "this is the program's own word to its user")]
fn greet(config: &Config, addresses: &[SocketAddr]) {
    for address in addresses {
        println!("Mynah {} listens on http://{address}", env!("CARGO_PKG_VERSION"));
    }
    let Some(address) = addresses.first() else { return };
    let base = config.public_url.clone().unwrap_or_else(|| format!("http://{address}"));
    println!("  Sendbird Platform API   {base}/v3");
    println!("  Returning.AI API        {base}/apis/v1");
    println!("  control                 {base}/_mynah/health");
    println!("  application             {} (others: {base}/apps/ID/…)", config.application);
    println!("  API token               {}", if config.tokens.is_empty() { "any" } else { "as configured" });
    if config.ephemeral {
        println!("  data                    kept in memory only");
    } else {
        println!("  data                    {}", config.data.display());
    }
}

/// Waits for Ctrl-C or, where there is one, SIGTERM.
async fn stop_signal() -> anyhow::Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            outcome = tokio::signal::ctrl_c() => Ok(outcome?),
            _ = terminate.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    Ok(tokio::signal::ctrl_c().await?)
}
