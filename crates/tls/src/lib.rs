//! Whom does TOM trust when it connects to a server over TLS?
//!
//! The one place for engines over HTTP, downloads of models and SIP trunks: the system's certificates (or what
//! `SSL_CERT_FILE` and `SSL_CERT_DIR` name instead), and a file of the operator's beside them. TLS 1.2 and 1.3, with
//! ring's cryptography.
#![forbid(unsafe_code)]

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// Why no server can be trusted. `setting` is the name of the setting to mend, such as `llm.ca_file`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrustError {
    /// The operator's file is not there, or holds no certificates.
    #[error("{setting}: {}: {why}", file.display())]
    File {
        /// What named the file.
        setting: String,
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// Neither the system nor the operator names anybody.
    #[error("this machine trusts no certificate; install ca-certificates, or set {setting}")]
    Nobody {
        /// What could name somebody.
        setting: String,
    },
    /// The cryptography refuses to start.
    #[error("TLS cannot be set up: {0}")]
    SetUp(String),
}

/// Secures connections to servers. Cheap to clone.
#[derive(Clone)]
pub struct Trust {
    connector: TlsConnector,
}

impl fmt::Debug for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trust").finish_non_exhaustive()
    }
}

impl Trust {
    /// Reads the system's certificates, and those of `ca_file`, which is what `setting` says. `protocols` are offered
    /// by ALPN, the first is liked best; none offers nothing. Blocks.
    ///
    /// # Errors
    /// [`TrustError`] says what to mend.
    pub fn read(ca_file: Option<&Path>, setting: &str, protocols: &[&str]) -> Result<Self, TrustError> {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if let Some(file) = ca_file {
            let bad = |why: String| TrustError::File { setting: setting.into(), file: file.into(), why };
            for certificate in certificates(file).map_err(bad)? {
                roots.add(certificate).map_err(|error| bad(error.to_string()))?;
            }
        }
        if roots.is_empty() {
            return Err(TrustError::Nobody { setting: setting.into() });
        }
        let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| TrustError::SetUp(error.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        Ok(Self { connector: TlsConnector::from(Arc::new(config)) })
    }

    /// Secures a connection to `host`: a name or an address, which its certificate has to be for.
    ///
    /// # Errors
    /// [`io::ErrorKind::InvalidData`] when the certificate cannot be trusted, [`io::ErrorKind::InvalidInput`] when none
    /// can be for such a host, others when the connection broke.
    pub async fn secure(&self, host: &str, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        self.connector
            .connect(name(host).map_err(|why| io::Error::new(io::ErrorKind::InvalidInput, why))?, stream)
            .await
    }
}

/// Whether a certificate can be for `host`: it has to be a DNS name or an address.
///
/// # Errors
/// What is wrong with it.
pub fn check_host(host: &str) -> Result<(), String> {
    name(host).map(drop)
}

fn name(host: &str) -> Result<ServerName<'static>, String> {
    let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
    ServerName::try_from(bare.to_owned())
        .map_err(|error| format!("no certificate can be for {host}: {error}"))
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let read = CertificateDer::pem_file_iter(file).map_err(|error| error.to_string())?;
    let all: Vec<_> = read.collect::<Result<_, _>>().map_err(|error| error.to_string())?;
    if all.is_empty() { Err("there is no certificate in it".into()) } else { Ok(all) }
}
