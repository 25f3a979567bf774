//! What a worker tells TOM, and which number each message has.

use crate::codec::{Get, Put};
use crate::{Fault, Job, PROTOCOL, RawFrame, WireError};

/// Who a worker is: its first message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hello {
    /// The engine: `espeak-ng`.
    pub engine: String,
    /// The engine's own version: `1.51`.
    pub version: String,
    /// What else there is to know, a JSON object: voices, models.
    pub details: String,
}

/// A message from a worker, about one stream.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The worker is loaded and ready; stream 0.
    Hello(Hello),
    /// What the utterance sounds like so far.
    Partial {
        /// The utterance.
        job: Job,
        /// The words.
        text: String,
    },
    /// The same with words that may still change: what may be prepared for, and is not to be shown.
    Guess {
        /// The utterance.
        job: Job,
        /// The words.
        text: String,
    },
    /// What was said. The last event of an utterance.
    Final {
        /// The utterance, with the epoch of its `Finish`.
        job: Job,
        /// The words; empty if nothing could be understood.
        text: String,
        /// How sure the engine is, 0 to 1.
        confidence: f32,
    },
    /// Speech, 16 kHz mono.
    Pcm {
        /// The clause.
        job: Job,
        /// The samples, at most a second of them.
        samples: Vec<i16>,
    },
    /// Where a word begins.
    Word {
        /// The clause.
        job: Job,
        /// Byte offset in the clause's text, on a character boundary.
        offset: u32,
        /// Samples at 16 kHz from the clause's first one.
        at: u64,
    },
    /// How a clause is pronounced, for voices that are given sounds instead of letters.
    Phonemes {
        /// The clause.
        job: Job,
        /// Byte offsets in the clause's text, rising, each with the sounds (IPA with stress and marks) that begin there.
        words: Vec<(u32, String)>,
    },
    /// The last event of a clause.
    Done {
        /// The clause.
        job: Job,
    },
    /// The request failed. The last event of it.
    Error {
        /// The request.
        job: Job,
        /// Why.
        fault: Fault,
    },
    /// Answers a `Ping`; stream 0.
    Pong {
        /// The number of the `Ping`.
        nonce: u32,
    },
}

impl Event {
    /// The message as bytes for the socket.
    ///
    /// # Errors
    /// When it is longer than a frame may be.
    pub fn encode(&self, stream: u32) -> Result<Vec<u8>, WireError> {
        let mut put = Put::new();
        let kind = match self {
            Self::Hello(hello) => {
                put.u32(PROTOCOL);
                put.text(&hello.engine);
                put.text(&hello.version);
                put.text(&hello.details);
                64
            }
            Self::Partial { job, text } => {
                put.job(*job);
                put.text(text);
                65
            }
            Self::Final { job, text, confidence } => {
                put.job(*job);
                put.text(text);
                put.f32(*confidence);
                66
            }
            Self::Pcm { job, samples } => {
                put.job(*job);
                put.pcm(samples);
                67
            }
            Self::Word { job, offset, at } => {
                put.job(*job);
                put.u32(*offset);
                put.u64(*at);
                68
            }
            Self::Done { job } => {
                put.job(*job);
                69
            }
            Self::Error { job, fault } => {
                put.job(*job);
                put.kind(fault.kind);
                put.text(&fault.message);
                70
            }
            Self::Pong { nonce } => {
                put.u32(*nonce);
                71
            }
            Self::Phonemes { job, words } => {
                put.job(*job);
                for (offset, sounds) in words {
                    put.u32(*offset);
                    put.text(sounds);
                }
                72
            }
            Self::Guess { job, text } => {
                put.job(*job);
                put.text(text);
                73
            }
        };
        put.seal(kind, stream)
    }

    /// The message in a frame.
    ///
    /// # Errors
    /// When the frame holds no event, or a `Hello` of another protocol version.
    pub fn decode(frame: RawFrame<'_>) -> Result<Self, WireError> {
        let mut get = Get { kind: frame.kind, rest: frame.payload };
        let message = match frame.kind {
            64 => {
                let version = get.u32()?;
                if version != PROTOCOL {
                    return Err(WireError::OtherVersion(version));
                }
                Self::Hello(Hello { engine: get.text()?, version: get.text()?, details: get.text()? })
            }
            65 => Self::Partial { job: get.job()?, text: get.text()? },
            66 => Self::Final { job: get.job()?, text: get.text()?, confidence: get.confidence()? },
            67 => Self::Pcm { job: get.job()?, samples: get.pcm()? },
            68 => Self::Word { job: get.job()?, offset: get.u32()?, at: get.u64()? },
            69 => Self::Done { job: get.job()? },
            70 => Self::Error {
                job: get.job()?,
                fault: Fault { kind: get.fault_kind()?, message: get.text()? },
            },
            71 => Self::Pong { nonce: get.u32()? },
            72 => {
                let job = get.job()?;
                let mut words = Vec::new();
                while !get.rest.is_empty() {
                    words.push((get.u32()?, get.text()?));
                }
                Self::Phonemes { job, words }
            }
            73 => Self::Guess { job: get.job()?, text: get.text()? },
            other => return Err(WireError::UnknownType(other)),
        };
        get.end(message)
    }
}
