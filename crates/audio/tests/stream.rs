//! Layer: pure. Framing of any chunk size, levels, fades, bytes to samples.
#[expect(dead_code, reason = "each test binary uses its part")]
mod common;

use proptest::prelude::*;
use tom_audio::{Framer, Gain, fade, level, pcm};
use tom_base::Rate;

use common::sine;

#[test]
fn a_frame_is_20_ms_at_every_rate() {
    for rate in Rate::ALL {
        let mut framer = Framer::new(rate);
        let second = vec![1; rate.hz() as usize];
        let mut frames = 0;
        framer.push(&second, |frame| {
            assert_eq!(frame.len(), rate.frame_len());
            frames += 1;
        });
        assert_eq!((frames, framer.pending()), (50, 0));
        assert!(framer.flush().is_none());
    }
}

#[test]
fn whole_frames_are_lent_not_copied() {
    let chunk = [1_i16; 640];
    let mut framer = Framer::new(Rate::Hz16000);
    let mut rest = &chunk[..];
    let frame = framer.next(&mut rest).unwrap();
    assert!(std::ptr::eq(frame, &raw const chunk[..320]));
}

#[test]
fn levels_of_known_signals() {
    let near = |a: f32, b: f32| assert!((a - b).abs() < 0.05, "{a} is not {b}");
    near(level::rms_dbfs(&[i16::MIN; 320]), 0.0);
    near(level::peak_dbfs(&[0, i16::MIN]), 0.0);
    near(level::rms_dbfs(&sine(1_000.0, 16_000, 320)), -9.24);
    near(level::peak_dbfs(&sine(1_000.0, 16_000, 320)), -6.23);
    for nothing in [&[][..], &[0; 320]] {
        assert!((level::rms_dbfs(nothing) - level::SILENCE_DBFS).abs() < 1e-6);
        assert!((level::peak_dbfs(nothing) - level::SILENCE_DBFS).abs() < 1e-6);
        assert!(!level::is_audible(nothing));
    }
    // -50 dBFS is an RMS of 103.6.
    assert!(!level::is_audible(&[103; 320]));
    assert!(level::is_audible(&[104; 320]));
    assert_eq!(level::clipped(&[32_759, 32_760, -32_760, i16::MIN]), 3);
}

#[test]
fn fades_end_where_they_should() {
    let mut out = [10_000; 161];
    fade::fade_out(&mut out);
    assert!(out[0] > 9_990);
    assert_eq!((out[79], out[160]), (5_049, 0));
    assert!(out.windows(2).all(|w| w[0] >= w[1]));
    let mut back = [10_000; 161];
    fade::fade_in(&mut back);
    assert_eq!(back[160], 10_000);
    assert!(back.windows(2).all(|w| w[0] <= w[1]));
    fade::fade_out(&mut []);
}

#[test]
fn a_gain_ducks_and_resumes_without_a_click() {
    let mut gain = Gain::new(1.0);
    let mut heard = Vec::new();
    for (target, frames) in [(1.0, 1), (0.2, 3), (0.0, 2), (1.0, 3)] {
        gain.ramp_to(target, 480);
        for _ in 0..frames {
            let mut frame = [16_000; 320];
            gain.apply(&mut frame);
            heard.extend(frame);
        }
        // 480 samples are over within two frames.
        assert_eq!(gain.is_settled(), frames > 1);
    }
    // A raised cosine over 480 samples moves at most pi / 2 / 480 of the way per sample.
    let steepest = heard.windows(2).map(|w| w[0].abs_diff(w[1])).max();
    assert!(steepest.unwrap() <= 54, "{steepest:?}");
    assert_eq!(heard[0], 16_000);
    assert_eq!(heard[320 + 959], 3_200);
    assert_eq!(heard[4 * 320 + 639], 0);
    assert_eq!(heard.last(), Some(&16_000));
}

#[test]
fn a_new_target_starts_from_where_the_gain_is() {
    let mut gain = Gain::new(1.0);
    gain.ramp_to(0.0, 100);
    gain.apply(&mut [0; 50]);
    assert!((gain.current() - 0.5).abs() < 1e-3);
    gain.ramp_to(1.0, 100);
    assert!((gain.current() - 0.5).abs() < 1e-3);
    assert_eq!((gain.remaining(), gain.target()), (100, 1.0));
    gain.ramp_to(0.25, 0);
    assert!(gain.is_settled() && (gain.current() - 0.25).abs() < 1e-6);
}

#[test]
fn odd_bytes_are_refused_whole() {
    let mut out = vec![5];
    assert_eq!(pcm::from_le_bytes(&[1, 2, 3], &mut out), Err(pcm::OddBytes(3)));
    assert_eq!(out, [5]);
}

proptest! {
    #[test]
    fn frames_joined_are_the_stream(
        samples in prop::collection::vec(any::<i16>(), 0..2_000),
        cuts in prop::collection::vec(0_usize..400, 0..20),
        len in 1_usize..400,
    ) {
        let mut framer = Framer::with_len(len);
        let (mut joined, mut rest) = (Vec::new(), &samples[..]);
        let mut short = 0;
        let mut take = |framer: &mut Framer, piece: &[i16]| {
            framer.push(piece, |frame| {
                short += usize::from(frame.len() != len);
                joined.extend_from_slice(frame);
            });
        };
        for cut in cuts {
            let (head, tail) = rest.split_at(cut.min(rest.len()));
            take(&mut framer, head);
            rest = tail;
        }
        take(&mut framer, rest);
        prop_assert_eq!(short, 0);
        prop_assert_eq!(framer.pending(), samples.len() % len);
        if let Some(last) = framer.flush() {
            joined.extend_from_slice(last);
        }
        prop_assert_eq!(framer.pending(), 0);
        let mut padded = samples.clone();
        padded.resize(samples.len().next_multiple_of(len), 0);
        prop_assert_eq!(joined, padded);
    }

    #[test]
    fn bytes_and_samples_are_the_same(samples in prop::collection::vec(any::<i16>(), 0..100)) {
        let (mut bytes, mut back) = (Vec::new(), Vec::new());
        pcm::to_le_bytes(&samples, &mut bytes);
        pcm::from_le_bytes(&bytes, &mut back).unwrap();
        prop_assert_eq!(samples, back);
    }
}
