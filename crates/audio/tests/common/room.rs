//! Voices and the rooms they sound in: shared by the tests and the bench of echoes.

use std::process::Command;

use tom_audio::wav;

/// The level of the agent's voice and of the caller's in these tests, dBFS.
pub(crate) const LOUD: f32 = -20.0;

/// Evenly distributed noise from -1 to 1, its own for every seed.
pub(crate) fn noise(seed: u64, samples: usize) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let next = |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..samples).map(next).collect()
}

/// Something like a voice: noise through a resonance, in syllables of 125 ms with pauses.
pub(crate) fn voice(seed: u64, samples: usize) -> Vec<f32> {
    let mut memory = [0.0_f32; 2];
    let sample = |(n, noise): (usize, f32)| {
        let formant = 0.15 + 0.05 * ((n / 3_000) % 4) as f32;
        let next = 1.8 * formant.cos() * memory[1] - 0.85 * memory[0] + 0.2 * noise;
        memory = [memory[1], next];
        next * (n as f32 * std::f32::consts::TAU / 4_000.0).sin().max(0.0)
    };
    at_level(&noise(seed, samples).into_iter().enumerate().map(sample).collect::<Vec<_>>(), LOUD)
}

/// Speech of a synthesiser, espeak-ng or flite, over and over; none where it is not installed.
pub(crate) fn speech(program: &str, text: &str, samples: usize) -> Option<Vec<f32>> {
    let file = tempfile_name(program);
    let output = match program {
        "flite" => Command::new(program).args(["-t", text, "-o", &file]).output(),
        _ => Command::new(program).args(["-w", &file, text]).output(),
    };
    let Ok(output) = output else {
        println!("skipped: {program} is not installed");
        return None;
    };
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    let bytes = std::fs::read(&file).expect("what it wrote");
    std::fs::remove_file(&file).expect("a file of ours");
    let pcm = wav::read(&bytes).expect("a WAV file").to_mono_16k();
    let pcm: Vec<f32> = pcm.into_iter().map(f32::from).cycle().take(samples).collect();
    Some(at_level(&pcm, LOUD))
}

fn tempfile_name(program: &str) -> String {
    static NUMBER: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let file = format!("tom-room-{}-{number}-{program}.wav", std::process::id());
    std::env::temp_dir().join(file).display().to_string()
}

/// The RMS of a signal, in the units of samples.
pub(crate) fn rms(signal: &[f32]) -> f32 {
    (signal.iter().map(|s| s * s).sum::<f32>() / signal.len() as f32).sqrt()
}

/// How much louder the one is than the other, dB.
pub(crate) fn louder(one: &[f32], other: &[f32]) -> f32 {
    20.0 * (rms(one).max(0.1) / rms(other).max(0.1)).log10()
}

/// At a level in dBFS, RMS over all of it.
pub(crate) fn at_level(signal: &[f32], dbfs: f32) -> Vec<f32> {
    let gain = 32_768.0 * 10_f32.powf(dbfs / 20.0) / rms(signal);
    signal.iter().map(|s| s * gain).collect()
}

/// What comes back of a voice: so late, so loud (dB to the voice), in a room that answers for 60 ms.
pub(crate) fn echo(voice: &[f32], delay_ms: usize, db: f32) -> Vec<f32> {
    // The direct way, and reflections that decay by 60 dB in 180 ms, with signs of their own.
    let signs = noise(77, 60);
    let taps = |n: usize| (16 * n + 5 * n % 13, 0.7 * 10_f32.powf(-(n as f32) / 60.0) * signs[n]);
    let taps: Vec<(usize, f32)> = std::iter::once((0, 1.0)).chain((2..60).map(taps)).collect();
    let energy: f32 = taps.iter().map(|(_, gain)| gain * gain).sum();
    let gain = 10_f32.powf(db / 20.0) / energy.sqrt();
    let mut heard = vec![0.0; voice.len()];
    for (late, tap) in taps {
        let from = delay_ms * 16 + late;
        for (heard, voice) in heard.iter_mut().skip(from).zip(voice) {
            *heard += gain * tap * voice;
        }
    }
    heard
}

/// Together with the noise of a line, -65 dBFS.
pub(crate) fn mixed(one: &[f32], other: &[f32]) -> Vec<i16> {
    let line = noise(5, one.len());
    one.iter().zip(other).zip(line).map(|((a, b), line)| (a + b + 32.0 * line).round() as i16).collect()
}

/// As samples that can be played.
pub(crate) fn pcm(signal: &[f32]) -> Vec<i16> {
    signal.iter().map(|s| s.round() as i16).collect()
}
