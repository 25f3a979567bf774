//! What becomes of a call for which the engines of this machine have no room yet?
//!
//! With `limits.when_full = "hold"` it is answered by the voice that is built in, which asks the caller to hold the line. Calls
//! take their turn in the order in which they came; whoever waits longer than `limits.hold_s` is told to call again.

mod brain;
mod ear;
mod lobby;
#[cfg(test)]
mod tests;
mod voice;

use std::sync::Arc;
use std::time::Duration;

use tom_call::CallSetup;
use tom_engine::{Stt, Tts};

use brain::HoldBrain;
use ear::HeldStt;
pub(crate) use lobby::Lobby;
use voice::HeldTts;

/// Makes a call one that waits for room where there is none, for so long. `builtin`: who speaks meanwhile.
pub(crate) fn held(
    mut setup: CallSetup,
    lobby: &Arc<Lobby>,
    builtin: Option<Arc<dyn Tts>>,
    patience: Duration,
) -> CallSetup {
    let ticket = Arc::new(lobby.enter());
    if !ticket.is_in() {
        let stt = setup.engines.stt.take();
        setup.engines.stt =
            stt.map(|usual| Arc::new(HeldStt::new(usual, Arc::clone(&ticket))) as Arc<dyn Stt>);
        let tts = setup.engines.tts.take();
        setup.engines.tts = tts.map(|usual| {
            let meanwhile = builtin.unwrap_or_else(|| Arc::clone(&usual));
            Arc::new(HeldTts::new(usual, meanwhile, Arc::clone(&ticket))) as Arc<dyn Tts>
        });
        tracing::info!(call = %setup.id, "the engines are full: the caller is asked to hold the line");
    }
    setup.brain = Box::new(HoldBrain::new(setup.brain, ticket, setup.lang, patience));
    setup
}
