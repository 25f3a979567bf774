//! Which numbers does what happens in a call move?

use tom_audio::pickup::Picker;
use tom_base::Span;
use tom_call::{Action, CallReport, NoticeKind, TurnTiming};
use tom_turn::{CallEvent, EndReason, Stage};

use crate::metrics::{Metrics, registry as m};
use crate::switchboard::Transport;

/// The word of the wire and of metrics for why a call ended.
pub(crate) const fn outcome(reason: EndReason) -> &'static str {
    match reason {
        EndReason::Caller => "caller",
        EndReason::Agent => "agent",
        EndReason::Transferred => "transferred",
        EndReason::Silence => "silence",
        EndReason::TooLong => "too_long",
        EndReason::Unanswered => "unanswered",
        EndReason::Drain => "drain",
        EndReason::Failure => "failure",
    }
}

pub(crate) const fn stage(stage: Stage) -> &'static str {
    match stage {
        Stage::Stt => "stt",
        Stage::Llm => "llm",
        Stage::Tts => "tts",
    }
}

/// Who picked up, where a call tells that.
pub(crate) fn picker(action: &Action) -> Option<Picker> {
    let by = action.kind.strip_prefix("picked_up_by_")?;
    [Picker::Human, Picker::Machine, Picker::Unknown].into_iter().find(|picker| picker.as_str() == by)
}

impl Metrics {
    /// Something happened in a call.
    pub(crate) fn notice(&self, kind: &NoticeKind, transport: Transport) {
        match kind {
            NoticeKind::TurnTiming(timing) => self.timing(timing, transport),
            NoticeKind::Call(CallEvent::Interrupted { .. }) => self.count(&m::BARGE_IN_COUNT, &["true"]),
            NoticeKind::Call(CallEvent::FalseInterruption { backchannel, .. }) => {
                let kind = if *backchannel { "backchannel" } else { "false" };
                self.count(&m::BARGE_IN_COUNT, &[kind]);
            }
            NoticeKind::Call(CallEvent::Failed { stage: failed, .. }) => {
                self.count(&m::ERRORS, &[stage(*failed)]);
                self.count(&m::ERRORS_ALIAS, &[stage(*failed)]);
            }
            NoticeKind::Action(action) => {
                if let Some(by) = picker(action) {
                    self.count(&m::PICKED_UP, &[by.as_str()]);
                }
            }
            NoticeKind::Held(true) => self.count(&m::HOLDS, &[]),
            _ => {}
        }
    }

    /// A call is over.
    pub(crate) fn report(&self, report: &CallReport) {
        self.count(&m::CALLS, &[outcome(report.reason)]);
        if report.reason == EndReason::Failure {
            self.count(&m::CALLS_FAILED, &[]);
        }
        self.observe(&m::CALL_DURATION, &[], seconds(report.duration));
        self.counter(&m::ECHOES, &[]).increment(report.echoes.into());
        let judged = &report.end_of_turn;
        let none = judged.asked.saturating_sub(judged.answered + judged.late);
        for (opinion, count) in [("in_time", judged.answered), ("late", judged.late), ("none", none)] {
            self.counter(&m::JUDGED, &[opinion]).increment(count.into());
        }
        self.counter(&m::DRAFTS, &["used"]).increment(report.drafts_used.into());
        let dropped = report.drafts.saturating_sub(report.drafts_used);
        self.counter(&m::DRAFTS, &["dropped"]).increment(dropped.into());
        self.counter(&m::UNDERRUNS, &[]).increment(report.media.underruns);
        let lost = report.media.dropped_out + report.media.dropped_in / tom_call::FRAME_SAMPLES as u64;
        self.counter(&m::FRAMES_DROPPED, &[]).increment(lost);
        self.counter(&m::BACKPRESSURE_DROPS, &[]).increment(report.media.dropped_out);
    }

    fn timing(&self, timing: &TurnTiming, transport: Transport) {
        if let Some(took) = timing.voice_to_voice {
            self.observe(&m::E2E, &[transport.as_str(), "local"], seconds(took));
        }
        if let Some(took) = timing.endpoint {
            self.observe(&m::END_OF_TURN, &[], seconds(took));
        }
        let stages = [
            (timing.stt, &m::STT_DELAY, &m::STT_ALIAS, "stt"),
            (timing.brain, &m::LLM_TTFT, &m::LLM_ALIAS, "llm"),
            (timing.tts, &m::TTS_TTFB, &m::TTS_ALIAS, "tts"),
        ];
        for (took, metric, alias, stage) in stages {
            if let Some(took) = took {
                self.observe(metric, &[], seconds(took));
                self.observe(alias, &[], seconds(took));
                self.observe(&m::STAGE_MS_ALIAS, &[stage], seconds(took) * 1000.0);
            }
        }
        if let (Some(brain), Some(tts)) = (timing.brain, timing.tts) {
            self.observe(&m::E2E_MS_ALIAS, &[], seconds(brain + tts) * 1000.0);
        }
        if let Some(took) = timing.barge_in {
            self.observe(&m::BARGE_IN_STOP, &[], seconds(took));
            self.observe(&m::BARGE_IN_ALIAS, &[], seconds(took));
        }
    }
}

fn seconds(span: Span) -> f64 {
    span.as_millis() as f64 / 1000.0
}
