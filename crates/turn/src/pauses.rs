//! How long a pause ends a turn, by how its words end and by how patient the agent is to be.
//!
//! The rule and its figures are RealtimeVoiceChat's (requirements 10.3): a pause for the mark at the end, weighed with
//! how likely the sentence is complete, times the pace. Between fast and slow all of it is linear.

use tom_base::Span;

/// How words end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// With a full stop.
    Stop,
    /// With an exclamation mark.
    Exclamation,
    /// With a question mark.
    Question,
    /// As if more were to come: dots, a comma, "and".
    Open,
    /// In none of these ways.
    Plain,
}

/// The slowest: the end of the scale that begins with 0, the fastest.
pub const SLOWEST: u16 = 1_000;

/// How much the mark counts; the rest is the likelihood of a complete sentence.
const MARK_WEIGHT: f64 = 0.65;
/// What words that trail off get on top, in seconds.
const OPEN_MORE: f64 = 0.2;

/// The silence that ends a turn whose words end so, which are a complete sentence with likelihood `complete` (0 to
/// 1), at a pace from 0 (fast) to [`SLOWEST`].
#[must_use]
pub fn pause(ending: Ending, complete: f64, pace: u16) -> Span {
    let slow = f64::from(pace.min(SLOWEST)) / f64::from(SLOWEST);
    let between = |fast: f64, slowest: f64| fast + slow * (slowest - fast);
    let mark = match ending {
        Ending::Stop => between(0.39, 0.9),
        Ending::Exclamation => between(0.35, 0.8),
        Ending::Question => between(0.33, 0.8),
        Ending::Open => between(2.3, 3.0),
        Ending::Plain => between(1.25, 1.9),
    };
    let likely = 1.0 - complete.clamp(0.0, 1.0);
    let weighed = MARK_WEIGHT * mark + (1.0 - MARK_WEIGHT) * likely;
    let more = if ending == Ending::Open { OPEN_MORE } else { 0.0 };
    let seconds = weighed * between(0.5, 1.7) + more;
    Span::from_millis((seconds * 1_000.0).round() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Requirements 10.3: for p = 0, 0.5 and 1, in seconds.
    #[test]
    fn it_gives_the_published_figures() {
        for (pace, ending, expected) in [
            (0, Ending::Stop, [0.302, 0.214, 0.127]),
            (0, Ending::Question, [0.282, 0.195, 0.107]),
            (0, Ending::Plain, [0.581, 0.494, 0.406]),
            (0, Ending::Open, [1.122, 1.035, 0.948]),
            (500, Ending::Stop, [0.846, 0.654, 0.461]),
            (500, Ending::Plain, [1.511, 1.319, 1.126]),
            (1_000, Ending::Stop, [1.590, 1.292, 0.995]),
            (1_000, Ending::Question, [1.479, 1.181, 0.884]),
            (1_000, Ending::Plain, [2.694, 2.397, 2.099]),
            (1_000, Ending::Open, [4.110, 3.812, 3.515]),
        ] {
            for (complete, expected) in [0.0, 0.5, 1.0].into_iter().zip(expected) {
                let got = pause(ending, complete, pace).as_millis();
                let expected = (expected * 1_000.0_f64).round() as u64;
                assert!(got.abs_diff(expected) <= 1, "{ending:?} {complete} {pace}: {got}, not {expected}");
            }
        }
    }

    #[test]
    fn slower_is_never_shorter() {
        for ending in [Ending::Stop, Ending::Exclamation, Ending::Question, Ending::Open, Ending::Plain] {
            let pauses: Vec<_> = (0..=20).map(|n| pause(ending, 0.5, n * 50)).collect();
            assert!(pauses.is_sorted(), "{ending:?}");
            assert_eq!(pause(ending, 0.5, 5_000), pauses[20], "beyond the end there is nothing");
        }
    }
}
