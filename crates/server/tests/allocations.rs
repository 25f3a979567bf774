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
    payload: Vec<u8>,
}

impl Caller {
    fn new(address: &str) -> Self {
        let mut socket = TcpStream::connect(address).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        write!(
            socket,
            "GET /ws/stream/a?audio=binary HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
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
        // Binary, 640 bytes of silence, masked with zeros.
        let mut frame = vec![0x82, 0xfe, 0x02, 0x80, 0, 0, 0, 0];
        frame.resize(8 + 640, 0);
        Self { socket, frame, payload: vec![0; 1 << 16] }
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
            self.socket.read_exact(&mut self.payload[..length]).unwrap();
            if head[0] == 0x82 {
                assert_eq!(length, 640);
                self.socket.write_all(&self.frame).unwrap();
                got += 1;
            }
        }
    }
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
    let server = Server::new(ServerConfig::default(), Arc::new(Desk)).unwrap();
    let stop = Stop::default();
    let done = runtime.spawn(server.serve(listener, stop.clone()));

    let mut caller = Caller::new(&address);
    // The opening, and whatever grows to its size once.
    caller.exchange(150);
    let count = |of: &AtomicU64| of.load(Ordering::Relaxed);
    let (allocations, pieces, heard) = (count(&ALLOCATIONS), count(&PIECES), count(&FRAMES_IN));
    caller.exchange(300);
    let (allocations, pieces) = (count(&ALLOCATIONS) - allocations, count(&PIECES) - pieces);
    assert!(count(&FRAMES_IN) - heard > 200, "frames were heard");
    assert!(pieces > 0 && allocations >= pieces, "speech was made, on a thread that counts");
    // Now and then something grows: the call's journal, say.
    let (own, frames) = (allocations - pieces, 600);
    assert!(own < frames / 20, "{own} allocations for {frames} frames");

    drop(caller);
    stop.now.cancel();
    runtime.block_on(done).unwrap().unwrap();
}
