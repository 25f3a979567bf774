//! Is every utterance opened once, and asked for or dropped?

use tom_base::Epoch;

use crate::{CallEvent, Output};

#[derive(Debug, Default)]
pub(super) struct Hearing {
    /// The utterance that is heard.
    open: Option<Epoch>,
    /// Those whose result is awaited.
    asked: Vec<Epoch>,
}

impl Hearing {
    pub(super) fn output(&mut self, output: &Output) -> Option<String> {
        match output {
            Output::Listen { epoch } => {
                let before = self.open.replace(*epoch);
                before.map(|before| format!("Listen {epoch} while {before} is heard"))
            }
            Output::ListenOn { epoch, after } => {
                let known = self.asked.contains(after);
                self.asked.retain(|asked| asked != after);
                match self.open.replace(*epoch) {
                    Some(before) => Some(format!("ListenOn {epoch} while {before} is heard")),
                    None if !known => Some(format!("{epoch} goes on with {after}, which nobody listened to")),
                    None => None,
                }
            }
            Output::Finish { epoch } => {
                let open = self.open.take();
                self.asked.push(*epoch);
                (open != Some(*epoch)).then(|| format!("Finish {epoch} while {open:?} is heard"))
            }
            Output::Forget { epoch } => {
                if self.open == Some(*epoch) {
                    self.open = None;
                    return None;
                }
                let known = self.asked.contains(epoch);
                self.asked.retain(|asked| asked != epoch);
                (!known).then(|| format!("Forget {epoch}, which nobody listened to"))
            }
            Output::Event(CallEvent::Final { epoch, .. }) if !self.asked.contains(epoch) => {
                Some(format!("a last word on {epoch}, which nobody asked for"))
            }
            Output::Event(CallEvent::Ended(_)) => {
                self.open.map(|open| format!("the call ends while {open} is heard"))
            }
            _ => None,
        }
    }
}
