//! How long does the network take, and how long is a packet to be waited for?

/// Bounds of the delay, in microseconds.
const LEAST: i64 = 20_000;
const MOST: i64 = 100_000;
/// The fastest packet of the last two spans of this length is what delay is counted from.
const SPAN: i64 = 3_000_000;
/// Width of a step of the histogram, in microseconds, and how many there are: 200 ms, and all above.
const STEP: i64 = 5_000;
const STEPS: usize = 41;
/// A packet's weight against those before it: about 5 s of packets of 20 ms count.
const FORGET: f32 = 1.0 / 256.0;
/// Share of packets that may come too late.
const MISSED: f32 = 0.01;

/// The delay of a network, learnt from when packets come.
#[derive(Clone, Debug)]
pub(super) struct Delay {
    /// Least difference of arrival and timestamp, of this span and the one before.
    least: [i64; 2],
    /// When this span began.
    began: i64,
    /// Share of packets by how much slower than the fastest they were.
    shares: [f32; STEPS],
    target: i64,
}

impl Default for Delay {
    fn default() -> Self {
        // Nothing is known: as if one packet in twenty were 30 ms slow, until some seconds have shown.
        let mut shares = [0.0; STEPS];
        shares[0] = 0.95;
        shares[6] = 0.05;
        Self { least: [i64::MAX; 2], began: i64::MIN, shares, target: LEAST * 2 }
    }
}

impl Delay {
    /// A packet came: its timestamp and now, both in microseconds.
    pub(super) fn came(&mut self, timestamp: i64, now: i64) {
        let way = now - timestamp;
        if self.began == i64::MIN {
            self.began = now;
        } else if now - self.began > SPAN {
            self.began = now;
            self.least = [i64::MAX, self.least[0]];
        }
        self.least[0] = self.least[0].min(way);
        let slower = way - self.base();
        let step = usize::try_from(slower / STEP).unwrap_or(0).min(STEPS - 1);
        for share in &mut self.shares {
            *share *= 1.0 - FORGET;
        }
        self.shares[step] += FORGET;
        self.target = self.needed();
    }

    /// The way has become longer: delay is counted from this packet on.
    pub(super) fn relearn(&mut self, timestamp: i64, now: i64) {
        self.least = [now - timestamp, i64::MAX];
        self.began = now;
    }

    /// The delay that all but a few packets keep.
    fn needed(&self) -> i64 {
        let mut above = 0.0;
        let mut step = STEPS;
        while step > 0 && above <= MISSED {
            step -= 1;
            above += self.shares[step];
        }
        ((step as i64 + 2) * STEP).clamp(LEAST, MOST)
    }

    fn base(&self) -> i64 {
        self.least[0].min(self.least[1])
    }

    /// How long a packet is waited for.
    pub(super) fn target(&self) -> i64 {
        self.target
    }

    /// When a packet of this timestamp is too late.
    pub(super) fn due(&self, timestamp: i64) -> i64 {
        timestamp.saturating_add(self.base()).saturating_add(self.target)
    }
}
