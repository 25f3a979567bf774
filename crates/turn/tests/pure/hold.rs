//! Layer: pure. A caller on hold: who puts them there, what means nothing meanwhile, and what ends it.

use tom_base::{Epoch, Key, MediaTime, Span};
use tom_turn::journal::{self, Journal};
use tom_turn::{
    Back, CallEvent, Cause, EndReason, Expect, Floor, Hold, Input, Output, Stage, Then, Timeline, Turn,
    TurnConfig, Why,
};

use crate::script::{Call, MOMENTS, e};

fn hold(key: Option<char>) -> Hold {
    Hold { longest: Span::from_millis(60_000), key: key.and_then(Key::from_char), music: true }
}

/// A call on hold from 4 s on, by a reply.
fn held(key: Option<char>) -> Call {
    let mut call = Call::with(TurnConfig { handover: Span::from_millis(30_000), ..TurnConfig::default() });
    call.greet(Expect::Open);
    call.at(3_000, Input::Typed("wait".into()));
    call.spoken(3_100, e(1, 0), "One moment.", Then::Hold(hold(key))).clear().done(4_000, e(1, 0));
    assert_eq!(call.actions(), [Output::Hold(hold(key))]);
    call.clear();
    call
}

fn over(back: Back) -> Output {
    Output::Generate { epoch: e(2, 0), cause: Cause::HoldOver(back) }
}

#[test]
fn nothing_a_caller_on_hold_does_is_a_turn_and_no_silence_is_too_long() {
    let mut call = held(Some('#'));
    call.voice(6_000).quiet(9_000).says(9_500, e(1, 0), "hello").keys(20_000, "1");
    call.at(21_000, Input::Typed("hello".into())).at(22_000, Input::BargeIn).fails(
        23_000,
        e(1, 0),
        Stage::Stt,
    );
    call.until(50_000);
    assert_eq!(call.actions(), []);
    assert_eq!(call.events(), [CallEvent::Dtmf(Key::from_char('1').expect("a key"))], "keys are told");
    assert_eq!(call.turn.floor(), Floor::Thinking);
}

#[test]
fn it_ends_when_somebody_says_so_by_its_key_or_by_its_time() {
    let mut call = held(None);
    call.at(9_000, Input::Resume).at(9_050, Input::Resume);
    assert_eq!(call.actions(), [over(Back::Resumed)], "once");
    call.spoken(9_100, e(2, 0), "Thank you.", Then::Listen(Expect::Open)).done(10_000, e(2, 0));
    assert_eq!(call.turn.floor(), Floor::Listening);
    call.clear().at(11_000, Input::Resume);
    assert_eq!(call.actions(), [], "it is over");

    let mut call = held(Some('#'));
    call.keys(9_000, "1").keys(9_500, "#");
    assert_eq!(call.actions(), [over(Back::Keyed)]);

    let mut call = held(Some('#'));
    call.until(70_000);
    assert_eq!(call.when(&over(Back::TimedOut)), 64_000);
}

#[test]
fn a_hang_up_ends_it_and_a_server_that_stops_says_goodbye() {
    let mut call = held(None);
    call.at(9_000, Input::HangUp(EndReason::Caller));
    assert_eq!(call.actions(), [Output::HangUp(EndReason::Caller)]);
    let mut call = held(None);
    call.at(9_000, Input::Drain).at(9_010, Input::Resume);
    let goodbye = Output::Generate { epoch: e(2, 0), cause: Cause::Goodbye(Why::Drain) };
    assert_eq!(call.actions(), [goodbye]);
}

#[test]
fn somebody_outside_holds_the_call_whatever_is_being_said() {
    for moment in MOMENTS {
        let mut call = Call::greeted(Expect::Open);
        moment(&mut call);
        call.clear().at(3_500, Input::Hold(hold(None))).at(3_600, Input::Hold(hold(Some('1'))));
        assert_eq!(call.actions().last(), Some(&Output::Hold(hold(None))), "once: {:?}", call.actions());
        call.clear().at(4_500, Input::ReplyText { epoch: e(1, 0), text: "Late.".into() }).until(30_000);
        assert_eq!(call.actions(), [], "and nothing is said");
        call.at(31_000, Input::Resume);
        assert_eq!(call.asked().2, Cause::HoldOver(Back::Resumed));
    }
}

/// The greeting is not dropped for an order, and one that is taken back meanwhile is none.
#[test]
fn an_order_waits_for_the_greeting() {
    for taken_back in [false, true] {
        let mut call = Call::new();
        call.at(0, Input::Answered).at(100, Input::Hold(hold(None)));
        if taken_back {
            call.at(150, Input::Resume);
        }
        assert!(!call.has(&Output::Hold(hold(None))));
        call.spoken(300, e(0, 0), "Hello.", Then::Listen(Expect::Open));
        assert_eq!(call.has(&Output::Hold(hold(None))), !taken_back);
        assert_eq!(call.turn.floor(), if taken_back { Floor::Agent } else { Floor::Thinking });
    }
}

/// A number keyed on hold is hidden in journals, and the key that ends the hold is not: else a replay would go on
/// waiting.
#[test]
fn a_journal_keeps_the_key_that_ends_a_hold_and_hides_a_number() {
    let mut call = Journalled::new(TurnConfig::default());
    call.at(0, Input::Answered).reply(e(0, 0), Then::Hold(hold(Some('5'))));
    call.at(2_000, Input::PlayoutDone { epoch: e(0, 0) });
    for (n, key) in "01712340675".chars().enumerate() {
        call.at(3_000 + n as u64 * 100, Input::Dtmf(Key::from_char(key).expect("a key")));
    }
    call.reply(e(1, 0), Then::Listen(Expect::Digits { max: 11 }));
    for (n, key) in "0175512".chars().enumerate() {
        call.at(9_000 + n as u64 * 100, Input::Dtmf(Key::from_char(key).expect("a key")));
    }
    let keys: String =
        call.journal.text().lines().filter_map(|l| l.split_once(" key ")).map(|(_, key)| key).collect();
    assert_eq!(keys, "000000000050000000");
    assert_eq!(journal::replay(call.journal.text()).expect("a journal"), call.timeline.text());
    assert!(call.timeline.text().contains("for a key"), "{}", call.timeline.text());
}

/// A call with its journal and timeline.
struct Journalled {
    turn: Turn,
    journal: Journal,
    timeline: Timeline,
    now: MediaTime,
}

impl Journalled {
    fn new(config: TurnConfig) -> Self {
        let (journal, timeline) = (Journal::new(&config, &[]), Timeline::new());
        Self { turn: Turn::new(config), journal, timeline, now: MediaTime::ZERO }
    }

    fn at(&mut self, ms: u64, input: Input) -> &mut Self {
        self.now = MediaTime::from_millis(ms);
        self.journal.input(self.now, &input);
        self.timeline.input(self.now, &input);
        self.turn.handle(self.now, input);
        loop {
            match self.turn.poll() {
                Output::Wait(_) => return self,
                output => _ = self.timeline.output(self.now, &output),
            }
        }
    }

    /// A reply is made and begins to be heard.
    fn reply(&mut self, epoch: Epoch, then: Then) -> &mut Self {
        let ms = self.now.as_millis();
        self.at(ms, Input::ReplyText { epoch, text: "Well.".into() });
        self.at(ms, Input::ReplyEnd { epoch, then }).at(ms, Input::PlayoutStarted { epoch })
    }
}

#[test]
fn a_caller_on_hold_may_go_to_a_person_and_who_goes_there_is_not_held() {
    let mut call = held(None);
    call.at(9_000, Input::Connect);
    assert_eq!(call.actions(), [Output::Transfer]);
    call.clear().at(10_000, Input::Hold(hold(None))).at(11_000, Input::Resume);
    assert_eq!(call.actions(), []);
    call.at(12_000, Input::NotConnected);
    assert_eq!(call.asked().2, Cause::NotConnected);

    let mut call = held(None);
    call.at(9_000, Input::NotConnected);
    assert_eq!(call.actions(), [], "nobody was called");
}
