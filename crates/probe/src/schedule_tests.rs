//! Layer: pure. Schedules with known answers.
use proptest::prelude::*;

use super::*;

fn loud(at: Micros) -> Heard {
    Heard { at, rms: [2_000; STEPS] }
}

fn span(plays: &[Play]) -> Vec<(Micros, Micros)> {
    plays.iter().map(|p| (p.from, p.to)).collect()
}

#[test]
fn frames_that_come_at_once_are_played_one_after_another() {
    let plays = plays([1_000, 1_000, 1_000, 61_000].into_iter(), &[]);
    assert_eq!(span(&plays), [(1_000, 21_000), (21_000, 41_000), (41_000, 61_000), (61_000, 81_000)]);
    assert_eq!(plays.iter().map(|p| p.lead).collect::<Vec<_>>(), [0, 20_000, 40_000, 0]);
}

#[test]
fn a_late_frame_is_played_when_it_comes() {
    let plays = plays([0, 50_000, 60_000].into_iter(), &[]);
    assert_eq!(span(&plays), [(0, 20_000), (50_000, 70_000), (70_000, 90_000)]);
}

#[test]
fn a_clear_cuts_what_is_being_played_and_drops_the_rest() {
    let plays = plays([0, 0, 0, 100_000].into_iter(), &[(3, 25_000)]);
    assert_eq!(span(&plays), [(0, 20_000), (20_000, 25_000), (25_000, 25_000), (100_000, 120_000)]);
    let at_the_end = super::plays([0, 0].into_iter(), &[(2, 10_000)]);
    assert_eq!(span(&at_the_end), [(0, 10_000), (10_000, 10_000)]);
}

#[test]
fn sound_begins_and_ends_where_the_envelope_says() {
    let heard = [
        Heard { at: 0, rms: [0, 0, 2_000, 2_000] },
        loud(0),
        Heard { at: 0, rms: [2_000, 0, 0, 0] },
        Heard { at: 0, rms: [0; STEPS] },
    ];
    let all = sounds(&heard, &plays(heard.iter().map(|h| h.at), &[]));
    assert_eq!((all[0].frame, all[0].from), (0, 10_000));
    assert_eq!((all[all.len() - 1].frame, all[all.len() - 1].to), (2, 45_000));
    assert_eq!(all.len(), 7);
}

#[test]
fn sound_that_a_clear_threw_away_was_not_heard() {
    let heard = [loud(0), loud(0)];
    let all = sounds(&heard, &plays([0, 0].into_iter(), &[(2, 12_000)]));
    assert_eq!(all.iter().map(|s| s.to).max(), Some(12_000));
    assert!(all.iter().all(|s| s.frame == 0));
}

proptest! {
    #[test]
    fn every_frame_is_played_once_in_order_and_never_before_it_came(
        mut arrivals in proptest::collection::vec(0u64..5_000_000, 1..100),
    ) {
        arrivals.sort_unstable();
        let plays = plays(arrivals.iter().copied(), &[]);
        prop_assert_eq!(plays.len(), arrivals.len());
        for (play, at) in plays.iter().zip(&arrivals) {
            prop_assert_eq!(play.from - play.lead, *at);
            prop_assert_eq!(play.to - play.from, FRAME_TIME);
        }
        prop_assert!(plays.windows(2).all(|p| p[0].to <= p[1].from));
    }
}
