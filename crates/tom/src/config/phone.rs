//! Which telephone lines are there?

use std::net::SocketAddr;

use super::Reader;

/// `server.peers` and `[audiosocket]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PhoneConfig {
    /// Who brings many calls from one address.
    pub(crate) peers: Vec<String>,
    /// Where Asterisk connects; none: nowhere.
    pub(crate) audiosocket: Option<SocketAddr>,
    /// From where it may.
    pub(crate) audiosocket_allow: Vec<String>,
}

impl PhoneConfig {
    pub(super) fn read(r: &mut Reader<'_>) -> Self {
        let audiosocket = r.text("audiosocket.listen").and_then(|text| {
            let address = text.replace("localhost:", "127.0.0.1:").parse();
            if address.is_err() {
                let what = format!("{text:?} is no ADDRESS:PORT such as 127.0.0.1:9092");
                r.problem("audiosocket.listen", what);
            }
            address.ok()
        });
        let audiosocket_allow = r.list("audiosocket.allow");
        if audiosocket.is_some() && audiosocket_allow.is_empty() {
            let what = "name the addresses of your Asterisk; without any, everybody could call";
            r.problem("audiosocket.allow", what.into());
        }
        Self { peers: r.list("server.peers"), audiosocket, audiosocket_allow }
    }
}
