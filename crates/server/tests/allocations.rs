//! Layer: real. A frame of audio costs no allocation on its way from socket to socket.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

#[path = "../examples/gateway/desk.rs"]
mod desk;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use desk::{Desk, FRAMES_IN, PIECES};
use tom_server::{Server, ServerConfig, Stop};

/// Allocations by the threads that connections live on.
static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

thread_local! {
    /// This thread is the test's own.
    static OURS: Cell<bool> = const { Cell::new(false) };
}

struct Counting;

#[expect(unsafe_code, reason = "an allocator can only be counted by being one")]
// SAFETY: every call is passed on unchanged to the system's allocator, which keeps the contract.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if OURS.try_with(|ours| !ours.get()).unwrap_or(false) {
            ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        }
        // SAFETY: the caller keeps `alloc`'s contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps `dealloc`'s contract, and `at` came from `System`.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// A caller that sends a frame for each it gets.
struct Caller {
    socket: TcpStream,
    frame: Vec<u8>,
    /// What a message with audio begins with.
    audio: (u8, &'static [u8]),
    payload: Vec<u8>,
}

impl Caller {
    /// Speaks the browser protocol, audio in binary messages.
    fn browser(address: &str) -> Self {
        // Binary, 640 bytes of silence.
        Self::new(address, "/ws/stream/a?audio=binary", message(0x82, &[0; 640]), (0x82, &[]))
    }

    /// Speaks as Twilio, audio as base64 of mu-law in JSON.
    fn twilio(address: &str) -> Self {
        let payload = "/".repeat(212) + "/w==";
        let media = format!(
            r#"{{"event":"media","sequenceNumber":"3","streamSid":"MZ1","media":{{"track":"inbound","chunk":"2","timestamp":"40","payload":"{payload}"}}}}"#
        );
        let audio = (0x81, &br#"{"event":"media""#[..]);
        let mut caller = Self::new(address, "/ws/twilio", message(0x81, media.as_bytes()), audio);
        let start = r#"{"event":"start","sequenceNumber":"1","streamSid":"MZ1","start":{"callSid":"CA1"}}"#;
        caller.socket.write_all(&message(0x81, start.as_bytes())).unwrap();
        caller
    }

    fn new(address: &str, path: &str, frame: Vec<u8>, audio: (u8, &'static [u8])) -> Self {
        let mut socket = TcpStream::connect(address).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        write!(
            socket,
            "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        .unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            socket.read_exact(&mut byte).unwrap();
            head.push(byte[0]);
        }
        assert!(head.starts_with(b"HTTP/1.1 101"), "{}", String::from_utf8_lossy(&head));
        Self { socket, frame, audio, payload: vec![0; 1 << 16] }
    }

    /// So many frames both ways.
    fn exchange(&mut self, frames: u32) {
        let mut got = 0;
        while got < frames {
            let mut head = [0; 2];
            self.socket.read_exact(&mut head).unwrap();
            let mut length = usize::from(head[1]);
            if length == 126 {
                let mut long = [0; 2];
                self.socket.read_exact(&mut long).unwrap();
                length = usize::from(u16::from_be_bytes(long));
            }
            let payload = &mut self.payload[..length];
            self.socket.read_exact(payload).unwrap();
            if head[0] == self.audio.0 && payload.starts_with(self.audio.1) {
                self.socket.write_all(&self.frame).unwrap();
                got += 1;
            }
        }
    }
}

/// A message over 125 bytes or under, masked with zeros.
fn message(kind: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![kind];
    match u8::try_from(payload.len()) {
        Ok(short @ 0..126) => frame.push(0x80 | short),
        _ => {
            frame.push(0xfe);
            frame.extend(u16::try_from(payload.len()).unwrap().to_be_bytes());
        }
    }
    frame.extend([0; 4]);
    frame.extend(payload);
    frame
}

#[test]
fn a_frame_of_audio_allocates_nothing_from_socket_to_socket() {
    OURS.set(true);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .on_thread_start(|| OURS.set(true))
        .enable_all()
        .build()
        .unwrap();
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let server = Server::new(ServerConfig::default(), Arc::new(Desk::default())).unwrap();
    let stop = Stop::default();
    let done = runtime.spawn(server.serve(listener, stop.clone()));

    costs_nothing(Caller::browser(&address));
    costs_nothing(Caller::twilio(&address));

    stop.now.cancel();
    runtime.block_on(done).unwrap().unwrap();
}

fn costs_nothing(mut caller: Caller) {
    // The opening, and whatever grows to its size once.
    caller.exchange(150);
    // Frames that jam on a busy machine get new room. What each frame costs, each round of frames shows.
    let least = (0..10).map(|_| round(&mut caller)).find(|own| *own < FRAMES / 20);
    assert!(
        least.is_some(),
        "each of ten rounds of {FRAMES} frames cost {} allocations or more",
        FRAMES / 20
    );
}

/// Frames of a round, both ways together.
const FRAMES: u64 = 600;

/// Allocations of a round of frames, without those of the voice that speaks. Now and then something grows: the call's
/// journal, say.
fn round(caller: &mut Caller) -> u64 {
    let count = |of: &AtomicU64| of.load(Ordering::Relaxed);
    let (allocations, pieces, heard) = (count(&ALLOCATIONS), count(&PIECES), count(&FRAMES_IN));
    caller.exchange(FRAMES as u32 / 2);
    let (allocations, pieces) = (count(&ALLOCATIONS) - allocations, count(&PIECES) - pieces);
    assert!(count(&FRAMES_IN) - heard > FRAMES / 3, "frames were heard");
    assert!(pieces > 0 && allocations >= pieces, "speech was made, on a thread that counts");
    allocations - pieces
}
