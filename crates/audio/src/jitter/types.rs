//! What goes into the buffer, what comes out, and what it counts?

/// When a packet whose turn it is comes out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Release {
    /// At once.
    #[default]
    OnArrival,
    /// When the delay for it is over, so that the distances of packets are those of the sender.
    Paced,
}

/// A packet.
#[derive(Clone, Copy, Debug)]
pub struct Packet<'a> {
    /// Its sequence number, extended so that it never goes around.
    pub place: u64,
    /// RTP timestamp.
    pub timestamp: u32,
    /// How long its audio lasts, in units of the clock; 0 for what is no audio.
    pub ticks: u32,
    /// Payload type, or whatever else the owner wants back.
    pub tag: u8,
    /// The payload.
    pub payload: &'a [u8],
}

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Play<'a> {
    /// A packet.
    Packet {
        /// As it was given.
        tag: u8,
        /// How long its audio lasts.
        ticks: u32,
        /// Its payload.
        payload: &'a [u8],
    },
    /// Time of the sender for which there is no packet.
    Missing {
        /// How long, in units of the clock.
        ticks: u32,
        /// Why.
        gap: Gap,
    },
}

/// Why there is no packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gap {
    /// Later ones came: it is lost, or too late.
    Lost,
    /// Nothing came: the network stands still, or the sender stopped.
    Stalled,
    /// The sender paused: its own timestamps say so, or its last packet was no audio.
    Paused,
}

/// What the buffer met with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JitterCounters {
    /// Packets that came when their time was over.
    pub late: u64,
    /// Packets that came twice.
    pub duplicates: u64,
    /// Packets that came after one sent later.
    pub reordered: u64,
    /// Packets given up; some of them came late.
    pub lost: u64,
    /// Times the stream began anew.
    pub restarts: u64,
}
