//! What recorded speech is there? The digits and the address in `../shared/data`, where they exist.

use std::path::{Path, PathBuf};

use anyhow::Result;
use tom_probe::clip::next;
use tom_probe::voice::pauses;

use super::item::{Clean, at_level};
use super::voices::read;

/// The digits in words.
pub const DIGITS: [&str; 10] =
    ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
const SPEAKERS: [&str; 2] = ["jackson", "theo"];

/// Recordings of people.
#[derive(Clone, Debug)]
pub struct Recorded {
    dir: PathBuf,
}

impl Recorded {
    /// Those in a folder; `None`: it is not there.
    #[must_use]
    pub fn find(dir: &Path) -> Option<Self> {
        dir.join("speech/digits").is_dir().then(|| Self { dir: dir.join("speech") })
    }

    /// So many digits of one speaker as one part, 120 ms apart.
    fn digits(&self, speaker: &str, count: usize, dice: &mut u64) -> Result<(String, Vec<i16>)> {
        let (mut text, mut pcm) = (Vec::new(), Vec::new());
        for _ in 0..count {
            let (digit, take) = ((next(dice) % 10) as usize, next(dice) % 5);
            let spoken = read(&self.dir.join(format!("digits/{digit}_{speaker}_{take}.wav")))?;
            pcm.extend(at_level(&spoken, -23.0));
            pcm.resize(pcm.len() + 1_920, 0);
            text.push(DIGITS[digit]);
        }
        Ok((text.join(" "), pcm))
    }

    /// Single digits, at most so many: who says it, which one, and how.
    ///
    /// # Errors
    /// When a recording cannot be read.
    pub fn single(&self, most: usize) -> Result<Vec<(&'static str, usize, Vec<i16>)>> {
        let takes = (0..5).flat_map(|take| SPEAKERS.map(|speaker| (take, speaker)));
        takes
            .flat_map(|(take, speaker)| (0..DIGITS.len()).map(move |digit| (take, speaker, digit)))
            .take(most)
            .map(|(take, speaker, digit)| {
                let pcm = read(&self.dir.join(format!("digits/{digit}_{speaker}_{take}.wav")))?;
                Ok((speaker, digit, pcm))
            })
            .collect()
    }

    /// A number dictated in groups with that pause between them, in samples; none: in one go.
    ///
    /// # Errors
    /// When a recording cannot be read.
    pub fn number(&self, pause: Option<usize>, dice: &mut u64) -> Result<Clean> {
        let speaker = SPEAKERS[(next(dice) % 2) as usize];
        let (first, mut pcm) = self.digits(speaker, 3, dice)?;
        let Some(pause) = pause else {
            let (more, tail) = self.digits(speaker, 2, dice)?;
            pcm.extend(tail);
            let all = 0..pcm.len();
            return Ok(Clean { parts: vec![(format!("{} {more}.", capital(&first)), all)], pcm });
        };
        let end = pcm.len();
        pcm.resize(end + pause.saturating_sub(1_920), 0);
        let from = pcm.len();
        let (second, tail) = self.digits(speaker, 3, dice)?;
        pcm.extend(tail);
        let parts = vec![(format!("{},", capital(&first)), 0..end), (format!("{second}."), from..pcm.len())];
        Ok(Clean { pcm, parts })
    }

    /// The address, cut where the speaker pauses.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn address(&self) -> Result<Vec<Vec<i16>>> {
        let pcm = read(&self.dir.join("jfk.wav"))?;
        let mut cuts: Vec<usize> =
            pauses(&pcm, 3_200).into_iter().map(|(from, len)| from + len / 2).collect();
        cuts.insert(0, 0);
        cuts.push(pcm.len());
        Ok(cuts.windows(2).map(|pair| pcm[pair[0]..pair[1]].to_vec()).collect())
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |first| first.to_uppercase().collect::<String>() + chars.as_str())
}
