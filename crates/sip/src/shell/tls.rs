//! How are connections secured?

use std::sync::Arc;

use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio_rustls::{TlsAcceptor, TlsConnector};

use crate::options::Tls;

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

/// For those who connect to us.
pub(super) fn server(files: &Tls) -> Result<TlsAcceptor, String> {
    let certs: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&files.cert).collect();
    let certs = certs.map_err(|error| format!("the certificate is no PEM: {error}"))?;
    let key =
        PrivateKeyDer::from_pem_slice(&files.key).map_err(|error| format!("the key is no PEM: {error}"))?;
    let config = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_no_client_auth()
        .with_single_cert(certs, key)
        .map_err(|error| format!("certificate and key do not fit: {error}"))?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// For those we connect to: who the system trusts.
pub(super) fn client() -> Result<TlsConnector, String> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let config = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

/// Secures a connection we made.
pub(super) async fn connect(
    tls: &TlsConnector,
    name: &str,
    stream: TcpStream,
) -> std::io::Result<TlsStream<TcpStream>> {
    let name = name.trim_start_matches('[').trim_end_matches(']').to_owned();
    let name = ServerName::try_from(name).map_err(std::io::Error::other)?;
    tls.connect(name, stream).await
}
