//! How does an input look as a line of a journal?

use std::fmt::Write as _;

use tom_base::{MediaTime, Rate, Span};

use crate::{EndReason, Expect, Hold, Input, Onset, Stage, Then, quote::quote};

/// One input as one line, without the line's end. Texts are written as they are: hide numbers before.
#[must_use]
pub fn write(now: MediaTime, input: &Input) -> String {
    let mut out = String::new();
    append(&mut out, now, input);
    out
}

/// The same at the end of a text, which has room for it most of the time.
pub(super) fn append(out: &mut String, now: MediaTime, input: &Input) {
    // A string takes everything.
    let _ = write!(out, "{} ", now.ticks()).and_then(|()| words(out, input));
}

fn words(out: &mut String, input: &Input) -> std::fmt::Result {
    match input {
        Input::Ringing => out.write_str("ringing"),
        Input::Answered => out.write_str("answered"),
        Input::SpeechStart(Onset::Clear) => out.write_str("speech clear"),
        Input::SpeechStart(Onset::Weak) => out.write_str("speech weak"),
        Input::Hiss => out.write_str("hiss"),
        Input::Echo => out.write_str("echo"),
        Input::SpeechEnd => out.write_str("silence"),
        Input::Partial { epoch, text } => write!(out, "partial {epoch} {}", quote(text)),
        Input::Final { epoch, text, confidence } => {
            write!(out, "final {epoch} {} {}", confidence.millis(), quote(text))
        }
        Input::EndOfTurn { epoch, p } => write!(out, "over {epoch} {}", p.millis()),
        Input::ReplyText { epoch, text } => write!(out, "text {epoch} {}", quote(text)),
        Input::ReplyEnd { epoch, then } => {
            write!(out, "end {epoch} ")?;
            then_words(out, *then)
        }
        Input::Failed { epoch, stage } => write!(out, "failed {epoch} {}", stage_word(*stage)),
        Input::PlayoutStarted { epoch } => write!(out, "started {epoch}"),
        Input::TextMark { epoch, offset, at } => write!(out, "word {epoch} {offset} {}", ticks(*at)),
        Input::PlayoutMark { epoch, heard } => write!(out, "heard {epoch} {}", ticks(*heard)),
        Input::PlayoutDone { epoch } => write!(out, "done {epoch}"),
        Input::Dtmf(key) => write!(out, "key {key}"),
        Input::Typed(text) => write!(out, "typed {}", quote(text)),
        Input::Speed(slowness) => write!(out, "speed {slowness}"),
        Input::BargeIn => out.write_str("interrupt"),
        Input::ToolDone { epoch } => write!(out, "tool {epoch}"),
        Input::Connect => out.write_str("connect"),
        Input::NotConnected => out.write_str("not-connected"),
        Input::Hold(hold) => {
            out.write_str("hold ")?;
            hold_words(out, *hold)
        }
        Input::Resume => out.write_str("resume"),
        Input::Drain => out.write_str("drain"),
        Input::HangUp(reason) => write!(out, "hangup {}", reason_word(*reason)),
        Input::Timeout => out.write_str("timeout"),
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

fn then_words(out: &mut String, then: Then) -> std::fmt::Result {
    out.write_str(match then {
        Then::HangUp => "hangup",
        Then::Transfer => "transfer",
        Then::Tool => "tool",
        Then::Hold(hold) => {
            out.write_str("hold ")?;
            return hold_words(out, hold);
        }
        Then::Listen(expect) => match expect {
            Expect::Open => "listen open",
            Expect::YesNo => "listen yesno",
            Expect::Choice => "listen choice",
            Expect::Rating => "listen rating",
            Expect::Digits { max } => return write!(out, "listen digits {max}"),
            Expect::Spelling => "listen spelling",
            Expect::Message => "listen message",
        },
    })
}

/// `28800000 # music`: the longest time, the key that ends it or `none`, what is heard.
fn hold_words(out: &mut String, hold: Hold) -> std::fmt::Result {
    write!(out, "{} ", ticks(hold.longest))?;
    match hold.key {
        Some(key) => write!(out, "{key}")?,
        None => out.write_str("none")?,
    }
    out.write_str(if hold.music { " music" } else { " silence" })
}
