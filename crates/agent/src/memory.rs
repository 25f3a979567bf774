//! What is the model told of the conversation so far?
//!
//! The last five turns as they were heard, with what tools gave in them. A reply that the caller cut off ends
//! in a dash where it was cut; what nobody heard is not there at all. Neighbouring messages of one side are one
//! message, and the first is the caller's, because many models' templates ask for that.

use std::collections::VecDeque;
use std::sync::Arc;

use tom_base::TurnId;
use tom_engine::LlmMessage;
use tom_turn::{Said, Who};

use crate::words::Texts;

/// Messages of the history: five turns.
const MESSAGES: usize = 10;
/// Turns whose tools are remembered.
const TURNS: usize = 8;

/// What the history alone does not tell.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {
    /// Calls of tools and what they gave, by turn.
    tools: VecDeque<(TurnId, Vec<LlmMessage>)>,
    /// Turns in which the caller used the keys.
    keyed: VecDeque<TurnId>,
}

/// One message, and the turns it comes from.
struct Part {
    who: Who,
    text: String,
    turns: Vec<TurnId>,
}

impl Memory {
    /// Tools gave something in a turn: the call, then the results.
    pub(crate) fn remember(&mut self, turn: TurnId, messages: &[LlmMessage]) {
        let heard = messages.iter().cloned().map(|message| match message {
            // What was heard of the words stands in the history.
            LlmMessage::Assistant { calls, .. } => LlmMessage::Assistant { text: "".into(), calls },
            other => other,
        });
        match self.tools.back_mut() {
            Some((last, all)) if *last == turn => all.extend(heard),
            _ => self.tools.push_back((turn, heard.collect())),
        }
        while self.tools.len() > TURNS {
            self.tools.pop_front();
        }
    }

    /// The caller's words of that turn are keys.
    pub(crate) fn keys(&mut self, turn: TurnId) {
        self.keyed.push_back(turn);
        while self.keyed.len() > TURNS {
            self.keyed.pop_front();
        }
    }

    /// The conversation before a turn, and then the caller's current words. `turn`: the current one.
    pub(crate) fn messages(
        &self,
        history: &[Said],
        turn: TurnId,
        words: &str,
        texts: &Texts,
    ) -> Vec<LlmMessage> {
        let mut parts: Vec<Part> = Vec::new();
        let mut add = |who: Who, text: String, turn: TurnId| match parts.last_mut() {
            Some(last) if last.who == who => {
                last.text.push(' ');
                last.text.push_str(&text);
                last.turns.push(turn);
            }
            _ => parts.push(Part { who, text, turns: vec![turn] }),
        };
        for said in history.iter().filter(|said| !said.text.trim().is_empty()) {
            if said.who == Who::Caller && said.epoch.turn == turn {
                continue; // These are the current words.
            }
            add(said.who, self.text(said, texts), said.epoch.turn);
        }
        add(Who::Caller, words.to_owned(), turn);
        // The current words come on top of the five turns.
        let from = parts.len().saturating_sub(MESSAGES + 1);
        let mut messages = Vec::new();
        if parts.get(from).is_some_and(|part| part.who == Who::Agent) {
            messages.push(LlmMessage::User(texts.begins.as_str().into()));
        }
        for part in parts.drain(..).skip(from) {
            let text: Arc<str> = part.text.into();
            match part.who {
                Who::Agent => messages.push(LlmMessage::Assistant { text, calls: Vec::new() }),
                Who::Caller => {
                    messages.push(LlmMessage::User(text));
                    let of = |known: &TurnId| part.turns.contains(known) && *known != turn;
                    let tools = self.tools.iter().filter(|(known, _)| of(known));
                    messages.extend(tools.flat_map(|(_, all)| all.iter().cloned()));
                }
            }
        }
        messages
    }

    fn text(&self, said: &Said, texts: &Texts) -> String {
        let text = said.text.trim();
        match said.who {
            Who::Caller if self.keyed.contains(&said.epoch.turn) => texts.keyed(text),
            Who::Caller => callers(text),
            Who::Agent if said.complete => text.to_owned(),
            Who::Agent => format!("{text} —"),
        }
    }
}

/// The caller's words. Square brackets are the telephone system's.
pub(crate) fn callers(text: &str) -> String {
    text.trim().replace('[', "(").replace(']', ")")
}

/// Characters of a message.
fn size(message: &LlmMessage) -> usize {
    match message {
        LlmMessage::System(text) | LlmMessage::User(text) => text.len(),
        LlmMessage::Assistant { text, calls } => {
            text.len() + calls.iter().map(|call| call.name.len() + call.arguments.len()).sum::<usize>()
        }
        LlmMessage::Tool { result, .. } => result.len(),
    }
}

/// Drops the oldest turns until everything fits into so many bytes. What belongs to the current turn (from
/// `current` on) stays; the first message left is the caller's.
pub(crate) fn prune(messages: &mut Vec<LlmMessage>, mut current: usize, budget: usize) -> usize {
    let mut total: usize = messages.iter().map(size).sum();
    while total > budget && current > 0 {
        let is_user = |message: &LlmMessage| matches!(message, LlmMessage::User(_));
        let next = messages.iter().skip(1).position(is_user).map_or(current, |at| at + 1).min(current);
        total -= messages.drain(..next).map(|message| size(&message)).sum::<usize>();
        current -= next;
    }
    current
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tom_base::{Epoch, Lang};
    use tom_engine::ToolCall;

    use super::*;

    fn said(turn: u32, who: Who, text: &str, complete: bool) -> Said {
        Said { epoch: Epoch::new(turn, 0), who, text: text.into(), complete }
    }

    fn user(text: &str) -> LlmMessage {
        LlmMessage::User(text.into())
    }

    fn agent(text: &str) -> LlmMessage {
        LlmMessage::Assistant { text: text.into(), calls: Vec::new() }
    }

    fn texts() -> &'static Texts {
        Texts::of(Lang::EN)
    }

    #[test]
    fn the_history_is_what_was_heard() {
        let history = [
            said(0, Who::Agent, "Hello.", true),
            said(1, Who::Caller, "hi [there]", true),
            said(1, Who::Agent, "We are open from", false),
            said(2, Who::Caller, "12", true),
            said(2, Who::Agent, "", false),
            said(3, Who::Caller, "and then", true),
        ];
        let mut memory = Memory::default();
        memory.keys(TurnId(2));
        assert_eq!(
            memory.messages(&history, TurnId(3), "and then", texts()),
            [
                user("[The caller is on the line.]"),
                agent("Hello."),
                user("hi (there)"),
                agent("We are open from —"),
                user("[The caller pressed 12 on the keypad.] and then"),
            ]
        );
    }

    #[test]
    fn tools_stand_where_they_were_used() {
        let call = ToolCall { id: "1".into(), name: "t".into(), arguments: "{}".into() };
        let used = [
            LlmMessage::Assistant { text: "Let me see.".into(), calls: vec![call.clone()] },
            LlmMessage::Tool { id: "1".into(), result: "nine".into() },
        ];
        let mut memory = Memory::default();
        memory.remember(TurnId(1), &used);
        let history = [said(1, Who::Caller, "when", true), said(1, Who::Agent, "Let me see. At nine.", true)];
        let told = memory.messages(&history, TurnId(2), "thanks", texts());
        assert_eq!(told[1], LlmMessage::Assistant { text: "".into(), calls: vec![call] });
        assert_eq!(told[2..], [used[1].clone(), agent("Let me see. At nine."), user("thanks")]);
    }

    proptest! {
        #[test]
        fn sides_alternate_and_five_turns_are_told(
            entries in prop::collection::vec((any::<bool>(), "[a-z]{0,6}", any::<bool>()), 0..40),
            budget in 0usize..200,
        ) {
            let history: Vec<Said> = entries.iter().enumerate().map(|(n, (agent, text, complete))| {
                let who = if *agent { Who::Agent } else { Who::Caller };
                said(n as u32, who, text, *complete)
            }).collect();
            let mut told = Memory::default().messages(&history, TurnId(1_000), "now", texts());
            prop_assert!(told.len() <= MESSAGES + 2);
            prop_assert!(matches!(told[0], LlmMessage::User(_)));
            for pair in told.windows(2) {
                prop_assert_ne!(matches!(pair[0], LlmMessage::User(_)), matches!(pair[1], LlmMessage::User(_)));
            }
            let current = told.len() - 1;
            let left = prune(&mut told, current, budget);
            prop_assert_eq!(left, told.len() - 1);
            prop_assert!(matches!(told[0], LlmMessage::User(_)));
            prop_assert!(left == 0 || told.iter().map(size).sum::<usize>() <= budget);
        }
    }
}
