//! Which of several phrases occur in what was said?

/// Phrases, each with what it means.
#[derive(Clone, Debug)]
pub(crate) struct Phrasebook<T> {
    entries: Vec<(Vec<String>, T)>,
}

impl<T> Default for Phrasebook<T> {
    fn default() -> Self {
        Self { entries: Vec::new() }
    }
}

impl<T: Clone> Phrasebook<T> {
    /// Adds a phrase in compared spelling. Among equal phrases the first one added wins.
    pub(crate) fn add(&mut self, phrase: Vec<String>, means: T) {
        self.entries.push((phrase, means));
    }

    /// What the phrases in `said` mean, in the order they were said: leftmost, longest, not overlapping.
    pub(crate) fn spot(&self, said: &[String]) -> Vec<T> {
        let mut found = Vec::new();
        let mut at = 0;
        while at < said.len() {
            match self.longest(&said[at..]) {
                Some((means, len)) => {
                    found.push(means);
                    at += len;
                }
                None => at += 1,
            }
        }
        found
    }

    /// What the longest phrase at the beginning of `said` means, and its words.
    pub(crate) fn longest(&self, said: &[String]) -> Option<(T, usize)> {
        self.entries
            .iter()
            .filter(|(phrase, _)| !phrase.is_empty() && said.starts_with(phrase))
            .reduce(|best, other| if other.0.len() > best.0.len() { other } else { best })
            .map(|(phrase, means)| (means.clone(), phrase.len()))
    }

    /// What the whole of `said` means.
    pub(crate) fn exact(&self, said: &[String]) -> Option<T> {
        self.entries.iter().find(|(phrase, _)| phrase == said).map(|(_, means)| means.clone())
    }
}
