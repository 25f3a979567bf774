//! What is known of one call, as its notices tell it?

use tom_base::{CallId, Epoch, Span};
use tom_call::{CallReport, Notice, NoticeKind, TurnTiming};
use tom_store::{Action, Call, Detail, Latency, Media, Progress, Turn, TurnTaking};
use tom_turn::{CallEvent, mask_digits, mask_numbers};

use super::number::may_hold_a_number;
use crate::observe::outcome;

/// Turns kept of one call; a call ends before it has so many.
const MOST_TURNS: usize = 2_000;
/// Actions kept of one call.
const MOST_ACTIONS: usize = 1_000;

/// Follows one call from its beginning to its end.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) id: CallId,
    detail: Detail,
    /// Whether what is said is kept.
    pub(crate) texts: bool,
    turn: Open,
    /// Turns and actions that [`progress`](Self::progress) has told.
    told: (usize, usize),
}

/// The turn under way.
#[derive(Debug, Default)]
struct Open {
    turn: Turn,
    reply: (Epoch, String),
    keyed: bool,
    asked_again: bool,
    any: bool,
}

impl Account {
    pub(crate) fn new(id: CallId, call: Call, texts: bool) -> Self {
        let detail = Detail { call, ..Detail::default() };
        Self { id, detail, texts, turn: Open::default(), told: (0, 0) }
    }

    /// What is known so far. Without texts: a number said in pieces can be told only at the end.
    pub(crate) fn so_far(&self) -> Detail {
        let mut detail = self.detail.clone();
        detail.forget_texts();
        detail
    }

    /// What has come since the last time, to be kept at once: the turn that ended by the last notice, and what was done
    /// in it. Every digit is hidden: whether one is a part of a number shows only at the end.
    pub(crate) fn progress(&mut self) -> Option<Progress> {
        let (turns, actions) = self.told;
        let turn = self.detail.turns.get(turns)?.clone();
        let mut new = Detail {
            call: self.detail.call.clone(),
            turns: vec![turn],
            actions: self.detail.actions.get(actions..).unwrap_or_default().to_vec(),
        };
        hide(&mut new, true);
        self.told = (turns + 1, self.detail.actions.len());
        let turn = (turns, new.turns.pop()?);
        Some(Progress { call: new.call, turn, first_action: actions, actions: new.actions })
    }

    /// Takes in a notice, and tells the turn that ended by it.
    pub(crate) fn follow(&mut self, notice: &Notice) -> Option<Turn> {
        match &notice.kind {
            NoticeKind::Call(event) => self.event(event, notice.epoch),
            NoticeKind::TurnTiming(timing) => return self.turn_over(notice, timing),
            NoticeKind::Action(action) => {
                if self.detail.actions.len() < MOST_ACTIONS {
                    let data = self.texts.then(|| action.data.clone());
                    self.detail.actions.push(Action { kind: action.kind.clone(), data });
                }
                self.outcome(action);
            }
            _ => {}
        }
        None
    }

    fn outcome(&mut self, action: &tom_call::Action) {
        let call = &mut self.detail.call;
        if let Err(at) = call.outcomes.binary_search(&action.kind) {
            call.outcomes.insert(at, action.kind.clone());
        }
        if action.kind == "rating" {
            let value = action.data.iter().find(|(name, _)| name == "value");
            call.rating = value.and_then(|(_, value)| value.parse().ok()).or(call.rating);
        }
    }

    fn event(&mut self, event: &CallEvent, epoch: Epoch) {
        let open = &mut self.turn;
        let turn = &mut open.turn;
        match event {
            CallEvent::Committed { text, .. } => {
                turn.cause = "said".into();
                turn.said = self.texts.then(|| text.to_string()).filter(|text| !text.is_empty());
            }
            CallEvent::Reply { epoch, text } => {
                if open.reply.0 != *epoch {
                    open.reply = (*epoch, String::new());
                }
                if self.texts {
                    if !open.reply.1.is_empty() {
                        open.reply.1.push(' ');
                    }
                    open.reply.1.push_str(text);
                }
            }
            CallEvent::FalseInterruption { .. } => {
                turn.false_interruptions += 1;
                self.detail.call.false_interruptions += 1;
            }
            CallEvent::Interrupted { .. } => {
                turn.interrupted = true;
                self.detail.call.interruptions += 1;
            }
            CallEvent::TurnEnd { heard, complete, .. } => {
                turn.complete = *complete;
                turn.heard = self.texts.then(|| heard_of(heard, &open.reply.1)).filter(|h| !h.is_empty());
            }
            CallEvent::Dtmf(_) => open.keyed = true,
            CallEvent::Reprompt(_) => open.asked_again = true,
            CallEvent::Failed { .. } => {
                turn.failures += 1;
                self.detail.call.failures += 1;
            }
            _ => return,
        }
        open.any = true;
        open.turn.turn = epoch.turn.0;
        open.turn.revision = epoch.revision.0;
    }

    fn turn_over(&mut self, notice: &Notice, timing: &TurnTiming) -> Option<Turn> {
        let mut turn = self.close(notice.at.since(tom_base::MediaTime::ZERO))?;
        turn.latency = latency(timing);
        turn.turn = notice.epoch.turn.0;
        turn.revision = notice.epoch.revision.0;
        self.keep(turn.clone());
        turn.said = None;
        turn.heard = None;
        Some(turn)
    }

    /// Ends the turn under way, and begins another.
    fn close(&mut self, at: Span) -> Option<Turn> {
        let Open { mut turn, keyed, asked_again, .. } = std::mem::take(&mut self.turn);
        if turn.cause.is_empty() {
            let cause = match () {
                () if keyed => "keyed",
                () if asked_again => "silence",
                () if self.detail.turns.is_empty() => "opening",
                () => "other",
            };
            turn.cause = cause.into();
        }
        turn.ended_ms = at.as_millis();
        Some(turn)
    }

    fn keep(&mut self, turn: Turn) {
        self.detail.call.turns += 1;
        if self.detail.turns.len() < MOST_TURNS {
            self.detail.turns.push(turn);
        }
    }

    /// The call is over; without a report its task broke. May take some milliseconds.
    pub(crate) fn finish(&mut self, report: Option<&CallReport>) -> Detail {
        if self.turn.any {
            let at = report.map_or(Span::ZERO, |report| report.duration);
            if let Some(turn) = self.close(at) {
                self.keep(turn);
            }
        }
        let mut detail = std::mem::take(&mut self.detail);
        let call = &mut detail.call;
        call.reason = Some(outcome(report.map_or(tom_turn::EndReason::Failure, |r| r.reason)).into());
        if let Some(report) = report {
            call.duration_ms = Some(report.duration.as_millis());
            call.turns = report.turns;
            call.interruptions = report.interruptions;
            call.false_interruptions = report.false_interruptions;
            call.failures = report.failures;
            let media = &report.media;
            call.media = Media {
                frames_in: media.frames_in,
                concealed: media.concealed,
                dropped_in: media.dropped_in,
                frames_out: media.frames_out,
                dropped_out: media.dropped_out,
                underruns: media.underruns,
            };
            call.turn_taking = TurnTaking {
                echoes: report.echoes,
                drafts: report.drafts,
                drafts_used: report.drafts_used,
                judge_asked: report.end_of_turn.asked,
                judge_in_time: report.end_of_turn.answered,
                judge_late: report.end_of_turn.late,
                judge_failed: report.end_of_turn.failed,
            };
        }
        if self.texts {
            let strict = report.is_none_or(|report| may_hold_a_number(&report.journal));
            hide(&mut detail, strict);
        }
        detail
    }
}

/// What was heard of a reply, numbers hidden: half a number no longer looks like one, so that they are
/// hidden in the whole reply first. Hiding changes no lengths.
fn heard_of(heard: &str, reply: &str) -> String {
    match mask_numbers(reply).get(..heard.len()) {
        Some(hidden) if reply.starts_with(heard) => hidden.to_owned(),
        _ => mask_digits(heard).into_owned(),
    }
}

/// Hides numbers in all that was said; `strict`: every digit, since a number may have been said in pieces.
fn hide(detail: &mut Detail, strict: bool) {
    let hidden = |text: &mut String| {
        let shown = if strict { mask_digits(text) } else { mask_numbers(text) };
        *text = shown.into_owned();
    };
    for turn in &mut detail.turns {
        turn.said.iter_mut().chain(&mut turn.heard).for_each(hidden);
    }
    for action in &mut detail.actions {
        action.data.iter_mut().flatten().for_each(|(_, value)| hidden(value));
    }
}

pub(crate) fn latency(timing: &TurnTiming) -> Latency {
    let ms = |span: Option<Span>| span.map(Span::as_millis);
    Latency {
        end_of_turn_ms: ms(timing.endpoint),
        stt_ms: ms(timing.stt),
        llm_ms: ms(timing.brain),
        tts_ms: ms(timing.tts),
        voice_to_voice_ms: ms(timing.voice_to_voice),
        barge_in_ms: ms(timing.barge_in),
    }
}

#[cfg(test)]
mod tests;
