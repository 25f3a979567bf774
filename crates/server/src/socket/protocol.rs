//! What does a protocol have to know: what its client means, and how the call's messages are written?

use std::time::Instant;

use tom_call::{AudioIn, Control, Outbound};
use tom_turn::EndReason;
use tom_wire::WireError;

use crate::switchboard::Transport;

/// What a client's message asks for, audio apart (that goes straight into the call).
#[derive(Debug)]
pub(crate) enum Heard {
    Nothing,
    Tell(Control),
}

/// A protocol: what a client's messages mean and how the call's are written.
pub(crate) trait Protocol: Send {
    fn transport(&self) -> Transport;
    fn text(&mut self, text: &str) -> Result<Heard, WireError>;
    fn binary(&mut self, bytes: &[u8]) -> Result<Heard, WireError>;
    fn outbound(&mut self, outbound: Outbound);
    /// When the far end must get silence, because it gives up on a line that is quiet.
    fn silence_due(&self) -> Option<Instant> {
        None
    }
    /// Sends 20 ms of silence.
    fn silence(&mut self) {}
    fn error(&mut self, error: &WireError);
    fn slow_down(&mut self, message: &str, retry_after: f64);
    fn heartbeat(&mut self);
    fn goodbye(&mut self, reason: EndReason);
}

/// A protocol whose client may show the token in its first message.
pub(crate) trait TokenFirst: Protocol {
    /// The token in a first message, if it is one.
    fn token(&mut self, text: &str) -> Option<String>;
    /// The token was missing or wrong.
    fn auth_error(&mut self, error: &WireError);
    /// The call is up.
    fn connect(&mut self, audio: AudioIn, language: &str);
}
