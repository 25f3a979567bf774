//! Which name servers does this machine use? As `/etc/resolv.conf` says (resolv.conf(5)).

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// Where the system writes them down.
pub(super) const FILE: &str = "/etc/resolv.conf";
/// Servers that are asked at most, as the system does.
const MOST: usize = 3;

/// The servers of such a file; without any, the one on this machine.
pub(super) fn servers(text: &str) -> Vec<SocketAddr> {
    let named = text.lines().filter_map(|line| {
        let rest = line.trim().strip_prefix("nameserver")?;
        if !rest.starts_with(char::is_whitespace) {
            return None;
        }
        // An address of a link has the link's name behind it, which only that link's own servers need.
        let ip: IpAddr = rest.split_whitespace().next()?.parse().ok()?;
        Some(SocketAddr::new(ip, 53))
    });
    let servers: Vec<SocketAddr> = named.take(MOST).collect();
    if servers.is_empty() { vec![(Ipv4Addr::LOCALHOST, 53).into()] } else { servers }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_read_as_the_system_reads_them() {
        let text = "# nameserver 1.1.1.1\n; x\nsearch example.org\nnameserver 192.0.2.1\n\
                    nameserver\t2001:db8::1 # two\nnameservers 9.9.9.9\nnameserver fe80::1%eth0\n\
                    nameserver nonsense\nnameserver 192.0.2.3\nnameserver 192.0.2.4\n";
        let wanted: Vec<SocketAddr> =
            ["192.0.2.1:53", "[2001:db8::1]:53", "192.0.2.3:53"].map(|a| a.parse().unwrap()).into();
        assert_eq!(servers(text), wanted);
        assert_eq!(servers(""), ["127.0.0.1:53".parse().unwrap()]);
    }

    proptest::proptest! {
        #[test]
        fn no_text_breaks_it(text in ".*") {
            proptest::prop_assert!((1..=MOST).contains(&servers(&text).len()));
        }
    }
}
