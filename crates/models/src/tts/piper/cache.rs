//! Which prompts are spoken already?

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// A clause as it was spoken.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Speech {
    /// 16 kHz mono.
    pub(super) pcm: Vec<i16>,
    /// Byte of the text, sample of the speech.
    pub(super) words: Vec<(usize, u64)>,
}

impl Speech {
    fn bytes(&self) -> usize {
        self.pcm.len() * 2 + self.words.len() * 16
    }
}

/// How the kept prompts do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CacheCounts {
    /// Prompts that are kept.
    pub entries: usize,
    /// Their bytes.
    pub bytes: usize,
    /// Clauses that were there.
    pub hits: u64,
    /// Clauses that were not.
    pub misses: u64,
}

/// A text and who speaks it; the voice and its speed are the same for all.
type Key = (Arc<str>, Option<Arc<str>>);

/// Spoken prompts, up to a number of bytes: the ones heard longest ago go first. Only texts that were named are kept:
/// what a model says to a caller is said once.
pub(super) struct Cache {
    most: usize,
    wanted: HashSet<Arc<str>>,
    kept: HashMap<Key, (Arc<Speech>, u64)>,
    bytes: usize,
    clock: u64,
    hits: u64,
    misses: u64,
}

impl Cache {
    pub(super) fn new(most: usize) -> Self {
        Self { most, wanted: HashSet::new(), kept: HashMap::new(), bytes: 0, clock: 0, hits: 0, misses: 0 }
    }

    /// Names texts that are to be kept, where there is room at all.
    pub(super) fn want(&mut self, texts: &[Arc<str>]) {
        if self.most > 0 {
            self.wanted.extend(texts.iter().cloned());
        }
    }

    /// Gives up what is kept; the same texts are to be kept still.
    pub(super) fn clear(&mut self) {
        self.kept = HashMap::new();
        self.bytes = 0;
    }

    /// Whether a text is to be kept, and is not there yet.
    pub(super) fn lacks(&self, text: &Arc<str>, speaker: Option<&Arc<str>>) -> bool {
        self.keeps(text) && !self.kept.contains_key(&(text.clone(), speaker.cloned()))
    }

    /// Whether a text is to be kept once it is spoken.
    pub(super) fn keeps(&self, text: &str) -> bool {
        self.wanted.contains(text)
    }

    /// A text as it was spoken before.
    pub(super) fn find(&mut self, text: &Arc<str>, speaker: Option<&Arc<str>>) -> Option<Arc<Speech>> {
        self.clock += 1;
        match self.kept.get_mut(&(text.clone(), speaker.cloned())) {
            Some((speech, used)) => {
                *used = self.clock;
                self.hits += 1;
                Some(Arc::clone(speech))
            }
            None => {
                self.misses += 1;
                None
            }
        }
    }

    /// Keeps what was spoken, if it fits.
    pub(super) fn keep(&mut self, text: Arc<str>, speaker: Option<Arc<str>>, speech: Speech) {
        let bytes = speech.bytes();
        if bytes > self.most || !self.keeps(&text) {
            return;
        }
        self.clock += 1;
        if let Some((old, _)) = self.kept.insert((text, speaker), (Arc::new(speech), self.clock)) {
            self.bytes -= old.bytes();
        }
        self.bytes += bytes;
        while self.bytes > self.most {
            let oldest = self.kept.iter().min_by_key(|(_, (_, used))| *used).map(|(key, _)| key.clone());
            let Some((gone, _)) = oldest.and_then(|key| self.kept.remove(&key)) else { break };
            self.bytes -= gone.bytes();
        }
    }

    pub(super) fn counts(&self) -> CacheCounts {
        CacheCounts { entries: self.kept.len(), bytes: self.bytes, hits: self.hits, misses: self.misses }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn speech(samples: usize) -> Speech {
        Speech { pcm: vec![1; samples], words: vec![(0, 0)] }
    }

    #[test]
    fn only_named_texts_are_kept_each_speaker_for_itself() {
        let mut cache = Cache::new(10_000);
        let (text, anna): (Arc<str>, Arc<str>) = ("Hello.".into(), "anna".into());
        cache.keep(text.clone(), None, speech(10));
        assert_eq!(cache.find(&text, None), None);
        cache.want(std::slice::from_ref(&text));
        assert!(cache.lacks(&text, None));
        cache.keep(text.clone(), None, speech(10));
        assert_eq!(cache.find(&text, None).map(|s| s.pcm.len()), Some(10));
        assert_eq!(cache.find(&text, Some(&anna)), None);
        assert_eq!(cache.counts(), CacheCounts { entries: 1, bytes: 36, hits: 1, misses: 2 });
        let mut none = Cache::new(0);
        none.want(std::slice::from_ref(&text));
        assert!(!none.lacks(&text, None) && !cache.lacks(&text, None));
    }

    proptest! {
        #[test]
        fn bytes_are_never_more_than_allowed(sizes in prop::collection::vec((0u8..12, 0usize..600), 0..60)) {
            let mut cache = Cache::new(3_000);
            for (name, samples) in sizes {
                let text: Arc<str> = name.to_string().into();
                cache.want(std::slice::from_ref(&text));
                cache.keep(text.clone(), None, speech(samples));
                let counts = cache.counts();
                prop_assert!(counts.bytes <= 3_000);
                prop_assert_eq!(counts.bytes, cache.kept.values().map(|(s, _)| s.bytes()).sum::<usize>());
                prop_assert!(cache.find(&text, None).is_some(), "the newest is there");
            }
        }
    }
}
