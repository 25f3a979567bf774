//! Layer: pure. The echo comes back late and weak, as one sound, and only of what was played.
use super::*;

const LOUD: [i16; FRAME] = [10_000; FRAME];

fn path() -> EchoPath {
    EchoPath::new(Echo { gain_db: -20.0, delay_ms: 100 })
}

/// What comes back until a moment, a frame every 20 ms, with a clock that is unsteady.
fn hear(path: &mut EchoPath, until: Micros) -> Vec<i16> {
    (1..=until / 20_000)
        .flat_map(|n| {
            let mut microphone = [0; FRAME];
            path.mix(n * 20_000 + n % 3 * 2_000, &mut microphone);
            microphone
        })
        .collect()
}

#[test]
fn it_comes_after_buffer_and_delay_without_a_gap() {
    let mut path = path();
    // Frames come unsteadily; the loudspeaker's buffer makes one sound of them.
    for at in [0, 25_000, 38_000, 71_000] {
        path.play(at, &LOUD);
    }
    let back = hear(&mut path, 400_000);
    let first = back.iter().position(|s| *s == 1_000).unwrap();
    // 60 ms of buffer and 100 ms of delay, give or take the unsteady clock.
    assert!((2_480..2_640).contains(&first), "{first}");
    assert_eq!(back.iter().filter(|s| **s == 1_000).count(), 4 * FRAME);
    assert!(back[first..first + 4 * FRAME].iter().all(|s| *s == 1_000), "one sound");
}

#[test]
fn what_was_cleared_does_not_come_back() {
    let mut path = path();
    path.play(0, &LOUD);
    path.play(0, &LOUD);
    path.clear(70_000);
    // It played for 10 ms, from 60 ms on.
    assert_eq!(hear(&mut path, 400_000).iter().filter(|s| **s == 1_000).count(), 160);
}

#[test]
fn it_is_added_to_what_the_caller_says_and_never_wraps() {
    let mut path = path();
    path.play(0, &LOUD);
    let mut microphone = [i16::MAX; FRAME];
    path.mix(180_000, &mut microphone);
    assert_eq!(microphone, [i16::MAX; FRAME]);
    let mut microphone = [5; FRAME];
    path.mix(200_000, &mut microphone);
    assert_eq!(microphone, [5; FRAME], "it comes back once");
}
