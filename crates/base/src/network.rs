//! Does an address lie in a network?

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// An address, or a network in CIDR notation: `192.168.1.7`, `10.0.0.0/8`, `2001:db8::/32`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    /// Leading bits in which its addresses agree.
    bits: u32,
}

/// It is neither an address nor a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadNetwork(String);

impl fmt::Display for BadNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is neither an address (192.0.2.7) nor a network (192.0.2.0/24)", self.0)
    }
}

impl std::error::Error for BadNetwork {}

impl Network {
    /// Whether the address lies in it. IPv4 addresses dressed as IPv6 count as what they are.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let agree = match (self.address, address.to_canonical()) {
            (IpAddr::V4(net), IpAddr::V4(ip)) => (net.to_bits() ^ ip.to_bits()).leading_zeros(),
            (IpAddr::V6(net), IpAddr::V6(ip)) => (net.to_bits() ^ ip.to_bits()).leading_zeros(),
            _ => return false,
        };
        agree >= self.bits
    }
}

impl FromStr for Network {
    type Err = BadNetwork;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bad = || BadNetwork(text.to_owned());
        let (address, bits) = match text.trim().split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text.trim(), None),
        };
        let address = address.parse::<IpAddr>().map_err(|_| bad())?.to_canonical();
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = match bits {
            Some(bits) if bits.bytes().all(|b| b.is_ascii_digit()) => bits.parse().map_err(|_| bad())?,
            Some(_) => return Err(bad()),
            None => most,
        };
        if bits > most { Err(bad()) } else { Ok(Self { address, bits }) }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.bits)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_text_panics(text in "[0-9a-f.:/]{0,20}|\\PC{0,10}") {
            let _ = text.parse::<Network>();
        }

        #[test]
        fn a_network_has_its_own_addresses_and_not_the_next_one(base in any::<u32>(), bits in 1u32..=32, any in any::<u32>()) {
            let mask = u32::MAX << (32 - bits);
            let address = |n: u32| IpAddr::from(n.to_be_bytes());
            let network: Network = format!("{}/{bits}", address(base)).parse().unwrap();
            prop_assert!(network.contains(address((base & mask) | (any & !mask))));
            prop_assert!(!network.contains(address(base ^ (1 << (32 - bits)))));
        }
    }
}
