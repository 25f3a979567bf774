//! Which knobs does turn-taking have, what do they mean and what are their defaults?

use tom_base::{CallPlan, Lang, Span};

use crate::pauses::{Ending, pause};

/// One number of [`TurnConfig`], for configuration files, help texts and journals.
pub struct Knob {
    /// Its name, as a field of [`TurnConfig`] and a key of the section `[turn]`.
    pub name: &'static str,
    /// What it means, with its unit.
    pub doc: &'static str,
    /// Reads it: whole milliseconds for times, else the plain number.
    pub get: fn(&TurnConfig) -> u64,
    /// Sets it, in the same unit.
    pub set: fn(&mut TurnConfig, u64),
}

/// How a knob's type travels as a number.
trait Number: Copy {
    fn read(self) -> u64;
    fn make(n: u64) -> Self;
}

impl Number for Span {
    fn read(self) -> u64 {
        self.as_millis()
    }
    fn make(n: u64) -> Self {
        Self::from_millis(n)
    }
}

impl Number for u32 {
    fn read(self) -> u64 {
        u64::from(self)
    }
    fn make(n: u64) -> Self {
        Self::try_from(n).unwrap_or(Self::MAX)
    }
}

macro_rules! knobs {
    ($($(#[doc = $doc:literal])+ $name:ident: $kind:ty = $default:literal;)+) => {
        /// Every knob of turn-taking. The defaults suit a telephone call.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct TurnConfig {
            /// The caller's language: picks the lists of listener's words and hesitations.
            pub lang: Lang,
            $($(#[doc = $doc])+ pub $name: $kind,)+
        }

        impl Default for TurnConfig {
            fn default() -> Self {
                Self { lang: Lang::EN, $($name: <$kind as Number>::make($default),)+ }
            }
        }

        impl TurnConfig {
            /// All knobs that are numbers, in the order of the fields.
            pub const KNOBS: &'static [Knob] = &[$(Knob {
                name: stringify!($name),
                doc: concat!($($doc),+),
                get: |c| c.$name.read(),
                set: |c, n| c.$name = <$kind as Number>::make(n),
            },)+];
        }
    };
}

knobs! {
    /// A call that rings longer than this is over: unanswered.
    ring: Span = 30_000;
    /// From the answer to the first audio of the opening; later, an apology is spoken instead.
    answer: Span = 10_000;

    /// How long voice has been missing already when the end of speech is reported.
    hangover: Span = 64;
    /// The least silence after the caller's last voice that ends a turn, even when a model is certain.
    min_wait: Span = 120;
    /// Silence that ends a turn whose text is a finished sentence.
    complete_wait: Span = 270;
    /// Silence that ends a turn whose text tells nothing, or is not known yet.
    plain_wait: Span = 700;
    /// Silence that ends a turn whose text trails off: "and", "ähm", a comma.
    unfinished_wait: Span = 1_600;
    /// Silence that ends the answer to a yes-or-no question.
    yes_no_wait: Span = 300;
    /// Silence that ends an answer known to be complete: one of a few phrases, or all the digits.
    choice_wait: Span = 300;
    /// Silence that ends dictated digits while more may come.
    digits_wait: Span = 1_200;
    /// Silence that ends spelling.
    spelling_wait: Span = 1_200;
    /// Silence that ends a long message.
    message_wait: Span = 1_500;
    /// No wait is longer than this.
    max_wait: Span = 2_500;
    /// From this probability on, in thousandths, the end-of-turn model is believed that the turn is over.
    sure: u32 = 950;
    /// Up to this probability, in thousandths, it is believed that the turn is not over.
    unsure: u32 = 100;
    /// A caller who goes on this soon after the last voice was in the midst of a word or between two: the
    /// recogniser hears both parts as one utterance. 0: never.
    join: Span = 250;
    /// The caller's own pauses raise the least silence to this at most.
    adaptive_max: Span = 600;
    /// A caller who goes on within this after the last voice was cut off; later, it is an afterthought.
    cutoff_window: Span = 1_000;
    /// Speech shorter than this in which no word was understood was no turn.
    cough: Span = 300;
    /// The longest utterance; then it is taken as it is.
    longest_utterance: Span = 60_000;
    /// The longest utterance while a message is recorded.
    longest_message: Span = 180_000;

    /// A hiss or faint speech over the reply may be the beginning of a word: it pauses the reply for so long at most,
    /// until it is clear whether it is one. 0: it does not.
    hush: Span = 160;
    /// Clear speech over the reply that takes the floor without recognised words.
    takeover: Span = 600;
    /// From an onset over the reply to asking what has been said so far, and again after as long: for recognisers
    /// that do not tell by themselves. 0: they are not asked.
    clip: Span = 280;
    /// How long a paused reply waits for words after the caller's speech ended.
    settle: Span = 500;
    /// The longest a reply stays paused or quiet without a decision.
    longest_pause: Span = 2_000;
    /// Speech that begins this soon after the reply's first sample needs words to take the floor.
    onset_guard: Span = 100;
    /// After so many false interruptions of one reply faint speech is ignored, and only words take the floor.
    noisy_after: u32 = 3;
    /// Speaking time of one character, where the synthesiser gives no marks: for "heard so far".
    pace: Span = 70;

    /// From the question to the recogniser to its answer.
    recognition: Span = 5_000;
    /// From the question to the brain to the first words of its reply.
    thinking: Span = 10_000;
    /// From the first words given to the synthesiser to the first audio.
    first_audio: Span = 5_000;
    /// From the end of the caller's turn to the first audio of the reply.
    whole: Span = 15_000;
    /// A reply under way that shows no sign of life for this long, and the time its words take, has failed.
    stall: Span = 10_000;
    /// When the voice fails within a reply: so long without progress, and what was in the queue was heard.
    tail: Span = 2_000;
    /// The longest wait for a tool.
    tool: Span = 10_000;
    /// The longest time to connect the caller with a person, on lines that say how it goes; 0: the call ends there.
    handover: Span = 0;

    /// A caller who says nothing for this long is asked again.
    silence: Span = 8_000;
    /// A caller who does not rate the call for this long does not want to.
    rating_silence: Span = 6_000;
    /// How often in a row a silent caller is asked again before the call ends.
    reprompts: u32 = 2;
    /// The longest time between two keys of one number.
    key_gap: Span = 3_000;
    /// The longest call; then the agent says goodbye.
    longest_call: Span = 3_600_000;
    /// From the decision to end the call to the hang-up, at most; the brain has half of it for its goodbye.
    goodbye: Span = 10_000;
}

impl TurnConfig {
    /// The defaults, with the interruption sensitivity of a call's plan and the caller's language.
    #[must_use]
    pub fn for_call(lang: Lang, plan: &CallPlan) -> Self {
        Self { lang, takeover: Span::from_millis(plan.barge_in.takeover_ms()), ..Self::default() }
    }

    /// Sets the pauses that end a turn by how patient the agent is to be, from 0 (fast) to 1000 (slow). Only those
    /// pauses: the ones of dictation and of plain answers stay.
    pub fn set_speed(&mut self, slowness: u16) {
        // Words that end a sentence make one; those that trail off do not; of others nobody knows.
        self.complete_wait = pause(Ending::Stop, 1.0, slowness);
        self.plain_wait = pause(Ending::Plain, 0.5, slowness);
        self.unfinished_wait = pause(Ending::Open, 0.0, slowness);
        self.max_wait = self.max_wait.max(self.unfinished_wait);
    }

    /// The knob of that name.
    #[must_use]
    pub fn knob(name: &str) -> Option<&'static Knob> {
        Self::KNOBS.iter().find(|k| k.name == name)
    }
}
