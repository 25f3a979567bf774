//! Layer: wire. Servers whose certificate is trusted are spoken to, others are not, and every error names its remedy.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail like tests")]

use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tom_tls::{Trust, TrustError, check_host};

/// A server that says "safe", known by `names`; its port, and its certificate as PEM.
async fn server(names: &[&str]) -> (u16, String) {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(names).unwrap();
    let key = PrivateKeyDer::Pkcs8(signing_key.serialize_der().into());
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            if let Ok(mut tls) = acceptor.accept(stream).await {
                let _gone = tls.write_all(b"safe").await;
                let _gone = tls.shutdown().await;
            }
        }
    });
    (port, cert.pem())
}

async fn ask(trust: &Trust, host: &str, port: u16) -> std::io::Result<String> {
    let stream = TcpStream::connect(("127.0.0.1", port)).await?;
    let mut said = String::new();
    trust.secure(host, stream).await?.read_to_string(&mut said).await?;
    Ok(said)
}

fn trust(file: &Path) -> Result<Trust, TrustError> {
    Trust::read(Some(file), "llm.ca_file", &[])
}

#[tokio::test]
async fn only_a_trusted_certificate_for_that_very_host_will_do() {
    let dir = tempfile::tempdir().unwrap();
    let (port, pem) = server(&["localhost", "127.0.0.1", "::1"]).await;
    let (other, other_pem) = server(&["localhost"]).await;
    let (file, other_file) = (dir.path().join("ca.pem"), dir.path().join("other.pem"));
    std::fs::write(&file, pem).unwrap();
    std::fs::write(&other_file, other_pem).unwrap();
    let ours = trust(&file).unwrap();
    for host in ["localhost", "127.0.0.1", "::1", "[::1]"] {
        assert_eq!(ask(&ours, host, port).await.unwrap(), "safe", "{host}");
    }
    for (host, port) in [("example.com", port), ("127.0.0.2", port), ("localhost", other)] {
        assert_eq!(ask(&ours, host, port).await.unwrap_err().kind(), ErrorKind::InvalidData, "{host}");
    }
    let theirs = trust(&other_file).unwrap();
    assert_eq!(ask(&theirs, "localhost", port).await.unwrap_err().kind(), ErrorKind::InvalidData);
    assert_eq!(ask(&ours, "no host", port).await.unwrap_err().kind(), ErrorKind::InvalidInput);
}

#[test]
fn a_bad_file_is_named_with_its_setting() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("ca.pem");
    let said = trust(&file).unwrap_err().to_string();
    assert!(said.contains("llm.ca_file") && said.contains("ca.pem"), "{said}");
    for bytes in
        [&b""[..], b"nothing", b"\0\xff", b"-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n"]
    {
        std::fs::write(&file, bytes).unwrap();
        let said = trust(&file).unwrap_err().to_string();
        assert!(said.contains("llm.ca_file") && said.contains("ca.pem"), "{said}");
    }
}

#[test]
fn a_host_is_a_name_or_an_address() {
    for host in ["localhost", "sip.example.org", "192.0.2.1", "2001:db8::1", "[2001:db8::1]"] {
        check_host(host).unwrap();
    }
    for host in ["", "a b", "[", "a/b", "ä.example"] {
        let why = check_host(host).unwrap_err();
        assert!(why.contains("no certificate can be for"), "{why}");
    }
}
