//! How do bytes off a socket become whole frames without a copy where none is needed?

use crate::frames::{FrameError, Head, head};

/// Bytes of a frame that has not arrived completely.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    rest: Vec<u8>,
}

impl Inbox {
    /// Takes the next bytes and hands over each frame that is complete now.
    ///
    /// # Errors
    /// When what comes are no frames.
    pub(super) fn take(&mut self, bytes: &[u8], mut each: impl FnMut(Head, &[u8])) -> Result<(), FrameError> {
        let mut joined = std::mem::take(&mut self.rest);
        let all = if joined.is_empty() {
            bytes
        } else {
            joined.extend_from_slice(bytes);
            &joined
        };
        let mut at = 0;
        while let Some(head) = head(&all[at..])? {
            let Some(frame) = all.get(at..at + head.len()) else { break };
            each(head, &frame[head.head..]);
            at += head.len();
        }
        self.rest = all[at..].to_vec();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::frames::{Kind, write};

    proptest! {
        #[test]
        fn frames_come_out_whole_however_they_are_cut(
            payloads in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..300), 1..8),
            cut in 1usize..100,
        ) {
            let mut wire = Vec::new();
            payloads.iter().for_each(|payload| write(Kind::Binary, payload, &mut wire));
            let (mut inbox, mut out) = (Inbox::default(), Vec::new());
            for piece in wire.chunks(cut) {
                inbox.take(piece, |_, payload| out.push(payload.to_vec())).unwrap();
            }
            prop_assert_eq!(out, payloads);
        }
    }
}
