//! Where do the bytes of a frame of audio lie until the socket has taken them?

use bytes::{Bytes, BytesMut};
use tom_wire::write_pcm;

/// Frames for which there is room: the one that is written and those of a short jam. A longer one takes new room.
const ROOM: usize = 4;

/// Makes messages of audio in room that is used again: once the socket has taken a frame, its bytes are free.
#[derive(Debug, Default)]
pub(crate) struct Press(BytesMut);

impl Press {
    /// The samples as bytes.
    pub(crate) fn pcm(&mut self, pcm: &[i16]) -> Bytes {
        let length = pcm.len() * 2;
        self.room(length);
        self.0.resize(length, 0);
        write_pcm(pcm, &mut self.0);
        self.0.split().freeze()
    }

    /// The bytes, copied.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> Bytes {
        self.room(bytes.len());
        self.0.extend_from_slice(bytes);
        self.0.split().freeze()
    }

    /// Asking for all of it at once lets the buffer begin anew as soon as nobody holds a piece of it.
    fn room(&mut self, length: usize) {
        if self.0.capacity() < length {
            self.0.reserve(length * ROOM);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_are_the_samples_and_their_room_is_used_again() {
        let mut press = Press::default();
        let mut places = std::collections::HashSet::new();
        for n in 0..100i16 {
            let bytes = press.pcm(&[n; 320]);
            assert_eq!(*bytes, n.to_le_bytes().repeat(320));
            places.insert(bytes.as_ptr());
        }
        assert!(places.len() <= ROOM, "{} places for one frame at a time", places.len());
    }

    #[test]
    fn frames_that_wait_are_not_written_over() {
        let mut press = Press::default();
        let waiting: Vec<_> = (0..50i16).map(|n| (n, press.pcm(&[n; 160]))).collect();
        for (n, bytes) in waiting {
            assert_eq!(*bytes, n.to_le_bytes().repeat(160));
        }
    }
}
