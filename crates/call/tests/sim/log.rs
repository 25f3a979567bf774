//! Layer: sim. What came out of a call, with its moments.

use tom_base::Epoch;
use tom_call::{NoticeKind, Outbound, TurnTiming};
use tom_turn::CallEvent;

/// Everything the transport got, with its time in milliseconds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Log(pub(crate) Vec<(u64, Outbound)>);

impl Log {
    /// One line for each message; frames in a row are one line.
    pub(crate) fn text(&self) -> String {
        let mut lines: Vec<String> = Vec::new();
        let mut frames = 0;
        for (at, message) in &self.0 {
            if matches!(message, Outbound::Frame { .. }) {
                frames += 1;
                continue;
            }
            if std::mem::take(&mut frames) > 0 {
                lines.push(format!("{at:>7} audio"));
            }
            lines.push(format!("{at:>7} {}", words(message)));
        }
        lines.join("\n")
    }

    /// When the first message came whose line has this in it, from a moment on.
    pub(crate) fn at(&self, from: u64, what: &str) -> Option<u64> {
        self.0.iter().find(|(at, m)| *at >= from && words(m).contains(what)).map(|(at, _)| *at)
    }

    pub(crate) fn has(&self, what: &str) -> bool {
        self.at(0, what).is_some()
    }

    pub(crate) fn count(&self, what: &str) -> usize {
        self.0.iter().filter(|(_, m)| words(m).contains(what)).count()
    }

    /// These came, in this order.
    pub(crate) fn assert_order(&self, whats: &[&str]) {
        let mut rest = self.0.iter();
        for what in whats {
            assert!(
                rest.any(|(_, m)| words(m).contains(what)),
                "{what:?} does not come where it should in\n{}",
                self.text()
            );
        }
    }

    /// The frames of a reply, with their moments.
    pub(crate) fn frames(&self, of: Epoch) -> Vec<(u64, [i16; 320])> {
        self.0
            .iter()
            .filter_map(|(at, m)| match m {
                Outbound::Frame { epoch, pcm } if *epoch == of => Some((*at, **pcm)),
                _ => None,
            })
            .collect()
    }

    /// All frames, whatever the reply.
    pub(crate) fn all_frames(&self) -> Vec<(u64, Epoch)> {
        self.0
            .iter()
            .filter_map(|(at, m)| match m {
                Outbound::Frame { epoch, .. } => Some((*at, *epoch)),
                _ => None,
            })
            .collect()
    }

    /// The audio of a reply, as it was sent.
    pub(crate) fn audio(&self, of: Epoch) -> Vec<i16> {
        self.frames(of).iter().flat_map(|(_, pcm)| *pcm).collect()
    }

    /// The latencies of a turn.
    pub(crate) fn timing(&self, turn: u32) -> TurnTiming {
        let timing = self.0.iter().find_map(|(_, m)| match m {
            Outbound::Notice(notice) if notice.epoch.turn.0 == turn => match notice.kind {
                NoticeKind::TurnTiming(timing) => Some(timing),
                _ => None,
            },
            _ => None,
        });
        timing.unwrap_or_else(|| panic!("turn {turn} has no latencies in\n{}", self.text()))
    }
}

/// A message in a few words.
pub(crate) fn words(message: &Outbound) -> String {
    let notice = match message {
        Outbound::Frame { epoch, .. } => return format!("frame {epoch}"),
        Outbound::Mark(n) => return format!("mark {n}"),
        Outbound::Clear => return "clear".into(),
        Outbound::Closed(why) => return format!("closed {why:?}"),
        Outbound::Notice(notice) => notice,
    };
    let what = match &notice.kind {
        NoticeKind::Call(event) => event_words(event),
        NoticeKind::ReplyComplete => "text complete".into(),
        NoticeKind::SpeechComplete { frames } => format!("speech complete {frames}"),
        NoticeKind::TurnTiming(_) => "timing".into(),
        NoticeKind::Action(action) => format!("action {}", action.kind),
        NoticeKind::Connecting(now) => format!("connecting {now}"),
        NoticeKind::Held(now) => format!("held {now}"),
    };
    format!("{} {what}", notice.epoch)
}

fn event_words(event: &CallEvent) -> String {
    match event {
        CallEvent::State(state) => format!("state {state}"),
        CallEvent::Floor(floor) => format!("floor {floor:?}"),
        CallEvent::Partial { text, .. } => format!("partial {text:?}"),
        CallEvent::Final { text, .. } => format!("final {text:?}"),
        CallEvent::Committed { text, .. } => format!("committed {text:?}"),
        CallEvent::Reply { text, .. } => format!("reply {text:?}"),
        CallEvent::Speaking { .. } => "speaking".into(),
        CallEvent::Paused { ducked, .. } => if *ducked { "ducked" } else { "paused" }.into(),
        CallEvent::FalseInterruption { backchannel: true, .. } => "resumed after a listener's word".into(),
        CallEvent::FalseInterruption { .. } => "resumed".into(),
        CallEvent::Interrupted { heard, .. } => format!("interrupted {heard:?}"),
        CallEvent::TurnEnd { heard, complete, .. } => {
            format!("turn end {heard:?} {}", if *complete { "all" } else { "part" })
        }
        CallEvent::Dtmf(key) => format!("key {key}"),
        CallEvent::Reprompt(n) => format!("reprompt {n}"),
        CallEvent::Failed { stage, .. } => format!("failed {stage:?}"),
        CallEvent::Ended(why) => format!("ended {why:?}"),
    }
}
