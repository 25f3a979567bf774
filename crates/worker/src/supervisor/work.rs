//! What a stream has asked for and not got yet: enough to ask a restarted worker again.

use std::collections::VecDeque;

use crate::{Event, Fault, FaultKind, Job, Request};

/// Audio that is kept to be fed again: 30 s at 16 kHz. An utterance that is longer is lost with its worker.
const KEPT: usize = 30 * 16_000;
/// Samples in one `Audio` message of a second feeding: a second.
const PIECE: usize = 16_000;
/// A request that was at work in this many crashes is not put again.
const POISON: u8 = 2;

/// The open requests of a stream.
#[derive(Debug, Default)]
pub(crate) struct Work {
    /// All but the last are finished.
    utterances: VecDeque<Utterance>,
    clauses: VecDeque<Clause>,
}

#[derive(Debug)]
struct Utterance {
    job: Job,
    context_id: String,
    context: String,
    /// `None`: longer than what is kept.
    audio: Option<Vec<i16>>,
    finish: Option<Job>,
    crashes: u8,
}

#[derive(Debug)]
struct Clause {
    job: Job,
    text: String,
    crashes: u8,
    /// What the receiver has, over all feedings.
    delivered: Progress,
    /// What the worker gave since it was last fed.
    given: Progress,
}

#[derive(Clone, Copy, Debug, Default)]
struct Progress {
    samples: usize,
    words: usize,
    phonemes: bool,
}

impl Work {
    /// Whether nothing is open.
    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many requests are open.
    pub(crate) fn len(&self) -> usize {
        self.utterances.len() + self.clauses.len()
    }

    /// The open utterance that may still get audio.
    pub(crate) fn open_utterance(&self) -> Option<Job> {
        let last = self.utterances.back()?;
        last.finish.is_none().then_some(last.job)
    }

    /// Notes a request that was put. `Cancel` and the like are not work.
    pub(crate) fn note(&mut self, request: Request) {
        match request {
            Request::Begin { job, context_id, context } => {
                self.utterances.pop_back_if(|u| u.finish.is_none());
                self.utterances.push_back(Utterance {
                    job,
                    context_id,
                    context,
                    audio: Some(Vec::new()),
                    finish: None,
                    crashes: 0,
                });
            }
            Request::Audio { pcm } => {
                if let Some(open) = self.utterances.back_mut() {
                    open.audio =
                        open.audio.take().filter(|kept| kept.len() + pcm.len() <= KEPT).map(|mut kept| {
                            kept.extend_from_slice(&pcm);
                            kept
                        });
                }
            }
            Request::Finish { job } => {
                if let Some(open) = self.utterances.back_mut() {
                    open.finish = Some(job);
                }
            }
            Request::Speak { job, text } => self.clauses.push_back(Clause {
                job,
                text,
                crashes: 0,
                delivered: Progress::default(),
                given: Progress::default(),
            }),
            Request::Cancel => *self = Self::default(),
            Request::Open { .. } | Request::Rest { .. } | Request::Close | Request::Ping { .. } => {}
        }
    }

    /// Takes a worker's event and gives it back if it is news: not stale, and not what the receiver has from
    /// before a crash (engines that are fed the same give the same).
    pub(crate) fn accept(&mut self, event: Event) -> Option<Event> {
        match event {
            Event::Partial { job, .. } | Event::Guess { job, .. } => {
                let mut open = self.utterances.iter();
                open.any(|u| u.job.serial == job.serial).then_some(event)
            }
            Event::Final { job, .. } | Event::Done { job } | Event::Error { job, .. } => {
                self.retire(job).then_some(event)
            }
            Event::Pcm { job, mut samples } => {
                let clause = self.clause(job)?;
                clause.given.samples += samples.len();
                let news =
                    clause.given.samples.checked_sub(clause.delivered.samples).filter(|news| *news > 0)?;
                clause.delivered.samples = clause.given.samples;
                samples.drain(..samples.len().saturating_sub(news));
                Some(Event::Pcm { job, samples })
            }
            // Words of an utterance come just before its result, and go with it.
            Event::Word { job, .. } if self.utterances.iter().any(|u| u.job.serial == job.serial) => {
                Some(event)
            }
            Event::Word { job, .. } => {
                let clause = self.clause(job)?;
                clause.given.words += 1;
                if clause.given.words <= clause.delivered.words {
                    return None;
                }
                clause.delivered.words = clause.given.words;
                Some(event)
            }
            Event::Phonemes { job, .. } => {
                let clause = self.clause(job)?;
                (!std::mem::replace(&mut clause.delivered.phonemes, true)).then_some(event)
            }
            Event::Hello(_) | Event::Pong { .. } => None,
        }
    }

    fn clause(&mut self, job: Job) -> Option<&mut Clause> {
        self.clauses.iter_mut().find(|c| c.job.serial == job.serial)
    }

    /// Takes a request off the list; says whether it was there.
    fn retire(&mut self, job: Job) -> bool {
        let before = self.len();
        self.utterances.retain(|u| u.job.serial != job.serial);
        self.clauses.retain(|c| c.job.serial != job.serial);
        self.len() < before
    }

    /// The worker died, and what was at work here may be why: counts it, and gives up what has been there too
    /// often. A worker takes requests in order, so only the first can have been at work.
    pub(crate) fn blame(&mut self) -> Vec<Event> {
        let mut lost = Vec::new();
        if let Some(first) = self.utterances.front_mut() {
            first.crashes += 1;
            if first.crashes >= POISON || first.audio.is_none() {
                lost.push(crashed(first.finish.unwrap_or(first.job)));
                self.utterances.pop_front();
            }
        }
        if let Some(clause) = self.clauses.front_mut() {
            clause.crashes += 1;
            if clause.crashes >= POISON {
                lost.push(crashed(clause.job));
                self.clauses.pop_front();
            }
        }
        lost
    }

    /// All that is open, to be put to a new worker.
    pub(crate) fn again(&mut self) -> Vec<Request> {
        let mut requests = Vec::new();
        for open in &self.utterances {
            requests.push(Request::Begin {
                job: open.job,
                context_id: open.context_id.clone(),
                context: open.context.clone(),
            });
            let audio = open.audio.as_deref().unwrap_or_default();
            requests.extend(audio.chunks(PIECE).map(|pcm| Request::Audio { pcm: pcm.to_vec() }));
            requests.extend(open.finish.map(|job| Request::Finish { job }));
        }
        for clause in &mut self.clauses {
            clause.given = Progress::default();
            requests.push(Request::Speak { job: clause.job, text: clause.text.clone() });
        }
        requests
    }

    /// Gives everything up for a reason.
    pub(crate) fn fail(&mut self, fault: &Fault) -> Vec<Event> {
        let work = std::mem::take(self);
        let utterances = work.utterances.iter().map(|u| u.finish.unwrap_or(u.job));
        let jobs = utterances.chain(work.clauses.iter().map(|c| c.job));
        jobs.map(|job| Event::Error { job, fault: fault.clone() }).collect()
    }
}

fn crashed(job: Job) -> Event {
    Event::Error {
        job,
        fault: Fault::new(
            FaultKind::Crashed,
            "the engine's worker crashed over this request and could not be made to do it again",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use tom_base::Epoch;

    fn job(serial: u32) -> Job {
        Job { serial, epoch: Epoch::new(1, 0), clause: serial }
    }

    fn speech(samples: &[i16]) -> Event {
        Event::Pcm { job: job(1), samples: samples.to_vec() }
    }

    proptest! {
        #[test]
        fn speech_that_is_fed_again_in_other_pieces_arrives_once(
            before in 0usize..200, pieces in proptest::collection::vec(1usize..60, 1..8),
        ) {
            let all: Vec<i16> = (0..200).collect();
            let mut work = Work::default();
            work.note(Request::Speak { job: job(1), text: "x".into() });
            let mut got = Vec::new();
            let mut hear = |event: Option<Event>| if let Some(Event::Pcm { samples, .. }) = event {
                got.extend(samples);
            };
            hear(work.accept(speech(&all[..before])));
            prop_assert!(work.blame().is_empty());
            prop_assert_eq!(work.again().len(), 1);
            let mut rest = all.as_slice();
            for piece in pieces.into_iter().cycle() {
                let (now, later) = rest.split_at(piece.min(rest.len()));
                hear(work.accept(speech(now)));
                rest = later;
                if rest.is_empty() {
                    break;
                }
            }
            prop_assert_eq!(got, all);
        }
    }

    #[test]
    fn only_the_request_at_work_is_blamed() {
        let mut work = Work::default();
        for serial in 1..=3 {
            work.note(Request::Speak { job: job(serial), text: "x".into() });
        }
        assert!(work.blame().is_empty());
        let lost = work.blame();
        assert!(matches!(&lost[..], [Event::Error { job, .. }] if job.serial == 1));
        assert_eq!((work.len(), work.again().len()), (2, 2));
        assert!(work.blame().is_empty());
    }

    #[test]
    fn a_finished_utterance_is_waited_for_although_another_begins() {
        let mut work = Work::default();
        let begin = |serial| Request::Begin { job: job(serial), context_id: "".into(), context: "".into() };
        work.note(begin(1));
        work.note(Request::Audio { pcm: vec![1; 20_000] });
        work.note(Request::Finish { job: job(1) });
        work.note(begin(2));
        work.note(begin(3));
        let kinds: Vec<String> = work.again().iter().map(|r| format!("{r:?}")[..4].to_owned()).collect();
        assert_eq!(kinds, ["Begi", "Audi", "Audi", "Fini", "Begi"]);
        let text = || "words".to_owned();
        assert!(work.accept(Event::Final { job: job(2), text: text(), confidence: 1.0 }).is_none());
        assert!(work.accept(Event::Final { job: job(1), text: text(), confidence: 1.0 }).is_some());
        assert!(work.accept(Event::Final { job: job(1), text: text(), confidence: 1.0 }).is_none());
        assert_eq!(work.open_utterance(), Some(job(3)));
    }
}
