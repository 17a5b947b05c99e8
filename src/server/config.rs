//! The command line, with an environment variable for every flag.

use std::{ffi::OsString, net::SocketAddr, path::PathBuf, time::Duration};

use clap::{
    Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum, builder::BoolishValueParser,
    parser::ValueSource,
};

use crate::{
    model::ids::ApplicationId,
    store::{Durability, Place},
};

/// The application of requests that name none.
pub const DEFAULT_APPLICATION: &str = "mynah";

/// A self-hosted stand-in for the Sendbird Chat Platform API and the Returning.AI API.
#[derive(Clone, Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true, max_term_width = 100)]
pub struct Cli {
    /// What to do; serving is the default.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// How to serve.
    #[command(flatten)]
    pub serve: Config,
}

/// What the binary can do.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Serve both APIs (the default).
    Serve(Box<Config>),
    /// Exit with 0 if a server answers, with 1 if not.
    Health(HealthConfig),
    /// Run a command beside a server of its own, with `MYNAH_URL` and `MYNAH_PORT`, and exit as it does.
    ///
    /// The server takes a free port and keeps nothing, unless flags say otherwise.
    Exec(Box<ExecConfig>),
}

/// What to run, and how to serve it.
#[derive(Clone, Debug, Args)]
pub struct ExecConfig {
    /// Keep the data in the data folder
    #[arg(long, conflicts_with = "ephemeral")]
    pub keep: bool,

    /// How to serve.
    #[command(flatten)]
    pub serve: Config,

    /// The command and its arguments
    #[arg(last = true, required = true, value_name = "CMD")]
    pub command: Vec<OsString>,
}

impl Cli {
    /// Reads the command line.
    ///
    /// # Errors
    /// It is wrong, or asks for help or the version.
    pub fn read() -> Result<Self, clap::Error> {
        let matches = Self::command().try_get_matches()?;
        let mut cli = Self::from_arg_matches(&matches)?;
        if let (Some(Command::Exec(exec)), Some(("exec", given))) = (&mut cli.command, matches.subcommand()) {
            let is_said = |name| given.value_source(name).is_some_and(|source| source != ValueSource::DefaultValue);
            if !is_said("listen") {
                exec.serve.listen = vec![SocketAddr::from(([127, 0, 0, 1], 0))];
            }
            if !exec.keep && !is_said("data") && !is_said("database") {
                exec.serve.ephemeral = true;
            }
            // What the command says is what its user wants to read.
            if !is_said("log") {
                exec.serve.log = "warn".into();
            }
        }
        Ok(cli)
    }
}

/// How to serve.
#[derive(Clone, Debug, Args)]
pub struct Config {
    /// Address and port to listen on; may be repeated, or a list with commas. Port 0 picks a free one
    #[arg(long, env = "MYNAH_LISTEN", value_name = "ADDRESS:PORT", value_delimiter = ',')]
    #[arg(default_value = "127.0.0.1:8080")]
    pub listen: Vec<SocketAddr>,

    /// Folder of the database and the uploaded files
    #[arg(long, env = "MYNAH_DATA", value_name = "FOLDER", default_value = "mynah-data")]
    pub data: PathBuf,

    /// Keep nothing: everything is gone when the server stops
    #[arg(long, env = "MYNAH_EPHEMERAL", value_parser = BoolishValueParser::new())]
    pub ephemeral: bool,

    /// Database file, if it is not mynah.db in the data folder: a path, or sqlite:PATH
    #[arg(long, env = "MYNAH_DATABASE", value_name = "URL")]
    pub database: Option<String>,

    /// What an acknowledged write survives: the end of the process, or the loss of power too
    #[arg(long, env = "MYNAH_DURABILITY", value_enum, default_value_t = DurabilityArg::Process)]
    pub durability: DurabilityArg,

    /// What file addresses in answers begin with; by default http:// and the Host of the request
    #[arg(long, env = "MYNAH_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<String>,

    /// Application of requests that name none
    #[arg(long, env = "MYNAH_APPLICATION", value_name = "ID", default_value = DEFAULT_APPLICATION)]
    #[arg(value_parser = parse_application)]
    pub application: ApplicationId,

    /// Token that the default application takes; may be repeated, or a list with commas. Without
    /// one, any token is taken
    #[arg(long = "token", env = "MYNAH_TOKENS", value_name = "TOKEN", value_delimiter = ',')]
    #[arg(hide_env_values = true)]
    pub tokens: Vec<String>,

    /// Token of the control API under /_mynah, shown as Authorization: Bearer. Without one, control
    /// answers this machine only; a server that listens to others makes one and prints it
    #[arg(long, env = "MYNAH_CONTROL_TOKEN", value_name = "TOKEN", hide_env_values = true)]
    #[arg(value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub control_token: Option<String>,

    /// Take only documented forms, known applications and known tokens
    #[arg(long, env = "MYNAH_STRICT", value_parser = BoolishValueParser::new())]
    pub strict: bool,

    /// YAML or JSON file with users, channels, members, messages and keys to begin with
    #[arg(long, env = "MYNAH_SEED", value_name = "FILE")]
    pub seed: Option<PathBuf>,

    /// Largest JSON body in bytes
    #[arg(long, env = "MYNAH_BODY_LIMIT", value_name = "BYTES", default_value_t = 1 << 20)]
    pub body_limit: usize,

    /// Largest upload in bytes
    #[arg(long, env = "MYNAH_UPLOAD_LIMIT", value_name = "BYTES", default_value_t = 30 << 20)]
    pub upload_limit: usize,

    /// Address and port to listen on with TLS beside; may be repeated, or a list with commas
    #[arg(long, env = "MYNAH_TLS_LISTEN", value_name = "ADDRESS:PORT", value_delimiter = ',')]
    pub tls_listen: Vec<SocketAddr>,

    /// Certificate chain for TLS, as PEM. Without one, an authority of our own is made in the data folder
    #[arg(long, env = "MYNAH_TLS_CERT", value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,

    /// Key of that certificate, as PEM
    #[arg(long, env = "MYNAH_TLS_KEY", value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,

    /// Further host name or address for which our own authority vouches; may be repeated
    #[arg(long = "tls-name", env = "MYNAH_TLS_NAMES", value_name = "NAME", value_delimiter = ',')]
    pub tls_names: Vec<String>,

    /// Most live connections of client SDKs at once; more are told to come back later
    #[arg(long, env = "MYNAH_CONNECTIONS", value_name = "N", default_value_t = 20_000)]
    pub connections: usize,

    /// Authorities that receivers of webhooks may have beside those that the machine trusts, as PEM
    #[arg(long, env = "MYNAH_WEBHOOK_CA", value_name = "FILE")]
    pub webhook_ca: Option<PathBuf>,

    /// What is logged to standard error: error, warn, info, debug, trace, or a filter such as mynah=debug
    #[arg(long, env = "MYNAH_LOG", value_name = "LEVEL", default_value = "info")]
    pub log: String,

    /// Log lines as JSON objects
    #[arg(long, env = "MYNAH_LOG_JSON", value_parser = BoolishValueParser::new())]
    pub log_json: bool,
}

/// Where to ask.
#[derive(Clone, Debug, Args)]
pub struct HealthConfig {
    /// Address and port of the server
    #[arg(long, env = "MYNAH_LISTEN", value_name = "ADDRESS:PORT", value_delimiter = ',')]
    #[arg(default_value = "127.0.0.1:8080")]
    pub listen: Vec<SocketAddr>,

    /// Keep asking for so long, for example 30s or 500ms
    #[arg(long, env = "MYNAH_HEALTH_WAIT", value_name = "DURATION", value_parser = parse_duration)]
    pub wait: Option<Duration>,
}

/// See [`Durability`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DurabilityArg {
    /// Survives the end of the process, by whatever means
    Process,
    /// Survives the loss of power too; slower
    Power,
}

fn parse_application(text: &str) -> Result<ApplicationId, String> {
    let why = "an application id has up to 100 ASCII letters, digits, '-', '_' and '.'";
    ApplicationId::new(text).ok_or_else(|| why.to_owned())
}

fn parse_duration(text: &str) -> Result<Duration, String> {
    let (number, unit) = match text.strip_suffix("ms") {
        Some(number) => (number, 1),
        None => (text.strip_suffix('s').unwrap_or(text), 1000),
    };
    let number: u64 = number.trim().parse().map_err(|_| "a duration is a number with s or ms".to_owned())?;
    Ok(Duration::from_millis(number.saturating_mul(unit)))
}

impl Config {
    /// Where the store is to be.
    ///
    /// # Errors
    /// The database is of a kind that is not served.
    pub fn place(&self) -> anyhow::Result<Place> {
        if self.ephemeral {
            return Ok(Place::Memory);
        }
        let database = match self.database.as_deref() {
            None => self.data.join("mynah.db"),
            Some(url) if url.starts_with("postgres:") || url.starts_with("postgresql:") => {
                anyhow::bail!("--database: PostgreSQL is not served yet; give the path of a SQLite file")
            }
            Some(url) => {
                let path = url.strip_prefix("sqlite:").unwrap_or(url);
                let path = path.strip_prefix("//").unwrap_or(path);
                anyhow::ensure!(
                    !path.is_empty() && !path.contains("://"),
                    "--database: {url} is neither a path nor sqlite:PATH"
                );
                PathBuf::from(path)
            }
        };
        Ok(Place::File { database, files: self.data.join("files") })
    }

    /// What an acknowledged write is to survive.
    pub fn durability(&self) -> Durability {
        match self.durability {
            DurabilityArg::Process => Durability::Process,
            DurabilityArg::Power => Durability::Power,
        }
    }
}

impl Default for Config {
    /// As without any flag, whatever the environment says; but on a free port, and keeping nothing.
    fn default() -> Self {
        Self {
            listen: vec![SocketAddr::from(([127, 0, 0, 1], 0))],
            data: PathBuf::from("mynah-data"),
            ephemeral: true,
            database: None,
            durability: DurabilityArg::Process,
            public_url: None,
            application: ApplicationId::new(DEFAULT_APPLICATION).expect("the name fits"),
            tokens: Vec::new(),
            control_token: None,
            strict: false,
            seed: None,
            body_limit: 1 << 20,
            upload_limit: 30 << 20,
            connections: 20_000,
            tls_listen: Vec::new(),
            tls_cert: None,
            tls_key: None,
            tls_names: Vec::new(),
            webhook_ca: None,
            log: "info".into(),
            log_json: false,
        }
    }
}
