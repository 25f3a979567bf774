//! How a worker gets hold of its socket and makes sure that it does not outlive TOM.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;

use rustix::fs::FileType;
use rustix::net::{RecvFlags, recv};
use rustix::process::{Pid, Signal, getppid, set_parent_process_death_signal};

use tom_base::Epoch;

use crate::{Event, Fault, FrameBuffer, Job, Request, WireError};

/// The environment variable that names the process a worker belongs to.
pub(crate) const PARENT: &str = "TOM_WORKER_PARENT";
/// Requests that are read ahead at most: what the supervisor lets one call ask for, some times over.
const MOST_AHEAD: usize = 1024;
/// By how much a worker is nicer than TOM, on the kernel's scale from -20 to 19: a third of its share of a core.
const NICE: i32 = 5;

/// Why a worker's link cannot be had or went away.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// Somebody started the worker by hand.
    #[error("this program is started by tom, it is no command of its own: run `tom serve`")]
    NotAWorker,
    /// TOM died before the worker could ask to be told.
    #[error("the process that started this worker is gone")]
    Orphan,
    /// The socket failed.
    #[error("the socket to tom failed: {0}")]
    Io(#[from] io::Error),
    /// TOM sent something that is no request.
    #[error("tom sent what is no request: {0}")]
    Wire(#[from] WireError),
}

/// What the link has for a worker.
#[derive(Debug, PartialEq)]
pub enum Next {
    /// A request of a stream.
    Request(u32, Request),
    /// Nothing now.
    Nothing,
    /// TOM has closed the link, and the worker is to end.
    Closed,
}

/// A worker's end of the socket. Blocking.
#[derive(Debug)]
pub struct Link {
    socket: UnixStream,
    buffer: FrameBuffer,
    /// Requests that were read ahead, to see which are taken back.
    ahead: VecDeque<(u32, Request)>,
    /// The end of the socket was read.
    closed: bool,
    /// Events that go with the next one.
    held: Vec<u8>,
}

/// Reads what is there and does not wait.
struct AtOnce<'a>(&'a UnixStream);

impl Read for AtOnce<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        Ok(recv(self.0, into, RecvFlags::DONTWAIT)?.0)
    }
}

impl Link {
    /// Takes the socket from standard input, and asks the kernel to kill this process when TOM dies: a
    /// worker that hangs inside its library would not see the socket's end.
    ///
    /// # Errors
    /// When standard input is no socket, or TOM has died meanwhile.
    pub fn inherit() -> Result<Self, LinkError> {
        let stdin = io::stdin().as_fd().try_clone_to_owned()?;
        let kind = rustix::fs::fstat(&stdin).map_err(io::Error::from)?.st_mode;
        let parent = std::env::var(PARENT).ok().and_then(|pid| pid.parse().ok()).and_then(Pid::from_raw);
        if FileType::from_raw_mode(kind) != FileType::Socket || parent.is_none() {
            return Err(LinkError::NotAWorker);
        }
        set_parent_process_death_signal(Some(Signal::KILL)).map_err(io::Error::from)?;
        // The signal is only sent for a death from now on.
        if getppid() != parent {
            return Err(LinkError::Orphan);
        }
        // Where cores are scarce, the sound of calls comes first: it takes microseconds, and a late frame is heard,
        // whereas an engine's answer may come a little later. The engine's threads start after this and inherit it.
        // Counted from where TOM itself is: the thread that started this one may be one of those of calls.
        let tom = rustix::process::getpriority_process(getppid()).unwrap_or_default();
        tom_urgency::calm(tom + NICE).ok();
        // When memory runs out, a worker is to go before TOM does. Where that cannot be said, nothing is lost.
        std::fs::write("/proc/self/oom_score_adj", "500").ok();
        Ok(Self::new(UnixStream::from(stdin)))
    }

    /// Says instead of hello why the engine cannot be loaded, so that `tom doctor` can tell. The worker is to end
    /// then; it is started again after a while.
    ///
    /// # Errors
    /// When the socket fails.
    pub fn refuse(&mut self, fault: Fault) -> Result<(), LinkError> {
        let job = Job { serial: 0, epoch: Epoch::new(0, 0), clause: 0 };
        self.send(0, &Event::Error { job, fault })
    }

    /// A link over any socket, for tests of handlers.
    #[must_use]
    pub fn new(socket: UnixStream) -> Self {
        Self { socket, buffer: FrameBuffer::new(), ahead: VecDeque::new(), closed: false, held: Vec::new() }
    }

    /// Waits for the next request and tells which stream it is for. Clauses that TOM has taken back meanwhile are passed over.
    /// `None`: TOM has closed the link, and the worker is to end.
    ///
    /// # Errors
    /// When the socket fails or what came is no request.
    pub fn recv(&mut self) -> Result<Option<(u32, Request)>, LinkError> {
        while let Some((stream, request)) = self.next()? {
            if matches!(request, Request::Speak { .. }) {
                self.look()?;
                if self.takes_back(stream) {
                    continue;
                }
            }
            return Ok(Some((stream, request)));
        }
        Ok(None)
    }

    /// Waits for the next request, as it came.
    ///
    /// # Errors
    /// When the socket fails or what came is no request.
    pub fn recv_next(&mut self) -> Result<Next, LinkError> {
        Ok(self.next()?.map_or(Next::Closed, |(stream, request)| Next::Request(stream, request)))
    }

    /// The next request if one is there already: for workers that have something to do meanwhile.
    ///
    /// # Errors
    /// When the socket fails or what came is no request.
    pub fn recv_now(&mut self) -> Result<Next, LinkError> {
        if self.ahead.is_empty() {
            self.look()?;
        }
        Ok(match self.ahead.pop_front() {
            Some((stream, request)) => Next::Request(stream, request),
            None if self.closed => Next::Closed,
            None => Next::Nothing,
        })
    }

    /// The next request, in order.
    fn next(&mut self) -> Result<Option<(u32, Request)>, LinkError> {
        if let Some(next) = self.ahead.pop_front() {
            return Ok(Some(next));
        }
        loop {
            if let Some(frame) = self.buffer.next_frame()? {
                return Ok(Some((frame.stream, Request::decode(frame)?)));
            }
            self.flush()?;
            match self.buffer.read_from(&mut self.socket) {
                Ok(0) => return Ok(None),
                Ok(_) => {}
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) if e.kind() == io::ErrorKind::ConnectionReset => return Ok(None),
                Err(e) => return Err(e.into()),
            }
        }
    }

    /// Reads what is there already, without waiting, up to [`MOST_AHEAD`] requests.
    pub(crate) fn look(&mut self) -> Result<(), LinkError> {
        while self.ahead.len() < MOST_AHEAD {
            if let Some(frame) = self.buffer.next_frame()? {
                self.ahead.push_back((frame.stream, Request::decode(frame)?));
                continue;
            }
            match self.buffer.read_from(&mut AtOnce(&self.socket)) {
                // What was read before it comes first.
                Ok(0) => {
                    self.closed = true;
                    break;
                }
                Ok(_) => {}
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => break,
                Err(e) if e.kind() == io::ErrorKind::ConnectionReset => {
                    self.closed = true;
                    break;
                }
                Err(e) => return Err(e.into()),
            }
        }
        Ok(())
    }

    /// Whether what was read ahead takes back what a stream asked for before.
    pub(crate) fn takes_back(&self, stream: u32) -> bool {
        let mut of_stream = self.ahead.iter().filter(|(of, _)| *of == stream);
        of_stream.any(|(_, request)| matches!(request, Request::Cancel | Request::Close))
    }

    /// Whether somebody waits for the answer to what was read ahead.
    pub(crate) fn is_urgent(&self) -> bool {
        let mut ahead = self.ahead.iter();
        ahead.any(|(_, request)| matches!(request, Request::Finish { .. } | Request::Speak { .. }))
    }

    /// Sends an event of a stream.
    ///
    /// # Errors
    /// When the socket fails or the event is longer than a frame may be.
    pub fn send(&mut self, stream: u32, event: &Event) -> Result<(), LinkError> {
        let bytes = event.encode(stream)?;
        if self.held.is_empty() {
            return Ok(self.socket.write_all(&bytes)?);
        }
        self.held.extend(bytes);
        self.flush()
    }

    /// Keeps an event of a stream for the next one, which is soon to come, so that TOM is woken once for both.
    ///
    /// # Errors
    /// When the event is longer than a frame may be.
    pub(crate) fn hold(&mut self, stream: u32, event: &Event) -> Result<(), LinkError> {
        self.held.extend(event.encode(stream)?);
        Ok(())
    }

    fn flush(&mut self) -> Result<(), LinkError> {
        if !self.held.is_empty() {
            self.socket.write_all(&self.held)?;
            self.held.clear();
        }
        Ok(())
    }
}
