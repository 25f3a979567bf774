//! Where may a program listen that cannot be asked afterwards which port it got?

use std::hash::{BuildHasher, RandomState};
use std::io;
use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::ops::Range;

/// Below the ports that systems hand out by themselves (Linux from 32768, IANA from 49152) and below those that tests
/// and benches give to RTP. A port of those that are handed out may be the near end of somebody's connection by the
/// time the program opens it.
const PORTS: Range<u16> = 12_000..20_000;

/// A port of 127.0.0.1 that nobody has at the moment, over UDP and over TCP, drawn by lot.
///
/// # Errors
/// [`io::ErrorKind::AddrInUse`] when none was free in a hundred draws.
pub fn free_port() -> io::Result<u16> {
    for draw in 0..100_u32 {
        // Its keys are new each time.
        let lot = RandomState::new().hash_one(draw);
        let port = PORTS.start + (lot % u64::from(PORTS.end - PORTS.start)) as u16;
        let address = (Ipv4Addr::LOCALHOST, port);
        if UdpSocket::bind(address).is_ok() && TcpListener::bind(address).is_ok() {
            return Ok(port);
        }
    }
    Err(io::ErrorKind::AddrInUse.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_free_port_is_one_the_system_gives_to_nobody() {
        let port = free_port().unwrap();
        assert!(PORTS.contains(&port));
        let _taken = UdpSocket::bind((Ipv4Addr::LOCALHOST, port)).unwrap();
        assert!((0..200).all(|_| free_port().unwrap() != port));
    }
}
