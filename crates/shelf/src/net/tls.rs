//! Which certificates are trusted?

use std::path::Path;
use std::sync::Arc;

use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::Client;

impl Client {
    /// What makes TLS connections. The certificates are read once.
    pub(super) fn tls(&self) -> Result<TlsConnector, String> {
        self.tls.get_or_init(|| connector(self.options.ca_file.as_deref())).clone()
    }
}

fn connector(ca_file: Option<&Path>) -> Result<TlsConnector, String> {
    let mut roots = RootCertStore::empty();
    // The system's, or what SSL_CERT_FILE and SSL_CERT_DIR name instead.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(file) = ca_file {
        let bad = |why: String| format!("models.ca_file: {}: {why}", file.display());
        let read = CertificateDer::pem_file_iter(file).map_err(|error| bad(error.to_string()))?;
        let all = read.collect::<Result<Vec<_>, _>>().map_err(|error| bad(error.to_string()))?;
        if all.is_empty() {
            return Err(bad("there is no certificate in it".into()));
        }
        for certificate in all {
            roots.add(certificate).map_err(|error| bad(error.to_string()))?;
        }
    }
    if roots.is_empty() {
        let what = "this machine trusts no certificate; install ca-certificates, or set models.ca_file";
        return Err(what.into());
    }
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| format!("TLS cannot be set up: {error}"))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsConnector::from(Arc::new(config)))
}
