//! What does the WebSocket of a client look like, between the socket and whole messages?
//!
//! Fifty messages a second and direction pass here for every call, so a message costs one read or one write, and no
//! allocation: what is read is unmasked and taken where it lies, what is to be sent is put together and written at once.

use std::io;
use std::mem::{MaybeUninit, replace, take};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_util::Sink;
use tokio::io::{AsyncRead as _, AsyncWrite as _, ReadBuf};
use tokio_tungstenite::tungstenite::Message as Frame;
use tom_wire::websocket::{Event, Fault, Kind, Reader, write, write_close};

use super::end::{Lost, MAX_READ};
use super::press;
use crate::listener::Guarded;

/// Bytes read at once: a frame of audio, or several small messages.
const READ: usize = 4 << 10;
/// Bytes that are put together before they are written. What does not fit waits in the lane, where old audio gives way.
const BATCH: usize = 4 << 10;

/// The most room that is kept for bytes that came with a message and belong to the next one.
const KEPT: usize = 4 << 10;

/// A WebSocket that a client opened.
pub(crate) struct Web {
    stream: Guarded,
    reader: Reader,
    reading: Reading,
    /// Bytes that were read, and from where on they were not looked at yet.
    waiting: Vec<u8>,
    looked_at: usize,
    /// Frames to be written, from `written` on.
    out: Vec<u8>,
    written: usize,
    /// The socket took less than all of them.
    blocked: bool,
    /// Our close is among them, or was: nothing may follow it.
    closed: bool,
    /// The answer to the latest ping. Those to earlier ones need not be sent.
    pong: Option<Bytes>,
}

/// The bytes of a frame that was taken, and the message that is whole with it.
type Taken = (usize, Option<Frame>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reading {
    Open,
    /// There was a fault. The rest is thrown away, so that our close is not lost behind a reset.
    Broken,
    /// The client closed, or is gone.
    Over,
}

impl Web {
    /// `read`: what had been read already when the WebSocket began.
    pub(crate) fn new(stream: Guarded, read: &[u8]) -> Self {
        Self {
            stream,
            reader: Reader::new(MAX_READ),
            reading: Reading::Open,
            waiting: read.to_vec(),
            looked_at: 0,
            out: Vec::new(),
            written: 0,
            blocked: false,
            closed: false,
            pong: None,
        }
    }

    /// The next message; nothing when there will be none. Pings and closes are answered.
    pub(crate) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame, Lost>>> {
        if self.pong.is_some() || !self.out.is_empty() {
            // What ends the connection is said by the reading.
            let written = self.poll_out(cx);
            if self.reading == Reading::Over && written.is_pending() {
                return Poll::Pending;
            }
        }
        loop {
            if self.reading == Reading::Over {
                return Poll::Ready(None);
            }
            if !self.waiting.is_empty() {
                match self.take_waiting()? {
                    Some((_, Some(frame))) => return Poll::Ready(Some(Ok(frame))),
                    Some((_, None)) => continue,
                    None => {}
                }
            }
            let mut bytes = [const { MaybeUninit::uninit() }; READ];
            let mut bytes = ReadBuf::uninit(&mut bytes);
            let read = ready!(Pin::new(&mut self.stream).poll_read(cx, &mut bytes));
            let bytes = bytes.filled_mut();
            if read.is_err() || bytes.is_empty() {
                self.reading = Reading::Over;
                return Poll::Ready(Some(Err(Lost::Gone)));
            }
            if self.reading == Reading::Broken {
                continue;
            }
            if !self.waiting.is_empty() {
                self.waiting.extend_from_slice(bytes);
                continue;
            }
            let taken = self.take(bytes)?;
            let used = taken.as_ref().map_or(0, |(used, _)| *used);
            self.waiting.extend_from_slice(&bytes[used..]);
            if let Some((_, Some(frame))) = taken {
                return Poll::Ready(Some(Ok(frame)));
            }
        }
    }

    /// Takes the first of the frames that wait.
    fn take_waiting(&mut self) -> Result<Option<Taken>, Lost> {
        let mut waiting = take(&mut self.waiting);
        let taken = self.take(&mut waiting[self.looked_at..]);
        self.looked_at += match &taken {
            Ok(Some((used, _))) => *used,
            Ok(None) => 0,
            Err(_) => waiting.len() - self.looked_at,
        };
        if self.looked_at == waiting.len() {
            self.looked_at = 0;
            waiting.clear();
            if waiting.capacity() > KEPT {
                waiting = Vec::new();
            }
        } else if matches!(taken, Ok(None)) {
            waiting.drain(..take(&mut self.looked_at));
        }
        self.waiting = waiting;
        taken
    }

    /// Takes the frame that begins there: how many bytes it has, and the message that is whole with it.
    fn take(&mut self, bytes: &mut [u8]) -> Result<Option<Taken>, Lost> {
        let step = match self.reader.take(bytes) {
            Ok(Some(step)) => step,
            Ok(None) => return Ok(None),
            Err(fault) => {
                self.reading = Reading::Broken;
                return Err(fault.into());
            }
        };
        let frame = match step.event {
            None => None,
            Some(Event::Binary(bytes)) => Some(Frame::Binary(press::bytes(bytes))),
            Some(Event::Text(text)) => {
                let text = press::bytes(text.as_bytes()).try_into();
                Some(Frame::Text(text.map_err(|_| Fault::Utf8)?))
            }
            Some(Event::Pong(bytes)) => Some(Frame::Pong(press::bytes(bytes))),
            Some(Event::Ping(bytes)) => {
                let bytes = press::bytes(bytes);
                self.pong = Some(bytes.clone());
                Some(Frame::Ping(bytes))
            }
            Some(Event::Close(code)) => {
                self.reading = Reading::Over;
                if !replace(&mut self.closed, true) {
                    write_close(code, "", room(&mut self.out));
                }
                Some(Frame::Close(None))
            }
        };
        Ok(Some((step.used, frame)))
    }

    /// Writes what was put together.
    fn poll_out(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            while let Some(rest) = self.out.get(self.written..).filter(|rest| !rest.is_empty()) {
                match Pin::new(&mut self.stream).poll_write(cx, rest) {
                    Poll::Ready(Ok(0)) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                    Poll::Ready(Ok(n)) => self.written += n,
                    Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                    Poll::Pending => {
                        self.blocked = true;
                        return Poll::Pending;
                    }
                }
            }
            self.blocked = false;
            self.written = 0;
            press::give_back(take(&mut self.out));
            match self.pong.take() {
                Some(pong) if !self.closed => write(Kind::Pong, &pong, room(&mut self.out)),
                _ => return Poll::Ready(Ok(())),
            }
        }
    }
}

/// Room for what is to be sent, as long as there is something.
fn room(out: &mut Vec<u8>) -> &mut Vec<u8> {
    if out.capacity() == 0 {
        *out = press::out();
    }
    out
}

impl Sink<Frame> for Web {
    type Error = io::Error;

    fn poll_ready(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.closed {
            return Poll::Ready(Err(io::ErrorKind::NotConnected.into()));
        }
        if self.blocked || self.out.len() >= BATCH {
            return self.poll_out(cx);
        }
        Poll::Ready(Ok(()))
    }

    fn start_send(mut self: Pin<&mut Self>, frame: Frame) -> io::Result<()> {
        let out = room(&mut self.out);
        match frame {
            Frame::Text(text) => write(Kind::Text, text.as_bytes(), out),
            Frame::Binary(bytes) => write(Kind::Binary, &bytes, out),
            Frame::Ping(bytes) => write(Kind::Ping, &bytes, out),
            Frame::Pong(bytes) => write(Kind::Pong, &bytes, out),
            Frame::Close(close) => {
                let (code, reason) = close
                    .as_ref()
                    .map_or((None, ""), |close| (Some(u16::from(close.code)), close.reason.as_str()));
                write_close(code, reason, out);
                self.closed = true;
            }
            // Only a reader that asks for raw frames gets them; nobody sends one.
            Frame::Frame(_) => return Err(io::ErrorKind::InvalidInput.into()),
        }
        Ok(())
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_out(cx)
    }

    fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_flush(cx)
    }
}
