//! Layer: pure. Scores and levels in, edges out.

use super::*;

/// Feeds blocks of (level in dBFS, score) and collects (block, edge).
struct Call {
    edges: Edges,
    blocks: u64,
    told: Vec<(u64, Edge)>,
}

const QUIET: f32 = -80.0;
const LOUD: f32 = -20.0;

impl Call {
    /// A call that has heard a second of silence.
    fn new() -> Self {
        let mut call = Self { edges: Edges::new(VadConfig::silero()), blocks: 0, told: Vec::new() };
        call.hear(62, QUIET, 0.0);
        assert!(call.told.is_empty());
        call
    }

    fn hear(&mut self, blocks: u32, db: f32, score: f32) -> &mut Self {
        let a = (32_768.0 * 10f32.powf(db / 20.0)) as i16;
        let pcm: [i16; BLOCK] = std::array::from_fn(|n| if n % 16 < 8 { a } else { -a });
        for _ in 0..blocks {
            self.blocks += 1;
            let edge = self.edges.block(&pcm, score, moment(self.blocks));
            self.told.extend(edge.map(|e| (self.blocks, e)));
        }
        self
    }
}

/// The end of a block.
fn moment(block: u64) -> MediaTime {
    MediaTime::from_samples(block * BLOCK as u64, Rate::Hz16000)
}

fn start(at: u64, onset: Onset) -> Edge {
    Edge::Start { at: moment(at), onset }
}

#[test]
fn speech_starts_weak_then_clear_and_ends() {
    let mut call = Call::new();
    call.hear(10, LOUD, 0.9).hear(10, QUIET, 0.0);
    let expected =
        [(64, start(62, Onset::Weak)), (66, start(62, Onset::Clear)), (76, Edge::End { at: moment(72) })];
    assert_eq!(call.told, expected);
}

#[test]
fn a_middling_score_stays_weak() {
    let mut call = Call::new();
    call.hear(30, LOUD, 0.5).hear(10, QUIET, 0.0);
    let starts: Vec<_> = call.told.iter().map(|(_, e)| *e).collect();
    assert_eq!(starts, [start(62, Onset::Weak), Edge::End { at: moment(92) }]);
}

#[test]
fn speech_close_to_the_noise_stays_weak() {
    let mut call = Call::new();
    call.hear(300, -40.0, 0.0);
    call.hear(10, -32.5, 0.9);
    assert_eq!(call.told, [(364, start(362, Onset::Weak))]);
}

#[test]
fn sound_without_a_score_and_a_score_without_sound_are_nothing() {
    let mut call = Call::new();
    // The high-pass rings for a block when the tone stops.
    call.hear(50, LOUD, 0.1).hear(4, QUIET, 0.1).hear(50, QUIET, 0.95);
    assert_eq!(call.told, []);
}

#[test]
fn a_click_is_too_short() {
    let mut call = Call::new();
    call.hear(1, LOUD, 0.9).hear(20, QUIET, 0.3);
    assert_eq!(call.told, []);
}

#[test]
fn a_score_after_long_sound_does_not_reach_back_to_its_beginning() {
    let mut call = Call::new();
    call.hear(40, LOUD, 0.1).hear(1, LOUD, 0.5);
    assert_eq!(call.told, [(103, Edge::Start { at: moment(93), onset: Onset::Weak })]);
}

#[test]
fn a_short_gap_ends_nothing() {
    let mut call = Call::new();
    call.hear(6, LOUD, 0.9).hear(3, QUIET, 0.9).hear(6, LOUD, 0.9);
    assert_eq!(call.told.len(), 2, "{:?}", call.told);
}

#[test]
fn after_a_reset_nothing_is_remembered() {
    let mut call = Call::new();
    call.hear(6, LOUD, 0.9);
    call.edges.reset();
    call.told.clear();
    call.hear(20, QUIET, 0.0);
    assert_eq!(call.told, [], "no end of what was forgotten");
}
