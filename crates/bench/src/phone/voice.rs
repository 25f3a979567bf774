//! What does a telephone's caller say in the next 20 ms?

use std::sync::Arc;

use tom_probe::Clip;
use tom_probe::line::{Act, Actor};
use tom_probe::trace::{Micros, Spoken};
use tom_probe::voice::FRAME;

use super::hearing::Hearing;

/// A caller's mouth.
pub(super) struct Voice {
    actor: Box<dyn Actor>,
    speech: Option<(Arc<Clip>, usize)>,
    noise: Arc<Clip>,
    noise_at: usize,
}

impl Voice {
    /// `noise`: what a line carries on which nobody speaks.
    pub(super) fn new(actor: Box<dyn Actor>, noise: Arc<Clip>) -> Self {
        Self { actor, speech: None, noise, noise_at: 0 }
    }

    /// The next 20 ms, which are sent now; none: the caller hangs up.
    pub(super) fn next(&mut self, hearing: &mut Hearing) -> Option<[i16; FRAME]> {
        let at = hearing.now();
        let mut pcm = self.said(at, hearing)?;
        hearing.mix(at, &mut pcm);
        Some(pcm)
    }

    fn said(&mut self, at: Micros, hearing: &mut Hearing) -> Option<[i16; FRAME]> {
        match self.actor.tick(at, &hearing.seen(self.speech.is_some())) {
            Act::Wait => {}
            Act::Speak(clip) => {
                let spoken = Spoken { clip: clip.name().into(), began: at, marks: Vec::new(), over: None };
                hearing.trace.spoken.push(spoken);
                self.speech = Some((clip, 0));
            }
            Act::HangUp => return None,
        }
        if let Some((clip, n)) = &mut self.speech
            && *n < clip.len()
            && let Some(spoken) = hearing.trace.spoken.last_mut()
        {
            let pcm = clip.pcm(*n);
            spoken.marks.extend(std::iter::repeat_n(at, clip.marks_in(*n)));
            *n += 1;
            if *n >= clip.len() {
                spoken.over = Some(at);
                self.speech = None;
            }
            return Some(pcm);
        }
        self.speech = None;
        let n = self.noise_at;
        self.noise_at = (n + 1) % self.noise.len().max(1);
        Some(if self.noise.is_empty() { [0; FRAME] } else { self.noise.pcm(n) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tom_probe::line::{Echo, Seen};

    struct Once(Option<Arc<Clip>>);

    impl Actor for Once {
        fn tick(&mut self, _: Micros, seen: &Seen<'_>) -> Act {
            match self.0.take() {
                Some(clip) => Act::Speak(clip),
                None if seen.speaks => Act::Wait,
                None => Act::HangUp,
            }
        }
    }

    #[test]
    fn a_clip_is_said_to_its_end_with_its_marks_and_then_the_caller_hangs_up() {
        let pcm: Vec<i16> = (0..2 * FRAME as i16).collect();
        let clip = Arc::new(Clip::new("clip", &pcm, &[3, 2 * FRAME - 1]));
        let noise = Arc::new(Clip::new("noise", &[], &[]));
        let mut voice = Voice::new(Box::new(Once(Some(clip))), noise);
        let mut hearing = Hearing::new("call".into(), None);
        assert_eq!(voice.next(&mut hearing).unwrap()[7], 7);
        assert_eq!(voice.next(&mut hearing).unwrap()[0], FRAME as i16);
        assert_eq!(voice.next(&mut hearing), None);
        let spoken = &hearing.trace.spoken[0];
        assert_eq!(spoken.marks.len(), 2);
        assert!(spoken.over.is_some());
    }

    #[test]
    fn the_agent_comes_back_through_the_microphone() {
        let clip = Arc::new(Clip::new("clip", &[100; 40 * FRAME], &[]));
        let mut voice = Voice::new(Box::new(Once(Some(clip))), Arc::new(Clip::new("noise", &[], &[])));
        let echo = Echo { gain_db: -20.0, delay_ms: 0 };
        let mut hearing = Hearing::new("call".into(), Some(echo));
        hearing.take(&[10_000; 4 * FRAME]);
        std::thread::sleep(std::time::Duration::from_millis(110));
        let said = voice.next(&mut hearing).unwrap();
        assert!(said.contains(&1_100), "{said:?}");
    }
}
