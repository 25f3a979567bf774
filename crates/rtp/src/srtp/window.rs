//! Which packets of a stream have come already (RFC 3711, 3.3.1 and 3.3.2)?

/// Packets looked back on.
const LEN: u64 = 128;

/// The newest index of a stream and which of those before it came.
#[derive(Clone, Debug, Default)]
pub(super) struct Window {
    newest: Option<u64>,
    /// Bit 0 is the newest.
    came: u128,
}

impl Window {
    /// The index of that sequence number that lies nearest to the newest.
    pub(super) fn nearest(&self, sequence: u16) -> u64 {
        let Some(newest) = self.newest else { return u64::from(sequence) };
        let step = i64::from(sequence.wrapping_sub(newest as u16).cast_signed());
        match newest.checked_add_signed(step) {
            Some(index) if index < 1 << 48 => index,
            // Before the beginning: the number of a stream that has not gone around.
            _ => u64::from(sequence),
        }
    }

    /// Takes an index. Says whether it is new.
    pub(super) fn take(&mut self, index: u64) -> bool {
        let Some(newest) = self.newest else {
            self.newest = Some(index);
            self.came = 1;
            return true;
        };
        if index > newest {
            let ahead = index - newest;
            self.came = if ahead < LEN { self.came << ahead | 1 } else { 1 };
            self.newest = Some(index);
            return true;
        }
        let bit = newest - index;
        let is_new = bit < LEN && self.came >> bit & 1 == 0;
        if is_new {
            self.came |= 1 << bit;
        }
        is_new
    }
}
