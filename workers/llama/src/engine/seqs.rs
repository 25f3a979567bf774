//! What is remembered of which conversation, and what do others get of it?
//!
//! llama.cpp's memory holds sequences of tokens. Each stream has one, and each system's prompt one. A copy of a
//! sequence's beginning costs nothing: both then own the same cells.

use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::token::LlamaToken;

/// A sequence.
#[derive(Debug, Default)]
pub(super) struct Seq {
    /// What is in llama.cpp's memory.
    pub(super) tokens: Vec<LlamaToken>,
    /// Whose it is; none: anybody's.
    stream: Option<u32>,
    /// For a system's prompt: all of it, of which `tokens` is what was read.
    target: Option<Vec<LlamaToken>>,
    /// When it was used last.
    used: u64,
}

/// All sequences. Their places are llama.cpp's numbers of them.
#[derive(Debug)]
pub(super) struct Seqs {
    all: Vec<Seq>,
    /// The first of these are the streams'.
    streams: usize,
    clock: u64,
}

/// How many tokens two sequences begin with.
pub(super) fn common(a: &[LlamaToken], b: &[LlamaToken]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}

impl Seqs {
    pub(super) fn new(streams: u32, prefixes: u32) -> Self {
        let all = (0..streams + prefixes).map(|_| Seq::default()).collect();
        Self { all, streams: streams as usize, clock: 0 }
    }

    /// A sequence of llama.cpp's number.
    pub(super) fn get(&mut self, seq: usize) -> &mut Seq {
        self.clock += 1;
        let seq = &mut self.all[seq];
        seq.used = self.clock;
        seq
    }

    pub(super) fn tokens(&self, seq: usize) -> &[LlamaToken] {
        &self.all[seq].tokens
    }

    /// What of a system's prompt is still to be read.
    pub(super) fn rest(&self, seq: usize) -> &[LlamaToken] {
        let seq = &self.all[seq];
        seq.target.as_deref().and_then(|target| target.get(seq.tokens.len()..)).unwrap_or_default()
    }

    /// Forgets a stream's conversation: it was somebody's, and each later step would look through all that is remembered.
    pub(super) fn close(&mut self, stream: u32, context: &mut LlamaContext<'_>) {
        for at in 0..self.streams {
            if self.all[at].stream == Some(stream) {
                self.forget(at, context);
            }
        }
    }

    /// The sequence for a system's prompt: the one that is there, or the one that was not used for longest. `busy`: must stay.
    pub(super) fn prefix(
        &mut self,
        target: &[LlamaToken],
        busy: &[usize],
        context: &mut LlamaContext<'_>,
    ) -> Option<usize> {
        let known = |seq: &Seq| seq.target.as_deref() == Some(target);
        if let Some(known) = (self.streams..self.all.len()).find(|at| known(&self.all[*at])) {
            self.get(known);
            return Some(known);
        }
        let free = (self.streams..self.all.len()).filter(|at| !busy.contains(at));
        let at = free.min_by_key(|at| self.all[*at].used)?;
        self.forget(at, context);
        self.get(at).target = Some(target.to_vec());
        self.take_over(at, target, context);
        Some(at)
    }

    /// The sequence for a stream's next reply: its own, or one that nobody needs now. `busy`: replies are being written there.
    pub(super) fn of_stream(&mut self, stream: u32, busy: &[usize]) -> Option<usize> {
        let free = |at: &usize| !busy.contains(at);
        let own = (0..self.streams).find(|at| self.all[*at].stream == Some(stream));
        let at = own.filter(free).or_else(|| {
            let unused = (0..self.streams).filter(free);
            unused.min_by_key(|at| (self.all[*at].stream.is_some(), self.all[*at].used))
        })?;
        self.get(at).stream = Some(stream);
        Some(at)
    }

    /// The sequence in which a stream's next conversation can be read while nobody waits for it: its own, or one that is
    /// nobody's. None: all are somebody's.
    pub(super) fn spare_for(&mut self, stream: u32) -> Option<usize> {
        let own = (0..self.streams).find(|at| self.all[*at].stream == Some(stream));
        let at = own.or_else(|| {
            let unused = (0..self.streams).filter(|at| self.all[*at].stream.is_none());
            unused.min_by_key(|at| self.all[*at].used)
        })?;
        self.get(at).stream = Some(stream);
        Some(at)
    }

    /// Makes a sequence begin like a prompt as far as anything that is remembered does, and gives how far.
    pub(super) fn take_over(
        &mut self,
        at: usize,
        prompt: &[LlamaToken],
        context: &mut LlamaContext<'_>,
    ) -> usize {
        // The last token is always read: what comes after it is asked for.
        let prompt = &prompt[..prompt.len().saturating_sub(1)];
        let own = common(&self.all[at].tokens, prompt);
        let best =
            (0..self.all.len()).max_by_key(|from| (common(&self.all[*from].tokens, prompt), *from == at));
        let (from, known) = best.map_or((at, own), |from| (from, common(&self.all[from].tokens, prompt)));
        if known > own {
            self.clear(at, context);
            let end = u32::try_from(known).ok();
            if context.copy_kv_cache_seq(from as i32, at as i32, Some(0), end).is_ok() {
                self.get(at).tokens = prompt[..known].to_vec();
                return known;
            }
            return 0;
        }
        self.cut(at, own, context)
    }

    /// Keeps only the beginning of a sequence, and gives how much of it.
    fn cut(&mut self, at: usize, length: usize, context: &mut LlamaContext<'_>) -> usize {
        if self.all[at].tokens.len() == length {
            return length;
        }
        let from = u32::try_from(length).ok();
        if length > 0 && matches!(context.clear_kv_cache_seq(Some(at as u32), from, None), Ok(true)) {
            self.get(at).tokens.truncate(length);
            return length;
        }
        self.clear(at, context);
        0
    }

    /// Empties a sequence.
    pub(super) fn clear(&mut self, at: usize, context: &mut LlamaContext<'_>) {
        // Whole sequences can always be removed.
        drop(context.clear_kv_cache_seq(Some(at as u32), None, None));
        self.all[at].tokens.clear();
    }

    fn forget(&mut self, at: usize, context: &mut LlamaContext<'_>) {
        self.clear(at, context);
        (self.all[at].target, self.all[at].stream) = (None, None);
    }

    /// Makes room: empties the sequence that was not used for longest, streams' first. False: all are `busy` or empty.
    pub(super) fn evict(&mut self, busy: &[usize], context: &mut LlamaContext<'_>) -> bool {
        let idle = (0..self.all.len()).filter(|at| !busy.contains(at) && !self.all[*at].tokens.is_empty());
        let Some(at) = idle.min_by_key(|at| (*at >= self.streams, self.all[*at].used)) else { return false };
        self.forget(at, context);
        true
    }
}
