//! What does each carrier do in its own way?

use crate::WireError;
use crate::phone::{Coding, PhoneStart};

/// How the audio of a stream is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineFormat {
    /// The samples.
    pub coding: Coding,
    /// Samples a second.
    pub rate: u32,
}

/// A carrier's spelling.
pub trait Flavour: Send + 'static {
    /// Its protocol's name, for messages to people.
    const NAME: &'static str;
    /// The event that echoes a mark.
    const ECHO: &'static str = "mark";
    /// 20 ms frames in one message to it.
    const FRAMES: usize = 1;
    /// Whether its media messages may come out of order.
    const SHUFFLED: bool = false;
    /// The key under which messages to it name their stream, if they do.
    const STREAM: Option<&'static str> = None;

    /// Reads a `start` message: the stream's name, what is told of the call, and how its audio is written.
    ///
    /// # Errors
    /// `BAD_EVENT` for a message that is not `start` as this carrier spells it, `BAD_AUDIO` for audio that is not
    /// understood.
    fn start(text: &str) -> Result<(String, PhoneStart, LineFormat), WireError>;

    /// Writes a message with audio (base64). `stream` is the stream's name as JSON writes it, quotation marks included.
    fn media(stream: &str, _format: LineFormat, base64: &str, out: &mut String) {
        head::<Self>("media", stream, out);
        out.push_str(r#","media":{"payload":""#);
        out.push_str(base64);
        out.push_str("\"}}");
    }

    /// Writes a mark.
    fn mark(stream: &str, name: &str, out: &mut String) {
        head::<Self>("mark", stream, out);
        out.push_str(r#","mark":{"name":"#);
        quoted(name, out);
        out.push_str("}}");
    }

    /// Writes the message that throws away what is not played.
    fn clear(stream: &str, out: &mut String) {
        head::<Self>("clear", stream, out);
        out.push('}');
    }
}

/// How a message begins, its brace open.
fn head<F: Flavour + ?Sized>(event: &str, stream: &str, out: &mut String) {
    out.push_str(r#"{"event":""#);
    out.push_str(event);
    out.push('"');
    if let Some(key) = F::STREAM {
        out.push_str(",\"");
        out.push_str(key);
        out.push_str("\":");
        out.push_str(stream);
    }
}

/// Appends a text as JSON writes it. Streams' names come from the far end and may hold anything.
pub(super) fn quoted(text: &str, out: &mut String) {
    out.push_str(&serde_json::Value::from(text).to_string());
}

/// `custom_parameters` and the number, as all carriers tell them.
pub(super) fn told(
    call: String,
    cli: Option<String>,
    parameters: Option<std::collections::BTreeMap<String, String>>,
) -> PhoneStart {
    PhoneStart { call, cli: cli.filter(|cli| !cli.is_empty()), parameters: parameters.unwrap_or_default() }
}
