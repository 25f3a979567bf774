//! The caller speaks over the reply: is it an interruption or a listener's noise?
//!
//! Stage 1 quiets the reply at once. Stage 2 decides: words, or long clear speech, take the floor; silence
//! without words lets the reply go on. Nothing stays undecided: a quiet reply goes on after
//! [`longest_pause`](crate::TurnConfig::longest_pause) at the latest, while the words are still awaited.

use tom_base::{MediaTime, Span};

use crate::{Onset, TurnConfig, fillers::Made};

/// How loud the reply is while it is decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    /// As ever.
    Full,
    /// Quieter.
    Ducked,
    /// Stopped at its place.
    Paused,
}

/// What has become of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Nothing yet.
    Undecided,
    /// The caller takes the floor.
    Takeover,
    /// The reply goes on; words that still come may take the floor.
    GoOn,
    /// It was nothing.
    Dismiss,
}

/// Speech over a reply, until it is decided.
#[derive(Clone, Debug)]
pub(crate) struct Interruption {
    /// When it began.
    pub(crate) began: MediaTime,
    /// How loud the reply is meanwhile.
    pub(crate) level: Level,
    /// Since when the reply is quiet.
    quiet_since: MediaTime,
    /// Since when there is clear speech without a break.
    clear_since: Option<MediaTime>,
    /// When the speech ended, if it has.
    ended: Option<MediaTime>,
    /// Only words take the floor.
    words_only: bool,
    /// How often the recogniser was asked what it is.
    peeks: u32,
    /// How often it answered that it is nothing.
    empty: u32,
}

/// A recogniser is asked so often at most what an interruption is.
const MOST_PEEKS: u32 = 2;

impl Interruption {
    /// Speech begins over a reply.
    pub(crate) fn new(now: MediaTime, onset: Onset, words_only: bool) -> Self {
        let mut new = Self {
            began: now,
            level: Level::Full,
            quiet_since: now,
            clear_since: None,
            ended: None,
            words_only,
            peeks: 0,
            empty: 0,
        };
        new.onset(now, onset);
        new
    }

    /// The reply has been quiet before.
    pub(crate) fn quiet_before(&mut self, since: MediaTime) {
        self.quiet_since = self.quiet_since.min(since);
    }

    /// Speech goes on, or becomes clear. The reply is never made louder by it.
    pub(crate) fn onset(&mut self, now: MediaTime, onset: Onset) {
        if self.level == Level::Full {
            self.quiet_since = now;
            self.began = now;
        }
        self.ended = None;
        match onset {
            Onset::Clear => {
                self.clear_since.get_or_insert(now);
                self.level = Level::Paused;
            }
            Onset::Weak => self.level = self.level.max(Level::Ducked),
        }
    }

    /// Whether it is time to ask the recogniser what it is so far; says so once for each time.
    pub(crate) fn peek(&mut self, now: MediaTime, config: &TurnConfig) -> bool {
        let due = self.peek_at(config).is_some_and(|at| at <= now);
        if due {
            self.peeks += 1;
        }
        due
    }

    /// The recogniser finds no word in it so far.
    pub(crate) fn nothing_in_it(&mut self) {
        self.empty += 1;
    }

    /// Whether the speech has ended.
    pub(crate) fn ended(&self) -> bool {
        self.ended.is_some()
    }

    /// The speech ended.
    pub(crate) fn speech_end(&mut self, now: MediaTime) {
        self.ended = Some(now);
        self.clear_since = None;
    }

    /// The reply goes on at full level.
    pub(crate) fn go_on(&mut self) {
        self.level = Level::Full;
    }

    /// How long the reply has been quiet.
    pub(crate) fn quiet_for(&self, now: MediaTime) -> Span {
        now.since(self.quiet_since)
    }

    /// What to do, given the words so far and whether the recogniser has said its last.
    pub(crate) fn verdict(&self, now: MediaTime, made: Made, settled: bool, config: &TurnConfig) -> Verdict {
        if made == Made::Words {
            return Verdict::Takeover;
        }
        if self.ended() && settled {
            return Verdict::Dismiss;
        }
        if self.takeover_at(made, config).is_some_and(|at| at <= now) {
            return Verdict::Takeover;
        }
        if self.go_on_at(config).is_some_and(|at| at <= now) {
            return Verdict::GoOn;
        }
        Verdict::Undecided
    }

    /// When to ask again, if nothing else happens.
    pub(crate) fn deadline(&self, made: Made, config: &TurnConfig) -> Option<MediaTime> {
        [self.takeover_at(made, config), self.go_on_at(config), self.peek_at(config)]
            .into_iter()
            .flatten()
            .min()
    }

    fn peek_at(&self, config: &TurnConfig) -> Option<MediaTime> {
        let decided = self.ended() || self.level == Level::Full;
        if decided || self.peeks >= MOST_PEEKS || config.clip == Span::ZERO {
            return None;
        }
        let clip = config.clip;
        Some((0..self.peeks).fold(self.began + clip, |at, _| at + clip))
    }

    /// When clear speech alone takes the floor. A recogniser that hears only a listener's words is believed,
    /// however long they last; one that hears no words at all delays it, and the second time forbids it: music
    /// and street noise are no interruption.
    fn takeover_at(&self, made: Made, config: &TurnConfig) -> Option<MediaTime> {
        if self.words_only || made == Made::Fillers || self.empty > 1 {
            return None;
        }
        let once = self.clear_since? + config.takeover;
        Some(if self.empty == 0 { once } else { once + config.takeover })
    }

    fn go_on_at(&self, config: &TurnConfig) -> Option<MediaTime> {
        if self.level == Level::Full {
            return None;
        }
        let longest = self.quiet_since + config.longest_pause;
        Some(self.ended.map_or(longest, |ended| longest.min(ended + config.settle)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> MediaTime {
        MediaTime::from_millis(ms)
    }

    fn ask(i: &Interruption, ms: u64, made: Made, settled: bool) -> Verdict {
        i.verdict(at(ms), made, settled, &TurnConfig::default())
    }

    #[test]
    fn clear_speech_pauses_and_takes_the_floor_after_its_time() {
        let i = Interruption::new(at(1_000), Onset::Clear, false);
        assert_eq!(i.level, Level::Paused);
        assert_eq!(i.deadline(Made::Nothing, &TurnConfig::default()), Some(at(1_280)), "a look at the words");
        assert_eq!(ask(&i, 1_599, Made::Nothing, false), Verdict::Undecided);
        assert_eq!(ask(&i, 1_600, Made::Nothing, false), Verdict::Takeover);
        assert_eq!(ask(&i, 1_600, Made::Fillers, false), Verdict::Undecided);
        assert_eq!(ask(&i, 3_000, Made::Fillers, false), Verdict::GoOn);
    }

    #[test]
    fn words_take_the_floor_at_once() {
        let i = Interruption::new(at(1_000), Onset::Weak, true);
        assert_eq!(i.level, Level::Ducked);
        assert_eq!(ask(&i, 1_100, Made::Words, false), Verdict::Takeover);
    }

    #[test]
    fn faint_speech_alone_never_takes_the_floor_and_the_reply_goes_on() {
        let i = Interruption::new(at(0), Onset::Weak, false);
        assert_eq!(ask(&i, 1_999, Made::Nothing, false), Verdict::Undecided);
        assert_eq!(ask(&i, 2_000, Made::Nothing, false), Verdict::GoOn);
    }

    #[test]
    fn the_time_of_clear_speech_counts_from_where_it_is_clear_and_restarts_after_a_break() {
        let mut i = Interruption::new(at(0), Onset::Weak, false);
        i.onset(at(500), Onset::Clear);
        assert_eq!(i.level, Level::Paused);
        assert_eq!(ask(&i, 1_099, Made::Nothing, false), Verdict::Undecided);
        i.speech_end(at(1_050));
        i.onset(at(1_200), Onset::Clear);
        assert_eq!(ask(&i, 1_700, Made::Nothing, false), Verdict::Undecided);
        assert_eq!(ask(&i, 1_800, Made::Nothing, false), Verdict::Takeover);
    }

    #[test]
    fn without_words_the_reply_goes_on_when_the_recogniser_is_done_or_late() {
        let mut i = Interruption::new(at(0), Onset::Clear, false);
        i.speech_end(at(300));
        assert_eq!(ask(&i, 310, Made::Fillers, true), Verdict::Dismiss);
        assert_eq!(ask(&i, 799, Made::Nothing, false), Verdict::Undecided);
        assert_eq!(ask(&i, 800, Made::Nothing, false), Verdict::GoOn);
        i.go_on();
        assert_eq!(ask(&i, 900, Made::Nothing, false), Verdict::Undecided);
        assert_eq!(ask(&i, 900, Made::Words, true), Verdict::Takeover);
        assert_eq!(i.deadline(Made::Nothing, &TurnConfig::default()), None);
    }
}
