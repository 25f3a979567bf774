//! How is the telephone set up: SIP, its trunks, and whom it may call?

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use tom_base::Network;
use tom_call::OnMachine;
use tom_server::{DialRules, Join};
use tom_sip::{Credentials, Tls, Transport, Trunk};
use tom_wire::sdp::{Codec, SrtpPolicy, Terms};

use super::tables::Table;
use super::{Problem, Reader};
use crate::webhook::WebAddress;

/// `[sip]` with its trunks.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SipLineConfig {
    pub(crate) listen: Vec<(Transport, SocketAddr)>,
    pub(crate) advertise: Option<IpAddr>,
    pub(crate) allow: Vec<Network>,
    pub(crate) name_servers: Vec<SocketAddr>,
    pub(crate) refer: bool,
    pub(crate) rtp_ports: (u16, u16),
    pub(crate) tls: Option<Tls>,
    pub(crate) silence: Duration,
    pub(crate) terms: Terms,
    pub(crate) trunks: Vec<Trunk>,
    /// `[dial]`.
    pub(crate) dial: DialRules,
    /// `[transfer]`.
    pub(crate) transfer: TransferConfig,
}

/// `[transfer]`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TransferConfig {
    pub(crate) attended: bool,
    pub(crate) join: Join,
    pub(crate) ring: Duration,
    /// A WAV file.
    pub(crate) music: Option<PathBuf>,
    pub(crate) summary_url: Option<WebAddress>,
}

impl SipLineConfig {
    pub(super) fn read(r: &mut Reader<'_>) -> Option<Self> {
        let tables = r.settings.tables.clone();
        let trunks: Vec<Trunk> = tables
            .iter()
            .filter(|table| table.name == "sip.trunk")
            .enumerate()
            .filter_map(|(at, table)| trunk(at, table, &mut r.problems))
            .collect();
        for (at, trunk) in trunks.iter().enumerate() {
            if trunks[..at].iter().any(|before| before.name == trunk.name) {
                let what = format!("two trunks are called {:?}; give each a name of its own", trunk.name);
                r.problem("sip.trunk", what);
            }
        }
        let Some(text) = r.text("sip.listen") else {
            if !trunks.is_empty() {
                r.problem(
                    "sip.listen",
                    "there are trunks, and SIP listens nowhere: 0.0.0.0:5060, say".into(),
                );
            }
            return None;
        };
        let Ok(address) = text.replace("localhost:", "127.0.0.1:").parse::<SocketAddr>() else {
            r.problem("sip.listen", format!("{text:?} is no ADDRESS:PORT such as 0.0.0.0:5060"));
            return None;
        };
        let tls = tls(r);
        Some(Self {
            listen: listen(r, address, tls.is_some()),
            advertise: r.text("sip.advertise").and_then(|text| {
                let ip = text.parse();
                if ip.is_err() {
                    r.problem("sip.advertise", format!("{text:?} is no IP address"));
                }
                ip.ok()
            }),
            allow: allow(r, &trunks),
            name_servers: name_servers(r),
            refer: r.word("sip.refer") == "pbx",
            rtp_ports: rtp_ports(r),
            tls,
            silence: Duration::from_secs(r.number("sip.silence_s")),
            terms: terms(r),
            dial: dial(r),
            transfer: transfer(r),
            trunks,
        })
    }
}

fn listen(r: &mut Reader<'_>, address: SocketAddr, has_tls: bool) -> Vec<(Transport, SocketAddr)> {
    let mut listen = Vec::new();
    for name in r.list("sip.transports") {
        match Transport::parse(&name) {
            Some(Transport::Tls) if !has_tls => {
                r.problem("sip.transports", "tls needs sip.tls_cert and sip.tls_key".into());
            }
            Some(Transport::Tls) => {
                let port = address.port().saturating_add(u16::from(address.port() != 0));
                listen.push((Transport::Tls, SocketAddr::new(address.ip(), port)));
            }
            Some(transport) => listen.push((transport, address)),
            None => r.problem("sip.transports", format!("{name:?} is not udp, tcp or tls")),
        }
    }
    if listen.is_empty() {
        r.problem("sip.transports", "name at least one: udp".into());
    }
    listen
}

fn allow(r: &mut Reader<'_>, trunks: &[Trunk]) -> Vec<Network> {
    let texts = r.list("sip.allow");
    if texts.is_empty() && trunks.is_empty() {
        let what = "nobody may call: name your PBX's address or network, or set up a trunk";
        r.problem("sip.allow", what.into());
    }
    let mut allow = Vec::new();
    for text in texts {
        match text.parse::<Network>() {
            Ok(network) => allow.push(network),
            Err(error) => r.problem("sip.allow", error.to_string()),
        }
    }
    allow
}

fn transfer(r: &mut Reader<'_>) -> TransferConfig {
    let summary_url = r.text("transfer.summary_url").and_then(|text| {
        let address = text.parse();
        if let Err(why) = &address {
            r.problem("transfer.summary_url", format!("{text:?} {why}"));
        }
        address.ok()
    });
    let join = match &*r.word("transfer.join") {
        "off" => Join::Off,
        "all" => Join::All,
        _ => Join::Pbx,
    };
    TransferConfig {
        attended: r.word("transfer.mode") == "attended",
        join,
        ring: Duration::from_secs(r.number("transfer.ring_s")),
        music: r.text("transfer.music").map(PathBuf::from),
        summary_url,
    }
}

/// What is done where a machine picks up a call out.
fn machine(r: &mut Reader<'_>) -> Option<OnMachine> {
    let message = r.text("dial.message");
    match &*r.word("dial.machine") {
        "off" => None,
        "carry_on" => Some(OnMachine::CarryOn),
        "message" => {
            if message.is_none() {
                r.problem("dial.message", "dial.machine = \"message\" needs a text to leave".into());
            }
            Some(OnMachine::Message(message.unwrap_or_default().into()))
        }
        _ => Some(OnMachine::HangUp),
    }
}

fn name_servers(r: &mut Reader<'_>) -> Vec<SocketAddr> {
    let mut servers = Vec::new();
    for text in r.list("sip.name_servers") {
        let port = text.parse::<SocketAddr>().or_else(|_| text.parse().map(|ip| SocketAddr::new(ip, 53)));
        match port {
            Ok(server) => servers.push(server),
            Err(_) => r.problem(
                "sip.name_servers",
                format!("{text:?} is no IP address, with or without a port: 192.168.1.1, say"),
            ),
        }
    }
    servers
}

fn dial(r: &mut Reader<'_>) -> DialRules {
    let machine = machine(r);
    DialRules {
        machine,
        prefixes: r.list("dial.prefixes"),
        deny: r.list("dial.deny"),
        country: r.word("dial.country"),
        per_day: r.number("dial.per_day"),
        at_once: r.number("dial.at_once"),
    }
}

fn terms(r: &mut Reader<'_>) -> Terms {
    let mut codecs = Vec::new();
    for name in r.list("sip.codecs") {
        match Codec::ALL.into_iter().find(|codec| codec.name().eq_ignore_ascii_case(&name)) {
            Some(codec) if !codecs.contains(&codec) => codecs.push(codec),
            Some(_) => {}
            None => r.problem("sip.codecs", format!("{name:?} is not pcma, pcmu, g722 or opus")),
        }
    }
    if codecs.is_empty() {
        r.problem("sip.codecs", "name at least one: pcma".into());
    }
    let srtp = match &*r.word("sip.srtp") {
        "off" => SrtpPolicy::Off,
        "require" => SrtpPolicy::Require,
        _ => SrtpPolicy::Accept,
    };
    Terms { codecs, srtp, noise: true }
}

fn rtp_ports(r: &mut Reader<'_>) -> (u16, u16) {
    let text = r.word("sip.rtp_ports");
    let ends = text.split_once('-').and_then(|(first, last)| {
        Some((first.trim().parse::<u16>().ok()?, last.trim().parse::<u16>().ok()?))
    });
    match ends {
        Some((first, last)) if first > 0 && first < last => (first, last),
        _ => {
            r.problem("sip.rtp_ports", format!("{text:?} is no range such as 20000-20999"));
            (20_000, 20_999)
        }
    }
}

fn tls(r: &mut Reader<'_>) -> Option<Tls> {
    let mut file = |path: &str| {
        let name = r.text(path)?;
        let read = std::fs::read(&name);
        if let Err(error) = &read {
            r.problem(path, format!("{name} cannot be read: {error}"));
        }
        read.ok()
    };
    Some(Tls { cert: file("sip.tls_cert")?, key: file("sip.tls_key")? })
}

fn trunk(at: usize, table: &Table, problems: &mut Vec<Problem>) -> Option<Trunk> {
    let mut fault = |what: String| {
        problems.push(Problem { place: table.place.clone(), what: format!("sip.trunk: {what}") });
    };
    let value = |name: &str| table.values.get(name).cloned().filter(|value| !value.is_empty());
    let registrar = value("registrar");
    let username = value("username");
    let (Some(registrar), Some(username)) = (registrar, username) else {
        fault("a trunk needs registrar and username".into());
        return None;
    };
    let password = match (value("password"), value("password_file")) {
        (Some(_), Some(_)) => {
            fault("set password or password_file, not both".into());
            None
        }
        (Some(password), None) => Some(password),
        (None, Some(file)) => match std::fs::read_to_string(&file) {
            Ok(text) => Some(text.trim().to_owned()),
            Err(error) => {
                fault(format!("{file} cannot be read: {error}"));
                None
            }
        },
        (None, None) => None,
    };
    let register = value("register").is_none_or(|switch| switch != "false");
    let expires =
        value("expires_s").map_or(Some(600), |text| text.parse().ok().filter(|s| (60..=86_400).contains(s)));
    let Some(expires) = expires else {
        fault("expires_s is a number from 60 to 86400".into());
        return None;
    };
    let who = value("auth_username").unwrap_or_else(|| username.clone());
    Some(Trunk {
        name: value("name")
            .unwrap_or_else(|| if at == 0 { "trunk".into() } else { format!("trunk{}", at + 1) }),
        registrar,
        username,
        credentials: password.map(|password| Credentials { username: who, password }),
        register,
        expires: Duration::from_secs(expires),
        outbound_proxy: value("outbound_proxy"),
        ca_file: value("ca_file").map(PathBuf::from),
    })
}

#[cfg(test)]
mod tests;
