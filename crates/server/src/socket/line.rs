//! Which kind of connection carries a call?

use std::io;
use std::task::{Context, Poll};

use bytes::{BufMut, BytesMut};
use futures_util::StreamExt;
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{Error, Message as Frame};
use tokio_util::codec::{Decoder, Encoder, Framed};
use tom_kernel::Near;
use tom_wire::audiosocket::{HANG_UP, HEADER, frame_len};

use super::end::Lost;
use super::lane::Lane;
use super::web::Web;

/// A connection. What is no WebSocket carries binary messages only.
pub(crate) enum Line {
    Web(Box<Web>),
    Asterisk(Framed<TcpStream, Frames>),
    /// A WebSocket that we opened.
    Dialed(Box<WebSocketStream<TcpStream>>),
}

impl From<Web> for Line {
    fn from(socket: Web) -> Self {
        Self::Web(Box::new(socket))
    }
}

impl Line {
    /// A TCP connection that speaks AudioSocket.
    pub(crate) fn asterisk(stream: TcpStream) -> Self {
        Self::Asterisk(Framed::new(stream, Frames))
    }

    pub(crate) fn near(&self) -> Near {
        match self {
            Self::Web(web) => Near::of(&**web),
            Self::Asterisk(framed) => Near::of(framed),
            Self::Dialed(socket) => Near::of(&**socket),
        }
    }

    /// Whether one that sends nothing, not even an answer to a ping, is gone.
    pub(crate) const fn answers_pings(&self) -> bool {
        matches!(self, Self::Web(_) | Self::Dialed(_))
    }

    /// Writes what waits in the lane. `false`: nothing can be written any more.
    pub(crate) fn poll_write(&mut self, cx: &mut Context<'_>, lane: &Lane) -> bool {
        match self {
            Self::Web(socket) => lane.poll_write(cx, &mut **socket),
            Self::Asterisk(framed) => lane.poll_write(cx, framed),
            Self::Dialed(socket) => lane.poll_write(cx, &mut **socket),
        }
    }

    /// The next message.
    pub(crate) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame, Lost>>> {
        match self {
            Self::Web(socket) => socket.poll_next(cx),
            Self::Asterisk(framed) => {
                framed.poll_next_unpin(cx).map(|next| next.map(|frame| frame.map_err(|_| Lost::Gone)))
            }
            Self::Dialed(socket) => socket.poll_next_unpin(cx).map(|next| match next {
                None | Some(Err(Error::ConnectionClosed | Error::AlreadyClosed)) => None,
                Some(frame) => Some(frame.map_err(Lost::from)),
            }),
        }
    }
}

/// Cuts the bytes of an AudioSocket connection into frames, headers included.
#[derive(Debug)]
pub(crate) struct Frames;

impl Decoder for Frames {
    type Item = Frame;
    type Error = io::Error;

    fn decode(&mut self, bytes: &mut BytesMut) -> io::Result<Option<Frame>> {
        let Some(&header) = bytes.first_chunk::<HEADER>() else {
            return Ok(None);
        };
        let len = frame_len(header);
        if bytes.len() < len {
            bytes.reserve(len - bytes.len());
            return Ok(None);
        }
        Ok(Some(Frame::Binary(bytes.split_to(len).freeze())))
    }
}

impl Encoder<Frame> for Frames {
    type Error = io::Error;

    /// Writes frames as they are. The close says that the call is over; Asterisk then closes the connection.
    fn encode(&mut self, frame: Frame, bytes: &mut BytesMut) -> io::Result<()> {
        match frame {
            Frame::Binary(frame) => bytes.put(frame),
            Frame::Close(_) => bytes.put(&HANG_UP[..]),
            Frame::Text(_) | Frame::Ping(_) | Frame::Pong(_) | Frame::Frame(_) => {}
        }
        Ok(())
    }
}
