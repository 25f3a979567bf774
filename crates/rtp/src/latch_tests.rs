//! Layer: pure. Who gets the latch, who keeps it, and who never does.
use super::*;

const FAR: ([u8; 4], u16) = ([192, 0, 2, 1], 4_000);
const BEHIND: ([u8; 4], u16) = ([198, 51, 100, 7], 61_000);
const SPOOF: ([u8; 4], u16) = ([203, 0, 113, 9], 5_000);

fn at(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn sends(latch: &mut Latch, from: ([u8; 4], u16), ssrc: u32, sequence: u16, ms: u64) -> bool {
    latch.valid(from.into(), ssrc, sequence, at(ms))
}

#[test]
fn the_described_source_is_believed_at_once() {
    let mut latch = Latch::new(FAR.into(), None);
    assert!(sends(&mut latch, FAR, 1, 10, 0));
    assert_eq!(latch.source(SPOOF.into(), at(1)), Source::Foreign);
    assert_eq!(latch.target(), FAR.into());
}

#[test]
fn who_signals_from_elsewhere_has_to_be_a_stream() {
    let mut latch = Latch::new(FAR.into(), Some(BEHIND.0.into()));
    assert!(!sends(&mut latch, BEHIND, 1, 10, 0));
    assert_eq!(latch.target(), FAR.into(), "nothing is sent to it yet");
    assert!(!sends(&mut latch, SPOOF, 2, 900, 5), "another one in between");
    assert!(!sends(&mut latch, BEHIND, 1, 300, 20), "no run");
    assert!(!sends(&mut latch, BEHIND, 4, 301, 40), "nor this");
    assert!(sends(&mut latch, BEHIND, 4, 302, 60));
    assert_eq!(latch.target(), BEHIND.into());
}

/// Sends from a source, 20 ms a packet, until it is believed: how many milliseconds that took. The other one sends
/// beside it.
fn believed_after(latch: &mut Latch, from: ([u8; 4], u16), beside: Option<([u8; 4], u16)>) -> Option<u64> {
    for step in 0..200_u16 {
        let ms = u64::from(step) * 20;
        if sends(latch, from, 1, step, ms) {
            return Some(ms);
        }
        if let Some(other) = beside
            && sends(latch, other, 2, step, ms + 1)
        {
            return None;
        }
    }
    None
}

#[test]
fn who_sends_from_nowhere_the_call_names_waits_whether_somebody_else_sends() {
    let mut latch = Latch::new(FAR.into(), Some(BEHIND.0.into()));
    assert_eq!(believed_after(&mut latch, SPOOF, None), Some(1_000));
    let mut latch = Latch::new(FAR.into(), None);
    assert_eq!(believed_after(&mut latch, SPOOF, None), Some(1_000), "without a word on the signalling, too");
}

#[test]
fn a_stranger_who_is_first_does_not_win() {
    // At the described address, but another port; at the address that signals; at the described one.
    for right in [(FAR.0, 4_002), BEHIND, FAR] {
        let mut latch = Latch::new(FAR.into(), Some(BEHIND.0.into()));
        assert_eq!(believed_after(&mut latch, SPOOF, Some(right)), None);
        assert_eq!(latch.target(), right.into());
        assert!(!sends(&mut latch, SPOOF, 1, 900, 5_000 - 3_100));
    }
    // It had the latch already: who is named takes it.
    let mut latch = Latch::new(FAR.into(), Some(BEHIND.0.into()));
    believed_after(&mut latch, SPOOF, None).unwrap();
    assert!(!sends(&mut latch, BEHIND, 7, 1, 1_100));
    assert!(sends(&mut latch, SPOOF, 1, 51, 1_110));
    assert!(sends(&mut latch, BEHIND, 7, 2, 1_120));
    assert_eq!(latch.source(SPOOF.into(), at(1_130)), Source::Foreign);
}

#[test]
fn many_strangers_do_not_keep_the_far_end_out() {
    let mut latch = Latch::new(FAR.into(), Some(BEHIND.0.into()));
    for step in 0..40_u16 {
        let ms = u64::from(step) * 20;
        for port in 0..20 {
            assert!(!sends(&mut latch, (SPOOF.0, port), 9, step, ms));
        }
        if step >= 20 && sends(&mut latch, BEHIND, 1, step, ms + 1) {
            return;
        }
        // Two in a row within what is remembered.
        if step >= 20 && sends(&mut latch, BEHIND, 1, step + 1, ms + 2) {
            return;
        }
    }
    panic!("it was never believed");
}

#[test]
fn who_was_faster_than_the_described_source_does_not_keep_its_place() {
    let mut latch = Latch::new(FAR.into(), None);
    believed_after(&mut latch, SPOOF, None).unwrap();
    assert!(sends(&mut latch, FAR, 1, 900, 1_030), "the far end that the signalling named");
    assert!(!sends(&mut latch, SPOOF, 1, 51, 1_040));
    assert_eq!(latch.target(), FAR.into());
}

#[test]
fn nobody_takes_the_place_of_a_source_that_speaks() {
    let mut latch = Latch::new(FAR.into(), None);
    sends(&mut latch, FAR, 1, 0, 0);
    for step in 0..500 {
        assert!(!sends(&mut latch, SPOOF, 1, step, u64::from(step) * 20 + 1));
        assert!(sends(&mut latch, FAR, 1, step + 1, u64::from(step) * 20 + 2));
    }
    assert_eq!(latch.target(), FAR.into());
}

#[test]
fn a_silent_source_is_followed_by_one_that_is_consistent() {
    let mut latch = Latch::new(FAR.into(), None);
    sends(&mut latch, FAR, 1, 0, 0);
    for step in 0..100_u32 {
        // Ever another stream: no far end does that.
        assert!(!sends(&mut latch, SPOOF, step, step as u16, 3_000 + u64::from(step)));
    }
    assert!((0..20).all(|step| !sends(&mut latch, SPOOF, 9, step, 4_000)), "not the same stream");
    let moved: Vec<bool> = (0..6).map(|step| sends(&mut latch, BEHIND, 1, step, 4_000)).collect();
    assert_eq!(moved, [false, false, false, false, true, true]);
    assert_eq!(latch.source(SPOOF.into(), at(4_100)), Source::Foreign);
}

#[test]
fn a_source_that_is_gone_may_be_followed_by_another_stream() {
    let mut latch = Latch::new(FAR.into(), None);
    sends(&mut latch, FAR, 1, 0, 0);
    assert!((0..20).all(|step| !sends(&mut latch, BEHIND, 7, step, 9_999)));
    assert!((20..40).any(|step| sends(&mut latch, BEHIND, 7, step, 10_000)));
}

#[test]
fn a_new_description_opens_the_latch() {
    let mut latch = Latch::new(FAR.into(), None);
    sends(&mut latch, FAR, 1, 0, 0);
    latch.describe(FAR.into());
    assert_eq!(latch.source(BEHIND.into(), at(1)), Source::Foreign);
    latch.describe(BEHIND.into());
    assert!(sends(&mut latch, BEHIND, 1, 1, 2));
}
