//! Layer: wire. WAV files of every usual kind, broken ones, and arbitrary bytes.
use std::io::Cursor;

use proptest::prelude::*;
use tom_audio::wav::{Encoding, WavError, WavWriter, read, read_limited, to_bytes};

const PCM: u16 = 1;
const FLOAT: u16 = 3;
const ALAW: u16 = 6;
const MULAW: u16 = 7;

fn chunk(id: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let mut out = [&id[..], &(body.len() as u32).to_le_bytes(), body].concat();
    if body.len() % 2 == 1 {
        out.push(0);
    }
    out
}

fn format(tag: u16, channels: u16, rate: u32, bits: u16) -> Vec<u8> {
    let block = channels.wrapping_mul(bits.div_ceil(8));
    let mut body = Vec::new();
    body.extend(tag.to_le_bytes());
    body.extend(channels.to_le_bytes());
    body.extend(rate.to_le_bytes());
    body.extend(rate.wrapping_mul(u32::from(block)).to_le_bytes());
    body.extend(block.to_le_bytes());
    body.extend(bits.to_le_bytes());
    body
}

fn extensible(tag: u16, channels: u16, rate: u32, bits: u16) -> Vec<u8> {
    let mut body = format(0xFFFE, channels, rate, bits);
    body.extend(22_u16.to_le_bytes());
    body.extend(bits.to_le_bytes());
    body.extend(0_u32.to_le_bytes());
    body.extend(tag.to_le_bytes());
    body.extend(b"\x00\x00\x00\x00\x10\x00\x80\x00\x00\xAA\x00\x38\x9B\x71");
    body
}

fn riff(chunks: &[Vec<u8>]) -> Vec<u8> {
    let body = [b"WAVE".to_vec(), chunks.concat()].concat();
    [&b"RIFF"[..], &(body.len() as u32).to_le_bytes(), &body].concat()
}

fn simple(tag: u16, bits: u16, data: &[u8]) -> Vec<u8> {
    riff(&[chunk(b"fmt ", &format(tag, 1, 16_000, bits)), chunk(b"data", data)])
}

#[expect(clippy::unwrap_used, reason = "a helper of tests may end the test")]
fn samples(file: &[u8]) -> Vec<i16> {
    read(file).unwrap().samples
}

#[test]
fn every_width_of_pcm_means_the_same() {
    let want = [i16::MIN, -256, 0, 256, 0x7F00];
    let eight: Vec<u8> = want.iter().map(|s| ((s >> 8) + 128) as u8).collect();
    let bytes = |pad: usize| -> Vec<u8> {
        want.iter().flat_map(|s| [vec![0; pad], s.to_le_bytes().to_vec()].concat()).collect()
    };
    assert_eq!(samples(&simple(PCM, 8, &eight)), want);
    assert_eq!(samples(&simple(PCM, 16, &bytes(0))), want);
    assert_eq!(samples(&simple(PCM, 24, &bytes(1))), want);
    assert_eq!(samples(&simple(PCM, 32, &bytes(2))), want);
    assert_eq!(samples(&simple(PCM, 12, &bytes(0))), want, "12 of 16 bits");
}

#[test]
fn fine_samples_are_rounded_and_full_scale_stays() {
    let words: Vec<u8> = [0x7FFF_FFFF_i32, 0x0000_8000, 0x0000_7FFF, -0x8000, i32::MIN]
        .iter()
        .flat_map(|s| s.to_le_bytes())
        .collect();
    assert_eq!(samples(&simple(PCM, 32, &words)), [i16::MAX, 1, 0, 0, i16::MIN]);
}

#[test]
fn floats_are_scaled_clipped_and_never_noise() {
    let values = [0.0, 0.5, -0.5, 1.0, -1.0, 7.0, -7.0, f64::NAN];
    let want = [0, 16_384, -16_384, i16::MAX, i16::MIN, i16::MAX, i16::MIN, 0];
    let single: Vec<u8> = values.iter().flat_map(|&v| (v as f32).to_le_bytes()).collect();
    let double: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
    assert_eq!(samples(&simple(FLOAT, 32, &single)), want);
    assert_eq!(samples(&simple(FLOAT, 64, &double)), want);
}

#[test]
fn telephone_laws_are_expanded() {
    assert_eq!(samples(&simple(MULAW, 8, &[0xFF, 0x00, 0x80])), [0, -32_124, 32_124]);
    assert_eq!(samples(&simple(ALAW, 8, &[0xD5, 0x2A, 0xAA, 0x55])), [8, -32_256, 32_256, -8]);
}

#[test]
fn extensible_formats_are_looked_into() {
    let data = 1_000_i16.to_le_bytes();
    let file = riff(&[chunk(b"fmt ", &extensible(PCM, 1, 48_000, 16)), chunk(b"data", &data)]);
    let wav = read(&file).unwrap();
    assert_eq!((wav.rate_hz, wav.encoding), (48_000, Encoding::Pcm));
    assert_eq!(wav.samples, [1_000]);
    let mut foreign = extensible(PCM, 1, 48_000, 16);
    foreign[39] = 0;
    let file = riff(&[chunk(b"fmt ", &foreign), chunk(b"data", &data)]);
    assert!(matches!(read(&file), Err(WavError::Compressed { tag: 0xFFFE, .. })));
}

#[test]
fn channels_are_averaged_and_the_rate_converted() {
    let stereo: Vec<i16> = (0..44_100).flat_map(|_| [3_000, -1_000]).collect();
    let wav = read(&to_bytes(44_100, 2, &stereo)).unwrap();
    assert_eq!((wav.channels, wav.len(), wav.millis()), (2, 44_100, 1_000));
    assert!(wav.channel(1).all(|s| s == -1_000));
    assert_eq!(wav.channel(1).count(), 44_100);
    assert_eq!(wav.channel(2).count(), 0);
    let mono = wav.to_mono_16k();
    assert_eq!(mono.len(), 16_000);
    assert!(mono[200..15_800].iter().all(|&s| (999..=1_001).contains(&s)));
}

#[test]
fn unknown_and_odd_chunks_are_stepped_over() {
    let pcm = 77_i16.to_le_bytes();
    let parts = [
        chunk(b"JUNK", &[1; 28]),
        chunk(b"fmt ", &format(PCM, 1, 8_000, 16)),
        chunk(b"LIST", &[2; 7]),
        chunk(b"data", &pcm),
        chunk(b"id3 ", &[3; 5]),
    ];
    assert_eq!(samples(&riff(&parts)), [77]);
    let mut unpadded = parts.clone();
    unpadded[2].pop();
    assert_eq!(samples(&riff(&unpadded)), [77]);
    let [_, format, _, data, _] = parts;
    assert_eq!(samples(&riff(&[data, format])), [77], "data before fmt");
}

#[test]
fn sizes_that_were_never_filled_in_reach_to_the_end() {
    let whole = to_bytes(16_000, 1, &[1, 2, 3]);
    for (riff_size, data_size) in [(0, 0), (u32::MAX, u32::MAX), (36, 0), (u32::MAX, 0)] {
        let mut file = whole.clone();
        file[4..8].copy_from_slice(&u32::to_le_bytes(riff_size));
        file[40..44].copy_from_slice(&u32::to_le_bytes(data_size));
        let wav = read(&file).unwrap();
        assert_eq!(wav.samples, [1, 2, 3]);
        assert!(!wav.truncated, "nothing was promised");
    }
}

#[test]
fn rf64_keeps_its_size_in_a_chunk_of_its_own() {
    let mut sizes = Vec::new();
    for size in [0_u64, 4, 2] {
        sizes.extend(size.to_le_bytes());
    }
    let mut data = chunk(b"data", &[1, 0, 2, 0, 9, 9]);
    data[4..8].fill(0xFF);
    let mut file = riff(&[chunk(b"ds64", &sizes), chunk(b"fmt ", &format(PCM, 1, 8_000, 16)), data]);
    file[..4].copy_from_slice(b"RF64");
    assert_eq!(samples(&file), [1, 2]);
}

#[test]
fn a_truncated_file_gives_what_is_there_and_says_so() {
    let whole = to_bytes(16_000, 2, &[1, 2, 3, 4]);
    let wav = read(&whole[..whole.len() - 3]).unwrap();
    assert_eq!(wav.samples, [1, 2], "no half sample group");
    assert!(wav.truncated);
    assert!(!read(&whole).unwrap().truncated);
    assert_eq!(read(&whole[..44]), Err(WavError::NoAudio));
    assert_eq!(read(&whole[..30]), Err(WavError::NoFormat));
}

#[test]
fn what_is_no_playable_wav_is_refused_with_a_reason() {
    let with = |body: Vec<u8>| riff(&[chunk(b"fmt ", &body), chunk(b"data", &[0; 8])]);
    let mut block = format(PCM, 2, 8_000, 16);
    block[12] = 3;
    let cases: [(Vec<u8>, WavError); 12] = [
        (vec![], WavError::Empty),
        (b"ID3\x04 an mp3 file".to_vec(), WavError::NotWav),
        (b"RIFF\x04\0\0\0AVI ".to_vec(), WavError::NotWav),
        (b"RIFF".to_vec(), WavError::NotWav),
        (b"RIFX\x04\0\0\0WAVE".to_vec(), WavError::BigEndian),
        (riff(&[chunk(b"data", &[0; 4])]), WavError::NoFormat),
        (riff(&[chunk(b"fmt ", &format(PCM, 1, 8_000, 16))]), WavError::NoAudio),
        (with(format(PCM, 0, 8_000, 16)), WavError::NoChannels),
        (with(format(PCM, 1, 3_999, 16)), WavError::Rate(3_999)),
        (with(format(0x11, 1, 8_000, 4)), WavError::Compressed { tag: 0x11, name: "ADPCM" }),
        (with(format(FLOAT, 1, 8_000, 16)), WavError::Bits { encoding: Encoding::Float, bits: 16 }),
        (with(block), WavError::BadBlock { channels: 2, bits: 16, block: 3 }),
    ];
    for (file, want) in cases {
        assert_eq!(read(&file), Err(want));
    }
    assert_eq!(read_limited(&to_bytes(8_000, 1, &[1]), 45), Err(WavError::TooLarge { bytes: 46, limit: 45 }));
}

#[test]
fn a_file_being_written_can_be_read_at_any_time() {
    let mut writer = WavWriter::new(Cursor::new(Vec::new()), 16_000, 1).unwrap();
    for upto in 1..4_i16 {
        writer.write(&[upto; 3]).unwrap();
        let wav = read(writer.get_ref().get_ref()).unwrap();
        assert_eq!(wav.len(), upto as usize * 3);
        assert!(!wav.truncated);
    }
    let file = writer.finish().unwrap().into_inner();
    assert_eq!(file, to_bytes(16_000, 1, &[1, 1, 1, 2, 2, 2, 3, 3, 3]));
}

fn any_file() -> impl Strategy<Value = Vec<u8>> {
    let tag = prop::sample::select(vec![PCM, FLOAT, ALAW, MULAW, 0x11, 0xFFFE]);
    let bits = prop::sample::select(vec![0_u16, 1, 4, 8, 12, 16, 20, 24, 32, 33, 64, 65_535]);
    let bytes = prop::collection::vec(any::<u8>(), 0..200);
    (tag, bits, 0_u16..9, any::<bool>(), bytes.clone(), bytes).prop_map(
        |(tag, bits, channels, nested, other, data)| {
            let body = if nested {
                extensible(tag, channels, 16_000, bits)
            } else {
                format(tag, channels, 16_000, bits)
            };
            riff(&[chunk(b"LIST", &other), chunk(b"fmt ", &body), chunk(b"data", &data)])
        },
    )
}

/// The reader's promises for any input whatsoever.
fn holds(file: &[u8]) {
    if let Ok(wav) = read(file) {
        assert!(wav.channels > 0 && !wav.is_empty());
        assert_eq!(wav.samples.len() % usize::from(wav.channels), 0);
        assert!(wav.samples.capacity() <= file.len());
        assert_eq!(wav.to_mono().len(), wav.len());
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        holds(&bytes);
        holds(&[&b"RIFF\x00\x01\x00\x00WAVE"[..], &bytes].concat());
    }

    #[test]
    fn damaged_files_never_panic(
        mut file in any_file(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
        end in any::<prop::sample::Index>(),
    ) {
        holds(&file);
        for (at, value) in damage {
            let at = at.index(file.len());
            file[at] = value;
        }
        holds(&file);
        holds(&file[..end.index(file.len())]);
    }

    #[test]
    fn what_is_written_is_read_back(
        pcm in prop::collection::vec(any::<i16>(), 1..500),
        rate in 4_000_u32..=192_000,
        channels in 1_u16..4,
    ) {
        let whole = pcm.len() - pcm.len() % usize::from(channels);
        prop_assume!(whole > 0);
        let wav = read(&to_bytes(rate, channels, &pcm[..whole])).unwrap();
        prop_assert_eq!(wav.samples, &pcm[..whole]);
        prop_assert_eq!((wav.rate_hz, wav.channels, wav.truncated), (rate, channels, false));
    }
}
