//! How does an input look as a line of a journal?

use tom_base::{MediaTime, Rate, Span};

use crate::{EndReason, Expect, Input, Onset, Stage, Then, quote::quote};

/// One input as one line, without the line's end. Texts are written as they are: hide numbers before.
#[must_use]
pub fn write(now: MediaTime, input: &Input) -> String {
    format!("{} {}", now.ticks(), words(input))
}

fn words(input: &Input) -> String {
    match input {
        Input::Ringing => "ringing".into(),
        Input::Answered => "answered".into(),
        Input::SpeechStart(Onset::Clear) => "speech clear".into(),
        Input::SpeechStart(Onset::Weak) => "speech weak".into(),
        Input::SpeechEnd => "silence".into(),
        Input::Partial { epoch, text } => format!("partial {epoch} {}", quote(text)),
        Input::Final { epoch, text, confidence } => {
            format!("final {epoch} {} {}", confidence.millis(), quote(text))
        }
        Input::EndOfTurn { epoch, p } => format!("over {epoch} {}", p.millis()),
        Input::ReplyText { epoch, text } => format!("text {epoch} {}", quote(text)),
        Input::ReplyEnd { epoch, then } => format!("end {epoch} {}", then_words(*then)),
        Input::Failed { epoch, stage } => format!("failed {epoch} {}", stage_word(*stage)),
        Input::PlayoutStarted { epoch } => format!("started {epoch}"),
        Input::TextMark { epoch, offset, at } => format!("word {epoch} {offset} {}", ticks(*at)),
        Input::PlayoutMark { epoch, heard } => format!("heard {epoch} {}", ticks(*heard)),
        Input::PlayoutDone { epoch } => format!("done {epoch}"),
        Input::Dtmf(key) => format!("key {key}"),
        Input::Typed(text) => format!("typed {}", quote(text)),
        Input::Speed(slowness) => format!("speed {slowness}"),
        Input::BargeIn => "interrupt".into(),
        Input::ToolDone { epoch } => format!("tool {epoch}"),
        Input::Drain => "drain".into(),
        Input::HangUp(reason) => format!("hangup {}", reason_word(*reason)),
        Input::Timeout => "timeout".into(),
    }
}

fn ticks(span: Span) -> u64 {
    span.as_samples(Rate::Hz48000)
}

pub(super) fn stage_word(stage: Stage) -> &'static str {
    match stage {
        Stage::Stt => "stt",
        Stage::Llm => "llm",
        Stage::Tts => "tts",
    }
}

pub(super) fn reason_word(reason: EndReason) -> &'static str {
    match reason {
        EndReason::Caller => "caller",
        EndReason::Agent => "agent",
        EndReason::Transferred => "transferred",
        EndReason::Silence => "silence",
        EndReason::TooLong => "too-long",
        EndReason::Unanswered => "unanswered",
        EndReason::Drain => "drain",
        EndReason::Failure => "failure",
    }
}

fn then_words(then: Then) -> String {
    match then {
        Then::HangUp => "hangup".into(),
        Then::Transfer => "transfer".into(),
        Then::Tool => "tool".into(),
        Then::Listen(expect) => match expect {
            Expect::Open => "listen open".into(),
            Expect::YesNo => "listen yesno".into(),
            Expect::Choice => "listen choice".into(),
            Expect::Rating => "listen rating".into(),
            Expect::Digits { max } => format!("listen digits {max}"),
            Expect::Spelling => "listen spelling".into(),
            Expect::Message => "listen message".into(),
        },
    }
}
