//! The binary: reads the command line, starts the server, waits for the signal to stop.

use std::process::ExitCode;

use mynah::{
    Server,
    server::{
        ControlToken,
        config::{Cli, Command, Config, ExecConfig},
        health,
    },
};
use tracing_subscriber::{EnvFilter, filter::LevelFilter};

/// Requests are read by one thread and let go by another: the journal and the writer see to that.
#[cfg(not(target_env = "msvc"))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    let cli = match Cli::read() {
        Ok(cli) => cli,
        // Help and version are no failures.
        Err(asked) if !asked.use_stderr() => asked.exit(),
        Err(error) => return wrong_usage(&error),
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error.into()),
    };
    let outcome = runtime.block_on(async {
        match cli.command {
            None => serve(&cli.serve).await,
            Some(Command::Serve(config)) => serve(&config).await,
            Some(Command::Health(config)) => health(&config).await,
            Some(Command::Exec(config)) => return exec(&config).await,
        }
        .map(|()| 0)
    });
    match outcome {
        Ok(status) => ExitCode::from(status),
        Err(error) => fail(&error),
    }
}

/// What is wrong with the command line, without the usage that follows it.
#[expect(clippy::print_stderr, reason = "this is the program's own word to its user")]
fn wrong_usage(error: &clap::Error) -> ExitCode {
    let text = error.to_string();
    let what = text.split("\n\n").next().unwrap_or(&text).trim_start_matches("error: ");
    let what = what.split_whitespace().collect::<Vec<_>>().join(" ");
    eprintln!("mynah: {what}; see mynah --help");
    ExitCode::from(2)
}

/// One line that says what is wrong.
#[expect(clippy::print_stderr, reason = "this is the program's own word to its user")]
fn fail(error: &anyhow::Error) -> ExitCode {
    eprintln!("mynah: {error:#}");
    ExitCode::FAILURE
}

async fn serve(config: &Config) -> anyhow::Result<()> {
    log(config)?;
    // Every live connection takes one; where that cannot be had, what there is has to do.
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    // Before anybody can ask to stop.
    let stop = stop_signal()?;
    let server = Server::start(config).await?;
    greet(config, &server);
    stop.await?;
    tracing::info!("stopping");
    server.stop().await
}

async fn exec(config: &ExecConfig) -> anyhow::Result<u8> {
    log(&config.serve)?;
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    mynah::server::exec(config).await
}

fn log(config: &Config) -> anyhow::Result<()> {
    // A filter takes a lone word for the name of a module, and then a misspelt level would silence everything.
    for part in config.log.split(',').filter(|part| !part.contains(['=', '['])) {
        part.trim().parse::<LevelFilter>().map_err(|_| anyhow::anyhow!("--log: {part:?} is no level"))?;
    }
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
fn greet(config: &Config, server: &Server) {
    let addresses = server.addresses();
    for address in addresses {
        println!("Mynah {} listens on http://{address}", env!("CARGO_PKG_VERSION"));
    }
    for address in server.tls_addresses() {
        println!("  with TLS                https://{address}");
    }
    if let Some(authority) = server.authority() {
        println!("  trust this authority    {authority}");
    }
    let Some(address) = addresses.first() else { return };
    let base = config.public_url.clone().unwrap_or_else(|| format!("http://{address}"));
    println!("  Sendbird Platform API   {base}/v3");
    println!("  Returning.AI API        {base}/apis/v1");
    println!("  control                 {base}/_mynah/health");
    match server.control_token() {
        ControlToken::None => {}
        ControlToken::Given => println!("  control token           as configured"),
        ControlToken::Made(token) => println!("  control token           {token} (until it stops)"),
    }
    println!("  application             {} (others: {base}/apps/ID/…)", config.application);
    println!("  API token               {}", if config.tokens.is_empty() { "any" } else { "as configured" });
    if config.ephemeral {
        println!("  data                    kept in memory only");
    } else {
        println!("  data                    {}", config.data.display());
    }
}

/// Listens for Ctrl-C and, where there is one, SIGTERM. What it gives ends with the first of them.
#[cfg(unix)]
fn stop_signal() -> anyhow::Result<impl Future<Output = anyhow::Result<()>>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        Ok(())
    })
}

/// Listens for Ctrl-C. What it gives ends with it.
#[cfg(windows)]
fn stop_signal() -> anyhow::Result<impl Future<Output = anyhow::Result<()>>> {
    let mut interrupt = tokio::signal::windows::ctrl_c()?;
    Ok(async move {
        interrupt.recv().await;
        Ok(())
    })
}
