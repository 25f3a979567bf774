//! Who speaks in the corpus? flite and espeak-ng, with different voices, speeds and pitches, kept on disk.

use std::hash::{DefaultHasher, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};
use tom_probe::clip::next;

use super::texts::Tongue;

/// flite's voices: English.
const FLITE: [&str; 4] = ["rms", "slt", "awb", "kal16"];
/// Variants of espeak-ng's voices.
const VARIANTS: [&str; 8] = ["m1", "m3", "m5", "m7", "f1", "f2", "f4", "f5"];

/// A voice and its manner.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Speaker {
    program: &'static str,
    voice: String,
    /// In percent of the usual.
    speed: u32,
    pitch: u32,
}

impl Speaker {
    /// A speaker of a language, by lot.
    pub fn any(tongue: Tongue, dice: &mut u64) -> Self {
        let mut pick = |n: usize| (next(dice) % n as u64) as usize;
        let (speed, pitch) = (90 + pick(26) as u32, 90 + pick(21) as u32);
        // Two of three English phrases are flite's: it sounds more like a person.
        if tongue == Tongue::En && pick(3) < 2 {
            return Self { program: "flite", voice: FLITE[pick(FLITE.len())].into(), speed, pitch };
        }
        let base = if tongue == Tongue::De { "de" } else { "en-us" };
        let voice = format!("{base}+{}", VARIANTS[pick(VARIANTS.len())]);
        Self { program: "espeak-ng", voice, speed, pitch }
    }

    /// What reports call it.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{} {}", self.program, self.voice)
    }

    /// flite's clearest voice.
    #[must_use]
    pub fn agent() -> Self {
        Self { program: "flite", voice: "slt".into(), speed: 100, pitch: 100 }
    }

    fn command(&self, text: &str, out: &Path) -> Command {
        let mut command = Command::new(self.program);
        let (speed, pitch) = (f64::from(self.speed) / 100.0, f64::from(self.pitch) / 100.0);
        if self.program == "flite" {
            let mean = if self.voice == "slt" { 170.0 } else { 110.0 };
            command
                .args(["-voice", &self.voice, "--setf", &format!("duration_stretch={:.2}", 1.0 / speed)])
                .args(["--setf", &format!("int_f0_target_mean={:.0}", mean * pitch)])
                .args(["-t", text, "-o"])
                .arg(out);
        } else {
            command
                .args(["-v", &self.voice, "-s", &format!("{:.0}", 165.0 * speed)])
                .args(["-p", &format!("{:.0}", 50.0 * pitch), "-w"])
                .arg(out)
                .arg(text);
        }
        command
    }
}

/// Audio that was made once, in a folder.
#[derive(Clone, Debug)]
pub struct Store {
    dir: PathBuf,
}

impl Store {
    /// A folder, made if need be.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn open(dir: &Path) -> Result<Self> {
        std::fs::create_dir_all(dir).with_context(|| format!("{} cannot be made", dir.display()))?;
        Ok(Self { dir: dir.to_owned() })
    }

    /// A text as that speaker says it: 16 kHz mono.
    ///
    /// # Errors
    /// When the program is missing or fails.
    pub fn say(&self, speaker: &Speaker, text: &str) -> Result<Vec<i16>> {
        self.make(&(speaker, text), |out| speaker.command(text, out))
    }

    /// What a program writes into a WAV file, or wrote into it before.
    ///
    /// # Errors
    /// When the program is missing, fails, or writes no WAV.
    pub fn make(
        &self,
        key: &impl std::hash::Hash,
        command: impl FnOnce(&Path) -> Command,
    ) -> Result<Vec<i16>> {
        let mut hasher = DefaultHasher::new();
        key.hash(&mut hasher);
        let path = self.dir.join(format!("{:016x}.wav", hasher.finish()));
        if !path.exists() {
            let half = path.with_extension("half.wav");
            let mut command = command(&half);
            let shown = command.get_program().to_string_lossy().into_owned();
            let status = command
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()
                .with_context(|| format!("{shown} does not start; cargo xtask setup installs it"))?;
            if !status.success() {
                bail!("{shown} failed ({status})");
            }
            std::fs::rename(&half, &path).with_context(|| format!("{shown} wrote nothing"))?;
        }
        read(&path)
    }
}

/// A WAV file as 16 kHz mono.
///
/// # Errors
/// When it cannot be read.
pub(super) fn read(path: &Path) -> Result<Vec<i16>> {
    let bytes = std::fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let wav = tom_audio::wav::read(&bytes).with_context(|| format!("{} is no WAV file", path.display()))?;
    Ok(wav.to_mono_16k())
}
