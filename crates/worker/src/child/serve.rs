//! How a worker takes its requests one after the other and answers each of them.

use std::collections::HashMap;
use std::io::ErrorKind::{BrokenPipe, ConnectionReset};

use super::link::{Link, LinkError};
use super::reply::Reply;
use crate::{Event, Fault, FaultKind, Hello, Job, Request};

/// Why a handler gives a request up.
#[derive(Debug)]
pub enum Trouble {
    /// The request failed; TOM is told and the worker goes on.
    Fault(Fault),
    /// The link failed; the worker ends.
    Link(LinkError),
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<LinkError> for Trouble {
    fn from(error: LinkError) -> Self {
        Self::Link(error)
    }
}

/// What a worker can do. Streams are told apart by their number, which the handler may use as a key. An
/// engine implements `speak`, or `begin`, `audio` and `finish`; the rest is optional.
pub trait Handler {
    /// A stream is opened with the engine's options, a JSON object.
    ///
    /// # Errors
    /// When the options cannot be met; each request on the stream then fails with the same.
    fn open(&mut self, _stream: u32, _options: &str) -> Result<(), Fault> {
        Ok(())
    }

    /// An utterance begins. `context_id` is the same for the same `context`; both are empty without one.
    ///
    /// # Errors
    /// When the context makes no sense; the utterance is lost then, its audio does not come.
    fn begin(
        &mut self,
        _stream: u32,
        _context_id: &str,
        _context: &str,
        _reply: &mut Reply<'_>,
    ) -> Result<(), Trouble> {
        Err(Fault::bad_request("this worker does not recognise speech").into())
    }

    /// Audio of the open utterance, 16 kHz mono.
    ///
    /// # Errors
    /// When the utterance is lost.
    fn audio(&mut self, _stream: u32, _pcm: &[i16], _reply: &mut Reply<'_>) -> Result<(), Trouble> {
        Ok(())
    }

    /// The utterance is over: [`Reply::heard`] is to be called.
    ///
    /// # Errors
    /// When the utterance is lost.
    fn finish(&mut self, _stream: u32, _reply: &mut Reply<'_>) -> Result<(), Trouble> {
        Err(Fault::bad_request("this worker does not recognise speech").into())
    }

    /// A clause is to be spoken; it is done when this returns.
    ///
    /// # Errors
    /// When the clause is lost.
    fn speak(&mut self, _stream: u32, _text: &str, _reply: &mut Reply<'_>) -> Result<(), Trouble> {
        Err(Fault::bad_request("this worker does not speak").into())
    }

    /// The open utterance is of no interest any more. Also called before a `begin` that comes without a
    /// `finish`.
    fn cancel(&mut self, _stream: u32) {}

    /// The stream is gone; what is held for it can go too.
    fn close(&mut self, _stream: u32) {}
}

/// What is known of a stream.
#[derive(Default)]
struct Stream {
    /// Why it could not be opened.
    refused: Option<Fault>,
    /// The open utterance.
    utterance: Option<Job>,
}

/// Says hello and answers requests until TOM closes the link.
///
/// # Errors
/// When the link fails otherwise.
pub fn serve(link: &mut Link, hello: Hello, handler: &mut impl Handler) -> Result<(), LinkError> {
    match attend(link, hello, handler) {
        // TOM went away while an answer was on its way: an end like any other.
        Err(LinkError::Io(e)) if matches!(e.kind(), BrokenPipe | ConnectionReset) => Ok(()),
        outcome => outcome,
    }
}

/// As [`serve`], but a link that breaks is an error.
fn attend(link: &mut Link, hello: Hello, handler: &mut impl Handler) -> Result<(), LinkError> {
    link.send(0, &Event::Hello(hello))?;
    let mut streams = HashMap::<u32, Stream>::new();
    while let Some((id, request)) = link.recv()? {
        match request {
            Request::Ping { nonce } => link.send(0, &Event::Pong { nonce })?,
            Request::Close => {
                if streams.remove(&id).is_some() {
                    handler.close(id);
                }
            }
            other => answer(link, handler, id, streams.entry(id).or_default(), other)?,
        }
    }
    Ok(())
}

/// Does what a request of a stream asks.
fn answer(
    link: &mut Link,
    handler: &mut impl Handler,
    id: u32,
    stream: &mut Stream,
    request: Request,
) -> Result<(), LinkError> {
    let (job, outcome) = match request {
        Request::Open { options } => {
            stream.refused = handler.open(id, &options).err();
            return Ok(());
        }
        Request::Cancel => {
            stream.utterance = None;
            handler.cancel(id);
            return Ok(());
        }
        Request::Begin { job, .. } | Request::Speak { job, .. } if stream.refused.is_some() => {
            (job, refused(stream))
        }
        Request::Begin { job, context_id, context } => {
            if stream.utterance.replace(job).is_some() {
                handler.cancel(id);
            }
            let mut reply = Reply::new(link, id, job);
            (job, handler.begin(id, &context_id, &context, &mut reply))
        }
        Request::Audio { pcm } => {
            // Audio of an utterance that failed is on its way until TOM hears of it.
            let Some(job) = stream.utterance else {
                return Ok(());
            };
            let mut reply = Reply::new(link, id, job);
            (job, handler.audio(id, &pcm, &mut reply))
        }
        Request::Finish { job } => {
            if stream.utterance.take().map(|open| open.serial) != Some(job.serial) {
                return Ok(());
            }
            let mut reply = Reply::new(link, id, job);
            let outcome = handler.finish(id, &mut reply);
            let silent = outcome.is_ok() && !reply.heard;
            (job, if silent { Err(no_result()) } else { outcome })
        }
        Request::Speak { job, text } => {
            let mut reply = Reply::new(link, id, job);
            match handler.speak(id, &text, &mut reply) {
                Ok(()) => return link.send(id, &Event::Done { job }),
                Err(trouble) => (job, Err(trouble)),
            }
        }
        // `serve` has dealt with these.
        Request::Rest { .. } | Request::Close | Request::Ping { .. } => return Ok(()),
    };
    match outcome {
        Ok(()) => Ok(()),
        Err(Trouble::Link(error)) => Err(error),
        Err(Trouble::Fault(fault)) => {
            if stream.utterance.is_some_and(|open| open.serial == job.serial) {
                stream.utterance = None;
                handler.cancel(id);
            }
            link.send(id, &Event::Error { job, fault })
        }
    }
}

/// A handler has finished without a result, which TOM would wait for.
fn no_result() -> Trouble {
    Fault::new(FaultKind::Protocol, "the engine gave no result for the utterance").into()
}

/// The reason why the stream could not be opened.
fn refused(stream: &Stream) -> Result<(), Trouble> {
    stream.refused.clone().map_or(Ok(()), |fault| Err(fault.into()))
}
