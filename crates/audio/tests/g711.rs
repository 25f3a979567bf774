//! Layer: pure. G.711: the check values of requirements 5.3, all 256 codes both ways, all 65 536 samples.
use tom_audio::Law;

#[test]
fn check_values() {
    for (law, code, sample) in [
        (Law::Mu, 0xFF, 0),
        (Law::Mu, 0x7F, 0),
        (Law::Mu, 0x00, -32_124),
        (Law::Mu, 0x80, 32_124),
        (Law::A, 0xD5, 8),
        (Law::A, 0x55, -8),
        (Law::A, 0x2A, -32_256),
        (Law::A, 0xAA, 32_256),
    ] {
        assert_eq!(law.decode(code), sample, "{law:?} {code:#04x}");
    }
    assert!(Law::ALL.iter().all(|l| l.decode(l.silence()).abs() <= 8));
}

#[test]
fn every_code_survives_both_ways() {
    for law in Law::ALL {
        for code in 0..=255 {
            let sample = law.decode(code);
            let again = law.encode(sample);
            assert_eq!(law.decode(again), sample, "{law:?} {code:#04x}");
            // µ-law has two codes for zero; every other code is the only one of its sample.
            if sample != 0 {
                assert_eq!(again, code, "{law:?}");
            }
        }
    }
}

#[test]
fn every_sample_gets_a_code_within_half_a_step() {
    for law in Law::ALL {
        let mut last = i16::MIN;
        for sample in i16::MIN..=i16::MAX {
            let decoded = law.decode(law.encode(sample));
            assert!(decoded >= last, "{law:?} is not monotonic at {sample}");
            last = decoded;
            let error = u32::from(decoded.abs_diff(sample));
            // Steps double per segment: at most a 16th of the magnitude, so half a step is a 32nd of it.
            let bound = (u32::from(sample.unsigned_abs()) + 132) / 32 + 8;
            let clipped = sample.unsigned_abs() > 32_256;
            assert!(error <= bound || clipped, "{law:?} {sample}: off by {error}");
        }
    }
}

/// Codes between the extremes, worked out by hand from the segment tables of G.711.
#[test]
fn values_inside_the_segments() {
    for (law, sample, code) in [
        // µ-law: 1000 + 132 = 1132 = 0b100_0110_1100: segment 3, mantissa 0001, all bits inverted.
        (Law::Mu, 1_000, 0xCE),
        (Law::Mu, -1_000, 0x4E),
        // A-law: 1000 / 16 = 62 = 0b11_1110: segment 2, mantissa 1111, even bits inverted.
        (Law::A, 1_000, 0xFA),
        (Law::A, -1_000, 0x7A),
    ] {
        assert_eq!(law.encode(sample), code, "{law:?} {sample}");
    }
}

#[test]
fn slices_are_appended() {
    for law in Law::ALL {
        let codes: Vec<u8> = (0..=255).collect();
        let (mut pcm, mut again) = (vec![1], vec![2]);
        law.decode_into(&codes, &mut pcm);
        law.encode_into(&pcm[1..], &mut again);
        assert_eq!((pcm.len(), again.len()), (257, 257));
        for (code, sample) in codes.iter().zip(&pcm[1..]) {
            assert_eq!(*sample, law.decode(*code));
        }
        for (sample, code) in pcm[1..].iter().zip(&again[1..]) {
            assert_eq!(*code, law.encode(*sample));
        }
    }
}
