//! How do carriers stream a call as JSON over a WebSocket?
//!
//! Twilio began it, and others took its shape with spellings of their own: `connected`, `start`, `media` with base64
//! audio, `dtmf`, `mark`, `stop`; back go audio, marks and a word that clears what is not played. What they share is
//! [`CarrierSession`]; what each does in its own way is its [`Flavour`].

mod exotel;
mod flavour;
mod message;
mod plivo;
mod session;
mod telnyx;
mod twilio;

pub use exotel::Exotel;
pub use flavour::{Flavour, LineFormat};
pub use plivo::Plivo;
pub use session::CarrierSession;
pub use telnyx::Telnyx;
pub use twilio::Twilio;

/// A call over Twilio Media Streams.
pub type TwilioSession = CarrierSession<Twilio>;
/// A call over Telnyx media streaming.
pub type TelnyxSession = CarrierSession<Telnyx>;
/// A call over Plivo audio streaming.
pub type PlivoSession = CarrierSession<Plivo>;
/// A call over Exotel's Voicebot applet.
pub type ExotelSession = CarrierSession<Exotel>;
