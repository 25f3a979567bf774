//! Which memory do 20 ms of audio take, in both directions?
//!
//! Beside a thousand other calls none of it is in the processor's caches still when the next frame comes. To wait for
//! it, line by line, took a tenth of the time of a frame.

use tom_kernel::{Near, Nearby};

use crate::session::Session;

impl Session {
    /// What it needs whenever its task is woken, as long as it stays where it is.
    pub(crate) fn needs(&self) -> Nearby {
        Nearby([
            Near::of(&self.ears),
            Near::of(&self.stopwatch),
            Near::of(&self.teller),
            Near::of(&self.mouth),
            Near::of(&self.playout),
            Near::of(&self.clock),
        ])
    }

    /// Has that fetched which the next frames are read from and written to.
    pub(crate) fn fetch_frames(&self) {
        self.ears.fetch_frame();
        Near::of(self.playout.next_samples()).fetch();
    }
}
