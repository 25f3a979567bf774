//! Layer: real. What all engines share: addresses, warm connections, TLS, the breaker, the look of the doctor.

use std::time::{Duration, Instant};

use crate::common::{EVENTS, KEY, LONG, PATIENCE, SHORT, epoch, fast, heard, options, reply, request, stt};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::{ServerConfig, pki_types::PrivateKeyDer};
use tom_base::Lang;
use tom_cloud::breaker::BreakerOptions;
use tom_cloud::{ApiKey, BadUrl, BaseUrl, Check, check};
use tom_engine::{ErrorKind, Health, Llm as _, Stt, SttEvent, SttOptions, SttStream};
use tom_loopback::{Fault, Kind, Loopback, Script};

fn open(engine: &dyn Stt) -> (Box<dyn SttStream>, mpsc::Receiver<SttEvent>) {
    let (tell, events) = mpsc::channel(EVENTS);
    (engine.open(SttOptions { lang: Lang::DE }, tell).unwrap(), events)
}

async fn until(what: &str, mut is: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is() {
        assert!(start.elapsed() < PATIENCE, "{what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[test]
fn addresses_are_taken_with_and_without_a_version() {
    for (given, shown) in [
        ("http://127.0.0.1:11434", "http://127.0.0.1:11434/v1"),
        ("http://127.0.0.1:11434/", "http://127.0.0.1:11434/v1"),
        (" http://localhost/v1/ ", "http://localhost/v1"),
        ("https://example.org/openai", "https://example.org/openai/v1"),
        ("https://example.org/openai/v1", "https://example.org/openai/v1"),
        ("https://example.org/v1beta/openai/", "https://example.org/v1beta/openai"),
        ("http://[::1]:8000/vllm", "http://[::1]:8000/vllm/v1"),
    ] {
        let url: BaseUrl = given.parse().unwrap();
        assert_eq!(url.to_string(), shown);
    }
    for (bad, why) in [
        ("127.0.0.1:11434", BadUrl::Shape),
        ("ftp://example.org", BadUrl::Shape),
        ("http://", BadUrl::Shape),
        ("http://a:99999", BadUrl::Shape),
        ("", BadUrl::Shape),
        ("http://me:secret@example.org", BadUrl::Password),
        ("http://example.org/v1?key=1", BadUrl::Query),
    ] {
        assert_eq!(bad.parse::<BaseUrl>(), Err(why), "{bad}");
    }
    assert!(ApiKey::new(" \n").is_err() && ApiKey::new("a\nb").is_err());
    let key = ApiKey::new(" sk-1\n").unwrap();
    assert_eq!(format!("{key:?}"), "ApiKey(hidden)");
}

#[tokio::test]
async fn a_connection_is_ready_before_it_is_needed_and_after_the_server_closed_it() {
    let server = Loopback::start(fast()).await.unwrap();
    let engine = stt(options("stt", &server.url(), LONG));
    until("the first is made at the start", || server.stats().connections() == 1).await;
    assert_eq!(engine.health(), Health::Ok);
    // A server that closes its idle connections at once.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let engine = stt(options("stt", &format!("http://{}", listener.local_addr().unwrap()), LONG));
    for _ in 0..3 {
        let (socket, _) = tokio::time::timeout(PATIENCE, listener.accept()).await.unwrap().unwrap();
        drop(socket);
        drop(open(&engine));
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_told_with_its_remedy() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let engine = stt(options("stt", &url, SHORT));
    until("the first connection fails", || engine.health() != Health::Ok).await;
    let Health::Down(why) = engine.health() else { panic!("{:?}", engine.health()) };
    assert!(why.contains("cannot be reached") && why.contains("stt.url"), "{why}");
    let (mut ear, mut events) = open(&engine);
    ear.begin(epoch(1), None).unwrap();
    ear.finish(epoch(1)).unwrap();
    let error = heard(&mut events).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unavailable);
    assert!(
        matches!(check(options("stt", &url, SHORT)).await, Check::Failed(e) if e.what.contains("reached"))
    );
}

#[tokio::test]
async fn an_engine_that_keeps_failing_is_left_alone_and_comes_back() {
    let server = Loopback::start(fast()).await.unwrap();
    server.fault(Kind::Transcription, Some(Fault::Status(500)));
    let mut options = options("stt", &server.url(), LONG);
    options.breaker =
        BreakerOptions { run: 3, wait: Duration::from_millis(200), ..BreakerOptions::default() };
    let engine = stt(options);
    let (mut ear, mut events) = open(&engine);
    for turn in 0..3 {
        ear.begin(epoch(turn), None).unwrap();
        ear.finish(epoch(turn)).unwrap();
        assert!(heard(&mut events).await.is_err());
    }
    let Health::Down(why) = engine.health() else { panic!("{:?}", engine.health()) };
    assert!(why.contains("as programmed"), "{why}");
    let refused = ear.begin(epoch(4), None).unwrap_err();
    assert!(refused.kind == ErrorKind::Unavailable && !refused.retry, "{refused}");
    assert!(engine.open(SttOptions { lang: Lang::DE }, mpsc::channel(1).0).is_err());
    let asked = server.stats().of(Kind::Transcription).requests;
    assert_eq!(asked, 6, "each was tried twice, and nothing since");
    server.fault(Kind::Transcription, None);
    until("it may be tried again", || ear.begin(epoch(5), None).is_ok()).await;
    ear.finish(epoch(5)).unwrap();
    assert!(heard(&mut events).await.is_ok());
    assert_eq!(engine.health(), Health::Ok);
}

#[tokio::test]
async fn more_requests_than_there_is_room_for_are_refused() {
    let server = Loopback::start(fast()).await.unwrap();
    server.fault(Kind::Transcription, Some(Fault::Silent));
    let mut options = options("stt", &server.url(), LONG);
    options.most_requests = 2;
    let engine = stt(options);
    let mut ears: Vec<_> = (0..3).map(|_| open(&engine)).collect();
    for (n, (ear, _)) in ears.iter_mut().enumerate() {
        ear.begin(epoch(1), None).unwrap();
        let finished = ear.finish(epoch(1));
        assert_eq!(finished.err().map(|error| error.kind), (n == 2).then_some(ErrorKind::Overload));
    }
    ears[0].0.cancel();
    until("a place becomes free", || {
        ears[2].0.begin(epoch(2), None).unwrap();
        ears[2].0.finish(epoch(2)).is_ok()
    })
    .await;
}

#[tokio::test]
async fn the_doctor_sees_the_server_the_key_and_the_model() {
    let script =
        Script { models: vec!["other:latest".into(), "m:latest".into()], key: Some(KEY.into()), ..fast() };
    let server = Loopback::start(script).await.unwrap();
    let wanted = |model: &str| {
        let mut options = options("llm", &server.url(), LONG);
        options.model = model.into();
        options
    };
    assert!(matches!(check(wanted("m")).await, Check::Ready), "latest is meant where nothing is said");
    let missing = check(wanted("x")).await;
    let Check::ModelMissing { others, remedy } = missing else { panic!("{missing:?}") };
    assert_eq!(others, ["other:latest", "m:latest"]);
    assert!(remedy.contains("llm.model"), "{remedy}");
    let mut keyless = wanted("m");
    keyless.key = None;
    assert!(matches!(check(keyless).await, Check::Failed(e) if e.what.contains("llm.api_key_file")));
    // A status is not to be read out of an error's text, in which a port may have the same digits.
    let refusal = Fault::Answer {
        status: 401,
        content_type: "text/plain".into(),
        headers: Vec::new(),
        body: b"see help/404".to_vec(),
    };
    server.fault_for(Kind::Models, refusal, 1);
    assert!(matches!(check(wanted("m")).await, Check::Failed(e) if e.what.contains("llm.api_key_file")));
    server.fault_for(Kind::Models, Fault::Status(404), 1);
    assert!(matches!(check(wanted("m")).await, Check::NoList));
    server.fault_for(Kind::Models, Fault::Garbage, 1);
    assert!(matches!(check(wanted("m")).await, Check::Failed(e) if e.what.contains("no JSON")));
    let empty = Loopback::start(fast()).await.unwrap();
    assert!(matches!(check(options("llm", &empty.url(), LONG)).await, Check::NoList));
}

/// A TLS server with a certificate of its own making; answers everything with one reply. Returns its port.
async fn tls_server(dir: &std::path::Path) -> u16 {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".into()]).unwrap();
    std::fs::write(dir.join("ca.pem"), made.cert.pem()).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(std::sync::Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(std::sync::Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(mut tls) = acceptor.accept(socket).await else { return };
                let mut request = vec![0; 4096];
                while tls.read(&mut request).await.is_ok_and(|n| n > 0) {
                    let body = "data: {\"choices\": [{\"delta\": {\"content\": \"safe\"}, \"finish_reason\": \"stop\"}]}\n\n";
                    let head = format!(
                        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: {}\r\n\r\n",
                        body.len()
                    );
                    tls.write_all(head.as_bytes()).await.unwrap();
                    tls.write_all(body.as_bytes()).await.unwrap();
                }
            });
        }
    });
    port
}

#[tokio::test]
async fn tls_is_spoken_with_those_whose_certificate_is_trusted_and_nobody_else() {
    let dir = tempfile::tempdir().unwrap();
    let url = format!("https://localhost:{}", tls_server(dir.path()).await);
    let mut trusting = options("llm", &url, LONG);
    trusting.ca_file = Some(dir.path().join("ca.pem"));
    let engine = crate::common::llm(trusting.clone());
    let (tell, mut events) = mpsc::channel(EVENTS);
    let mut mind = engine.open(tell).unwrap();
    mind.generate(request(1, "Is it safe?")).unwrap();
    let (text, _, end) = reply(&mut events).await;
    assert_eq!((&*text, end.err().map(|e| e.what)), ("safe", None));
    // The other one trusts a certificate too, but not this one.
    let other = tempfile::tempdir().unwrap();
    tls_server(other.path()).await;
    trusting.ca_file = Some(other.path().join("ca.pem"));
    let Check::Failed(error) = check(trusting.clone()).await else { panic!("it trusts") };
    assert!(error.what.contains("certificate") && error.what.contains("llm.ca_file"), "{error}");
    std::fs::write(other.path().join("ca.pem"), "nothing").unwrap();
    let Check::Failed(error) = check(trusting).await else { panic!("it trusts") };
    assert!(error.what.contains("no certificate in it"), "{error}");
}
