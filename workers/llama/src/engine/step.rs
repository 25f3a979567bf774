//! What is computed in one step, and what is told of it?

use std::time::Instant;

use llama_cpp_2::DecodeError;
use llama_cpp_2::token::LlamaToken;
use tom_worker::{Fault, FaultKind};

use super::{Engine, LEAST_READ, LOOK_EVERY, MOST_AHEAD, MOST_READ, STEP, Told, pick};

/// Tokens of which a step computes a multiple fastest: eighteen take nearly as long as thirty-two.
const TILE: usize = 16;

/// So many times as long a step may take while nobody waits for a next word: one who comes then waits for it.
const ALONE: f64 = 8.0;

/// Tokens of one sequence in a step's batch.
struct Part {
    seq: usize,
    tokens: Vec<LlamaToken>,
    /// The reply they are of, if it is one's.
    reply: Option<usize>,
}

impl Engine<'_> {
    /// Computes one token of each reply under way, and reads on where conversations are to be read. Where no reply is
    /// wanted, reads a little ahead, if there is something to read.
    pub fn step(&mut self) -> Vec<Told> {
        if self.replies.is_empty() {
            return self.read_on();
        }
        let mut told = Vec::new();
        self.admit();
        loop {
            let (parts, read) = self.fill();
            if parts.is_empty() {
                std::thread::sleep(LOOK_EVERY); // All rest.
                return told;
            }
            let began = Instant::now();
            match self.context.decode(&mut self.batch) {
                Ok(()) => {
                    self.computed(parts, read, began);
                    break;
                }
                Err(DecodeError::NoKvCacheSlot) => {
                    let busy = self.busy();
                    if !self.seqs.evict(&busy, &mut self.context) {
                        let what =
                            "the memory of conversations is full: raise llm.cache, or lower llm.replies";
                        told.extend(self.give_up(Fault::new(FaultKind::Overload, what)));
                    }
                }
                Err(error) => {
                    let fault = Fault::new(FaultKind::Unavailable, format!("llama.cpp failed: {error}"));
                    while let Some(failed) = self.give_up(fault.clone()) {
                        told.push(failed);
                    }
                    return told;
                }
            }
        }
        for at in (0..self.replies.len()).rev() {
            if let Some(row) = self.replies[at].row.take() {
                self.choose(at, row, &mut told);
            }
        }
        told
    }

    /// Sequences that must stay as they are.
    fn busy(&self) -> Vec<usize> {
        self.replies.iter().flat_map(super::reply::Reply::holds).collect()
    }

    /// Gives those that wait what they need, if it is there: their system's prompt, then a sequence.
    fn admit(&mut self) {
        for at in 0..self.replies.len() {
            if self.replies[at].seq.is_some() {
                continue;
            }
            let busy = self.busy();
            let reply = &mut self.replies[at];
            if !reply.prefix.is_empty() && reply.prefix_seq.is_none() {
                reply.prefix_seq = self.seqs.prefix(&reply.prefix, &busy, &mut self.context);
            }
            if reply.prefix_seq.is_some_and(|seq| !self.seqs.rest(seq).is_empty()) {
                continue;
            }
            let Some(seq) = self.seqs.of_stream(reply.stream, &busy) else { continue };
            let known = self.seqs.take_over(seq, &reply.prompt, &mut self.context);
            reply.ahead = reply.prompt[known..].iter().copied().collect();
            reply.tally.read = reply.ahead.len() as u32;
            reply.seq = Some(seq);
            reply.prefix_seq = None;
        }
    }

    /// Fills the batch: a token for each that writes, then as much as may be read. Gives how much is read.
    fn fill(&mut self) -> (Vec<Part>, usize) {
        self.batch.clear();
        let (mut parts, now) = (Vec::new(), Instant::now());
        let mut waiting = 0;
        for (at, reply) in self.replies.iter_mut().enumerate() {
            reply.row = None;
            if reply.rests(now) {
                continue;
            }
            if let (true, Some(seq)) = (reply.writing, reply.seq) {
                waiting += 1;
                let tokens = reply.ahead.iter().take(MOST_AHEAD).copied().collect();
                parts.push(Part { seq, tokens, reply: Some(at) });
            }
        }
        let mut prompts: Vec<usize> = self.replies.iter().filter_map(|reply| reply.prefix_seq).collect();
        prompts.sort_unstable();
        prompts.dedup();
        let shared = prompts.iter().map(|seq| self.seqs.rest(*seq).len()).sum::<usize>();
        let reading = self.replies.iter().filter(|reply| !reply.writing && reply.seq.is_some());
        let all = shared + reading.map(|reply| reply.ahead.len()).sum::<usize>();
        let mut room = even(all, self.may_read(waiting > 0), waiting);
        let mut read = 0;
        for seq in prompts {
            let tokens: Vec<LlamaToken> = self.seqs.rest(seq).iter().take(room).copied().collect();
            room -= tokens.len();
            read += tokens.len();
            parts.push(Part { seq, tokens, reply: None });
        }
        for (at, reply) in self.replies.iter().enumerate() {
            if let (false, Some(seq)) = (reply.writing, reply.seq) {
                let tokens: Vec<LlamaToken> = reply.ahead.iter().take(room).copied().collect();
                room -= tokens.len();
                read += tokens.len();
                parts.push(Part { seq, tokens, reply: Some(at) });
            }
        }
        parts.retain(|part| !part.tokens.is_empty());
        for part in &parts {
            let begin = self.seqs.tokens(part.seq).len();
            let whole = part.reply.filter(|at| self.replies[*at].ahead.len() == part.tokens.len());
            for (n, token) in part.tokens.iter().enumerate() {
                let last = whole.is_some() && n + 1 == part.tokens.len();
                let row = self.batch.n_tokens();
                // There is room: it was counted above.
                drop(self.batch.add(*token, (begin + n) as i32, &[part.seq as i32], last));
                if let (true, Some(at)) = (last, whole) {
                    self.replies[at].row = Some(row);
                }
            }
        }
        (parts, read)
    }

    /// Tokens that may be read in this step. Others wait for their next word meanwhile.
    fn may_read(&self, others: bool) -> usize {
        let patience = STEP.as_secs_f64() * if others { 1.0 } else { ALONE };
        let by_speed = self.speed.map_or(64.0, |speed| speed * patience) as usize;
        by_speed.clamp(LEAST_READ, MOST_READ as usize)
    }

    fn computed(&mut self, parts: Vec<Part>, read: usize, began: Instant) {
        self.counts.steps += 1;
        self.counts.read += read as u64;
        if read >= LEAST_READ {
            self.context.synchronize();
            let speed = read as f64 / began.elapsed().as_secs_f64().max(1e-6);
            self.speed = Some(self.speed.map_or(speed, |before| 0.7 * before + 0.3 * speed));
        }
        for part in parts {
            if let Some(reply) = part.reply.map(|at| &mut self.replies[at]) {
                reply.ahead.drain(..part.tokens.len());
            }
            self.seqs.get(part.seq).tokens.extend(part.tokens);
        }
    }

    /// Chooses a reply's next token and tells what comes of it.
    fn choose(&mut self, at: usize, row: i32, told: &mut Vec<Told>) {
        let reply = &mut self.replies[at];
        let (stream, job) = (reply.stream, reply.job);
        let token = match pick::next(reply, row, &self.context, &self.model.llama) {
            Ok(Some(token)) if reply.tally.written < reply.most => token,
            Ok(_) => return self.end(at, told),
            Err(fault) => {
                self.replies.remove(at);
                told.push(Told::Failed { stream, job, fault });
                return;
            }
        };
        self.counts.written += 1;
        reply.tally.written += 1;
        reply.writing = true;
        reply.tokens.push(token.0);
        let vocabulary = self.model.llama.vocab();
        let mut bytes = vocabulary.token_to_piece(token, true, None);
        // What a token holds behind the mark of a call is not what the grammar would have.
        match reply.output.opens_within(&bytes).filter(|end| *end < bytes.len()) {
            Some(end) => {
                bytes.truncate(end);
                reply.ahead = vocabulary.tokenize(&bytes, false, true).into();
            }
            None => reply.ahead = [token].into(),
        }
        let in_call = reply.output.in_call();
        if let Some(piece) = reply.output.push(&bytes) {
            told.push(Told::Piece { stream, job, piece });
        }
        let called = in_call && !reply.output.in_call();
        if called {
            reply.grammar = None;
        }
        if reply.tally.written >= reply.most || called && reply.one_call {
            self.end(at, told);
        }
    }

    fn end(&mut self, at: usize, told: &mut Vec<Told>) {
        let mut reply = self.replies.remove(at);
        let (stream, job) = (reply.stream, reply.job);
        if reply.output.in_call() {
            let what = "the reply was cut at its longest amid the call of a function: raise agent.max_tokens";
            told.push(Told::Failed { stream, job, fault: Fault::new(FaultKind::Protocol, what) });
            return;
        }
        if let Some(piece) = reply.output.end() {
            told.push(Told::Piece { stream, job, piece });
        }
        told.push(Told::Done { stream, job, tally: reply.tally, tokens: reply.tokens });
    }

    /// Gives up the reply that came last.
    fn give_up(&mut self, fault: Fault) -> Option<Told> {
        let last = self
            .replies
            .iter()
            .rposition(|reply| reply.seq.is_some())
            .or(self.replies.len().checked_sub(1))?;
        let reply = self.replies.remove(last);
        if let Some(seq) = reply.seq {
            self.seqs.clear(seq, &mut self.context);
        }
        Some(Told::Failed { stream: reply.stream, job: reply.job, fault })
    }
}

/// How much is read in a step of all that is to be read, if at most so much should be: steps of one length take less
/// time than long ones and a short one. `beside`: tokens of the step that are written.
fn even(all: usize, most: usize, beside: usize) -> usize {
    if all <= (most + most / 4).min(MOST_READ as usize) {
        return all; // A little that is left over costs as much as a step of its own.
    }
    let each = all.div_ceil(all.div_ceil(most.max(1)));
    let whole = (each + beside).next_multiple_of(TILE) - beside;
    whole.min(MOST_READ as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_takes_several_steps_is_read_in_even_ones() {
        assert_eq!([even(9, 114, 0), even(128, 114, 3), even(0, 16, 0)], [9, 128, 0]);
        assert_eq!(
            [even(128, 90, 0), even(150, 114, 0), even(128, 90, 5), even(600, 512, 0)],
            [64, 80, 75, 304]
        );
        for all in 1..2_000 {
            for most in [16, 100, 512] {
                let (mut left, mut steps) = (all, 0);
                while left > 0 {
                    let now = even(left, most, 1);
                    assert!(
                        now > 0 && now <= (most + TILE.max(most / 4)).min(MOST_READ as usize),
                        "{now} of {left}, {most}"
                    );
                    left -= now;
                    steps += 1;
                }
                assert!(steps <= all.div_ceil(most), "{all} in {steps} steps of {most}");
            }
        }
    }
}
