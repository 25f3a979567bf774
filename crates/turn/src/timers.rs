//! Which deadlines are running, and which is next?

use tom_base::MediaTime;

/// The name of a deadline. When several are due at once the one further up goes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Timer {
    /// The goodbye has taken long enough: hang up.
    Closing,
    /// Nobody answers.
    Ring,
    /// The call has lasted too long.
    Call,
    /// A possible interruption is to be decided.
    Overlap,
    /// A hiss or faint speech over the reply has not become clear.
    Hush,
    /// The caller's pause has lasted long enough.
    Endpoint,
    /// The recogniser owes a result.
    Recognition,
    /// The utterance is too long.
    Utterance,
    /// The next key is late.
    Keys,
    /// The brain owes its first words.
    Think,
    /// The synthesiser owes its first audio.
    FirstAudio,
    /// The reply owes its first audio.
    Whole,
    /// The reply shows no sign of life.
    Stall,
    /// A tool is late.
    Tool,
    /// The caller says nothing.
    Silence,
}

impl Timer {
    const ALL: [Self; 15] = [
        Self::Closing,
        Self::Ring,
        Self::Call,
        Self::Overlap,
        Self::Hush,
        Self::Endpoint,
        Self::Recognition,
        Self::Utterance,
        Self::Keys,
        Self::Think,
        Self::FirstAudio,
        Self::Whole,
        Self::Stall,
        Self::Tool,
        Self::Silence,
    ];
}

/// A deadline that does not run.
const NEVER: MediaTime = MediaTime::from_ticks(u64::MAX);

/// The table of running deadlines.
#[derive(Debug)]
pub(crate) struct Timers {
    due: [MediaTime; Timer::ALL.len()],
}

impl Default for Timers {
    fn default() -> Self {
        Self { due: [NEVER; Timer::ALL.len()] }
    }
}

impl Timers {
    /// Starts a deadline, or moves it.
    pub(crate) fn arm(&mut self, timer: Timer, at: MediaTime) {
        self.due[timer as usize] = at;
    }

    /// Stops a deadline.
    pub(crate) fn clear(&mut self, timer: Timer) {
        self.due[timer as usize] = NEVER;
    }

    /// Stops all.
    pub(crate) fn clear_all(&mut self) {
        *self = Self::default();
    }

    /// When a deadline is, if it runs.
    pub(crate) fn get(&self, timer: Timer) -> Option<MediaTime> {
        Some(self.due[timer as usize]).filter(|at| *at != NEVER)
    }

    /// The next deadline of all.
    pub(crate) fn next(&self) -> Option<MediaTime> {
        self.due.iter().copied().min().filter(|at| *at != NEVER)
    }

    /// Takes the earliest deadline that has come.
    pub(crate) fn take_due(&mut self, now: MediaTime) -> Option<Timer> {
        let next = self.next().filter(|at| *at <= now)?;
        let timer = Timer::ALL.into_iter().find(|t| self.due[*t as usize] == next)?;
        self.clear(timer);
        Some(timer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earliest_goes_first_and_only_when_it_is_due() {
        let mut timers = Timers::default();
        timers.arm(Timer::Silence, MediaTime::from_millis(10));
        timers.arm(Timer::Stall, MediaTime::from_millis(5));
        assert_eq!(timers.next(), Some(MediaTime::from_millis(5)));
        assert_eq!(timers.take_due(MediaTime::from_millis(4)), None);
        let now = MediaTime::from_millis(10);
        assert_eq!(timers.take_due(now), Some(Timer::Stall));
        assert_eq!(timers.take_due(now), Some(Timer::Silence));
        assert_eq!(timers.take_due(now), None);
        assert_eq!(timers.next(), None);
    }

    #[test]
    fn every_timer_has_its_own_place() {
        for (place, timer) in Timer::ALL.into_iter().enumerate() {
            assert_eq!(timer as usize, place);
        }
    }
}
