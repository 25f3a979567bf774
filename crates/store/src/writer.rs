//! What does the one thread do that writes?

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rusqlite::{Connection, ErrorCode};

use crate::error::StoreError;
use crate::record::LOST;
use crate::store::{Job, Shared, lock};
use crate::{sweep, tally, write};

/// Jobs written in one transaction.
const BATCH: usize = 64;
/// Between two looks for what is too old.
const SWEEP_EVERY: Duration = Duration::from_secs(3600);

const DAY_MS: u64 = 86_400_000;

pub(crate) struct Writer {
    db: Connection,
    path: PathBuf,
    shared: Arc<Shared>,
}

impl Writer {
    /// A writer for an open file. Calls of an earlier process that have no end are lost.
    pub(crate) fn new(db: Connection, path: PathBuf, shared: Arc<Shared>) -> Result<Self, StoreError> {
        let lost = db.execute("UPDATE calls SET reason = ? WHERE reason IS NULL", [LOST]);
        match lost {
            Ok(0) => {}
            Ok(lost) => tracing::warn!("{lost} calls have no end: the server broke off while they ran"),
            Err(error) => return Err(StoreError::from_sqlite(&path, &error)),
        }
        Ok(Self { db, path, shared })
    }

    /// Works until told to close, or until nobody is there to ask.
    pub(crate) fn run(mut self, queue: &Receiver<Job>) {
        let mut next_sweep = Instant::now();
        let mut sweeping = None;
        loop {
            let wait = match sweeping {
                Some(_) => Duration::ZERO,
                None => next_sweep.saturating_duration_since(Instant::now()),
            };
            match queue.recv_timeout(wait) {
                Ok(first) => {
                    if self.jobs(first, queue) {
                        break;
                    }
                }
                Err(RecvTimeoutError::Disconnected) => break,
                // Nobody waits: a step of the sweep.
                Err(RecvTimeoutError::Timeout) => {
                    let before = *sweeping.get_or_insert_with(|| self.horizon(now_ms()));
                    if !self.sweep_step(before) {
                        sweeping = None;
                        next_sweep = Instant::now() + SWEEP_EVERY;
                    }
                }
            }
        }
        self.empty_log();
    }

    /// Does a job and those that wait behind it; `true`: close.
    fn jobs(&mut self, first: Job, queue: &Receiver<Job>) -> bool {
        let mut batch = Vec::new();
        let mut next = Some(first);
        while let Some(job) = next.take().or_else(|| queue.try_recv().ok()) {
            match job {
                Job::Began(_) | Job::TurnEnded(_) | Job::Ended(_) => {
                    if matches!(job, Job::TurnEnded(_)) {
                        self.shared.turns.fetch_sub(1, Ordering::Relaxed);
                    }
                    batch.push(job);
                    if batch.len() >= BATCH {
                        self.write(&mut batch);
                    }
                    continue;
                }
                _ => self.write(&mut batch),
            }
            // Who asks may have gone: nobody misses the answer then.
            match job {
                Job::Delete { id, answer } => drop(answer.send(self.delete(&id))),
                Job::Tally { name, day, most, answer } => {
                    let counted = tally::one_more(&mut self.db, name, day, most);
                    drop(answer.send(counted.map_err(|error| self.error(&error))));
                }
                Job::Sweep { now_ms, answer } => drop(answer.send(self.sweep(now_ms))),
                Job::Flush { answer } => drop(answer.send(())),
                Job::Close => return true,
                Job::Began(_) | Job::TurnEnded(_) | Job::Ended(_) => {}
            }
        }
        self.write(&mut batch);
        false
    }

    /// Writes a batch in one transaction; if that fails, each alone, so that none spoils the others. Another
    /// process that holds the file is waited for twice.
    fn write(&mut self, batch: &mut Vec<Job>) {
        if batch.is_empty() {
            return;
        }
        let texts = self.shared.transcripts.load(Ordering::Relaxed);
        let busy = |error: &rusqlite::Error| error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy);
        let mut result = self.transaction(batch, texts);
        if result.as_ref().is_err_and(busy) {
            result = self.transaction(batch, texts);
        }
        match result {
            Err(error) if !busy(&error) => {
                for job in batch.chunks(1) {
                    let failure = self.transaction(job, texts).err();
                    self.done(job, failure);
                }
            }
            other => self.done(batch, other.err()),
        }
        batch.clear();
    }

    fn transaction(&mut self, batch: &[Job], texts: bool) -> rusqlite::Result<()> {
        let transaction = self.db.transaction()?;
        for job in batch {
            match job {
                Job::Began(call) => drop(write::call(&transaction, call)?),
                Job::TurnEnded(progress) => write::progress(&transaction, progress, texts)?,
                Job::Ended(detail) => write::detail(&transaction, detail, texts)?,
                _ => {}
            }
        }
        transaction.commit()
    }

    /// Counts, and says once when it begins to fail and when it works again.
    fn done(&self, batch: &[Job], failure: Option<rusqlite::Error>) {
        let mut trouble = lock(&self.shared.trouble);
        match failure {
            None => {
                let ended = batch.iter().filter(|job| matches!(job, Job::Ended(_))).count();
                self.shared.written.fetch_add(ended as u64, Ordering::Relaxed);
                if trouble.take().is_some() {
                    tracing::info!("calls are kept again");
                }
            }
            Some(error) => {
                self.shared.failed.fetch_add(batch.len() as u64, Ordering::Relaxed);
                let error = StoreError::from_sqlite(&self.path, &error).to_string();
                if trouble.is_none() {
                    tracing::error!("calls are not kept: {error}");
                }
                *trouble = Some(error);
            }
        }
    }

    fn delete(&self, id: &str) -> Result<usize, StoreError> {
        let deleted = sweep::delete(&self.db, id).map_err(|error| self.error(&error))?;
        if deleted > 0 {
            self.empty_log();
        }
        Ok(deleted)
    }

    fn sweep(&self, now_ms: u64) -> Result<u64, StoreError> {
        let before = self.horizon(now_ms);
        let mut all = 0;
        loop {
            match sweep::batch(&self.db, before).map_err(|error| self.error(&error))? {
                0 => break,
                deleted => all += deleted as u64,
            }
        }
        while sweep::give_back(&self.db).map_err(|error| self.error(&error))? {}
        self.empty_log();
        Ok(all)
    }

    /// One step of a sweep, short enough for calls to wait for it; `true`: there is more to do.
    fn sweep_step(&self, before_ms: u64) -> bool {
        let step = || match sweep::batch(&self.db, before_ms)? {
            0 => sweep::give_back(&self.db),
            _ => Ok(true),
        };
        match step() {
            Ok(true) => true,
            Ok(false) => {
                self.empty_log();
                false
            }
            // The next sweep tries again.
            Err(error) => {
                tracing::warn!("old calls could not be deleted: {error}");
                false
            }
        }
    }

    /// What was deleted must not remain in the log. SQLite waits a moment for readers that hold it.
    fn empty_log(&self) {
        match sweep::checkpoint(&self.db) {
            Ok(true) => {}
            Ok(false) => tracing::warn!("the database's log is in use; it is emptied later"),
            Err(error) => tracing::warn!("the database's log could not be brought home: {error}"),
        }
    }

    /// Calls that began before that moment are too old.
    fn horizon(&self, now_ms: u64) -> u64 {
        let days = u64::from(self.shared.retention_days.load(Ordering::Relaxed));
        now_ms.saturating_sub(days.saturating_mul(DAY_MS))
    }

    fn error(&self, error: &rusqlite::Error) -> StoreError {
        StoreError::from_sqlite(&self.path, error)
    }
}

fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64)
}
