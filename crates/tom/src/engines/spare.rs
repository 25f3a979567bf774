//! What do the large engines give up while the machine is short of memory or too hot, and how many calls may they have?

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tom_models::llm::LlamaLlm;
use tom_models::stt::WhisperStt;
use tom_models::tts::PiperTts;
use tom_server::Level;

/// A large model that nobody has used for so long is unloaded while the machine is short of something.
const UNUSED: Duration = Duration::from_secs(300);

/// An engine of this machine with a model that is worth unloading.
pub(crate) trait Heavy: Send + Sync {
    /// Its name.
    fn name(&self) -> &'static str;
    /// So many processes may be there; others end once they are idle. With 0 the next call loads one again.
    fn allow(&self, most: usize);
    /// Whether the number of its calls is bounded.
    fn bounds_calls(&self) -> bool {
        true
    }
    /// Calls that have it, where that bounds how many it may have.
    fn calls(&self) -> usize;
    /// Processes that there should be.
    fn processes(&self) -> usize;
    /// How long no call has had it; none: one has.
    fn idle(&self) -> Option<Duration>;
    /// Gives up what it keeps to be said again.
    fn forget(&self);
}

impl Heavy for PiperTts {
    fn name(&self) -> &'static str {
        "piper"
    }

    fn allow(&self, most: usize) {
        Self::allow(self, most);
    }

    fn calls(&self) -> usize {
        self.status().workers.streams
    }

    fn processes(&self) -> usize {
        self.status().workers.shards
    }

    fn idle(&self) -> Option<Duration> {
        Self::idle(self)
    }

    fn forget(&self) {
        self.forget_prompts();
    }
}

impl Heavy for WhisperStt {
    fn name(&self) -> &'static str {
        "whisper"
    }

    fn allow(&self, most: usize) {
        Self::allow(self, most);
    }

    fn calls(&self) -> usize {
        self.status().streams
    }

    fn processes(&self) -> usize {
        self.status().shards
    }

    fn idle(&self) -> Option<Duration> {
        Self::idle(self)
    }

    /// It keeps nothing.
    fn forget(&self) {}
}

impl Heavy for LlamaLlm {
    fn name(&self) -> &'static str {
        "llama"
    }

    fn allow(&self, most: usize) {
        Self::allow(self, most);
    }

    /// No number of calls is too large for it: their replies wait for one another (`llm.replies`), and most calls have
    /// none under way.
    fn bounds_calls(&self) -> bool {
        false
    }

    fn calls(&self) -> usize {
        0
    }

    fn processes(&self) -> usize {
        self.status().shards
    }

    fn idle(&self) -> Option<Duration> {
        Self::idle(self)
    }

    /// What it knows of conversations is part of its process; replies that are kept are the recall's.
    fn forget(&self) {}
}

/// The large engines, and how much the machine is spared.
pub(crate) struct Sparing {
    level: AtomicUsize,
    heavy: Vec<Arc<dyn Heavy>>,
    /// Calls that a process of each may have at once; 0: any number.
    most_calls: usize,
}

impl Sparing {
    /// `most_calls`: calls that a process may have at once; 0: any number.
    pub(crate) fn new(heavy: Vec<Arc<dyn Heavy>>, most_calls: usize) -> Self {
        Self { level: AtomicUsize::new(0), heavy, most_calls }
    }

    pub(crate) fn level(&self) -> Level {
        Level::ALL[self.level.load(Ordering::Relaxed).min(Level::ALL.len() - 1)]
    }

    /// Whether calls that begin get the large engines.
    pub(crate) fn large(&self) -> bool {
        self.level() < Level::BuiltIn
    }

    /// Whether an engine has as many calls as it may have.
    pub(crate) fn is_full(&self, name: &str) -> bool {
        self.heavy.iter().any(|engine| engine.name() == name && self.has_no_room(&**engine))
    }

    /// The name of an engine that has as many calls as it may have.
    pub(crate) fn full(&self) -> Option<&'static str> {
        self.heavy.iter().find(|engine| self.has_no_room(&***engine)).map(|engine| engine.name())
    }

    /// Whether each engine takes one more call beside so many that have it, or will have it as soon as they speak.
    pub(crate) fn has_room_beside(&self, calls: usize) -> bool {
        let takes = |engine: &Arc<dyn Heavy>| {
            engine.calls().max(calls) < self.most_calls.saturating_mul(engine.processes().max(1))
        };
        self.most_calls == 0 || self.heavy.iter().filter(|engine| engine.bounds_calls()).all(takes)
    }

    fn has_no_room(&self, engine: &dyn Heavy) -> bool {
        self.most_calls > 0 && engine.calls() >= self.most_calls * engine.processes().max(1)
    }

    /// The level now. Told at every change, and again and again while it is not normal.
    pub(crate) fn strained(&self, level: Level) {
        let before = self.level();
        self.level.store(level as usize, Ordering::Relaxed);
        let most = match level {
            Level::Normal => usize::MAX,
            Level::Lean => 1,
            Level::BuiltIn | Level::Full => 0,
        };
        if level != before {
            self.heavy.iter().for_each(|engine| engine.allow(most));
        }
        if level > Level::Normal && before == Level::Normal {
            self.heavy.iter().for_each(|engine| engine.forget());
        }
        if level == Level::Lean {
            let idle: Vec<_> =
                self.heavy.iter().map(|engine| engine.idle().filter(|_| engine.processes() > 0)).collect();
            if let Some(engine) = least_recently_used(&idle).and_then(|index| self.heavy.get(index)) {
                tracing::info!(engine = engine.name(), "a model that nobody has used for long is unloaded");
                engine.allow(0);
            }
        }
    }
}

/// The one that was not used for the longest time, if that is long enough. One at a time: perhaps that is enough.
fn least_recently_used(idle: &[Option<Duration>]) -> Option<usize> {
    let unused = idle.iter().enumerate().filter_map(|(index, idle)| Some((index, (*idle)?)));
    unused.filter(|(_, idle)| *idle >= UNUSED).max_by_key(|(_, idle)| *idle).map(|(index, _)| index)
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// A model with so many calls, unused for so long; writes down what it may have.
    struct Model {
        calls: usize,
        idle: Option<u64>,
        allowed: Mutex<Vec<usize>>,
    }

    impl Heavy for Model {
        fn name(&self) -> &'static str {
            "model"
        }

        fn allow(&self, most: usize) {
            self.allowed.lock().expect("whole").push(most);
        }

        fn calls(&self) -> usize {
            self.calls
        }

        fn processes(&self) -> usize {
            self.allowed.lock().expect("whole").last().map_or(2, |most| 2.min(*most))
        }

        fn idle(&self) -> Option<Duration> {
            self.idle.map(Duration::from_secs)
        }

        fn forget(&self) {}
    }

    fn model(calls: usize, idle: Option<u64>) -> Arc<Model> {
        Arc::new(Model { calls, idle, allowed: Mutex::default() })
    }

    #[test]
    fn the_model_unused_for_longest_goes_first_and_one_in_use_never() {
        let seconds = |n: u64| Some(Duration::from_secs(n));
        assert_eq!(least_recently_used(&[seconds(400), None, seconds(900), seconds(10)]), Some(2));
        assert_eq!(least_recently_used(&[seconds(299), None]), None);
        assert_eq!(least_recently_used(&[]), None);
    }

    #[test]
    fn each_level_takes_and_the_way_back_gives() {
        let (busy, unused) = (model(1, None), model(0, Some(1_000)));
        let sparing = Sparing::new(vec![busy.clone(), unused.clone()], 0);
        for level in [Level::Lean, Level::Lean, Level::BuiltIn, Level::Lean, Level::Normal] {
            sparing.strained(level);
            assert_eq!(sparing.large(), level < Level::BuiltIn);
        }
        assert_eq!(*busy.allowed.lock().expect("whole"), [1, 0, 1, usize::MAX]);
        assert_eq!(*unused.allowed.lock().expect("whole"), [1, 0, 0, 1, 0, usize::MAX]);
    }

    #[test]
    fn an_engine_is_full_by_its_processes() {
        let engine = model(7, None);
        let sparing = |most| Sparing::new(vec![engine.clone()], most);
        assert!(!sparing(4).is_full("model") && sparing(3).is_full("model") && !sparing(3).is_full("other"));
        assert_eq!((sparing(4).full(), sparing(3).full()), (None, Some("model")));
        assert!(!sparing(0).is_full("model"), "0 is no limit");
        let beside = |most, calls| sparing(most).has_room_beside(calls);
        assert!(beside(4, 7) && !beside(4, 8) && !beside(3, 0) && beside(0, 999));
    }
}
