//! What time is it, and how much computing time has been used?

use rustix::time::{ClockId, Timespec, clock_gettime};

/// Nanoseconds on the clock that all processes of this machine share and that is never set.
#[must_use]
pub fn now() -> u64 {
    nanoseconds(clock_gettime(ClockId::Monotonic))
}

/// Nanoseconds of computing this process has used so far.
#[must_use]
pub fn used() -> u64 {
    nanoseconds(clock_gettime(ClockId::ProcessCPUTime))
}

fn nanoseconds(time: Timespec) -> u64 {
    let (seconds, rest) = (u64::try_from(time.tv_sec), u64::try_from(time.tv_nsec));
    seconds.unwrap_or_default() * 1_000_000_000 + rest.unwrap_or_default()
}
