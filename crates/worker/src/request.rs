//! What TOM asks of a worker, and which number each message has.
//!
//! Each [`Request::Begin`] and [`Request::Speak`] is answered by events with the same [`Job`], of which
//! `Final`, `Done` or `Error` is the last. What is cancelled need not be answered.

use crate::codec::{Get, Put};
use crate::{Job, RawFrame, WireError};

/// A message to a worker, about one stream.
#[derive(Clone, Debug, PartialEq)]
pub enum Request {
    /// The stream exists from now on.
    Open {
        /// The engine's own options, a JSON object.
        options: String,
    },
    /// An utterance begins. One that is still open is cancelled by it.
    Begin {
        /// What the results are to carry.
        job: Job,
        /// A name that is the same for the same context; empty without one.
        context_id: String,
        /// What may be said, in the engine's notation (a JSGF grammar); empty without one.
        context: String,
    },
    /// Audio of the open utterance, 16 kHz mono.
    Audio {
        /// The samples, at most a second of them.
        pcm: Vec<i16>,
    },
    /// The utterance is over. The job has the serial of its `Begin`, and perhaps a later epoch.
    Finish {
        /// What the last result is to carry.
        job: Job,
    },
    /// A clause is to be spoken.
    Speak {
        /// What the results are to carry.
        job: Job,
        /// The clause.
        text: String,
    },
    /// Nobody wants the results of what was asked on this stream so far.
    Cancel,
    /// What is asked on this stream can wait a moment: another engine of this machine has something more urgent to compute.
    Rest {
        /// For so long, in milliseconds.
        ms: u32,
    },
    /// The stream is gone.
    Close,
    /// Asks for a `Pong`; stream 0. As a worker takes one request after the other, the answer also says that it
    /// survived all requests before this one.
    Ping {
        /// Comes back in the `Pong`.
        nonce: u32,
    },
}

impl Request {
    /// The message as bytes for the socket.
    ///
    /// # Errors
    /// When it is longer than a frame may be.
    pub fn encode(&self, stream: u32) -> Result<Vec<u8>, WireError> {
        let mut put = Put::new();
        let kind = match self {
            Self::Open { options } => {
                put.text(options);
                1
            }
            Self::Begin { job, context_id, context } => {
                put.job(*job);
                put.text(context_id);
                put.text(context);
                2
            }
            Self::Audio { pcm } => {
                put.pcm(pcm);
                3
            }
            Self::Finish { job } => {
                put.job(*job);
                4
            }
            Self::Speak { job, text } => {
                put.job(*job);
                put.text(text);
                5
            }
            Self::Cancel => 6,
            Self::Close => 7,
            Self::Ping { nonce } => {
                put.u32(*nonce);
                8
            }
            Self::Rest { ms } => {
                put.u32(*ms);
                9
            }
        };
        put.seal(kind, stream)
    }

    /// The message in a frame.
    ///
    /// # Errors
    /// When the frame holds no request.
    pub fn decode(frame: RawFrame<'_>) -> Result<Self, WireError> {
        let mut get = Get { kind: frame.kind, rest: frame.payload };
        let message = match frame.kind {
            1 => Self::Open { options: get.text()? },
            2 => Self::Begin { job: get.job()?, context_id: get.text()?, context: get.text()? },
            3 => Self::Audio { pcm: get.pcm()? },
            4 => Self::Finish { job: get.job()? },
            5 => Self::Speak { job: get.job()?, text: get.text()? },
            6 => Self::Cancel,
            7 => Self::Close,
            8 => Self::Ping { nonce: get.u32()? },
            9 => Self::Rest { ms: get.u32()? },
            other => return Err(WireError::UnknownType(other)),
        };
        get.end(message)
    }
}
