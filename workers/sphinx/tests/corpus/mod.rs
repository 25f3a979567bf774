//! Speech for tests and evaluation: said by flite, sent over a telephone, in noise.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use tom_audio::{Law, resample, wav};

/// flite's voices with a full sound.
pub(crate) const VOICES: [&str; 4] = ["rms", "slt", "awb", "kal16"];
/// Voices of espeak-ng, which sound like nobody.
pub(crate) const ROBOTS: [&str; 2] = ["en-us", "en-gb-x-rp"];

/// Where the audio comes through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// 16 kHz all the way.
    Wide,
    /// 300 to 3400 Hz, mu-law, 8 kHz.
    Telephone,
}

/// What is around the speaker, that many decibels below the voice.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Around {
    Quiet,
    White(f32),
    Pink(f32),
    /// Other people who talk.
    Babble(f32),
}

/// The phrases of `phrases.txt`, by section.
pub(crate) fn phrases() -> BTreeMap<&'static str, Vec<&'static str>> {
    let mut sections: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut name = "";
    for line in include_str!("phrases.txt").lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        match line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            Some(section) => name = section,
            None => sections.entry(name).or_default().push(line),
        }
    }
    sections
}

/// The grammar of a section: one of its phrases, or of digits any number.
pub(crate) fn grammar(section: &str) -> String {
    let text = match section {
        "digits" => "(zero | oh | one | two | three | four | five | six | seven | eight | nine)+".to_owned(),
        _ => phrases()[section].join(" | "),
    };
    format!("#JSGF V1.0;\ngrammar {section};\npublic <{section}> = {text};\n")
}

/// What flite says, or espeak-ng with one of [`ROBOTS`], 16 kHz; kept in a folder, as it is slower than everything else.
pub(crate) fn say(voice: &str, text: &str) -> Vec<i16> {
    let folder = std::env::temp_dir().join("tom-flite");
    let file = folder.join(format!("{voice} {text}.wav"));
    if !file.is_file() {
        std::fs::create_dir_all(&folder).expect("a folder for speech");
        let part = folder.join(format!(
            "{} {:?} {voice} {text}.part",
            std::process::id(),
            std::thread::current().id()
        ));
        let program = if ROBOTS.contains(&voice) { "espeak-ng" } else { "flite" };
        let robot: &[&str] = &["-v", voice, text, "-w"];
        let person: &[&str] = &["-voice", voice, "-t", text, "-o"];
        let arguments = if ROBOTS.contains(&voice) { robot } else { person };
        let said = Command::new(program).args(arguments).arg(&part).status();
        let said = said.unwrap_or_else(|e| panic!("{program}: {e}: run `apt-get install {program}`"));
        assert!(said.success(), "{voice}: {text}");
        std::fs::rename(&part, &file).expect("speech is kept");
    }
    read(&file)
}

/// A WAV file as 16 kHz mono.
pub(crate) fn read(file: &Path) -> Vec<i16> {
    let bytes = std::fs::read(file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    wav::read(&bytes).unwrap_or_else(|e| panic!("{}: {e}", file.display())).to_mono_16k()
}

/// A file of the shared data, if that is there: `TOM_SHARED/data`, or `shared/data` beside the repository.
pub(crate) fn shared(path: &str) -> Option<PathBuf> {
    let beside = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared"));
    let shared = std::env::var_os("TOM_SHARED").map_or_else(beside, PathBuf::from);
    let file = shared.join("data").join(path);
    file.exists().then_some(file)
}

/// Seeded randomness.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A number below another.
    pub(crate) fn below(&mut self, most: usize) -> usize {
        (self.next() >> 11) as usize % most
    }

    /// White noise of power 1.
    pub(crate) fn noise(&mut self) -> f32 {
        let draw = |dice: &mut Self| (dice.next() >> 40) as f32 / (1_u64 << 24) as f32;
        // A draw has a variance of a twelfth.
        ((0..4).map(|_| draw(self)).sum::<f32>() - 2.0) * 3.0_f32.sqrt()
    }
}

fn power(pcm: &[f32]) -> f32 {
    pcm.iter().map(|s| s * s).sum::<f32>() / pcm.len().max(1) as f32
}

/// Scales speech so that its louder parts have a level in dBFS.
fn levelled(pcm: &[i16], db: f32) -> Vec<f32> {
    let pcm: Vec<f32> = pcm.iter().map(|s| f32::from(*s)).collect();
    let powers: Vec<f32> = pcm.chunks(320).map(power).collect();
    let most = powers.iter().copied().fold(0.0, f32::max);
    let loud: Vec<f32> = powers.into_iter().filter(|p| *p > most * 1e-3).collect();
    let level = (loud.iter().sum::<f32>() / loud.len().max(1) as f32).sqrt().max(1.0);
    let gain = 32768.0 * 10.0_f32.powf(db / 20.0) / level;
    pcm.into_iter().map(|s| s * gain).collect()
}

/// Pink noise (Kellet's filter) of power 1.
fn pink(len: usize, dice: &mut Dice) -> Vec<f32> {
    let mut state = [0.0_f32; 3];
    let noise: Vec<f32> = (0..len)
        .map(|_| {
            let white = dice.noise();
            for (s, (keep, take)) in
                state.iter_mut().zip([(0.997_65, 0.099_046), (0.963, 0.296_516_4), (0.57, 1.052_691_3)])
            {
                *s = keep * *s + take * white;
            }
            state.iter().sum::<f32>() + 0.1848 * white
        })
        .collect();
    let scale = power(&noise).sqrt().recip();
    noise.into_iter().map(|s| s * scale).collect()
}

/// Four others talking at once, of power 1.
fn babble(len: usize, dice: &mut Dice) -> Vec<f32> {
    let others = &phrases()["other"];
    let mut sum = vec![0.0_f32; len];
    for voice in VOICES {
        let mut talk = Vec::new();
        while talk.len() < len + 16_000 {
            let text = others[dice.next() as usize % 30];
            talk.extend(levelled(&say(voice, text), -23.0));
        }
        let skip = dice.next() as usize % 16_000;
        sum.iter_mut().zip(&talk[skip..]).for_each(|(s, t)| *s += t);
    }
    let scale = power(&sum).sqrt().recip();
    sum.into_iter().map(|s| s * scale).collect()
}

/// A second-order section of a Butterworth filter.
fn second_order(pcm: &mut [f32], hz: f32, rate: f32, high: bool) {
    let (sin, cos) = (2.0 * std::f32::consts::PI * hz / rate).sin_cos();
    let alpha = sin / 2.0_f32.sqrt();
    let middle = if high { -(1.0 + cos) } else { 1.0 - cos };
    let (b0, b1, a0) = (middle.abs() / 2.0, middle, 1.0 + alpha);
    let (mut x, mut y) = ([0.0; 2], [0.0; 2]);
    for s in pcm {
        let out = (b0 * (*s + x[1]) + b1 * x[0] + 2.0 * cos * y[0] - (1.0 - alpha) * y[1]) / a0;
        x = [*s, x[0]];
        y = [out, y[0]];
        *s = out;
    }
}

/// Speech as it arrives: a quarter of a second before it and 150 ms after it, in noise, over a line.
pub(crate) fn arrives(speech: &[i16], line: Line, around: Around, seed: u64) -> Vec<i16> {
    const LEVEL: f32 = -23.0;
    let mut dice = Dice::new(seed + 1);
    let mut pcm = vec![0.0; 4000];
    pcm.extend(levelled(speech, LEVEL));
    pcm.extend([0.0; 2400]);
    let noise = match around {
        Around::Quiet => pink(pcm.len(), &mut dice).into_iter().map(|s| s * 3.0).collect(),
        Around::White(db) => {
            let white = (0..pcm.len()).map(|_| dice.noise()).collect();
            scaled(white, LEVEL - db)
        }
        Around::Pink(db) => scaled(pink(pcm.len(), &mut dice), LEVEL - db),
        Around::Babble(db) => scaled(babble(pcm.len(), &mut dice), LEVEL - db),
    };
    pcm.iter_mut().zip(noise).for_each(|(s, n)| *s += n);
    over(line, &pcm)
}

/// Audio as it comes out of a line's far end.
pub(crate) fn over(line: Line, pcm: &[f32]) -> Vec<i16> {
    let pcm = to_i16(pcm);
    if line == Line::Wide {
        return pcm;
    }
    let mut narrow: Vec<f32> = resample::convert(&pcm, 16_000, 8_000).into_iter().map(f32::from).collect();
    for _ in 0..2 {
        second_order(&mut narrow, 300.0, 8_000.0, true);
        second_order(&mut narrow, 3400.0, 8_000.0, false);
    }
    let coded: Vec<i16> = to_i16(&narrow).into_iter().map(|s| Law::Mu.decode(Law::Mu.encode(s))).collect();
    resample::convert(&coded, 8_000, 16_000)
}

fn scaled(noise: Vec<f32>, db: f32) -> Vec<f32> {
    let scale = 32768.0 * 10.0_f32.powf(db / 20.0);
    noise.into_iter().map(|s| s * scale).collect()
}

fn to_i16(pcm: &[f32]) -> Vec<i16> {
    pcm.iter().map(|s| s.round().clamp(-32768.0, 32767.0) as i16).collect()
}
