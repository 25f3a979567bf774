//! What goes into the buffer, what comes out, and what it counts?

use std::time::Duration;

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

/// How long audio packets waited in the buffer before their turn had come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waited {
    /// Packets given out.
    pub packets: u64,
    /// Their time in the buffer, all together.
    pub total: Duration,
    /// That of the one that waited longest.
    pub longest: Duration,
}

impl Waited {
    pub(super) fn add(&mut self, micros: i64) {
        let time = Duration::from_micros(micros.max(0).unsigned_abs());
        self.join(Self { packets: 1, total: time, longest: time });
    }

    /// Adds what packets of another stream waited.
    pub fn join(&mut self, other: Self) {
        self.packets += other.packets;
        self.total += other.total;
        self.longest = self.longest.max(other.longest);
    }

    /// What the buffer adds to the way of a packet, on average.
    #[must_use]
    pub fn mean(&self) -> Duration {
        self.total / u32::try_from(self.packets.max(1)).unwrap_or(u32::MAX)
    }
}
