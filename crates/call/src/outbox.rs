//! How do a call's messages reach a transport that may be slow? Audio is dropped, events wait.

use std::collections::VecDeque;

use tom_base::{Epoch, MediaTime};

use crate::api::{Notice, NoticeKind, Outbound, Watch};
use crate::post::{NotTaken, Sender};
use crate::room::Pcm;

/// Events kept for a transport that does not read. More than this, and it never will.
const BACKLOG: usize = 256;

/// Whether the transport is still there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Far {
    Reads,
    /// It closed, or its backlog is full.
    Gone,
}

#[derive(Debug)]
pub(crate) struct Outbox {
    tx: Sender,
    watch: Watch,
    backlog: VecDeque<Outbound>,
    seq: u64,
    far: Far,
    pub(crate) frames: u64,
    pub(crate) dropped: u64,
}

impl Outbox {
    pub(crate) fn new(tx: Sender, watch: Watch) -> Self {
        Self { tx, watch, backlog: VecDeque::new(), seq: 0, far: Far::Reads, frames: 0, dropped: 0 }
    }

    /// Sends a frame now or never.
    pub(crate) fn frame(&mut self, epoch: Epoch, pcm: Pcm) {
        self.flush();
        if !self.backlog.is_empty() {
            self.dropped += 1;
            return;
        }
        match self.tx.send_now(|| Some(Outbound::Frame { epoch, pcm })) {
            Ok(()) => self.frames += 1,
            Err(NotTaken::Full) => self.dropped += 1,
            Err(NotTaken::Gone) => self.far = Far::Gone,
        }
    }

    /// Sends a notice, later if need be.
    pub(crate) fn notice(&mut self, at: MediaTime, epoch: Epoch, kind: NoticeKind) {
        self.seq += 1;
        let notice = Notice { seq: self.seq, at, epoch, kind };
        if let Some(watch) = &mut self.watch.0 {
            watch(&notice);
        }
        self.send(Outbound::Notice(notice));
    }

    /// Sends a message that must not be lost, later if need be.
    pub(crate) fn send(&mut self, message: Outbound) {
        if self.far == Far::Gone {
            return;
        }
        self.backlog.push_back(message);
        self.flush();
        if self.backlog.len() > BACKLOG {
            self.far = Far::Gone;
            self.backlog.clear();
        }
    }

    /// Sends what had to wait.
    pub(crate) fn flush(&mut self) {
        while !self.backlog.is_empty() {
            match self.tx.send_now(|| self.backlog.pop_front()) {
                Ok(()) => {}
                Err(NotTaken::Full) => return,
                Err(NotTaken::Gone) => {
                    self.far = Far::Gone;
                    self.backlog.clear();
                }
            }
        }
    }

    pub(crate) fn far(&self) -> Far {
        self.far
    }

    /// The channel and what still waits for it, for a last, patient delivery.
    pub(crate) fn into_rest(self) -> (Sender, VecDeque<Outbound>) {
        (self.tx, self.backlog)
    }
}
