//! How much silence does a clause begin and end with?
//!
//! Silence before speech is latency, so hardly any stays. After it there is what its last mark asks for, so that
//! clauses played one after the other sound like one reply. Works on speech as it comes, at 16 kHz.

/// Louder than this is speech: -48 dBFS.
const FLOOR: u16 = 128;
/// Samples per second.
const RATE: usize = 16_000;
/// What stays before the first sound, so that its onset is not cut: 5 ms.
const LEAD: usize = RATE / 200;

/// Takes the silence off both ends of a clause.
#[derive(Clone, Debug, Default)]
pub struct Edges {
    /// Samples dropped at the front.
    lead: usize,
    begun: bool,
    /// Samples that are quiet so far: before the first sound the last few of them, later all since the last sound.
    quiet: Vec<i16>,
}

impl Edges {
    /// Takes the next samples (16 kHz mono) and appends what is certain to be heard.
    pub fn push(&mut self, pcm: &[i16], out: &mut Vec<i16>) {
        let loud = |sample: &i16| sample.unsigned_abs() > FLOOR;
        let Some(last) = pcm.iter().rposition(loud) else {
            self.quiet.extend_from_slice(pcm);
            if !self.begun {
                self.forget(self.quiet.len().saturating_sub(LEAD));
            }
            return;
        };
        if !self.begun {
            let first = self.quiet.len() + pcm.iter().position(loud).unwrap_or_default();
            let before = first.saturating_sub(LEAD);
            let of_new = before.saturating_sub(self.quiet.len());
            self.forget(before.min(self.quiet.len()));
            self.lead += of_new;
            self.begun = true;
            out.append(&mut self.quiet);
            out.extend_from_slice(&pcm[of_new..=last]);
        } else {
            out.append(&mut self.quiet);
            out.extend_from_slice(&pcm[..=last]);
        }
        self.quiet.extend_from_slice(&pcm[last + 1..]);
    }

    /// How many samples went from the front, once the first sound has been heard.
    #[must_use]
    pub fn lead(&self) -> Option<usize> {
        self.begun.then_some(self.lead)
    }

    /// The clause is complete: its silence goes, and the pause after its last mark comes. Nothing if it had no sound.
    pub fn finish(self, ending: Option<char>, out: &mut Vec<i16>) {
        if self.begun {
            out.resize(out.len() + pause(ending), 0);
        }
    }

    fn forget(&mut self, samples: usize) {
        self.quiet.drain(..samples);
        self.lead += samples;
    }
}

/// The pause after a mark, in samples.
fn pause(mark: Option<char>) -> usize {
    let ms = match mark {
        Some('.' | '!' | '?' | '…' | '。' | '！' | '？') => 200,
        Some(':' | ';' | '–' | '—') => 150,
        Some(',' | '、' | '，') => 100,
        _ => 30,
    };
    RATE * ms / 1000
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn whole(pcm: &[i16], ending: Option<char>, piece: usize) -> (Vec<i16>, Option<usize>) {
        let (mut edges, mut out) = (Edges::default(), Vec::new());
        for piece in pcm.chunks(piece) {
            edges.push(piece, &mut out);
        }
        let lead = edges.lead();
        edges.finish(ending, &mut out);
        (out, lead)
    }

    #[test]
    fn silence_before_goes_and_the_mark_makes_the_pause() {
        let mut pcm = vec![0; 1000];
        pcm.extend([1000; 100]);
        pcm.extend([3; 5000]);
        let (out, lead) = whole(&pcm, Some('?'), 6_100);
        assert_eq!(lead, Some(1000 - LEAD));
        assert_eq!(out.len(), LEAD + 100 + 3200);
        assert_eq!(out[LEAD], 1000);
    }

    #[test]
    fn a_clause_without_sound_is_nothing() {
        assert_eq!(whole(&[5; 400], None, 150), (Vec::new(), None));
    }

    proptest! {
        #[test]
        fn pieces_do_not_matter(pcm in prop::collection::vec(prop_oneof![Just(0i16), Just(900), -130i16..130], 0..400), piece in 1usize..90) {
            prop_assert_eq!(whole(&pcm, None, piece), whole(&pcm, None, 1000));
        }
    }
}
