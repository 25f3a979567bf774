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
        Self { envelope, words }
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

    /// How alike an upload and the clip are where they fit best, and where that is.
    fn fit(&self, upload: &[f32]) -> (f32, isize) {
        let energy: f32 = upload.iter().map(|u| u * u).sum();
        let (n, m) = (upload.len() as isize, self.envelope.len() as isize);
        let mut best = (0.0, 0);
        for lag in -n + 1..m {
            let (from, to) = (lag.max(0), (lag + n).min(m));
            let clip = &self.envelope[from as usize..to as usize];
            let part = &upload[(from - lag) as usize..(to - lag) as usize];
            let both: f32 = clip.iter().zip(part).map(|(c, u)| c * u).sum();
            let own: f32 = clip.iter().map(|c| c * c).sum();
            let alike = both / (energy * own).sqrt().max(f32::MIN_POSITIVE);
            if alike > best.0 {
                best = (alike, lag);
            }
        }
        best
    }
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

/// What is being said, each until when; none: for ever.
type Said = Vec<(Option<Instant>, Arc<Known>)>;

/// What is being said at the moment, in all calls.
#[derive(Clone, Debug, Default)]
pub struct Saying(Arc<Mutex<Said>>);

impl Saying {
    /// A caller begins to say something.
    pub fn begin(&self, known: Arc<Known>) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        all.retain(|(until, other)| until.is_none_or(|until| until > now) && !Arc::ptr_eq(other, &known));
        all.push((Some(now + LIVES), known));
    }

    /// Callers say this over and over.
    pub fn always(&self, known: Arc<Known>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push((None, known));
    }

    /// The words of an upload at 16 kHz; nothing if it is none of what is being said.
    #[must_use]
    pub fn words(&self, pcm: &[i16]) -> String {
        let all: Vec<Arc<Known>> = {
            let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let now = Instant::now();
            all.iter()
                .filter(|(until, _)| until.is_none_or(|until| until > now))
                .map(|(_, known)| known.clone())
                .collect()
        };
        let upload = envelope(pcm);
        let loudest = upload.iter().copied().fold(0.0, f32::max);
        let short = upload.iter().filter(|step| **step > PAUSE * loudest).count() < SHORT;
        let least = if short { ALIKE_IF_SHORT } else { ALIKE };
        let fits = all.iter().map(|known| (known, known.fit(&upload)));
        let best = fits.max_by(|(_, (a, _)), (_, (b, _))| a.total_cmp(b));
        match best {
            Some((known, (alike, lag))) if alike >= least => known.words_within(lag, upload.len() as isize),
            _ => String::new(),
        }
    }
}

#[cfg(test)]
#[path = "transcript_tests.rs"]
mod tests;
