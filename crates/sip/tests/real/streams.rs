//! Layer: real. TCP and TLS: pieces, several messages at once, pings, and connections that are given up.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use tom_peers::there;
use tom_sip::{Dial, Options, Phone, StartError, Tls, Transport};

use crate::common::{Agent, PATIENCE, options, plays, sdp};

fn question(seq: u32, how: &str) -> String {
    format!(
        "OPTIONS sip:tom@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/{how} 127.0.0.1:5099;branch=z9hG4bKq{seq}\r\n\
         From: <sip:a@127.0.0.1>;tag=a\r\nTo: <sip:tom@127.0.0.1>\r\nCall-ID: q\r\nCSeq: {seq} OPTIONS\r\n\
         Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
    )
}

/// Reads until so many answers came, or the connection ended.
async fn answers(stream: &mut (impl AsyncRead + Unpin), wanted: usize) -> String {
    let mut text = String::new();
    let mut piece = [0; 4096];
    let read = async {
        while text.matches("\r\n\r\n").count() < wanted {
            let length = stream.read(&mut piece).await.unwrap_or(0);
            if length == 0 {
                break;
            }
            text.push_str(&String::from_utf8_lossy(&piece[..length]));
        }
    };
    tokio::time::timeout(PATIENCE, read).await.expect("no answer");
    text
}

#[tokio::test]
async fn calls_run_over_tcp() {
    if !there("sipp") {
        return;
    }
    let agent = Agent::start(options(Transport::Tcp)).await;
    for scenario in ["call", "hold", "late_offer"] {
        plays(scenario, &[&agent.address.to_string(), "-s", "tom", "-t", "t1"]).await;
    }
}

#[tokio::test]
async fn a_stream_is_cut_into_its_messages() {
    let agent = Agent::start(options(Transport::Tcp)).await;
    let mut stream = TcpStream::connect(agent.address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    for piece in question(1, "TCP").as_bytes().chunks(40) {
        stream.write_all(piece).await.unwrap();
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    assert!(answers(&mut stream, 1).await.starts_with("SIP/2.0 200"));
    let two = format!("{}\r\n{}", question(2, "TCP"), question(3, "TCP"));
    stream.write_all(two.as_bytes()).await.unwrap();
    let told = answers(&mut stream, 2).await;
    assert!(told.contains("CSeq: 2 OPTIONS") && told.contains("CSeq: 3 OPTIONS"), "{told}");
    stream.write_all(b"\r\n\r\n").await.unwrap();
    let mut pong = [0; 2];
    tokio::time::timeout(PATIENCE, stream.read_exact(&mut pong)).await.unwrap().unwrap();
    assert_eq!(&pong, b"\r\n");
    // An answer to a ping of ours is no message, and begins none.
    stream.write_all(b"\r\n").await.unwrap();
    stream.write_all(question(4, "TCP").as_bytes()).await.unwrap();
    assert!(answers(&mut stream, 1).await.contains("CSeq: 4 OPTIONS"));
}

#[tokio::test]
async fn what_cannot_be_cut_ends_its_connection_and_no_other() {
    let agent = Agent::start(options(Transport::Tcp)).await;
    let mut good = TcpStream::connect(agent.address).await.unwrap();
    let long = format!("OPTIONS sip:tom@127.0.0.1 SIP/2.0\r\nX: {}", "x".repeat(100_000));
    let huge = question(1, "TCP").replace("Content-Length: 0", "Content-Length: 99999999");
    let none = question(1, "TCP").replace("Content-Length: 0\r\n", "");
    for bad in [long, huge, none] {
        let mut stream = TcpStream::connect(agent.address).await.unwrap();
        // It may be closed while we still write.
        let _closed = stream.write_all(bad.as_bytes()).await;
        let mut rest = Vec::new();
        let ended = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut rest)).await;
        assert!(ended.is_ok(), "the connection stays open");
    }
    good.write_all(question(9, "TCP").as_bytes()).await.unwrap();
    assert!(answers(&mut good, 1).await.starts_with("SIP/2.0 200"));
}

async fn ask(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), how: &str) -> String {
    stream.write_all(question(1, how).as_bytes()).await.unwrap();
    answers(stream, 1).await
}

#[tokio::test]
async fn tls_carries_the_same() {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let tls = Tls { cert: made.cert.pem().into_bytes(), key: made.signing_key.serialize_pem().into_bytes() };
    let agent = Agent::start(Options { tls: Some(tls), ..options(Transport::Tls) }).await;
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(made.cert.der().to_vec())).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(agent.address).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let mut stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap();
    assert!(ask(&mut stream, "TLS").await.starts_with("SIP/2.0 200"));

    // Who trusts nobody's own certificates does not call there.
    let to = format!("sips:tom@localhost:{}", agent.address.port());
    let mut call = agent.phone.dial(Dial { to, offer: sdp("sendrecv"), ..Dial::default() }).await.unwrap();
    let event = tokio::time::timeout(PATIENCE, call.event()).await.unwrap();
    assert!(matches!(event, Some(tom_sip::CallEvent::Ended(_))), "{event:?}");
}

#[tokio::test]
async fn settings_that_cannot_work_are_told() {
    let missing = Phone::start(options(Transport::Tls)).await.err();
    assert!(matches!(missing, Some(StartError::Tls(_))), "{missing:?}");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = vec![(Transport::Tcp, taken.local_addr().unwrap())];
    let busy = Phone::start(Options { listen, ..Options::default() }).await.err();
    assert!(matches!(busy, Some(StartError::Listen { .. })), "{busy:?}");
}
