//! Layer: pure. Pickups of known shape, and random ones.

use std::f32::consts::TAU;

use proptest::prelude::*;

use super::*;

const FRAME: usize = 320;

/// What a frame of a pickup is.
#[derive(Clone, Copy, Debug)]
enum Piece {
    Silence,
    Voice,
    Music,
    Tone(u16),
}

fn frame(piece: Piece, n: usize) -> (Vec<i16>, bool) {
    let sine =
        |hz: f32, level: f32| move |k: usize| (TAU * hz * (n * FRAME + k) as f32 / 16_000.0).sin() * level;
    let make = |of: &dyn Fn(usize) -> f32| (0..FRAME).map(|k| (of(k) * 32_000.0) as i16).collect();
    match piece {
        Piece::Silence => (vec![0; FRAME], false),
        // A buzz of many harmonics.
        Piece::Voice => (make(&|k| (1..12).map(|h| sine(120.0 * h as f32, 0.02)(k)).sum()), true),
        Piece::Music => (make(&|k| [262.0, 330.0, 392.0].map(|hz| sine(hz, 0.05)(k)).iter().sum()), false),
        Piece::Tone(hz) => (make(&sine(f32::from(hz), 0.2)), false),
    }
}

/// The verdict on pieces of so many milliseconds, followed by silence.
fn judge(pieces: &[(Piece, usize)]) -> Verdict {
    let mut pickup = Pickup::new();
    let frames = pieces.iter().flat_map(|(piece, ms)| std::iter::repeat_n(*piece, ms / 20));
    for (n, piece) in frames.chain(std::iter::repeat_n(Piece::Silence, 200)).enumerate() {
        let (pcm, voiced) = frame(piece, n);
        if let Some(verdict) = pickup.push(&pcm, voiced) {
            return verdict;
        }
    }
    panic!("no verdict on {pieces:?}");
}

#[test]
fn a_person_says_a_word_and_waits() {
    use Piece::{Silence, Voice};
    for pieces in [
        vec![(Silence, 400), (Voice, 300)],
        vec![(Silence, 100), (Voice, 400), (Silence, 300), (Voice, 500)],
        vec![(Silence, 900), (Voice, 1_100)],
        vec![(Silence, 1_900), (Voice, 400)],
    ] {
        let verdict = judge(&pieces);
        assert_eq!(verdict.by, Picker::Human, "{pieces:?}: {verdict:?}");
    }
    assert_eq!(judge(&[(Silence, 400), (Voice, 300)]).after, Span::from_millis(1_300));
}

#[test]
fn a_machine_talks_on_plays_music_or_beeps() {
    use Piece::{Music, Silence, Tone, Voice};
    for (pieces, sign) in [
        (vec![(Silence, 200), (Voice, 4_000)], Sign::Talks),
        (vec![(Silence, 200), (Voice, 900), (Silence, 300), (Voice, 4_000)], Sign::Talks),
        (vec![(Silence, 1_000), (Voice, 4_000)], Sign::Late),
        (vec![(Silence, 100), (Music, 4_000)], Sign::Sound),
        (vec![(Silence, 300), (Voice, 400), (Silence, 300), (Tone(1_000), 400)], Sign::Beep),
        (vec![(Tone(1_400), 300)], Sign::Beep),
    ] {
        let verdict = judge(&pieces);
        assert_eq!((verdict.by, verdict.sign), (Picker::Machine, sign), "{pieces:?}");
    }
}

#[test]
fn silence_is_nobody_and_words_are_a_machine() {
    assert_eq!(judge(&[]).by, Picker::Unknown);
    assert_eq!(judge(&[(Piece::Voice, 40)]).by, Picker::Unknown, "a click is no word");
    let mut pickup = Pickup::new();
    let verdict = pickup.machines_words();
    assert_eq!(verdict.map(|v| (v.by, v.sign)), Some((Picker::Machine, Sign::Words)));
    assert_eq!(pickup.push(&[0; FRAME], false), None, "it is decided once");
    assert_eq!(pickup.machines_words(), None);
}

#[test]
fn a_beep_is_over_once() {
    let mut beep = Beep::new();
    let frames = [(Piece::Voice, 30), (Piece::Tone(1_000), 20), (Piece::Silence, 40)];
    let heard: Vec<usize> = frames
        .iter()
        .flat_map(|(piece, count)| std::iter::repeat_n(*piece, *count))
        .enumerate()
        .filter_map(|(n, piece)| beep.push(&frame(piece, n).0).then_some(n))
        .collect();
    assert_eq!(heard, [54], "100 ms after it");
}

fn piece() -> impl Strategy<Value = Piece> {
    prop_oneof![
        Just(Piece::Silence),
        Just(Piece::Voice),
        Just(Piece::Music),
        (450u16..2_100).prop_map(Piece::Tone)
    ]
}

proptest! {
    #[test]
    fn there_is_one_verdict_in_time(pieces in prop::collection::vec((piece(), 1usize..150), 0..12)) {
        let mut pickup = Pickup::new();
        let frames: Vec<Piece> = pieces.iter().flat_map(|(p, n)| std::iter::repeat_n(*p, *n)).collect();
        let mut verdicts = Vec::new();
        for n in 0..200 {
            let (pcm, voiced) = frame(frames.get(n).copied().unwrap_or(Piece::Silence), n);
            verdicts.extend(pickup.push(&pcm, voiced));
        }
        prop_assert_eq!(verdicts.len(), 1);
        prop_assert!(verdicts[0].after <= LONGEST);
        prop_assert_eq!(pickup.verdict(), Some(verdicts[0]));
    }

    /// More talk never makes a person of a machine.
    #[test]
    fn who_talks_longer_is_no_more_a_person(lead in 0usize..40, short in 4usize..120, more in 0usize..120) {
        let of = |voice: usize| judge(&[(Piece::Silence, lead * 20), (Piece::Voice, voice * 20)]).by;
        if of(short) == Picker::Machine {
            prop_assert_eq!(of(short + more), Picker::Machine);
        }
    }

    #[test]
    fn no_samples_break_it(pcm in prop::collection::vec(any::<i16>(), 0..700), voiced: bool) {
        let _any = Pickup::new().push(&pcm, voiced);
    }
}
