//! What goes into the core and what comes out of it?

use std::net::{IpAddr, SocketAddr};

use crate::api::{Ask, CallEvent, Dial, Invitation, Transport};
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
    /// A request with this branch could not be sent.
    Unsent(String),
    /// A name was looked up.
    Resolved(String, Vec<IpAddr>),
    /// Somebody wants something of a call.
    Ask(u64, Ask),
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
    /// Look this name up and tell: calls from its addresses are a trunk's.
    Resolve(String, u16),
}
