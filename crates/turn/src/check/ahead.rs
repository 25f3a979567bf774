//! Is every reply that was begun early either wanted or dropped, and just once?

use tom_base::Epoch;

use crate::{CallEvent, Cause, Output};

/// The reply that is being made before it is wanted.
#[derive(Debug, Default)]
pub(super) struct Ahead {
    open: Option<(Epoch, Cause)>,
}

impl Ahead {
    pub(super) fn output(&mut self, output: &Output) -> Option<String> {
        match output {
            Output::Prepare { epoch, cause } => {
                let before = self.open.replace((*epoch, cause.clone()));
                before.map(|(other, _)| format!("Prepare {epoch} while {other} is being prepared"))
            }
            Output::Discard { epoch } => match self.open.take() {
                Some((open, _)) if open == *epoch => None,
                _ => Some(format!("Discard {epoch}, which is not being prepared")),
            },
            Output::Generate { epoch, cause } => match self.open.take() {
                Some(open) if open == (*epoch, cause.clone()) => None,
                Some((open, _)) => Some(format!("Generate {epoch} leaves {open} undecided")),
                None => None,
            },
            Output::Event(CallEvent::Ended(_)) => {
                self.open.take().map(|(open, _)| format!("the call ends and leaves {open} undecided"))
            }
            _ => None,
        }
    }
}
