//! How much memory may a thread take that runs what a file says?
//!
//! A list that holds another one twice, which holds another one twice, is small, and endless when it is written. Fuel is counted between
//! instructions, and that is one. So the program's allocator counts for threads that asked for it. A thread that would
//! take more waits in the allocator for ever: there it can neither return nor unwind, and what it holds stays below the limit.
//! Whoever waits for it sees the mark that it set, and goes on without it.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

thread_local! {
    /// Bytes that this thread may still take.
    static LEFT: Cell<isize> = const { Cell::new(0) };
    /// Where it says that it wanted more; none: it may take what there is.
    static STOPPED: Cell<Option<&'static AtomicBool>> = const { Cell::new(None) };
}

/// The system's allocator, with a limit for threads that run templates. A program names it as its global one; without
/// that there is no limit.
#[derive(Debug)]
pub struct Limited;

#[expect(unsafe_code, reason = "an allocator cannot be written without")]
// SAFETY: all memory is the system allocator's, asked for and given back with the same layouts. What is counted beside
// it neither allocates nor unwinds: the cells of the thread need no initialisation and have nothing to drop.
unsafe impl GlobalAlloc for Limited {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: the caller's promise about `layout` is handed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: the caller's promise about `layout` is handed on.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, old: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // Sizes of layouts fit `isize`.
        count(size as isize - layout.size() as isize);
        // SAFETY: the caller's promises about `old`, `layout` and `size` are handed on.
        unsafe { System.realloc(old, layout, size) }
    }

    unsafe fn dealloc(&self, old: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        // SAFETY: the caller's promises about `old` and `layout` are handed on.
        unsafe { System.dealloc(old, layout) }
    }
}

/// Counts bytes that are taken; negative ones are given back.
fn count(bytes: isize) {
    let Some(stopped) = STOPPED.get() else { return };
    let left = LEFT.get().saturating_sub(bytes);
    LEFT.set(left);
    // A panic is told first: whoever tells it holds locks that others need.
    if bytes > 0 && left < 0 && !std::thread::panicking() {
        stopped.store(true, Ordering::Relaxed);
        loop {
            std::thread::sleep(Duration::from_secs(3600));
        }
    }
}

/// Does some work for which this thread may take so many bytes. Where it takes more, `stopped` is set and this never returns.
pub(super) fn limited<T>(bytes: isize, stopped: &'static AtomicBool, work: impl FnOnce() -> T) -> T {
    struct Over;
    impl Drop for Over {
        fn drop(&mut self) {
            STOPPED.set(None);
        }
    }
    LEFT.set(bytes);
    STOPPED.set(Some(stopped));
    let _over = Over;
    work()
}
