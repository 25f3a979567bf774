//! At which addresses is a SIP server, and in which order are they tried (RFC 3263, 4; RFC 2782)?

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use super::client::{Dns, DnsError};
use super::wire::{Data, Kind, Record};
use crate::api::Transport;
use crate::text::uri::host_ip;

/// Places that are tried at most.
const MOST: usize = 16;
/// The longest that an answer is kept, whatever it says, and the shortest.
const KEPT: (u32, u32) = (10, 300);
/// How long the system may take for an address.
const PATIENCE: Duration = Duration::from_secs(5);

/// What is looked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Seek {
    pub(crate) host: String,
    pub(crate) port: Option<u16>,
    /// As the address says; none: DNS may say.
    pub(crate) transport: Option<Transport>,
    /// Only TLS will do.
    pub(crate) secure: bool,
    /// We can send datagrams.
    pub(crate) datagrams: bool,
}

/// Where a server is: in the order to try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) transport: Transport,
    pub(crate) addresses: Vec<SocketAddr>,
    /// How long that holds.
    pub(crate) holds: Duration,
}

impl Seek {
    /// The transport where nobody names one.
    fn usual(&self) -> Transport {
        match (self.secure, self.transport) {
            (true, _) => Transport::Tls,
            (_, Some(named)) => named,
            _ if self.datagrams => Transport::Udp,
            _ => Transport::Tcp,
        }
    }

    fn may(&self, transport: Transport) -> bool {
        let fits = if self.secure { transport == Transport::Tls } else { true };
        fits && (self.datagrams || transport != Transport::Udp)
    }
}

const fn port_of(transport: Transport) -> u16 {
    if matches!(transport, Transport::Tls) { 5061 } else { 5060 }
}

/// Finds the server.
///
/// # Errors
/// Why not, in words for an operator.
pub(crate) async fn locate(dns: &Dns, seek: &Seek) -> Result<Place, DnsError> {
    let usual = seek.usual();
    let fixed = seek.port.unwrap_or(port_of(usual));
    if let Some(ip) = host_ip(&seek.host) {
        let addresses = vec![SocketAddr::new(ip, fixed)];
        return Ok(Place { transport: usual, addresses, holds: kept(KEPT.1) });
    }
    // Without an answer to these the name itself may still be known to the system.
    let mut trouble = None;
    if seek.port.is_none() {
        match services(dns, seek).await {
            Ok(Some(place)) => return Ok(place),
            Ok(None) => {}
            Err(error) => trouble = Some(error),
        }
    }
    // Name servers that are silent are not asked again.
    let silent = matches!(trouble, Some(DnsError::Silent { .. }));
    let addresses = if silent { by_system(&seek.host).await } else { hosts(dns, &seek.host).await };
    if addresses.is_empty() {
        return Err(trouble.unwrap_or_else(|| DnsError::Unknown(seek.host.clone())));
    }
    let addresses = addresses.into_iter().map(|ip| SocketAddr::new(ip, fixed)).take(MOST).collect();
    Ok(Place { transport: usual, addresses, holds: kept(60) })
}

fn kept(ttl: u32) -> Duration {
    Duration::from_secs(ttl.clamp(KEPT.0, KEPT.1).into())
}

/// By the records of services; none: there are none.
async fn services(dns: &Dns, seek: &Seek) -> Result<Option<Place>, DnsError> {
    let mut names = Vec::new();
    if seek.transport.is_none() {
        names = naptr(seek, &dns.ask(&seek.host, Kind::Naptr).await?);
    }
    if names.is_empty() {
        let wanted: &[Transport] = match (seek.secure, seek.transport) {
            (true, _) => &[Transport::Tls],
            (_, Some(Transport::Udp)) => &[Transport::Udp],
            (_, Some(Transport::Tcp)) => &[Transport::Tcp],
            (_, Some(Transport::Tls)) => &[Transport::Tls],
            (_, None) => &[Transport::Udp, Transport::Tcp],
        };
        let service = |transport| match transport {
            Transport::Udp => "_sip._udp",
            Transport::Tcp => "_sip._tcp",
            Transport::Tls => "_sips._tcp",
        };
        let named = wanted.iter().filter(|transport| seek.may(**transport));
        names =
            named.map(|&transport| (transport, format!("{}.{}", service(transport), seek.host))).collect();
    }
    for (transport, name) in names {
        let records = dns.ask(&name, Kind::Srv).await?;
        let mut addresses = Vec::new();
        for (host, port) in ordered(&records, &mut || crate::random::number() as u32) {
            let added = records.iter().filter_map(|record| match record.data {
                Data::Address(ip) if record.name == host => Some(ip),
                _ => None,
            });
            let mut found: Vec<IpAddr> = added.collect();
            if found.is_empty() {
                found = hosts(dns, &host).await;
            }
            addresses.extend(found.into_iter().map(|ip| SocketAddr::new(ip, port)));
        }
        addresses.truncate(MOST);
        if !addresses.is_empty() {
            let ttl = records.iter().map(|record| record.ttl).min().unwrap_or(0);
            return Ok(Some(Place { transport, addresses, holds: kept(ttl) }));
        }
    }
    Ok(None)
}

/// The names of services that rules of naming lead to, in their order, of transports that we may use.
fn naptr(seek: &Seek, records: &[Record]) -> Vec<(Transport, String)> {
    let mut rules: Vec<_> = records
        .iter()
        .filter_map(|record| {
            let Data::Naptr { order, preference, flags, service, replacement } = &record.data else {
                return None;
            };
            let transport = match &**service {
                "sip+d2u" => Transport::Udp,
                "sip+d2t" => Transport::Tcp,
                "sips+d2t" => Transport::Tls,
                _ => return None,
            };
            let good = flags == "s" && !replacement.is_empty() && seek.may(transport);
            good.then(|| (*order, *preference, transport, replacement.clone()))
        })
        .collect();
    rules.sort_by_key(|(order, preference, ..)| (*order, *preference));
    rules.into_iter().map(|(.., transport, name)| (transport, name)).collect()
}

/// Hosts and ports by priority, and by lot in proportion to their weights (RFC 2782).
fn ordered(records: &[Record], dice: &mut dyn FnMut() -> u32) -> Vec<(String, u16)> {
    let mut left: Vec<(u16, u16, u16, String)> = records
        .iter()
        .filter_map(|record| match &record.data {
            // A dot alone says that there is no such service.
            Data::Srv { priority, weight, port, target } if !target.is_empty() => {
                Some((*priority, *weight, *port, target.clone()))
            }
            _ => None,
        })
        .collect();
    let mut out = Vec::new();
    while let Some(first) = left.iter().map(|(priority, ..)| *priority).min() {
        let heavy = |entry: &(u16, u16, u16, String)| if entry.0 == first { u32::from(entry.1) } else { 0 };
        let total: u32 = left.iter().map(heavy).sum();
        let mut drawn = if total == 0 { 0 } else { dice() % total };
        let chosen = left.iter().position(|entry| {
            let weight = heavy(entry);
            // Without weights the first one of this priority.
            let here = entry.0 == first && (total == 0 || drawn < weight);
            drawn = drawn.saturating_sub(weight);
            here
        });
        let (.., port, target) = left.remove(chosen.unwrap_or(0));
        out.push((target, port));
    }
    out
}

/// The addresses of a host: of the name servers that an operator named, else of the system. Nothing: it has none.
async fn hosts(dns: &Dns, host: &str) -> Vec<IpAddr> {
    if dns.is_named() {
        let mut found = Vec::new();
        for kind in [Kind::A, Kind::Aaaa] {
            for record in dns.ask(host, kind).await.unwrap_or_default() {
                if let Data::Address(ip) = record.data {
                    found.push(ip);
                }
            }
        }
        if !found.is_empty() {
            return found;
        }
    }
    by_system(host).await
}

/// The addresses that the system has for a host: it knows more than DNS.
async fn by_system(host: &str) -> Vec<IpAddr> {
    match tokio::time::timeout(PATIENCE, tokio::net::lookup_host((host, 0))).await {
        Ok(Ok(found)) => {
            let mut ips: Vec<IpAddr> = found.map(|address| address.ip()).collect();
            ips.dedup();
            ips
        }
        Ok(Err(_)) | Err(_) => Vec::new(),
    }
}

#[cfg(test)]
#[path = "locate_tests.rs"]
mod tests;
