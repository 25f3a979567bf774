//! Layer: pure. The detector of echoes compares with what was played, which is not all that was sent.

use tom_audio::EchoDetector;

const FRAME: usize = 320;

/// Noise, its own for every seed.
fn noise(seed: u64, frames: usize) -> Vec<i16> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 48) as i16 / 8
    };
    (0..frames * FRAME).map(|_| next()).collect()
}

/// What is heard of an agent `late` frames later.
fn heard(agent: &[i16], late: usize) -> Vec<i16> {
    let mut heard = vec![0; late * FRAME];
    heard.extend_from_slice(&agent[..agent.len() - late * FRAME]);
    heard
}

/// Frames that are sent `lead` before they are played.
fn run(detector: &mut EchoDetector, agent: &[i16], heard: &[i16], lead: usize) {
    let mut sent = agent.chunks(FRAME);
    sent.by_ref().take(lead).for_each(|frame| detector.sent(frame));
    for heard in heard.chunks(FRAME) {
        if let Some(frame) = sent.next() {
            detector.sent(frame);
        }
        detector.heard(heard);
    }
}

#[test]
fn an_echo_is_found_at_its_delay_whatever_the_lead() {
    for lead in 0..8 {
        let agent = noise(7, 60);
        let mut detector = EchoDetector::new();
        run(&mut detector, &agent, &heard(&agent, 4), lead);
        let found = detector.search();
        assert!(found.correlation > 0.99 && found.delay.abs_diff(320) <= 1, "{lead}: {found:?}");
    }
}

#[test]
fn what_was_flushed_was_never_played() {
    let agent = noise(7, 60);
    let mut detector = EchoDetector::new();
    noise(8, 5).chunks(FRAME).for_each(|frame| detector.sent(frame));
    assert!(detector.awaits());
    detector.flushed();
    assert!(!detector.awaits());
    run(&mut detector, &agent, &heard(&agent, 2), 2);
    let found = detector.search();
    assert!(found.correlation > 0.99 && found.delay.abs_diff(160) <= 1, "{found:?}");
}

#[test]
fn of_more_than_can_be_ahead_the_oldest_is_taken_for_lost() {
    let (lost, agent) = (noise(8, 5), noise(7, 60));
    let mut detector = EchoDetector::new();
    lost.chunks(FRAME).for_each(|frame| detector.sent(frame));
    // Eight more push them out, one by one.
    run(&mut detector, &agent, &heard(&agent, 3), 8);
    let found = detector.search();
    // One frame more was sent before the first was heard, and so the first of these is lost, too.
    assert!(found.correlation > 0.99 && found.delay.abs_diff(320) <= 1, "{found:?}");
}

#[test]
fn when_nothing_was_sent_silence_was_played() {
    let agent = noise(7, 30);
    let mut detector = EchoDetector::new();
    run(&mut detector, &agent, &heard(&agent, 1), 0);
    for _ in 0..40 {
        detector.heard(&agent[..FRAME]);
    }
    assert!(detector.search().correlation < 0.5);
}
