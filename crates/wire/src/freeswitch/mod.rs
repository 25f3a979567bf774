//! FreeSWITCH: how do its modules fork a call's audio to a WebSocket?
//!
//! All three send metadata as one text (if any was given), then linear audio in binary messages of any size. They
//! differ in the way back: jambonz's mod_audio_fork plays binary messages; drachtio's, and mod_audio_stream in its
//! free form, write clips into files that the dialplan's application has to play.

mod clip;
mod session;

pub use session::{FreeSwitchSession, Module, Return};

/// The subprotocol of drachtio's mod_audio_fork.
pub const DRACHTIO: &str = "audio.drachtio.org";
/// The subprotocol of jambonz's.
pub const JAMBONZ: &str = "audio.jambonz.org";
