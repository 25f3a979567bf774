//! Layer: pure. Bytes of speech: bare samples and WAV files in pieces of any size, and what is neither.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

fn decode(format: AudioFormat, rate_hz: u32, pieces: &[&[u8]]) -> Result<Vec<i16>, Unreadable> {
    let mut decoder = Decoder::new(format, rate_hz);
    let mut out = Vec::new();
    for piece in pieces {
        decoder.push(piece, &mut out)?;
    }
    decoder.end(&mut out)?;
    Ok(out)
}

/// Cuts bytes at places given as shares of what is left.
fn cut<'a>(mut bytes: &'a [u8], cuts: &[u8]) -> Vec<&'a [u8]> {
    let mut pieces = Vec::new();
    for share in cuts {
        let (piece, rest) = bytes.split_at(bytes.len() * usize::from(*share) / 255);
        pieces.push(piece);
        bytes = rest;
    }
    pieces.push(bytes);
    pieces
}

fn bytes(pcm: &[i16]) -> Vec<u8> {
    pcm.iter().flat_map(|sample| sample.to_le_bytes()).collect()
}

proptest! {
    #[test]
    fn pieces_change_nothing(
        pcm in vec(any::<i16>(), 0..3_000),
        cuts in vec(any::<u8>(), 0..20),
        wav: bool,
        rate in prop::sample::select(vec![8_000_u32, 16_000, 22_050, 24_000, 44_100]),
    ) {
        let (format, file) = if wav {
            (AudioFormat::Wav, tom_audio::wav::to_bytes(rate, 1, &pcm))
        } else {
            (AudioFormat::Pcm, bytes(&pcm))
        };
        let whole = decode(format, rate, &[&file]);
        prop_assert_eq!(&decode(format, rate, &cut(&file, &cuts)), &whole);
        if rate == 16_000 {
            prop_assert_eq!(whole, Ok(pcm));
        }
    }

    #[test]
    fn garbage_never_breaks_it(
        garbage in vec(any::<u8>(), 0..2_000),
        cuts in vec(any::<u8>(), 0..10),
        head in prop::sample::select(vec![&b""[..], b"RIFF\xff\xff\xff\xffWAVE", b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0"]),
    ) {
        let all = [head, &garbage].concat();
        let whole = decode(AudioFormat::Pcm, 16_000, &[&all]);
        prop_assert_eq!(decode(AudioFormat::Pcm, 16_000, &cut(&all, &cuts)), whole);
    }
}

#[test]
fn half_a_sample_at_the_end_is_dropped() {
    assert_eq!(decode(AudioFormat::Pcm, 16_000, &[&[1], &[0, 2]]), Ok(vec![1]));
    assert_eq!(decode(AudioFormat::Pcm, 16_000, &[]), Ok(vec![]));
}

#[test]
fn a_wav_file_may_not_know_its_length_and_may_go_on_after_the_audio() {
    let pcm = [1, 2, 3, 4, 5, 6, 7, 8];
    let file = tom_audio::wav::to_bytes(16_000, 1, &pcm);
    for unknown in [0_u32, u32::MAX, u32::MAX - 36] {
        let mut file = file.clone();
        file[40..44].copy_from_slice(&unknown.to_le_bytes());
        assert_eq!(decode(AudioFormat::Wav, 24_000, &[&file]), Ok(pcm.to_vec()), "{unknown}");
    }
    let longer = [&file[..], b"LIST\x04\0\0\0abcd"].concat();
    assert_eq!(decode(AudioFormat::Pcm, 24_000, &[&longer]), Ok(pcm.to_vec()), "known by its head");
}

#[test]
fn channels_are_mixed_and_floats_are_scaled() {
    let stereo = tom_audio::wav::to_bytes(16_000, 2, &[100, 300, -5, -7]);
    assert_eq!(decode(AudioFormat::Wav, 16_000, &[&stereo]), Ok(vec![200, -6]));
    let mut float = tom_audio::wav::to_bytes(16_000, 1, &[0; 8]);
    float[20] = 3;
    float[34] = 32;
    float.truncate(44);
    for sample in [0.5_f32, -2.0, f32::NAN, 0.0] {
        float.extend(sample.to_le_bytes());
    }
    assert_eq!(decode(AudioFormat::Wav, 16_000, &[&float]), Ok(vec![16_383, i16::MIN, 0, 0]));
}

#[test]
fn what_is_no_speech_is_told() {
    for (sent, wanted) in [
        (&b"ID3\x04\0\0\0\0\0\0\0\0\0"[..], "MP3"),
        (b"OggS\0\0\0\0\0\0\0\0\0", "Ogg"),
        (b"<html><body>It works!", "web page"),
        (b"{\"error\": \"no such voice\"}", "JSON"),
        (
            b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x06\0\x01\0\x40\x1f\0\0\x40\x1f\0\0\x01\0\x08\0data\0\0\0\0",
            "neither",
        ),
        (b"RIFF\0\0\0\0WAVEdata\0\0\0\0", "without a format"),
    ] {
        let Err(Unreadable(what)) = decode(AudioFormat::Pcm, 24_000, &[sent]) else { panic!("{wanted}") };
        assert!(what.contains(wanted), "{what}");
    }
    assert!(decode(AudioFormat::Wav, 24_000, &[&[0; 100]]).is_err());
    let endless = [&b"RIFF\0\0\0\0WAVE"[..], &b"junk\x08\0\0\0aaaaaaaa".repeat(9_000)].concat();
    assert!(decode(AudioFormat::Wav, 24_000, &[&endless]).is_err());
}
