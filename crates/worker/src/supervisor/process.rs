//! One process of a worker: how it is started, read and got rid of.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::locate::locate;
use super::options::SupervisorOptions;
use super::outgoing::Outgoing;
use crate::child::PARENT;
use crate::{Event, Fault, FaultKind, FrameBuffer, WireError};

/// A running worker and our end of its socket.
pub(crate) struct Process {
    child: Child,
    socket: UnixStream,
    buffer: FrameBuffer,
    patience: Duration,
}

/// What a look at the socket gave.
pub(crate) enum Word {
    /// A message.
    Said(u32, Event),
    /// Nothing in the given time.
    Nothing,
    /// The worker has closed its end: it is dead or dying.
    Gone,
    /// What cannot be read.
    Garbage(WireError),
}

impl Process {
    /// Starts the program, whose standard input is the socket. To be called from a thread that outlives it.
    pub(crate) fn start(options: &SupervisorOptions) -> Result<Self, Fault> {
        let Some(program) = locate(&options.program) else {
            return Err(Fault::new(
                FaultKind::Missing,
                format!(
                    "{} needs the program {}, which is not here: {}",
                    options.engine, options.program, options.remedy
                ),
            ));
        };
        let spawn = || -> io::Result<Self> {
            let (ours, theirs) = UnixStream::pair()?;
            let stderr = io::stderr().as_fd().try_clone_to_owned()?;
            let child = Command::new(&program)
                .args(&options.args)
                .env(PARENT, std::process::id().to_string())
                .stdin(OwnedFd::from(theirs))
                // Libraries print where they like.
                .stdout(Stdio::from(stderr))
                // Ctrl-C in a terminal goes to a whole group: TOM ends its workers itself, when calls are over.
                .process_group(0)
                .spawn()?;
            Ok(Self { child, socket: ours, buffer: FrameBuffer::new(), patience: Duration::ZERO })
        };
        spawn().map_err(|e| {
            Fault::new(FaultKind::Unavailable, format!("{} cannot be started: {e}", program.display()))
        })
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The way for frames to the worker, and a thread of it. It ends when the way is dropped, and the worker's input with it.
    pub(crate) fn writer(&self) -> io::Result<(Outgoing, JoinHandle<()>)> {
        Outgoing::open(&self.socket)
    }

    /// The next message, waiting no longer than a time.
    pub(crate) fn listen(&mut self, patience: Duration) -> Word {
        loop {
            match self.buffer.next_frame() {
                Ok(Some(frame)) => {
                    let stream = frame.stream;
                    return match Event::decode(frame) {
                        Ok(event) => Word::Said(stream, event),
                        Err(error) => Word::Garbage(error),
                    };
                }
                Ok(None) => {}
                Err(error) => return Word::Garbage(error),
            }
            if self.patience != patience && self.socket.set_read_timeout(Some(patience)).is_err() {
                return Word::Gone;
            }
            self.patience = patience;
            match self.buffer.read_from(&mut self.socket) {
                Ok(0) => return Word::Gone,
                Ok(_) => {}
                Err(e) => match e.kind() {
                    io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => return Word::Nothing,
                    io::ErrorKind::Interrupted => {}
                    _ => return Word::Gone,
                },
            }
        }
    }

    /// Waits a time for the worker to end by itself, then kills it. Says how it ended.
    pub(crate) fn end(mut self, within: Duration) -> String {
        let deadline = Instant::now() + within;
        while Instant::now() < deadline {
            if let Ok(Some(status)) = self.child.try_wait() {
                return told(status);
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        if let Err(error) = self.child.kill() {
            return format!("it cannot be killed: {error}");
        }
        self.child.wait().map_or_else(|e| format!("it cannot be waited for: {e}"), told)
    }
}

/// How a process ended, in words.
fn told(status: ExitStatus) -> String {
    match (status.signal(), status.code()) {
        (Some(signal), _) => format!("signal {signal}"),
        (None, Some(code)) => format!("exit status {code}"),
        (None, None) => "an unknown end".into(),
    }
}
