//! How is the text of a script read?

use tom_base::{Key, Lang, MediaTime, Span};
use tom_turn::EndReason;

use super::lex::{Line, millis};
use super::{Script, Step, caller, reply, settings};
use crate::error::{Complaint, SuiteError};

/// The words a line can begin with.
const BEGINNINGS: &str = "lang, turn, reply, at, until, stt, llm, tts, partials, pace, lead";
/// What can happen at a time.
const ACTIONS: &str = "ring, answer, caller, key, keys, interrupt, tool, hold, resume, drain, hangup, line, stt, llm, tts, \
                       partials, pace, lead";

impl Script {
    /// Reads a script. `file` and `first_line` (the number of the text's first line in it) are for the
    /// messages only.
    ///
    /// # Errors
    /// The first line that is not understood, or that cannot happen.
    pub fn parse(text: &str, file: &str, first_line: usize) -> Result<Self, SuiteError> {
        let mut parser = Parser::default();
        for (i, line) in text.lines().enumerate() {
            parser.line(line).map_err(|c| c.at(file, first_line + i))?;
        }
        if parser.script.steps.iter().all(|(_, step)| matches!(step, Step::Set(_))) {
            let nothing = Complaint::new(
                "nothing happens in this call",
                "Say at least when it is answered, such as `at 0 answer`.",
            );
            return Err(nothing.at(file, first_line));
        }
        Ok(parser.script)
    }
}

struct Parser {
    script: Script,
    /// The time of the latest step.
    now: MediaTime,
    /// When the caller is silent again.
    quiet: MediaTime,
}

impl Default for Parser {
    fn default() -> Self {
        Self {
            script: Script {
                lang: Lang::EN,
                turn: Vec::new(),
                replies: Vec::new(),
                steps: Vec::new(),
                until: None,
            },
            now: MediaTime::ZERO,
            quiet: MediaTime::ZERO,
        }
    }
}

impl Parser {
    fn line(&mut self, line: &str) -> Result<(), Complaint> {
        let mut line = Line::lex(line)?;
        if line.is_empty() {
            return Ok(());
        }
        let first = line.word(BEGINNINGS)?;
        match first.as_str() {
            "lang" => {
                let tag = line.word("en, de")?;
                self.script.lang = tag.parse().map_err(|error| {
                    Complaint::new(format!("`{tag}` is no language: {error}"), "Write en or de.")
                })?;
            }
            "turn" => self.script.turn.push(settings::turn(&mut line)?),
            "reply" => self.script.replies.push(reply::reply(&mut line)?),
            "until" => self.script.until = Some(MediaTime::ZERO + line.seconds()?),
            "at" => {
                let at = self.time(&mut line)?;
                let step = self.action(at, &mut line)?;
                self.now = at;
                self.script.steps.push((at, step));
            }
            other => match settings::setting(other, &mut line)? {
                Some(_) if self.now > MediaTime::ZERO => {
                    return Err(Complaint::new(
                        format!("`{other}` without a time stands after things that happen later"),
                        "Move it to the top of the script, or write `at` and a time before it.",
                    ));
                }
                Some(setting) => self.script.steps.push((MediaTime::ZERO, Step::Set(setting))),
                None => {
                    return Err(Complaint::new(
                        format!("a line cannot begin with `{other}`"),
                        format!("Begin it with one of: {BEGINNINGS}."),
                    ));
                }
            },
        }
        line.end()
    }

    /// `1.2`: from the beginning of the call; `+0.5`: from the step before.
    fn time(&self, line: &mut Line) -> Result<MediaTime, Complaint> {
        let word = line.word("a time in seconds, such as 1.2 or +0.5")?;
        let (base, number) = match word.strip_prefix('+') {
            Some(number) => (self.now, number),
            None => (MediaTime::ZERO, word.as_str()),
        };
        let after = millis(number).ok_or_else(|| {
            Complaint::new(
                format!("`{word}` is no time"),
                "Write seconds since the call began, such as 1.2, or since the step before, such as +0.5.",
            )
        })?;
        let at = base + Span::from_millis(after);
        if at < self.now {
            return Err(Complaint::new(
                format!("{at} lies before the step above it, at {}", self.now),
                "Put the lines in the order in which things happen.",
            ));
        }
        Ok(at)
    }

    fn action(&mut self, at: MediaTime, line: &mut Line) -> Result<Step, Complaint> {
        let word = line.word(ACTIONS)?;
        Ok(match word.as_str() {
            "ring" => Step::Ring,
            "answer" => Step::Answer,
            "caller" => {
                let step = caller::caller(line)?;
                if let Step::Speech(speech) = &step {
                    if at < self.quiet {
                        return Err(Complaint::new(
                            format!("the caller is still speaking until {}", self.quiet),
                            "Let the second speech begin later, or make one speech with a `pause` of both.",
                        ));
                    }
                    self.quiet = at + speech.length();
                }
                step
            }
            "key" | "keys" => keys(line)?,
            "interrupt" => Step::Interrupt,
            "tool" if line.eat("done") => Step::ToolDone,
            "hold" => Step::Hold(reply::hold(line)?),
            "resume" => Step::Resume,
            "drain" => Step::Drain,
            "hangup" if line.eat("failure") => Step::HangUp(EndReason::Failure),
            "hangup" => Step::HangUp(EndReason::Caller),
            "line" if line.eat("drops") && line.eat("for") => Step::LineDrops(line.seconds()?),
            other => match settings::setting(other, line)? {
                Some(setting) => Step::Set(setting),
                None => {
                    return Err(Complaint::new(
                        format!("`{other}` is nothing that can happen at a time"),
                        format!("Write one of: {ACTIONS} (`tool done`, `line drops for 0.5`)."),
                    ));
                }
            },
        })
    }
}

fn keys(line: &mut Line) -> Result<Step, Complaint> {
    let word = match line.eat_text() {
        Some(text) => text,
        None => line.word("keys, such as 5 or 123# or \"#\"")?,
    };
    let keys = word
        .chars()
        .map(|c| {
            Key::from_char(c).ok_or_else(|| {
                Complaint::new(format!("`{c}` is no key of a telephone"), "Use 0 to 9, *, #, A to D.")
            })
        })
        .collect::<Result<Vec<_>, _>>()?;
    let every = if line.eat("every") { line.seconds()? } else { Span::from_millis(250) };
    Ok(Step::Keys { keys, every })
}
