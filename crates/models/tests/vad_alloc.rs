//! Layer: pure. A detector allocates nothing per frame.
#![expect(clippy::unwrap_used, reason = "a test")]
#![expect(clippy::panic, reason = "a test")]

mod vad_support;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use vad_support::{listen, noise};

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

/// The system's allocator, counting per thread, so that the test runner's own threads do not disturb.
struct Counting;

#[expect(unsafe_code, reason = "an allocator can only be counted by being one")]
// SAFETY: every call is passed on unchanged to the system's allocator, which keeps the contract.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let _ = ALLOCATIONS.try_with(|n| n.set(n.get() + 1));
        // SAFETY: the caller keeps `alloc`'s contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps `dealloc`'s contract, and `at` came from `System`.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

#[test]
fn frames_allocate_nothing() {
    let pcm = noise::voice_like(5 * 16_000, 5);
    for engine in vad_support::engines() {
        let mut vad = engine.open();
        let edges = listen(&mut *vad, &pcm);
        assert!(!edges.is_empty(), "the signal must exercise the edges");
        vad.reset();
        let before = ALLOCATIONS.with(Cell::get);
        let mut found = 0;
        for (n, pcm) in pcm.chunks_exact(320).enumerate() {
            let at = tom_base::MediaTime::from_millis(20 * n as u64);
            let rate = tom_base::Rate::Hz16000;
            found += usize::from(vad.push(tom_audio::Frame { at, rate, pcm }).is_some());
        }
        let made = ALLOCATIONS.with(Cell::get) - before;
        assert_eq!(found, edges.len(), "the same again after a reset");
        assert_eq!(made, 0, "allocations by {}", vad_support::name(&engine));
    }
}
