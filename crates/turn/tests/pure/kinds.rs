//! Layer: pure. What random calls must have led to.

use tom_turn::{Cause, Output};

/// The name of an output: of its variant, of its event, of its cause, phrase or reason.
pub(crate) fn kind(output: &Output) -> String {
    let name = |debug: String| debug.split([' ', '(', '{']).next().unwrap_or_default().to_owned();
    match output {
        Output::Event(event) => name(format!("{event:?}")),
        Output::Generate { cause: Cause::Goodbye(why), .. } => format!("Goodbye {why:?}"),
        Output::Generate { cause, .. } => name(format!("{cause:?}")),
        Output::Say { phrase, .. } => format!("Say {phrase:?}"),
        Output::HangUp(reason) => format!("HangUp {reason:?}"),
        output => name(format!("{output:?}")),
    }
}

/// All that random calls must have led to.
pub(crate) const KINDS: &str = "Cancel Committed Dtmf Duck Ended Failed FalseInterruption Final Finish Floor Flush Forget Hold HoldOver Interrupted Keyed \
    Listen NotConnected Opening Partial Pause Paused Reply Reprompt Resume Said Silence Speak SpeakEnd Speaking State Tool Transfer \
    TurnEnd Wait";
/// Why they must have ended.
pub(crate) const ENDS: &str = "Agent Caller Drain Failure Silence TooLong Transferred Unanswered";
