//! Layer: real. Once a session runs, no packet costs an allocation: neither way, not encrypted, not when it is lost.
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::time::Duration;

use tokio::sync::mpsc;
use tom_rtp::Options;
use tom_wire::sdp::{MasterKey, Secure, Suite};

mod common;
use common::{Call, agreed, media, until};

thread_local! {
    static COUNT: Cell<usize> = const { Cell::new(0) };
}

/// The system's allocator, counting per thread (the test harness allocates on others).
struct Counting;

#[expect(unsafe_code, reason = "the allocator trait is unsafe")]
// SAFETY: every call goes to the system allocator unchanged; the counter itself never allocates.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.with(|count| count.set(count.get() + 1));
        // SAFETY: the caller's promises about `layout` are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: the caller's promises about `at` and `layout` are passed on.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// One thread does everything: what it allocates is counted, once the ring of packets has been around.
const WARM: usize = 130;
const STEPS: usize = 220;
const PAUSE: Duration = Duration::from_millis(20);

#[tokio::test]
async fn packets_and_losses_cost_no_allocation() {
    let mut call = Call::new().await;
    call.heard.lock().unwrap().reserve(10_000_000);
    call.speak(0xff).await;
    until("the far end is heard", || call.session.statistics().received == 1).await;
    call.receive().await;
    let far: Vec<Vec<u8>> = (0..STEPS).map(|_| call.packet(0, &[0x80; 160])).collect();
    let mut bytes = [0; 2_000];
    let mut counted = 0;
    for (at, packet) in far.iter().enumerate() {
        let before = COUNT.with(Cell::get);
        if at % 7 != 3 {
            call.far.send_to(packet, call.to).await.unwrap();
        }
        call.session.send(&[3_000; 320]);
        tokio::time::sleep(PAUSE).await;
        while call.far.try_recv_from(&mut bytes).is_ok() {}
        if at >= WARM {
            counted += COUNT.with(Cell::get) - before;
        }
    }
    let statistics = call.session.statistics();
    assert!(statistics.received > 150 && statistics.sent > 20, "{statistics:?}");
    assert!(!statistics.concealed.is_zero() && call.loud() > 0);
    assert!(call.events.try_recv().is_err());
    assert_eq!(counted, 0);
}

#[tokio::test]
async fn encryption_costs_no_allocation() {
    let (a, b) = (media(), media());
    let (mut to_a, mut to_b) = (agreed(b.local()), agreed(a.local()));
    let (one, two) = (MasterKey([1; 30]), MasterKey([2; 30]));
    to_a.secure = Some(Secure { suite: Suite::Aes128Sha1Tag80, ours: one, theirs: two });
    to_b.secure = Some(Secure { suite: Suite::Aes128Sha1Tag80, ours: two, theirs: one });
    let (tx, _rx) = mpsc::channel(4);
    let a = a.start(&to_a, Options::default(), tx.clone(), |_| {}).unwrap();
    let b = b.start(&to_b, Options::default(), tx, |_| {}).unwrap();
    let mut counted = 0;
    for at in 0..STEPS {
        let before = COUNT.with(Cell::get);
        a.send(&[3_000; 320]);
        b.send(&[-3_000; 320]);
        tokio::time::sleep(PAUSE).await;
        if at >= WARM {
            counted += COUNT.with(Cell::get) - before;
        }
    }
    let (a, b) = (a.statistics(), b.statistics());
    assert!(a.received > 20 && b.received > 20, "{a:?} {b:?}");
    assert_eq!((counted, a.rejected_all(), b.rejected_all()), (0, 0, 0));
}
