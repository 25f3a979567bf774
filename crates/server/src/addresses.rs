//! How many connections may one address have?

use std::collections::{HashMap, VecDeque};
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::config::Limits;

const MINUTE: Duration = Duration::from_secs(60);
/// Addresses remembered for the rate of new calls. Beyond it those that were quiet for a minute are forgotten,
/// and if none was, new addresses are refused.
const MAX_ADDRESSES: usize = 65_536;

#[derive(Debug, Default)]
struct Address {
    open: usize,
    calls: VecDeque<Instant>,
}

#[derive(Debug)]
struct Table {
    addresses: HashMap<IpAddr, Address>,
    open: usize,
}

/// Counts the connections of every address.
#[derive(Clone, Debug)]
pub(crate) struct Addresses {
    table: Arc<Mutex<Table>>,
    limits: Limits,
}

/// An open connection; dropping it makes room.
#[derive(Debug)]
pub(crate) struct OpenConnection {
    addresses: Addresses,
    /// None: it counts for no address.
    ip: Option<IpAddr>,
}

impl Addresses {
    pub(crate) fn new(limits: Limits) -> Self {
        let table = Table { addresses: HashMap::new(), open: 0 };
        Self { table: Arc::new(Mutex::new(table)), limits }
    }

    /// A connection from there, if there is room for it.
    pub(crate) fn connect(&self, ip: IpAddr) -> Option<OpenConnection> {
        let ip = group(ip);
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        if table.open >= self.limits.connections || !table.has_room(ip) {
            return None;
        }
        let address = table.addresses.entry(ip).or_default();
        if address.open >= self.limits.connections_per_address {
            return None;
        }
        address.open += 1;
        table.open += 1;
        Some(OpenConnection { addresses: self.clone(), ip: Some(ip) })
    }

    /// A connection from a peer that may bring any number of calls, if there is room for it.
    pub(crate) fn connect_peer(&self) -> Option<OpenConnection> {
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        if table.open >= self.limits.connections {
            return None;
        }
        table.open += 1;
        Some(OpenConnection { addresses: self.clone(), ip: None })
    }

    /// A new call from there. `Err`: how long until one is allowed again.
    pub(crate) fn call(&self, ip: IpAddr, now: Instant) -> Result<(), Duration> {
        let ip = group(ip);
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        if !table.has_room(ip) {
            return Err(MINUTE);
        }
        let address = table.addresses.entry(ip).or_default();
        address.forget(now);
        match address.calls.front() {
            Some(&first) if address.calls.len() >= self.limits.connections_per_minute as usize => {
                Err(MINUTE.saturating_sub(now.duration_since(first)))
            }
            _ => {
                address.calls.push_back(now);
                Ok(())
            }
        }
    }

    /// Forgets addresses that have no connection and made no call for a minute.
    pub(crate) fn sweep(&self, now: Instant) {
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        table.addresses.retain(|_, address| {
            address.forget(now);
            address.open > 0 || !address.calls.is_empty()
        });
    }
}

impl Table {
    fn has_room(&self, ip: IpAddr) -> bool {
        self.addresses.len() < MAX_ADDRESSES || self.addresses.contains_key(&ip)
    }
}

impl Address {
    fn forget(&mut self, now: Instant) {
        while let Some(&first) = self.calls.front()
            && now.duration_since(first) >= MINUTE
        {
            self.calls.pop_front();
        }
    }
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        let mut table = self.addresses.table.lock().unwrap_or_else(PoisonError::into_inner);
        table.open = table.open.saturating_sub(1);
        let Some(ip) = self.ip else { return };
        if let Some(address) = table.addresses.get_mut(&ip) {
            address.open = address.open.saturating_sub(1);
            if address.open == 0 && address.calls.is_empty() {
                table.addresses.remove(&ip);
            }
        }
    }
}

/// What counts as one address: an IPv4 address, or the /64 that one IPv6 host usually has to itself.
fn group(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX))),
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses() -> Addresses {
        Addresses::new(Limits {
            connections: 5,
            connections_per_address: 2,
            connections_per_minute: 3,
            ..Limits::default()
        })
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn an_address_has_a_cap_and_gets_its_room_back() {
        let all = addresses();
        let first = all.connect(ip("10.0.0.1")).unwrap();
        let second = all.connect(ip("::ffff:10.0.0.1")).unwrap();
        assert!(all.connect(ip("10.0.0.1")).is_none());
        let other = all.connect(ip("10.0.0.2"));
        assert!(other.is_some(), "nobody else is touched");
        drop(first);
        assert!(all.connect(ip("10.0.0.1")).is_some());
        drop((second, other));
        assert!(all.table.lock().unwrap().addresses.is_empty(), "nothing is kept");
        assert_eq!(all.table.lock().unwrap().open, 0);
    }

    #[test]
    fn a_house_with_many_ipv6_addresses_is_one() {
        let all = addresses();
        let _a = all.connect(ip("2001:db8::1"));
        let _b = all.connect(ip("2001:db8::2"));
        assert!(all.connect(ip("2001:db8::3")).is_none());
        assert!(all.connect(ip("2001:db8:0:1::1")).is_some());
    }

    #[test]
    fn all_together_have_a_cap() {
        let all = addresses();
        let held: Vec<_> = (1..=9).filter_map(|n| all.connect(ip(&format!("10.0.0.{n}")))).collect();
        assert_eq!(held.len(), 5);
    }

    #[test]
    fn new_calls_are_counted_over_a_minute() {
        let all = addresses();
        let start = Instant::now();
        for _ in 0..3 {
            assert_eq!(all.call(ip("10.0.0.1"), start), Ok(()));
        }
        let later = start + Duration::from_secs(20);
        assert_eq!(all.call(ip("10.0.0.1"), later), Err(Duration::from_secs(40)));
        assert_eq!(all.call(ip("10.0.0.2"), later), Ok(()));
        assert_eq!(all.call(ip("10.0.0.1"), start + MINUTE), Ok(()));
        all.sweep(start + 3 * MINUTE);
        assert!(all.table.lock().unwrap().addresses.is_empty());
    }
}
