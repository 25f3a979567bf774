//! How are connections of others to us secured? (Ours to others: `tom_tls`.)

use std::sync::Arc;

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::options::Tls;

/// For those who connect to us.
pub(super) fn server(files: &Tls) -> Result<TlsAcceptor, String> {
    let certs: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&files.cert).collect();
    let certs = certs.map_err(|error| format!("the certificate is no PEM: {error}"))?;
    let key =
        PrivateKeyDer::from_pem_slice(&files.key).map_err(|error| format!("the key is no PEM: {error}"))?;
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_no_client_auth()
        .with_single_cert(certs, key)
        .map_err(|error| format!("certificate and key do not fit: {error}"))?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}
