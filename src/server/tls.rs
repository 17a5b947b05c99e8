//! Listening with TLS, for SDKs that insist on it: with a certificate that is given, or with one of
//! an authority of our own, which is made once for a data folder.

use std::{
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::Context;
use axum::serve::Listener;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use tokio::{net::TcpListener, sync::mpsc, task::JoinHandle};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig, crypto,
        pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, pem::PemObject},
        version::{TLS12, TLS13},
    },
    server::TlsStream,
};

use super::{config::Config, connection::Connection};

/// How long a client may take to agree on how to speak.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// How many connections may be agreed upon and not taken yet.
const AHEAD: usize = 64;

/// Where the authority's certificate lies in the data folder, and its key.
const CA: (&str, &str) = ("tls/ca.pem", "tls/ca-key.pem");

/// How the server shows who it is.
pub(super) struct Identity {
    acceptor: TlsAcceptor,
    /// The authority that clients have to trust, where it is ours.
    pub(super) authority: Option<Authority>,
}

/// Our own authority.
pub(super) enum Authority {
    /// In this file.
    Kept(PathBuf),
    /// Nowhere else than in this text, since nothing is kept.
    Shown(String),
}

impl Identity {
    /// The one that the configuration names, or one of our own authority.
    ///
    /// # Errors
    /// A file cannot be read or written, or is no certificate or key, or they do not belong together.
    pub(super) fn of(config: &Config) -> anyhow::Result<Self> {
        let (certificates, key, authority) = match (&config.tls_cert, &config.tls_key) {
            (Some(certificate), Some(key)) => {
                let certificates = CertificateDer::pem_file_iter(certificate)
                    .and_then(Iterator::collect::<Result<Vec<_>, _>>)
                    .with_context(|| {
                        format!("--tls-cert: cannot read certificates from {}", certificate.display())
                    })?;
                let key = PrivateKeyDer::from_pem_file(key)
                    .with_context(|| format!("--tls-key: cannot read a key from {}", key.display()))?;
                (certificates, key, None)
            }
            (None, None) => own(config)?,
            _ => anyhow::bail!("--tls-cert and --tls-key belong together"),
        };
        let provider = Arc::new(crypto::ring::default_provider());
        let server = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&TLS13, &TLS12])?
            .with_no_client_auth()
            .with_single_cert(certificates, key)
            .context("the certificate and its key do not fit")?;
        Ok(Self { acceptor: TlsAcceptor::from(Arc::new(server)), authority })
    }
}

type Own = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>, Option<Authority>);

/// A fresh certificate for the names of this machine, by an authority that stays the same for a data folder.
fn own(config: &Config) -> anyhow::Result<Own> {
    let folder = (!config.ephemeral).then_some(&*config.data);
    let (issuer, authority) = match folder.filter(|folder| folder.join(CA.0).exists()) {
        Some(folder) => known(folder)?,
        None => new(folder)?,
    };
    let mut names: Vec<String> = ["localhost", "127.0.0.1", "::1"].map(str::to_owned).into();
    names.extend(config.tls_names.iter().cloned());
    names.extend(
        config.tls_listen.iter().map(SocketAddr::ip).filter(|ip| !ip.is_unspecified()).map(|ip| ip.to_string()),
    );
    let key = KeyPair::generate()?;
    let mut certificate = CertificateParams::new(names)?;
    certificate.distinguished_name.push(DnType::CommonName, "Mynah");
    certificate.use_authority_key_identifier_extension = true;
    let certificate = certificate.signed_by(&key, &issuer)?;
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    Ok((vec![certificate.der().clone()], key, Some(authority)))
}

/// The authority of a data folder. What counts of its certificate are its name and its key.
fn known(folder: &Path) -> anyhow::Result<(Issuer<'static, KeyPair>, Authority)> {
    let path = folder.join(CA.1);
    let pem = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let key = KeyPair::from_pem(&pem).with_context(|| format!("{} is no key", path.display()))?;
    Ok((Issuer::new(authority(), key), Authority::Kept(folder.join(CA.0))))
}

fn new(folder: Option<&Path>) -> anyhow::Result<(Issuer<'static, KeyPair>, Authority)> {
    let key = KeyPair::generate()?;
    let certificate = authority().self_signed(&key)?.pem();
    let kept = match folder {
        None => Authority::Shown(certificate),
        Some(folder) => {
            std::fs::create_dir_all(folder.join("tls")).context("cannot make the folder tls")?;
            write_secret(&folder.join(CA.1), &key.serialize_pem())?;
            std::fs::write(folder.join(CA.0), certificate).context("cannot write tls/ca.pem")?;
            Authority::Kept(folder.join(CA.0))
        }
    };
    Ok((Issuer::new(authority(), key), kept))
}

/// Writes what nobody else on the machine is to read.
fn write_secret(path: &Path, text: &str) -> anyhow::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(io::Write::write_all(&mut file, text.as_bytes())?)
}

fn authority() -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "Mynah local authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

/// A listener on which clients speak TLS. A slow or wrong handshake holds nobody else up.
pub(super) struct TlsListener {
    agreed: mpsc::Receiver<(TlsStream<Connection>, SocketAddr)>,
    address: SocketAddr,
    accepting: JoinHandle<()>,
}

impl TlsListener {
    /// Takes a listener over.
    ///
    /// # Errors
    /// The system does not tell the address.
    pub(super) fn new(listener: TcpListener, identity: &Identity) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let (sender, agreed) = mpsc::channel(AHEAD);
        let acceptor = identity.acceptor.clone();
        let accepting = tokio::spawn(async move {
            let mut listener = listener;
            loop {
                let (stream, from) = Listener::accept(&mut listener).await;
                let stream = Connection::new(stream);
                let (acceptor, sender) = (acceptor.clone(), sender.clone());
                tokio::spawn(async move {
                    let handshake = tokio::time::timeout(HANDSHAKE, acceptor.accept(stream));
                    if let Ok(Ok(stream)) = handshake.await {
                        // Nobody takes it when the server stops.
                        let _ = sender.send((stream, from)).await;
                    }
                });
            }
        });
        Ok(Self { agreed, address, accepting })
    }
}

impl Listener for TlsListener {
    type Io = TlsStream<Connection>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.agreed.recv().await {
            Some(agreed) => agreed,
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }
}

impl Drop for TlsListener {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}
