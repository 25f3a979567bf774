//! What do sockets and call tasks cost without any engine? A server for `cargo xtask bench gateway`.
//!
//! Each call is whole (clock, turn core, playout, pacing, journal), but nobody listens to what the caller sends,
//! and the agent speaks without end: 50 frames a second in both directions. The allocator counts what the threads that
//! carry calls take. Every second a line says what was counted so far. With the argument `sip` it takes telephone calls, too,
//! and the agent speaks sentence by sentence.
#![expect(clippy::expect_used, reason = "a measuring server that cannot start has nothing to go on with")]

mod desk;

use std::alloc::{GlobalAlloc, Layout};
use std::cell::Cell;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use desk::{CARRIES, Desk, FRAMES_IN, PIECES};
use mimalloc::MiMalloc;
use tokio::net::TcpListener;
use tom_server::{DialRules, Limits, Server, ServerConfig, SipConfig, Stop, Timing, TransferRules};
use tom_sip::{Options, Transport};
use tom_urgency::Urgency;
use tom_wire::sdp::{Codec, SrtpPolicy, Terms};

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

/// An allocation was made.
fn made() {
    if CARRIES.try_with(Cell::get).unwrap_or(false) {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
    }
}

struct Counting;

#[expect(unsafe_code, reason = "an allocator that counts what the one of the program `tom` does")]
// SAFETY: every call is passed on to that allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        made();
        // SAFETY: the caller keeps to the contract of `alloc`.
        unsafe { MiMalloc.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        made();
        // SAFETY: the caller keeps to the contract of `alloc_zeroed`.
        unsafe { MiMalloc.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: `at` came from that allocator, with this layout.
        unsafe { MiMalloc.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        made();
        // SAFETY: `at` came from that allocator, with this layout.
        unsafe { MiMalloc.realloc(at, layout, size) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// G.711 over UDP on the loopback, for whoever calls from there. It calls nobody.
fn telephone() -> SipConfig {
    SipConfig {
        signalling: Options {
            listen: vec![(Transport::Udp, (Ipv4Addr::LOCALHOST, 0).into())],
            allow: vec!["127.0.0.0/8".parse().expect("a network")],
            ..Options::default()
        },
        rtp_ports: (20_000, 31_999),
        silence: Duration::from_secs(60),
        terms: Terms { codecs: vec![Codec::Pcma], srtp: SrtpPolicy::Off, noise: false },
        dial: DialRules {
            prefixes: Vec::new(),
            deny: Vec::new(),
            country: "+49".into(),
            per_day: 0,
            at_once: 0,
            machine: None,
        },
        transfer: TransferRules::default(),
    }
}

#[tokio::main]
async fn main() {
    let limits = Limits {
        max_calls: 20_000,
        connections: 20_000,
        connections_per_address: 20_000,
        connections_per_minute: 1_000_000,
        ..Limits::default()
    };
    // Text takes what it needs; audio is measured. The first heartbeat comes when all is over.
    let timing = Timing { heartbeat: Duration::from_secs(3_600), ..Timing::default() };
    let takes_sip = std::env::args().any(|argument| argument == "sip");
    // As `tom` does where engines compute beside the calls: here it is the telephones that do, with that priority.
    let urgency = if takes_sip { Urgency::Realtime } else { Urgency::default() };
    let config = ServerConfig { limits, timing, urgency, ..ServerConfig::default() };
    let server = Server::new(config, Arc::new(Desk { sentences: takes_sip })).expect("a server");
    let mut sip = String::new();
    let server = if takes_sip {
        let server = server.with_sip(telephone()).await.expect("a telephone");
        sip = server.sip_addresses().iter().map(|(_, address)| format!("sip {address} ")).collect();
        server
    } else {
        server
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("its address");
    println!("ready in 0 s: {sip}http://{address}/");
    tokio::spawn(async {
        let mut seconds = tokio::time::interval(Duration::from_secs(1));
        loop {
            seconds.tick().await;
            let count = |of: &AtomicU64| of.load(Ordering::Relaxed);
            println!("{} {} {}", count(&ALLOCATIONS), count(&FRAMES_IN), count(&PIECES));
        }
    });
    server.serve(listener, Stop::default()).await.expect("it serves");
}
