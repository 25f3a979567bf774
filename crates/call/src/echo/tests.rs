//! Layer: pure. Echoes of many delays are no onsets; callers are, also over an echo.

use super::*;

/// Something like a voice: noise through a resonance, in syllables with pauses. Its own for every seed.
struct Voice {
    state: u64,
    memory: [f32; 2],
    n: usize,
}

impl Voice {
    fn new(seed: u64) -> Self {
        Self { state: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1, memory: [0.0; 2], n: 0 }
    }

    fn noise(&mut self) -> f32 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        (self.state >> 40) as f32 / (1 << 23) as f32 - 1.0
    }

    fn sample(&mut self) -> f32 {
        let noise = self.noise();
        let formant = 0.15 + 0.05 * ((self.n / 3_000) % 4) as f32;
        let next = 1.8 * formant.cos() * self.memory[1] - 0.85 * self.memory[0] + 0.2 * noise;
        self.memory = [self.memory[1], next];
        let syllable = (self.n as f32 * std::f32::consts::TAU / 4_000.0).sin().max(0.0);
        self.n += 1;
        next * syllable
    }

    fn take(&mut self, samples: usize) -> Vec<f32> {
        (0..samples).map(|_| self.sample()).collect()
    }
}

/// At a level in dBFS, RMS over all of it.
fn at_level(signal: &[f32], dbfs: f32) -> Vec<f32> {
    let rms = (signal.iter().map(|s| s * s).sum::<f32>() / signal.len() as f32).sqrt();
    let gain = 32_768.0 * 10_f32.powf(dbfs / 20.0) / rms;
    signal.iter().map(|s| s * gain).collect()
}

fn pcm(signal: &[f32]) -> Vec<i16> {
    signal.iter().map(|s| s.round() as i16).collect()
}

/// Plays the agent's voice and what is heard through a gate. The detector of voice says that speech starts at the
/// frame `start` and goes on. Returns the frame at which the gate let it through.
fn let_through(gate: &mut EchoGate, agent: &[i16], heard: &[i16], start: usize) -> Option<usize> {
    for (n, (played, heard)) in agent.chunks_exact(FRAME).zip(heard.chunks_exact(FRAME)).enumerate() {
        gate.sent(played.try_into().expect("a frame"));
        let at = MediaTime::from_millis(20 * n as u64);
        let edge = (n == start).then_some(Edge::Start { at, onset: Onset::Clear });
        if let Some(Edge::Start { .. }) = gate.frame(at, heard, edge) {
            return Some(n);
        }
    }
    None
}

fn delayed(signal: &[f32], ms: usize, gain: f32) -> Vec<f32> {
    let mut late = vec![0.0; ms * 16];
    late.extend(signal.iter().map(|s| s * gain));
    late.truncate(signal.len());
    late
}

fn with_noise(signal: &[f32], seed: u64) -> Vec<f32> {
    let mut noise = Voice::new(seed);
    // -60 dBFS
    signal.iter().map(|s| s + 56.0 * noise.noise()).collect()
}

#[test]
fn an_echo_of_any_usual_delay_is_no_onset() {
    for (seed, ms) in (20..=200).step_by(13).enumerate() {
        for gain in [0.1, 0.03] {
            let agent = at_level(&Voice::new(seed as u64 + 1).take(64_000), -20.0);
            let heard = with_noise(&delayed(&agent, ms, gain), 99);
            let mut gate = EchoGate::new();
            let through = let_through(&mut gate, &pcm(&agent), &pcm(&heard), ms / 20 + 5);
            assert_eq!(through, None, "{ms} ms, gain {gain}");
            assert_eq!(gate.echoes, 1);
        }
    }
}

#[test]
fn a_caller_is_let_through_at_once_while_the_agent_speaks() {
    let mut held = 0;
    for seed in 1..=60 {
        let agent = at_level(&Voice::new(seed).take(32_000), -20.0);
        let mut heard = vec![0.0; 16_000];
        heard.extend(at_level(&Voice::new(seed + 1_000).take(16_000), -25.0));
        let heard = with_noise(&heard, seed);
        let through = let_through(&mut EchoGate::new(), &pcm(&agent), &pcm(&heard), 53);
        let through = through.expect("a caller");
        assert!(through <= 55, "seed {seed}: held for {} frames", through - 53);
        held += usize::from(through > 53);
    }
    assert!(held <= 3, "{held} of 60 were held at all");
}

#[test]
fn a_caller_who_speaks_over_the_echo_is_let_through_soon() {
    for seed in 1..=30 {
        let agent = at_level(&Voice::new(seed).take(64_000), -20.0);
        let mut heard = delayed(&agent, 80, 0.1);
        let caller = at_level(&Voice::new(seed + 500).take(32_000), -26.0);
        for (heard, caller) in heard[32_000..].iter_mut().zip(&caller) {
            *heard += caller;
        }
        let heard = with_noise(&heard, seed);
        let through = let_through(&mut EchoGate::new(), &pcm(&agent), &pcm(&heard), 9);
        let through = through.expect("a caller");
        // The syllables of the test's voice rise slowly.
        assert!((100..=110).contains(&through), "seed {seed}: {through}");
    }
}

#[test]
fn an_echo_that_is_let_through_as_it_begins_is_taken_back() {
    for seed in 1..=40 {
        let agent = at_level(&Voice::new(seed).take(64_000), -20.0);
        let ms = 20 + (seed as usize * 7) % 180;
        let heard = pcm(&with_noise(&delayed(&agent, ms, 0.1), seed));
        let agent = pcm(&agent);
        let mut gate = EchoGate::new();
        let mut open = 0;
        // Voice activity tells of it with the first frame that has some of it.
        let start = ms / 20 + 1;
        for (n, (played, heard)) in agent.chunks_exact(FRAME).zip(heard.chunks_exact(FRAME)).enumerate() {
            gate.sent(played.try_into().expect("a frame"));
            let at = MediaTime::from_millis(20 * n as u64);
            let edge = (n == start).then_some(Edge::Start { at, onset: Onset::Clear });
            match gate.frame(at, heard, edge) {
                Some(Edge::Start { .. }) => open = n,
                Some(Edge::End { .. }) => {
                    assert!(n - open <= 8, "seed {seed}: {open} to {n}");
                    open = 0;
                }
                Some(Edge::Hiss { .. }) | None => {}
            }
        }
        assert_eq!(open, 0, "seed {seed}");
    }
}

#[test]
fn a_caller_is_not_taken_back() {
    for seed in 1..=60 {
        let agent = pcm(&at_level(&Voice::new(seed).take(32_000), -20.0));
        let mut heard = vec![0.0; 16_000];
        heard.extend(at_level(&Voice::new(seed + 2_000).take(16_000), -25.0));
        let heard = pcm(&with_noise(&heard, seed));
        let mut gate = EchoGate::new();
        for (n, (played, heard)) in agent.chunks_exact(FRAME).zip(heard.chunks_exact(FRAME)).enumerate() {
            gate.sent(played.try_into().expect("a frame"));
            let at = MediaTime::from_millis(20 * n as u64);
            let edge = (n == 51).then_some(Edge::Start { at, onset: Onset::Clear });
            let told = gate.frame(at, heard, edge);
            assert!(!matches!(told, Some(Edge::End { .. })), "seed {seed}: frame {n}");
        }
    }
}

#[test]
fn without_an_agents_voice_nothing_is_compared() {
    let mut gate = EchoGate::new();
    let start = Some(Edge::Start { at: MediaTime::ZERO, onset: Onset::Weak });
    assert_eq!(gate.frame(MediaTime::ZERO, &[5; FRAME], start), start);
    let end = Some(Edge::End { at: MediaTime::ZERO });
    assert_eq!(gate.frame(MediaTime::ZERO, &[5; FRAME], end), end);
}

#[test]
fn an_echo_that_ends_was_nothing() {
    let agent = at_level(&Voice::new(7).take(64_000), -20.0);
    let heard = pcm(&with_noise(&delayed(&agent, 60, 0.1), 3));
    let agent = pcm(&agent);
    let mut gate = EchoGate::new();
    assert_eq!(let_through(&mut gate, &agent[..32_000], &heard[..32_000], 8), None);
    let at = MediaTime::from_millis(2_000);
    assert_eq!(gate.frame(at, &[0; FRAME], Some(Edge::End { at })), None);
    let start = Some(Edge::Start { at, onset: Onset::Clear });
    for _ in 0..40 {
        gate.frame(at, &[0; FRAME], None);
    }
    assert_eq!(gate.frame(at, &[0; FRAME], start), start, "the next onset is the caller's");
}

/// A vowel: a pulse a pitch period apart, through a resonance. Any two of them are alike at some delay, for a moment.
fn vowel(pitch: usize, formant: f32, samples: usize) -> Vec<f32> {
    let mut memory = [0.0; 2];
    let each = (0..samples).map(|n| {
        let pulse = f32::from(u8::from(n % pitch == 0));
        let next = 1.94 * formant.cos() * memory[1] - 0.94 * memory[0] + pulse;
        memory = [memory[1], next];
        next
    });
    each.collect()
}

#[test]
fn a_vowel_over_a_vowel_is_not_taken_back_for_its_first_periods() {
    let mut taken_back = 0;
    for n in 0..40 {
        let agent = pcm(&at_level(&vowel(76 + n, 0.2, 32_000), -20.0));
        let mut heard = vec![0.0; 16_000 + 31 * n];
        heard.extend(at_level(&vowel(130 - n, 0.28, 16_000), -25.0));
        let heard = pcm(&with_noise(&heard, n as u64 + 1));
        let mut gate = EchoGate::new();
        let start = (16_000 + 31 * n) / FRAME + 1;
        for (n, (played, heard)) in agent.chunks_exact(FRAME).zip(heard.chunks_exact(FRAME)).enumerate() {
            gate.sent(played.try_into().expect("a frame"));
            let at = MediaTime::from_millis(20 * n as u64);
            let edge = (n == start).then_some(Edge::Start { at, onset: Onset::Clear });
            let told = gate.frame(at, heard, edge);
            taken_back += usize::from(matches!(told, Some(Edge::End { .. })));
        }
    }
    assert_eq!(taken_back, 0);
}

#[test]
fn a_hiss_is_let_through_unless_the_line_is_known_to_echo() {
    let hiss = Some(Edge::Hiss { at: MediaTime::ZERO });
    let agent = at_level(&Voice::new(3).take(32_000), -20.0);
    let heard = pcm(&with_noise(&delayed(&agent, 60, 0.1), 5));
    let agent = pcm(&agent);
    for echo in [false, true] {
        let mut gate = EchoGate::new();
        if echo {
            assert_eq!(let_through(&mut gate, &agent, &heard, 8), None);
            assert_eq!(
                gate.frame(MediaTime::ZERO, &[0; FRAME], Some(Edge::End { at: MediaTime::ZERO })),
                None
            );
        }
        gate.sent(&[50; FRAME]);
        let told = gate.frame(MediaTime::ZERO, &[0; FRAME], hiss);
        assert_eq!(told, hiss.filter(|_| !echo));
    }
}
