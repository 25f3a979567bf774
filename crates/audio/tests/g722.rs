//! Layer: pure. G.722: code and samples are those of libavcodec 62 to the bit, and what goes in comes out.
use proptest::prelude::*;
use tom_audio::{G722Decoder, G722Encoder};

/// A second of everything, in whole numbers so that it is the same everywhere: tones of both bands, noise, silence,
/// clipping.
fn sound() -> Vec<i16> {
    let (mut x, mut y, mut seed) = (12_000_i32, 0_i32, 1_u32);
    (0..16_000_u32)
        .map(|at| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let noise = i32::from((seed >> 16) as i16);
            // A circle, faster and faster: 80 Hz to 3.5 kHz.
            let turn = 8 + (at / 50) as i32;
            x -= y * turn / 256;
            y += x * turn / 256;
            let sample = match at / 2_000 {
                0 | 1 => x,
                2 => noise / 4,
                3 => 0,
                4 => x + noise / 16,
                5 => x * 4,
                _ => x / 64,
            };
            sample.clamp(i16::MIN.into(), i16::MAX.into()) as i16
        })
        .collect()
}

/// Any bytes are code: two seconds of them.
fn wild() -> Vec<u8> {
    (0..16_000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8).collect()
}

fn encode(pcm: &[i16]) -> Vec<u8> {
    let mut code = Vec::new();
    G722Encoder::default().encode_into(pcm, &mut code);
    code
}

fn decode(code: &[u8]) -> Vec<i16> {
    let mut pcm = Vec::new();
    G722Decoder::default().decode_into(code, &mut pcm);
    pcm
}

/// FNV-1a, 64 bits: a name for the bytes.
fn name(bytes: impl IntoIterator<Item = u8>) -> u64 {
    bytes
        .into_iter()
        .fold(0xcbf2_9ce4_8422_2325, |name, byte| (name ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

fn name_of(pcm: &[i16]) -> u64 {
    name(pcm.iter().flat_map(|sample| sample.to_le_bytes()))
}

const SOUND: u64 = 0xa6b5_feaa_d10e_ecb6;
const CODE: u64 = 0x266b_c246_3003_67fb;
const BACK: u64 = 0xea3f_c798_adf9_0ce7;
const WILD: u64 = 0x0ce4_0f90_9897_dab4;

/// libavcodec made the same of both, encoder (trellis 0) and decoder; the numbers name what it made.
#[test]
fn code_and_samples_are_those_of_another_implementation() {
    let sound = sound();
    let code = encode(&sound);
    assert_eq!(name_of(&sound), SOUND, "the sound is another one");
    assert_eq!((code.len(), name(code.iter().copied())), (8_000, CODE));
    assert_eq!(name_of(&decode(&code)), BACK);
    assert_eq!(name_of(&decode(&wild())), WILD);
}

/// Both filters together are 22 samples late.
#[test]
fn speech_band_tones_survive() {
    for hz in [300.0_f64, 1_000.0, 2_500.0, 5_000.0] {
        let tone = |at: usize| (at as f64 * hz / 16_000.0 * std::f64::consts::TAU).sin() * 8_000.0;
        let pcm: Vec<i16> = (0..8_000).map(|at| tone(at) as i16).collect();
        let back = decode(&encode(&pcm));
        assert_eq!(back.len(), pcm.len());
        let (mut signal, mut error) = (0.0, 0.0);
        for at in 2_000..7_000 {
            signal += f64::from(pcm[at]).powi(2);
            error += f64::from(pcm[at] - back[at + 22]).powi(2);
        }
        let ratio = 10.0 * (signal / error).log10();
        println!("{hz} Hz: {ratio:.1} dB");
        assert!(ratio > if hz > 4_000.0 { 8.0 } else { 25.0 }, "{hz} Hz: {ratio:.1} dB");
    }
}

proptest! {
    #[test]
    fn pieces_of_any_size_are_one_stream(pcm in prop::collection::vec(any::<i16>(), 0..900), size in 1usize..50) {
        let (mut encoder, mut decoder) = (G722Encoder::default(), G722Decoder::default());
        let (mut code, mut back) = (Vec::new(), Vec::new());
        pcm.chunks(size).for_each(|piece| encoder.encode_into(piece, &mut code));
        prop_assert_eq!(&code, &encode(&pcm));
        code.chunks(size).for_each(|piece| decoder.decode_into(piece, &mut back));
        prop_assert_eq!(back, decode(&code));
    }
}
