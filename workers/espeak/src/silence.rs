//! How much silence a clause begins and ends with.
//!
//! Silence before speech is latency, so hardly any stays. After it there is what its last mark asks for, so that
//! clauses played one after the other sound like one reply.

/// Louder than this is speech: -48 dBFS.
const FLOOR: u16 = 128;
/// What stays before the first sound, so that its onset is not cut: 5 ms.
const LEAD: usize = RATE / 200;
/// Samples per second.
const RATE: usize = 16_000;

/// Cuts silence off both ends of a clause at 16 kHz and appends the pause after its last mark. Gives the number of samples that went
/// from the front.
pub(crate) fn fit(pcm: &mut Vec<i16>, ending: Option<char>) -> usize {
    let loud = |sample: &i16| sample.unsigned_abs() > FLOOR;
    let Some(first) = pcm.iter().position(loud) else {
        pcm.clear();
        return 0;
    };
    let last = pcm.iter().rposition(loud).unwrap_or(first);
    let lead = first.saturating_sub(LEAD);
    pcm.truncate(last + 1);
    pcm.drain(..lead);
    pcm.resize(pcm.len() + pause(ending), 0);
    lead
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

    #[test]
    fn silence_before_goes_and_the_mark_makes_the_pause() {
        let mut pcm = vec![0; 1000];
        pcm.extend([1000; 100]);
        pcm.extend([3; 5000]);
        let lead = fit(&mut pcm, Some('?'));
        assert_eq!(lead, 1000 - LEAD);
        assert_eq!(pcm.len(), LEAD + 100 + 3200);
        assert_eq!(pcm[LEAD], 1000);
    }

    #[test]
    fn a_clause_without_sound_is_nothing() {
        let mut pcm = vec![5; 400];
        assert_eq!(fit(&mut pcm, None), 0);
        assert!(pcm.is_empty());
    }
}
