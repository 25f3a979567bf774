//! What does an operator decide about SIP?

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tom_base::Network;

use crate::api::Transport;
use crate::digest::Credentials;

/// The settings of a user agent.
#[derive(Clone)]
pub struct Options {
    /// Where to listen. TLS needs [`Options::tls`].
    pub listen: Vec<(Transport, SocketAddr)>,
    /// The address others reach us at, where it is not the one we listen on.
    pub advertise: Option<IpAddr>,
    /// Who may call, besides trunks.
    pub allow: Vec<Network>,
    /// Lines we register.
    pub trunks: Vec<Trunk>,
    /// The name servers to ask; none: the system's.
    pub name_servers: Vec<SocketAddr>,
    /// Whether the other side of a call may ask us to call somebody in its place (REFER): then
    /// [`CallEvent::Referred`](crate::CallEvent::Referred) asks for a decision; otherwise 603.
    pub refer: bool,
    /// Certificate and key of TLS.
    pub tls: Option<Tls>,
    /// The header User-Agent, as `TOM/0.1.0`.
    pub agent: String,
    /// After how long a call whose other side is silent is asked whether it lives (RFC 4028): 90 s to a day.
    pub session: Duration,
    /// The basic wait of retransmissions, T1 of RFC 3261: 500 ms but for tests.
    pub t1: Duration,
    /// Told of everything refused or dropped, by reason.
    pub count: Counter,
}

/// Every reason there is: what was refused, dropped or thrown away.
pub const REASONS: &[&str] = &[
    "not_allowed",
    "malformed",
    "method",
    "media_type",
    "scheme",
    "extension",
    "session_interval",
    "unknown_call",
    "version",
    "closed",
    "noise",
    "stray_response",
    "other",
];

/// The reason a status stands for.
pub(crate) fn reason_of(status: u16) -> &'static str {
    match status {
        400 => "malformed",
        403 => "not_allowed",
        405 | 501 => "method",
        406 | 415 => "media_type",
        416 => "scheme",
        420 => "extension",
        422 => "session_interval",
        481 => "unknown_call",
        503 => "closed",
        505 => "version",
        _ => "other",
    }
}

/// Somebody who counts by one of [`REASONS`].
pub type Counter = Arc<dyn Fn(&'static str) + Send + Sync>;

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: Vec::new(),
            advertise: None,
            allow: Vec::new(),
            trunks: Vec::new(),
            name_servers: Vec::new(),
            refer: false,
            tls: None,
            agent: concat!("TOM/", env!("CARGO_PKG_VERSION")).to_owned(),
            session: Duration::from_secs(1800),
            t1: Duration::from_millis(500),
            count: Arc::new(|_| {}),
        }
    }
}

/// The files of TLS, in PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tls {
    /// The certificate and those it leans on.
    pub cert: Vec<u8>,
    /// Its key.
    pub key: Vec<u8>,
}

/// A line at a carrier, a home router or a PBX.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trunk {
    /// What we call it.
    pub name: String,
    /// Where it is: `sip:fritz.box`, `sip:example.org:5070;transport=tcp`, or `example.org`.
    pub registrar: String,
    /// The user at the registrar: the number, mostly.
    pub username: String,
    /// What to answer challenges with.
    pub credentials: Option<Credentials>,
    /// Whether to register; a trunk without registration only calls out and is known by its address.
    pub register: bool,
    /// How long a registration is to hold.
    pub expires: Duration,
    /// What requests go through on their way to the registrar, where that is another server: as `registrar`.
    pub outbound_proxy: Option<String>,
    /// Certificates, in PEM, that are trusted beside the system's where this trunk is reached over TLS.
    pub ca_file: Option<PathBuf>,
}

impl Default for Trunk {
    /// Of no place and nobody: registers, for ten minutes at a time.
    fn default() -> Self {
        Self {
            name: String::new(),
            registrar: String::new(),
            username: String::new(),
            credentials: None,
            register: true,
            expires: Duration::from_secs(600),
            outbound_proxy: None,
            ca_file: None,
        }
    }
}
