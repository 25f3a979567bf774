//! From which addresses may anybody come?

use std::net::IpAddr;

use tom_wire::{ErrorCode, WireError};

use crate::config::ServerError;

/// Networks that may use the server. None at all: every address may.
#[derive(Clone, Debug, Default)]
pub(crate) struct Networks(Vec<Network>);

/// Addresses that agree in so many leading bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Network {
    base: IpAddr,
    bits: u32,
}

impl Networks {
    /// Reads the addresses and networks of a setting: `192.168.1.7`, `10.0.0.0/8`, `fd00::/8`.
    ///
    /// # Errors
    /// When one of them is neither.
    pub(crate) fn new(setting: &str, texts: &[String]) -> Result<Self, ServerError> {
        let read = |text: &String| {
            Network::read(text.trim()).ok_or_else(|| {
                ServerError::Name(format!(
                    "{setting}: \"{text}\" is no address or network; write it as 192.168.1.7 or 192.168.1.0/24"
                ))
            })
        };
        texts.iter().map(read).collect::<Result<_, _>>().map(Self)
    }

    /// Whether an address is in one of the networks.
    pub(crate) fn names(&self, peer: IpAddr) -> bool {
        let peer = peer.to_canonical();
        self.0.iter().any(|network| network.has(peer))
    }

    /// Refuses who comes from anywhere else.
    ///
    /// # Errors
    /// `AUTH_ADDRESS`.
    pub(crate) fn check(&self, peer: IpAddr) -> Result<(), WireError> {
        if self.0.is_empty() || self.names(peer) {
            return Ok(());
        }
        Err(WireError::new(
            ErrorCode::AuthAddress,
            "your address may not use this server; add it to server.clients",
        ))
    }
}

impl Network {
    fn read(text: &str) -> Option<Self> {
        let (base, bits) = match text.split_once('/') {
            Some((base, bits)) => (base, Some(bits)),
            None => (text, None),
        };
        let base = base.parse::<IpAddr>().ok()?.to_canonical();
        let most = if base.is_ipv4() { 32 } else { 128 };
        let bits = match bits {
            Some(bits) if bits.bytes().all(|b| b.is_ascii_digit()) => bits.parse().ok()?,
            Some(_) => return None,
            None => most,
        };
        (bits <= most).then_some(Self { base, bits })
    }

    fn has(self, ip: IpAddr) -> bool {
        match (self.base, ip) {
            (IpAddr::V4(base), IpAddr::V4(ip)) => {
                (u32::from(base) ^ u32::from(ip)).leading_zeros() >= self.bits
            }
            (IpAddr::V6(base), IpAddr::V6(ip)) => {
                (u128::from(base) ^ u128::from(ip)).leading_zeros() >= self.bits
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn may(networks: &[&str], peer: &str) -> bool {
        let texts: Vec<String> = networks.iter().map(|n| (*n).to_owned()).collect();
        Networks::new("server.clients", &texts).unwrap().check(peer.parse().unwrap()).is_ok()
    }

    #[test]
    fn only_who_is_in_the_list_may_come() {
        assert!(may(&[], "203.0.113.9"), "an empty list is no list");
        let list = ["192.168.1.0/24", "10.1.2.3", "fd00::/8", "0.0.0.0/32"];
        for peer in ["192.168.1.0", "192.168.1.255", "10.1.2.3", "fd12:3456::1", "::ffff:10.1.2.3"] {
            assert!(may(&list, peer), "{peer}");
        }
        for peer in ["192.168.2.1", "10.1.2.4", "fe80::1", "::1", "127.0.0.1", "::ffff:10.1.2.4"] {
            assert!(!may(&list, peer), "{peer}");
        }
        assert!(may(&["0.0.0.0/0"], "203.0.113.9") && !may(&["0.0.0.0/0"], "2001:db8::1"));
        assert!(may(&["::/0"], "2001:db8::1"));
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for text in
            ["", "host", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/+8", "10.0.0/8", "1.2.3.4/8/8"]
        {
            assert!(Networks::new("server.clients", &[text.to_owned()]).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "[0-9a-f.:/]{0,20}|\\PC{0,10}") {
            let _ = Networks::new("server.clients", &[text]);
        }

        #[test]
        fn a_network_has_its_own_addresses_and_not_the_next_one(base in any::<u32>(), bits in 1u32..=32, any in any::<u32>()) {
            let mask = u32::MAX << (32 - bits);
            let address = |n: u32| IpAddr::from(n.to_be_bytes());
            let network = Network::read(&format!("{}/{bits}", address(base))).unwrap();
            prop_assert!(network.has(address((base & mask) | (any & !mask))));
            prop_assert!(!network.has(address(base ^ (1 << (32 - bits)))));
        }
    }
}
