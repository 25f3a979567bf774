//! How does a frame get to a worker: at once where its socket takes it, else by a thread that waits for that?
//!
//! Waking a thread to write costs as much as the worker's own waking; nearly always the socket has room.

use std::io::{self, Write};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

use rustix::io::Errno;
use rustix::net::{SendFlags, send};

use super::pool::QUEUE;

/// The way to one worker. Dropping it ends the worker's input, once what waits is written.
pub(crate) struct Outgoing {
    socket: UnixStream,
    queue: SyncSender<Vec<u8>>,
    /// Frames that the thread has not written to the end. While there are some, all others wait behind them.
    behind: Arc<AtomicUsize>,
}

/// Too many frames wait.
#[derive(Debug)]
pub(crate) struct Full;

impl Outgoing {
    /// The way over a socket, with the thread that ends when it is dropped.
    ///
    /// # Errors
    /// When the system has no threads or files left.
    pub(crate) fn open(socket: &UnixStream) -> io::Result<(Self, JoinHandle<()>)> {
        let (ours, theirs) = (socket.try_clone()?, socket.try_clone()?);
        let (queue, frames) = sync_channel(QUEUE);
        let behind = Arc::new(AtomicUsize::new(0));
        let written = Arc::clone(&behind);
        let thread = std::thread::Builder::new()
            .name("tom-worker-out".into())
            .spawn(move || write_all(theirs, &frames, &written))?;
        Ok((Self { socket: ours, queue, behind }, thread))
    }

    /// Sends a frame, after all those sent before. Never waits. A worker that has just died takes everything.
    ///
    /// # Errors
    /// When too many wait; nothing of this one is sent then.
    pub(crate) fn send(&mut self, mut frame: Vec<u8>) -> Result<(), Full> {
        if self.behind.load(Ordering::Acquire) == 0 {
            match send(&self.socket, &frame, SendFlags::DONTWAIT | SendFlags::NOSIGNAL) {
                Ok(sent) if sent >= frame.len() => return Ok(()),
                // The rest has room in the queue: nothing waits there.
                Ok(sent) => drop(frame.drain(..sent)),
                Err(Errno::AGAIN | Errno::INTR | Errno::NOBUFS) => {}
                Err(_) => return Ok(()),
            }
        }
        self.behind.fetch_add(1, Ordering::AcqRel);
        match self.queue.try_send(frame) {
            Err(TrySendError::Full(_)) => {
                self.behind.fetch_sub(1, Ordering::AcqRel);
                Err(Full)
            }
            _ => Ok(()),
        }
    }
}

/// Writes frames until there are no more or the worker does not take them.
fn write_all(mut socket: UnixStream, frames: &Receiver<Vec<u8>>, behind: &AtomicUsize) {
    for frame in frames {
        if socket.write_all(&frame).is_err() {
            break;
        }
        behind.fetch_sub(1, Ordering::AcqRel);
    }
    // Tells the worker to end. It fails only if the worker has ended, and the reader sees that.
    socket.shutdown(std::net::Shutdown::Write).ok();
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn frames_come_whole_and_in_order_also_when_the_socket_is_full() {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        let (mut outgoing, thread) = Outgoing::open(&ours).unwrap();
        // Many times what a socket holds, in frames of odd sizes.
        let frames: Vec<Vec<u8>> = (0..1_500u32)
            .map(|n| n.to_le_bytes().into_iter().cycle().take(501 + n as usize % 1_400).collect())
            .collect();
        for frame in &frames[..1_000] {
            outgoing.send(frame.clone()).unwrap();
        }
        let wanted = frames.concat();
        let reader = std::thread::spawn(move || {
            let mut all = Vec::new();
            theirs.read_to_end(&mut all).unwrap();
            all
        });
        // Now some go by the thread and some at once, as the reader is fast or slow.
        for frame in &frames[1_000..] {
            outgoing.send(frame.clone()).unwrap();
            std::thread::yield_now();
        }
        drop(outgoing);
        thread.join().unwrap();
        assert!(reader.join().unwrap() == wanted, "all bytes in their order");
    }

    #[test]
    fn who_does_not_read_is_full_in_the_end_and_who_is_gone_takes_everything() {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let (mut outgoing, thread) = Outgoing::open(&ours).unwrap();
        let most = 2 * QUEUE + 4_000_000 / 1_000;
        let taken = (0..most).take_while(|_| outgoing.send(vec![7; 1_000]).is_ok()).count();
        assert!((QUEUE..most).contains(&taken), "{taken}");
        drop(theirs);
        let (gone, other) = UnixStream::pair().unwrap();
        drop(other);
        let (mut to_nobody, second) = Outgoing::open(&gone).unwrap();
        (0..3 * QUEUE).for_each(|_| to_nobody.send(vec![7; 1_000]).unwrap());
        drop((outgoing, to_nobody));
        thread.join().unwrap();
        second.join().unwrap();
    }
}
