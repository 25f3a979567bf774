//! What did replies cost, in tokens?

use std::sync::atomic::{AtomicU64, Ordering};

use serde::Deserialize;

/// What replies cost that are complete.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
pub struct Tokens {
    /// Of the conversations.
    pub prompt: u64,
    /// Those of them that had to be read for the reply: the others were known. A system's prompt that is kept for all calls
    /// is not counted here.
    pub read: u64,
    /// Written.
    pub written: u64,
}

/// The sum of all so far.
#[derive(Debug, Default)]
pub(super) struct Sum {
    prompt: AtomicU64,
    read: AtomicU64,
    written: AtomicU64,
}

impl Sum {
    /// Adds what a worker tells at the end of a reply. What cannot be read is no reason to lose the reply.
    pub(super) fn add(&self, told: &str) {
        let Tokens { prompt, read, written } = serde_json::from_str(told).unwrap_or_default();
        for (sum, n) in [(&self.prompt, prompt), (&self.read, read), (&self.written, written)] {
            sum.fetch_add(n, Ordering::Relaxed);
        }
    }

    pub(super) fn get(&self) -> Tokens {
        let [prompt, read, written] =
            [&self.prompt, &self.read, &self.written].map(|sum| sum.load(Ordering::Relaxed));
        Tokens { prompt, read, written }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies_add_up() {
        let sum = Sum::default();
        for told in [r#"{"prompt":10,"read":4,"written":2}"#, "", r#"{"prompt":20,"read":1,"written":3}"#] {
            sum.add(told);
        }
        assert_eq!(sum.get(), Tokens { prompt: 30, read: 5, written: 5 });
    }
}
