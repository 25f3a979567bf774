//! When does the caller's voice begin and end, as the detector hears it, and which words are in it?

use tom_base::{MediaTime, Span};
use tom_turn::{Onset, Probability};

use crate::script::{Piece, Script, Speech, Step};

/// Speech until the detector says so, and silence until it says that it ended.
const DETECTION: Span = Span::from_millis(64);

/// A change of voice activity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Edge {
    Start(Onset),
    End,
}

/// A word of the caller.
#[derive(Clone, Debug)]
pub(crate) struct Word {
    pub(crate) text: String,
    pub(crate) start: MediaTime,
    pub(crate) end: MediaTime,
    pub(crate) sure: Probability,
}

/// All that can be heard of the caller in a call.
#[derive(Debug, Default)]
pub(crate) struct Voice {
    pub(crate) edges: Vec<(MediaTime, Edge)>,
    pub(crate) words: Vec<Word>,
    /// What the end-of-turn model says from that moment on.
    pub(crate) ends_of_turn: Vec<(MediaTime, Probability)>,
}

/// A stretch of voice.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    start: MediaTime,
    end: MediaTime,
    onset: Onset,
}

impl Voice {
    pub(crate) fn of(script: &Script) -> Self {
        let drops: Vec<_> = script
            .steps
            .iter()
            .filter_map(|(at, step)| match step {
                Step::LineDrops(length) => Some((*at, *at + *length)),
                _ => None,
            })
            .collect();
        let mut voice = Self::default();
        let mut stretches = Vec::new();
        for (at, step) in &script.steps {
            if let Step::Speech(speech) = step {
                voice.speech(*at, speech, &drops, &mut stretches);
            }
        }
        stretches.sort_by_key(|stretch| stretch.start);
        voice.edges = edges(&stretches);
        voice
    }

    fn speech(
        &mut self,
        at: MediaTime,
        speech: &Speech,
        drops: &[(MediaTime, MediaTime)],
        stretches: &mut Vec<Stretch>,
    ) {
        let mut start = at;
        for piece in &speech.pieces {
            start += piece.pause;
            let end = start + piece.length;
            if let Some(p) = piece.end_of_turn {
                self.ends_of_turn.push((start, p));
            }
            self.words
                .extend(words(piece, start).filter(|w| drops.iter().all(|d| w.end <= d.0 || d.1 <= w.start)));
            stretches.extend(without(start, end, drops).into_iter().map(|(start, end)| Stretch {
                start,
                end,
                onset: speech.onset,
            }));
            start = end;
        }
    }
}

/// The words of a piece, each as long as its letters.
fn words(piece: &Piece, start: MediaTime) -> impl Iterator<Item = Word> {
    let chars = piece.words.chars().count().max(1) as u64;
    let length = piece.length.as_millis();
    let time = move |chars_before: u64| start + Span::from_millis(length * chars_before / chars);
    let mut before = 0;
    piece
        .words
        .split(' ')
        .filter_map(move |word| {
            let from = before;
            let to = from + word.chars().count() as u64;
            before = to + 1;
            (!word.is_empty()).then(|| (word.to_owned(), time(from), time(to)))
        })
        .map(|(text, start, end)| Word { text, start, end, sure: piece.sure })
}

/// What is left of a stretch when the line drops.
fn without(
    start: MediaTime,
    end: MediaTime,
    drops: &[(MediaTime, MediaTime)],
) -> Vec<(MediaTime, MediaTime)> {
    let mut left = vec![(start, end)];
    for (from, to) in drops {
        left = left
            .into_iter()
            .flat_map(|(s, e)| [(s, e.min(*from)), (s.max(*to), e)])
            .filter(|(s, e)| s < e)
            .collect();
        left.dedup();
    }
    left
}

/// What the detector makes of stretches of voice: gaps shorter than its hang-over are none, and so are
/// sounds shorter than its onset.
fn edges(stretches: &[Stretch]) -> Vec<(MediaTime, Edge)> {
    let mut edges = Vec::new();
    let mut i = 0;
    while i < stretches.len() {
        let first = stretches[i];
        let mut end = first.end;
        let mut clear = (first.onset == Onset::Weak).then_some(None);
        let mut next = i + 1;
        while next < stretches.len() && stretches[next].start < end + DETECTION {
            let stretch = stretches[next];
            if stretch.onset == Onset::Clear && clear == Some(None) {
                clear = Some(Some(stretch.start + DETECTION));
            }
            end = end.max(stretch.end);
            next += 1;
        }
        if end.since(first.start) >= DETECTION {
            edges.push((first.start + DETECTION, Edge::Start(first.onset)));
            if let Some(Some(at)) = clear {
                edges.push((at.max(first.start + DETECTION), Edge::Start(Onset::Clear)));
            }
            edges.push((end + DETECTION, Edge::End));
        }
        i = next;
    }
    edges
}
