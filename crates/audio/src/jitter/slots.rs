//! Where do packets wait for their turn?

/// A packet that waits, payload apart.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Slot {
    pub(super) place: u64,
    /// On the sender's clock, extended.
    pub(super) timestamp: i64,
    pub(super) ticks: u32,
    pub(super) tag: u8,
}

/// A ring of packets. Its payloads keep their room, so that it allocates only until each has had one.
#[derive(Clone, Debug)]
pub(super) struct Slots {
    slots: Vec<(bool, Slot, Vec<u8>)>,
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

    /// The payload last kept for a place, whether or not it was freed since.
    pub(super) fn payload(&self, place: u64) -> &[u8] {
        &self.slots[Self::index(place)].2
    }

    pub(super) fn free(&mut self, place: u64) {
        self.slots[Self::index(place)].0 = false;
    }

    pub(super) fn clear(&mut self) {
        self.slots.iter_mut().for_each(|(used, ..)| *used = false);
    }
}

impl Default for Slots {
    fn default() -> Self {
        Self { slots: vec![(false, Slot::default(), Vec::new()); Self::LEN as usize] }
    }
}
