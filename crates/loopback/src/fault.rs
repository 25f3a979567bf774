//! How can a server misbehave?

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Which of the engines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `/v1/audio/transcriptions`.
    Transcription,
    /// `/v1/chat/completions`.
    Chat,
    /// `/v1/audio/speech`.
    Speech,
    /// `/v1/models`.
    Models,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Transcription, Self::Chat, Self::Speech, Self::Models];
}

/// A misbehaviour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Takes the request and never answers.
    Silent,
    /// Sends the head of the answer, then nothing, with the connection open.
    StallAfterHead,
    /// Sends that many parts of the body (tokens, pieces of audio), then nothing, with the connection open.
    StallAfter(usize),
    /// Sends that many parts of the body, then cuts the connection.
    CutAfter(usize),
    /// Answers with a status and an error body of OpenAI's shape.
    Status(u16),
    /// Answers with a status, headers and a body.
    Answer {
        /// The status.
        status: u16,
        /// The content type.
        content_type: String,
        /// More headers, by name.
        headers: Vec<(String, String)>,
        /// The body.
        body: Vec<u8>,
    },
    /// Sends the right head and then bytes that mean nothing.
    Garbage,
    /// Sends the right body byte by byte, with so long a wait between two.
    Drip(Duration),
    /// Keeps the stream busy with comments or spaces that carry nothing.
    Chatter(Duration),
}

#[derive(Debug, Default)]
pub(crate) struct Faults(Mutex<HashMap<Kind, (Fault, Option<u32>)>>);

impl Faults {
    pub(crate) fn set(&self, kind: Kind, fault: Option<Fault>, times: Option<u32>) {
        let mut map = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match fault {
            Some(fault) => map.insert(kind, (fault, times)),
            None => map.remove(&kind),
        };
    }

    /// What goes wrong with the next request.
    pub(crate) fn next(&self, kind: Kind) -> Option<Fault> {
        let mut map = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (fault, times) = map.get_mut(&kind)?;
        let fault = fault.clone();
        if let Some(left) = times {
            *left = left.saturating_sub(1);
            if *left == 0 {
                map.remove(&kind);
            }
        }
        Some(fault)
    }
}
