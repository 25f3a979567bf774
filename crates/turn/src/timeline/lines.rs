//! What does each input and output say to a person?

use tom_base::Span;

use crate::{
    Back, CallEvent, Cause, EndReason, Input, Onset, Output, Phrase, Stage, Why, hide::Hide, quote::quote,
};

type Line = (&'static str, String);

/// The line of an input, if it is one.
pub(super) fn input(input: &Input) -> Option<Line> {
    Some(match input {
        Input::Ringing => ("call", "rings".into()),
        Input::Answered => ("call", "answered".into()),
        Input::SpeechStart(Onset::Clear) => ("caller", "speech".into()),
        Input::SpeechStart(Onset::Weak) => ("caller", "faint speech".into()),
        Input::Hiss => ("caller", "a hiss".into()),
        Input::Echo => ("caller", "it was an echo".into()),
        Input::SpeechEnd => ("caller", "silence".into()),
        Input::EndOfTurn { p, .. } => ("caller", format!("{} % done", p.millis() / 10)),
        Input::BargeIn => ("caller", "wants the agent to stop".into()),
        Input::ToolDone { .. } => ("agent", "tool done".into()),
        Input::Connect => ("call", "is to go to a person".into()),
        Input::NotConnected => ("agent", "nobody takes the call".into()),
        Input::Hold(_) => ("call", "is to be on hold".into()),
        Input::Resume => ("call", "is to be off hold".into()),
        Input::Drain => ("call", "the server stops".into()),
        _ => return None,
    })
}

/// The line of an output, if it is one.
pub(super) fn output(output: &Output, hide: &Hide) -> Option<Line> {
    Some(match output {
        Output::Forget { .. } => ("caller", "said nothing that counts".into()),
        Output::Generate { cause, .. } => ("agent", thinks(cause, hide)),
        Output::Say { phrase, .. } => ("agent", format!("says {}", phrase_name(*phrase))),
        Output::Cancel { .. } => ("agent", "drops the reply".into()),
        Output::Transfer => ("agent", "hands over to a person".into()),
        Output::Hold(hold) => ("agent", format!("keeps the caller on hold for {} at most", hold.longest)),
        Output::Event(event) => return event_line(event, hide),
        _ => return None,
    })
}

fn thinks(cause: &Cause, hide: &Hide) -> String {
    match cause {
        Cause::Opening => "greets".into(),
        Cause::Said { .. } => "thinks".into(),
        Cause::Keyed(keys) => format!("thinks about the keys {}", hide.keyed(keys)),
        Cause::Silence(n) => format!("asks again ({n})"),
        Cause::Tool => "goes on with the tool's result".into(),
        Cause::NotConnected => "goes on without the person".into(),
        Cause::HoldOver(Back::Resumed) => "takes the caller off hold".into(),
        Cause::HoldOver(Back::Keyed) => "takes the caller off hold for a key".into(),
        Cause::HoldOver(Back::TimedOut) => "has kept the caller on hold for too long".into(),
        Cause::Failed(stage) => format!("makes up for lost {}", stage_name(*stage)),
        Cause::Goodbye(why) => format!("says goodbye: {}", why_name(*why)),
    }
}

/// The caller took the floor; `heard` as it is to be shown.
pub(super) fn interrupted(heard: &str, after: Span) -> Line {
    ("agent", format!("interrupted after {after}, heard {}", quote(heard)))
}

/// A reply ended before its end; `heard` as it is to be shown.
pub(super) fn not_done(heard: &str) -> Line {
    ("agent", format!("not done, heard {}", quote(heard)))
}

fn event_line(event: &CallEvent, hide: &Hide) -> Option<Line> {
    let text = |text: &str| quote(&hide.text(text));
    Some(match event {
        CallEvent::Partial { text: t, .. } => ("caller", format!("heard so far {}", text(t))),
        CallEvent::Final { text: t, confidence, .. } => {
            ("caller", format!("heard {} ({} %)", text(t), confidence.millis() / 10))
        }
        CallEvent::Committed { text: t, wait, .. } => ("caller", format!("said {} (waited {wait})", text(t))),
        CallEvent::Reply { text: t, .. } => ("agent", text(t)),
        CallEvent::Speaking { .. } => ("agent", "speaks".into()),
        CallEvent::Paused { ducked: false, .. } => ("agent", "paused".into()),
        CallEvent::Paused { ducked: true, .. } => ("agent", "speaks low".into()),
        CallEvent::FalseInterruption { paused, backchannel, .. } => {
            let what = if *backchannel { "a listener's word" } else { "nothing" };
            ("agent", format!("goes on after {paused}: it was {what}"))
        }
        CallEvent::Interrupted { heard, after, .. } => interrupted(&hide.text(heard), *after),
        CallEvent::TurnEnd { complete: true, .. } => ("agent", "done".into()),
        CallEvent::TurnEnd { heard, .. } => not_done(&hide.text(heard)),
        CallEvent::Failed { stage, .. } => ("call", format!("{} failed", stage_name(*stage))),
        CallEvent::Ended(reason) => ("call", format!("over: {}", reason_name(*reason))),
        CallEvent::State(_) | CallEvent::Floor(_) | CallEvent::Dtmf(_) | CallEvent::Reprompt(_) => {
            return None;
        }
    })
}

fn stage_name(stage: Stage) -> &'static str {
    match stage {
        Stage::Stt => "recognition",
        Stage::Llm => "thinking",
        Stage::Tts => "the voice",
    }
}

fn why_name(why: Why) -> &'static str {
    match why {
        Why::Silence => "nobody is there",
        Why::TooLong => "the call has lasted too long",
        Why::Drain => "the server stops",
    }
}

fn phrase_name(phrase: Phrase) -> &'static str {
    match phrase {
        Phrase::Apology => "sorry",
        Phrase::Failure => "that it cannot go on, and goodbye",
        Phrase::Drain => "goodbye: the server stops",
        Phrase::Silence => "goodbye: nobody is there",
        Phrase::TooLong => "goodbye: the call has lasted too long",
    }
}

fn reason_name(reason: EndReason) -> &'static str {
    match reason {
        EndReason::Caller => "the caller hung up",
        EndReason::Agent => "the agent hung up",
        EndReason::Transferred => "handed over",
        EndReason::Silence => "the caller was silent",
        EndReason::TooLong => "it lasted too long",
        EndReason::Unanswered => "nobody answered",
        EndReason::Drain => "the server stops",
        EndReason::Failure => "it could not go on",
    }
}
