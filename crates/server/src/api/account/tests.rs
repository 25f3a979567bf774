//! Layer: pure. What an account makes of notices, and which digits it keeps.

use std::sync::Arc;

use tom_base::MediaTime;
use tom_call::MediaCounters;
use tom_turn::{EndReason, Expect, Input, Then, TurnConfig, journal::Journal};

use super::*;

struct Tale {
    account: Account,
    journal: Journal,
    seq: u64,
    turn: u32,
}

impl Tale {
    fn new(texts: bool) -> Self {
        let account = Account::new("a".parse().unwrap(), Call::default(), texts);
        Self { account, journal: Journal::new(&TurnConfig::default(), &[]), seq: 0, turn: 0 }
    }

    fn tell(&mut self, kind: NoticeKind) -> Option<Turn> {
        self.seq += 1;
        let at = MediaTime::from_millis(self.seq * 100);
        self.account.follow(&Notice { seq: self.seq, at, epoch: Epoch::new(self.turn, 0), kind })
    }

    fn event(&mut self, event: CallEvent) {
        assert_eq!(self.tell(NoticeKind::Call(event)), None);
    }

    /// A turn in which the caller says something and hears some bytes of the reply.
    fn exchange(&mut self, said: &str, reply: &[&str], heard: usize) -> Turn {
        let epoch = Epoch::new(self.turn, 0);
        if !said.is_empty() {
            self.event(CallEvent::Committed { epoch, text: said.into(), wait: Span::from_millis(500) });
        }
        for text in reply {
            self.event(CallEvent::Reply { epoch, text: (*text).into() });
        }
        let whole = reply.join(" ");
        let heard: Arc<str> = whole[..heard.min(whole.len())].into();
        self.event(CallEvent::TurnEnd { epoch, complete: heard.len() == whole.len(), heard });
        let timing = TurnTiming { brain: Some(Span::from_millis(7)), ..TurnTiming::default() };
        let turn = self.tell(NoticeKind::TurnTiming(timing)).unwrap();
        self.turn += 1;
        turn
    }

    /// The agent asks for digits.
    fn ask(&mut self, max: u8) {
        let epoch = Epoch::new(self.turn, 0);
        let then = Then::Listen(Expect::Digits { max });
        self.journal.input(MediaTime::ZERO, &Input::ReplyEnd { epoch, then });
    }

    fn end(mut self) -> Detail {
        let report = CallReport {
            id: self.account.id.clone(),
            reason: EndReason::Caller,
            duration: Span::from_millis(60_000),
            turns: self.turn,
            interruptions: 3,
            false_interruptions: 2,
            echoes: 4,
            failures: 1,
            drafts: 6,
            drafts_used: 5,
            end_of_turn: tom_call::EndOfTurnCounters { asked: 10, answered: 7, late: 2, failed: 1 },
            actions: Vec::new(),
            journal: self.journal.text().into(),
            timeline: "".into(),
            media: MediaCounters::default(),
        };
        self.account.finish(Some(&report))
    }
}

fn said(detail: &Detail) -> Vec<&str> {
    detail.turns.iter().map(|turn| turn.said.as_deref().unwrap_or("")).collect()
}

#[test]
fn a_number_said_in_pieces_is_hidden_once_one_was_asked_for() {
    for (max, wanted) in [(0, ["x__ xxxx", "and xxx", "at xx"]), (3, ["one 0171", "and 555", "at 12"])] {
        let mut tale = Tale::new(true);
        tale.exchange("", &["Hello."], 6);
        tale.ask(max);
        for text in ["one 0171", "and 555", "at 12"] {
            tale.exchange(text, &["Go on."], 6);
        }
        let detail = tale.end();
        assert_eq!(said(&detail)[1..], wanted, "asked for {max}");
    }
}

#[test]
fn a_turn_is_handed_over_once_when_it_ends_with_every_digit_hidden() {
    let mut tale = Tale::new(true);
    assert_eq!(tale.account.progress(), None);
    tale.exchange("", &["Hello."], 6);
    let first = tale.account.progress().unwrap();
    assert_eq!((first.turn.0, first.turn.1.cause.as_str(), first.call.turns), (0, "opening", 1));
    assert_eq!(tale.account.progress(), None, "it was told");
    let data = vec![("note".to_owned(), "room 12".to_owned())];
    tale.tell(NoticeKind::Action(tom_call::Action { kind: "message".into(), data }));
    assert_eq!(tale.account.progress(), None, "the turn runs");
    tale.ask(3);
    tale.exchange("one 0171", &["Room 12."], 8);
    let second = tale.account.progress().unwrap();
    assert_eq!((second.turn.0, second.call.turns, second.first_action), (1, 2, 0));
    assert_eq!(second.turn.1.said.as_deref(), Some("x__ xxxx"));
    assert_eq!(second.turn.1.heard.as_deref(), Some("Room xx."));
    assert_eq!(second.actions[0].data.as_ref().unwrap()[0].1, "room xx");
    assert_eq!(second.call.reason, None);
    tale.exchange("go on", &["Yes."], 4);
    let third = tale.account.progress().unwrap();
    assert_eq!((third.turn.0, third.first_action, third.actions.len()), (2, 1, 0));
    // At the end it is known that no number was said.
    let detail = tale.end();
    assert_eq!(said(&detail)[1], "one 0171");
    let taking = detail.call.turn_taking;
    assert_eq!((taking.echoes, taking.drafts, taking.drafts_used), (4, 6, 5));
    assert_eq!(
        (taking.judge_asked, taking.judge_in_time, taking.judge_late, taking.judge_failed),
        (10, 7, 2, 1)
    );
}

#[test]
fn half_a_number_that_was_heard_is_hidden_like_the_whole() {
    let mut tale = Tale::new(true);
    let turn = tale.exchange("it is 0171 5551234", &["I heard 0171", "5551234."], 14);
    assert_eq!((turn.said, turn.heard), (None, None), "what others are told has no words");
    let detail = tale.end();
    assert_eq!(detail.turns[0].said.as_deref(), Some("it is xxxx xxxxxxx"));
    assert_eq!(detail.turns[0].heard.as_deref(), Some("I heard xxxx x"));
}

#[test]
fn a_journal_with_a_gap_promises_nothing() {
    let mut tale = Tale::new(true);
    tale.exchange("call 0171", &["Yes."], 4);
    tale.journal.gap();
    assert_eq!(said(&tale.end()), ["call xxxx"]);
    assert!(may_hold_a_number("no journal at all"));
}

#[test]
fn without_texts_there_are_none() {
    let mut tale = Tale::new(false);
    tale.exchange("hello", &["Good day."], 4);
    tale.tell(NoticeKind::Action(tom_call::Action {
        kind: "rating".into(),
        data: vec![("value".into(), "5".into()), ("text".into(), "lovely".into())],
    }));
    let detail = tale.end();
    assert!(!format!("{detail:?}").contains("ello") && !format!("{detail:?}").contains("lovely"));
    assert_eq!((detail.call.rating, detail.call.outcomes), (Some(5), vec!["rating".to_owned()]));
}

#[test]
fn a_turn_is_told_with_its_cause_and_its_troubles() {
    let mut tale = Tale::new(false);
    assert_eq!(tale.exchange("", &["Hello."], 6).cause, "opening");
    let epoch = Epoch::new(1, 0);
    tale.event(CallEvent::FalseInterruption { epoch, paused: Span::ZERO, backchannel: false });
    tale.event(CallEvent::Interrupted { epoch, heard: "He".into(), after: Span::ZERO });
    tale.event(CallEvent::Failed { epoch, stage: tom_turn::Stage::Stt });
    let turn = tale.exchange("hi", &["Hello again."], 3);
    assert_eq!((turn.cause.as_str(), turn.interrupted, turn.complete), ("said", true, false));
    assert_eq!((turn.turn, turn.false_interruptions, turn.failures), (1, 1, 1));
    assert_eq!(turn.latency.llm_ms, Some(7));
    let so_far = tale.account.so_far();
    assert_eq!((so_far.call.turns, so_far.call.interruptions, so_far.turns.len()), (2, 1, 2));
    tale.event(CallEvent::Dtmf(tom_base::Key::from_char('1').unwrap()));
    assert_eq!(tale.exchange("", &["One."], 4).cause, "keyed");
    tale.event(CallEvent::Reprompt(1));
    assert_eq!(tale.exchange("", &["Are you there?"], 9).cause, "silence");
    assert_eq!(tale.exchange("", &["Bye."], 4).cause, "other");
    // The caller goes in the middle of a turn: what is known of it is kept.
    let last = CallEvent::Partial { epoch: Epoch::new(5, 0), text: "wait".into() };
    tale.event(last);
    tale.event(CallEvent::Committed { epoch: Epoch::new(5, 0), text: "wait".into(), wait: Span::ZERO });
    let detail = tale.end();
    assert_eq!(detail.turns.len(), 6);
    assert_eq!((detail.turns[5].cause.as_str(), detail.turns[5].ended_ms), ("said", 60_000));
    assert_eq!((detail.call.interruptions, detail.call.reason.as_deref()), (3, Some("caller")));
}
