//! What is a piece of the corpus, and how is it made ready to be sent?

use std::sync::Arc;

use serde::Serialize;
use tom_audio::g711::Law;
use tom_audio::resample::convert;
use tom_probe::Clip;
use tom_probe::clip::{next, noise};
use tom_probe::voice::{FRAME, STEP, edges, is_audible};

use super::texts::Tongue;

/// How the line sounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Band {
    /// 16 kHz.
    Wide,
    /// 8 kHz, through G.711 A-law and back.
    Telephone,
}

/// What a piece of the corpus is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Takes the floor.
    Interruption,
    /// A whole turn.
    Utterance,
    /// A whole turn with a pause inside.
    Paused,
    /// A listener's word.
    Backchannel,
    /// A cough.
    Cough,
    /// Clicks.
    Click,
    /// Music.
    Music,
    /// A street.
    Street,
    /// The agent's own voice, at -20 dB.
    Echo20,
    /// The same at -30 dB.
    Echo30,
}

/// Words and where they lie.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Segment {
    /// As a recogniser writes them.
    pub text: String,
    /// The first and the last voiced sample, by level on the clean signal as its line carries it.
    pub from: usize,
    /// The last one.
    pub to: usize,
}

/// A piece of the corpus.
#[derive(Clone, Debug)]
pub struct Item {
    /// What reports call it.
    pub name: String,
    /// What it is for.
    pub kind: Kind,
    /// Its language.
    pub tongue: Tongue,
    /// The line.
    pub band: Band,
    /// Its words; none for a noise.
    pub segments: Vec<Segment>,
    /// What is sent, comfort noise included: 16 kHz.
    pub pcm: Vec<i16>,
}

/// The level of the noise under all speech.
const COMFORT_DBFS: f64 = -60.0;
/// Comfort noise after the last sound, so that the last frame holds no sudden silence.
const TAIL: usize = FRAME;

/// Clean sounds with their words, before the line. Sounds without words have no text.
#[derive(Clone, Debug, Default)]
pub struct Clean {
    /// Samples at 16 kHz.
    pub pcm: Vec<i16>,
    /// Words, and the samples they lie in.
    pub parts: Vec<(String, std::ops::Range<usize>)>,
}

impl Item {
    /// Puts clean sound on a line: at a level by lot, beginning anywhere in a frame, with comfort noise under it.
    /// Its labels are taken from the clean sound as the line carries it, before the comfort noise: what a telephone
    /// leaves out nobody hears. `None`: nothing in it is audible.
    pub fn new(
        name: String,
        (kind, tongue, band): (Kind, Tongue, Band),
        clean: &Clean,
        level_dbfs: f64,
        dice: &mut u64,
    ) -> Option<Self> {
        let loud = at_level(&clean.pcm, level_dbfs);
        edges(&loud)?;
        let carried = match band {
            Band::Wide => loud.clone(),
            Band::Telephone => telephone(&loud),
        };
        let shift = (next(dice) % FRAME as u64) as usize;
        let mut segments = Vec::new();
        for (text, range) in &clean.parts {
            let (from, to) = edges(carried.get(range.clone())?)?;
            let at = shift + range.start;
            segments.push(Segment { text: text.clone(), from: at + from, to: at + to });
        }
        let mut pcm = vec![0; shift];
        pcm.extend(loud);
        pcm.resize(pcm.len() + TAIL, 0);
        let hiss = noise(next(dice), COMFORT_DBFS, pcm.len());
        pcm.iter_mut().zip(hiss).for_each(|(sample, hiss)| *sample = sample.saturating_add(hiss));
        if band == Band::Telephone {
            pcm = telephone(&pcm);
        }
        Some(Self { name, kind, tongue, band, segments, pcm })
    }

    /// An echo: nothing but comfort noise; the caller's line adds what the agent says.
    pub(super) fn echo(n: usize, kind: Kind, tongue: Tongue) -> Self {
        let name = format!("{kind:?} {n} {}", tongue.code());
        Self { name, kind, tongue, band: Band::Wide, segments: Vec::new(), pcm: vec![0; 16_000 * 4] }
    }

    /// The first and the last voiced sample: of the words, else of the whole.
    #[must_use]
    pub fn voiced(&self) -> Option<(usize, usize)> {
        match (self.segments.first(), self.segments.last()) {
            (Some(first), Some(last)) => Some((first.from, last.to)),
            _ => edges(&self.pcm),
        }
    }

    /// As a clip whose marks are the first and last voiced sample of each segment; of a noise, of the whole.
    #[must_use]
    pub fn clip(&self) -> Arc<Clip> {
        let mut marks: Vec<usize> = self.segments.iter().flat_map(|s| [s.from, s.to]).collect();
        if marks.is_empty() {
            marks.extend(self.voiced().map(|(from, to)| [from, to]).into_iter().flatten());
        }
        Arc::new(Clip::new(self.name.clone(), &self.pcm, &marks))
    }
}

/// Brings the audible parts of a sound to a level.
#[must_use]
pub fn at_level(pcm: &[i16], dbfs: f64) -> Vec<i16> {
    let audible = pcm.chunks(STEP).filter(|step| {
        let rms = tom_audio::level::rms_dbfs(step);
        rms > tom_audio::level::AUDIBLE_DBFS
    });
    let (mut sum, mut count) = (0.0, 0usize);
    for sample in audible.flatten() {
        sum += f64::from(*sample).powi(2);
        count += 1;
    }
    if count == 0 {
        return pcm.to_vec();
    }
    let now = (sum / count as f64).sqrt();
    let gain = 32_768.0 * 10f64.powf(dbfs / 20.0) / now;
    pcm.iter().map(|sample| (f64::from(*sample) * gain).round() as i16).collect()
}

/// The sound of a telephone: 8 kHz, A-law, and back to 16 kHz.
#[must_use]
pub fn telephone(pcm: &[i16]) -> Vec<i16> {
    let narrow: Vec<i16> =
        convert(pcm, 16_000, 8_000).into_iter().map(|s| Law::A.decode(Law::A.encode(s))).collect();
    let mut wide = convert(&narrow, 8_000, 16_000);
    wide.resize(pcm.len(), 0);
    wide
}

/// The pause inside an utterance, widened to that many samples; its place is the longest one there. `None`: there
/// is none of 40 ms.
#[must_use]
pub fn widen(pcm: &[i16], pause: usize) -> Option<(Vec<i16>, usize)> {
    let (from, length) =
        tom_probe::voice::pauses(pcm, FRAME * 2).into_iter().max_by_key(|(_, length)| *length)?;
    let mut out = pcm[..from].to_vec();
    out.resize(from + pause, 0);
    out.extend_from_slice(&pcm[from + length..]);
    Some((out, from))
}

/// Without its pauses of more than 80 ms: a voice that never falls silent.
#[must_use]
pub fn without_pauses(pcm: &[i16]) -> Vec<i16> {
    const LONGEST: usize = 1_280;
    let mut out = Vec::with_capacity(pcm.len());
    let mut quiet = 0;
    for step in pcm.chunks(STEP) {
        let level: [u16; 4] = tom_probe::voice::envelope(&step.repeat(4));
        quiet = if is_audible(&level) { 0 } else { quiet + step.len() };
        if quiet <= LONGEST {
            out.extend_from_slice(step);
        }
    }
    out
}
