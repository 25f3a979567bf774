//! What goes into the core and what comes out of it?

use std::net::SocketAddr;

use crate::api::{Ask, CallEvent, Dial, Invitation, Transport};
use crate::dns::{Place, Seek};
use crate::trunk::TrunkState;

/// The way a message came: how, from whom, over which socket or connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Flow {
    pub(crate) transport: Transport,
    pub(crate) peer: SocketAddr,
    /// The number of the socket or connection.
    pub(crate) link: u64,
}

/// Where a request goes that has no connection of its own yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) transport: Transport,
    pub(crate) host: String,
    pub(crate) port: u16,
    /// It is a name without a port: DNS may know of places for it (RFC 3263).
    pub(crate) named: bool,
}

impl Target {
    /// What to look for where it is a name.
    pub(crate) fn seek(&self, datagrams: bool) -> Seek {
        Seek {
            host: self.host.clone(),
            port: (!self.named).then_some(self.port),
            transport: Some(self.transport),
            secure: self.transport == Transport::Tls,
            datagrams,
        }
    }

    /// Whether what was found is for requests to this target.
    pub(crate) fn is_of(&self, seek: &Seek, found: Transport) -> bool {
        let port = if self.named { None } else { Some(self.port) };
        self.transport == found && self.host == seek.host && port == seek.port
    }
}

/// Where a message goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// Back where something came from.
    Back(Flow),
    /// To an address that may have to be looked up and connected.
    To(Target),
}

impl Way {
    pub(crate) fn transport(&self) -> Transport {
        match self {
            Self::Back(flow) => flow.transport,
            Self::To(target) => target.transport,
        }
    }
}

/// What the core is told.
#[derive(Debug)]
pub(crate) enum Input {
    /// A datagram, or one message of a stream.
    Packet(Flow, Vec<u8>),
    /// A request with this branch could not be sent, and why, where that is known.
    Unsent(String, Option<String>),
    /// A name was looked up: how it is reached, and where; or why not.
    Located(Seek, Result<Place, String>),
    /// Somebody wants something of a call.
    Ask(u64, Ask),
    /// The far ends of two calls are to talk without us: that of the first is asked to take the second's place.
    Join(u64, u64),
    /// Nobody holds the call any more.
    Dropped(u64),
    /// Make a call of this number.
    Dial(u64, Dial),
    /// No new calls: the server is full or stops.
    Closed(bool),
    /// Leave: end all calls, take registrations back.
    Leave,
}

/// What the core wants done.
#[derive(Debug)]
pub(crate) enum Output {
    /// Send bytes; if that fails, say so with the branch.
    Send { way: Way, bytes: Vec<u8>, branch: Option<String> },
    /// A call comes in.
    Incoming(u64, Box<Invitation>),
    /// Something happened on a call.
    Event(u64, CallEvent),
    /// A trunk's state changed.
    Trunk(usize, TrunkState),
    /// Look this name up and tell.
    Locate(Seek),
    /// The place that a target is reached at at the moment does not work: the next one, please.
    Failed(Target),
}
