//! How is memory that is needed in a moment brought near before it is needed?

#![expect(unsafe_code, reason = "hints to the processor are unsafe to give, though they change nothing")]

use std::ptr::from_ref;

/// Bytes that the processor fetches at once.
const LINE: usize = 64;
/// The most that is fetched for one asker: beyond it, what comes would drive out what came.
const MOST: usize = 8 << 10;

/// Where a value lies that will be needed soon.
///
/// A task that runs 50 times a second among a thousand others finds none of its memory in the processor's caches, and
/// waits for one line after the other. Whoever wakes it has them fetched, all at once, while the tasks before it run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Near {
    at: usize,
    len: usize,
}

impl Near {
    /// The place of a value. It holds as long as the value is not moved; what is fetched after that is of no use, and
    /// does no harm.
    #[must_use]
    pub fn of<T: ?Sized>(value: &T) -> Self {
        Self { at: from_ref(value).cast::<u8>().addr(), len: size_of_val(value).min(MOST) }
    }

    /// Has it fetched. Costs about a nanosecond a line, and waits for nothing.
    pub fn fetch(self) {
        for line in (self.at & !(LINE - 1)..self.at + self.len).step_by(LINE) {
            fetch(line);
        }
    }
}

/// What a task needs when it is woken: up to six places.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nearby(pub [Near; 6]);

impl Nearby {
    /// Has all of it fetched.
    pub fn fetch(&self) {
        self.0.iter().for_each(|near| near.fetch());
    }
}

#[cfg(target_arch = "x86_64")]
fn fetch(line: usize) {
    use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
    // SAFETY: a hint; of an address that is not mapped the processor fetches nothing, and faults not.
    unsafe { _mm_prefetch::<_MM_HINT_T0>(std::ptr::without_provenance(line)) }
}

#[cfg(target_arch = "aarch64")]
fn fetch(line: usize) {
    // SAFETY: a hint; of an address that is not mapped the processor fetches nothing, and faults not.
    unsafe {
        std::arch::asm!("prfm pldl1keep, [{line}]", line = in(reg) line, options(nostack, preserves_flags, readonly));
    }
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
const fn fetch(_: usize) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_where_the_value_lies_and_has_an_end() {
        let values = [7_u64; 2_000];
        let near = Near::of(&values[1..3]);
        assert_eq!((near.at, near.len), (from_ref(&values[1]).addr(), 16));
        assert_eq!(Near::of(&values).len, MOST);
    }

    #[test]
    fn fetching_changes_nothing_wherever_it_is() {
        let values = vec![7_u8; 1_000];
        let near = Near::of(&*values);
        near.fetch();
        assert_eq!(values, [7; 1_000]);
        drop(values);
        near.fetch();
        Near::default().fetch();
        Near::of::<[u8]>(&[]).fetch();
    }
}
