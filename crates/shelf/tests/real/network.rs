//! Layer: real. Proxies and certificates.
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::thread;

use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::{ServerConfig, ServerConnection, StreamOwned, crypto::ring};
use tom_shelf::Proxies;

use crate::server::{Server, Stream, say, send};
use crate::world::{World, bytes, catalogue, url};

/// A server with TLS, and its certificate as PEM.
fn secure(body: Vec<u8>) -> (Server, String) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let config = Arc::new(config);
    let answer = move |_, asked: &_, stream: &mut dyn Stream| match body.is_empty() {
        false => send(stream, asked, &body, usize::MAX),
        true => say(stream, "302 Found", "location: http://127.0.0.1:1/a\r\ncontent-length: 0\r\n"),
    };
    let server = Server::wrapped(answer, move |stream| {
        let connection = ServerConnection::new(config.clone()).ok()?;
        Some(Box::new(StreamOwned::new(connection, stream)))
    });
    (server, made.cert.pem())
}

fn proxies(vars: Vec<(&'static str, String)>) -> Proxies {
    Proxies::from_env(|name| vars.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone()))
}

#[tokio::test]
async fn a_certificate_is_checked_and_one_of_your_own_can_be_trusted() {
    let body = bytes(1, 1_000_000);
    let (server, pem) = secure(body.clone());
    let mut world = World::new();
    let wanted = catalogue(&[("a", &body, url(&format!("https://localhost:{}/a", server.address.port())))]);
    let error = world.pull(&wanted).await.unwrap_err();
    assert!(error.to_string().contains("models.ca_file"), "{error}");
    let file = world.home.path().join("ca.pem");
    std::fs::write(&file, pem).unwrap();
    world.net.ca_file = Some(file);
    world.pull(&wanted).await.unwrap();
    assert_eq!(world.read("a").as_ref(), Some(&body));
}

#[tokio::test]
async fn a_redirect_out_of_encryption_is_refused() {
    let (server, pem) = secure(Vec::new());
    let mut world = World::new();
    let file = world.home.path().join("ca.pem");
    std::fs::write(&file, pem).unwrap();
    world.net.ca_file = Some(file);
    let wanted = catalogue(&[("a", &[1], url(&format!("https://localhost:{}/a", server.address.port())))]);
    let error = world.pull(&wanted).await.unwrap_err();
    assert!(error.to_string().contains("not encrypted"), "{error}");
}

#[tokio::test]
async fn a_proxy_is_given_the_whole_address_and_the_password() {
    let body = bytes(2, 1_000);
    let proxy = Server::good(vec![("http://models.example/a?b=c", body.clone())]);
    let mut world = World::new();
    world.net.proxies = proxies(vec![("http_proxy", format!("http://me:pw@{}", proxy.address))]);
    world.pull(&catalogue(&[("a", &body, url("http://models.example/a?b=c"))])).await.unwrap();
    assert_eq!(world.read("a").as_ref(), Some(&body));
    let asked = proxy.asked();
    // base64 of "me:pw"
    assert_eq!(asked[0].header("proxy-authorization"), Some("Basic bWU6cHc="));
    assert_eq!(asked[0].header("host"), Some("models.example"));
}

#[tokio::test]
async fn encrypted_servers_are_reached_through_a_tunnel() {
    let body = bytes(3, 1_000_000);
    let (server, pem) = secure(body.clone());
    let behind = server.address;
    // Passes bytes both ways, whatever name was asked for.
    let proxy = Server::wrapped(
        |_, _, _| {},
        move |mut client| {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                client.read_exact(&mut byte).ok()?;
                head.push(byte[0]);
            }
            if !head.starts_with(b"CONNECT localhost:443 HTTP/1.1\r\n") {
                let _ = client.write_all(b"HTTP/1.1 403 Forbidden\r\n\r\n");
                return None;
            }
            client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").ok()?;
            let upstream = TcpStream::connect(behind).ok()?;
            let (mut from, mut to) = (upstream.try_clone().ok()?, client.try_clone().ok()?);
            thread::spawn(move || std::io::copy(&mut from, &mut to));
            thread::spawn(move || std::io::copy(&mut client, &mut &upstream));
            None
        },
    );
    let mut world = World::new();
    let file = world.home.path().join("ca.pem");
    std::fs::write(&file, pem).unwrap();
    world.net.ca_file = Some(file);
    world.net.proxies = proxies(vec![("https_proxy", format!("http://{}", proxy.address))]);
    world.pull(&catalogue(&[("a", &body, url("https://localhost/a"))])).await.unwrap();
    assert_eq!(world.read("a").as_ref(), Some(&body));
    let refused = world.pull(&catalogue(&[("b", &body, url("https://elsewhere.example/a"))])).await;
    let refused = refused.unwrap_err().to_string();
    assert!(refused.contains("lets nothing through") && refused.contains("403"), "{refused}");
}

#[tokio::test]
async fn without_any_way_out_it_says_so_soon_and_once() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let world = World::new();
    let (a, b) = (bytes(4, 10), bytes(5, 10));
    let address = format!("http://{closed}/x");
    let error =
        world.pull(&catalogue(&[("a", &a, url(&address)), ("b", &b, url(&address))])).await.unwrap_err();
    let error = error.to_string();
    assert!(error.starts_with("a, b could not be had") && error.contains("tom bundle"), "{error}");
    assert_eq!(error.lines().count(), 1, "{error}");
    assert!(world.notes.said.lock().unwrap().is_empty());
}
