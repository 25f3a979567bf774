//! What happens when a reply is asked for?

use llama_cpp_2::sampling::LlamaSampler;
use llama_cpp_2::token::LlamaToken;
use tom_worker::{Fault, Job};

use super::reply::Reply;
use super::{Engine, seqs};
use crate::output::Output;
use crate::prompt::{CLOSES, UnknownTemplate};
use crate::request::{Ask, Message, Tally};
use crate::schema;

/// Tokens that a conversation must leave for the reply.
const LEAST_REPLY: usize = 32;
/// Shorter beginnings are not worth keeping by themselves.
const LEAST_PREFIX: usize = 16;
/// Replies that wait for one another at most.
const MOST_WAITING: usize = 1024;

impl Engine<'_> {
    /// A stream wants a reply; one that is under way is cancelled. What comes of it is told by [`Engine::step`].
    ///
    /// # Errors
    /// When it cannot be written: the conversation is too long, a function's schema cannot be held.
    pub fn begin(&mut self, stream: u32, job: Job, ask: &Ask) -> Result<(), Fault> {
        self.cancel(stream);
        let gbnf = (!ask.tools.is_empty())
            .then(|| schema::grammar(ask.tools.iter().map(|tool| (&*tool.name, &*tool.parameters)), CLOSES))
            .transpose()
            .map_err(|error| Fault::bad_request(error.to_string()))?;
        if ask.must_call && gbnf.is_none() {
            return Err(Fault::bad_request("a call is wanted, but there is no function"));
        }
        let (prompt, prefix) = self.prompt(ask)?;
        let mut reply = self.reply(stream, job, prompt, ask.max_tokens)?;
        reply.prefix = prefix;
        reply.output = Output::new(gbnf.is_some(), ask.must_call);
        reply.gbnf = gbnf;
        reply.one_call = ask.must_call;
        self.put(reply)
    }

    /// The same for a text as it stands, without the form of chats.
    ///
    /// # Errors
    /// When it is empty or too long.
    pub fn begin_text(&mut self, stream: u32, job: Job, text: &str, most: u32) -> Result<(), Fault> {
        self.cancel(stream);
        let prompt = self.model.llama.vocab().tokenize(text.as_bytes(), true, true);
        let reply = self.reply(stream, job, prompt, most)?;
        self.put(reply)
    }

    fn put(&mut self, reply: Reply) -> Result<(), Fault> {
        if self.replies.len() >= MOST_WAITING {
            return Err(Fault::new(
                tom_worker::FaultKind::Overload,
                "too many replies wait for the language model",
            ));
        }
        self.replies.push(reply);
        Ok(())
    }

    fn reply(&mut self, stream: u32, job: Job, prompt: Vec<LlamaToken>, most: u32) -> Result<Reply, Fault> {
        if prompt.is_empty() {
            return Err(Fault::bad_request("the conversation is empty"));
        }
        let room =
            self.longest.checked_sub(prompt.len()).filter(|room| *room >= LEAST_REPLY.min(most as usize));
        let room = room.ok_or_else(|| self.too_long(prompt.len()))?;
        self.seed = self.seed.wrapping_mul(0x9e37_79b1).wrapping_add(1);
        Ok(Reply {
            stream,
            job,
            tally: Tally { prompt: prompt.len() as u32, ..Tally::default() },
            prompt,
            prefix: Vec::new(),
            prefix_seq: None,
            seq: None,
            ahead: std::collections::VecDeque::new(),
            writing: false,
            rests: None,
            output: Output::new(false, false),
            sampler: sampler(self.temperature, self.seed),
            gbnf: None,
            grammar: None,
            row: None,
            one_call: false,
            most: most.clamp(1, room.max(1) as u32),
            tokens: Vec::new(),
        })
    }

    /// The conversation's tokens, and what of them all conversations with the same system's prompt begin with. The
    /// oldest turns are left out where all would be too long.
    pub(super) fn prompt(&self, ask: &Ask) -> Result<(Vec<LlamaToken>, Vec<LlamaToken>), Fault> {
        let vocabulary = self.model.llama.vocab();
        let tokens = |text: &str| vocabulary.tokenize(text.as_bytes(), true, true);
        let no_form = |error: UnknownTemplate| Fault::bad_request(error.to_string());
        let spare = LEAST_REPLY.max(ask.max_tokens as usize).min(self.longest / 4);
        let mut told = ask.clone();
        let prompt = loop {
            let prompt = tokens(&self.writer.prompt(&told).map_err(no_form)?);
            if prompt.len() + spare <= self.longest {
                break prompt;
            }
            if !drop_oldest(&mut told.messages) {
                // No turn can go; perhaps the reply can be shorter.
                break prompt;
            }
        };
        let [a, b] = self.writer.two_beginnings(ask).map_err(no_form)?;
        let (a, b) = (tokens(&a), tokens(&b));
        let length = seqs::common(&a, &b).min(seqs::common(&a, &prompt));
        let length = if length < LEAST_PREFIX { 0 } else { length };
        let prefix = prompt[..length].to_vec();
        Ok((prompt, prefix))
    }

    fn too_long(&self, length: usize) -> Fault {
        Fault::bad_request(format!(
            "the prompt and the caller's words take {length} tokens, and llm.context is {}: raise it, or shorten \
             agent.prompt, what its tools say of themselves, or its knowledge",
            self.longest
        ))
    }
}

/// Leaves out the oldest turn before the current one: up to the second message of the caller. False: there is none.
fn drop_oldest(messages: &mut Vec<Message>) -> bool {
    let users =
        messages.iter().enumerate().filter(|(_, m)| matches!(m, Message::User { .. })).map(|(at, _)| at);
    let [first, second] = users.take(2).collect::<Vec<_>>()[..] else { return false };
    let mut at = 0;
    messages.retain(|message| {
        at += 1;
        !(first..second).contains(&(at - 1)) || matches!(message, Message::System { .. })
    });
    true
}

/// What chooses among likely tokens.
fn sampler(temperature: f32, seed: u32) -> LlamaSampler {
    if temperature <= 0.0 {
        return LlamaSampler::greedy();
    }
    LlamaSampler::chain_simple([
        LlamaSampler::top_k(40),
        LlamaSampler::top_p(0.95, 1),
        LlamaSampler::min_p(0.05, 1),
        LlamaSampler::temp(temperature.min(2.0)),
        LlamaSampler::dist(seed),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_turn_goes_with_what_belongs_to_it() {
        let user = |text: &str| Message::User { text: text.into() };
        let agent = || Message::Assistant { text: "a".into(), calls: Vec::new() };
        let system = || Message::System { text: "s".into() };
        let tool = || Message::Tool { id: "1".into(), result: "r".into() };
        let mut all = vec![system(), user("1"), agent(), tool(), agent(), user("2"), agent(), user("3")];
        assert!(drop_oldest(&mut all));
        assert_eq!(all, [system(), user("2"), agent(), user("3")]);
        assert!(drop_oldest(&mut all));
        assert!(!drop_oldest(&mut all));
        assert_eq!(all, [system(), user("3")]);
    }
}
