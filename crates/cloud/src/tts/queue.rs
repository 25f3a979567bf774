//! How do clauses that are asked for side by side come in order?

use std::collections::VecDeque;
use std::sync::Arc;

use tokio::sync::mpsc;
use tom_base::Epoch;
use tom_engine::{EngineError, TtsEvent};

use super::request::Asker;
use crate::core::{Pass, Task};

/// Clauses asked for at once.
const IN_FLIGHT: usize = 2;
/// Pieces of a clause that wait for the one before it; more are not read from the server, which TCP tells it.
const MOST_PIECES: usize = 32;

/// A clause to be spoken.
pub(super) struct Clause {
    pub(super) number: u32,
    pub(super) text: Arc<str>,
    pub(super) pass: Pass,
}

/// What a request tells: audio, and in the end how it went.
pub(super) enum Told {
    Audio(Vec<i16>),
    Over(Result<(), EngineError>),
}

/// A clause that is being asked for.
struct Running {
    number: u32,
    told: mpsc::Receiver<Told>,
    _task: Task,
}

/// Asks for clauses as they come, two at a time, and tells them one after the other.
pub(super) async fn run(
    asker: Arc<Asker>,
    voice: Arc<str>,
    epoch: Epoch,
    mut asked: mpsc::Receiver<Clause>,
    events: mpsc::Sender<TtsEvent>,
) {
    let mut running: VecDeque<Running> = VecDeque::new();
    let mut more = true;
    while more || !running.is_empty() {
        let room = more && running.len() < IN_FLIGHT;
        let front = async {
            match running.front_mut() {
                Some(front) => (front.number, front.told.recv().await),
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            (number, told) = front => {
                let last = !matches!(told, Some(Told::Audio(_)));
                if let Some(told) = told {
                    let event = event(epoch, number, told);
                    // It waits for room: nobody else reads this queue. A closed channel: the call is over.
                    if events.send(event).await.is_err() {
                        return;
                    }
                }
                if last {
                    running.pop_front();
                }
            }
            clause = asked.recv(), if room => match clause {
                Some(clause) => running.push_back(start(&asker, &voice, clause)),
                None => more = false,
            },
        }
    }
}

fn start(asker: &Arc<Asker>, voice: &Arc<str>, clause: Clause) -> Running {
    let (tell, told) = mpsc::channel(MOST_PIECES);
    let Clause { number, text, pass } = clause;
    let (asker, voice) = (asker.clone(), voice.clone());
    let runtime = asker.core.runtime.clone();
    let task = async move {
        let result = asker.speak(&text, &voice, &tell).await;
        pass.report(&result);
        // A closed channel: nobody wants the clause any more.
        drop(tell.send(Told::Over(result)).await);
    };
    Running { number, told, _task: Task::spawn(&runtime, task) }
}

fn event(epoch: Epoch, clause: u32, told: Told) -> TtsEvent {
    match told {
        Told::Audio(pcm) => TtsEvent::Audio { epoch, clause, pcm },
        Told::Over(Ok(())) => TtsEvent::Done { epoch, clause },
        Told::Over(Err(error)) => TtsEvent::Failed { epoch, clause, error },
    }
}
