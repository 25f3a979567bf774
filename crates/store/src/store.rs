//! What may others ask of the database?

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use crate::error::StoreError;
use crate::open::{self, Options, Policy};
use crate::reader::Reader;
use crate::record::{Call, Detail, Progress};
use crate::writer::Writer;

/// What the writer is asked to do.
pub(crate) enum Job {
    Began(Box<Call>),
    TurnEnded(Box<Progress>),
    Ended(Box<Detail>),
    Delete {
        id: String,
        answer: SyncSender<Result<usize, StoreError>>,
    },
    /// Deletes what is too old at that moment, in milliseconds since 1970.
    Sweep {
        now_ms: u64,
        answer: SyncSender<Result<u64, StoreError>>,
    },
    /// Counts one more of a day, since 1970, unless there are `most`.
    Tally {
        name: &'static str,
        day: u64,
        most: u32,
        answer: SyncSender<Result<Option<u32>, StoreError>>,
    },
    /// Answers when all before it is written.
    Flush {
        answer: SyncSender<()>,
    },
    Close,
}

/// What writer and askers both see.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    pub(crate) transcripts: AtomicBool,
    pub(crate) retention_days: AtomicU32,
    pub(crate) dropped: AtomicU64,
    pub(crate) failed: AtomicU64,
    pub(crate) written: AtomicU64,
    /// Turns in the queue.
    pub(crate) turns: AtomicUsize,
    /// Why the last write failed; none: it did not.
    pub(crate) trouble: Mutex<Option<String>>,
}

/// How the store is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoreHealth {
    /// Calls written to the end.
    pub written: u64,
    /// What was not kept because the queue was full.
    pub dropped: u64,
    /// What was not kept because it could not be written.
    pub failed: u64,
    /// Why the last write failed, and what to do; none: it did not.
    pub trouble: Option<String>,
}

/// The database of calls. Dropping it writes what waits and closes the file.
#[derive(Debug)]
pub struct Store {
    /// Full: began and ended calls are dropped and counted; a deletion is refused.
    jobs: SyncSender<Job>,
    /// Turns that may wait in the queue: the rest of it is for calls that begin and end.
    most_turns: usize,
    shared: Arc<Shared>,
    reader: Reader,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Store {
    /// Opens the file, brings it to the schema of this version, and starts its writer. Calls that have no
    /// end are marked as lost, and what is too old begins to go.
    ///
    /// # Errors
    /// When the file cannot be made or written, is damaged, or was written by a newer version.
    pub fn open(options: &Options) -> Result<Self, StoreError> {
        let db = open::writer(options)?;
        let shared = Arc::new(Shared::default());
        let (jobs, queue) = sync_channel(options.queue.max(1));
        let reader = Reader::new(&options.path, false)?;
        let most_turns = options.queue.max(1).div_ceil(2);
        let store = Self { jobs, most_turns, shared: shared.clone(), reader, thread: Mutex::new(None) };
        store.set_policy(options.policy);
        let writer = Writer::new(db, options.path.clone(), shared)?;
        *lock(&store.thread) = Some(spawn(writer, queue, &options.path)?);
        Ok(store)
    }

    /// A call began. Never waits.
    pub fn began(&self, call: Call) {
        self.offer(Job::Began(Box::new(call)));
    }

    /// A turn of a running call is over. Never waits. Where the writer is behind nothing is lost by leaving it out,
    /// unless the server is killed: all turns are written once more when the call is over.
    pub fn turn_ended(&self, progress: Progress) {
        let turns = &self.shared.turns;
        if turns.fetch_add(1, Ordering::Relaxed) >= self.most_turns
            || self.jobs.try_send(Job::TurnEnded(Box::new(progress))).is_err()
        {
            turns.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// A call is over. Never waits.
    pub fn ended(&self, detail: Detail) {
        self.offer(Job::Ended(Box::new(detail)));
    }

    /// Deletes every call of that name, what lies in the queue included, and tells how many there were.
    /// Waits for the disk.
    ///
    /// # Errors
    /// When it cannot be done; then nothing is deleted.
    pub fn delete(&self, id: &str) -> Result<usize, StoreError> {
        self.ask(|answer| Job::Delete { id: id.to_owned(), answer })?
    }

    /// Deletes what is too old at a moment, in milliseconds since 1970, and tells how many calls those were.
    /// The writer does the same by itself at the start and every hour. Waits for the disk.
    ///
    /// # Errors
    /// When it cannot be done.
    pub fn sweep(&self, now_ms: u64) -> Result<u64, StoreError> {
        self.ask(|answer| Job::Sweep { now_ms, answer })?
    }

    /// Counts one more of something on a day (days since 1970), unless `most` are counted already, and tells how many
    /// there are with it; none: no more may be. What is counted outlives the process; of other days nothing stays.
    /// Waits for the disk.
    ///
    /// # Errors
    /// When it cannot be written; then nothing is counted.
    pub fn one_more(&self, name: &'static str, day: u64, most: u32) -> Result<Option<u32>, StoreError> {
        self.ask(|answer| Job::Tally { name, day, most, answer })?
    }

    /// Waits until all that was handed over before is written, or has failed.
    ///
    /// # Errors
    /// When the writer is gone or has too much to do.
    pub fn flush(&self) -> Result<(), StoreError> {
        self.ask(|answer| Job::Flush { answer })
    }

    /// Reads calls that are over.
    #[must_use]
    pub fn reader(&self) -> Reader {
        self.reader.clone()
    }

    /// What is kept from now on. Texts kept before stay until their call is deleted.
    pub fn set_policy(&self, policy: Policy) {
        self.shared.transcripts.store(policy.transcripts, Ordering::Relaxed);
        self.shared.retention_days.store(policy.retention_days, Ordering::Relaxed);
    }

    /// What is kept.
    #[must_use]
    pub fn policy(&self) -> Policy {
        Policy {
            transcripts: self.shared.transcripts.load(Ordering::Relaxed),
            retention_days: self.shared.retention_days.load(Ordering::Relaxed),
        }
    }

    /// How it is.
    #[must_use]
    pub fn health(&self) -> StoreHealth {
        StoreHealth {
            written: self.shared.written.load(Ordering::Relaxed),
            dropped: self.shared.dropped.load(Ordering::Relaxed),
            failed: self.shared.failed.load(Ordering::Relaxed),
            trouble: lock(&self.shared.trouble).clone(),
        }
    }

    /// Writes what waits and closes the file; what is handed over later is dropped. Waits for the disk.
    pub fn close(&self) {
        let Some(thread) = lock(&self.thread).take() else { return };
        // The writer empties its queue, so that room comes.
        if self.jobs.send(Job::Close).is_ok() && thread.join().is_err() {
            tracing::error!("the database's writer broke; what waited is lost");
        }
    }

    fn offer(&self, job: Job) {
        if self.jobs.try_send(job).is_err() {
            self.shared.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn ask<T>(&self, job: impl FnOnce(SyncSender<T>) -> Job) -> Result<T, StoreError> {
        let (answer, answered) = sync_channel(1);
        self.jobs.try_send(job(answer)).map_err(|error| match error {
            TrySendError::Full(_) => StoreError::Busy,
            TrySendError::Disconnected(_) => StoreError::Closed,
        })?;
        answered.recv().map_err(|_| StoreError::Closed)
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.close();
    }
}

fn spawn(writer: Writer, queue: Receiver<Job>, path: &Path) -> Result<JoinHandle<()>, StoreError> {
    std::thread::Builder::new()
        .name("tom-store".into())
        .spawn(move || writer.run(&queue))
        .map_err(|error| StoreError::Open { path: path.to_owned(), why: error.to_string() })
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
