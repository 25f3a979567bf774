//! Layer: real. A relay for datagrams, between two sockets on loopback.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use tokio::net::UdpSocket;
use tom_probe::impair::{DatagramRelay, Weather};

const PATIENCE: Duration = Duration::from_secs(20);

/// A caller, a relay and who is called.
async fn line(weather: &str) -> (UdpSocket, DatagramRelay, UdpSocket) {
    let called = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let weather: Weather = weather.parse().unwrap();
    let relay = DatagramRelay::start(called.local_addr().unwrap(), weather).await.unwrap();
    (UdpSocket::bind("127.0.0.1:0").await.unwrap(), relay, called)
}

async fn receive(socket: &UdpSocket) -> (u32, std::net::SocketAddr) {
    let mut bytes = [0; 4];
    let (_, from) = tokio::time::timeout(PATIENCE, socket.recv_from(&mut bytes)).await.unwrap().unwrap();
    (u32::from_be_bytes(bytes), from)
}

/// Sends numbers until the relay has seen all, and returns those that came.
async fn numbers(weather: &str, count: u32) -> (Vec<u32>, DatagramRelay) {
    let (caller, relay, called) = line(weather).await;
    let (mut came, mut bytes) = (Vec::new(), [0; 4]);
    for n in 0..count {
        caller.send_to(&n.to_be_bytes(), relay.address).await.unwrap();
        let seen = || {
            let passed = &relay.passed;
            passed.passed.load(Ordering::Relaxed) + passed.lost.load(Ordering::Relaxed)
        };
        let began = Instant::now();
        while seen() <= u64::from(n) {
            assert!(began.elapsed() < PATIENCE, "the relay stands still");
            tokio::time::sleep(Duration::from_micros(200)).await;
        }
        while let Ok(4) = called.try_recv(&mut bytes) {
            came.push(u32::from_be_bytes(bytes));
        }
    }
    let passed = &relay.passed;
    let wanted = passed.passed.load(Ordering::Relaxed) + passed.doubled.load(Ordering::Relaxed);
    while (came.len() as u64) < wanted {
        came.push(receive(&called).await.0);
    }
    (came, relay)
}

#[tokio::test]
async fn datagrams_are_lost_and_doubled_the_same_way_for_one_seed() {
    let (came, relay) = numbers("loss=20%,burst=3,duplicate=10%,seed=7", 300).await;
    let (again, _) = numbers("loss=20%,burst=3,duplicate=10%,seed=7", 300).await;
    assert_eq!(came, again);
    let passed = &relay.passed;
    assert_eq!(passed.passed.load(Ordering::Relaxed) + passed.lost.load(Ordering::Relaxed), 300);
    assert!(passed.lost.load(Ordering::Relaxed) > 20 && passed.doubled.load(Ordering::Relaxed) > 5);
    assert!(passed.lost_in_a_row.load(Ordering::Relaxed) >= 3);
}

#[tokio::test]
async fn some_are_overtaken_and_none_is_changed() {
    let (mut came, _) = numbers("reorder=20%,seed=3", 200).await;
    assert!(came.windows(2).any(|pair| pair[0] > pair[1]), "{came:?}");
    came.sort_unstable();
    assert!(came.into_iter().eq(0..200));
}

#[tokio::test]
async fn answers_find_the_way_back() {
    let (caller, relay, called) = line("delay=5ms").await;
    caller.send_to(&7_u32.to_be_bytes(), relay.address).await.unwrap();
    let (number, from) = receive(&called).await;
    assert_eq!((number, from), (7, relay.behind));
    called.send_to(&8_u32.to_be_bytes(), from).await.unwrap();
    assert_eq!(receive(&caller).await, (8, relay.address));
}
