//! Layer: pure. The playout clock.

use proptest::prelude::*;

use super::*;

const LOUD: [i16; FRAME] = [8_000; FRAME];

fn ear() -> Ear {
    Ear::new(600_000 * MS)
}

#[test]
fn audio_is_heard_at_its_arrival_or_after_what_is_queued() {
    let mut ear = ear();
    ear.arrive(1_000, &LOUD);
    ear.arrive(1_010, &LOUD);
    ear.arrive(5_000, &LOUD);
    let (track, arrivals) = ear.finish(6_000);
    let heard: Vec<usize> = (0..6_000).filter(|n| track[*n] != 0).collect();
    let expected: Vec<usize> = (1_000..1_640).chain(5_000..5_320).collect();
    assert_eq!(heard, expected);
    assert_eq!(arrivals, [1_000, 1_010, 5_000]);
}

#[test]
fn a_flush_leaves_what_was_heard() {
    let mut ear = ear();
    for _ in 0..10 {
        ear.arrive(0, &LOUD);
    }
    ear.flush(500);
    assert_eq!((ear.queue_end(), ear.voice_until()), (500, 500));
    ear.arrive(700, &LOUD);
    let (track, _) = ear.finish(2_000);
    assert_eq!(track.iter().filter(|s| **s != 0).count(), 500 + FRAME);
}

#[test]
fn a_voice_that_was_flushed_before_it_began_was_none() {
    let mut ear = ear();
    ear.arrive(0, &[0; FRAME]);
    ear.arrive(10, &LOUD);
    assert_eq!(ear.voice_from(), Some(320));
    ear.flush(100);
    assert_eq!(ear.voice_from(), None);
}

#[test]
fn the_next_voice_can_be_waited_for() {
    let mut ear = ear();
    ear.arrive(0, &LOUD);
    ear.expect(100);
    assert_eq!(ear.voice_from(), Some(100), "it is still to be heard");
    ear.expect(400);
    assert_eq!(ear.voice_from(), None);
    ear.arrive(900, &[0; FRAME]);
    assert_eq!(ear.voice_from(), None, "silence is no voice");
    ear.arrive(1_300, &LOUD);
    assert_eq!(ear.voice_from(), Some(1_300));
}

#[test]
fn a_flood_is_bounded_and_counted() {
    let mut ear = ear();
    for _ in 0..60_000 / 20 {
        ear.arrive(0, &LOUD);
    }
    assert_eq!(ear.queue_end(), MAX_QUEUE);
    assert_eq!(ear.lost(), 30_000 * MS);
}

proptest! {
    #[test]
    fn nothing_is_heard_before_its_arrival_or_after_a_flush(
        steps in proptest::collection::vec((0u64..2_000, 0usize..900, any::<bool>()), 1..60)
    ) {
        let mut ear = ear();
        let mut now = 0;
        let mut sent = 0;
        for (wait, len, flush) in steps {
            now += wait;
            if flush {
                ear.flush(now);
                prop_assert!(ear.queue_end() <= now);
            } else {
                let before = ear.queue_end();
                ear.arrive(now, &vec![9_000; len]);
                sent += len;
                prop_assert_eq!(ear.queue_end(), before.max(now) + len as u64);
            }
        }
        let (track, _) = ear.finish(now);
        prop_assert_eq!(track.len() as u64, now);
        prop_assert!(track.iter().filter(|s| **s != 0).count() <= sent);
    }
}
