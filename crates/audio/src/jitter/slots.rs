//! Where do packets wait for their turn?

use super::types::Packet;

/// A packet that waits, payload apart.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Slot {
    pub(super) place: u64,
    /// On the sender's clock, extended.
    pub(super) timestamp: i64,
    pub(super) ticks: u32,
    /// When it came, in microseconds.
    pub(super) came: i64,
    pub(super) tag: u8,
}

impl Slot {
    pub(super) fn new(packet: &Packet<'_>, timestamp: i64, came: i64) -> Self {
        Self { place: packet.place, timestamp, ticks: packet.ticks, tag: packet.tag, came }
    }
}

/// A ring of packets. The room of their payloads goes from packet to packet, so that it allocates only until as many
/// have waited at once as ever do: in a stream without disturbance that is one.
#[derive(Clone, Debug)]
pub(super) struct Slots {
    slots: Vec<(bool, Slot, Vec<u8>)>,
    /// Room of payloads that are gone.
    spare: Vec<Vec<u8>>,
    /// The payload given out last.
    given: Vec<u8>,
}

impl Slots {
    /// Packets it holds: more than a second of packets of 20 ms.
    pub(super) const LEN: u64 = 64;

    fn index(place: u64) -> usize {
        (place % Self::LEN) as usize
    }

    /// Keeps a packet; not if it is there already.
    pub(super) fn put(&mut self, slot: Slot, payload: &[u8]) -> bool {
        let (used, kept, bytes) = &mut self.slots[Self::index(slot.place)];
        if *used {
            return false;
        }
        *used = true;
        *kept = slot;
        if bytes.capacity() == 0 {
            *bytes = self.spare.pop().unwrap_or_default();
        }
        bytes.clear();
        bytes.extend_from_slice(payload);
        true
    }

    pub(super) fn get(&self, place: u64) -> Option<Slot> {
        let (used, slot, _) = &self.slots[Self::index(place)];
        (*used && slot.place == place).then_some(*slot)
    }

    /// The first packet at one of these places.
    pub(super) fn first_from(&self, from: u64, to: u64) -> Option<Slot> {
        (from..=to).find_map(|place| self.get(place))
    }

    /// The payload of the packet that was freed last.
    pub(super) fn given(&self) -> &[u8] {
        &self.given
    }

    /// The packet at a place, if there is one, is done with.
    pub(super) fn free(&mut self, place: u64) {
        let (used, _, bytes) = &mut self.slots[Self::index(place)];
        if std::mem::take(used) {
            let before = std::mem::replace(&mut self.given, std::mem::take(bytes));
            if before.capacity() > 0 {
                self.spare.push(before);
            }
        }
    }

    pub(super) fn clear(&mut self) {
        self.slots.iter_mut().for_each(|(used, ..)| *used = false);
    }
}

impl Default for Slots {
    fn default() -> Self {
        let slots = vec![(false, Slot::default(), Vec::new()); Self::LEN as usize];
        Self { slots, spare: Vec::new(), given: Vec::new() }
    }
}
