//! When is the caller's turn over?
//!
//! The answer is a length of silence, counted from the caller's last voice. It depends on what the agent
//! asked for, on the words so far, on the end-of-turn model where there is one, and on the pauses this caller
//! has made before.

use tom_base::{Rate, Span};

use crate::{Expect, Probability, TurnConfig, fillers};

/// What is known about the turn when its end is judged.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known<'a> {
    /// What the agent waits for.
    pub(crate) expect: Expect,
    /// The words so far.
    pub(crate) text: &'a str,
    /// The recogniser has said its last word.
    pub(crate) settled: bool,
    /// The end-of-turn model's opinion of the latest utterance.
    pub(crate) over: Option<Probability>,
}

/// Judges ends of turns, and learns the caller's pauses.
#[derive(Clone, Debug, Default)]
pub(crate) struct Endpointer {
    /// Moving average of the caller's pauses inside turns.
    average: Span,
    /// A pause the caller was cut off in: the least wait does not fall below it again.
    cut_off: Span,
}

impl Endpointer {
    /// Learns from a pause inside a turn: the caller went on after it. The average keeps nine tenths of its
    /// old value.
    pub(crate) fn paused(&mut self, pause: Span, config: &TurnConfig) {
        let old = ticks(self.average.max(config.min_wait));
        let new = ticks(pause.min(config.max_wait));
        self.average = span((old * 9 + new) / 10);
    }

    /// Learns that the caller was cut off: the turn had been taken for over in this pause.
    pub(crate) fn cut_off(&mut self, pause: Span, config: &TurnConfig) {
        self.paused(pause, config);
        if pause <= config.cutoff_window {
            self.cut_off = self.cut_off.max(pause);
        }
    }

    /// The least silence that ends a turn of this caller. It grows to the pauses the caller makes (never
    /// beyond `adaptive_max`, so that one slow sentence does not make every answer slow), and never falls
    /// below a pause the caller was cut off in.
    pub(crate) fn least(&self, config: &TurnConfig) -> Span {
        self.average.max(self.cut_off).min(config.adaptive_max).max(config.min_wait)
    }

    /// The silence after the caller's last voice that ends the turn.
    pub(crate) fn wait(&self, known: Known<'_>, config: &TurnConfig) -> Span {
        let said = Said::of(known, config);
        let by_rule = match known.expect {
            Expect::Open | Expect::YesNo | Expect::Choice | Expect::Rating if said == Said::Unfinished => {
                config.unfinished_wait
            }
            Expect::Open if fillers::ends_sentence(known.text) => config.complete_wait,
            Expect::YesNo => config.yes_no_wait,
            Expect::Choice | Expect::Rating if said == Said::Complete => config.choice_wait,
            Expect::Open | Expect::Choice | Expect::Rating => config.plain_wait,
            Expect::Digits { .. } if said == Said::Complete => config.choice_wait,
            Expect::Digits { .. } => config.digits_wait,
            Expect::Spelling => config.spelling_wait,
            Expect::Message => config.message_wait,
        };
        let wait = match known.over {
            Some(over) => {
                // A voice falls after every group of digits: where the words say that more will come, the sound does not
                // shorten the wait. A recogniser puts a full stop after anything: there the sound may lengthen it.
                let (shortest, longest) = match (said, known.expect) {
                    (Said::Complete, Expect::Open) => (config.min_wait, config.unfinished_wait),
                    (Said::Complete, _) => (config.min_wait, by_rule + span(ticks(by_rule) / 2)),
                    (Said::Nothing, _) => (config.complete_wait.min(by_rule), config.unfinished_wait),
                    (Said::Unfinished, _) => (by_rule, config.unfinished_wait),
                };
                let longest = longest.max(by_rule);
                between(longest, shortest, over, config)
            }
            None => by_rule,
        };
        wait.max(self.least(config)).min(config.max_wait)
    }
}

/// What the words tell of the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Said {
    /// They are complete: a finished sentence, one of the answers, all the digits.
    Complete,
    /// They tell nothing.
    Nothing,
    /// More will follow: they trail off, or something is being dictated.
    Unfinished,
}

impl Said {
    fn of(known: Known<'_>, config: &TurnConfig) -> Self {
        let trails_off = fillers::trails_off(known.text, config.lang);
        let answered = known.settled && !known.text.is_empty() && !trails_off;
        match known.expect {
            Expect::Digits { max } => {
                let digits = fillers::digits(known.text, config.lang);
                if max > 0 && digits >= usize::from(max) { Self::Complete } else { Self::Unfinished }
            }
            Expect::Spelling | Expect::Message => Self::Unfinished,
            _ if trails_off => Self::Unfinished,
            // Nobody asked for a number, and one is being dictated.
            Expect::Open if fillers::dictates(known.text, config.lang) => Self::Unfinished,
            Expect::Open if known.settled && fillers::ends_sentence(known.text) => Self::Complete,
            Expect::YesNo | Expect::Choice | Expect::Rating if answered => Self::Complete,
            _ => Self::Nothing,
        }
    }
}

/// From `unsure` (the whole `longest`) to `sure` (only the `shortest`), evenly.
fn between(longest: Span, shortest: Span, over: Probability, config: &TurnConfig) -> Span {
    let (low, high) = (u64::from(config.unsure), u64::from(config.sure));
    let p = u64::from(over.millis()).clamp(low.min(high), high);
    let share = (high - p) * 1_000 / (high.saturating_sub(low)).max(1);
    let range = ticks(longest.saturating_sub(shortest));
    shortest + span(range * share.min(1_000) / 1_000)
}

fn ticks(span: Span) -> u64 {
    span.as_samples(Rate::Hz48000)
}

fn span(ticks: u64) -> Span {
    Span::from_samples(ticks, Rate::Hz48000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn known(expect: Expect, text: &str) -> Known<'_> {
        Known { expect, text, settled: true, over: None }
    }

    fn wait(known: Known<'_>) -> u64 {
        Endpointer::default().wait(known, &TurnConfig::default()).as_millis()
    }

    #[test]
    fn the_rule_follows_the_question_and_the_words() {
        assert_eq!(wait(known(Expect::Open, "I need help.")), 270);
        assert_eq!(wait(known(Expect::Open, "I need help")), 700);
        assert_eq!(wait(known(Expect::Open, "I need help and")), 1_600);
        assert_eq!(wait(known(Expect::YesNo, "yes")), 300);
        assert_eq!(wait(known(Expect::YesNo, "yes, but")), 1_600);
        assert_eq!(wait(known(Expect::Choice, "opening hours")), 300);
        assert_eq!(wait(known(Expect::Choice, "")), 700);
        assert_eq!(wait(known(Expect::Digits { max: 4 }, "one two")), 1_200);
        assert_eq!(wait(known(Expect::Digits { max: 4 }, "12 34")), 300);
        assert_eq!(wait(known(Expect::Digits { max: 0 }, "12 34")), 1_200);
        assert_eq!(wait(known(Expect::Spelling, "M I L")), 1_200);
        assert_eq!(wait(known(Expect::Message, "Call me back.")), 1_500);
    }

    #[test]
    fn the_model_shortens_and_lengthens() {
        let with =
            |expect, text, p| wait(Known { over: Some(Probability::from_millis(p)), ..known(expect, text) });
        assert_eq!(with(Expect::Open, "I need help", 990), 270, "the words do not say so");
        assert_eq!(with(Expect::Open, "I need help", 950), 270);
        assert_eq!(with(Expect::Open, "I need help", 50), 1_600);
        let middle = with(Expect::Open, "I need help", 525);
        assert!((900..970).contains(&middle), "{middle}");
        assert_eq!(with(Expect::Open, "I need help.", 950), 120, "words and voice agree");
        assert_eq!(with(Expect::Open, "I need help.", 100), 1_600, "the voice does not say so");
        assert_eq!(with(Expect::YesNo, "yes", 50), 450);
        assert_eq!(
            with(Expect::Digits { max: 8 }, "one two", 1_000),
            1_200,
            "a voice falls after every group"
        );
        assert_eq!(with(Expect::Open, "I need help and", 1_000), 1_600);
        assert_eq!(with(Expect::Open, "It is zero one", 1_000), 1_600);
    }

    #[test]
    fn the_least_wait_grows_to_the_callers_pauses_and_is_bounded() {
        let config = TurnConfig::default();
        let mut ends = Endpointer::default();
        assert_eq!(ends.least(&config), config.min_wait);
        for _ in 0..100 {
            ends.paused(Span::from_millis(400), &config);
        }
        let learnt = ends.least(&config).as_millis();
        assert!((390..=400).contains(&learnt), "{learnt}");
        for _ in 0..100 {
            ends.paused(Span::from_millis(2_000), &config);
        }
        assert_eq!(ends.least(&config), config.adaptive_max);
    }

    #[test]
    fn a_caller_once_cut_off_is_not_cut_off_in_the_same_pause_again() {
        let config = TurnConfig::default();
        let mut ends = Endpointer::default();
        ends.cut_off(Span::from_millis(480), &config);
        for _ in 0..50 {
            ends.paused(Span::from_millis(100), &config);
        }
        assert_eq!(ends.least(&config).as_millis(), 480);
        ends.cut_off(Span::from_millis(3_000), &config);
        assert_eq!(ends.least(&config).as_millis(), 480, "an afterthought is no cut-off");
    }

    proptest! {
        #[test]
        fn every_wait_is_bounded(
            text in "[a-z ,.]{0,20}", settled: bool, p in prop::option::of(0u16..=1_000), which in 0usize..6,
            pauses in prop::collection::vec(0u64..4_000, 0..20),
        ) {
            let config = TurnConfig::default();
            let mut ends = Endpointer::default();
            for pause in pauses {
                ends.paused(Span::from_millis(pause), &config);
            }
            let expect = [
                Expect::Open, Expect::YesNo, Expect::Choice, Expect::Digits { max: 3 }, Expect::Spelling, Expect::Message,
            ][which];
            let wait = ends.wait(
                Known { expect, text: &text, settled, over: p.map(Probability::from_millis) },
                &config,
            );
            prop_assert!(wait >= config.min_wait && wait <= config.max_wait);
        }
    }
}
