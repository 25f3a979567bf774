//! What does the scripted brain reply?

use std::fmt;

use tom_base::{Epoch, MediaTime};
use tom_turn::{Cause, Input, Stage, Then};

use super::ears::Results;
use super::settings::Settings;
use crate::script::{Health, Reply, To};

/// The brain of a call: it works through the script's replies.
#[derive(Debug)]
pub(crate) struct Brain<'s> {
    replies: &'s [Reply],
    used: Vec<bool>,
    /// The reply that is wanted.
    wanted: Option<Epoch>,
    /// The last reply that was given, and which of the script's it is.
    last: Option<(Epoch, usize)>,
    /// The latest reply that started a tool.
    tool: Option<Epoch>,
}

/// The script has no reply to this.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NoReply(pub(crate) String);

impl<'s> Brain<'s> {
    pub(crate) fn new(replies: &'s [Reply]) -> Self {
        Self { replies, used: vec![false; replies.len()], wanted: None, last: None, tool: None }
    }

    /// Whether a piece of that reply is still wanted.
    pub(crate) fn wants(&self, epoch: Epoch) -> bool {
        self.wanted == Some(epoch)
    }

    pub(crate) fn cancel(&mut self, epoch: Epoch) {
        self.wanted = self.wanted.filter(|wanted| *wanted != epoch);
    }

    /// The epoch of the tool that is done now.
    pub(crate) fn tool_done(&self) -> Epoch {
        self.tool.or(self.last.map(|(epoch, _)| epoch)).unwrap_or_default()
    }

    pub(crate) fn generate(
        &mut self,
        epoch: Epoch,
        cause: &Cause,
        now: MediaTime,
        settings: &Settings,
    ) -> Result<Results, NoReply> {
        let llm = settings.engine(Stage::Llm);
        let failed = Input::Failed { epoch, stage: Stage::Llm };
        self.wanted = Some(epoch);
        match llm.health {
            Health::Works => {}
            Health::Fails => return Ok(vec![(now, failed)]),
            Health::Hangs => return Ok(vec![(now + llm.deadline, failed)]),
        }
        let index = self.choose(epoch, cause)?;
        let reply = &self.replies[index];
        self.last = Some((epoch, index));
        match reply.health {
            Health::Works => {}
            Health::Fails => return Ok(vec![(now, failed)]),
            Health::Hangs => return Ok(vec![(now + llm.deadline, failed)]),
        }
        let delay = reply.after.unwrap_or(llm.delay);
        if delay > llm.deadline {
            return Ok(vec![(now + llm.deadline, failed)]);
        }
        let mut at = now + delay;
        let mut results = Vec::new();
        for (gap, text) in &reply.clauses {
            at += *gap;
            results.push((at, Input::ReplyText { epoch, text: text.as_str().into() }));
        }
        results.push((at, Input::ReplyEnd { epoch, then: reply.then }));
        if reply.then == Then::Tool {
            self.tool = Some(epoch);
            if let Some(takes) = reply.tool {
                results.push((at + takes, Input::ToolDone { epoch }));
            }
        }
        Ok(results)
    }

    /// A reply that names what it is to; else the next one in order. A turn that is asked for again, because
    /// the caller went on, gets the reply it had.
    fn choose(&mut self, epoch: Epoch, cause: &Cause) -> Result<usize, NoReply> {
        let named = self.replies.iter().position(|reply| is_to(&reply.to, cause));
        if let Some(index) = named {
            return Ok(index);
        }
        let again = match self.last {
            Some((last, index)) if last.turn == epoch.turn => Some(index),
            _ => None,
        };
        let spoken = matches!(cause, Cause::Said { .. } | Cause::Keyed(_) | Cause::Opening);
        if let Some(index) = again.filter(|i| spoken && self.replies[*i].to == To::Next) {
            return Ok(index);
        }
        let unused = (0..self.replies.len()).find(|i| self.replies[*i].to == To::Next && !self.used[*i]);
        if let Some(index) = unused {
            self.used[index] = true;
            return Ok(index);
        }
        let anything = self.replies.iter().position(|reply| reply.to == To::Anything);
        anything.ok_or_else(|| NoReply(Asked(cause).to_string()))
    }
}

fn is_to(to: &To, cause: &Cause) -> bool {
    match (to, cause) {
        (To::Said(said), Cause::Said { text, .. }) => **said == **text,
        (To::Nothing, Cause::Said { text, .. }) => text.is_empty(),
        (To::Keyed(keys), Cause::Keyed(keyed)) => **keys == **keyed,
        (To::Silence, Cause::Silence(_))
        | (To::Tool, Cause::Tool)
        | (To::Hold, Cause::HoldOver(_))
        | (To::Failure, Cause::Failed(_))
        | (To::Goodbye, Cause::Goodbye(_)) => true,
        _ => false,
    }
}

/// What the brain was asked, in the words of a script.
struct Asked<'a>(&'a Cause);

impl fmt::Display for Asked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Cause::Opening => f.write_str("the opening of the call (`reply \"...\"`)"),
            Cause::Said { text, .. } if text.is_empty() => {
                f.write_str("speech that was not understood (`reply to nothing \"...\"`)")
            }
            Cause::Said { text, .. } => {
                write!(f, "\"{text}\" (`reply \"...\"` or `reply to \"{text}\" \"...\"`)")
            }
            Cause::Keyed(keys) => write!(f, "keys (`reply to keys \"{keys}\" \"...\"`)"),
            Cause::Silence(_) => f.write_str("silence (`reply to silence \"...\"`)"),
            Cause::Tool => f.write_str("a tool that is done (`reply to tool \"...\"`)"),
            Cause::NotConnected => f.write_str("a hand-over that failed (`reply \"...\"`)"),
            Cause::HoldOver(_) => f.write_str("a hold that is over (`reply to hold \"...\"`)"),
            Cause::Failed(_) => f.write_str("a failure (`reply to failure \"...\"`)"),
            Cause::Goodbye(_) => f.write_str("the end of the call (`reply to goodbye \"...\" then hangup`)"),
        }
    }
}
