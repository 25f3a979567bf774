//! Where do the bytes of a frame of audio lie between the socket and the call?
//!
//! In room that all connections of a thread take in turns: the next frame of any of them finds it in the processor's
//! cache still, where room of a connection's own, used once in 20 ms among a thousand others, never is.

use std::cell::{Cell, RefCell};

use bytes::{Bytes, BytesMut};
use tom_wire::write_pcm;

/// Frames that lie in one room. While one of them waits, the room cannot begin anew.
const ROOM: usize = 4;
/// The most rooms that a thread keeps. As long as frames are written at once it needs one; the others are for those of a
/// jam, when all calls of a thread have made theirs and no connection has had its turn.
const ROOMS: usize = 64;
/// What is longer is no frame of audio, and gets room of its own, which goes with it.
const LARGE: usize = 4 << 10;
/// The most room for samples, or for bytes to be sent, that a thread keeps.
const KEPT: usize = 16 << 10;

thread_local! {
    static PRESS: RefCell<Vec<BytesMut>> = const { RefCell::new(Vec::new()) };
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
    PRESS.with_borrow_mut(|rooms| {
        // The first that fits, so that few are in use. Nobody may hold a piece of one that begins anew.
        let fits = |room: &mut BytesMut| room.capacity() >= length || room.try_reclaim(length);
        if let Some(room) = rooms.iter_mut().find_map(|room| fits(room).then_some(room)) {
            fill(room);
            return room.split().freeze();
        }
        let mut room = BytesMut::with_capacity(length * ROOM);
        fill(&mut room);
        let pressed = room.split().freeze();
        if rooms.len() < ROOMS {
            rooms.push(room);
        }
        pressed
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
    fn a_jam_that_comes_again_finds_its_rooms() {
        let jam = || (0..100i16).map(|n| pcm(&[n; 320])).collect::<Vec<_>>();
        let places = |frames: Vec<Bytes>| frames.iter().map(|bytes| bytes.as_ptr()).collect::<Vec<_>>();
        let first = places(jam());
        for _ in 0..10 {
            assert_eq!(places(jam()), first);
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
