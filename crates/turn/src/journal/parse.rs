//! What input is a line of a journal?

use std::str::FromStr;

use tom_base::{Key, MediaTime, Rate, Span};

use super::write::{reason_word, stage_word};
use super::{GAP, JournalError, Kept, MAGIC, Problem};
use crate::{EndReason, Expect, Hold, Input, Onset, Probability, Stage, Then, TurnConfig, quote::unquote};

const STAGES: [Stage; 3] = [Stage::Stt, Stage::Llm, Stage::Tts];
const REASONS: [EndReason; 8] = [
    EndReason::Caller,
    EndReason::Agent,
    EndReason::Transferred,
    EndReason::Silence,
    EndReason::TooLong,
    EndReason::Unanswered,
    EndReason::Drain,
    EndReason::Failure,
];

/// Reads one line of inputs, as [`write`](super::write) wrote it.
///
/// # Errors
/// When it is none; the error's line is 1.
pub fn parse(line: &str) -> Result<(MediaTime, Input), JournalError> {
    input_line(line).map_err(|problem| JournalError { line: 1, problem })
}

/// Reads a whole journal. Empty lines are skipped.
///
/// # Errors
/// With the first line that is wrong. A gap is none: see [`Kept::gap`].
pub fn read(text: &str) -> Result<Kept, JournalError> {
    let mut lines = text.lines().enumerate().map(|(i, line)| (i + 1, line.trim_end_matches('\r')));
    let first = lines.next().map_or("", |(_, line)| line);
    let mut kept = Kept {
        config: header(first).map_err(|problem| JournalError { line: 1, problem })?,
        facts: Vec::new(),
        inputs: Vec::new(),
        gap: None,
    };
    let mut last = MediaTime::ZERO;
    for (number, line) in lines {
        let fail = |problem| JournalError { line: number, problem };
        if line.is_empty() {
            continue;
        }
        if line == GAP {
            kept.gap.get_or_insert(number);
        } else if let Some(fact) = line.strip_prefix("fact ") {
            let fact =
                fact.split_once(' ').and_then(|(name, value)| Some((name.to_owned(), unquote(value)?)));
            kept.facts
                .push(fact.ok_or_else(|| fail(Problem::Missing("a name and a text in quotation marks")))?);
        } else {
            let (now, input) = input_line(line).map_err(fail)?;
            if now < last {
                return Err(fail(Problem::Backwards));
            }
            last = now;
            kept.inputs.push((now, input));
        }
    }
    Ok(kept)
}

fn header(line: &str) -> Result<TurnConfig, Problem> {
    let knobs = line.strip_prefix(MAGIC).ok_or(Problem::NoJournal)?;
    if !knobs.is_empty() && !knobs.starts_with(' ') {
        return Err(Problem::NoJournal);
    }
    let mut config = TurnConfig::default();
    for pair in knobs.split_ascii_whitespace() {
        let wrong = || Problem::Knob(pair.to_owned());
        let (name, value) = pair.split_once('=').ok_or_else(wrong)?;
        if name == "lang" {
            config.lang = value.parse().map_err(|_| wrong())?;
        } else {
            let knob = TurnConfig::knob(name).ok_or_else(wrong)?;
            (knob.set)(&mut config, value.parse().map_err(|_| wrong())?);
        }
    }
    Ok(config)
}

/// The words of a line that are still to be read.
struct Words<'t>(&'t str);

impl<'t> Words<'t> {
    fn next(&mut self) -> &'t str {
        let (word, rest) = self.0.split_once(' ').unwrap_or((self.0, ""));
        self.0 = rest;
        word
    }

    fn read<T: FromStr>(&mut self, what: &'static str) -> Result<T, Problem> {
        self.next().parse().map_err(|_| Problem::Missing(what))
    }

    fn span(&mut self) -> Result<Span, Problem> {
        Ok(Span::from_samples(self.read("a time in 48 kHz samples")?, Rate::Hz48000))
    }

    fn probability(&mut self) -> Result<Probability, Problem> {
        const WHAT: &str = "a probability in thousandths";
        match self.read(WHAT)? {
            p @ 0..=1_000 => Ok(Probability::from_millis(p)),
            _ => Err(Problem::Missing(WHAT)),
        }
    }

    fn text<T: From<String>>(&mut self) -> Result<T, Problem> {
        let text = unquote(std::mem::take(&mut self.0));
        text.map(T::from).ok_or(Problem::Missing("a text in quotation marks"))
    }

    fn one_of<T: Copy>(
        &mut self,
        all: &[T],
        name: fn(T) -> &'static str,
        what: &'static str,
    ) -> Result<T, Problem> {
        let word = self.next();
        all.iter().copied().find(|t| name(*t) == word).ok_or(Problem::Missing(what))
    }
}

fn input_line(line: &str) -> Result<(MediaTime, Input), Problem> {
    let mut words = Words(line);
    let now = words.next().parse().map_err(|_| Problem::Time)?;
    let input = input(&mut words)?;
    if words.0.is_empty() { Ok((MediaTime::from_ticks(now), input)) } else { Err(Problem::TooMuch) }
}

fn input(words: &mut Words<'_>) -> Result<Input, Problem> {
    const EPOCH: &str = "an epoch such as 3.0";
    let word = words.next();
    Ok(match word {
        "ringing" => Input::Ringing,
        "answered" => Input::Answered,
        "speech" => Input::SpeechStart(match words.next() {
            "clear" => Onset::Clear,
            "weak" => Onset::Weak,
            _ => return Err(Problem::Missing("`clear` or `weak`")),
        }),
        "hiss" => Input::Hiss,
        "echo" => Input::Echo,
        "silence" => Input::SpeechEnd,
        "partial" => Input::Partial { epoch: words.read(EPOCH)?, text: words.text()? },
        "final" => {
            let epoch = words.read(EPOCH)?;
            let confidence = words.probability()?;
            Input::Final { epoch, text: words.text()?, confidence }
        }
        "over" => Input::EndOfTurn { epoch: words.read(EPOCH)?, p: words.probability()? },
        "text" => Input::ReplyText { epoch: words.read(EPOCH)?, text: words.text()? },
        "end" => Input::ReplyEnd { epoch: words.read(EPOCH)?, then: then(words)? },
        "failed" => Input::Failed {
            epoch: words.read(EPOCH)?,
            stage: words.one_of(&STAGES, stage_word, "`stt`, `llm` or `tts`")?,
        },
        "started" => Input::PlayoutStarted { epoch: words.read(EPOCH)? },
        "word" => Input::TextMark {
            epoch: words.read(EPOCH)?,
            offset: words.read("a number of bytes")?,
            at: words.span()?,
        },
        "heard" => Input::PlayoutMark { epoch: words.read(EPOCH)?, heard: words.span()? },
        "done" => Input::PlayoutDone { epoch: words.read(EPOCH)? },
        "key" => Input::Dtmf(key(words.next()).ok_or(Problem::Missing("a key"))?),
        "typed" => Input::Typed(words.text()?),
        "speed" => Input::Speed(words.read("a number from 0 to 1000")?),
        "interrupt" => Input::BargeIn,
        "tool" => Input::ToolDone { epoch: words.read(EPOCH)? },
        "connect" => Input::Connect,
        "not-connected" => Input::NotConnected,
        "hold" => Input::Hold(hold(words)?),
        "resume" => Input::Resume,
        "drain" => Input::Drain,
        "hangup" => Input::HangUp(words.one_of(&REASONS, reason_word, "the reason of the end")?),
        "timeout" => Input::Timeout,
        other => return Err(Problem::Unknown(other.to_owned())),
    })
}

fn key(word: &str) -> Option<Key> {
    let mut chars = word.chars();
    let key = Key::from_char(chars.next()?)?;
    chars.next().is_none().then_some(key)
}

fn then(words: &mut Words<'_>) -> Result<Then, Problem> {
    Ok(match words.next() {
        "hangup" => Then::HangUp,
        "transfer" => Then::Transfer,
        "tool" => Then::Tool,
        "hold" => Then::Hold(hold(words)?),
        "listen" => Then::Listen(match words.next() {
            "open" => Expect::Open,
            "yesno" => Expect::YesNo,
            "choice" => Expect::Choice,
            "rating" => Expect::Rating,
            "digits" => Expect::Digits { max: words.read("the most digits, up to 255")? },
            "spelling" => Expect::Spelling,
            "message" => Expect::Message,
            _ => return Err(Problem::Missing("what is listened for")),
        }),
        _ => return Err(Problem::Missing("`listen`, `hangup`, `transfer`, `tool` or `hold`")),
    })
}

fn hold(words: &mut Words<'_>) -> Result<Hold, Problem> {
    let longest = words.span()?;
    let key = match words.next() {
        "none" => None,
        word => Some(key(word).ok_or(Problem::Missing("a key, or `none`"))?),
    };
    let music = match words.next() {
        "music" => true,
        "silence" => false,
        _ => return Err(Problem::Missing("`music` or `silence`")),
    };
    Ok(Hold { longest, key, music })
}
