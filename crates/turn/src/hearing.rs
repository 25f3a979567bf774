//! What has the caller said in this turn, utterance by utterance?

mod utterance;

use std::sync::Arc;

use tom_base::{Epoch, MediaTime, Span};

use crate::Probability;
use utterance::{Utterance, utterance};

/// How often the parts of a turn are given to the recogniser as one utterance: each time it hears the first again.
const MOST_JOINS: u32 = 2;
/// Longer utterances are not given to it again.
const LONGEST_JOINED: Span = Span::from_millis(12_000);

/// The utterances of one turn of the caller's. There is always at least one.
#[derive(Clone, Debug)]
pub(crate) struct Hearing {
    earlier: Vec<Utterance>,
    latest: Utterance,
    /// The end-of-turn model's opinion of the latest.
    pub(crate) over: Option<Probability>,
    /// The caller has said by other means that nothing more will follow.
    closed: bool,
    /// How often the caller went on with the same utterance.
    joins: u32,
}

impl Hearing {
    /// A turn begins with an utterance.
    pub(crate) fn new(epoch: Epoch, now: MediaTime) -> Self {
        Self { earlier: Vec::new(), latest: utterance(epoch, now), over: None, closed: false, joins: 0 }
    }

    /// The caller has said by other means that nothing more will follow.
    pub(crate) fn close(&mut self) {
        self.closed = true;
    }

    /// Whether nothing more will follow.
    pub(crate) fn closed(&self) -> bool {
        self.closed
    }

    /// A turn that was typed.
    pub(crate) fn typed(epoch: Epoch, now: MediaTime, text: Arc<str>) -> Self {
        let mut new = Self::new(epoch, now);
        new.end(now);
        new.finals(epoch, &text, Probability::ONE);
        // There is nothing to be heard again.
        new.joins = MOST_JOINS;
        new
    }

    /// The caller goes on with another utterance.
    pub(crate) fn go_on(&mut self, epoch: Epoch, now: MediaTime) {
        let before = std::mem::replace(&mut self.latest, utterance(epoch, now));
        self.earlier.push(before);
        self.over = None;
        self.closed = false;
    }

    /// The caller goes on with the latest utterance, which is over since less than `gap`: it gets a new epoch. Returns
    /// the old one; `None` if it is better heard as another utterance.
    pub(crate) fn join(&mut self, epoch: Epoch, now: MediaTime, gap: Span) -> Option<Epoch> {
        let last = self.latest.last_voice?;
        let long = now.since(self.latest.began) > LONGEST_JOINED;
        if self.latest.failed || long || now.since(last) > gap || self.joins >= MOST_JOINS {
            return None;
        }
        self.joins += 1;
        self.over = None;
        self.closed = false;
        // What was understood of the first part stands until both are.
        let partial = self.latest.best().map(|(text, _)| text.clone());
        let began = self.latest.began;
        let joined = Utterance { partial, began, ..utterance(epoch, now) };
        Some(std::mem::replace(&mut self.latest, joined).epoch)
    }

    /// The latest utterance's epoch.
    pub(crate) fn epoch(&self) -> Epoch {
        self.latest.epoch
    }

    /// The latest utterance's voice is over. Says whether the recogniser is to be asked.
    pub(crate) fn end(&mut self, last_voice: MediaTime) -> bool {
        self.latest.last_voice = Some(last_voice.max(self.latest.began));
        self.latest.asked = !self.latest.failed;
        self.latest.asked
    }

    /// The caller's last voice, if the latest utterance is over.
    pub(crate) fn last_voice(&self) -> Option<MediaTime> {
        self.latest.last_voice
    }

    /// How long there was voice, all in all.
    pub(crate) fn voiced(&self) -> Span {
        self.all().fold(Span::ZERO, |sum, u| sum + u.last_voice.map_or(Span::ZERO, |end| end.since(u.began)))
    }

    /// A view of the recogniser's. Says whether it counts.
    pub(crate) fn partial(&mut self, epoch: Epoch, text: &Arc<str>) -> bool {
        match self.find(epoch) {
            Some(u) if !u.settled() => {
                u.partial = Some(text.clone());
                true
            }
            _ => false,
        }
    }

    /// A last word of the recogniser's. Says whether it counts: a result nobody asked for yet is only a view.
    pub(crate) fn finals(&mut self, epoch: Epoch, text: &Arc<str>, sure: Probability) -> Heard {
        match self.find(epoch) {
            Some(u) if u.asked && u.text.is_none() => {
                u.text = Some((text.clone(), sure));
                Heard::Last
            }
            Some(u) if !u.asked && !u.failed => {
                u.partial = Some(text.clone());
                Heard::View
            }
            _ => Heard::Stale,
        }
    }

    /// The recogniser failed for an utterance. Says whether that is news.
    pub(crate) fn fail(&mut self, epoch: Epoch) -> bool {
        match self.find(epoch) {
            Some(u) if !u.settled() => {
                u.failed = true;
                true
            }
            _ => false,
        }
    }

    /// The latest utterance is over and was never asked for: the recogniser had failed before.
    pub(crate) fn dropped(&self) -> bool {
        self.latest.failed && !self.latest.asked && self.latest.last_voice.is_some()
    }

    /// The utterances whose result was asked for and is still awaited.
    pub(crate) fn awaited(&self) -> impl Iterator<Item = Epoch> {
        self.all().filter(|u| u.asked && !u.settled()).map(|u| u.epoch)
    }

    /// The utterances the recogniser still works on, asked or not.
    pub(crate) fn open(&self) -> impl Iterator<Item = Epoch> {
        self.all().filter(|u| !u.settled()).map(|u| u.epoch)
    }

    /// Whether nothing more is awaited.
    pub(crate) fn settled(&self) -> bool {
        self.all().all(Utterance::settled)
    }

    /// Whether the recogniser failed for one of them.
    pub(crate) fn failed(&self) -> bool {
        self.all().any(|u| u.failed)
    }

    /// All words so far, joined by a blank.
    pub(crate) fn text(&self) -> String {
        joined(self.all().filter_map(Utterance::best).map(|(text, _)| &**text))
    }

    /// The same if these were the words of the latest utterance; `None`: they are of another, or its words are known.
    pub(crate) fn text_with(&self, epoch: Epoch, words: &str) -> Option<String> {
        let earlier = self.earlier.iter().filter_map(Utterance::best).map(|(text, _)| &**text);
        (self.latest.epoch == epoch && !self.latest.settled()).then(|| joined(earlier.chain([words])))
    }

    /// How sure the least sure utterance with words is; 0 if there are no words.
    pub(crate) fn confidence(&self) -> Probability {
        self.all()
            .filter_map(Utterance::best)
            .filter(|(text, _)| !text.trim().is_empty())
            .map(|(_, sure)| sure)
            .min()
            .unwrap_or_default()
    }

    /// The results that are in: epoch, words, certainty; for the latest also its last view.
    pub(crate) fn results(&self) -> impl Iterator<Item = (Epoch, &Arc<str>, Option<Probability>)> {
        self.all().filter_map(|u| match (&u.text, &u.partial) {
            (Some((text, sure)), _) => Some((u.epoch, text, Some(*sure))),
            (None, Some(partial)) => Some((u.epoch, partial, None)),
            (None, None) => None,
        })
    }

    fn all(&self) -> impl Iterator<Item = &Utterance> {
        self.earlier.iter().chain(std::iter::once(&self.latest))
    }

    fn find(&mut self, epoch: Epoch) -> Option<&mut Utterance> {
        self.earlier.iter_mut().chain(std::iter::once(&mut self.latest)).find(|u| u.epoch == epoch)
    }
}

/// What a last word of the recogniser's is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// The last word on its utterance.
    Last,
    /// A view: the utterance goes on.
    View,
    /// Nothing: nobody waits for it.
    Stale,
}

/// Texts, joined by a blank.
fn joined<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    let mut all = String::new();
    for text in texts.map(str::trim) {
        if !text.is_empty() && !all.is_empty() {
            all.push(' ');
        }
        all.push_str(text);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    const SURE: Probability = Probability::ONE;

    fn at(ms: u64) -> MediaTime {
        MediaTime::from_millis(ms)
    }

    #[test]
    fn utterances_join_in_the_order_they_were_spoken() {
        let (first, second) = (Epoch::new(1, 0), Epoch::new(1, 1));
        let mut h = Hearing::new(first, at(0));
        assert!(h.end(at(500)));
        h.go_on(second, at(900));
        assert!(h.end(at(1_300)));
        assert_eq!(h.awaited().collect::<Vec<_>>(), [first, second]);
        assert_eq!(h.finals(second, &"four five".into(), SURE), Heard::Last);
        assert!(!h.settled());
        let half = Probability::from_millis(500);
        assert_eq!(h.finals(first, &" one two ".into(), half), Heard::Last);
        assert_eq!(h.finals(first, &"late".into(), half), Heard::Stale);
        assert!(h.settled());
        assert_eq!(h.text(), "one two four five");
        assert_eq!(h.confidence(), half);
        assert_eq!(h.voiced(), Span::from_millis(900));
    }

    #[test]
    fn a_result_nobody_asked_for_is_a_view() {
        let e = Epoch::new(1, 0);
        let mut h = Hearing::new(e, at(0));
        assert_eq!(h.finals(e, &"hello".into(), SURE), Heard::View);
        assert!(!h.settled());
        assert_eq!(h.finals(Epoch::new(0, 3), &"old".into(), SURE), Heard::Stale);
        assert_eq!(h.text(), "hello");
    }

    #[test]
    fn the_last_view_stands_in_when_the_recogniser_fails() {
        let e = Epoch::new(1, 0);
        let mut h = Hearing::new(e, at(0));
        assert!(h.partial(e, &"good mor".into()));
        assert!(h.fail(e));
        assert!(!h.fail(e));
        assert!(!h.end(at(10)), "a dead recogniser is not asked");
        assert!(h.settled() && h.failed());
        assert_eq!(h.text(), "good mor");
        assert_eq!(h.confidence(), utterance::UNCONFIRMED);
    }
}
