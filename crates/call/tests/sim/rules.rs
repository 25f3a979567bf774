//! Layer: sim. What holds for every call, whatever happens in it.

use std::collections::HashSet;

use tom_base::{Epoch, TurnId};
use tom_call::{CallReport, NoticeKind, Outbound};
use tom_turn::{CallEvent, Output, Turn};

use crate::log::Log;

/// Checks a call that is over. `read_all`: the transport read every message at once.
pub(crate) fn check(log: &Log, report: &CallReport, lead: u64, read_all: bool) -> Result<(), String> {
    let mut checker = Checker::default();
    for (at, message) in &log.0 {
        checker.message(*at, message, lead, read_all)?;
    }
    let Checker { frames, closed, ended, interruptions, false_interruptions, actions, .. } = &checker;
    journal(report)?;
    if !read_all {
        return Ok(()); // Not everything was delivered.
    }
    if *closed != 1 || !matches!(log.0.last(), Some((_, Outbound::Closed(_)))) {
        return Err(format!("closed {closed} times, or not as the last"));
    }
    if *ended != 1 {
        return Err(format!("{ended} ends were told"));
    }
    let media = &report.media;
    let counted = [
        ("frames", *frames, media.frames_out),
        ("interruptions", *interruptions, report.interruptions.into()),
        ("false interruptions", *false_interruptions, report.false_interruptions.into()),
        ("actions", *actions, report.actions.len() as u64),
    ];
    match counted.into_iter().find(|(_, seen, told)| seen != told) {
        Some((what, seen, told)) => Err(format!("{seen} {what} seen, {told} reported")),
        None if media.frames_in * 20 != report.duration.as_millis() => {
            Err(format!("{} frames in {} ms", media.frames_in, report.duration.as_millis()))
        }
        None => Ok(()),
    }
}

/// The journal replays to the same timeline, and what went into the turn core made it break no promise.
fn journal(report: &CallReport) -> Result<(), String> {
    let replayed = tom_turn::journal::replay(&report.journal).map_err(|e| e.to_string())?;
    if replayed != *report.timeline {
        return Err(format!("replayed otherwise:\n{replayed}\nthan held:\n{}", report.timeline));
    }
    let kept = tom_turn::journal::read(&report.journal).map_err(|e| e.to_string())?;
    let mut promises = tom_turn::check::Checker::new(kept.config.clone());
    let mut turn = Turn::new(kept.config);
    for (now, input) in kept.inputs {
        promises.input(now, &input);
        turn.handle(now, input);
        loop {
            let output = turn.poll();
            promises.output(now, &output);
            if matches!(output, Output::Wait(_)) {
                break;
            }
        }
    }
    let broken = promises.problems();
    if broken.is_empty() { Ok(()) } else { Err(format!("{broken:?}\n{}", report.timeline)) }
}

#[derive(Default)]
struct Checker {
    seq: u64,
    frames: u64,
    closed: u32,
    ended: u32,
    interruptions: u64,
    false_interruptions: u64,
    actions: u64,
    /// Until when the far end plays what it has.
    plays_until: u64,
    last_frame: Option<Epoch>,
    cleared: Option<Epoch>,
    over: Option<TurnId>,
    /// The turn whose end was told, and whose latencies were not.
    ending: Option<TurnId>,
    speech_complete: HashSet<Epoch>,
    /// The caller waits: what is sent is music.
    away: bool,
    marks: u32,
}

impl Checker {
    fn message(&mut self, at: u64, message: &Outbound, lead: u64, read_all: bool) -> Result<(), String> {
        if self.closed > 0 {
            return Err(format!("{at}: something follows the end"));
        }
        match message {
            Outbound::Frame { epoch, .. } => {
                self.frames += 1;
                if !self.away && self.cleared.is_some_and(|cleared| *epoch <= cleared) {
                    return Err(format!("{at}: audio of {epoch} after it was cleared"));
                }
                if !self.away && self.speech_complete.contains(epoch) {
                    return Err(format!("{at}: audio of {epoch} after all of it"));
                }
                if !self.away {
                    self.last_frame = self.last_frame.max(Some(*epoch));
                }
                self.plays_until = self.plays_until.max(at) + 20;
                if read_all && self.plays_until - at > lead {
                    return Err(format!("{at}: {} ms ahead of the far end", self.plays_until - at));
                }
            }
            Outbound::Mark(n) => {
                self.marks += 1;
                if *n != self.marks {
                    return Err(format!("{at}: mark {n} is number {}", self.marks));
                }
            }
            Outbound::Clear => {
                self.cleared = self.cleared.max(self.last_frame);
                self.plays_until = at;
            }
            Outbound::Closed(_) => self.closed += 1,
            Outbound::Notice(notice) => {
                self.seq += 1;
                if notice.seq != self.seq {
                    return Err(format!("{at}: notice {} where {} is due", notice.seq, self.seq));
                }
                self.notice(at, notice.epoch, &notice.kind)?;
            }
        }
        Ok(())
    }

    fn notice(&mut self, at: u64, epoch: Epoch, kind: &NoticeKind) -> Result<(), String> {
        if self.over.is_some_and(|over| epoch.turn <= over) {
            return Err(format!("{at}: {kind:?} of turn {} after its last notice", epoch.turn.0));
        }
        match kind {
            NoticeKind::TurnTiming(_) => {
                if self.ending.take() != Some(epoch.turn) {
                    return Err(format!("{at}: latencies of turn {} without its end", epoch.turn.0));
                }
                self.over = Some(epoch.turn);
            }
            NoticeKind::Call(CallEvent::TurnEnd { .. }) => {
                if let Some(before) = self.ending.replace(epoch.turn) {
                    return Err(format!("{at}: turn {} ends without latencies", before.0));
                }
            }
            NoticeKind::SpeechComplete { .. } if !self.speech_complete.insert(epoch) => {
                return Err(format!("{at}: the speech of {epoch} is complete twice"));
            }
            NoticeKind::Call(CallEvent::Interrupted { .. }) => self.interruptions += 1,
            NoticeKind::Call(CallEvent::FalseInterruption { .. }) => self.false_interruptions += 1,
            NoticeKind::Call(CallEvent::Ended(_)) => self.ended += 1,
            NoticeKind::Action(_) => self.actions += 1,
            NoticeKind::Held(now) | NoticeKind::Connecting(now) => self.away = *now,
            _ => {}
        }
        Ok(())
    }
}
