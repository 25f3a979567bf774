//! How is a line about the brain's replies read?

use tom_base::{Key, Span};
use tom_turn::{Expect, Hold, Then};

use super::lex::Line;
use super::{Health, LISTEN, Reply, To};
use crate::error::Complaint;

const TO: &str = "a quoted text, anything, keys, nothing, silence, tool, hold, failure, goodbye";
const THEN: &str = "listen, hangup, transfer, tool, hold";
const EXPECT: &str = "open, yesno, choice, digits, spelling, message";
/// From one clause to the next unless the script says otherwise.
const GAP: Span = Span::from_millis(50);

/// A reply: everything behind `reply`.
pub(super) fn reply(line: &mut Line) -> Result<Reply, Complaint> {
    let mut reply = Reply {
        to: if line.eat("to") { to(line)? } else { To::Next },
        after: if line.eat("after") { Some(line.seconds()?) } else { None },
        clauses: Vec::new(),
        then: LISTEN,
        tool: None,
        health: Health::Works,
    };
    if line.eat("fails") {
        reply.health = Health::Fails;
        return Ok(reply);
    }
    if line.eat("hangs") {
        reply.health = Health::Hangs;
        return Ok(reply);
    }
    loop {
        let gap = if line.eat("gap") {
            line.seconds()?
        } else if reply.clauses.is_empty() {
            Span::ZERO
        } else {
            GAP
        };
        match line.eat_text() {
            Some(text) if text.trim().is_empty() => {
                return Err(Complaint::new(
                    "a clause of a reply is empty",
                    "Remove it; a reply without any text is `reply then listen open`.",
                ));
            }
            Some(text) => reply.clauses.push((gap, text)),
            None => break,
        }
    }
    let followed = line.eat("then");
    if followed {
        then(line, &mut reply)?;
    } else if reply.clauses.is_empty() {
        return Err(Complaint::new(
            "this reply says nothing",
            "Write its text in double quotes, or `then` and what follows, or `fails`, or `hangs`.",
        ));
    }
    Ok(reply)
}

fn to(line: &mut Line) -> Result<To, Complaint> {
    if let Some(said) = line.eat_text() {
        return Ok(To::Said(said));
    }
    let word = line.word(TO)?;
    Ok(match word.as_str() {
        "anything" => To::Anything,
        "keys" => To::Keyed(line.text("what was keyed")?),
        "nothing" => To::Nothing,
        "silence" => To::Silence,
        "tool" => To::Tool,
        "hold" => To::Hold,
        "failure" => To::Failure,
        "goodbye" => To::Goodbye,
        other => {
            return Err(Complaint::new(
                format!("a reply cannot be to `{other}`"),
                format!("Write one of: {TO}; or leave `to` away."),
            ));
        }
    })
}

fn then(line: &mut Line, reply: &mut Reply) -> Result<(), Complaint> {
    let word = line.word(THEN)?;
    reply.then = match word.as_str() {
        "listen" => Then::Listen(expect(line)?),
        "hangup" => Then::HangUp,
        "transfer" => Then::Transfer,
        "hold" => Then::Hold(hold(line)?),
        "tool" => {
            reply.tool = if line.eat("for") { Some(line.seconds()?) } else { None };
            Then::Tool
        }
        other => {
            return Err(Complaint::new(
                format!("`{other}` cannot follow a reply"),
                format!("Write one of: {THEN}."),
            ));
        }
    };
    Ok(())
}

/// `hold for 60 until "#" silent`: everything behind `hold`.
pub(super) fn hold(line: &mut Line) -> Result<Hold, Complaint> {
    let longest = if line.eat("for") { line.seconds()? } else { Span::from_millis(60_000) };
    let key = if line.eat("until") {
        let face = line.text("a key, such as \"#\"")?;
        let mut chars = face.chars();
        let key = chars.next().and_then(Key::from_char).filter(|_| chars.next().is_none());
        Some(key.ok_or_else(|| {
            Complaint::new(format!("`{face}` is no key of a telephone"), "Use 0 to 9, *, #, A to D.")
        })?)
    } else {
        None
    };
    Ok(Hold { longest, key, music: !line.eat("silent") })
}

fn expect(line: &mut Line) -> Result<Expect, Complaint> {
    let word = line.word(EXPECT)?;
    Ok(match word.as_str() {
        "open" => Expect::Open,
        "yesno" => Expect::YesNo,
        "choice" => Expect::Choice,
        "rating" => Expect::Rating,
        "spelling" => Expect::Spelling,
        "message" => Expect::Message,
        "digits" => {
            let max = line.word("the most digits, such as 6")?;
            let max = max.parse().ok().filter(|n| (1..=40).contains(n)).ok_or_else(|| {
                Complaint::new(format!("`{max}` is no number of digits"), "Write a number from 1 to 40.")
            })?;
            Expect::Digits { max }
        }
        other => {
            return Err(Complaint::new(
                format!("the agent cannot listen for `{other}`"),
                format!("Write one of: {EXPECT}."),
            ));
        }
    })
}
