//! What does the recogniser say, and when?

use tom_base::{Epoch, MediaTime, Span};
use tom_turn::{Input, Probability, Stage};

use super::settings::{Engine, Settings};
use super::voice::{Voice, Word};
use crate::script::Health;

/// Audio from before the onset that the recogniser gets too.
const PRE_ROLL: Span = Span::from_millis(300);
/// How long the end-of-turn model thinks.
const MODEL: Span = Span::from_millis(30);

/// The recogniser and the end-of-turn model of a call.
#[derive(Debug)]
pub(crate) struct Ears {
    voice: Voice,
    /// The open utterance and since when it is heard.
    open: Option<(Epoch, MediaTime)>,
    /// Utterances whose result is awaited.
    asked: Vec<Epoch>,
    /// The utterance the end-of-turn model was last asked about.
    judged: Option<Epoch>,
    /// The last utterance that was over, and since when it had been heard.
    over: Option<(Epoch, MediaTime)>,
    /// Until when the caller's words are in earlier utterances.
    used: MediaTime,
}

/// Results to come, each with its moment.
pub(crate) type Results = Vec<(MediaTime, Input)>;

impl Ears {
    pub(crate) fn new(voice: Voice) -> Self {
        Self { voice, open: None, asked: Vec::new(), judged: None, over: None, used: MediaTime::ZERO }
    }

    pub(crate) fn voice(&self) -> &Voice {
        &self.voice
    }

    pub(crate) fn listen(&mut self, epoch: Epoch, now: MediaTime) {
        self.open = Some((epoch, (now - PRE_ROLL).max(self.used)));
    }

    /// As one utterance with the one before.
    pub(crate) fn listen_on(&mut self, epoch: Epoch, after: Epoch, now: MediaTime) {
        self.asked.retain(|asked| *asked != after);
        match self.over {
            Some((over, since)) if over == after => self.open = Some((epoch, since)),
            _ => self.listen(epoch, now),
        }
    }

    pub(crate) fn forget(&mut self, epoch: Epoch) {
        if self.open.is_some_and(|(open, _)| open == epoch) {
            self.open = None;
        }
        self.asked.retain(|asked| *asked != epoch);
        self.judged = self.judged.filter(|judged| *judged != epoch);
    }

    /// Whether the end-of-turn model's opinion of that utterance is awaited.
    pub(crate) fn wants_opinion(&self, epoch: Epoch) -> bool {
        self.judged == Some(epoch)
    }

    /// Whether a result of that utterance is still awaited.
    pub(crate) fn wants(&self, epoch: Epoch) -> bool {
        self.asked.contains(&epoch) || self.open.is_some_and(|(open, _)| open == epoch)
    }

    /// The result came.
    pub(crate) fn answered(&mut self, epoch: Epoch) {
        self.asked.retain(|asked| *asked != epoch);
    }

    /// A word has just been spoken to its end.
    pub(crate) fn word(&self, now: MediaTime, settings: &Settings) -> Option<(MediaTime, Input)> {
        let (epoch, since) = self.open?;
        let stt = settings.engine(Stage::Stt);
        if !settings.partials || stt.health != Health::Works {
            return None;
        }
        let text = join(self.words(since, now)).into();
        Some((now + stt.delay, Input::Partial { epoch, text }))
    }

    /// The utterance may be over.
    pub(crate) fn finish(&mut self, epoch: Epoch, now: MediaTime, settings: &Settings) -> Results {
        let since = match self.open {
            Some((open, since)) if open == epoch => since,
            _ => now,
        };
        self.open = None;
        self.over = Some((epoch, since));
        self.used = now;
        self.asked.push(epoch);
        self.judged = Some(epoch);
        let mut results = self.recognised(epoch, since, now, settings.engine(Stage::Stt));
        if let Some((_, p)) = self.voice.ends_of_turn.iter().rev().find(|(at, _)| *at <= now) {
            results.push((now + MODEL, Input::EndOfTurn { epoch, p: *p }));
        }
        results
    }

    fn recognised(&self, epoch: Epoch, since: MediaTime, now: MediaTime, stt: Engine) -> Results {
        let failed = Input::Failed { epoch, stage: Stage::Stt };
        let words = self.words(since, now);
        let confidence = words.clone().map(|w| w.sure).min().unwrap_or(Probability::from_millis(0));
        let last = Input::Final { epoch, text: join(words).into(), confidence };
        match stt.health {
            Health::Fails => vec![(now, failed)],
            Health::Hangs => vec![(now + stt.deadline, failed)],
            // Its owner gives up before it speaks; that it speaks all the same is for the core to ignore.
            Health::Works if stt.delay > stt.deadline => {
                vec![(now + stt.deadline, failed), (now + stt.delay, last)]
            }
            Health::Works => vec![(now + stt.delay, last)],
        }
    }

    fn words(&self, since: MediaTime, now: MediaTime) -> impl Iterator<Item = &Word> + Clone {
        self.voice.words.iter().filter(move |w| since < w.end && w.end <= now)
    }
}

fn join<'a>(words: impl Iterator<Item = &'a Word>) -> String {
    words.map(|w| w.text.as_str()).collect::<Vec<_>>().join(" ")
}
