//! Where does the speech come from, and where does it break off?

use std::error::Error;
use std::path::Path;
use std::process::Command;

use tom_audio::wav;

/// Samples of 10 ms.
const TEN: usize = 160;
/// A pause within a sentence is at least so many of them.
const PAUSE: usize = 8;
/// How far below the loudest a voice may be, in dB: without and with the noise of a room.
const SYNTHETIC: f64 = 35.0;
const RECORDED: f64 = 22.0;
/// Silence before the first voice, in samples: 200 ms.
const BEFORE: usize = 3_200;

/// Speech up to its last voice, and whether it is a finished turn.
pub(crate) struct Clip {
    pub(crate) lang: String,
    pub(crate) voice: String,
    /// Why it is not finished; `whole` if it is.
    pub(crate) kind: String,
    wave: Vec<i16>,
}

impl Clip {
    pub(crate) fn finished(&self) -> bool {
        self.kind == "whole"
    }

    /// With the silence of a line after it: a hiss of a few steps.
    pub(crate) fn followed_by(&self, ms: usize) -> Vec<i16> {
        let (mut all, mut state) = (self.wave.clone(), 7u32);
        all.extend((0..ms * 16).map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 29) as i16 - 4
        }));
        all
    }
}

/// All sentences by all voices.
pub(crate) fn spoken() -> Result<Vec<Clip>, Box<dyn Error>> {
    let flite = ["kal16", "awb", "rms", "slt"].map(|voice| ("en", "flite", voice));
    let espeak = [("en", "espeak-ng", "en-us"), ("en", "espeak-ng", "en-gb"), ("de", "espeak-ng", "de")];
    let mut clips = Vec::new();
    let mut left_out = 0;
    for (lang, program, voice) in flite.into_iter().chain(espeak) {
        for line in include_str!("sentences.txt").lines().filter(|line| !line.starts_with('#')) {
            let (about, text) = line.split_once(" | ").ok_or("a line without text")?;
            let (its_lang, kind) = about.split_once(' ').ok_or("a line without a kind")?;
            if its_lang != lang {
                continue;
            }
            let wave = speak(program, voice, &text.replace('|', ""))?;
            let Some((first, last)) = voiced(&wave, SYNTHETIC) else { continue };
            let clip = |kind: &str, end: usize| Clip {
                lang: lang.into(),
                voice: format!("{program} {voice}"),
                kind: kind.into(),
                wave: wave[first.saturating_sub(BEFORE)..end].to_vec(),
            };
            clips.push(clip("whole", last));
            let Some((before, _)) = text.split_once('|') else { continue };
            // The speaker pauses at each comma; the one before the bar is meant.
            let pauses = pauses(&wave[..last], first, SYNTHETIC);
            match pauses.get(before.matches(',').count() - 1) {
                Some(end) if pauses.len() == text.matches(',').count() => clips.push(clip(kind, *end)),
                _ => left_out += 1,
            }
        }
    }
    println!("{} clips; {left_out} breaks left out because the voice made no clear pause there", clips.len());
    Ok(clips)
}

/// The recording beside the checkout, broken off at its pauses.
pub(crate) fn human() -> Vec<Clip> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/speech/jfk.wav");
    let Some(wave) = std::fs::read(path).ok().and_then(|file| wav::read(&file).ok()).map(|w| w.to_mono_16k())
    else {
        println!("the recording is not here: no human speech");
        return Vec::new();
    };
    let Some((first, last)) = voiced(&wave, RECORDED) else { return Vec::new() };
    let mut ends: Vec<(usize, &str)> =
        pauses(&wave[..last], first, RECORDED).into_iter().map(|end| (end, "comma")).collect();
    ends.push((last, "whole"));
    let clip = |(end, kind): (usize, &str)| Clip {
        lang: "en".into(),
        voice: "human".into(),
        kind: kind.into(),
        wave: wave[first.saturating_sub(BEFORE)..end].to_vec(),
    };
    ends.into_iter().map(clip).collect()
}

fn speak(program: &str, voice: &str, text: &str) -> Result<Vec<i16>, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("speech.wav");
    let run = |args: &[&str], file: &Path| Command::new(program).args(args).arg(file).status();
    let status = match program {
        "flite" => run(&["-voice", voice, "-t", text, "-o"], &file),
        _ => run(&["-v", voice, text, "-w"], &file),
    };
    match status {
        Ok(status) if status.success() => Ok(wav::read(&std::fs::read(&file)?)?.to_mono_16k()),
        Ok(status) => Err(format!("{program} failed: {status}").into()),
        Err(error) => Err(format!("{program} cannot be run ({error}): cargo xtask setup installs it").into()),
    }
}

/// Which pieces of 10 ms have a voice: those within so many dB of the loudest.
fn voices(wave: &[i16], range: f64) -> Vec<bool> {
    let power = |piece: &[i16]| piece.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>();
    let powers: Vec<f64> = wave.chunks(TEN).map(power).collect();
    let loudest = powers.iter().copied().fold(0.0, f64::max);
    powers.iter().map(|power| *power > loudest * 10f64.powf(-range / 10.0)).collect()
}

/// The samples from the first voice to the last.
fn voiced(wave: &[i16], range: f64) -> Option<(usize, usize)> {
    let voices = voices(wave, range);
    let first = voices.iter().position(|voice| *voice)?;
    let last = voices.iter().rposition(|voice| *voice)?;
    Some((first * TEN, ((last + 1) * TEN).min(wave.len())))
}

/// Where pauses begin.
fn pauses(wave: &[i16], first: usize, range: f64) -> Vec<usize> {
    let (mut found, mut silent) = (Vec::new(), 0);
    for (place, voice) in voices(wave, range).into_iter().enumerate().skip(first / TEN) {
        if voice && silent >= PAUSE {
            found.push((place - silent) * TEN);
        }
        silent = if voice { 0 } else { silent + 1 };
    }
    found
}
