//! Is nothing spoken that should not be, and nothing called heard that was not said?

use tom_base::{Epoch, MediaTime};

use crate::{CallEvent, Output};

/// The reply under way, as its owner sees it.
#[derive(Debug, Default)]
pub(super) struct Audio {
    reply: Option<Epoch>,
    /// The newest reply of all.
    newest: Option<Epoch>,
    /// It may be spoken: not cancelled, flushed or ended.
    open: bool,
    said: String,
    quiet: Option<MediaTime>,
    /// Its end was told.
    told: bool,
}

impl Audio {
    pub(super) fn quiet_since(&self) -> Option<MediaTime> {
        self.quiet
    }

    pub(super) fn output(&mut self, now: MediaTime, output: &Output) -> Option<String> {
        match output {
            Output::Generate { epoch, .. } | Output::Say { epoch, .. } => {
                let grows = self.newest.is_none_or(|newest| *epoch > newest);
                let free = self.reply.is_none();
                let speaks = matches!(output, Output::Generate { .. });
                *self = Self { reply: Some(*epoch), newest: Some(*epoch), open: speaks, ..Self::default() };
                if !grows {
                    return Some(format!("the reply {epoch} is not newer than the last"));
                }
                (!free).then(|| format!("the reply {epoch} begins before the last has ended"))
            }
            Output::Speak { epoch, .. } => self.must_be_open(*epoch, "Speak"),
            Output::SpeakEnd { epoch } => {
                let problem = self.must_be_open(*epoch, "SpeakEnd");
                self.open = false;
                problem
            }
            Output::Pause | Output::Duck => {
                self.quiet.get_or_insert(now);
                self.reply.is_none().then(|| "nothing is there to be paused".into())
            }
            Output::Resume => match self.quiet.take() {
                Some(_) => None,
                None => Some("goes on although it was not paused".into()),
            },
            Output::Cancel { epoch } => {
                self.quiet = None;
                self.open = false;
                let other = self.reply != Some(*epoch);
                // The end of a cancelled reply is told, except where the same turn goes on.
                self.reply = None;
                other.then(|| format!("Cancel {epoch}, which is not under way"))
            }
            Output::Flush => {
                self.open = false;
                None
            }
            Output::Event(event) => self.event(event),
            _ => None,
        }
    }

    fn must_be_open(&self, epoch: Epoch, what: &str) -> Option<String> {
        (self.reply != Some(epoch) || !self.open).then(|| format!("{what} {epoch} without a reply under way"))
    }

    fn event(&mut self, event: &CallEvent) -> Option<String> {
        match event {
            CallEvent::Reply { text, .. } => {
                if !self.said.is_empty() {
                    self.said.push(' ');
                }
                self.said.push_str(text);
                None
            }
            CallEvent::Interrupted { epoch, heard, .. } => self.heard(*epoch, heard, false),
            CallEvent::TurnEnd { epoch, heard, complete } => {
                let twice = std::mem::replace(&mut self.told, true);
                let problem = self.heard(*epoch, heard, *complete);
                self.reply = None;
                problem.or_else(|| twice.then(|| format!("the end of {epoch} is told twice")))
            }
            CallEvent::Ended(_) => {
                self.reply.map(|reply| format!("the call ends while the reply {reply} is under way"))
            }
            _ => None,
        }
    }

    fn heard(&self, epoch: Epoch, heard: &str, complete: bool) -> Option<String> {
        if self.newest != Some(epoch) {
            return Some(format!("{epoch} was not the last reply"));
        }
        if !self.said.starts_with(heard) {
            return Some(format!("heard {heard:?} of {epoch}, but said was {:?}", self.said));
        }
        (complete && heard != self.said)
            .then(|| format!("{epoch} is complete without all of {:?}", self.said))
    }
}
