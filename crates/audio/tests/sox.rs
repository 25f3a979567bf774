//! Layer: real. WAV files as sox writes them, and ours as sox reads them.
#[expect(dead_code, reason = "each test binary uses its part")]
mod common;

use std::process::Command;

use common::fit;
use tom_audio::wav::{Encoding, read, to_bytes};

#[expect(clippy::unwrap_used, reason = "a helper of tests may end the test")]
fn sox(args: &[&str], input: &[u8]) -> Option<Vec<u8>> {
    use std::io::Write;
    let child = Command::new("sox")
        .args(args)
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn();
    let Ok(mut child) = child else {
        assert!(std::env::var_os("CI").is_none(), "CI installs sox, but it cannot be started");
        println!("skipped: sox is not installed (apt-get install sox)");
        return None;
    };
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input).unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    Some(output.stdout)
}

#[test]
fn what_sox_writes_is_read() {
    for (encoding, bits, ours) in [
        ("unsigned-integer", "8", Encoding::Pcm),
        ("signed-integer", "16", Encoding::Pcm),
        ("signed-integer", "24", Encoding::Pcm),
        ("signed-integer", "32", Encoding::Pcm),
        ("floating-point", "32", Encoding::Float),
        ("floating-point", "64", Encoding::Float),
        ("a-law", "8", Encoding::ALaw),
        ("mu-law", "8", Encoding::MuLaw),
    ] {
        for (rate, channels) in [("8000", "1"), ("44100", "2"), ("48000", "6")] {
            let out = [
                "-D", "-r", rate, "-n", "-e", encoding, "-b", bits, "-c", channels, "-t", "wav", "-",
                "synth", "1", "sine", "1000", "vol", "0.5",
            ];
            let Some(file) = sox(&out, &[]) else { return };
            let wav = read(&file).unwrap();
            assert_eq!(wav.encoding, ours);
            assert_eq!((wav.channels.to_string(), wav.rate_hz.to_string()), (channels.into(), rate.into()));
            let pcm = wav.to_mono_16k();
            assert_eq!(pcm.len(), 16_000, "{encoding} {bits} {rate} {channels}");
            let (amplitude, _, snr) = fit(&pcm[200..15_800], 1_000.0, 16_000);
            assert!((amplitude / 16_384.0 - 1.0).abs() < 0.02, "{encoding} {bits}: {amplitude}");
            let floor = if bits == "8" { 33.0 } else { 60.0 };
            assert!(snr > floor, "{encoding} {bits} {rate} {channels}: {snr:.1} dB");
        }
    }
}

#[test]
fn what_we_write_sox_reads() {
    let pcm: Vec<i16> = (0..3_200).map(|n| (n * 7 % 30_000) as i16).collect();
    let file = to_bytes(16_000, 2, &pcm);
    let Some(raw) = sox(&["-t", "wav", "-", "-t", "s16", "-"], &file) else {
        return;
    };
    let mut back = Vec::new();
    tom_audio::pcm::from_le_bytes(&raw, &mut back).unwrap();
    assert_eq!(back, pcm);
}
