//! Runs a command beside a server of its own: `mynah exec -- CMD…`.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    process::{Child, Command, ExitStatus},
};

use anyhow::Context;

use super::{Server, config::ExecConfig, guard::ControlToken};

/// The exit status where a command is not found, and where it cannot be run, as shells have it.
const NOT_FOUND: u8 = 127;
const NOT_RUN: u8 = 126;

/// Starts a server, runs the command with `MYNAH_URL` and `MYNAH_PORT`, and where control calls need a token with
/// `MYNAH_CONTROL_TOKEN`; passes signals on to it, stops the server, and gives the command's exit status: 127 where it is not found, 128 and the signal where one ended
/// it.
///
/// # Errors
/// The server does not start or stop.
pub async fn exec(config: &ExecConfig) -> anyhow::Result<u8> {
    let (program, arguments) = config.command.split_first().context("no command to run")?;
    // Before anybody can send one.
    let mut signals = Signals::listen()?;
    let server = Server::start(&config.serve).await?;
    let address = reachable(*server.addresses().first().context("the server listens nowhere")?);
    let mut command = Command::new(program);
    command.args(arguments);
    command.env("MYNAH_URL", format!("http://{address}")).env("MYNAH_PORT", address.port().to_string());
    let token = match server.control_token() {
        ControlToken::None => None,
        ControlToken::Given => config.serve.control_token.as_deref(),
        ControlToken::Made(token) => Some(&**token),
    };
    if let Some(token) = token {
        command.env("MYNAH_CONTROL_TOKEN", token);
    }
    let status = match command.spawn() {
        Ok(child) => code_of(signals.pass_on_to(child).await?),
        Err(error) => {
            complain(&program.to_string_lossy(), &error);
            if error.kind() == io::ErrorKind::NotFound { NOT_FOUND } else { NOT_RUN }
        }
    };
    server.stop().await?;
    Ok(status)
}

/// Where this machine reaches a server that listens there.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

#[expect(clippy::print_stderr, reason = "this is the program's own word to its user")]
fn complain(program: &str, error: &io::Error) {
    if error.kind() == io::ErrorKind::NotFound {
        eprintln!("mynah: {program}: command not found");
    } else {
        eprintln!("mynah: {program}: {error}");
    }
}

#[cfg(unix)]
fn code_of(status: ExitStatus) -> u8 {
    use std::os::unix::process::ExitStatusExt;
    let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal));
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
}

#[cfg(windows)]
fn code_of(status: ExitStatus) -> u8 {
    status.code().map_or(1, |code| u8::try_from(code).unwrap_or(1))
}

/// The signals that are passed on.
#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    hang_up: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    /// Waits for the end of a command, and passes on to it what comes meanwhile.
    async fn pass_on_to(&mut self, mut child: Child) -> io::Result<ExitStatus> {
        use rustix::process::{Pid, Signal, kill_process};
        let id = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        let mut end = tokio::task::spawn_blocking(move || child.wait());
        // What is typed at a terminal goes to all of its processes already.
        let typed = io::IsTerminal::is_terminal(&io::stdin());
        loop {
            let signal = tokio::select! {
                status = &mut end => return status?,
                _ = self.interrupt.recv() => if typed { None } else { Some(Signal::INT) },
                _ = self.terminate.recv() => Some(Signal::TERM),
                _ = self.hang_up.recv() => Some(Signal::HUP),
            };
            if let (Some(id), Some(signal)) = (id, signal) {
                // It may have ended in the meantime.
                let _ = kill_process(id, signal);
            }
        }
    }
}

/// What is typed at a console goes to all of its processes already, so there is nothing to pass on.
#[cfg(windows)]
struct Signals(tokio::signal::windows::CtrlC);

#[cfg(windows)]
impl Signals {
    fn listen() -> io::Result<Self> {
        Ok(Self(tokio::signal::windows::ctrl_c()?))
    }

    async fn pass_on_to(&mut self, mut child: Child) -> io::Result<ExitStatus> {
        let mut end = tokio::task::spawn_blocking(move || child.wait());
        loop {
            tokio::select! {
                status = &mut end => return status?,
                _ = self.0.recv() => {}
            }
        }
    }
}
