//! Who calls, and in which order is everything done?

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::line::Line;
use crate::mouth::samples;
use crate::outgoing::Outgoing;
use crate::report::{Entry, Report};
use crate::socket::open;
use crate::{Act, Action, CallOptions, ClientError, Moment};

/// Hears every line of the timeline while the call runs.
pub(crate) type Watch = Box<dyn FnMut(&Entry) + Send>;

/// Time between two keys of one action.
const KEY_GAP: Duration = Duration::from_millis(200);
/// Most keys and actions of a call.
const MAX_ACTIONS: usize = 1_000;

/// A caller in software.
pub struct Caller {
    options: CallOptions,
    watch: Option<Watch>,
}

impl Caller {
    /// A caller that will make this call.
    #[must_use]
    pub fn new(options: CallOptions) -> Self {
        Self { options, watch: None }
    }

    /// Tells every line of the timeline while the call runs.
    #[must_use]
    pub fn watch(mut self, tell: impl FnMut(&Entry) + Send + 'static) -> Self {
        self.watch = Some(Box::new(tell));
        self
    }

    /// Makes the call. When `cancel` is cancelled the caller hangs up, and the report tells what there was.
    ///
    /// # Errors
    /// Only when the call does not take place: an option or address that cannot be used, nobody there, a
    /// refusal. What goes wrong later stands in the report.
    pub async fn run(self, cancel: CancellationToken) -> Result<Report, ClientError> {
        let actions = in_order(&self.options)?;
        let (sender, arrivals) = tokio::select! {
            opened = open(&self.options) => opened?,
            () = cancel.cancelled() => {
                return Err(ClientError::Option("cancelled before the call was answered".into()));
            }
        };
        let out = Outgoing::new(sender, self.options.audio, self.options.dialect);
        Ok(Line::new(self.options, self.watch, out, actions).call(arrivals, cancel).await)
    }
}

/// Actions by time, latest first, keys one by one.
fn in_order(options: &CallOptions) -> Result<Vec<(Moment, Act)>, ClientError> {
    let mut actions = Vec::new();
    for Action { at, act } in &options.actions {
        match act {
            Act::Keys(keys) => {
                for (n, key) in (0u32..).zip(keys) {
                    actions.push((samples(*at + KEY_GAP * n), Act::Keys(vec![*key])));
                }
            }
            act => actions.push((samples(*at), act.clone())),
        }
    }
    if actions.len() > MAX_ACTIONS {
        return Err(ClientError::Option(format!("a call can have {MAX_ACTIONS} keys and actions at most")));
    }
    actions.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    Ok(actions)
}
