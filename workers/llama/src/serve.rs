//! How do TOM's requests reach the engine, and what comes of them TOM?
//!
//! One thread does it all: between two steps it takes what has come, so a cancelled reply costs at most the step under
//! way, and a ping is answered while replies are written.

use std::time::Duration;

use tom_worker::child::{Link, LinkError, Next};
use tom_worker::{Event, Fault, Hello, Job, Request};

use crate::engine::{Engine, Told};
use crate::request::{Ask, Piece, Tally};

/// Says hello and answers requests until TOM closes the link, or the engine is lost.
///
/// # Errors
/// When the link fails otherwise.
pub fn serve(link: &mut Link, hello: Hello, engine: &mut Engine<'_>) -> Result<(), LinkError> {
    link.send(0, &Event::Hello(hello))?;
    loop {
        let next = if engine.is_busy() { link.recv_now()? } else { link.recv_next()? };
        match next {
            Next::Closed => return Ok(()),
            Next::Request(stream, request) => {
                take(link, engine, stream, request)?;
                if engine.is_lost() {
                    return Ok(());
                }
            }
            Next::Nothing => {
                for told in engine.step() {
                    tell(link, told)?;
                }
            }
        }
    }
}

fn take(link: &mut Link, engine: &mut Engine<'_>, stream: u32, request: Request) -> Result<(), LinkError> {
    match request {
        Request::Ping { nonce } => link.send(0, &Event::Pong { nonce }),
        Request::Begin { job, context, .. } => {
            let asked = serde_json::from_str::<Ask>(&context)
                .map_err(|error| Fault::bad_request(format!("what is asked cannot be read: {error}")))
                .and_then(|ask| match ask.ahead {
                    true => engine.read_ahead(stream, job, &ask),
                    false => engine.begin(stream, job, &ask),
                });
            match asked {
                Ok(()) => Ok(()),
                Err(fault) => link.send(stream, &Event::Error { job, fault }),
            }
        }
        Request::Cancel => {
            engine.cancel(stream);
            Ok(())
        }
        Request::Rest { ms } => {
            engine.rest(stream, Duration::from_millis(ms.into()));
            Ok(())
        }
        Request::Close => {
            engine.close(stream);
            Ok(())
        }
        Request::Speak { job, .. } => {
            let fault = Fault::bad_request("this worker does not speak");
            link.send(stream, &Event::Error { job, fault })
        }
        Request::Open { .. } | Request::Audio { .. } | Request::Finish { .. } => Ok(()),
    }
}

fn tell(link: &mut Link, told: Told) -> Result<(), LinkError> {
    match told {
        Told::Piece { stream, job, piece } => link.send(stream, &partial(job, &piece)),
        Told::Done { stream, job, tally, .. } => link.send(stream, &last(job, tally)),
        Told::Failed { stream, job, fault } => link.send(stream, &Event::Error { job, fault }),
    }
}

fn partial(job: Job, piece: &Piece) -> Event {
    Event::Partial { job, text: serde_json::to_string(piece).unwrap_or_default() }
}

fn last(job: Job, tally: Tally) -> Event {
    Event::Final { job, text: serde_json::to_string(&tally).unwrap_or_default(), confidence: 1.0 }
}
