//! Where do the bytes of a frame of audio lie between the socket and the call?
//!
//! In room that all connections of a thread take in turns: the next frame of any of them finds it in the processor's
//! cache still, where room of a connection's own, used once in 20 ms among a thousand others, never is.

use std::cell::{Cell, RefCell};

use bytes::{Bytes, BytesMut};
use tom_wire::write_pcm;

/// Frames for which there is room: the one that is written and those of a short jam. A longer one takes new room.
const ROOM: usize = 4;
/// What is longer is no frame of audio, and gets room of its own, which goes with it.
const LARGE: usize = 4 << 10;
/// The most room for samples, or for bytes to be sent, that a thread keeps.
const KEPT: usize = 16 << 10;

thread_local! {
    static PRESS: RefCell<BytesMut> = RefCell::default();
    static SAMPLES: Cell<Vec<i16>> = const { Cell::new(Vec::new()) };
    static OUT: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// The samples as bytes. Once the socket has taken them their room is used again.
pub(crate) fn pcm(pcm: &[i16]) -> Bytes {
    let length = pcm.len() * 2;
    press(length, |room| {
        room.resize(length, 0);
        write_pcm(pcm, room);
    })
}

/// The bytes, copied into such room.
pub(crate) fn bytes(bytes: &[u8]) -> Bytes {
    if bytes.len() > LARGE {
        return Bytes::copy_from_slice(bytes);
    }
    press(bytes.len(), |room| room.extend_from_slice(bytes))
}

fn press(length: usize, fill: impl FnOnce(&mut BytesMut)) -> Bytes {
    PRESS.with_borrow_mut(|room| {
        // Asking for all of it at once lets the room begin anew as soon as nobody holds a piece of it.
        if room.capacity() < length {
            room.reserve(length * ROOM);
        }
        fill(room);
        room.split().freeze()
    })
}

/// Lends room for samples, empty.
pub(crate) fn with_samples<T>(work: impl FnOnce(&mut Vec<i16>) -> T) -> T {
    let mut samples = SAMPLES.take();
    let done = work(&mut samples);
    if samples.capacity() <= KEPT {
        samples.clear();
        SAMPLES.set(samples);
    }
    done
}

/// Takes room for bytes to be sent, empty. It is to be [given back](give_back).
pub(crate) fn out() -> Vec<u8> {
    OUT.take()
}

pub(crate) fn give_back(mut out: Vec<u8>) {
    if out.capacity() <= KEPT {
        out.clear();
        OUT.set(out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_are_the_samples_and_their_room_is_used_again() {
        let mut places = std::collections::HashSet::new();
        for n in 0..100i16 {
            let bytes = pcm(&[n; 320]);
            assert_eq!(*bytes, n.to_le_bytes().repeat(320));
            places.insert(bytes.as_ptr());
        }
        assert!(places.len() <= ROOM, "{} places for one frame at a time", places.len());
    }

    #[test]
    fn frames_that_wait_are_not_written_over() {
        let waiting: Vec<_> = (0..50i16).map(|n| (n, pcm(&[n; 160]), bytes(&[n as u8; 90]))).collect();
        for (n, samples, bytes) in waiting {
            assert_eq!(*samples, n.to_le_bytes().repeat(160));
            assert_eq!(*bytes, [n as u8; 90]);
        }
    }

    #[test]
    fn lent_room_is_empty_even_inside_itself() {
        with_samples(|samples| {
            samples.push(1);
            with_samples(|inner| assert!(inner.is_empty()));
        });
        with_samples(|samples| assert!(samples.is_empty()));
        give_back(vec![7; 10]);
        let out = out();
        assert!(out.is_empty() && out.capacity() >= 10);
    }
}
