//! Layer: pure. Twenty thousand calls of random inputs keep every promise, and replay to the same timeline.

use std::collections::BTreeSet;
use std::sync::Arc;

use tom_base::{Epoch, Key, Lang, MediaTime, Span};
use tom_turn::check::Checker;
use tom_turn::journal::{self, Journal};
use tom_turn::{
    Cause, EndReason, Expect, Hold, Input, Onset, Output, Probability, Stage, Then, Timeline, Turn,
    TurnConfig,
};

use crate::kinds::{ENDS, KINDS, kind};

const CALLS: u64 = 20_000;

/// A small generator (splitmix64): the same seed is the same call on every machine.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    fn pick<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.below(all.len() as u64) as usize].clone()
    }
}

const TEXTS: [&str; 14] = [
    "mhm",
    "yes",
    "okay, right",
    "no stop",
    "",
    "I want a table and",
    "a table for two.",
    "zero one two three",
    "four five six seven",
    "0171",
    "2345678",
    "ähm",
    "on 12.05.2026",
    " ",
];

struct Call {
    dice: Dice,
    turn: Turn,
    checker: Checker,
    journal: Journal,
    timeline: Timeline,
    now: MediaTime,
    wake: Option<MediaTime>,
    /// Epochs seen: utterances and replies, newest last.
    heard: Vec<Epoch>,
    replies: Vec<Epoch>,
    played: u64,
    inputs: usize,
    /// The kinds of outputs seen, in a fifth of the calls: naming them takes longer than making them.
    noted: bool,
    kinds: BTreeSet<String>,
}

impl Call {
    fn new(seed: u64) -> Self {
        let mut dice = Dice(seed);
        let mut config = TurnConfig { lang: dice.pick(&[Lang::EN, Lang::DE]), ..TurnConfig::default() };
        if dice.below(2) == 0 {
            config.handover = Span::from_millis(8_000);
        }
        if dice.below(4) == 0 {
            let knob = &TurnConfig::KNOBS[dice.below(TurnConfig::KNOBS.len() as u64) as usize];
            (knob.set)(&mut config, dice.pick(&[0, 1, 100, 5_000]));
        }
        Self {
            turn: Turn::new(config.clone()),
            checker: Checker::new(config.clone()),
            journal: Journal::new(&config, &[("seed", "random")]),
            timeline: Timeline::new(),
            dice,
            now: MediaTime::ZERO,
            wake: None,
            heard: vec![Epoch::default()],
            replies: vec![Epoch::default()],
            played: 0,
            inputs: 0,
            noted: seed.is_multiple_of(5),
            kinds: BTreeSet::new(),
        }
    }

    fn give(&mut self, input: Input) {
        self.inputs += 1;
        self.checker.input(self.now, &input);
        self.journal.input(self.now, &input);
        self.timeline.input(self.now, &input);
        self.turn.handle(self.now, input);
        loop {
            let output = self.turn.poll();
            self.checker.output(self.now, &output);
            self.timeline.output(self.now, &output);
            if self.noted {
                self.kinds.insert(kind(&output));
            }
            match output {
                Output::Listen { epoch } | Output::ListenOn { epoch, .. } => self.heard.push(epoch),
                Output::Generate { epoch, ref cause } => {
                    assert!(!matches!(cause, Cause::Keyed(keys) if keys.is_empty()));
                    self.replies.push(epoch);
                    self.played = 0;
                }
                Output::Say { epoch, .. } => self.replies.push(epoch),
                Output::Wait(wake) => {
                    self.wake = wake;
                    break;
                }
                _ => {}
            }
        }
    }

    /// Lets time pass; deadlines are kept, now and then a tick late.
    fn pass(&mut self, span: Span) {
        let until = self.now + span;
        // A knob of 1 ms wakes the core that often; the checker sees to it that every wake lies ahead.
        for _ in 0..100_000 {
            match self.wake {
                Some(wake) if wake <= until => {
                    self.now = self.now.max(wake);
                    self.give(Input::Timeout);
                }
                _ => {
                    self.now = self.now.max(until);
                    return;
                }
            }
        }
        panic!("goes in circles");
    }

    fn epoch(&mut self, of_reply: bool) -> Epoch {
        let all = if of_reply { &self.replies } else { &self.heard };
        let back = match self.dice.next() % 8 {
            0 => (self.dice.next() % 3) as usize,
            _ => 0,
        };
        all[all.len() - 1 - back.min(all.len() - 1)]
    }

    fn text(&mut self) -> Arc<str> {
        self.dice.pick(&TEXTS).into()
    }

    fn hold(&mut self) -> Hold {
        let longest = Span::from_millis(self.dice.pick(&[0, 1, 3_000, 60_000]));
        let key = Key::from_char(self.dice.pick(&['5', 'A']));
        Hold { longest, key, music: self.dice.below(2) == 0 }
    }

    fn then(&mut self) -> Then {
        let expects = [
            Expect::Open,
            Expect::Open,
            Expect::YesNo,
            Expect::Choice,
            Expect::Digits { max: 4 },
            Expect::Digits { max: 0 },
            Expect::Digits { max: 11 },
            Expect::Spelling,
            Expect::Message,
        ];
        match self.dice.below(20) {
            0 => Then::HangUp,
            1 => Then::Transfer,
            2 => Then::Tool,
            3 => Then::Hold(self.hold()),
            _ => Then::Listen(self.dice.pick(&expects)),
        }
    }

    fn random_input(&mut self) -> Input {
        let p = Probability::from_millis(self.dice.below(1_001) as u16);
        match self.dice.below(100) {
            0..4 => Input::Hiss,
            4..13 => Input::SpeechStart(self.dice.pick(&[Onset::Clear, Onset::Clear, Onset::Weak])),
            13 => Input::Echo,
            14..26 => Input::SpeechEnd,
            26..33 => Input::Partial { epoch: self.epoch(false), text: self.text() },
            33..46 => Input::Final { epoch: self.epoch(false), text: self.text(), confidence: p },
            46..48 => Input::EndOfTurn { epoch: self.epoch(false), p },
            48..57 => Input::ReplyText { epoch: self.epoch(true), text: self.text() },
            57..65 => Input::ReplyEnd { epoch: self.epoch(true), then: self.then() },
            65..68 => {
                let stage = self.dice.pick(&[Stage::Stt, Stage::Llm, Stage::Tts]);
                Input::Failed { epoch: self.epoch(stage != Stage::Stt), stage }
            }
            68..77 => Input::PlayoutStarted { epoch: self.epoch(true) },
            77..79 => {
                let (offset, at) = (self.dice.below(60) as u32, Span::from_millis(self.dice.below(4_000)));
                Input::TextMark { epoch: self.epoch(true), offset, at }
            }
            79..83 => {
                self.played += self.dice.below(900);
                Input::PlayoutMark { epoch: self.epoch(true), heard: Span::from_millis(self.played) }
            }
            83..90 => Input::PlayoutDone { epoch: self.epoch(true) },
            90..95 => {
                let key = self.dice.pick(&['1', '2', '5', '9', '0', '#', '*']);
                Input::Dtmf(Key::from_char(key).expect("a key"))
            }
            95 => Input::Typed(self.text()),
            96 if self.dice.below(3) == 0 => Input::Speed(self.dice.below(1_200) as u16),
            96 => Input::BargeIn,
            97 if self.dice.below(2) == 0 => {
                let hold = Input::Hold(self.hold());
                self.dice.pick(&[Input::NotConnected, Input::Connect, hold, Input::Resume, Input::Resume])
            }
            97 => Input::ToolDone { epoch: self.epoch(true) },
            98 => self.dice.pick(&[Input::Timeout, Input::Timeout, Input::Timeout, Input::Drain]),
            _ => self.dice.pick(&[
                Input::Ringing,
                Input::Answered,
                Input::Timeout,
                Input::Timeout,
                Input::HangUp(EndReason::Caller),
            ]),
        }
    }

    fn run(&mut self) {
        if self.dice.below(3) == 0 {
            self.give(Input::Ringing);
            let rings = self.dice.pick(&[0, 1_000, 40_000]);
            self.pass(Span::from_millis(rings));
        }
        self.give(Input::Answered);
        for _ in 0..self.dice.below(70) {
            let longest = self.dice.pick(&[1, 1, 50, 300, 700, 3_000, 12_000]);
            let span = Span::from_millis(self.dice.below(longest));
            self.pass(span);
            for _ in 0..=self.dice.below(2) {
                let input = self.random_input();
                self.give(input);
            }
        }
        self.give(Input::HangUp(EndReason::Caller));
        self.pass(Span::from_millis(20_000));
        self.give(Input::SpeechStart(Onset::Clear));
    }
}

#[test]
fn twenty_thousand_random_calls_keep_every_promise() {
    let seed = std::env::var("TOM_SEED").ok().and_then(|s| s.parse().ok());
    let seeds = seed.map_or(0..CALLS, |seed: u64| seed..seed + 1);
    let mut inputs = 0;
    let mut kinds = BTreeSet::new();
    for seed in seeds {
        let mut call = Call::new(seed);
        call.run();
        inputs += call.inputs;
        kinds.append(&mut call.kinds);
        assert!(
            call.checker.problems().is_empty(),
            "TOM_SEED={seed}: {:#?}\n{}\n{}",
            call.checker.problems(),
            call.journal.text(),
            call.timeline.text(),
        );
        assert_eq!(call.turn.floor(), tom_turn::Floor::Ended, "TOM_SEED={seed}");
        let again = journal::replay(call.journal.text()).expect("a journal that can be replayed");
        assert_eq!(again, call.timeline.text(), "TOM_SEED={seed}\n{}", call.journal.text());
    }
    if seed.is_none() {
        let phrases = ["Apology", "Failure", "Drain", "Silence", "TooLong"].map(|p| format!("Say {p}"));
        let ends = ENDS.split(' ').map(|end| format!("HangUp {end}"));
        let goodbyes = ["Drain", "Silence", "TooLong"].map(|why| format!("Goodbye {why}"));
        let must = KINDS.split(' ').map(str::to_owned).chain(phrases).chain(ends).chain(goodbyes);
        let missing: Vec<_> = must.filter(|kind| !kinds.contains(kind)).collect();
        assert!(missing.is_empty(), "never seen: {missing:?}");
    }
    println!("{inputs} inputs, seeds 0..{CALLS}");
}
