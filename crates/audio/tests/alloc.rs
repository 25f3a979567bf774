//! Layer: pure. In steady state no frame costs an allocation; the echo canceller's are freed again.
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use std::time::Duration;

use tom_audio::jitter::{JitterBuffer, Packet, Play, Release};
use tom_audio::{
    ComfortNoise, Concealer, EchoCanceller, Framer, G722Decoder, G722Encoder, Gain, Law, Resampler, level,
    pcm,
};
use tom_base::Rate;

thread_local! {
    static COUNT: Cell<usize> = const { Cell::new(0) };
    /// Bytes that were allocated and not freed yet.
    static HELD: Cell<isize> = const { Cell::new(0) };
}

/// The system's allocator, counting per thread (the test harness allocates on others).
struct Counting;

#[expect(unsafe_code, reason = "the allocator trait is unsafe")]
// SAFETY: every call goes to the system allocator unchanged; the counter itself never allocates.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.with(|count| count.set(count.get() + 1));
        HELD.with(|held| held.set(held.get() + layout.size() as isize));
        // SAFETY: the caller's promises about `layout` are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        HELD.with(|held| held.set(held.get() - layout.size() as isize));
        // SAFETY: the caller's promises about `at` and `layout` are passed on.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn allocations(work: impl FnOnce()) -> usize {
    let before = COUNT.with(Cell::get);
    work();
    COUNT.with(Cell::get) - before
}

#[test]
fn the_counter_counts() {
    assert_eq!(allocations(|| drop(std::hint::black_box(vec![1_u8]))), 1);
}

#[test]
fn frames_cost_no_allocation() {
    let mut up = Resampler::new(8_000, 16_000);
    let mut down = Resampler::new(16_000, 8_000);
    let mut framer = Framer::new(Rate::Hz16000);
    let mut gain = Gain::new(1.0);
    let (mut wide_encoder, mut wide_decoder) = (G722Encoder::default(), G722Decoder::default());
    let (mut narrow, mut wide, mut back, mut codes, mut bytes) = (
        Vec::with_capacity(200),
        Vec::with_capacity(500),
        Vec::with_capacity(500),
        Vec::with_capacity(200),
        Vec::with_capacity(1_000),
    );
    // Packets of 23 ms, so that the framer has to join pieces.
    let packet = [0x3C_u8; 184];
    let mut audible = 0;
    let counted = allocations(|| {
        for round in 0..200 {
            gain.ramp_to((round % 2) as f32, 400);
            for law in Law::ALL {
                narrow.clear();
                wide.clear();
                law.decode_into(&packet, &mut narrow);
                up.push(&narrow, &mut wide);
                gain.apply(&mut wide);
                framer.push(&wide, |frame| {
                    audible += usize::from(level::is_audible(frame));
                    back.clear();
                    codes.clear();
                    bytes.clear();
                    down.push(frame, &mut back);
                    law.encode_into(&back, &mut codes);
                    pcm::to_le_bytes(frame, &mut bytes);
                    codes.clear();
                    back.clear();
                    wide_encoder.encode_into(frame, &mut codes);
                    wide_decoder.decode_into(&codes, &mut back);
                });
            }
        }
    });
    assert!(audible > 100, "the work was done");
    assert_eq!(counted, 0);
}

#[test]
fn packets_and_losses_cost_no_allocation_once_every_place_was_used() {
    let mut buffer = JitterBuffer::new(8_000, Release::OnArrival);
    let mut concealer = Concealer::new(8_000);
    let mut noise = ComfortNoise::white(50);
    let mut pcm = Vec::with_capacity(400);
    let mut made_up = 0;
    let mut second = |from: u64| {
        for place in from..from + 64 {
            let now = Duration::from_millis(place * 20);
            if place % 10 != 3 {
                let timestamp = (place * 160) as u32;
                buffer.push(Packet { place, timestamp, ticks: 160, tag: 0, payload: &[9; 160] }, now);
            }
            while let Some(play) = buffer.pop(now) {
                pcm.clear();
                match play {
                    Play::Packet { payload, .. } => {
                        Law::A.decode_into(payload, &mut pcm);
                        concealer.good(&mut pcm);
                    }
                    Play::Missing { ticks, .. } => {
                        made_up += 1;
                        concealer.fill(ticks as usize, &mut pcm);
                        noise.fill(ticks as usize, &mut pcm);
                    }
                }
            }
        }
    };
    second(0);
    second(64);
    let counted = allocations(|| (2..20).for_each(|round| second(round * 64)));
    assert_eq!(counted, 0);
    assert!(made_up > 100, "{made_up}");
}

#[test]
fn the_canceller_keeps_no_more_memory_the_longer_a_call_lasts() {
    let tone = |n: usize| ((n as f32 * 0.21).sin() * 9_000.0 * (n as f32 * 0.000_9).sin()) as i16;
    let played: Vec<i16> = (0..16_000).map(tone).collect();
    let mut heard = [0; 320];
    let before = HELD.with(Cell::get);
    let mut canceller = EchoCanceller::new();
    let own = HELD.with(Cell::get) - before;
    let mut second = || {
        for played in played.chunks_exact(320) {
            for (heard, played) in heard.iter_mut().zip(played) {
                *heard = played / 4;
            }
            canceller.clean(played, &mut heard);
        }
    };
    for _ in 0..10 {
        second();
    }
    let settled = HELD.with(Cell::get);
    let counted = allocations(|| (0..20).for_each(|_| second()));
    let held = HELD.with(Cell::get);
    println!("{own} bytes for a call, {} allocations for 20 ms", counted / 1_000);
    assert_eq!(held, settled);
    assert!(own < 1 << 20, "{own} bytes");
}
