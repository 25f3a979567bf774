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
        let config = VadConfig { min_speech_ms: 60, ..VadConfig::silero() };
        let mut call = Self { edges: Edges::new(config), blocks: 0, told: Vec::new() };
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

/// Pieces of a tone, looked at after each with this score; the first edge and the piece it came with.
fn look(call: &mut Call, pieces: u32, db: f32, score: f32) -> Option<(u32, Edge)> {
    let a = (32_768.0 * 10f32.powf(db / 20.0)) as i16;
    let pcm: [i16; PIECE] = std::array::from_fn(|n| if n % 16 < 8 { a } else { -a });
    (1..=pieces).find_map(|n| {
        call.edges.hear(&pcm);
        let now = moment(call.blocks) + Span::from_millis(4 * u64::from(n));
        let edge = if call.edges.wants_look() { call.edges.look(score, now) } else { None };
        edge.map(|e| (n, e))
    })
}

#[test]
fn a_look_starts_speech_as_soon_as_there_is_enough_sound() {
    for (score, onset) in [(0.9, Onset::Clear), (0.5, Onset::Weak)] {
        let mut call = Call::new();
        let told = look(&mut call, 20, LOUD, score);
        assert_eq!(told, Some((15, start(62, onset))), "60 ms are 15 pieces");
    }
}

#[test]
fn a_look_needs_sound_that_is_new_and_a_score() {
    assert_eq!(look(&mut Call::new(), 20, LOUD, 0.1), None);
    assert_eq!(look(&mut Call::new(), 20, QUIET, 0.9), None);
    let mut call = Call::new();
    // 176 ms of sound that scored nothing.
    call.hear(11, LOUD, 0.1);
    assert_eq!(look(&mut call, 20, LOUD, 0.9), None, "the windows tell from here on");
}

#[test]
fn what_a_look_began_goes_on_and_ends_like_other_speech() {
    let mut call = Call::new();
    assert!(look(&mut call, 16, LOUD, 0.9).is_some());
    call.blocks += 4;
    call.hear(10, LOUD, 0.9).hear(10, QUIET, 0.0);
    assert_eq!(call.told, [(80, Edge::End { at: moment(76) })]);
}

#[test]
fn a_score_matters_only_with_sound_or_speech() {
    let mut call = Call::new();
    assert!(!call.edges.matters(2.0));
    assert!(call.edges.matters(10.0));
    call.hear(3, LOUD, 0.9);
    assert!(call.edges.matters(-20.0), "while somebody speaks");
}
