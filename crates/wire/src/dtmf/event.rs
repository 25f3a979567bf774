//! How is a key press one event, though many packets tell of it (RFC 4733)?

use tom_base::Key;

/// Times the end of an event is told (RFC 4733, 2.5.1.4).
const ENDS: u8 = 3;
/// Events remembered: a packet of one of them is no new press, however late it comes.
const REMEMBERED: usize = 4;
/// Power of the tone, in -dBm0, as it is told to the far end.
const VOLUME: u8 = 10;

/// The payload of a telephone event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TelephoneEvent {
    /// Which; 0 to 15 are keys.
    pub event: u8,
    /// Whether it is over.
    pub end: bool,
    /// Power in -dBm0, 0 to 63.
    pub volume: u8,
    /// How long it has lasted, in units of the clock.
    pub duration: u16,
}

impl TelephoneEvent {
    /// Reads a payload: its first four bytes. Events that follow in the same packet are repetitions of older ones.
    #[must_use]
    pub fn parse(payload: &[u8]) -> Option<Self> {
        let bytes = payload.first_chunk::<4>()?;
        Some(Self {
            event: bytes[0],
            end: bytes[1] & 0x80 != 0,
            volume: bytes[1] & 0x3f,
            duration: u16::from_be_bytes([bytes[2], bytes[3]]),
        })
    }

    /// The payload.
    #[must_use]
    pub fn write(self) -> [u8; 4] {
        let [high, low] = self.duration.to_be_bytes();
        [self.event, u8::from(self.end) << 7 | (self.volume & 0x3f), high, low]
    }
}

/// Makes one press out of the packets of an event.
#[derive(Clone, Debug, Default)]
pub struct EventReceiver {
    /// Timestamp and event of the last ones, the newest at `next - 1`.
    seen: [Option<(u32, u8)>; REMEMBERED],
    next: usize,
}

impl EventReceiver {
    /// Takes a packet. The key is told with the first one that comes, so that nobody waits for its end.
    pub fn take(&mut self, timestamp: u32, payload: &[u8]) -> Option<Key> {
        let event = TelephoneEvent::parse(payload)?;
        let key = Key::from_event(event.event)?;
        let this = Some((timestamp, event.event));
        if self.seen.contains(&this) {
            return None;
        }
        self.seen[self.next] = this;
        self.next = (self.next + 1) % REMEMBERED;
        Some(key)
    }
}

/// Tells of one press, packet by packet.
#[derive(Clone, Debug)]
pub struct EventSender {
    event: u8,
    step: u16,
    left: u32,
    duration: u32,
    ends: u8,
}

impl EventSender {
    /// A press that lasts so many packets, each `step` units of the clock apart; at least two.
    #[must_use]
    pub fn new(key: Key, packets: u32, step: u16) -> Self {
        Self { event: key.event(), step, left: packets.max(2), duration: 0, ends: ENDS }
    }

    /// The next packet's payload, and whether it is the first, which gets the marker. All have the timestamp of the
    /// first. `None` when the end was told three times.
    pub fn next_packet(&mut self) -> Option<(TelephoneEvent, bool)> {
        let first = self.duration == 0;
        if self.left > 0 {
            self.left -= 1;
            self.duration += u32::from(self.step);
        } else {
            self.ends = self.ends.checked_sub(1)?;
        }
        let event = TelephoneEvent {
            event: self.event,
            end: self.left == 0 && self.ends < ENDS,
            volume: VOLUME,
            duration: u16::try_from(self.duration).unwrap_or(u16::MAX),
        };
        Some((event, first))
    }
}
