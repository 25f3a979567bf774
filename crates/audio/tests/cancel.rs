//! Layer: pure. Echoes in a room are taken out, and callers who speak with or over them are not.
#![expect(clippy::expect_used, reason = "tests fail by panicking")]

#[path = "common/room.rs"]
mod room;

use proptest::prelude::*;
use room::{echo, louder, mixed, pcm, speech, voice};
use tom_audio::{EchoCanceller, Law, Resampler};

const FRAME: usize = 320;
const SECOND: usize = 16_000;
/// The canceller has so long to learn the room.
const LEARNT: usize = 2 * SECOND;
const DELAYS: [usize; 4] = [20, 60, 120, 200];
const LEVELS: [f32; 2] = [-10.0, -20.0];

/// What a canceller makes of what is heard while something is played, with its delay taken back.
fn cleaned(played: &[f32], heard: &[i16]) -> Vec<f32> {
    let mut canceller = EchoCanceller::new();
    let mut out = heard.to_vec();
    for (played, heard) in pcm(played).chunks_exact(FRAME).zip(out.chunks_exact_mut(FRAME)) {
        canceller.clean(played, heard);
    }
    out[EchoCanceller::DELAY..].iter().copied().map(f32::from).collect()
}

fn float(pcm: &[i16]) -> Vec<f32> {
    pcm.iter().copied().map(f32::from).collect()
}

/// Voices of agent and caller: something like voices, and synthesisers where they are installed.
fn voices(samples: usize) -> Vec<(&'static str, Vec<f32>, Vec<f32>)> {
    let mut all = vec![("noise", voice(3, samples), voice(1_003, samples))];
    let agent = "Thank you for calling the workshop. We are open from nine to five, and your car will be ready \
                 on Thursday afternoon. Is there anything else that I can do for you today?";
    let caller = "Yes, wait a moment please, I wanted to ask whether you could also change the winter tyres.";
    for (name, one, other) in [("espeak-ng", "espeak-ng", "flite"), ("flite", "flite", "espeak-ng")] {
        if let (Some(agent), Some(caller)) = (speech(one, agent, samples), speech(other, caller, samples)) {
            all.push((name, agent, caller));
        }
    }
    all
}

#[test]
fn an_echo_in_a_room_is_taken_out() {
    let samples = 8 * SECOND;
    for (name, agent, _) in voices(samples) {
        for delay in DELAYS {
            for level in LEVELS {
                let heard = mixed(&echo(&agent, delay, level), &vec![0.0; samples]);
                let left = cleaned(&agent, &heard);
                let enhancement = louder(&float(&heard)[LEARNT..], &left[LEARNT..]);
                println!("{name}, {delay} ms, {level} dB: echo {enhancement:.1} dB less");
                assert!(enhancement > 10.0, "{name}, {delay} ms, {level} dB: {enhancement:.1} dB");
            }
        }
    }
}

#[test]
fn an_echo_on_a_telephone_line_is_taken_out() {
    let samples = 8 * SECOND;
    for (name, agent, _) in voices(samples) {
        for law in Law::ALL {
            let (mut narrow, mut codes, mut back, mut heard) = (vec![], vec![], vec![], vec![]);
            let line = mixed(&echo(&agent, 100, -15.0), &vec![0.0; samples]);
            Resampler::new(16_000, 8_000).push(&line, &mut narrow);
            law.encode_into(&narrow, &mut codes);
            law.decode_into(&codes, &mut back);
            Resampler::new(8_000, 16_000).push(&back, &mut heard);
            heard.resize(samples, 0);
            let left = cleaned(&agent, &heard);
            let enhancement = louder(&float(&heard)[LEARNT..], &left[LEARNT..]);
            println!("{name}, {law:?}: echo {enhancement:.1} dB less");
            assert!(enhancement > 10.0, "{name}, {law:?}: {enhancement:.1} dB");
        }
    }
}

#[test]
fn a_caller_over_the_echo_keeps_their_level() {
    let samples = 8 * SECOND;
    for (name, agent, caller) in voices(samples) {
        for delay in DELAYS {
            for level in LEVELS {
                let mut speaks = caller.clone();
                speaks[..4 * SECOND].fill(0.0);
                let heard = mixed(&echo(&agent, delay, level), &speaks);
                let left = cleaned(&agent, &heard);
                let kept = louder(&left[4 * SECOND..], &speaks[4 * SECOND..]);
                println!("{name}, {delay} ms, {level} dB: caller {kept:+.1} dB");
                // The two voices of noise have the same pitch and rhythm: hardly to be told apart.
                let most = if name == "noise" { 6.0 } else { 3.0 };
                assert!(kept.abs() < most, "{name}, {delay} ms, {level} dB: {kept:+.1} dB");
            }
        }
    }
}

#[test]
fn a_caller_is_the_same_while_the_agent_is_silent() {
    let samples = 4 * SECOND;
    for (name, agent, caller) in voices(samples) {
        let mut agent = agent;
        agent[2 * SECOND..].fill(0.0);
        let mut speaks = caller;
        speaks[..2 * SECOND + SECOND / 2].fill(0.0);
        let heard = mixed(&echo(&agent, 80, -15.0), &speaks);
        let left = cleaned(&agent, &heard);
        let from = 2 * SECOND + SECOND / 2;
        let rest: Vec<f32> =
            left[from..].iter().zip(&speaks[from..]).map(|(out, caller)| out - caller).collect();
        let ratio = louder(&speaks[from..], &rest);
        println!("{name}: changed by {:.1} dB", -ratio);
        assert!(ratio > 15.0, "{name}: {ratio:.1} dB");
    }
}

#[test]
fn nothing_played_changes_nothing_audible() {
    let caller = voice(9, 2 * SECOND);
    let heard = pcm(&caller);
    let mut canceller = EchoCanceller::new();
    let mut out = heard.clone();
    for heard in out.chunks_exact_mut(FRAME) {
        canceller.clean(&[], heard);
    }
    let rest: Vec<f32> =
        out[EchoCanceller::DELAY..].iter().zip(&heard).map(|(a, b)| f32::from(*a) - f32::from(*b)).collect();
    assert!(louder(&caller, &rest) > 30.0, "{:.1} dB", louder(&caller, &rest));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_samples_in_any_pieces_are_taken(
        pieces in proptest::collection::vec(
            (proptest::collection::vec(any::<i16>(), 0..400), proptest::collection::vec(any::<i16>(), 0..400)),
            0..40,
        )
    ) {
        let mut canceller = EchoCanceller::new();
        for (played, heard) in pieces {
            let mut out = heard.clone();
            canceller.clean(&played, &mut out);
            let whole = heard.len() / 64 * 64;
            prop_assert_eq!(&out[whole..], &heard[whole..], "what is left over stays");
        }
    }
}
