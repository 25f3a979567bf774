//! From which addresses may anybody come?

use std::net::IpAddr;

use tom_base::Network;
use tom_wire::{ErrorCode, WireError};

use crate::config::ServerError;

/// Networks that may use the server. None at all: every address may.
#[derive(Clone, Debug, Default)]
pub(crate) struct Networks(Vec<Network>);

impl Networks {
    /// Reads the addresses and networks of a setting: `192.168.1.7`, `10.0.0.0/8`, `fd00::/8`.
    ///
    /// # Errors
    /// When one of them is neither.
    pub(crate) fn new(setting: &str, texts: &[String]) -> Result<Self, ServerError> {
        let read = |text: &String| {
            text.parse().map_err(|_| {
                ServerError::Name(format!(
                    "{setting}: \"{text}\" is no address or network; write it as 192.168.1.7 or 192.168.1.0/24"
                ))
            })
        };
        texts.iter().map(read).collect::<Result<_, _>>().map(Self)
    }

    /// Whether an address is in one of the networks.
    pub(crate) fn names(&self, peer: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(peer))
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

#[cfg(test)]
mod tests {
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
}
