//! Layer: real. The API: its document, its lists, its events, and what it keeps.

mod delete;
mod document;
mod events;
mod keeping;
mod list;
mod schema;

use std::path::Path;
use std::sync::Arc;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpSocket, TcpStream};
use tom_server::{Keep, ServerConfig};
use tom_store::{Options, Policy, Store};

use crate::common::{Caller, PATIENCE, TestServer, config};

/// A server that keeps its calls in a folder.
fn keeping(home: &Path, transcripts: bool) -> (ServerConfig, Arc<Store>) {
    let policy = Policy { transcripts, retention_days: 30 };
    let store = Store::open(&Options { policy, ..Options::new(home.join("tom.db")) }).unwrap();
    let store = Arc::new(store);
    (ServerConfig { keep: Keep::Open(store.clone()), ..config() }, store)
}

/// A request: status, head, body.
async fn request(server: &TestServer, method: &str, path: &str, headers: &str) -> (u16, String, String) {
    request_with(server, method, path, headers, "").await
}

/// The same with a body.
pub(crate) async fn request_with(
    server: &TestServer,
    method: &str,
    path: &str,
    headers: &str,
    body: &str,
) -> (u16, String, String) {
    let length = if body.is_empty() { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let host =
        if headers.contains("Host:") { String::new() } else { format!("Host: {}\r\n", server.address) };
    let text = format!("{method} {path} HTTP/1.1\r\n{host}{headers}{length}Connection: close\r\n\r\n{body}");
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut answer = String::new();
    tokio::time::timeout(PATIENCE, stream.read_to_string(&mut answer)).await.unwrap().unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), head.to_lowercase(), body.to_owned())
}

async fn json(server: &TestServer, path: &str) -> (u16, Value) {
    let (status, _, body) = request(server, "GET", path, "").await;
    (status, serde_json::from_str(&body).unwrap())
}

/// The code of a refusal.
async fn code(server: &TestServer, method: &str, path: &str) -> (u16, String) {
    let (status, _, body) = request(server, method, path, "").await;
    let body: Value = serde_json::from_str(&body).unwrap();
    (status, body["error"]["code"].as_str().unwrap().to_owned())
}

/// Holds a call of a greeting, a key and an answer, and waits until the server knows that it is over.
async fn whole_call(server: &TestServer, id: &str) {
    let mut caller = server.call(&format!("/ws/stream/{id}")).await;
    caller.until("turn_end").await;
    caller.send(r#"{"type":"dtmf","digit":"7"}"#).await;
    caller.until("turn_end").await;
    hang_up(server, caller, id).await;
}

/// A call that ends as soon as it began.
async fn short_call(server: &TestServer, id: &str) {
    let mut caller = server.call(&format!("/ws/stream/{id}")).await;
    caller.until("connected").await;
    hang_up(server, caller, id).await;
}

async fn hang_up(server: &TestServer, mut caller: Caller, id: &str) {
    caller.send(r#"{"type":"stop"}"#).await;
    caller.rest().await;
    ended(server, id).await;
}

/// Waits until a call is over.
async fn ended(server: &TestServer, id: &str) {
    for _ in 0..1_000 {
        let (_, page) = json(server, &format!("/api/v1/calls?state=live&q={id}")).await;
        if page["calls"].as_array().unwrap().is_empty() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("{id} never ends");
}

/// An event, as it came.
#[derive(Debug, Default, PartialEq)]
struct Got {
    id: Option<String>,
    name: String,
    data: Value,
}

/// A client of an event stream.
struct Follower {
    reader: BufReader<TcpStream>,
    head: String,
    comments: usize,
}

impl Follower {
    async fn new(server: &TestServer, path: &str, headers: &str) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        // Little waits in the kernel for who does not read.
        socket.set_recv_buffer_size(4_096).unwrap();
        let mut stream = socket.connect(server.address).await.unwrap();
        let text = format!("GET {path} HTTP/1.1\r\nHost: {}\r\n{headers}\r\n", server.address);
        stream.write_all(text.as_bytes()).await.unwrap();
        let mut follower = Self { reader: BufReader::new(stream), head: String::new(), comments: 0 };
        loop {
            let line = follower.line().await.unwrap();
            if line.is_empty() {
                return follower;
            }
            follower.head.push_str(&line.to_lowercase());
            follower.head.push('\n');
        }
    }

    async fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        let read = tokio::time::timeout(PATIENCE, self.reader.read_line(&mut line)).await;
        match read.expect("the server says nothing") {
            // A line that was cut off is none.
            Ok(n) if n > 0 && line.ends_with('\n') => Some(line.trim_end_matches(['\r', '\n']).to_owned()),
            _ => None,
        }
    }

    /// The next event; none: the stream is over. Chunk sizes are lines of hexadecimal digits.
    async fn next(&mut self) -> Option<Got> {
        let mut got = Got::default();
        loop {
            let line = self.line().await?;
            match line.split_once(':') {
                Some(("event", name)) => got.name = name.trim().into(),
                Some(("id", id)) => got.id = Some(id.trim().into()),
                Some(("data", data)) => got.data = serde_json::from_str(data.trim()).unwrap(),
                Some(("", _)) => self.comments += 1,
                _ if line.is_empty() && !got.name.is_empty() => return Some(got),
                _ => {}
            }
        }
    }

    /// Reads until an event of that name.
    async fn until(&mut self, name: &str) -> Got {
        loop {
            let got = self.next().await.unwrap_or_else(|| panic!("the stream ended before {name}"));
            if got.name == name {
                return got;
            }
        }
    }
}
