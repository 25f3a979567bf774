//! Who may have the floor after whom, and which call state goes with it?

use tom_base::CallState;

use crate::Floor;

/// The one table that maps call states (as the wire names them) to the floor.
pub const STATES: [(CallState, &[Floor]); 8] = [
    (CallState::Idle, &[Floor::Listening]),
    (CallState::Ringing, &[Floor::Listening]),
    (CallState::Connected, &[Floor::Thinking]),
    (CallState::Listening, &[Floor::Listening, Floor::User, Floor::Pause]),
    (CallState::Thinking, &[Floor::Thinking]),
    (CallState::Speaking, &[Floor::Agent]),
    (CallState::Barred, &[Floor::Agent]),
    (CallState::Ended, &[Floor::Ended]),
];

/// How far the call itself is, apart from who has the floor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Life {
    /// Not yet offered.
    #[default]
    Idle,
    /// Offered.
    Ringing,
    /// Answered, the opening not yet heard.
    Connected,
    /// Under way.
    Live,
}

/// The call state that goes with how far the call is and who has the floor.
pub(crate) fn call_state(life: Life, floor: Floor, barred: bool) -> CallState {
    match (floor, life) {
        (Floor::Ended, _) => CallState::Ended,
        (_, Life::Idle) => CallState::Idle,
        (_, Life::Ringing) => CallState::Ringing,
        (Floor::Thinking, Life::Connected) => CallState::Connected,
        (Floor::Listening | Floor::User | Floor::Pause, _) => CallState::Listening,
        (Floor::Thinking, Life::Live) => CallState::Thinking,
        (Floor::Agent, _) if barred => CallState::Barred,
        (Floor::Agent, _) => CallState::Speaking,
    }
}

impl Floor {
    /// Whether the floor may pass from here to there. Nothing follows [`Floor::Ended`].
    #[must_use]
    pub const fn may_become(self, next: Self) -> bool {
        use Floor::{Agent, Ended, Listening, Pause, Thinking, User};
        match (self, next) {
            (Ended, _) => false,
            (_, Ended) => true,
            (Listening, to) => matches!(to, User | Thinking),
            (User, to) => matches!(to, Pause | Listening | Thinking),
            (Pause, to) => matches!(to, User | Listening | Thinking),
            (Thinking, to) => matches!(to, Agent | User | Listening),
            (Agent, to) => matches!(to, User | Pause | Listening | Thinking),
        }
    }

    /// Every floor.
    pub const ALL: [Self; 6] =
        [Self::Listening, Self::User, Self::Pause, Self::Thinking, Self::Agent, Self::Ended];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_names_each_state_once_and_agrees_with_the_rule() {
        let named: Vec<_> = STATES.iter().map(|(s, _)| *s).collect();
        assert_eq!(named, CallState::ALL);
        for life in [Life::Idle, Life::Ringing, Life::Connected, Life::Live] {
            for floor in Floor::ALL {
                for barred in [false, true] {
                    let before_answer = matches!(life, Life::Idle | Life::Ringing);
                    if before_answer && !matches!(floor, Floor::Listening | Floor::Ended) {
                        continue;
                    }
                    let state = call_state(life, floor, barred);
                    let (_, floors) =
                        STATES.into_iter().find(|(s, _)| *s == state).expect("every state is in the table");
                    assert!(floors.contains(&floor), "{life:?} {floor:?} {state}");
                }
            }
        }
    }

    #[test]
    fn an_ended_call_stays_ended_and_every_other_can_end() {
        for floor in Floor::ALL {
            assert!(!Floor::Ended.may_become(floor));
            assert_eq!(floor.may_become(Floor::Ended), floor != Floor::Ended);
        }
    }
}
