//! Which words are in an utterance that the server uploads? Found by its envelope among what is being said.
//!
//! The speech-to-text engine of the bench has no ears: it knows what its callers are saying at the moment, finds
//! the clip by the correlation of the envelopes (10 ms), and returns the words that lie within the upload. It
//! writes as Whisper does: a whole utterance ends with its full stop or question mark; one that ends where the
//! caller pauses ends as the text does there, with its comma; one that ends within words ends without a mark.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::corpus::Item;

/// Samples of a step of the envelope: 10 ms.
const STEP: usize = 160;
/// Below this correlation an upload is none of the clips.
const ALIKE: f32 = 0.75;
/// One with less sound than this (150 ms) is alike to something by chance, and must be more so.
const SHORT: usize = 15;
const ALIKE_IF_SHORT: f32 = 0.9;
/// Whose envelopes are less apart than this are told apart by the sound itself: two digits of one speaker rise and
/// fall in the same way.
const RIVALS: f32 = 0.1;
/// Places in a clip that are so far apart (100 ms) and fit an upload to within that are the same sound said twice.
const APART: isize = 10;
const TWICE: f32 = 0.02;
/// How much later than it was said a caller's clock may take something for said (100 ms).
const AHEAD: isize = 10;
/// Samples at 16 kHz that become one of the sound that is compared, which also leaves out what a telephone does not
/// carry.
const FEWER: usize = 4;
/// How much of a word's end may be missing.
const CUT: isize = 6;
/// Of a longer word so much (400 ms) is heard as a word of its own: a recogniser writes something then.
const ENOUGH: isize = 40;
/// So many letters are more than a hum.
const SYLLABLES: usize = 4;
/// Steps below this share of the loudest are a pause ...
const PAUSE: f32 = 0.03;
/// ... where there are so many of them.
const PAUSED: usize = 6;
/// How long after its beginning a clip may still be uploaded.
const LIVES: Duration = Duration::from_secs(20);

/// A word and the steps in which it lies.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Word {
    text: String,
    from: isize,
    to: isize,
}

/// A clip that is known by its envelope.
#[derive(Clone, Debug)]
pub struct Known {
    envelope: Vec<f32>,
    sound: Vec<f32>,
    words: Vec<Word>,
}

impl Known {
    /// Of a piece of the corpus. The words of a segment are laid out over its sound, without its pauses, by their
    /// letters.
    #[must_use]
    pub fn new(item: &Item) -> Self {
        let envelope = envelope(&item.pcm);
        let mut words = Vec::new();
        for segment in &item.segments {
            let sound = sounding(&envelope, segment.from / STEP..segment.to / STEP + 1);
            let phrases: Vec<&str> = segment.text.split_inclusive([',', '.', '?', '!']).collect();
            // Where the voice pauses at each comma, that is where the words before it end.
            if phrases.len() == sound.len() {
                phrases.iter().zip(&sound).for_each(|(phrase, sound)| lay_out(phrase, sound, &mut words));
            } else {
                lay_out(&segment.text, &sound.concat(), &mut words);
            }
        }
        Self { envelope, sound: sound(&item.pcm), words }
    }

    /// The words within an upload that begins `lag` steps into the clip.
    fn words_within(&self, lag: isize, length: isize) -> String {
        let (from, to) = (lag, lag + length);
        let inside = |word: &&Word| word.to <= to + CUT && (word.from + word.to) / 2 >= from;
        let inside: Vec<&Word> = self.words.iter().filter(inside).collect();
        let Some(last) = inside.last() else { return self.begun(from, to) };
        let text = inside.iter().map(|w| w.text.as_str()).collect::<Vec<_>>().join(" ");
        // Whether the upload goes on into the next word.
        let next = self.words.iter().find(|word| word.from >= last.to);
        let cut = next.is_some_and(|next| next.from < to - CUT);
        if cut { text.trim_end_matches([',', '.', '?', '!']).to_owned() } else { text }
    }

    /// The beginning of the word that an upload breaks off in, if it has enough of it to be heard as one.
    fn begun(&self, from: isize, to: isize) -> String {
        let word = self.words.iter().find(|word| word.from >= from - CUT && to - word.from >= ENOUGH);
        let Some(word) = word.filter(|word| word.to > to) else { return String::new() };
        let letters: String = word.text.chars().filter(|c| c.is_alphabetic()).collect();
        let (all, whole) = (letters.chars().count(), (word.to - word.from).max(1) as usize);
        let heard = all * usize::try_from(to - word.from).unwrap_or(0) / whole;
        if heard * 4 >= all * 3 {
            return letters; // As good as all of it.
        }
        if heard >= SYLLABLES { letters.chars().take(heard).collect() } else { String::new() }
    }

    /// How alike an upload and the clip are where they fit best, and where that is: of two places that fit as well
    /// (a digit said twice) the later. `said`: so much of the clip has been said.
    fn fit(&self, upload: &[f32], said: isize) -> (f32, isize) {
        let energy: f32 = upload.iter().map(|u| u * u).sum();
        let (n, m) = (upload.len() as isize, self.envelope.len() as isize);
        let alike = |lag: isize| {
            let (from, to) = (lag.max(0), (lag + n).min(m));
            let clip = &self.envelope[from as usize..to as usize];
            let part = &upload[(from - lag) as usize..(to - lag) as usize];
            let both: f32 = clip.iter().zip(part).map(|(c, u)| c * u).sum();
            let own: f32 = clip.iter().map(|c| c * c).sum();
            both / (energy * own).sqrt().max(f32::MIN_POSITIVE)
        };
        let fits: Vec<(f32, isize)> =
            (1 - n..m.min(said.saturating_sub(n - 1))).map(|lag| (alike(lag), lag)).collect();
        let best = |from: isize| {
            let later = fits.iter().filter(|(_, lag)| *lag >= from);
            later.max_by(|(a, _), (b, _)| a.total_cmp(b)).copied().unwrap_or_default()
        };
        let mut found = best(isize::MIN);
        loop {
            let later = best(found.1 + APART);
            if later.0 + TWICE < found.0 || later.0 <= 0.0 {
                return found;
            }
            found = later;
        }
    }

    /// How alike the sound of an upload is to the clip's, near where their envelopes fit.
    fn sounds_like(&self, upload: &[f32], lag: isize) -> f32 {
        let step = (STEP / FEWER) as isize;
        let at = |lag: isize| {
            let clip = &self.sound[lag.clamp(0, self.sound.len() as isize) as usize..];
            let upload = upload.get((-lag).max(0) as usize..).unwrap_or_default();
            let sums = clip
                .iter()
                .zip(upload)
                .fold([0.0f32; 3], |[both, clip, up], (c, u)| [both + c * u, clip + c * c, up + u * u]);
            sums[0] / (sums[1] * sums[2]).sqrt().max(f32::MIN_POSITIVE)
        };
        (lag * step - step..=lag * step + step).map(at).fold(0.0, f32::max)
    }
}

/// The low part of the sound, 4 kHz.
fn sound(pcm: &[i16]) -> Vec<f32> {
    let mean = |some: &[i16]| some.iter().map(|s| f32::from(*s)).sum::<f32>() / FEWER as f32;
    pcm.chunks(FEWER).map(mean).collect()
}

/// The RMS of every 10 ms above that of comfort noise.
fn envelope(pcm: &[i16]) -> Vec<f32> {
    const HISS: f32 = 60.0;
    let rms = |step: &[i16]| {
        let sum: f32 = step.iter().map(|s| f32::from(*s).powi(2)).sum();
        ((sum / step.len() as f32).sqrt() - HISS).max(0.0)
    };
    pcm.chunks(STEP).map(rms).collect()
}

/// Lays words out over steps with sound, by their letters.
fn lay_out(text: &str, sound: &[usize], words: &mut Vec<Word>) {
    let letters: usize = text.split_whitespace().map(|w| w.chars().count()).sum();
    let mut done = 0;
    for text in text.split_whitespace() {
        let at = |letters_done: usize| sound.len() * letters_done / letters.max(1);
        let from = sound.get(at(done)).copied().unwrap_or_default();
        done += text.chars().count();
        let to = at(done).checked_sub(1).and_then(|at| sound.get(at)).map_or(from, |last| last + 1);
        words.push(Word { text: text.to_owned(), from: from as isize, to: to as isize });
    }
}

/// The steps of a range that have sound, a list for each stretch between two pauses.
fn sounding(envelope: &[f32], range: std::ops::Range<usize>) -> Vec<Vec<usize>> {
    let range = range.start.min(envelope.len())..range.end.min(envelope.len());
    let loudest = envelope[range.clone()].iter().copied().fold(0.0, f32::max);
    let mut all: Vec<Vec<usize>> = Vec::new();
    for step in range.filter(|step| envelope[*step] >= PAUSE * loudest) {
        match all.last_mut() {
            // A short gap is part of a word.
            Some(stretch) if stretch.last().is_some_and(|last| step - last <= PAUSED) => {
                let next = stretch.last().map_or(step, |last| last + 1);
                stretch.extend(next..=step);
            }
            _ => all.push(vec![step]),
        }
    }
    all
}

/// What is being said, each since when; none: always.
type Said = Vec<(Option<Instant>, Arc<Known>)>;

/// What is being said at the moment, in all calls.
#[derive(Clone, Debug, Default)]
pub struct Saying(Arc<Mutex<Said>>);

impl Saying {
    /// A caller begins to say something.
    pub fn begin(&self, known: Arc<Known>) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        all.retain(|(since, other)| lives(*since, now) && !Arc::ptr_eq(other, &known));
        all.push((Some(now), known));
    }

    /// Callers say this over and over.
    pub fn always(&self, known: Arc<Known>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push((None, known));
    }

    /// The words of an upload at 16 kHz; nothing if it is none of what is being said.
    #[must_use]
    pub fn words(&self, pcm: &[i16]) -> String {
        self.words_at(Instant::now(), pcm)
    }

    fn words_at(&self, now: Instant, pcm: &[i16]) -> String {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        all.retain(|(since, _)| lives(*since, now));
        let upload = envelope(pcm);
        let loudest = upload.iter().copied().fold(0.0, f32::max);
        let short = upload.iter().filter(|step| **step > PAUSE * loudest).count() < SHORT;
        let least = if short { ALIKE_IF_SHORT } else { ALIKE };
        let said = |since: Instant| (now - since).as_millis() as isize / 10 + AHEAD;
        let fits: Vec<_> = all
            .iter()
            .map(|(since, known)| (known, known.fit(&upload, since.map_or(isize::MAX, said))))
            .collect();
        let most = fits.iter().map(|(_, (alike, _))| *alike).fold(0.0, f32::max);
        if most < least {
            return String::new();
        }
        let rivals = fits.iter().filter(|(_, (alike, _))| most - alike < RIVALS);
        let sound = sound(pcm);
        let how = |(known, (_, lag)): &&(&Arc<Known>, (f32, isize))| known.sounds_like(&sound, *lag);
        let best = rivals.max_by(|a, b| how(a).total_cmp(&how(b)));
        best.map_or_else(String::new, |(known, (_, lag))| known.words_within(*lag, upload.len() as isize))
    }
}

/// Whether a clip that was begun then may still be uploaded.
fn lives(since: Option<Instant>, now: Instant) -> bool {
    since.is_none_or(|since| now < since + LIVES)
}

#[cfg(test)]
#[path = "transcript_tests.rs"]
mod tests;
