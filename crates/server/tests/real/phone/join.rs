//! Layer: real. A channel of Asterisk waits, and TOM connects to it.

use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::{MaybeTlsStream, accept_hdr_async};
use tom_server::{MediaUrl, ServerConfig, Token};
use tom_wire::phone::PhoneDialect::Asterisk;

use super::dialects::converses;
use super::far::Far;
use crate::common::{Caller, TestServer, config};

const TOKEN: &str = "correct-horse-battery";

/// Asterisk's web server: one channel waits at `/media/abc-1`. Its address, and what connects to it.
async fn waiting() -> (String, JoinHandle<Option<Far>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("ws://{}/media", listener.local_addr().unwrap());
    let channel = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        #[expect(clippy::result_large_err, reason = "the library's own type")]
        let check = |request: &Request, mut response: Response| {
            if request.uri().path() != "/media/abc-1" {
                let mut refusal = ErrorResponse::new(None);
                *refusal.status_mut() = 404.try_into().unwrap();
                return Err(refusal);
            }
            assert_eq!(request.headers()["sec-websocket-protocol"], "media");
            response.headers_mut().insert("sec-websocket-protocol", "media".parse().unwrap());
            Ok(response)
        };
        let socket = accept_hdr_async(MaybeTlsStream::Plain(stream), check).await.ok()?;
        Some(Far { dialect: Asterisk, caller: Caller { socket, protocol: None }, over: false })
    });
    (address, channel)
}

async fn server(media: Option<&str>, token: bool) -> TestServer {
    let asterisk_media = media.map(|url| MediaUrl::new(url).unwrap());
    let token = token.then(|| Token::new(TOKEN).unwrap());
    TestServer::start(ServerConfig { asterisk_media, token, ..config() }).await
}

#[tokio::test]
async fn a_channel_that_waits_is_a_call() {
    let (address, channel) = waiting().await;
    let server = server(Some(&address), false).await;
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    let (status, _, body) =
        server.request("POST", "/answer/asterisk?lang=de", form, "connection_id=abc-1").await;
    assert_eq!(status, 200, "{body}");
    converses(&server, channel.await.unwrap().unwrap()).await;
}

#[tokio::test]
async fn a_channel_that_is_not_there_is_told() {
    let (address, channel) = waiting().await;
    let server_of = server(Some(&address), false).await;
    let (status, _, body) = server_of.request("POST", "/answer/asterisk?connection_id=abc-2", "", "").await;
    assert_eq!(status, 502, "{body}");
    assert!(channel.await.unwrap().is_none());
    let (status, _, body) = server_of.request("POST", "/answer/asterisk?connection_id=abc-1", "", "").await;
    assert_eq!(status, 502, "nobody listens there any more: {body}");
    for bad in ["", "..%2F..%2Fari", "a%20b", &"x".repeat(129)] {
        let path = format!("/answer/asterisk?connection_id={bad}");
        assert_eq!(server_of.request("POST", &path, "", "").await.0, 400, "{bad}");
    }
    assert_eq!(
        server_of.get("/answer/asterisk?connection_id=abc-1", "").await.0,
        405,
        "reading starts no calls"
    );
    let nowhere = server(None, false).await;
    assert_eq!(nowhere.request("POST", "/answer/asterisk?connection_id=abc-1", "", "").await.0, 503);
    let guarded = server(Some(&address), true).await;
    assert_eq!(guarded.request("POST", "/answer/asterisk?connection_id=abc-1", "", "").await.0, 401);
}

#[test]
fn where_channels_wait_is_an_address() {
    for fine in ["ws://127.0.0.1:8088/media", "ws://pbx.example.net/media/", "ws://[::1]:8088/asterisk/media"]
    {
        assert!(MediaUrl::new(fine).is_ok(), "{fine}");
    }
    for bad in ["", "127.0.0.1:8088", "wss://pbx.example.net/media", "ws:///media", "ws://a b/media"] {
        assert!(MediaUrl::new(bad).is_err(), "{bad}");
    }
}
