//! What is read before a reply is asked for?
//!
//! While a caller speaks, what the model will be told is known but for the last words. It is read in the time that
//! nobody waits in: in steps so short that a reply which is asked for meanwhile waits for none, and only with memory
//! that no caller's conversation needs.

use llama_cpp_2::token::LlamaToken;
use tom_worker::{Fault, Job};

use super::{Engine, Told, seqs};
use crate::request::{Ask, Message, Tally};

/// Seconds that a step takes at most, as far as the speed is known.
const STEP: f64 = 0.05;
/// Tokens of a step at least and at most.
const TOKENS: [usize; 2] = [8, 64];
/// Conversations that wait to be read at most; of more nothing is read.
const MOST_WAITING: usize = 1024;
/// Two ways in which a caller may go on: what they have in common is certain.
const GOES_ON: [&str; 2] = [" Is it?", " and now"];

/// A conversation that is to be read.
pub(super) struct Ahead {
    pub(super) stream: u32,
    job: Job,
    tokens: Vec<LlamaToken>,
    /// What many conversations begin with.
    prefix: Vec<LlamaToken>,
    read: u32,
}

impl Engine<'_> {
    /// A stream's next reply will be to a conversation that begins like this; its last message may go on.
    ///
    /// # Errors
    /// When no reply could be asked for, either.
    pub fn read_ahead(&mut self, stream: u32, job: Job, ask: &Ask) -> Result<(), Fault> {
        self.cancel(stream);
        let of = |end: &str| {
            let mut ask = ask.clone();
            match ask.messages.last_mut() {
                Some(Message::User { text }) => *text = format!("{}{end}", text.trim()),
                _ => ask.messages.push(Message::User { text: end.trim().into() }),
            }
            self.prompt(&ask)
        };
        let [a, b] = GOES_ON;
        let ((mut tokens, prefix), (other, _)) = (of(a)?, of(b)?);
        tokens.truncate(seqs::common(&tokens, &other));
        // Too long for a reply, which will say so; or too many speak at once.
        if tokens.len() >= self.longest || self.ahead.len() >= MOST_WAITING {
            tokens.clear();
        }
        self.ahead.push(Ahead { stream, job, tokens, prefix, read: 0 });
        Ok(())
    }

    /// Reads a little of a conversation, while no reply is wanted.
    pub(super) fn read_on(&mut self) -> Vec<Told> {
        let Some(first) = self.ahead.first() else { return Vec::new() };
        let (stream, prefix, all) = (first.stream, &first.prefix, &first.tokens);
        let [least, most] = TOKENS;
        let room = self.speed.map_or(least, |speed| (speed * STEP) as usize).clamp(least, most);
        let common = match prefix.is_empty() {
            true => None,
            false => self.seqs.prefix(prefix, &[], &mut self.context),
        };
        let next = |(seq, rest): (usize, &[LlamaToken])| {
            let tokens: Vec<LlamaToken> = rest.iter().take(room).copied().collect();
            (!tokens.is_empty()).then_some((seq, tokens))
        };
        // First what many have in common, then the stream's own, if there is memory to spare.
        let rest = common.and_then(|seq| next((seq, self.seqs.rest(seq)))).or_else(|| {
            let seq = self.seqs.spare_for(stream)?;
            if self.seqs.tokens(seq).starts_with(all) {
                return None;
            }
            let known = self.seqs.take_over(seq, all, &mut self.context);
            next((seq, all.get(known..).unwrap_or_default()))
        });
        if let Some((seq, tokens)) = rest
            && self.take_in(seq, &tokens)
        {
            if let Some(first) = self.ahead.first_mut() {
                first.read += tokens.len() as u32;
            }
            self.counts.steps += 1;
            self.counts.read += tokens.len() as u64;
            self.seqs.get(seq).tokens.extend(tokens);
            return Vec::new();
        }
        let Ahead { job, tokens, read, .. } = self.ahead.remove(0);
        let tally = Tally { prompt: tokens.len() as u32, read, written: 0 };
        vec![Told::Done { stream, job, tally, tokens: Vec::new() }]
    }

    /// Computes tokens behind those of a sequence. False: there is no room, or it failed. What fails is told when a reply
    /// is asked for.
    fn take_in(&mut self, seq: usize, tokens: &[LlamaToken]) -> bool {
        let begin = self.seqs.tokens(seq).len();
        self.batch.clear();
        for (n, token) in tokens.iter().enumerate() {
            // There is room: steps are short.
            drop(self.batch.add(*token, (begin + n) as i32, &[seq as i32], false));
        }
        let taken = self.context.decode(&mut self.batch).is_ok();
        self.context.synchronize();
        taken
    }
}
