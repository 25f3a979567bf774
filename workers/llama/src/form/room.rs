//! Where does a template run, so that the worker goes on whatever it does?
//!
//! On a thread of its own, with a stack for deep values, so much fuel, so much memory and so much time. Who wants more is left
//! alone and not asked again.

use std::cell::RefCell;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use super::jinja::{Words, compiled, rendered};
use super::limit::limited;
use super::{Chat, FormError};

/// Bytes that a rendering may take: some hundred times the text of a long conversation.
const MEMORY: isize = 16 << 20;
/// Bytes of the stack, of which the system gives what is used. Values inside values, as many as fit [`MEMORY`], are
/// written and dropped one inside the other.
const STACK: usize = 256 << 20;
/// How long a rendering may take on a busy machine. Usually it is less than a millisecond.
const PATIENCE: Duration = Duration::from_secs(4);
/// How often one looks whether it was stopped.
const LOOK: Duration = Duration::from_millis(10);

type Answer = Result<String, FormError>;

/// A template's thread.
#[derive(Debug)]
pub(super) struct Room {
    asks: SyncSender<Chat>,
    answers: Receiver<Answer>,
    /// Set where it wanted too much memory.
    stopped: &'static AtomicBool,
    /// Why it is not asked any more.
    gone: RefCell<Option<FormError>>,
}

impl Room {
    /// Starts the thread, which compiles the template before it is asked.
    pub(super) fn open(template: String, words: Words) -> io::Result<Self> {
        // One is asked at a time and answered before the next: neither channel is ever full.
        let (asks, asked) = sync_channel::<Chat>(1);
        let (answered, answers) = sync_channel::<Answer>(1);
        // A byte that outlives everybody, as a thread does that was stopped.
        let stopped: &'static AtomicBool = Box::leak(Box::new(AtomicBool::new(false)));
        let work = move || {
            let mut environment = limited(MEMORY, stopped, || compiled(&template, &words));
            for chat in asked {
                let answer = limited(MEMORY, stopped, || match &mut environment {
                    Ok(environment) => rendered(environment, &words, chat),
                    Err(error) => Err(error.clone()),
                });
                if answered.send(answer).is_err() {
                    return;
                }
            }
        };
        thread::Builder::new().name("template".into()).stack_size(STACK).spawn(work)?;
        Ok(Self { asks, answers, stopped, gone: RefCell::new(None) })
    }

    /// Has a conversation written.
    pub(super) fn write(&self, chat: Chat) -> Answer {
        if let Some(error) = &*self.gone.borrow() {
            return Err(error.clone());
        }
        let until = Instant::now() + PATIENCE;
        let mut answer = self.asks.send(chat).map_err(|_| RecvTimeoutError::Disconnected);
        let error = loop {
            match answer.and_then(|()| self.answers.recv_timeout(LOOK)) {
                Ok(answer) => return answer,
                Err(RecvTimeoutError::Disconnected) => break FormError::Broke,
                Err(RecvTimeoutError::Timeout) if self.stopped.load(Ordering::Relaxed) => {
                    break FormError::Memory;
                }
                Err(RecvTimeoutError::Timeout) if Instant::now() > until => break FormError::Time,
                Err(RecvTimeoutError::Timeout) => answer = Ok(()),
            }
        };
        self.gone.replace(Some(error.clone()));
        Err(error)
    }

    /// Why it is not asked any more.
    pub(super) fn gone(&self) -> Option<FormError> {
        self.gone.borrow().clone()
    }
}
